#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# packages.sh build|test: installs the Debian packages that building or testing needs and that are
# missing. Works as root, else with sudo.
set -eu

build="cmake ninja-build gcc g++ libc6-dev pkg-config less libfdt-dev
    libelf-dev libdw-dev libdebuginfod-dev libzstd-dev liblzo2-dev libdeflate-dev libsnappy-dev
    libxxhash-dev libarchive-dev libkmod-dev libjansson-dev libcapstone-dev libreadline-dev libblkid-dev"
test="clang lld llvm libclang-rt-dev libcmocka-dev libunicorn-dev clang-format git python3 expect tmux util-linux procps
    qemu-system-x86 ovmf openssh-client openssh-server nfs-ganesha nfs-ganesha-vfs e2fsprogs"

wanted=$build
[ "${1:-build}" = build ] || wanted="$build $test"
missing=
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -q
# shellcheck disable=SC2086 # a list of words
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
