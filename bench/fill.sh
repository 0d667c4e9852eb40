#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in the guest of make-real.sh, on the disk that it was given: uses its memory as machines do.
export PATH=/usr/bin
/heap 450 /tmp/one &
one=$!
/heap 450 /tmp/two &
two=$!
find /usr -type f -exec cat {} + >/dev/null
while [ ! -e /tmp/one ] || [ ! -e /tmp/two ]; do
    sleep 1
    kill -0 $one && kill -0 $two || exit 1
done
