#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# One table makes help, manual page and completion: each is whole, and fits a terminal of 80 columns.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/cli_help

commands=$("$RINGSIDE" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[ "$(echo "$commands" | wc -w)" -ge 8 ] && pass 'help names the commands' || fail 'help names the commands' "$commands"
for command in $commands; do
	expect "$command: help has usage and examples" 0 "^Usage: ringside $command" '' "$RINGSIDE" help "$command"
	grep -q '^Examples:' "$scratch/out" || fail "$command: examples"
	awk 'length($0) > 80' "$scratch/out" | grep -q . && fail "$command: help is too wide" || pass "$command: 80 columns"
	cp "$scratch/out" "$scratch/help"
	run "$RINGSIDE" "$command" --help
	cmp -s "$scratch/help" "$scratch/out" && pass "$command: --help says the same" || fail "$command: --help says the same"
	# Every option in help is one that the command takes: a value too many or too few is all it may say.
	for option in $(grep -oE '^ .. ?-?-?[a-z]?,? --[a-z-]+' "$scratch/help" | grep -oE -- '--[a-z-]+'); do
		timeout 20 "$RINGSIDE" "$command" "$option=@" > /dev/null 2> "$scratch/err" < /dev/null
		! grep -q 'unknown option' "$scratch/err" || fail "$command: $option is in help only"
	done
done
expect 'help for a mistyped command' 2 '' "'stats'" "$RINGSIDE" help stast
expect 'an option before the command' 2 '' 'after a command' "$RINGSIDE" --technique=trap run x
expect 'an unknown letter' 2 '' "'-Z'" "$RINGSIDE" run -Z x
expect 'a beginning of an option is enough' 2 '' 'native' "$RINGSIDE" run --techn=magic x
expect 'a beginning of two options is not' 2 '' '.' "$RINGSIDE" run --s x

run "$RINGSIDE" help --man
for command in $commands; do
	grep -q "^\.SS ringside $command" "$scratch/out" || fail "manual: $command"
done
if command -v groff > /dev/null; then
	groff -man -Tascii -ww -z "$scratch/out" > "$scratch/groff" 2>&1
	[ ! -s "$scratch/groff" ] && pass 'manual: groff has nothing to say' || fail 'manual: groff' "$(head -n 3 "$scratch/groff")"
else
	skip 'manual' 'no groff'
fi
"$RINGSIDE" help --completion > "$scratch/completion"
bash -n "$scratch/completion" && pass 'completion: bash can read it' || fail 'completion: bash can read it'
complete_words() { # words before the cursor
	bash -c '. "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); compopt() { :; }; _ringside; echo "${COMPREPLY[@]}"' \
		_ "$scratch/completion" "$@"
}
[ "$(complete_words ringside tr)" = 'trace translate' ] && pass 'completion: a command' || fail 'completion: a command' "$(complete_words ringside tr)"
case $(complete_words ringside run --tech) in
--technique=) pass 'completion: a setting' ;;
*) fail 'completion: a setting' "$(complete_words ringside run --tech)" ;;
esac
expect 'doctor as JSON' 0 '^\[\{' '' "$RINGSIDE" doctor --json
finish
