#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh KX-CRASH DUMP CASE.kx: runs the command lines of CASE.kx and compares with CASE.out (text)
# and, where that is there, CASE.json (one document a line). UPDATE=1 writes them instead: read the
# difference before you commit it.
set -u
binary=$1 dump=$2 case=$3
base=${case%.kx}
status=0

compare() {
    if [ -n "${UPDATE:-}" ]; then
        cp "$2" "$1"
    elif ! diff -u "$1" "$2"; then
        status=1
    fi
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# The dump is named by its own folder, so that its path is the same everywhere.
cd "$(dirname "$dump")" || exit 1
"$binary" --no-rc --no-debug "$(basename "$dump")" -x "$case" >"$tmp/out" 2>&1
compare "$base.out" "$tmp/out"
if [ -e "$base.json" ]; then
    "$binary" --no-rc --no-debug --json "$(basename "$dump")" -x "$case" >"$tmp/json" 2>&1
    compare "$base.json" "$tmp/json"
fi
exit $status
