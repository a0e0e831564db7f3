#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The paravirtual build of the lab kernel: one file, which says the same on a machine without a hypervisor, with
# one below it, and as one of Xen's domains; and what it saves there.
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite guests/lab_pv
if [ ! -x "$RINGSIDE" ]; then
	fail 'the paravirtual kernel' "$RINGSIDE is not built"
	finish
fi

bare='--technique=native'
# With a VMM below that speaks to whoever asks; the guest's memory then says the same in all of them.
transparent=('--technique=emulate' '--technique=trap --ring=1' '--technique=trap --ring=3' '--technique=bt --ring=1'
	'--technique=bt --ring=3' '--technique=hvm --paging=shadow' '--technique=hvm --paging=nested' '--technique=pv')
direct='--technique=pv --paging=direct'
pv='--technique=pv'

# Leaves what the program can do yet, and says what it cannot: `known WAY`
known() {
	# shellcheck disable=SC2086
	if "$RINGSIDE" run $1 --limit=1 --console=none "$guests/kernel-pv.elf" 2>&1 < /dev/null | grep -qE "is not known|has no '[a-z]+' paging"; then
		skip "${1//--/}" 'not in the program'
		return 1
	fi
}
ways=("$bare")
hypervisors=()
for way in "${transparent[@]}"; do
	known "$way" && ways+=("$way") hypervisors+=("$way")
done
paravirtual=()
known "$pv" && paravirtual+=("$pv")
known "$direct" && paravirtual+=("$direct") && ways+=("$direct")

# ---- the same words everywhere ----

expected() { # file, words...
	if command -v qemu-system-i386 > /dev/null; then
		in_qemu "$1" kernel "${@:2}"
	else
		in_ringside "$1" kernel "$bare" "${@:2}"
	fi
}

compare() { # words...
	expected "$scratch/expected.txt" "$@"
	for way in "${ways[@]}"; do
		in_ringside "$scratch/seen.txt" kernel-pv "$way" "$@"
		same "kernel-pv $*: ${way//--/}" "$scratch/expected.txt" "$scratch/seen.txt"
	done
}

if has_qemu 'the paravirtual kernel in QEMU'; then
	in_qemu "$scratch/expected.txt" kernel workload=syscall,forkwait,vmstat,crash n=5
	in_qemu "$scratch/seen.txt" kernel-pv workload=syscall,forkwait,vmstat,crash n=5
	same 'kernel-pv says in QEMU what the other build says' "$scratch/expected.txt" "$scratch/seen.txt"
fi
for workload in "${workloads[@]}"; do
	compare "workload=$workload" $n
done
compare hz=500 workload=ctxswitch,preempt n=9
compare hz=0 workload=forkwait,ptchurn n=9
for way in "${ways[@]}"; do
	in_ringside "$scratch/seen.txt" kernel-pv "$way" workload=syscall n=5 exit=9
	[ "$status" = 9 ] && pass "exit= gives the exit value: ${way//--/}" ||
		fail "exit= gives the exit value: ${way//--/}" "status $status"
done

echo 'from a module' > "$scratch/motd"
tar --format=ustar -C "$scratch" -cf "$scratch/module.tar" motd
for way in "${ways[@]}"; do
	in_ringside "$scratch/seen.txt" kernel-pv "$way --module=$scratch/module.tar" 'script="cat motd"'
	says "a module's file hides a built-in one: ${way//--/}" "$scratch/seen.txt" '^from a module$'
done

# Its claim is checked on its code, too: nothing sensitive in it that does not trap.
if objdump -d --no-show-raw-insn $guests/kernel-pv.elf | grep -wE 'pushf|popf|pushfl|popfl|sgdtl?|sidtl?|smsw|sldt|str|lar|lsl|verr|verw|lret' > "$scratch/holes"; then
	fail 'kernel-pv.elf has no holes' "$(head -n 3 "$scratch/holes")"
else
	pass 'kernel-pv.elf has no holes'
fi

# ---- with a hypervisor below, memory at the end is the same by every technique ----

