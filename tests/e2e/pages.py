#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What pages of real guests are used for, and which of them a filter leaves out.

    pages.py KX-CRASH KDUMP-DIRECTORY...

Compares with makedumpfile's own dumps of each level: every page that one keeps and the other does
not is explained by what it is. With the guest's /proc: totals by the kernel's counters and by
struct pages. And the other way round: what a kernel needs to be understood is never left out.
Ends with "N passed, N failed".
"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from guest import convert  # noqa: E402
from guest.oracle import Oracle  # noqa: E402

LEVELS = (1, 2, 4, 8, 16, 31)
KEPT, RAM, USE, PRESENT = 0x80, 0x40, 0x3f, 2


class Failure(Exception):
    pass


def expect(true, message, *more):
    if not true:
        raise Failure(message % more if more else message)


class Dump:
    def __init__(self, binary, directory):
        self.binary = binary
        self.tool = os.path.join(os.path.dirname(binary), "tests", "tools", "page_kinds")
        self.directory = directory
        self.name = os.path.basename(directory.rstrip("/"))
        self.vmcore = os.path.join(directory, "vmcore")
        self.oracle = Oracle(directory)
        self.new = not self.oracle.old
        self.decided = {}

    def decide(self, level):
        """The uses' names, a byte for each pfn, and the filter's own counts by kind."""
        if level not in self.decided:
            done = subprocess.run([self.tool, "decide", self.vmcore, str(level)],
                                  capture_output=True, check=True)
            line, pages = done.stdout.split(b"\n", 1)
            counts = re.findall(r"^([a-z-]+) (\d+)$", done.stderr.decode(), re.M)
            expect(b"unsure" not in done.stderr, "%s", done.stderr.decode())
            self.decided[level] = (line.decode().split(";"), pages,
                                   {kind: int(n) for kind, n in counts})
        return self.decided[level]

    def use(self, name):
        names, pages, _ = self.decide(31)
        wanted = names.index(name)
        return [pfn for pfn, b in enumerate(pages) if b & RAM and b & USE == wanted]

    def ask(self, *commands):
        """The documents that the commands give."""
        with tempfile.NamedTemporaryFile("w", suffix=".kx") as script:
            script.write("\n".join(commands) + "\n")
            script.flush()
            done = subprocess.run([self.binary, "--no-rc", "--no-debug", "--json", self.vmcore,
                                   "-x", script.name], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=300)
        documents = [json.loads(line) for line in done.stdout.splitlines()]
        expect(len(documents) == len(commands), "%d answers to %d commands: %s", len(documents),
               len(commands), done.stderr[-1000:])
        return documents

    def rows(self, *commands):
        return [d.get("rows", []) for d in self.ask(*commands)]

    def value(self, expression):
        row, = self.rows("p " + expression)
        expect(len(row) == 1, "p %s: %s", expression, row)
        value = row[0]["value"]
        return int(value, 0) if isinstance(value, str) else value


# ---- against makedumpfile ----

def filtered(dump, level, target):
    if os.path.exists(target):
        os.unlink(target)
    convert.makedumpfile(["-f", "-l", "-d", str(level), dump.vmcore, target], newest=dump.new)
    states = subprocess.run([dump.tool, "states", target], capture_output=True, check=True).stdout
    os.unlink(target)
    return states


def first_tails(dump, pfns):
    """Those of @pfns that are the first tails of compound pages."""
    found = set()
    for start in range(0, len(pfns), 500):
        row, = dump.rows("kmem -p " + " ".join("%x" % pfn for pfn in pfns[start:start + 500]))
        found.update(int(page["pfn"], 16) for page in row
                     if page["head"] and int(page["head"], 16) == int(page["pfn"], 16) - 1)
    return found


def explain(dump, level, differing):
    """Why makedumpfile decides otherwise about the pages of @differing: {(use, ours): pfns}."""
    why = collections.Counter()
    for (use, ours), pfns in differing.items():
        if not ours and use == "free, of a CPU" and level & 16:
            why["free in a CPU's list"] += len(pfns)  # it does not look into the lists
            continue
        # Where the kernel has no PG_hwpoison it looks at no struct page at -d 1.
        if not ours and level == 1 and use in ("offline", "balloon", "unaccepted") and \
                not dump.poison:
            why["given away, at -d 1"] += len(pfns)
            continue
        # Of 7.1 and later: compound_head is compound_info there, so it takes the counters in a
        # compound page's first tail for an anonymous mapping.
        tails = set()
        if ours and dump.compound_info and use in ("slab", "kernel") and level & 8:
            tails = first_tails(dump, pfns)
        rest = [pfn for pfn in pfns if pfn not in tails]
        expect(not rest, "-d %d: %d pages (%s; pfn %#x) are %s, and makedumpfile thinks otherwise",
               level, len(rest), use, rest[0] if rest else 0, "kept" if ours else "left out")
        why["a compound page's first tail"] += len(tails)
    return dict(why)


