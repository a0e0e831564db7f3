/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/ringside_lab.h - all that a lab's piece knows of Ringside: one table that it exports, one that it is given.
 *
 * A piece stands in for a part of the VMM. It is one C file built to a shared object, and defines
 *
 *	const struct lab_piece ringside_lab = {LAB_PIECE_HEADER, .name = "trap", .trap = {.cli = my_cli, ...}};
 *
 * The VMM calls a handler when its moment has come, with everything the handler may know in a `struct lab_vm`; rows that are NULL
 * stay the VMM's own. A piece runs in a process of its own without C library, files or network: what it needs from outside are
 * the functions of `struct lab_services`, and memcpy, memmove, memset, memcmp, strlen and strcmp. Rules of the processor are
 * those of the Intel SDM; where a comment names a section, it is volume 3 unless said otherwise.
 *
 * Stability: a member is never moved or removed; new ones come at the end of their table, and `size` says how many there are. A
 * piece that was built against an older version goes on working.
 */
#ifndef RINGSIDE_LAB_H
#define RINGSIDE_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAB_VERSION 1

/* All of C's library that there is here. */
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);
size_t strlen(const char *text);
int strcmp(const char *left, const char *right);

/* ---- the virtual CPU: what the guest believes ---- */

enum lab_register { LAB_EAX, LAB_ECX, LAB_EDX, LAB_EBX, LAB_ESP, LAB_EBP, LAB_ESI, LAB_EDI };
enum lab_segment_register { LAB_ES, LAB_CS, LAB_SS, LAB_DS, LAB_FS, LAB_GS, LAB_LDTR, LAB_TR };

/* EFLAGS (volume 1, 3.4.3) */
enum {
	LAB_TF = 1u << 8,
	LAB_IF = 1u << 9,
	LAB_IOPL = 3u << 12,
	LAB_NT = 1u << 14,
	LAB_RF = 1u << 16,
	LAB_VM = 1u << 17,
};

/* CR0 (2.5): those that handlers ask about */
enum {
	LAB_CR0_PE = 1u << 0,
	LAB_CR0_NW = 1u << 29,
	LAB_CR0_CD = 1u << 30,
	LAB_CR0_PG = 1u << 31,
};

/* Exception vectors (table 6-1). */
enum lab_vector { LAB_DE = 0, LAB_UD = 6, LAB_NM = 7, LAB_DF = 8, LAB_TS = 10, LAB_NP = 11, LAB_SS_FAULT = 12, LAB_GP = 13, LAB_PF = 14 };

/* A segment register with its hidden part (3.4.3). `access` is bits 23:8 of the descriptor's second word: type in 3:0, S 4, DPL
 * 6:5, P 7, D/B 14, G 15. The limit is in bytes. */
struct lab_segment {
	uint32_t base, limit;
	uint16_t selector, access;
};

struct lab_table {
	uint32_t base; /* linear */
	uint16_t limit, unused;
};

/* Held off for one instruction after STI (6.8.3). */
enum lab_shadow { LAB_SHADOW_NONE, LAB_SHADOW_STI };

/* A handler changes what the instruction changes. `segment` is to look at: set_segment changes it. */
struct lab_cpu {
	uint32_t gpr[8]; /* by enum lab_register */
	uint32_t eip, eflags;
	uint32_t cr0, cr2, cr3, cr4;
	struct lab_table gdtr, idtr;
	uint8_t cpl;    /* the guest's own, not the ring that it really runs in */
	uint8_t halted; /* 1: until the next interrupt */
	uint8_t shadow; /* enum lab_shadow; none, unless the handler says so */
	uint8_t unused;
	struct lab_segment segment[8]; /* by enum lab_segment_register */
};

/* ---- why the handler was called ---- */

/* The instruction that trapped, decoded. */
struct lab_instruction {
	char name[16];        /* "cli", "out" */
	uint8_t bytes[15];
	uint8_t length;       /* bytes, prefixes included */
	uint8_t operand_size; /* 1, 2 or 4 bytes: how much IN and OUT move; of LGDT, LIDT and IRET 2 or 4 */
	uint8_t reg;          /* ModRM reg: the control register of MOV */
	uint8_t rm;           /* ModRM r/m: the general register of MOV */
	uint8_t uses_dx;      /* IN and OUT: the port is in DX, else in `immediate` */
	uint8_t unused[2];
	uint32_t immediate;
	uint32_t linear;      /* LGDT, LIDT: where their operand lies, segment base included */
};

/* What shall be delivered to the guest. */
struct lab_event {
	uint8_t vector;
	uint8_t external;  /* 1: an interrupt of a device, 0: an exception */
	uint8_t has_error;
	uint8_t unused;
	uint32_t error;
	uint32_t address;  /* of a #PF: what CR2 gets */
};

