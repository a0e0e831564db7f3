/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/debugger.h - a guest that is being looked at: it stands still, is moved forward and backward, and
 * says why it stopped. Screens, shell, scripts, GDB and viewers from outside all move it through this header. It
 * draws nothing and reads no terminal.
 */
#ifndef RINGSIDE_VISUALIZER_DEBUGGER_DEBUGGER_H
#define RINGSIDE_VISUALIZER_DEBUGGER_DEBUGGER_H

#include "core/counters.h"
#include "core/history.h"
#include "core/symbols.h"
#include "core/vm.h"
#include "visualizer/debugger/breaks.h"
#include "visualizer/debugger/console.h"
#include "visualizer/debugger/event_log.h"
#include "visualizer/options.h"

enum direction { FORWARD, BACKWARD };

/* What a motion looks for. Backward it is the latest such moment before now. */
enum goal_kind {
	GOAL_STEP,   /* `count` guest instructions (or deliveries) */
	GOAL_OVER,   /* the same, but calls and repeated string instructions run to their end */
	GOAL_FINISH, /* the caller of this function; backward: the call that led here */
	GOAL_BLOCK,  /* the next instruction that ends a basic block has been executed */
	GOAL_TRAP, /* the next exit to the VMM has been handled: an event that is no mere work (event_is_work) */
	GOAL_EVENT,    /* the next event that `filter` takes */
	GOAL_ADDRESS,  /* EIP is `address` (linear) */
	GOAL_CLOCK,    /* the clock has reached `clock` */
	GOAL_CONTINUE, /* a breakpoint, the guest's end, an interrupt by the user */
};

struct goal {
	enum goal_kind kind;
	enum direction direction;
	uint64_t count;            /* 0 is 1 */
	uint64_t clock;            /* cycles */
	uint32_t address;          /* gla */
	uint64_t kinds;            /* GOAL_EVENT: mask of 1 << enum event_kind */
	char reason[COUNTER_NAME]; /* GOAL_EVENT: this exit reason alone; "": any */
};

/* Why it stands still. Breakpoints stop every motion. */
enum stop_kind {
	STOP_BEGIN, /* at history's first moment */
	STOP_GOAL,  /* what the motion looked for */
	STOP_BREAKPOINT,
	STOP_INTERRUPTED, /* by the user */
	STOP_GUEST_END,   /* `end` says how */
	STOP_LIMIT,       /* --limit */
	STOP_RECORDED,    /* where the recording that is replayed ends */
	STOP_NOT_FOUND,   /* backward: there was no such moment */
};

struct stop {
	enum stop_kind kind;
	enum vm_end end;
	unsigned breakpoint; /* its number */
	bool of_event;       /* the event that is told is what stopped it */
	char text[200];      /* a sentence: "breakpoint 2 (trap): cli at 0010012e <start+0x2e>" */
};

struct debugger {
	const struct options *options;
	struct config config;
	struct vm *vm;
	struct history *history;
	struct symbols *symbols; /* NULL: none */
	struct recording *recording;     /* that it came from; NULL: from the files that config names */
	struct file_set *files;          /* those, held for recordings; with a recording NULL */
	struct recording_writer *writer; /* what --record has begun; NULL: nothing */
	struct breaks breaks;    /* break- and watchpoints */
	struct counters
		*counters;       /* exits up to now: it lies in the machine's arena, and goes back with it */
	struct console *console; /* what the guest has written, likewise */
	struct event_log *log;   /* events of the known history, the latest ones */
	struct event_reader counting; /* feeds `counters`, from outside of the arena */
	uint64_t typed_until;         /* cycles: when the next key may be pressed */
	struct stop stop;
	/* What guest and processor held when the last motion began (debugger_note): what has changed since is marked. */
	struct cpu_state guest_before, hardware_before;
	bool has_before, has_hardware_before;
	bool running;          /* between debugger_begin and its end */
	uint64_t story;        /* sequence number of the event that is told; EVENT_NONE_SELECTED: none */
	unsigned story_step;   /* which micro-step of it is lit, from 0 */
	bool readonly;         /* motions and changes are refused */
	bool changed;          /* something is new to see: screens draw and clear it */
	struct motion *motion; /* the inside of motion.c */
	char message[300];     /* why the last operation gave false; or what else it has done: "branch 2 begins" */
};

