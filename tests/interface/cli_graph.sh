#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `graph`: each kind of picture, for a tiny guest as it is expected to the letter (tests/interface/graph/*.dot; to make
# them anew after a change that is meant: RINGSIDE_REGENERATE=1 bash tests/interface/cli_graph.sh), and that dot draws what is written.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/cli_graph
kernel=build/guests/kernel.elf holes=build/guests/kernel-popf.elf

# PDE 0 -> a page table that maps 4 MiB as they lie; PDE 1 -> a large page (cr4.PSE); then paging on. A store to
# 150000h, loads from 160000h, from its own page table at 201000h and from 100000h, a store to 400000h; then, without end,
# cli; out 80h, al; sti.
flat tiny '\xc7\x05\x00\x00\x20\x00\x07\x10\x20\x00\xc7\x05\x04\x00\x20\x00\x83\x00\x40\x00\xbf\x00\x10\x20\x00\xb8\x07\x00\x00\x00\xb9\x00\x04\x00\x00\xab\x05\x00\x10\x00\x00\xe2\xf8\xb8\x00\x00\x20\x00\x0f\x22\xd8\xb8\x10\x00\x00\x00\x0f\x22\xe0\x0f\x20\xc0\x0d\x00\x00\x00\x80\x0f\x22\xc0\xa3\x00\x00\x15\x00\x8b\x1d\x00\x00\x16\x00\x8b\x1d\x00\x10\x20\x00\x8b\x1d\x00\x00\x10\x00\xa3\x00\x00\x40\x00\xb0\x41\xfa\xe6\x80\xfb\xeb\xfa'
tiny=(--boot=flat --memory=8M --limit=100k "$scratch/tiny.bin")

have_dot=$(command -v dot) || skip 'dot reads the graphs' 'no dot: apt install graphviz'

drawn() { # name: dot reads $scratch/out and complains of nothing
	[ "$have_dot" ] || return
	if dot -Tsvg "$scratch/out" > "$scratch/svg" 2> "$scratch/err" && [ ! -s "$scratch/err" ] && grep -q '</svg>' "$scratch/svg"; then
		pass "dot reads: $1"
	else
		fail "dot reads: $1" "$(head -n 3 "$scratch/err")"
	fi
}

golden() { # name, expected file, arguments of graph
	local name=$1 file=tests/interface/graph/$2.dot
	shift 2
	run "$RINGSIDE" graph "$@" "${tiny[@]}"
	[ -z "${RINGSIDE_REGENERATE:-}" ] || cp "$scratch/out" "$file"
	if cmp -s "$scratch/out" "$file"; then
		pass "as expected: $name"
	else
		fail "as expected: $name" "$(diff "$scratch/out" "$file" | head -n 5)"
	fi
	drawn "$name"
}
golden 'page tables and shadow' tables tables
golden 'the way of one address' path tables --at-address=160000
golden 'a trap' trap trap
golden 'exits' exits exits
golden 'units' units units --top=5

has() { # name, text
	grep -qF -- "$2" "$scratch/out" && pass "$1" || fail "$1" "'$2' is not there: $(head -c 300 "$scratch/out")"
}

run "$RINGSIDE" graph tables "${tiny[@]}"
has 'a traced page is named' 'mfn 00a01  R U  traced'
has 'a clear D bit is named' 'mfn 00960  R U  D clear'
has 'alike entries are one row' 'gfn 00401-007ff  W S'
has 'missing entries are counted' '1020 missing'
run "$RINGSIDE" graph tables --technique=native "${tiny[@]}"
has 'native: no other tables' 'with no others beside them'
drawn 'native tables'
for mode in 'trap --ring=3' bt emulate 'hvm --paging=nested' 'hvm --paging=shadow'; do
	# shellcheck disable=SC2086
	for what in '' --at-address=160000 --at-address=201000 --at-address=f0000000; do
		run "$RINGSIDE" graph tables --technique=$mode $what "${tiny[@]}"
		drawn "$mode $what"
	done