def check_levels(dump):
    with tempfile.TemporaryDirectory(prefix="kx-pages-") as where:
        for level in LEVELS:
            names, pages, _ = dump.decide(level)
            states = filtered(dump, level, os.path.join(where, "filtered"))
            differing = collections.defaultdict(list)
            for pfn, byte in enumerate(pages):
                theirs = pfn < len(states) and states[pfn] == PRESENT
                if byte & RAM and bool(byte & KEPT) != theirs:
                    differing[names[byte & USE], bool(byte & KEPT)].append(pfn)
            print("%s -d %d: %s" % (dump.name, level,
                                    explain(dump, level, differing) or "the same"))


# ---- against the guest ----

def check_lists(dump):
    """As many free pages in CPUs' lists as the lists say that they hold."""
    count = 0
    for zone in dump.rows("kmem -n")[0]:
        old = dump.ask("whatis struct zone.per_cpu_pageset")[0].get("error")
        pointer = dump.value("((struct zone *)%s)->%s" % (
            zone["address"], "pageset" if old else "per_cpu_pageset"))
        for cpu in range(dump.oracle.meta["cpus"]):
            offset = dump.value("__per_cpu_offset[%d]" % cpu) & (1 << 64) - 1
            at = (pointer + offset) & (1 << 64) - 1
            count += dump.value("((struct %s)%#x)->count" % (
                "per_cpu_pageset *" if old else "per_cpu_pages *", at)
                if not old else "((struct per_cpu_pageset *)%#x)->pcp.count" % at)
    found = len(dump.use("free, of a CPU"))
    expect(found == count, "%d free pages in CPUs' lists, and the lists hold %d", found, count)
    expect(count, "no free pages in any list")


def check_totals(dump):
    meminfo = {key: int(value) for key, value in
               re.findall(r"^([\w()]+): +(\d+)(?: kB)?$", dump.oracle.text("proc/meminfo"), re.M)}
    usage, uses = dump.rows("kmem -i", "kmem -u")
    usage = {row["name"]: row["kib"] for row in usage}
    uses = {row["use"]: row["kib"] for row in uses}
    for ours, theirs in (("TOTAL MEM", "MemTotal"), ("TOTAL SWAP", "SwapTotal"),
                         ("SWAP FREE", "SwapFree"), ("SWAP CACHED", "SwapCached"),
                         ("COMMIT LIMIT", "CommitLimit")):
        expect(usage[ours] == meminfo[theirs], "%s: %d KiB, and the guest said %d", ours,
               usage[ours], meminfo[theirs])
    # Between the writing of the truth and the death a process ends and its disk is closed: buffers
    # and anonymous pages become free ones.
    for ours, theirs, drift in (
            ("CACHED", meminfo["Cached"], 256), ("SHMEM", meminfo["Shmem"], 256),
            ("KERNEL STACKS", meminfo["KernelStack"], 128),
            ("PAGE TABLES", meminfo["PageTables"], 512),
            ("MAPPED", meminfo["Mapped"], 1024), ("ANON", meminfo["AnonPages"], 16384),
            ("SLAB", meminfo["Slab"], 8192), ("SLAB RECLAIMABLE", meminfo["SReclaimable"], 8192),
            ("COMMITTED", meminfo["Committed_AS"], 32768),
            ("FREE", meminfo["MemFree"] + meminfo["Buffers"], 16384)):
        expect(abs(usage[ours] - theirs) <= drift, "%s: %d KiB, and the guest said %d", ours,
               usage[ours], theirs)
    # What the struct pages say is what the kernel counted. Counters of CPUs are not added up yet.
    batch = 2 * 125 * 4 * dump.oracle.meta["cpus"]
    for ours, theirs in ((uses["free"], usage["FREE"]),
                         (uses["cache"] + uses["cache, private"],
                          usage["CACHED"] + usage["BUFFERS"] + usage["SWAP CACHED"]),
                         (uses["anon"], usage["ANON"]),
                         (uses["page table"], usage["PAGE TABLES"])):
        expect(abs(ours - theirs) <= batch, "%d KiB by struct pages, %d by counters", ours, theirs)
    # Slabs are counted by the page.
    expect(abs(uses["slab"] - usage["SLAB"]) <= 4 * batch, "slabs: %d KiB by struct pages, %d by "
           "counters", uses["slab"], usage["SLAB"])
    names, pages, counts = dump.decide(31)
    expect(counts["free"] * 4 == uses["free"] + uses["free, of a CPU"], "the filter: %s", counts)
    expect(counts["user"] * 4 == uses["anon"], "the filter: %s", counts)
    huge = meminfo["HugePages_Total"] * meminfo["Hugepagesize"]
    expect(uses["hugetlb"] == huge == usage["TOTAL HUGE"], "hugetlb: %d KiB, the guest said %d",
           uses["hugetlb"], huge)
    if "Balloon" in meminfo:
        expect(uses["balloon"] == meminfo["Balloon"], "balloon: %d KiB, the guest said %d",
               uses["balloon"], meminfo["Balloon"])


