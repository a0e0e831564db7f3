#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The lab kernel moved between techniques at random moments by the program itself: memory and output as if it had
# stayed. (tests/trap/test_switch.c does it ten thousand times.)
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite guests/lab_switch
if [ ! -x "$RINGSIDE" ]; then
	fail 'moves in Ringside' "$RINGSIDE is not built"
	finish
fi
seeds='1 2 3 4 5'
[ "$whole" ] || seeds=1

digest() { # options, words...
	local options=$1
	shift
	# shellcheck disable=SC2086
	timeout "$patience" "$RINGSIDE" run $options --memory=${memory}M --limit="$limit" --console=none --digest \
		"$guests/kernel.elf" hz=0 "$@" 2> "$scratch/ringside.err" < /dev/null | grep -a digest
}

for workload in compute syscall forkwait ptchurn ctxswitch portio vmstat crash; do
	want=$(digest --technique=emulate "workload=$workload" n=5)
	for seed in $seeds; do
		seen=$(digest "--technique=trap --switch-random=$seed:200" "workload=$workload" n=5)
		moves=$(sed -n 's/.*switched \([0-9]*\) times.*/\1/p' "$scratch/ringside.err")
		name="memory after $workload, moved at random, seed $seed"
		[ -n "$want" ] && [ "$want" = "$seen" ] && [ "${moves:-0}" -gt 20 ] && pass "$name" ||
			fail "$name" "$seen after ${moves:-no} moves, never moved $want"
	done
done

for words in 'hz=500 workload=ctxswitch,preempt n=5' 'pse workload=forkwait,vmstat n=3'; do
	# shellcheck disable=SC2086
	in_ringside "$scratch/expected.txt" kernel --technique=emulate $words
	for seed in $seeds; do
		# shellcheck disable=SC2086
		in_ringside "$scratch/seen.txt" kernel "--technique=bt --switch-random=$seed:300" $words
		same "$words, moved at random, seed $seed" "$scratch/expected.txt" "$scratch/seen.txt"
	done
done
finish
