# SPDX-License-Identifier: GPL-3.0-or-later
# tests/interface/lib.bash - what the interface's tests share: source it, `suite NAME`, tests, `finish`.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
BUILD=${BUILD:-build}
RINGSIDE=${RINGSIDE:-$BUILD/ringside}
# What a test is run with must not depend on who runs it.
unset COLUMNS LINES NO_COLOR
export LC_ALL=C.UTF-8
passed=0 failed=0
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT

suite() {
	echo "== $1"
}

pass() {
	echo "ok $1"
	passed=$((passed + 1))
}

fail() { # name, what was seen
	echo "FAILED $1: ${2:-}"
	failed=$((failed + 1))
}

skip() {
	echo "skipped $1: $2"
}

# Runs a command; leaves $status, $scratch/out, $scratch/err.
run() {
	timeout 120 "$@" > "$scratch/out" 2> "$scratch/err" < /dev/null
	status=$?
}

# name, status expected, regular expression for standard output, one for standard error, command...
# Never a crash's status, never a sanitizer's report, and one message at most when something is refused.
expect() {
	local name=$1 want=$2 out=$3 err=$4
	shift 4
	run "$@"
	if [ "$status" != "$want" ]; then
		fail "$name" "status $status, not $want: $(head -c 300 "$scratch/err")"
	elif ! grep -qE -- "$out" "$scratch/out" && [ -n "$out" ]; then
		fail "$name" "'$out' is not in the output: $(head -c 300 "$scratch/out")"
	elif ! grep -qE -- "$err" "$scratch/err" && [ -n "$err" ]; then
		fail "$name" "'$err' is not in the messages: $(head -c 300 "$scratch/err")"
	elif grep -q 'Sanitizer\|runtime error' "$scratch/err"; then
		fail "$name" "$(head -c 300 "$scratch/err")"
	elif [ "$want" = 2 ] && [ "$(wc -l < "$scratch/err")" != 1 ]; then
		fail "$name" "not one line of message: $(head -c 300 "$scratch/err")"
	else
		pass "$name"
	fi
}

# A flat guest from bytes written as for printf: `flat NAME '\xeb\xfe'`.
flat() {
	# shellcheck disable=SC2059
	printf "$2" > "$scratch/$1.bin"
}

finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
	exit
}
