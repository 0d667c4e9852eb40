#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Saves real dumps anew and asks kx-crash, makedumpfile, crash and drgn about the results.

    convert.py [--peers] KX-CRASH DUMP…     DUMP: dumps/SUITE-null-kdump of the guests' store

Every format, codec and level must tell the same of the machine as the dump it was made of; what
makedumpfile makes of our files must be what we make of them; an interrupted or failed run leaves no
file. With --peers (as root; fetches them the first time) crash and drgn read ours too. Ends with
"N passed, N failed".
"""
import argparse
import filecmp
import glob
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
STORE = os.environ.get("KX_GUESTS") or os.path.expanduser("~/.cache/kx-crash/guests")
PEERS = os.environ.get("KX_PEERS") or os.path.expanduser("~/.cache/kx-crash/peers")
ASKED = ["bt", "log", "ps", "mod", "mount", "kmem -s"]
passed = failed = 0


def check(what, worked, why=""):
    global passed, failed
    if worked:
        passed += 1
    else:
        failed += 1
        print("FAILED: %s %s" % (what, why), flush=True)


def run(words, limit=120, **more):
    return subprocess.run(words, stdin=more.pop("stdin", subprocess.DEVNULL),
                          stdout=more.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE,
                          timeout=limit, **more)


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
        self.truth = self.ask([self.vmcore])

    def path(self, name):
        return os.path.join(self.where, name)

    def ask(self, files):
        words = [self.binary, "--no-rc", "--no-debug", *files]
        for command in ASKED:
            words += ["-c", command]
        return run(words).stdout

    def convert(self, *words, **more):
        return run([self.binary, "convert", *words], **more)

    def same(self, what, files):
        check("%s: %s tells the same" % (self.name, what), self.ask(files) == self.truth)

    def clean(self):
        for path in glob.glob(self.path("*")):
            os.unlink(path)


def forms(dump):
    for level in ("0", "1", "31"):
        for form in (["-z"], ["-l"], ["-c"], ["-p"], ["--raw"], ["-E"], ["-F", "-E"], ["-F", "-l"]):
            out = dump.path("form")
            made = dump.convert(*form, "-d", level, "-f", dump.vmcore, out)
            check("%s: convert %s -d %s" % (dump.name, " ".join(form), level),
                  made.returncode == 0, made.stderr)
            dump.same("%s -d %s" % (" ".join(form), level), [out])
    # all memory, byte by byte: what went through a form and back is what never did
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
    for form in (["-z", "-d", "31"], ["-l", "-d", "1"], ["-c", "-d", "0"], ["-E", "-d", "31"]):
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


def peers_read(dump):
    """crash and drgn say the same of ours as of the dump it was made of."""
    suite = dump.name.split("-")[0]
    vmlinux = glob.glob(STORE + "/kernels/%s/debug/usr/lib/debug/boot/vmlinux-*" % suite)
    if not vmlinux:
        print("%s: no vmlinux for the peers" % dump.name)
        return
    inside = PEERS + "/convert"
    os.makedirs(inside, exist_ok=True)
    drgn = os.path.join(os.path.dirname(os.path.dirname(HERE)), "bench", "drgn-open.py")
    with open(inside + "/asked.crash", "w") as asked:
        asked.write("bt\nlog\nps\nquit\n")
    forms = {"original": None, "zstd": ["-z", "-d", "31"], "lzo": ["-l", "-d", "1"],
             "elf": ["-E", "-d", "31"], "flattened": ["-F", "-l", "-d", "31"]}
    said = {}
    mounts = []
    try:
        for source, to in ((vmlinux[0], "vmlinux"), (drgn, "open.py"), (dump.where, "dumps"),
                           (dump.directory, "original"), ("/proc", None), ("/dev", None)):
            target = inside + "/" + to if to else PEERS + source
            if os.path.isdir(source):
                os.makedirs(target, exist_ok=True)
            elif not os.path.exists(target):
                open(target, "w").close()
            subprocess.run(["mount", "--bind", os.path.realpath(source), target], check=True)
            mounts.append(target)
        for form, words in forms.items():
            path = "/convert/dumps/" + form if words else "/convert/original/vmcore"
            if words:
                dump.convert(*words, "-f", dump.vmcore, dump.path(form))
            for peer, command in (
                    ("crash", ["crash", "-s", "-i", "/convert/asked.crash", "/convert/vmlinux",
                               path]),
                    ("drgn", ["python3", "/convert/open.py", path, "/convert/vmlinux"])):
                if (peer, form) == ("drgn", "flattened"):
                    continue    # drgn's library reads such files only in some builds
                try:
                    result = run(["chroot", PEERS, *command], limit=100)
                    said[peer, form] = (result.returncode, result.stdout)
                except subprocess.TimeoutExpired:
                    said[peer, form] = "no answer"
                if words:
                    check("%s: %s reads %s" % (dump.name, peer, form),
                          said[peer, form] == said[peer, "original"])
    finally:
        for target in reversed(mounts):
            run(["umount", "-l", target])
    dump.clean()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", action="store_true", help="crash and drgn, too")
    parser.add_argument("binary")
    parser.add_argument("dumps", nargs="+")
    options = parser.parse_args()
    root = STORE + "/roots/sid-tools"
    if options.peers:
        bench = os.path.join(os.path.dirname(os.path.dirname(HERE)), "bench", "peers.sh")
        subprocess.run([bench, PEERS], check=True)
        root = PEERS
    makedumpfile = newest(root) if os.path.exists(newest(root)[0]) else ["makedumpfile"]
    for directory in options.dumps:
        with tempfile.TemporaryDirectory(prefix="kx-convert-") as where:
            dump = Dump(os.path.realpath(options.binary), directory.rstrip("/"), where,
                        makedumpfile)
            for step in (forms, pieces, makedumpfile_reads, leaves_nothing):
                try:
                    step(dump)
                except (OSError, subprocess.TimeoutExpired) as error:
                    check("%s: %s" % (dump.name, step.__name__), False, error)
                    dump.clean()
            if options.peers:
                peers_read(dump)
        print("%s: %d passed, %d failed so far" % (dump.name, passed, failed), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
