/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/kernel.h - everything that one file of the kernel offers to the others, in reading order.
 * One processor, a kernel that is never preempted: only interrupt handlers run in between.
 */
#ifndef GUEST_KERNEL_KERNEL_H
#define GUEST_KERNEL_KERNEL_H

#include "kernel/abi.h"
#include "kernel/irq.h"
#include "kernel/layout.h"
#include "kernel/multiboot.h"
#include "kernel/platform.h"
#include "lib/text.h"

enum { FRAME_SIZE = 4096 };

static inline uint32_t round_down(uint32_t address)
{
	return address & ~(uint32_t)(FRAME_SIZE - 1);
}

static inline uint32_t round_up(uint32_t address)
{
	return round_down(address + FRAME_SIZE - 1);
}

/* ---- console.c, keyboard.c ---- */

void console_write(const char *text, size_t size);
void screen_begin(void);
void screen_write(const char *text, size_t size);
void serial_begin(void);
void serial_write(const char *text, size_t size);
void serial_drain(void); /* until the UART has sent all */
void print(const char *text, ...) __attribute__((format(printf, 1, 2)));
void panic(const char *text, ...) __attribute__((format(printf, 1, 2), noreturn));

void keyboard_empty(void); /* of what was typed at nobody */
void keyboard_begin(void);
void keyboard_interrupt(unsigned irq);
void input_typed(char c);
int console_read(char *to, size_t size); /* sleeps until there is a line */

/* ---- options.c: the loader's information, kept before its memory is used otherwise ---- */

struct module {
	uint32_t start, end; /* physical */
};

struct memory_range {
	uint32_t start, end; /* physical, usable */
};

enum { MODULES_MAX = 4, RANGES_MAX = 16, COMMAND_LINE_MAX = 1024 };

struct boot_options {
	char command_line[COMMAND_LINE_MAX];
	struct module modules[MODULES_MAX];
	unsigned module_count;
	struct memory_range ranges[RANGES_MAX];
	unsigned range_count;
	struct memory_range reserved[RANGES_MAX]; /* not to be given away, beside kernel and modules */
	unsigned reserved_count;
};

extern struct boot_options options;
void options_add_range(uint64_t start, uint64_t end);
void options_reserve(uint32_t start, uint32_t end);
void multiboot_read(uint32_t magic, uint32_t information);
/* The words of the command line; quotes keep blanks together. Returns how many; stores pointers into `to`. */
unsigned options_split(char *to, size_t size, char **words, unsigned words_max);
bool options_flag(const char *name); /* is this word there? */
uint32_t options_number(const char *name, uint32_t otherwise);

/* ---- gdt.c, trap.S, trap.c ---- */

/* What trap.S leaves on the kernel stack. The last two are there only if user code was interrupted. */
struct trap_frame {
	uint32_t gs, fs, es, ds;
	uint32_t edi, esi, ebp, unused_esp, ebx, edx, ecx, eax;
	uint32_t vector, error;
	uint32_t eip, cs, eflags, esp, ss;
};

static inline bool from_user(const struct trap_frame *frame)
{
	return (frame->cs & 3) == 3;
}

extern const char boot_stack_top[];

void gdt_init(void);
void gdt_set_kernel_stack(uint32_t top); /* for the next entry from user code */
void gdt_expected(uint32_t *base, uint16_t *limit); /* what LGDT was given */
void trap_init(void);
void trap_expected(uint32_t *base, uint16_t *limit); /* what LIDT was given */
void trap(struct trap_frame *frame);
void trap_before_user(void);
void trap_leave(struct trap_frame *frame);
void trap_return(void); /* trap.S: the stack pointer is at a trap frame */

/* ---- pic.c, pit.c, timer.c ---- */

enum { IRQ_BASE = 0x20, IRQ_TIMER = 0, IRQ_KEYBOARD = 1, IRQ_CASCADE = 2, IRQ_UART = 4, IRQ_COUNT = 16 };

void pic_init(void);
void pic_enable(unsigned irq);
void pic_interrupt(uint32_t vector);

uint32_t pit_begin(uint32_t hertz);
uint16_t pit_count(void);

extern volatile uint32_t timer_ticks;
void timer_init(uint32_t hertz);
void timer_interrupt(void);
uint32_t timer_hertz(void);

/* ---- selfcheck.c ---- */

void selfcheck(void);

/* ---- frames.c: physical memory, one count of users per frame ---- */

void frames_init(void);
uint32_t frame_allocate(void); /* zeroed, with one user; 0: none left */
void frame_share(uint32_t frame);
void frame_release(uint32_t frame);
unsigned frame_users(uint32_t frame);
uint32_t frames_top(void); /* first physical address past usable memory */
uint32_t frames_free(void);

static inline void *physical_to_virtual(uint32_t physical)
{
	return (void *)(physical + KERNEL_BASE);
}

static inline uint32_t virtual_to_physical(const void *address)
{
	return (uint32_t)address - KERNEL_BASE;
}

/* ---- paging.c: page tables (SDM vol. 3, 4.3) ---- */

enum page_bits {
	PAGE_PRESENT = 1 << 0,
	PAGE_WRITABLE = 1 << 1,
	PAGE_USER = 1 << 2,
	PAGE_ACCESSED = 1 << 5,
	PAGE_DIRTY = 1 << 6,
	PAGE_LARGE = 1 << 7,
	PAGE_COPY_ON_WRITE = 1 << 9, /* one of the bits left to software */
};

