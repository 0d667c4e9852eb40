#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long opening a dump and asking for bt, log and ps takes, beside crash and drgn.

    open.py [-n RUNS] KX-CRASH DUMP VMLINUX      as root; the first time it fetches the peers

The programs take turns, so that the machine's changing speed meets them all alike; the figures are
medians over the runs, the ratios medians over the turns. kx-crash is given the dump alone, then also
the vmlinux; the peers need it.
"""
import argparse
import os
import statistics
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = os.environ.get("KX_PEERS") or os.path.expanduser("~/.cache/kx-crash/peers")


def measure(words):
    """Seconds and peak MB of one run; its output is thrown away."""
    start = time.monotonic()
    child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - start, usage.ru_maxrss / 1024, child.returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=5)
    parser.add_argument("--foreach-bt", action="store_true", help="the traces of all tasks instead")
    parser.add_argument("binary")
    parser.add_argument("dump")
    parser.add_argument("vmlinux")
    options = parser.parse_args()
    subprocess.run([os.path.join(HERE, "peers.sh"), PEERS], check=True)

    inside = os.path.join(PEERS, "bench")
    os.makedirs(inside, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=inside, suffix=".crash") as crash_commands:
        mounts = []
        for path, name in ((options.dump, "dump"), (options.vmlinux, "vmlinux"),
                           (os.path.join(HERE, "drgn-open.py"), "open.py"),
                           ("/proc", None), ("/dev", None)):
            to = os.path.join(inside, name) if name else PEERS + path
            if name and not os.path.exists(to):
                open(to, "w").close()
            subprocess.run(["mount", "--bind", os.path.realpath(path), to], check=True)
            mounts.append(to)
        try:
            if options.foreach_bt:
                asked = ["-c", "foreach bt"]
                crash_commands.write("foreach bt\nquit\n")
            else:
                asked = ["-c", "bt", "-c", "log", "-c", "ps"]
                crash_commands.write("bt\nlog\nps\nquit\n")
            crash_commands.flush()
            script = "/bench/" + os.path.basename(crash_commands.name)
            kx = [options.binary, "--no-rc"]
            programs = {
                "kx-crash": kx + ["--no-debug", options.dump, *asked],
                "kx-crash + vmlinux": kx + [options.dump, options.vmlinux, *asked],
                "drgn": ["chroot", PEERS, "python3", "/bench/open.py", "/bench/dump",
                         "/bench/vmlinux"] + ["all"] * options.foreach_bt,
                "crash": ["chroot", PEERS, "crash", "-s", "-i", script, "/bench/vmlinux",
                          "/bench/dump"],
            }
            times = {name: [] for name in programs}
            peaks = {name: 0 for name in programs}
            codes = {}
            for turn in range(options.n + 1):
                for name, words in programs.items():
                    seconds, peak, codes[name] = measure(words)
                    if turn:    # the first warms the caches
                        times[name].append(seconds)
                        peaks[name] = max(peaks[name], peak)
        finally:
            for to in reversed(mounts):
                subprocess.run(["umount", "-l", to])

    print("%-20s %10s %10s %8s %s" % ("", "seconds", "peak MB", "status", "times kx-crash"))
    for name in programs:
        ratios = [a / b for a, b in zip(times[name], times["kx-crash"])]
        print("%-20s %10.3f %10.1f %8d %.1f" % (name, statistics.median(times[name]), peaks[name],
                                                codes[name], statistics.median(ratios)))


if __name__ == "__main__":
    main()
