/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/lapic.c - the local APIC of a P6 processor: its registers, what it accepts, and in which order the processor
 * gets it (Intel SDM volume 3, chapter 10, with what that says of the P6 family). Its timer: lapic_timer.c.
 *
 *   message, LVT entry --> IRR --(highest class above PPR)--> INTR --(acknowledge)--> ISR --(EOI)--> done
 *
 * There is one processor, so a message goes to itself or to nobody.
 * Simplification: performance counters never count, and SMI is accepted and does nothing.
 */
#include "core/devices/lapic.h"

#include <stdio.h>

/* What software may write of each register; all that there is, is here or in `read_only`. */
static const uint32_t writable[LAPIC_REGISTERS] = {
	[LAPIC_ID] = 0x0f000000,  [LAPIC_TPR] = 0x000000ff,       [LAPIC_EOI] = 0,
	[LAPIC_LDR] = 0xff000000, [LAPIC_DFR] = 0xf0000000,       [LAPIC_SVR] = 0x000003f0,
	[LAPIC_ESR] = 0,          [LAPIC_ICR_LOW] = 0x000ccfff,   [LAPIC_ICR_HIGH] = 0xff000000,
	[LAPIC_LVT_TIMER] = 0x000300ff, [LAPIC_LVT_COUNTERS] = 0x000107ff, [LAPIC_LVT_LINT0] = 0x0001a7ff,
	[LAPIC_LVT_LINT1] = 0x0001a7ff, [LAPIC_LVT_ERROR] = 0x000100ff,
	[LAPIC_TIMER_INITIAL] = 0xffffffff, [LAPIC_TIMER_DIVIDE] = 0x0000000b,
};

/* Bits that read as one whatever is written. */
enum { DFR_ONES = 0x0fffffff, SVR_ONES = 0x0f };

static struct lapic_state *lapic_of(struct board *board)
{
	return &board->state.lapic;
}

static bool exists(unsigned reg)
{
	return (reg < LAPIC_REGISTERS && writable[reg]) || reg == LAPIC_VERSION_REGISTER || reg == LAPIC_APR ||
	       reg == LAPIC_PPR || reg == LAPIC_EOI || reg == LAPIC_REMOTE_READ || reg == LAPIC_ESR ||
	       (reg >= LAPIC_ISR && reg < LAPIC_IRR + 8) || reg == LAPIC_TIMER_CURRENT;
}

bool lapic_enabled(const struct board *board)
{
	return board->state.lapic.base & LAPIC_BASE_ENABLE;
}

uint64_t lapic_base(const struct board *board)
{
	return board->state.lapic.base & LAPIC_BASE_ADDRESS;
}

static bool software_enabled(const struct lapic_state *lapic)
{
	return lapic->reg[LAPIC_SVR] & SVR_ENABLE;
}

/* ---- the three sets of 256 bits ---- */

static void set_bit(struct lapic_state *lapic, unsigned set, uint8_t vector, bool value)
{
	uint32_t *word = &lapic->reg[set + vector / 32], bit = 1u << vector % 32;

	*word = value ? *word | bit : *word & ~bit;
}

static bool get_bit(const struct lapic_state *lapic, unsigned set, uint8_t vector)
{
	return lapic->reg[set + vector / 32] >> vector % 32 & 1;
}

/* -1: the set is empty. */
static int highest(const struct lapic_state *lapic, unsigned set)
{
	for (int word = 7; word >= 0; word--)
		if (lapic->reg[set + (unsigned)word])
			return word * 32 + 31 - __builtin_clz(lapic->reg[set + (unsigned)word]);
	return -1;
}

/* ---- priorities (10.8.3.1) ---- */

static unsigned class_of(int vector)
{
	return vector < 0 ? 0 : (unsigned)vector & 0xf0;
}

static uint32_t processor_priority(const struct lapic_state *lapic)
{
	uint32_t task = lapic->reg[LAPIC_TPR], served = class_of(highest(lapic, LAPIC_ISR));

	return (task & 0xf0) >= served ? task : served;
}

/* Of the bus, where it decides who takes an interrupt of lowest priority. */
static uint32_t arbitration_priority(const struct lapic_state *lapic)
{
	uint32_t task = lapic->reg[LAPIC_TPR], served = class_of(highest(lapic, LAPIC_ISR)),
	         requested = class_of(highest(lapic, LAPIC_IRR));

	if ((task & 0xf0) >= requested && (task & 0xf0) > served)
		return task;
	return (task & served) > requested ? task & served : requested;
}

