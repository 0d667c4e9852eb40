#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does kx-crash read the running kernel through /proc/kcore?

    live.py KX-CRASH [SUITE...]

Boots a guest of each suite with kx-crash in its initramfs; there it is asked about /proc/kcore, and
what it says is compared with the guest's own /proc. Ends with "N passed, N failed".
"""
import fcntl
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# In this order: compare.py makes guest/ itself a place to import from.
from guest import guest, initramfs, kernel, qemu, store  # noqa: E402
import compare  # noqa: E402
from oracle import Oracle  # noqa: E402

CHECKS = ("sleepers", "log", "ps", "mod", "sys")
COMMANDS = ["foreach bt", "log", "ps", "mod", "sys", "bt 1", "p jiffies", "p jiffies",
            "p init_uts_ns.name.release", "vtop init_task", "rd -p 0x1000", "sym kx_die", "bt -a",
            "struct task_struct.pid,comm init_task", "dump -r", "dump"]
TEXT = ["sys", "bt 1", "help"]


def overlay(binary, path):
    """What comes on top of the usual initramfs: kx-crash with its libraries, and process 1."""
    cpio = initramfs.Cpio()
    initramfs._program(cpio, binary)
    cpio.add("live", os.path.join(store.HERE, "live"))
    cpio.file("kx/commands", "".join(c + "\n" for c in COMMANDS).encode())
    cpio.file("kx/text", "".join(c + "\n" for c in TEXT).encode())
    cpio.write(path)


def boot(suite, binary, where, accel):
    """One guest; its truth, its serial line and kx-crash's answers are left in WHERE."""
    disks = [os.path.join(where, name) for name in ("truth.disk", "answers.disk")]
    for disk in disks:
        with open(disk, "wb") as f:
            f.truncate(512 << 20)
    overlay(binary, where + "/overlay.gz")
    initrd = where + "/initrd.gz"
    with open(initrd, "wb") as out:
        for part in (initramfs.make(suite, False), where + "/overlay.gz"):
            with open(part, "rb") as f:
                out.write(f.read())
            out.write(b"\0" * (-out.tell() % 4))
    cpu = "host" if accel == "kvm" else "max,cx16=off,la57=off"
    arguments = ["-accel", accel, "-cpu", cpu, "-m", "1024", "-smp", "2",
                 "-kernel", store.path("kernels", suite, "vmlinuz"), "-initrd", initrd,
                 "-append", "console=ttyS0,115200 loglevel=7 printk.devkmsg=on "
                 "no_timer_check rdinit=/live"]
    for i, disk in enumerate(disks):
        arguments += ["-drive", "file=%s,format=raw,if=none,id=d%d,cache=unsafe" % (disk, i),
                      "-device", "virtio-blk-pci,drive=d%d" % i]
    with qemu.Machine(where + "/serial.log", arguments) as machine:
        machine.wait(r"kx: up", 90)
        machine.wait(r"kx: truth written", 180, stop="Kernel panic")
        machine.wait(r"kx: answers written", 240, stop="Kernel panic")
    guest.unpack_truth(disks[0], where + "/truth")
    with tarfile.open(disks[1]) as tar:
        for member in tar:
            if member.isreg():
                member.name = os.path.basename(member.name)
                tar.extract(member, where, set_attrs=False)
    for disk in disks:
        os.unlink(disk)
    with open(where + "/meta.json", "w") as f:
        json.dump({"suite": suite, "panic": "live", "how": "kcore"}, f)


def check_answers(where, answers, oracle):
    """What only a live kernel has."""
    row = answers["sys"]["rows"][0]
    if row["format"] != "kcore" and "kcore" not in str(row["format"]):
        raise compare.Failure("format %r" % row["format"])
    first, second = (answers[key]["rows"][0] for key in ("p jiffies", "p jiffies again"))
    if not second["value"] >= first["value"] > 0:
        raise compare.Failure("jiffies: %s, then %s" % (first, second))
    if answers["p init_uts_ns.name.release"]["rows"][0]["value"] != oracle.sys()["release"]:
        raise compare.Failure("release: %s" % answers["p init_uts_ns.name.release"])
    walk = answers["vtop init_task"]["rows"]
    if not walk or not walk[-1]["physical"]:
        raise compare.Failure("vtop: %s" % walk)
    task = answers["struct task_struct.pid,comm init_task"]["rows"]
    if "swapper" not in json.dumps(task):
        raise compare.Failure("init_task: %s" % task)
    if answers["sym kx_die"]["rows"][0]["module"] != "kxboom":
        raise compare.Failure("kx_die: %s" % answers["sym kx_die"])
    errors = open(where + "/errors").read()
    if errors or int(open(where + "/status").read()) != 0:
        raise compare.Failure("it said: %s" % errors)
    failed = [c for c, a in answers.items() if "error" in a]
    if failed:
        raise compare.Failure("failed: %s" % [answers[c] for c in failed])
    return row["format"]


def compare_live(suite, where):
    """(passed, failed)"""
    passed = failed = 0
    oracle = Oracle(where)
    with open(where + "/json") as f:
        documents = [json.loads(line) for line in f]
    answers = {}
    for command, document in zip(COMMANDS, documents):
        answers[command + " again" if command in answers else command] = document
    checks = dict({name: lambda name=name: compare.CHECKS[name](
        lambda commands, **_: [answers[c] for c in commands], oracle) for name in CHECKS},
                  live=lambda: check_answers(where, answers, oracle))
    for name, check in checks.items():
        try:
            said = check()
            passed += 1
            if os.environ.get("VERBOSE"):
                print("%s live: %s: %s" % (suite, name, said))
        except (compare.Failure, KeyError, ValueError, IndexError, TypeError) as error:
            failed += 1
            print("FAILED %s live: %s: %r" % (suite, name, error), flush=True)
    return passed, failed


def run(suite, binary):
    kernel.fetch(suite)
    accel = qemu.accelerator() or "tcg"
    with open(store.path("build", "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)        # one guest at a time
        for last in (False, True):
            with tempfile.TemporaryDirectory(prefix="kx-live-") as where:
                try:
                    boot(suite, binary, where, accel)
                except (RuntimeError, OSError, tarfile.TarError) as error:
                    print("%s live: %s" % (suite, error), flush=True)
                    if last:
                        return 0, 1
                    continue
                if os.environ.get("KEEP"):
                    subprocess.run(["cp", "-r", where, os.environ["KEEP"] + "-" + suite])
                return compare_live(suite, where)


def main():
    binary = os.path.realpath(sys.argv[1])
    passed = failed = 0
    for suite in sys.argv[2:] or ("bookworm", "sid"):
        p, f = run(suite, binary)
        passed, failed = passed + p, failed + f
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
