/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/piece/sandbox.c - the walls around a piece. A seccomp filter (seccomp(2), since Linux 3.5; needs no rights) leaves it two
 * system calls on the descriptors that it has, read and write, and one to end: so there are no files, no network, no other processes
 * and no memory beyond what it was given. What else it tries is told by name of the call's number and ends it.
 *
 * Limits of setrlimit come on top, for what no filter counts: processor time, core files, descriptors.
 */
#define _GNU_SOURCE
#include "labs/piece/piece.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

bool sandbox_limits(void)
{
	static const struct { int what; rlim_t value; } limits[] = {
		{RLIMIT_CPU, 60}, {RLIMIT_CORE, 0}, {RLIMIT_FSIZE, 0}, {RLIMIT_NOFILE, 0},
	};

	for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++) {
		struct rlimit limit = {limits[i].value, limits[i].value};

		if (setrlimit(limits[i].what, &limit) != 0)
			return false;
	}
	close(PIECE_FILE);
	return prctl(PR_SET_PDEATHSIG, 9) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* With `loading`: mprotect for the shared object's pages, and the second filter. */
bool sandbox_enter(bool loading)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_read),
		ALLOW(SYS_write),
		ALLOW(SYS_exit_group),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, loading ? SECCOMP_RET_ALLOW : SECCOMP_RET_TRAP),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, loading ? SECCOMP_RET_ALLOW : SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	};
	struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}
