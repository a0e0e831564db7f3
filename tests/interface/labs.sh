#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The labs' grader, by lab 2: what is a right piece, what the grader writes, builds and refuses, a class, the archive for students.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/labs

lab=labs/02-trap-and-emulate
solution=labs/solutions/02-trap-and-emulate/trap.c
grade=("$RINGSIDE" grade --no-recordings)

# ---- a right piece is the run without one ----

gcc -std=c17 -O1 -fPIC -shared -nostdlib -ffreestanding -Ilabs -o "$scratch/right.so" "$solution"
for how in '--technique=trap --ring=1' '--technique=trap --ring=3' '--technique=bt'; do
	# shellcheck disable=SC2086
	{
		run "$RINGSIDE" run $how --limit=100M --digest --events="$scratch/own" build/guests/kernel.elf workload=syscall n=5
		run "$RINGSIDE" run $how --limit=100M --digest --lab="$scratch/right.so" --events="$scratch/piece" \
			build/guests/kernel.elf workload=syscall n=5
	}
	if [ -s "$scratch/own" ] && cmp -s "$scratch/own" "$scratch/piece"; then
		pass "the same events, $how"
	else
		fail "the same events, $how" "$(head -c 300 "$scratch/err")"
	fi
done

# ---- who leaves the work to the VMM has not done it ----

echo '#include "ringside_lab.h"
const struct lab_piece ringside_lab = {LAB_PIECE_HEADER};' > "$scratch/empty.c"
expect 'a piece without handlers' 1 '^Score: 0/120' '' "${grade[@]}" 02 "$scratch/empty.c"
for result in LAB_DECLINE 'lab_fault(vm, LAB_GP, 0)'; do
	sed "s/return to_do(vm, .*;/(void)to_do; return $result;/" $lab/skeleton/trap.c > "$scratch/leave.c"
	expect "a piece of $result alone" 1 '^Score: 0/120' '' "${grade[@]}" 02 "$scratch/leave.c"
done

# ---- other tests go on, and what a submission prints decides nothing ----

sed 's/return next(vm);/vm->call->log(vm, "== Test out == OK"), __builtin_trap();/' "$solution" > "$scratch/mixed.c"
expect 'a crash in some tests leaves the others' 1 '^== Test inject exceptions == OK' '' "${grade[@]}" -v 02 "$scratch/mixed.c" inject out
grep -q '^== Test out == FAIL' "$scratch/out" && grep -q '^    | == Test out == OK' "$scratch/out" &&
	pass 'a faked line is shown as what was logged' || fail 'a faked line' "$(head -c 600 "$scratch/out")"

# ---- building ----

echo 'int main(' > "$scratch/broken.c"
expect 'what does not build has results all the same' 1 'does not build' '' "${grade[@]}" \
	--results gradescope="$scratch/results.json" --results "$scratch/junit.xml" --results tap="$scratch/tap" \
	--results csv="$scratch/csv" --results github="$scratch/github" --results json="$scratch/json" 02 "$scratch/broken.c"
for file in results.json github json; do
	python3 -m json.tool "$scratch/$file" > /dev/null 2>&1 && pass "$file is JSON" || fail "$file is JSON" "$(head -c 200 "$scratch/$file")"
done
python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$scratch/junit.xml" &&
	pass 'junit.xml is XML' || fail 'junit.xml is XML'
[ "$(grep -c '^not ok' "$scratch/tap")" = 13 ] && pass 'TAP' || fail 'TAP' "$(head -n 3 "$scratch/tap")"
echo '#include "/etc/passwd"' > "$scratch/includes.c"
expect 'a source may not include what is not its own' 1 "includes '/etc/passwd'" '' "${grade[@]}" 02 "$scratch/includes.c" cli
grep -q 'root:' "$scratch/out" && fail 'nor is it shown' || pass 'nor is it shown'
echo "#include \"$PWD/$solution\"" > "$scratch/includes.c"
expect 'nor the solution' 1 'includes' '' "${grade[@]}" 02 "$scratch/includes.c" cli
printf '#pragma GCC target("avx2")\n#ifdef __AVX2__\n#include "%s"\n#endif\n' "$PWD/$solution" > "$scratch/pragma.c"
expect 'nor the solution by a pragma that the preprocessor alone does not know' 1 '^Score: 0/10' '' "${grade[@]}" 02 "$scratch/pragma.c" cli
mkdir "$scratch/many"
for ((i = 0; i < 300; i++)); do
	: > "$scratch/many/$(printf '%0200d' "$i").h"
	printf '#include "%0200d.h"\n' "$i"
