/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/facts.c - what each device's state means, in words, for panels: the bits of its registers by their names
 * in the data sheets that its model follows. Reads, and brings nothing up to date.
 */
#include "core/devices/lapic.h"
#include "core/devices/pit.h"
#include "core/devices/serial_port.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct facts {
	const struct board *board;
	struct board_fact *fact;
	size_t room, count;
};

__attribute__((format(printf, 3, 4)))
static void add(struct facts *facts, const char *name, const char *format, ...)
{
	struct board_fact *fact = facts->count < facts->room ? &facts->fact[facts->count] : NULL;
	va_list arguments;

	facts->count++;
	if (!fact)
		return;
	snprintf(fact->name, sizeof(fact->name), "%s", name);
	va_start(arguments, format);
	vsnprintf(fact->value, sizeof(fact->value), format, arguments);
	va_end(arguments);
}

/* Names of the bits that are set, of `names` from bit 0 on; NULL: one without a name. */
static const char *bits(uint8_t value, const char *const names[8], char text[80])
{
	size_t used = 0;

	snprintf(text, 80, "none");
	for (unsigned i = 0; i < 8; i++)
		if (value >> i & 1 && names[i] && used < 80)
			used += (size_t)snprintf(text + used, 80 - used, "%s%s", used ? ", " : "", names[i]);
	return text;
}

/* ---- 8259A ---- */

static bool requested(const struct pic_chip *chip, unsigned level)
{
	uint8_t by_level = chip->icw1 & 8 ? 0xff : chip->elcr;

	return (((chip->edge & ~by_level) | (chip->line & by_level)) >> level & 1) != 0;
}

static void pic_facts(struct facts *facts, unsigned unit)
{
	static const char *const lines[16] = {
		"timer", "keyboard", "cascade", "uart1", "uart0", "", "", "", "rtc", "", "", "", "", "", "disks", "disks 2",
	};

	(void)unit;
	add(facts, "INTR", "%s", board_interrupt(facts->board) ? "raised" : "low");
	for (unsigned irq = 0; irq < 16; irq++) {
		const struct pic_chip *chip = &facts->board->state.pic[irq >> 3];
		unsigned level = irq & 7;
		char name[16];

		snprintf(name, sizeof(name), "IRQ %u", irq);
		add(facts, name, "%02xh %s%s%s%s", chip->vector | level, lines[irq], chip->imr >> level & 1 ? " masked" : " open",
		    requested(chip, level) ? ", requested" : "", chip->isr >> level & 1 ? ", in service" : "");
	}
}

/* ---- 8254 ---- */

static void pit_facts(struct facts *facts, unsigned unit)
{
	static const char *const modes[] = {"count down", "one-shot", "rate", "square wave", "strobe", "triggered strobe"};
	enum { PIT_HZ = 1193182 };
	int64_t tick = (int64_t)time_ticks(facts->board, facts->board->state.now, PIT_HZ);

	(void)unit;
	for (unsigned i = 0; i < 3; i++) {
		const struct pit_counter *c = &facts->board->state.pit.counter[i];
		uint64_t millihertz = UINT64_C(1000) * PIT_HZ / c->reload;
		char name[16];

		snprintf(name, sizeof(name), "counter %u", i);
		add(facts, name, "mode %u (%s), %u of %u, %" PRIu64 ".%03" PRIu64 " Hz, gate %u, OUT %d%s", c->mode,
		    c->mode < 6 ? modes[c->mode] : "", counter_value(c, tick), c->reload, millihertz / 1000, millihertz % 1000,
		    c->gate, counter_out(c, tick), c->running ? "" : ", stopped");
	}
	add(facts, "port 61", "%02x, speaker %s", facts->board->state.pit.port61,
	    facts->board->state.pit.port61 & 2 ? "on" : "off");
}

/* ---- MC146818 ---- */

