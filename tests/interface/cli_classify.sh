#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `classify`: the table, one instruction closely, JSON, UMIP, mistakes.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/cli_classify

expect 'the table: 18 and 17' 0 '^Holes in Robin and Irvine.s list: 18 with each mnemonic a row; 17 with each$' '' "$RINGSIDE" classify
cp "$scratch/out" "$scratch/table"
grep -qE '^popf +CM\. +1 +popfd: IF stays 1; on bare hardware it becomes 0$' "$scratch/table" &&
	pass 'the popf hole' || fail 'the popf hole' "$(grep popf "$scratch/table")"
grep -qE '^cli +C\.\. +1 +cli: #GP\(0\); in ring 0 it changes: IF$' "$scratch/table" &&
	pass 'cli is privileged' || fail 'cli is privileged' "$(grep cli "$scratch/table")"
grep -q '^The instruction table says the same in all ' "$scratch/table" && pass 'the table agrees' || fail 'the table agrees'
awk 'length($0) > 80' "$scratch/table" | grep -q . && fail '80 columns' || pass '80 columns'
grep -qE ' $|^Innocuous$' "$scratch/table" && fail 'no innocuous names, no blanks at ends' || pass 'no innocuous names, no blanks at ends'
run "$RINGSIDE" classify
cmp -s "$scratch/out" "$scratch/table" && pass 'the same again' || fail 'the same again'

# What stands between two titles: the mnemonics.
section() { # file, title
	awk -v title="$2" '$0 ~ title { on = 1; next } on && !NF { exit } on && /^[a-z]/ { print $1 }' "$1" | sort | tr '\n' ' '
}
list='call int jmp lar lsl mov pop popf push pushf ret sgdt sidt sldt smsw str verr verw '
[ "$(section "$scratch/table" 'holes of Robin and Irvine')" = "$list" ] && pass 'the 18' ||
	fail 'the 18' "$(section "$scratch/table" 'holes of Robin and Irvine')"
expect 'UMIP' 0 '^UMIP closes 5 holes' '' "$RINGSIDE" classify --umip
[ "$(section "$scratch/out" 'trap because of UMIP')" = 'sgdt sidt sldt smsw str ' ] && pass 'what UMIP closes' ||
	fail 'what UMIP closes' "$(section "$scratch/out" 'trap because of UMIP')"
grep -q 'list: 13 with each mnemonic' "$scratch/out" && pass '13 are left' || fail '13 are left'

expect 'all: innocuous ones too' 0 '^Innocuous$' '' "$RINGSIDE" classify --all
grep -q '^An exception in every ring$' "$scratch/out" && pass 'all: what never completes' || fail 'all: what never completes'
awk 'length($0) > 80' "$scratch/out" | grep -q . && fail 'all: 80 columns' || pass 'all: 80 columns'

expect 'one closely' 0 '^popf \(9d\): sensitive, and does not trap: a hole' '' "$RINGSIDE" classify popf
grep -qE '^    rings 1-3, own state +IF stays 0; on bare hardware it becomes 1$' "$scratch/out" &&
	pass 'in each ring' || fail 'in each ring' "$(head -c 300 "$scratch/out")"
expect 'one that traps' 0 '^    rings 1-3, VMM.s state +#GP\(0\)$' '' "$RINGSIDE" classify cli
expect 'rings that differ' 0 '^    ring 2, +own state +the stack gets a; on bare hardware 8$' '' "$RINGSIDE" classify push
expect 'one with UMIP' 0 '^sgdt \(0f 01 /0\): sensitive, and traps because of UMIP' '' "$RINGSIDE" classify --umip sgdt
expect 'colour' 0 $'\033' '' "$RINGSIDE" classify --color=always cli

expect 'JSON' 0 '^\{"mnemonic":"popf","opcode":"9d","class":"sensitive","table":"sensitive","agrees":true,' '' "$RINGSIDE" classify --json
grep -qv '^{.*}$' "$scratch/out" && fail 'JSON Lines' || pass 'JSON Lines'
[ "$(grep -c '"class":"innocuous"' "$scratch/out")" = 0 ] && pass 'JSON: no innocuous ones' || fail 'JSON: no innocuous ones'
expect 'JSON: all' 0 '"mnemonic":"add".*"class":"innocuous"' '' "$RINGSIDE" classify --all --json
expect 'JSON: one' 0 '"bytes":"fa"' '' "$RINGSIDE" classify --json cli
[ "$(wc -l < "$scratch/out")" = 1 ] && pass 'JSON: only one' || fail 'JSON: only one'

expect 'a mistyped mnemonic' 2 '' "did you mean 'pushf'" "$RINGSIDE" classify puhsf
expect 'no such mnemonic' 2 '' 'lists them' "$RINGSIDE" classify xyzzyx
expect 'no such colour' 2 '' 'never' "$RINGSIDE" classify --color=blue
expect 'no such option' 2 '' 'classify' "$RINGSIDE" classify --ring=3
"$RINGSIDE" classify --json > /dev/full 2> "$scratch/err"
[ $? = 1 ] && [ "$(wc -l < "$scratch/err")" = 1 ] && pass 'a full disk' || fail 'a full disk' "$(cat "$scratch/err")"
finish
