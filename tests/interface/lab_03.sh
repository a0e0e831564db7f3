#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Lab 3, devices: skeleton and solution, submissions that are wrong or mean no good, the handout's commands; a right device is the VMM's own
# in every technique, and goes back in time.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite interface/lab_03
lab 03

lab_check 5/120
lab_wrong
lab_hostile uart.c
lab_handout

# ---- a right device is the run without one ----

guest=build/labs/03-devices/guest.elf
gcc -std=c17 -O1 -fPIC -shared -nostdlib -ffreestanding -Ilabs -o "$scratch/right.so" "$solution/uart.c"
for how in --technique=native '--technique=trap --ring=3' --technique=bt '--technique=hvm --paging=nested'; do
	# shellcheck disable=SC2086
	{
		run "$RINGSIDE" run $how --serial=timed --digest --events="$scratch/own" $guest run=device rounds=6 seed=5
		run "$RINGSIDE" run $how --serial=timed --digest --events="$scratch/piece" --lab="$scratch/right.so" $guest run=device rounds=6 seed=5
	}
	if [ -s "$scratch/own" ] && cmp -s "$scratch/own" "$scratch/piece"; then
		pass "the same events, $how"
	else
		fail "the same events, $how" "$(head -c 300 "$scratch/err")"
	fi
done

# ---- back in time: its state is in the snapshots ----

there=$(for ((i = 0; i < 60; i++)); do echo 'next-event port'; done)
printf '%s\nprint event.cycle\ninfo devices\n%s\nreverse-step 150\nreverse-step 400\ngoto begin\n%s\nprint event.cycle\ninfo devices\n' \
	"$there" "$there" "$there" > "$scratch/back"
expect 'back and forth again' 0 "a lab's device" '' "$RINGSIDE" shell -x "$scratch/back" --lab="$scratch/right.so" $guest run=device ops=transmit
mapfile -t states < <(grep -E "^uart0|^[0-9]+ = " "$scratch/out")
if [ "${#states[@]}" = 4 ] && [ "${states[0]}" = "${states[2]}" ] && [ "${states[1]}" = "${states[3]}" ]; then
	pass 'it is there what it was'
else
	fail 'it is there what it was' "${states[*]}"
fi

# ---- a budget is the solution's own need, and little more ----

run "${grade[@]}" -v --seed 1 03 "$solution" few
while read -r technique exits budget; do
	if [ $((exits * 100)) -gt $((budget * 1500 * 9 / 10)) ]; then
		pass "a budget that is earned: $technique"
	else
		fail "a budget that is earned: $technique" "$exits exits, $budget for each hundred characters"
	fi
done <<< "$(sed -n -E 's/^ +(trap|hvm): 1500 characters, ([0-9]+) exits.*/\1 \2/p' "$scratch/out" | tail -n 2 |
	paste -d ' ' - <(sed -n 's/^exits = //p' $lab/tests.ini | tail -n 2))"
finish
