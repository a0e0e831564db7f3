#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The lab guests in Ringside, by every technique: what they say in QEMU, word for word. And the build that
# saves interrupts by PUSHF and POPF must go wrong where this hardware lets its VMM down.
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite guests/lab_techniques
if [ ! -x "$RINGSIDE" ]; then
	fail 'the lab guests in Ringside' "$RINGSIDE is not built"
	finish
fi

honest=('--technique=native' '--technique=emulate' '--technique=bt --ring=1' '--technique=bt --ring=3'
	'--technique=hvm --paging=shadow' '--technique=hvm --paging=nested')
trap_1='--technique=trap --ring=1'
trap_3='--technique=trap --ring=3'

expected() { # file, kernel, words...
	if command -v qemu-system-i386 > /dev/null; then
		in_qemu "$@"
	else
		in_ringside "$1" "$2" --technique=native "${@:3}"
	fi
}

compare() { # kernel, options, words...
	local kernel=$1 options=$2
	shift 2
	in_ringside "$scratch/seen.txt" "$kernel" "$options" "$@"
	same "$kernel $*: ${options//--/}" "$scratch/expected.txt" "$scratch/seen.txt"
}

has_qemu 'comparison with QEMU; native stands in' || :
for workload in "${workloads[@]}"; do
	expected "$scratch/expected.txt" kernel "workload=$workload" $n
	for options in "${honest[@]}" "$trap_1" "$trap_3"; do
		compare kernel "$options" "workload=$workload" $n
	done
done

for words in 'pse workload=forkwait,ptchurn,vmstat n=4' 'hz=500 workload=ctxswitch,preempt n=9'; do
	# shellcheck disable=SC2086
	expected "$scratch/expected.txt" kernel $words
	for options in "${honest[@]}" "$trap_1" "$trap_3"; do
		# shellcheck disable=SC2086
		compare kernel "$options" $words
	done
done

# Without a timer nothing depends on how long things take: memory at the end must be equal, bit by bit.
digest() { # options, words...
	local options=$1
	shift
	# shellcheck disable=SC2086
	timeout "$patience" "$RINGSIDE" run $options --memory=${memory}M --limit="$limit" --console=none --digest \
		"$guests/kernel.elf" hz=0 "$@" 2>&1 < /dev/null | grep -a digest
}
for workload in "${workloads[@]}"; do
	[ "$workload" != preempt ] || continue # which is about a timer
	want=$(digest --technique=native "workload=$workload" n=5)
	for options in "${honest[@]:1}" "$trap_1" "$trap_3"; do
		seen=$(digest "$options" "workload=$workload" n=5)
		name="memory after $workload: ${options//--/}"
		[ -n "$want" ] && [ "$want" = "$seen" ] && pass "$name" || fail "$name" "$seen, native has $want"
	done
done

expected "$scratch/expected.txt" kernel-popf workload=syscall n=10
for options in "${honest[@]}"; do
	compare kernel-popf "$options" workload=syscall n=10
done
for options in "$trap_1" "$trap_3"; do
	in_ringside "$scratch/seen.txt" kernel-popf "$options" workload=syscall,preempt n=10
	name="kernel-popf: ${options//--/}"
	says "$name: push cs shows the truth" "$scratch/seen.txt" '^selfcheck: push cs .*WRONG'
	says "$name: pushf shows the real IF" "$scratch/seen.txt" '^selfcheck: pushf IF .*WRONG'
	says "$name: popf loses interrupts" "$scratch/seen.txt" 'saved, restored: LOST'
	# To ring 3 from ring 3 the VMM must catch IRET anyway, and so learns of IF at that moment.
	if [ "$options" = "$trap_1" ]; then
		says "$name: no preemption" "$scratch/seen.txt" "^preempt: FAILED"
	fi
done

# The shell: the same keys and characters at the same model times give the same screen and the same end.
cat > "$scratch/keys" <<-END
	600000000 text "echo Hello; cat motd\\n"
	1200000000 text "cat motd | wc\\n"
	1800000000 serial "crash cli\\r"
	2400000000 serial "exit 4\\r"
END
shell() { # options
	# shellcheck disable=SC2086
	timeout "$patience" "$RINGSIDE" run $1 --memory=${memory}M --limit="$limit" --console=none --keys="$scratch/keys" \
		--screen --exit-code "$guests/kernel.elf" > "$scratch/$2" 2> "$scratch/ringside.err" < /dev/null
	status=$?
}
shell --technique=native expected.txt
[ "$status" = 4 ] && pass "shell: exit by what was typed" || fail "shell: exit by what was typed" "status $status"
says "shell: keys with shift" "$scratch/expected.txt" "^Hello"
says "shell: a pipe" "$scratch/expected.txt" "^2 16 83"
for options in "${honest[@]:1}" "$trap_1" "$trap_3"; do
	shell "$options" seen.txt
	same "shell: the same screen: ${options//--/}" "$scratch/expected.txt" "$scratch/seen.txt"
done
finish
