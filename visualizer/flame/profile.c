/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/flame/profile.c - takes the clock's advance apart.
 *
 *   the clock's advance = what processors charged for instructions + their page walks     guest, page walks, interpreter
 *                       + the prices in the ledger                                        VMM, by exit and price
 *                       + idle time
 */
#include "visualizer/flame/profile.h"

#include "core/spending.h"

#include <string.h>

static const struct frame walks = {.kind = FRAME_WALK, .name = "page walk"};
static const struct frame interpreter = {.kind = FRAME_INTERPRETER, .name = "interpreter"};
static const struct frame idle = {.kind = FRAME_IDLE, .name = "idle"};

static void add(struct profile *profile, frame_at parent, struct frame frame, uint64_t cycles)
{
	if (cycles)
		frames_add(&profile->frames, frames_enter(&profile->frames, parent, frame), cycles);
}

static struct profile_mark mark_of(const struct vm *vm)
{
	struct profile_mark mark = {
		.clock = vm->clock, .priced = vm->ledger.total, .walks = cpu_counters(vm->processor)->walk_cycles,
	};

	if (vm->vcpu) {
		mark.virtual_cycles = cpu_counters(vm->vcpu)->cycles;
		mark.virtual_walks = cpu_counters(vm->vcpu)->walk_cycles;
	}
	return mark;
}

/* ---- the VMM's share ---- */

static enum frame_kind kind_of(enum cost cost)
{
	switch (spending_of_cost(cost)) {
	case SPENDING_MEMORY:
		return FRAME_MEMORY;
	case SPENDING_TRANSLATION:
		return FRAME_TRANSLATE;
	case SPENDING_INTERPRETER:
		return FRAME_INTERPRETER;
	default:
		return FRAME_WORK;
	}
}

/* "VMM trap", which is for `trap` a name that lives as long as the program. */
static struct frame vmm_frame(const struct vm *vm)
{
	static const char *const names[][2] = {
		{"native", "VMM native"}, {"emulate", "VMM emulate"}, {"trap", "VMM trap"},
		{"bt", "VMM bt"},         {"pv", "VMM pv"},           {"hvm", "VMM hvm"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i][0], vm->technique->name) == 0)
			return (struct frame){.kind = FRAME_VMM, .name = names[i][1]};
	return (struct frame){.kind = FRAME_VMM, .name = "VMM"};
}

/* What the ledger has been charged since it was last looked at was for this. */
static void add_prices(struct profile *profile, frame_at at, const char *reason)
{
	const struct cost_ledger *now = &profile->vm->ledger;
	struct cost_ledger *then = &profile->ledger;
	struct frame why = {.kind = FRAME_REASON, .name = reason ? reason : "other work"};
	frame_at vmm = 0;

	if (now->total == then->total)
		return;
	add(profile, 0, idle, now->idle - then->idle);
	for (enum cost cost = 0; cost < COST_COUNT; cost++) {
		struct frame work = {.kind = (uint8_t)kind_of(cost), .name = cost_name(cost)};

		if (now->spent[cost] == then->spent[cost])
			continue;
		if (work.kind == FRAME_INTERPRETER) {
			add(profile, at, interpreter, now->spent[cost] - then->spent[cost]);
			continue;
		}
		if (!vmm)
			vmm = frames_enter(&profile->frames, frames_enter(&profile->frames, at, vmm_frame(profile->vm)), why);
		add(profile, vmm, work, now->spent[cost] - then->spent[cost]);
	}
	*then = *now;
}

/* Where an event came from: known beforehand, unless the guest is looked at seldom. */
static frame_at place_of(struct profile *profile, const struct event *event)
{
	struct cpu_state place = {.eip = event->linear, .cpl = event->guest_cpl};

	return profile->every ? calls_place(&profile->calls, &place) : profile->at;
}

static void read_event(void *owner, const struct event *event)
{
	struct profile *profile = owner;

	if (!event->reason || event_is_work((enum event_kind)event->kind, event->has_vector))
		return;
	profile->reason = event->reason;
	add_prices(profile, place_of(profile, event), event->reason);
}

/* ---- all of it ---- */

/* Since the last time the guest was there. Prices that no exit has claimed are the last one's: the way back to the guest. */
static void account(struct profile *profile, frame_at at)
{
	struct profile_mark now = mark_of(profile->vm), *then = &profile->mark;
	uint64_t walked = now.walks - then->walks, walked_virtually = now.virtual_walks - then->virtual_walks;
	uint64_t interpreted = now.virtual_cycles - then->virtual_cycles - walked_virtually;

	add_prices(profile, at, profile->reason);
	add(profile, at, walks, walked + walked_virtually);
	add(profile, at, interpreter, interpreted);
	frames_add(&profile->frames, at,
	           now.clock - then->clock - (now.priced - then->priced) - walked - walked_virtually - interpreted);
	*then = now;
	profile->reason = NULL;
}

/* The next instruction's end, or while the guest is halted whatever a device does next: time passes in one piece. */
static uint64_t next_look(const struct profile *profile, uint64_t limit)
{
	const struct vm *vm = profile->vm;
	uint64_t next = vm->clock + (profile->every ? profile->every : 1);

	if (vm_guest_state(vm)->activity == ACTIVITY_HALTED && board_next(vm->board) > next)
		next = board_next(vm->board);
	return next < limit ? next : limit;
}

enum vm_end profile_run(void *owner, struct vm *vm, uint64_t limit)
{
	struct profile *profile = owner;
	enum vm_end end = VM_RUNNING;

	profile->reason = "begin or move";
	account(profile, 0); /* what was done to it meanwhile */
	while (end == VM_RUNNING && vm->clock < limit) {
		if (!profile->every)
			profile->at = calls_look(&profile->calls, vm_guest_state(vm));
		end = vm_run(vm, next_look(profile, limit));
		if (profile->every)
			profile->at = calls_place(&profile->calls, vm_guest_state(vm));
		account(profile, profile->at);
	}
	return end;
}

bool profile_begin(struct profile *profile, struct vm *vm, const struct symbols *symbols, uint64_t every)
{
	*profile = (struct profile){.vm = vm, .every = every};
	if (!frames_begin(&profile->frames, 0))
		return false;
	if (!calls_begin(&profile->calls, &profile->frames, symbols)) {
		frames_end(&profile->frames);
		return false;
	}
	profile->reader = (struct event_reader){.owner = profile, .kinds = EVENT_KINDS_ALL, .read = read_event};
	event_add_reader(&vm->events, &profile->reader);
	return true;
}

void profile_finish(struct profile *profile)
{
	profile->reason = "begin or move";
	account(profile, 0);
	event_remove_reader(&profile->vm->events, &profile->reader);
	profile->vm = NULL;
	frames_sort(&profile->frames);
}

void profile_end(struct profile *profile)
{
	calls_end(&profile->calls);
	frames_end(&profile->frames);
}
