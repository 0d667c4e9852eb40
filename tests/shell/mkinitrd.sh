#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mkinitrd.sh KX-CRASH: what is in a capture initramfs, that it is the same each time and nobody else's
# to read, and that one which cannot be made leaves nothing behind.
set -u
kx=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir modules
status=0

fail() {
    echo "FAILED: $*"
    status=1
}

# refused PATTERN CONFIGURATION…: with that sentence, and no file is left.
refused() {
    local pattern=$1 said
    shift
    printf '%s\n' "$@" > refused.conf
    said=$("$kx" mkinitrd --modules modules refused.conf refused.img 2>&1) && fail "made: $*"
    grep -qE "$pattern" <<<"$said" || fail "$* said: $said"
    [ "$(ls refused.img* 2>/dev/null)" = "" ] || fail "left behind: $(ls refused.img*)"
}

printf '#!/bin/sh\necho saved\n' > hook
chmod +x hook
cat > good.conf <<END
target virtio:org.kx.dump   # a port needs no device here
final poweroff
after $work/hook
network 10.1.2.3/24,10.1.2.1,52:54:00:12:34:56
END
for i in 1 2; do
    "$kx" mkinitrd --modules modules good.conf $i.img > said 2>&1 || fail "$(cat said)"
    sleep 1.1
done
cmp 1.img 2.img || fail "two of the same differ"
[ "$(stat -c %a 1.img)" = 600 ] || fail "mode $(stat -c %a 1.img)"
[ "$(find . -name '*.img*' | wc -l)" = 2 ] || fail "more than two files: $(ls)"

# Documentation/driver-api/early-userspace/buffer-format.rst of Linux
python3 - 1.img "$work/hook" <<'END' || fail "the contents"
import gzip, sys
data, at, files = gzip.open(sys.argv[1]).read(), 0, {}
while True:
    assert data[at:at + 6] == b"070701", data[at:at + 6]
    field = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
    name = data[at + 110:at + 109 + field[11]].decode()
    body = (at + 110 + field[11] + 3) & ~3
    at = (body + field[6] + 3) & ~3
    if name == "TRAILER!!!":
        break
    assert name not in files, name
    above = name.rpartition("/")[0]
    assert not above or files[above][0] & 0o170000 == 0o040000, name
    files[name] = field[1], data[body:body + field[6]]
conf = files["etc/kx-crash/capture.conf"]
assert conf[0] & 0o777 == 0o600, oct(conf[0])
lines = conf[1].decode().splitlines()
assert lines[0] == "target virtio:org.kx.dump", lines
for line in ("final poweroff", "failure reboot", "network 10.1.2.3/24,10.1.2.1,52:54:00:12:34:56"):
    assert line in lines, (line, lines)
assert files["init"][0] == 0o100755 and files["init"][1][:4] == b"\x7fELF"
assert files[sys.argv[2].lstrip("/")][0] == 0o100755
assert files["bin/sh"][1][:4] == b"\x7fELF" and "lib/kx/libc.so.6" in files
assert files["modules.list"][1] == b""
END

refused 'lies on proc' 'target /proc/self'
refused 'no target' 'final reboot'
refused 'line 2' 'target virtio:a' 'nonsense'
refused '"dhcp" or' 'target nfs:198.51.100.1:/a' 'network 1.2.3.4.5'
refused 'this machine itself' 'target nfs:127.0.0.1:/a'
refused 'no interface with hardware' 'target ssh:198.51.100.1:/a' 'network 1.2.3.4/8,lo'
refused 'drivers cannot be told' 'target block:SERIAL=kx-crash-has-none'
refused 'nonexistent' 'target virtio:a' 'before /nonexistent'
"$kx" mkinitrd --modules /nonexistent good.conf none.img 2>/dev/null && fail "no modules"
"$kx" mkinitrd --modules modules good.conf /nonexistent/none.img 2>/dev/null && fail "no folder"
"$kx" mkinitrd --modules modules --kernel-release 1 good.conf none.img 2>/dev/null
[ $? = 2 ] || fail "two kernels"
"$kx" mkinitrd good.conf 2>/dev/null
[ $? = 2 ] || fail "no initramfs named"
"$kx" arm --dry-run --capture good.conf --initrd 1.img 2>/dev/null
[ $? = 2 ] || fail "--capture and --initrd"
[ ! -e none.img ] || fail "none.img"
exit $status
