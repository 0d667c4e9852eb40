#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mutate.py BINARY DUMP... [--runs N] [--seed N] [-j N]: damages the DUMPs, in each format, at random.
Each mutant is validated, one in four analysed, one in 16 converted. However it is damaged, each must
end with status 0, 1 or 2, a document, and no sanitizer's complaint, within the time of runs.py and
four times the memory that the whole dump of that format takes.

Prints how much of each kind of damage is found without a manifest of the pages as they were. "pages"
counts damage to pages' content that only the manifest finds (and, of the file that it was made of, to
any byte), "nothing" what changed no page at all (bytes that have no meaning). A page that has a checksum
(zlib) and is not as it was must always be found, and so must a link that its neighbours disagree with;
"pointer" is any word that looks like the kernel's.
"""
import argparse
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

import containers
import links
import mutations
import runs
from damage import Failure, check_json

FORMS = {
    'zstd': ['-z'], 'zlib': ['-c'], 'lzo': ['-l'], 'snappy': ['-p'], 'raw': ['--raw'],
    'elf': ['-E'], 'flat-zstd': ['-F', '-z'], 'flat-elf': ['-F', '-E'],
}
WRITABLE = ['elf', 'raw'] # pages can be
ANALYSIS = ['sys', 'bt -a', 'ps', 'ps -t', 'log', 'mod', 'mount', 'kmem -i', 'kmem -s', 'kmem -n',
            'files', 'foreach bt', 'list modules', 'list slab_caches', 'task', 'kexec', 'dump -n',
            'tree vmap_area_root -o vmap_area.rb_node', 'struct task_struct init_task']
FOUND, PAGES, NOTHING, FAILED = range(4)


class Structures:
    def __init__(self, links, direct_map):
        self.links, self.direct_map = links, direct_map


class Dump:
    """A dump in each format, as it was."""

    def __init__(self, binary, path, folder):
        os.mkdir(folder)
        self.name, self.folder = path, folder
        self.manifest = os.path.join(folder, 'digests')
        # By one thread: where each page is must be the same the next time.
        for form, options in FORMS.items():
            line = [binary, 'convert', '-j', '1', '-d', '31', *options, path, self.path(form)]
            subprocess.run(line, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if subprocess.run([binary, 'validate', '--manifest', self.manifest, self.path('zstd')],
                          stdout=subprocess.DEVNULL).returncode:
            raise SystemExit('%s: the undamaged dump is not whole' % path)
        raw = containers.open_container(self.path('raw'))
        self.structures = Structures(*links.find(binary, raw))

    def path(self, form):
        return os.path.join(self.folder, form)


def of_manifest(row):
    """A fault that only the manifest finds."""
    return row.get('severity') == 'fault' and (
        row['check'] == 'file-digests' or row['check'] == 'pages' and 'manifest' in row['text'])


def faults(rows):
    """So many are found without a manifest. Where a lock was held when the kernel died, a link that
    is wrong is a note.
    """
    return sum(row.get('severity') in ('fault', 'unusable') or row.get('cause') == 'race'
               for row in rows if not of_manifest(row))


class Worker:
    """Damages copies of its own."""

    def __init__(self, arguments, dumps, folder):
        os.mkdir(folder)
        binary = arguments.binary
        self.binary, self.seed, self.dumps, self.folder = binary, arguments.seed, dumps, folder
        self.keep = 'damaged' if arguments.only is not None else None
        self.commands = [word for command in commands(binary, dumps[0].name)
                         for word in ('-c', command)]
        self.runner = runs.Runner(folder)
        self.open = {}  # by dump and format
        self.clean = {} # by dump, format and what is done: KiB, output

    def mutant(self, dump, form):
        if (dump, form) not in self.open:
            path = os.path.join(self.folder, '%s-%s' % (os.path.basename(dump.folder), form))
            shutil.copyfile(dump.path(form), path)
            self.open[dump, form] = containers.open_container(path)
        return self.open[dump, form]

    def line(self, what, dump, path):
        out = os.path.join(self.folder, 'converted')
        if what == 'convert' and os.path.exists(out):
            os.unlink(out)
        return [self.binary] + {
            'validate': ['validate', '--json', '--check-manifest', dump.manifest, path],
            'analyse': ['--no-rc', '--no-debug', '--json', path, *self.commands],
            'convert': ['convert', '--json', '-d', '31', path, out],
        }[what]

    def whole(self, what, dump, form):
        """KiB and output for the whole dump."""
        key = what, dump, form
        if key not in self.clean:
            _, out, peak = self.run(what, dump, form, dump.path(form))
            self.clean[key] = peak, out
        return self.clean[key]

    def run(self, what, dump, form, path):
        whole = None if path == dump.path(form) else self.whole(what, dump, form)[0]
        status, peak, out, err = self.runner.run(self.line(what, dump, path))
        if status == runs.LATE:
            raise Failure('%s: not done after %d s' % (what, runs.CLOCK))
        if status not in (0, 1, 2) or b'Sanitizer' in err or b'runtime error' in err:
            words = err[-3000:].decode(errors='replace')
            raise Failure('%s: status %d: %s' % (what, status, words))
        if whole and peak > 4 * whole:
            raise Failure('%s: %d KiB, %d for the whole dump' % (what, peak, whole))
        return status, out, peak

    def outcome(self, dump, form, mutant, must):
        status, out, _ = self.run('validate', dump, form, mutant.path)
        rows = json.loads(out)['rows']
        if {'whole': 0, 'faults': 1, 'unusable': 2}[rows[0]['verdict']] != status:
            raise Failure('verdict %s, status %d' % (rows[0]['verdict'], status))
        whole = json.loads(self.whole('validate', dump, form)[1])['rows']
        digests = [row for row in rows if of_manifest(row)]
        if faults(rows) > faults(whole):
            return FOUND
        if must:
            raise Failure('not found: ' + must)
        for row in digests if form == 'zlib' else ():
            if row['check'] == 'pages' and mutant.compressed(int(row['physical'] or '0', 16)):
                raise Failure('not found: the page at %s has a checksum' % row['physical'])
        return PAGES if digests else NOTHING

    def one(self, number):
        """kind, format, outcome, and how it failed"""
        rnd = random.Random('%d %d' % (self.seed, number))
        dump, kind, part = rnd.choice(self.dumps), rnd.choice(list(mutations.KINDS)), rnd.random()
        form = rnd.choice(WRITABLE if kind in mutations.OF_MEMORY else list(FORMS))
        mutant = self.mutant(dump, form)
        outcome, failure = FAILED, None
        must = mutations.KINDS[kind](rnd, mutant, dump.structures)
        try:
            outcome = self.outcome(dump, form, mutant, must)
            if part < 0.25:
                status, out, _ = self.run('analyse', dump, form, mutant.path)
                check_json(status, out)
            elif part < 0.3125:
                self.run('convert', dump, form, mutant.path)
        except (Failure, ValueError, LookupError) as failed:
            failure = 'FAILED %s of %s of %s, --seed %d --only %d: %s' % (
                kind, form, dump.name, self.seed, number, failed)
        if self.keep:
            shutil.copyfile(mutant.path, self.keep)
        mutant.mend()
        return kind, form, outcome, failure


class Table:
    """[found, pages, nothing, failed], by kind and format."""

    def __init__(self):
        self.counts, self.failures, self.broken = {}, 0, False

    def add(self, kind, form, outcome, failure):
        if kind:
            self.counts.setdefault((kind, form), [0] * 4)[outcome] += 1
        self.broken = not kind
        if failure:
            self.failures += 1
            print(failure, flush=True)

    def total(self, kinds=mutations.KINDS, forms=FORMS):
        columns = [counts for (kind, form), counts in self.counts.items()
                   if kind in kinds and form in forms]
        return [sum(column) for column in zip(*columns)]

    def line(self, kind, form, found, pages, nothing, failed):
        mutants = found + pages + nothing + failed
        print('%-14s %-10s %8d %7.1f%% %8d %8d' % (kind, form, mutants, 100 * found / mutants,
                                                   pages, nothing))

    def show(self):
        print('%-14s %-10s %8s %8s %8s %8s' % ('damage', 'format', 'mutants', 'found', 'pages',
                                              'nothing'))
        for kind, form in sorted(self.counts):
            self.line(kind, form, *self.counts[kind, form])
        for kind in mutations.KINDS:
            if self.total([kind]):
                self.line(kind, 'all', *self.total([kind]))
        if self.counts:
            self.line('all', 'all', *self.total())
        tried = sum(self.total())
        print('%d passed, %d failed' % (tried - self.failures, self.failures))


def commands(binary, dump):
    """Those of ANALYSIS that the program has."""
    run = subprocess.run([binary, '--no-rc', '--no-debug', '--json', dump, '-c', 'help'],
                         stdout=subprocess.PIPE, check=True)
    names = [row['name'] for row in json.loads(run.stdout)['rows']]
    return [command for command in ANALYSIS if command.split()[0] in names]


def work(worker, numbers, queue):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        worker = worker()
        for number in numbers:
            queue.put(worker.one(number))
        worker.runner.close()
    except Exception:
        queue.put((None, None, FAILED, 'FAILED: ' + traceback.format_exc()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('binary')
    parser.add_argument('dumps', nargs='+')
    parser.add_argument('--runs', type=int, default=500)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--first', type=int, default=0, help='the number of the first mutant')
    parser.add_argument('--only', type=int, help='this mutant alone; it is left as ./damaged')
    parser.add_argument('-j', type=int, default=1, help='so many processes')
    arguments = parser.parse_args()
    numbers = range(arguments.first, arguments.first + arguments.runs)
    if arguments.only is not None:
        numbers = range(arguments.only, arguments.only + 1)
    # Stopped early, it still tells what it has seen.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    table, queue, workers = Table(), multiprocessing.Queue(), []
    with tempfile.TemporaryDirectory() as folder:
        dumps = [Dump(arguments.binary, path, os.path.join(folder, 'dump%d' % i))
                 for i, path in enumerate(arguments.dumps)]
        for i in range(arguments.j):
            def worker(i=i):
                return Worker(arguments, dumps, os.path.join(folder, 'worker%d' % i))
            workers.append(multiprocessing.Process(
                target=work, args=(worker, numbers[i::arguments.j], queue), daemon=True))
            workers[-1].start()
        try:
            for _ in numbers:
                table.add(*queue.get())
                if table.broken:
                    raise KeyboardInterrupt
        except KeyboardInterrupt:
            # timeout(1) sends it twice: to this process and to its group.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            for process in workers:
                process.terminate()
        for process in workers:
            process.join()
    table.show()
    return table.failures != 0


if __name__ == '__main__':
    sys.exit(main())
