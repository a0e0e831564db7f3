/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/device.h - the inside of a board, for the models in this folder only.
 *
 * A model is one row of a table. Its state is plain data inside struct board_state, so a snapshot is a
 * copy. Models are lazy: a counter or a clock is not ticked but computed when somebody looks. Before a
 * port of a model is touched the board calls its `act`, which brings its state up to state.now; so what
 * a guest reads is a function of the accesses and the moment alone.
 */
#ifndef RINGSIDE_CORE_DEVICES_DEVICE_H
#define RINGSIDE_CORE_DEVICES_DEVICE_H

#include "core/board.h"
#include "core/serial.h"

#include <assert.h>
#include <string.h>

enum {
	IRQ_PIT = 0,
	IRQ_KEYBOARD = 1,
	IRQ_CASCADE = 2,
	IRQ_UART1 = 3,
	IRQ_UART0 = 4,
	IRQ_RTC = 8,
	IRQ_X87 = 13,
	IRQ_ATA = 14,
	IRQ_ATA2 = 15,
};

/* ---- 8259A: two chips, the second behind line 2 of the first ---- */
struct pic_chip {
	uint8_t line;     /* the inputs as they are */
	uint8_t edge; /* rising edges seen and not yet acknowledged, while the input stays high */
	uint8_t imr, isr;
	uint8_t elcr;     /* chipset register 4D0, 4D1: 1 = level triggered */
	uint8_t icw1, icw3, icw4;
	uint8_t vector;   /* ICW2 */
	uint8_t step;     /* which ICW comes next: 2, 3, 4; 0: initialised */
	uint8_t lowest;   /* the level that has lowest priority */
	uint8_t rotate_on_aeoi;
	uint8_t special_mask;
	uint8_t poll;     /* the next read is a poll */
	uint8_t read_isr;
};

/* ---- 8254 ---- */
struct pit_counter {
	int64_t loaded;   /* tick at which `initial` came into the counting element */
	int64_t held;     /* ticks counted when counting was held by the gate */
	uint32_t initial; /* 1 ... 65536 */
	uint32_t reload;  /* what the count register has, as 1 ... 65536 */
	uint16_t latch;
	uint8_t mode, access, bcd, gate;
	uint8_t running;  /* a count was loaded (and triggered, in modes 1 and 5) */
	uint8_t hold;     /* the gate holds the count */
	uint8_t pending;  /* `reload` waits for the end of the period, or for a trigger */
	uint8_t written;  /* a whole count was written after the control word */
	uint8_t latched;  /* bytes of `latch` that are left to read */
	uint8_t status, status_latched;
	uint8_t read_high, write_high; /* the next byte is the high one */
	uint8_t low;
};

struct pit_state {
	struct pit_counter counter[3];
	int64_t tick;      /* up to which edges of OUT 0 were told to the PIC */
	uint8_t port61;    /* bits 0 to 3 as written */
};

/* ---- MC146818 ---- */
struct rtc_state {
	uint64_t updated;  /* clock of the last update of the time registers */
	uint64_t tick;     /* of 32.768 kHz, up to which periodic interrupts are known */
	uint8_t cmos[128];
	uint8_t index;     /* port 70, bit 7: NMI off */
};

/* ---- 16550A ---- */
enum { UART_FIFO = 16, UART_QUEUE = 4096 };
struct uart_state {
	uint64_t timeout;    /* when received bytes under the trigger level are told; BOARD_NEVER */
	uint16_t divisor;
	uint8_t ier, fcr, lcr, mcr, scratch;
	uint8_t lsr_errors;  /* OE, PE, FE, BI */
	uint8_t msr_delta, msr_lines;
	uint8_t thre_interrupt, timeout_interrupt;
	uint8_t fifo[UART_FIFO], fifo_head, fifo_count;
	uint8_t queue[UART_QUEUE]; /* bytes from outside that wait for room in the FIFO */
	uint16_t queue_head, queue_count;
};

/* ---- 8042 and its keyboard ---- */
enum { KEY_QUEUE = 256 };
struct keyboard_state {
	uint8_t queue[KEY_QUEUE]; /* bytes on their way to the controller */
	uint16_t head, count;
	uint8_t set;      /* scan code set: 1 or 2 */
	uint8_t scanning;
	uint8_t leds, typematic;
	uint8_t command;  /* that waits for its argument; 0: none */
	uint8_t last;     /* last byte sent, for FE */
};
struct i8042_state {
	uint64_t ready;    /* when the keyboard's next byte is through the wire */
	uint8_t ram[32];   /* byte 0: the command byte */
	uint8_t output, output_full, output_aux, output_timeout;
	uint8_t reply, reply_full; /* the controller's own answer, before the keyboard's */
	uint8_t command;   /* that waits for its data byte; 0: none */
	uint8_t last_was_command;
	uint8_t output_port;
	uint8_t translate_break; /* F0 was seen: the next set 2 code is a break */
};

