/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/walk_text.c - two page walks as text and as JSON.
 *
 * Bits of an entry (SDM vol. 3, tables 4-5 and 4-6):
 *   8 7      6 5 4   3   2   1   0
 *   G PS/PAT D A PCD PWT U/S R/W P
 */
#include "visualizer/walk_text.h"

#include "core/json.h"

#include <inttypes.h>
#include <string.h>

enum { COLUMN = 40, TEXT = WALK_TEXT };

static const char *level_name(unsigned level)
{
	static const char *const names[] = { "?", "PTE", "PDE", "PDPTE" };

	return names[level <= 3 ? level : 0];
}

/* "P W U - - A D - G": a dash for each clear bit. */
static void entry_bits(uint64_t entry, unsigned level, char text[20])
{
	static const char letters[] = "PWUtcADLG";
	unsigned used = 0;

	for (unsigned bit = 0; bit < 9; bit++) {
		char letter = bit == 7 && level == 1 ? 'T' : letters[bit]; /* PS in a PDE, PAT in a PTE */

		text[used++] = entry >> bit & 1 ? letter : '-';
	}
	if (entry >> 63)
		text[used++] = 'X';
	text[used] = '\0';
}

void walk_step_text(const struct walk *walk, unsigned step, char text[WALK_TEXT])
{
	char bits[20];

	text[0] = '\0';
	if (step >= walk->steps)
		return;
	entry_bits(walk->step[step].entry, walk->step[step].level, bits);
	snprintf(text, TEXT, "%-5s %08" PRIx64 ": %08" PRIx64 " %s", level_name(walk->step[step].level),
	         walk->step[step].entry_address, walk->step[step].entry & ~(UINT64_C(1) << 63), bits);
}

static const char *size_name(uint32_t size)
{
	return size == 0 ? "paging is off" : size == PAGE_SIZE ? "4 KiB" : size == 2u << 20 ? "2 MiB" : "4 MiB";
}

void walk_result_text(const struct walk *walk, const char *kind, char text[WALK_TEXT])
{
	if (walk->ok)
		snprintf(text, TEXT, "%s %08" PRIx64 ", %s %s %s", kind, walk->physical,
		         size_name(walk->page_size), walk->writable ? "W" : "R", walk->user ? "U" : "S");
	else
		snprintf(text, TEXT, "#PF(%" PRIx32 "): %s", walk->error,
		         walk->error & 8 ? "reserved bit set" : walk->error & 1 ? "not allowed" : "not present");
}

static void columns(FILE *out, const char *left, const char *right, bool both)
{
	if (both)
		fprintf(out, "%-*s %s\n", COLUMN, left, right);
	else
		fprintf(out, "%s\n", left);
}

static void print_heads(FILE *out, const struct two_walks *walks, const struct style *style)
{
	char left[TEXT], right[TEXT];

	fputs(style->strong, out);
	columns(out, walks->direct ? "guest and hardware (ma)" : "the guest believes (gpa)", "the hardware holds (ma)",
	        walks->shadowed);
	fputs(style->off, out);
	snprintf(left, TEXT, "CR3   %08" PRIx32, walks->guest_cr3);
	snprintf(right, TEXT, "CR3   %08" PRIx32, walks->shadow_cr3);
	columns(out, walks->guest_paging ? left : "paging is off: linear is physical", right, walks->shadowed);
}

/* What the processor remembers of an earlier walk, in the column of the tables that it walks. */
static void print_tlb(FILE *out, const struct two_walks *walks)
{
	char text[TEXT] = "TLB   nothing";

	if (walks->in_tlb)
		snprintf(text, TEXT, "TLB   %08" PRIx64 " %s %s%s", walks->tlb.physical & ~(uint64_t)PAGE_MASK,
		         walks->tlb.writable ? "W" : "R", walks->tlb.user ? "U" : "S", walks->tlb.dirty ? " D" : "");
	if (walks->shadowed)
		columns(out, "", text, true);
	else if (!walks->vm->technique->vmm || walks->direct)
		columns(out, text, "", false);
}

