#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `ringside tui` in a real terminal (tmux's): keys, sizes, locales, kinds of terminals, signals; and the terminal is as it was
# afterwards, whatever ended the program.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
. "$(dirname "$0")/terminal.bash"
suite interface/tui_terminal
guest=build/guests/hello.elf kernel=build/guests/kernel.elf
export XDG_STATE_HOME=$scratch/state XDG_CONFIG_HOME=$scratch/config

expect 'no terminal: says what works without' 2 '' 'needs a terminal; --dump' "$RINGSIDE" tui "$guest"
expect 'a size that is none' 2 '' "'80by24' is no size" "$RINGSIDE" tui --dump=80by24 "$guest"
expect 'a theme that is none' 2 '' "no theme 'pink'; there are default" "$RINGSIDE" tui --dump --theme pink "$guest"
expect 'a script that is not there' 2 '' "cannot read the script '/nowhere'" "$RINGSIDE" tui --dump --script /nowhere "$guest"
expect 'a mistake in a command' 2 '' "no command 'stap'; did you mean 'step'" "$RINGSIDE" tui --dump -e stap "$guest"
printf 'step 2\n# a comment\n\nstap\n' > "$scratch/script"
expect 'a mistake in a script' 2 '' "script:4: no command 'stap'" "$RINGSIDE" tui --dump --script "$scratch/script" "$guest"
expect 'a dump of one cell' 0 '^.$' '' "$RINGSIDE" tui --dump=1x1 "$guest"
expect 'a dump of many' 0 '7 Console' '' "$RINGSIDE" tui --dump=500x200 "$guest"

# ---- files that keys write ----
"$RINGSIDE" tui --dump -e 'trap 3' -e "dot trap $scratch/trap.dot" -e "dot tables $scratch/tables.dot" \
	-e "dot exits $scratch/exits.dot" -e "panel-save $scratch/panel.txt" "$kernel" > "$scratch/out" 2> "$scratch/err"
for graph in trap tables exits; do
	grep -q '^digraph' "$scratch/$graph.dot" 2> /dev/null && pass "D: $graph" || fail "D: $graph" "$(head -n 2 "$scratch/err")"
	if command -v dot > /dev/null && ! dot -Tsvg "$scratch/$graph.dot" > "$scratch/svg" 2> "$scratch/err"; then
		fail "dot reads: $graph" "$(head -n 3 "$scratch/err")"
	fi
done
grep -q 'mov eax' "$scratch/panel.txt" && pass 'y writes the panel' || fail 'y writes the panel' "$(head -n 3 "$scratch/panel.txt")"
expect 'D without an exit' 2 '' 'no exit is told yet' "$RINGSIDE" tui --dump -e "dot trap $scratch/none.dot" "$guest"
expect 'D where nobody may write' 2 '' "cannot write '/nowhere/" "$RINGSIDE" tui --dump -e 'dot tables /nowhere/x.dot' "$guest"
expect 'D units without translation' 2 '' 'trap translates nothing' "$RINGSIDE" tui --dump -e "dot units $scratch/units.dot" "$guest"
[ ! -e "$scratch/none.dot" ] && [ ! -e "$scratch/units.dot" ] && pass 'D leaves no empty files' || fail 'D leaves no empty files'
for copy in 1 2; do
	"$RINGSIDE" tui --dump --record-cast "$scratch/$copy.cast" -e 'trap 2' -e 'key 3' "$guest" > /dev/null 2> "$scratch/err"
done
if [ "$(wc -l < "$scratch/1.cast")" -gt 2 ] && cmp -s "$scratch/1.cast" "$scratch/2.cast"; then
	pass 'a recording without a terminal is the same each time'
else
	fail 'a recording without a terminal is the same each time' "$(head -c 300 "$scratch/err")"
fi
expect 'a recording that cannot be written' 1 '' '--record-cast: .*/nowhere/' "$RINGSIDE" tui --dump --record-cast /nowhere/x.cast "$guest"
expect 'a speed that is none' 2 '' "no kind 'fast'" "$RINGSIDE" tui --dump --speed=fast "$guest"
mkdir -p "$XDG_CONFIG_HOME/ringside"
printf '[keys]\nF2 = step 3\nF99 = step\n' > "$XDG_CONFIG_HOME/ringside/keys"
expect 'a mistake in the file of keys is told' 0 "keys:3: 'F99' is no key" '' "$RINGSIDE" tui --dump=120x40 "$guest"
printf '[keys]\nF2 = step 3\n' > "$XDG_CONFIG_HOME/ringside/keys"
expect 'a key of the file' 0 'STOPPED' '' "$RINGSIDE" tui --dump -e 'key F2' "$guest"
rm "$XDG_CONFIG_HOME/ringside/keys"

has_terminal terminal || finish
export guest kernel
begin() { # options of tui
	typed "clear; \$RINGSIDE tui $*; echo ended:\$?" Enter
}

# ---- keys ----
terminal 80 24
begin "\$guest"
sees 'it opens' '7 Console'
typed s
sees 's steps' 'STOPPED'
typed S
sees 'S takes it back' ' past '
typed '?'
sees '? lists keys' 'In this panel: Guest code'
typed Escape
typed ':' 'focus mem' Enter
sees 'a command line' '▶7 Memory'
typed 1 z
sees 'z zooms' '^▶1 Guest code'
typed z F10
sees 'F10 ends' '^ended:0'
sane 'the terminal afterwards'

