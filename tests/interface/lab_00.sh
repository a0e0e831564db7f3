#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Lab 0, the tour, and `ringside quiz`: every question can be answered right, and is by the tools that students have; wrong answers are
# told what they confuse; each student has questions of their own.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite interface/lab_00
lab 00
quiz=("$RINGSIDE" quiz)
guest=build/labs/00-tour/guest.elf

run "$RINGSIDE" lab check 00
[ "$status" = 0 ] && [ "$(grep -c 'ok: the solution has 100/100' "$scratch/out")" = 5 ] &&
	[ "$(grep -c 'ok: the skeleton has 0/100' "$scratch/out")" = 5 ] && pass 'full marks can be reached in every variant, and the skeleton has none' ||
	fail 'lab check' "$(cat "$scratch/out" "$scratch/err")"

# ---- the tools say the same ----

for seed in 1 7007; do
	"${quiz[@]}" -c --print --seed $seed 00 > "$scratch/worksheet"
	if python3 tests/labs/00-tools.py "$RINGSIDE" $guest < "$scratch/worksheet" > "$scratch/found" 2>&1; then
		pass "shell and trace find the answers of variant $seed"
	else
		fail "shell and trace find the answers of variant $seed" "$(head -c 900 "$scratch/found")"
	fi
done
"${quiz[@]}" -c 00 > "$scratch/1"
"${quiz[@]}" -c 00 | cmp -s - "$scratch/1" && pass 'a variant is the same each time' || fail 'a variant is the same each time'
cmp -s <(grep -o '^[0-9]*:' "$scratch/1") <(grep -o '^[0-9]*:' $lab/skeleton/answers.txt) && cmp -s <(grep '^# ' "$scratch/1" | tail -n +2) \
	<(grep '^# ' $lab/skeleton/answers.txt | tail -n +2) && pass 'the skeleton has a line for each question' || fail 'the skeleton has a line for each question'

# ---- wrong answers ----

while IFS='|' read -r name seed tests message change; do
	case $name in '' | '#'*) continue ;; esac
	[ -e "$scratch/$seed" ] || "${quiz[@]}" -c --seed "$seed" 00 > "$scratch/$seed"
	sed -E "$change" "$scratch/$seed" > "$scratch/wrong"
	if cmp -s "$scratch/wrong" "$scratch/$seed"; then
		fail "wrong: $name" 'these are the right answers'
		continue
	fi
	run "${grade[@]}" --seed "$seed" 00 "$scratch/wrong" "$tests"
	if [ "$status" = 1 ] && grep -q -- "$message" "$scratch/out"; then
		pass "wrong: $name"
	else
		fail "wrong: $name" "status $status: $(head -c 900 "$scratch/out")"
	fi
done < tests/labs/00-wrong.txt

# Where it goes on: each question answered by the address of the instruction itself, then of the next one, then of the guest's handler.
"${quiz[@]}" --print 00 'goes on' > "$scratch/worksheet"
for which in '=>' next Gate; do
	awk -v which="$which" '
		/^[0-9]+\. / { number = $1 + 0; at = 0 }
		at && !answer[number] && which == "next" { answer[number] = $1 }
		$1 == "=>" { at = 1; if (which == "=>") answer[number] = $2 }
		$1 == "Gate" && which == "Gate" { answer[number] = substr($9, 1, 8) }
		END { for (number in answer) print number ": " answer[number] }' "$scratch/worksheet" > "$scratch/wrong"
	run "${quiz[@]}" --answers "$scratch/wrong" 00 'goes on'
	if [ "$status" = 1 ] && grep -qE 'begins anew|would EIP stay|nobody does this|only repaired|meant for the VMM|never hear' "$scratch/out" &&
		! grep -q 'three things' "$scratch/out"; then
		pass "wrong: it always goes on at $which"
	else
		fail "wrong: it always goes on at $which" "status $status: $(cat "$scratch/out")"
	fi
done

# ---- how answers are written, and files that are not right ----

