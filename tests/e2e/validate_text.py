#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""kx-crash validate: the code of the kernel and of its modules against their files, and what the kernel
tells of itself.

    tests/e2e/validate_text.py KX_CRASH [NAME...]

The dumps NAME of the guests' store, whose suites have their debug files there, must have the code and
the constants of their vmlinux and of their modules' files. Then one is damaged at many places at once: each of them must be found,
where it is, and nothing else.
"""
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import validate_kernel as common                            # noqa: E402
from guest.oracle import Oracle                             # noqa: E402
from validate_kernel import STORE, Victim, check, number, rows  # noqa: E402

VICTIM = "bookworm-null-kdump"
VICTIM_WITH_ORDER = "trixie-null-kdump"     # of names, in kallsyms: v6.2


def kernel(name):
    return os.path.join(os.path.dirname(STORE), "kernels", Oracle(os.path.join(STORE, name)).suite)


def debug_root(name):
    return os.path.join(kernel(name), "debug/usr/lib/debug")


def vmlinux(name):
    """The vmlinux of the dump's suite, or None."""
    if not os.path.exists(os.path.join(STORE, name, "meta.json")):
        return None
    boot = os.path.join(debug_root(name), "boot")
    found = [f for f in sorted(os.listdir(boot)) if f.startswith("vmlinux-")] \
        if os.path.isdir(boot) else []
    return os.path.join(boot, found[0]) if found else None


def clean(kx, name):
    dump, file = os.path.join(STORE, name, "vmcore"), vmlinux(name)
    check(name + ": it and its vmlinux are there", file)
    if not file:
        return
    os.environ["KX_DEBUG_PATH"] = debug_root(name)
    outcomes, findings = rows(kx, dump, file)
    del os.environ["KX_DEBUG_PATH"]
    for name_of_check, what in (("kernel-text", "text is vmlinux's"), ("btf", "BTF is well-formed"),
                                ("symbols", "symbols are well-formed")):
        check("%s: its %s" % (name, what), outcomes.get(name_of_check) == "passed",
              [f for f in findings if f["check"] == name_of_check][:3])
    check_modules(name, "debug files", findings)
    os.environ["KX_DEBUG_PATH"] = os.path.join(kernel(name), "modules")
    check_modules(name, "installed files, which may be compressed", rows(kx, dump)[1])
    del os.environ["KX_DEBUG_PATH"]


def check_modules(name, files, findings):
    said = [f for f in findings if f["check"] == "module-text"]
    check("%s: its modules' text is that of their %s; the guest's own module has none" % (name, files),
          len(said) == 1 and re.match(r"1 of \d\d modules, such as kxboom, ", said[0]["text"]), said[:3])


class Damages:
    """Bytes of a dump that are changed, all at once, and taken back."""

    def __init__(self, victim):
        self.victim, self.made = victim, []

    def make(self, what, virtual, data=None, flip=None, at=None):
        """Writes @data, or the byte there with @flip applied to it. It is to be found at @at."""
        place = self.victim.offset(self.victim.physical(virtual))
        with open(self.victim.path, "r+b") as file:
            file.seek(place)
            old = file.read(len(data or b"x"))
            file.seek(place)
            file.write(data or bytes([old[0] ^ flip]))
        self.made.append((what, virtual if at is None else at, place, old))

    def found(self, name, *more, alone=True):
        """Each is a fault of check @name, in its place; and @alone: there are no others."""
        try:
            outcomes, findings = rows(self.victim.kx, self.victim.path, *more)
        finally:
            with open(self.victim.path, "r+b") as file:
                for _, _, place, old in reversed(self.made):
                    file.seek(place)
                    file.write(old)
        faults = [f for f in findings if f["check"] == name and f["severity"] == "fault"]
        for what, virtual, _, _ in self.made:
            check(what + ": is found in its place",
                  any(0 <= virtual - number(f["virtual"]) < (f.get("size") or 1)
                      for f in faults), [(f["virtual"], f["text"]) for f in faults])
        check("nothing else is found", not alone or len(faults) == len(self.made), [f["text"] for f in faults])
        return faults


