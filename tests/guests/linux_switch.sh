#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Debian's Linux moved among techniques at a hundred random moments of one boot: its self-test and its console are those of a boot
# that stayed where it was, but for the times in them. The seed is printed and can be given (RINGSIDE_SEED); the whole test
# moves the PAE kernel ten thousand times too; the soak does both with ever other seeds.
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite guests/linux_switch

if [ "$BUILD" != build ]; then
	skip 'Linux, moved' 'slow builds boot it without moves (linux.sh), and move the lab kernel (lab_switch.sh)'
	finish
fi
modes=emulate,bt,bt/3,hvm/shadow,hvm/nested
for file in debian-686 debian-686-pae debian-initramfs.cpio; do
	[ -e guests/$file ] && continue
	skip 'Linux, moved' "guests/$file is not fetched: make guests"
	finish
done

# Devices run on model time, and techniques take their own: moments, speeds, and what is said of clocks differ, and
# with them the order in which the kernel's threads speak.
timeless() { # file
	tr -d '\r' < "$1" | sed -E 's/^\[ *[0-9]+\.[0-9]+\] //' | grep -viE 'clock|tsc|BogoMIPS|audit: type' | sort
}

boot() { # file, options and guest
	local file=$1
	shift
	timeout "$patience" "$RINGSIDE" run --limit=100G --console=serial "$@" selftest > "$file" 2> "$file.err" < /dev/null
}

moved() { # guest, seed, moves, gap, how many there must be
	local name="$1, moved at random, seed $2, $4 cycles apart" moves
	boot "$scratch/$1.moved" --technique=hvm "--switch-random=$2:$3@$4:$modes" "$1"
	moves=$(sed -n 's/.*switched \([0-9]*\) times.*/\1/p' "$scratch/$1.moved.err")
	[ "${moves:-0}" -ge "$5" ] && pass "$name: moves" || fail "$name: moves" "${moves:-none}; $(cat "$scratch/$1.moved.err")"
	timeless "$scratch/$1.moved" > "$scratch/$1.moved.text"
	same "$name: console" "$scratch/$1.text" "$scratch/$1.moved.text"
}

stays() { # guest: what it says where it is not moved
	boot "$scratch/$1" --technique=hvm --paging=nested "$1"
	says "$1, never moved, ends well" "$scratch/$1" '^selftest end: ok'
	timeless "$scratch/$1" > "$scratch/$1.text"
	[ "$(wc -l < "$scratch/$1.text")" -gt 150 ] && pass "$1: most lines are compared" || fail "$1: most lines are compared"
}

seed=${RINGSIDE_SEED:-1}
stays debian
moved debian "$seed" 135 10M 100
if [ -z "${RINGSIDE_SHORT:-}" ]; then
	stays debian-pae
	moved debian-pae "$seed" 10000 10K 5000
fi
finish
