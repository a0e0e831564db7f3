#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The README's commands work: every block that begins with ```sh is run as it stands there.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
suite interface/readme

awk '/^```sh$/ { on = 1; next } /^```/ { on = 0 } on && NF' README.md > "$scratch/commands"
[ -s "$scratch/commands" ] || fail 'commands' 'none found in README.md'
while IFS= read -r command <&3; do
	timeout 200 bash -o pipefail -c "$command" > "$scratch/out" 2> "$scratch/err" < /dev/null
	status=$?
	if [ $status = 0 ]; then
		pass "$command"
	else
		fail "$command" "status $status: $(head -c 300 "$scratch/err")"
	fi
done 3< "$scratch/commands"
finish
