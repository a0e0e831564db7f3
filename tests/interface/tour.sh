#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# docs/tour.md says what happens: its commands are run, and what it shows must come, in its order. Numbers depend on the
# compiler that built the kernel, and are compared as places where a number stands.
. "$(dirname "$0")/lib.bash"
suite interface/tour

kernel=$BUILD/guests/kernel.elf
words='hz=1000 workload=syscall,crash n=2'
[ -f "$kernel" ] || kernel=build/guests/kernel.elf

# Numbers of any base become N, blanks one blank: what is left is what the tour tells.
mask() {
	sed -E 's/\b(0x)?[0-9a-f]*[0-9][0-9a-f]*\b/N/g; s/\+N//g; s/[[:space:]]+/ /g; s/^ //; s/ $//'
}

# Each command with what must come: commands go into one script, a line between any two says where its output begins.
awk '/^```/ { inside = !inside; next } inside' docs/tour.md > "$scratch/blocks"
grep '^(ringside) ' "$scratch/blocks" | sed 's/^(ringside) //' > "$scratch/commands"
awk '{ print "echo @@ " NR; print }' "$scratch/commands" > "$scratch/script"
grep -q -F "$words" docs/tour.md && pass "the tour's guest is this one" || fail "the tour's guest is this one"
timeout 120 "$RINGSIDE" shell --no-session --technique trap --memory 16M "$kernel" "$words" < "$scratch/script" > "$scratch/told" 2> "$scratch/err"
status=$?
[ $status = 0 ] && pass 'the tour goes to its end' || fail 'the tour goes to its end' "status $status: $(tail -n 3 "$scratch/err")"

number=0
check_command() { # its expected lines, in order, among what it told
	local missing
	awk -v n="$number" '/^@@ / { on = $2 == n; next } on' "$scratch/told" | mask > "$scratch/part"
	missing=$(awk 'FILENAME == ARGV[1] { told[++lines] = $0; next }
		{ while (++at <= lines && index(told[at], $0) != 1) ; if (at > lines) { print; exit } }' "$scratch/part" "$scratch/wanted")
	if [ -z "$missing" ]; then
		pass "$number: $command"
	else
		fail "$number: $command" "'$missing' does not come; there came: $(head -c 600 "$scratch/part")"
	fi
}

: > "$scratch/wanted"
while IFS= read -r line; do
	case $line in
	'(ringside) '*)
		[ $number = 0 ] || check_command
		number=$((number + 1)) command=${line#(ringside) }
		: > "$scratch/wanted"
		;;
	?*) printf '%s\n' "$line" | mask >> "$scratch/wanted" ;;
	esac
done < "$scratch/blocks"
check_command

# The lectures' scripts: each plays to its end without a terminal, and shows what it is about.
lecture() { # name, technique, words, what the last screen must show
	expect "lecture $1" 0 "$4" '' "$RINGSIDE" tui --no-session --technique "$2" --script "docs/lectures/$1.script" --dump=120x40 \
		"$kernel" "$3"
}
lecture trap trap 'hz=1000 workload=syscall n=2' 'cli'
lecture shadow-fault trap 'hz=1000 workload=syscall n=2' 'hidden'
lecture translated-block bt 'hz=1000 workload=syscall n=2' 'Translation unit'
finish
