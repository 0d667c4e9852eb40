#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Saves real dumps anew and asks kx-crash, makedumpfile, crash and drgn about the results.

    convert.py [--peers] KX-CRASH DUMP…     DUMP: dumps/SUITE-null-kdump of the guests' store

Each level, codec and format must tell the same of the machine as the dump it was made of, and have
the pages in it that the filter keeps; at -d 31 all that the guest said of itself is still there.
makedumpfile must be able to filter them further. What does not depend on the kernel (split, pipes,
runs that are broken off) is tried with the first DUMP. With --peers (as root; fetches them the first
time) crash and drgn read ours too. Ends with "N passed, N failed".
"""
import argparse
import contextlib
import filecmp
import glob
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time

import compare
import pages
import tally
from tally import check, run

HERE = os.path.dirname(os.path.abspath(__file__))
STORE = os.environ.get("KX_GUESTS") or os.path.expanduser("~/.cache/kx-crash/guests")
PEERS = os.environ.get("KX_PEERS") or os.path.expanduser("~/.cache/kx-crash/peers")
ASKED = ["bt -a", "log", "ps", "mod", "mount", "kmem -s"]
# Each level and some sums, each codec, ELF and flattened: all of them, not all with each other.
FORMS = (("0", ["--raw"]), ("1", ["-l"]), ("2", ["-z"]), ("4", ["-c"]), ("8", ["-p"]),
         ("16", ["-E"]), ("31", ["-z"]), ("3", ["--raw"]), ("15", ["-F", "-z"]), ("17", ["-F", "-E"]),
         ("27", ["-p"]), ("31", ["-l"]), ("31", ["-E"]), ("31", ["-F", "-l"]), ("31", ["-c"]))
# What is compared with what the guest said of itself.
GUESTS = ("bt", "sleepers", "log", "ps", "mod", "mount", "slab", "sys")


def newest(root):
    """makedumpfile of @root, run with its own C library."""
    lib = root + "/usr/lib/x86_64-linux-gnu"
    return [lib + "/ld-linux-x86-64.so.2", "--library-path", lib, root + "/usr/bin/makedumpfile"]


class Dump:
    def __init__(self, binary, directory, where, makedumpfile):
        self.binary, self.where, self.makedumpfile = binary, where, makedumpfile
        self.directory = directory
        self.name = os.path.basename(directory)
        self.vmcore = os.path.join(directory, "vmcore")
        self.pages = pages.Dump(binary, directory)
        self.old = self.pages.oracle.old
        self.truth = self.ask([self.vmcore])
        check("%s: opens" % self.name, self.truth)

    def path(self, name):
        return os.path.join(self.where, name)

    def ask(self, files):
        return tally.ask(self.binary, files, ASKED)

    def convert(self, *words, **more):
        return run([self.binary, "convert", *words], **more)

    def same(self, what, files):
        check("%s: %s tells the same" % (self.name, what), self.ask(files) == self.truth)

    def clean(self):
        for path in glob.glob(self.path("*")):
            os.unlink(path)


def zeros(vmcore, wanted):
    """Those of the page frames @wanted that are of zeros in the ELF @vmcore."""
    with open(vmcore, "rb") as file:
        head = file.read(64)
        at, = struct.unpack_from("<Q", head, 32)
        number, = struct.unpack_from("<H", head, 56)
        file.seek(at)
        segments = [struct.unpack("<IIQQQQQQ", file.read(56)) for _ in range(number)]
        found = set()
        for kind, _, offset, _, physical, size, _, _ in segments:
            for pfn in range(physical >> 12, physical + size >> 12) if kind == 1 else ():
                if pfn in wanted:
                    file.seek(offset + (pfn << 12) - physical)
                    if not any(file.read(4096)):
                        found.add(pfn)
        return found


def has_what_is_kept(dump, what, level, out):
    """The file has the pages that the filter keeps, and no other. Of pages of zeros, KDUMP has all and
    ELF at -d 1 none."""
    states = run([dump.pages.tool, "states", out]).stdout
    kept = {pfn for pfn, byte in enumerate(dump.pages.decide(int(level))[1])
            if byte & pages.RAM and byte & pages.KEPT}
    there = {pfn for pfn, state in enumerate(states) if state == pages.PRESENT}
    if "-E" in what and int(level) & 1:
        gone = kept - there
        check("%s: %s is without zeros" % (dump.name, what), gone == zeros(dump.vmcore, kept))
        kept -= gone
    check("%s: %s has the pages that are kept" % (dump.name, what), kept == there,
          "%d, not %d" % (len(there), len(kept)))


def filtered_further(dump, what, out):
    """makedumpfile reads ours. Of kernels from 6.10 on it drops slab pages, so that only the log is
    sure to be there."""
    if "-p" in what:
        return  # Debian's knows no snappy
    source, theirs = out, dump.path("theirs")
    if "-F" in what:
        source = dump.path("rearranged")
        with open(out, "rb") as flat:
            run(dump.makedumpfile + ["-f", "-R", source], stdin=flat)
    # Without --non-mmap it unmaps memory twice where an ELF has many segments, and ends there.
    made = run(dump.makedumpfile + ["--non-mmap", "-f", "-l", "-d", "31", source, theirs])
    asked = ASKED if dump.old else ["log"]
    check("%s: makedumpfile -d 31 of %s" % (dump.name, what), made.returncode == 0 and
          tally.ask(dump.binary, [theirs], asked) == tally.ask(dump.binary, [out], asked),
          made.stderr[-300:])


def forms(dump):
    out = dump.path("form")
    for level, form in FORMS:
        what = "%s -d %s" % (" ".join(form), level)
        made = dump.convert(*form, "-d", level, "-f", dump.vmcore, out)
        check("%s: convert %s" % (dump.name, what), made.returncode == 0, made.stderr)
        dump.same(what, [out])
        has_what_is_kept(dump, what, level, out)
        filtered_further(dump, what, out)
        if (level, form) == ("31", ["-z"]):
            tally.count(*compare.compare(dump.binary, dump.directory, [out], GUESTS))
    dump.clean()


def there_and_back(dump):
    """All memory, byte by byte: what went through a codec and back is what never did."""
    dump.convert("-j1", "--raw", "-d", "1", dump.vmcore, dump.path("once"))
    for form in ("-z", "-l", "-c", "-p"):
        dump.convert("-j2", form, "-d", "1", "-f", dump.vmcore, dump.path("there"))
        dump.convert("-j1", "--raw", "-f", dump.path("there"), dump.path("back"))
        check("%s: %s and back is byte-equal" % (dump.name, form),
              filecmp.cmp(dump.path("once"), dump.path("back"), False))
    dump.clean()


def pieces(dump):
    """Flattened and split, there and back, by us and by makedumpfile."""
    whole = dump.path("whole")
    dump.convert("-j1", "-l", "-d", "31", dump.vmcore, whole)
    with open(dump.path("flat"), "wb") as flat:
        made = dump.convert("-j1", "-l", "-d", "31", dump.vmcore, "-", stdout=flat)
    check("%s: to a pipe" % dump.name, made.returncode == 0, made.stderr)
    with open(dump.path("flat"), "rb") as flat:
        run(dump.makedumpfile + ["-R", dump.path("rearranged")], stdin=flat)
    check("%s: makedumpfile -R of ours is byte-equal" % dump.name,
          filecmp.cmp(whole, dump.path("rearranged"), False))
    with open(dump.path("flat"), "rb") as flat:
        made = dump.convert("-j1", "-l", "-", dump.path("again"), stdin=flat)
    check("%s: from a pipe is byte-equal" % dump.name, made.returncode == 0 and
          filecmp.cmp(whole, dump.path("again"), False), made.stderr)
    dump.convert("-j1", "-l", "-d", "31", "--split", "3", dump.vmcore, dump.path("part"))
    parts = [dump.path("part.%d" % i) for i in (2, 3, 1)]
    dump.same("a split set", parts)
    dump.convert("-j1", "-l", *parts, dump.path("joined"))
    check("%s: split and joined is byte-equal" % dump.name,
          filecmp.cmp(whole, dump.path("joined"), False))
    run(dump.makedumpfile + ["--reassemble", *sorted(parts), dump.path("reassembled")])
    check("%s: makedumpfile --reassemble of ours is byte-equal" % dump.name,
          filecmp.cmp(whole, dump.path("reassembled"), False))
    dump.clean()


def makedumpfile_reads(dump):
    run(dump.makedumpfile + ["-f", "--dump-dmesg", dump.vmcore, dump.path("log")])
    for form in (["-z", "-d", "31"], ["-l", "-d", "1"], ["-E", "-d", "31"]):
        made = dump.convert("-f", *form, dump.vmcore, dump.path("ours"))
        run(dump.makedumpfile + ["-f", "--dump-dmesg", dump.path("ours"), dump.path("ours.log")])
        check("%s: makedumpfile --dump-dmesg of %s" % (dump.name, " ".join(form)),
              made.returncode == 0 and os.path.getsize(dump.path("log")) and
              filecmp.cmp(dump.path("log"), dump.path("ours.log"), False))
    # refiltered by makedumpfile; what it does not know of new kernels is its own affair
    dump.convert("-f", "-z", "-d", "1", dump.vmcore, dump.path("ours"))
    run(dump.makedumpfile + ["-f", "-l", "-d", "17", dump.path("ours"), dump.path("refiltered")])
    dump.same("makedumpfile -d 17 of ours", [dump.path("refiltered")])
    # ... and theirs by us
    run(dump.makedumpfile + ["-f", "-l", "-d", "1", dump.vmcore, dump.path("theirs")])
    made = dump.convert("-f", "-z", "-d", "31", dump.path("theirs"), dump.path("ours"))
    check("%s: refilters makedumpfile's" % dump.name, made.returncode == 0, made.stderr)
    dump.same("theirs refiltered", [dump.path("ours")])
    dump.clean()


def leaves_nothing(dump):
    out = dump.path("out")
    # too small a disk
    small = tempfile.mkdtemp(dir=dump.where)
    mounted = run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", small]).returncode == 0
    if mounted:
        try:
            made = dump.convert("-l", "-d", "31", dump.vmcore, small + "/out")
            check("%s: a full disk is an error" % dump.name, made.returncode == 1)
            check("%s: a full disk: nothing is left" % dump.name, not os.listdir(small))
            made = dump.convert("-l", "--keep-partial", "-d", "31", dump.vmcore, small + "/out")
            check("%s: a full disk: the partial stays" % dump.name,
                  os.listdir(small) == ["out.incomplete"])
            said = run([dump.binary, "--no-rc", small + "/out.incomplete", "-c", "dump"])
            check("%s: the partial opens" % dump.name, b"incomplete" in said.stdout)
        finally:
            run(["umount", small])
    os.rmdir(small)
    # killed at any moment
    started = time.monotonic()
    dump.convert("-l", "-d", "1", dump.vmcore, out)
    took = time.monotonic() - started
    os.unlink(out)
    for sent in [signal.SIGKILL] * 8 + [signal.SIGINT, signal.SIGTERM] * 2:
        child = subprocess.Popen([dump.binary, "convert", "-l", "-d", "1", dump.vmcore, out],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0.02, took * 0.9))
        child.send_signal(sent)
        child.wait()
        left = sorted(os.path.basename(path) for path in glob.glob(out + "*"))
        if child.returncode == 0:   # it was faster
            check("%s: whole before signal %d" % (dump.name, sent), left == ["out"])
        elif sent == signal.SIGKILL:
            check("%s: killed: no name, or of a whole dump" % dump.name,
                  left in ([], ["out.incomplete"], ["out"]), left)
            if left == ["out"]:     # it was done, and not gone yet
                dump.same("killed at the end", [out])
            elif left and os.path.getsize(out + ".incomplete") > 65536:
                said = run([dump.binary, "--no-rc", out + ".incomplete", "-c", "dump"])
                check("%s: killed: says that it is incomplete" % dump.name,
                      b"incomplete" in said.stdout or b"truncated" in said.stdout, said.stderr)
        else:
            check("%s: signal %d: nothing is left" % (dump.name, sent), not left, left)
        for path in left:
            os.unlink(dump.path(path))
    # the rest of a killed one is no obstacle
    open(out + ".incomplete", "w").close()
    made = dump.convert("-l", "-d", "31", dump.vmcore, out)
    check("%s: after a killed one" % dump.name, made.returncode == 0, made.stderr)
    made = dump.convert("-l", "-d", "31", dump.vmcore, out)
    check("%s: does not overwrite" % dump.name, made.returncode == 2)
    made = dump.convert("-f", "-l", out, out)
    check("%s: does not write over what it reads" % dump.name, made.returncode == 2)
    dump.clean()


@contextlib.contextmanager
def bound(mounts):
    """Directories and files of ours, inside of the peers' root."""
    done = []
    try:
        for source, target in mounts:
            if os.path.isdir(source):
                os.makedirs(target, exist_ok=True)
            elif not os.path.exists(target):
                open(target, "w").close()
            subprocess.run(["mount", "--bind", os.path.realpath(source), target], check=True)
            done.append(target)
        yield
    finally:
        for target in reversed(done):
            run(["umount", "-l", target])


