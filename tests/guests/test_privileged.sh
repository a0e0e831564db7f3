#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The privileged side of the processor, group by group: what the guest says here under native and emulate must be
# what is expected (privileged/*.expected), and what QEMU says, except where QEMU is known to differ from the
# manual (privileged/deviations gives each such line and its reason). Under trap, lines may differ only where
# privileged/trap-N.holes lists them, and the event stream must have told of as many holes.
. "$(dirname "$0")/../interface/lib.bash"
suite guests/privileged
guest=build/guests/privileged.elf
here=tests/guests/privileged
patience=${RINGSIDE_PATIENCE:-200}
if [ ! -x "$RINGSIDE" ] || [ ! -e "$guest" ]; then
	fail 'the privileged guest' "$RINGSIDE or $guest is not built"
	finish
fi

in_qemu() { # group
	timeout 60 qemu-system-i386 -cpu pentium3 -accel tcg -m 32 -kernel $guest -append "$1" -serial stdio -display none \
		-device isa-debug-exit,iobase=0xf4,iosize=0x04 -no-reboot 2> "$scratch/qemu.err" < /dev/null | tr -d '\r'
}

here() { # group, options...
	timeout "$patience" "$RINGSIDE" run "${@:2}" --memory=32M --limit=2G --console=serial $guest "$1" \
		2> "$scratch/ringside.err" < /dev/null | tr -d '\r'
}

same() { # name, expected, seen
	if cmp -s "$2" "$3"; then
		pass "$1"
	else
		fail "$1" "$(diff "$2" "$3" | head -n 8 | cut -c -200; head -c 200 "$scratch/ringside.err" 2> /dev/null)"
	fi
}

# Without the lines whose names a file lists.
without() { # list, file
	awk -F: 'NR == FNR { if ($0 !~ /^#/) listed[$0]; next } !($1 in listed)' "$1" "$2"
}

# Without RF too, which QEMU does not push.
without_rf() {
	without "$@" | sed 's/ RF\>//g'
}

# What is open here: nothing, but for a TLB too small to keep what was just used.
open=/dev/null
[ "$BUILD" != build/hostile ] || open=$here/small-tlb.open
groups=$(cd $here && echo *.expected | sed 's/\.expected//g')
for group in $groups; do
	for technique in native emulate; do
		here "$group" --technique=$technique > "$scratch/$group.$technique"
		without $open "$here/$group.expected" > "$scratch/want"
		without $open "$scratch/$group.$technique" > "$scratch/seen"
		same "$group: $technique" "$scratch/want" "$scratch/seen"
	done
done

here triple --technique=native > "$scratch/triple"
grep -q 'triple fault' "$scratch/ringside.err" && pass 'triple: ends the run' || fail 'triple: ends the run' "$(cat "$scratch/ringside.err")"

# Variants of the build change nothing in QEMU.
if ! command -v qemu-system-i386 > /dev/null; then
	skip 'comparison with QEMU' 'qemu-system-i386 is not here (apt install qemu-system-x86)'
elif [ "$BUILD" = build ]; then
	for group in $groups; do
		# in "manual", QEMU goes astray
		[ "$group" = manual ] && continue
		in_qemu "$group" > "$scratch/$group.qemu"
		without_rf $here/deviations "$here/$group.expected" > "$scratch/want"
		without_rf $here/deviations "$scratch/$group.qemu" > "$scratch/seen"
		same "$group: QEMU" "$scratch/want" "$scratch/seen"
	done
fi

# A line that differs executes at least one hole, and each hole is told.
for ring in 1 3; do
	cat $here/trap.open $open > "$scratch/open"
	cat $here/trap-$ring.holes "$scratch/open" > "$scratch/apart"
	for group in $groups; do
		here "$group" --technique=trap --ring=$ring --events="$scratch/events" --filter=sensitive > "$scratch/$group.trap"
		without "$scratch/apart" "$here/$group.expected" > "$scratch/want"
		without "$scratch/apart" "$scratch/$group.trap" > "$scratch/seen"
		same "$group: trap, ring $ring" "$scratch/want" "$scratch/seen"
		differing=$(diff <(without "$scratch/open" "$here/$group.expected") \
			<(without "$scratch/open" "$scratch/$group.trap") | grep -c '^<')
		shown=$(grep -c '"sensitive"' "$scratch/events")
		if [ "$differing" -le "$shown" ]; then
			pass "$group: trap, ring $ring: $differing lines show it, $shown events tell of it"
		else
			fail "$group: trap, ring $ring: events" "$differing lines show it, $shown events tell of it"
		fi
	done
done
finish
