#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Exit statuses, and what is said to someone who asks for what cannot be.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/statuses

flat loop '\xeb\xfe'                       # jmp $
flat halt '\xfa\xf4'                       # cli; hlt
flat ports '\xe6\x80\xeb\xfc'              # out 80h, al; jmp to it
flat leave '\x66\xba\xf4\x00\xb0\x05\xee\xf4' # mov dx, 0f4h; mov al, 5; out dx, al
flat undefined '\x0f\x0b'                  # ud2, without an IDT: triple fault
flat hello '\x66\xba\xe9\x00\xb0\x48\xee\xb0\x69\xee\xb0\x0a\xee\xfa\xf4'
printf 'not a kernel' > "$scratch/text"
: > "$scratch/empty"

for technique in native emulate trap; do
	expect "$technique: halts for good" 0 '' '' \
		"$RINGSIDE" run --technique=$technique --boot=flat "$scratch/halt.bin"
	expect "$technique: port 0xE9 is standard output" 0 '^Hi$' '' \
		"$RINGSIDE" run --technique=$technique --boot=flat "$scratch/hello.bin"
	expect "$technique: the model-time limit" 124 '' '' \
		"$RINGSIDE" run --technique=$technique --boot=flat --limit=1M "$scratch/loop.bin"
	expect "$technique: triple fault" 1 '' '.' \
		"$RINGSIDE" run --technique=$technique --boot=flat --limit=100M "$scratch/undefined.bin"
	run "$RINGSIDE" run --technique=$technique --boot=flat --exit-code --limit=100M "$scratch/leave.bin"
	[ "$status" = 5 ] || [ "$status" = 11 ] && pass "$technique: the guest's own code" ||
		fail "$technique: the guest's own code" "status $status"
done

expect 'help' 0 'trace' '' "$RINGSIDE" --help
expect 'help has examples' 0 'ringside trace' '' "$RINGSIDE" trace --help
expect 'version' 0 '[0-9]+\.[0-9]+' '' "$RINGSIDE" --version
expect 'no command' 2 '' '--help' "$RINGSIDE"
expect 'mistyped command' 2 '' "'trace'" "$RINGSIDE" trcae x
expect 'strange command' 2 '' '--help' "$RINGSIDE" xylophone
expect 'mistyped option' 2 '' 'technique' "$RINGSIDE" run --tecnique=trap "$scratch/halt.bin"
expect 'unknown technique' 2 '' 'native' "$RINGSIDE" run --technique=magic "$scratch/halt.bin"
expect 'no guest' 2 '' '.' "$RINGSIDE" run
expect 'no such file' 2 '' 'nowhere' "$RINGSIDE" run "$scratch/nowhere"
expect 'a folder is no guest' 2 '' '.' "$RINGSIDE" run "$scratch"
expect 'not a kernel' 2 '' '.' "$RINGSIDE" run --boot=multiboot "$scratch/text"
expect 'an empty kernel' 2 '' '.' "$RINGSIDE" run --boot=multiboot "$scratch/empty"
expect 'ring 2' 2 '' 'ring' "$RINGSIDE" run --technique=trap --ring=2 --boot=flat "$scratch/halt.bin"
expect 'ring 0' 2 '' 'ring' "$RINGSIDE" run --technique=trap --ring=0 --boot=flat "$scratch/halt.bin"
expect 'a ring without deprivileging' 2 '' 'ring.*native' "$RINGSIDE" run --technique=native --ring=3 --boot=flat "$scratch/halt.bin"
expect 'paging that a technique has not' 2 '' 'shadow' "$RINGSIDE" run --technique=trap --paging=nested --boot=flat "$scratch/halt.bin"
expect 'paging where there is none' 2 '' 'leave it out' "$RINGSIDE" run --technique=emulate --paging=shadow --boot=flat "$scratch/halt.bin"
expect 'too much memory' 2 '' 'memory' "$RINGSIDE" run --memory=5G --boot=flat "$scratch/halt.bin"
expect 'too little memory' 2 '' 'memory' "$RINGSIDE" run --memory=1 --boot=flat "$scratch/halt.bin"
expect 'memory is no number' 2 '' 'memory' "$RINGSIDE" run --memory=lots --boot=flat "$scratch/halt.bin"
expect 'a number beyond all numbers' 2 '' '.' \
	"$RINGSIDE" run --limit=99999999999999999999999999 --boot=flat "$scratch/halt.bin"
