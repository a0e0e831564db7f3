#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `compare --wall`: who is measured, who is told, in which order; peers that are missing, that say something else, that do
# not end; the disk that peers without a loader get; reports by their schema. Most peers here are stand-ins that behave as
# the test wants, for what a time is does not matter.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/cli_peers
wall=("$RINGSIDE" compare --wall --runs=2 --warmup=0 --techniques=native)
hello=build/guests/hello.elf kernel=build/guests/kernel.elf
[ -e $hello ] && [ -e $kernel ] || { skip 'wall times' 'the guests are not built'; finish; }

if ! command -v gcc > /dev/null || visualizer/compare/peers_build --check; then
	pass 'the boot sector is what its source gives'
else
	fail 'the boot sector is what its source gives' 'run visualizer/compare/peers_build'
fi

# ---- what is refused ----

expect 'a switch that wants --wall' 2 '' 'want --wall' "$RINGSIDE" compare --runs=3 --guest $hello
expect 'two at a time' 2 '' 'one run at a time' "${wall[@]}" --jobs=2 --guest $hello
expect 'no run' 2 '' 'from 1 to' "${wall[@]}" --runs=0 --guest $hello
expect 'no such peer' 2 '' 'qemu-kvm' "${wall[@]}" --peers=xen --guest $hello
expect 'a pattern that is none' 2 '' 'since' "${wall[@]}" --since='[' --guest $hello
expect 'a form that there is not' 2 '' 'json' "${wall[@]}" --format=gp --guest $hello
expect 'a baseline that is not measured' 2 '' 'bochs' "${wall[@]}" --peers=qemu-tcg --baseline=bochs --guest $hello

# ---- stand-ins ----

