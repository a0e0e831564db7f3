#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A kernel that boots from a disk, reads the MP table and drives local APIC, I/O APIC, disk, keyboard, UART and clocks by their
# interrupts: the same in every technique, moved among them, repeated from a recording, and in QEMU.
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite guests/apic_kernel
image=$guests/apic-kernel.img

# The secondary channel's two disks.
truncate -s 200K "$scratch/third.img"
truncate -s 300K "$scratch/fourth.img"
disks="--disk=$image --disk3=$scratch/third.img --disk4=$scratch/fourth.img"

runs() { # name, file, options...
	local name=$1 file=$2
	shift 2
	# shellcheck disable=SC2086
	timeout "$patience" "$RINGSIDE" run --apic --memory=${memory}M $disks --limit=20G --console=serial --exit-code \
		--digest "$@" > "$file" 2> "$scratch/ringside.err" < /dev/null
	status=$?
	[ "$status" = 2 ] && pass "$name: comes to its end" ||
		fail "$name: comes to its end" "status $status, $(tail -n 3 "$file" | tr '\n' ' ')"
}

runs native "$scratch/native.txt" --technique=native
grep -v '^digest' "$scratch/native.txt" > "$scratch/said.txt"
says 'its last line' "$scratch/said.txt" '^done$'
for options in --technique=emulate '--technique=trap --ring=1' '--technique=trap --ring=3' --technique=bt '--technique=bt --ring=3' \
	'--technique=hvm --paging=nested' '--technique=hvm --paging=shadow' --technique=pv; do
	# shellcheck disable=SC2086
	runs "$options" "$scratch/other.txt" $options
	same "$options: says the same, same digest" "$scratch/native.txt" "$scratch/other.txt"
done
seeds='1 2 3 4'
[ "$whole" ] || seeds=1
for seed in $seeds; do
	runs "moved at random, seed $seed" "$scratch/other.txt" --technique=trap "--switch-random=$seed:100"
	same "moved at random, seed $seed: says the same, same digest" "$scratch/native.txt" "$scratch/other.txt"
done
for technique in native bt; do
	runs "recorded under $technique" "$scratch/other.txt" "--technique=$technique" --record="$scratch/run.rec"
	if "$RINGSIDE" replay --check "$scratch/run.rec" > "$scratch/check.txt" 2>&1; then
		pass "recorded under $technique: comes again"
	else
		fail "recorded under $technique: comes again" "$(tail -n 3 "$scratch/check.txt")"
	fi
done
# Without the APIC the kernel finds no table, and says so.
timeout "$patience" "$RINGSIDE" run --technique=native --disk="$image" --limit=20G --console=serial --exit-code \
	> "$scratch/none.txt" 2> /dev/null < /dev/null
says 'no table where there is no APIC' "$scratch/none.txt" 'FAILED: no MP table'
if "$RINGSIDE" run --technique=native --apic --cpu=i486 --disk="$image" > "$scratch/none.txt" 2>&1; then
	fail 'no APIC with a processor that has none' "$(cat "$scratch/none.txt")"
else
	says 'no APIC with a processor that has none' "$scratch/none.txt" 'apic: the processor i486 has no local APIC'
fi
if has_qemu 'the same in QEMU'; then
	cp "$image" "$scratch/qemu.img"
	timeout 120 qemu-system-i386 -drive file="$scratch/qemu.img",format=raw,index=0,media=disk -display none \
		-drive file="$scratch/third.img",format=raw,index=2,media=disk \
		-drive file="$scratch/fourth.img",format=raw,index=3,media=disk \
		-serial file:"$scratch/qemu.txt" -device isa-debug-exit,iobase=0xf4,iosize=1 -m $memory -no-reboot > /dev/null 2>&1
	same 'says the same as in QEMU' "$scratch/qemu.txt" "$scratch/said.txt"
fi
finish
