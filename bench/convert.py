#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long `kx-crash convert` takes, beside Debian's newest makedumpfile and the codec alone.

    convert.py [-n RUNS] [--levels 1,31] [--codecs lzo,zstd,zlib] [--threads 1,2]
               [--their-threads 1,2] [--where DIR] BUILD DUMP

BUILD is a build directory without sanitizers. As root; the first time it fetches the peers. Same level
and codec; the programs take turns, so that the machine's changing speed meets them all alike. Figures
are medians over the runs, the ratios medians over the turns. makedumpfile's best of one and more
threads is what two of ours are held against. Files go to DIR, a filesystem in memory by default:
kx-crash waits for the disk before a dump has its name, and makedumpfile does not.
"codec" is the same pages compressed in memory, read from and written to nothing.
"""
import argparse
import os
import statistics
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = os.environ.get("KX_PEERS") or os.path.expanduser("~/.cache/kx-crash/peers")
OPTIONS = {"lzo": "-l", "zstd": "-z", "zlib": "-c"}


def measure(words, may_fail=False):
    """Wall seconds, CPU seconds and peak MB of one run; None when it failed. No output is kept."""
    start = time.monotonic()
    child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode and may_fail:
        return None
    if child.returncode:
        raise SystemExit("%s: status %d" % (" ".join(words), child.returncode))
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def makedumpfile():
    """Run with its own C library: it waits for ever where there is no /proc. A thread that ends now and
    then does not find libgcc_s, which aborts it, unless that is there from the start."""
    lib = PEERS + "/usr/lib/x86_64-linux-gnu"
    return [lib + "/ld-linux-x86-64.so.2", "--preload", lib + "/libgcc_s.so.1", "--library-path", lib,
            PEERS + "/usr/bin/makedumpfile"]


def compare(options, where, codec, level):
    threads, their_threads = options.threads.split(","), options.their_threads.split(",")
    kx = [options.build + "/kx-crash", "convert", "-f", OPTIONS[codec], "-d", level]
    theirs = makedumpfile() + ["-f", OPTIONS[codec], "-d", level]
    out = where + "/out"
    programs = {"kx-crash -j%s" % n: kx + ["-j" + n, options.dump, out] for n in threads}
    for n in their_threads:
        more = [] if n == "1" else ["--num-threads", n]
        programs["makedumpfile %s" % n] = theirs + more + [options.dump, out]
    raw = where + "/raw"
    measure(kx[:2] + ["-f", "--raw", "-d", level, options.dump, raw])
    results = {name: [] for name in programs}
    sizes = {}
    codecs = {n: [] for n in threads}
    broken = set()
    for turn in range(options.n + 1):
        for name, words in programs.items():
            if os.path.exists(out):
                os.unlink(out)
            if name in broken:
                continue
            result = measure(words, name.startswith("makedumpfile"))
            if not result:
                broken.add(name)
                continue
            sizes[name] = os.path.getsize(out)
            if turn:    # the first warms the caches
                results[name].append(result)
        for n in threads:
            said = subprocess.run([options.build + "/tests/tools/codec_alone", raw, codec, "0", n],
                                  stdout=subprocess.PIPE, check=True).stdout.split()
            if turn:
                codecs[n].append(float(said[0]))
    for path in (out, raw):
        if os.path.exists(path):
            os.unlink(path)
    best = [min(results["makedumpfile %s" % n][turn][0] for n in their_threads
                if "makedumpfile %s" % n not in broken) for turn in range(options.n)]
    print("\n%s, -d %s" % (codec, level))
    print("%-16s %8s %8s %8s %10s  %s" % ("", "seconds", "CPU s", "peak MB", "MB", ""))
    for name, runs in results.items():
        if name in broken:
            print("%-16s failed" % name)
            continue
        wall, cpu, peak = (statistics.median(column) for column in zip(*runs))
        note = ""
        if name.startswith("kx-crash"):
            n = name.split("-j")[1]
            note = "%.2f times as fast as makedumpfile's best, %.2f times the codec's time" % (
                statistics.median(a / b[0] for a, b in zip(best, runs)),
                statistics.median(a[0] / b for a, b in zip(runs, codecs[n])))
        print("%-16s %8.3f %8.3f %8.1f %10.2f  %s" % (name, wall, cpu, peak, sizes[name] / 1e6, note))
    for n in threads:
        print("%-16s %8.3f" % ("codec, %s threads" % n, statistics.median(codecs[n])), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=5)
    parser.add_argument("--levels", default="1,31")
    parser.add_argument("--codecs", default="lzo,zstd,zlib")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--their-threads", default="1,2")
    parser.add_argument("--where", default="/dev/shm")
    parser.add_argument("build")
    parser.add_argument("dump")
    options = parser.parse_args()
    subprocess.run([os.path.join(HERE, "peers.sh"), PEERS], check=True)
    with tempfile.TemporaryDirectory(dir=options.where) as where:
        for level in options.levels.split(","):
            for codec in options.codecs.split(","):
                compare(options, where, codec, level)


if __name__ == "__main__":
    main()
