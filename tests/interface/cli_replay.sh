#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Recordings: made by run, tui and shell, opened again in another folder without their guest, checked, told, refused.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/cli_replay
kernel=build/guests/kernel.elf
record=$scratch/run.rec
RINGSIDE=$(realpath "$RINGSIDE")
export HOME=$scratch XDG_STATE_HOME=$scratch/state

# A guest that counts in EAX and writes each key to port 0xE9, until ESC.
# again: inc eax; mov ebx,eax; in al,64h; test al,1; mov eax,ebx; jz again; in al,60h; out 0e9h,al; cmp al,1; jne again; cli; hlt
flat echo '\x40\x89\xc3\xe4\x64\xa8\x01\x89\xd8\x74\xf5\xe4\x60\xe6\xe9\x3c\x01\x75\xed\xfa\xf4'
printf '1000000 text "a"\n2000000 key f1 esc\n' > "$scratch/game.keys"

# What is replayed has no guest beside it.
replay() { # words
	mkdir -p "$scratch/elsewhere"
	(cd "$scratch/elsewhere" && exec timeout 60 "$RINGSIDE" replay "$@")
}

same() { # name
	run replay --check "$record"
	if [ "$status" = 0 ] && grep -q '^the same run: ' "$scratch/out"; then
		pass "$1"
	else
		fail "$1" "status $status: $(head -c 300 "$scratch/err")"
	fi
}

# `timeout` knows no functions.
run() {
	case $1 in replay | timeout) ;; *) set -- timeout 60 "$@" ;; esac
	"$@" > "$scratch/out" 2> "$scratch/err" < /dev/null
	status=$?
}

# ---- made by run ----

for technique in native emulate trap 'trap --switch=500K:bt,900K:hvm/nested,1500K:emulate'; do
	cp "$scratch/echo.bin" "$scratch/guest.bin"
	# shellcheck disable=SC2086
	run "$RINGSIDE" run --technique=$technique --boot=flat --limit=1G --keys="$scratch/game.keys" --record "$record" --digest \
		"$scratch/guest.bin"
	digest=$(grep -ao 'digest [0-9a-f]*' "$scratch/out" | cut -d ' ' -f 2)
	rm "$scratch/guest.bin"
	same "$technique: recorded by run"
	grep -q "digest $digest" "$scratch/out" && [ -n "$digest" ] || fail "$technique: the digest" "$digest"
done
expect 'what a recording holds' 0 'input +keys [0-9]' '' replay --info "$record"
expect 'with its settings' 0 'setting +boot = flat' '' replay --info "$record"
[ "$(find "$scratch" -name 'run.rec*' | wc -l)" = 1 ] && pass 'nothing else is left' || fail 'nothing else is left'

# A limit, and a signal, end a run; its recording is whole.
run "$RINGSIDE" run --technique=native --boot=flat --limit=3M --record "$record" "$scratch/echo.bin"
[ "$status" = 124 ] && same 'a run that the limit ended'
printf '\xeb\xfe' > "$scratch/spin.bin"
rm -f "$record"
timeout 60 "$RINGSIDE" run --technique=native --boot=flat --record "$record" --console=none "$scratch/spin.bin" > /dev/null 2>&1 &
child=$!
for ((i = 0; i < 600; i++)); do
	compgen -G "$record.*.part" > /dev/null && break
	sleep 0.05
done
sleep 0.2
kill -TERM $child # a shell has its background ignore SIGINT
wait $child
same 'a run that a signal ended'

# More input than the guest's queue holds: time goes on.
printf '\xfb\xf4\xeb\xfc' > "$scratch/hlt.bin"
for ((i = 0; i < 40; i++)); do printf '1000 serial "%01000d"\n' 0; done > "$scratch/many.keys"
expect 'a full queue does not stop time' 124 '' 'limit' timeout 60 "$RINGSIDE" run --technique=native --boot=flat --limit=100M \
	--keys="$scratch/many.keys" --record "$record" "$scratch/hlt.bin"
same 'a full queue, recorded'

# ---- made by shell and screen; opened there ----