/* What a handler gives. */
enum lab_result {
	LAB_DONE,   /* vm->cpu is what the guest shall go on with, EIP included */
	LAB_FAULT,  /* vm->fault shall be delivered instead: nothing else that was changed in vm->cpu counts */
	LAB_DECLINE /* let the VMM's own do this one; for cases that the handout leaves out */
};

/* How an access through the guest's page tables is checked (4.6): as the processor's own (descriptor tables, TSS, a handler's
 * stack), or as one of the guest's code at its present CPL. */
enum lab_as { LAB_AS_SYSTEM, LAB_AS_GUEST };

struct lab_services;
struct lab_update; /* lab 7 */

struct lab_vm {
	const struct lab_services *call;
	struct lab_instruction insn; /* look only */
	struct lab_event event;      /* look only */
	struct lab_cpu cpu;
	struct lab_event fault;      /* what goes with LAB_FAULT */
};

/* Lab 4. The guest's tables and the shadow's have two levels: PAE does not come up. A shadow page is a machine frame of 1024 entries, which
 * the processor walks as they stand, with CR0.WP set and without large pages. */
enum lab_level { LAB_TABLE = 1, LAB_DIRECTORY = 2 };
enum { LAB_NO_SHADOW = 0 };

/* Lab 8. What lies behind a frame of the guest's. */
enum lab_frame { LAB_FRAME_NONE, LAB_FRAME_RAM, LAB_FRAME_ROM };

/*
 * What the VMM does when asked. Functions that can meet a page fault, or a bad selector, give false and leave the fault in
 * vm->fault: `return LAB_FAULT` hands it to the guest.
 */
struct lab_services {
	uint32_t version, size;
	/* Guest memory at a linear address: 1 to 64 bytes. */
	bool (*load)(struct lab_vm *vm, uint32_t linear, void *to, uint32_t size, enum lab_as as);
	bool (*store)(struct lab_vm *vm, uint32_t linear, const void *from, uint32_t size, enum lab_as as);
	/* The machine's ports: 1, 2 or 4 bytes. */
	uint32_t (*port_read)(struct lab_vm *vm, uint16_t port, unsigned size);
	void (*port_write)(struct lab_vm *vm, uint16_t port, unsigned size, uint32_t value);
	/* Reads the selector's descriptor (its accessed bit is set) into vm->cpu.segment[reg]; for CS the CPL becomes the
	 * selector's RPL. Checks only that there is such a descriptor (#GP) and that it is present (#NP; #SS for SS): which
	 * rings may load it is the caller's to know. */
	bool (*set_segment)(struct lab_vm *vm, enum lab_segment_register reg, uint16_t selector);
	/* A line for whoever runs the piece: shown by `ringside run --lab` and `ringside grade -v`. As printf, without floats. */
	void (*log)(struct lab_vm *vm, const char *format, ...) __attribute__((format(printf, 2, 3)));
	/* Memory that stays until the run ends, zeroed; 16 MiB in all, and who wants more is stopped. */
	void *(*allocate)(struct lab_vm *vm, uint32_t size);
	/* Lab 7. Copies what the tables of the present address space have at a linear address, with the VMM's own rights: 1 to 64 bytes,
	 * and nobody asks whose they are. False: not mapped. */
	bool (*copy_from_guest)(struct lab_vm *vm, uint32_t linear, void *to, uint32_t size);
	/* Do the tables let the guest's kernel store there? As carelessly. */
	bool (*guest_writable)(struct lab_vm *vm, uint32_t linear, uint32_t size);
	/* enum lab_frame_type of a machine frame. */
	uint32_t (*frame_type)(struct lab_vm *vm, uint64_t mfn);
	/* Bytes of a frame of the guest's, up to all 4096. False: it is not the guest's, or not so long. */
	bool (*read_frame)(struct lab_vm *vm, uint64_t mfn, uint32_t offset, void *to, uint32_t size);
	/* The VMM looks once more, and does it. */
	void (*carry_out)(struct lab_vm *vm, const struct lab_update *update);
	/* Lab 8. CPUID's EAX, EBX, ECX, EDX as this guest shall see them; RDMSR and WRMSR for it: false is #GP. Number 10H is the TSC. */
	void (*cpuid)(struct lab_vm *vm, uint32_t leaf, uint32_t out[4]);
	bool (*read_msr)(struct lab_vm *vm, uint32_t number, uint64_t *value);
	bool (*write_msr)(struct lab_vm *vm, uint32_t number, uint64_t value);
	/* Takes the waiting interrupt from its controller: from now on it is yours to deliver. *more: another one waits behind it. */
	uint8_t (*acknowledge)(struct lab_vm *vm, bool *more);
	/* The machine frame of the guest's frame: machine addresses are frame numbers times 4096. */
	enum lab_frame (*frame_of)(struct lab_vm *vm, uint32_t gfn, uint32_t *mfn);
	/* An empty EPT table: its machine address; 0: there are no more. It belongs nowhere until an entry refers to it. */
	uint64_t (*ept_table)(struct lab_vm *vm);
	/* An entry (0 to 511) of a table that ept_table gave, or of the root. What may not be written is told, and ends the run. */
	uint64_t (*ept_read)(struct lab_vm *vm, uint64_t table, unsigned index);
	void (*ept_write)(struct lab_vm *vm, uint64_t table, unsigned index, uint64_t entry);

