#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""kx-crash validate: what it says of dumps of real kernels, whole ones and damaged ones.

    tests/e2e/validate_kernel.py KX_CRASH [NAME...]

Every dump of the guests' store must be found whole by the checks of the kernel (families identity,
coverage, translation, kernel and structures). Then one of them is damaged at known places, a damage at a time,
and the check that is for it must find it, there.
"""
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

STORE = os.path.join(os.environ.get("KX_GUESTS") or
                     os.path.expanduser("~/.cache/kx-crash/guests"), "dumps")
FAMILIES = {"identity", "coverage", "translation", "kernel", "structures"}
VICTIM = "bookworm-null-kdump"
passed = failed = 0


def check(what, good, why=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print("FAILED: %s: %s" % (what, str(why)[:600]))


def rows(kx, dump, *more):
    """{check: outcome} of our families, and their findings."""
    run = subprocess.run([kx, "validate", "--json", dump, *more], capture_output=True, text=True,
                         timeout=120)
    text, at, tables = run.stdout.strip(), 0, []
    while at < len(text):
        value, at = json.JSONDecoder().raw_decode(text, at)
        tables += value if isinstance(value, list) else [value]
        while at < len(text) and text[at].isspace():
            at += 1
    found = []

    def collect(value):
        if isinstance(value, dict):
            found.append(value)
            for inner in value.values():
                collect(inner)
        elif isinstance(value, list):
            for inner in value:
                collect(inner)

    collect(tables)
    outcomes = {r["name"]: r["outcome"] for r in found
                if r.get("family") in FAMILIES and "outcome" in r}
    return outcomes, [r for r in found if r.get("check") in outcomes and "severity" in r]


def clean(kx, name):
    dump = os.path.join(STORE, name, "vmcore")
    if not os.path.exists(dump):
        return
    outcomes, findings = rows(kx, dump)
    faults = [f for f in findings if f["severity"] != "note"]
    check(name + ": is looked at", len(outcomes) >= 14, outcomes)
    check(name + ": is whole", outcomes and not faults, faults[:3])


def number(value):
    return int(value, 16) if isinstance(value, str) else value


class Victim:
    """A copy of an ELF dump whose bytes at virtual addresses of the kernel can be changed."""

    def __init__(self, kx, path):
        self.kx, self.path = kx, path
        with open(path, "rb") as file:
            head = file.read(64)
            offset, count = struct.unpack_from("<Q", head, 32)[0], struct.unpack_from("<H", head,
                                                                                      56)[0]
            file.seek(offset)
            self.segments = [struct.unpack("<IIQQQQQQ", file.read(56)) for _ in range(count)]

    def ask(self, command):
        return subprocess.run([self.kx, self.path, "-c", command], capture_output=True, text=True,
                              timeout=60).stdout

    def address(self, symbol):
        return int(re.search(r"[0-9a-f]{16}", self.ask("sym " + symbol)).group(), 16)

    def physical(self, virtual):
        return int(re.search(r"[0-9a-f]{16}\s+([0-9a-f]+)", self.ask("vtop %x" % virtual))[1], 16)

    def offset(self, physical):
        for kind, _, at, _, start, size, _, _ in self.segments:
            if kind == 1 and start <= physical < start + size:
                return at + physical - start
        raise ValueError("%#x is not in the dump" % physical)

    def value(self, expression):
        """A number or a pointer that the expression gives."""
        said = self.ask("p (unsigned long)(%s)" % expression)
        return int(re.search(r"= (0x[0-9a-f]+|\d+)", said)[1], 0)

    def damage(self, what, virtual, data, name, at=None, note=False):
        """Writes @data, asks for a fault of check @name at @at (virtual), and takes it back. What the
        crashed kernel may have done to itself is a @note."""
        place = self.offset(self.physical(virtual))
        with open(self.path, "r+b") as file:
            file.seek(place)
            old = file.read(len(data))
            file.seek(place)
            file.write(data)
        try:
            outcomes, findings = rows(self.kx, self.path)
        finally:
            with open(self.path, "r+b") as file:
                file.seek(place)
                file.write(old)
        faults = [f for f in findings if f["check"] == name and (note or f["severity"] != "note")]
        check(what + ": is found", faults, outcomes)
        if at is not None and faults:
            check(what + ": in its place", any(number(f.get("virtual")) == at for f in faults),
                  faults[:2])


def damaged(kx, where):
    source = os.path.join(STORE, VICTIM, "vmcore")
    if not os.path.exists(source):
        print("no %s in the store: no damage is tried" % VICTIM)
        return
    path = os.path.join(where, "vmcore")
    shutil.copyfile(source, path)
    victim = Victim(kx, path)
    calls, idt = victim.address("sys_call_table"), victim.address("idt_table")
    victim.damage("a system call that leads elsewhere", calls + 8 * 62,
                  struct.pack("<Q", 0xffffffffc0123450), "system-calls", calls + 8 * 62)
    victim.damage("a system call one byte further", calls + 8,
                  struct.pack("<Q", victim.address("__x64_sys_write") + 1), "system-calls",
                  calls + 8)
    victim.damage("an IDT gate's handler", idt + 16 * 14 + 6, b"\x00\xc0", "idt", idt + 16 * 14)
    victim.damage("an IDT gate's selector", idt + 16 * 14 + 2, b"\x33", "idt", idt + 16 * 14)
    opened = victim.address("do_sys_openat2")
    victim.damage("a function's first byte", opened, b"\xe9", "function-entries", opened)
    table = victim.address("__start_orc_unwind_ip")
    victim.damage("ORC out of order", table + 400, struct.pack("<i", -2**31), "orc",
                  table + 400)
    table = victim.address("__start_orc_unwind") + 6 * 777
    victim.damage("an entry of ORC", table + 4, b"\x0f", "orc", table)
    table = victim.address("__start___ex_table")
    victim.damage("exceptions out of order", table + 120, struct.pack("<i", 2**31 - 1),
                  "sorted-tables", table + 120)
    banner = victim.address("linux_banner")
    victim.damage("the banner's release", banner + 14, b"9", "release", banner)
    tables(victim, kx)
    victim.damage("the banner's first word", banner, b"X", "release", banner)


def tables(victim, kx):
    """Entries of page tables: reserved bits, a table that no memory holds, and user mode's own."""
    text = victim.address("_stext")
    found = re.findall(r"P[GUM]D: ([0-9a-f]+) => ([0-9a-f]+)", victim.ask("vtop %x" % text))
    pgd, pmd = int(found[0][0], 16) & ~4095, int(found[2][0], 16) & ~4095
    # An entry of the upper half that is not in use; the last but one is the way to the text.
    for what, at, value, said in (
            ("a table that is nowhere", pgd + 8 * 300, 0x1063 | 1 << 51, "no CPU has"),
            ("more bits than the CPU has", pgd + 8 * 300, 0x1063 | 1 << 45, "no CPU has"),
            ("a reserved bit", pgd + 8 * 300, 0x1063 | 1 << 7, "reserved bit"),
            ("a large page off its place", pmd + 8 * 500, 0x1063 | 1 << 7 | 1 << 14, "reserved bit"),
            ("a table that is not in the dump", pgd + 8 * 300, 0x3ffff063, "page table")):
        table_damage(victim, kx, what, at, value, said)
    # The second page of the root is user mode's: it shall not lead to other memory than the first.
    with open(victim.path, "rb") as file:
        file.seek(victim.offset(pgd) + 2048)
        entries = struct.unpack("<256Q", file.read(2048))
    other = next(entry for entry in entries if entry and entry != int(found[0][1], 16))
    table_damage(victim, kx, "user mode's way to other memory", pgd + 4096 + 8 * 511, other,
                 "user mode's table")


