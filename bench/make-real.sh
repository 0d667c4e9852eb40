#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make-real.sh DIRECTORY: a kdump of a 6 GiB guest that has been at work, DIRECTORY/bookworm-real-kdump:
# 2.6 GiB of this machine's /usr in its page cache, the files' inodes and names in its slabs, and
# 1.2 GiB of Python programs. Takes some minutes and, for a while, 10 GB of disk. As root.
set -eu
here=$(dirname "$(realpath "$0")")
base=$1
mkdir -p "$base"
work=$(mktemp -d "$base/work-XXXXXX")
root=$work/root
clean() {
    if mountpoint -q "$root"; then umount "$root"; fi
    rm -rf "$work"
}
trap clean EXIT
# What runs there comes first: the list ends where the size is reached.
find /usr/bin /usr/lib64 /usr/lib/python3* /usr/lib/x86_64-linux-gnu /usr/share /usr/lib /usr/include -xdev \
    \( -type f -o -type l \) -printf '%s %p\n' |
    awk '!seen[$2]++ { sum += $1; if (sum > 2600 * 1024 * 1024) exit; print $2 }' >"$work/names"
truncate -s 4G "$work/disk"
/sbin/mkfs.ext4 -q "$work/disk"
mkdir "$root"
mount -o loop "$work/disk" "$root"
tar -C / -cf - -T "$work/names" 2>/dev/null | tar -C "$root" -xf -
mkdir "$root"/{proc,dev,tmp}
ln -s usr/bin "$root/bin"
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"
install -m 755 "$here/fill.sh" "$root/fill"
install -m 755 "$here/heap.py" "$root/heap"
umount "$root"
"$here/../tests/e2e/guest/run.py" --suite bookworm --panic null --how kdump --memory 6144 --crashkernel 192 \
    --name real --fill "$work/disk" --out "$base"