/* Nested tables are no second column of steps: they stand under each reference of the first. */
static void print_nested(FILE *out, const struct two_walks *walks)
{
	char left[TEXT], right[TEXT];

	walk_result_text(&walks->guest, "gpa ", left);
	if (walks->shadow.ok || !walks->guest.ok)
		walk_result_text(&walks->shadow, "ma  ", right);
	else
		snprintf(right, TEXT, "EPT violation at gpa %08" PRIx64, walks->violated);
	columns(out, left, right, true);
}

void walk_print(FILE *out, const struct two_walks *walks, const struct style *style)
{
	unsigned steps = walks->guest.steps;
	struct walk_differences differences;
	char left[TEXT], right[TEXT];

	if (walks->shadowed && walks->shadow.steps > steps)
		steps = walks->shadow.steps;
	print_heads(out, walks, style);
	for (unsigned i = 0; i < steps; i++) {
		walk_step_text(&walks->guest, i, left);
		walk_step_text(&walks->shadow, i, right);
		if (walks->nested && i == 0)
			snprintf(right, TEXT, "a TLB miss: %u references", walks->references);
		columns(out, left, right, walks->shadowed);
	}
	if (walks->nested) {
		print_nested(out, walks);
	} else {
		walk_result_text(&walks->guest, walks->direct ? "ma  " : "gpa ", left);
		walk_result_text(&walks->shadow, "ma  ", right);
		columns(out, left, right, walks->shadowed);
	}
	print_tlb(out, walks);
	if (!walks->shadowed && walks->vm->technique->vmm && !walks->direct)
		fprintf(out, "\n%s: the processor never holds guest tables; the VMM walks them in software\n",
		        walks->vm->technique->name);
	walk_compare(walks, &differences);
	if (differences.count)
		fputc('\n', out);
	for (unsigned i = 0; i < differences.count; i++)
		fprintf(out, "%s %s\n", style->bullet, differences.text[i]);
	fprintf(out, "\n%sP present  W writable  U user  t PWT  c PCD  A accessed  D dirty  L large  G global%s\n",
	        style->faint, style->off);
}

/* ---- JSON ---- */

static void json_walk(struct json *json, const char *key, uint32_t cr3, const struct walk *walk)
{
	json_open_object(json, key);
	json_put_address(json, "cr3", cr3);
	json_open_array(json, "steps");
	for (unsigned i = 0; i < walk->steps; i++) {
		json_open_object(json, NULL);
		json_put_string(json, "level", level_name(walk->step[i].level));
		json_put_address(json, "entry_address", walk->step[i].entry_address);
		json_put_address(json, "entry", walk->step[i].entry);
		json_close_object(json);
	}
	json_close_array(json);
	json_put_boolean(json, "ok", walk->ok);
	if (walk->ok) {
		json_put_address(json, "physical", walk->physical);
		json_put_number(json, "page_size", walk->page_size);
		json_put_boolean(json, "writable", walk->writable);
		json_put_boolean(json, "user", walk->user);
	} else {
		json_put_address(json, "error", walk->error);
	}
	json_close_object(json);
}

void walk_write_json(const struct two_walks *walks, struct output *output)
{
	struct json json = json_on(output);
	struct walk_differences differences;

	walk_compare(walks, &differences);
	json_open_object(&json, NULL);
	json_put_address(&json, "linear", walks->linear);
	json_put_number(&json, "cycle", walks->vm->clock);
	json_put_string(&json, "technique", walks->vm->technique->name);
	json_walk(&json, "guest", walks->guest_cr3, &walks->guest);
	if (walks->shadowed)
		json_walk(&json, walks->nested ? "nested" : "shadow", walks->shadow_cr3, &walks->shadow);
	json_open_array(&json, "differences");
	for (unsigned i = 0; i < differences.count; i++)
		json_put_string(&json, NULL, differences.text[i]);
	json_close_array(&json);
	json_close_object(&json);
	json_end_line(&json);
}