	/* Lab 4, for handlers of struct lab_pager. What could lead the guest out of its memory ends the run, with a message.
	 * The guest's word at gpa, a multiple of 4. False: there is no memory, and *word is what an empty bus gives, ones. */
	bool (*guest_word)(struct lab_vm *vm, uint32_t gpa, uint32_t *word);
	/* Sets A or D (`bits`) in the guest's entry at gpa. False: it cannot be stored there (ROM, or no memory). */
	bool (*guest_mark)(struct lab_vm *vm, uint32_t gpa, uint32_t bits);
	/* The machine frame behind a guest frame. False: none, a device may be there. *writable: stores may go there without the
	 * VMM's knowing it, as far as it is the VMM's to say (not ROM, say). */
	bool (*machine_frame)(struct lab_vm *vm, uint32_t gfn, uint32_t *mfn, bool *writable);
	/* A shadow page, zeroed. LAB_NO_SHADOW: all are taken. shadow_free: gives one back, and clears directory entries that lead to it;
	 * shadow_reset: gives all back, ends all tracing and flushes the TLB. Without its root the next thing is load_cr3. */
	uint32_t (*shadow_page)(struct lab_vm *vm, enum lab_level level);
	void (*shadow_free)(struct lab_vm *vm, uint32_t mfn);
	void (*shadow_reset)(struct lab_vm *vm);
	/* A directory's present entry leads to a table of yours, a table's to a frame of the guest's; entry 1023 of a directory is the
	 * VMM's. Not PS, and not G. */
	void (*shadow_set)(struct lab_vm *vm, uint32_t mfn, uint32_t index, uint32_t entry);
	uint32_t (*shadow_get)(struct lab_vm *vm, uint32_t mfn, uint32_t index);
	/* From now on (`on` 1) the guest's stores to the frame are told to `stored`, if they fault: taking RW is yours. */
	void (*trace)(struct lab_vm *vm, uint32_t gfn, bool on);
	/* The processor's TLB: all of it, or what it holds of one page of 4 KiB. */
	void (*tlb_flush)(struct lab_vm *vm);
	void (*tlb_flush_page)(struct lab_vm *vm, uint32_t gla);
};

/* ---- what a piece offers: a table a lab ---- */

typedef enum lab_result lab_handler(struct lab_vm *vm);

/* ---- lab 1: classifying ---- */

/*
 * Lab 1: instructions in the words of Popek and Goldberg (CACM 1974). There is no machine behind these handlers: of the services they
 * have `log` and `allocate`, of `vm` they have vm->insn, and they give LAB_DONE. An instruction here is an opcode, with ModRM's
 * reg field where that is part of the opcode; 32-bit code, 32-bit protected mode.
 */
enum lab_class {
	LAB_CLASS_INNOCUOUS,
	LAB_CLASS_PRIVILEGED, /* completes in ring 0, and traps in rings 1 to 3 whatever its operands (IOPL 0) */
	LAB_CLASS_SENSITIVE,  /* sensitive and not privileged: a hole */
};

/* The ways of being sensitive: bits. */
enum {
	LAB_WAY_CONTROL = 1,  /* where it does not trap it changes privileged state, or a relocation (segment) register */
	LAB_WAY_MODE = 2,     /* in another ring, all else the same, it does something else and does not trap */
	LAB_WAY_LOCATION = 4, /* so in the same ring, when GDT, IDT, control registers, ... are a VMM's instead of its own */
};

/* What becomes of one instruction with its operands when a guest's kernel executes it in a VMM's ring 1 to 3. */
enum lab_outcome {
	LAB_OUTCOME_TRAPS,   /* an exception: the VMM has control */
	LAB_OUTCOME_SAME,    /* it does what it would have done in ring 0 of bare hardware, and touches nothing of the VMM's */
	LAB_OUTCOME_DIFFERS, /* it goes on, and what the guest gets or has is something else: nobody knows */
	LAB_OUTCOME_TAKES,   /* it changes the processor's own IF or reaches a device: the VMM is no longer in control */
};

