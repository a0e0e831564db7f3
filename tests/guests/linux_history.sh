#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Debian's Linux, put back to random moments of its boot and let go on from there: at each moment, come to it from before or from
# behind, its memory and registers are those of the run that nobody disturbed, and so they are at the end. The seed is printed
# and can be given (RINGSIDE_SEED). Two techniques and the kernel's first part here, all of them to the self-test's end in the
# soak (RINGSIDE_LONG).
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite guests/linux_history

if [ "$BUILD" != build ] || [ -n "${RINGSIDE_SHORT:-}" ]; then
	skip 'Linux, put back' 'slow builds and short tests put back the lab kernel'
	finish
fi
for file in debian-686 debian-initramfs.cpio; do
	[ -e guests/$file ] && continue
	skip 'Linux, put back' "guests/$file is not fetched: make guests"
	finish
done

RANDOM=${RINGSIDE_SEED:-1}
echo "# RINGSIDE_SEED=${RINGSIDE_SEED:-1}"
ways='--technique=native
--technique=hvm --paging=shadow'
count=4 end=200000000
if [ -n "${RINGSIDE_LONG:-}" ]; then
	ways+='
--technique=bt --ring=1
--technique=hvm --paging=nested'
	count=12 end=2000000000
fi

# So many moments before the end, in the order of time.
moments() {
	for ((i = 0; i < count; i++)); do
		echo $((1 + (RANDOM * 32768 + RANDOM) % (end - 1)))
	done | sort -n
}

# Commands of the shell: where to go, then a line with the moment and one with the digest.
visit() { # moment
	echo "goto $1"
	said "$1"
}
said() {
	echo "echo at $1"
	echo 'print/x digest'
}

# Forward over all moments to the end, then back to each in random order. At the last the guest stands at the first moment and
# a register is given the value that it has: a new branch, so that what came after is forgotten and runs once more.
script() { # moments
	local moment
	for moment; do
		visit "$moment"
	done
	visit $end
	for moment in $(shuf -e --random-source=<(yes $RANDOM) "$@"); do
		visit "$moment"
	done
	visit "$1"
	echo 'set eax = eax'
	visit "${@: -1}"
	visit $end
}

while read -r options; do
	name=${options//--/}
	mapfile -t moments < <(moments)
	script "${moments[@]}" > "$scratch/script"
	# shellcheck disable=SC2086
	timeout "$patience" "$RINGSIDE" shell $options debian selftest < "$scratch/script" > "$scratch/told" 2> "$scratch/told.err"
	sed -nE 's/^at ([0-9]+)$/\1/p; s/^(0x[0-9a-f]+)$/\1/p' "$scratch/told" | paste -d ' ' - - > "$scratch/seen"
	[ "$(wc -l < "$scratch/seen")" = $((2 * count + 4)) ] && pass "$name: moments ${moments[*]}" ||
		fail "$name: moments ${moments[*]}" "$(tail -n 3 "$scratch/told" "$scratch/told.err")"
	[ "$(sort -u "$scratch/seen" | wc -l)" = $((count + 1)) ] && pass "$name: each is the same whenever" ||
		fail "$name: each is the same whenever" "$(sort -u "$scratch/seen" | tr '\n' ' ')"
	# shellcheck disable=SC2086
	timeout "$patience" "$RINGSIDE" run $options --limit=$end --console=none --digest debian selftest \
		> "$scratch/run" 2> /dev/null < /dev/null
	echo "$end 0x$(sed -n 's/^digest 0*//p' "$scratch/run")" > "$scratch/want"
	tail -n 1 "$scratch/seen" > "$scratch/last"
	same "$name: the end is that of the run" "$scratch/want" "$scratch/last"
done <<< "$ways"
finish
