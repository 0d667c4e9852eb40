#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# install.sh BUILD-DIRECTORY: what is installed is there, names what is there, and systemd accepts
# it.
set -eu
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
DESTDIR=$root cmake --install "$1" >/dev/null

one() {
	found=$(find "$root" -type f -name "$1")
	[ "$(echo "$found" | wc -l)" = 1 ] && [ -f "$found" ] || { echo "not one $1: $found"; exit 1; }
	echo "$found"
}

binary=$(one kx-crash)
one kx-crash.1 >/dev/null
one kx-crash-init >/dev/null
unit=$(one kx-crash-arm.service)
rules=$(one 60-kx-crash-arm.rules)

# The unit runs what was installed, the rule starts the unit.
for verb in Start=:arm Reload=:arm Stop=:disarm; do
	grep -q "^Exec${verb%%:*}${binary#"$root"} ${verb##*:}" "$unit" ||
		{ echo "no Exec${verb%%:*} with ${binary#"$root"} ${verb##*:}"; exit 1; }
done
grep -q 'ATTRS{crash_hotplug}=="1", GOTO=' "$rules"
grep -q 'kx-crash-arm.service"' "$rules"
! grep -n '@[A-Z_]*@' "$unit" "$rules"

# systemd wants to see the program at its place.
if command -v systemd-analyze >/dev/null; then
	sed "s|${binary#"$root"}|$binary|" "$unit" >"$root/kx-crash-arm.service"
	said=$(SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$root/kx-crash-arm.service" 2>&1 |
		grep -F kx-crash || true)
	[ -z "$said" ] || { echo "$said"; exit 1; }
fi