struct lab_classify {
	/* look only */
	char text[64];      /* "pop ss", as ringside disas has it */
	uint8_t opcode;     /* the last opcode byte, */
	uint8_t two_byte;   /* and whether 0F stands before it */
	uint8_t has_modrm, modrm;
	uint8_t memory;     /* its r/m operand is memory */
	uint8_t umip;       /* the processor has UMIP, and CR4.UMIP is set (2.5) */
	/* of `outcome` alone: */
	uint8_t ring;       /* where the kernel really runs; it believes in 0 */
	uint8_t iopl;       /* in EFLAGS, of the guest and of the processor */
	uint8_t guest_if;   /* the guest's IF; the processor's is 1 */
	uint8_t unused;
	uint16_t selector;  /* that the instruction takes: from a register, from memory, from the stack, out of its own bytes */
	uint32_t flags;     /* that it pops */
	/* What the selector means in the guest's own GDT, and in the one that the processor uses; access 0: nothing. */
	struct lab_segment guest, hardware;
	/* the answer, 0 before */
	uint8_t insn_class; /* enum lab_class */
	uint8_t ways;       /* LAB_WAY bits of a sensitive one */
	uint8_t outcome;    /* enum lab_outcome */
};

typedef enum lab_result lab_classify_handler(struct lab_vm *vm, struct lab_classify *question);

struct lab_classifier {
	lab_classify_handler *classify; /* gives insn_class and ways, which are the instruction's whatever its operands */
	lab_classify_handler *outcome;  /* gives outcome, of these operands in this ring */
};

/* ---- lab 2: traps ---- */

/* Lab 2: instructions that trap, done for the virtual CPU at its own CPL; and how an event gets into the guest. */
struct lab_trap {
	lab_handler *cli, *sti, *hlt, *in, *out;
	lab_handler *mov_from_cr, *mov_to_cr;
	lab_handler *lgdt, *lidt, *iret;
	/* vm->event through the guest's IDT. EIP is what must be pushed. LAB_FAULT: the delivery itself met vm->fault; the VMM
	 * makes of it what 6.15 says. */
	lab_handler *deliver;
};

/* ---- lab 3: a device ---- */

#define LAB_NEVER UINT64_MAX
enum { LAB_DEVICE_STATE = 256 };

/* A serial port at ports 3F8H to 3FFH with interrupt request 4, and the terminal at the other end of its line. It belongs to the machine
 * and not to the VMM: it is there under native, too. All times are model cycles. */
struct lab_device {
	/* what has happened: look only */
	uint64_t now;       /* when; the deadline itself, however late the VMM is */
	uint64_t frequency; /* cycles in a second */
	uint8_t port;       /* read, write: which of the eight, 0 to 7 */
	/* write: the byte written. receive: the character. read: to be filled */
	uint8_t value;
	/* to be filled: 1, and the terminal has `output` */
	uint8_t sent, output;
	/* what the device wants; it stays from call to call, and goes with snapshots */
	uint64_t deadline;  /* when `time` shall be called, later than now; LAB_NEVER. One at a time: the next one is set in `time` */
	uint64_t character; /* how long a character takes on the line: the terminal sends its own one behind the other like that */
	_Alignas(8) uint8_t state[LAB_DEVICE_STATE]; /* its registers; zeros after a reset. State that is kept elsewhere stays what
	                                              * it is when a debugger goes back in time, and the run is another one then */
	uint8_t line;       /* 1: it asks for its interrupt. The controller takes a rising line for a request */
	uint8_t unused[7];
};

typedef enum lab_result lab_device_handler(struct lab_vm *vm, struct lab_device *device);

/* They give LAB_DONE. Of `vm` only vm->call can be used, and of it `log` and `allocate`. Where there is no handler nothing happens, and all
 * ones are read. */
struct lab_device_table {
	lab_device_handler *read, *write; /* an access to a port; what is due by then has been told before */
	lab_device_handler *time;         /* the deadline is here: there is none any more */
	lab_device_handler *receive;      /* a character has come from the terminal */
};

/* ---- lab 4: the shadow pager ---- */

/* Entries of page tables (4.3) and error codes of #PF (4.7). PS counts in directories while CR4.PSE is set. */
enum { LAB_ENTRY_P = 1, LAB_ENTRY_RW = 2, LAB_ENTRY_US = 4, LAB_ENTRY_A = 32, LAB_ENTRY_D = 64, LAB_ENTRY_PS = 128 };
enum { LAB_PF_P = 1, LAB_PF_WRITE = 2, LAB_PF_USER = 4, LAB_PF_RESERVED = 8 };
enum { LAB_CR0_WP = 1 << 16, LAB_CR4_PSE = 1 << 4 };

struct lab_paging {
	/* look only */
	uint32_t gla;        /* fill, invlpg; below FFC00000H, for the rest is the VMM's */
	uint8_t write;       /* fill: what the guest's access was, */
	uint8_t user;        /* and that its CPL was 3 */
	uint8_t users_view;  /* fill, load_cr3: the tables are for the guest's CPL 3 alone (only when kernel_ring is 3) */
	uint8_t kernel_ring; /* in which ring the guest's kernel really runs: 1, or 3, where it needs US in every entry */
	uint32_t gpa, size;  /* stored: which bytes, in one page; they are there already */
	uint32_t pages;      /* flush: how many shadow pages there are */
	/* to be filled in */
	uint32_t root;       /* load_cr3: the machine frame of the directory */
	uint8_t emulate;     /* fill: 1 when the guest may do it and its hardware must not */
	uint8_t unused[3];
};