done > "$scratch/many/trap.c"
echo "#include \"$PWD/$solution\"" >> "$scratch/many/trap.c"
expect 'nor the solution behind sixty thousand characters of names' 1 'includes' '' "${grade[@]}" 02 "$scratch/many" cli
printf '#line 3 "%s/hidden.ini"\nint x = y;\n' "$PWD/${solution%/*}" > "$scratch/line.c"
expect 'nor have its lines shown by #line' 1 'includes' '' "${grade[@]}" 02 "$scratch/line.c" cli
grep -q 'secret' "$scratch/out" && fail 'none is shown' || pass 'none is shown'
mkdir "$scratch/a \"blank\" ü"
cp "$solution" "$scratch/a \"blank\" ü/"
expect 'a folder of any name' 0 '^Score: 10/10' '' "${grade[@]}" 02 "$scratch/a \"blank\" ü" 'cli and sti'
for trick in '__asm__(".incbin \"/etc/passwd\"");' '__asm__(".macro m x\n.inc\\x \"/etc/passwd\"\n.endm\nm bin");' \
	'int x __attribute__((section(".data\n.IncBin \"/etc/passwd\"\n#")));'; do
	echo "$trick" > "$scratch/incbin.c"
	expect "nor read one by the assembler: ${trick:0:24}" 1 "assembler's directive" '' "${grade[@]}" 02 "$scratch/incbin.c" cli
done
# ---- many short calls have no more time than a long one ----

if [ "$BUILD" = build ]; then
	sed 's/ringside_lab = {/right = {/' "$solution" > "$scratch/slow.c"
	echo 'static enum lab_result slow(struct lab_vm *vm)
	{
		for (volatile uint32_t i = 0; i < 4000000; i++)
			;
		return right.trap.cli(vm);
	}
	const struct lab_piece ringside_lab = {LAB_PIECE_HEADER, .trap = {.cli = slow}};' >> "$scratch/slow.c"
	gcc -std=c17 -O1 -fPIC -shared -nostdlib -ffreestanding -Ilabs -o "$scratch/slow.so" "$scratch/slow.c"
	run "$RINGSIDE" run --technique=trap --limit=4G --lab="$scratch/slow.so" build/guests/kernel.elf workload=syscall n=100000
	grep -q 'too slow: more than 5 s' "$scratch/out" "$scratch/err" && pass 'many short calls' || fail 'many short calls' "$(tail -n 3 "$scratch/err")"
fi

# ---- pieces that go mad now and then: tests/labs/random.c ----

for which in '02 iret' '02 inject' '03 receive' '04 everything' '04 garbage' '05 everything' '05 control' '06 everything' '06 chain' '07 every' '07 mmu' '08 VMM' '08 minimal'; do
	for seed in ${SEEDS:-2 4}; do
		folder=$(echo labs/"${which% *}"-*)
		file=$(sed -n 's/^file = //p' "$folder/tests.ini")
		rm -rf "$scratch/random"
		mkdir "$scratch/random"
		gcc -std=c17 -E -P -ffreestanding -I. -Ilabs -DSEED="$seed" "-DSOLUTION=\"labs/solutions/${folder#labs/}/$file\"" \
			tests/labs/random.c > "$scratch/random/$file"
		run "${grade[@]}" -v "$folder" "$scratch/random" "${which#* }"
		if { [ "$status" = 0 ] || [ "$status" = 1 ]; } && grep -q '^Score: ' "$scratch/out" && ! grep -qE 'runtime error|Sanitizer' "$scratch/err"; then
			pass "mad: $which, seed $seed"
		else
			fail "mad: $which, seed $seed" "status $status: $(tail -n 3 "$scratch/out") $(head -c 600 "$scratch/err")"
		fi
	done
