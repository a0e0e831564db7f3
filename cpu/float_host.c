/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/float_host.c - one function an operation: the guest's control word is loaded, then the operands, the host does the
 * instruction, and what it says and leaves is taken before its own control word comes back. An unmasked exception only becomes
 * an #MF at the host's next waiting instruction (SDM vol. 1, 8.6): FNCLEX comes before that.
 */
#include "cpu/float_host.h"

#include <assert.h>

#if defined(__x86_64__) || defined(__i386__)

#define VALUES_0 ""
#define VALUES_1 "fldt %[st0]\n\t"
#define VALUES_2 "fldt %[st1]\n\tfldt %[st0]\n\t"

/* The two FSTPs leave the stack empty, as it was: there are at most two values; with fewer of them what they store means
 * nothing. */
#define HOST(name, values, text)                                                                                     \
	static void do_##name(struct float_job *job)                                                                 \
	{                                                                                                            \
		static const uint16_t masked = 0x037f;                                                               \
		uint16_t before;                                                                                     \
                                                                                                                     \
		__asm__ volatile("fnclex\n\tfnstcw %[before]\n\tfldcw %[control]\n\t" VALUES_##values text "\n\t"    \
		                 "fnstsw %[status]\n\tfnclex\n\tfldcw %[masked]\n\t"                                 \
		                 "fstpt %[st0]\n\tfstpt %[st1]\n\tfnclex\n\tfldcw %[before]"                         \
		                 : [before] "=m"(before), [status] "=m"(job->status), [st0] "+m"(job->st[0]),        \
		                   [st1] "+m"(job->st[1]), [memory] "+m"(job->memory)                                \
		                 : [control] "m"(job->control), [masked] "m"(masked)                                 \
		                 : "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)", "cc");       \
	}
FLOAT_HOST_LIST(HOST)
#undef HOST

void float_host_do(enum float_operation operation, struct float_job *job)
{
	static void (*const functions[FLOAT_OPERATIONS])(struct float_job * job) = {
#define HOST(name, values, text) do_##name,
		FLOAT_HOST_LIST(HOST)
#undef HOST
	};

	assert(operation < FLOAT_OPERATIONS);
	functions[operation](job);
}

#else

/* Nobody asks: no processor is made that announces an x87 (models.c). */
void float_host_do(enum float_operation operation, struct float_job *job)
{
	(void)operation, (void)job;
	assert(!"an x87 on a host that has one");
}

#endif