digest() { # options, words...
	local options=$1
	shift
	# shellcheck disable=SC2086
	timeout "$patience" "$RINGSIDE" run $options --memory=${memory}M --limit="$limit" --console=none --digest \
		"$guests/kernel-pv.elf" hz=0 "$@" 2>&1 < /dev/null | grep -a digest
}
if [ ${#paravirtual[@]} -gt 0 ]; then
	for workload in "${workloads[@]}"; do
		[ "$workload" != preempt ] || continue # which is about a timer
		want=$(digest "${hypervisors[0]}" "workload=$workload" n=5)
		for way in "${hypervisors[@]:1}"; do
			seen=$(digest "$way" "workload=$workload" n=5)
			name="memory after $workload: ${way//--/}"
			[ -n "$want" ] && [ "$want" = "$seen" ] && pass "$name" || fail "$name" "$seen, ${hypervisors[0]} has $want"
		done
	done
fi
[ ${#paravirtual[@]} -gt 0 ] || finish

# ---- what it is for ----

in_ringside "$scratch/expected.txt" kernel "$bare" workload=syscall n=5
in_ringside "$scratch/seen.txt" kernel-pv "$pv" workload=syscall n=5 console=hv
same "console=hv: the hypervisor's console" "$scratch/expected.txt" "$scratch/seen.txt"

exits() { # file, kernel, options, words...: the counters of a run without a timer
	local file=$1 kernel=$2 options=$3
	shift 3
	# shellcheck disable=SC2086
	timeout "$patience" "$RINGSIDE" stats --json $options --memory=${memory}M --limit="$limit" --console=none \
		"$guests/$kernel.elf" hz=0 "$@" > "$file" 2> "$scratch/ringside.err" < /dev/null
	sed -n 's/^{"count":\([0-9]*\),.*/\1/p' "$file"
}
more() { # kernel, options, workload: exits that ten rounds more take
	echo $(($(exits "$scratch/more.json" "$1" "$2" "workload=$3" n=15) - $(exits "$scratch/less.json" "$1" "$2" "workload=$3" n=5)))
}

for way in "${paravirtual[@]}"; do
	name=${way//--/}
	for workload in forkwait ptchurn ctxswitch; do
		by_trap=$(more kernel '--technique=trap --ring=1' $workload)
		by_calls=$(more kernel-pv "$way" $workload)
		if [ "$by_calls" -gt 0 ] && [ $((by_calls * 3)) -lt $((by_trap * 2)) ]; then
			pass "$name: ten rounds of $workload: $by_calls exits, under trap $by_trap"
		else
			fail "$name: ten rounds of $workload" "$by_calls exits, under trap $by_trap: not below two thirds"
		fi
	done
	few=$(exits "$scratch/few.json" kernel-pv "$way" workload=syscall n=200)
	many=$(exits "$scratch/many.json" kernel-pv "$way" workload=syscall n=800)
	[ "$few" -gt 0 ] && [ "$few" = "$many" ] && pass "$name: 600 system calls cause no exit" ||
		fail "$name: 600 system calls cause no exit" "$few exits become $many: $(diff <(tr '{' '\n' < "$scratch/few.json") <(tr '{' '\n' < "$scratch/many.json") | head -n 4)"
	if grep -q '"reason":"int"' "$scratch/many.json"; then
		fail "$name: INT 80H is no reason of an exit" "$(head -c 300 "$scratch/many.json")"
	else
		pass "$name: INT 80H is no reason of an exit"
	fi
done
# The same question to a VMM that must catch them, so that the answer can be no.
few=$(exits "$scratch/few.json" kernel '--technique=trap --ring=1' workload=syscall n=200)
many=$(exits "$scratch/many.json" kernel '--technique=trap --ring=1' workload=syscall n=800)
[ $((many - few)) -ge 600 ] && pass 'trap: 600 system calls cause 600 exits and more' ||
	fail 'trap: 600 system calls cause 600 exits and more' "$few exits become $many"

# The shell: what is typed comes by the keyboard and the serial line, in direct mode by event channels.
cat > "$scratch/keys" <<-END
	600000000 text "echo Hello; cat motd\\n"
	1200000000 text "cat motd | wc\\n"
	1800000000 serial "crash cli\\r"
	2400000000 serial "exit 4\\r"
END
shell() { # file, kernel, options
	# shellcheck disable=SC2086
	timeout "$patience" "$RINGSIDE" run $3 --memory=${memory}M --limit="$limit" --console=none --keys="$scratch/keys" \
		--screen --exit-code "$guests/$2.elf" > "$1" 2> "$scratch/ringside.err" < /dev/null
	status=$?
}
shell "$scratch/expected.txt" kernel "$bare"
for way in "${paravirtual[@]}"; do
	shell "$scratch/seen.txt" kernel-pv "$way"
	[ "$status" = 4 ] && pass "shell: exit by what was typed: ${way//--/}" || fail "shell: exit by what was typed: ${way//--/}" "status $status"
	same "shell: the same screen: ${way//--/}" "$scratch/expected.txt" "$scratch/seen.txt"
done

# Many ticks, so that some come at the last instructions before user code.
for way in "${paravirtual[@]}"; do
	in_ringside "$scratch/expected.txt" kernel "$bare" hz=2000 workload=forkwait,preempt,ctxswitch n=20
	in_ringside "$scratch/seen.txt" kernel-pv "$way" hz=2000 workload=forkwait,preempt,ctxswitch n=20
	same "2000 ticks a second: ${way//--/}" "$scratch/expected.txt" "$scratch/seen.txt"
done
finish
