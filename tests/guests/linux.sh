#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Debian's Linux, unmodified (`make guests`): from its entry to a self-test of its own userland, whose answers are the same on any
# machine; a repeated boot is the same run; what is asked of an interactive shell; and QEMU says what we say.
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite guests/linux

[ "$BUILD" = build ] || patience=1500 # builds that look closely take their time over a whole boot

# One row a boot: guest | options of the technique | when: always, only in the whole test, only in the hostile build, or not in
# that: whose translation cache of a few units makes a boot by bt last longer than all other tests.
# What the console of a guest says is, times left out, what it said in its first row. Some rows compare the VMM's shadow tables with
# the guest's on the way.
rows='
debian     | --technique=native | always
debian     | --technique=bt --ring=1 | not hostile
debian     | --technique=hvm --paging=shadow | hostile
debian     | --technique=native --apic | whole
debian     | --technique=bt --ring=3 | whole
debian-pae | --technique=native | whole
debian-pae | --technique=bt --ring=1 --check-shadow --check-every=997 | whole
debian-pae | --technique=bt --ring=3 --apic --check-shadow --check-every=1999 | whole
debian     | --technique=emulate --limit=100G | whole
debian     | --technique=hvm --paging=shadow --check-shadow --check-every=97 | whole
debian     | --technique=hvm --paging=nested --hypervisor=kvm | whole
debian-pae | --technique=hvm --paging=shadow --apic --check-shadow --check-every=97 | whole
debian-pae | --technique=hvm --paging=nested --apic | whole
'

for file in debian-686 debian-686-pae busybox-i386; do
	[ -e guests/$file ] && continue
	skip 'Linux' "guests/$file is not fetched: make guests"
	finish
done
# The first file system is made again, for its scripts may have changed since.
scripts/make-initramfs guests/busybox-i386 guests/debian-initramfs.cpio ||
	fail 'the initramfs is made' 'scripts/make-initramfs'

# ---- the self-test ----

cat > "$scratch/golden" <<- END
	selftest begin: Linux i686
	selftest forks: 150
	selftest zeroes: b5cfa9d6c8febd618f91ac2843d50a1c  -
	selftest sort: $(seq 2000 | LC_ALL=C sort | md5sum)
	selftest awk: 3.141274381
	selftest gzip: $(seq 5000 | md5sum)
	selftest bc: 229562577751284325077423156048737514646028999111827547900196
	selftest sleep: about a second
	selftest end: ok
END

# Console into FILE, events' digest into FILE.events; leaves $status.
boot() { # file, options and the guest with its words
	local file=$1
	shift
	timeout "$patience" "$RINGSIDE" run --limit="$limit" --console=serial "$@" > "$file" 2> "$file.err" < /dev/null
	status=$?
}

selftest() { # name, file
	tr -d '\r' < "$2" | grep '^selftest' > "$scratch/selftest"
	same "$1: the self-test" "$scratch/golden" "$scratch/selftest"
}

# A console without moments, and without the lines that tell of what differs: the processor's name, features, caches and clock;
# firmware's tables and memory map; the screen, and devices that one of the two has not. Sorted: threads of the kernel's
# own say what they have to say when it is their turn.
comparable() { # file
	tr -d '\r' < "$1" | sed -E 's/^\[ *[0-9]+\.[0-9]+\] //' | grep -vE "$differs" | sort
}
differs='e820|EDD|MTRR|MP-table|MultiProcessor|MPTABLE|APIC|apic|Processor|smpboot|Using|TIMER|Virtual Wire|NR_IRQS|NVS region'
differs+='|clock|tsc|BogoMIPS|audit: type|setting system clock|command line|Console: colour|ttyS1|i8042|input:|KBD'
differs+='|Last level|ITS:|mce|microcode|PMU|perfctr|Performance Events|hardware sampling|x86/fpu|max sigframe|NMI watchdog'
differs+='|^\.\.\. |x86/PAT|^Disabled$|Hypervisor detected|Booting paravirtualized|kvm-guest|ExtINT'

# Where the machine has APICs, or a VMM's clock is announced, the kernel takes them.
drives() { # name, file, options
	case $3 in
	*--apic*)
		says "$1: interrupts by the I/O APIC" "$2" 'Enabling APIC mode: +Flat\. +Using 1 I/O APICs'
		says "$1: the timer at its pin 2" "$2" '\.\.TIMER: vector=0x30 apic1=0 pin1=2'
		;;
	*--hypervisor=kvm*) says "$1: KVM's clock is what it tells time by" "$2" 'Switched to clocksource kvm-clock' ;;
	esac
}

