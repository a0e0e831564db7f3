#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `run`: input at model times, recording and replaying, screens, summaries, the same in every technique.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/cli_run
kernel=build/guests/kernel.elf

# A guest that writes the keyboard's codes to port 0xE9 as they come, and ends at ESC.
# again: in al,64h; test al,1; jz again; in al,60h; out 0e9h,al; cmp al,1; jne again; cli; hlt
flat echo '\xe4\x64\xa8\x01\x74\xfa\xe4\x60\xe6\xe9\x3c\x01\x75\xf2\xfa\xf4'
cat > "$scratch/game.keys" <<-'END'
	; a comment
	1000 1e 9e
	2000 e0 4b e0 cb
	30000000 text "A"
	90000000 key f1 esc
END
codes='1e 9e e0 4b e0 cb 2a 1e 9e aa 3b bb 01'
for technique in native emulate trap; do
	run "$RINGSIDE" run --technique=$technique --boot=flat --limit=1G --keys="$scratch/game.keys" "$scratch/echo.bin"
	seen=$(od -An -tx1 "$scratch/out" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//')
	if [ "$status" = 0 ] && [ "$seen" = "$codes" ]; then
		pass "$technique: keys from a file"
	else
		fail "$technique: keys from a file" "status $status, '$seen'"
	fi
done

run "$RINGSIDE" run --technique=native --boot=flat --limit=1G --keys="$scratch/game.keys" \
	--record-keys="$scratch/again.keys" --digest "$scratch/echo.bin"
cp "$scratch/out" "$scratch/first"
run "$RINGSIDE" run --technique=native --boot=flat --limit=1G --keys="$scratch/again.keys" --digest "$scratch/echo.bin"
if [ -s "$scratch/first" ] && cmp -s "$scratch/first" "$scratch/out"; then
	pass 'a recording replays the run'
else
	fail 'a recording replays the run' "$(head -n 3 "$scratch/again.keys")"
fi

bad_keys() { # name, line
	printf '%s\n' "$2" > "$scratch/bad.keys"
	expect "keys: $1" 2 '' 'bad.keys:1' "$RINGSIDE" run --boot=flat --keys="$scratch/bad.keys" "$scratch/echo.bin"
}
bad_keys 'no cycle' 'text "a"'
bad_keys 'a torn text' '100 text "a'
bad_keys 'half a code' '100 1'
bad_keys 'no such key' '100 key hyper'
bad_keys 'an unknown escape' '100 serial "\q"'
bad_keys 'nothing arrives' '100 '

if [ -e $kernel ]; then
	printf '300000000 serial "cat motd\\nexit\\n"\n' > "$scratch/serial.keys"
	for technique in native emulate trap; do
		expect "$technique: a shell on the serial port" 0 'A small kernel' '' \
			"$RINGSIDE" run --technique=$technique --keys="$scratch/serial.keys" --limit=3G $kernel
	done
	printf 'cat motd\nexit\n' | timeout 60 "$RINGSIDE" run --technique=native --console=serial --limit=30G $kernel \
		> "$scratch/out" 2> "$scratch/err"
	grep -q 'A small kernel' "$scratch/out" && pass 'a shell on a pipe' || fail 'a shell on a pipe' "$(tail -n 3 "$scratch/out")"
	expect 'words are the command line' 0 'portio: 2 times' '' "$RINGSIDE" run --limit=2G $kernel workload=portio n=2
	expect 'summary as JSON' 0 '"technique":"trap","ring":1,"mode":"trap","end":"exited","exit_code":0' '' \
		"$RINGSIDE" run --json --limit=2G $kernel workload=portio n=2
	[ "$(wc -l < "$scratch/out")" = 1 ] && pass 'JSON alone' || fail 'JSON alone' "$(head -n 3 "$scratch/out")"
	expect "the guest's own code" 7 '' '' "$RINGSIDE" run --exit-code --limit=2G $kernel workload=true exit=7
	expect 'a guest that failed' 1 '' 'code 7' "$RINGSIDE" run --limit=2G $kernel workload=true exit=7
	expect 'the screen at the end' 0 'screen at the end' '' "$RINGSIDE" run --console=none --screen --limit=2G $kernel workload=true
	grep -q 'lab kernel' "$scratch/out" && pass 'the screen has the text' || fail 'the screen has the text' "$(head -n 5 "$scratch/out")"
	for watch in '' --screen-at=3M,9M --events=/dev/null "--record-keys=$scratch/none"; do
		# shellcheck disable=SC2086
		run "$RINGSIDE" run --console=none --digest --limit=2G $watch $kernel workload=forkwait n=2
		grep '^digest' "$scratch/out"
	done | sort -u > "$scratch/digests"
	[ "$(wc -l < "$scratch/digests")" = 1 ] && pass 'looking on changes nothing' ||
		fail 'looking on changes nothing' "$(cat "$scratch/digests")"
else
	skip 'the lab kernel' 'not built'
fi

if [ -e guests/invaders.exec ]; then
	printf '200000000 key space\n300000000 key left left space\n' > "$scratch/play.keys"
	for technique in native emulate 'trap --ring=1' 'trap --ring=3'; do
		# shellcheck disable=SC2086
		run "$RINGSIDE" run --technique=$technique --console=none --keys="$scratch/play.keys" --screen-at=200M,700M \
			--limit=700M guests/invaders.exec
		# The aliens' place depends on how fast the game's own loop is; that it plays does not.
		if [ "$status" = 124 ] && grep -q -- '-\*-' "$scratch/out" && grep -qF '/ \' "$scratch/out"; then
			pass "a real game plays: $technique"
		else
			fail "a real game plays: $technique" "status $status"
		fi
	done
else
	skip 'the game' 'not fetched: make guests'
fi

# A signal ends the run in order: what was recorded is whole, and the shell sees the signal.
flat loop '\xeb\xfe'
for signal in INT TERM; do
	timeout --preserve-status -s $signal 1 "$RINGSIDE" run --technique=native --boot=flat --events="$scratch/events" \
		"$scratch/loop.bin" > "$scratch/out" 2> "$scratch/err" < /dev/null
	status=$?
	if [ $((status - 128)) = "$(kill -l $signal)" ] && head -n 1 "$scratch/events" | grep -q schema; then
		pass "stopped by SIG$signal"
	else
		fail "stopped by SIG$signal" "status $status"
	fi
done

expect 'no such console' 2 '' 'serial' "$RINGSIDE" run --console=vag --boot=flat "$scratch/echo.bin"
expect 'no such speed' 2 '' 'full' "$RINGSIDE" run --speed=warp --boot=flat "$scratch/echo.bin"
expect 'a screen needs a terminal' 2 '' '--screen' "$RINGSIDE" run --console=vga --boot=flat "$scratch/echo.bin"
expect 'moments must rise' 2 '' 'screen-at' "$RINGSIDE" run --screen-at=5M,3M --boot=flat "$scratch/echo.bin"
expect 'a recording that cannot be' 2 '' 'recording' "$RINGSIDE" run --record-keys=/nowhere/x --boot=flat "$scratch/echo.bin"
expect 'a recording on a full disk' 1 '' 'recording' \
	"$RINGSIDE" run --technique=native --boot=flat --keys="$scratch/game.keys" --record-keys=/dev/full "$scratch/echo.bin"
finish
