/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/breakpoint.c - the places at which a run stands still, and which of them an instruction or an access meets. The
 * processors ask (struct cpu_watch); what they call physical is gpa or ma, and under binary translation the code that they run is
 * not the guest's: here it is told where in the guest's world they are.
 */
#include "core/breakpoint.h"

#include "core/refuse.h"
#include "cpu/arena.h"
#include "cpu/insn.h"

#include <string.h>

enum { UNFINISHED = 16 };

/* A repeated string instruction that was left in its middle is known again by the registers that it goes on with. ECX 0: none. */
struct unfinished {
	uint32_t ecx, esi, edi;
};

struct stops {
	struct stop_place place[STOPS_MAX];
	size_t count;
	uint8_t accesses; /* of all places */
	uint64_t
		offsets[PAGE_SIZE / 64]; /* in their pages of linear addresses to be executed: one bit each */
	struct stop_hit hit;
	uint32_t pass_linear;  /* the instruction there does not begin, */
	uint64_t pass_retired; /* as long as none has been retired since this number of them, */
	uint64_t pass_way;     /* or so many, which only lead there */
	bool pass;
	bool begins;  /* the next vm_run begins a run */
	bool running; /* vm_run, which stops */
	struct unfinished unfinished[UNFINISHED];
	unsigned unfinished_next;
};

static const struct stop_hit no_hit = {.place = -1};

/* ---- where in the guest's world ---- */

struct where {
	uint32_t linear;
	uint64_t gpa, ma;
	bool has_linear, has_gpa, has_ma;
};

/* Under a VMM the processor's addresses are machine addresses, and so are those of a guest that holds such. */
static bool takes_machine_addresses(const struct vm *vm, const struct cpu *cpu)
{
	return vm->vcpu && (cpu == vm->processor || vm->paging == PAGING_DIRECT);
}

static struct where locate(const struct vm *vm, const struct cpu *cpu, uint32_t linear, uint64_t physical)
{
	struct where where = {.linear = linear, .has_linear = true, .gpa = physical, .ma = physical};
	uint64_t frame;

	if (takes_machine_addresses(vm, cpu)) {
		where.has_ma = true;
		where.has_gpa = memory_mfn_to_gfn(vm->memory, physical >> PAGE_SHIFT, &frame);
		where.gpa = frame << PAGE_SHIFT | (physical & PAGE_MASK);
	} else {
		where.has_gpa = true;
		where.has_ma = memory_gfn_to_mfn(vm->memory, physical >> PAGE_SHIFT, &frame);
		where.ma = frame << PAGE_SHIFT | (physical & PAGE_MASK);
	}
	return where;
}

static bool is_translation(const struct vm *vm, const struct cpu *cpu, uint64_t physical)
{
	return vm->technique->translated && vm->vcpu && cpu == vm->processor &&
	       physical >> PAGE_SHIFT < memory_vmm_frames(vm->memory);
}

/* Of code. What is in the VMM's frames may stand for an instruction of the guest's, which is elsewhere. */
static struct where locate_code(const struct vm *vm, const struct cpu *cpu, uint32_t linear,
				uint64_t physical)
{
	struct where where = locate(vm, cpu, linear, physical);

	if (is_translation(vm, cpu, physical))
		where.has_linear = where.has_gpa =
			vm->technique->translated(vm, physical, &where.linear, &where.gpa);
	return where;
}

/* ---- places ---- */

static bool overlaps(uint64_t a, uint32_t a_size, uint64_t b, uint32_t b_size)
{
	return a - b < b_size || b - a < a_size;
}

static bool meets(const struct stop_place *place, const struct where *where, uint32_t size)
{
	switch (place->space) {
	case SPACE_LINEAR:
		return where->has_linear && overlaps(place->address, place->size, where->linear, size);
	case SPACE_PHYSICAL:
		return where->has_gpa && overlaps(place->address, place->size, where->gpa, size);
	case SPACE_MACHINE:
		return where->has_ma && overlaps(place->address, place->size, where->ma, size);
	}
	return false;
}

/* The first of them; -1: none. */
static int find_place(const struct stops *stops, uint8_t access, const struct where *where, uint32_t size)
{
	for (size_t i = 0; i < stops->count; i++) {
		struct stop_place place = stops->place[i];

		if (!(place.access & access))
			continue;
		if (access == STOP_EXECUTE)
			place.size = 1;
		if (meets(&place, where, size))
			return (int)i;
	}
	return -1;
}

/* ---- execution ---- */

static uint64_t retired(const struct vm *vm)
{
	return vm_instructions(vm);
}

/* Code is decoded before anybody knows which linear address it will be run at: its offset in the page tells. */
static bool holds(void *owner, const struct cpu *cpu, uint64_t physical)
{
	const struct vm *vm = owner;
	const struct stops *stops = vm->stops;
	struct where where = locate_code(vm, cpu, 0, physical);
	unsigned offset = physical & PAGE_MASK;

	if (is_translation(vm, cpu, physical))
		return find_place(stops, STOP_EXECUTE, &where, 1) >= 0;
	where.has_linear = false;
	return stops->offsets[offset / 64] >> offset % 64 & 1 ||
	       find_place(stops, STOP_EXECUTE, &where, 1) >= 0;
}

