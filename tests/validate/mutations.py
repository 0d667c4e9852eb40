# SPDX-License-Identifier: GPL-2.0-or-later
"""The kinds of damage. Each changes @dump at random, and returns what of it validate must find, in
words, or None.
"""
import functools
import struct

import containers
from damage import WILD # noqa: E402


def flip(rnd, dump, structures):
    at = rnd.randrange(dump.size)
    dump.put(at, bytes([dump.raw(at, 1)[0] ^ 1 << rnd.randrange(8)]))


def zero_block(rnd, dump, structures):
    size = rnd.choice([512, 4096])
    at = rnd.randrange(0, dump.size - size, 512)
    dump.put(at, bytes(size))


def swap_blocks(rnd, dump, structures):
    size = rnd.choice([512, 4096])
    a, b = (rnd.randrange(0, dump.size - size, 512) for _ in range(2))
    x, y = dump.raw(a, size), dump.raw(b, size)
    dump.put(a, y)
    dump.put(b, x)


def noise(rnd, dump, structures):
    dump.put(rnd.randrange(dump.size - 64), rnd.randbytes(64))


def truncate(rnd, dump, structures):
    dump.truncate(rnd.randrange(dump.size))


def header_field(rnd, dump, structures):
    """A number among the first that is something."""
    for _ in range(100):
        at = rnd.randrange(0, 0x2000, 4)
        value = struct.pack('<Q', rnd.choice(WILD))[:rnd.choice([4, 8])]
        if any(dump.raw(at, len(value))) and dump.raw(at, len(value)) != value:
            dump.put(at, value)
            return


def table_entry(rnd, dump, structures):
    """A field of a descriptor, a program header or a record."""
    if isinstance(dump, containers.Kdump):
        i = rnd.randrange(len(dump.pfns))
        field = rnd.choice([(0, 8), (8, 4), (12, 4), (16, 8)])
        at, order = dump.descs + containers.DESC * i + field[0], '<Q'
    elif isinstance(dump, containers.Elf):
        at, order = dump.phoff + 56 * rnd.randrange(dump.count), '<Q'
        field = rnd.choice([(0, 4), (4, 4), (8, 8), (24, 8), (32, 8), (40, 8)])
        at += field[0]
    else:
        at, order = rnd.choice(dump.records)[0], '>Q'
        field = rnd.choice([(0, 8), (8, 8)])
        at += field[0]
    old = dump.raw(at, field[1])
    new = struct.pack(order, rnd.choice(WILD))
    new = new[:field[1]] if order[0] == '<' else new[-field[1]:]
    if new == old:
        new = bytes([old[0] ^ 1]) + old[1:]
    dump.put(at, new)


def page_data(rnd, dump, structures):
    """Bits of one page's data, of a compressed page where there are any."""
    if not isinstance(dump, containers.Kdump):
        return flip(rnd, dump, structures)
    i = dump.find(bool(dump.status & 0x27), rnd.randrange(len(dump.pfns) // 2))
    offset, size, _, _ = dump.desc(i)
    for at in rnd.sample(range(size), rnd.choice([1, 1, min(8, size)])):
        at += offset
        dump.put(at, bytes([dump.raw(at, 1)[0] ^ 1 << rnd.randrange(8)]))


# ---- what the kernel's pages hold, in forms whose pages can be written to

def a_pointer(rnd, dump):
    """Where a word of the dump is that looks like a kernel pointer, and that word."""
    while True:
        physical = dump.some_page(rnd)
        for at in dump.places(physical)[:1]:
            words = struct.unpack('<512Q', dump.raw(at, 4096))
            found = [i for i, word in enumerate(words) if 0xffff8 << 44 <= word < 2**64 - 2**16]
            if found:
                i = rnd.choice(found)
                return physical + 8 * i, words[i]


def write_word(dump, physical, value):
    for at in dump.places(physical):
        dump.put(at, struct.pack('<Q', value))


def wild(rnd):
    return rnd.choice(WILD[1:] + [rnd.getrandbits(64), 0x4141414141414141])


def pointer(rnd, dump, structures, way):
    new = old = 0
    while new == old: # as in an empty list
        physical, old = a_pointer(rnd, dump)
        new = {'self': structures.direct_map + physical, 'null': 0, 'wild': wild(rnd),
               'other': a_pointer(rnd, dump)[1]}[way]
    write_word(dump, physical, new)


def link(rnd, dump, structures, way):
    one = rnd.choice(structures.links[rnd.choice(sorted(structures.links))])
    old, = struct.unpack('<Q', dump.raw(dump.places(one.physical)[0], 8))
    new = {'self': one.node, 'null': 0, 'wild': wild(rnd), 'other': a_pointer(rnd, dump)[1],
           'family': rnd.choice(one.family)}[way]
    if new == old: # as in an empty list
        way, new = 'wild', 0x4141414141414141
    write_word(dump, one.physical, new)
    if way in one.ways:
        return '%s at physical 0x%x, 0x%x now 0x%x' % (one.name, one.physical, old, new)
    return None


KINDS = {f.__name__: f for f in (flip, zero_block, swap_blocks, noise, truncate, header_field,
                                 table_entry, page_data)}
OF_MEMORY = {'pointer-' + way: functools.partial(pointer, way=way)
             for way in ('self', 'other', 'null', 'wild')}
OF_MEMORY.update({'link-' + way: functools.partial(link, way=way)
                  for way in ('self', 'family', 'other', 'null', 'wild')})
KINDS.update(OF_MEMORY)
