/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/judge_outcome.c - the judge `outcome`: what a piece foretells of an instruction with its operands in a VMM's ring, beside
 * what becomes of it on the model, run as on bare hardware and deprivileged (trap/classify.h). Operands, ring, IOPL and the guest's IF
 * are by the seed.
 */
#include "labs/grade/questions.h"

#include "core/refuse.h"
#include "trap/classify_operands.h"
#include "trap/classify_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { QUESTIONS = 250 };

static const char *const outcome_names[] = {"traps", "same", "differs", "takes"};

/* ---- what is asked ---- */

/* An instruction's bytes. SELECTOR_BYTES: behind them the far pointer itself. */
struct shape {
	const char *about;
	uint8_t layout; /* enum operands_layout */
	bool far_pointer;
	uint8_t length, bytes[4];
};

#define SHAPE(about, layout, ...) {about, layout, false, sizeof((uint8_t[]){__VA_ARGS__}), {__VA_ARGS__}}
#define FAR(about, opcode) {about, LAYOUT_POINTER, true, 1, {opcode}}

static const struct shape shapes[] = {
	SHAPE("flags", LAYOUT_VALUE, 0x9c), SHAPE("flags", LAYOUT_VALUE, 0x66, 0x9c),                  /* pushf */
	SHAPE("flags", LAYOUT_VALUE, 0x9d), SHAPE("flags", LAYOUT_VALUE, 0x9d),                        /* popf */
	SHAPE("flags", LAYOUT_VALUE, 0x66, 0x9d),
	SHAPE("flags", LAYOUT_VALUE, 0xfa), SHAPE("flags", LAYOUT_VALUE, 0xfb),                        /* cli, sti */
	SHAPE("flags", LAYOUT_VALUE, 0xe4, 0x80), SHAPE("flags", LAYOUT_VALUE, 0xef),                  /* in, out */

	SHAPE("segments", LAYOUT_VALUE, 0x8e, 0xc1), SHAPE("segments", LAYOUT_VALUE, 0x8e, 0xd9),      /* mov es, ds */
	SHAPE("segments", LAYOUT_VALUE, 0x8e, 0x23), SHAPE("segments", LAYOUT_VALUE, 0x8e, 0xd1),      /* mov fs, ss */
	SHAPE("segments", LAYOUT_VALUE, 0x8e, 0x13),
	SHAPE("segments", LAYOUT_VALUE, 0x07), SHAPE("segments", LAYOUT_VALUE, 0x1f),                  /* pop es, ds */
	SHAPE("segments", LAYOUT_VALUE, 0x0f, 0xa9), SHAPE("segments", LAYOUT_VALUE, 0x17),            /* pop gs, ss */
	SHAPE("segments", LAYOUT_POINTER, 0xc4, 0x13), SHAPE("segments", LAYOUT_POINTER, 0x0f, 0xb4, 0x13), /* les, lfs */
	SHAPE("segments", LAYOUT_POINTER, 0x0f, 0xb2, 0x13),                                           /* lss */
	SHAPE("segments", LAYOUT_VALUE, 0x8c, 0xc9), SHAPE("segments", LAYOUT_VALUE, 0x0e),            /* mov from, push cs */

	SHAPE("descriptors", LAYOUT_VALUE, 0x0f, 0x02, 0xd1), SHAPE("descriptors", LAYOUT_VALUE, 0x0f, 0x02, 0x13), /* lar */
	SHAPE("descriptors", LAYOUT_VALUE, 0x0f, 0x03, 0xd1), SHAPE("descriptors", LAYOUT_VALUE, 0x0f, 0x03, 0x13), /* lsl */
	SHAPE("descriptors", LAYOUT_VALUE, 0x0f, 0x00, 0xe1), SHAPE("descriptors", LAYOUT_VALUE, 0x0f, 0x00, 0x23), /* verr */
	SHAPE("descriptors", LAYOUT_VALUE, 0x0f, 0x00, 0xe9), SHAPE("descriptors", LAYOUT_VALUE, 0x0f, 0x00, 0x2b), /* verw */

	FAR("far", 0xea), FAR("far", 0x9a),                                                            /* jmp, call */
	SHAPE("far", LAYOUT_POINTER, 0xff, 0x2b), SHAPE("far", LAYOUT_POINTER, 0xff, 0x1b),
	SHAPE("far", LAYOUT_POINTER, 0xcb), SHAPE("far", LAYOUT_POINTER, 0xca, 0x08, 0x00),            /* ret */
	SHAPE("far", LAYOUT_FRAME, 0xcf), SHAPE("far", LAYOUT_FRAME, 0xcf),                            /* iret */
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static const uint16_t selectors[] = {
	OWN_CODE, OWN_CODE | 1, OWN_CODE | 2, OWN_CODE | 3, OWN_DATA, OWN_DATA | 1, OWN_DATA | 2, OWN_DATA | 3,
	RING0_CODE, RING0_DATA, RING3_CODE | 3, RING3_DATA | 3, RING3_DATA, RING1_CODE | 1, RING1_DATA | 1, CONFORMING_CODE, CONFORMING_CODE | 3,
	GUEST_LDT, GUEST_TSS, FREE_TSS, GATE3 | 3, GATE0, 0, 0x208,
};
/* Where a frame may lead: a return to an outer ring pops a stack too, which must be that ring's. */
static const uint16_t return_selectors[] = {
	OWN_CODE, OWN_CODE | 1, OWN_CODE | 2, OWN_CODE | 3, OWN_DATA, RING0_CODE, RING3_CODE | 3, RING3_CODE | 3, RING1_CODE | 1, 0,
};

struct situation {
	struct classify *classify; /* where it comes about */
	const struct shape *shape;
	struct classify_instance instance;
	struct operands operands;
	uint16_t selector;
	uint32_t flags;
	unsigned ring;
};

static const struct shape *choose_shape(struct questions *questions, const char *about)
{
	const struct shape *shape;

	do
		shape = &shapes[questions_below(questions, SHAPES)];
	while (strcmp(shape->about, about) != 0);
	return shape;
}

static bool takes_return(const struct shape *shape)
{
	return shape->layout != LAYOUT_VALUE && (shape->bytes[0] == 0xcb || shape->bytes[0] == 0xca || shape->bytes[0] == 0xcf);
}

static uint16_t choose_selector(struct questions *questions, const struct shape *shape)
{
	if (takes_return(shape))
		return return_selectors[questions_below(questions, sizeof return_selectors / sizeof *return_selectors)];
	return selectors[questions_below(questions, sizeof selectors / sizeof *selectors)];
}

static bool pops_flags(const struct shape *shape)
{
	return shape->layout == LAYOUT_FRAME || shape->bytes[shape->length - 1] == 0x9d;
}

static void put_instruction(struct situation *situation)
{
	const struct shape *shape = situation->shape;
	struct classify_instance *instance = &situation->instance;

	memcpy(instance->bytes, shape->bytes, shape->length);
	instance->length = shape->length;
	if (!shape->far_pointer)
		return;
	memcpy(instance->bytes + 1, &situation->operands.immediate, 4);
	memcpy(instance->bytes + 5, &situation->selector, 2);
	instance->length = 7;
}

static bool is_flags(const struct shape *shape)
{
	return strcmp(shape->about, "flags") == 0;
}

/* MOV from CS and PUSH CS give one. */
static bool takes_selector(const struct shape *shape)
{
	return !is_flags(shape) && shape->bytes[0] != 0x8c && shape->bytes[0] != 0x0e;
}

static void make_situation(struct questions *questions, const char *about, struct situation *situation)
{
	const struct shape *shape = choose_shape(questions, about);
	struct operands *operands = &situation->operands;

	*situation = (struct situation){.classify = situation->classify, .shape = shape, .ring = 1 + questions_below(questions, CLASSIFY_RINGS)};
	*operands = (struct operands){.eax = 1, .edx = 0x80, .byte = 0x80, .status = EFLAGS_OF | EFLAGS_CF};
	situation->instance.guest_if = questions_below(questions, 2);
	operands->iopl = is_flags(shape) ? (uint8_t)questions_below(questions, 4) : 0;
	situation->flags = EFLAGS_FIXED | EFLAGS_CF | (questions_below(questions, 2) ? EFLAGS_IF : 0);
	situation->flags |= (questions_below(questions, 2) ? operands->iopl : questions_below(questions, 4)) << 12;
	situation->selector = choose_selector(questions, shape);
	operands_put(operands, (enum operands_layout)shape->layout, is_flags(shape) ? situation->flags : situation->selector,
	             situation->flags);
	put_instruction(situation);
}

/* ---- what is right ---- */

static enum classify_run run_of(const struct situation *situation)
{
	return (enum classify_run)(RUN_MOVED + situation->ring - 1);
}

/* A change of ring is what the guest wanted; of IF, or at a device, it is the VMM's. */
static enum lab_outcome measured_outcome(const struct situation *situation)
{
	const struct classify_instance *instance = &situation->instance;
	enum classify_run run = run_of(situation);
	const char *changes = instance->changes[run];

	if (instance->outcome[run].kind == OUTCOME_TRAPPED)
		return LAB_OUTCOME_TRAPS;
	if (changes && strcmp(changes, "ring") != 0)
		return LAB_OUTCOME_TAKES;
	return instance->outcome[run].kind == OUTCOME_SAME ? LAB_OUTCOME_SAME : LAB_OUTCOME_DIFFERS;
}

static struct lab_segment segment_at(const struct situation *situation, enum classify_run run)
{
	struct segment segment = classify_descriptor(situation->classify, run, situation->selector);

	return (struct lab_segment){segment.base, segment.limit, situation->selector, segment.access};
}

static struct lab_classify make_question(const struct situation *situation, const struct insn *insn)
{
	struct lab_classify question = question_about(insn, situation->instance.bytes);

	question.ring = (uint8_t)situation->ring;
	question.iopl = situation->operands.iopl;
	question.guest_if = situation->instance.guest_if;
	question.flags = pops_flags(situation->shape) ? situation->flags : 0;
	if (!takes_selector(situation->shape))
		return question;
	question.selector = situation->selector;
	question.guest = segment_at(situation, RUN_TRUTH);
	question.hardware = segment_at(situation, run_of(situation));
	return question;
}

static void put_why(const struct situation *situation, char *text, size_t size)
{
	const struct classify_instance *instance = &situation->instance;
	enum classify_run run = run_of(situation);
	bool truth_traps = instance->outcome[RUN_TRUTH].kind == OUTCOME_TRAPPED && instance->outcome[run].kind == OUTCOME_TRAPPED;
	char exception[32], what[128];

	outcome_text(&instance->outcome[run], what, sizeof what);
	exception_text(&instance->outcome[RUN_TRUTH], exception, sizeof exception);
	snprintf(text, size, "%s%s%s%s%s", what, instance->changes[run] ? "; changes: " : "",
	         instance->changes[run] ? instance->changes[run] : "",
	         truth_traps ? "; on bare hardware " : "", truth_traps ? exception : "");
}

static void put_text(const struct lab_classify *question, const struct situation *situation, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "%s; ring %u, IOPL %u, guest's IF %u", question->text, question->ring, question->iopl,
	                               question->guest_if);

	if (pops_flags(situation->shape))
		used += (size_t)snprintf(text + used, size - used, ", pops %04" PRIx32, question->flags);
	if (takes_selector(situation->shape))
		snprintf(text + used, size - used, ", selector %02x: access %04x in the guest's table, %04x in the processor's",
		         question->selector, question->guest.access, question->hardware.access);
}

