#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Batch: where commands come from, what goes where, exit statuses. Run as: batch.sh BINARY DUMP
set -u
kx=$1 dump=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export HOME="$dir"
unset XDG_CONFIG_HOME XDG_STATE_HOME DEBUGINFOD_URLS
failures=0

# check WHAT STATUS EXPECTED-OUTPUT COMMAND...: runs it, errors beside the output.
check() {
    what=$1 status=$2 expected=$3
    shift 3
    actual=$("$@" 2>&1)
    got=$?
    if [ "$got" != "$status" ] || [ "$actual" != "$expected" ]; then
        printf 'FAILED: %s: status %s, wanted %s\ngot:    %s\nwanted: %s\n' \
            "$what" "$got" "$status" "$actual" "$expected"
        failures=$((failures + 1))
    fi
}

# The same, of which only one line, found by a pattern, is compared with nothing.
check_like() {
    what=$1 status=$2 pattern=$3
    shift 3
    actual=$("$@" 2>&1)
    got=$?
    if [ "$got" != "$status" ] || ! printf '%s\n' "$actual" | grep -q -e "$pattern"; then
        printf 'FAILED: %s: status %s, wanted %s and "%s" in:\n%s\n' \
            "$what" "$got" "$status" "$pattern" "$actual"
        failures=$((failures + 1))
    fi
}

printf 'alias a1 help\n# comment\n\n!echo from file\n' >"$dir/lines"
check 'order of -c and -x' 0 'one
from file
two' "$kx" "$dump" -c '!echo one' -x "$dir/lines" -c '!echo two'
check 'a pipe in -c' 0 '1' "$kx" "$dump" -c 'alias | grep -c "q .*exit"'
check 'standard input' 0 'x
y' sh -c 'printf "!echo x\n\n!echo y\nexit\n!echo z\n" | "$0" "$1"' "$kx" "$dump"
check 'no last newline' 0 'x' sh -c 'printf "!echo x" | "$0" "$1"' "$kx" "$dump"
check '-x -' 0 'x' sh -c 'echo "!echo x" | "$0" "$1" -x -' "$kx" "$dump"
check 'exit ends the batch' 0 '' "$kx" "$dump" -c exit -c '!echo no'
check 'a failed command' 1 'kx-crash: nosuch: no such command: "help" lists them
on' "$kx" "$dump" -c nosuch -c '!echo on'
check 'a failed filter' 1 '' "$kx" "$dump" -c 'help | grep -q nothing-like-it'
check 'an unknown option of a command' 1 \
    'kx-crash: dump: unknown option -q; usage: dump [-h] [-r] [-n] [-x INDEX] [-v]' \
    "$kx" "$dump" -c 'dump -q'
check 'JSON of a failure' 1 \
    '{"command":"nosuch","error":{"code":"not_found","message":"no such command: \"help\" lists them"}}' \
    "$kx" --json "$dump" -c nosuch
check 'JSON of a line that is none' 1 \
    '{"command":"help","error":{"code":"usage","message":"a shell command is expected after |"}}' \
    "$kx" --json "$dump" -c 'help |'
check 'JSON through a pipe' 0 '1' "$kx" --json "$dump" -c \
    'help exit | grep -c "^{\"command\":\"help\",\"rows\":\[{\"text\":\"exit - leave kx-crash\"}"'
check 'a reader that leaves' 0 'exit - leave kx-crash' \
    sh -c '"$0" "$1" -c "help exit" -c "sym -l" | head -n 1' "$kx" "$dump"

# The rc file runs, in silence.
mkdir -p "$dir/.config/kx-crash"
printf 'alias fromrc help exit\nhelp\n' >"$dir/.config/kx-crash/rc"
check_like 'the rc file' 0 '^exit - leave' "$kx" "$dump" -c fromrc
check '... says nothing' 0 '' "$kx" "$dump" -c '# nothing'
check_like '--no-rc' 1 'no such command' "$kx" -n "$dump" -c fromrc

# What cannot be opened.
: >"$dir/empty"
echo text >"$dir/text"
check_like 'no dump' 2 'a dump is expected' "$kx"
check_like 'an unknown option' 2 'unknown option --nosuch' "$kx" --nosuch "$dump"
check_like 'no such file' 2 'No such file or directory' "$kx" "$dir/none"
check_like 'an empty file' 2 '^kx-crash: .*empty' "$kx" "$dir/empty"
check_like 'a text file' 2 '^kx-crash: .*text' "$kx" "$dir/text"
check_like 'a directory' 2 '^kx-crash: .*directory' "$kx" "$dir"
check_like 'a program' 2 '^kx-crash: .*ELF' "$kx" "$kx"
check_like 'two dumps that are none' 2 '^kx-crash: ' "$kx" "$dir/text" "$dir/empty"
check_like 'a vmlinux that is none' 2 '^kx-crash: ' "$kx" "$dump" "$dir/text"
check_like 'a script that is not there' 1 'No such file' "$kx" "$dump" -x "$dir/none"

check_like '--help' 0 '^Usage: kx-crash' "$kx" --help
check_like '--version' 0 '^kx-crash [0-9]' "$kx" --version
[ "$failures" = 0 ]
