/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/judge_detector.c - the judge `detector` of lab 1: the lab's guest with the submission's functions, run deprivileged and in
 * every technique that keeps a kernel from knowing. What a function has given is taken from the lab kernel's own report, which only its
 * own code may write; by which instructions it knew is seen by the model, which counts those that did not trap.
 *
 * The submission is code of the guest's kernel: what it can forge is its own answer, and no other one is asked for.
 */
#include "labs/grade/machine.h"

#include "core/refuse.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* labs/01-classify/guest/guest.h */
enum { REPORT_PORT = 0x2e0, EXIT_PORT = 0xf4, REPORT_CALL = 0xca11, REPORT_RETURN = 0x4e70, REPORT_FAULT = 0xfa17 };
#define DETECTOR_LIMIT UINT64_C(30000000) /* cycles: the guest takes some ten thousand */

static const struct method {
	const char *name, *wants;
	const char *mnemonics[20];
} methods[] = {
	{"flags", "PUSHF or POPF", {"pushf", "popf", "iret"}},
	{"selector", "a selector that a segment register has",
	 {"mov", "push", "pop", "call", "jmp", "ret", "lar", "lsl", "verr", "verw", "les", "lds", "lss", "lfs", "lgs"}},
	{"store", "SGDT, SIDT, SLDT, STR or SMSW", {"sgdt", "sidt", "sldt", "str", "smsw"}},
};
enum { METHODS = sizeof methods / sizeof *methods };

/* Where it runs, and what is the truth there. */
static const struct place {
	const char *technique;
	unsigned ring;
	int truth;
	const char *text;
} places[] = {
	{"native", 1, 0, "on bare hardware (native)"},
	{"trap", 1, 1, "under trap, in ring 1"},
	{"trap", 3, 1, "under trap, in ring 3"},
	{"emulate", 1, 0, "under emulate"},
	{"bt", 1, 0, "under bt"},
	{"hvm", 1, 0, "under hvm"},
};

enum stage { AT_CODE_BEGIN, AT_CODE_END, AT_CALL, INSIDE, AT_RESULT, AT_END, AT_VECTOR, AT_FAULT_EIP };

struct detecting {
	const struct judgement *judgement;
	struct test_result *result;
	const struct place *place;
	const struct method *method;
	struct vm *vm;
	struct event_reader reader;
	enum stage stage;
	uint32_t code, code_end, vector, fault_eip;
	int answer;
	struct cpu_state before; /* of the guest's, when the function was called */
	unsigned seen[METHODS];  /* sensitive instructions of each method that did not trap, in the function */
	const char *other;       /* one of another method */
};

/* ---- what the guest does ---- */