static void rtc_facts(struct facts *facts, unsigned unit)
{
	static const char *const enabled[8] = {NULL, NULL, NULL, NULL, "update", "alarm", "periodic", "SET: stopped"};
	static const char *const flags[8] = {NULL, NULL, NULL, NULL, "update", "alarm", "periodic", "IRQ"};
	const uint8_t *cmos = facts->board->state.rtc.cmos;
	unsigned rate = cmos[0x0a] & 15;
	char text[80];

	(void)unit;
	/* The registers as they are: BCD unless B says binary, 12 hours unless B says 24. */
	add(facts, "registers", "%02x%02x-%02x-%02x %02x:%02x:%02x, %s, %s hours", cmos[0x32], cmos[9], cmos[8],
	    cmos[7], cmos[4], cmos[2], cmos[0], cmos[0x0b] & 4 ? "binary" : "BCD", cmos[0x0b] & 2 ? "24" : "12");
	add(facts, "alarm", "%02x:%02x:%02x (C0 and more: any)", cmos[5], cmos[3], cmos[1]);
	add(facts, "A", "%02x: periodic rate %u, %u Hz", cmos[0x0a], rate,
	    rate ? 32768u >> (rate <= 2 ? rate + 6 : rate - 1) : 0);
	add(facts, "B", "%02x: interrupts enabled: %s", cmos[0x0b], bits(cmos[0x0b] & 0xf0, enabled, text));
	add(facts, "C", "%02x: flags: %s", cmos[0x0c], bits(cmos[0x0c], flags, text));
	add(facts, "index", "%02x", facts->board->state.rtc.index);
}

/* ---- 16550A ---- */

static void uart_facts(struct facts *facts, unsigned unit)
{
	static const char *const enabled[8] = {"received", "empty", "line", "modem", NULL, NULL, NULL, NULL};
	static const char *const modem[8] = {"DTR", "RTS", "OUT1", "OUT2 (interrupt gate)", "loop", NULL, NULL, NULL};
	const struct uart_state *uart = &facts->board->state.uart[unit];
	unsigned divisor = uart->divisor ? uart->divisor : 65536;
	char text[160], fifo[3 * UART_FIFO + 1] = "";

	if (serial_timed(facts->board, unit)) {
		serial_describe(facts->board, unit, text, sizeof text);
		add(facts, "on model time", "%s", text);
		add(facts, "outside", "%u characters wait", uart->queue_count);
		return;
	}
	for (unsigned i = 0; i < uart->fifo_count && i < UART_FIFO; i++)
		snprintf(fifo + 3 * i, 4, " %02x", uart->fifo[(uart->fifo_head + i) % UART_FIFO]);
	add(facts, "line", "%u baud, %u data bits, %u stop, parity %s%s", 115200 / divisor, 5 + (uart->lcr & 3),
	    uart->lcr & 4 ? 2u : 1u, uart->lcr & 8 ? "on" : "none", uart->lcr & 0x80 ? ", DLAB" : "");
	add(facts, "FIFO", "%s, %u received:%s", uart->fcr & 1 ? "on" : "off", uart->fifo_count, fifo);
	add(facts, "outside", "%u bytes wait for room", uart->queue_count);
	add(facts, "IER", "%02x: %s", uart->ier, bits(uart->ier, enabled, text));
	add(facts, "MCR", "%02x: %s", uart->mcr, bits(uart->mcr, modem, text));
	add(facts, "errors", "%02x", uart->lsr_errors);
}

/* ---- 8042 and keyboard ---- */

static void i8042_facts(struct facts *facts, unsigned unit)
{
	static const char *const command[8] = {"IRQ 1", "IRQ 12", "system", NULL,
	                                       "keyboard off", "mouse off", "translate", NULL};
	const struct i8042_state *kbc = &facts->board->state.i8042;
	const struct keyboard_state *keyboard = &facts->board->state.keyboard;
	char text[80], queue[64] = "";

	(void)unit;
	for (unsigned i = 0; i < keyboard->count && i < 16; i++)
		snprintf(queue + 3 * i, 4, " %02x", keyboard->queue[(keyboard->head + i) % KEY_QUEUE]);
	add(facts, "output", "%02x%s", kbc->output, kbc->output_full ? ", full: the guest has not read it" : ", read");
	add(facts, "command byte", "%02x: %s", kbc->ram[0], bits(kbc->ram[0], command, text));
	add(facts, "waits for", "%s", kbc->command ? "the data of a command" : "nothing");
	add(facts, "keyboard", "scan codes of set %u, %s, LEDs %x", keyboard->set,
	    keyboard->scanning ? "scanning" : "not scanning", keyboard->leds);
	add(facts, "on its way", "%u bytes:%s", keyboard->count, queue);
}

