#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `compare --reproduce`: in each row of each paper the same technique wins as was published, or the data lists the row with the
# reason; reports are the same however they were made. What is beyond the tolerance is printed, and fails nothing.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/cli_reproduce
reproduce=("$RINGSIDE" compare --reproduce)

expect 'no such paper' 2 '' 'did you mean xen-2003' "${reproduce[@]}" xen-2004
expect 'nothing like it' 2 '' 'there are adams-agesen-2006' "${reproduce[@]}" nothing
expect 'a technique of its own' 2 '' '--techniques' "${reproduce[@]}" xen-2003 --techniques=trap
expect 'a guest of its own' 2 '' '--guest' "${reproduce[@]}" xen-2003 --guest kernel.elf
expect 'a machine of its own' 2 '' 'memory' "${reproduce[@]}" xen-2003 --memory=32M
expect 'an experiment besides' 2 '' 'a.ini' "${reproduce[@]}" xen-2003 a.ini
expect 'a form that does not fit' 2 '' 'html, md' "${reproduce[@]}" xen-2003 --format=gp
expect 'a file that does not fit' 2 '' 'html, md' "${reproduce[@]}" xen-2003 -o r.reasons.csv
ln -s /dev/full "$scratch/full.md"
expect 'a full disk' 1 'Prescott' 'full.md.*No space' "${reproduce[@]}" exits-by-generation -o "$scratch/full.md"
expect 'results where none can be kept' 1 '' '/proc/none' "${reproduce[@]}" bhargava-2008 --results=/proc/none

if [ ! -e build/guests/nano.elf ] || [ ! -e build/guests/walk-pae.elf ]; then
	skip 'the papers' 'guests are not built'
	finish
fi

reports() { # paper, folder for the reports, more options
	local paper=$1 folder=$scratch/$2 form options=()
	shift 2
	mkdir -p "$folder"
	for form in csv json html md txt; do options+=(-o "$folder/$paper.$form"); done
	run "${reproduce[@]}" "$paper" "${options[@]}" "$@"
}

papers=(adams-agesen-2006 xen-2003 bhargava-2008 exits-by-generation)
for paper in "${papers[@]}"; do
	reports "$paper" first --results="$scratch/results"
	if [ "$status" = 0 ] && [ ! -s "$scratch/err" ]; then pass "$paper"; else fail "$paper" "status $status: $(head -n 1 "$scratch/err")"; fi
	reports "$paper" again --results="$scratch/results"
	if diff -r "$scratch/first" "$scratch/again" > "$scratch/out"; then
		pass "$paper from kept results"
	else
		fail "$paper from kept results" "$(head -n 1 "$scratch/out")"
	fi
	if ! command -v python3 > /dev/null; then
		skip "the winners of $paper" 'no python3'
	elif python3 tests/interface/reproduce_schema.py "$scratch/first/$paper".{csv,json,html} 2> "$scratch/err"; then
		pass "the winners of $paper"
	else
		fail "the winners of $paper" "$(tail -n 1 "$scratch/err")"
	fi
done
reports bhargava-2008 shuffled --shuffle=7 --jobs=1
cmp -s "$scratch/first/bhargava-2008.json" "$scratch/shuffled/bhargava-2008.json" &&
	pass 'made once more, in another order' || fail 'made once more, in another order' "$(head -n 1 "$scratch/err")"

# A paper whose guest is missing: one line for it, and the table all the same.
mkdir -p "$scratch/elsewhere/build/guests"
cp build/guests/walk.elf "$scratch/elsewhere/build/guests/"
expect 'a missing guest' 1 '2 on 4 +14' '3 on 4: .*walk-pae.elf' bash -c \
	"program=\$(realpath '$RINGSIDE'); cd '$scratch/elsewhere' && exec \"\$program\" compare --reproduce bhargava-2008"
finish