# ---- a guest that runs ----
begin "\$kernel"
sees 'the lab kernel' '7 Console'
typed c
sees 'c runs it' 'RUNNING'
sees 'it reaches its prompt' '^│\$ '
typed C-c
sees 'Ctrl-C interrupts' 'INTERRUPTED'
typed c
sees 'and it goes on' 'RUNNING'
typed 7 'ls' Enter
sees 'typing reaches the guest' 'motd'
typed C-a Escape C-z
sees 'Ctrl-Z suspends' 'Stopped'
sane 'the terminal meanwhile'
typed 'fg' Enter
sees 'fg comes back' '7 Console'
typed q
sees 'q ends' '^ready>$'
sane 'the terminal after Ctrl-Z'

# ---- sizes ----
begin "\$kernel"
wait_for '7 Console'
typed c
RANDOM=${RINGSIDE_SEED:-4242}
echo "# RINGSIDE_SEED=${RINGSIDE_SEED:-4242}"
for ((i = 0; i < 60; i++)); do
	t resize-window -t s -x $((1 + RANDOM % 200)) -y $((1 + RANDOM % 60))
	typed "$((1 + RANDOM % 6))" ']'
done
t resize-window -t s -x 1 -y 1
sleep 0.3
t resize-window -t s -x 60 -y 15
sees 'small: one panel, and it says so' 'one panel: all of them from 80x24'
t resize-window -t s -x 120 -y 40
sees 'a storm of sizes' '3 CPU.*'
sees 'three columns again' '2 Translation.*3 CPU'
typed q
sees 'it still ends' '^ended:0'
sane 'the terminal after the storm'
terminal 80 24
t resize-window -t s -x 1 -y 1
begin "\$guest"
for ((i = 0; i < 100; i++)); do [ -n "$(pid)" ] && break; sleep 0.1; done
typed s s q
t resize-window -t s -x 80 -y 24
sees 'it opens in one cell' 'ended:0'

# ---- kinds of terminals ----
terminal 80 24 LC_ALL=C
begin "\$guest"
sees 'LC_ALL=C: ASCII' '^\+>1 Guest code'
if screen | LC_ALL=C grep -q '[^ -~]'; then fail 'LC_ALL=C: nothing else'; else pass 'LC_ALL=C: nothing else'; fi
typed q
wait_for 'ended:0'
terminal 80 24 TERM=vt100
begin "\$guest"
sees 'TERM=vt100' '1 Guest code'
typed s
sees 'TERM=vt100: keys' 'STOPPED'
typed q
sees 'TERM=vt100: ends' 'ended:0'
terminal 80 24 TERM=dumb
begin "\$guest"
sees 'TERM=dumb: refused with what helps' 'TERM=dumb cannot place text; set TERM'
sees 'TERM=dumb: status' 'ended:2'
terminal 80 24 TERM=no-such-terminal
begin "\$guest"
sees 'an unknown terminal' 'TERM=no-such-terminal is not known'
terminal 80 24 TERM=screen-256color NO_COLOR=1
begin "\$guest"
wait_for '1 Guest code'
if t capture-pane -e -p -t s | grep -qE $'\x1b\\[[0-9;]*(3|4|9)[0-7]'; then
	fail 'NO_COLOR: no colours'
else
	pass 'NO_COLOR: no colours'
fi
typed q
terminal 80 24 TERM=screen-256color
begin "\$guest"
wait_for '1 Guest code'
if t capture-pane -e -p -t s | grep -qE $'\x1b\\[[0-9;]*38;5;'; then pass 'colours'; else fail 'colours'; fi
typed q
wait_for 'ended:0'
begin "--no-mouse \$guest"
wait_for '1 Guest code'
[ "$(t display-message -p -t s '#{mouse_any_flag}')" = 0 ] && pass '--no-mouse' || fail '--no-mouse'
typed M
for ((i = 0; i < 50; i++)); do [ "$(t display-message -p -t s '#{mouse_any_flag}')" = 1 ] && break; sleep 0.1; done
[ "$(t display-message -p -t s '#{mouse_any_flag}')" = 1 ] && pass 'M takes the mouse' || fail 'M takes the mouse'
typed q
wait_for 'ended:0'

# ---- signals, crashes, a terminal that goes ----
for signal in TERM INT HUP QUIT ABRT SEGV; do
	terminal 80 24
	begin "\$kernel"
	wait_for '7 Console'
	typed c
	wait_for RUNNING
	kill -$signal "$(pid)"
	# A shell whose command dies of SIGINT drops the rest of the line, too.
	sees "SIG$signal ends it" "$([ $signal = INT ] && echo '^ready>$' || echo 'ended:1[2-4][0-9]')"
	sane "the terminal after SIG$signal"
done
terminal 80 24
begin "\$kernel"
wait_for '7 Console'
typed c
wait_for RUNNING
process=$(pid)
t kill-server
for ((i = 0; i < 100; i++)); do kill -0 "$process" 2> /dev/null || break; sleep 0.1; done
if kill -0 "$process" 2> /dev/null; then
	fail 'a terminal that goes' 'the process stays'
	kill "$process"
else
	pass 'a terminal that goes'
fi

# ---- scripts and recordings ----
terminal 80 24
printf 'step\nfocus cpu\nrecord-cast %s/here.cast\nstep\nrecord-cast\n' "$scratch" > "$scratch/lecture"
begin "--script \$scratch/lecture \$guest"
sees 'a script is played, and keys go on' '▶3 CPU'
typed q
wait_for 'ended:0'
head -n 1 "$scratch/here.cast" | grep -q '"version":2' && pass 'R records' || fail 'R records' "$(head -c 200 "$scratch/here.cast")"
finish