done
run "$RINGSIDE" graph tables --technique=hvm --paging=nested --at-address=150000 "${tiny[@]}"
has 'nested: each reference of a TLB miss' 'a TLB miss: 14 references'
has 'nested: where it ends' 'and there the nested tables'
run "$RINGSIDE" graph tables --at=100 "${tiny[@]}"
has 'paging is off' "the guest's paging is off"
drawn 'paging is off'

# A guest that maps all it can in as many pieces as it can: large pages and page tables in turn, writable and read-only
# pages in turn. The picture stays small, and counts the rest. Then a guest with PAE tables.
flat wild '\xbf\x00\x00\x20\x00\xb8\x87\x00\x00\x00\xb9\x00\x02\x00\x00\xab\xc7\x07\x00\x00\x00\x00\x81\xff\x04\x00\x20\x00\x74\x06\xc7\x07\x07\x10\x20\x00\x83\xc7\x04\x05\x00\x00\x40\x00\x25\xff\xff\x7f\x00\x0d\x87\x00\x00\x00\xe2\xd7\xbf\x00\x10\x20\x00\xb8\x07\x00\x00\x00\xb9\x00\x04\x00\x00\xab\x05\x00\x10\x00\x00\x83\xf0\x02\xe2\xf5\xb8\x10\x00\x00\x00\x0f\x22\xe0\xb8\x00\x00\x20\x00\x0f\x22\xd8\x0f\x20\xc0\x0d\x00\x00\x00\x80\x0f\x22\xc0\xfa\xfb\xeb\xfc'
run "$RINGSIDE" graph tables --boot=flat --memory=8M --limit=200k "$scratch/wild.bin"
has 'a wild guest is cut' '5 of 511 page tables shown; 10'
has 'a large table is cut' 'left out: 1017 more ranges, 1017 pages'
[ "$(wc -l < "$scratch/out")" -lt 250 ] && pass 'it stays small' || fail 'it stays small' "$(wc -l < "$scratch/out") lines"
drawn 'a wild guest'
flat pae '\xc7\x05\x00\x00\x20\x00\x01\x10\x20\x00\xc7\x05\x04\x00\x20\x00\x00\x00\x00\x00\xc7\x05\x00\x10\x20\x00\x07\x20\x20\x00\xc7\x05\x10\x10\x20\x00\x83\x00\x40\x00\xbf\x00\x20\x20\x00\xb8\x07\x00\x00\x00\xb9\x00\x02\x00\x00\x89\x07\xc7\x47\x04\x00\x00\x00\x00\x83\xc7\x08\x05\x00\x10\x00\x00\xe2\xed\xb8\x20\x00\x00\x00\x0f\x22\xe0\xb8\x00\x00\x20\x00\x0f\x22\xd8\x0f\x20\xc0\x0d\x00\x00\x00\x80\x0f\x22\xc0\xa3\x00\x00\x15\x00\x8b\x1d\x00\x00\x16\x00\x89\x1d\x00\x00\x40\x00\xfa\xfb\xeb\xfc'
run "$RINGSIDE" graph tables --boot=flat --memory=8M --limit=200k "$scratch/pae.bin"
has 'PAE: a table of 512 entries' '00161000-001fffff'
has 'PAE: a large page of 2 MiB' '00401000-005fffff'
drawn 'PAE'

# The trap: what its picture says is what the event says.
run "$RINGSIDE" trace --json --filter=trap --count=4 "${tiny[@]}"
tail -n 1 "$scratch/out" > "$scratch/event"
field() { grep -oE "\"$1\":\"?[^\",]*" "$scratch/event" | head -n 1 | sed 's/.*://; s/"//'; }
run "$RINGSIDE" graph trap --filter=trap --count=4 "${tiny[@]}"
has 'the fourth trap' "cycle $(field cycle), trap: $(field reason) "
grep -oE '"what":"[^"]*","cycles":[0-9]+' "$scratch/event" | sed 's/"what":"//; s/","cycles":/\\n/; s/$/ cycles/' > "$scratch/phases"
missing=$(while IFS= read -r phase; do grep -qF -- "$phase" "$scratch/out" || echo "$phase"; done < "$scratch/phases")
[ "$(wc -l < "$scratch/phases")" -ge 4 ] && [ -z "$missing" ] && pass 'each phase with its cycles' ||
	fail 'each phase with its cycles' "$missing"
