/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lab 7, parts A to C, solved: what may wait until the end of a batch waits in a queue, and is one hypercall. The interrupt flag is a
 * variable of the kernel's own, for CLI and STI would be exits (Stodolsky, Chen, Bershad 1993: optimistic interrupt protection).
 */
#include "machine.h"

enum {
	COM1 = 0x3f8, LINE_STATUS = COM1 + 5, TRANSMITTER_EMPTY = 0x20, VECTORS = 129,
	OPERATIONS_MAX = UPDATES_MAX + 1, CALLS_MAX = 3, GATES_MAX = 64,
};

/* SDM volume 3, figure 6-2 */
static struct {
	uint32_t low, high;
} idt[VECTORS] __attribute__((aligned(4096)));

static bool hypervisor; /* there is one */
static volatile bool flag_off, kept; /* interrupts are off; one has come meanwhile */

static struct {
	bool open;
	struct mmu_update updates[UPDATES_MAX];
	struct mmuext_op operations[OPERATIONS_MAX];
	struct multicall_entry calls[CALLS_MAX];
	unsigned update_count, operation_count, call_count;
	uint32_t stack; /* 0: as it was */
} queue;

static int32_t call(unsigned number, uint32_t first, uint32_t second, uint32_t third, uint32_t fourth)
{
	return hypercall_at(hypercall_page, number, first, second, third, fourth);
}

static void must(const char *what, int32_t result)
{
	if (result < 0)
		panic(what, (uint32_t)-result);
}

void machine_begin(void)
{
	struct cpuid signature = bare_cpuid(XEN_CPUID_FIRST_LEAF);

	if (signature.ebx != XEN_CPUID_SIGNATURE_EBX || signature.ecx != XEN_CPUID_SIGNATURE_ECX ||
	    signature.edx != XEN_CPUID_SIGNATURE_EDX)
		return;
	bare_write_msr(bare_cpuid(XEN_CPUID_FIRST_LEAF + 2).ebx, (uint32_t)hypercall_page);
	hypervisor = true;
}

/* ---- part A: interrupts, console ---- */

static void make_gate(const struct gate *gate)
{
	idt[gate->vector].low = (uint32_t)KERNEL_CODE << 16 | (gate->handler & 0xffff);
	idt[gate->vector].high = (gate->handler & 0xffff0000) | 0x8000 | (uint32_t)gate->dpl << 13 | (gate->interrupt ? 0xe00 : 0xf00);
}

static void register_gates(const struct gate *gates, unsigned count)
{
	struct trap_info table[GATES_MAX + 1];

	for (unsigned i = 0; i < count; i++)
		table[i] = (struct trap_info){gates[i].vector, gates[i].dpl | (gates[i].interrupt ? XEN_TI_MASK : 0), KERNEL_CODE,
		                              gates[i].handler};
	table[count] = (struct trap_info){0};
	must("port: set_trap_table %u", call(__HYPERVISOR_set_trap_table, (uint32_t)table, 0, 0, 0));
}

/* The interrupt flag of the processor is on from here on. */
void load_gates(const struct gate *gates, unsigned count)
{
	const struct table table = {sizeof idt - 1, (uint32_t)idt};

	for (unsigned i = 0; !hypervisor && i < count; i++)
		make_gate(&gates[i]);
	bare_lidt(&table);
	if (!hypervisor)
		return;
	register_gates(gates, count);
	flag_off = true;
	bare_sti();
}

void interrupts_off(void)
{
	if (hypervisor)
		flag_off = true;
	else
		bare_cli();
}

void interrupts_on(void)
{
	if (!hypervisor) {
		bare_sti();
		return;
	}
	flag_off = false;
	if (kept) {
		kept = false;
		timer_tick();
	}
}

bool interrupt_may_be_taken(void)
{
	if (hypervisor && flag_off)
		kept = true;
	return !kept;
}

/* Nothing may come between the look at `kept` and the wait: that takes the processor's own flag. */
void wait_for_interrupt(void)
{
	if (!hypervisor) {
		bare_sti_hlt();
		return;
	}
	bare_cli();
	if (kept) {
		interrupts_on();
		bare_sti();
		return;
	}
	flag_off = false;
	must("port: sched_op %u", call(__HYPERVISOR_sched_op, SCHEDOP_block, 0, 0, 0));
}

void console_write(const char *text, size_t size)
{
	if (hypervisor) {
		call(__HYPERVISOR_console_io, CONSOLEIO_write, size, (uint32_t)text, 0);
		return;
	}
	while (size--) {
		while (!(bare_in(LINE_STATUS) & TRANSMITTER_EMPTY))
			;
		bare_out(COM1, (uint8_t)*text++);
	}
}

/* ---- part C: the queue ---- */

static void add_call(uint32_t number, uint32_t first, uint32_t second, uint32_t fourth)
{
	queue.calls[queue.call_count++] = (struct multicall_entry){.op = number, .args = {first, second, 0, fourth}};
}

static void take_queue(void)
{
	queue.call_count = 0;
	if (queue.update_count)
		add_call(__HYPERVISOR_mmu_update, (uint32_t)queue.updates, queue.update_count, DOMID_SELF);
	if (queue.operation_count)
		add_call(__HYPERVISOR_mmuext_op, (uint32_t)queue.operations, queue.operation_count, DOMID_SELF);
	if (queue.stack)
		add_call(__HYPERVISOR_stack_switch, KERNEL_DATA, queue.stack, 0);
	queue.update_count = queue.operation_count = queue.stack = 0;
}

static void make_calls(void)
{
	const uint32_t *args = queue.calls[0].args;

	if (queue.call_count == 1)
		queue.calls[0].result = (uint32_t)call(queue.calls[0].op, args[0], args[1], args[2], args[3]);
	else if (queue.call_count)
		must("port: multicall %u", call(__HYPERVISOR_multicall, (uint32_t)queue.calls, queue.call_count, 0, 0));
	for (unsigned i = 0; i < queue.call_count; i++)
		must("port: a call of a batch %u", (int32_t)queue.calls[i].result);
}

static void flush(void)
{
	take_queue();
	make_calls();
}

static void flush_alone(void)
{
	if (!queue.open)
		flush();
}

void updates_begin(void)
{
	queue.open = true;
}

void updates_end(void)
{
	queue.open = false;
	flush();
}

/* ---- part B: page tables ---- */

void store_entry(uint32_t *entry, uint32_t value)
{
	if (!hypervisor) {
		*(volatile uint32_t *)entry = value;
		return;
	}
	if (queue.update_count == UPDATES_MAX)
		flush();
	queue.updates[queue.update_count++] = (struct mmu_update){(uint32_t)entry, value};
	flush_alone();
}

static void operate(uint32_t command, uint32_t argument)
{
	if (queue.operation_count == OPERATIONS_MAX)
		flush();
	queue.operations[queue.operation_count++] = (struct mmuext_op){command, argument, 0};
	flush_alone();
}

void forget_page(uint32_t linear)
{
	if (hypervisor)
		operate(MMUEXT_INVLPG_LOCAL, linear);
	else
		bare_invlpg(linear);
}

void load_directory(uint32_t physical)
{
	if (hypervisor)
		operate(MMUEXT_NEW_BASEPTR, physical / PAGE);
	else
		bare_load_cr3(physical);
}

void set_kernel_stack(uint32_t top)
{
	if (!hypervisor) {
		task.esp0 = top;
		return;
	}
	queue.stack = top;
	flush_alone();
}
