/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/process.c - processes and who runs next. Round robin, one timer tick each. A process gives
 * the processor up on its own way back to user code or when it sleeps, never inside the kernel.
 */
#include "kernel/kernel.h"

static struct process processes[PROCESSES_MAX];
static uint8_t stacks[PROCESSES_MAX][KERNEL_STACK_SIZE] __attribute__((aligned(16)));
static int last_number;

struct process *current;
volatile bool reschedule;

/* ---- the scheduler ---- */

static struct process *next_ready(void)
{
	unsigned start = (unsigned)(current - processes);

	for (unsigned i = 1; i <= PROCESSES_MAX; i++) {
		struct process *process = &processes[(start + i) % PROCESSES_MAX];
		if (process->state == PROCESS_READY)
			return process;
	}
	return NULL;
}

static void enter_space(const struct process *process)
{
	platform->enter(process->space.directory, (uint32_t)process->stack + KERNEL_STACK_SIZE);
}

/* Interrupts are off. With nobody ready the processor halts, on the stack of whoever came here. */
static void schedule(void)
{
	struct process *previous = current, *next = next_ready();

	while (!next) {
		irq_halt();
		next = next_ready();
	}
	reschedule = false;
	next->state = PROCESS_RUNNING;
	if (next == previous)
		return;
	current = next;
	enter_space(next);
	switch_context(&previous->kernel_esp, next->kernel_esp);
}

void process_yield(void)
{
	uint32_t irq = irq_save();

	current->state = PROCESS_READY;
	schedule();
	irq_restore(irq);
}

bool process_sleep(const void *waits_for)
{
	if (current->killed)
		return false;
	current->waits_for = waits_for;
	current->state = PROCESS_ASLEEP;
	schedule();
	current->waits_for = NULL;
	return !current->killed;
}

bool process_sleep_ticks(uint32_t ticks)
{
	uint32_t irq = irq_save();
	bool alive = true;

	current->wake_tick = timer_ticks + ticks;
	while (alive && (int32_t)(current->wake_tick - timer_ticks) > 0)
		alive = process_sleep((const void *)&timer_ticks);
	irq_restore(irq);
	return alive;
}

void process_wake(const void *waits_for)
{
	uint32_t irq = irq_save();

	for (unsigned i = 0; i < PROCESSES_MAX; i++) {
		struct process *process = &processes[i];
		if (process->state == PROCESS_ASLEEP && process->waits_for == waits_for)
			process->state = PROCESS_READY;
	}
	irq_restore(irq);
}

void process_tick(void)
{
	for (unsigned i = 0; i < PROCESSES_MAX; i++) {
		struct process *process = &processes[i];
		if (process->state == PROCESS_ASLEEP && process->waits_for == (const void *)&timer_ticks &&
		    (int32_t)(process->wake_tick - timer_ticks) <= 0)
			process->state = PROCESS_READY;
	}
	reschedule = true;
}

/* ---- beginning ---- */

static struct process *process_new(struct process *parent, const char *name)
{
	for (unsigned i = 0; i < PROCESSES_MAX; i++) {
		struct process *process = &processes[i];
		if (process->state != PROCESS_FREE)
			continue;
		*process = (struct process){ .number = ++last_number, .parent = parent, .stack = stacks[i] };
		copy_text(process->name, name, sizeof(process->name));
		process->frame = (struct trap_frame *)(process->stack + KERNEL_STACK_SIZE) - 1;
		return process;
	}
	return NULL;
}

/* Lays out the kernel stack as switch_context leaves one: four registers, the return address. */
static void prepare_to_begin(struct process *process)
{
	uint32_t *top = (uint32_t *)process->frame;

	*--top = (uint32_t)process_begin;
	top -= 4;
	memset(top, 0, 4 * sizeof(*top));
	process->kernel_esp = (uint32_t)top;
}

static void set_entry(struct trap_frame *frame, uint32_t entry, uint32_t stack)
{
	*frame = (struct trap_frame){
		.ds = USER_DATA, .es = USER_DATA,
		.eip = entry, .cs = USER_CODE, .eflags = EFLAGS_IF | 2,
		.esp = stack, .ss = USER_DATA,
	};
}

static const char *last_part(const char *path)
{
	const char *name = path;

	for (; *path; path++) {
		if (*path == '/')
			name = path + 1;
	}
	return name;
}

int process_exec(const char *path, const struct arguments *arguments)
{
	const struct ram_file *file = ramfs_find(path);
	struct space fresh, old = current->space;
	uint32_t entry = 0;
	int error = ERROR_NO_FILE;

	if (!file)
		return error;
	error = space_new(&fresh) ? program_load(&fresh, file, &entry) : ERROR_NO_MEMORY;
	if (error) {
		space_free(&fresh);
		return error;
	}
	current->space = fresh;
	current->catcher = 0;
	current->catching = false;
	enter_space(current);
	space_free(&old);
	copy_text(current->name, last_part(path), sizeof(current->name));
	set_entry(current->frame, entry, program_arguments(arguments));
	return 0;
}

