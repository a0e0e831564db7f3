#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `ringside shell`: every command on the lab kernel, scripts and pipes, what goes wrong, a person at a terminal.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
. "$(dirname "$0")/terminal.bash"
suite interface/cli_shell
export XDG_STATE_HOME=$scratch/state
unset HISTFILE INPUTRC
kernel=build/guests/kernel.elf

# sti; cli; pushf; popf; mov eax,cr0; jmp back
flat mix '\xfb\xfa\x9c\x9d\x0f\x20\xc0\xeb\xf7'
flat loop '\xeb\xfe'
mix=(--boot=flat "$scratch/mix.bin")

# name, status, expected output, expected message, what is typed, words...
shell() {
	local name=$1 want=$2 out=$3 err=$4 input=$5
	shift 5
	# shellcheck disable=SC2059
	printf "$input" > "$scratch/input"
	timeout 120 "$RINGSIDE" shell "$@" < "$scratch/input" > "$scratch/out" 2> "$scratch/err"
	status=$?
	if [ "$status" != "$want" ]; then
		fail "$name" "status $status, not $want: $(head -c 300 "$scratch/err")"
	elif [ -n "$out" ] && ! grep -qE -- "$out" "$scratch/out"; then
		fail "$name" "'$out' is not in the output: $(head -c 600 "$scratch/out")"
	elif [ -n "$err" ] && ! grep -qE -- "$err" "$scratch/err"; then
		fail "$name" "'$err' is not in the messages: $(head -c 300 "$scratch/err")"
	elif grep -q 'Sanitizer\|runtime error' "$scratch/err"; then
		fail "$name" "$(head -c 300 "$scratch/err")"
	else
		pass "$name"
	fi
}
same() { # name, file, file
	if cmp -s "$2" "$3"; then pass "$1"; else fail "$1" "$(diff "$2" "$3" | head -n 5)"; fi
}

# ---- pipes and scripts ----

shell 'a pipe' 0 '^3$' '' 'echo one\nprint 1 + 2\n' "${mix[@]}"
grep -q 'ringside)' "$scratch/out" && fail 'no prompt on a pipe' || pass 'no prompt on a pipe'
shell 'the last line needs no end' 0 'two' '' 'echo one\necho two' "${mix[@]}"
shell 'an empty line does nothing here' 0 '^1$' '' 'step 2\nprint 1\n\n\n' "${mix[@]}"
[ "$(grep -c '^1$' "$scratch/out")" = 1 ] && pass 'and repeats nothing' || fail 'and repeats nothing'
shell 'quit' 0 'one' '' 'echo one\nquit\necho two\n' "${mix[@]}"
grep -q two "$scratch/out" && fail 'quit quits' || pass 'quit quits'
shell 'no input' 0 '' '' '' "${mix[@]}"
shell 'a mistake ends it' 2 'one' "standard input:2: no command 'stpe'; did you mean 'step'\?" 'echo one\nstpe\necho two\n' "${mix[@]}"
grep -q two "$scratch/out" && fail 'what follows is not performed' || pass 'what follows is not performed'
shell 'its place' 2 '' '^ {4} {6}\^' 'print 1 + (2\n' "${mix[@]}"
shell 'a zero byte' 2 '' 'standard input:1: .*zero byte' 'echo \000x\n' "${mix[@]}"
head -c 300000 /dev/zero | tr '\0' a > "$scratch/long"
run bash -c "'$RINGSIDE' shell ${mix[*]} < '$scratch/long'"
[ "$status" = 2 ] && grep -q 'longer than' "$scratch/err" && pass 'a line without end' || fail 'a line without end' "$(head -c 200 "$scratch/err")"
run bash -c "head -c 100000 /dev/urandom | '$RINGSIDE' shell ${mix[*]}"
[ "$status" = 2 ] && pass 'random bytes' || fail 'random bytes' "status $status"