def table_damage(victim, kx, what, at, value, said):
    place = victim.offset(at)
    with open(victim.path, "r+b") as file:
        file.seek(place)
        old = file.read(8)
        file.seek(place)
        file.write(struct.pack("<Q", value))
    outcomes, findings = rows(kx, victim.path)
    with open(victim.path, "r+b") as file:
        file.seek(place)
        file.write(old)
    check("page table: " + what, any(
        f["check"] == "page-tables" and f["severity"] == "fault" and said in f["text"]
        for f in findings), (outcomes, findings[:3]))


def structures(kx, where):
    """Lists, tasks, stacks, the log, locks, free pages."""
    path = os.path.join(where, "vmcore")
    if not os.path.exists(path):
        return
    victim = Victim(kx, path)
    word = struct.Struct("<Q").pack
    first = victim.value("modules.next")
    victim.damage("a link back", first + 8, word(first), "lists", first + 8)
    victim.damage("a link forth", first, word(0), "lists", first)
    second = victim.value("((struct list_head *)%#x)->next" % first)
    victim.damage("a list in a circle", second, word(first), "lists", first + 8)
    kthreadd = victim.value("init_task.tasks.next->next")    # behind pid 1
    before = victim.value("((struct list_head *)%#x)->prev" % kthreadd)
    behind = victim.value("((struct list_head *)%#x)->next" % kthreadd)
    hidden = kthreadd - victim.value("&((struct task_struct *)0)->tasks")
    with open(path, "r+b") as file:
        place = victim.offset(victim.physical(behind + 8))
        file.seek(place)
        old = file.read(8)
        file.seek(place)
        file.write(word(before))
    victim.damage("a hidden process", before, word(behind), "tasks", hidden)
    with open(path, "r+b") as file:
        file.seek(place)
        file.write(old)
    usage = victim.value("&init_task.usage")
    victim.damage("a count of references", usage, struct.pack("<I", 0xc0000000), "tasks", usage - victim.
                  value("&((struct task_struct *)0)->usage"), note=True)
    stack = victim.value("init_task.stack")
    victim.damage("the end of a stack", stack, b"kx was here", "stacks", stack, note=True)
    infos = victim.value("((struct printk_ringbuffer *)prb)->desc_ring.infos")
    victim.damage("a record's number", infos + 88 * 3, word(77777), "log")
    owner = victim.value("&((struct mutex *)&rtnl_mutex)->owner")
    victim.damage("a lock's owner", owner, word(victim.address("linux_banner") & ~7), "locks", owner,
                  note=True)
    zone = "((struct pglist_data *)((unsigned long *)&node_data)[0])->node_zones[1]"
    area = victim.value("&%s.free_area[0]" % zone)
    count = victim.value("&%s.free_area[0].nr_free" % zone)
    victim.damage("a count of free pages", count, word(4711), "free-pages", area)
    block = victim.value("%s.free_area[0].free_list[0].next" % zone)
    page = block - victim.value("&((struct page *)0)->lru")
    victim.damage("a free page that says it is none",
                  page + victim.value("&((struct page *)0)->page_type"), struct.pack("<i", -1),
                  "free-pages", page)


