#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Lab 5, translate: skeleton and solution, submissions that are wrong or mean no good, the handout's commands; and that the solution's
# code is the VMM's own, byte by byte.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite interface/lab_05
lab 05

lab_check 0/130
lab_wrong
lab_hostile translate.c
lab_handout

# ---- a right piece is the run without one ----

gcc -std=c17 -O1 -fPIC -shared -nostdlib -ffreestanding -Ilabs -o "$scratch/right.so" "$solution/translate.c"
for how in '--ring=1' '--ring=3'; do
	run "$RINGSIDE" run --technique=bt $how --limit=100M --events="$scratch/own" build/guests/kernel.elf workload=syscall n=2
	run "$RINGSIDE" run --technique=bt $how --limit=100M --lab="$scratch/right.so" --events="$scratch/piece" \
		build/guests/kernel.elf workload=syscall n=2
	if [ -s "$scratch/own" ] && cmp -s "$scratch/own" "$scratch/piece"; then
		pass "the same events, $how"
	else
		fail "the same events, $how" "$(head -c 300 "$scratch/err")"
	fi
done
run "$RINGSIDE" translate build/labs/05-translate/guest.elf seed=7 programs=30
mv "$scratch/out" "$scratch/own"
expect 'the same code' 0 'units made of' '' "$RINGSIDE" translate --lab="$scratch/right.so" build/labs/05-translate/guest.elf seed=7 programs=30
cmp -s "$scratch/own" "$scratch/out" && pass 'byte by byte' || fail 'byte by byte' "$(diff "$scratch/own" "$scratch/out" | head -n 5)"
finish
