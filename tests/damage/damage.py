#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the program over a dump that is damaged anew each time: in the file's bytes, its headers, its
length, and in the kernel structures that its pages hold.

Whatever is damaged, the program must end soon with status 0, 1 or 2 and a word on why it is not 0,
without a sanitizer's complaint, each --json line must be a document, memory must stay within a
measure of the undamaged run's, and the dump must stay as it is.
"""
import argparse
import json
import os
import random
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time

import dumpfile
import targets as kernel

COMMANDS = [
    'sys', 'sys -t', 'bt', 'bt -a', 'bt -f', 'foreach bt', 'foreach task -R comm,mm,__state', 'log',
    'log -m -d', 'ps', 'ps -g', 'ps -p 1', 'ps -a 1', 'ps -m', 'ps -t', 'ps -c', 'mod', 'mod -t',
    'sym -l', 'sym schedule', 'sym -q panic', 'sym -M', 'dump', 'dump -h', 'dump -r', 'dump -n',
    'dump -v', 'struct task_struct', 'struct -o module', 'struct task_struct init_task',
    'list -H modules -o module.list -s module.name', 'list -h init_task -o task_struct.tasks',
    'list file_systems', 'list init_task', 'tree vmap_area_root -o vmap_area.rb_node',
    'tree -t xarray init_pid_ns -r pid_namespace.idr', 'tree -t maple init_mm',
    'tree -t radix init_pid_ns -r pid_namespace.idr', 'p init_task', 'p init_task.comm',
    'p runqueues:a.nr_running', 'p &jiffies', 'rd init_task 40', 'rd -a linux_banner',
    'rd -p 1000 64', 'rd -s init_task 64', 'dis schedule', 'dis -r panic', 'vtop init_task modules',
    'vtop ffffc90000000000 ffffffffc0000000 0', 'task', 'task -R comm,pid 1', 'whatis task_struct',
    'whatis schedule', 'whatis init_task', 'set', 'foreach vtop 400000', 'struct page ffffea0000000000 2',
    'set 1', 'rd -u 400000', 'p -u *(char *)0x400000', 'kexec', 'kexec -v',
]
LONG = ['sym -l', 'foreach bt', 'sym -M', 'foreach vtop 400000', 'foreach task -R comm,mm,__state']
WILD = [0, 1, 2, 0x7f, 0xff, 0x1000, 0x7fff, 0xffff, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62,
        2**63 - 1, 2**63, 2**64 - 4096, 2**64 - 1]


class Failure(Exception):
    pass


class Subject:
    def __init__(self, arguments):
        self.binary, self.timeout = arguments.binary, arguments.timeout
        self.wrap = arguments.wrap.split()
        with open(self.binary, 'rb') as file:
            self.sanitized = b'__asan_init' in file.read()
        self.bound = None # of memory, KiB

    def run(self, paths, commands, as_json):
        line = self.wrap + [self.binary, '--no-rc', '--no-debug'] + ['--json'] * as_json + paths
        for command in commands:
            line += ['-c', command]
        environment = dict(os.environ, KX_PAGER='', ASAN_OPTIONS='detect_leaks=1:max_allocation_size_mb=4000')
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            begun = time.time()
            child = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                     env=environment)
            status, usage = self._wait(child, begun)
            out.seek(0)
            err.seek(0)
            return status, out.read(), err.read(), usage.ru_maxrss, time.time() - begun

    def _wait(self, child, begun):
        pause = 0.001
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                child.returncode = os.waitstatus_to_exitcode(status)
                return child.returncode, usage
            if time.time() - begun > self.timeout:
                child.kill()
                os.wait4(child.pid, 0)
                child.returncode = -9
                raise Failure('not done after %d s' % self.timeout)
            time.sleep(pause)
            pause = min(pause * 1.5, 0.05)

    def check(self, paths, commands, as_json):
        status, out, err, rss, seconds = self.run(paths, commands, as_json)
        for word in (b'Sanitizer', b'runtime error'):
            if word in err:
                raise Failure(err[max(0, err.find(word) - 100):][:3000].decode('utf8', 'replace'))
        if status not in (0, 1, 2):
            raise Failure('status %d: %r' % (status, err[-500:]))
        if status == 2 and not err:
            raise Failure('status 2 without a word')
        if status == 1 and not as_json and not err:
            raise Failure('status 1 without a word')
        if as_json:
            check_json(status, out)
        # Of a child, the peak counts what this process held when it made it.
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if self.bound and not self.sanitized and rss > max(self.bound, own):
            raise Failure('%d KiB of memory' % rss)
        return status, out, rss, seconds


def check_json(status, out):
    failed = False
    for line in out.splitlines():
        try:
            document = json.loads(line)
        except ValueError as err:
            raise Failure('no JSON: %s in %r' % (err, line[:300]))
        if 'error' in document:
            failed = True
            if not document['error'].get('message'):
                raise Failure('an error without a message: %r' % line[:300])
        elif not document.get('complete') and not document.get('notes'):
            raise Failure('not complete, and no note says why: %r' % line[-300:])
    if failed and status == 0:
        raise Failure('a command failed, and the status is 0')


# ---- damage to the file itself

def somewhere(rnd, size):
    return rnd.randrange(size) if rnd.random() < 0.5 else int(rnd.random() ** 4 * size)


def damage_bytes(rnd, dump, targets):
    for _ in range(rnd.choice([1, 10, 100])):
        at = somewhere(rnd, dump.size - 8)
        dump.put(at, rnd.choice([rnd.randbytes(8), bytes(8), b'\xff' * 8,
                                 bytes([dump.raw(at, 1)[0] ^ 1 << rnd.randrange(8)])]))


def damage_blocks(rnd, dump, targets):
    for _ in range(rnd.choice([1, 5, 20])):
        to, size = somewhere(rnd, dump.size - 4096), rnd.choice([64, 512, 4096])
        dump.put(to, rnd.choice([bytes(size), dump.raw(somewhere(rnd, dump.size - size), size)]))


def damage_header(rnd, dump, targets):
    for _ in range(rnd.choice([1, 1, 2, 8])):
        at = rnd.choice([rnd.randrange(0, 0x2000, 4), rnd.randrange(0, 128, 2),
                         rnd.randrange(0x1a0, 0x1d8, 4), 4096 + rnd.randrange(0, 128, 4)])
        dump.put(at, struct.pack('<Q', rnd.choice(WILD))[:rnd.choice([2, 4, 8])])


def damage_length(rnd, dump, targets):
    dump.truncate(max(dump.size - rnd.randrange(1, min(dump.size, 4 << 20)), 0))


# ---- the campaign

class Campaign:
    def __init__(self, arguments):
        self.arguments = arguments
        self.subject = Subject(arguments)
        self.rnd = random.Random(arguments.seed)
        self.failures = self.count = 0
        self.slowest = 0.0, ''
        self.rows = {} # of the undamaged dump, by command
        self.folder = tempfile.TemporaryDirectory(dir=arguments.folder)
        self.path = os.path.join(self.folder.name, 'damaged')
        shutil.copyfile(arguments.dump, self.path)
        os.chmod(self.path, 0o600)
        self.dump = dumpfile.open_dump(self.path, arguments.binary)
        self.targets = None

    def aim(self):
        short = [c for c in COMMANDS if c not in LONG]
        _, out, rss, _ = self.subject.check([self.path], COMMANDS, True)
        for command, line in zip(COMMANDS, out.splitlines()):
            self.rows[command] = len(json.loads(line).get('rows', ()))
        self.subject.bound = 4 * max(rss, 32 << 10)
        print('undamaged: %d KiB, %.2f s' % (rss, self.subject.check([self.path], short, False)[3]))
        if not hasattr(self.dump, 'fetch'):
            return
        self.targets = kernel.Targets(self.arguments.binary, self.path, self.subject.wrap)
        self.dump.fetch(self.targets.pages())

    def one(self, name, paths, commands=None):
        rnd = self.rnd
        if commands is None:
            commands = [c for c in COMMANDS if c not in LONG]
            if len(commands) > self.arguments.commands:
                commands = rnd.sample(commands, self.arguments.commands)
            commands += [c for c in LONG if rnd.random() < 0.2]
        before = [(os.stat(p).st_size, os.stat(p).st_mtime_ns) for p in paths]
        self.count += 1
        try:
            _, out, _, seconds = self.subject.check(paths, commands, rnd.random() < 0.6)
            self.slowest = max(self.slowest, (seconds, name))
            if self.arguments.rows:
                self.tell_missing(name, commands, out)
            if before != [(os.stat(p).st_size, os.stat(p).st_mtime_ns) for p in paths]:
                raise Failure('the dump was written to')
        except Failure as failure:
            self.failures += 1
            print('FAILED %s: %s\n  commands: %r' % (name, failure, commands), flush=True)
            if self.arguments.keep:
                self.keep(paths, name)

    def tell_missing(self, name, commands, out):
        """Fewer rows than there should be, and nobody says so: to be looked at by hand."""
        for command, line in zip(commands, out.splitlines() if out[:1] == b'{' else ()):
            document = json.loads(line)
            if document.get('complete') and len(document['rows']) < self.rows.get(command, 0):
                print('%s: %s has %d of %d rows' % (name, command, len(document['rows']),
                                                   self.rows[command]), flush=True)

    def keep(self, paths, name):
        """As a list of patches; `--apply` makes the dump anew."""
        with open(os.path.join(self.arguments.keep, name.replace(' ', '-')), 'w') as file:
            for offset in {offset for offset, _ in self.dump.saved}:
                size = max(len(data) for at, data in self.dump.saved if at == offset)
                print('%x %s' % (offset, self.dump.raw(offset, size).hex()), file=file)

    def claims(self):
        """Small files that claim to be large."""
        size = 1 << 40
        segments = {
            'one': [(1, 1 << 16, 0xffff888000000000, 0, size - (1 << 16))],
            'many': [(1, 1 << 16, 0xffff888000000000, i << 50, 1 << 62) for i in range(1000)],
            'note': [(4, 4096, 0, 0, size - 4096)],
        }
        for name, headers in segments.items():
            path = os.path.join(self.folder.name, 'claims')
            with open(path, 'wb') as file:
                file.write(b'\x7fELF\2\1\1' + bytes(9) + struct.pack(
                    '<HHIQQQIHHHHHH', 4, 62, 1, 0, 64, 0, 0, 64, 56, len(headers), 64, 0, 0))
                for kind, offset, virtual, physical, filesz in headers:
                    file.write(struct.pack('<IIQQQQQQ', kind, 7, offset, virtual, physical,
                                           filesz, filesz, 0))
                file.truncate(size)
            self.one('claims-' + name, [path], ['sys', 'bt -a', 'dump', 'dump -r', 'rd -p 1000'])
            os.unlink(path)

    def mutants(self):
        kinds = [damage_bytes, damage_blocks, damage_header, damage_length]
        if self.targets:
            kinds += [kernel.damage_words] * 6 + [kernel.damage_pages] * 3
        for i in range(self.arguments.runs):
            self.rnd.seed('%d %d' % (self.arguments.seed, i))
            kind = self.rnd.choice(kinds)
            if self.arguments.only is not None and i != self.arguments.only:
                continue
            kind(self.rnd, self.dump, self.targets)
            self.one('%s-%d-%d' % (kind.__name__, self.arguments.seed, i), [self.path])
            if self.arguments.only is not None:
                shutil.copyfile(self.path, 'damaged')
            self.dump.mend()

    def lengths(self):
        """Cut short, at round places and at none."""
        size = self.dump.size
        lengths = [0, 1, 4, 8, 63, 64, 500, 4095, 4096, 4097, 8192, 8200, 12288, 65536, 300000]
        for length in lengths + [size // 7, size // 3, size // 2, size - 4096, size - 1]:
            short = os.path.join(self.folder.name, 'short')
            with open(short, 'wb') as file:
                for at in range(0, length, 1 << 20):
                    file.write(self.dump.raw(at, min(1 << 20, length - at)))
            self.one('length-%d' % length, [short], ['sys', 'bt -a', 'log', 'ps', 'dump'])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('binary')
    parser.add_argument('dump')
    parser.add_argument('--runs', type=int, default=25)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--commands', type=int, default=1000, help='at most so many a run')
    parser.add_argument('--timeout', type=int, default=60, help='seconds')
    parser.add_argument('--wrap', default='', help='words before the binary, as in "setarch -R"')
    parser.add_argument('--folder', help='for the copy of the dump')
    parser.add_argument('--keep', help='a folder for lists of what was damaged when it failed')
    parser.add_argument('--rows', action='store_true', help='tell of rows that are missing quietly')
    parser.add_argument('--only', type=int, help='this mutant alone; it is left as ./damaged')
    arguments = parser.parse_args()

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    campaign = Campaign(arguments)
    campaign.aim()
    if arguments.only is None:
        campaign.lengths()
        campaign.claims()
    campaign.mutants()
    print('%d runs, %d failed, the slowest took %.1f s: %s' %
          (campaign.count, campaign.failures, *campaign.slowest))
    return campaign.failures != 0


if __name__ == '__main__':
    sys.exit(main())
