#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/kx-crash.1 is what the structs say. Run as: man.sh BINARY
root=$(dirname "$0")/../..
"$1" --man | diff -u "$root/docs/kx-crash.1" - || {
    echo "make it anew: build/kx-crash --man > docs/kx-crash.1"
    exit 1
}
