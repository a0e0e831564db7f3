#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `trace`, `stats`, `disas`, `walk`: what they print, and that it says the truth.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/cli_inspect
kernel=build/guests/kernel.elf holes=build/guests/kernel-popf.elf

# sti; cli; pushf; popf; mov eax,cr0; jmp back
flat mix '\xfb\xfa\x9c\x9d\x0f\x20\xc0\xeb\xf7'
mix=(--boot=flat --limit=1M "$scratch/mix.bin")

expect 'trace: a line a trap' 0 'P  cli .*#GP\(0\)' '' "$RINGSIDE" trace -n 12 "${mix[@]}"
[ "$(wc -l < "$scratch/out")" = 13 ] && pass 'trace: as many as asked for' || fail 'trace: as many as asked for'
expect 'trace: both rings' 0 ' 0/1 ' '' "$RINGSIDE" trace -n 12 "${mix[@]}"
expect 'trace: ring 3' 0 ' 0/3 ' '' "$RINGSIDE" trace --ring=3 -n 12 "${mix[@]}"
expect 'trace: a story' 0 'CPL 1 > IOPL 0' '' "$RINGSIDE" trace --story --filter=trap -n 1 "${mix[@]}"
grep -q 'the guest now believes .*the hardware held then' "$scratch/out" && pass 'trace: two truths' || fail 'trace: two truths'
expect 'trace: the hole' 0 'S! popf.*sensitive' '' "$RINGSIDE" trace --filter=sensitive -n 9 "${mix[@]}"
expect 'trace: the hole tells what should be' 0 'should see' '' "$RINGSIDE" trace --story --filter=sensitive -n 1 "${mix[@]}"
run "$RINGSIDE" trace --filter=trap --json -n 5 "${mix[@]}"
[ "$(grep -c '"kind":"trap"' "$scratch/out")" = 5 ] && pass 'trace: JSON Lines, filtered' || fail 'trace: JSON Lines, filtered'
run "$RINGSIDE" trace --filter=-trap -n 20 "${mix[@]}"
grep -q '#GP' "$scratch/out" && fail 'trace: all but some' || pass 'trace: all but some'
run "$RINGSIDE" trace -n 200 "${mix[@]}"
grep -q $'\033' "$scratch/out" && fail 'trace: no colour in a file' || pass 'trace: no colour in a file'
expect 'trace: colour when wanted' 0 $'\033' '' "$RINGSIDE" trace --color=always -n 5 "${mix[@]}"
expect 'trace: no such colour' 2 '' 'never' "$RINGSIDE" trace --color=blue "${mix[@]}"
expect 'trace: no such kind' 2 '' "'sensitive'" "$RINGSIDE" trace --filter=sensitiv "${mix[@]}"

expect 'stats: a table' 124 '^cli +[0-9]+ ' '' "$RINGSIDE" stats "${mix[@]}"
grep -E '^(cli|all exits) ' "$scratch/out" > "$scratch/live"
awk 'length($0) > 80' "$scratch/out" | grep -q . && fail 'stats: 80 columns' || pass 'stats: 80 columns'
run "$RINGSIDE" run --console=none --events="$scratch/events" "${mix[@]}"
run "$RINGSIDE" stats --from="$scratch/events"
grep -E '^(cli|all exits) ' "$scratch/out" > "$scratch/recorded"
cmp -s "$scratch/live" "$scratch/recorded" && pass 'stats: live and recorded agree' ||
	fail 'stats: live and recorded agree' "$(cat "$scratch/live" "$scratch/recorded")"
expect 'stats: JSON' 124 '^\{.*"cli"' '' "$RINGSIDE" stats --json "${mix[@]}"
expect 'stats: guest or file' 2 '' 'not both' "$RINGSIDE" stats --from="$scratch/events" "${mix[@]}"
expect 'stats: no such file' 2 '' 'nowhere' "$RINGSIDE" stats --from="$scratch/nowhere"
expect 'a Chrome trace' 124 '' '' "$RINGSIDE" run --console=none --events="$scratch/chrome" --events-format=chrome "${mix[@]}"
if ! command -v python3 > /dev/null; then
	skip 'a Chrome trace is JSON' 'no python3'
else
	chrome() { # name, options and guest
		local cycles
		run "$RINGSIDE" run --json --console=none --events="$scratch/chrome" --events-format=chrome "${@:2}"
		cycles=$(grep -oE '"cycles":[0-9]+' "$scratch/out" | head -n 1)
		if python3 tests/interface/chrome_trace.py "$scratch/chrome" "${cycles#*:}" 1000000000 > "$scratch/out" 2> "$scratch/err"; then
			pass "a Chrome trace: $1"
		else
			fail "a Chrome trace: $1" "$(tail -n 1 "$scratch/err")"
		fi
	}
	chrome 'is JSON, and adds up' "${mix[@]}"
	if [ -e $kernel ]; then
		for mode in native 'trap --ring=3' bt 'hvm --paging=shadow' hvm; do
			# shellcheck disable=SC2086
			chrome "$mode" --technique=$mode $kernel hz=100 workload=forkwait n=1
		done
		chrome 'idle and interrupts' --technique=trap build/guests/hello.elf
		grep -q 'idle' "$scratch/out" && ! grep -q 'flows: 0' "$scratch/out" && pass 'which are there' ||
			fail 'which are there' "$(cat "$scratch/out")"
		chrome 'moved on the way' --switch=3M:bt,6M:hvm $kernel hz=100 workload=forkwait n=1
		grep -q 'VMM bt, VMM hvm, VMM trap' "$scratch/out" && pass 'a track for each technique' ||
			fail 'a track for each technique' "$(cat "$scratch/out")"
		expect 'a Chrome trace into a closed pipe' 0 '^\[' '' bash -c \
			"'$RINGSIDE' run --console=none --events=- --events-format=chrome --limit=20M $kernel | head -n 1"
	fi