static bool ask(struct questions *questions, struct situation *situation)
{
	struct classify_instance *instance = &situation->instance;
	struct lab_classify question;
	struct insn insn;
	char text[256], why[200];

	insn_decode(&insn, instance->bytes, sizeof instance->bytes, true);
	classify_run_one(situation->classify, &situation->operands, instance);
	question = make_question(situation, &insn);
	if (!lab_ask(questions->lab, HANDLER_classify_outcome, &insn, instance->bytes, &question))
		return false;
	put_text(&question, situation, text, sizeof text);
	put_why(situation, why, sizeof why);
	questions_note(questions, measured_outcome(situation), question.outcome,
	               question.outcome != measured_outcome(situation), text, why);
	return true;
}

static bool is_about(const char *about)
{
	for (unsigned i = 0; about && i < SHAPES; i++)
		if (strcmp(shapes[i].about, about) == 0)
			return true;
	return false;
}

bool judge_outcome(const struct judgement *judgement, struct test_result *result, char *error, size_t error_size)
{
	const char *about = lab_setting(judgement->test, "about");
	struct questions questions = {.judgement = judgement, .result = result, .names = outcome_names, .answers = 4};
	struct situation situation = {.classify = NULL};

	if (!is_about(about))
		return refuse(error, error_size, "%s: about = flags, segments, descriptors or far", judgement->test->name);
	situation.classify = classify_new(false);
	if (!situation.classify)
		return refuse(error, error_size, "not enough memory; close other programs");
	questions_open(&questions, HANDLER_classify_outcome);
	for (unsigned i = 0; !result->message[0] && i < QUESTIONS; i++) {
		make_situation(&questions, about, &situation);
		if (!ask(&questions, &situation))
			break;
	}
	questions_conclude(&questions);
	questions_close(&questions);
	classify_free(situation.classify);
	return true;
}
