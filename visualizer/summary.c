/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/summary.c - what a run was, as JSON: how it ended, its cycles by part of the model's time, by reason, and
 * what memory and translator were asked to do. `ringside compare` reads it again (compare/result.c).
 */
#include "visualizer/summary.h"

#include "bt/bt.h"
#include "bt/translator.h"
#include "core/json.h"
#include "core/spending.h"

#include <inttypes.h>

/* What binary translation has done, where the guest ends under it. */
static void write_translator(const struct vm *vm, struct json *json)
{
	const struct translator_counters *counters = translator_counters(vm);

	if (!counters)
		return;
	json_open_object(json, "translator");
	json_put_number(json, "units", counters->units_made);
	json_put_number(json, "instructions", counters->insns_translated);
	json_put_number(json, "dropped", counters->units_dropped);
	json_put_number(json, "flushes", counters->flushes);
	json_put_number(json, "chains", counters->chains);
	json_put_number(json, "callouts", counters->callouts);
	json_put_number(json, "lookup_hits", counters->lookup_hits);
	json_put_number(json, "lookup_misses", counters->lookup_misses);
	json_put_number(json, "adapted", counters->adapted);
	json_close_object(json);
}

/* Page walks of the processor that runs the guest: the virtual one where guest code is interpreted alone. */
static void write_memory(const struct vm *vm, const struct counters *counters, struct json *json)
{
	const struct cpu_counters *processor = cpu_counters(vm->processor);
	const struct cpu_counters *virtual = vm->vcpu && vm->paging == PAGING_GUEST ? cpu_counters(vm->vcpu) : NULL;

	json_put_number(json, "hidden_faults", counters->kind[EV_HIDDEN_FAULT]);
	json_put_number(json, "true_faults", counters->kind[EV_TRUE_FAULT]);
	json_put_number(json, "trace_hits", counters->kind[EV_TRACE]);
	json_put_number(json, "sensitive", counters->kind[EV_SENSITIVE]);
	json_put_number(json, "tlb_misses", processor->tlb_misses + (virtual ? virtual->tlb_misses : 0));
	json_put_number(json, "walk_references", processor->walk_references + (virtual ? virtual->walk_references : 0));
}

/* They add up to "cycles". */
static void write_parts(const struct vm *vm, struct json *json)
{
	struct spending spending = spending_of(vm);

	json_open_object(json, "parts");
	for (enum spending_part part = 0; part < SPENDING_COUNT; part++)
		json_put_number(json, spending_name(part), spending.cycles[part]);
	json_close_object(json);
}

static void write_reasons(const struct counters *counters, struct json *json)
{
	unsigned order[COUNTERS_MAX], rows = counters_order(counters, order);

	json_open_array(json, "reasons");
	for (unsigned i = 0; i < rows; i++) {
		const struct counter *row = &counters->row[order[i]];

		json_open_object(json, NULL);
		json_put_string(json, "reason", row->reason);
		json_put_boolean(json, "exit", !row->work);
		json_put_number(json, "count", row->count);
		json_put_number(json, "cycles", row->cycles);
		json_close_object(json);
	}
	json_close_array(json);
}

void summary_write(const struct session *session, const struct counters *counters, struct json *json)
{
	const struct vm *vm = session->vm;
	struct vm_mode mode = vm_mode(vm);
	char digest[20], name[32];

	json_open_object(json, NULL);
	json_put_string(json, "technique", vm->technique->name);
	if (vm->technique->deprivileges)
		json_put_number(json, "ring", vm->config.ring);
	json_put_string(json, "mode", mode_text(&mode, name, sizeof(name)));
	if (vm->switches)
		json_put_number(json, "switches", vm->switches);
	json_put_string(json, "end", session_end_name(session));
	if (session->end == VM_EXITED)
		json_put_number(json, "exit_code", vm->exit_code);
	if (session->end == VM_UNSUPPORTED)
		json_put_string(json, "message", vm->message);
	json_put_number(json, "cycles", vm->clock);
	json_put_number(json, "busy_cycles", vm->clock - vm->ledger.idle);
	json_put_number(json, "instructions", vm_instructions(vm));
	json_put_number(json, "exits", counters->exits);
	json_put_number(json, "exit_cycles", counters->cycles);
	json_put_number(json, "frequency", vm->costs.frequency);
	write_memory(vm, counters, json);
	write_parts(vm, json);
	write_translator(vm, json);
	write_reasons(counters, json);
	if (session->options->digest) {
		snprintf(digest, sizeof(digest), "%016" PRIx64, vm_digest(vm));
		json_put_string(json, "digest", digest);
	}
	if (session->options->time)
		json_put_number(json, "wall_milliseconds", (uint64_t)(session->wall_seconds * 1000));
	json_close_object(json);
	json_end_line(json);
}
