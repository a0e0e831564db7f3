#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A stock gdb debugs the lab kernel: breakpoint in a system call, backtrace, watchpoint, steps forward and backward, across a
# trap too; and what becomes of the guest when the other side breaks off, or is no gdb.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/gdb

if ! command -v gdb > /dev/null; then
	skip gdb 'no gdb: apt install gdb'
	finish
fi
kernel=build/guests/kernel.elf
words='hz=0 workload=syscall n=3'

# Until a condition holds, or a minute is over.
wait_for() {
	local tries=600
	until eval "$1"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

# Begins the guest behind a socket: leaves $server and $socket.
serve() { # options...
	socket=$scratch/gdb.sock
	rm -f "$socket" "$scratch/run.err"
	# shellcheck disable=SC2086
	timeout 120 "$RINGSIDE" run --gdb "$socket" "$@" "$kernel" $words > "$scratch/run.out" 2> "$scratch/run.err" &
	server=$!
	wait_for '[ -S "$socket" ]' || fail 'the socket appears' "$(cat "$scratch/run.err")"
}

served() { # leaves the guest's status
	wait "$server"
	served=$?
}

# gdb's commands, one a word, up to the first that fails; leaves $scratch/gdb.out.
debug() {
	printf '%s\n' "target remote $socket" "$@" > "$scratch/commands"
	timeout 60 gdb -nx -batch -x "$scratch/commands" "$kernel" > "$scratch/gdb.out" 2>&1 < /dev/null
}

has() { # name, regular expression, which must be in gdb's output
	if grep -qE -- "$2" "$scratch/gdb.out"; then
		pass "$1"
	else
		fail "$1" "'$2' is not in: $(tail -n 12 "$scratch/gdb.out" | cut -c -150)"
	fi
}

for technique in trap bt hvm; do
	serve --technique $technique
	debug 'break call_getpid' continue backtrace 'set $place = $pc' stepi 'print $pc != $place' reverse-stepi \
		'print $pc == $place' 'while $cpl == 0' reverse-stepi end 'x/i $pc' 'print $cpl + 70' stepi \
		'print $cpl + 80' 'set $there = $pc' continue 'print $pc == call_getpid' delete \
		'watch *(int *)&current' continue 'set $new = *(int *)&current' reverse-continue \
		'print *(int *)&current != $new' delete 'monitor print cpl' 'break call_getpid' continue continue \
		reverse-continue 'print $pc == $place' delete reverse-continue 'print $pc' kill
	has "$technique: stops in a system call" '^Breakpoint 1, call_getpid '
	has "$technique: backtrace from the kernel's stack" '^#3 .* in trap_entry '
	has "$technique: a step moves" '^\$1 = 1'
	has "$technique: a step back undoes it" '^\$2 = 1'
	has "$technique: steps back leave the kernel where it was entered" '^=> 0x[0-9a-f]+:	int +\$0x'
	has "$technique: and are in the program then" '^\$3 = 73'
	has "$technique: the trap happens again" '^\$4 = 80'
	has "$technique: and comes to the same place" '^\$5 = 1'
	has "$technique: a watchpoint" '^Old value = '
	has "$technique: backward it comes to the store before" '^\$6 = 1'
	has "$technique: monitor asks the shell" '^(0x)?0'
	has "$technique: reverse-continue comes to the breakpoint" '^\$7 = 1'
	has "$technique: reverse-continue ends at the beginning" 'No more reverse-execution history'
	has "$technique: which is the first instruction" '^\$8 = .* <start>'
	served
	[ "$served" = 0 ] && pass "$technique: killed by gdb" || fail "$technique: killed by gdb" "status $served"
done

# Both truths, and what the hardware of a plain machine has not.
serve --technique trap
debug 'break kernel_main' continue 'print $cpl' 'print $hw_cpl' 'print $cr0' 'print $hw_eflags' 'info registers st0 mxcsr gdtr_base' \
	'set $eax = 0x1234' 'print $eax' 'set var *(int *)$esp = 77' 'print *(int *)$esp' 'set $hw_cr3 = 0' detach
has 'the guest believes in ring 0' '^\$1 = 0'
has 'the hardware holds ring 1' '^\$2 = 1'
has 'control registers by their flags' '^\$3 = \[.* PG.*\]'
has 'the hardware keeps interrupts on' '^\$4 = \[.* IF .*\]'
has "the x87's registers are read" '^st0 +0 '
has 'so are those of SSE' '^mxcsr +0x1f80 '
has 'a register is set' '^\$5 = 4660'
has 'memory is written' '^\$6 = 77'
has "the hardware's registers are the VMM's" 'Could not write register'
served

# gdb lets go, and the guest runs on to its end.
serve --technique bt --exit-code
debug detach
served
if [ "$served" = 0 ] && grep -q 'syscall' "$scratch/run.out"; then
	pass 'after detach the guest runs on'
else
	fail 'after detach the guest runs on' "status $served: $(tail -n 3 "$scratch/run.out" "$scratch/run.err")"
fi

# The guest's end is told, and not the end of debugging.
serve --technique bt
debug continue reverse-stepi 'print 5 + 6' kill
has 'the end is told' 'ringside: the guest ended with code 0'
has 'one may go back from there' '^\$1 = 11'
served

# A gdb that dies leaves the guest where it was; the next one finds it there.
serve --technique trap
gdb -nx "$kernel" -ex "target remote $socket" -ex 'break call_getpid' -ex continue -ex 'shell touch '"$scratch/stopped" \
	-ex 'shell sleep 30' > "$scratch/gdb.out" 2>&1 < /dev/null &
victim=$!
wait_for '[ -e "$scratch/stopped" ]'
kill -KILL "$victim" && wait "$victim" 2> /dev/null
if wait_for 'grep -q "gdb is gone" "$scratch/run.err"'; then pass 'a dead gdb is told'; else fail 'a dead gdb is told' "$(cat "$scratch/run.err")"; fi
debug 'print $pc == call_getpid' 'monitor info breaks' kill
has 'the guest stands where it was' '^\$1 = 1'
served

# TCP, on a port that is free.
rm -f "$scratch/run.err"
# shellcheck disable=SC2086
timeout 120 "$RINGSIDE" run --gdb :0 --technique bt "$kernel" $words > "$scratch/run.out" 2> "$scratch/run.err" &
server=$!
wait_for 'grep -qs "target remote" "$scratch/run.err"'
socket=127.0.0.1$(grep -oE ':[0-9]+' "$scratch/run.err" | tail -n 1) # a bare :PORT would need a name service
debug 'break call_getpid' continue kill
has 'over TCP' '^Breakpoint 1, call_getpid '
served

# No gdb at all: garbage, then silence, then a real one.
serve --technique trap
python=$(command -v python3)
if [ "$python" ]; then
	"$python" - "$socket" <<- 'END'
		import os, socket, sys
		for data in (b'GET / HTTP/1.1\r\n\r\n', b'$' + b'x' * 300000, os.urandom(200000), b'$m0,ffffffff#00' * 200):
		    s = socket.socket(socket.AF_UNIX)
		    s.connect(sys.argv[1])
		    try:
		        s.sendall(data)
		    except OSError:
		        pass
		    s.close()
	END
	debug 'break call_getpid' continue kill
	has 'after garbage a gdb is served' '^Breakpoint 1, call_getpid '
else
	skip 'garbage' 'no python3'
	debug kill
fi
served

expect 'an address that is none' 2 '' "no address to listen at" "$RINGSIDE" run --gdb 1234 "$kernel"
expect 'what cannot be had with it' 2 '' "json cannot be had with --gdb" "$RINGSIDE" run --gdb :0 --json "$kernel"
finish
