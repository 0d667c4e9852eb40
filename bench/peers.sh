#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# peers.sh ROOT: a Debian sid with the newest crash, drgn and makedumpfile in the directory ROOT, for
# comparing with. Needs root.
set -eu
root=$1
[ -x "$root/usr/bin/crash" ] && exit 0
command -v debootstrap >/dev/null || apt-get install -q -y --no-install-recommends debootstrap
mirror=$(apt-get indextargets --format '$(REPO_URI)' | grep -v security | head -n 1)
debootstrap --variant=minbase --include=crash,python3-drgn,makedumpfile,time sid "$root" "$mirror"
