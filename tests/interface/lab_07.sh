#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Lab 7, paravirtualize: skeleton and solution, submissions that are wrong or mean no good, a right piece is the run without one, the
# handout's commands.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite interface/lab_07
lab 07

lab_check 0/140
lab_wrong
lab_hostile hypercall.c

# ---- a right piece is the run without one ----

guest=build/$lab/attacker.elf
gcc -std=c17 -O1 -fPIC -shared -nostdlib -ffreestanding -Ilabs -o "$scratch/right.so" "$solution/hypercall.c"
run "$RINGSIDE" run --technique=pv --paging=direct --digest --events="$scratch/own" "$guest" n=150 seed=8
run "$RINGSIDE" run --technique=pv --paging=direct --digest --lab="$scratch/right.so" --events="$scratch/piece" "$guest" n=150 seed=8
if [ -s "$scratch/own" ] && cmp -s "$scratch/own" "$scratch/piece"; then
	pass 'the same events'
else
	fail 'the same events' "$(head -c 300 "$scratch/err")"
fi

# ---- what a wrong one lets through is not done, and the VMM's tables hold ----

sed -E 's/return entry \/ PAGE != table && .*/return true;/' "$solution/hypercall.c" > "$scratch/wrong.c"
gcc -std=c17 -O1 -w -fPIC -shared -nostdlib -ffreestanding -Ilabs -o "$scratch/wrong.so" "$scratch/wrong.c"
expect 'a hostile update ends the run' 1 '' 'lets through what is hostile: the guest could' "$RINGSIDE" run --technique=pv --paging=direct \
	--check-shadow --lab="$scratch/wrong.so" "$guest" n=300 seed=1 calls=mmu

lab_handout
finish
