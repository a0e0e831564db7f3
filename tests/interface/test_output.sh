#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Closed pipes and full disks: said once, status 1, no crash. Data on stdout, messages on stderr.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/output

# cli; sti; without end: each is a trap.
flat busy '\xfa\xfb\xeb\xfc'
guest=(--technique=trap --boot=flat --limit=20M "$scratch/busy.bin")

"$RINGSIDE" trace "${guest[@]}" 2> "$scratch/err" | head -n 1 > "$scratch/out"
statuses=("${PIPESTATUS[@]}")
if [ "$(wc -l < "$scratch/out")" = 1 ] && [ "${statuses[0]}" -le 1 ] && [ "$(wc -l < "$scratch/err")" -le 1 ]; then
	pass 'trace | head -1'
else
	fail 'trace | head -1' "status ${statuses[0]}: $(head -c 200 "$scratch/err")"
fi

full() { # name, arguments...
	local name=$1
	shift
	timeout 120 "$RINGSIDE" "$@" > /dev/full 2> "$scratch/err" < /dev/null
	status=$?
	if [ $status = 1 ] && [ "$(wc -l < "$scratch/err")" = 1 ] && grep -qE 'make room|is lost' "$scratch/err"; then
		pass "full disk: $name"
	else
		fail "full disk: $name" "status $status: $(head -c 300 "$scratch/err")"
	fi
}
full trace trace "${guest[@]}"
full 'trace --json' trace --json "${guest[@]}"
full stats stats "${guest[@]}"
full help --help
full translate translate --boot=flat --limit=100K "$scratch/busy.bin"
full classify classify cli

expect 'events to a full disk' 1 '' '.' "$RINGSIDE" run --events=/dev/full "${guest[@]}"
expect 'events to where nothing can be' 2 '' '.' "$RINGSIDE" run --events="$scratch/no/such" "${guest[@]}"
expect 'events to a file' 124 '' '' "$RINGSIDE" run --events="$scratch/events.jsonl" "${guest[@]}"
if [ "$(head -n 1 "$scratch/events.jsonl" | grep -c schema)" = 1 ]; then
	pass 'the first line names the schema'
else
	fail 'the first line names the schema' "$(head -c 200 "$scratch/events.jsonl")"
fi
cp "$scratch/events.jsonl" "$scratch/first"
run "$RINGSIDE" run --events="$scratch/events.jsonl" "${guest[@]}"
if cmp -s "$scratch/first" "$scratch/events.jsonl"; then
	pass 'the same run gives the same events'
else
	fail 'the same run gives the same events'
fi
mkfifo "$scratch/pipe"
timeout 60 cat "$scratch/pipe" > "$scratch/second" &
run timeout 60 "$RINGSIDE" run --events="$scratch/pipe" "${guest[@]}"
wait
if cmp -s "$scratch/first" "$scratch/second"; then
	pass 'events into a pipe'
else
	fail 'events into a pipe' "status $status"
fi
expect 'statistics of a recording' 0 'cli' '' "$RINGSIDE" stats --from="$scratch/first"
printf '{"schema":' > "$scratch/torn"
run "$RINGSIDE" stats --from="$scratch/torn"
if [ "$status" = 1 ] || [ "$status" = 2 ]; then pass 'a torn recording'; else fail 'a torn recording' "status $status"; fi

# Data stays data: every line of the JSON output is one object.
run "$RINGSIDE" trace --json --count=50 "${guest[@]}"
if [ -s "$scratch/out" ] && ! grep -qv '^{.*}$' "$scratch/out"; then
	pass 'trace --json is JSON Lines'
else
	fail 'trace --json is JSON Lines' "$(grep -v '^{.*}$' "$scratch/out" | head -n 2)"
fi
finish