printf 'echo from a script\nprint 2 * 3\n' > "$scratch/good"
printf 'echo from a script\nnosuch\n' > "$scratch/bad"
printf 'source %s\n' "$scratch/self" > "$scratch/self"
shell 'scripts and commands in their order' 0 'script' '' 'echo last\n' -e 'echo first' -x "$scratch/good" --execute='echo third' "${mix[@]}"
printf 'first\nfrom a script\n6\nthird\nlast\n' > "$scratch/want"
same 'their order' "$scratch/want" "$scratch/out"
shell 'a mistake in a script' 2 'script' "bad:2: no command 'nosuch'" 'echo last\n' -x "$scratch/bad" "${mix[@]}"
grep -q last "$scratch/out" && fail 'a script may not go on' || pass 'a script may not go on'
shell 'no such script' 2 '' 'nowhere' '' -x "$scratch/nowhere" "${mix[@]}"
shell 'a script that reads itself' 2 '' 'that is the most' "source $scratch/self\n" "${mix[@]}"
shell 'read-only' 2 '' 'read-only' 'step\n' --readonly "${mix[@]}"
expect 'no guest' 2 '' 'which guest' "$RINGSIDE" shell
expect 'no such guest' 2 '' 'nowhere' "$RINGSIDE" shell "$scratch/nowhere"
expect 'no such colour' 2 '' 'never' "$RINGSIDE" shell --color=blue "${mix[@]}"
expect 'two sessions' 2 '' 'one or the other' "$RINGSIDE" shell --session=x --no-session "${mix[@]}"

# ---- where output goes ----

if [ -e /dev/full ]; then
	run bash -c "printf 'step\nstep\nhelp\n' | '$RINGSIDE' shell ${mix[*]} > /dev/full"
	[ "$status" = 1 ] && grep -q 'cannot write' "$scratch/err" && pass 'a full disk' || fail 'a full disk' "status $status: $(cat "$scratch/err")"
fi
run bash -c "yes help | '$RINGSIDE' shell ${mix[*]} | head -n 1; exit \${PIPESTATUS[1]}"
[ "$status" = 1 ] && grep -q 'Moving' "$scratch/out" && pass 'a closed pipe' || fail 'a closed pipe' "status $status: $(cat "$scratch/err")"
shell 'saving into nothing' 2 '' 'nowhere' "save $scratch/nowhere/breaks\n" "${mix[@]}"

# ---- sentences ----

shell 'flat: a stop in sentences' 0 'The guest stands at 00100001 before cli, which is privileged' '' 'step 2\n' --flat "${mix[@]}"
grep -q '^Event [0-9]*, cycle [0-9]*, hidden-fault: .*\.$' "$scratch/out" && pass 'flat: an event a line' || fail 'flat: an event a line' "$(cat "$scratch/out")"
run "$RINGSIDE" tui --flat -e 'step 2' "${mix[@]}"
cp "$scratch/out" "$scratch/tui"
run "$RINGSIDE" shell --flat -e 'step 2' "${mix[@]}"
same 'flat: the screen without a screen is the same' "$scratch/tui" "$scratch/out"

# ---- breakpoints that outlive a session ----

if [ -e $kernel ]; then
	shell 'a session is saved' 0 'kernel_main' '' 'break kernel_main as main if eax != 0\nwatch *physical:101000/8\nbreak event trap,port\ndisable main\nignore 3 7\n' \
		--session="$scratch/kept" $kernel
	"$RINGSIDE" shell -e 'info breaks' $kernel < /dev/null > "$scratch/none"
	grep -q 'no break' "$scratch/none" && pass 'without a terminal none is taken by itself' || fail 'without a terminal none is taken by itself'
	shell 'and taken again' 0 'main .*disabled' '' 'info breaks\n' --session="$scratch/kept" $kernel
	grep -q 'physical 00101000' "$scratch/out" && grep -qi '7 ' "$scratch/out" &&
		grep -q '^3 breakpoints from the last session' "$scratch/out" && pass 'all of it' || fail 'all of it' "$(cat "$scratch/out")"
	cp "$scratch/kept" "$scratch/kept1"
	shell 'saved again' 0 '' '' '' --session="$scratch/kept" $kernel
	same 'it stays the same' "$scratch/kept1" "$scratch/kept"
	[ -e "$scratch/kept.new" ] && fail 'nothing else is left' || pass 'nothing else is left'
	if [ -e /dev/full ]; then
		shell 'a session on a full disk' 1 '' 'No space left' 'break kernel_main\n' --session=/dev/full $kernel
	fi
	shell 'a session in no folder' 1 '' 'nowhere' 'break kernel_main\n' --session="$scratch/nowhere/kept" $kernel
	echo 'break no_such_symbol' >> "$scratch/kept"
	shell 'what is gone is told' 0 '^3 breakpoints' 'could not be performed again' '' --session="$scratch/kept" $kernel
fi

# ---- every command on the lab kernel ----