/* ---- VGA ---- */

static void vga_facts(struct facts *facts, unsigned unit)
{
	struct board_text_screen screen = board_text_screen(facts->board);

	(void)unit;
	add(facts, "text", "%u columns, %u rows", screen.columns, screen.rows);
	add(facts, "start", "cell %u: gpa %05x", screen.start, 0xb8000u + 2u * screen.start);
	add(facts, "cursor", "cell %u%s", screen.cursor, screen.cursor_visible ? "" : ", hidden");
	add(facts, "CRTC index", "%02x", facts->board->state.vga.crtc_index);
}

/* ---- ATA ---- */

static void ata_facts(struct facts *facts, unsigned unit)
{
	static const char *const phases[ATA_PHASES] = {
		"idle", "reset", "busy", "reading", "data for the guest to read", "data for the guest to write", "writing"};
	const struct ata_state *ata = &facts->board->state.ata[unit];
	unsigned first = unit * ATA_DRIVES, selected = ata->device >> 4 & 1;

	for (unsigned i = 0; i < ATA_DRIVES; i++) {
		const struct disk *disk = &facts->board->disk[first + i];
		char name[16];

		snprintf(name, sizeof(name), "disk %u", first + i);
		if (!disk_present(disk))
			add(facts, name, "none");
		else
			add(facts, name, "%" PRIu64 " sectors, %zu changed, status %02x, error %02x", disk->sectors, disk->used,
			    ata->drive[i].status, ata->drive[i].error);
	}
	add(facts, "selected", "disk %u", first + selected);
	add(facts, "phase", "%s", phases[ata->phase < ATA_PHASES ? ata->phase : ATA_IDLE]);
	add(facts, "command", "%02x, sector %" PRIu64 ", %u sectors left, byte %u of %u", ata->command, ata->lba, ata->left,
	    ata->position, ata->block);
	add(facts, "interrupt", "%s%s", ata->drive[selected].irq ? "raised" : "low", ata->control & 2 ? ", switched off (nIEN)" : "");
}

/* ---- chipset ---- */

static void chipset_facts(struct facts *facts, unsigned unit)
{
	const struct chipset_state *chipset = &facts->board->state.chipset;

	(void)unit;
	add(facts, "A20", "%s", chipset->a20 ? "on" : "off: bit 20 of addresses is held low");
	add(facts, "port 92", "%02x", chipset->port92);
	add(facts, "POST code", "%02x", chipset->post);
	add(facts, "port E9", "%" PRIu64 " bytes written", chipset->debug_bytes);
	if (chipset->exited)
		add(facts, "exit", "%x written to the exit port", chipset->exit_value);
}

/* ---- local APIC ---- */

/* The vectors of a set, the highest first. */
static const char *vectors_of(const struct lapic_state *lapic, unsigned set, char text[64])
{
	size_t used = 0;

	snprintf(text, 64, "none");
	for (int vector = 255; vector >= 0 && used < 56; vector--)
		if (lapic->reg[set + (unsigned)vector / 32] >> vector % 32 & 1)
			used += (size_t)snprintf(text + used, 64 - used, "%s%02x", used ? " " : "", (unsigned)vector);
	return text;
}

static const char *const delivery_modes[8] = {"fixed", "lowest priority", "SMI", "remote read", "NMI", "INIT", "startup", "ExtINT"};

static void local_fact(struct facts *facts, const char *name, const struct lapic_state *lapic, unsigned reg)
{
	uint32_t entry = lapic->reg[reg];

	add(facts, name, "%s, vector %02x, %s", delivery_modes[entry >> LVT_MODE_SHIFT & 7], entry & LVT_VECTOR,
	    entry & LVT_MASKED ? "masked" : "open");
}

