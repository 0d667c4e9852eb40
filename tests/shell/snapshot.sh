#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kx-crash snapshot, of this machine. Run as: snapshot.sh BINARY
set -u
kx=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failures=0

# wanted WHAT STATUS PATTERN COMMAND...: exit status, and a line of what it said.
wanted() {
    what=$1 status=$2 pattern=$3
    shift 3
    actual=$("$@" 2>&1)
    got=$?
    if [ "$got" != "$status" ] || ! printf '%s\n' "$actual" | grep -q -e "$pattern"; then
        printf 'FAILED: %s: status %s, wanted %s and "%s" in:\n%s\n' \
            "$what" "$got" "$status" "$pattern" "$actual"
        failures=$((failures + 1))
    fi
}

wanted 'a snapshot' 0 '^/uname  *[0-9]' "$kx" snapshot "$dir/one"
wanted 'the release' 0 "^$(uname -r)\$" cat "$dir/one/uname"
cmp -s /proc/cmdline "$dir/one/proc/cmdline" || { echo "FAILED: /proc/cmdline"; failures=$((failures + 1)); }
wanted 'one that is there' 2 'is there already' "$kx" snapshot "$dir/one"
wanted 'no name' 2 'a new directory is expected' "$kx" snapshot
wanted 'two names' 2 'a new directory is expected' "$kx" snapshot "$dir/a" "$dir/b"
wanted 'no such place' 1 'No such file' "$kx" snapshot "$dir/none/one"
wanted 'JSON' 0 '^{"command":"snapshot","rows":\[{"path":"/uname","bytes":' \
    "$kx" snapshot --json "$dir/two"
wanted 'nothing temporary' 0 '^one two $' sh -c 'ls "$1" | tr "\n" " "; echo' - "$dir"

# A user who sees nothing gets a snapshot all the same, and is told.
if [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups "$kx" --version >/dev/null 2>&1; then
    chmod 777 "$dir"
    wanted 'a user' 0 'not run as root' \
        setpriv --reuid=65534 --regid=65534 --clear-groups "$kx" snapshot "$dir/user"
    wanted 'zeros' 0 '^00000000-00000000 : ' cat "$dir/user/proc/iomem"
fi

[ $failures = 0 ]