static bool fails(struct detecting *detecting, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool fails(struct detecting *detecting, const char *format, ...)
{
	struct test_result *result = detecting->result;
	va_list arguments;
	size_t used;

	if (result->message[0])
		return false;
	used = (size_t)snprintf(result->message, sizeof result->message, "%s: ", detecting->place->text);
	va_start(arguments, format);
	vsnprintf(result->message + used, sizeof result->message - used, format, arguments);
	va_end(arguments);
	return false;
}

static const struct { const char *name; size_t at, size; } kept[] = {
#define KEPT(name, member) {name, offsetof(struct cpu_state, member), sizeof(((struct cpu_state *)0)->member)}
	KEPT("CR0", cr0), KEPT("CR3", cr3), KEPT("CR4", cr4), KEPT("GDTR", gdtr.base), KEPT("GDTR's limit", gdtr.limit),
	KEPT("IDTR", idtr.base), KEPT("IDTR's limit", idtr.limit), KEPT("LDTR", segment[LDTR].selector), KEPT("TR", segment[TR].selector),
	KEPT("CS", segment[CS].selector), KEPT("SS", segment[SS].selector), KEPT("DS", segment[DS].selector),
	KEPT("ES", segment[ES].selector), KEPT("FS", segment[FS].selector), KEPT("GS", segment[GS].selector), KEPT("ESP", gpr[ESP]),
	KEPT("EBX", gpr[EBX]), KEPT("EBP", gpr[EBP]), KEPT("ESI", gpr[ESI]), KEPT("EDI", gpr[EDI]),
};

static uint32_t kept_value(const struct cpu_state *state, unsigned index)
{
	uint32_t value = 0;

	memcpy(&value, (const char *)state + kept[index].at, kept[index].size);
	return value;
}

static void check_kept(struct detecting *detecting)
{
	const struct cpu_state *before = &detecting->before, *after = vm_guest_state(detecting->vm);
	uint32_t flags = (before->eflags ^ after->eflags) & (EFLAGS_IF | EFLAGS_IOPL | EFLAGS_NT | EFLAGS_DF | EFLAGS_AC | EFLAGS_TF);

	if (flags)
		fails(detecting, "the function has left %s other than it was (EFLAGS %08" PRIx32 ", now %08" PRIx32 ")",
		      flags & EFLAGS_IF ? "IF" : "flags", before->eflags, after->eflags);
	for (unsigned i = 0; i < sizeof kept / sizeof *kept; i++)
		if (kept_value(before, i) != kept_value(after, i))
			fails(detecting, "the function has left %s other than it was (%08" PRIx32 ", now %08" PRIx32 ")", kept[i].name,
			      kept_value(before, i), kept_value(after, i));
}

static void take_report(struct detecting *detecting, uint32_t value)
{
	switch (detecting->stage) {
	case AT_CODE_BEGIN:
		detecting->code = value;
		detecting->stage = AT_CODE_END;
		return;
	case AT_CODE_END:
		detecting->code_end = value;
		detecting->stage = AT_CALL;
		return;
	case AT_CALL:
		detecting->before = *vm_guest_state(detecting->vm);
		detecting->stage = INSIDE;
		return;
	case INSIDE:
		detecting->stage = value == REPORT_FAULT ? AT_VECTOR : AT_RESULT;
		if (value == REPORT_RETURN)
			check_kept(detecting);
		return;
	case AT_RESULT:
		detecting->answer = (int)value;
		detecting->stage = AT_END;
		return;
	case AT_VECTOR:
		detecting->vector = value;
		detecting->stage = AT_FAULT_EIP;
		return;
	case AT_FAULT_EIP:
		detecting->fault_eip = value;
		fails(detecting, "the function has raised exception %" PRIu32 " at %08" PRIx32, detecting->vector, value);
		return;
	case AT_END: return;
	}
}

static bool is_kernels(const struct detecting *detecting, uint32_t eip)
{
	return detecting->stage <= AT_CODE_END || (eip >= detecting->code && eip < detecting->code_end);
}

static void read_port(struct detecting *detecting, const struct event *event)
{
	bool report = event->address == REPORT_PORT, end = event->address == EXIT_PORT;

	if ((!report && !end) || strcmp(event->change[0].what, "out") != 0)
		return;
	if (!is_kernels(detecting, event->eip)) {
		fails(detecting, "the submission's own code, at %08" PRIx32 ", writes to port %" PRIx32 ", which is for the lab's kernel "
		      "to report by; a function says what it has found by what it returns", event->eip, event->address);
		vm_request_stop(detecting->vm);
		return;
	}
	if (report)
		take_report(detecting, event->change[0].after);
}

static void read_sensitive(struct detecting *detecting, const struct event *event)
{
	if (detecting->stage != INSIDE || !event->mnemonic)
		return;
	for (unsigned i = 0; i < METHODS; i++)
		for (const char *const *name = methods[i].mnemonics; *name; name++) {
			if (strcmp(*name, event->mnemonic) != 0)
				continue;
			detecting->seen[i]++;
			if (&methods[i] != detecting->method)
				detecting->other = *name;
		}
}

static void read_event(void *owner, const struct event *event)
{
	if (event->kind == EV_PORT)
		read_port(owner, event);
	else
		read_sensitive(owner, event);
}

/* ---- what is made of it ---- */

static void judge_method(struct detecting *detecting)
{
	const struct method *method = detecting->method;

	if (!detecting->seen[method - methods])
		fails(detecting, "it knows, but not by %s: no such instruction has shown it the processor's truth", method->wants);
	else if (detecting->other)
		fails(detecting, "this function has to know by %s alone; it has looked by %s too", method->wants, detecting->other);
}

static void judge_answer(struct detecting *detecting, enum vm_end end)
{
	if (detecting->result->message[0])
		return;
	if (end == VM_RUNNING)
		fails(detecting, "no answer after %" PRIu64 " cycles: an endless loop", DETECTOR_LIMIT);
	else if (detecting->stage != AT_END || end != VM_EXITED)
		fails(detecting, "the guest has stopped before the function came back: %s%s%s", vm_end_name(end),
		      detecting->vm->message[0] ? ": " : "", detecting->vm->message);
	else if (detecting->answer != detecting->place->truth)
		fails(detecting, "it said %d; %s", detecting->answer,
		      detecting->place->truth ? "the kernel believes in ring 0, and is not there" : "the kernel has ring 0, or cannot tell");
	else if (detecting->place->truth)
		judge_method(detecting);
}

static bool run(void *owner, struct vm *vm, const struct config *config, char *error, size_t error_size)
{
	struct detecting *detecting = owner;
	struct recording_writer *writer = NULL;
	enum vm_end end;

	detecting->vm = vm;
	detecting->reader = (struct event_reader){detecting, 1ull << EV_PORT | 1ull << EV_SENSITIVE, read_event, false, NULL};
	event_add_reader(&vm->events, &detecting->reader);
	if (detecting->judgement->recording)
		writer = recording_begin(detecting->judgement->recording, config, error, error_size);
	end = vm_run(vm, DETECTOR_LIMIT);
	judge_answer(detecting, end);
	graded_recording(writer, detecting->result->message[0], detecting->judgement, vm, detecting->result);
	return true;
}

static const struct method *find_method(const char *name)
{
	for (unsigned i = 0; name && i < METHODS; i++)
		if (strcmp(methods[i].name, name) == 0)
			return &methods[i];
	return NULL;
}

static bool run_at(struct detecting *detecting, const struct place *place, char *error, size_t error_size)
{
	const struct judgement *judgement = detecting->judgement;
	struct config config;

	*detecting = (struct detecting){
		.judgement = judgement, .result = detecting->result, .method = detecting->method, .place = place,
	};
	if (!graded_config(judgement, false, &config, error, error_size))
		return false;
	snprintf(config.technique, sizeof config.technique, "%s", place->technique);
	config.ring = place->ring;
	config.memory = (uint32_t)(16 + judgement->seed.value % 17) << 20;
	config.limit = DETECTOR_LIMIT;
	if (!graded_machine(&config, run, detecting, error, error_size)) /* it is the submission that is linked into the guest */
		fails(detecting, "the guest with it cannot be run: %s", error);
	return true;
}

bool judge_detector(const struct judgement *judgement, struct test_result *result, char *error, size_t error_size)
{
	const char *name = lab_setting(judgement->test, "method");
	struct detecting detecting = {.judgement = judgement, .result = result, .method = find_method(name)};

	if (!detecting.method)
		return refuse(error, error_size, "%s: method = flags, selector or store", judgement->test->name);
	for (unsigned i = 0; i < sizeof places / sizeof *places && !result->message[0]; i++)
		if (!run_at(&detecting, &places[i], error, error_size))
			return false;
	return true;
}
