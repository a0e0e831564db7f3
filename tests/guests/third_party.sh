#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Guests that nobody here wrote, unmodified (`make guests`): a game for bare PCs and a microkernel, by every
# technique; boot loaders, and a memory test in both forms that it has.
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite guests/third_party

assisted=('--technique=hvm --paging=shadow' '--technique=hvm --paging=nested')
techniques=('--technique=native' '--technique=emulate' '--technique=trap --ring=1' '--technique=trap --ring=3' "${assisted[@]}")
translated=('--technique=bt --ring=1' '--technique=bt --ring=3') # whose own instructions take time that no profile makes free
also=()
if [ "$slow" ]; then # one of each kind
	techniques=('--technique=native' '--technique=trap --ring=1' '--technique=hvm --paging=nested') translated=('--technique=bt --ring=3')
fi

fetched() { # file
	[ -e "guests/$1" ] && return
	skip "$1" 'not fetched: make guests'
	return 1
}

# Runs a guest with options by one technique, all it says into FILE; leaves $status.
third_party() { # file, technique's options, other options and the guest
	local file=$1 options=$2
	shift 2
	# shellcheck disable=SC2086
	timeout "$patience" "$RINGSIDE" run $options "$@" > "$file" 2> "$scratch/ringside.err" < /dev/null
	status=$?
}

# The same options by every technique: the same output (the first is native's), and the status expected.
everywhere() { # name, status, options and the guest
	local name=$1 want=$2 options
	shift 2
	rm -f "$scratch/native.txt"
	for options in "${techniques[@]}" "${also[@]}"; do
		third_party "$scratch/seen.txt" "$options" "$@"
		[ "$status" = "$want" ] && pass "$name ends: ${options//--/}" ||
			fail "$name ends: ${options//--/}" "status $status: $(head -c 200 "$scratch/ringside.err")"
		[ -e "$scratch/native.txt" ] || cp "$scratch/seen.txt" "$scratch/native.txt"
		same "$name: ${options//--/}" "$scratch/native.txt" "$scratch/seen.txt"
	done
}

