#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Looking at a VM from outside, in real terminals: an onlooker and one in control, other sizes, viewers and programs that die.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/attach

expect 'attach wants a socket' 2 '' 'name one socket' "$RINGSIDE" attach
expect 'attach wants a terminal' 2 '' 'needs a terminal' "$RINGSIDE" attach "$scratch/vm.sock"
expect 'a socket may not replace a file' 2 '' 'no socket, and stays' "$RINGSIDE" run --socket /etc/passwd build/guests/kernel.elf
if ! command -v tmux > /dev/null; then
	skip attach 'no tmux: apt install tmux'
	finish
fi

socket=$scratch/vm.sock
unset TMUX
terminal() { tmux -S "$scratch/tmux" -f /dev/null "$@"; }
trap 'terminal kill-server 2> /dev/null; [ -z "${server:-}" ] || kill "$server" 2> /dev/null; rm -rf "$scratch"' EXIT

# Until a condition holds, or half a minute is over.
wait_for() {
	local tries=300
	until eval "$1"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

check() { # name, condition to wait for
	if wait_for "$2"; then
		pass "$1"
	else
		fail "$1" "$(terminal list-panes -a 2>&1 | head -n 3; terminal capture-pane -p -t looks 2>&1 | head -n 4; tail -n 2 "$scratch/run.err")"
	fi
}

shows() { # viewer, regular expression
	terminal capture-pane -p -t "$1" 2> /dev/null | grep -qE -- "$2"
}

# A viewer in a terminal of its own; its status and last words stay on the terminal.
viewer() { # name, columns, rows, options...
	local name=$1 columns=$2 rows=$3
	shift 3
	terminal new-session -d -s "$name" -x "$columns" -y "$rows" \
		"$RINGSIDE attach $* $socket; echo \"left with \$?\"; cat"
}

begin() { # options and guest
	rm -f "$scratch/run.err"
	timeout 200 "$RINGSIDE" run --socket "$socket" "$@" > "$scratch/run.out" 2> "$scratch/run.err" < /dev/null &
	server=$!
	wait_for '[ -S "$socket" ]'
}

begin build/guests/kernel.elf
viewer looks 80 24
check 'an onlooker sees the guest run' "shows looks '\[RUNNING\].*read-only'"
check 'and how to leave' "shows looks 'read-only .--control'"
[ "$(stat -c %a "$socket")" = 600 ] && pass 'the socket is private' || fail 'the socket is private' "$(ls -l "$socket")"
expect 'a socket in use is refused' 2 '' 'is the socket of a program that runs' \
	"$RINGSIDE" run --socket "$socket" build/guests/kernel.elf

viewer drives 120 40 --control
check 'another one is in control' "shows drives 'in control'"
viewer second 80 24 --control
check 'a second one is refused' "shows second 'another viewer is in control' && shows second 'left with 1'"

terminal send-keys -t looks C-c s
check 'keys of an onlooker move nothing' "shows looks 'this view is read-only'"
terminal send-keys -t drives C-c
check 'one in control stops the guest' "shows drives '\[INTERRUPTED\]' && shows looks '\[INTERRUPTED\]'"
terminal send-keys -t drives s
check 'a step is seen by both' "shows drives '\[STOPPED\]' && shows looks '\[STOPPED\]'"
terminal send-keys -t looks 5
check 'each has a focus of its own' "shows looks '▶5 Exits|>5 Exits' && ! shows drives '▶5 Exits|>5 Exits'"

for size in '40 10' '1 1' '200 60' '80 24'; do
	# shellcheck disable=SC2086
	terminal resize-window -t looks -x ${size% *} -y ${size#* } 2> /dev/null
done
check 'after other sizes the picture is whole' "shows looks '^F1' && shows looks '5 Exits'"

kill -KILL "$(terminal list-panes -t drives -F '#{pane_pid}')"
check 'with nobody in control the guest runs on' "shows looks '\[RUNNING\]'"
viewer drives2 80 24 --control
check 'control is free again' "shows drives2 'in control'"
terminal send-keys -t drives2 'C-\'
check 'C-\ detaches' "shows drives2 'left with 0'"

kill -KILL "$(pgrep -P "$server" | head -n 1)"
wait "$server" 2> /dev/null
check 'a killed program is told' "shows looks \"program is gone\" && shows looks 'left with 0'"
[ -S "$socket" ] && pass 'it leaves its socket' || fail 'it leaves its socket' 'no file'
terminal kill-server 2> /dev/null
wait_for '[ ! -S "$scratch/tmux" ] || ! terminal list-sessions > /dev/null 2>&1'

begin --technique bt build/guests/kernel.elf hz=0 workload=syscall n=3
check 'which the next one replaces' '! kill -0 "$server" 2> /dev/null || [ -S "$socket" ]'
wait "$server"
status=$?
if [ "$status" = 0 ] && grep -q syscall "$scratch/run.out" && [ ! -e "$socket" ]; then
	pass 'without viewers a run ends as ever, and takes its socket along'
else
	fail 'without viewers a run ends as ever, and takes its socket along' "status $status: $(cat "$scratch/run.err")"
fi
server=

# The guest of a terminal of its own.
terminal new-session -d -s own -x 80 -y 24 "$RINGSIDE tui --no-session --socket $socket build/guests/kernel.elf; cat"
wait_for '[ -S "$socket" ]'
viewer looks 80 24
check 'tui, seen from outside' "shows looks 'exits 0 .*read-only'"
terminal send-keys -t own t
check 'its motions are seen' "shows looks 'exits 1 .*\[STOPPED' && shows own 'exits 1 .*\[STOPPED'"
terminal send-keys -t own F10
check 'at its end viewers are told' "shows looks 'left with 0'"
finish