static bool is_repeated(const struct vm *vm, const struct where *where)
{
	const uint8_t *frame =
		where->has_gpa ? memory_guest_frame(vm->memory, where->gpa >> PAGE_SHIFT) : NULL;
	size_t offset = where->gpa & PAGE_MASK;
	struct insn insn;

	return frame && insn_decode(&insn, frame + offset, PAGE_SIZE - offset, true) > 0 && insn.repeat &&
	       insn.row->flags & INSN_STRING;
}

static struct unfinished *find_unfinished(struct stops *stops, const uint32_t *gpr)
{
	for (unsigned i = 0; i < UNFINISHED; i++) {
		struct unfinished *left = &stops->unfinished[i];

		if (left->ecx && left->ecx == gpr[ECX] && left->esi == gpr[ESI] && left->edi == gpr[EDI])
			return left;
	}
	return NULL;
}

static bool goes_on(const struct vm *vm, const struct cpu *cpu, const struct where *where)
{
	return find_unfinished(vm->stops, cpu_state_const(cpu)->gpr) && is_repeated(vm, where);
}

static struct unfinished *place_for_unfinished(struct stops *stops)
{
	for (unsigned i = 0; i < UNFINISHED; i++)
		if (!stops->unfinished[i].ecx)
			return &stops->unfinished[i];
	return &stops->unfinished[stops->unfinished_next++ % UNFINISHED];
}

/* Whoever does it, and be it stepped: what is listed is what has been left, and not gone on with. */
static void repeating(void *owner, const struct cpu *cpu, bool left)
{
	struct vm *vm = owner;
	struct stops *stops = vm->stops;
	const uint32_t *gpr = cpu_state_const(cpu)->gpr;
	struct unfinished *known = find_unfinished(stops, gpr);

	if (known && !left)
		known->ecx = 0;
	if (!known && left)
		*place_for_unfinished(stops) = (struct unfinished){gpr[ECX], gpr[ESI], gpr[EDI]};
}

static bool is_passed(const struct vm *vm, uint32_t linear)
{
	struct stops *stops = vm->stops;

	if (!stops->pass || stops->pass_linear != linear ||
	    retired(vm) - stops->pass_retired > stops->pass_way)
		return false;
	stops->pass_retired = retired(vm);
	stops->pass_way = 0;
	return true;
}

static void note(struct vm *vm, const struct stop_hit *hit)
{
	struct stops *stops = vm->stops;

	if (stops->hit.place < 0)
		stops->hit = *hit;
	if (stops->running)
		vm_request_stop(vm);
}

static bool reached(void *owner, const struct cpu *cpu, uint32_t linear, uint64_t physical)
{
	struct vm *vm = owner;
	struct where where = locate_code(vm, cpu, linear, physical);
	int place = find_place(vm->stops, STOP_EXECUTE, &where, 1);

	if (!vm->stops->running || place < 0 || is_passed(vm, where.linear) || goes_on(vm, cpu, &where))
		return false;
	note(vm,
	     &(struct stop_hit){
		     .place = place, .access = STOP_EXECUTE, .linear = where.linear, .physical = physical});
	return true;
}

bool stops_reached(struct vm *vm)
{
	const struct cpu_state *guest = cpu_state_const(vm->vcpu);
	uint32_t linear = guest->segment[CS].base + guest->eip;
	struct walk walk;

	if (!(vm->stops->accesses & STOP_EXECUTE) ||
	    (guest->pending_debug && guest->interrupt_shadow != SHADOW_MOV_SS))
		return false;
	cpu_walk(guest, &vm->guest_bus, linear, ACCESS_EXECUTE, guest->cpl == 3, &walk);
	return walk.ok && reached(vm, vm->vcpu, linear, walk.physical);
}

void stops_pass(struct vm *vm)
{
	const struct cpu_state *guest = vm_guest_state(vm);
	struct stops *stops = vm->stops;

	stops->pass = true;
	stops->pass_way = 0;
	stops->pass_linear = guest->segment[CS].base + guest->eip;
	stops->pass_retired = retired(vm);
}

void stops_pass_on_way(struct vm *vm, unsigned instructions)
{
	const struct cpu_state *guest = vm_guest_state(vm);

	if (is_passed(vm, guest->segment[CS].base + guest->eip))
		vm->stops->pass_way = instructions;
}

/* ---- data ---- */

static bool covers(void *owner, const struct cpu *cpu, uint32_t linear, uint64_t physical)
{
	const struct vm *vm = owner;
	struct where where = locate(vm, cpu, linear, physical);

	return find_place(vm->stops, STOP_READ, &where, PAGE_SIZE) >= 0 ||
	       find_place(vm->stops, STOP_WRITE, &where, PAGE_SIZE) >= 0;
}

