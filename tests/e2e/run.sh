#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh KX-CRASH: makes the dumps of real guests that are not in the store yet, and compares what
# kx-crash says of them with what the guests said. Ends with "N passed, N failed".
set -u
binary=$(realpath "$1")
cd "$(dirname "$0")" || exit 1
store=${KX_GUESTS:-$HOME/.cache/kx-crash/guests}
export KX_GUESTS=$store

# The guests with 10,000 tasks are for the benchmark alone.
mapfile -t names < <(guest/make-all.sh -l | grep -v manytasks)
guest/make-all.sh "${names[@]}" || failed_to_make=1
for suite in bullseye bookworm trixie sid; do
    guest/convert.py "$store/dumps/$suite-null-kdump" || failed_to_make=1
done

# Resolving each of 150,000 symbols both ways takes its time: once for each kernel.
some=("$store"/dumps/*-null-kdump)
rest=()
for dump in "$store"/dumps/*/; do
    case $dump in */work-*|*manytasks*) continue;; esac
    [ -e "$dump/meta.json" ] && rest+=("$dump")
done
python=(setarch "$(uname -m)" -R python3)
{
    "${python[@]}" compare.py --checks bt,sleepers,log,ps,mod,sys "$binary" "${rest[@]}"
    "${python[@]}" compare.py --checks sym --no-forms "$binary" "${some[@]}"
    # The same answers from BTF and from DWARF, for every named type of one kernel.
    guest/run.py --debug --suite bookworm >/dev/null
    vmlinux=("$store"/kernels/bookworm/debug/usr/lib/debug/boot/vmlinux-*)
    setarch "$(uname -m)" -R "$(dirname "$binary")/tests/tools/btf_vs_dwarf" "${vmlinux[0]}" &&
        echo "1 passed, 0 failed" || echo "0 passed, 1 failed"
    "${python[@]}" strange.py "$binary" "$store/dumps/bookworm-null-kdump"
    "${python[@]}" debug.py "$binary"
    "${python[@]}" live.py "$binary"
    [ -z "${failed_to_make:-}" ] || echo "0 passed, 1 failed"
} | awk '/^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3; next } { print }
         END { printf "%d passed, %d failed\n", passed, failed; exit failed != 0 }'
