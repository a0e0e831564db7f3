#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The nanobenchmark guest: each operation checks its own result, in QEMU and by every technique alike; words that it
# cannot do end with one clear line; and what n=0 costs is all that is not the n rounds.
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite guests/nano
if [ ! -x "$RINGSIDE" ]; then
	fail 'the nanobenchmark guest' "$RINGSIDE is not built"
	finish
fi

ways=('--technique=native' '--technique=emulate' '--technique=trap --ring=1' '--technique=trap --ring=3'
	'--technique=trap --rdtsc=trap' '--technique=bt --ring=1 --check-shadow' '--technique=bt --ring=3 --rdtsc=cache'
	'--technique=bt --ring=1 --rdtsc=callout' '--technique=bt --ring=3 --rdtsc=trap --trace-limit=0'
	'--technique=hvm --paging=shadow' '--technique=hvm --paging=nested' '--technique=pv')
said=$scratch/said.txt

# All but the guest's own clock, and with hypercalls as on a machine without a hypervisor.
results() { # file
	grep -v '^clock:' "$1" | sed 's/^hypercall .*/hypercall    .../'
}

if has_qemu 'the nanobenchmark guest in QEMU'; then
	in_qemu "$said" nano op=all n=9
	[ "$status" = 1 ] && pass 'in QEMU: all is as it should be' || fail 'in QEMU: all is as it should be' "status $status"
else
	in_ringside "$said" nano --technique=native op=all n=9
fi
results "$said" > "$scratch/expected.txt"
[ "$(grep -c ' 0000000009 times, as it should be$' "$said")" = 19 ] && pass '19 operations, and all show that they were done' ||
	fail '19 operations, and all show that they were done' "$(grep -v '^clock:' "$said" | tail -n 30)"
says 'hypercalls need a hypervisor' "$said" '^hypercall +not here: it needs'
says 'the guest tells its own clock too' "$said" '^clock: mmap +[0-9]{10} cycles each$'
for way in "${ways[@]}"; do
	in_ringside "$said" nano "$way" op=all n=9
	[ "$status" = 0 ] && pass "all is as it should be: ${way//--/}" || fail "all is as it should be: ${way//--/}" "status $status"
	results "$said" > "$scratch/seen.txt"
	same "the same words: ${way//--/}" "$scratch/expected.txt" "$scratch/seen.txt"
	[ "$way" = --technique=native ] || says "a hypercall is answered: ${way//--/}" "$said" '^hypercall    0000000009 times, as it should be$'
done

# ---- words that cannot be ----

refused() { # exit value, regular expression, words...
	local value=$1 line=$2
	shift 2
	in_ringside "$said" nano --technique=native "$@"
	[ "$status" = "$value" ] && pass "$*: exit value $value" || fail "$*: exit value $value" "status $status"
	says "$*: says why" "$said" "$line"
}
refused 2 '^nano: no such count: n=-1; say op=NAME n=COUNT' n=-1
refused 2 '^nano: no such count: n=10000001;' n=10000001
refused 2 '^nano: no such count: n=;' op=in n=
refused 2 '^nano: no such operation: op=nothing;' op=nothing n=1
refused 2 '^ptemod-set +n is at most 1000 here' op=ptemod-set n=1001
refused 3 '^hypercall +not here' op=hypercall n=1
in_ringside "$said" nano '--technique=native --cpu=pentium4,-sep' op=syscall n=1
[ "$status" = 3 ] && pass 'no SYSENTER, no syscall' || fail 'no SYSENTER, no syscall' "status $status"

# ---- prices ----

cycles() { # options, operation, n
	# shellcheck disable=SC2086
	"$RINGSIDE" run --json $1 --memory=${memory}M --limit="$limit" --console=none $guests/nano.elf "op=$2" "n=$3" \
		2> "$scratch/ringside.err" < /dev/null | sed -n 's/.*"cycles":\([0-9]*\),"busy.*/\1/p'
}
price() { # options, operation: of 90 rounds, without the loop
	echo $(($(cycles "$1" "$2" 99) - $(cycles "$1" "$2" 09) - $(cycles "$1" empty 99) + $(cycles "$1" empty 09)))
}
costs() { # what, options, operation, cycles of one round
	local seen
	seen=$(price "$2" "$3")
	[ "$seen" = $((90 * $4)) ] && pass "$1: $4 cycles" || fail "$1: $4 cycles" "90 rounds take $seen"
}
[ "$BUILD" = build ] || finish # the hostile build has other costs
p4=--profile=pentium4-672
declare -A of
while read -r name value _; do of[$name]=$value; done < <(sed -n 's/^\([a-z_]*\) = \([0-9]*\).*/\1 \2/p' core/profiles/pentium4-672.profile)
costs 'bare: a division by zero is a fault and its return' "--technique=native $p4" divzero \
	$((of[interrupt_delivery] + of[interrupt_return] + 2))
costs 'bare: a system call' "--technique=native $p4" syscall $((2 * of[fast_system_call] + 1))
costs 'bare: a store to CR2' "--technique=native $p4" cr "${of[control_register]}"
costs 'hvm: a store to CR2 is no exit' "--technique=hvm --paging=shadow $p4" cr "${of[control_register]}"
costs 'bt: a store to CR2 is a store' "--technique=bt $p4" cr 1
costs 'bare: a call and its return' "--technique=native $p4" callret $((2 * of[branch]))
costs 'bt: RDTSC by trap' "--technique=bt --rdtsc=trap $p4" rdtsc $((of[monitor_entry] + of[monitor_return] + \
	of[monitor_save] + of[emulate_decode] + of[emulate_execute]))
dear=$(price "--technique=bt --rdtsc=callout $p4" rdtsc) cheap=$(price "--technique=bt --rdtsc=cache $p4" rdtsc)
[ "$cheap" -gt 0 ] && [ $((10 * cheap)) -lt "$dear" ] && pass "bt: RDTSC in the cache $cheap, by callout $dear" ||
	fail 'bt: RDTSC in the cache is a fraction of a callout' "$cheap and $dear"

# ---- a recording carries how RDTSC is done ----

"$RINGSIDE" run --technique=bt --rdtsc=callout --memory=${memory}M --console=none --record="$scratch/clock.recording" \
	$guests/nano.elf op=rdtsc n=9 > "$scratch/record.txt" 2>&1 < /dev/null
"$RINGSIDE" replay --check "$scratch/clock.recording" > "$scratch/replay.txt" 2>&1 < /dev/null
status=$?
[ "$status" = 0 ] && pass 'a replay is the same run' || fail 'a replay is the same run' "$(tail -n 3 "$scratch/record.txt" "$scratch/replay.txt")"
finish
