#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Install the Debian packages that the guests need and that are missing.
packages="qemu-system-x86 busybox-static kexec-tools kmod makedumpfile xz-utils zstd libzstd1 libsnappy1v5 gcc libc6-dev
	e2fsprogs sbsigntool osslsigncode openssl ovmf python3 debian-archive-keyring util-linux"
missing=
for package in $packages; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
		missing="$missing $package"
done
[ -z "$missing" ] && exit 0
export DEBIAN_FRONTEND=noninteractive
wait="-o DPkg::Lock::Timeout=600 -qq"
# shellcheck disable=SC2086 # several words are meant
apt-get $wait update && apt-get $wait -y --no-install-recommends install $missing < /dev/null