/* ---- VGA ---- */
struct vga_state {
	uint8_t misc, feature;
	uint8_t crtc_index, crtc[0x19];
	uint8_t sequencer_index, sequencer[5];
	uint8_t graphics_index, graphics[9];
	uint8_t attribute_index, attribute[0x15];
	uint8_t attribute_data; /* flip-flop: the next write is data */
	uint8_t dac[256][3], dac_mask, dac_read, dac_write, dac_component, dac_reading;
};

/* ---- ATA ---- */
enum { ATA_CHANNELS = 2, ATA_DRIVES = 2, ATA_SECTOR = 512, ATA_MULTIPLE_MAX = 16 };
static_assert((int)DISKS == ATA_CHANNELS * ATA_DRIVES, "a place for each disk");
enum ata_phase {
	ATA_IDLE, ATA_RESET, ATA_BUSY, ATA_BUSY_READ, ATA_READ, ATA_WRITE, ATA_BUSY_WRITE, ATA_PHASES
};
struct ata_drive {
	uint16_t cylinders;       /* geometry in effect */
	uint8_t heads, sectors;
	uint8_t multiple;         /* sectors a block of READ/WRITE MULTIPLE; 0: off */
	uint8_t status, error;
	uint8_t irq;              /* an interrupt is pending; INTRQ shows the selected drive's */
};
struct ata_state {
	uint64_t ready;           /* end of BSY; BOARD_NEVER */
	uint64_t lba;             /* next sector of the transfer */
	uint32_t left;            /* sectors of the transfer that are still to come */
	uint32_t block, position; /* bytes in the buffer, and the guest's place there */
	struct ata_drive drive[ATA_DRIVES];
	/* [1]: what was there before, for LBA48 */
	uint8_t feature[2], count[2], sector[2], cylinder_low[2], cylinder_high[2];
	uint8_t device, control;
	uint8_t command, phase;
	uint8_t per_block, lba48; /* of the command that runs */
	uint8_t buffer[ATA_SECTOR * ATA_MULTIPLE_MAX];
};

/* ---- local APIC and its timer ---- */
enum { LAPIC_REGISTERS = 0x40 };
struct lapic_state {
	uint64_t base;       /* IA32_APIC_BASE */
	uint64_t timer_zero; /* tick of the bus clock at which the timer's count is 0 */
	uint32_t reg[LAPIC_REGISTERS]; /* by offset in the page, shifted right by 4 */
	uint32_t errors;     /* since ESR was written */
	uint8_t timer_running;
	uint8_t nmi;         /* for the processor to take */
	uint8_t lint0;       /* the input as it is */
};

/* ---- I/O APIC ---- */
enum { IOAPIC_PINS = 24 };
struct ioapic_state {
	uint64_t entry[IOAPIC_PINS];
	uint32_t lines;      /* the inputs as they are */
	uint8_t select, id;
};

/* ---- the rest of the chipset ---- */
struct chipset_state {
	uint8_t a20;
	uint8_t port92;
	uint8_t cf9;
	uint8_t post;      /* port 80 */
	uint8_t dma[0x30]; /* 00-0F, C0-DF: kept, never used */
	uint8_t page[16];  /* 80-8F */
	uint32_t exit_value;
	uint8_t exited;
	uint8_t numeric_error; /* FERR# */
	uint8_t ignores_error; /* IGNNE# */
	uint64_t debug_bytes;
};

struct board_state {
	uint64_t now;
	struct pic_chip pic[2];
	struct pit_state pit;
	struct rtc_state rtc;
	struct uart_state uart[SERIAL_PORTS];
	struct i8042_state i8042;
	struct keyboard_state keyboard;
	struct vga_state vga;
	struct ata_state ata[ATA_CHANNELS];
	struct chipset_state chipset;
	struct lapic_state lapic;
	struct ioapic_state ioapic;
	uint8_t intr; /* the 8259A's output, as the APICs know it */
	struct serial_device serial[SERIAL_PORTS]; /* of ports on model time */
};

/* A disk image and the sectors that were written over it; disk.c. */
struct disk {
	struct arena *arena;
	int file; /* -1: no disk */
	bool writable;
	uint64_t sectors;
	struct overlay_entry *table; /* open addressing, power of two */
	size_t table_size, used;
	uint8_t (*data)[ATA_SECTOR];
	size_t data_size;
};