/* Lab 4: the shadow pager. All of them are needed, and LAB_DECLINE is nobody's answer. vm->cpu is the virtual CPU, to look at. It may
 * keep what it likes between calls. */
typedef enum lab_result lab_pager_handler(struct lab_vm *vm, struct lab_paging *paging);
struct lab_pager {
	/* A page fault of the hardware's. LAB_FAULT, #PF: the guest's own tables have it (its error code is vm->fault's, CR2 the VMM's to
	 * set). LAB_DONE: the instruction runs again, or is emulated. */
	lab_pager_handler *fill;
	/* CR3, CR0.PG, CR4.PSE or the view are others than last time, or the root is gone: which directory now? */
	lab_pager_handler *load_cr3;
	/* The guest has stored into a traced frame. */
	lab_pager_handler *stored;
	/* The guest has done INVLPG, which the processor has not seen. */
	lab_pager_handler *invlpg;
	/* There are no shadow pages any more, and no traces: the beginning of a life. Whatever you know is void. */
	lab_pager_handler *flush;
};

/* ---- lab 5: the translator ---- */

/* How an instruction of a unit is treated (Adams and Agesen 2006, section 3.1). */
enum lab_treatment {
	LAB_IDENTICAL, /* its own bytes */
	LAB_IN_CACHE,  /* a few instructions on the virtual page */
	LAB_CALLOUT,   /* the VMM does it */
	LAB_TRANSFER,  /* a direct JMP, Jcc, LOOP, JCXZ, CALL: leaves by the VMM's exits. The unit ends */
	LAB_LOOKUP     /* a near return, or an indirect JMP or CALL: leaves by the lookup routine. The unit ends */
};
enum lab_operand { LAB_NONE, LAB_GENERAL, LAB_MEMORY, LAB_IMMEDIATE, LAB_RELATIVE, LAB_FAR, LAB_SEGMENT, LAB_CONTROL, LAB_OTHER };
enum { LAB_NO_REGISTER = 8, LAB_NO_CONDITION = 16, LAB_CODE = 128 };

/* The virtual page: what translated code may touch of the virtual CPU. It lies at GS:0, and only there. */
struct lab_virtual {
	uint32_t interrupt_flag;   /* IF: 0 or LAB_IF */
	uint32_t io_privilege;     /* IOPL, at its place in EFLAGS */
	uint32_t pending;          /* not 0: an interrupt waits for interrupt_flag */
	uint32_t saved[2];         /* where EAX and ECX may be put aside */
	uint32_t scratch;
	uint32_t target;           /* guest EIP for the lookup routine */
	uint32_t vmm_1, site;      /* why the VMM is called: see lab_unit_insn */
	uint32_t vmm_2[2], cr0, cr2, cr3, cr4; /* only CR2 may be written */
	uint32_t selector[8];      /* the guest's, by enum lab_segment_register */
	uint32_t gdtr_limit, gdtr_base, idtr_limit, idtr_base;
	uint32_t checked;          /* scratch, for a selector that is to be loaded */
	uint8_t closed_rpl[256];   /* by a selector's low byte: not 0 when the VMM must load it */
};

/* A guest instruction, decoded. Bases, indexes and reg are enum lab_register, or what the operand is: a segment or control register. */
struct lab_decoded {
	char name[16];        /* "cli", "jnz"; a far return is "retf" */
	uint8_t bytes[15], length, opcode;
	uint8_t sensitive;    /* 1: privileged or sensitive, as lab 1 has it */
	uint8_t operand[3];   /* enum lab_operand, in Intel's order */
	uint8_t operand_size, address_size;
	uint8_t segment;      /* by which its memory operand is reached, prefixes included; LAB_NO_REGISTER: it has none */
	uint8_t reg, rm;      /* of ModRM */
	uint8_t base, index, scale; /* of memory by ModRM: base + (index << scale) + displacement */
	uint8_t condition;    /* of Jcc: the opcode's low four bits */
	uint32_t displacement, immediate;
	uint32_t eip, next;   /* its address, and that behind it */
	uint32_t target;      /* of a direct transfer */
};

