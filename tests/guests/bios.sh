#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The BIOS that boots disks: the same boot sector here, in every technique, and in QEMU on another BIOS.
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite guests/bios

if core/bios/build --check; then
	pass 'the image is what its sources give'
else
	fail 'the image is what its sources give' 'run core/bios/build'
fi
gcc -m32 -c -o "$scratch/disk.o" tests/guests/bios_disk.S &&
	ld -m elf_i386 -Ttext 0x7c00 -e 0x7c00 --oformat binary -o "$scratch/disk.img" "$scratch/disk.o" 2> "$scratch/ld.txt"

boots() { # name, file, options
	# shellcheck disable=SC2086
	timeout "$patience" "$RINGSIDE" run $3 --disk="$scratch/disk.img" --limit=2G --console=serial --exit-code \
		--digest > "$2" 2> "$scratch/ringside.err" < /dev/null
	status=$?
	[ "$status" = 5 ] && pass "$1: comes to its end" || fail "$1: comes to its end" "status $status"
}

boots native "$scratch/native.txt" --technique=native
grep -v '^digest' "$scratch/native.txt" > "$scratch/said.txt"
for options in --technique=emulate '--technique=trap --ring=1' '--technique=trap --ring=3'; do
	boots "$options" "$scratch/other.txt" "$options"
	same "$options: says the same, same digest" "$scratch/native.txt" "$scratch/other.txt"
done
if has_qemu 'another BIOS'; then
	cp "$scratch/disk.img" "$scratch/qemu.img"
	timeout 60 qemu-system-i386 -drive file="$scratch/qemu.img",format=raw,index=0,media=disk -display none \
		-serial file:"$scratch/qemu.txt" -device isa-debug-exit,iobase=0xf4,iosize=1 -m 64 > /dev/null 2>&1
	same 'says the same as on another BIOS' "$scratch/qemu.txt" "$scratch/said.txt"
fi
finish
