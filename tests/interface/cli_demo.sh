#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The demo without a terminal: it tells its stories, in 80 columns, without colour, soon done.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/cli_demo
if [ ! -e build/guests/kernel.elf ]; then
	skip 'demo' 'the lab kernel is not built'
	finish
fi

begin=$SECONDS
expect 'demo: ends well' 0 'A kernel in ring 1' '' "$RINGSIDE" demo
[ $((SECONDS - begin)) -lt 60 ] && pass 'demo: under a minute' || fail 'demo: under a minute' "$((SECONDS - begin)) s"
cp "$scratch/out" "$scratch/demo"
told() { # name, regular expression
	grep -qE -- "$2" "$scratch/demo" && pass "demo tells of $1" || fail "demo tells of $1" "'$2' is not there"
}
told 'a trap' 'the processor raises #GP\(0\)'
told 'both truths' 'the guest now believes +the hardware held then'
told 'CPL' '^ +CPL +0 +1 +\*'
told 'CR3' '^ +CR3 +[0-9a-f]{8} +[0-9a-f]{8} +\*'
told 'a hidden fault' 'hidden-fault'
told 'a system call' 'int 0x80'
told 'the end of the guest' 'kernel: off'
told 'its exits' '^all exits +[0-9]+'
told 'the hole' 'the guest sees 0, should see 1'
[ ! -e guests/invaders.exec ] || told 'ports of a real game' '064 in '
wide=$(python3 -c 'import sys; print(sum(len(l.rstrip("\n")) > 80 for l in open(sys.argv[1], encoding="utf-8")))' "$scratch/demo" 2> /dev/null)
[ "${wide:-0}" = 0 ] && pass 'demo: 80 columns' || fail 'demo: 80 columns' "$wide lines are wider"
grep -q $'\033' "$scratch/demo" && fail 'demo: no colour in a file' || pass 'demo: no colour in a file'
run env LC_ALL=C "$RINGSIDE" demo
LC_ALL=C grep -q '[^ -~]' "$scratch/out" && fail 'demo: ASCII where that is all there is' || pass 'demo: ASCII where that is all there is'
run "$RINGSIDE" demo
cmp -s "$scratch/demo" "$scratch/out" && pass 'demo: the same each time' || fail 'demo: the same each time'
expect 'demo: without its guests' 2 '' 'make' "$RINGSIDE" demo "$scratch/no-kernel"
finish