int process_fork(void)
{
	struct process *child = process_new(current, current->name);
	int number;

	if (!child)
		return ERROR_NO_SLOT;
	if (!space_fork(&child->space, &current->space))
		return ERROR_NO_MEMORY;
	*child->frame = *current->frame;
	child->frame->eax = 0;
	prepare_to_begin(child);
	for (unsigned i = 0; i < DESCRIPTORS_MAX; i++) {
		if (current->descriptors[i])
			child->descriptors[i] = file_share(current->descriptors[i]);
	}
	number = child->number;
	child->state = PROCESS_READY;
	return number;
}

void process_start_init(const char *path, const struct arguments *arguments)
{
	struct process *init = process_new(NULL, "init");
	uint32_t unused;
	int error;

	current = init;
	init->state = PROCESS_RUNNING;
	for (unsigned i = 0; i < 3; i++)
		init->descriptors[i] = file_console();
	error = process_exec(path, arguments);
	if (error)
		panic("cannot run %s: error %d", path, error);
	irq_save();
	prepare_to_begin(init);
	switch_context(&unused, init->kernel_esp);
	panic("the first process came back");
}

/* ---- ending ---- */

/* Children of a process that ends become those of the first. */
static void leave_children(const struct process *parent)
{
	for (unsigned i = 0; i < PROCESSES_MAX; i++) {
		if (processes[i].state != PROCESS_FREE && processes[i].parent == parent)
			processes[i].parent = &processes[0];
	}
}

void process_exit(int status)
{
	if (current == &processes[0])
		machine_off((uint32_t)status);
	irq_save();
	for (unsigned i = 0; i < DESCRIPTORS_MAX; i++) {
		if (current->descriptors[i])
			file_close(current->descriptors[i]);
	}
	platform->load_directory(paging_kernel_directory());
	space_free(&current->space);
	leave_children(current);
	current->status = status;
	current->state = PROCESS_ZOMBIE;
	process_wake(current->parent);
	process_wake(&processes[0]);
	schedule();
	panic("an ended process came back");
}

static struct process *find_child(bool ended, bool *any)
{
	for (unsigned i = 0; i < PROCESSES_MAX; i++) {
		struct process *process = &processes[i];
		if (process->state == PROCESS_FREE || process->parent != current)
			continue;
		*any = true;
		if (!ended || process->state == PROCESS_ZOMBIE)
			return process;
	}
	return NULL;
}

int process_wait(int *status)
{
	uint32_t irq = irq_save();
	struct process *child;
	bool any = false;
	int number = ERROR_NO_PROCESS;

	while (!(child = find_child(true, &any)) && any && process_sleep(current))
		any = false;
	if (child) {
		number = child->number;
		*status = child->status;
		child->state = PROCESS_FREE;
	}
	irq_restore(irq);
	return number;
}

/* The user's function runs as if the faulting instruction had called it, and what it uses of the stack lies below. Only one
 * fault at a time: one in the function itself ends the process. */
bool process_catch(struct trap_frame *frame)
{
	uint32_t stack = frame->esp - 2 * sizeof(uint32_t);

	if (!current->catcher || current->catching ||
	    !space_allows(&current->space, stack, sizeof(uint32_t), true))
		return false;
	current->catching = true;
	current->caught = *frame;
	*(uint32_t *)stack = current->catcher_return;
	frame->esp = stack;
	frame->eip = current->catcher;
	return true;
}

/* Selectors and EFLAGS.IF are the frame's own: the process cannot have changed what is kept here. */
void process_resume(struct trap_frame *frame)
{
	if (!current->catching)
		return;
	current->catching = false;
	*frame = current->caught;
}

int process_kill(int number)
{
	for (unsigned i = 0; i < PROCESSES_MAX; i++) {
		struct process *process = &processes[i];
		if (process->state == PROCESS_FREE || process->state == PROCESS_ZOMBIE ||
		    process->number != number)
			continue;
		process->killed = true;
		if (process->state == PROCESS_ASLEEP)
			process->state = PROCESS_READY;
		return 0;
	}
	return ERROR_NO_PROCESS;
}

int process_at(unsigned index, struct process_info *info)
{
	static const char *const states[] = { "free", "ready", "running", "asleep", "ended" };

	for (unsigned i = 0; i < PROCESSES_MAX; i++) {
		const struct process *process = &processes[i];
		if (process->state == PROCESS_FREE || index--)
			continue;
		info->number = process->number;
		info->parent = process->parent ? process->parent->number : 0;
		copy_text(info->state, states[process->state], sizeof(info->state));
		copy_text(info->name, process->name, sizeof(info->name));
		return 0;
	}
	return ERROR_NO_PROCESS;
}