def text(kx, path, file):
    victim = Victim(kx, path)
    damages = Damages(victim)
    at = victim.address
    damages.make("a byte in a function", at("do_sys_openat2") + 7, flip=0x40)
    damages.make("a hook over code", at("vfs_read") + 24, b"\xe9\x12\x34\x56\x78\xcc\xcc")
    damages.make("a function that only returns", at("security_file_open") + 5, b"\xc3\x90\x90")
    damages.make("a byte of a table of constants", at("sys_call_table") + 8 * 62 + 1, flip=0x10)
    damages.make("a constant text", at("linux_proc_banner") + 3, b"QQ")
    damages.make("an exception's entry", at("__start___ex_table") + 121, flip=0x01)
    damages.make("a byte of BTF", at("__start_BTF") + 4096, flip=0xff)
    damages.make("a byte of ORC", at("__start_orc_unwind") + 601, flip=0x01)
    patched(victim, damages)
    faults = damages.found("kernel-text", file)
    check("a difference is told with its bytes",
          any("vfs_read+0x18: 7 bytes differ from vmlinux" in f["text"] and
              f["text"].endswith("is e9 12 34 56 78 cc cc " + f["text"][-2:]) for f in faults),
          faults)


def patched(victim, damages):
    """Places that the kernel patches, with what it never puts there."""
    def read(virtual, size):
        with open(victim.path, "rb") as file:
            file.seek(victim.offset(victim.physical(virtual)))
            return file.read(size)

    def site(table, size):
        """Of the first entry from the hundredth on whose place is in the text."""
        start, text, end = (victim.address(s) for s in (table, "_stext", "_etext"))
        for at in range(start + 100 * size, start + 1000 * size, size):
            place = at + struct.unpack("<i", read(at, 4))[0]
            if text <= place < end:
                return place
        raise ValueError("no place of %s is in the text" % table)

    damages.make("a jump label that leads elsewhere", site("__start___jump_table", 16), b"\xeb\x7f")
    at = site("__start_static_call_sites", 8)
    damages.make("a static call of something else", at + 1, b"\x12\x34\x56\x00")
    function = victim.address("vfs_write")
    at = read(function, 4096).index(b"\xc3\xcc\xcc\xcc\xcc")
    damages.make("a return that is none", function + at, b"\xe9\x12\x34\x56\x00",
                 at=function + at + 1)      # vmlinux has a jump there, too


MODULE = "virtio_net"       # it calls what other modules export


def modules(kx, path, name):
    """Bytes of a module that are not its file's."""
    victim = Victim(kx, path)
    damages = Damages(victim)

    def read(virtual, size):
        with open(victim.path, "rb") as file:
            file.seek(victim.offset(victim.physical(virtual)))
            return file.read(size)

    def call(function, start, end):
        """The place of a call in @function whose target is from @start to @end."""
        at, code = victim.address(function), read(victim.address(function), 4096)
        return next(at + n for n in range(5, 4000) if code[n] == 0xe8 and
                    start <= at + n + 5 + struct.unpack_from("<i", code, n + 1)[0] < end)

    at = victim.address
    damages.make("a byte in a module's function", at("virtnet_open") + 37, flip=0x40)
    damages.make("a byte of a module's constants", at("virtnet_ethtool_ops") + 65, flip=0x02)
    ring = at("virtqueue_kick")
    site = call("start_xmit", ring - 0x8000, ring + 0x8000)
    damages.make("a module's call that leads elsewhere", site + 1, flip=0x10)
    function = at("virtnet_close")
    n = read(function, 4096).index(b"\xc3\xcc\xcc\xcc\xcc")
    damages.make("a module's return that is none", function + n, b"\xe9\x12\x34\x56\x00",
                 at=function + n + 1)       # the file has a jump there, too
    os.environ["KX_DEBUG_PATH"] = debug_root(name)
    faults = damages.found("module-text")
    check("a difference is told with its function and module",
          any(re.match(r"virtnet_open\+0x25 \[%s\]: 1 byte differs from its file" % MODULE, f["text"])
              for f in faults), [f["text"] for f in faults])
    del os.environ["KX_DEBUG_PATH"]


