#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""kx-crash selftest over real kernels: arm, crash, capture, compare.

    selftest.py [--ci] [--only PATTERN] KX-CRASH

Without --ci the whole matrix (half an hour and more under emulation), with it a part that covers
every kernel, system call, firmware, death and size. Then how it fails: the step, the cause, the
exit status. Ends with "N passed, N failed".
"""
import argparse
import fcntl
import fnmatch
import glob
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import xml.dom.minidom

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from guest import kernel, store  # noqa: E402

SUITES = ("bullseye", "bookworm", "trixie", "sid")
STEPS = ["kernel", "initramfs", "boot", "arm", "truth", "crash", "capture", "dump", "release",
         "build-id", "bt", "stacks", "log", "ps", "cpus", "memory"]


class Failure(Exception):
    pass


def cell(suite, call, firmware="bios", crashkernel="128M", cpus=2, memory=1024, panic="sysrq"):
    return {"suite": suite, "syscall": call, "firmware": firmware, "crashkernel": crashkernel,
            "cpus": cpus, "memory": memory, "panic": panic}


# Above 4 GiB, as large machines have it, the kernel reserves some more below for DMA.
CI = [
    cell("bullseye", "load", "bios", "96M", 1, 512),
    cell("bullseye", "file", "uefi", "128M", 2, 1024, "oops"),
    cell("bookworm", "load", "uefi", "128M,high", 4, 6144),
    cell("bookworm", "file", "bios", "80M", 3, 512, "nmi"),
    cell("trixie", "load", "bios", "128M", 2, 1024, "oops"),
    cell("trixie", "file", "uefi", "128M,high", 1, 6144),
    cell("sid", "load", "uefi", "128M", 2, 2048, "nmi"),
    cell("sid", "file", "bios", "96M", 4, 512, "sysrq"),
]
ALL = CI + [
    cell(suite, call, firmware, crashkernel, cpus, memory, panic)
    for suite, call, firmware, (crashkernel, memory, cpus, panic) in itertools.product(
        SUITES, ("load", "file"), ("bios", "uefi"),
        (("128M", 512, 1, "sysrq"), ("128M", 3072, 4, "oops"), ("128M,high", 6144, 3, "sysrq"),
         ("256M", 2048, 2, "nmi")))
]


def name_of(c):
    return "%(suite)s-%(syscall)s-%(firmware)s-%(crashkernel)s-%(cpus)dcpu-%(memory)dM-%(panic)s" % c


def words_of(binary, c, *more):
    kernel.fetch(c["suite"])
    where = store.path("kernels", c["suite"])
    return [binary, "selftest", "--json", "--kernel", where + "/vmlinuz",
            "--modules", "%s/modules/lib/modules/%s" % (where, kernel.release(c["suite"])),
            "--syscall", c["syscall"], "--firmware", c["firmware"], "--panic", c["panic"],
            "--crashkernel", c["crashkernel"], "--cpus", str(c["cpus"]),
            "--memory", str(c["memory"]), *more]


def run(words, seconds=580):
    """(exit status, the rows by step)"""
    with open(store.path("build", "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)        # one guest at a time
        done = subprocess.run(words, capture_output=True, timeout=seconds)
    text = done.stderr.decode("utf-8", "replace")
    if "Sanitizer" in text or "runtime error" in text:
        raise Failure(text[-2000:])
    try:
        document = json.loads(done.stdout)
    except ValueError:
        raise Failure("status %d: %s%s" % (done.returncode, done.stdout[-500:], text[-500:]))
    if "error" in document:
        raise Failure("%(error)s" % document)
    return done.returncode, {row["step"]: row for row in document["rows"]}


def check_cell(binary, c):
    status, rows = run(words_of(binary, c))
    bad = [r for r in rows.values() if r["result"] != "passed"]
    if bad:
        raise Failure("%s: %s (%s)\n%s" % (bad[0]["step"], bad[0]["detail"], bad[0]["cause"],
                                           bad[0]["console"]))
    if status or list(rows) != STEPS:
        raise Failure("status %d, steps %s" % (status, list(rows)))
    return "%.0f s" % (sum(r["duration_ns"] for r in rows.values()) / 1e9)


def check_too_small(binary, size, step):
    """A crash region in which the capture kernel does not fit, or cannot live: the step and the
    cause are named, the results are in JUnit's XML, and what there is is kept."""
    with tempfile.TemporaryDirectory() as where:
        junit, keep = where + "/junit.xml", where + "/keep"
        status, rows = run(words_of(binary, cell("bookworm", "file", crashkernel=size, memory=512),
                                    "--junit", junit, "--keep", keep))
        failed = [r for r in rows.values() if r["result"] == "failed"]
        if status != 1 or [r["step"] for r in failed] != [step]:
            raise Failure("status %d, failed: %s" % (status, failed))
        if "crashkernel" not in (failed[0]["cause"] or "") or not failed[0]["console"]:
            raise Failure("%s" % failed)
        suite = xml.dom.minidom.parse(junit).documentElement
        cases = suite.getElementsByTagName("testcase")
        broken = [t.getAttribute("name") for t in cases if t.getElementsByTagName("failure")]
        if [t.getAttribute("name") for t in cases] != STEPS or broken != [step] or \
                suite.getAttribute("failures") != "1":
            raise Failure("JUnit: %s" % suite.toxml()[:2000])
        if not os.path.getsize(keep + "/serial.log"):
            raise Failure("the console was not kept")
        return "%(step)s: %(cause)s" % failed[0]


