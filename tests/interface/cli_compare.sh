#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `compare`: one guest by many techniques, experiments, reports that are the same however they were made, interruption and
# what goes wrong.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/cli_compare
kernel=build/guests/kernel.elf pv=build/guests/kernel-pv.elf
compare=("$RINGSIDE" compare)

same() { # name, files
	if cmp -s "$2" "$3"; then pass "$1"; else fail "$1" "$(diff "$2" "$3" 2>&1 | head -n 3)"; fi
}

# ---- what is refused, and how ----

flat halt '\xfa\xf4' # cli; hlt
halt=$scratch/halt.bin
experiment() { # name, lines
	printf '%s\n' "${@:2}" > "$scratch/$1.ini"
	echo "$scratch/$1.ini"
}
expect 'nothing to compare' 2 '' 'guest' "${compare[@]}"
expect 'no such experiment' 2 '' 'nowhere.ini' "${compare[@]}" "$scratch/nowhere.ini"
expect 'two experiments' 2 '' 'one experiment' "${compare[@]}" a.ini b.ini
expect 'no such technique' 2 '' 'hvm' "${compare[@]}" --techniques=magic --guest "$halt"
expect 'a form that there is not' 2 '' 'json' "${compare[@]}" --format=pdf --guest "$halt"
expect 'a file name without a form' 2 '' 'html' "${compare[@]}" -o report --guest "$halt"
expect 'a parameter without values' 2 '' 'n=10' "${compare[@]}" --vary n --guest "$halt"
expect 'a parameter without use' 2 '' '{n}' "${compare[@]}" --vary n=1 --guest "$halt"
expect 'a technique as a setting' 2 '' 'techniques' "${compare[@]}" --technique=bt --guest "$halt"
expect 'a bad setting' 2 '' 'lots' "${compare[@]}" --memory=lots --guest "$halt"
expect 'an unknown section' 2 '' 'a.ini:2: unknown section' "${compare[@]}" "$(experiment a '[machine]' 'x = 1')"
expect 'a setting outside' 2 '' 'a.ini:1: .*outside' "${compare[@]}" "$(experiment a 'x = 1')"
expect 'a mistyped key' 2 '' "a.ini:2: .*'techniques'" "${compare[@]}" "$(experiment a '[experiment]' 'technique = bt')"
expect 'a guest without a file' 2 '' 'file = FILE' "${compare[@]}" "$(experiment a '[guest g]' 'words = x')"
expect 'words twice' 2 '' 'a.ini:4: .*twice' "${compare[@]}" \
	"$(experiment a '[guest g]' 'file = x' 'words = a' 'words = b')"
expect 'broken lines' 2 '' 'a.ini:2' "${compare[@]}" "$(experiment a '[guest g]' 'file')"
expect 'an axis without numbers' 2 '' 'x: the values of n' "${compare[@]}" \
	"$(experiment a '[experiment]' 'x = n' '[parameters]' 'n = a b' '[guest g]' 'file = x' 'words = {n}')"
expect 'a measure that there is not' 2 '' 'a.ini:2: .*walk_references' "${compare[@]}" "$(experiment a '[experiment]' 'plot = joy')"

# One line each, and the others are compared all the same.
expect 'a missing guest' 1 '' 'nowhere' "${compare[@]}" --guest "$scratch/nowhere"
[ "$(wc -l < "$scratch/err")" = 1 ] && pass 'which is told once' || fail 'which is told once' "$(cat "$scratch/err")"
expect 'missing in all cases' 1 '' 'nowhere' "${compare[@]}" --vary "n=1,2,3" --guest "$scratch/nowhere" 'n={n}'
[ "$(wc -l < "$scratch/err")" = 1 ] && pass 'told once, too' || fail 'told once, too' "$(cat "$scratch/err")"
expect 'one guest of two is missing' 1 'halt.bin' 'nowhere' "${compare[@]}" --boot=flat --guest "$halt" --guest "$scratch/nowhere"
ln -s /dev/full "$scratch/full.csv"
expect 'a full disk' 1 'native' 'full.csv.*No space' "${compare[@]}" --boot=flat --techniques=native -o "$scratch/full.csv" --guest "$halt"
expect 'a full standard output' 1 '' 'No space|full' bash -c \
	"exec '$RINGSIDE' compare --boot=flat --techniques=native --guest '$halt' > /dev/full"
expect 'results where none can be kept' 1 '' '/proc/none' "${compare[@]}" --results=/proc/none --boot=flat --guest "$halt"
[ "$(wc -l < "$scratch/err")" = 1 ] && pass 'also told once' || fail 'also told once' "$(cat "$scratch/err")"
expect 'a name that is markup' 0 '&lt;b&gt;.bin' '' "${compare[@]}" --boot=flat --format=html --techniques=native \
	--guest "$(cp "$halt" "$scratch/<b>.bin"; echo "$scratch/<b>.bin")"

if [ ! -e $kernel ] || [ ! -e $pv ]; then
	skip 'the lab kernel' 'not built'
	finish
