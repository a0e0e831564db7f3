#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Moving a running guest to other techniques: --switch and --switch-random, what is refused, and the key.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
. "$(dirname "$0")/terminal.bash"
suite interface/cli_switch

# Counts EBX down from 100000, writes a dot, ends: mov ebx, ...; dec ebx; jnz; mov al, '.'; out 0e9h, al; cli; hlt
flat count '\xbb\xa0\x86\x01\x00\x4b\x75\xfd\xb0\x2e\xe6\xe9\xfa\xf4'
guest="--boot=flat --limit=1G $scratch/count.bin"

for technique in emulate trap 'trap --ring=3' bt hvm 'hvm --paging=nested'; do
	# shellcheck disable=SC2086
	expect "from $technique: around" 0 '^\.' 'switched [56] times, last to hvm/nested' "$RINGSIDE" run --technique=$technique \
		--switch=20K:emulate,30K:trap,40K:bt/3,50K:trap/3,60K:bt,70K:hvm/nested $guest
done

# shellcheck disable=SC2086
expect 'moves are events' 0 'trap/3 to bt' '' "$RINGSIDE" trace --filter=switch --json --technique=emulate --switch=20K:trap/3,30K:bt $guest
grep -q '"emulate to trap/3"' "$scratch/out" && pass 'an event tells from where to where' ||
	fail 'an event tells from where to where' "$(head -n 3 "$scratch/out")"
# shellcheck disable=SC2086
expect 'moves are counted' 0 '"mode":"bt","switches":2' '' "$RINGSIDE" run --json --technique=emulate --switch=20K:trap/3,30K:bt $guest
# shellcheck disable=SC2086
expect 'at the cycle, at the next boundary' 0 '"cycle":100[01][0-9][0-9],' ''  "$RINGSIDE" trace --filter=switch --json \
	--technique=emulate --switch=100000:trap $guest
# shellcheck disable=SC2086
expect 'at random' 0 '^\.' 'switched [0-9]+ times' "$RINGSIDE" run --technique=trap --switch-random=7:30 $guest
cp "$scratch/err" "$scratch/first"
# shellcheck disable=SC2086
run "$RINGSIDE" run --technique=trap --switch-random=7:30 $guest
cmp -s "$scratch/first" "$scratch/err" && pass 'the same seed, the same moves' || fail 'the same seed, the same moves' "$(cat "$scratch/err")"
# shellcheck disable=SC2086
expect 'further apart' 0 '^\.' 'switched [0-9]+ times' "$RINGSIDE" run --technique=trap --switch-random=7:30@5K $guest
# shellcheck disable=SC2086
expect 'among those that are named' 0 '^\.' 'last to (bt|trap/3)' "$RINGSIDE" run --technique=bt --switch-random=7:25:bt,trap/3 $guest

# shellcheck disable=SC2086
{
	expect 'no VMM is put under a machine' 2 '' 'start again' "$RINGSIDE" run --technique=native --switch=20K:trap $guest
	expect 'none is taken away' 2 '' 'start again' "$RINGSIDE" run --technique=trap --switch=20K:native $guest
	expect 'no such technique' 2 '' 'there are: native' "$RINGSIDE" run --switch=20K:magic $guest
	expect 'no such ring' 2 '' 'no ring' "$RINGSIDE" run --switch=20K:hvm/1 $guest
	expect 'no such paging' 2 '' 'nested' "$RINGSIDE" run --switch=20K:trap/nested $guest
	expect 'no cycle' 2 '' 'rising cycles' "$RINGSIDE" run --switch=bt $guest
	expect 'cycles must rise' 2 '' 'rising cycles' "$RINGSIDE" run --switch=20K:bt,10K:trap $guest
	expect 'the move that does not rise is named' 2 '' "'10K:trap' is no move" "$RINGSIDE" run --switch=20K:bt,10K:trap $guest
	expect 'no move' 2 '' "'' names no move" "$RINGSIDE" run --switch= $guest
	expect 'no move, but a comma' 2 '' "',' names no move" "$RINGSIDE" run --switch=, $guest
	expect 'no mode to choose from' 2 '' "'7:5:' names no mode" "$RINGSIDE" run --switch-random=7:5: $guest
	expect 'no count' 2 '' 'SEED:COUNT' "$RINGSIDE" run --switch-random=7 $guest
	expect 'no gap' 2 '' 'SEED:COUNT' "$RINGSIDE" run --switch-random=7:5@0 $guest
	expect 'a random choice that cannot be' 2 '' 'start again' "$RINGSIDE" run --switch-random=7:5:native $guest
}

if has_terminal 'the key'; then
	flat loop '\xeb\xfe'
	terminal 80 30
	typed "$RINGSIDE run --technique=emulate --boot=flat --limit=0 $scratch/loop.bin; echo ended:\$?" Enter
	sleep 1
	typed C-a t
	sees 'the key moves the guest' '^\[now trap\]'
	typed C-a t
	sees 'and on' '^\[now trap/3\]'
	typed C-a x
	sees 'and leaves' '^ended:0'
fi
finish
