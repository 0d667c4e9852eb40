#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does kx-crash say of a dump what the guest said of itself before it died?

    compare.py KX-CRASH DIRECTORY...

Each DIRECTORY holds a dump and the guest's truth (see guest/oracle.py). kx-crash is given the dump
alone. Prints a line for each check that fails, and at the end "N passed, N failed".
"""
import argparse
import glob
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "guest"))
from oracle import Oracle  # noqa: E402

# The kernel is still in these when it prints its trace, and out of them when it is dumped.
PRINTERS = ("dump_stack", "dump_stack_lvl", "show_stack", "__dump_stack")


class Failure(Exception):
    pass


def run(binary, dumps, commands, timeout=120):
    """The documents that the commands give, as parsed JSON."""
    with tempfile.NamedTemporaryFile("w", suffix=".kx") as script:
        script.write("".join(command + "\n" for command in commands))
        script.flush()
        words = [binary, "--json", "--no-rc", "--no-debug", "-x", script.name, *dumps]
        done = subprocess.run(words, capture_output=True, timeout=timeout)
    if done.returncode not in (0, 1):
        raise Failure("status %d: %s" % (done.returncode, done.stderr.decode()[-400:]))
    if b"Sanitizer" in done.stderr or b"runtime error" in done.stderr:
        raise Failure(done.stderr.decode()[-2000:])
    return [json.loads(line) for line in done.stdout.splitlines()]


def rows(document, whole=True):
    if "error" in document:
        raise Failure("%(command)s: %(error)s" % document)
    if whole and not document["complete"]:
        raise Failure("%(command)s is not complete: %(notes)s" % document)
    return document["rows"]


def frames_of(bt):
    """Physical frames in the kernel, as (function, offset, module)."""
    return [(f["function"], f["offset"], f["module"]) for f in bt
            if not f["inline"] and f["kind"] != "user"]


def is_within(expected, ours):
    """Are these frames among ours, in order?"""
    rest = iter(ours)
    return all(frame in rest for frame in expected)


def check_bt(kx, oracle):
    """The kernel's own frames, in order, none between them; what the kernel did after it had
    printed them comes before."""
    expected = [(f["function"], f["offset"], f["module"]) for f in oracle.trace()
                if f["reliable"]]
    while expected and expected[0][0] in PRINTERS:
        expected = expected[1:]
    if not expected:
        raise Failure("no trace on the serial line")
    document = kx(["bt"])[0]
    bt = rows(document)
    unsure = [f["function"] for f in bt if f["kind"] == "unreliable"]
    if unsure:
        raise Failure("unreliable: %s" % unsure)
    ours = frames_of(bt)
    names = [f[0] for f in ours]
    tail = len(ours) - len(expected)
    if "kretprobe" in oracle.meta.get("append", ""):
        # vfs_write's return address is a trampoline's. The kernel does not look behind it when it
        # prints a trace; we do.
        known = expected[:[f[0] for f in expected].index("vfs_write") + 1]
        if not is_within(known, ours) or not is_within(
                ("vfs_write", "ksys_write", "do_syscall_64"), names):
            raise Failure("\n    kernel: %s\n    ours:   %s" % (expected, ours))
        return "%d frames" % len(ours)
    # The outermost of those that the kernel printed had gone on when the dump was made.
    if tail < 0 or ours[tail:][1:] != expected[1:] or names[tail] != expected[0][0]:
        raise Failure("\n    kernel: %s\n    ours:   %s" % (expected, ours))
    return "%d frames" % len(expected)


def check_sleepers(kx, oracle):
    """Each sleeping task's stack as /proc/PID/stack had it, without the scheduler's frames."""
    traces = {}
    for row in rows(kx(["foreach bt"])[0], whole=False):
        traces.setdefault(row["pid"], []).append(row)
    asleep = [t for t in oracle.tasks() if t["stack"]]
    moved = []
    for task in asleep:
        expected = [(f["function"], f["offset"], f["module"]) for f in task["stack"]]
        ours = frames_of(traces.get(task["pid"], []))
        if ours[len(ours) - len(expected):] != expected:
            moved.append((task["pid"], task["comm"], expected, ours))
    # A few tasks ran between the writing of the truth and the death.
    if len(moved) > max(6, len(asleep) // 10):
        raise Failure("%d of %d differ, such as %s" % (len(moved), len(asleep), moved[0]))
    return "%d of %d" % (len(asleep) - len(moved), len(asleep))


def check_log(kx, oracle):
    ours = {r["seq"]: r for r in rows(kx(["log"])[0])}
    truth = oracle.log()
    for record in truth:
        mine = ours.get(record["seq"])
        if mine is None:
            if record["seq"] < min(ours):
                continue    # written over since
            raise Failure("record %d is missing" % record["seq"])
        text = record["text"].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        if (mine["level"], mine["facility"], mine["time_ns"] // 1000, mine["text"]) != \
                (record["level"], record["facility"], record["time_us"], text):
            raise Failure("record %d: %s, not %s" % (record["seq"], mine, record))
    if len(ours) < len(truth) // 2:
        raise Failure("%d records, the guest saw %d" % (len(ours), len(truth)))
    return "%d records" % len(truth)


def check_ps(kx, oracle):
    ours = {r["pid"]: r for r in rows(kx(["ps"])[0]) if r["pid"]}
    truth = {t["pid"]: t for t in oracle.tasks()}
    gone = [t for pid, t in truth.items() if pid not in ours]
    # Only what can end by itself: the writer of the truth and its helpers, idle workers.
    bad = [t for t in gone if not t["comm"].startswith(("kworker", "truth", "init", "sh", "tail",
                                                          "ext4lazyinit"))]
    if len(gone) > 8 or bad:
        raise Failure("missing: %s" % [(t["pid"], t["comm"]) for t in gone])
    for pid, task in truth.items():
        mine = ours.get(pid)
        if mine is None:
            continue
        if mine["kthread"] != task["kthread"] or mine["ppid"] != task["ppid"]:
            raise Failure("%s is not %s" % (mine, task))
        # task_struct has 15 bytes of it, a kernel thread the whole elsewhere.
        comms = [task[key].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                 for key in ("comm15", "comm")]
        if mine["comm"] not in comms and not task["comm"].startswith("kworker"):
            raise Failure("comm %r is not %r" % (mine["comm"], comms))
    states = sum(ours[p]["state"] == t["state"] for p, t in truth.items() if p in ours)
    if states < 0.9 * len(truth):
        raise Failure("only %d of %d states agree" % (states, len(truth)))
    vsz = [(p, ours[p]["vsz_kb"], t["vsize"] // 1024) for p, t in truth.items()
           if p in ours and t["vsize"] and (ours[p]["vsz_kb"] or 0) != t["vsize"] // 1024]
    if len(vsz) > 6:
        raise Failure("sizes differ: %s" % vsz[:5])
    return "%d tasks" % len(truth)


def check_mod(kx, oracle):
    ours = {r["name"]: r for r in rows(kx(["mod"])[0])}
    truth = oracle.modules()
    for module in truth:
        if oracle.meta["panic"] == "init" and module["name"] == "kxboom":
            continue    # was loaded anew, and died in that
        mine = ours.get(module["name"])
        if mine is None:
            raise Failure("%s is missing" % module["name"])
        for key in ("size", "state", "taints"):
            if (mine[key] or "") != module[key]:
                raise Failure("%s: %s is %r, not %r" % (module["name"], key, mine[key],
                                                        module[key]))
        if sorted(mine["used_by"] or []) != sorted(module["used_by"]):
            raise Failure("%s: used by %s, not %s" % (module["name"], mine["used_by"],
                                                      module["used_by"]))
        if int(mine["base"], 16) != module["address"]:
            raise Failure("%s: base %s, not %x" % (module["name"], mine["base"],
                                                   module["address"]))
    return "%d modules" % len(truth)


def check_mount(kx, oracle):
    ours = [(r["device"], r["directory"], r["type"]) for r in rows(kx(["mount"])[0])]
    truth = [tuple(word.replace("\\040", " ") for word in line.split()[:3])
             for line in oracle.text("proc/mounts").splitlines()]
    for mount in truth:
        if mount not in ours:
            raise Failure("%s is missing" % (mount,))
        ours.remove(mount)
    # what the root of whoever reads /proc/mounts lies upon is not shown there
    if [mount for mount in ours if mount[1] != "/"]:
        raise Failure("more than there are: %s" % ours)
    return "%d mounts" % len(truth)


def check_slab(kx, oracle):
    ours = {r["name"]: r for r in rows(kx(["kmem -s"])[0])}
    truth = [line.split() for line in oracle.text("proc/slabinfo").splitlines()[2:]]
    same = 0
    for name, used, objects, size, *_ in truth:
        mine = ours.pop(name, None)
        if mine is None:
            raise Failure("%s is missing" % name)
        if mine["size"] != int(size):
            raise Failure("%s: objects of %d bytes, not %s" % (name, mine["size"], size))
        same += (mine["allocated"], mine["total"]) == (int(used), int(objects))
    if ours:
        raise Failure("more than there are: %s" % sorted(ours)[:5])
    # Writing the truth down, and dying, take some objects: directory entries of /proc, buffers.
    if same < len(truth) * 0.8:
        raise Failure("only %d of %d caches have the same objects" % (same, len(truth)))
    return "%d caches, %d with the same objects" % (len(truth), same)


def check_sym(kx, oracle):
    """All symbols both ways: by name to the address, by address to one of its names."""
    truth = [s for s in oracle.symbols() if s[3] not in ("bpf", "__builtin__ftrace",
                                                         "__builtin__kprobes")]
    listed = {}
    for row in rows(kx(["sym -l"])[0]):
        listed.setdefault((row["name"], row["module"]), set()).add(int(row["address"], 16))
    lost = [s for s in truth if s[0] not in listed.get((s[2], s[3]), ())]
    if lost:
        raise Failure("%d of %d are not listed, such as %s" % (len(lost), len(truth), lost[:5]))
    by_address, by_name = {}, {}
    for address, _, name, module in truth:
        by_address.setdefault(address, set()).add(name)
        by_name.setdefault(name, set()).add(address)
    names, addresses = sorted(by_name), sorted(by_address)
    found = kx(["sym " + name for name in names], timeout=300)
    for name, document in zip(names, found):
        if not by_name[name] <= {int(r["address"], 16) for r in rows(document)}:
            raise Failure("%s: %s, not %s" % (name, document["rows"], by_name[name]))
    # Per-CPU symbols of old kernels are small numbers, and not addresses.
    addresses = [a for a in addresses if a >> 63]
    found = kx(["sym %x" % a for a in addresses], timeout=300)
    for address, document in zip(addresses, found):
        if not {r["name"] for r in rows(document)} & by_address[address]:
            raise Failure("%x: %s, not %s" % (address, document["rows"], by_address[address]))
    return "%d symbols" % len(truth)


def check_sys(kx, oracle):
    row = rows(kx(["sys"])[0])[0]
    truth, crash = oracle.sys(), oracle.crash()
    for key in ("release", "version", "nodename"):
        if row[key] != truth[key] or not row[key]:
            raise Failure("%s is %r, not %r" % (key, row[key], truth[key]))
    if row["cpus"] != truth["cpus"]:
        raise Failure("%s CPUs, not %s" % (row["cpus"], truth["cpus"]))
    if not truth["uptime_s"] - 1 <= row["uptime_s"] <= truth["uptime_s"] + 200:
        raise Failure("uptime %s, it was %s before" % (row["uptime_s"], truth["uptime_s"]))
    if crash is None:
        if row["panic"] or row["crash_pid"] is not None:
            raise Failure("a live kernel did not panic: %s" % row)
        return "alive"
    if (row["crash_cpu"], row["crash_pid"], row["crash_comm"]) != \
            (crash["cpu"], crash["pid"], crash["comm"]):
        raise Failure("crashed %s, not %s" % (
            (row["crash_cpu"], row["crash_pid"], row["crash_comm"]), crash))
    if crash["reason"] not in row["panic"] and row["panic"] not in crash["reason"]:
        raise Failure("panic %r, not %r" % (row["panic"], crash["reason"]))
    return row["panic"]


def check_lossy(kx, oracle):
    """makedumpfile up to 1.7.8 drops slab pages of kernels from 6.10 on at -d 31: what is there is
    right, and what is gone is said to be excluded."""
    for command in ("ps", "mod", "foreach bt"):
        document = kx([command])[0]
        rows(document, whole=False)
        if not document["complete"] and "excluded" not in str(document["notes"]):
            raise Failure("%s does not say why it is short: %s" % (command, document["notes"]))
    truth = {t["pid"] for t in oracle.tasks()}
    ours = {r["pid"] for r in kx(["ps"])[0]["rows"]}
    if len(truth & ours) < len(truth) // 2:
        raise Failure("only %d of %d tasks" % (len(truth & ours), len(truth)))
    return "%d of %d tasks" % (len(truth & ours), len(truth))


CHECKS = {"bt": check_bt, "sleepers": check_sleepers, "log": check_log, "ps": check_ps,
          "mod": check_mod, "mount": check_mount, "slab": check_slab,
          "sym": check_sym, "sys": check_sys, "lossy": check_lossy}


def compare(binary, directory, dumps, wanted):
    """(passed, failed) over the wanted checks of one dump, which may be several files."""
    try:
        oracle = Oracle(directory)
    except OSError as error:
        print("FAILED %s: %s" % (os.path.basename(directory), error))
        return 0, 1
    passed = failed = 0

    def kx(commands, timeout=120):
        documents = run(binary, dumps, commands, timeout)
        if len(documents) != len(commands):
            raise Failure("%d answers to %d commands" % (len(documents), len(commands)))
        return documents

    if "-d31" in dumps[0] and not oracle.old:
        wanted = [n for n in wanted if n in ("bt", "log", "sys")] + ["lossy"]
    for name in wanted:
        if oracle.crash() is None and name == "bt":
            continue
        try:
            said = CHECKS[name](kx, oracle)
            passed += 1
            if os.environ.get("VERBOSE"):
                print("%s: %s: %s" % (os.path.basename(directory), name, said))
        except (Failure, KeyError, ValueError, subprocess.TimeoutExpired) as error:
            failed += 1
            print("FAILED %s (%s): %s: %s" % (os.path.basename(directory),
                                              os.path.basename(dumps[0]), name, error),
                  flush=True)
    return passed, failed


def forms(directory):
    """The dump, and the same in other forms beside it: lists of files that together are one."""
    result = [[os.path.join(directory, "vmcore")]]
    beside = sorted(glob.glob(os.path.join(directory, "as", "*")))
    split = {}
    for path in beside:
        base, _, part = path.rpartition(".")
        if part.isdigit():
            split.setdefault(base, []).append(path)
        else:
            result.append([path])
    # The order of a split set does not matter.
    return result + [list(reversed(files)) for files in split.values()]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checks", default=",".join(c for c in CHECKS if c != "lossy"))
    parser.add_argument("--no-forms", action="store_true", help="the vmcore alone, not as/*")
    parser.add_argument("--again", metavar="FILE",
                        help="write the directories that failed to FILE, and do not count them")
    parser.add_argument("binary")
    parser.add_argument("directories", nargs="+")
    options = parser.parse_args()
    passed = failed = 0
    again = []
    for directory in options.directories:
        directory = directory.rstrip("/")
        here = [compare(options.binary, directory, dumps, options.checks.split(","))
                for dumps in forms(directory)[:1 if options.no_forms else None]]
        if options.again and any(f for _, f in here):
            again.append(directory)
            continue
        passed += sum(p for p, _ in here)
        failed += sum(f for _, f in here)
    if options.again:
        with open(options.again, "w") as out:
            out.write("".join(directory + "\n" for directory in again))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
