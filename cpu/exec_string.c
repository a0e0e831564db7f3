/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_string.c - string instructions and their repetition.
 * Intel SDM volume 2: MOVS, STOS, LODS, SCAS, CMPS, REP; volume 1, 7.3.9.
 *
 * Each repetition is complete in itself: a fault, an interrupt or the deadline between two of them finds
 * ECX, ESI and EDI as the finished ones left them, and EIP on the instruction. The flags of a repeated
 * CMPS or SCAS come with its last repetition: until then they are as before the first, wherever the
 * run was cut (REP: "the EFLAGS value is restored to the state prior to the execution").
 */
#include "cpu/operand.h"
#include "cpu/perform.h"

/* ---- index registers ---- */

static uint32_t source_offset(const struct cpu *cpu, const struct insn *insn)
{
	return cpu->state.gpr[ESI] & insn->address_mask;
}

static uint32_t destination_offset(const struct cpu *cpu, const struct insn *insn)
{
	return cpu->state.gpr[EDI] & insn->address_mask;
}

/* SI, DI or CX alone with 16-bit addresses. */
static void add_to_index(struct cpu *cpu, const struct insn *insn, enum gpr reg, uint32_t change)
{
	uint32_t *gpr = &cpu->state.gpr[reg];

	*gpr = (*gpr & ~insn->address_mask) | ((*gpr + change) & insn->address_mask);
}

static void advance(struct cpu *cpu, const struct insn *insn, enum gpr reg)
{
	uint32_t size = insn->operand_size;

	add_to_index(cpu, insn, reg, cpu->state.eflags & EFLAGS_DF ? 0u - size : size);
}

/* ---- one repetition of each ---- */

static bool move_once(struct cpu *cpu, const struct insn *insn)
{
	uint32_t value;

	if (!load(cpu, insn->segment, source_offset(cpu, insn), insn->operand_size, &value) ||
	    !store(cpu, ES, destination_offset(cpu, insn), insn->operand_size, value))
		return false;
	advance(cpu, insn, ESI);
	advance(cpu, insn, EDI);
	return true;
}

static bool store_once(struct cpu *cpu, const struct insn *insn)
{
	unsigned size = insn->operand_size;

	if (!store(cpu, ES, destination_offset(cpu, insn), size, get_register(cpu, EAX, size)))
		return false;
	advance(cpu, insn, EDI);
	return true;
}

static bool load_once(struct cpu *cpu, const struct insn *insn)
{
	uint32_t value;

	if (!load(cpu, insn->segment, source_offset(cpu, insn), insn->operand_size, &value))
		return false;
	set_register(cpu, EAX, insn->operand_size, value);
	advance(cpu, insn, ESI);
	return true;
}

static bool scan_once(struct cpu *cpu, const struct insn *insn)
{
	uint32_t a = get_register(cpu, EAX, insn->operand_size), b;

	if (!load(cpu, ES, destination_offset(cpu, insn), insn->operand_size, &b))
		return false;
	set_flags_sub(cpu, insn->operand_size, a, b, a - b);
	advance(cpu, insn, EDI);
	return true;
}

static bool compare_once(struct cpu *cpu, const struct insn *insn)
{
	uint32_t a, b;

	/* Processors look at the second operand first, as one sees when both would fault. */
	if (!load(cpu, ES, destination_offset(cpu, insn), insn->operand_size, &b) ||
	    !load(cpu, insn->segment, source_offset(cpu, insn), insn->operand_size, &a))
		return false;
	set_flags_sub(cpu, insn->operand_size, a, b, a - b);
	advance(cpu, insn, ESI);
	advance(cpu, insn, EDI);
	return true;
}

/* ---- many repetitions at once ---- */

/*
 * The elements from `offset` up that the fast path would serve one by one without a charge: inside
 * the segment, in one page that the TLB has, before the offset wraps. `host`: where the first one is.
 */
static uint32_t fast_span(const struct cpu *cpu, const struct insn *insn, unsigned segment, uint32_t offset,
                          bool write, uint8_t **host)
{
	uint32_t size = insn->operand_size, top = cpu->fast[segment].top[write];
	uint32_t linear = cpu->fast[segment].base + offset, count;
	const struct tlb_tags *entry = fast_entry(cpu, linear, 1, write);

	if (!entry || offset >= top)
		return 0;
	*host = (uint8_t *)(entry->addend + linear);
	count = (PAGE_SIZE - (linear & PAGE_MASK)) / size;
	if (count > (top - offset + size - 1) / size)
		count = (top - offset + size - 1) / size;
	if (count > ((uint64_t)insn->address_mask + 1 - offset) / size)
		count = (uint32_t)(((uint64_t)insn->address_mask + 1 - offset) / size);
	return count;
}

