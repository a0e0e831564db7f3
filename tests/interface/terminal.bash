# SPDX-License-Identifier: GPL-3.0-or-later
# tests/interface/terminal.bash - a real terminal (tmux's) to type in and to look at: source it after lib.bash, then
# `terminal COLUMNS ROWS`, `typed KEYS...`, `sees NAME REGEX`.
# shellcheck shell=bash

# Is there one? Else what would have been tested is skipped: name.
has_terminal() {
	command -v tmux > /dev/null && return
	skip "$1" 'no tmux: apt install tmux'
	return 1
}

terminals=0 sanities=0 socket=
t() { tmux -L "$socket" -f /dev/null "$@"; }
trap 't kill-server 2> /dev/null; rm -rf "$scratch"' EXIT

# A shell in a fresh terminal: columns, rows, settings of its environment (NAME=VALUE...). It knows $RINGSIDE and $scratch.
terminal() {
	[ -z "$socket" ] || t kill-server 2> /dev/null
	socket=ringside-test-$$-$((++terminals)) # the old server may still be on its way out
	t new-session -d -s s -x "$1" -y "$2" \
		"env PS1='ready> ' HISTFILE= RINGSIDE='$RINGSIDE' scratch='$scratch' ${*:3} bash --norc --noprofile"
	wait_for 'ready>' || fail 'a shell in a terminal' "$(screen | tail -n 5)"
}

typed() { t send-keys -t s "$@"; }
screen() { t capture-pane -p -t s; }
history() { t capture-pane -p -S - -t s; }
# What is looked at: a test may say `seen() { history; }`.
seen() { screen; }

wait_for() { # regular expression, tenths of a second
	local i
	for ((i = 0; i < ${2:-600}; i++)); do
		seen | grep -qE -- "$1" && return 0
		sleep 0.1
	done
	return 1
}

sees() { # name, regular expression
	if wait_for "$2"; then pass "$1"; else fail "$1" "'$2' is not there: $(seen | grep -v '^$' | tail -n 24)"; fi
}

# The process that the terminal's shell has started.
pid() { ps -o pid= --ppid "$(t display-message -p -t s '#{pane_pid}')" | head -n 1 | tr -d ' '; }

# After whatever ran: has the terminal echo and line editing, a cursor, no mouse, and no alternate screen? Name.
sane() {
	local flags
	typed "clear; stty -a | tr ' ;' '\\n\\n' | grep -cxE 'echo|icanon|isig|icrnl|opost' | sed 's/^/sane $((++sanities)):/'" Enter
	sees "$1" "^sane $sanities:5"
	flags=$(t display-message -p -t s '#{cursor_flag}#{alternate_on}#{mouse_any_flag}')
	[ "$flags" = 100 ] && pass "$1: cursor, mouse" || fail "$1: cursor, mouse" "$flags"
}
