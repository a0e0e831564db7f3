#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A guest's console in a terminal (tmux's): typing on the serial port and on the keyboard, suspending,
# terminals of all sizes, Ctrl-A.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
. "$(dirname "$0")/terminal.bash"
suite interface/cli_console
kernel=build/guests/kernel.elf
has_terminal console || finish
if [ ! -e $kernel ]; then
	skip 'console' 'the lab kernel is not built'
	finish
fi

terminal 90 30
typed "clear; '$RINGSIDE' run $kernel; echo ended:\$?" Enter
sees 'serial: the shell asks' '^\$'
typed 'cat motd' Enter
sees 'serial: the shell answers' 'A small kernel'
typed C-a h
sees 'Ctrl-A h tells' 'Ctrl-A x +quit'
kill -TSTP "$(pid)"
sees 'suspended' 'Stopped'
typed 'stty -a | grep -cw -e -icanon | sed s/^/raw:/' Enter
sees 'suspended: the terminal is sane' 'raw:0'
typed 'clear; fg' Enter
sleep 0.5
typed 'echo goes on' Enter
sees 'goes on' '^goes on'
typed C-a x
sees 'Ctrl-A x quits' 'ringside: stopped'

typed "clear; '$RINGSIDE' run --console=vga $kernel; echo ended:\$?" Enter
sees 'keyboard: the shell asks' '^\$'
typed 'echo Ab; ls' Enter
sees 'keyboard: the shell answers' '^motd'
sees 'keyboard: shift' '^Ab'
t resize-window -t s -x 40 -y 6
sees 'a small terminal shows the cursor' '^motd'
t resize-window -t s -x 1 -y 1
sleep 0.3
t resize-window -t s -x 100 -y 40
sees 'a large terminal shows it all' '^lab kernel|^Type help'
typed exit Enter
sees 'the guest ends' 'ended:0'
[ "$(t display-message -p -t s '#{cursor_flag}#{alternate_on}')" = 10 ] && pass 'the screen is as before' ||
	fail 'the screen is as before'
finish