done

# ---- a submission's bytes are no terminal's commands, nor do they break a report ----

mkdir "$scratch/bytes"
printf 'shadow = \033[2J\377\302\233=1\n' > "$scratch/bytes/workload.txt"
expect 'what a text says is shown without control characters' 1 "'\?\[2J\?\?\?' is none" '' "${grade[@]}" --results junit="$scratch/bytes.xml" \
	--results tap="$scratch/bytes.tap" 08 "$scratch/bytes" shadow
python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$scratch/bytes.xml" && pass 'and JUnit has XML' || fail 'and JUnit has XML'
printf '#error \033[2J== Test cli and sti == OK\nint \033[2Jx;\n' > "$scratch/bytes.c"
expect 'nor does the compiler show any' 1 'does not build' '' "${grade[@]}" --results tap="$scratch/bytes.tap" 02 "$scratch/bytes.c" cli
grep -q $'\033' "$scratch/out" && fail 'none is there' || pass 'none is there'

expect 'Autolab finds its line at the end' 0 '^\{"scores":\{"Part A":20\}\}$' '' "${grade[@]}" --results autolab=- 02 "$solution" 'cli and sti' hlt
expect 'a form that there is not' 2 '' 'FORM=FILE' "${grade[@]}" --results what 02 "$solution"
expect 'a lab that there is not' 2 '' 'there is no lab' "${grade[@]}" 77 "$solution"

# ---- a recording of a failure is that run ----

sed 's/vm->cpu.shadow = LAB_SHADOW_STI;/{}/' "$solution" > "$scratch/wrong.c"
ringside=$(realpath "$RINGSIDE") here=$PWD
run env -C "$scratch" "$ringside" grade "$here/$lab" wrong.c 'cli and sti'
expect 'a recording of a failure is the same run again' 0 'the same run' '' "$RINGSIDE" replay --check \
	"$scratch/02-trap-and-emulate-cli-and-sti.recording"
expect 'and opens at the step' 0 'sti' '' "$RINGSIDE" replay --shell --at-end -e 'reverse-step' "$scratch/02-trap-and-emulate-cli-and-sti.recording"

# ---- a class ----

