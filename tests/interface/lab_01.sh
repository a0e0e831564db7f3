#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Lab 1, classify: skeleton and solution, submissions that are wrong or mean no good, the handout's commands.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite interface/lab_01
lab 01

lab_check 0/100
lab_wrong
lab_hostile detect.c
lab_hostile classify.c tests/labs/01-hostile-piece.c

# ---- files that are not a detector's to read; and what it leaves to the others ----

mkdir "$scratch/reads"
cp "$solution/classify.c" "$scratch/reads/"
for file in "$PWD/$solution/detect.c" "$PWD/$solution/hidden.ini" "$PWD/labs/ringside_lab.h" /etc/passwd; do
	echo "#include \"$file\"" > "$scratch/reads/detect.c"
	expect "a detector may not include ${file##*/}" 1 "it includes '.*${file##*/}'" '' "${grade[@]}" "$lab" "$scratch/reads" detect
	grep -qE 'root:|40961' "$scratch/out" && fail 'nor is it shown' || pass 'nor is it shown'
done
expect 'a detector that does not build leaves the classifier its points' 1 '^Part A score: 5/5' '' "${grade[@]}" "$lab" "$scratch/reads" \
	detect privileged
ln -sf "$PWD/$solution/detect.c" "$scratch/reads/detect.c"
expect 'nor may it be a link to another one' 1 "is a symbolic link" '' "${grade[@]}" "$lab" "$scratch/reads" detect
cp --remove-destination "$solution/detect.c" "$scratch/reads/"
rm "$scratch/reads/classify.c"
expect 'and a classifier that is not there the detector' 1 '^Part C score: 10/10' '' "${grade[@]}" "$lab" "$scratch/reads" \
	privileged EFLAGS

# ---- hidden seeds: neither a recording nor what was asked ----

sed 's/{0, 0xf4, 0xf4, ANY, P, 0},//' "$solution/classify.c" > "$scratch/reads/classify.c"
expect 'a public seed shows what was confused' 1 'said innocuous, measured privileged: .*hlt' '' "${grade[@]}" --seed 3 "$lab" "$scratch/reads" privileged

lab_handout
finish