while IFS='|' read -r guest options when; do
	guest=${guest// /} when=${when# }
	[ -n "$guest" ] || continue
	case $when in
	whole) [ "$whole" ] || continue ;;
	hostile) [ "$BUILD" = build/hostile ] || continue ;;
	'not hostile') [ "$BUILD" != build/hostile ] || continue ;;
	esac
	# shellcheck disable=SC2086,SC2116
	name=$(echo $guest ${options//--/}) # blanks of the table's columns go
	out=$scratch/${name// /_}
	# shellcheck disable=SC2086
	boot "$out" $options --digest $guest selftest
	selftest "$name" "$out"
	says "$name: ends by a reset" "$out.err" 'asked for a reset'
	[ "$status" = 0 ] && pass "$name: status" || fail "$name: status" "$status"
	drives "$name" "$out" "$options"
	comparable "$out" | grep -v '^digest' > "$out.text"
	[ -e "$scratch/$guest.text" ] || cp "$out.text" "$scratch/$guest.text"
	same "$name: the console" "$scratch/$guest.text" "$out.text"
done <<< "$rows"

# ---- the same run again, with somebody who listens to all of its events ----

events() { # file, technique: the run's console, then the digests of its end and of its events
	local fifo=$scratch/events
	rm -f "$fifo"
	mkfifo "$fifo"
	sha256sum < "$fifo" > "$1.events" &
	boot "$1" "--technique=$2" --digest --events="$fifo" debian selftest
	wait $!
	cat "$1.events" >> "$1"
}
if [ "$whole" ]; then
	events "$scratch/one" native
	events "$scratch/two" native
	same 'two boots: console, memory, events' "$scratch/one" "$scratch/two"
	[ "$(wc -c < "$scratch/one")" -gt 10000 ] && pass 'there is something to compare' || fail 'there is something to compare'
	head -n -1 "$scratch/one" > "$scratch/heard"
	same 'a boot that is listened to is the one that is not' "$scratch/debian_technique=native" "$scratch/heard"
	boot "$scratch/again" --technique=bt --ring=1 --digest debian selftest
	same 'two boots of a translated kernel' "$scratch/debian_technique=bt_ring=1" "$scratch/again"
fi

# ---- a recording has all that the guest came from ----

if [ "$whole" ]; then
	cp guests/debian-686 "$scratch/kernel"
	cp guests/debian-initramfs.cpio "$scratch/initrd"
	timeout "$patience" "$RINGSIDE" run --technique=native --console=none --limit=200M --record="$scratch/record" \
		--initrd="$scratch/initrd" --cmdline='console=ttyS0 nokaslr' "$scratch/kernel" > "$scratch/out" 2>&1 < /dev/null
	rm "$scratch/kernel" "$scratch/initrd"
	timeout "$patience" "$RINGSIDE" replay --check "$scratch/record" > "$scratch/out" 2>&1 < /dev/null &&
		pass 'a recording is repeated without its files' ||
		fail 'a recording is repeated without its files' "$(tail -n 3 "$scratch/out")"
fi

# ---- a shell, typed into ----

if [ "$whole" ]; then
	cat > "$scratch/keys" <<- 'END'
		2500000000 serial "echo $((6 * 7)) is typed; cat /proc/cmdline\n"
		2800000000 serial "cat /proc/interrupts\n"
		3200000000 serial "exit\n"
	END
	boot "$scratch/shell" --technique=native --apic --keys="$scratch/keys" debian quiet
	says 'the shell asks' "$scratch/shell" '^debian# '
	says 'the shell answers' "$scratch/shell" '^42 is typed'
	says 'words follow those that the guest has' "$scratch/shell" 'cryptomgr.notests noisapnp quiet'
	says "the local APIC's timer ticks" "$scratch/shell" '^LOC: +[1-9][0-9]{2,} +Local timer interrupts'
	says "the serial port's interrupts come by the I/O APIC" "$scratch/shell" '^ +4: +[1-9][0-9]* +IO-APIC +4-edge'
	says 'exit ends it' "$scratch/shell.err" 'asked for a reset'
fi

# ---- the same in QEMU ----

words='console=ttyS0 nokaslr reboot=t cryptomgr.notests noisapnp selftest'
machine=microvm,pic=on,pit=on,rtc=on,isa-serial=on,acpi=off,x-option-roms=off,auto-kernel-cmdline=off,ioapic2=off

if [ "$whole" ] && has_qemu 'Linux in QEMU'; then
	timeout "$patience" qemu-system-i386 -M $machine -cpu pentium2 -m 64 -kernel guests/debian-686 \
		-initrd guests/debian-initramfs.cpio -append "$words" -display none -serial stdio -monitor none -no-reboot \
		> "$scratch/qemu" 2> "$scratch/qemu.err" < /dev/null
	boot "$scratch/ours" --technique=native --memory=64M --initrd=guests/debian-initramfs.cpio --cmdline="$words" \
		guests/debian-686
	says 'a triple fault is an end' "$scratch/ours.err" 'triple fault'
	selftest QEMU "$scratch/qemu"
	comparable "$scratch/qemu" > "$scratch/qemu.text"
	comparable "$scratch/ours" > "$scratch/ours.text"
	[ "$(wc -l < "$scratch/qemu.text")" -gt 150 ] && pass 'most lines are compared' || fail 'most lines are compared'
	same "QEMU's console" "$scratch/qemu.text" "$scratch/ours.text"
fi
finish
