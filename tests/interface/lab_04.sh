#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Lab 4, shadow paging: skeleton and solution, submissions that are wrong or mean no good, the handout's commands; and that the exits of a
# run with the solution are those of the run with the VMM's own pager.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite interface/lab_04
lab 04

lab_check 0/120
lab_wrong
lab_hostile pager.c
lab_handout

# ---- the same exits, one by one: each fault and each store to a traced page, at the same instruction and address. (Not where two
# directories lead to one table with other rights: for those the VMM's own pager has two shadows, the solution one.) ----

gcc -std=c17 -O1 -fPIC -shared -nostdlib -ffreestanding -Ilabs -o "$scratch/right.so" "$solution/pager.c"
guest=build/$lab/guest.elf
exits() {
	sed -n -E '/"kind":"(hidden-fault|true-fault|trace|trap)"/s/.*"kind":"([a-z-]*)".*"eip":"([^"]*)".*"address":"([^"]*)".*/\1 \2 \3/p' "$1"
}
for how in '--technique=trap --ring=1' '--technique=trap --ring=3' '--technique=bt'; do
	# shellcheck disable=SC2086
	{
		run "$RINGSIDE" run $how --memory=16M --trace-limit=0 --events="$scratch/own" "$guest" \
			ops=touch,absent,wp,look,clear,map,directory,switch,self,batch n=60
		run "$RINGSIDE" run $how --memory=16M --trace-limit=0 --check-shadow --lab="$scratch/right.so" --events="$scratch/piece" \
			"$guest" ops=touch,absent,wp,look,clear,map,directory,switch,self,batch n=60
	}
	exits "$scratch/own" > "$scratch/own.txt"
	exits "$scratch/piece" > "$scratch/piece.txt"
	if [ "$(wc -l < "$scratch/own.txt")" -gt 100 ] && cmp -s "$scratch/own.txt" "$scratch/piece.txt"; then
		pass "the same exits, $how"
	else
		fail "the same exits, $how" "$(diff "$scratch/own.txt" "$scratch/piece.txt" | head -n 4)"
	fi
done

# ---- back in time: the pager begins again, and comes to the same place ----

expect 'back and forward again' 0 '' '' "$RINGSIDE" shell --lab "$scratch/right.so" -e 'next-event true-fault' -e status -e 'reverse-step' \
	-e 'reverse-step' -e 'next-event true-fault' -e status "$guest"
[ "$(grep -c '^vm0 ' "$scratch/out")" = 2 ] && [ "$(grep '^vm0 ' "$scratch/out" | sed 's/  exits.*//' | sort -u | wc -l)" = 1 ] &&
	pass 'the same moment' || fail 'the same moment' "$(grep '^vm0 ' "$scratch/out")"

# ---- a guest that a pager of this lab has no tables for ----

expect 'PAE is refused with a remedy' 1 '' 'without PAE' "$RINGSIDE" run --technique=trap --memory=16M --lab "$scratch/right.so" \
	build/guests/walk-pae.elf n=10
finish
