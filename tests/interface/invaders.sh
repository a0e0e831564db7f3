#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A person plays: the game in a terminal (tmux's), by keys, in the pace of real time, and back to the shell.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/invaders
if [ ! -e guests/invaders.exec ]; then
	skip 'the game in a terminal' 'not fetched: make guests'
	finish
fi
if ! command -v tmux > /dev/null; then
	skip 'the game in a terminal' 'no tmux: apt install tmux'
	finish
fi

socket=ringside-game-$$
t() { tmux -L "$socket" -f /dev/null "$@"; }
trap 't kill-server 2> /dev/null; rm -rf "$scratch"' EXIT
screen() { t capture-pane -p -t s; }
typed() { t send-keys -t s "$@"; }
await() { # regular expression on the screen, seconds
	local i
	for ((i = 0; i < ${2:-20} * 20; i++)); do
		screen | grep -qE -- "$1" && return
		sleep 0.05
	done
	return 1
}
ship() { screen | awk '/^ *\/ \\ *$/ { print index($0, "/") }'; } # its column; nothing when it is not there

# name, options; ends with the game's first picture on the screen
play() {
	typed "clear; $RINGSIDE run --console=vga $2 guests/invaders.exec; echo ended:\$?" Enter
	await '-\*-' && pass "$1: begins" || fail "$1: begins" "$(screen | head -n 5)"
}
# name, how it should have ended, keys...
leave() {
	local name=$1 end=$2
	shift 2
	typed "$@"
	await "^ended:0" && screen | grep -q "$end" && pass "$name" || fail "$name" "$(screen | head -n 5)"
	typed "clear; stty -a | tr ' ;' '\\n\\n' | grep -cxE 'echo|icanon|isig' | sed 's/^/sane:/'" Enter
	await '^sane:3' && [ "$(t display-message -p -t s '#{cursor_flag}#{alternate_on}')" = 10 ] &&
		pass "$name: the terminal is as it was" || fail "$name: the terminal is as it was" "$(screen | head -n 5)"
}
moves() { # name
	local before after i
	before=$(ship)
	for i in 1 2 3 4 5 6; do typed Left; sleep 0.12; done
	after=$(ship)
	[ -n "$before" ] && [ -n "$after" ] && [ "$after" -lt "$before" ] &&
		pass "$1: the ship moves left" || fail "$1: the ship moves left" "from '$before' to '$after'"
	typed Space
	await '^ +\| *$' 5 && pass "$1: it shoots" || fail "$1: it shoots" "$(screen | tail -n 8)"
}

t new-session -d -s s -x 80 -y 25 "env PS1='ready> ' bash --norc --noprofile"
await 'ready>' || fail 'a shell in tmux'
for technique in native 'trap --ring=1'; do
	play "$technique" "--technique=$technique"
	moves "$technique"
	typed p
	await "PRESS 'P'" && pass "$technique: pauses" || fail "$technique: pauses" "$(screen)"
	typed p
	sleep 0.3
	# Esc is the game's own end: it asks the keyboard controller for a reset.
	leave "$technique: the game's own end" 'asked for a reset' Escape
	play "$technique, again" "--technique=$technique"
	leave "$technique: Ctrl-A x" 'stopped' C-a x
	[ -z "${RINGSIDE_SHORT:-}" ] || break
done

# 25 rows in 24: the game has no cursor, so the highest row is the one left out, and the ship stays.
t resize-window -t s -x 80 -y 24
play 'a terminal of 24 rows' '--technique=native'
await '^ */ \\ *$' 5 && pass 'a terminal of 24 rows: the ship is there' || fail 'a terminal of 24 rows: the ship is there' "$(screen)"
t resize-window -t s -x 80 -y 25
for _ in {1..100}; do
	row=$(screen | grep -n '^ */ \\ *$' | cut -d: -f1)
	[ "$row" = 25 ] && break
	sleep 0.05
done
[ "$row" = 25 ] && pass 'it grows to 25' || fail 'it grows to 25' "the ship is in row $row"
t resize-window -t s -x 30 -y 8
sleep 0.3
leave 'a tiny terminal' . C-a x
finish