has 'world switches' 'world switch\nexception to the VMM'
at=$(field cycle)
run "$RINGSIDE" graph trap --filter=trap --at="$at" "${tiny[@]}"
has 'from a cycle on' "cycle $at, "
expect 'an event that does not come' 1 '' 'did not come.*trace' "$RINGSIDE" graph trap --filter=true-fault "${tiny[@]}"
for kind in hidden-fault shadow-fill shadow-root world-switch port begin; do
	run "$RINGSIDE" graph trap --filter=$kind "${tiny[@]}"
	drawn "an event: $kind"
done
for kind in callout translate chain; do
	run "$RINGSIDE" graph trap --technique=bt --filter=$kind "${tiny[@]}"
	drawn "an event: $kind"
done
run "$RINGSIDE" graph trap --technique=hvm --filter=vm-exit "${tiny[@]}"
has 'a VM exit' 'VMX non-root'
drawn 'a VM exit'

# Exits: the sum is that of stats; --top cuts, and the cut is told.
run "$RINGSIDE" stats "${tiny[@]}"
exits=$(awk '/^all exits/ { print $3 }' "$scratch/out")
run "$RINGSIDE" graph exits "${tiny[@]}"
has 'as many exits as stats counts' "label=\"$exits exits by reason"
run "$RINGSIDE" graph exits --top=2 "${tiny[@]}"
has 'cut to two' '2 of '
has 'what is left out is said' 'left out: '
[ "$(grep -cE '^	r[0-9]+ -> s' "$scratch/out")" = 2 ] && pass 'two lines' || fail 'two lines' "$(cat "$scratch/out")"
drawn 'cut exits'
expect 'no exits' 124 'label="0 exits' 'no exits' "$RINGSIDE" graph exits --technique=native "${tiny[@]}"
drawn 'no exits'
run "$RINGSIDE" graph exits "${tiny[@]}"
cp "$scratch/out" "$scratch/once"
run "$RINGSIDE" graph exits "${tiny[@]}"
cmp -s "$scratch/once" "$scratch/out" && pass 'the same again' || fail 'the same again'

# Units: the same picture as translate draws.
run "$RINGSIDE" translate --graph --top=5 "${tiny[@]}"
cp "$scratch/out" "$scratch/translate"
run "$RINGSIDE" graph units --top=5 "${tiny[@]}"
cmp -s "$scratch/translate" "$scratch/out" && pass 'units as translate draws them' || fail 'units as translate draws them'
expect 'units of an address' 124 '[1-9] of [0-9]+ translation units' '' "$RINGSIDE" graph units --at-address=100064 "${tiny[@]}"

# Where it goes, and in which form.
expect 'DOT in a file' 124 '' '' "$RINGSIDE" graph exits -o "$scratch/exits.dot" "${tiny[@]}"
cmp -s "$scratch/exits.dot" "$scratch/once" && pass 'the file holds it' || fail 'the file holds it'
if [ "$have_dot" ]; then
	expect 'SVG by its ending' 0 '' '' "$RINGSIDE" graph trap -o "$scratch/trap.svg" "${tiny[@]}"
	grep -q '</svg>' "$scratch/trap.svg" && pass 'it is SVG' || fail 'it is SVG'
	expect 'PNG by its ending' 0 '' '' "$RINGSIDE" graph trap -o "$scratch/trap.png" "${tiny[@]}"
	[ "$(head -c 4 "$scratch/trap.png" | tail -c 3)" = PNG ] && pass 'it is PNG' || fail 'it is PNG'
	expect 'SVG on standard output' 0 '</svg>' '' "$RINGSIDE" graph trap --format=svg "${tiny[@]}"
	expect 'SVG to a full disk' 1 '' 'No space' "$RINGSIDE" graph trap --format=svg -o /dev/full "${tiny[@]}"
	mkdir "$scratch/broken"
	printf '#!/bin/sh\necho "Error: out of paint" >&2\nexit 1\n' > "$scratch/broken/dot"
	chmod +x "$scratch/broken/dot"
	echo old > "$scratch/kept.svg"
	expect 'dot fails' 1 '' 'out of paint' env PATH="$scratch/broken:$PATH" "$RINGSIDE" graph trap -o "$scratch/kept.svg" "${tiny[@]}"
	grep -q old "$scratch/kept.svg" && pass 'a picture that failed replaces nothing' || fail 'a picture that failed replaces nothing'