struct lab_unit_insn {
	struct lab_decoded insn; /* look only, as the next five */
	uint32_t address;        /* that code[0] will run at */
	uint32_t doorway;        /* a jump there calls the VMM */
	uint32_t lookup;         /* the lookup routine: a jump there goes on at GS:[target] */
	uint32_t site;           /* a callout: GS:[site] = this, then the doorway. The VMM comes back behind the code */
	uint32_t jumps;          /* how many exits it has, for whose jumps the VMM fills in the displacement */
	/* treatment: */
	uint8_t treatment;       /* enum lab_treatment */
	uint8_t ends;            /* of a callout: 1 if the guest never goes on right behind it */
	/* emit_...: */
	uint8_t spilled;         /* 1 << LAB_EAX, 1 << LAB_ECX: what is in saved[] when its own access to memory faults */
	uint8_t unused;
	uint32_t size;           /* of the code: 1 to LAB_CODE bytes */
	uint32_t jump[2];        /* where in it stands the 32-bit displacement of each exit: target, then `next`; or the interrupt's */
	uint8_t code[LAB_CODE];
};

/* One handler says how, the others make the code of what is treated so. */
typedef enum lab_result lab_translator_handler(struct lab_vm *vm, struct lab_unit_insn *unit_insn);
struct lab_translator {
	lab_translator_handler *treatment, *identical, *in_cache, *callout, *transfer, *lookup;
};

/* ---- lab 6: the translation cache ---- */

/*
 * Lab 6: what the translation cache's policy knows and decides. Handlers find everything in `cache`; vm->cpu and vm->insn are empty. The
 * VMM keeps units, chains and the lookup cache itself: a piece names them by numbers, from tables of its own that it keeps from
 * call to call. When somebody goes back in time, or units went by an invalidation that was not its own, it is told what is left: begin,
 * made, chain.
 */

/* What a unit was made for: guest code at this EIP, in this code segment, with this size of stack: units may differ in each. */
struct lab_unit_key {
	uint32_t eip, cs_base, cs_limit, stack_big;
};

/* One guest instruction of a unit. Some of its code belongs to none: what counts entries lies before them, its exits behind. */
struct lab_cache_insn {
	uint16_t offset; /* of its first byte from the unit's EIP */
	uint16_t length;
	uint16_t code;   /* of its first translated byte from the unit's code */
	uint16_t code_size;
};

enum { LAB_UNIT_INSNS = 12, LAB_NAMED = 64, LAB_SLOTS = 1024, LAB_NO_SLOT = LAB_SLOTS };
#define LAB_NO_PAGE UINT64_MAX

struct lab_unit {
	uint32_t id;       /* from 1, in the order in which they are made; never given twice */
	struct lab_unit_key key;
	uint32_t linear;   /* where its guest code lies: cs_base + eip */
	uint32_t bytes;    /* of it */
	uint64_t page[2];  /* gpa of the page of its first byte; and of its last, if that is another one, else LAB_NO_PAGE */
	uint32_t code, code_size; /* its translation: cache address, bytes */
	uint32_t insns;
	struct lab_cache_insn insn[LAB_UNIT_INSNS];
};

enum lab_invalidate {
	LAB_STORED,   /* `size` bytes at `gpa`, in one page: units that have some of them go, wherever they are mapped */
	LAB_REMAPPED, /* the page `linear` no longer leads to the page `gpa`: units go that have bytes in this page of both */
	LAB_GIVEN_UP, /* the VMM makes `unit` again in another way */
};

struct lab_cache {
	/* look only */
	struct lab_unit unit;    /* made, lookup, given up; chain: where the exit leads */
	struct lab_unit_key key; /* find */
	uint32_t exit, from;     /* chain: number of the exit, id of the unit that it leaves */
	uint32_t reason;         /* invalidate: enum lab_invalidate */
	uint32_t linear, size;
	uint64_t gpa;
	uint32_t address;        /* fault: where the processor was in the cache */
	uint32_t behind;         /* fault: 1: a trap. In the middle of an instruction's code that instruction is done */
	/* to be filled */
	uint32_t shift;          /* begin: 1 to 31 */
	uint32_t found;          /* find, fault: id of the unit; 0: there is none */
	uint32_t eip;            /* fault: of the guest */
	uint32_t chain;          /* 1: lead the exit straight to the unit */
	uint32_t slot;           /* lookup: (eip ^ eip >> shift) % LAB_SLOTS; LAB_NO_SLOT: do not put it in */
	/* invalidate: the units that go, by id, and the exits chained to them, by number. A handler that fills LAB_NAMED of one of them is
	 * called again for what is left. */
	uint32_t units, exits;
	uint32_t named_unit[LAB_NAMED], named_exit[LAB_NAMED];
};

typedef enum lab_result lab_cache_handler(struct lab_vm *vm, struct lab_cache *cache);

struct lab_cache_policy {
	lab_cache_handler *begin;      /* the cache is empty, at first or flushed: no unit and no chain is left */
	lab_cache_handler *made;       /* a unit has been made */
	lab_cache_handler *find;       /* the dispatcher was entered: is there a unit for `key`? */
	lab_cache_handler *chain;      /* the guest left a unit by an exit with a known target: shall it always go straight there? */
	lab_cache_handler *lookup;     /* an indirect transfer led to `unit`, which was not in its slot of the lookup cache */
	lab_cache_handler *invalidate; /* guest code has changed */
	lab_cache_handler *fault;      /* an exception in translated code: which unit, and at which guest EIP is it? */
};

