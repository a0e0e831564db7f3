/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/pic.c - two cascaded 8259A interrupt controllers, by Intel's data sheet 231468 and the
 * chipset's edge/level registers 4D0 and 4D1.
 *
 *   IRQ 0 1 . 3 4 5 6 7 --> master --> INTR          A request is latched by a rising edge and holds
 *           ^                                        only while the line stays high: a line that drops
 *           +-- slave <-- IRQ 8 ... 15               before the acknowledge gives a spurious level 7.
 */
#include "core/devices/apic.h"

#include <stdio.h>

enum { MASTER, SLAVE };
enum { NONE = 8 };
enum {
	ICW1_ICW4 = 0x01,
	ICW1_SINGLE = 0x02,
	ICW1_LEVEL = 0x08,
	ICW1 = 0x10,
	ICW4_AEOI = 0x02,
	ICW4_SFNM = 0x10, /* special fully nested mode */
	OCW3 = 0x08,
};

static uint8_t requests(const struct pic_chip *chip)
{
	uint8_t level = chip->icw1 & ICW1_LEVEL ? 0xff : chip->elcr;

	return (uint8_t)((chip->edge & ~level) | (chip->line & level));
}

/* 0: highest priority ... 7; NONE stays last. */
static unsigned rank(const struct pic_chip *chip, unsigned level)
{
	return level == NONE ? NONE : (level - chip->lowest - 1) & 7;
}

static unsigned highest(const struct pic_chip *chip, uint8_t bits)
{
	for (unsigned i = 1; i <= 8; i++) {
		unsigned level = (chip->lowest + i) & 7;

		if (bits >> level & 1)
			return level;
	}
	return NONE;
}

/* In special mask mode a level in service that is masked holds nobody back. */
static uint8_t in_service(const struct pic_chip *chip)
{
	return chip->special_mask ? chip->isr & ~chip->imr : chip->isr;
}

/* The level that makes INT active now. */
static unsigned pending(const struct pic_chip *chip)
{
	uint8_t ready = requests(chip) & ~chip->imr;
	unsigned level, wanted, served;

	if (!ready || chip->step)
		return NONE;
	level = highest(chip, ready);
	wanted = rank(chip, level);
	served = rank(chip, highest(chip, in_service(chip)));
	if (wanted < served)
		return level;
	if (wanted == served && chip->icw4 & ICW4_SFNM && chip->icw3 >> level & 1)
		return level; /* the slave has something still more urgent */
	return NONE;
}

static void set_input(struct pic_chip *chip, uint8_t bit, bool high)
{
	if (!high) {
		chip->line &= ~bit;
		chip->edge &= ~bit;
		return;
	}
	if (!(chip->line & bit))
		chip->edge |= bit;
	chip->line |= bit;
}

static void cascade(struct board *board)
{
	struct pic_chip *pic = board->state.pic;

	set_input(&pic[MASTER], 1 << IRQ_CASCADE, pending(&pic[SLAVE]) != NONE);
}

void pic_set_line(struct board *board, unsigned irq, bool high)
{
	struct pic_chip *chip = &board->state.pic[irq >> 3];

	set_input(chip, (uint8_t)(1u << (irq & 7)), high);
	if (chip == &board->state.pic[SLAVE])
		cascade(board);
}

bool pic_masked(const struct board *board, unsigned irq)
{
	const struct pic_chip *pic = board->state.pic;

	if (irq >= 8 && pic[MASTER].imr >> IRQ_CASCADE & 1)
		return true;
	return pic[irq >> 3].imr >> (irq & 7) & 1;
}

bool pic_requested(const struct board *board, unsigned irq)
{
	return requests(&board->state.pic[irq >> 3]) >> (irq & 7) & 1;
}

/* One INTA cycle: gives the level, 7 without a trace in ISR when the request has gone (NONE: it was so). */
static unsigned acknowledge(struct pic_chip *chip)
{
	unsigned level = pending(chip);
	uint8_t bit;

	if (level == NONE)
		return NONE;
	bit = (uint8_t)(1u << level);
	chip->edge &= ~bit;
	if (!(chip->icw4 & ICW4_AEOI))
		chip->isr |= bit;
	else if (chip->rotate_on_aeoi)
		chip->lowest = (uint8_t)level;
	return level;
}

static uint8_t vector_of(const struct pic_chip *chip, unsigned level)
{
	return (uint8_t)(chip->vector | (level == NONE ? 7 : level));
}

static unsigned acknowledge_slave(struct board *board)
{
	struct pic_chip *pic = board->state.pic;
	unsigned level = acknowledge(&pic[SLAVE]);

	/* INT of the slave drops during INTA: what is still waiting there gives the master a new edge. */
	set_input(&pic[MASTER], 1 << IRQ_CASCADE, false);
	cascade(board);
	return level;
}

bool pic_output(const struct board *board)
{
	return pending(&board->state.pic[MASTER]) != NONE;
}

uint8_t pic_acknowledge(struct board *board)
{
	struct pic_chip *pic = board->state.pic;
	unsigned level = acknowledge(&pic[MASTER]);
	uint8_t vector;

	if (level == IRQ_CASCADE && !(pic[MASTER].icw1 & ICW1_SINGLE))
		vector = vector_of(&pic[SLAVE], acknowledge_slave(board));
	else
		vector = vector_of(&pic[MASTER], level);
	return vector;
}