def check_zones(dump):
    theirs = []
    for node, name, text in re.findall(r"^Node (\d+), zone +(\S+)\n((?:  .*\n?)*)",
                                       dump.oracle.text("proc/zoneinfo"), re.M):
        numbers = {key: int(value) for key, value in
                   re.findall(r"^ +(spanned|present|managed|start_pfn:) +(\d+)$", text, re.M)}
        if numbers.get("present"):
            theirs.append((int(node), name, numbers["start_pfn:"], numbers["spanned"],
                           numbers["present"], numbers["managed"]))
    ours = [(row["node"], row["name"], int(row["start_pfn"], 16), row["spanned"], row["present"],
             row["managed"]) for row in dump.rows("kmem -n")[0]]
    expect(theirs and ours == theirs, "zones %s, and the guest said %s", ours, theirs)


# ---- what must stay ----

def symbols(dump, *names):
    found = {}
    for name, rows in zip(names, dump.rows(*("sym " + name for name in names))):
        if rows:
            found[name] = int(rows[0]["address"], 16)
    return found


def pages_of(start, size):
    return range(start & ~4095, start + size, 4096)


def kernel_image(dump):
    s = symbols(dump, "_stext", "_etext", "__start_rodata", "__end_rodata", "_sdata", "_edata",
                "__bss_start", "__bss_stop", "__start_bss_decrypted_unused",
                "__end_bss_decrypted")
    # On a machine without memory encryption these are given back.
    given_back = range(s.get("__start_bss_decrypted_unused", 0), s.get("__end_bss_decrypted", 0))
    for first, last in (("_stext", "_etext"), ("__start_rodata", "__end_rodata"),
                        ("_sdata", "_edata"), ("__bss_start", "__bss_stop")):
        # It is in one piece.
        where = dump.rows("vtop %#x" % s[first])[0][0]["physical"]
        for address in pages_of(s[first], s[last] - s[first]):
            if address not in given_back:
                yield (int(where, 16) + address - s[first]) >> 12


def per_cpu_areas(dump):
    for cpu in range(dump.oracle.meta["cpus"]):
        for name in ("runqueues", "cpu_info", "softnet_data", "hrtimer_bases", "process_counts"):
            yield dump.value("&%s:%d" % (name, cpu)) & (1 << 64) - 1


def tasks_and_stacks(dump):
    tasks = [int(row["task"], 16) for row in dump.rows("ps")[0]]
    expect(len(tasks) > 40, "%d tasks", len(tasks))
    for task in tasks:
        yield from pages_of(task, 4096)
    documents = dump.rows(*("p ((struct task_struct *)%#x)->stack" % task for task in tasks))
    for rows in documents:
        stack = rows[0]["value"]
        stack = int(stack, 0) if isinstance(stack, str) else stack
        if stack:  # a dead task's is gone
            yield from pages_of(stack & (1 << 64) - 1, 16384)


def modules(dump):
    rows = dump.rows("mod")[0]
    expect(len(rows) > 5, "%d modules", len(rows))
    for row in rows:
        yield from pages_of(int(row["base"], 16), 4096)
        yield int(row["module"], 16)