/* ---- lab 7: hypercalls ---- */

/*
 * Lab 7: hypercalls of a Xen domain. It holds machine addresses, and hardware walks its own tables, so all hangs on what is let in
 * (Barham et al. 2003, 3.3.3). A handler judges one call: `result` is what the guest gets, 0 or an error; what is to be done
 * it has carried out, update by update. The VMM looks at each again before it does it: whoever lets a hostile one in has
 * failed, and it is not done. `vm` is to look at: vm->cpu.cr3 leads to the guest's tables, which are of two levels.
 */
#define LAB_VMM_BEGIN 0xfc000000u    /* linear addresses from here on are the VMM's */
#define LAB_SEGMENTS_END 0xfc400000u /* and no segment of a guest's reaches this one */
enum {
	LAB_VMM_SLOT = 1008,    /* the first entry of a directory that is the VMM's */
	LAB_GDT_ENTRIES = 7168, /* of a guest; the VMM's follow, and the guest may use LAB_FLAT_CODE (RPL put right) of them */
	LAB_FLAT_CODE = 0xe019,
	LAB_LIST_MAX = 65536,   /* requests of a list */
	LAB_TRAPS_MAX = 256,    /* lines of a trap table, without its end */
	LAB_SELF = 0x7ff0,      /* the caller's domain; 0 is too */
};

enum lab_error {
	LAB_EPERM = -1, LAB_ESRCH = -3, LAB_E2BIG = -7, LAB_EFAULT = -14, LAB_EINVAL = -22, LAB_ENOSYS = -38
};

/* What a machine frame is used as; while anything uses it so, as nothing else. */
enum lab_frame_type {
	LAB_FRAME_FOREIGN,  /* not the guest's: the VMM's, or there is none */
	LAB_FRAME_FREE,     /* may become anything */
	LAB_FRAME_WRITABLE, /* mapped writable */
	LAB_FRAME_L1, LAB_FRAME_L2, /* a page table, a directory */
	LAB_FRAME_SEGMENTS, /* descriptors in use */
};

struct lab_hypercall {
	uint32_t number, argument[4]; /* look only */
	int32_t result;
};

enum lab_update_kind {
	LAB_UPDATE_ENTRY,      /* address: of an entry, or a word, of 4 bytes; value: what it shall be */
	LAB_UPDATE_MACHPHYS,   /* address: of a frame; value: its number for the guest */
	LAB_UPDATE_DESCRIPTOR, /* address, value: low word | high word << 32 */
	LAB_UPDATE_GDT,        /* entries, frame */
	LAB_UPDATE_STACK,      /* selector; address: ESP */
	LAB_UPDATE_TRAP,       /* vector, flags, selector, straight; address: EIP */
	LAB_UPDATE_NO_TRAPS,   /* all are taken away */
};

/* Members that a kind does not have are 0. */
struct lab_update {
	uint16_t kind;
	uint16_t selector; /* with the RPL of ring 1 */
	uint8_t vector, flags;
	uint8_t straight;  /* 1: INT from ring 3 enters it by a gate of the hardware's, without the VMM */
	uint8_t unused;
	uint32_t entries, reserved;
	uint64_t address, value; /* machine addresses */
	uint32_t frame[14];
};

typedef enum lab_result lab_hypercall_handler(struct lab_vm *vm, struct lab_hypercall *call);

struct lab_hypercalls {
	lab_hypercall_handler *mmu_update, *update_va_mapping, *set_gdt, *update_descriptor, *stack_switch, *set_trap_table;
};

/* ---- lab 8: hardware assist ---- */

/*
 * A VMM on hardware assist, with nested paging (volume 3, chapters 24 to 28). The guest's kernel has ring 0 of VMX non-root
 * operation. Every handler gives LAB_DONE.
 */
enum { /* primary and secondary processor-based controls (tables 24-6, 24-7) */
	LAB_TSC_OFFSET = 1u << 3, LAB_HLT = 1u << 7, LAB_INVLPG = 1u << 9, LAB_RDPMC = 1u << 11, LAB_RDTSC = 1u << 12,
	LAB_CR3_LOAD = 1u << 15, LAB_CR3_STORE = 1u << 16, LAB_MOV_DR = 1u << 23, LAB_IO = 1u << 24, LAB_IO_BITMAPS = 1u << 25,
	LAB_MSR_BITMAPS = 1u << 28, LAB_PAUSE = 1u << 30, LAB_SECONDARY = 1u << 31,
	LAB_EPT = 1u << 1, LAB_DESCRIPTOR_TABLES = 1u << 2, LAB_VPID = 1u << 5, LAB_WBINVD = 1u << 6, LAB_UNRESTRICTED = 1u << 7,
};
struct lab_controls {
	uint32_t primary, secondary, exceptions; /* the exception bitmap: 24.6.3 */
	uint32_t cr0_mask, cr4_mask; /* guest/host masks (24.6.6); the read shadows are what the guest has written */
	uint16_t port[8]; /* with I/O bitmaps: the ports that do not exit, and how many of them are listed */
	uint32_t msr[8];  /* with MSR bitmaps: the same of MSRs */
	uint8_t ports, msrs, unused[2];
};