fi
ln -sf /dev/full "$scratch/full"
expect 'a Chrome trace on a full disk' 1 '' 'No space' "$RINGSIDE" run --console=none --events="$scratch/full" --events-format=chrome "${mix[@]}"
expect 'no such form of events' 2 '' 'jsonl' "$RINGSIDE" run --events=x --events-format=xml "${mix[@]}"

expect 'disas: classes' 0 'P   fa +cli' '' "$RINGSIDE" disas --boot=flat "$scratch/mix.bin"
grep -q 'S!  9d .*popf' "$scratch/out" && pass 'disas: the hole' || fail 'disas: the hole' "$(cat "$scratch/out")"
expect 'disas: where it is' 0 '^00200000 ' '' "$RINGSIDE" disas --boot=flat --flat-address=0x200000 "$scratch/mix.bin"
flat backwards '\xe8\x39\x01\x89\xe5'
expect 'disas: a branch beyond 4 GiB wraps' 0 'call 0xe599013e$' '' "$RINGSIDE" disas --boot=flat "$scratch/backwards.bin"
expect 'disas: so many' 0 . '' "$RINGSIDE" disas -n 2 "$scratch/mix.bin"
[ "$(wc -l < "$scratch/out")" = 2 ] && pass 'disas: count' || fail 'disas: count'
expect 'disas: JSON' 0 '^\{"address":"0x100000","bytes":"fb","class":"privileged"' '' "$RINGSIDE" disas --json -n 1 "$scratch/mix.bin"
expect 'disas: no code there' 2 '' 'no code' "$RINGSIDE" disas --at=500000 "$scratch/mix.bin"
if [ -e $kernel ]; then
	expect 'disas: the entry, behind the header' 0 '^0010000c  P   fa +cli' '' "$RINGSIDE" disas $kernel
	expect 'stats: what did not trap' 124 '^sensitive, no trap +[1-9]' '' "$RINGSIDE" stats --limit=3M $holes
	grep -Eq '^ +[1-9][0-9]*  popf +[0-9a-f]{8} <.*>  if$' "$scratch/out" && pass 'stats: where' || fail 'stats: where' "$(tail "$scratch/out")"
	expect 'story: what only the hardware sees' 0 'changed for the hardware: shadow entry' '' \
		"$RINGSIDE" trace --story --filter=shadow-fill -n 1 $kernel
	expect 'disas: a function' 0 '<kernel_main>:' '' "$RINGSIDE" disas --at=kernel_main -n 4 $kernel
	expect 'disas: a mistyped function' 2 '' "'kernel_main'" "$RINGSIDE" disas --at=kernel_mian $kernel
	run "$RINGSIDE" disas $holes
	grep -q 'S!  9d .*popfd' "$scratch/out" && pass 'disas: the holes build has popf' || fail 'disas: the holes build has popf'
	expect 'walk: two ways' 0 'gfn .* lies in mfn .*, and there the shadow points' '' "$RINGSIDE" walk --at=6M kernel_main $kernel
	grep -q '^PTE .*PTE ' "$scratch/out" && pass 'walk: side by side' || fail 'walk: side by side' "$(cat "$scratch/out")"
	grep -q ' TLB ' "$scratch/out" && pass 'walk: the TLB' || fail 'walk: the TLB' "$(cat "$scratch/out")"
	expect 'walk: a true fault' 0 'true page fault' '' "$RINGSIDE" walk --at=6M 90000000 $kernel
	expect 'walk: a user has no way to the kernel' 0 'true page fault, error code 5' '' \
		"$RINGSIDE" walk --user --at=6M kernel_main $kernel
	expect 'walk: nested tables' 0 'gfn .* lies in mfn .*, and there the nested tables point' '' \
		"$RINGSIDE" walk --technique=hvm --paging=nested --at=6M kernel_main $kernel
	grep -q '14 references' "$scratch/out" && pass 'walk: nm + n + m references' || fail 'walk: nm + n + m references' "$(cat "$scratch/out")"
	expect 'walk: a nested entry is lacking' 0 'next access is a VM exit \(EPT violation\)' '' \
		"$RINGSIDE" walk --technique=hvm --paging=nested --at=6M c3f00000 $kernel
	expect 'walk: no shadow without a VMM' 0 'gpa ' '' "$RINGSIDE" walk --technique=native --at=6M kernel_main $kernel
	expect 'walk: a domain has machine addresses' 0 'mfn .* is the domain.s gfn' '' \
		"$RINGSIDE" walk --technique=pv --paging=direct --at=6M kernel_main build/guests/kernel-pv.elf
	expect 'walk: JSON' 0 '"shadow":\{' '' "$RINGSIDE" walk --json --at=6M kernel_main $kernel
	expect 'walk: no address' 2 '' 'which address' "$RINGSIDE" walk
	expect 'walk: not an address' 2 '' 'hexadecimal|did you mean' "$RINGSIDE" walk zzzz $kernel
	expect 'symbols in a trace' 0 '<start' '' "$RINGSIDE" trace -n 20 $kernel
	for kind in first second; do
		run "$RINGSIDE" run --console=none --limit=2G --events="$scratch/$kind" $kernel workload=forkwait n=2
	done
	cmp -s "$scratch/first" "$scratch/second" && [ -s "$scratch/first" ] &&
		pass 'the same run gives the same events' || fail 'the same run gives the same events'
else
	skip 'the lab kernel' 'not built'
fi
finish
