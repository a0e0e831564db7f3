#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Lab 8, hardware assist: skeleton and solution, submissions that are wrong or mean no good, the handout's commands; and that a right
# piece's run is the run without one.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite interface/lab_08
lab 08

lab_check 0/165
lab_wrong
lab_hostile assist.c

# ---- a right piece's run is the run without one ----

sed -e 's/LAB_IO_BITMAPS | //' -e 's/ | LAB_PAUSE | LAB_IO)/ | LAB_PAUSE)/' "$solution/assist.c" > "$scratch/right.c"
gcc -std=c17 -O1 -fPIC -shared -nostdlib -ffreestanding -Ilabs -o "$scratch/right.so" "$scratch/right.c"
for how in --vmx-exits=needed --nested-large --vpid=no; do
	events() {
		run "$RINGSIDE" run --technique=hvm "$how" --memory=16M --limit=100M --digest --events="$scratch/$1" "${@:2}" \
			build/guests/kernel.elf workload=syscall,forkwait n=3
	}
	events own
	events piece --lab="$scratch/right.so" --lab-handlers='exit inject ept-violation'
	if [ -s "$scratch/own" ] && cmp -s "$scratch/own" "$scratch/piece"; then
		pass "the same events, $how"
	else
		fail "the same events, $how" "$(diff "$scratch/own" "$scratch/piece" | head -n 3 | cut -c 1-300)"
	fi
done
expect 'controls of a piece are those of the VMM, told in other words' 0 'kernel: off' '' "$RINGSIDE" run --technique=hvm --memory=16M \
	--limit=100M --lab="$scratch/right.so" --lab-handlers=assist build/guests/kernel.elf workload=syscall n=3

lab_handout
finish
