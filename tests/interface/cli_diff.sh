#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `stats --diff`: two recordings side by side, and what goes wrong.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/cli_diff
kernel=build/guests/kernel.elf

# sti; cli; pushf; popf; jmp back
flat mix '\xfb\xfa\x9c\x9d\xeb\xfa'
flat other '\xfa\xfb\xeb\xfc'
record() { # name, options and guest
	run "$RINGSIDE" run --console=none --record="$scratch/$1.rec" "${@:2}"
}
diff_of() { # options and files
	run "$RINGSIDE" stats --diff "$@"
}
record a --boot=flat --limit=100K "$scratch/mix.bin"
record b --boot=flat --limit=300K "$scratch/mix.bin"
record other --boot=flat --limit=100K "$scratch/other.bin"
record old --boot=flat --limit=100K --profile=pentium4-672 "$scratch/mix.bin"

expect 'the same twice' 0 '^model cycles +[0-9]+ +[0-9]+ +0 +1\.000$' '' "$RINGSIDE" stats --diff "$scratch/a.rec" "$scratch/a.rec"
grep -qE '[+-][0-9]+ +' "$scratch/out" && fail 'differs in nothing' "$(grep -E '[+-][0-9]' "$scratch/out")" || pass 'differs in nothing'
diff_of "$scratch/a.rec" "$scratch/b.rec"
grep -qE '^exits +[0-9]+ +[0-9]+ +\+[0-9]+ +(2\.9|3\.0)' "$scratch/out" && pass 'three times as long' || fail 'three times as long' "$(cat "$scratch/err")"
awk 'length($0) > 100' "$scratch/out" | grep -q . && fail '100 columns' || pass '100 columns'
expect 'places' 0 '^00100001  cli  \([0-9]+, [0-9]+\) ' '' "$RINGSIDE" stats --diff "$scratch/a.rec" "$scratch/b.rec"
expect 'so many places' 0 'and 2 more' '' "$RINGSIDE" stats --diff --top=1 "$scratch/a.rec" "$scratch/b.rec"
expect 'other guests are told' 0 '^!  the guests are not the same, mix.bin and other.bin' '' "$RINGSIDE" stats --diff "$scratch/a.rec" "$scratch/other.rec"
expect 'other profiles too' 0 '^!  the cost profiles are not the same, ideal and pentium4-672' '' "$RINGSIDE" stats --diff "$scratch/a.rec" "$scratch/old.rec"

# The figures are those of run, to the cycle, and saved results do as well.
"$RINGSIDE" run --json --console=none --boot=flat --limit=100K "$scratch/mix.bin" > "$scratch/a.json" 2> /dev/null
expect 'a saved result' 0 '^!  of a result nothing is known but its sums' '' "$RINGSIDE" stats --diff "$scratch/a.json" "$scratch/a.rec"
grep -qE '[+-][0-9]+ +[0-9]' "$scratch/out" && fail 'which is the recording'"'"'s' "$(cat "$scratch/out")" || pass 'which is the recording'"'"'s'

expect 'one file' 2 '' 'two files' "$RINGSIDE" stats --diff "$scratch/a.rec"
expect 'no such file' 2 '' 'nowhere.*check its name' "$RINGSIDE" stats --diff "$scratch/a.rec" "$scratch/nowhere"
expect 'no recording' 2 '' 'neither a recording' "$RINGSIDE" stats --diff "$scratch/a.rec" "$scratch/mix.bin"
expect 'a folder' 2 '' 'neither a recording' "$RINGSIDE" stats --diff "$scratch" "$scratch/a.rec"
: > "$scratch/empty"
expect 'nothing' 2 '' 'neither a recording' "$RINGSIDE" stats --diff "$scratch/empty" "$scratch/a.rec"
run "$RINGSIDE" run --console=none --events="$scratch/events" --boot=flat --limit=20K "$scratch/mix.bin"
expect 'events' 2 '' 'stats --from' "$RINGSIDE" stats --diff "$scratch/events" "$scratch/a.rec"
head -c 150 "$scratch/a.rec" > "$scratch/short.rec"
expect 'cut short' 2 '' 'too early' "$RINGSIDE" stats --diff "$scratch/a.rec" "$scratch/short.rec"
cp "$scratch/a.rec" "$scratch/bad.rec"
printf 'X' | dd of="$scratch/bad.rec" bs=1 seek=300 conv=notrunc 2> /dev/null
expect 'damaged' 2 '' 'damaged' "$RINGSIDE" stats --diff "$scratch/bad.rec" "$scratch/a.rec"
expect 'a full disk' 1 '' 'No space' bash -c "exec '$RINGSIDE' stats --diff '$scratch/a.rec' '$scratch/b.rec' > /dev/full"

if [ -e $kernel ]; then
	words=(hz=0 workload=syscall n=1)
	record trap --technique=trap --switch=2M:hvm $kernel "${words[@]}"
	record bt --technique=bt $kernel "${words[@]}"
	expect 'two techniques' 0 '^translation +0 +[1-9][0-9]* +\+[0-9]+ +new$' '' "$RINGSIDE" stats --diff "$scratch/trap.rec" "$scratch/bt.rec"
	grep -qE '^[0-9a-f]{8} <serial_write\+0x[0-9a-f]+>  out dx, al  \([0-9]+, [0-9]+\)$' "$scratch/out" && pass 'places by name' ||
		fail 'places by name' "$(tail -n 5 "$scratch/out")"
	diff_of --json "$scratch/trap.rec" "$scratch/bt.rec"
	if command -v python3 > /dev/null; then
		if python3 - "$scratch/out" 2> "$scratch/err" << 'END'; then
import json, sys
both = json.load(open(sys.argv[1]))
cycles = next(row for row in both["counters"] if row["name"] == "model cycles")
for side in "ab":
    assert sum(row[side] for row in both["parts"]) == cycles[side]
for table in ("counters", "parts", "reasons", "sites"):
    rows = [abs(row["difference"]) for row in both[table]]
    assert rows == sorted(rows, reverse=True) and all(row["b"] - row["a"] == row["difference"] for row in both[table])
exits = next(row for row in both["counters"] if row["name"] == "exits")
for side in "ab":
    assert sum(row["count_" + side] for row in both["sites"]) == exits[side]
assert [side["mode"] for side in both["sides"]] == ["trap", "bt"] and all(side["same_run"] for side in both["sides"])
END
			pass 'JSON: parts and places add up, largest difference first'
		else
			fail 'JSON: parts and places add up, largest difference first' "$(tail -n 1 "$scratch/err")"
		fi
	fi
fi
finish
