#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `flame`: folded stacks that add up to the clock, the picture, the list, and what goes wrong.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/cli_flame
kernel=build/guests/kernel.elf hello=build/guests/hello.elf
flame=("$RINGSIDE" flame)

# sti; cli; jmp back
flat loop '\xfb\xfa\xeb\xfc'
loop=(--boot=flat --limit=20K "$scratch/loop.bin")
expect 'a guest without symbols' 124 '^guest kernel;00100xxx;VMM trap;cli;emulate_decode [0-9]+$' 'limit' "${flame[@]}" "${loop[@]}"
expect 'no such form' 2 '' 'folded, svg and text' "${flame[@]}" --format=png "${loop[@]}"
expect 'no guest' 2 '' 'guest' "${flame[@]}"
expect 'where nothing can be written' 1 '' '/proc/none' "${flame[@]}" -o /proc/none/x.svg "${loop[@]}"
ln -s /dev/full "$scratch/full.svg"
expect 'a full disk' 1 '' 'No space' "${flame[@]}" -o "$scratch/full.svg" "${loop[@]}"
[ "$(wc -l < "$scratch/err")" = 1 ] && pass 'told in one line' || fail 'told in one line' "$(cat "$scratch/err")"
expect 'a closed pipe' 0 'begin or move' '' bash -c "'$RINGSIDE' flame --boot=flat --limit=20K '$scratch/loop.bin' 2>&1 | head -n 1"
expect 'a picture on standard output' 124 '^<svg ' '' "${flame[@]}" --format=svg "${loop[@]}"

if [ ! -e $kernel ]; then
	skip 'the lab kernel' 'not built'
	finish
fi

# The sum of all stacks is the clock of the same guest under `run`: nothing is missing, and looking has changed nothing.
words=(hz=1000 workload=forkwait n=1)
adds_up() { # name, options and guest
	local cycles sum plain=("${@:2}")
	cycles=$("$RINGSIDE" run --json --console=none "${plain[@]/#--every=*/--json}" | grep -oE '"cycles":[0-9]+' | head -n 1)
	run "${flame[@]}" -o "$scratch/$1.folded" "${@:2}"
	sum=$(awk '{ sum += $NF } END { printf "%d", sum }' "$scratch/$1.folded")
	[ "$status" = 0 ] && [ "$sum" = "${cycles#*:}" ] && pass "adds up: $1" || fail "adds up: $1" "$sum, not $cycles"
}
for mode in native emulate bt; do adds_up $mode --technique=$mode $kernel "${words[@]}"; done
adds_up ring3 --technique=trap --ring=3 $kernel "${words[@]}"
adds_up hvm --technique=hvm --profile=pentium4-672 $kernel "${words[@]}"
adds_up moved --switch=1M:bt,2M:hvm,3M:trap $kernel "${words[@]}"
adds_up coarse --every=5000 $kernel "${words[@]}"
[ -e build/guests/kernel-pv.elf ] && adds_up domain --technique=pv build/guests/kernel-pv.elf "${words[@]}"
exits=$("$RINGSIDE" run --exit-code --console=none $hello > /dev/null 2>&1; echo $?)
run "${flame[@]}" -o "$scratch/hello.folded" $hello
grep -q '^idle [1-9]' "$scratch/hello.folded" && [ "$exits" != 0 ] && pass 'idle time' || fail 'idle time' "$(tail -n 2 "$scratch/hello.folded")"

stack() { # name, file, expression
	grep -qE "$3" "$scratch/$2.folded" && pass "$1" || fail "$1" "$(head -n 2 "$scratch/$2.folded")"
}
stack 'calls' native '^guest kernel;high;kernel_main;paging_init;map_straight [0-9]+$'
stack 'calls from an interrupt' native ';trap_entry;trap;'
stack 'a context switch is no call' native '^guest kernel;([^;]+;){2,12}[^;]+ [0-9]+$'
stack 'page walks' native ';page walk [0-9]+$'
stack 'user code' native '^guest user;08048xxx [0-9]+$'
stack 'interpretation' emulate '^guest user;08048xxx;interpreter [0-9]+$'
stack 'shadow memory' ring3 ';VMM trap;hidden fault;shadow_fill [0-9]+$'
stack 'translation' bt ';VMM bt;[^;]+;translate [0-9]+$'
stack 'VM exits' hvm ';VMM hvm;in;vm_exit [0-9]+$'
grep -q 'VMM bt' "$scratch/moved.folded" && grep -q 'VMM hvm' "$scratch/moved.folded" && pass 'every technique on the way' ||
	fail 'every technique on the way'

# The same run gives the same bytes, in every form.
run "${flame[@]}" -o "$scratch/again.folded" --technique=native $kernel "${words[@]}"
cmp -s "$scratch/native.folded" "$scratch/again.folded" && pass 'again the same' || fail 'again the same'
expect 'a list' 0 '^ +[0-9]+ +[0-9.]+% .* selfcheck$' '' "${flame[@]}" --every=5000 --format=text --top=3 $kernel "${words[@]}"
[ "$(wc -l < "$scratch/out")" = 6 ] && grep -q 'all others' "$scratch/out" && pass 'of three' || fail 'of three' "$(cat "$scratch/out")"
run "${flame[@]}" --technique=native -o "$scratch/k.svg" $kernel "${words[@]}"
if command -v python3 > /dev/null; then
	if python3 -c 'import sys, xml.dom.minidom; assert len(xml.dom.minidom.parse(sys.argv[1]).getElementsByTagName("title")) > 30' \
		"$scratch/k.svg" 2> "$scratch/err"; then
		pass 'the picture is well formed'
	else
		fail 'the picture is well formed' "$(tail -n 1 "$scratch/err")"
	fi
fi
grep -q 'prefers-color-scheme:dark' "$scratch/k.svg" && ! grep -qE '<script|https?://[^w]' "$scratch/k.svg" &&
	pass 'which stands alone' || fail 'which stands alone'

finish
