#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs repeat: the same guest gives the same event stream, byte for byte, in two runs and in a build of
# another kind; a filter takes lines away and changes none.
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite guests/determinism
if [ ! -x "$RINGSIDE" ]; then
	fail 'the event stream' "$RINGSIDE is not built"
	finish
fi

words='workload=syscall,forkwait,ptchurn,preempt n=2'
limit=400M
ways=('--technique=native' '--technique=emulate' '--technique=trap --ring=1' '--technique=trap --ring=3')

record() { # program, file, options...
	local program=$1 file=$2
	shift 2
	# shellcheck disable=SC2086
	timeout "$patience" "$program" run "$@" --memory=${memory}M --limit=$limit --console=none --digest \
		--events="$file" "$guests/kernel.elf" $words > "$file.said" 2>&1 < /dev/null
}

for way in "${ways[@]}"; do
	name=${way//--/}
	# shellcheck disable=SC2086
	record "$RINGSIDE" "$scratch/one.jsonl" $way
	# shellcheck disable=SC2086
	record "$RINGSIDE" "$scratch/two.jsonl" $way
	[ "$(wc -l < "$scratch/one.jsonl")" -gt 100 ] && pass "$name: there are events" ||
		fail "$name: there are events" "$(tail -n 3 "$scratch/one.jsonl.said")"
	same "$name: two runs" "$scratch/one.jsonl" "$scratch/two.jsonl"
	same "$name: two digests" "$scratch/one.jsonl.said" "$scratch/two.jsonl.said"
	# The hostile build's TLB and pool are other machines: its stream is another one.
	if [ "$BUILD" = build/sanitize ] && [ -x build/ringside ]; then
		# shellcheck disable=SC2086
		record build/ringside "$scratch/plain.jsonl" $way
		same "$name: with sanitizers and without" "$scratch/plain.jsonl" "$scratch/one.jsonl"
	fi
done

# One kind alone is the same lines, whose numbers count by themselves.
record "$RINGSIDE" "$scratch/trap.jsonl" --technique=trap --ring=1 --filter=trap
grep '"kind":"trap"' "$scratch/one.jsonl" > /dev/null || fail 'the recording has traps' 'none'
record "$RINGSIDE" "$scratch/all.jsonl" --technique=trap --ring=1
strip() {
	grep '"kind":"trap"' "$1" | sed 's/"sequence":[0-9]*,//'
}
strip "$scratch/all.jsonl" > "$scratch/want.txt"
strip "$scratch/trap.jsonl" > "$scratch/seen.txt"
same 'a filter changes no line' "$scratch/want.txt" "$scratch/seen.txt"
[ "$(grep -vc '"kind":"trap"' "$scratch/trap.jsonl")" = 1 ] && pass 'a filter lets nothing else through' ||
	fail 'a filter lets nothing else through' "$(grep -v '"kind":"trap"' "$scratch/trap.jsonl" | sed -n 2p)"
finish
