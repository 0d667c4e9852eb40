#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""kx-crash validate: the kernel's own structures, damaged in dumps of real kernels.

    tests/e2e/validate_structures.py KX_CRASH [NAME...]

Each damage is made at a place of its own in a copy of a dump, so that one run must find them all:
by the check that is for it, there, in the words for it. Taken back, nothing may be left to find.
"""
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

import validate_kernel
from validate_kernel import STORE, Victim, check, number, rows

VICTIMS = ["bookworm-null-kdump", "sid-null-kdump"]


class Structures(Victim):
    """Damages that are collected, and then made at once."""

    def __init__(self, kx, path):
        super().__init__(kx, path)
        self.name = os.path.basename(path)
        self.plans, self.offsets, self.pages = [], {}, {}
        self.direct, self.behind = self.values(*("*(unsigned long *)&" + base for base in (
            "page_offset_base", "vmalloc_base")))
        self.file = open(path, "r+b", buffering=0)

    def values(self, *expressions):
        commands = [word for e in expressions for word in ("-c", "p (unsigned long)(%s)" % e)]
        said = subprocess.run([self.kx, self.path] + commands, capture_output=True, text=True,
                              timeout=60).stdout
        found = re.findall(r"= (0x[0-9a-f]+|\d+)$", said, re.M)
        if len(found) != len(expressions):
            raise ValueError("%s: %s" % (expressions, said))
        return [int(number, 0) for number in found]

    def offset_of(self, kind, member):
        key = kind, member
        if key not in self.offsets:
            self.offsets[key] = self.value("&((struct %s *)0)->%s" % key)
        return self.offsets[key]

    def table(self, command):
        run = subprocess.run([self.kx, "--json", self.path, "-c", command], capture_output=True,
                             text=True, timeout=60)
        return json.loads(run.stdout)["rows"]

    def physical(self, virtual):
        if self.direct <= virtual < self.behind:
            return virtual - self.direct
        page = virtual & ~4095
        if page not in self.pages:
            self.pages[page] = super().physical(page)
        return self.pages[page] + virtual - page

    def read(self, virtual, size):
        self.file.seek(self.offset(self.physical(virtual)))
        return self.file.read(size)

    def word(self, virtual):
        return struct.unpack("<Q", self.read(virtual, 8))[0]

    def number(self, virtual, size):
        return int.from_bytes(self.read(virtual, size), "little")

    def plan(self, what, virtual, data, name, at, says, note=False):
        """A number is written as a word."""
        if isinstance(data, int):
            data = struct.pack("<Q", data)
        self.plans.append((what, self.offset(self.physical(virtual)), data, name, at, says, note))

    def make(self):
        """Makes all that was planned, looks for each, and takes it back."""
        plans, self.plans = self.plans, []
        olds = []
        for _, place, data, *_ in plans:
            self.file.seek(place)
            olds.append(self.file.read(len(data)))
            self.file.seek(place)
            self.file.write(data)
        try:
            _, findings = rows(self.kx, self.path)
        finally:
            for (_, place, *_), old in reversed(list(zip(plans, olds))):
                self.file.seek(place)
                self.file.write(old)
        for what, _, _, name, at, says, note in plans:
            ours = [f for f in findings if f["check"] == name]
            good = [f for f in ours if at in (None, number(f.get("virtual"))) and
                    says in f["text"] and (f["severity"] == "note") == note]
            told = [(f.get("virtual"), f["text"]) for f in ours]
            check("%s: %s is found" % (self.name, what), good, (at and hex(at), says, told[:8]))

    def whole(self):
        faults = [f for f in rows(self.kx, self.path)[1] if f["severity"] != "note"]
        check(self.name + ": is whole again", not faults, faults[:3])


def swap(value):
    return int.from_bytes(value.to_bytes(8, "little"), "big")


class Slab:
    """A slab, and its first free object."""

    def __init__(self, v, cache, address):
        kind = "slab" if v.has_slab else "page"
        self.cache, self.address = cache, address
        self.link = address + v.offset_of(kind, "slab_list")
        self.freelist_at = self.address + v.offset_of(kind, "freelist")
        self.cache_at = self.address + v.offset_of(kind, "slab_cache")
        self.counters_at = self.address + v.offset_of(kind, "counters")
        self.type_at = self.address + v.offset_of(kind, "__page_type" if v.has_types else
                                                  "__page_flags" if v.has_slab else "flags")
        self.first = v.word(self.freelist_at)
        self.inuse, rest = struct.unpack("<HH", v.read(self.counters_at, 4))
        self.free, self.of_a_cpu = (rest & 0x7fff) - self.inuse, rest >> 15
        self.pointer_at = self.first + v.number(cache + v.offset_of("kmem_cache", "offset"), 4)
        self.random = v.word(cache + v.offset_of("kmem_cache", "random"))

    def mixed(self, pointer):
        return pointer ^ self.random ^ swap(self.pointer_at)


def node_of(v, cache):
    return v.word(cache + v.offset_of("kmem_cache", "per_node[0].node" if v.has_sheaves else
                                      "node[0]"))


def list_of(v, cache):
    return node_of(v, cache) + v.offset_of("kmem_cache_node", "partial")


def listed(v, cache):
    head = list_of(v, cache)
    link = v.word(head)
    while link != head:
        yield Slab(v, cache, link - v.offset_of("slab" if v.has_slab else "page", "slab_list"))
        link = v.word(link)


def full_slabs(v):
    """Slabs that are in no list: their struct pages alone tell of them."""
    member = v.offset_of("slab" if v.has_slab else "page", "slab_cache")
    for row in v.table("kmem -p"):
        if row["use"] == "slab" and row["head"] is None:
            address = number(row["page"])
            slab = Slab(v, v.word(address + member), address)
            if not slab.free and not slab.first and not slab.of_a_cpu:
                yield slab


def unlisted_slabs(v, caches):
    """Damages to slabs that no list leads to, and one that its list has lost."""
    full = full_slabs(v)
    s = next(full)
    v.plan("a full slab that counts a free object", s.counters_at, struct.pack("<H", s.inuse - 1),
           "slabs", s.address, "0 free objects, expected 1")
    s = next(full)
    v.plan("a full slab's count", s.counters_at, struct.pack("<H", 0x7777), "slabs", s.address,
           "objects in use of")
    s = next(full)
    v.plan("a full slab's free object", s.freelist_at, 0x4711, "slabs", s.address,
           "after 0 free objects comes 0x4711, which is no object of its slab")
    s = next(full)
    v.plan("a full slab of no cache", s.cache_at, s.cache_at, "slabs", s.address,
           "slabs are of the cache at 0x%x, which is none of the kernel's: 1" % s.cache_at)
    v.make()
    # One is taken out of its list, as the kernel does it.
    s = next(listed(v, caches[0][0]))
    after, before = struct.unpack("<QQ", v.read(s.link, 16))
    said = "slabs with free objects are in no list, as while a CPU works on them: 1"
    v.plan("a slab out of its list", before, after, "slabs", None, said, note=True)
    v.plan("the way back", after + 8, before, "slabs", None, said, note=True)
    v.plan("the list's count", node_of(v, s.cache) + v.offset_of("kmem_cache_node", "nr_partial"),
           caches[0][1]["partial_slabs"] - 1, "slabs", None, said, note=True)
    v.make()


def slabs(v):
    v.has_slab = "SIZE" in v.ask("struct slab")
    v.has_types = "__page_type" in v.ask("struct slab")    # 6.10
    v.has_sheaves = "SIZE" in v.ask("struct slab_sheaf")
    caches = [(number(r["cache"]), r) for r in v.table("kmem -s") if r["partial_slabs"]]
    unlisted_slabs(v, caches)
    spare = sorted((s for cache, _ in caches for s in listed(v, cache)), key=lambda s: s.free)

    s = spare.pop()
    v.plan("free objects in a circle", s.pointer_at, s.mixed(s.first), "slabs", s.pointer_at,
           "which is part of a circle")
    s = spare.pop()
    v.plan("free objects that are lost", s.pointer_at, s.mixed(0), "slabs", s.address,
           "1 free objects, expected %d" % s.free)
    s = spare.pop()
    v.plan("a slab of another cache", s.cache_at, s.cache + 64, "slabs", s.address,
           "leads to a slab of the cache at")
    s = spare.pop()
    v.plan("a free object written over", s.pointer_at, b"AAAAAAAA", "slabs", s.pointer_at,
           "which is no object of its slab")
    s = spare.pop()
    v.plan("a free object between two", s.freelist_at, s.first + 4, "slabs", s.address,
           "which is no object of its slab")
    s = spare.pop()
    v.plan("more in use than there are", s.counters_at, struct.pack("<H", 0x7777), "slabs",
           s.address, "objects in use of")
    s = spare.pop()
    v.plan("more objects than fit", s.counters_at + 2, struct.pack("<H", 0x7fff), "slabs",
           s.address, "has 32767 objects, and")
    s = spare.pop()
    v.plan("a slab whose page is none", s.type_at, struct.pack("<I", 0xffffffff) if v.has_types else
           bytes(8), "slabs", s.address, "by its struct page")
    s = next(listed(v, caches[0][0]))
    v.plan("a node's list's link", s.link + 8, s.link, "slabs", s.link + 8, "a link back")
    s = next(listed(v, caches[1][0]))
    node = node_of(v, s.cache)
    v.plan("a node's count of slabs", node + v.offset_of("kmem_cache_node", "nr_partial"), 4711,
           "slabs", node, "and counts 4711")
    if v.has_sheaves:
        sheaves(v, [cache for cache, _ in caches])
    else:
        cpus_slabs(v, [number(r["cache"]) for r in v.table("kmem -s")][::-1])


def cpus_slabs(v, caches):
    """What CPUs hold, until 7.0."""
    cpus = [v.word(v.address("__per_cpu_offset") + 8 * n) for n in range(2)]
    held = [(cache, (v.word(cache + v.offset_of("kmem_cache", "cpu_slab")) + cpu) % 2**64)
            for cache in caches for cpu in cpus]
    offset = {member: v.offset_of("kmem_cache_cpu", member)
              for member in ("freelist", "partial", "slab" if v.has_slab else "page")}
    kind = "slab" if v.has_slab else "page"
    taken = next(at for _, at in held if v.word(at + offset["freelist"]) and
                 v.word(at + offset[kind]))
    first = taken + offset["freelist"]
    v.plan("a CPU's free object", first, v.word(first) + 2, "slabs", taken,
           "a CPU's free objects: after 0 comes")
    several = [at for _, at in held if v.word(at + offset["partial"]) and at != taken]
    slab = v.word(several[0] + offset["partial"])
    v.plan("a CPU's list in a circle", slab + v.offset_of(kind, "next"), slab, "slabs", several[0],
           "was met before: a loop")
    slab = next(v.word(at + offset[kind]) for _, at in held if v.word(at + offset[kind]) and
                at not in (taken, several[0]))
    v.plan("a CPU's slab of another cache", slab + v.offset_of(kind, "slab_cache"), slab, "slabs",
           slab, "a CPU's slab leads to a slab of the cache at")


def sheaves(v, caches):
    """What CPUs and nodes hold, since 6.18."""
    cpu = v.word(v.address("__per_cpu_offset"))
    size_at, objects_at = v.offset_of("slab_sheaf", "size"), v.offset_of("slab_sheaf", "objects")
    held, main = [], v.offset_of("slub_percpu_sheaves", "main")
    for cache in caches:
        pointer = v.word(cache + v.offset_of("kmem_cache", "cpu_sheaves"))
        sheaf = pointer and v.word((pointer + cpu + main) % 2**64)
        if sheaf and v.number(sheaf + size_at, 4):
            held.append(sheaf)
    v.plan("a sheaf's object", held[0] + objects_at, v.word(held[0] + objects_at) + 1, "slabs",
           held[0] + objects_at, "which is no object of the cache")
    v.plan("a sheaf's size", held[1] + size_at, struct.pack("<I", 999), "slabs", held[1],
           "a sheaf holds 999 objects of")
    v.plan("a sheaf's cache", held[2] + v.offset_of("slab_sheaf", "cache"), 4096, "slabs", held[2],
           "a sheaf is of the cache at 0x1000")
    barn = next(barn for cache in caches
                if (barn := v.word(cache + v.offset_of("kmem_cache", "per_node[0].barn"))))
    v.plan("a count of sheaves", barn + v.offset_of("node_barn", "nr_full"),
           struct.pack("<I", 1234), "slabs", barn, "and it counts 1234")
    link = v.offset_of("slab_sheaf", "barn_list")
    for members, size, says in (("full", 0, "a node's full sheaf holds 0 objects"),
                                ("empty", 1, "a node's empty sheaf holds 1 objects")):
        sheaf = next(first - link for cache in caches
                     if (barn := v.word(cache + v.offset_of("kmem_cache", "per_node[0].barn"))) and
                     (first := v.word(head := barn + v.offset_of("node_barn", "sheaves_" + members))) !=
                     head and first - link not in held)
        v.plan("a sheaf that is not " + members, sheaf + size_at, struct.pack("<I", size), "slabs",
               sheaf, says)


class Tree:
    """The nodes of a red-black tree, in order: (address, parent, red, left, right)."""

    def __init__(self, v, root):
        self.nodes = []
        stack, at = [], v.word(root)
        self.root = at
        while stack or at:
            while at:
                stack.append(at)
                at = v.word(at + 16)
            at = stack.pop()
            self.nodes.append((at, v.word(at) & ~3, not v.word(at) & 1, v.word(at + 16),
                               v.word(at + 8)))
            at = self.nodes[-1][-1]
        self.leaves = [node for node in self.nodes[1:] if not node[3] and not node[4]]


def tree_links(v, tree, name):
    """What can be wrong with the links of any tree. One at a time: it may be a small one."""
    v.make()
    at = tree.leaves[0][0]
    v.plan("a node's parent", at, v.word(at) + 64, name, at, "a node's parent is")
    v.make()
    v.plan("a tree in a circle", at + 16, tree.root, name, tree.root, "a node's parent is")
    v.make()
    at = tree.leaves[-1][0]
    v.plan("a node of the other colour", at, v.word(at) ^ 1, name, at, "the number of black nodes")
    v.make()
    v.plan("a red root", tree.root, 0, name, tree.root, "the colour of")
    v.make()
    at, _, _, left, _ = next(node for node in tree.nodes if node[3] and node[4])
    v.plan("a child on both sides", at + 8, left, name, at, "which is its right one")
    v.make()


def cut(v, nodes, tree):
    """Leaves are gone, and as many nodes are black on each way down as before."""
    leaves = {node[0]: node[2] for node in nodes.leaves}
    for at, _, red, left, right in nodes.nodes[1:-1]:
        if leaves.get(left) or leaves.get(right):
            v.plan("memory that the tree lacks", at + (16 if leaves.get(left) else 8), 0, "modules",
                   tree, "mod_tree[0] lacks the memory")
        elif red and left in leaves and right in leaves:
            v.plan("memory that the tree lacks", at + 8, bytes(16), "modules", tree,
                   "mod_tree[0] lacks the memory")
            v.plan("memory that the tree lacks, too", at, v.word(at) | 1, "modules", tree,
                   "mod_tree[0] lacks the memory")
        else:
            continue
        v.make()
        return
    print("no leaf of mod_tree can be cut off")


def module_list(v):
    """A way into another list is no way to more modules."""
    head, astray = v.address("modules"), v.word(v.address("super_blocks"))
    old, count = v.word(head), len(v.table("mod"))
    v.plan("a list of modules that leads into another list", head, astray, "modules-there", None,
           "which leads back to")
    v.make()
    for link in astray, old:
        v.file.seek(v.offset(v.physical(head)))
        v.file.write(struct.pack("<Q", link))
        check("%s: all modules are found from the list's other end" % v.name,
              len(v.table("mod")) == count)


def modules(v):
    mem = "mem[0]" if "module_memory" in v.ask("struct module") else "core_layout"
    kind = "module_memory" if mem == "mem[0]" else "module_layout"
    tree = v.address("mod_tree") + v.offset_of("mod_tree_root", "root.tree[0]")
    base, mtn = v.offset_of(kind, "base"), v.offset_of(kind, "mtn")
    first = mtn + v.offset_of("mod_tree_node", "node.node[0]")
    head = v.address("modules")
    link, all_modules = v.word(head), []
    while link != head:
        all_modules.append(link - v.offset_of("module", "list"))
        link = v.word(link)

    nodes = Tree(v, tree)
    cut(v, nodes, tree)
    last, low = nodes.nodes[-1][0] - first, nodes.nodes[0][0] - first
    moved = v.word(last + mtn + v.offset_of("mod_tree_node", "mod"))
    v.plan("a tree that is not in order", last + base, v.word(low + base), "modules",
           nodes.nodes[-1][0], "mod_tree is not in order")
    v.plan("memory of two modules", last + base, v.word(low + base), "modules", None,
           ", which is also of module")
    stray = nodes.nodes[2][0]
    v.plan("memory of no module", stray - first + mtn + v.offset_of("mod_tree_node", "mod"), head,
           "modules", stray, "which the list does not have")
    tree_links(v, Tree(v, tree + 8), "modules")

    others = (module for module in all_modules if module != moved)
    name = v.offset_of("module", "name")
    module = next(others)
    v.plan("a name without an end", module + name, b"x" * 56, "modules", module + name,
           "has no end")
    module = next(others)
    v.plan("a name that is no text", module + name, b"\x01", "modules", module + name,
           "is no text")
    module = next(others)
    v.plan("a name that is empty", module + name, b"\0", "modules", module + name, "is empty")
    module = next(others)
    v.plan("a table of symbols that is elsewhere", module + v.offset_of("module", "kallsyms"),
           head, "modules", module, "its table of symbols is at")
    table = v.word(next(others) + v.offset_of("module", "kallsyms"))
    v.plan("more symbols than memory", table + v.offset_of("mod_kallsyms", "num_symtab"),
           struct.pack("<I", 0x7fffffff), "modules", table, "are not in its memory")
    symbol = v.word(v.word(next(others) + v.offset_of("module", "kallsyms"))) + 24 * 3
    v.plan("a symbol's address", symbol + 8, 0x4711, "modules", symbol, "1 of its")
    symbol = v.word(v.word(next(others) + v.offset_of("module", "kallsyms"))) + 24 * 3
    v.plan("a symbol's name", symbol, struct.pack("<I", 0x7fffffff), "modules", symbol, "1 of its")
    sections = v.word(next(others) + v.offset_of("module", "sect_attrs"))
    section = v.word(v.word(sections + v.offset_of("module_sect_attrs", "grp.bin_attrs")) + 8)
    member = ("module_sect_attr", "address") if "address" in v.ask("struct module_sect_attr") else (
        "bin_attribute", "private")
    v.plan("a section's address", section + v.offset_of(*member), 0x4711, "modules", section,
           "at 0x4711 is not in its memory")


class Areas:
    """Virtual areas: the first set that has many, and where its list and its tree begin."""

    def __init__(self, v):
        if "SIZE" in v.ask("struct vmap_node"):
            nodes, count, size = v.values("vmap_nodes", "*(int *)%#x" % v.address("nr_vmap_nodes"),
                                          "sizeof(struct vmap_node)")
            self.sets = [(nodes + n * size + v.offset_of("vmap_node", "busy.head"),
                          nodes + n * size + v.offset_of("vmap_node", "busy.root"))
                         for n in range(count)]
        else:
            self.sets = [(v.address("vmap_area_list"), v.address("vmap_area_root"))]
        self.link = v.offset_of("vmap_area", "list")
        found = [self.read(v, head) for head, _ in self.sets]
        self.all = sorted((v.word(area), area) for areas in found for area in areas)
        most = max(range(len(found)), key=lambda n: len(found[n]))
        self.areas, (self.head, self.root) = found[most], self.sets[most]

    def read(self, v, head):
        areas, link = [], v.word(head)
        while link != head:
            areas.append(link - self.link)
            link = v.word(link)
        return areas


def vmap(v):
    found = Areas(v)
    start, end = v.offset_of("vmap_area", "va_start"), v.offset_of("vmap_area", "va_end")
    at_vm = v.offset_of("vmap_area", "vm")
    address, pages = v.offset_of("vm_struct", "addr"), v.offset_of("vm_struct", "pages")
    count = v.offset_of("vm_struct", "nr_pages")
    areas = found.areas[2:-2]
    with_pages = [area for area in areas if v.word(area + at_vm) and
                  v.word(v.word(area + at_vm) + pages)]

    area = with_pages.pop()
    vm = v.word(area + at_vm)
    v.plan("a page that is another", v.word(vm + pages), v.word(v.word(vm + pages)) + 64, "vmap",
           v.word(area + start), "1 of %d pages of the area" % v.number(vm + count, 4))
    taken = {area}
    area = with_pages.pop()
    vm = v.word(area + at_vm)
    v.plan("more pages than bytes", vm + count, struct.pack("<I", 999999), "vmap", area,
           "has 999999 pages, and")
    taken.add(area)
    area = with_pages.pop()
    vm = v.word(area + at_vm)
    v.plan("a vm_struct of elsewhere", vm + address, v.word(vm + address) + 4096, "vmap", area,
           "has a vm_struct of")
    taken.add(area)
    others = (area for area in areas[::3] if area not in taken)
    area = next(others)
    v.plan("an area that ends before it begins", area + end, v.word(area + start), "vmap", area,
           "cannot be")
    area = next(others)
    v.plan("an area where none can be", area + end, 2**64 - 4096, "vmap", area, "cannot be")
    area = next(others)
    below = areas[areas.index(area) - 1]
    v.plan("a list that is not in order", area + start, v.word(below + start) - 4096, "vmap", area,
           "the list is not in order")
    area = next(others)
    index = next(n for n, (_, at) in enumerate(found.all) if at == area)
    behind = found.all[index + 1]
    v.plan("areas that overlap", area + end, behind[0] + 4096, "vmap", behind[1],
           "begins in another one")
    area = found.areas[-2]
    v.plan("an area that the list lacks", found.areas[-3] + found.link,
           found.areas[-1] + found.link, "vmap", area, "the tree has the area at")
    v.plan("an area that the list lacks", found.areas[-1] + found.link + 8,
           found.areas[-3] + found.link, "vmap", area, "the tree has the area at")


def vmap_links(v):
    """The tree lacks an area; then neither way is whole."""
    found = Areas(v)
    leaf = next(node for node in Tree(v, found.root).leaves if node[2])
    v.plan("an area that the tree lacks", leaf[1] + (16 if v.word(leaf[1] + 16) == leaf[0] else 8),
           0, "vmap", None, "the tree")
    v.make()
    first = found.areas[0] + found.link
    v.plan("a link of the list of areas", first + 8, first, "vmap", first + 8, "a link back")
    tree_links(v, Tree(v, found.root), "vmap")


def mounts(v):
    at_path = {r["directory"]: number(r["mount"]) for r in v.table("mount")}
    offset = {m: v.offset_of("mount", m) for m in ("mnt_parent", "mnt_child", "mnt_ns")}
    ns = v.word(at_path["/proc"] + offset["mnt_ns"])
    at = at_path["/sys"]
    v.plan("a mount of another namespace", at + offset["mnt_ns"], at, "mounts", at, "and says")
    is_tree = "nr_mounts" in v.ask("struct mnt_namespace")
    count = ns + v.offset_of("mnt_namespace", "nr_mounts" if is_tree else "mounts")
    v.plan("a count of mounts", count, struct.pack("<I", 999), "mounts", ns, "and counts 999")
    at = at_path["/dev/pts"]
    v.plan("a parent of nowhere", at + offset["mnt_parent"], ns, "mounts", at,
           "which its namespace does not hold")
    v.plan("a child of someone else's", at + offset["mnt_parent"], ns, "mounts", at,
           "has a child at")
    at = at_path["/run"]
    links = at + offset["mnt_child"]
    behind, before = v.word(links), v.word(links + 8)
    v.plan("a lost child", before, behind, "mounts", at, "is not among its parent's children")
    v.plan("a lost child", behind + 8, before, "mounts", at, "is not among its parent's children")
    parent, child = at_path["/mnt/with space"], at_path["/mnt/with space/bound"]
    v.plan("parents in a circle", parent + offset["mnt_parent"], child, "mounts", None,
           "go in a circle")
    at = at_path["/proc"]
    link = at + v.offset_of("mount", "mnt_mounts")
    v.plan("a link of the list of children", link + 8, link + 16, "mounts", link + 8, "a link back")
    if is_tree:
        tree = Tree(v, ns + v.offset_of("mnt_namespace", "mounts"))
        at = tree.nodes[3][0] - v.offset_of("mount", "mnt_node")
        v.plan("a tree that is not in order", at + v.offset_of("mount", "mnt_id_unique"), 1,
               "mounts", at, "the tree of mounts is not in order")


def mounts_links(v):
    at = number(v.table("mount")[3]["mount"])
    ns = v.word(at + v.offset_of("mount", "mnt_ns"))
    if "nr_mounts" in v.ask("struct mnt_namespace"):
        at = Tree(v, ns + v.offset_of("mnt_namespace", "mounts")).leaves[0][0]
        v.plan("a node's parent", at, v.word(at) + 64, "mounts", at, "a node's parent is")
    else:
        at += v.offset_of("mount", "mnt_list")
        v.plan("a link of the list of mounts", at + 8, at, "mounts", at + 8, "a link back")


def resources(v):
    """Those of I/O ports in the first one of all."""
    sibling, child, parent, end = (v.offset_of("resource", m)
                                   for m in ("sibling", "child", "parent", "end"))
    root = v.address("ioport_resource")
    found, at = [], v.word(v.word(root + child) + child)
    while at:
        found.append(at)
        at = v.word(at + sibling)
    v.plan("a resource's parent", found[0] + parent, root + 64, "resources", found[0],
           "the parent of")
    v.plan("resources that overlap", found[1] + end, v.word(found[2] + end), "resources", found[2],
           "before the end of")
    v.plan("a resource out of its parent", found[3] + end, 2**62, "resources", found[3],
           "is not in")
    v.plan("resources in a circle", found[-1] + sibling, found[-1], "resources", found[-1],
           "was met before: a loop")


def zones(v):
    rows_of = [r for r in v.table("kmem -n") if r["present"]]
    zone, other = (number(r["address"]) for r in rows_of[:2])
    node = v.word(zone + v.offset_of("zone", "zone_pgdat"))
    at = v.offset_of("zone", "managed_pages")
    v.plan("more pages than there are", zone + at, 99999999, "zones", zone, "99999999 managed")
    v.plan("another node's zone", zone + v.offset_of("zone", "zone_pgdat"), zone + 64, "zones",
           zone, "says that its node is at")
    v.plan("a zone out of its node", other + v.offset_of("zone", "zone_start_pfn"), 2**30, "zones",
           other, "is not in its node")
    v.plan("pages of no zone", node + v.offset_of("pglist_data", "node_present_pages"), 4711,
           "zones", node, "has 4711 pages present")
    v.plan("a node's number", node + v.offset_of("pglist_data", "node_id"), b"\5", "zones", node,
           "says that it is node 5")
    present = other + v.offset_of("zone", "present_pages")
    v.plan("more pages than RAM", present, 2**29, "zones", min(zone, other), "of System RAM")
    lists = node + v.offset_of("pglist_data", "node_zonelists")
    first = lists + v.offset_of("zonelist", "_zonerefs")
    size = v.value("sizeof(struct zoneref)")
    v.plan("a list of zones with none", first, node + 64, "zones", first, "which is no such zone")
    second = first + v.value("sizeof(struct zonelist)")
    v.plan("a list of zones turned round", second, v.word(second + size), "zones", second + size,
           "behind zone")
    v.plan("a list of zones turned round", second + 8, v.read(second + size + 8, 4), "zones",
           second + size, "behind zone")
    v.plan("a list without a zone", second, v.word(second + size), "zones",
           second - v.offset_of("zonelist", "_zonerefs"), "lacks its own zone")


def memblock(v):
    memory = v.address("memblock") + v.offset_of("memblock", "memory")
    regions = v.word(memory + v.offset_of("memblock_type", "regions"))
    size = regions + v.offset_of("memblock_region", "size")
    stride = v.value("sizeof(struct memblock_region)")
    v.plan("memory that ends in the next", size, 2**31, "memblock", regions + stride,
           "cannot be behind one that ends at")
    v.plan("memory of another size", size, 2**31, "memblock", memory, "and it counts")
    v.make()
    v.plan("more regions than fit", memory, 4711, "memblock", memory, "has 4711 regions")
    v.make()
    if "present_early_pages" in v.ask("struct zone"):
        zone = number(v.table("kmem -n")[0]["address"])
        v.plan("more pages than memory", zone + v.offset_of("zone", "present_early_pages"), 2**29,
               "memblock", memory, "pages when the kernel booted")


def references(v):
    """Counts of references: of a process, and of what it has."""
    tasks = [number(r["task"]) for r in v.table("ps") if r["pid"] > 0 and r["tgid"] == r["pid"]]
    user = next(task for task in tasks if v.word(task + v.offset_of("task_struct", "mm")))
    at = user + v.offset_of("task_struct", "usage")
    v.plan("a task's count", at, struct.pack("<I", 0), "tasks", user, "task_struct.usage of", True)
    at = user + v.offset_of("task_struct", "stack_refcount")
    v.plan("a stack's count", at, struct.pack("<I", 0xc0000000), "tasks", user,
           "task_struct.stack_refcount of", True)
    for pointer, kind, count in (("mm", "mm_struct", "mm_users"), ("mm", "mm_struct", "mm_count"),
                                 ("cred", "cred", "usage"), ("signal", "signal_struct", "sigcnt"),
                                 ("sighand", "sighand_struct", "count"),
                                 ("files", "files_struct", "count"), ("fs", "fs_struct", "users"),
                                 ("nsproxy", "nsproxy", "count")):
        at = v.word(user + v.offset_of("task_struct", pointer))
        v.plan("a count of " + kind, at + v.offset_of(kind, count), struct.pack("<i", -1), "tasks",
               at, "%s.%s of" % (kind, count), True)


def cpu_free_pages(v):
    """The free pages that CPU 0 keeps, of the zone with most of them."""
    cpu = v.word(v.address("__per_cpu_offset"))
    count, lists = v.offset_of("per_cpu_pages", "count"), v.offset_of("per_cpu_pages", "lists")
    zones = [number(zone["address"]) for zone in v.table("kmem -n")]
    kept = [(v.word(zone + v.offset_of("zone", "per_cpu_pageset")) + cpu) % 2**64 for zone in zones]
    at = max(kept, key=lambda at: v.number(at + count, 4))
    heads = [at + lists + 16 * i for i in range(12)]
    head = max(heads, key=lambda head: v.word(head) != head and v.word(v.word(head)) != head)
    first = v.word(head)
    page = first - v.offset_of("page", "pcp_list")
    v.plan("a CPU's count of free pages", at + count, struct.pack("<i", 4711), "cpu-free-pages", at,
           "and it counts 4711")
    v.plan("a CPU's free page that somebody has", page + v.offset_of("page", "_refcount"),
           struct.pack("<i", 3), "cpu-free-pages", page, "with 3 references")
    v.make()
    v.plan("a CPU's list that leads astray", first + 8, first, "cpu-free-pages", first + 8,
           "a link back is")
    v.make()


def damaged(kx, name, where):
    source = os.path.join(STORE, name, "vmcore")
    if not os.path.exists(source):
        print("no %s in the store: no damage is tried" % name)
        return
    path = os.path.join(where, name)
    shutil.copyfile(source, path)
    v = Structures(kx, path)
    slabs(v)
    module_list(v)
    modules(v)
    vmap(v)
    mounts(v)
    resources(v)
    zones(v)
    references(v)
    v.make()
    cpu_free_pages(v)
    vmap_links(v)
    mounts_links(v)
    v.make()
    memblock(v)
    v.make()
    v.whole()
    v.file.close()
    os.unlink(path)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as where:
        for name in sys.argv[2:] or VICTIMS:
            damaged(sys.argv[1], name, where)
    print("%d passed, %d failed" % (validate_kernel.passed, validate_kernel.failed))
    sys.exit(validate_kernel.failed > 0)


if __name__ == "__main__":
    main()