static void lapic_facts(struct facts *facts, unsigned unit)
{
	const struct lapic_state *lapic = &facts->board->state.lapic;
	uint32_t timer = lapic->reg[LAPIC_LVT_TIMER];
	char text[64];

	(void)unit;
	add(facts, "page", "%08" PRIx64 ", %s", lapic_base(facts->board),
	    !lapic_enabled(facts->board) ? "off" : lapic->reg[LAPIC_SVR] & SVR_ENABLE ? "on" : "off by software (SVR)");
	add(facts, "ID", "%u, logical %02x, spurious vector %02x", lapic->reg[LAPIC_ID] >> 24, lapic->reg[LAPIC_LDR] >> 24,
	    lapic->reg[LAPIC_SVR] & 0xff);
	add(facts, "TPR", "%02x: task priority", lapic->reg[LAPIC_TPR]);
	add(facts, "IRR", "requested: %s", vectors_of(lapic, LAPIC_IRR, text));
	add(facts, "ISR", "in service: %s", vectors_of(lapic, LAPIC_ISR, text));
	add(facts, "timer", "%s, vector %02x, %s, %u of %u, next at cycle %" PRIu64, timer & LVT_PERIODIC ? "periodic" : "one-shot",
	    timer & LVT_VECTOR, timer & LVT_MASKED ? "masked" : "open", lapic_timer_count(facts->board),
	    lapic->reg[LAPIC_TIMER_INITIAL],
	    lapic->timer_running ? time_cycles(facts->board, lapic->timer_zero, APIC_BUS_HZ) : 0);
	local_fact(facts, "LINT0", lapic, LAPIC_LVT_LINT0);
	local_fact(facts, "LINT1", lapic, LAPIC_LVT_LINT1);
	local_fact(facts, "error", lapic, LAPIC_LVT_ERROR);
	add(facts, "ESR", "%02x, since it was written %02x", lapic->reg[LAPIC_ESR], lapic->errors);
}

/* ---- I/O APIC ---- */

static void ioapic_facts(struct facts *facts, unsigned unit)
{
	const struct ioapic_state *ioapic = &facts->board->state.ioapic;

	(void)unit;
	add(facts, "ID", "%u, register %02x selected", ioapic->id, ioapic->select);
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
		uint64_t entry = ioapic->entry[pin];
		char name[16];

		snprintf(name, sizeof(name), "pin %u", pin);
		add(facts, name, "%02x %s to %02x, %s%s%s%s", (unsigned)entry & 0xff, delivery_modes[entry >> 8 & 7],
		    (unsigned)(entry >> 56), entry >> 15 & 1 ? "level" : "edge", entry >> 16 & 1 ? ", masked" : ", open",
		    ioapic->lines >> pin & 1 ? ", high" : "", entry >> 14 & 1 ? ", waits for EOI" : "");
	}
}

/* ---- all ---- */

size_t board_facts(const struct board *board, size_t index, struct board_fact *fact, size_t room)
{
	static const struct {
		const struct device *device;
		void (*tell)(struct facts *facts, unsigned unit);
	} tellers[] = {
		{&pic_device, pic_facts}, {&pit_device, pit_facts}, {&rtc_device, rtc_facts},
		{&uart_devices[0], uart_facts}, {&uart_devices[1], uart_facts}, {&i8042_device, i8042_facts},
		{&vga_device, vga_facts}, {&ata_devices[0], ata_facts}, {&ata_devices[1], ata_facts}, {&chipset_device, chipset_facts},
		{&lapic_device, lapic_facts}, {&ioapic_device, ioapic_facts},
	};
	struct facts facts = {.board = board, .fact = fact, .room = room};

	for (size_t i = 0; index < board_devices(board) && i < sizeof(tellers) / sizeof(tellers[0]); i++)
		if (tellers[i].device == board_table[index])
			tellers[i].tell(&facts, board_table[index]->unit);
	return facts.count;
}

uint64_t board_device_next(const struct board *board, size_t index)
{
	return index < board_devices(board) ? board->next_of[index] : BOARD_NEVER;
}
