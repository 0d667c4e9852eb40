# SPDX-License-Identifier: GPL-2.0-or-later
"""Dump files whose memory can be damaged in place, and mended again.

An ELF dump is written to directly. A compressed dump (makedumpfile's KDUMP) gets the damaged page appended without compression, and its descriptor pointed there.
"""
import os
import struct
import subprocess
import tempfile

PAGE = 4096


class DumpFile:
    """A file that forgets what was written to it."""

    def __init__(self, path):
        self.path = path
        self.fd = os.open(path, os.O_RDWR)
        self.size = os.fstat(self.fd).st_size
        self.saved = []

    def raw(self, offset, size):
        return os.pread(self.fd, size, offset)

    def put(self, offset, data):
        self.saved.append((offset, self.raw(offset, len(data))))
        os.pwrite(self.fd, data, offset)

    def truncate(self, size):
        self.saved.append((size, self.raw(size, self.size - size)))
        os.ftruncate(self.fd, size)

    def mend(self):
        for offset, data in reversed(self.saved):
            os.pwrite(self.fd, data, offset)
        os.ftruncate(self.fd, self.size)
        self.saved = []


class ElfDump(DumpFile):
    def __init__(self, path, binary=None):
        super().__init__(path)
        phoff, = struct.unpack('<Q', self.raw(32, 8))
        number, = struct.unpack('<H', self.raw(56, 2))
        self.loads = []
        for i in range(number):
            kind, _, offset, _, phys, filesz, _, _ = struct.unpack(
                '<IIQQQQQQ', self.raw(phoff + 56 * i, 56))
            if kind == 1 and filesz and phys != 2**64 - 1:
                self.loads.append((phys, filesz, offset))

    def fetch(self, pages):
        """Called once with all pages that will be asked for."""

    def page(self, phys):
        phys -= phys % PAGE
        for start, size, offset in self.loads:
            if start <= phys and phys + PAGE <= start + size:
                return self.raw(offset + phys - start, PAGE)
        return None

    def write_page(self, phys, data):
        phys -= phys % PAGE
        for start, size, offset in self.loads:
            if start <= phys and phys + PAGE <= start + size:
                self.put(offset + phys - start, data)


class KdumpDump(DumpFile):
    def __init__(self, path, binary):
        super().__init__(path)
        self.binary = binary
        block, sub, bitmaps = struct.unpack('<iiI', self.raw(428, 12))
        self.bitmap = self.raw((1 + sub + bitmaps // 2) * block, bitmaps // 2 * block)
        self.descs = (1 + sub + bitmaps) * block
        self.ranks = [0]
        for at in range(0, len(self.bitmap), 512):
            ones = bin(int.from_bytes(self.bitmap[at:at + 512], 'little')).count('1')
            self.ranks.append(self.ranks[-1] + ones)
        self.pages = {}   # by physical address, as they were
        self.written = {} # as they are
        self.end = self.size

    def _desc(self, pfn):
        byte, chunk = pfn // 8, pfn // 4096
        if byte >= len(self.bitmap) or not self.bitmap[byte] >> pfn % 8 & 1:
            return None
        part = int.from_bytes(self.bitmap[chunk * 512:chunk * 512 + 512], 'little')
        part &= (1 << pfn % 4096) - 1
        return self.descs + 24 * (self.ranks[chunk] + bin(part).count('1'))

    def fetch(self, pages):
        """The program reads them: no codec is needed here, nor is a fault of its own hidden."""
        pages = sorted(p - p % PAGE for p in pages)
        with tempfile.TemporaryDirectory() as folder:
            for at in range(0, len(pages), 500):
                lines = ''.join('rd -p -r %s/%x %x %d\n' % (folder, p, p, PAGE)
                                for p in pages[at:at + 500])
                subprocess.run([self.binary, '--no-rc', '--no-debug', self.path],
                               input=lines.encode(), stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
            for name in os.listdir(folder):
                with open(os.path.join(folder, name), 'rb') as file:
                    self.pages[int(name, 16)] = file.read()

    def page(self, phys):
        phys -= phys % PAGE
        data = self.written.get(phys) or self.pages.get(phys)
        return data if data and len(data) == PAGE else None

    def write_page(self, phys, data):
        phys -= phys % PAGE
        desc = self._desc(phys // PAGE)
        if desc is None:
            return
        self.put(desc, struct.pack('<qII', self.end, PAGE, 0))
        os.pwrite(self.fd, data, self.end)
        self.end += PAGE
        self.written[phys] = data

    def mend(self):
        super().mend()
        self.end = self.size
        self.written = {}


def open_dump(path, binary):
    with open(path, 'rb') as file:
        magic = file.read(8)
    if magic[:4] == b'\x7fELF':
        return ElfDump(path, binary)
    if magic == b'KDUMP   ':
        return KdumpDump(path, binary)
    return DumpFile(path)