int lapic_pending(const struct board *board)
{
	const struct lapic_state *lapic = &board->state.lapic;
	int vector = highest(lapic, LAPIC_IRR);

	if (!lapic_enabled(board) || !software_enabled(lapic) ||
	    class_of(vector) <= (processor_priority(lapic) & 0xf0))
		return -1;
	return vector;
}

uint8_t lapic_acknowledge(struct board *board)
{
	struct lapic_state *lapic = lapic_of(board);
	int vector = lapic_pending(board);

	if (vector < 0)
		return (uint8_t)lapic->reg[LAPIC_SVR]; /* spurious: nothing is in service */
	set_bit(lapic, LAPIC_IRR, (uint8_t)vector, false);
	set_bit(lapic, LAPIC_ISR, (uint8_t)vector, true);
	return (uint8_t)vector;
}

/* ---- accepting ---- */

static void accept(struct lapic_state *lapic, uint8_t vector, bool level)
{
	set_bit(lapic, LAPIC_IRR, vector, true);
	set_bit(lapic, LAPIC_TMR, vector, level);
}

/* Counted until software writes to ESR; the LVT's entry tells it at once. */
static void note_error(struct lapic_state *lapic, uint32_t error)
{
	uint32_t entry = lapic->reg[LAPIC_LVT_ERROR];

	lapic->errors |= error;
	if (entry & LVT_MASKED || !software_enabled(lapic))
		return;
	if ((entry & LVT_VECTOR) < VECTOR_FIRST)
		lapic->errors |= ERROR_RECEIVED_VECTOR;
	else
		accept(lapic, entry & LVT_VECTOR, false);
}

static bool accept_vector(struct lapic_state *lapic, uint8_t vector, bool level)
{
	if (!software_enabled(lapic))
		return false;
	if (vector < VECTOR_FIRST)
		note_error(lapic, ERROR_RECEIVED_VECTOR);
	else
		accept(lapic, vector, level);
	return true;
}

bool lapic_is_destination(const struct board *board, uint8_t destination, bool logical)
{
	const struct lapic_state *lapic = &board->state.lapic;
	uint8_t own = (uint8_t)(lapic->reg[LAPIC_LDR] >> 24);
	bool flat = lapic->reg[LAPIC_DFR] >> 28 == 15;

	if (!logical) /* four bits, all of them set for all APICs */
		return (destination & 15) == 15 || (destination & 15) == lapic->reg[LAPIC_ID] >> 24;
	if (flat || destination == 0xff)
		return (own & destination) != 0 || destination == 0xff;
	return (own ^ destination) >> 4 == 0 && (own & destination & 15) != 0;
}

bool lapic_receive(struct board *board, const struct apic_message *message)
{
	struct lapic_state *lapic = lapic_of(board);

	if (!lapic_enabled(board) || !lapic_is_destination(board, message->destination, message->logical))
		return false;
	switch ((enum delivery_mode)message->mode) {
	case DELIVER_FIXED:
	case DELIVER_LOWEST_PRIORITY:
		return accept_vector(lapic, message->vector, message->level);
	case DELIVER_NMI:
		lapic->nmi = 1;
		return true;
	case DELIVER_INIT:
		chipset_reset_processor(board);
		return true;
	case DELIVER_SMI:
	case DELIVER_STARTUP: /* heeded after INIT only, when the processor waits for it */
		return true;
	default:
		return false;
	}
}

/* ---- the local vector table ---- */

void lapic_local(struct board *board, unsigned reg)
{
	struct lapic_state *lapic = lapic_of(board);
	uint32_t entry = lapic->reg[reg];
	unsigned mode = entry >> LVT_MODE_SHIFT & 7;

	if (entry & LVT_MASKED)
		return;
	if (reg == LAPIC_LVT_TIMER || mode == DELIVER_FIXED)
		accept_vector(lapic, entry & LVT_VECTOR, reg == LAPIC_LVT_LINT0 && entry & LVT_LEVEL);
	else if (mode == DELIVER_NMI)
		lapic->nmi = 1;
	else if (mode == DELIVER_INIT)
		chipset_reset_processor(board);
}

bool lapic_passes_8259(const struct board *board)
{
	uint32_t entry = board->state.lapic.reg[LAPIC_LVT_LINT0];

	return !(entry & LVT_MASKED) && (entry >> LVT_MODE_SHIFT & 7) == DELIVER_EXTINT;
}

