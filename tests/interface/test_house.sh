#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the house promises about itself: floors, no globals, licence lines, tour, manual page, scripts.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/house

# name, what was found (nothing: good)
nothing() {
	if [ -z "$2" ]; then pass "$1"; else fail "$1" "$(head -n 5 <<< "$2")"; fi
}

sources=$(find cpu core shadowpt trap bt labs visualizer tests scripts -type f \
	\( -name '*.[chS]' -o -name '*.def' -o -name '*.sh' -o -name '*.mk' -o -path 'scripts/*' \))

includes_of() { # rooms below which it must not reach, folders
	grep -rnE "#include \"(\.\./)*($1)/" "${@:2}" --include='*.[ch]' --include='*.def' 2> /dev/null
}
nothing 'cpu includes nothing of the others' "$(includes_of 'core|shadowpt|trap|bt|labs|visualizer' cpu)"
nothing 'core includes cpu only' "$(includes_of 'shadowpt|trap|bt|labs|visualizer' core)"
nothing 'shadowpt includes core and cpu only' "$(includes_of 'trap|bt|labs|visualizer' shadowpt)"
nothing 'trap and bt do not climb' "$(includes_of 'labs|visualizer' trap bt)"

# shellcheck disable=SC2086
nothing 'every source names its licence' "$(for file in $sources; do
	head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' || echo "$file"
done)"

# Sanitizers and coverage add data of their own, so only the plain build is asked.
if [ "$BUILD" = build ]; then
	nothing 'no writable data in the libraries' "$(objdump -h build/libringside.a build/libvisualizer.a |
		awk '/file format/ { object = $1 } $2 ~ /^\.t?(data|bss)$/ && $3 !~ /^0+$/ { print object, $2, $3 }')"
	nothing 'exit and abort in main only' \
		"$(nm -A -u build/libringside.a build/libvisualizer.a 2> /dev/null | grep -wE 'exit|_exit|abort')"
fi

# A file that lies here but was never added is missing for everybody else.
if git rev-parse --git-dir > /dev/null 2>&1; then
	nothing 'every file that a test names is in the repository' "$(grep -rohE '\btests/[A-Za-z0-9_/]+\.[A-Za-z]+\b' \
		tests scripts .ci README.md docs | grep -vE '\.[do]$' | sort -u |
		xargs git ls-files --error-unmatch 2>&1 > /dev/null)"
fi

nothing 'the tour has no gaps' "$(scripts/tour --check 2>&1)"
nothing 'the manual page is what the command table says' \
	"$("$RINGSIDE" help --man 2>&1 | diff - docs/ringside.1 2>&1 | head -n 5)"
if command -v man > /dev/null; then
	nothing 'the manual page has no warnings' \
		"$(MANROFFSEQ='' MANWIDTH=100 man --warnings -l docs/ringside.1 2>&1 > /dev/null)"
else
	skip 'manual page' 'no man: apt install man-db'
fi
if command -v shellcheck > /dev/null; then
	nothing 'scripts' "$(grep -lE '^#!/bin/(ba)?sh' -r scripts tests .ci | xargs shellcheck -x -P SCRIPTDIR -S warning 2>&1 | head -n 20)"
else
	skip 'scripts' 'no shellcheck: apt install shellcheck'
fi

if [ "${RINGSIDE_SHORT:-}" ]; then
	skip 'install and dist' 'only in make test'
	finish
fi
root=$scratch/root
run make --no-print-directory install DESTDIR="$root" prefix=/usr
if [ "$status" = 0 ] && [ -x "$root/usr/bin/ringside" ] && [ -s "$root/usr/share/man/man1/ringside.1" ]; then
	pass 'make install'
else
	fail 'make install' "$(tail -n 3 "$scratch/err")"
fi
expect 'the installed program finds its profiles' 0 '.' '' env -C / \
	"$root/usr/bin/ringside" run --technique=native --profile=nehalem --boot=flat --limit=1M --json \
	"$(flat halt '\xfa\xf4'; echo "$scratch/halt.bin")"
run make --no-print-directory uninstall DESTDIR="$root" prefix=/usr
nothing 'make uninstall leaves nothing' "$(find "$root" -type f)"

if git rev-parse --git-dir > /dev/null 2>&1; then
	run make --no-print-directory dist
	tar -C "$scratch" -xzf "$(tail -n 1 "$scratch/out")" &&
		run timeout 600 make -s -C "$scratch"/ringside-* -j"$(nproc)"
	if [ "$status" = 0 ] && compgen -G "$scratch/ringside-*/build/ringside" > /dev/null; then
		pass 'the archive of make dist builds'
	else
		fail 'the archive of make dist builds' "$(tail -n 3 "$scratch/err")"
	fi
else
	skip 'make dist' 'this is no git work tree'
fi
finish