mkdir "$scratch/class"
for student in a b c d e; do mkdir "$scratch/class/$student"; cp "$solution" "$scratch/class/$student/trap.c"; done
cp $lab/skeleton/trap.c "$scratch/class/b/"
echo 'int main(' > "$scratch/class/c/trap.c"
rm "$scratch/class/d/trap.c"
expect 'a class' 0 '^a +120/120$' 'summary' "$RINGSIDE" grade --roster -o "$scratch/out.d" 02 "$scratch/class"
[ "$(sort "$scratch/out" | grep -c -e '120/120' -e '0/120  failed')" = 5 ] && pass 'one line each' || fail 'one line each' "$(cat "$scratch/out")"
[ "$(wc -l < "$scratch/out.d/summary.csv")" = 6 ] && pass 'a summary' || fail 'a summary' "$(cat "$scratch/out.d/summary.csv")"
touch -d '1 hour ago' "$scratch/class"/*/trap.c "$scratch/class"/*
stat -c %y "$scratch/out.d/a.json" > "$scratch/before"
cp "$solution" "$scratch/class/b/trap.c"
expect 'only what has changed is graded again' 0 '^b +120/120$' '' "$RINGSIDE" grade --roster -o "$scratch/out.d" 02 "$scratch/class"
stat -c %y "$scratch/out.d/a.json" | cmp -s - "$scratch/before" && pass 'and nothing else' || fail 'and nothing else'

mkdir "$scratch/names"
cp "$solution" "$scratch/names/"$'a\nz                        120\n".c'
expect 'a name with lines in it' 0 '^a\?z  ' '' "$RINGSIDE" grade --roster -o "$scratch/names.d" 02 "$scratch/names"
[ "$(wc -l < "$scratch/names.d/summary.csv")" = 2 ] && pass 'has one of the table' || fail 'has one of the table' "$(cat "$scratch/names.d/summary.csv")"

# ---- Gradescope: the package as it is unpacked there, with this build in it instead of one of its own ----

packed() { # lab
	rm -rf "$scratch/autograder"
	mkdir -p "$scratch/autograder/source" "$scratch/autograder/submission"
	run make --no-print-directory -C labs gradescope LAB="$1"
	python3 -m zipfile -e build/gradescope-"$1"-*.zip "$scratch/autograder/source"
	tar -xzf "$scratch/autograder/source/ringside.tar.gz" -C "$scratch/autograder/source"
	ln -s "$PWD/build" "$scratch/autograder/source/ringside/build"
	expect "lab $1's package: its set-up" 0 ringside '' bash "$scratch/autograder/source/setup.sh"
	autograder=(env AUTOGRADER="$scratch/autograder" bash "$scratch/autograder/source/run_autograder")
}

scored() { # what, pattern of results.json
	grep -q "$2" "$scratch/autograder/results/results.json" && pass "$1" || fail "$1" "$(head -c 300 "$scratch/autograder/results/results.json")"
}

if [ "$BUILD" = build ]; then
	packed 02
	if find "$scratch/autograder/source" -name trap.c | grep -q solutions; then fail 'it has no solution'; else pass 'it has no solution'; fi
	cp "$solution" "$scratch/autograder/submission/"
	expect 'it grades the solution' 0 'Score: 120/120' '' "${autograder[@]}"
	scored 'with all points' '"score":120'
	rm "$scratch/autograder/submission/trap.c"
	expect 'what is not handed in has results, too' 0 "there is no '.*trap.c'" '' "${autograder[@]}"
	scored 'of no points' '"score":0'
	rm "$scratch/autograder/source/labs/02-trap-and-emulate/tests.ini"
	expect 'and so has a grader that cannot run' 1 '' '' "${autograder[@]}"
	scored 'which says so' 'tell the course staff'

	packed 00
	"$RINGSIDE" quiz -c --for ada 00 > "$scratch/autograder/submission/answers.txt" 2> "$scratch/err"
	echo '{"users": [{"email": "ada@example.org", "name": "Ada"}]}' > "$scratch/autograder/submission_metadata.json"
	expect 'where each student has a variant, theirs is graded' 0 'Score: 100/100' '' "${autograder[@]}"
	echo '{"users": [{"email": "bob@example.org", "name": "Bob"}]}' > "$scratch/autograder/submission_metadata.json"
	expect "and nobody else's" 0 'Score: [0-9]{1,2}/100' '' "${autograder[@]}"
fi

# ---- a new lab is right at once ----

mkdir "$scratch/course"
cp -r labs/template labs/shared labs/lab.mk labs/ringside_lab.h "$scratch/course/"
expect 'a new lab' 0 'a lab with one task' '' "$ringside" lab new "$scratch/course/42-my-own"
expect 'its guest is built' 0 '' '' make -s -C "$scratch/course/42-my-own" guest
expect 'and it can be checked' 0 'ok: the solution has 10/10' '' "$ringside" lab check "$scratch/course/42-my-own"
expect 'it is not made twice' 1 '' 'is there already' "$ringside" lab new "$scratch/course/42-my-own"
expect 'nor under any name' 1 '' 'is no name for a lab' "$ringside" lab new "$scratch/course/my own"

# ---- the archive for students ----

if [ "$BUILD" = build ]; then
	run make --no-print-directory -C labs dist
	names=$(tar -tzf build/ringside-labs.tar.gz)
	if grep -q "02-trap-and-emulate/skeleton/trap.c" <<< "$names" && ! grep -qE 'solution|hidden' <<< "$names"; then
		pass 'the archive has no solutions and no hidden seeds'
	else
		fail 'the archive has no solutions and no hidden seeds' "$names"
	fi
	tar -xzf build/ringside-labs.tar.gz -C "$scratch"
	cp "$solution" "$scratch/ringside-labs/02-trap-and-emulate/skeleton/trap.c"
	expect 'a lab is graded from it' 0 'Score: 30/30' '' make -s -C "$scratch/ringside-labs/02-trap-and-emulate" \
		RINGSIDE="$ringside" all grade 'TESTS=cli hlt mov\ to'
fi
finish