bool lapic_lint0_is_nmi(const struct board *board)
{
	uint32_t entry = board->state.lapic.reg[LAPIC_LVT_LINT0];

	return lapic_enabled(board) && !(entry & LVT_MASKED) && (entry >> LVT_MODE_SHIFT & 7) == DELIVER_NMI;
}

/* LINT0 while it is active: an edge is told by `rises`, a level until it has been accepted, and again after its EOI. */
static void look_at_lint0(struct board *board, bool rises)
{
	struct lapic_state *lapic = lapic_of(board);
	uint32_t entry = lapic->reg[LAPIC_LVT_LINT0];
	bool active = lapic->lint0 != !!(entry & LVT_ACTIVE_LOW), fixed = (entry >> LVT_MODE_SHIFT & 7) == DELIVER_FIXED;

	if (!active || entry & LVT_MASKED || lapic_passes_8259(board))
		return;
	if (!(entry & LVT_LEVEL) || !fixed) {
		if (rises)
			lapic_local(board, LAPIC_LVT_LINT0);
	} else if (!(entry & LVT_REMOTE_IRR)) {
		lapic->reg[LAPIC_LVT_LINT0] |= LVT_REMOTE_IRR;
		lapic_local(board, LAPIC_LVT_LINT0);
	}
}

void lapic_set_lint0(struct board *board, bool high)
{
	lapic_of(board)->lint0 = high;
	look_at_lint0(board, true);
}

/* ---- registers ---- */

static void end_of_interrupt(struct board *board)
{
	struct lapic_state *lapic = lapic_of(board);
	uint32_t *lint0 = &lapic->reg[LAPIC_LVT_LINT0];
	int vector = highest(lapic, LAPIC_ISR);

	if (vector < 0)
		return;
	set_bit(lapic, LAPIC_ISR, (uint8_t)vector, false);
	if (!get_bit(lapic, LAPIC_TMR, (uint8_t)vector))
		return;
	ioapic_end_of_interrupt(board, (uint8_t)vector);
	if (*lint0 & LVT_REMOTE_IRR && (*lint0 & LVT_VECTOR) == (uint32_t)vector) {
		*lint0 &= ~(uint32_t)LVT_REMOTE_IRR;
		look_at_lint0(board, false);
	}
}

/* An interrupt by software, to whom the destination or its shorthand says (10.6). */
static void send(struct board *board)
{
	enum { TO_DESTINATION, TO_SELF, TO_ALL, TO_OTHERS, ASSERT = 1 << 14 };
	struct lapic_state *lapic = lapic_of(board);
	uint32_t low = lapic->reg[LAPIC_ICR_LOW];
	struct apic_message message = {
		.vector = (uint8_t)low,
		.mode = low >> 8 & 7,
		.destination = (uint8_t)(lapic->reg[LAPIC_ICR_HIGH] >> 24),
		.logical = low >> 11 & 1,
	};
	unsigned shorthand = low >> 18 & 3;

	if (message.mode == DELIVER_INIT && !(low & ASSERT))
		return; /* INIT level de-assert: bus arbitration only */
	if (message.mode <= DELIVER_LOWEST_PRIORITY && message.vector < VECTOR_FIRST) {
		note_error(lapic, ERROR_SENT_VECTOR);
		return;
	}
	if (shorthand != TO_DESTINATION) {
		message.logical = false;
		message.destination = 15;
	}
	if (shorthand == TO_OTHERS || !lapic_receive(board, &message))
		note_error(lapic, ERROR_NOT_ACCEPTED);
}

static void mask_all(struct lapic_state *lapic)
{
	lapic->reg[LAPIC_LVT_TIMER] |= LVT_MASKED;
	for (unsigned reg = LAPIC_LVT_COUNTERS; reg <= LAPIC_LVT_ERROR; reg++)
		lapic->reg[reg] |= LVT_MASKED;
}

/* What a written register sets off. */
static void take_effect(struct board *board, unsigned reg)
{
	struct lapic_state *lapic = lapic_of(board);

	switch (reg) {
	case LAPIC_EOI:
		end_of_interrupt(board);
		break;
	case LAPIC_ESR:
		lapic->reg[LAPIC_ESR] = lapic->errors;
		lapic->errors = 0;
		break;
	case LAPIC_ICR_LOW:
		send(board);
		break;
	case LAPIC_LVT_LINT0:
		look_at_lint0(board, false);
		break;
	case LAPIC_TIMER_INITIAL:
		lapic_timer_start(board);
		break;
	default:
		break;
	}
	if (!software_enabled(lapic))
		mask_all(lapic); /* and they stay so (10.4.7.2) */
}

