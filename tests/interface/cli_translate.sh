#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `translate`: source and translation side by side, for people, for programs, and drawn.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/cli_translate
kernel=build/guests/kernel.elf

# mov ecx, 5; loop: cli; pushf; popf; dec ecx; jnz loop; call next; next: pop eax; hlt
flat loop '\xb9\x05\x00\x00\x00\xfa\x9c\x9d\x49\x75\xfa\xe8\x00\x00\x00\x00\x58\xf4'
loop=(--boot=flat --limit=1M "$scratch/loop.bin")

expect 'source and translation' 0 '^  00100006 v 9c +pushfd +\| ffe4[0-9a-f]{4} mov gs:\[0xc\], eax  saved eax$' '' "$RINGSIDE" translate "${loop[@]}"
cp "$scratch/out" "$scratch/list"
grep -qE '^  00100008 = 49 +dec ecx +\| ffe4[0-9a-f]{4} dec ecx$' "$scratch/list" && pass 'identical' || fail 'identical' "$(cat "$scratch/list")"
grep -qE '^  00100011 C f4 +hlt ' "$scratch/list" && pass 'a callout' || fail 'a callout'
# Ten bytes make the loop a unit of its own, entered four times: the first pass belongs to the unit before it.
grep -qE '^unit 2  00100005  5 instructions, 6 bytes .*, entered 4$' "$scratch/list" && pass 'entries are counted' ||
	fail 'entries are counted' "$(grep ^unit "$scratch/list")"
grep -qE '00100005, chained to unit 2$' "$scratch/list" && pass 'a chained exit' || fail 'a chained exit'
grep -q 'which costs cycles' "$scratch/list" && pass 'and that it costs' || fail 'and that it costs'
run "$RINGSIDE" translate "${loop[@]}"
cmp -s "$scratch/out" "$scratch/list" && pass 'the same again' || fail 'the same again'
run "$RINGSIDE" translate --no-counters "${loop[@]}"
grep -qE 'entered|costs cycles' "$scratch/out" && fail 'without counters' || pass 'without counters'

expect 'the most entered first' 0 '^unit 2 ' '' "$RINGSIDE" translate --top=1 "${loop[@]}"
[ "$(grep -c '^unit ' "$scratch/out")" = 1 ] && pass 'so many' || fail 'so many'
grep -qE '^1 of [0-9]+ units are shown' "$scratch/out" && pass 'what is left out is said' || fail 'what is left out is said'
expect 'by address' 0 '^unit 1 ' '' "$RINGSIDE" translate --at=100000 "${loop[@]}"
[ "$(grep -c '^unit ' "$scratch/out")" = 1 ] && pass 'no others' || fail 'no others'
expect 'no unit there' 0 '' 'no unit in the cache holds 00200000' "$RINGSIDE" translate --at=200000 "${loop[@]}"
expect 'not an address' 2 '' 'hexadecimal' "$RINGSIDE" translate --at=zzzz "${loop[@]}"
expect 'either or' 2 '' 'not both' "$RINGSIDE" translate --json --graph "${loop[@]}"

expect 'JSON' 0 '^\{"unit":1,"eip":"0x100000",' '' "$RINGSIDE" translate --json "${loop[@]}"
if ! command -v python3 > /dev/null; then
	skip 'JSON says the same' 'no python3'
elif python3 - "$scratch/out" << 'END' 2> "$scratch/err"; then
import json, sys
units = [json.loads(line) for line in open(sys.argv[1])]
unit = next(u for u in units if u["eip"] == "0x100005")
assert unit["entered"] == 4 and unit["instructions"] == 5, unit
assert [line["guest_text"] for line in unit["code"] if "guest_text" in line][:3] == ["cli", "pushfd", "popfd"]
assert {e.get("chained") for e in unit["exits"] if e["kind"] == "transfer" and e["taken"]} == {unit["unit"]}
END
	pass 'JSON says the same'
else
	fail 'JSON says the same' "$(cat "$scratch/err")"
fi

expect 'a graph' 0 'u2 -> u2 ' '' "$RINGSIDE" translate --graph "${loop[@]}"
if ! command -v dot > /dev/null; then
	skip 'a graph that dot reads' 'no dot'
elif dot -Tsvg "$scratch/out" > "$scratch/units.svg" 2> "$scratch/err" && [ ! -s "$scratch/err" ]; then
	pass 'a graph that dot reads'
else
	fail 'a graph that dot reads' "$(cat "$scratch/err")"
fi
if [ -e $kernel ]; then
	expect 'symbols' 124 '<trap' '' "$RINGSIDE" translate --limit=20M --top=400 $kernel
	expect 'a graph of the hottest' 124 '60 of [0-9]+ translation units; the others had' '' "$RINGSIDE" translate --graph --limit=20M $kernel
	[ "$(grep -c 'label="' "$scratch/out")" = 61 ] && pass 'as many nodes' || fail 'as many nodes'
	! command -v dot > /dev/null || { dot -Tsvg "$scratch/out" > /dev/null 2> "$scratch/err" && [ ! -s "$scratch/err" ] &&
		pass 'dot reads it' || fail 'dot reads it' "$(cat "$scratch/err")"; }
else
	skip 'the lab kernel translated' "no $kernel"
fi
expect 'no such colour' 2 '' 'never' "$RINGSIDE" translate --color=blue "${loop[@]}"
run "$RINGSIDE" translate --color=always "${loop[@]}"
grep -q $'\033' "$scratch/out" && pass 'colour when wanted' || fail 'colour when wanted'
finish
