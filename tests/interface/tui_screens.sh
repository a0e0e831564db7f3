#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Whole screens as they are expected to the letter, at 80x24 and 120x40: tests/visualizer/screens/NAME-SIZE.txt. After a change
# that is meant: RINGSIDE_REGENERATE=1 bash tests/interface/tui_screens.sh, and read what git says has changed. One name as an argument
# does that screen alone. The guest is bytes: no compiler changes its addresses.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/tui_screens
folder=tests/visualizer/screens
export XDG_CONFIG_HOME=$scratch/config

# "Hi" to port E9; PDE 0 -> a page table that maps 4 MiB as they lie, PDE 1 -> a large page (cr4.PSE); paging on. A store to
# 150000h, loads from 160000h, its own page table and 100000h, a store to 400000h; then, without end, cli; out 80h, al; sti.
flat guest '\xb0\x48\xe6\xe9\xb0\x69\xe6\xe9\xb0\x0a\xe6\xe9\xc7\x05\x00\x00\x20\x00\x07\x10\x20\x00\xc7\x05\x04\x00\x20\x00\x83\x00\x40\x00\xbf\x00\x10\x20\x00\xb8\x07\x00\x00\x00\xb9\x00\x04\x00\x00\xab\x05\x00\x10\x00\x00\xe2\xf8\xb8\x00\x00\x20\x00\x0f\x22\xd8\xb8\x10\x00\x00\x00\x0f\x22\xe0\x0f\x20\xc0\x0d\x00\x00\x00\x80\x0f\x22\xc0\xa3\x00\x00\x15\x00\x8b\x1d\x00\x00\x16\x00\x8b\x1d\x00\x10\x20\x00\x8b\x1d\x00\x00\x10\x00\xa3\x00\x00\x40\x00\xb0\x41\xfa\xe6\x80\xfb\xeb\xfa'
guest=(--boot=flat --memory=8M --limit=1M "$scratch/guest.bin")

compare() { # file, what it is
	[ -z "${RINGSIDE_REGENERATE:-}" ] || cp "$scratch/out" "$1"
	if [ "$status" = 0 ] && cmp -s "$scratch/out" "$1"; then
		pass "$2"
	else
		fail "$2" "status $status: $(head -n 2 "$scratch/err"; diff "$1" "$scratch/out" | head -n 8)"
	fi
}

only=${1:-}
# name, options, commands...: both sizes
screen() {
	local name=$1 options=$2 size commands=()
	shift 2
	[ -z "$only" ] || [ "$only" = "$name" ] || return 0
	for command; do commands+=(-e "$command"); done
	for size in 80x24 120x40; do
		# shellcheck disable=SC2086
		run "$RINGSIDE" tui --dump=$size $options "${commands[@]}" "${guest[@]}"
		compare "$folder/$name-$size.txt" "$name at $size"
	done
}
# One size.
sized() { # name, size, options, commands...
	local name=$1 size=$2 options=$3 commands=()
	shift 3
	[ -z "$only" ] || [ "$only" = "$name" ] || return 0
	for command; do commands+=(-e "$command"); done
	# shellcheck disable=SC2086
	run "$RINGSIDE" tui --dump="$size" $options "${commands[@]}" "${guest[@]}"
	compare "$folder/$name-$size.txt" "$name at $size"
}

# ---- the screen itself ----
screen begin ''
screen story --story 'key } }'
screen story-end --story 'key } } } } } } } }'
screen zoom '' 'focus story' 'trap 3' zoom
sized keys 80x24 '' 'key ?'
screen output '' 'info kinds'
screen error '' 'key : b r a k e Enter'
screen typing '' 'key : t r a'
screen found '' 'focus code' 'find stosd'
screen not-found '' 'focus code' 'key / n o n s e n s e Enter'
screen readonly --readonly 'key s'
screen ascii '--ascii --story'
screen past '' 'trap 6' 'reverse-trap 2'
screen breakpoint '' 'break *0010000a' continue
screen gone '' 'step 5' 'reverse-step 9'
sized small 60x15 --story
sized small 40x10 '' 'focus cpu'
sized small 79x24 '' 'focus exits'
sized tiny 20x5 ''
sized tiny 12x3 ''
sized tiny 7x2 ''
sized tiny 1x1 ''
sized wide 200x60 --story

# ---- modes ----
for mode in native emulate trap bt hvm; do
	screen "mode-$mode" "--technique=$mode" 'goto 400k'
done
screen mode-ring3 '--technique=trap --ring=3' 'goto 400k'
screen mode-hvm-shadow '--technique=hvm --paging=shadow' 'goto 400k'
screen switched '' 'goto 300k' 'switch bt' 'step 2'

# ---- panels that are tabs, and the linked ones ----
for tab in console memory tables tlb descriptors devices cache timeline events; do
	screen "tab-$tab" '' 'goto 400k' "tab $tab"
	screen "bt-$tab" --technique=bt 'goto 400k' "tab $tab"
done
screen translation --technique=bt 'goto 400k' 'focus translation'
screen walk '' 'goto 400k' 'focus walk'
screen walk-nested --technique=hvm 'goto 400k' 'focus walk'
screen memory-goto '' 'goto 400k' 'focus memory' 'goto *00201000'
screen filter '' 'goto 400k' 'filter hidden-fault,trace'
screen mode-story '' 'goto 400k' 'mode story'
finish
