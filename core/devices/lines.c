/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/lines.c - the wires between devices, interrupt controllers and the processor. Without an APIC there are
 * two 8259As and INTR. With one each ISA line is wired to both kinds of controllers side by side, and the
 * 8259As' INTR leads to LINT0 of the local APIC and to pin 0 of the I/O APIC, from where it may be passed on as it is:
 * virtual wire mode (Intel MultiProcessor Specification 1.4, 3.6.2.2). IRQ 0 is wired to pin 2.
 */
#include "core/devices/apic.h"

unsigned lines_pin(unsigned irq)
{
	return irq == IRQ_PIT ? 2 : irq;
}

void lines_follow_8259(struct board *board)
{
	bool high = pic_output(board);

	if (!board->apic || board->state.intr == high)
		return;
	board->state.intr = high;
	lapic_set_lint0(board, high);
	ioapic_set_line(board, PIN_8259, high);
}

void line_set(struct board *board, unsigned irq, bool high)
{
	pic_set_line(board, irq, high);
	if (!board->apic)
		return;
	ioapic_set_line(board, lines_pin(irq), high);
	lines_follow_8259(board);
}

bool line_masked(const struct board *board, unsigned irq)
{
	return pic_masked(board, irq) && (!board->apic || ioapic_masked(board, lines_pin(irq)));
}

/* The 8259A takes a request back; an input that is active when low sees a request. */
bool line_fall_counts(const struct board *board, unsigned irq)
{
	if (!pic_masked(board, irq) && pic_requested(board, irq))
		return true;
	return board->apic && !ioapic_masked(board, lines_pin(irq)) && ioapic_active_low(board, lines_pin(irq));
}

/* ---- the processor's side ---- */

static bool passes_8259(const struct board *board)
{
	return !board->apic || !lapic_enabled(board) || lapic_passes_8259(board) || ioapic_passes_8259(board);
}

static bool has_message(const struct board *board)
{
	return board->apic && lapic_pending(board) >= 0;
}

bool board_interrupt(const struct board *board)
{
	return (pic_output(board) && passes_8259(board)) || has_message(board);
}

uint8_t board_acknowledge(struct board *board)
{
	bool from_8259 = !board->apic || (pic_output(board) && passes_8259(board));
	uint8_t vector = from_8259 ? pic_acknowledge(board) : lapic_acknowledge(board);

	lines_follow_8259(board);
	board_update_next(board);
	return vector;
}

bool board_nmi_may_come(const struct board *board)
{
	return board->apic && (lapic_lint0_is_nmi(board) || ioapic_sends_nmi(board));
}

bool board_take_nmi(struct board *board)
{
	bool pending = board->state.lapic.nmi;

	board->state.lapic.nmi = 0;
	return pending;
}