#define EVENT_NONE_SELECTED UINT64_MAX

/* Makes the machine (with a history) of the options; `guest_word` says which of the words is the guest. STATUS_OK, or a
 * status after a message. debugger_close frees all, after a failure too. The struct must stay where it is in between. */
int debugger_open(struct debugger *debugger, const struct options *options, int guest_word);
void debugger_close(struct debugger *debugger);

/* Looks at a machine that runs already and stays somebody else's (vm_new_copyable): its history begins here. False after a
 * message. debugger_release leaves it without any stop, where it stands then. */
bool debugger_visit(struct debugger *debugger, const struct options *options, struct vm *vm, struct symbols *symbols);
void debugger_release(struct debugger *debugger);

/* ---- moving ---- */

/* Begins a motion; what was running ends. False: debugger->message (readonly, nothing before the first moment...). */
bool debugger_begin(struct debugger *debugger, const struct goal *goal);
/* Goes on with it for about `milliseconds` of the host. True: it is not there yet. False: it has arrived, and
 * debugger->stop says why. */
bool debugger_slice(struct debugger *debugger, unsigned milliseconds);
/* Ends it where it is (backward: where it began). */
void debugger_interrupt(struct debugger *debugger);
/* A whole motion at once. `interrupted` is asked between slices; NULL: never. */
bool debugger_move(struct debugger *debugger, const struct goal *goal, bool (*interrupted)(void *owner),
		   void *owner);

/* To the instruction that caused this event (its boundary before), and tells its story. */
bool debugger_go_event(struct debugger *debugger, uint64_t sequence);

/* ---- changing (each begins a branch when made in the past) ---- */

bool debugger_switch(struct debugger *debugger, const struct vm_mode *mode);
bool debugger_input(struct debugger *debugger, struct input *input);
bool debugger_set_register(struct debugger *debugger, const char *name, uint32_t value);
/* The same from text, for registers that are longer (core/poke.h). */
bool debugger_set_register_to(struct debugger *debugger, const char *name, const char *value);
bool debugger_write(struct debugger *debugger, uint32_t gla, const void *bytes, size_t size);
/* Typed at the guest's console: characters go to its keyboard or its serial port, whichever console it shows. */
bool debugger_type(struct debugger *debugger, const char *text, size_t size);

/* ---- looking ---- */

/* Guest-linear memory as the guest sees it now, without side effects. Gives the number of bytes that can be read. */
size_t debugger_read(const struct debugger *debugger, uint32_t gla, void *buffer, size_t size);
/* CS base + EIP of the guest. */
uint32_t debugger_linear_eip(const struct debugger *debugger);
/* The event that is told; NULL: none. */
const struct event *debugger_story(const struct debugger *debugger);
/* What hardware holds of the guest: the processor's state, or the VMCS's guest-state area when it is in root operation.
 * False: there is no such second state (native: the processor is the guest's; emulate: it never sees the guest; or it has
 * not been entered yet). */
bool debugger_hardware(const struct debugger *debugger, struct cpu_state *state);
/* Takes down the two states that later ones are compared with: where a motion begins. */
void debugger_note(struct debugger *debugger);
/* One line for a status bar: mode, rings, clock, exits, branch, why it stands still; shortened sensibly to `columns`. */
void debugger_status_line(const struct debugger *debugger, unsigned columns, char *text, size_t size);
void debugger_status(const struct debugger *debugger, char *text, size_t size); /* to size - 1 columns */

#endif