/* Registers are 32 bits wide and stand 16 bytes apart; what else is done to them is undefined, and here lost. */
static void lapic_write(struct board *board, unsigned unit, uint16_t offset, unsigned size, uint32_t value)
{
	struct lapic_state *lapic = lapic_of(board);
	unsigned reg = offset >> 4;
	uint32_t count;

	(void)unit;
	if (size != 4 || offset & 15)
		return;
	if (!exists(reg)) {
		note_error(lapic, ERROR_ILLEGAL_REGISTER);
		return;
	}
	count = lapic_timer_count(board);
	lapic->reg[reg] = (lapic->reg[reg] & ~writable[reg]) | (value & writable[reg]);
	if (reg == LAPIC_TIMER_DIVIDE)
		lapic_timer_go_on(board, count);
	take_effect(board, reg);
}

static uint32_t register_value(struct board *board, unsigned reg)
{
	struct lapic_state *lapic = lapic_of(board);

	switch (reg) {
	case LAPIC_VERSION_REGISTER:
		return LAPIC_LVT_LAST << 16 | LAPIC_VERSION;
	case LAPIC_APR:
		return arbitration_priority(lapic);
	case LAPIC_PPR:
		return processor_priority(lapic);
	case LAPIC_TIMER_CURRENT:
		return lapic_timer_count(board);
	default:
		break;
	}
	if (exists(reg))
		return lapic->reg[reg];
	note_error(lapic, ERROR_ILLEGAL_REGISTER);
	return 0;
}

static uint32_t lapic_read(struct board *board, unsigned unit, uint16_t offset, unsigned size)
{
	unsigned byte = offset & 15;

	(void)unit, (void)size;
	return byte < 4 ? register_value(board, offset >> 4) >> 8 * byte : 0;
}

/* ---- life ---- */

static void reset_registers(struct lapic_state *lapic)
{
	memset(lapic->reg, 0, sizeof lapic->reg);
	lapic->errors = lapic->timer_running = lapic->nmi = 0;
	lapic->reg[LAPIC_DFR] = UINT32_MAX;
	lapic->reg[LAPIC_SVR] = 0xf0 | SVR_ONES;
	mask_all(lapic);
}

void board_set_apic_base(struct board *board, uint64_t value, uint64_t now)
{
	struct lapic_state *lapic = lapic_of(board);

	if (!board->apic)
		return;
	board_act(board, now);
	lapic->base = value;
	if (!lapic_enabled(board))
		reset_registers(lapic);
	board_update_next(board);
}

static void lapic_reset(struct board *board, unsigned unit)
{
	struct lapic_state *lapic = lapic_of(board);

	(void)unit;
	memset(lapic, 0, sizeof *lapic);
	lapic->base = LAPIC_BASE_RESET;
	reset_registers(lapic);
}

static bool lapic_valid(const struct board_state *state, unsigned unit)
{
	const struct lapic_state *lapic = &state->lapic;

	(void)unit;
	return !(lapic->base & ~(LAPIC_BASE_ADDRESS | LAPIC_BASE_ENABLE | LAPIC_BASE_BOOTSTRAP)) && lapic->nmi <= 1 &&
	       lapic->lint0 <= 1 && state->intr <= 1 && lapic->timer_running <= 1 && lapic->timer_zero < UINT64_C(1) << 62 &&
	       (!lapic->timer_running || lapic->reg[LAPIC_TIMER_INITIAL]) &&
	       !(lapic->reg[LAPIC_TIMER_DIVIDE] & ~writable[LAPIC_TIMER_DIVIDE]);
}

static void lapic_describe(const struct board *board, unsigned unit, char *text, size_t size)
{
	const struct lapic_state *lapic = &board->state.lapic;

	(void)unit;
	snprintf(text, size, "%s, TPR %02x PPR %02x, request %d, in service %d, timer %u%s",
	         !lapic_enabled(board) ? "off" : software_enabled(lapic) ? "on" : "off by software", lapic->reg[LAPIC_TPR],
	         processor_priority(lapic), highest(lapic, LAPIC_IRR), highest(lapic, LAPIC_ISR), lapic_timer_count(board),
	         lapic->reg[LAPIC_LVT_TIMER] & LVT_MASKED ? " masked" : "");
}

const struct device lapic_device = {
	.name = "lapic",
	.reset = lapic_reset,
	.read = lapic_read,
	.write = lapic_write,
	.act = lapic_timer_act,
	.next = lapic_timer_next,
	.valid = lapic_valid,
	.describe = lapic_describe,
};