# QEMU's text memory as --screen prints it.
qemu_screen() { # file
	od -An -v -w2 -tu1 "$1" | awk '{ printf "%c", $1 < 32 ? 32 : $1; if (++n % 80 == 0) print "" }' |
		sed 's/ *$//' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

# The lost game in QEMU, on its own clock of instructions: left is held from the first picture on, and the
# last one is taken. $scratch/qemu.screen is empty when it did not come to that.
game_over_in_qemu() {
	local i held=
	mkfifo "$scratch/monitor"
	timeout 120 qemu-system-i386 -kernel guests/invaders.exec -m 16 -display none -icount shift=10 -no-reboot \
		-monitor stdio < "$scratch/monitor" > "$scratch/monitor.out" 2>&1 &
	exec 3> "$scratch/monitor"
	for ((i = 0; i < 500; i++)); do
		echo "pmemsave 0xb8000 4000 \"$scratch/dump\"" >&3
		sleep 0.1
		if [ -z "$held" ] && grep -aqF -- '-' "$scratch/dump" && grep -aqF "/" "$scratch/dump"; then
			echo 'sendkey left 60000' >&3
			held=yes
		fi
		grep -aq 'P.R.E.S.S. .E.S.C' "$scratch/dump" && break
	done 2> /dev/null
	echo quit >&3
	exec 3>&-
	wait
	qemu_screen "$scratch/dump" > "$scratch/qemu.screen"
}

# ---- the game ----

if fetched invaders.exec; then
	game=(--memory=16M --console=none)

	# What a technique costs moves the game's own clock, which polls ports; where it costs nothing (level.profile)
	# the same keys give the same picture at the same moment, and in the end the same memory and registers.
	level=("${game[@]}" --profile=tests/guests/level.profile --screen --digest)
	everywhere 'a game' 0 "${level[@]}" --keys=tests/guests/invaders.keys --limit=400M \
		--screen-at=10M,30M,48M,60M,80M,110M,140M,170M,200M guests/invaders.exec
	cp "$scratch/native.txt" "$scratch/game.txt"
	[ "$(grep -c '^--- screen' "$scratch/game.txt")" = 10 ] && pass 'ten pictures' || fail 'ten pictures'
	says 'a shot flies' "$scratch/game.txt" '^ +\|$'
	says 'the pause' "$scratch/game.txt" '^ +PRESS .P.$'
	ship() { # picture number: its column
		awk -v n="$1" '/^--- screen/ { i++ } i == n && /^ *\/ \\$/ { print index($0, "/") }' "$scratch/game.txt"
	}
	# Pictures: 1 at the beginning, 3 moved left, 6 moved right again.
	[ "$(ship 1)" = 40 ] && [ "$(ship 3)" -lt 30 ] && [ "$(ship 6)" -gt "$(ship 3)" ] &&
		pass 'the ship moves' || fail 'the ship moves' "columns $(ship 1), $(ship 3), $(ship 6)"

	# On the usual machine the frames are a little longer, the slower the technique: so only the first ones, in
	# the middle of which all of them still are.
	printf '145000000 key left left\n210000000 key space\n' > "$scratch/usual.keys"
	also=("${translated[@]}")
	everywhere 'the usual machine' 124 "${game[@]}" --keys="$scratch/usual.keys" --limit=500M \
		--screen-at=100M,165M,228M,292M,357M,422M,486M guests/invaders.exec
	also=()

	if [ "$whole" ]; then
		everywhere 'a lost game' 124 "${level[@]}" --keys=tests/guests/invaders_lost.keys --limit=1400M \
			--screen-at=1250M guests/invaders.exec
		awk '/^--- screen/ { n++; next } n == 1' "$scratch/native.txt" > "$scratch/lost.screen"
		says 'it is lost' "$scratch/lost.screen" 'YOU  LOSE'
		awk '/^--- screen/ { n++ } n == 2' "$scratch/native.txt" | grep -q LOSE &&
			fail 'Esc begins another game' "$(tail -n 26 "$scratch/native.txt")" || pass 'Esc begins another game'
		if has_qemu 'the lost game in QEMU'; then
			game_over_in_qemu
			same 'a lost game: as in QEMU' "$scratch/qemu.screen" "$scratch/lost.screen"
		fi
	fi
fi

# ---- the microkernel ----

# It ends in a panic, for want of a bootstrap program.
# A panicked kernel loops, so the limit of model time ends the run.
also=("${translated[@]}")
if fetched gnumach-1.8-486; then
	everywhere 'GNU Mach' 124 --memory=32M --cmdline=console=com0 --limit=1000M --console=serial guests/gnumach-1.8-486
	says 'GNU Mach: its name' "$scratch/native.txt" '^GNU Mach 1\.8'
	says 'GNU Mach: its memory' "$scratch/native.txt" 'vm_page: DIRECTMAP: min'
	# Then it looks for disks and controllers that are not there, five seconds long.
	if [ "$whole" ]; then
		third_party "$scratch/seen.txt" --technique=native --memory=32M --cmdline=console=com0 --limit=7G --console=serial \
			guests/gnumach-1.8-486
		says 'GNU Mach: its end' "$scratch/seen.txt" 'panic .*No bootstrap code loaded with the kernel!'
	fi
fi

# ---- boot loaders and what they start, from the boot sector on ----

# GRUB unpacks itself in protected mode and calls the BIOS in real mode: its menu must come, the same everywhere.
menu() { # options, limit
	third_party "$scratch/seen.txt" "$1" --limit="$2" --console=none --screen --boot=disk --disk=guests/grub-rescue-floppy.img
	grep -v 'automatically in' "$scratch/seen.txt" > "$scratch/menu.txt"
	[ -e "$scratch/native.txt" ] || cp "$scratch/menu.txt" "$scratch/native.txt"
	same "GRUB's menu: ${1//--/}" "$scratch/native.txt" "$scratch/menu.txt"
}
if [ "$BUILD" = build ] && fetched grub-rescue-floppy.img; then
	rm -f "$scratch/native.txt"
	menu --technique=native 1G
	says "GRUB's menu" "$scratch/native.txt" 'GNU GRUB +version'
	[ -z "$whole" ] || menu '--technique=trap --ring=1' 3G
	[ -z "$whole" ] || menu '--technique=trap --ring=3' 3G
	[ -z "$whole" ] || menu '--technique=bt --ring=1' 3G
	[ -z "$whole" ] || menu '--technique=bt --ring=3' 3G
	[ -z "$whole" ] || menu '--technique=hvm --paging=shadow' 6G
	menu '--technique=hvm --paging=nested' 3G
	[ -z "$whole" ] || menu --technique=emulate 25G
fi
if [ "$whole" ] && fetched memtest86+ia32.iso; then
	for options in --technique=native '--technique=trap --ring=1' '--technique=trap --ring=3' "${translated[@]}" "${assisted[@]}"; do
		third_party "$scratch/seen.txt" "$options" --limit=1800M --memory=32M --console=none --screen --boot=disk \
			--keys=tests/guests/memtest.keys --disk=guests/memtest86+ia32.iso
		[ "$status" = 124 ] || cat "$scratch/ringside.err" >> "$scratch/seen.txt"
		says "memtest86+ finds no fault: ${options//--/}" "$scratch/seen.txt" 'Errors: 0'
	done
fi

# ---- the same program by the Linux boot protocol, which it speaks, too ----

if fetched memtest86+ia32.bin; then
	for options in --technique=native '--technique=trap --ring=1'; do
		third_party "$scratch/seen.txt" "$options" --limit=1G --memory=32M --console=none --screen \
			--cmdline=nopause guests/memtest86+ia32.bin
		says "memtest86+ as a Linux image finds no fault: ${options//--/}" "$scratch/seen.txt" 'Errors: 0'
	done
	third_party "$scratch/seen.txt" --boot=multiboot guests/memtest86+ia32.bin
	says 'a Linux image is called that' "$scratch/ringside.err" 'Linux boot protocol; take boot linux'
	[ "$status" = 2 ] && [ ! -s "$scratch/seen.txt" ] && [ "$(wc -l < "$scratch/ringside.err")" = 1 ] &&
		pass 'and refused' || fail 'and refused' "status $status"
fi
finish