def check_no_kernel(binary):
    """What is no kernel is refused before anything is started."""
    with tempfile.NamedTemporaryFile() as image:
        image.write(b"no kernel" * 1000)
        image.flush()
        status, rows = run([binary, "selftest", "--json", "--kernel", image.name])
        if status != 1 or [r["step"] for r in rows.values()] != ["kernel"] or \
                rows["kernel"]["result"] != "failed":
            raise Failure("status %d: %s" % (status, rows))
        return rows["kernel"]["detail"]


def check_usage(binary):
    for words in (["--memory", "64"], ["--syscall", "both"], ["operand"], ["--find-minimum", "--keep", "/tmp"],
                  ["--firmware", "coreboot"]):
        done = subprocess.run([binary, "selftest", *words], capture_output=True)
        if done.returncode != 2 or not done.stderr:
            raise Failure("%s: status %d" % (words, done.returncode))
    return "5 mistakes"


def check_interrupt(binary):
    """Ctrl-C ends QEMU, and leaves nothing behind."""
    with tempfile.TemporaryDirectory() as where, \
            open(store.path("build", "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(words_of(binary, cell("bookworm", "file")),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=dict(os.environ, TMPDIR=where))
        end = time.monotonic() + 60
        while not glob.glob(where + "/*/serial.log"):
            if process.poll() is not None or time.monotonic() > end:
                raise Failure("it did not start")
            time.sleep(0.1)
        children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True,
                                  text=True).stdout.split()
        process.send_signal(signal.SIGINT)
        status = process.wait(30)
        left = [c for c in children if os.path.exists("/proc/%s" % c)]
        if status != 1 or not children or left or os.listdir(where):
            raise Failure("status %d, %s ran, %s left, %s" % (status, children, left,
                                                              os.listdir(where)))
        return "clean"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ci", action="store_true", help="a part of it")
    parser.add_argument("--only", metavar="PATTERN", default="*", help="cells of such names")
    parser.add_argument("binary")
    options = parser.parse_args()
    binary = os.path.abspath(options.binary)
    tests = [(name_of(c), lambda c=c: check_cell(binary, c)) for c in (CI if options.ci else ALL)]
    tests += [("too-small-to-" + step, lambda size=size, step=step: check_too_small(binary, size, step))
              for size, step in (("30M", "arm"), ("58M", "capture"))]
    tests += [(check.__name__[6:].replace("_", "-"), lambda check=check: check(binary))
              for check in (check_no_kernel, check_usage, check_interrupt)]
    passed = failed = 0
    for name, test in tests:
        if not fnmatch.fnmatch(name, options.only):
            continue
        for last in (False, True):
            start = time.monotonic()
            try:
                store.say("%s: %s (%.0f s in all)" % (name, test(), time.monotonic() - start))
                passed += 1
                break
            except (Failure, RuntimeError, subprocess.TimeoutExpired) as error:
                # Emulation breaks a guest now and then: once more, aloud.
                store.say("%s%s: %s" % ("FAILED " if last else "once more: ", name, error))
                failed += last
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