fi

# ---- one guest ----

words=(hz=0 workload=syscall n=2)
expect 'every technique' 0 'native +emulate +trap +trap/3 +bt +bt/3 +pv/shadow +pv/direct +hvm/shadow +hvm/nested' '' \
	"${compare[@]}" --guest $kernel --pv-guest $pv "${words[@]}"
for row in 'model cycles' 'ratio to native +1\.000' 'hidden page faults' 'page-walk references' 'translation units made' \
	'lookup cache hit rate' 'memory management' 'hidden fault' 'EPT violation' 'hypercall multicall'; do
	grep -qE "^$row " "$scratch/out" && pass "a row: $row" || fail "a row: $row" "$(head -n 3 "$scratch/out")"
done
expect 'what refuses is left out' 0 'pv/direct: left out: ' '' "${compare[@]}" --guest $kernel "${words[@]}"
expect 'unless it was asked for' 1 'native' 'pv/direct: .*Xen' "${compare[@]}" --techniques=native,pv/direct --guest $kernel "${words[@]}"
expect 'a guest that fails is measured and marked' 1 'native !$' 'native: .*code 7' \
	"${compare[@]}" --techniques=native --guest $kernel hz=0 workload=true exit=7
expect 'a limit' 1 'native !' 'limit' "${compare[@]}" --techniques=native --limit=1M --guest $kernel workload=compute

# The figures are those of `run`.
"$RINGSIDE" run --json --technique=bt --ring=3 $kernel "${words[@]}" > "$scratch/run" 2> /dev/null
"${compare[@]}" --techniques=native,bt/3 --format=csv --guest $kernel "${words[@]}" > "$scratch/out"
cycles=$(grep -oE '"cycles":[0-9]+' "$scratch/run" | head -n 1)
grep -q ",bt/3,.*,${cycles#*:}," "$scratch/out" && pass 'the figures of run' || fail 'the figures of run' "$cycles"

# ---- an experiment: whatever the way, the same bytes ----

experiment small '[experiment]' 'title = Small' 'text = Two lines' '  of text.' 'techniques = native trap' '  bt hvm/nested' \
	'profiles = ideal pentium4-672' '[parameters]' 'n = 1, 3' '[vm]' 'memory = 16M' '[guest syscall]' "file = $kernel" \
	'words = hz=0 workload=syscall n={n}' '[guest ptchurn]' "file = $kernel" 'words = hz=0 workload=ptchurn n={n}' > /dev/null
forms=(html md csv reasons.csv json gp txt)
reports() { # folder for the reports, more options
	local folder=$scratch/$1 options=() form
	shift
	mkdir -p "$folder"
	for form in "${forms[@]}"; do options+=(-o "$folder/r.$form"); done
	run "${compare[@]}" "${options[@]}" "$@" "$scratch/small.ini"
}
same_reports() { # name, folder
	local form
	for form in "${forms[@]}"; do
		cmp -s "$scratch/first/r.$form" "$scratch/$2/r.$form" || { fail "$1" "$form differs"; return; }
	done
	pass "$1"
}
reports first --results="$scratch/results"
[ "$status" = 0 ] && [ "$(find "$scratch/results" -name '*.json' | wc -l)" = 32 ] && pass 'an experiment' ||
	fail 'an experiment' "status $status: $(head -n 2 "$scratch/err")"
reports again --results="$scratch/other" --shuffle=5 --jobs=1
same_reports 'in another order, one at a time' again
reports kept --results="$scratch/results"
same_reports 'from kept results' kept
for file in $(find "$scratch/results" -name '*.json' | sort | awk 'NR % 3 == 1'); do rm "$file"; done
for file in $(find "$scratch/results" -name '*.json' | sort | head -n 4); do truncate -s 300 "$file"; done
: > "$scratch/results/0000000000000000.part"
reports mended --results="$scratch/results"
same_reports 'from some, and some that are damaged' mended
grep -rqE "$scratch|/tmp/|$(date +%Y-)" "$scratch/first" && fail 'no dates, no paths' "$(grep -rlE "$scratch|/tmp/" "$scratch/first")" ||
	pass 'no dates, no paths'

# Interrupted: its runs end with it, what is finished is kept, and the same command goes on. Killed, it can say nothing.
interrupted=("${compare[@]}" --results="$scratch/long" --jobs=2 "--techniques=native,trap,bt,hvm/nested" "--vary=n=1,2,3,4000" --format=csv
	--guest "$kernel" hz=0 workload=syscall "n={n}")
