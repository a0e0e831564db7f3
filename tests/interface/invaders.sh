#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A person plays: the game in a terminal (tmux's), by keys, in the pace of real time, and back to the shell.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
. "$(dirname "$0")/terminal.bash"
suite interface/invaders
if [ ! -e guests/invaders.exec ]; then
	skip 'the game in a terminal' 'not fetched: make guests'
	finish
fi
has_terminal 'the game in a terminal' || finish
ship() { screen | awk '/^ *\/ \\ *$/ { print index($0, "/") }'; } # its column; nothing when it is not there

# name, options; ends with the game's first picture on the screen
play() {
	typed "clear; $RINGSIDE run --console=vga $2 guests/invaders.exec; echo ended:\$?" Enter
	sees "$1: begins" '-\*-'
}
# name, how it should have ended, keys...
leave() {
	local name=$1 end=$2
	shift 2
	typed "$@"
	sees "$name" "^ended:0"
	screen | grep -q "$end" && pass "$name: and says so" || fail "$name: and says so" "$(screen | head -n 5)"
	sane "$name: the terminal is as it was"
}
moves() { # name
	local before after
	before=$(ship)
	for _ in 1 2 3 4 5 6; do typed Left; sleep 0.12; done
	after=$(ship)
	[ -n "$before" ] && [ -n "$after" ] && [ "$after" -lt "$before" ] &&
		pass "$1: the ship moves left" || fail "$1: the ship moves left" "from '$before' to '$after'"
	typed Space
	sees "$1: it shoots" '^ +\| *$'
}

terminal 80 25
for technique in native 'trap --ring=1'; do
	play "$technique" "--technique=$technique"
	moves "$technique"
	typed p
	sees "$technique: pauses" "PRESS 'P'"
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
sees 'a terminal of 24 rows: the ship is there' '^ */ \\ *$'
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
