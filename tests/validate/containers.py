# SPDX-License-Identifier: GPL-2.0-or-later
"""The formats' tables, found by their specifications alone, so that a test can damage one entry.

KDUMP: makedumpfile's diskdump_mod.h; flattened files: makedumpfile(8); ELF: elf(5).
"""
import bisect
import collections
import functools
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'damage'))
import dumpfile # noqa: E402

DESC = 24


class Kdump(dumpfile.DumpFile):
    def __init__(self, path):
        super().__init__(path)
        self.status, = struct.unpack('<I', self.raw(424, 4))
        self.block, self.sub, blocks = struct.unpack('<iiI', self.raw(428, 12))
        self.max_pfn, = struct.unpack('<Q', self.raw(self.block + 96, 8))
        self.notes = struct.unpack('<QQ', self.raw(self.block + 48, 16))
        self.vmcoreinfo = struct.unpack('<QQ', self.raw(self.block + 32, 16))
        self.described = (1 + self.sub) * self.block
        self.dumped = self.described + blocks // 2 * self.block
        self.descs = self.described + blocks * self.block
        bits = self.raw(self.dumped, (self.max_pfn + 7) // 8)
        self.pfns = [8 * i + j for i, byte in enumerate(bits) if byte for j in range(8)
                     if byte >> j & 1]

    def desc(self, i):
        """offset, size, flags, page_flags"""
        return struct.unpack('<QIIQ', self.raw(self.descs + DESC * i, DESC))

    def set_desc(self, i, offset=None, size=None, flags=None, page_flags=None):
        new = [b if a is None else a for a, b in zip((offset, size, flags, page_flags),
                                                     self.desc(i))]
        self.put(self.descs + DESC * i, struct.pack('<QIIQ', *new))
        return self.descs + DESC * i

    def find(self, codec, start=0):
        """The first descriptor from @start on whose page is compressed, or is raw and not shared."""
        data = self.descs + DESC * len(self.pfns)
        for i in range(start, len(self.pfns)):
            offset, _, flags, _ = self.desc(i)
            if bool(flags) == codec and offset != data:
                return i
        raise ValueError('no such page')

    @functools.cached_property
    def alone(self):
        """The offsets of raw pages that no other page shares."""
        descs = list(struct.iter_unpack('<QIIQ', self.raw(self.descs, DESC * len(self.pfns))))
        users = collections.Counter(offset for offset, _, _, _ in descs)
        return {offset for offset, _, flags, _ in descs if not flags and users[offset] == 1}

    def at(self, physical):
        """The descriptor of that page, or nothing."""
        pfn = physical // self.block
        i = bisect.bisect_left(self.pfns, pfn)
        return self.desc(i) if i < len(self.pfns) and self.pfns[i] == pfn else None

    def compressed(self, physical):
        desc = self.at(physical)
        return bool(desc and desc[2])

    def places(self, physical):
        """The offsets of a byte of memory: one, or none when its page is compressed or shared."""
        desc = self.at(physical)
        return [desc[0] + physical % self.block] if desc and desc[0] in self.alone else []

    def some_page(self, rnd):
        return rnd.choice(self.pfns) * self.block


class Elf(dumpfile.DumpFile):
    def __init__(self, path):
        super().__init__(path)
        self.phoff, = struct.unpack('<Q', self.raw(32, 8))
        self.count, = struct.unpack('<H', self.raw(56, 2))

    def phdr(self, i):
        """type, flags, offset, vaddr, paddr, filesz, memsz, align"""
        return struct.unpack('<IIQQQQQQ', self.raw(self.phoff + 56 * i, 56))

    def set_phdr(self, i, **fields):
        names = ['type', 'flags', 'offset', 'vaddr', 'paddr', 'filesz', 'memsz', 'align']
        new = [fields.get(name, old) for name, old in zip(names, self.phdr(i))]
        self.put(self.phoff + 56 * i, struct.pack('<IIQQQQQQ', *new))
        return self.phoff + 56 * i

    def loads(self):
        return [i for i in range(self.count) if self.phdr(i)[0] == 1 and self.phdr(i)[5]]

    def notes(self):
        return [i for i in range(self.count) if self.phdr(i)[0] == 4]

    def places(self, physical):
        """The offsets of a byte of memory, each time that it is in the file."""
        found = []
        for i in self.loads():
            _, _, offset, _, start, size, _, _ = self.phdr(i)
            if start <= physical < start + size:
                found.append(offset + physical - start)
        return found

    def some_page(self, rnd):
        loads = [self.phdr(i) for i in self.loads()]
        _, _, _, _, start, size, _, _ = rnd.choices(loads, [load[5] for load in loads])[0]
        physical = start + rnd.randrange(size)
        return physical - physical % 4096


class Flattened(dumpfile.DumpFile):
    def __init__(self, path):
        super().__init__(path)
        self.records = [] # where each is, its offset, its size
        at = 4096
        while True:
            offset, size = struct.unpack('>qq', self.raw(at, 16))
            if offset == -1:
                self.mark = at
                break
            self.records.append((at, offset, size))
            at += 16 + size


def open_container(path):
    with open(path, 'rb') as file:
        magic = file.read(16)
    if magic[:4] == b'\x7fELF':
        return Elf(path)
    if magic[:8] == b'KDUMP   ':
        return Kdump(path)
    return Flattened(path)
