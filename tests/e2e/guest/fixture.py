#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Make the small dump that is kept in tests/fixtures, and the text of its truth.

usage: fixture.py TARGET      writes TARGET.kdump and TARGET.truth/
"""
import argparse
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from guest import convert, guest, kdumpfile, oracle, store  # noqa: E402

SMALL = argparse.Namespace(
    suite="bookworm", panic="null", name="fixture", memory=384, crashkernel=128, load="s", cpus=2,
    tasks=0, fill=None, la57=False, no_vmcoreinfo=False, append="kx.small=1 kx.noise=60 kx.modules=loop,bridge initcall_blacklist=tracer_init_tracefs init_on_free=1", out=None, accel=None)


def write(directory, name, lines):
    with open(os.path.join(directory, name), "w", encoding="utf-8", errors="surrogateescape") as f:
        f.writelines(line + "\n" for line in lines)


def write_truth(truth, where):
    shutil.rmtree(where, ignore_errors=True)
    os.makedirs(where)
    # function+0xOFFSET/0xSIZE, module or -, stack, call or interrupted
    write(where, "trace.txt", ("%s+%#x/%#x %s %s %s" % (
        f["function"], f["offset"], f["size"], f["module"] or "-", f["stack"], f["kind"])
        for f in truth.trace() if f["reliable"]))
    # pid, tgid, ppid, state, kernel or user, what task_struct.comm holds (Python's repr)
    write(where, "ps.txt", ("%d %d %d %s %s %s" % (
        t["pid"], t["tgid"], t["ppid"], t["state"], "kernel" if t["kthread"] else "user",
        ascii(t["comm15"])) for t in truth.tasks()))
    # a sleeping task's own stack, without the scheduler's frames
    write(where, "stacks.txt", ("%d: %s" % (t["pid"], " ".join(
        "%s+%#x/%#x" % (f["function"], f["offset"], f["size"]) for f in t["stack"]))
        for t in truth.tasks() if t["stack"] and t["state"] in "SDIT"))
    shutil.copy(truth.path("proc/modules"), where + "/modules.txt")
    shutil.copy(truth.path("proc/mounts"), where + "/mounts.txt")
    # the whole log, with the oops, as makedumpfile reads it
    shutil.copy(os.path.join(truth.directory, "crash.log"), where + "/dmesg.txt")
    # what /dev/kmsg gave before the death: level, facility, sequence number
    write(where, "log.txt", ("%d %d %d %d %s" % (
        r["seq"], r["time_us"], r["level"], r["facility"], ascii(r["text"])) for r in truth.log()))
    crash, row = truth.crash(), truth.sys()
    row.update({"crash_" + k: v for k, v in crash.items()})
    write(where, "sys.txt", ("%s: %s" % (k, v) for k, v in sorted(row.items())))
    # every 400th symbol, and all of our module
    symbols = truth.symbols()
    write(where, "kallsyms.txt", ("%016x %s %s%s" % (a, t, n, " [%s]" % m if m else "")
                                  for i, (a, t, n, m) in enumerate(symbols)
                                  if i % 400 == 0 or m == "kxboom"))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    target = sys.argv[1]
    directory = guest.make(SMALL.suite, ["kdump"], SMALL)[0]
    truth = oracle.Oracle(directory)
    shutil.rmtree(directory + "/as", ignore_errors=True)
    raw = convert.one(directory + "/vmcore", "raw-d31")[0]
    kdumpfile.recompress(raw, target + ".kdump", "zstd", 19)
    write_truth(truth, target + ".truth")
    store.say("%s.kdump: %.1f MiB" % (target, os.path.getsize(target + ".kdump") / (1 << 20)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
