#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# In a real terminal (tmux's): the demo, a console, and that the terminal is as it was afterwards.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/terminal
if ! command -v tmux > /dev/null; then
	skip 'terminal' 'no tmux: apt install tmux'
	finish
fi

terminals=0 socket=ringside-test-$$
t() { tmux -L "$socket" -f /dev/null "$@"; }
trap 't kill-server 2> /dev/null; rm -rf "$scratch"' EXIT

# A shell in a fresh terminal of a size: columns, rows.
terminal() {
	t kill-server 2> /dev/null
	socket=ringside-test-$$-$((++terminals)) # the old server may still be on its way out
	t new-session -d -s s -x "$1" -y "$2" "env PS1='ready> ' RINGSIDE=$RINGSIDE scratch=$scratch bash --norc --noprofile"
	wait_for 'ready>'
}
screen() { t capture-pane -p -t s; }
history() { t capture-pane -p -S - -t s; }
typed() { t send-keys -t s "$@"; }
wait_for() { # regular expression, tenths of a second
	local i
	for ((i = 0; i < ${2:-100}; i++)); do
		history | grep -qE -- "$1" && return 0
		sleep 0.1
	done
	return 1
}
# After whatever ran: is the shell's terminal sane, with echo and line editing, and its cursor there?
sane() {
	typed "clear; stty -a | tr ' ;' '\\n\\n' | grep -cxE 'echo|icanon|isig' | sed 's/^/sane:/'" Enter
	wait_for '^sane:3' && pass "$1" || fail "$1" "$(screen | tail -n 5)"
	[ "$(t display-message -p -t s '#{cursor_flag}#{alternate_on}')" = 10 ] && pass "$1: cursor" ||
		fail "$1: cursor" "$(t display-message -p -t s '#{cursor_flag}#{alternate_on}')"
}

flat loop '\xeb\xfe'
terminal 80 24
for signal in INT TERM; do
	typed "clear; \$RINGSIDE run --technique=native --boot=flat --limit=0 \$scratch/loop.bin; echo ended:\$?" Enter
	sleep 1
	if [ $signal = INT ]; then
		# In a raw console Ctrl-C is the guest's key; Ctrl-A x always quits.
		typed C-c
		sleep 0.5
		history | grep -q 'ended:[0-9]' || typed C-a x
	else
		child=$(t display-message -p -t s '#{pane_pid}')
		kill -TERM "$(ps -o pid= --ppid "$child" | head -n 1)"
	fi
	wait_for '^ended:[0-9]+' && pass "leaving by $signal" || fail "leaving by $signal" "$(screen | tail -n 5)"
	sane "terminal after $signal"
done

if [ -e guests/invaders.exec ]; then
	typed "clear; \$RINGSIDE run --console=vga guests/invaders.exec; echo ended:\$?" Enter
	sleep 4
	typed C-a x
	wait_for '^ended:[0-9]+' && pass 'the game: leaves by Ctrl-A x' || fail 'the game: leaves by Ctrl-A x' "$(screen | tail -n 5)"
	sane 'terminal after the game'
else
	skip 'the game' 'not fetched: make guests'
fi

for size in '80 24' '40 10' '1 1'; do
	# shellcheck disable=SC2086
	terminal 80 24 && t resize-window -t s -x ${size% *} -y ${size#* } 2> /dev/null
	typed "scripts/demo --fast > \$scratch/demo.out 2>&1; echo ended:\$? > \$scratch/demo.status" Enter
	for ((i = 0; i < 1200; i++)); do [ -s "$scratch/demo.status" ] && break; sleep 0.1; done
	if grep -q 'ended:0' "$scratch/demo.status" 2> /dev/null; then
		pass "demo into a file, terminal of $size"
	else
		fail "demo into a file, terminal of $size" "$(tail -n 3 "$scratch/demo.out" 2> /dev/null)"
	fi
	rm -f "$scratch/demo.status"
	[ -z "${RINGSIDE_SHORT:-}" ] || break
done
terminal 80 24
typed "scripts/demo --fast; echo ended:\$?" Enter
wait_for '^ended:0' 1200 && pass 'demo in a terminal' || fail 'demo in a terminal' "$(screen | tail -n 5)"
history | grep -q . && [ "$(history | wc -l)" -gt 24 ] && pass 'demo tells a story' || fail 'demo tells a story'
sane 'terminal after the demo'
finish
