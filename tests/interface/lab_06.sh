#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Lab 6, translate fast: skeleton and solution, submissions that are wrong or mean no good, the handout's commands; a right policy makes the
# VMM's own run, also behind steps back.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite interface/lab_06
lab 06

lab_check 0/130
[ "$BUILD" = build ] && lab_wrong
lab_hostile cache.c
lab_handout

# ---- a right policy is the VMM's own, event by event ----

guest=$BUILD/$lab/guest.elf
[ -r "$guest" ] || guest=build/$lab/guest.elf
gcc -std=c17 -O1 -fPIC -shared -nostdlib -ffreestanding -Ilabs -o "$scratch/cache.so" "$solution/cache.c"
for what in "--translation-cache=1M $guest" "--translation-cache=2K $guest" 'build/guests/kernel.elf workload=syscall n=1'; do
	# shellcheck disable=SC2086
	{
		run "$RINGSIDE" run --technique=bt --memory=16M --limit=200M --digest --events="$scratch/own" $what
		cp "$scratch/out" "$scratch/digest"
		run "$RINGSIDE" run --technique=bt --memory=16M --limit=200M --digest --events="$scratch/piece" --lab="$scratch/cache.so" $what
	}
	if [ -s "$scratch/own" ] && cmp -s "$scratch/own" "$scratch/piece" && cmp -s "$scratch/out" "$scratch/digest"; then
		pass "the same events, $what"
	else
		fail "the same events, $what" "$(head -c 300 "$scratch/err")"
	fi
done

# ---- who goes back in time is told anew ----

cat > "$scratch/back" << 'END'
next-event invalidate
step 40
reverse-step 30
next-event invalidate
reverse-step 100
continue
END
expect 'steps back with a policy that keeps books' 0 'lab guest: checksum' '' "$RINGSIDE" shell --technique=bt --memory=16M \
	--lab="$scratch/cache.so" -x "$scratch/back" "$guest"
grep -q 'ended with code 0' "$scratch/out" && pass 'and on to the end' || fail 'and on to the end' "$(tail -n 5 "$scratch/out")"
finish
