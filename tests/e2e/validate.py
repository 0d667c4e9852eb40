#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""validate.py [--forms DUMP]… KX-CRASH DUMP…: real dumps are whole, and validate finds no fault in
them. DUMP: a directory of the guests' store. Of those named by --forms, so is what convert and
makedumpfile make of them in each format, and its pages are compared with the dump's by a manifest. Ends
with "N passed, N failed".
"""
import argparse
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from guest.oracle import Oracle  # noqa: E402

passed = failed = 0
FORMS = [
    ["-z"], ["-l", "-d", "31"], ["-c", "-d", "31"], ["-p", "-d", "1"], ["--raw", "-d", "31"],
    ["-E"], ["-E", "-d", "31"], ["-F", "-z", "-d", "31"], ["-F", "-E", "-d", "31"],
    ["-z", "-d", "31", "--level", "9"], ["-l", "-d", "1", "--split", "3"],
]
# What Debian's oldest makedumpfile can: others are read as they are in the store.
MAKEDUMPFILE = [
    ["-c", "-d", "31"], ["-l"], ["-l", "-d", "31", "--num-threads", "2"], ["-d", "31"], ["-E", "-d", "31"],
    ["-F", "-l", "-d", "31"], ["-l", "-d", "1", "--split"],
]


def check(what, good, why=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print("FAILED: %s: %s" % (what, str(why)[:1000]), flush=True)


def whole(binary, what, paths, *options, or_left_out=False):
    """@or_left_out: faults there may be, of pages that a filter took."""
    run = subprocess.run([binary, "validate", "--json", *options, *paths], timeout=120,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    rows = json.loads(run.stdout)["rows"]
    faults = [row for row in rows if row.get("severity", "note") != "note"]
    errors = [row for row in rows if row.get("outcome") == "skipped" and not row["why"]]
    good = run.returncode == 0 and rows[0]["verdict"] == "whole" and not faults + errors
    if or_left_out and faults:
        good = run.returncode == 1 and all(row["cause"] == "excluded" for row in faults)
    check(what, good, (run.returncode, faults[:3], errors[:3], run.stderr[-300:]))


def make(words, out, split):
    """The files that @words and @out make, or None."""
    outs = [out + ".%d" % i for i in (1, 2, 3)] if split else [out]
    if words[0] == "makedumpfile" and "-F" in words:
        with open(out, "wb") as file:
            run = subprocess.run(words, stdout=file, stderr=subprocess.PIPE, timeout=120)
    else:
        targets = outs if split and words[0] == "makedumpfile" else [out]
        run = subprocess.run([*words, *targets], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             timeout=120)
    return outs if not run.returncode and all(map(os.path.exists, outs)) else None


def forms(binary, directory, where):
    name, vmcore = os.path.basename(directory), os.path.join(directory, "vmcore")
    manifest = os.path.join(where, "digests")
    whole(binary, name + ", a manifest", [vmcore], "--manifest", manifest)
    jobs = [[binary, "convert", *options, vmcore] for options in FORMS]
    if shutil.which("makedumpfile"):
        jobs += [["makedumpfile", *options, vmcore] for options in MAKEDUMPFILE]
    for words in jobs:
        what = "%s: %s" % (name, " ".join(os.path.basename(word) for word in words[:-1]))
        outs = make(words, os.path.join(where, "out"), "--split" in words)
        check(what + " was made", outs)
        if outs:
            # makedumpfile may be older than the kernel, and take what that needs.
            newer = words[0] == "makedumpfile" and "31" in words and \
                not Oracle(directory).old
            whole(binary, what, outs, "--check-manifest", manifest, or_left_out=newer)
        for path in glob.glob(os.path.join(where, "out*")):
            os.unlink(path)
    os.unlink(manifest)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forms", action="append", default=[])
    parser.add_argument("binary")
    parser.add_argument("dumps", nargs="*")
    arguments = parser.parse_args()
    binary = os.path.realpath(arguments.binary)
    for directory in arguments.dumps:
        for vmcore in sorted(glob.glob(os.path.join(directory, "vmcore*"))):
            whole(binary, vmcore, [vmcore])
    with tempfile.TemporaryDirectory() as where:
        for directory in arguments.forms:
            forms(binary, directory.rstrip("/"), where)
    print("%d passed, %d failed" % (passed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