def files(kx, dump, where):
    """Which files of modules are taken."""
    def below(name):
        for folder, _, names in os.walk(os.path.join(debug_root(name), "lib/modules")):
            if MODULE + ".ko" in names:
                return os.path.join(folder, MODULE + ".ko")
        raise ValueError("no %s.ko below %s" % (MODULE, debug_root(name)))

    ours = below(VICTIM)
    release = ours.split("/lib/modules/")[1].split("/")[0]
    folder = os.path.join(where, "root/lib/modules", release)
    file = os.path.join(folder, MODULE + ".ko")
    os.makedirs(folder)
    os.environ["KX_DEBUG_PATH"] = os.path.join(where, "root")

    def module_text(what):
        outcomes, findings = rows(kx, dump)
        said = [f for f in findings if f["check"] == "module-text"]
        check(what + ": no fault", all(f["severity"] == "note" for f in said), said[:3])
        return outcomes.get("module-text"), [f["text"] for f in said]

    check("no files of modules: skipped", module_text("no files")[0] == "skipped")
    if vmlinux("trixie-"):
        shutil.copyfile(below("trixie-"), file)
        check("another build's: skipped", module_text("another build's")[0] == "skipped")
    subprocess.run(["objcopy", "--only-keep-debug", ours, file], check=True, stderr=subprocess.DEVNULL)
    check("without code: skipped", module_text("without code")[0] == "skipped")
    shutil.copyfile(ours, file)
    outcome, said = module_text("one file")
    check("one file: the others are told", outcome == "notes" and
          re.match(r"25 of 26 modules, ", said[0]), said)
    with open(ours, "rb") as source:        # a relocation, wherever one is, of what is not there
        data = bytearray(source.read())
    offset, = struct.unpack_from("<Q", data, 40)
    size, count = struct.unpack_from("<HH", data, 58)
    for n in range(count):
        kind, = struct.unpack_from("<I", data, offset + n * size + 4)
        start, = struct.unpack_from("<Q", data, offset + n * size + 24)
        if kind == 4:                       # SHT_RELA
            struct.pack_into("<Q", data, start, 1 << 63)
    with open(file, "wb") as target:
        target.write(data)
    outcome, said = module_text("a damaged file")
    check("a damaged file: it is told", outcome == "notes" and
          any("module %s could not be compared with its file: " % MODULE in text for text in said),
          said)
    del os.environ["KX_DEBUG_PATH"]


class Btf:
    """The kernel's BTF in a dump: Documentation/bpf/btf.rst of Linux."""
    FIXED = {1: 4, 3: 12, 14: 4, 17: 4}
    EACH = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}

    def __init__(self, victim):
        self.start = victim.address("__start_BTF")
        place = victim.offset(victim.physical(self.start))
        with open(victim.path, "rb") as file:
            file.seek(place)
            self.data = file.read(victim.address("__stop_BTF") - self.start)
        header, types, size, strings, _ = struct.unpack_from("<IIIII", self.data, 4)
        at, end = header + types, header + types + size
        self.strings, self.records = header + strings, [None]   # type 0 is void
        while at < end:
            _, info, _ = record = struct.unpack_from("<III", self.data, at)
            kind, count = info >> 24 & 31, info & 0xffff
            self.records.append((at, kind, count, record))
            at += 12 + self.FIXED.get(kind, 0) + self.EACH.get(kind, 0) * count
        self.used = set()
        self.led_to = {r[3][2] for r in self.records[1:] if r[1] in (8, 9, 10, 11, 18)} | {
            struct.unpack_from("<I", self.data, r[0] + 12)[0] for r in self.records[1:] if r[1] == 3}

    def last(self, kind, *more):
        """The offset of the last type of a kind that no other type's chain leads through."""
        return next(at for n, (at, k, count, _) in reversed(list(enumerate(self.records[1:], 1)))
                    if k == kind and n not in self.led_to and (not more or count >= more[0]) and
                    at not in self.used and not self.used.add(at))


def btf(kx, path):
    victim = Victim(kx, path)
    types, damages = Btf(victim), Damages(victim)
    word = struct.Struct("<I").pack

    def make(what, at, offset, value):
        damages.make(what, types.start + at + offset, word(value), at=types.start + at)

    at = types.last(8)
    make("BTF: a typedef of what is not there", at, 8, len(types.records) + 7)
    at = types.last(8)
    make("BTF: a typedef of itself", at, 8, next(
        n for n, r in enumerate(types.records) if r and r[0] == at))
    make("BTF: a member behind the end", types.last(4, 2), 12 + 12 + 8, 1 << 23)
    make("BTF: a member of no type", types.last(4, 2), 12 + 4, 0)
    make("BTF: members in disorder", types.last(4, 3), 12 + 2 * 12 + 8, 0)
    make("BTF: a name that begins nowhere", types.last(4, 1), 0, struct.unpack_from(
        "<I", types.data, types.last(8))[0] + 1)
    make("BTF: a name beyond the strings", types.last(6), 0, 0x7ffffff0)
    make("BTF: a function of no function's type", types.last(12), 8, next(
        n for n, r in enumerate(types.records) if r and r[1] == 1))
    make("BTF: an integer of 3 bytes", types.last(1), 8, 3)
    make("BTF: an array with a wild index", types.last(3), 12 + 4, 0)
    make("BTF: a parameter of what is not there", types.last(13, 2), 12 + 4, 0x7fffff)
    at = types.strings + 4711
    damages.make("BTF: a name that is no text", types.start + at, b"\x01")
    damages.found("btf")
    damages = Damages(victim)
    make("BTF: a kind that nobody knows", types.records[-1][0], 4, 30 << 24)
    damages.found("btf")
    damages = Damages(victim)
    damages.make("BTF: no magic number", types.start, b"\x00")
    damages.found("btf")