def ask_peer(peer, path):
    """What crash or drgn says of a dump; None when that is nothing, or has no end."""
    words = {"crash": ["crash", "-s", "-i", "/convert/asked.crash", "/convert/vmlinux", path],
             "drgn": ["python3", "/convert/open.py", path, "/convert/vmlinux"]}
    try:
        done = run(["chroot", PEERS, *words[peer]], limit=60)
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 else None


def peer_reads(dump, peer):
    """It says the same of ours as of the dump it was made of."""
    original = ask_peer(peer, "/convert/original/vmcore")
    print("%s: %s says %s of the original" % (
        dump.name, peer, "%d lines" % len(original.splitlines()) if original else "nothing"))
    if not original:
        return
    for form in (["-z", "-d", "31"], ["-l", "-d", "1"], ["-c", "-d", "16"], ["-p", "-d", "31"],
                 ["--raw", "-d", "2"], ["-E", "-d", "31"], ["-F", "-l", "-d", "31"]):
        if peer == "drgn" and "-F" in form:
            continue    # its library reads such files only in some builds
        dump.convert(*form, "-f", dump.vmcore, dump.path("form"))
        said = ask_peer(peer, "/convert/dumps/form")
        check("%s: %s reads %s" % (dump.name, peer, " ".join(form)), said == original,
              "%d lines" % len((said or b"").splitlines()))