void paging_init(void);
uint32_t paging_kernel_directory(void);
uint32_t directory_new(void); /* 0: no memory */
void directory_free(uint32_t directory);
uint32_t page_frame(const uint32_t *entry);
/* The entry for a user page; with `make` its table is made. NULL: none, or no memory. */
uint32_t *page_entry(uint32_t directory, uint32_t linear, bool make);

/* ---- space.c: what a process may reach, filled in on demand ---- */

struct region {
	uint32_t start, end; /* page-aligned; start == end: free */
	bool writable;
	const uint8_t *file; /* its first bytes come from here; NULL: zeros */
	uint32_t file_start; /* linear address of the first of them */
	uint32_t file_size;
};

enum { REGIONS_MAX = 12, REGION_HEAP = 2, REGION_STACK = 3, REGION_FIRST_MAPPED = 4 };

struct space {
	uint32_t directory;
	struct region regions[REGIONS_MAX];
	uint32_t heap_end; /* as sbrk says: the region ends at the next page boundary */
	uint32_t zero_fills, file_fills, copies, takeovers;
};

bool space_new(struct space *space);
bool space_fork(struct space *child, struct space *parent);
void space_free(struct space *space);
/* A page fault at `address`: true when the page is there now. */
bool space_fault(struct space *space, uint32_t address, bool write);
/* May these bytes be read or written on the user's behalf? */
bool space_allows(const struct space *space, uint32_t address, uint32_t size, bool write);
int space_map(struct space *space, uint32_t address, uint32_t size, bool writable);
int space_protect(struct space *space, uint32_t address, uint32_t size, bool writable);
int space_unmap(struct space *space, uint32_t address, uint32_t size);
int space_grow_heap(struct space *space, int32_t change);
void space_count(struct space *space, struct memory_info *info, bool clear);

/* ---- ramfs.c, program.c ---- */

struct ram_file {
	const char *name;
	const uint8_t *bytes;
	uint32_t size;
};

void ramfs_init(void);
const struct ram_file *ramfs_find(const char *path);
const struct ram_file *ramfs_at(unsigned index);

enum { ARGUMENTS_MAX = 16, ARGUMENT_BYTES = 1024 };

/* Arguments on their way into a new program: zero-ended texts one after the other. */
struct arguments {
	unsigned count;
	uint32_t used;
	char bytes[ARGUMENT_BYTES];
};

bool arguments_add(struct arguments *arguments, const char *text);
/* Loads an ELF file into a fresh space: 0 and the entry point, or an error. */
int program_load(struct space *space, const struct ram_file *file, uint32_t *entry);
/* Puts the arguments on the stack of the space in use; returns the stack pointer. */
uint32_t program_arguments(const struct arguments *arguments);

/* ---- file.c: what descriptors stand for ---- */

struct file;
struct file *file_open(const char *path);
struct file *file_console(void);
bool file_pipe(struct file **reader, struct file **writer);
struct file *file_share(struct file *file);
void file_close(struct file *file);
int file_read(struct file *file, char *to, uint32_t size);
int file_write(struct file *file, const char *from, uint32_t size);

/* ---- process.c, switch.S ---- */

enum process_state { PROCESS_FREE, PROCESS_READY, PROCESS_RUNNING, PROCESS_ASLEEP, PROCESS_ZOMBIE };
enum { PROCESSES_MAX = 24, DESCRIPTORS_MAX = 8, KERNEL_STACK_SIZE = 8192 };

struct process {
	enum process_state state;
	int number;
	struct process *parent;
	char name[20];
	int status;
	bool killed;
	const void *waits_for; /* asleep on this */
	uint32_t wake_tick;
	struct space space;
	struct file *descriptors[DESCRIPTORS_MAX];
	uint32_t kernel_esp; /* while not running */
	uint8_t *stack;
	struct trap_frame *frame; /* of the last entry from user code */
	uint32_t catcher, catcher_return; /* user functions for its faults; 0: a fault ends it */
	bool catching;                    /* between a fault and `resume` */
	struct trap_frame caught;         /* user registers meanwhile */
};

extern struct process *current;
extern volatile bool reschedule; /* the timer says: at the next way back to user code */

void process_start_init(const char *path, const struct arguments *arguments) __attribute__((noreturn));
int process_fork(void);
int process_exec(const char *path, const struct arguments *arguments);
void process_exit(int status) __attribute__((noreturn));
int process_wait(int *status);
int process_kill(int number);
bool process_catch(struct trap_frame *frame); /* false: nobody catches this fault */
void process_resume(struct trap_frame *frame);
int process_at(unsigned index, struct process_info *info);
void process_yield(void);
/* Sleeps until process_wake with the same address; interrupts are off here. False: was killed. */
bool process_sleep(const void *waits_for);
bool process_sleep_ticks(uint32_t ticks);
void process_wake(const void *waits_for);
void process_tick(void);

void switch_context(uint32_t *save_esp, uint32_t load_esp);
void process_begin(void);

/* ---- bare.c, syscall.c, main.c ---- */

void machine_exit(uint32_t value) __attribute__((noreturn)); /* by isa-debug-exit */

void system_call(struct trap_frame *frame);
void machine_off(uint32_t value) __attribute__((noreturn));

#endif
