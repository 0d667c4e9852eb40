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
guest/make-all.sh "${names[@]}" || guest/make-all.sh "${names[@]}" || failed_to_make=1
convert() {
    for dump; do
        case $dump in *-null-kdump) guest/convert.py "$dump" || failed_to_make=1;; esac
    done
}
convert "$store"/dumps/*-null-kdump
# Huge pages, whose struct pages are folded together where the kernel can do that.
for suite in bullseye bookworm trixie sid; do
    guest/run.py --keep --suite $suite --panic null --how kdump --name hugetlb \
        --append "hugepages=16 hugetlb_free_vmemmap=on" >/dev/null || failed_to_make=1
done

# Kernels of other makes, each with a store of its own: PREEMPT_RT, whose locks are others, and the
# one with all of the drivers, where many symbols share a name.
others=()
for other in trixie/rt-amd64 bookworm/amd64; do
    others+=("$store/${other#*/}/dumps/${other%/*}-null-kdump")
    KX_GUESTS=$store/${other#*/} KX_FLAVOUR=${other#*/} guest/run.py --keep --suite "${other%/*}" \
        --panic null --how kdump >/dev/null || failed_to_make=1
done

# Resolving each of 150,000 symbols both ways takes its time: once for each kernel.
some=("$store"/dumps/*-null-kdump)
rest=()
for dump in "$store"/dumps/*/; do
    case $dump in */work-*|*manytasks*) continue;; esac
    [ -e "$dump/meta.json" ] && rest+=("$dump")
done
python=(setarch "$(uname -m)" -R python3)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A script that breaks off has failed.
counted() {
    local said start=$SECONDS
    said=$("$@")
    printf '%s\n' "$said"
    grep -qE '^[0-9]+ passed, [0-9]+ failed$' <<<"$said" || echo "0 passed, 1 failed"
    echo "$((SECONDS - start)) s: $(basename "$5")"
}
checks=bt,sleepers,log,ps,mod,mount,slab,sys
compare_all() {
    counted "${python[@]}" compare.py --checks $checks --again "$work/again" "$binary" "${rest[@]}"
    # Emulation breaks a guest now and then, and a task can move between the writing of the truth and
    # the death. So a dump that fails is made anew, once; that one counts.
    mapfile -t failed <"$work/again"
    if [ ${#failed[@]} -gt 0 ]; then
        rm -rf "${failed[@]}"
        guest/make-all.sh "${names[@]}" >&2 || failed_to_make=1
        convert "${failed[@]}" >&2
        counted "${python[@]}" compare.py --checks $checks "$binary" "${failed[@]}"
    fi
}
# What reads the dumps of the store, and what boots guests of its own: of two CPUs, each keeps one
# busy most of the time.
of_the_store() {
    counted "${python[@]}" compare.py --checks sym --no-forms "$binary" "${some[@]}"
    # The same answers from BTF and from DWARF, for every named type of one kernel.
    vmlinux=("$store"/kernels/bookworm/debug/usr/lib/debug/boot/vmlinux-*)
    setarch "$(uname -m)" -R "$(dirname "$binary")/tests/tools/btf_vs_dwarf" "${vmlinux[0]}" &&
        echo "1 passed, 0 failed" || echo "0 passed, 1 failed"
    counted "${python[@]}" convert.py "$binary" "$store"/dumps/{bullseye,bookworm,trixie,sid}-null-kdump
    counted "${python[@]}" validate.py --forms "$store/dumps/bookworm-null-kdump" \
        --forms "$store/dumps/sid-null-kdump" "$binary" "${rest[@]}"
    counted "${python[@]}" compare.py --no-forms "$binary" "${others[@]}"
    counted "${python[@]}" validate.py "$binary" "${others[@]}"
    counted "${python[@]}" validate_kernel.py "$binary" bookworm-null-kdump
    for suite in bullseye trixie sid trixie-backports; do
        guest/run.py --debug --suite $suite >/dev/null
    done
    counted "${python[@]}" validate_text.py "$binary" {bullseye,bookworm,trixie,sid,trixie-backports}-null-kdump \
        {bullseye,bookworm,trixie,sid}-{graph,kretprobe}-qemu \
        bookworm-{cpus1,nokaslr}-kdump sid-la57-kdump bookworm-live-qemu
    counted "${python[@]}" validate_structures.py "$binary"
    counted "${python[@]}" ../validate/mutate.py "$binary" ../fixtures/panic.kdump --runs 100 --seed 3
    counted "${python[@]}" pages.py "$binary" "$store"/dumps/*-{null,hugetlb}-kdump
    counted "${python[@]}" debug.py "$binary"
}
of_guests() {
    counted "${python[@]}" strange.py "$binary" "$store/dumps/bookworm-null-kdump"
    counted "${python[@]}" capture.py "$binary" "$store/dumps/bookworm-null-kdump"
    counted "${python[@]}" erase.py "$binary" bookworm sid
    counted "${python[@]}" live.py "$binary"
    counted "${python[@]}" kexec.py "$binary"
    counted "${python[@]}" arm.py "$binary"
    counted "${python[@]}" secureboot.py "$binary"
    counted "${python[@]}" selftest.py --ci "$binary"
    counted "${python[@]}" mkinitrd.py "$binary"
}
guest/run.py --debug --suite bookworm >/dev/null || failed_to_make=1
{
    of_guests >"$work/of-guests" &
    compare_all
    of_the_store
    wait
    cat "$work/of-guests"
    [ -z "${failed_to_make:-}" ] || echo "0 passed, 1 failed"
} | awk '/^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3; next } { print }
         END { printf "%d passed, %d failed\n", passed, failed; exit failed != 0 }'