printf 'step 100\nset ecx = 5\nstep 10\nreverse-step 5\nquit\n' > "$scratch/lines"
run "$RINGSIDE" shell --no-session -x "$scratch/lines" --record "$record" --boot=flat "$scratch/echo.bin"
[ "$status" = 0 ] && same 'recorded by shell'
expect 'its changes are in it' 0 'changes of registers 1' '' replay --info "$record"
expect 'the end' 0 'ecx +0*5\b|ecx +00000005' '' replay --shell --at-end -e 'info registers' "$record"
expect 'the beginning' 0 'known from cycle .*in the past' '' replay --shell -e 'info history' "$record"
expect 'an event by its number' 0 '' '' replay --shell --at-event 1 -e status "$record"
expect 'no such event' 2 '' 'not kept' replay --shell --at-event 1000000 "$record"
expect 'in sentences' 0 'vm0|EIP|eip|at [0-9a-f]{8}' '' replay --flat --at-end "$record"
expect 'on the screen, as text' 0 'CPU' '' replay --dump --at-end "$record"
run "$RINGSIDE" tui --dump -e 'step 30' -e "record $scratch/second.rec" --record "$record" --boot=flat "$scratch/echo.bin"
[ "$status" = 0 ] && same 'recorded by tui'
cmp -s "$record" "$scratch/second.rec" && pass 'the same by a command' || fail 'the same by a command'
expect 'going on behind the end' 0 'the recording ends here' '' replay --shell -e continue "$record"
expect 'a replay of a replay' 0 '' '' replay --shell -e 'goto end' -e "record $scratch/third.rec" "$record"
cmp -s "$record" "$scratch/third.rec" && pass 'is the same recording' || fail 'is the same recording'

# ---- refused ----

size=$(stat -c %s "$record")
for at in 10 30 70 $((size / 2)) $((size - 1)); do
	cp "$record" "$scratch/bad.rec"
	printf '\x5a' | dd of="$scratch/bad.rec" bs=1 seek=$at conv=notrunc status=none
	cmp -s "$record" "$scratch/bad.rec" || expect "damaged at byte $at" 2 '' 'damaged' replay --check "$scratch/bad.rec"
	head -c $at "$record" > "$scratch/bad.rec"
	expect "cut at byte $at" 2 '' 'too early' replay --check "$scratch/bad.rec"
done
expect 'no recording' 2 '' 'it begins otherwise' replay --info "$scratch/echo.bin"
expect 'no such file' 2 '' 'No such file' replay --info "$scratch/none.rec"
expect 'no name' 2 '' 'which recording' replay --check
expect 'two moments' 2 '' 'one of them' replay --at 5 --at-end --shell "$record"
expect 'no terminal' 2 '' 'terminal' replay "$record"

# ---- not written ----

expect 'a full disk' 1 '' 'No space left' "$RINGSIDE" run --technique=native --boot=flat --limit=1M --record /dev/full "$scratch/spin.bin"
expect 'no such folder' 2 '' 'is there such a folder' "$RINGSIDE" run --boot=flat --record "$scratch/no/x.rec" "$scratch/spin.bin"
expect 'no such folder, in the shell' 2 '' 'is there such a folder' "$RINGSIDE" shell --boot=flat --record "$scratch/no/x.rec" \
	"$scratch/spin.bin"
truncate -s 1M "$scratch/disk.img"
expect 'a disk that is written to' 2 '' 'disk-writable' "$RINGSIDE" run --boot=flat --disk-writable --disk "$scratch/disk.img" \
	--record "$record" "$scratch/spin.bin"
{ "$RINGSIDE" run --technique=native --boot=flat --limit=1M --record /dev/stdout "$scratch/spin.bin" 2> "$scratch/err"
	echo $? > "$scratch/status"; } | head -c 20 > /dev/null
[ "$(cat "$scratch/status")" = 1 ] || [ "$(cat "$scratch/status")" = 124 ] && pass 'a closed pipe' || fail 'a closed pipe' "$(cat "$scratch/err")"

# ---- a whole system, with a large disk ----

if [ -e $kernel ]; then
	truncate -s 8G "$scratch/large.img"
	printf '300000000 serial "cat motd\\nexit\\n"\n' > "$scratch/serial.keys"
	expect 'a system with a large empty disk' 0 'A small kernel' '' timeout 120 "$RINGSIDE" run --technique=bt \
		--keys="$scratch/serial.keys" --limit=3G --disk "$scratch/large.img" --record "$record" $kernel
	same 'and again'
	[ "$(stat -c %s "$record")" -lt 1000000 ] && pass 'in a small file' || fail 'in a small file' "$(stat -c %s "$record")"
	run "$RINGSIDE" run --switch-random 7:200 --record "$record" --console=none $kernel workload=forkwait,syscall n=5
	same 'moves at random, the refused ones too'
	expect 'its symbols come along' 0 '<[a-z_]+\+0x' '' replay --shell --at-end -e status "$record"
fi
finish
