#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh KX-CRASH MAKE_KERNEL MACHINES CASE.sim: runs `kx-crash simulate` with each line of CASE.sim
# as its options, in a folder with the files that make_kernel makes and the link "machines", and
# compares with CASE.out (text) and, where that is there, CASE.json (one document a line). UPDATE=1
# writes them instead: read the difference before you commit it.
set -u
binary=$1 make_kernel=$2 machines=$3 case=$4
base=${case%.sim}
status=0

compare() {
    if [ -n "${UPDATE:-}" ]; then
        cp "$2" "$1"
    elif ! diff -u "$1" "$2"; then
        status=1
    fi
}

# How large purgatory's code is depends on the compiler; it is in no digest. Nor does the folder
# matter.
same_everywhere() {
    sed -E -e "s|$tmp/||g" -e 's/^(.* KiB  purgatory +)[0-9.]+ KiB/\1  CODE/' \
        -e 's/("segment":"purgatory",[^}]*"size":)[0-9]+/\10/'
}

tmp=$(realpath "$(mktemp -d)")
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
for kind in bzimage low vmlinux uki initrd; do
    "$make_kernel" $kind $kind || exit 1
done
ln -s "$machines" machines

# $1: more options, $2: the file to write
run() {
    while IFS= read -r line; do
        case $line in '' | '#'*) continue ;; esac
        [ -n "$1" ] || echo "> kx-crash simulate $line"
        eval "$binary simulate $1 $line" 2>&1
        rc=$?
        [ -n "$1" ] || echo "> exit status $rc"
    done <"$case" | same_everywhere >"$2"
}

run "" out
compare "$base.out" out
if [ -e "$base.json" ]; then
    run --json json
    compare "$base.json" json
fi
exit $status
