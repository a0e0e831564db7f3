/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/pv/updates.c - changes of page tables and of the TLB, saved up: all entries of a fork are one
 * hypercall (Barham et al. 2003, 3.3.3). First come the entries, then what is done to whole tables, and
 * at last what the TLB forgets.
 */
#include "kernel/pv/pv.h"

enum {
	UPDATES_MAX = 64,
	OPERATIONS_MAX = 16,
	PAGES_MAX = 8, /* of the TLB; for more, the whole of it goes */
	CALLS_MAX = 3,
};

static struct {
	struct mmu_update updates[UPDATES_MAX];
	struct mmuext_op operations[OPERATIONS_MAX];
	uint32_t pages[PAGES_MAX];
	unsigned update_count, operation_count, page_count;
	unsigned updates_max; /* 0: the command line is not here yet */
	struct multicall_entry calls[CALLS_MAX];
	unsigned call_count;
} queue;

static void add_operation(uint32_t command, uint32_t argument)
{
	queue.operations[queue.operation_count++] = (struct mmuext_op){.cmd = command, .arg1 = {argument}};
}

/* Each page by itself, or all. */
static void add_forgotten(void)
{
	if (queue.page_count > PAGES_MAX) {
		add_operation(MMUEXT_TLB_FLUSH_LOCAL, 0);
		return;
	}
	for (unsigned i = 0; i < queue.page_count; i++)
		add_operation(MMUEXT_INVLPG_LOCAL, queue.pages[i]);
}

static void add_call(uint32_t number, uint32_t first, uint32_t second, uint32_t third, uint32_t fourth)
{
	queue.calls[queue.call_count++] =
		(struct multicall_entry){.op = number, .args = {first, second, third, fourth}};
}

/* What is in the queue, as calls. */
static void take_queue(void)
{
	add_forgotten();
	if (queue.update_count)
		add_call(__HYPERVISOR_mmu_update, address_of(queue.updates), queue.update_count, 0,
			 DOMID_SELF);
	if (queue.operation_count)
		add_call(__HYPERVISOR_mmuext_op, address_of(queue.operations), queue.operation_count, 0,
			 DOMID_SELF);
	queue.update_count = queue.operation_count = queue.page_count = 0;
}

static void make_one_call(struct multicall_entry *call)
{
	const uint32_t *args = call->args;

	call->result = (uint32_t)hypercall(call->op, args[0], args[1], args[2], args[3]);
}

/* Several are one hypercall as well. */
static void make_calls(void)
{
	unsigned count = queue.call_count;

	queue.call_count = 0;
	if (count == 1)
		make_one_call(&queue.calls[0]);
	else if (count > 1)
		MUST(multicall, address_of(queue.calls), count, 0, 0);
	for (unsigned i = 0; i < count; i++) {
		if ((int32_t)queue.calls[i].result < 0)
			panic("hypercall %u: error %d", queue.calls[i].op, -(int32_t)queue.calls[i].result);
	}
}

void pv_flush(void)
{
	take_queue();
	make_calls();
}

void pv_flush_and_switch_stack(uint32_t selector, uint32_t top)
{
	take_queue();
	add_call(__HYPERVISOR_stack_switch, selector, top, 0, 0);
	make_calls();
}

/* Page tables change before the kernel has read its command line. */
static unsigned updates_max(void)
{
	if (!queue.updates_max && options.command_line[0])
		queue.updates_max = options_number("batch", UPDATES_MAX);
	return queue.updates_max && queue.updates_max < UPDATES_MAX ? queue.updates_max : UPDATES_MAX;
}

/* `pointer`: machine address of the entry. */
void pv_update(uint64_t pointer, uint32_t value)
{
	if (queue.update_count >= updates_max() || queue.operation_count)
		pv_flush();
	queue.updates[queue.update_count++] = (struct mmu_update){pointer | MMU_NORMAL_PT_UPDATE, value};
}

void pv_operate(uint32_t command, uint32_t argument)
{
	if (queue.operation_count == OPERATIONS_MAX - PAGES_MAX)
		pv_flush();
	add_operation(command, argument);
}

void pv_forget_page(uint32_t linear)
{
	if (queue.page_count < PAGES_MAX)
		queue.pages[queue.page_count] = linear;
	if (queue.page_count <= PAGES_MAX)
		queue.page_count++;
}

void pv_forget_all(void)
{
	queue.page_count = PAGES_MAX + 1;
}
