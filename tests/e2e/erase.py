#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Secrets that are erased from a saved dump are in no page of it.

    erase.py KX-CRASH SUITE…

A guest of each SUITE gets keys of known bytes and dies; the bytes are searched for in all memory of
what is saved, at any offset. Ends with "N passed, N failed".
"""
import glob
import mmap
import os
import re
import sys
import tempfile

import tally
from tally import check, run

HERE = os.path.dirname(os.path.abspath(__file__))
STORE = os.environ.get("KX_GUESTS") or os.path.expanduser("~/.cache/kx-crash/guests")
ASKED = ["bt", "log", "ps", "mod"]
EXPRESSION = "*(char **)&saved_command_line"


def make(suite):
    run([os.path.join(HERE, "guest/run.py"), "--keep", "--suite", suite, "--panic", "null", "--how",
         "kdump", "--name", "keys", "--append", "kx.keys=1"], limit=600)
    return os.path.join(STORE, "dumps", suite + "-keys-kdump")


def secrets(dump):
    with open(dump + "/serial.log", "rb") as log:
        return [(kind, bytes.fromhex(text)) for kind, text in
                re.findall(r"kx: key (\w+) ([0-9a-f]{96})", log.read().decode(errors="replace"))]


def count(path, secret):
    """How often any 16 bytes of @secret that begin at a multiple of 16 in it are in the file."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
        found = 0
        for at in range(0, len(secret), 16):
            place = memory.find(secret[at:at + 16])
            while place >= 0:
                found += 1
                place = memory.find(secret[at:at + 16], place + 1)
        return found


class Dump:
    def __init__(self, binary, directory, where):
        self.binary, self.where = binary, where
        self.vmcore = directory + "/vmcore"
        self.name = os.path.basename(directory)
        self.truth = self.ask([self.vmcore])
        check(self.name + ": the source opens", self.truth)

    def ask(self, files):
        return tally.ask(self.binary, files, ASKED)

    def convert(self, *words):
        return run([self.binary, "convert", "-f", *words])

    def raw(self, *files):
        """All memory of a dump, byte by byte."""
        out = self.where + "/raw"
        self.convert("-E", *files, out)
        return out


def check_dump(binary, directory, where):
    dump = Dump(binary, directory, where)
    keys = secrets(directory)
    check(dump.name + ": four keys", len(keys) == 4, keys)
    before = [count(dump.vmcore, secret) for _, secret in keys]
    check(dump.name + ": they are in the source", all(n >= 3 for n in before), before)
    forms = {"zstd": ["-z", "-d", "31"], "lzo": ["-l", "-d", "1"], "zlib": ["-c", "-d", "31"],
             "raw": ["--raw", "-d", "0"], "elf": ["-E", "-d", "31"], "elf, all": ["-E"],
             "flattened": ["-F", "-l", "-d", "31"]}
    for form, words in forms.items():
        out = where + "/out"
        made = dump.convert(*words, "--erase-keys", "--erase", EXPRESSION, dump.vmcore, out)
        check("%s: %s" % (dump.name, form), made.returncode == 0, made.stderr)
        check("%s: %s: each key is told" % (dump.name, form),
              len(re.findall(rb"^(?:user|logon) key .* 48 +0$", made.stdout, re.M)) == 4, made.stdout)
        after = [count(dump.raw(out), secret) for _, secret in keys]
        check("%s: %s: no key is left" % (dump.name, form), not any(after), after)
        check("%s: %s tells the same" % (dump.name, form),
              dump.ask([out]) == dump.truth)
        said = run([dump.binary, "--no-rc", out, "-c", "p " + EXPRESSION]).stdout
        check("%s: %s: an expression" % (dump.name, form), b'"XXXXXXXX' in said, said)
        # once more, without: it stays recorded, and stays erased
        again = where + "/again"
        dump.convert("-z", out, again)
        with open(again, "rb") as file:
            check("%s: %s: recorded" % (dump.name, form), b"erase " + EXPRESSION.encode() in file.read())
    parts = [where + "/part.%d" % i for i in (1, 2, 3)]
    dump.convert("-l", "-d", "31", "--erase-keys", "--split", "3", dump.vmcore, where + "/part")
    after = [count(dump.raw(*parts), secret) for _, secret in keys]
    check(dump.name + ": split: no key is left", not any(after), after)
    made = dump.convert("--erase", "no_such_thing", dump.vmcore, where + "/none")
    check(dump.name + ": what names nothing ends it", made.returncode != 0 and
          not glob.glob(where + "/none*"), made.stderr)


def main():
    binary = os.path.abspath(sys.argv[1])
    for suite in sys.argv[2:]:
        with tempfile.TemporaryDirectory() as where:
            check_dump(binary, make(suite), where)
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
