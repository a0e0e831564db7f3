# SPDX-License-Identifier: GPL-3.0-or-later
# tests/interface/lab.bash - what the labs' tests share: source it behind lib.bash, `lab NN`, then what applies to the lab.
# shellcheck shell=bash
# shellcheck disable=SC2034

# Sets $lab (its folder), $solution (the solution's folder), $grade (the command without recordings).
lab() {
	lab=$(echo labs/"$1"-*) solution=labs/solutions/${lab#labs/}
	grade=("$RINGSIDE" grade --no-recordings)
	number=$1
}

# The skeleton fails, the solution has all points on every seed. How many points the skeleton may have is said: "0/120".
lab_check() {
	[ "$BUILD" = build ] || return 0
	expect "$lab: the skeleton has $1, the solution all" 0 "ok: the skeleton has $1" '' "$RINGSIDE" lab check "$lab"
	grep -qE 'ok: the solution has ([0-9]+)/\1$' "$scratch/out" || fail "$lab: the solution" "$(head -c 600 "$scratch/out")"
}

# Typical wrong submissions: tests/labs/NN-wrong.txt has, a line each, name|test to run|pattern of the message|what sed does to the
# solution; with several files in a submission the name is followed by "@FILE". A slow build makes a quarter of them.
lab_wrong() {
	local name tests message change file count=0
	while IFS='|' read -r name tests message change; do
		case $name in '' | '#'*) continue ;; esac
		count=$((count + 1))
		[ "$BUILD" = build ] || [ $((count % 4)) = 1 ] || continue
		file=$(ls "$solution" | grep -v hidden.ini | head -n 1)
		case $name in *@*) file=${name##*@} ;; esac
		rm -rf "$scratch/wrong"
		mkdir "$scratch/wrong"
		cp "$solution"/* "$scratch/wrong/"
		sed -i -E "$change" "$scratch/wrong/$file"
		if cmp -s "$scratch/wrong/$file" "$solution/$file"; then
			fail "wrong: $name" 'it is the solution'
			continue
		fi
		run "${grade[@]}" "$lab" "$scratch/wrong" "$tests"
		if [ "$status" != 1 ] || ! grep -qE -- "$message" "$scratch/out" || ! grep -q '== FAIL' "$scratch/out"; then
			fail "wrong: $name" "status $status: $(head -c 900 "$scratch/out" "$scratch/err")"
		else
			pass "wrong: $name"
		fi
	done < "tests/labs/$number-wrong.txt"
}

# Submissions that mean no good: tests/labs/NN-hostile.c is one file for all of them; " * expected: NAME TESTS MESSAGE" in its comment,
# -DHOSTILE_NAME makes each. None may pass the test that it is run with. $1: the file's name in a submission; $2: another file of them.
lab_hostile() {
	local which tests message source=${2:-tests/labs/$number-hostile.c}
	while read -r which tests message; do
		rm -rf "$scratch/hostile"
		mkdir "$scratch/hostile"
		cp "$solution"/* "$scratch/hostile/"
		gcc -std=c17 -E -P -Ilabs -I"$lab/guest" "-DHOSTILE_$which" "$source" > "$scratch/hostile/$1"
		run "${grade[@]}" "$lab" "$scratch/hostile" "$tests"
		if [ "$status" = 1 ] && grep -qE -- "$message" "$scratch/out" && ! grep -qE '^== Test .* == OK' "$scratch/out"; then
			pass "hostile: $which"
		else
			fail "hostile: $which" "status $status: $(head -c 600 "$scratch/out" "$scratch/err")"
		fi
	done <<< "$(sed -n 's/^ \* expected: //p' "$source")"
}

# The commands of the handout: each indented line that begins with "ringside" or "make" is run in the lab's folder of the student's
# archive, with the solution in place of the skeleton. `tui` becomes one picture, `shell` ends with its script. What a command may end
# with: 0, or 1 for `grade`. FILE.recording stands for one that a failed test has left.
lab_handout() {
	local ringside place command
	[ "$BUILD" = build ] || return 0
	ringside=$(realpath "$RINGSIDE")
	make --no-print-directory -C labs stage STAGE="$scratch/labs" LABS="${lab#labs/}" > "$scratch/out" 2>&1 || fail "$lab: staged" "$(cat "$scratch/out")"
	place=$scratch/labs/${lab#labs/}
	cp "$solution"/* "$place/skeleton/"
	rm -f "$place/skeleton/hidden.ini"
	mkdir -p "$scratch/bin"
	ln -sf "$ringside" "$scratch/bin/ringside"
	while IFS= read -r command; do
		command=${command%%  *#*}
		command=${command%"${command##*[! ]}"}
		command=${command/ringside tui/ringside tui --dump}
		case $command in *FILE.recording*) continue ;; esac
		run env -u RINGSIDE -C "$place" PATH="$scratch/bin:$PATH" bash -c "$command"
		if [ "$status" = 0 ] || { [ "$status" = 1 ] && [[ $command == *grade* ]]; }; then
			pass "$lab: $command"
		else
			fail "$lab: $command" "status $status: $(head -c 400 "$scratch/err")"
		fi
	done <<< "$(sed -n -E 's/^    ((ringside|make) .*|make)$/\1/p' "$lab/handout.md" | sort -u)"
}