struct port_range {
	uint16_t first, last;
	bool wide; /* takes 2 and 4 bytes at once; the others see single bytes, as on the ISA bus */
};
enum { DEVICE_RANGES = 8 };

struct device {
	const char *name;
	unsigned unit; /* of several alike */
	unsigned ranges;
	struct port_range range[DEVICE_RANGES];
	void (*reset)(struct board *board, unsigned unit);
	uint32_t (*read)(struct board *board, unsigned unit, uint16_t port, unsigned size);
	void (*write)(struct board *board, unsigned unit, uint16_t port, unsigned size,
		      uint32_t value);
	void (*act)(struct board *board, unsigned unit);
	/* When it will raise or drop an interrupt line that anybody sees; BOARD_NEVER. */
	uint64_t (*next)(const struct board *board, unsigned unit);
	/* Is a state that came from outside one that this model can be in? */
	bool (*valid)(const struct board_state *state, unsigned unit);
	void (*describe)(const struct board *board, unsigned unit, char *text, size_t size);
};

extern const struct device pic_device, pit_device, rtc_device, i8042_device, vga_device, chipset_device,
	lapic_device, ioapic_device, uart_devices[SERIAL_PORTS], ata_devices[ATA_CHANNELS];

enum { BOARD_DEVICES = 12, APIC_DEVICES = 2, PORT_WIDE = 0x80 }; /* the APICs come last: not every board has them */

/* What a serial port on model time is done by, and who looks on; core/serial.h. */
struct serial_port {
	serial_model *model; /* NULL: the port takes no model time (uart.c) */
	void *owner;
	serial_watch *watch;
	void *watcher;
};

struct board {
	struct arena *arena;
	struct board_state state;
	bool apic;
	uint64_t frequency, memory_size, start_time;
	struct board_output output;
	struct disk disk[DISKS];
	struct serial_port serial[SERIAL_PORTS];
	uint64_t next;                       /* minimum of the following */
	uint64_t next_of[BOARD_DEVICES];
	uint8_t device_at[65536];            /* index into the table + 1, PORT_WIDE; 0: nobody */
};

extern const struct device *const board_table[BOARD_DEVICES];

/* ---- what models offer each other ---- */
/* An ISA line, to all interrupt controllers that it is wired to. */
void line_set(struct board *board, unsigned irq, bool high);
/* Would a rising line be held back by masks? Then nobody needs to be woken for it. */
bool line_masked(const struct board *board, unsigned irq);
/* Does anybody care that a line which is high falls? */
bool line_fall_counts(const struct board *board, unsigned irq);
void pic_set_line(struct board *board, unsigned irq, bool high);
bool pic_masked(const struct board *board, unsigned irq);
/* Does the PIC hold a request of this line, not yet acknowledged? */
bool pic_requested(const struct board *board, unsigned irq);
void keyboard_reset(struct board *board);
void keyboard_write(struct board *board, uint8_t value);
bool keyboard_valid(const struct keyboard_state *keyboard);
void chipset_set_a20(struct board *board, bool enabled);
void chipset_reset_processor(struct board *board);
/* Leaves the devices as a PC's firmware leaves them when it starts a boot loader. */
void firmware_setup(struct board *board);
/* One serial port alone. */
void firmware_setup_uart(struct board *board, unsigned port);
/* All devices up to state.now, and their `next` anew. */
void board_catch_up(struct board *board);
void board_update_next(struct board *board);

/* disk.c */
bool disk_open(struct disk *disk, struct arena *arena, const struct file_set *files, const char *path, bool writable,
	       char *error, size_t error_size);
void disk_close(struct disk *disk);
bool disk_present(const struct disk *disk);
bool disk_read(const struct disk *disk, uint64_t sector, uint8_t *buffer);
bool disk_write(struct disk *disk, uint64_t sector, const uint8_t *buffer);
/* Forgets what was written over the image. */
void disk_clear(struct disk *disk);
/* The changed sectors by rising number: gives their count, fills `numbers` when it is not NULL. */
size_t disk_changed(const struct disk *disk, uint64_t *numbers);

/* ---- model time ---- */
/* Ticks of a clock of `hz` that fit into `cycles` of the model clock: exact, in integers. */
static inline uint64_t time_ticks(const struct board *board, uint64_t cycles, uint64_t hz)
{
	return cycles / board->frequency * hz + cycles % board->frequency * hz / board->frequency;
}

/* The first cycle at which `ticks` have passed. */
static inline uint64_t time_cycles(const struct board *board, uint64_t ticks, uint64_t hz)
{
	return ticks / hz * board->frequency + (ticks % hz * board->frequency + hz - 1) / hz;
}

#endif