# What the guest says, and a program in PATH that says it, or what `stand_in` is told: `stand_in NAME LINES...`
"$RINGSIDE" run --technique=native $hello > "$scratch/says" 2> /dev/null
code=$("$RINGSIDE" run --technique=native --json $hello | grep -oE '"exit_code":[0-9]+')
status_of_qemu=$(((${code#*:} << 1 | 1) & 255))
mkdir "$scratch/bin"
stand_in() {
	{
		printf '#!/bin/sh\ncase "$1" in --version) echo "QEMU emulator version 0"; exit;; esac\n'
		printf '%s\n' "${@:2}"
	} > "$scratch/bin/$1"
	chmod +x "$scratch/bin/$1"
}
old_path=$PATH
PATH=$scratch/bin:$PATH

stand_in qemu-system-i386 "cat '$scratch/says'" "exit $status_of_qemu"
expect 'a peer that does what it should' 0 '^qemu-tcg .* 2 ' '' "${wall[@]}" --peers=qemu-tcg --guest $hello
stand_in qemu-system-i386 "sed 's/\$/\\r/' '$scratch/says'" "exit $status_of_qemu"
expect 'carriage returns do not matter' 0 '^qemu-tcg .* 2 ' '' "${wall[@]}" --peers=qemu-tcg --guest $hello
expect 'a peer as the baseline' 0 'to qemu-tcg$' '' "${wall[@]}" --peers=qemu-tcg --baseline=qemu-tcg --guest $hello
stand_in qemu-system-i386 "sed '1s/.*/other/' '$scratch/says'" "exit $status_of_qemu"
expect 'another console' 1 '^native' "qemu-tcg: its console says 'other' in place of '" "${wall[@]}" --peers=qemu-tcg --guest $hello
grep -q '^qemu-tcg' "$scratch/out" && fail 'is not averaged' "$(grep '^qemu-tcg' "$scratch/out")" || pass 'is not averaged'
expect 'unless only other lines matter' 0 '^qemu-tcg' '' "${wall[@]}" --peers=qemu-tcg --same-lines='goodbye$' --guest $hello
stand_in qemu-system-i386 "head -n 1 '$scratch/says'" 'echo "out of order" >&2' "exit $status_of_qemu"
expect 'a console that ends early' 1 '^native' 'ends before .*; it said: out of order' "${wall[@]}" --peers=qemu-tcg --guest $hello
stand_in qemu-system-i386 "cat '$scratch/says'; echo more" "exit $status_of_qemu"
expect 'a line too many' 1 '^native' "too many: 'more'" "${wall[@]}" --peers=qemu-tcg --guest $hello
stand_in qemu-system-i386 "cat '$scratch/says'" 'exit 3'
expect 'another exit status' 1 '^native' "status 3 in place of $status_of_qemu" "${wall[@]}" --peers=qemu-tcg --guest $hello
stand_in qemu-system-i386 "cat '$scratch/says'" 'exec sleep 1000'
expect 'a peer that does not end' 1 '^native' 'no end within 8 s' "${wall[@]}" --peers=qemu-tcg --timeout=8 --guest $hello
expect 'unless the clock stops before' 0 '^qemu-tcg' '' "${wall[@]}" --peers=qemu-tcg --until=goodbye --guest $hello
expect 'a line that never comes' 1 '' 'native.*--until never came|--until never came' "${wall[@]}" --peers=none --until=never --guest $hello

# The clock: with the process, or between two lines. Only that a pause is in it can be said for certain.
median() {
	sed -n 's/.*"median":\([0-9.]*\).*"engine":"qemu-tcg".*/\1/p' "$scratch/out"
}
stand_in qemu-system-i386 "head -n 1 '$scratch/says'; sleep 0.3; tail -n +2 '$scratch/says'" "exit $status_of_qemu"
first=$(head -n 1 "$scratch/says" | tr -d '\r')
for window in '' "--since=$first" "--since=$first --until=goodbye"; do
	# shellcheck disable=SC2086
	IFS='#' run "${wall[@]}" --peers=qemu-tcg --format=json ${window// --/#--} --guest $hello
	awk "BEGIN { exit !(0$(median) >= 0.3) }" && pass "the clock $window" || fail "the clock $window" "$(median) s $(cat "$scratch/err")"
done

# One after the other, in an order that the seed says.
stand_in bochs 'case "$1" in --help) echo "Bochs x86 Emulator 0"; exit;; esac' "echo bochs >> '$scratch/order'" \
	"cat '$scratch/says' >&3" 'exec sleep 1000'
stand_in qemu-system-i386 "echo qemu >> '$scratch/order'" "cat '$scratch/says'" "exit $status_of_qemu"
if [ -r /usr/share/bochs/BIOS-bochs-legacy ] && [ -r /usr/share/bochs/VGABIOS-lgpl-latest ]; then
	for seed in 1 1 2 3 4 5; do
		rm -f "$scratch/order"
		run "${wall[@]}" --runs=6 --peers=qemu-tcg,bochs --shuffle=$seed --guest $hello
		[ "$status" = 0 ] || fail 'two peers' "$(head -n 1 "$scratch/err")"
		tr '\n' ' ' < "$scratch/order"
		echo
	done > "$scratch/orders"
	[ "$(head -n 2 "$scratch/orders" | uniq | wc -l)" = 1 ] && [ "$(sort -u "$scratch/orders" | wc -l)" -gt 2 ] &&
		pass 'the seed says the order' || fail 'the seed says the order' "$(head -n 3 "$scratch/orders")"
	[ "$(head -n 1 "$scratch/orders" | wc -w)" = 12 ] && pass 'each as often' || fail 'each as often' "$(head -n 1 "$scratch/orders")"

	# The disk that Bochs gets boots wherever disks do: here in Ringside, by its own BIOS.
	stand_in bochs 'case "$1" in --help) echo "Bochs x86 Emulator 0"; exit;; esac' \
		"disk=\$(sed -n 's/^ata0-master:.*path=\"\\([^\"]*\\)\".*/\\1/p' \"\$3\")" \
		"exec '$PWD/$RINGSIDE' run --technique=native --console=serial \"\$disk\" >&3"
	[[ $RINGSIDE == /* ]] && sed -i "s|$PWD/$RINGSIDE|$RINGSIDE|" "$scratch/bin/bochs"
	expect 'a disk of a Multiboot kernel' 0 '^bochs' '' "${wall[@]}" --runs=1 --peers=bochs --memory=64M --guest $kernel hz=0 workload=true
	flat halt '\xba\xf8\x03\x00\x00\xb0\x41\xee\xb0\x0a\xee\xfa\xf4' # mov edx, 3f8h; A and a line's end; cli; hlt
	expect 'a disk of a flat binary' 0 '^bochs' '' "${wall[@]}" --runs=1 --peers=bochs --boot=flat --memory=64M --guest "$scratch/halt.bin"
	flat silent '\xfa\xf4'
	expect 'a guest that says nothing' 1 '^native' 'says nothing' "${wall[@]}" --runs=1 --peers=bochs --boot=flat --guest "$scratch/silent.bin"
else
	skip 'Bochs and its disks' 'no firmware: apt install bochsbios vgabios'
fi

# ---- who is not here ----

mkdir "$scratch/empty"
for tool in sh cat; do ln -s "$(PATH=$old_path command -v $tool)" "$scratch/empty/"; done
expect 'a missing peer is left out' 0 'qemu-tcg: left out: .*apt install' '' env "PATH=$scratch/empty" "${wall[@]}" --guest $hello
expect 'unless it was asked for' 1 '^native' 'apt install qemu' env "PATH=$scratch/empty" "${wall[@]}" --peers=qemu-tcg --guest $hello
[ "$(wc -l < "$scratch/err")" = 1 ] && pass 'which is told once' || fail 'which is told once' "$(cat "$scratch/err")"
expect 'a missing guest' 1 '' 'nowhere' "${wall[@]}" --peers=none --guest "$scratch/nowhere"
[ "$(wc -l < "$scratch/err")" = 1 ] && pass 'is told once, too' || fail 'is told once, too' "$(cat "$scratch/err")"

# ---- reports ----

stand_in qemu-system-i386 "cat '$scratch/says'" "exit $status_of_qemu"
outputs=()
for form in html md csv json txt; do outputs+=(-o "$scratch/wall.$form"); done
expect 'all forms' 0 'seed of their order: 7' '' "${wall[@]}" --techniques=native,trap --runs=5 --peers=qemu-tcg --shuffle=7 "${outputs[@]}" --guest $hello
for form in html md csv json txt; do
	[ -s "$scratch/wall.$form" ] || fail "a report: $form" 'nothing in it'
done
for word in 'processors:' 'Ringside [0-9]' 'QEMU emulator version 0' 'ringside run .*hello.elf' 'qemu-system-i386 -accel tcg'; do
	grep -qE "$word" "$scratch/wall.md" && pass "reports name: $word" || fail "reports name: $word" "$(tail -n 9 "$scratch/wall.md")"
done
if command -v python3 > /dev/null; then
	run python3 tests/interface/compare_schema.py "$scratch/wall.json" "$scratch/wall.csv" "$scratch/wall.html"
	[ "$status" = 0 ] && pass 'by their schema' || fail 'by their schema' "$(tail -n 1 "$scratch/err")"
else
	skip 'schemas' 'no python3'
fi
ln -s /dev/full "$scratch/full.json"
expect 'a full disk' 1 '^native' 'full.json.*No space' "${wall[@]}" --peers=none -o "$scratch/full.json" --guest $hello

# Interrupted: the run ends with it, and its files are gone.
stand_in qemu-system-i386 "echo \$\$ > '$scratch/id'" 'exec sleep 1000'
mkdir "$scratch/files"
TMPDIR=$scratch/files env --default-signal=INT "${wall[@]}" --peers=qemu-tcg --guest $hello > "$scratch/out" 2> "$scratch/err" < /dev/null &
process=$!
for _ in $(seq 600); do
	[ -s "$scratch/id" ] && break
	sleep 0.05
done
kill -INT $process
wait $process
status=$?
[ $status = 130 ] && grep -q 'interrupted; wall times are not kept' "$scratch/err" && pass 'interrupted' || fail 'interrupted' "status $status: $(cat "$scratch/err")"
kill -0 "$(cat "$scratch/id")" 2> /dev/null && fail 'its run has ended' || pass 'its run has ended'
[ -z "$(ls "$scratch/files")" ] && pass 'no files are left' || fail 'no files are left' "$(ls "$scratch/files")"

# ---- the peers themselves ----

PATH=$old_path
[ "$BUILD" = build ] || finish
for peer in qemu-tcg:qemu-system-i386 bochs:bochs; do
	if command -v "${peer#*:}" > /dev/null; then
		expect "${peer%:*}" 0 "^${peer%:*}" '' "${wall[@]}" --runs=1 --peers="${peer%:*}" --timeout=300 --memory=16M --guest $kernel hz=0 workload=true
	else
		skip "${peer%:*}" 'not here'
	fi
done
finish
