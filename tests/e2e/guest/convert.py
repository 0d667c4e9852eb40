#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Convert the ELF of a kdump into every form that makedumpfile writes.

The results lie beside the vmcore, in as/: CODEC-dLEVEL, elf-dLEVEL,
flat-elf-dLEVEL, flat-lzo-dLEVEL and split-dLEVEL.{1,2,3}.
"""
import argparse
import glob
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from guest import debian, kdumpfile, store  # noqa: E402

CODECS = {"raw": None, "zlib": "-c", "lzo": "-l", "zstd": "-z"}


def _newest():
    """The command of the newest makedumpfile, run with its own C library."""
    root = debian.root("sid", "tools", ["makedumpfile"])
    loader = glob.glob(root + "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2") + \
        glob.glob(root + "/usr/lib64/ld-linux-x86-64.so.2")
    return [loader[0], "--library-path", root + "/usr/lib/x86_64-linux-gnu",
            root + "/usr/bin/makedumpfile"]


def makedumpfile(arguments, newest=False, stdout=None):
    """Run Debian 12's makedumpfile, or the newest; then the newest if that failed."""
    tool = _newest() if newest else ["makedumpfile"]
    result = subprocess.run(["nice"] + tool + arguments, stdin=subprocess.DEVNULL,
                            stdout=stdout or subprocess.PIPE, stderr=subprocess.PIPE)
    if result.returncode and not newest:
        if stdout:
            stdout.seek(0)
            stdout.truncate()
        return makedumpfile(arguments, True, stdout)
    if result.returncode:
        raise RuntimeError("makedumpfile %s: %s" % (
            " ".join(arguments), ((result.stdout or b"") + result.stderr).decode()[-600:]))
    return result


def dump_log(vmcore, target):
    """The log as makedumpfile reads it from a dump."""
    makedumpfile(["-f", "--dump-dmesg", vmcore, target])


def one(vmcore, form):
    """Make one FORM, for instance zstd-d31. Returns the paths."""
    where = os.path.join(os.path.dirname(vmcore), "as")
    os.makedirs(where, exist_ok=True)
    target = os.path.join(where, form)
    kind, _, level = form.rpartition("-d")
    if kind == "split":
        targets = ["%s.%d" % (target, i) for i in (1, 2, 3)]
        if not all(map(os.path.exists, targets)):
            makedumpfile(["-f", "--split", "--splitblock-size", "1024", "-l", "-d", level, vmcore] + targets)
            for path in targets:
                os.chmod(path, 0o644)
        return targets
    if os.path.exists(target):
        return [target]
    new = target + ".new"
    if os.path.exists(new):
        os.unlink(new)
    if kind.startswith("flat-"):
        # flattened goes to the standard output, in the order that it is made
        option = "-E" if kind == "flat-elf" else CODECS[kind[5:]]
        with open(new, "wb") as out:
            makedumpfile(["-F", option, "-d", level, vmcore], stdout=out)
    elif kind == "elf":
        makedumpfile(["-E", "-d", level, vmcore, new])
    elif kind == "snappy":
        raw = one(vmcore, "raw-d" + level)[0]
        kdumpfile.recompress(raw, new, "snappy", 0)
    else:
        option = [CODECS[kind]] if CODECS[kind] else []
        makedumpfile(option + ["-d", level, vmcore, new], newest=kind == "zstd")
    os.chmod(new, 0o644)
    os.replace(new, target)
    return [target]


FORMS = ["%s-d%d" % (kind, level) for level in (31, 1, 0)
         for kind in ("raw", "zlib", "lzo", "snappy", "zstd", "elf", "flat-elf", "flat-lzo", "split")]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forms", default=",".join(FORMS), help="default: all: %(default)s")
    parser.add_argument("directories", nargs="+", help="dumps/SUITE-PANIC-kdump")
    options = parser.parse_args()
    for directory in options.directories:
        start = time.monotonic()
        made = []
        for form in options.forms.split(","):
            made += one(os.path.join(directory, "vmcore"), form)
        store.note(os.path.basename(directory.rstrip("/")) + "/as", "%s, %.0f s, %s" % (
            " ".join(sorted(map(os.path.basename, os.listdir(directory + "/as")))),
            time.monotonic() - start, time.strftime("%H:%M:%S")))
        store.say("%s: %d files, %.1f s" % (directory, len(made), time.monotonic() - start))
    return 0


if __name__ == "__main__":
    sys.exit(main())