expect 'unknown profile' 2 '' 'ideal' "$RINGSIDE" run --profile=abacus --boot=flat "$scratch/halt.bin"
expect 'unknown event kind' 2 '' 'trap' "$RINGSIDE" trace --filter=trp --boot=flat "$scratch/halt.bin"
expect 'a value is missing' 2 '' 'value|argument' "$RINGSIDE" run --limit
expect 'a value too many' 2 '' '.' "$RINGSIDE" run --umip=please --boot=flat "$scratch/halt.bin"
expect 'a flat guest beyond memory' 2 '' '.' \
	"$RINGSIDE" run --boot=flat --memory=1M --flat-address=0xf0000000 "$scratch/halt.bin"
printf '[vm]\ntechnique = trap\nmemroy = 16M\n' > "$scratch/wrong.ini"
expect 'mistyped setting in a file' 2 '' "memory" "$RINGSIDE" run --config="$scratch/wrong.ini" "$scratch/halt.bin"
printf '[vm\nx\n' > "$scratch/broken.ini"
expect 'a broken file' 2 '' 'broken.ini' "$RINGSIDE" run --config="$scratch/broken.ini" "$scratch/halt.bin"
printf '[vm]\ntechnique = native\nboot = flat\nkernel = hello.bin\n' > "$scratch/right.ini"
expect 'a machine from a file' 0 '^Hi$' '' "$RINGSIDE" run --config="$scratch/right.ini"
expect 'a form without --events' 2 '' 'jsonl' "$RINGSIDE" run --events-format=xml --boot=flat "$scratch/halt.bin"
expect 'a kind without --events' 2 '' "'trap'" "$RINGSIDE" run --filter=trp --boot=flat "$scratch/halt.bin"
expect 'a recording without an end' 2 '' 'schema' "$RINGSIDE" stats --from=/dev/zero
expect 'an empty recording' 2 '' 'again' "$RINGSIDE" stats --from="$scratch/empty"
expect 'a file at its limit' 1 '' 'too large' bash -c "ulimit -f 1; exec '$RINGSIDE' run --boot=flat \
	--technique=trap --limit=2M --events='$scratch/long' '$scratch/ports.bin'"
expect 'a name with control characters' 2 '' "'no\\?such\\?\\[2Jfile'" \
	"$RINGSIDE" run --boot=flat $'no\nsuch\e[2Jfile'

# Files must not take the number of a standard stream that is closed.
"$RINGSIDE" run --boot=flat --events="$scratch/events" "$scratch/hello.bin" > "$scratch/err" 2>&1 >&-
status=$?
if [ "$status" = 1 ] && ! grep -q '^H' "$scratch/events" && grep -q 'standard output' "$scratch/err"; then
	pass 'a closed standard output'
else
	fail 'a closed standard output' "status $status: $(tail -n 2 "$scratch/events" "$scratch/err")"
fi

# As nohup does it.
(trap '' HUP; exec "$RINGSIDE" run --boot=flat --limit=500M "$scratch/loop.bin" 2> "$scratch/err") &
sleep 0.3
kill -HUP $!
wait $!
status=$?
[ "$status" = 124 ] && grep -q limit "$scratch/err" && pass 'an ignored hangup' ||
	fail 'an ignored hangup' "status $status: $(cat "$scratch/err")"

# A writer is alone with a disk image.
head -c 1M /dev/zero > "$scratch/disk"
"$RINGSIDE" run --boot=flat --console=serial --disk="$scratch/disk" --disk-writable "$scratch/loop.bin" \
	< /dev/null > /dev/null 2>&1 &
writer=$!
sleep 0.5
expect 'a disk image that another run writes' 2 '' 'another' \
	"$RINGSIDE" run --boot=flat --disk="$scratch/disk" "$scratch/halt.bin"
kill "$writer"
wait "$writer" 2> /dev/null
expect 'and when it has ended' 0 '' '' "$RINGSIDE" run --boot=flat --disk="$scratch/disk" "$scratch/halt.bin"

expect 'doctor' 0 '.' '' "$RINGSIDE" doctor
finish
