#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""container.py BINARY DUMP: every container check finds the damage that it is there for, with its
place. The dumps are made of DUMP by converting it; each is damaged in one place at a time.
"""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import containers

BINARY, DUMP = sys.argv[1:3]
FORMS = {
    'zstd': ['-z'], 'zlib': ['-c'], 'raw': ['--raw'], 'elf': ['-E', '-d', '0'],
    'flat': ['-F', '-z'], 'split': ['-z', '--split', '3'],
}
passed = failed = 0


class Folder:
    def __init__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.forms = {}
        for name, options in FORMS.items():
            out = os.path.join(self.temporary.name, name)
            subprocess.run([BINARY, 'convert', *options, DUMP, out], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.forms[name] = containers.open_container(out) if os.path.exists(out) else None
        self.parts = [containers.open_container(os.path.join(self.temporary.name, 'split.%d' % i))
                      for i in (1, 2, 3)]

    def path(self, name):
        return os.path.join(self.temporary.name, name)


def validate(paths, *options):
    run = subprocess.run([BINARY, 'validate', '--json', *options, *paths], timeout=60,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    rows = json.loads(run.stdout)['rows']
    return run.returncode, rows[0]['verdict'], [row for row in rows if 'severity' in row]


def check(what, good, seen):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print('FAILED %s: %s' % (what, str(seen)[:1500]))


def expect(what, paths, name, at=None, physical=None, severity='fault', cause='corrupt', options=()):
    """Check @name finds it, at file offset @at or at that physical address."""
    status, verdict, findings = validate(paths, *options)
    found = [f for f in findings if f['check'] == name and f['severity'] == severity and
             f['cause'] == cause]
    if at is not None:
        found = [f for f in found if f['file_offset'] == '0x%x' % at]
    if physical is not None:
        found = [f for f in found if f['physical'] == '0x%x' % physical]
    statuses = {'note': 'whole', 'fault': 'faults', 'unusable': 'unusable'}
    good = found and status == {'whole': 0, 'faults': 1, 'unusable': 2}[verdict]
    if severity != 'note':
        good = good and status > 0
    check(what, good, (statuses[severity], status, verdict, findings[:5]))


def damaged(what, dump, name, paths=None, **expected):
    """@dump was damaged: look, and mend it."""
    expect(what, paths or [dump.path], name, **expected)
    dump.mend()


def whole(folder):
    for name, dump in folder.forms.items():
        paths = [dump.path] if dump else [part.path for part in folder.parts]
        status, verdict, findings = validate(paths)
        faults = [f for f in findings if f['severity'] != 'note']
        check('%s is whole' % name, status == 0 and verdict == 'whole' and not faults, faults[:3])


def kdump_header(d):
    d.put(424, struct.pack('<I', d.status | 0x100))
    damaged('unknown status bit', d, 'kdump-header', at=424)
    d.put(424, struct.pack('<I', 0x21))
    damaged('two codecs', d, 'kdump-header', at=424)
    d.put(436, struct.pack('<I', struct.unpack('<I', d.raw(436, 4))[0] + 2))
    damaged('bitmap_blocks', d, 'kdump-header', at=436)
    d.put(440, struct.pack('<I', 5))
    damaged('max_mapnr and max_mapnr_64', d, 'kdump-header', at=440)
    d.put(460, struct.pack('<I', 0))
    damaged('nr_cpus', d, 'kdump-header', at=460)
    d.put(12 + 2 * 65, b'\x01')
    damaged('utsname', d, 'kdump-header', at=12 + 2 * 65)
    d.put(d.block + 8, struct.pack('<I', 99))
    damaged('dump_level', d, 'kdump-header', at=d.block)
    d.put(d.block + 48, struct.pack('<Q', d.size - 8))
    damaged('offset_note', d, 'kdump-header', at=d.block)
    d.put(d.block + 32, struct.pack('<Q', d.described))
    damaged('offset_vmcoreinfo', d, 'kdump-header', at=d.block)


def kdump_bitmaps(d):
    pfn = d.pfns[len(d.pfns) // 2]
    at = d.described + pfn // 8
    d.put(at, bytes([d.raw(at, 1)[0] & ~(1 << pfn % 8)]))
    damaged('dumped, and not described', d, 'kdump-bitmaps', at=d.dumped + pfn // 8)
    at = d.dumped + (d.max_pfn + 7) // 8
    d.put(at, b'\x10')
    damaged('a bit behind the last page', d, 'kdump-bitmaps', at=at)
    at = d.dumped + pfn // 8
    d.put(at, bytes([d.raw(at, 1)[0] & ~(1 << pfn % 8)]))
    damaged('a page less in bitmap 2', d, 'kdump-descriptors')


def kdump_descriptors(d):
    i = d.find(True, len(d.pfns) // 2)
    offset, size, flags, _ = d.desc(i)
    damaged('offset behind the file', d, 'kdump-descriptors', at=d.set_desc(i, offset=2**60))
    damaged('offset near the end', d, 'kdump-descriptors', at=d.set_desc(i, offset=d.size - 1),
            cause='absent')
    damaged('offset in the tables', d, 'kdump-descriptors', at=d.set_desc(i, offset=d.descs))
    damaged('size 0', d, 'kdump-descriptors', at=d.set_desc(i, size=0))
    damaged('size above a page', d, 'kdump-descriptors', at=d.set_desc(i, size=d.block + 1))
    damaged('two codecs', d, 'kdump-descriptors', at=d.set_desc(i, flags=3))
    damaged('unknown flags', d, 'kdump-descriptors', at=d.set_desc(i, flags=flags | 0x40))
    damaged('another codec', d, 'kdump-descriptors', at=d.set_desc(i, flags=2))
    damaged('page_flags', d, 'kdump-descriptors', at=d.set_desc(i, page_flags=1))
    d.set_desc(i, offset=offset - 1)
    damaged('overlap', d, 'kdump-descriptors', at=d.descs + 24 * i)
    d.set_desc(i, size=size - 3)
    damaged('a gap', d, 'kdump-descriptors', at=offset + size - 3)
    d.set_desc(i, 0, 0, 0, 0)
    damaged('a lost page', d, 'kdump-descriptors', cause='absent')
    last = max(range(len(d.pfns)), key=lambda j: d.desc(j)[0])
    d.set_desc(last, offset, size, flags)
    damaged('bytes behind the last page', d, 'kdump-descriptors')


def trailing(dump, name):
    with open(dump.path, 'ab') as file:
        file.write(b'more')
    damaged('bytes behind the end: ' + name, dump, name, at=dump.size)


def pages(zstd, zlib, raw):
    for dump in zstd, zlib:
        i = dump.find(True, len(dump.pfns) // 3)
        offset, size, _, _ = dump.desc(i)
        dump.put(offset, bytes(size))
        damaged('a page of zeros', dump, 'pages', physical=dump.pfns[i] * dump.block)
    i = zlib.find(True, len(zlib.pfns) // 3)
    offset, size, _, _ = zlib.desc(i)
    zlib.put(offset + size // 2, bytes([zlib.raw(offset + size // 2, 1)[0] ^ 1]))
    damaged('a bit of a zlib page', zlib, 'pages', physical=zlib.pfns[i] * zlib.block)
    zlib.set_desc(i, size=size - 1)
    damaged('a zlib page cut short', zlib, 'pages', physical=zlib.pfns[i] * zlib.block)


def manifests(folder, raw, elf, zstd):
    path = folder.path('digests')
    status, _, _ = validate([raw.path], '--manifest', path)
    check('a manifest is written', status == 0 and os.path.getsize(path) > 8 * len(raw.pfns), status)
    for dump in raw, elf, zstd:
        status, verdict, findings = validate([dump.path], '--check-manifest', path)
        seen = [f for f in findings if f['check'] == 'pages']
        check('the same pages in another format', status == 0 and not seen, findings[:5])
    i = raw.find(False, len(raw.pfns) // 2)
    raw.put(raw.desc(i)[0] + 77, bytes([raw.raw(raw.desc(i)[0] + 77, 1)[0] ^ 4]))
    damaged('a bit of a raw page', raw, 'pages', physical=raw.pfns[i] * raw.block,
            options=['--check-manifest', path])
    load = elf.loads()[-1]
    _, _, offset, _, physical, filesz, _, _ = elf.phdr(load)
    elf.put(offset + 4096, bytes([elf.raw(offset + 4096, 1)[0] ^ 4]))
    damaged('a bit of an ELF page', elf, 'pages', physical=physical + 4096,
            options=['--check-manifest', path])
    raw.put(raw.block // 2, b'a gap')
    damaged('bytes that nobody reads', raw, 'file-digests', at=0, options=['--check-manifest', path])
    pfn = raw.pfns[-1]
    raw.put(raw.dumped + pfn // 8, bytes([raw.raw(raw.dumped + pfn // 8, 1)[0] ^ 1 << pfn % 8]))
    damaged('a page that was filtered since', raw, 'pages', physical=pfn * raw.block,
            severity='note', cause='excluded', options=['--check-manifest', path])
    with open(path, 'r+b') as file:
        file.seek(-4, os.SEEK_END)
        file.write(b'\xff')
    for what, option in ('damaged', '--check-manifest'), ('there already', '--manifest'):
        run = subprocess.run([BINARY, 'validate', option, path, raw.path], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        check('a manifest that is ' + what, run.returncode == 2 and run.stderr, run)


def partial_pages(folder, elf):
    """A page of which a part is memory is the same page when convert pads it with zeros."""
    last = elf.loads()[-1]
    _, _, offset, virtual, physical, size, _, _ = elf.phdr(last)
    elf.set_phdr(last, offset=offset + 100, vaddr=virtual + 100, paddr=physical + 100,
                 filesz=size - 300, memsz=size - 300)
    digests, out = folder.path('partial-digests'), folder.path('padded')
    validate([elf.path], '--manifest', digests)
    subprocess.run([BINARY, 'convert', '--raw', elf.path, out], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    elf.mend()
    _, _, findings = validate([out], '--check-manifest', digests)
    check('parts of pages', not [f for f in findings if f['check'] == 'pages'], findings[:5])


def elf_headers(d):
    first, last = d.loads()[0], d.loads()[-1]
    _, _, offset, _, _, filesz, memsz, _ = d.phdr(last)
    damaged('p_filesz above p_memsz', d, 'elf-headers', at=d.set_phdr(last, memsz=filesz - 1))
    damaged('beyond the file', d, 'elf-headers', at=d.set_phdr(last, filesz=filesz + 4096),
            cause='absent')
    damaged('a wild offset', d, 'elf-headers', at=d.set_phdr(last, offset=2**63 + 4096))
    damaged('over the headers', d, 'elf-headers', at=d.set_phdr(last, offset=8))
    damaged('the end of memory', d, 'elf-headers', at=d.set_phdr(last, paddr=2**64 - 4096))
    damaged('the end of virtual memory', d, 'elf-headers', at=d.set_phdr(last, vaddr=2**64 - 4096))
    d.set_phdr(last, vaddr=d.phdr(first)[3])
    damaged('two memories at one address', d, 'elf-headers')
    damaged('p_flags', d, 'elf-headers', at=d.set_phdr(last, flags=0x77))
    damaged('p_type', d, 'elf-headers', at=d.set_phdr(last, type=0x70))
    d.set_phdr(last, offset=d.phdr(first)[2])
    damaged('the same bytes twice', d, 'elf-headers')
    d.put(20, b'\x02')
    damaged('e_version', d, 'elf-headers', at=20)
    d.truncate(d.size - 4096)
    damaged('cut off', d, 'elf-headers', cause='absent')
    d.truncate(d.size - 4096)
    damaged('cut off', d, 'incomplete-mark', cause='absent')


def elf_left_out(d):
    before, last = d.loads()[-2:]
    start = d.phdr(before)[4]
    d.set_phdr(before, memsz=d.phdr(last)[4] + 8192 - start)
    damaged('left out, and there', d, 'elf-aliases', physical=d.phdr(last)[4])


def elf_aliases(d):
    for i in d.loads():
        for j in d.loads():
            _, _, offset, _, physical, size, _, _ = d.phdr(i)
            _, _, other, _, start, length, _, _ = d.phdr(j)
            if i != j and start <= physical and physical + size <= start + length:
                d.put(offset + 5000, bytes([d.raw(offset + 5000, 1)[0] ^ 1]))
                damaged('an alias that differs', d, 'elf-aliases', physical=physical + 4096)
                return
    # The dump has none: the last segment's second page, once more under another's name.
    last, first = d.loads()[-1], d.loads()[0]
    d.set_phdr(first, paddr=d.phdr(last)[4] + 8192, filesz=4096, memsz=4096)
    d.put(d.phdr(first)[2], b'differs')
    damaged('an alias that differs', d, 'elf-aliases', physical=d.phdr(last)[4] + 8192)


def notes(elf, kdump):
    _, _, offset, _, _, size, _, _ = elf.phdr(elf.notes()[0])
    namesz, descsz = struct.unpack('<II', elf.raw(offset, 8))
    second = offset + 12 + (namesz + 3 & ~3) + (descsz + 3 & ~3)
    elf.put(second, bytes(8))
    damaged('a note of nothing', elf, 'notes', at=second + 8)
    elf.put(second, struct.pack('<I', 0x7fffffff))
    damaged('a note that is too long', elf, 'partial', cause='absent')
    elf.put(second + 12, b'\x01\x02')
    damaged('the name of a note', elf, 'notes')
    elf.put(offset + 4, struct.pack('<I', descsz - 8))
    damaged('a CPU of another size', elf, 'notes')
    at, size = kdump.vmcoreinfo
    text = kdump.raw(at, size)
    kdump.put(at + text.index(b'='), b'\x00')
    damaged('VMCOREINFO', kdump, 'notes')


def flattened(d):
    damaged_at, _, size = d.records[len(d.records) // 2]
    d.put(damaged_at + 8, struct.pack('>q', 2**50))
    damaged('a wild record', d, 'flattened-records', at=damaged_at)
    d.put(damaged_at, struct.pack('>q', 2**40))
    damaged('a record elsewhere', d, 'kdump-descriptors', cause='absent')
    d.truncate(d.mark + 3)
    damaged('no end mark', d, 'flattened-records', at=d.mark, cause='absent')
    d.truncate(d.mark - 7)
    damaged('a record cut off', d, 'flattened-records', at=d.records[-1][0])


def split(parts):
    paths = [part.path for part in parts]
    ends = [struct.unpack('<QQ', part.raw(part.block + 80, 16)) for part in parts]
    expect('a file of the set is missing', [paths[0], paths[2]], 'split-set', cause='absent',
           physical=ends[1][0] * 4096)
    expect('the last file is missing', paths[:2], 'split-set', cause='absent',
           physical=ends[2][0] * 4096)
    parts[1].put(424, struct.pack('<I', 1))
    damaged('another codec', parts[1], 'split-set', paths=paths, at=0)
    parts[1].put(parts[1].dumped + 3, b'\x55')
    status, verdict, findings = validate(paths)
    check('another bitmap', status == 2 and findings[0]['check'] == 'open', findings[:3])
    parts[1].mend()


def others(folder, zstd, elf):
    zstd.put(424, struct.pack('<I', zstd.status | 8))
    damaged('marked incomplete', zstd, 'incomplete-mark', at=424, cause='absent')
    elf.put(48, b'\x01')
    damaged('marked incomplete', elf, 'incomplete-mark', at=48, cause='absent')
    zstd.truncate(zstd.size // 2)
    damaged('cut in half', zstd, 'partial', cause='absent')
    zstd.truncate(zstd.descs + 7)
    damaged('no pages', zstd, 'incomplete-mark', severity='unusable', cause='absent')
    zstd.truncate(100)
    damaged('cut in its header', zstd, 'open', severity='unusable')
    expect('no dump', [__file__], 'open', severity='unusable', cause='absent')
    path = folder.path('quick')
    shutil.copyfile(zstd.path, path)
    status, _, findings = validate([path], '--quick')
    check('quick', status == 0, findings)


def junit(folder, zstd):
    """A case for each check, as it came out."""
    path = folder.path('junit.xml')
    zstd.put(424, struct.pack('<I', zstd.status | 8))
    validate([zstd.path], '--junit', path)
    zstd.mend()
    cases = {case.get('name'): {child.tag for child in case}
             for case in xml.etree.ElementTree.parse(path).getroot()}
    check('junit', cases['incomplete-mark'] == {'failure'} and cases['elf-headers'] == {'skipped'}
          and not cases['kdump-bitmaps'], cases)


def every_name():
    """The table of the document is that of the program."""
    run = subprocess.run([BINARY, 'validate', '--json', '--quick', DUMP], stdout=subprocess.PIPE)
    names = {row['name'] for row in json.loads(run.stdout)['rows'] if 'outcome' in row}
    document = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../docs/validate.md')
    with open(document) as file:
        told = {line.split('`')[1] for line in file if line.startswith('| `')}
    check('docs/validate.md', names | {'open'} == told, (names ^ told))


def main():
    folder = Folder()
    forms = folder.forms
    whole(folder)
    kdump_header(forms['zstd'])
    kdump_bitmaps(forms['zstd'])
    kdump_descriptors(forms['zstd'])
    trailing(forms['zstd'], 'kdump-descriptors')
    trailing(forms['elf'], 'elf-headers')
    trailing(forms['flat'], 'flattened-records')
    pages(forms['zstd'], forms['zlib'], forms['raw'])
    manifests(folder, forms['raw'], forms['elf'], forms['zstd'])
    partial_pages(folder, forms['elf'])
    elf_headers(forms['elf'])
    elf_left_out(forms['elf'])
    elf_aliases(forms['elf'])
    notes(forms['elf'], forms['zstd'])
    flattened(forms['flat'])
    split(folder.parts)
    others(folder, forms['zstd'], forms['elf'])
    junit(folder, forms['zstd'])
    every_name()
    print('%d passed, %d failed' % (passed, failed))
    return failed != 0


if __name__ == '__main__':
    sys.exit(main())
