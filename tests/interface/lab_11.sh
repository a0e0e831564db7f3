#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The capstone: a report's numbers regenerate, wrong ones are shown with what came out, and a comparison can neither run for hours nor read
# what is not the lab's.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite interface/lab_11
lab 11
lab_check 0/100

# A student's way to the same numbers, by the tables that are printed.
mkdir "$scratch/solution"
cp "$solution"/* "$scratch/solution/"
while read -r name; do ln -s "$PWD/build/guests/$name" "$scratch/solution/"; done < $lab/guests.list
python3 tests/labs/11-fill.py "$(realpath "$RINGSIDE")" "$scratch/solution" > "$scratch/out" 2>&1 || fail 'the report filled in' "$(cat "$scratch/out")"
find "$scratch/solution" -type l -delete
rm -rf "$scratch/solution"/*.results
solution=$scratch/solution
expect 'numbers from printed tables regenerate' 0 '^Score: 100/100' '' "${grade[@]}" -v $lab "$solution"
grep -q ' numbers that regenerate' "$scratch/out" && pass 'and so it says' || fail 'and so it says' "$(cat "$scratch/out")"
lab_wrong

# ---- those that mean no good ----

hostile() { # name, message, comparison
	mkdir -p "$scratch/hostile"
	printf '%s\n' "{{first native}} = 1" > "$scratch/hostile/report.md"
	[ -L "$scratch/hostile/first.ini" ] || printf '%b' "$3" > "$scratch/hostile/first.ini"
	run "${grade[@]}" $lab "$scratch/hostile" numbers
	if [ "$status" = 1 ] && grep -qE -- "$2" "$scratch/out" && ! grep -q root: "$scratch/out"; then
		pass "hostile: $1"
	else
		fail "hostile: $1" "status $status: $(head -c 600 "$scratch/out" "$scratch/err")"
	fi
}
guest='[experiment]\ntechniques = native\n[guest one]\nfile = kernel.elf\nwords = hz=0 workload=compute n={n}\n[parameters]\n'
hostile 'a guest that runs for ever' 'did not end well' "${guest}n = 900000000\n"
hostile 'seeds without number' 'longer than|runs; 240|fewer of them|not what stands' "${guest}n = 1\n[experiment]\nseeds = $(seq -s ' ' 300)\n"
hostile 'a limit of its own' '.vm. may have' "${guest}n = 1\n[vm]\nlimit = 0\n"
hostile 'a section that there is not' 'no section' "${guest}n = 1\n[include]\nfile = /etc/passwd\n"
hostile 'a path in a name' 'no guest of this lab' "[guest one]\nfile = ../../guests/kernel.elf\n"
hostile 'nothing' 'cannot be compared|no guest' ''
ln -sf /etc/passwd "$scratch/hostile/first.ini"
hostile 'a link' 'no file beside it' ''
head -c 300000 /dev/zero > "$scratch/hostile/report.md"
expect 'hostile: no text' 1 'is no text' '' "${grade[@]}" $lab "$scratch/hostile" numbers
printf '{{first\n{{}} = 1 {{a b' > "$scratch/hostile/report.md"
expect 'hostile: marks without end' 1 'does not end on its line' '' "${grade[@]}" $lab "$scratch/hostile" numbers

lab_handout
finish
