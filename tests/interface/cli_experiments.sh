#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The experiments that come with the program: each runs, at its two ends, gives the answer that docs/experiments.md gives, and the
# figures that stand there.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/cli_experiments
if [ ! -e build/guests/experiments.tar ] || [ ! -e build/guests/kernel-pv.elf ]; then
	skip 'experiments' 'guests are not built'
	finish
fi

# name, techniques, parameters "NAME=VALUES" that replace the file's (profiles too): $table has the runs.
tried=
experiment() {
	local name=$1 techniques=$2 file=$scratch/$1.ini parameter
	shift 2
	tried+=" $name "
	cp "labs/experiments/$name.ini" "$file"
	for parameter; do
		grep -q "^${parameter%%=*} = " "$file" || fail "$name: ${parameter%%=*}" 'it is no line of the experiment'
		sed -i "s/^${parameter%%=*} = .*/${parameter%%=*} = ${parameter#*=}/" "$file"
	done
	table=$scratch/$name.csv
	expect "experiment $name" 0 'model cycles' '' "$RINGSIDE" compare --techniques="$techniques" --results="$scratch/results" \
		-o "$table" "$file"
}

# column, mode, COLUMN=VALUE... : the figure of the run that is so.
figure() {
	awk -F, -v wanted="$1" -v mode="$2" -v where="${*:3}" '
		NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; count = split(where, pair, " "); next }
		$column["mode"] == mode {
			for (i = 1; i <= count; i++) { split(pair[i], one, "="); if ($column[one[1]] != one[2]) next }
			print $column[wanted]; exit
		}' "$table"
}

less() { # name, mode that is to be cheaper, mode, where...
	local one other
	one=$(figure cycles "$2" "${@:4}") other=$(figure cycles "$3" "${@:4}")
	[ -n "$one" ] && [ -n "$other" ] && [ "$one" -lt "$other" ] && pass "$1" || fail "$1" "$2 $one, $3 $other"
}

documented() { # name, row of the document up to the figures, modes in their order, where...
	local row=$2 mode
	for mode in $3; do row+=$(printf ' %.2f |' "$(figure ratio "$mode" "${@:4}")"); done
	grep -qF -- "$row" docs/experiments.md && pass "documented: $1" || fail "documented: $1" "'$row' is not in docs/experiments.md"
}

experiment shadow-nested native,hvm/shadow,hvm/nested changes=1 'misses=100, 1000'
less 'few misses: nested wins' hvm/nested hvm/shadow profile=pentium4-672 misses=100
less 'many misses: shadow wins' hvm/shadow hvm/nested profile=pentium4-672 misses=1000
less 'a cheaper exit moves the break-even' hvm/shadow hvm/nested profile=sandybridge misses=100
documented 'shadow and nested' '| | 1 | 1000 |' 'hvm/shadow hvm/nested' profile=pentium4-672 misses=1000
documented 'shadow and nested, Sandy Bridge' '| | 1 | 100 |' 'hvm/shadow hvm/nested' profile=sandybridge misses=100

experiment assist native,bt,hvm/shadow,hvm/nested 'profiles=pentium4-672 sandybridge' 'changes=0, 1000'
less 'hardware wins on system calls' hvm/shadow bt profile=pentium4-672 changes=0
less 'translation wins on page tables' bt hvm/shadow profile=pentium4-672 changes=1000
less 'no longer on Sandy Bridge' hvm/shadow bt profile=sandybridge changes=1000
less 'nor where tables are nested' hvm/nested bt profile=pentium4-672 changes=1000
for row in 'Pentium 4: bt' 'Pentium 4: hvm/shadow' 'Sandy Bridge: bt' 'Sandy Bridge: hvm/shadow'; do
	case $row in P*) profile=pentium4-672 ;; *) profile=sandybridge ;; esac
	first=$(printf '%.2f' "$(figure ratio "${row#*: }" profile=$profile changes=0)")
	last=$(printf '%.2f' "$(figure ratio "${row#*: }" profile=$profile changes=1000)")
	grep -qE "^\| $row \| $first \|.* $last \|$" docs/experiments.md && pass "documented: $row" || fail "documented: $row" "$first ... $last"
done

experiment adaptation native,bt 'n=3, 10'
documented 'with adaptation' '| page tables that change (ptchurn) | 3 |' bt guest=ptchurn adapt=yes n=3
adapted=$(figure cycles bt guest=ptchurn adapt=yes n=3) plain=$(figure cycles bt guest=ptchurn adapt=no n=3)
[ "$adapted" -lt "$plain" ] && pass 'adaptation pays on page tables' || fail 'adaptation pays on page tables' "$adapted $plain"
[ "$(figure cycles bt guest=syscall adapt=yes n=3)" = "$(figure cycles bt guest=syscall adapt=no n=3)" ] &&
	pass 'and nothing on system calls' || fail 'and nothing on system calls'

experiment rings native,trap,trap/3,bt,bt/3 'workload=syscall, portio'
less 'ring 3 costs on system calls' bt bt/3 workload=syscall
[ "$(figure cycles trap workload=portio)" = "$(figure cycles trap/3 workload=portio)" ] && pass 'and nothing on ports' ||
	fail 'and nothing on ports'
documented 'rings' '| system calls |' 'trap trap/3 bt bt/3' workload=syscall

experiment generations native,bt,hvm/shadow,hvm/nested 'profiles=pentium4-672 sandybridge' workload=forkwait
less 'translation wins on the Pentium 4' bt hvm/shadow profile=pentium4-672
less 'hardware on Sandy Bridge' hvm/shadow bt profile=sandybridge
documented 'generations' '' 'bt hvm/shadow hvm/nested' profile=sandybridge

experiment batching native,pv/direct 'batch=1, 32'
one=$(figure cycles pv/direct guest=ptchurn batch=1) many=$(figure cycles pv/direct guest=ptchurn batch=32)
[ "$many" -lt "$one" ] && pass 'batching pays' || fail 'batching pays' "$one $many"

experiment indirect native,bt,hvm/nested 'to=1024, 2048, returns' 'share=0, 100'
slope() { # to: cycles for each transfer that is indirect
	echo $((($(figure cycles bt "to=$1" share=100) - $(figure cycles bt "to=$1" share=0)) / 100000))
}
[ "$(slope 1024) $(slope returns) $(slope 2048)" = '24 24 183' ] && pass 'prices of hits, returns and misses' ||
	fail 'prices of hits, returns and misses' "$(slope 1024) $(slope returns) $(slope 2048)"
[ "$(figure lookup_misses bt to=2048 share=100)" -gt 100000 ] && [ "$(figure lookup_misses bt to=1024 share=100)" -lt 1000 ] &&
	pass 'as many targets as the cache holds, and more' || fail 'as many targets as the cache holds, and more'
[ "$(figure ratio hvm/nested to=returns share=100)" = 1.000000 ] && pass 'hardware does not notice' || fail 'hardware does not notice'
for to in '1024 targets' '2048 targets' returns; do
	ends="$(printf '%.2f' "$(figure ratio bt "to=${to%% *}" share=0)") .* $(printf '%.2f' "$(figure ratio bt "to=${to%% *}" share=100)")"
	grep -qE "$to \| $ends \|$" docs/experiments.md && pass "documented: $to" || fail "documented: $to" "$ends"
done

for file in labs/experiments/*.ini; do
	name=$(basename "$file" .ini)
	[ "${tried#* "$name" }" != "$tried" ] || fail "experiment $name" 'it has no test here'
	grep -q "\`$name.ini\`" docs/experiments.md labs/experiments/README.md || fail "experiment $name" 'no document names it'
done
finish