static int place_of(const struct vm *vm, const struct cpu *cpu, const struct cpu_access *access)
{
	struct where where = locate(vm, cpu, access->linear, access->physical);

	return find_place(vm->stops, access->write ? STOP_WRITE : STOP_READ, &where, access->size);
}

static bool matches(void *owner, const struct cpu *cpu, const struct cpu_access *access)
{
	return place_of(owner, cpu, access) >= 0;
}

static void accessed(void *owner, const struct cpu *cpu, const struct cpu_access *access)
{
	struct stop_hit hit = {
		.place = place_of(owner, cpu, access),
		.access = access->write ? STOP_WRITE : STOP_READ,
		.linear = access->linear,
		.physical = access->physical,
		.value = access->value,
		.size = access->size,
	};

	note(owner, &hit);
}

/* ---- setting them ---- */

struct stops *stops_new(struct vm *vm)
{
	struct stops *stops = arena_take(vm->arena, sizeof *stops);

	if (stops)
		stops->hit = no_hit;
	return stops;
}

static bool is_good(struct vm *vm, const struct stop_place *place)
{
	enum { ALL = STOP_EXECUTE | STOP_READ | STOP_WRITE };

	if (!place->access || place->access & ~ALL || place->space > SPACE_MACHINE)
		return refuse(vm->message, sizeof vm->message,
			      "a stop is for execution, reading or writing; say at least one of them");
	if (place->space == SPACE_LINEAR && place->address > UINT32_MAX)
		return refuse(vm->message, sizeof vm->message,
			      "%llx is no linear address; those have 32 bits",
			      (unsigned long long)place->address);
	if (place->access & (STOP_READ | STOP_WRITE) && !place->size)
		return refuse(vm->message, sizeof vm->message,
			      "a stop for data has a size; give 1 byte at least");
	return true;
}

static bool is_same(const struct stop_place *a, const struct stop_place *b)
{
	return a->space == b->space && a->access == b->access && a->address == b->address &&
	       a->size == b->size;
}

static bool are_same(const struct stops *stops, const struct stop_place *place, size_t count)
{
	if (stops->count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!is_same(&stops->place[i], &place[i]))
			return false;
	return true;
}

static void take(struct stops *stops, const struct stop_place *place, size_t count)
{
	memset(stops->offsets, 0, sizeof stops->offsets);
	memset(stops->unfinished, 0, sizeof stops->unfinished); /* nobody may have listened meanwhile */
	stops->accesses = 0;
	stops->count = count;
	for (size_t i = 0; i < count; i++) {
		unsigned offset = place[i].address & PAGE_MASK;

		stops->place[i] = place[i];
		stops->accesses |= place[i].access;
		if (place[i].space == SPACE_LINEAR && place[i].access & STOP_EXECUTE)
			stops->offsets[offset / 64] |= UINT64_C(1) << offset % 64;
	}
}

static void tell_processors(struct vm *vm)
{
	struct cpu_watch watch = {.owner = vm};

	if (vm->stops->accesses & STOP_EXECUTE) {
		watch.holds = holds;
		watch.reached = reached;
		watch.repeating = repeating;
	}
	if (vm->stops->accesses & (STOP_READ | STOP_WRITE)) {
		watch.covers = covers;
		watch.matches = matches;
		watch.accessed = accessed;
	}
	cpu_set_watch(vm->processor, &watch);
	if (vm->vcpu)
		cpu_set_watch(vm->vcpu, &watch);
}

bool vm_set_stops(struct vm *vm, const struct stop_place *place, size_t count)
{
	struct stops *stops = vm->stops;

	if (count > STOPS_MAX)
		return refuse(vm->message, sizeof vm->message, "there are %d stops at most; delete some",
			      STOPS_MAX);
	for (size_t i = 0; i < count; i++)
		if (!is_good(vm, &place[i]))
			return false;
	stops->begins = true;
	stops->hit = no_hit;
	if (are_same(stops, place, count))
		return true;
	take(stops, place, count);
	tell_processors(vm);
	return true;
}

/* ---- runs ---- */

struct stop_hit vm_stop_hit(const struct vm *vm)
{
	return vm->stops->hit;
}

void vm_stops_go_on(struct vm *vm)
{
	vm->stops->begins = vm->stops->pass = false;
}

void stops_begin_run(struct vm *vm)
{
	vm->stops->running = true;
	vm->stops->hit = no_hit;
	if (vm->stops->begins)
		stops_pass(vm);
	vm->stops->begins = false;
}

void stops_end_run(struct vm *vm, enum vm_end end)
{
	vm->stops->running = false;
	vm->stops->begins |= end == VM_STOPPED;
}

void stops_begin_step(struct vm *vm)
{
	vm->stops->hit = no_hit;
	vm->stops->begins = true;
}
