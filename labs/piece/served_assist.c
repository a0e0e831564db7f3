/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/piece/served_assist.c - the services of lab 8, as served.c has the others.
 */
#include "labs/piece/piece.h"

#include <string.h>

static struct assist_request ask(enum assist_service service, struct assist_request request)
{
	struct message message = {.type = MESSAGE_ASSIST, .a = service, .size = sizeof request};

	memcpy(message.bytes, &request, sizeof request);
	served_ask(&message);
	if (message.size != sizeof request)
		piece_die("the VMM has hung up");
	memcpy(&request, message.bytes, sizeof request);
	return request;
}

void served_cpuid(struct lab_vm *vm, uint32_t leaf, uint32_t out[4])
{
	struct assist_request answer = ask(ASSIST_CPUID, (struct assist_request){.number = leaf});

	(void)vm;
	memcpy(out, answer.out, sizeof answer.out);
}

bool served_read_msr(struct lab_vm *vm, uint32_t number, uint64_t *value)
{
	struct assist_request answer = ask(ASSIST_READ_MSR, (struct assist_request){.number = number});

	(void)vm;
	*value = answer.value;
	return answer.done;
}

bool served_write_msr(struct lab_vm *vm, uint32_t number, uint64_t value)
{
	(void)vm;
	return ask(ASSIST_WRITE_MSR, (struct assist_request){.number = number, .value = value}).done;
}

uint8_t served_acknowledge(struct lab_vm *vm, bool *more)
{
	struct assist_request answer = ask(ASSIST_ACKNOWLEDGE, (struct assist_request){.number = 0});

	(void)vm;
	*more = answer.out[0];
	return (uint8_t)answer.done;
}

enum lab_frame served_frame_of(struct lab_vm *vm, uint32_t gfn, uint32_t *mfn)
{
	struct assist_request answer = ask(ASSIST_FRAME, (struct assist_request){.number = gfn});

	(void)vm;
	*mfn = (uint32_t)answer.value;
	return (enum lab_frame)answer.done;
}

uint64_t served_ept_table(struct lab_vm *vm)
{
	(void)vm;
	return ask(ASSIST_TABLE, (struct assist_request){.number = 0}).address;
}

uint64_t served_ept_read(struct lab_vm *vm, uint64_t table, unsigned index)
{
	(void)vm;
	return ask(ASSIST_READ, (struct assist_request){.number = index, .address = table}).value;
}

void served_ept_write(struct lab_vm *vm, uint64_t table, unsigned index, uint64_t entry)
{
	(void)vm;
	ask(ASSIST_WRITE, (struct assist_request){.number = index, .address = table, .value = entry});
}