def filtered(kx, where):
    """What filters leave out: ours nothing that was live; makedumpfile 1.7.8's of a 7.x slabs."""
    source = os.path.join(STORE, "sid-null-kdump", "vmcore")
    peers = os.environ.get("KX_PEERS") or os.path.expanduser("~/.cache/kx-crash/peers")
    library = peers + "/usr/lib/x86_64-linux-gnu"
    if not os.path.exists(source):
        return
    path = os.path.join(where, "ours")
    subprocess.run([kx, "convert", "-d", "31", source, path], capture_output=True, timeout=120)
    faults = [f for f in rows(kx, path)[1] if f["severity"] != "note"]
    check("kx-crash convert -d 31 is whole", not faults, faults[:3])
    if not os.path.exists(library + "/ld-linux-x86-64.so.2"):
        return
    path = os.path.join(where, "theirs")
    subprocess.run([library + "/ld-linux-x86-64.so.2", "--library-path", library,
                    peers + "/usr/bin/makedumpfile", "-l", "-d", "31", source, path],
                   capture_output=True, timeout=120)
    faults = [f for f in rows(kx, path)[1] if f["severity"] != "note"]
    check("lost slabs are named", any(f["check"] == "live-pages-kept" and "(slab)" in f["text"] and
                                      f["cause"] == "excluded" for f in faults), faults[:3])
    check("the pid tree's lost node is named", any(f["check"] == "pids-there" and
                                                   f["cause"] == "excluded" for f in faults),
          faults[:3])


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name in sorted(sys.argv[2:] or os.listdir(STORE)):
        clean(sys.argv[1], name)
    with tempfile.TemporaryDirectory() as where:
        damaged(sys.argv[1], where)
        structures(sys.argv[1], where)
        filtered(sys.argv[1], where)
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