def peers_read(dump):
    suite = dump.pages.oracle.suite
    vmlinux = glob.glob(STORE + "/kernels/%s/debug/usr/lib/debug/boot/vmlinux-*" % suite)
    if not vmlinux:
        print("%s: no vmlinux for the peers" % dump.name)
        return
    inside = PEERS + "/convert"
    os.makedirs(inside, exist_ok=True)
    drgn = os.path.join(os.path.dirname(os.path.dirname(HERE)), "bench", "drgn-open.py")
    with open(inside + "/asked.crash", "w") as asked:
        asked.write("bt\nlog\nps\nmod\nquit\n")
    with bound(((vmlinux[0], inside + "/vmlinux"), (drgn, inside + "/open.py"),
                (dump.where, inside + "/dumps"), (dump.directory, inside + "/original"),
                ("/proc", PEERS + "/proc"), ("/dev", PEERS + "/dev"))):
        for peer in ("crash", "drgn"):
            peer_reads(dump, peer)
    dump.clean()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", action="store_true", help="crash and drgn, too")
    parser.add_argument("binary")
    parser.add_argument("dumps", nargs="+")
    options = parser.parse_args()
    if options.peers:
        bench = os.path.join(os.path.dirname(os.path.dirname(HERE)), "bench", "peers.sh")
        subprocess.run([bench, PEERS], check=True)
    roots = [newest(root) for root in (STORE + "/roots/sid-tools", PEERS)]
    makedumpfile = next((words for words in roots if os.path.exists(words[-1])), ["makedumpfile"])
    for directory in options.dumps:
        with tempfile.TemporaryDirectory(prefix="kx-convert-") as where:
            dump = Dump(os.path.realpath(options.binary), directory.rstrip("/"), where,
                        makedumpfile)
            steps = [forms, makedumpfile_reads]
            if directory == options.dumps[0]:
                steps += [there_and_back, pieces, leaves_nothing]
            if options.peers:
                steps.append(peers_read)
            for step in steps:
                started = time.monotonic()
                try:
                    step(dump)
                except (OSError, RuntimeError, subprocess.SubprocessError) as error:
                    check("%s: %s" % (dump.name, step.__name__), False, error)
                    dump.clean()
                print("%s: %s: %.0f s" % (dump.name, step.__name__, time.monotonic() - started),
                      file=sys.stderr, flush=True)
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