enum lab_reason { /* appendix C: those that `exit` is called for, and EPT violations */
	LAB_EXIT_EXCEPTION = 0, LAB_EXIT_CPUID = 10, LAB_EXIT_HLT = 12, LAB_EXIT_INVLPG = 14, LAB_EXIT_RDTSC = 16, LAB_EXIT_CR = 28,
	LAB_EXIT_IO = 30, LAB_EXIT_RDMSR = 31, LAB_EXIT_WRMSR = 32, LAB_EXIT_EPT = 48,
};
enum { /* interruption information: of an entry, an exit, IDT-vectoring (24.8.3, 24.9.2, 24.9.3); bits 7:0 are the vector */
	LAB_TYPE = 7u << 8, LAB_TYPE_EXTERNAL = 0, LAB_TYPE_EXCEPTION = 3u << 8, LAB_TYPE_SOFTWARE = 4u << 8,
	LAB_TYPE_SOFTWARE_EXCEPTION = 6u << 8, LAB_ERROR_CODE = 1u << 11, LAB_VALID = 1u << 31,
};
struct lab_interruption {
	uint32_t information, error_code, length; /* length: of the instruction of a software event */
};
enum { LAB_EPT_READ = 1, LAB_EPT_WRITE = 2, LAB_EPT_EXECUTE = 4, LAB_EPT_WRITE_BACK = 6 << 3, LAB_EPT_LARGE = 1 << 7 }; /* 28.2.2 */

struct lab_assist {
	/* look only */
	uint32_t reason, qualification, length; /* of the exit (27.2.1, 27.2.4): of `exit` and `ept_violation` */
	uint32_t linear;                        /* guest-linear address, where 27.2 says that there is one */
	uint64_t gpa;                           /* of an EPT violation */
	struct lab_interruption exception;      /* of LAB_EXIT_EXCEPTION */
	struct lab_interruption vectored;       /* `inject`: the event whose delivery the last exit cut short; else no LAB_VALID */
	uint8_t interrupt_waits;                /* `inject`: the controller has one for the guest; vm->cpu.shadow says whether one is held off */
	uint8_t ept_levels, large_pages;        /* `ept_violation`: of the tables, and whether 2 MiB pages are wanted */
	uint8_t unused[5];
	uint64_t ept_root;                      /* machine address of the first table */
	/* to be filled */
	struct lab_controls controls;  /* `controls`: begins with everything that there is */
	struct lab_interruption entry; /* `exit`, `inject`: VM-entry interruption information; `inject` finds what `exit` wants */
	uint8_t window;                /* `inject`: an exit as soon as the guest takes interrupts (25.2) */
	uint8_t emulate;               /* `ept_violation`: no entry can help; the VMM shall do the access */
	uint8_t unused_too[2];
};

typedef enum lab_result lab_assist_handler(struct lab_vm *vm, struct lab_assist *x);

struct lab_hardware_assist {
	lab_assist_handler *controls;      /* before the first entry */
	lab_assist_handler *exit;          /* changes vm->cpu as the instruction would (EIP!), or fills x->entry */
	lab_assist_handler *inject;        /* before an entry, when an interrupt waits or a delivery was cut short */
	lab_assist_handler *ept_violation; /* after LAB_DONE the instruction runs again, unless x->emulate */
};

/* ---- the piece ---- */

struct lab_piece {
	uint32_t version, size;
	const char *name;
	struct lab_trap trap; /* the first one that there was */
	struct lab_classifier classify;
	struct lab_device_table device;
	struct lab_pager pager;
	struct lab_translator translator;
	struct lab_cache_policy cache;
	struct lab_hypercalls hypercall;
	struct lab_hardware_assist assist;
};
#define LAB_PIECE_HEADER .version = LAB_VERSION, .size = sizeof(struct lab_piece)

extern const struct lab_piece ringside_lab;

/* ---- helpers ---- */

/* `return lab_fault(vm, LAB_GP, 0);` */
static inline enum lab_result lab_fault(struct lab_vm *vm, enum lab_vector vector, uint32_t error)
{
	vm->fault = (struct lab_event){.vector = (uint8_t)vector, .has_error = vector >= LAB_DF, .error = error};
	return LAB_FAULT;
}

static inline unsigned lab_iopl(const struct lab_vm *vm)
{
	return vm->cpu.eflags >> 12 & 3;
}

#endif