sed -E 's/: 0*([0-9a-f]{1,8})$/:  0x\U\1  /; s#: (.)/(.)#:\1 \2#; s/ other/\tOTHER/; s/mov cr/MOV-CR/; s/\#GP/gp/' "$scratch/1" > "$scratch/other"
cmp -s "$scratch/other" "$scratch/1" && fail 'written otherwise' 'it is not'
expect 'case, 0x, zeros and separators make no difference' 0 '^Score: 100/100' '' "${grade[@]}" 00 "$scratch/other"
grep -v '^1:' "$scratch/1" > "$scratch/wrong"
expect 'a missing answer is told' 1 'question 1: it has no answer' '' "${grade[@]}" 00 "$scratch/wrong" rings
{ cat "$scratch/1"; echo '1: 0/1'; } > "$scratch/wrong"
expect 'one given twice is' 1 'question 1: it is answered twice, in lines 3 and' '' "${grade[@]}" 00 "$scratch/wrong" rings
{ cat "$scratch/1"; printf '99: 5\nnothing\n0: 1\n%s: 1\n' 99999999999999999999; } > "$scratch/wrong"
expect 'lines that are no answers are' 0 'there is no question 99; there are 46' '' "${quiz[@]}" --answers "$scratch/wrong" 00
expect 'and take no points' 0 '^    [|] line .*: this is no answer' '' "${grade[@]}" -v 00 "$scratch/wrong" rings
head -c 100000 /dev/urandom > "$scratch/wrong"
expect 'bytes at random have no points' 1 '^Score: 0/100' '' "${grade[@]}" 00 "$scratch/wrong"
ln -sf "$PWD/labs/solutions/00-tour/hidden.ini" "$scratch/link"
run "${grade[@]}" -v 00 "$scratch/link" rings
[ "$status" = 1 ] && ! grep -q '2147483647' "$scratch/out" && pass 'what a link leads to is not shown' || fail 'what a link leads to is not shown' "$(cat "$scratch/out")"
expect 'a file that is not there' 1 '' 'cannot read' "${quiz[@]}" --answers "$scratch/nothing" 00

# ---- asked one by one ----

printf '1/0\n\nx\n' > "$scratch/lines"
if "${quiz[@]}" 00 rings < "$scratch/lines" > "$scratch/out"; then fail 'a sitting' 'status 0'; fi
grep -q 'wrong: .*other way round' "$scratch/out" && grep -q 'the guest executes' "$scratch/out" && grep -q '^0 of 3 right' "$scratch/out" &&
	pass 'a sitting tells what is wrong and what happened' || fail 'a sitting' "$(cat "$scratch/out")"
sed -n 's/^[0-9]*: //p' "$scratch/1" | "${quiz[@]}" 00 > "$scratch/out" && grep -q '^46 of 46 right' "$scratch/out" &&
	pass 'all right' || fail 'all right' "$(tail -n 3 "$scratch/out")"
run "${quiz[@]}" --print -n 7 00
[ "$(grep -c '^[0-9]*\. cycle' "$scratch/out")" = 7 ] && pass 'seven questions' || fail 'seven questions' "$(cat "$scratch/out")"
! grep -qE '^[0-9]+: [0-9a-z#]' "$scratch/out" && pass 'a worksheet has no answers' || fail 'a worksheet has no answers'
expect 'no test of such a name' 2 '' 'asks no questions' "${quiz[@]}" 00 nothing
expect 'a lab without questions' 2 '' 'asks no questions' "${quiz[@]}" 02
expect 'no lab' 2 '' "as in 'ringside quiz 00'" "${quiz[@]}"

# ---- each their own ----

mkdir -p "$scratch/class/bob"
"${quiz[@]}" -c --for ada 00 > "$scratch/class/ada.txt"
"${quiz[@]}" -c --for bob 00 > "$scratch/class/bob/answers.txt"
cp "$scratch/class/ada.txt" "$scratch/class/eve.txt"
expect 'a class: whoever hands in their own' 0 '^ada.txt +100/100$' 'summary' "$RINGSIDE" grade --roster -o "$scratch/results" 00 "$scratch/class"
grep -qE '^bob +100/100$' "$scratch/out" && pass 'in a folder, too' || fail 'in a folder, too' "$(cat "$scratch/out")"
grep -qE '^eve.txt +[0-9]{1,2}/100  failed' "$scratch/out" && pass "another's answers are not right" || fail "another's answers" "$(cat "$scratch/out")"
expect 'one by name' 0 '^Score: 100/100' '' "${grade[@]}" --for ada 00 "$scratch/class/ada.txt"
expect 'without a name it is said' 1 'Score' 'variant 1, to practise' "${grade[@]}" 00 "$scratch/class/ada.txt" frames
expect 'other labs have no variants' 2 '' 'same for everybody' "${grade[@]}" --for ada 02 "$scratch/class/ada.txt"

# ---- labs that are not right ----

cp -r $lab "$scratch/lab"
cp $guest "$scratch/lab/"
sed 's/kind = cr3/kind = what/' $lab/tests.ini > "$scratch/lab/tests.ini"
expect 'a kind that there is not' 1 '' "no kind of question 'what'" "${quiz[@]}" -c "$scratch/lab"
sed '0,/count = 3/s//count = 99/' $lab/tests.ini > "$scratch/lab/tests.ini"
expect 'more questions than can be' 1 '' 'are not between 1 and' "${quiz[@]}" -c "$scratch/lab"
sed 's/kind = cr3/kind = cr3\ncount = 20/' $lab/tests.ini > "$scratch/lab/tests.ini"
expect 'more than the guest gives' 1 '' 'moments for questions of the kind cr3' "${quiz[@]}" -c "$scratch/lab" page

# What a student would have written by then stands in for a solution.
mkdir "$scratch/solution"
cp "$scratch/1" "$scratch/solution/answers.txt"
solution=$scratch/solution
lab_handout
finish