def the_log(dump):
    at, size = dump.value("log_buf") & (1 << 64) - 1, dump.value("log_buf_len")
    yield from pages_of(at, size)
    yield dump.value("prb") & (1 << 64) - 1


def struct_pages(dump):
    pfns = [pfn for pfn, byte in enumerate(dump.decide(31)[1]) if byte & RAM][::64]
    for start in range(0, len(pfns), 256):
        row, = dump.rows("kmem -p " + " ".join("%x" % pfn for pfn in pfns[start:start + 256]))
        for page in row:
            yield int(page["page"], 16)


VM_ALLOC = 2


def vmalloc(dump):
    """Areas that vmalloc() made, a few of each list."""
    heads = ["vmap_area_list"]
    if not symbols(dump, *heads):  # a node has its own since v6.9
        heads = ["%#x" % (dump.value("&vmap_nodes[%d].busy.head" % i) & (1 << 64) - 1)
                 for i in range(dump.value("*(int *)&nr_vmap_nodes"))]
    found = dump.rows(*("list -H %s -o vmap_area.list -s vmap_area.va_start,va_end,vm" % head
                        for head in heads))
    areas = [row["value"] for rows in found for row in rows]
    areas = [area for area in areas if area["vm"] and int(str(area["vm"]), 0)]
    flags = dump.rows(*("struct vm_struct.flags %s" % area["vm"] for area in areas))
    for area, rows in zip(areas, flags):
        value = rows[0]["value"]
        value = value["flags"] if isinstance(value, dict) else value
        if int(str(value), 0) & VM_ALLOC:
            start, end = int(str(area["va_start"]), 0), int(str(area["va_end"]), 0)
            yield from list(pages_of(start, end - start - 4096))[:32]


PROTECTED = (kernel_image, per_cpu_areas, tasks_and_stacks, modules, the_log, struct_pages, vmalloc)


def check_kept(dump):
    names, pages, _ = dump.decide(31)
    tables = set()

    def kept(pfn, what):
        if pfn < len(pages) and pages[pfn] & RAM:
            expect(pages[pfn] & KEPT, "%s: pfn %#x (%s) is left out at -d 31", what, pfn,
                   names[pages[pfn] & USE])
            return 1
        return 0

    for protected in PROTECTED:
        addresses = list(protected(dump))
        count = sum(kept(pfn, protected.__name__) for pfn in addresses if pfn < 1 << 40)
        addresses = [address for address in addresses if address >= 1 << 40]
        for start in range(0, len(addresses), 2000):
            some = addresses[start:start + 2000]
            for rows in dump.rows(*("vtop %#x" % address for address in some)):
                if not rows or not rows[0]["physical"]:
                    continue
                count += kept(int(rows[0]["physical"], 16) >> 12, protected.__name__)
                tables.update(int(e["entry_address"], 16) >> 12 for e in rows[0]["walk"])
        expect(count, "%s: nothing to look at", protected.__name__)
        print("%s %s: %d pages" % (dump.name, protected.__name__, count))
    # Those of user address spaces too.
    pids = [row["pid"] for row in dump.rows("ps")[0] if row["vsz_kb"]]
    stack = 0x7ff000000000
    for rows in dump.rows(*("vtop -c %d -u %#x" % (pid, stack) for pid in pids)):
        tables.update(int(e["entry_address"], 16) >> 12 for row in rows for e in row["walk"])
    count = sum(kept(pfn, "page tables") for pfn in tables)
    expect(count > 40, "%d page tables", count)
    for pfn in dump.use("slab") + dump.use("page table") + dump.use("reserved"):
        kept(pfn, "slabs, tables, reserved")
    expect(len(dump.use("slab")) > 1000, "%d pages of slabs", len(dump.use("slab")))


CHECKS = (check_levels, check_lists, check_totals, check_zones, check_kept)


def main():
    passed = failed = 0
    for directory in sys.argv[2:]:
        dump = Dump(os.path.abspath(sys.argv[1]), directory)
        dump.compound_info = not dump.ask("whatis struct page.compound_info")[0].get("error")
        dump.poison = any(row["name"] == "PG_hwpoison" for row in dump.rows("kmem -g")[0])
        for check in CHECKS:
            try:
                check(dump)
                passed += 1
            except (Failure, KeyError, ValueError, IndexError, RuntimeError,
                    subprocess.SubprocessError) as e:
                print("FAILED %s %s: %s %s" % (dump.name, check.__name__, type(e).__name__, e))
                failed += 1
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
