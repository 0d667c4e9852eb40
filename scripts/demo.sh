#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# On a bare Debian 12 or later: installs what the build needs, builds, and looks at a real panic.
set -eu
cd "$(dirname "$0")/.."

scripts/packages.sh build
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBUILD_TESTING=OFF >/dev/null
cmake --build build

dump=tests/fixtures/panic.kdump
show() {
    printf '\n$ build/kx-crash %s -c "%s"\n' "$dump" "$1"
    build/kx-crash --no-rc "$dump" -c "$1"
}
show sys
show bt
show 'log | tail -n 40'

cat <<END

That was $dump, the panic of a small virtual machine. Go on from here:

  build/kx-crash $dump                 # a shell: help, Tab completes, Ctrl-D leaves
  build/kx-crash $dump -c 'foreach bt' # every task's backtrace
  build/kx-crash --json $dump -c ps    # for scripts
  build/kx-crash /var/crash/…/vmcore   # your own dump; nothing else is needed
END