static void start_initialisation(struct pic_chip *chip, uint8_t value)
{
	chip->icw1 = value;
	chip->edge = 0; /* a line that is high now has to drop first */
	chip->imr = chip->isr = 0;
	chip->lowest = 7;
	chip->special_mask = chip->read_isr = chip->poll = chip->rotate_on_aeoi = 0;
	if (!(value & ICW1_ICW4))
		chip->icw4 = 0;
	chip->step = 2;
}

static void next_icw(struct pic_chip *chip, uint8_t value)
{
	bool last = !(chip->icw1 & ICW1_ICW4);

	switch (chip->step) {
	case 2:
		chip->vector = value & 0xf8;
		if (!(chip->icw1 & ICW1_SINGLE))
			chip->step = 3;
		else
			chip->step = last ? 0 : 4;
		break;
	case 3:
		chip->icw3 = value;
		chip->step = last ? 0 : 4;
		break;
	default:
		chip->icw4 = value;
		chip->step = 0;
	}
}

/* OCW2: R, SL, EOI in bits 7 to 5, level in bits 2 to 0. */
static void ocw2(struct pic_chip *chip, uint8_t value)
{
	unsigned level = value & 7;
	bool rotate = value & 0x80, specific = value & 0x40, eoi = value & 0x20;

	if (!eoi && !specific) {
		chip->rotate_on_aeoi = rotate;
		return;
	}
	if (!specific) {
		level = highest(chip, in_service(chip));
		if (level == NONE)
			return;
	}
	if (eoi)
		chip->isr &= (uint8_t)~(1u << level);
	if (rotate)
		chip->lowest = (uint8_t)level;
}

static void ocw3(struct pic_chip *chip, uint8_t value)
{
	if (value & 0x40)
		chip->special_mask = value >> 5 & 1;
	if (value & 0x04)
		chip->poll = 1;
	else if (value & 0x02)
		chip->read_isr = value & 1;
}

static void pic_write(struct board *board, unsigned unit, uint16_t port, unsigned size,
		      uint32_t value)
{
	struct pic_chip *chip = &board->state.pic[port & 0x80 ? SLAVE : MASTER];
	uint8_t byte = (uint8_t)value;

	(void)unit, (void)size;
	if (port == 0x4d0)
		board->state.pic[MASTER].elcr = byte & 0xf8; /* not timer, keyboard, cascade */
	else if (port == 0x4d1)
		board->state.pic[SLAVE].elcr = byte & 0xde; /* not RTC and the FPU's line */
	else if (port & 1 && chip->step)
		next_icw(chip, byte);
	else if (port & 1)
		chip->imr = byte;
	else if (byte & ICW1)
		start_initialisation(chip, byte);
	else if (byte & OCW3)
		ocw3(chip, byte);
	else
		ocw2(chip, byte);
	cascade(board);
	lines_follow_8259(board);
}

static uint8_t poll(struct board *board, struct pic_chip *chip)
{
	unsigned level;

	chip->poll = 0;
	level = chip == &board->state.pic[SLAVE] ? acknowledge_slave(board) : acknowledge(chip);
	lines_follow_8259(board);
	return level == NONE ? 0x07 : (uint8_t)(0x80 | level);
}

static uint32_t pic_read(struct board *board, unsigned unit, uint16_t port, unsigned size)
{
	struct pic_chip *chip = &board->state.pic[port & 0x80 ? SLAVE : MASTER];

	(void)unit, (void)size;
	if (port == 0x4d0 || port == 0x4d1)
		return board->state.pic[port & 1].elcr;
	if (chip->poll)
		return poll(board, chip);
	if (port & 1)
		return chip->imr;
	return chip->read_isr ? chip->isr : requests(chip);
}

static void pic_reset(struct board *board, unsigned unit)
{
	(void)unit;
	board->state.intr = 0;
	for (int i = MASTER; i <= SLAVE; i++) {
		struct pic_chip *chip = &board->state.pic[i];

		memset(chip, 0, sizeof *chip);
		chip->imr = 0xff;
		chip->lowest = 7;
	}
}

static bool pic_valid(const struct board_state *state, unsigned unit)
{
	(void)unit;
	for (int i = MASTER; i <= SLAVE; i++) {
		const struct pic_chip *chip = &state->pic[i];

		if (chip->lowest > 7 || chip->step > 4 || chip->step == 1 || chip->vector & 7 ||
		    chip->edge & ~chip->line)
			return false;
	}
	return true;
}

static void pic_describe(const struct board *board, unsigned unit, char *text, size_t size)
{
	const struct pic_chip *m = &board->state.pic[MASTER], *s = &board->state.pic[SLAVE];

	(void)unit;
	snprintf(text, size,
		 "IRR %02x IMR %02x ISR %02x vectors %02x; slave IRR %02x IMR %02x ISR %02x "
		 "vectors %02x%s",
		 requests(m), m->imr, m->isr, m->vector, requests(s), s->imr, s->isr, s->vector,
		 pic_output(board) ? "; INTR" : "");
}

const struct device pic_device = {
	.name = "pic",
	.ranges = 3,
	.range = { { 0x20, 0x21, false }, { 0xa0, 0xa1, false }, { 0x4d0, 0x4d1, false } },
	.reset = pic_reset,
	.read = pic_read,
	.write = pic_write,
	.valid = pic_valid,
	.describe = pic_describe,
};
