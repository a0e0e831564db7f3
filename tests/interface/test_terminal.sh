#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# In a real terminal (tmux's): the demo, a console, and that the terminal is as it was afterwards.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
. "$(dirname "$0")/terminal.bash"
suite interface/terminal
has_terminal terminal || finish
seen() { history; }

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
		kill -TERM "$(pid)"
	fi
	sees "leaving by $signal" '^ended:[0-9]+'
	sane "terminal after $signal"
done

if [ -e guests/invaders.exec ]; then
	typed "clear; \$RINGSIDE run --console=vga guests/invaders.exec; echo ended:\$?" Enter
	sleep 4
	typed C-a x
	sees 'the game: leaves by Ctrl-A x' '^ended:[0-9]+'
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
