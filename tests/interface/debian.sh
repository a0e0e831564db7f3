#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A person at Debian's shell, in a terminal (tmux's): what is typed is answered, Ctrl-A is ours, and the terminal is given back.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
. "$(dirname "$0")/terminal.bash"
suite interface/debian
if [ ! -e guests/debian-686 ] || [ ! -e guests/debian-initramfs.cpio ]; then
	skip 'a shell in a terminal' 'not fetched: make guests'
	finish
fi
has_terminal 'a shell in a terminal' || finish

terminal 90 30
typed "clear; '$RINGSIDE' run --console --speed=full debian quiet; echo ended:\$?" Enter
sees 'the shell asks' '^debian#'
typed 'echo $((6 * 7)) is typed' Enter
sees 'the shell answers' '^42 is typed'
typed 'sleep 1000' Enter
typed C-c
typed 'echo still here' Enter
sees 'Ctrl-C is the guest'"'"'s' '^still here'
typed C-a h
sees 'Ctrl-A h tells' 'Ctrl-A x +quit'
typed C-u 'clear' Enter
# The shell reads its line with its own echo; what comes before it has given the terminal back is not shown.
typed 'echo from here on; cat' Enter
sees 'the guest reads' '^from here on'
typed C-a a Enter
sees 'Ctrl-A a is the guest'"'"'s' '^\^A'
typed C-d
sees 'the guest has read' '^debian#$'
sleep 0.5 # the shell asks the terminal where its cursor is: that answer is the guest's
typed C-a c
sees 'Ctrl-A c opens the shell' '^\(ringside\)'
typed 'print 6 * 7' Enter
sees 'the shell works' '42'
typed 'step 3' Enter
typed 'reverse-step 3' Enter
typed 'continue' Enter
typed '' Enter
typed 'clear; echo back $((40 + 2))' Enter
sees 'continue goes back' '^back 42'
sleep 0.5
typed C-a c
sees 'and again' '^\(ringside\)'
typed 'print 7 * 7' Enter
sees 'its prompt' '^49'
typed C-d
typed '' Enter
typed 'echo back $((40 + 3))' Enter
sees 'Ctrl-D goes back' '^back 43'
typed C-a x
sees 'Ctrl-A x quits' 'ended:0'
typed 'clear; stty -a | grep -cw -e -icanon | sed s/^/raw:/' Enter
sees 'the terminal is sane' 'raw:0'
finish