cat > "$scratch/all" << END
echo every command
status
help step
info
info registers
info kinds
step 3
reverse-step
next
reverse-next
trap 2
story
reverse-trap
break kernel_main as main
tbreak *physical:100010
continue
reverse-continue
until kernel_main
reverse-until start+4
until kernel_main
where 5
block 3
reverse-block
finish
reverse-finish
delete
goto begin
next-exit cli
previous-exit
next-event port,trap
previous-event trap
goto 2M
goto event 20
story 20
goto end
goto 200k
reverse-step 5
print/x eax
x/4xw esp
disas kernel_main 4
walk kernel_main write
stats
compare bt
compare hvm/nested
watch esp-4/4
rwatch esp
awatch esp
info breaks
condition 3 eax
ignore 3 1
name 3 stack
disable stack
enable
save $scratch/saved
record $scratch/run
delete
source $scratch/saved
delete
set eax = 1
write/w esp-10 1 2
type "x\n"
switch bt
step 20
unit
switch trap
interrupt
info history
info branches
info input
info exits
info events
info tlb
info devices
info modes
info console
info symbols kernel
goto begin
quit
END
if [ -e $kernel ]; then
	run "$RINGSIDE" shell -x "$scratch/all" $kernel workload=forkwait n=2
	[ "$status" = 0 ] && pass 'every command' || fail 'every command' "status $status: $(cat "$scratch/err")"
	cp "$scratch/out" "$scratch/first"
	run "$RINGSIDE" shell -x "$scratch/all" $kernel workload=forkwait n=2
	same 'every command, the same again' "$scratch/first" "$scratch/out"
	run "$RINGSIDE" shell --flat -x "$scratch/all" $kernel workload=forkwait n=2
	[ "$status" = 0 ] && pass 'every command in sentences' || fail 'every command in sentences' "$(cat "$scratch/err")"
	"$RINGSIDE" help --shell | sed '/^### On a screen/,$d' | sed -n 's/^| `\([a-z-]*\)[ `].* | .* |$/\1/p' | grep -vx 'info\|registers\|breaks' > "$scratch/names"
	missing=
	while read -r name; do
		grep -qE "^(info )?$name( |/|$)" "$scratch/all" || missing="$missing $name"
	done < "$scratch/names"
	[ -z "$missing" ] && [ "$(wc -l < "$scratch/names")" -gt 40 ] && pass 'none is left out' || fail 'none is left out' "$missing"
	for mode in bt hvm emulate native; do
		shell "$mode: there and back" 0 '^0$' '' 'goto 300k\nprint clock\nreverse-step 3\nstep 3\nreverse-trap\ngoto begin\nprint instructions\n' \
			--technique=$mode $kernel workload=forkwait n=2
	done
else
	skip 'the lab kernel' 'not built'
fi

# ---- at a terminal ----

has_terminal terminal || finish
seen() { history; }
terminal 100 40 XDG_STATE_HOME="$XDG_STATE_HOME" TERM=screen
typed "\$RINGSIDE shell --technique=native --boot=flat --limit=0 \$scratch/loop.bin; echo ended:\$?" Enter
sees 'a prompt' '^\(ringside\)$'
typed 'print 40+2' Enter
sees 'an answer' '^42 = 0x2a'
if grep -q HAVE_READLINE "$BUILD/flags" 2> /dev/null; then
	typed 'rever' Tab 'conti' Tab
	sees 'Tab completes' '\(ringside\) reverse-continue'
	typed C-c
	sees 'Ctrl-C forgets the line' '\^C'
	typed Up Enter
	sleep 0.3
	[ "$(history | grep -c '^42 = 0x2a')" = 2 ] && pass 'lines are kept' || fail 'lines are kept' "$(history | tail -n 8)"
else
	skip 'line editing' 'built without readline'
fi
typed 'print nosuch' Enter
sees 'a mistake ends nothing' '\^'
typed 'continue' Enter
sleep 1
typed C-c
sees 'Ctrl-C interrupts the guest' 'interrupted'
typed 'break 100000 as kept' Enter
sees 'a breakpoint' '1  break'
typed 'echo still here' Enter
sees 'and comes back to the prompt' '^still here'
typed C-d
sees 'Ctrl-D ends it' '^ended:0'
typed "clear; \$RINGSIDE shell --technique=native --boot=flat --limit=0 \$scratch/loop.bin; echo ended:\$?" Enter
sees 'the breakpoint is there again' '^1 breakpoint from the last session'
typed 'quit' Enter
sees 'quit ends it' 'ended:0'
compgen -G "$XDG_STATE_HOME/ringside/loop.bin-*.breaks" > /dev/null && pass 'in the state folder' || fail 'in the state folder' "$(ls -R "$XDG_STATE_HOME")"
sane 'the terminal is as it was'
finish
