# SPDX-License-Identifier: GPL-2.0-or-later
"""The guests' initramfs: busybox, our programs and some of the kernel's modules.

Written as a newc cpio by hand (Documentation/driver-api/early-userspace), since
that is shorter than to stage a tree for cpio(1).
"""
import gzip
import lzma
import os
import re
import subprocess

from . import build, kernel, store

MODULES = ("virtio_pci virtio_blk virtio_net qemu_fw_cfg loop overlay bridge dm_mod "
           "nf_conntrack tun vfat zram ext4").split()
CAPTURE_MODULES = ["virtio_pci", "virtio_blk"]


class Cpio:
    def __init__(self):
        self.data = bytearray()
        self.seen = set()
        self.inode = 0

    def _entry(self, name, mode, body):
        self.inode += 1
        raw = name.encode() + b"\0"
        fields = (self.inode, mode, 0, 0, 1, 0, len(body), 0, 0, 0, 0, len(raw), 0)
        self.data += b"070701" + b"".join(b"%08x" % f for f in fields) + raw
        self.data += b"\0" * (-len(self.data) % 4) + body
        self.data += b"\0" * (-len(self.data) % 4)

    def directory(self, name):
        if name and name not in self.seen:
            self.directory(os.path.dirname(name))
            self.seen.add(name)
            self._entry(name, 0o040755, b"")

    def file(self, name, body, mode=0o100755):
        if name not in self.seen:
            self.directory(os.path.dirname(name))
            self.seen.add(name)
            self._entry(name, mode, body)

    def link(self, name, target):
        self.file(name, target.encode(), 0o120777)

    def add(self, name, path):
        with open(path, "rb") as f:
            self.file(name, f.read())

    def write(self, path):
        self._entry("TRAILER!!!", 0, b"")
        with open(path, "wb") as f:
            f.write(gzip.compress(bytes(self.data), 1))


def _libraries(path):
    out = subprocess.run(["ldd", path], stdout=subprocess.PIPE, text=True).stdout
    return set(re.findall(r"(/\S+) \(0x", out))


def _program(cpio, path):
    """A dynamic program with its libraries, and those that it names to load them by itself."""
    cpio.add("bin/" + os.path.basename(path), path)
    libraries = _libraries(path)
    known = subprocess.run(["/sbin/ldconfig", "-p"], stdout=subprocess.PIPE, text=True).stdout
    with open(path, "rb") as f:
        for name in set(re.findall(rb"\0(lib[\w.+-]+\.so\.\d+)\0", f.read())):
            found = re.search(r"^\s*%s \(.*x86-64.*=> (/\S+)" % re.escape(name.decode()), known, re.M)
            if found:
                libraries |= {found[1]} | _libraries(found[1])
    for library in sorted(libraries):
        cpio.add(library.lstrip("/"), library)


def _modules(cpio, suite, names):
    """Some modules and what they depend on, unpacked, with a modules.dep for them."""
    rel = kernel.release(suite)
    where = store.path("kernels", suite, "modules", "lib", "modules", rel)
    dep = {}
    with open(where + "/modules.dep") as f:
        for line in f:
            path, _, needs = line.partition(":")
            dep[path] = needs.split()
    short = {re.sub(r"\.ko(\.\w+)?$", "", os.path.basename(p)).replace("-", "_"): p for p in dep}
    lines = []
    for name in names:
        if name not in short:
            continue        # built in
        for path in [short[name]] + dep[short[name]]:
            with open(os.path.join(where, path), "rb") as f:
                body = f.read()
            if path.endswith(".xz"):
                body = lzma.decompress(body)
            plain = re.sub(r"\.xz$", "", path)
            cpio.file("lib/modules/%s/%s" % (rel, plain), body)
            line = "%s: %s\n" % (plain, " ".join(re.sub(r"\.xz$", "", n) for n in dep[path]))
            if line not in lines:
                lines.append(line)
    cpio.file("lib/modules/%s/modules.dep" % rel, "".join(lines).encode())


def _base(cpio):
    cpio.add("bin/busybox", "/bin/busybox")
    applets = subprocess.run(["/bin/busybox", "--list"], stdout=subprocess.PIPE, text=True).stdout
    for name in applets.split():
        if name != "busybox":
            cpio.link("bin/" + name, "busybox")
    for name in ("sbin", "proc", "sys", "dev", "run", "tmp", "mnt"):
        cpio.directory(name)
    cpio.link("linuxrc", "init")
    cpio.add("init", os.path.join(store.HERE, "init"))


def make(suite, kdump):
    """The initramfs of a guest; with KDUMP it holds what the capture kernel needs."""
    result = store.path("build", suite, "kdump.gz" if kdump else "guest.gz")
    helpers = {name: build.helper(name) for name in ("truth", "life", "keys")}
    module, image = build.crash_module(suite), build.ext4_image()
    if build.newer(result, module, image, *helpers.values(), __file__,
                   os.path.join(store.HERE, "init"), store.path("kernels", suite, "release")):
        return result
    cpio = Cpio()
    _base(cpio)
    for name, path in helpers.items():
        cpio.add("bin/" + name, path)
    cpio.add("kxboom.ko", module)
    cpio.add("ext4.img", image)
    _modules(cpio, suite, MODULES)
    if kdump:
        capture = Cpio()
        _base(capture)
        _modules(capture, suite, CAPTURE_MODULES)
        inner = store.path("build", suite, "capture.gz")
        capture.write(inner)
        _program(cpio, "/sbin/kexec")
        cpio.add("capture/initrd", inner)
        cpio.add("capture/vmlinuz", store.path("kernels", suite, "vmlinuz"))
    cpio.write(result)
    return result
