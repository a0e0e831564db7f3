/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/quiz/moment.c - steps a guest and looks at it from both sides. It only observes: the run is the one that `ringside run` makes of the
 * same guest and words, so that a moment can be found again by its cycle in `shell`, `tui` and `trace`.
 */
#include "labs/quiz/moment.h"

#include "core/file_set.h"
#include "core/refuse.h"
#include "trap/techniques.h"

#include <string.h>

enum { STEPS = 1 << 20, GATES = 256 };

/* ---- the machine ---- */

static void read_event(void *owner, const struct event *event)
{
	struct moment *moment = &((struct walker *)owner)->moment;

	if (event->kind == EV_SENSITIVE) {
		moment->fell = true;
		event_copy(&moment->hole, event);
	}
	if (moment->exited || !event->reason || event_is_work((enum event_kind)event->kind, event->has_vector))
		return;
	moment->exited = true;
	event_copy(&moment->exit, event);
}

static bool make_machine(struct walker *walker, const struct config *config, char *error, size_t error_size)
{
	const struct technique *technique = technique_find(technique_list(), config->technique);
	struct config own = *config;

	if (!technique)
		return refuse(error, error_size, "there is no technique '%s'", config->technique);
	walker->files = file_set_of(config);
	own.files = walker->files;
	walker->vm = vm_new(&own, technique, NULL, error, error_size);
	return walker->vm != NULL;
}

bool walker_begin(struct walker *walker, const struct config *config, char *error, size_t error_size)
{
	memset(walker, 0, sizeof *walker);
	if (!make_machine(walker, config, error, error_size))
		return false;
	walker->reader = (struct event_reader){.owner = walker, .kinds = EVENT_KINDS_ALL, .read = read_event};
	event_add_reader(&walker->vm->events, &walker->reader);
	return true;
}

void walker_end(struct walker *walker)
{
	vm_free(walker->vm);
	file_set_free(walker->files);
}

/* ---- memory ---- */

bool moment_read(const struct moment *moment, uint32_t linear, uint32_t *value)
{
	return cpu_peek(&moment->after, &moment->vm->guest_bus, linear, value, sizeof *value) == sizeof *value;
}

uint32_t moment_operand(const struct moment *moment)
{
	const struct insn *insn = &moment->insn;
	const uint32_t *gpr = moment->before.gpr;
	uint32_t offset = gpr[insn->base] + (gpr[insn->index] << insn->scale) + insn->displacement;

	return moment->before.segment[insn->segment].base + (offset & insn->address_mask);
}

bool moment_gate(const struct moment *moment, unsigned vector, uint32_t *handler, bool *clears)
{
	uint32_t low, high, at = moment->before.idtr.base + 8 * vector;

	if (8 * vector + 7 > moment->before.idtr.limit || !moment_read(moment, at, &low) || !moment_read(moment, at + 4, &high) ||
	    !(high & 0x8000))
		return false;
	*handler = (high & 0xffff0000) | (low & 0xffff);
	*clears = !(high & 0x100);
	return true;
}

/* ---- a step ---- */

/* Only what did not go on behind its instruction, and is no jump, can have come to a handler. */
static int find_handler(const struct moment *moment)
{
	uint32_t address;
	bool clears;

	if (!moment->decoded || moment->after.eip == moment_next(moment) || moment->after.eip == moment->before.eip)
		return NO_HANDLER;
	if (!moment->exited && !(moment->insn.row->insn_class))
		return NO_HANDLER;
	for (unsigned vector = 0; vector < GATES; vector++)
		if (moment_gate(moment, vector, &address, &clears) && address == moment->after.eip)
			return (int)vector;
	return NO_HANDLER;
}

static void look_before(struct walker *walker)
{
	struct moment *moment = &walker->moment;
	uint32_t past[PAST] = {moment->past[1], moment->before.eip};
	uint8_t bytes[INSN_MAX_LENGTH];
	size_t have;

	if (walker->steps && moment->before.eip == vm_guest_state(walker->vm)->eip)
		past[1] = moment->past[1], past[0] = moment->past[0];
	*moment = (struct moment){.vm = walker->vm, .step = walker->steps, .cycle = walker->vm->clock};
	moment->before = *vm_guest_state(walker->vm);
	memcpy(moment->past, past, sizeof past);
	have = cpu_peek(&moment->before, &walker->vm->guest_bus, moment->before.segment[CS].base + moment->before.eip, bytes, sizeof bytes);
	moment->decoded = insn_decode(&moment->insn, bytes, have, moment->before.segment[CS].access & ACCESS_BIG) > 0;
}

bool walker_step(struct walker *walker)
{
	struct moment *moment = &walker->moment;

	if (walker->end != VM_RUNNING || walker->steps == STEPS)
		return false;
	look_before(walker);
	walker->end = vm_step(walker->vm);
	walker->steps++;
	moment->after = *vm_guest_state(walker->vm);
	moment->has_hardware = vm_hardware_state(walker->vm, &moment->hardware);
	moment->handler = find_handler(moment);
	return true;
}