interrupt() { # signal
	local process before
	before=$(find "$scratch/long" -name '*.json' 2> /dev/null | wc -l)
	env --default-signal=INT "${interrupted[@]}" > "$scratch/out" 2> "$scratch/err" < /dev/null &
	process=$!
	for _ in $(seq 300); do
		[ "$(find "$scratch/long" -name '*.json' 2> /dev/null | wc -l)" -ge $((before + 2)) ] && break
		sleep 0.05
	done
	kill -"$1" $process
	wait $process 2> /dev/null
	status=$?
}
for signal in TERM:143 INT:130; do
	interrupt ${signal%:*}
	if [ $status = ${signal#*:} ] && grep -q 'interrupted; what is finished is kept' "$scratch/err" && [ ! -s "$scratch/out" ]; then
		pass "interrupted by $signal"
	else
		fail "interrupted by $signal" "status $status: $(cat "$scratch/err")"
	fi
done
interrupt KILL
[ $status = 137 ] && pass 'killed' || fail 'killed' "status $status: $(cat "$scratch/err")"
run "${interrupted[@]}"
cp "$scratch/out" "$scratch/resumed.csv"
run "${interrupted[@]/$scratch\/long/$scratch\/whole}"
same 'interrupted, killed and resumed, and uninterrupted' "$scratch/resumed.csv" "$scratch/out"

# Results on a disk that is full: one line.
mkdir "$scratch/tiny"
if unshare -rm mount -t tmpfs -o size=8k none "$scratch/tiny" 2> /dev/null; then
	expect 'results on a full disk' 1 '' 'No space' unshare -rm sh -c 'mount -t tmpfs -o size=8k none "$1"; shift; exec "$@"' sh "$scratch/tiny" \
		"${compare[@]}" --results="$scratch/tiny" --vary n=1,2,3 --guest "$kernel" hz=0 workload=syscall 'n={n}'
	[ "$(wc -l < "$scratch/err")" = 1 ] && pass 'also in one line' || fail 'also in one line' "$(cat "$scratch/err")"
else
	skip 'results on a full disk' 'no mount of its own here'
fi

# How far it is, and the time left, on a terminal alone.
if command -v script > /dev/null; then
	script -qec "'$RINGSIDE' compare --jobs=1 --techniques=native --vary n=300000,300001 --guest $kernel hz=0 workload=syscall n={n} > /dev/null" \
		/dev/null < /dev/null > "$scratch/progress" 2>&1
	grep -qE 'of 2 runs, about [0-9]+ (s|min) left' "$scratch/progress" && pass 'progress and the time left' ||
		fail 'progress and the time left' "$(head -c 200 "$scratch/progress")"
else
	skip 'progress' 'no script(1)'
fi

# A run that dies is one row. Its program is this one under a limit on the processor's time.
run bash -c "ulimit -c 0; ulimit -t 1; exec '$RINGSIDE' compare --techniques=native,trap --vary n=1,90000000 --format=csv --guest $kernel hz=0 workload=syscall n={n}"
if [ "$status" = 1 ] && [ "$(grep -c ',done,' "$scratch/out")" = 2 ] && [ "$(grep -c ',crashed,' "$scratch/out")" = 2 ]; then
	pass 'a run that dies is one row'
else
	fail 'a run that dies is one row' "status $status: $(cat "$scratch/err")"
fi

# ---- what comes with the program ----

expect 'a boot is taken off' 0 'beyond the same' '' "${compare[@]}" --techniques=native,bt,hvm/shadow --profile=pentium4-672 \
	--vary workload=syscall,ptchurn --vary n=30 --less n=0 -o "$scratch/less.csv" --guest "$kernel" hz=0 'workload={workload}' 'n={n}'
# Adams and Agesen: hardware wins on system calls, translation on page tables (columns: workload, mode, cycles).
winner() { # workload
	awk -F, -v workload="$1" 'NR > 1 && $2 == workload && $8 != "native" { print $15, $8 }' "$scratch/less.csv" | sort -n | head -n 1
}
case $(winner syscall) in *' hvm/shadow') pass 'hardware wins on system calls' ;; *) fail 'hardware wins on system calls' "$(winner syscall)" ;; esac
case $(winner ptchurn) in *' bt') pass 'translation wins on page tables' ;; *) fail 'translation wins on page tables' "$(winner ptchurn)" ;; esac
expect 'a boot that is no value' 2 '' 'less: ' "${compare[@]}" --less n=0 --guest "$kernel" n=1
expect 'nothing would be left' 2 '' 'less: n=1' "${compare[@]}" --vary n=1 --less n=1 --guest "$kernel" 'n={n}'

# ---- forms ----

if command -v python3 > /dev/null; then
	if python3 tests/interface/compare_schema.py "$scratch/first/r.json" "$scratch/first/r.csv" "$scratch/first/r.html" \
		2> "$scratch/err"; then
		pass 'JSON and CSV by their schema, HTML well formed'
	else
		fail 'JSON and CSV by their schema, HTML well formed' "$(tail -n 1 "$scratch/err")"
	fi
else
	skip 'schemas' 'no python3'
fi
if command -v gnuplot > /dev/null; then
	run gnuplot -e 'set term dumb' "$scratch/first/r.gp"
	[ "$status" = 0 ] && pass 'gnuplot' || fail 'gnuplot' "$(head -n 2 "$scratch/err")"
else
	skip 'gnuplot' 'not there: apt install gnuplot-nox'
fi
finish
