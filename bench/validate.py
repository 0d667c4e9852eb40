#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long `kx-crash validate` takes, beside `zstd -t` over the same memory.

    validate.py [-n RUNS] [--where DIR] BUILD DUMP

BUILD is a build directory without sanitizers; DUMP is an uncompressed ELF dump. All files are in memory.
The programs take turns; figures are medians. The rates are those of the pages' bytes, by the wall and by
the CPU that was spent.
"""
import argparse
import os
import statistics
import subprocess
import tempfile
import time


def measure(words):
    start = time.monotonic()
    child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit("%s: status %d" % (" ".join(words), child.returncode))
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=5)
    parser.add_argument("--where", default="/dev/shm")
    parser.add_argument("build")
    parser.add_argument("dump")
    options = parser.parse_args()
    binary = os.path.realpath(options.build + "/kx-crash")
    with tempfile.TemporaryDirectory(dir=options.where) as where:
        paths = {name: os.path.join(where, name) for name in ("elf", "zstd", "lzo", "zst", "digests")}
        quiet = {"stdout": subprocess.DEVNULL, "check": True}
        subprocess.run(["cp", options.dump, paths["elf"]], check=True)
        subprocess.run([binary, "convert", "-z", options.dump, paths["zstd"]], **quiet)
        subprocess.run([binary, "convert", "-l", options.dump, paths["lzo"]], **quiet)
        subprocess.run(["zstd", "-q", "-1", options.dump, "-o", paths["zst"]], check=True)
        subprocess.run([binary, "validate", "--manifest", paths["digests"], paths["elf"]], **quiet)
        validate = [binary, "validate"]
        programs = {
            "validate -j1, elf": [*validate, "-j1", paths["elf"]],
            "validate -j2, elf": [*validate, "-j2", paths["elf"]],
            "validate -j1, elf, manifest": [*validate, "-j1", "--check-manifest", paths["digests"],
                                            paths["elf"]],
            "validate -j1, zstd": [*validate, "-j1", paths["zstd"]],
            "validate -j2, zstd": [*validate, "-j2", paths["zstd"]],
            "validate -j2, lzo": [*validate, "-j2", paths["lzo"]],
            "validate --quick, zstd": [*validate, "--quick", paths["zstd"]],
            "zstd -t": ["zstd", "-q", "-t", paths["zst"]],
        }
        size = os.path.getsize(options.dump)
        results = {name: [] for name in programs}
        for _ in range(options.n):
            for name, words in programs.items():
                results[name].append(measure(words))
    print("%.0f MB of memory" % (size / 1e6))
    for name, runs in results.items():
        wall = statistics.median(run[0] for run in runs)
        cpu = statistics.median(run[1] for run in runs)
        print("%-30s %7.3f s %6.2f GB/s   %7.3f s of CPU, %6.2f GB/s" %
              (name, wall, size / 1e9 / wall, cpu, size / 1e9 / cpu))


if __name__ == "__main__":
    main()