class Kallsyms:
    """The kernel's symbols in a dump that has their tables' places in VMCOREINFO: v6.4 to v6.x."""

    def __init__(self, victim):
        self.victim = victim
        with open(victim.path, "rb") as file:
            head = file.read(1 << 20)

        def place(name):
            return int(re.search(rb"SYMBOL\(%s\)=([0-9a-f]+)" % name.encode(), head)[1], 16)

        self.names, self.token_index = place("kallsyms_names"), place("kallsyms_token_index")
        self.offsets, base = place("kallsyms_offsets"), place("kallsyms_relative_base")
        self.seqs = base + 8
        self.told = place("init_uts_ns")
        count = struct.unpack("<I", self.read(place("kallsyms_num_syms"), 4))[0]
        tokens = self.read(place("kallsyms_token_table"), 8192).split(b"\0")[:256]
        names, at, self.starts, self.texts = self.read(self.names, count * 24), 0, [], []
        for _ in range(count):
            self.starts.append(at)
            size, at = names[at], at + 1
            if size & 0x80:
                size, at = size & 0x7f | names[at] << 7, at + 1
            self.texts.append(b"".join(tokens[n] for n in names[at:at + size]).decode())
            at += size
        self.markers = (self.names + at + 7) & ~7
        self.underscore = tokens.index(b"_")

    def read(self, virtual, size):
        with open(self.victim.path, "rb") as file:
            file.seek(self.victim.offset(self.victim.physical(virtual)))
            return file.read(size)


def symbols(kx, path):
    victim = Victim(kx, path)
    k, damages = Kallsyms(victim), Damages(victim)
    n = next(n for n, text in enumerate(k.texts) if text[1:] == "vfs_read")
    damages.make("kallsyms: a name without a type", k.names + k.starts[n] + 1,
                 bytes([k.underscore]), at=k.names + k.starts[n])
    damages.make("kallsyms: a marker", k.markers + 4 * 17, flip=1)
    damages.make("kallsyms: no symbol's number", k.seqs + 3 * 4711, b"\xff\xff\xff")
    damages.make("kallsyms: a number that was there", k.seqs + 3 * 5000,
                 k.read(k.seqs + 3 * 4800, 3))
    at = k.offsets + 4 * next(n for n, text in enumerate(k.texts) if text[1:] == "init_uts_ns")
    offset = struct.unpack("<i", k.read(at, 4))[0]
    damages.make("kallsyms: a symbol elsewhere", at, struct.pack("<i", offset - 1), at=k.told)
    damages.found("symbols", alone=False)
    damages = Damages(victim)
    damages.make("kallsyms: tokens in disorder", k.token_index + 100, flip=0x40, at=k.names)
    damages.found("symbols")


def named(kx, dump, name):
    """Without a vmlinux it is said that nothing was compared; one that is found is as good."""
    clean_env = {k: v for k, v in os.environ.items() if not k.startswith(("KX_DEBUG", "DEBUGINFO"))}
    os.environ.clear()
    os.environ.update(clean_env)
    check("no vmlinux: skipped", rows(kx, dump)[0].get("kernel-text") == "skipped")
    other = vmlinux("trixie-")
    if other:
        check("another build's: skipped", rows(kx, dump, other)[0].get("kernel-text") == "skipped")
    os.environ["KX_DEBUG_PATH"] = debug_root(name)
    check("a vmlinux that is found", rows(kx, dump)[0].get("kernel-text") == "passed")
    del os.environ["KX_DEBUG_PATH"]


def copied(name, where):
    source, path = os.path.join(STORE, name, "vmcore"), os.path.join(where, "vmcore")
    if not os.path.exists(source):
        print("no %s: no damage is tried" % name)
        return None
    shutil.copyfile(source, path)
    return path


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    kx = sys.argv[1]
    for name in sys.argv[2:]:
        clean(kx, name)
    with tempfile.TemporaryDirectory() as where:
        path, file = copied(VICTIM, where), vmlinux(VICTIM)
        if path and file:
            named(kx, path, VICTIM)
            text(kx, path, file)
            modules(kx, path, VICTIM)
            files(kx, path, where)
        if path:
            btf(kx, path)
        path = copied(VICTIM_WITH_ORDER, where)
        if path:
            symbols(kx, path)
        if path and vmlinux(VICTIM_WITH_ORDER):
            modules(kx, path, VICTIM_WITH_ORDER)
    print("%d passed, %d failed" % (common.passed, common.failed))
    sys.exit(common.failed > 0)


if __name__ == "__main__":
    main()
