#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The lab guests by themselves, in QEMU: what they say, and that time leaves no trace in it.
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite guests/lab_qemu
has_qemu 'the lab guests in QEMU' || finish
# Variants of the build change nothing here: once is enough.
[ "$BUILD" = build ] || finish

work='workload=compute,syscall,forkwait,ptchurn,ctxswitch,portio,vmstat,crash'
out=$scratch/out.txt

in_qemu "$out" hello
says 'hello: says goodbye' "$out" '^three timer interrupts later: goodbye$'
[ "$status" = 43 ] && pass 'hello: its exit value' || fail 'hello: its exit value' "status $status"

for kernel in kernel kernel-popf; do
	in_qemu "$out" $kernel "$work" exit=9
	[ "$status" = 19 ] && pass "$kernel: exit= gives the exit value" || fail "$kernel: exit= gives the exit value" "status $status"
	says "$kernel: interrupts survive a critical section" "$out" '^selfcheck: .*: the timer ticks$'
	says "$kernel: compute" "$out" '^compute: 10 rounds, primes 10280, matrix abbcfe7a, sorted f9471914, steps 142623$'
	says "$kernel: syscall" "$out" '^syscall: 1000 calls, 1000 answers as expected$'
	says "$kernel: forkwait" "$out" '^forkwait: 20 children, statuses 28638da6, own words kept 120,'
	says "$kernel: ptchurn" "$out" '^ptchurn: 30 times 24 pages, checksum c16a54e8,'
	says "$kernel: ctxswitch" "$out" "^ctxswitch: 50 times, number b8ecd5ad, other's status 42$"
	says "$kernel: portio" "$out" '^portio: 500 times, checksum 56b94cd6$'
	says "$kernel: user faults end the process only" "$out" '^crash: 11 of 11 kinds ended their process$'
	says "$kernel: comes to its end" "$out" '^kernel: off$'
	for way in 'hz=1000' 'hz=20' '-icount shift=8 --'; do
		# shellcheck disable=SC2086
		in_qemu "$scratch/other.txt" $kernel $way "$work"
		same "$kernel: says the same with $way" "$out" "$scratch/other.txt"
	done
	in_qemu "$out" $kernel workload=preempt
	says "$kernel: the timer preempts user code" "$out" '^preempt: the timer took the processor'
done

before=$(grep -E '^(vmstat|forkwait)' "$scratch/other.txt")
in_qemu "$out" kernel pse workload=forkwait,vmstat
says 'pse: the kernel is mapped by large pages' "$out" 'by pages of 4 MiB$'
[ "$before" = "$(grep -E '^(vmstat|forkwait)' "$out")" ] && pass 'pse: the rest stays the same' ||
	fail 'pse: the rest stays the same' "$(tail -n 5 "$out")"
says 'A and D bits count what was touched' "$out" '8 read, 4 of them written: .*, 10 accessed, 5 dirty'

in_qemu "$out" kernel 'script="cat motd | cat | wc; nothing; true; ps; exit 5"'
[ "$status" = 11 ] && pass 'shell: exit value' || fail 'shell: exit value' "status $status"
says 'shell: pipes' "$out" '^2 16 83$'
says 'shell: no such program' "$out" '^nothing: not found'
says 'shell: ps' "$out" '^ +8 +2 running +ps$'

echo 'from a module' > "$scratch/motd"
tar --format=ustar -C "$scratch" -cf "$scratch/module.tar" motd
in_qemu "$out" kernel -initrd "$scratch/module.tar" -- 'script="cat motd"'
says "a module's file hides a built-in one" "$out" '^from a module$'
in_qemu "$out" kernel init=motd
says 'a kernel panic says why' "$out" '^kernel panic: cannot run motd: error -7$'

# The kernel's claim is checked on its code: nothing sensitive in it that does not trap.
if objdump -d --no-show-raw-insn $guests/kernel.elf | grep -wE 'pushf|popf|pushfl|popfl|sgdtl?|sidtl?|smsw|sldt|str|lar|lsl|verr|verw|lret' > "$scratch/holes"; then
	fail 'kernel.elf has no holes' "$(head -n 3 "$scratch/holes")"
else
	pass 'kernel.elf has no holes'
fi
finish
