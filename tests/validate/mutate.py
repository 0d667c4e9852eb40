#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mutate.py BINARY DUMP [--runs N] [--seed N]: damages DUMP, in each format, at random, and has it
validated. However it is damaged, validate must end with status 0, 1 or 2, a document, and no sanitizer's
complaint, within 10 seconds of each of two CPUs: on a busy machine that may be 60 by the clock.

Prints how much of each kind of damage is found. What is not found is looked at again with a manifest
of the pages as they were: "pages" counts damage to pages' content that only this finds (and, of the file
that the manifest was made of, to any byte), "nothing" what changed no page at all (bytes that have no
meaning). Damage to a page that has a checksum (zlib)
must always be found.
"""
import argparse
import json
import os
import random
import resource
import signal
import struct
import subprocess
import sys
import tempfile

import containers

FORMS = {
    'zstd': ['-z'], 'zlib': ['-c'], 'lzo': ['-l'], 'snappy': ['-p'], 'raw': ['--raw'],
    'elf': ['-E'], 'flat-zstd': ['-F', '-z'], 'flat-elf': ['-F', '-E'],
}
WILD = [0, 1, 2, 0x7f, 0xff, 0x1000, 0x7fff, 0xffff, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62,
        2**63 - 1, 2**63, 2**64 - 4096, 2**64 - 1]


CPU, CLOCK = 20, 60    # seconds


class Failure(Exception):
    pass


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU + 1))


def flip(rnd, dump):
    at = rnd.randrange(dump.size)
    dump.put(at, bytes([dump.raw(at, 1)[0] ^ 1 << rnd.randrange(8)]))


def zero_block(rnd, dump):
    size = rnd.choice([512, 4096])
    at = rnd.randrange(0, dump.size - size, 512)
    dump.put(at, bytes(size))


def swap_blocks(rnd, dump):
    size = rnd.choice([512, 4096])
    a, b = (rnd.randrange(0, dump.size - size, 512) for _ in range(2))
    x, y = dump.raw(a, size), dump.raw(b, size)
    dump.put(a, y)
    dump.put(b, x)


def noise(rnd, dump):
    dump.put(rnd.randrange(dump.size - 64), rnd.randbytes(64))


def truncate(rnd, dump):
    dump.truncate(rnd.randrange(dump.size))


def header_field(rnd, dump):
    """A number among the first that is something."""
    for _ in range(100):
        at = rnd.randrange(0, 0x2000, 4)
        value = struct.pack('<Q', rnd.choice(WILD))[:rnd.choice([4, 8])]
        if any(dump.raw(at, len(value))) and dump.raw(at, len(value)) != value:
            dump.put(at, value)
            return


def table_entry(rnd, dump):
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


def page_data(rnd, dump):
    """Bits of one page's data, of a compressed page where there are any."""
    if not isinstance(dump, containers.Kdump):
        return flip(rnd, dump)
    i = dump.find(bool(dump.status & 0x27), rnd.randrange(len(dump.pfns) // 2))
    offset, size, _, _ = dump.desc(i)
    for _ in range(rnd.choice([1, 1, 8])):
        at = offset + rnd.randrange(size)
        dump.put(at, bytes([dump.raw(at, 1)[0] ^ 1 << rnd.randrange(8)]))


KINDS = [flip, zero_block, swap_blocks, noise, truncate, header_field, table_entry, page_data]


class Campaign:
    def __init__(self, arguments):
        self.binary = arguments.binary
        self.folder = tempfile.TemporaryDirectory()
        self.manifest = os.path.join(self.folder.name, 'digests')
        self.seed, self.failures = arguments.seed, 0
        self.table = {} # (kind, form): [mutants, found, pages, nothing]
        self.forms = {}
        for name, options in FORMS.items():
            path = os.path.join(self.folder.name, name)
            subprocess.run([self.binary, 'convert', '-d', '31', *options, arguments.dump, path],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.forms[name] = containers.open_container(path)
        if self.validate(self.forms['zstd'], '--manifest', self.manifest):
            raise Failure('the undamaged dump is not whole')

    def validate(self, dump, *options):
        line = [self.binary, 'validate', '--json', *options, dump.path]
        try:
            run = subprocess.run(line, timeout=CLOCK, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 preexec_fn=limit)
        except subprocess.TimeoutExpired:
            raise Failure('not done after %d s' % CLOCK)
        if run.returncode not in (0, 1, 2) or b'Sanitizer' in run.stderr or \
           b'runtime error' in run.stderr:
            raise Failure('status %d: %r' % (run.returncode, run.stderr[-2000:]))
        rows = json.loads(run.stdout)['rows']
        if {'whole': 0, 'faults': 1, 'unusable': 2}[rows[0]['verdict']] != run.returncode:
            raise Failure('verdict %s, status %d' % (rows[0]['verdict'], run.returncode))
        return run.returncode

    def outcome(self, form, kind, dump):
        if self.validate(dump):
            return 1
        # An ELF dump at this level lacks the pages of zeros, which the manifest has.
        if not self.validate(dump, '--check-manifest', self.manifest):
            return 3
        if kind is page_data and form == 'zlib':
            raise Failure('a damaged page that has a checksum was not found')
        return 2

    def one(self, number):
        rnd = random.Random('%d %d' % (self.seed, number))
        form, kind = rnd.choice(sorted(self.forms)), rnd.choice(KINDS)
        dump = self.forms[form]
        counts = self.table.setdefault((kind.__name__, form), [0, 0, 0, 0])
        kind(rnd, dump)
        counts[0] += 1
        try:
            counts[self.outcome(form, kind, dump)] += 1
        except Failure as failure:
            self.failures += 1
            print('FAILED %s of %s, --seed %d --only %d: %s' %
                  (kind.__name__, form, self.seed, number, failure), flush=True)
        dump.mend()

    def show(self):
        print('%-14s %-10s %8s %8s %8s %8s' % ('damage', 'format', 'mutants', 'found', 'pages',
                                              'nothing'))
        for kind in KINDS:
            for form in sorted(self.forms):
                counts = self.table.get((kind.__name__, form))
                if counts:
                    print('%-14s %-10s %8d %7.1f%% %8d %8d' % (
                        kind.__name__, form, counts[0], 100 * counts[1] / counts[0],
                        counts[2], counts[3]))
        total = [sum(column) for column in zip(*self.table.values())]
        print('%d mutants: %d found, %d changed pages and are found by the manifest alone, %d '
              'changed no page; %d failed' % (*total, self.failures))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('binary')
    parser.add_argument('dump')
    parser.add_argument('--runs', type=int, default=500)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--only', type=int)
    arguments = parser.parse_args()
    campaign = Campaign(arguments)
    # Stopped early, it still tells what it has seen.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for number in [arguments.only] if arguments.only is not None else range(arguments.runs):
            campaign.one(number)
    except KeyboardInterrupt:
        pass
    campaign.show()
    tried = sum(counts[0] for counts in campaign.table.values())
    print('%d passed, %d failed' % (tried - campaign.failures, campaign.failures))
    return campaign.failures != 0


if __name__ == '__main__':
    sys.exit(main())
