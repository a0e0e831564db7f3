# SPDX-License-Identifier: GPL-3.0-or-later
# tests/guests/lab.bash - running the lab guests in QEMU and in Ringside: source it, then `suite NAME`.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/../interface/lib.bash"

guests=build/guests
memory=32
# Enough for the slowest technique of the slowest build.
patience=${RINGSIDE_PATIENCE:-400}
limit=${RINGSIDE_LIMIT:-20G}
# Builds that look closely are slow: they, and `make check`, take less of everything.
slow=
[ "$BUILD" = build ] || slow=yes
whole=yes n= workloads=(compute syscall forkwait ptchurn ctxswitch portio vmstat crash preempt)
[ -z "${RINGSIDE_SHORT:-}$slow" ] || whole= n=n=5
[ -z "$slow" ] || workloads=(syscall forkwait ptchurn crash)

# What a guest says in QEMU, into FILE: `in_qemu FILE KERNEL [QEMU options --] WORDS...`
in_qemu() {
	local file=$1 kernel=$2 extra=()
	shift 2
	if [[ " $* " == *' -- '* ]]; then
		while [ "$1" != -- ]; do extra+=("$1"); shift; done
		shift
	fi
	timeout "$patience" qemu-system-i386 -kernel "$guests/$kernel.elf" -append "$*" -serial stdio -display none \
		-device isa-debug-exit,iobase=0xf4,iosize=0x04 -m $memory -no-reboot "${extra[@]}" \
		> "$file" 2> "$scratch/qemu.err" < /dev/null
	status=$?
	tr -d '\r' < "$file" > "$file.text" && mv "$file.text" "$file"
}

# The same in Ringside: `in_ringside FILE KERNEL 'OPTIONS' WORDS...`
in_ringside() {
	local file=$1 kernel=$2 options=$3
	shift 3
	# shellcheck disable=SC2086
	timeout "$patience" "$RINGSIDE" run $options --memory=${memory}M --limit="$limit" --console=serial --exit-code \
		"$guests/$kernel.elf" "$@" > "$file" 2> "$scratch/ringside.err" < /dev/null
	status=$?
	tr -d '\r' < "$file" > "$file.text" && mv "$file.text" "$file"
}

# Two files that should be the same.
same() { # name, expected, seen
	if cmp -s "$2" "$3"; then
		pass "$1"
	else
		fail "$1" "$(diff "$2" "$3" | head -n 6 | cut -c -160; head -c 200 "$scratch/ringside.err" 2>/dev/null)"
	fi
}

says() { # name, file, regular expression
	if grep -qE -- "$3" "$2"; then
		pass "$1"
	else
		fail "$1" "'$3' is not in: $(tail -n 4 "$2" | cut -c -160)"
	fi
}

has_qemu() {
	command -v qemu-system-i386 > /dev/null && return
	skip "$1" "qemu-system-i386 is not here (apt install qemu-system-x86)"
	return 1
}