/* Elements that can be moved without one being read after it was written. */
static uint32_t apart(const uint8_t *source, const uint8_t *destination, uint32_t size)
{
	uintptr_t distance = (uintptr_t)destination - (uintptr_t)source;

	return distance && distance < PAGE_SIZE ? (uint32_t)distance / size : UINT32_MAX;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* At most `most` repetitions forward; gives how many were made, none if it must go one by one. */
static uint32_t move_many(struct cpu *cpu, const struct insn *insn, uint32_t most)
{
	uint32_t from = source_offset(cpu, insn), to = destination_offset(cpu, insn), count;
	uint8_t *source, *destination;

	count = least(most, fast_span(cpu, insn, insn->segment, from, false, &source));
	if (count)
		count = least(count, fast_span(cpu, insn, ES, to, true, &destination));
	if (count)
		count = least(count, apart(source, destination, insn->operand_size));
	if (!count)
		return 0;
	memmove(destination, source, (size_t)count * insn->operand_size);
	add_to_index(cpu, insn, ESI, count * insn->operand_size);
	add_to_index(cpu, insn, EDI, count * insn->operand_size);
	return count;
}

static uint32_t store_many(struct cpu *cpu, const struct insn *insn, uint32_t most)
{
	uint32_t size = insn->operand_size, count;
	uint8_t *host;

	count = least(most, fast_span(cpu, insn, ES, destination_offset(cpu, insn), true, &host));
	if (!count)
		return 0;
	if (size == 1)
		memset(host, (uint8_t)cpu->state.gpr[EAX], count);
	else
		for (uint32_t i = 0; i < count; i++)
			host_store(host + i * size, size, cpu->state.gpr[EAX]);
	add_to_index(cpu, insn, EDI, count * size);
	return count;
}

/* ---- repetition ---- */

typedef bool string_once(struct cpu *cpu, const struct insn *insn);
typedef uint32_t string_many(struct cpu *cpu, const struct insn *insn, uint32_t most);

/* Something has to be looked at between this repetition and the next one. */
static bool interrupted(const struct cpu *cpu)
{
	return *cpu->clock >= cpu->deadline || cpu->stop_requested || cpu->stand_still || cpu->accessed || cpu->nmi_pending ||
	       (cpu->interrupt_line && ((cpu->state.eflags & EFLAGS_IF) || cpu->non_root));
}

/* Repetitions that begin before the deadline: the one that reaches it is the last. */
static uint32_t before_deadline(const struct cpu *cpu)
{
	uint64_t cycles = cpu->costs->cycles[COST_string_iteration], left = cpu->deadline - *cpu->clock;

	if (!cycles || (left + cycles - 1) / cycles > UINT32_MAX)
		return UINT32_MAX;
	return (uint32_t)((left + cycles - 1) / cycles);
}

/* As many repetitions as `many` can do at once; else 0. What `interrupted` asks cannot change in them. */
static uint32_t repeat_many(struct cpu *cpu, const struct insn *insn, string_many *many, uint32_t most)
{
	if (!many || cpu->exact || most < 2 || cpu->state.eflags & EFLAGS_DF || interrupted(cpu))
		return 0;
	return many(cpu, insn, least(most, before_deadline(cpu)));
}

static bool comparison_ends(const struct cpu *cpu, const struct insn *insn)
{
	return insn->row->flags & INSN_STRING_COMPARE && flag_zf(cpu) == (insn->repeat == REPEAT_NE);
}

/* The status flags before the first repetition come back when it is not the last. */
static bool leave_unfinished(struct cpu *cpu, uint32_t flag_result, uint32_t flag_aux, bool faulted)
{
	cpu->flag_result = flag_result;
	cpu->flag_aux = flag_aux;
	if (cpu->watch.repeating)
		cpu->watch.repeating(cpu->watch.owner, cpu, true);
	if (!faulted)
		cpu->next_eip = cpu->state.eip;
	return !faulted;
}

/* Decoded code that was stored into may be this very instruction: it is fetched again then. */
static bool repeat(struct cpu *cpu, const struct insn *insn, string_once *once, string_many *many)
{
	uint64_t invalidated = cpu->counters.blocks_invalidated;
	uint32_t flag_result = cpu->flag_result, flag_aux = cpu->flag_aux, count;

	if (!insn->repeat)
		return once(cpu, insn);
	if (cpu->watch.repeating)
		cpu->watch.repeating(cpu->watch.owner, cpu, false);
	while ((count = cpu->state.gpr[ECX] & insn->address_mask) != 0) {
		uint32_t done = repeat_many(cpu, insn, many, count);

		if (!done) {
			if (!once(cpu, insn))
				return leave_unfinished(cpu, flag_result, flag_aux, true);
			done = 1;
		}
		add_to_index(cpu, insn, ECX, 0u - done);
		*cpu->clock += (uint64_t)done * cpu->costs->cycles[COST_string_iteration];
		if (done == count || comparison_ends(cpu, insn))
			break;
		if (interrupted(cpu) || cpu->counters.blocks_invalidated != invalidated)
			return leave_unfinished(cpu, flag_result, flag_aux, false);
	}
	charge(cpu, COST_string_setup);
	return true;
}

bool perform_movs(struct cpu *cpu, const struct insn *insn)
{
	return repeat(cpu, insn, move_once, move_many);
}

bool perform_stos(struct cpu *cpu, const struct insn *insn)
{
	return repeat(cpu, insn, store_once, store_many);
}

bool perform_lods(struct cpu *cpu, const struct insn *insn)
{
	return repeat(cpu, insn, load_once, NULL);
}

bool perform_scas(struct cpu *cpu, const struct insn *insn)
{
	return repeat(cpu, insn, scan_once, NULL);
}

bool perform_cmps(struct cpu *cpu, const struct insn *insn)
{
	return repeat(cpu, insn, compare_once, NULL);
}