fi
mkdir "$scratch/none"
expect 'dot is missing' 2 '' 'apt install graphviz' env PATH="$scratch/none" "$(realpath "$RINGSIDE")" graph trap -o "$scratch/x.svg" "${tiny[@]}"
[ ! -e "$scratch/x.svg" ] && pass 'no empty picture is left' || fail 'no empty picture is left'
expect 'DOT without dot' 0 'digraph' '' env PATH="$scratch/none" "$(realpath "$RINGSIDE")" graph trap "${tiny[@]}"
expect 'a full disk' 1 '' 'No space' "$RINGSIDE" graph trap -o /dev/full --format=dot "${tiny[@]}"
expect 'no such folder' 1 '' 'cannot write' "$RINGSIDE" graph trap -o "$scratch/no/such.dot" "${tiny[@]}"
"$RINGSIDE" graph tables --top=100 "${tiny[@]}" 2> "$scratch/err" | true
statuses=("${PIPESTATUS[@]}")
[ "${statuses[0]}" != 139 ] && [ "$(wc -l < "$scratch/err")" -le 1 ] && pass 'a closed pipe' || fail 'a closed pipe' "${statuses[0]}"

expect 'no kind' 2 '' 'tables, units, trap' "$RINGSIDE" graph
expect 'a mistyped kind' 2 '' "'tables'" "$RINGSIDE" graph tabels "${tiny[@]}"
expect 'a strange kind' 2 '' 'there are' "$RINGSIDE" graph xylophone "${tiny[@]}"
expect 'no guest' 2 '' '.' "$RINGSIDE" graph trap
expect 'a mistyped format' 2 '' "'svg'" "$RINGSIDE" graph trap --format=svgg "${tiny[@]}"
expect 'an ending that says nothing' 2 '' '--format' "$RINGSIDE" graph trap -o "$scratch/picture" "${tiny[@]}"
expect 'an option of another kind' 2 '' '--top means nothing' "$RINGSIDE" graph trap --top=3 "${tiny[@]}"
expect 'no cycle' 2 '' 'no cycle' "$RINGSIDE" graph tables --at=soon "${tiny[@]}"
expect 'no such kind of event' 2 '' "'trap'" "$RINGSIDE" graph trap --filter=trp "${tiny[@]}"
expect 'no address' 2 '' 'hexadecimal' "$RINGSIDE" graph tables --at-address=zzzz "${tiny[@]}"

if [ -e $kernel ] && [ -e $holes ]; then
	expect 'the lab kernel: tables' 0 '5 of [0-9]+ page tables shown; [0-9]+ pages left out' '' \
		"$RINGSIDE" graph tables --at=13M $kernel workload=forkwait n=4
	drawn 'the lab kernel: tables'
	run "$RINGSIDE" graph tables --at=13M --top=1000 $kernel workload=forkwait n=4
	has 'all tables' '; 0 pages left out'
	expect 'the lab kernel: a symbol' 0 'read_cr2' '' "$RINGSIDE" graph tables --at=13M --at-address=read_cr2 $kernel workload=forkwait n=4
	expect 'the lab kernel: exits by symbol' 0 'pit_count\+0x' '' "$RINGSIDE" graph exits $kernel workload=forkwait n=4
	drawn 'the lab kernel: exits'
	expect 'the hole of popf' 0 'no exception, no exit' '' "$RINGSIDE" graph trap --filter=sensitive $holes workload=syscall n=1
	drawn 'the hole of popf'
else
	skip 'the lab kernel drawn' 'not built'
fi
finish
