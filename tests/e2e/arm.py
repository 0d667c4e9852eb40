#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does kx-crash arm a machine, tell its state, and say what every refusal of the kernel means?

    arm.py KX-CRASH [SUITE...]

Boots guests that arm themselves (guest/arm). Some try what can go well or wrong and write down what
was said; some die, and their capture kernel saves the headers of /proc/vmcore, of which the ones that
kx-crash built, those of kexec-tools and the kernel's own are compared; one dies with a crash kernel
that was altered, which purgatory must notice. Ends with "N passed, N failed".
"""
import fcntl
import json
import os
import re
import struct
import subprocess
import sys
import tarfile
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from guest import initramfs, kernel, qemu, store  # noqa: E402

CRASHKERNEL = "160M"
PT_LOAD, PT_NOTE = 1, 4


class Failure(Exception):
    pass


# ---- the guests ----

def without_sanitizers(binary):
    """Emulated, the sanitizers make a load take ten times as long: one guest has them, the others
    run the same sources as they are shipped."""
    with open(binary, "rb") as f:
        if b"__asan_init" not in f.read():
            return binary
    build = os.path.join(os.path.dirname(binary), "release")
    store.run(["cmake", "-S", os.path.join(store.HERE, "../../.."), "-B", build, "-G", "Ninja",
               "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DKX_SANITIZE=OFF"])
    store.run(["cmake", "--build", build, "--target", "kx-crash", "kx-capture",
               "arm_forge"])
    return build + "/kx-crash"


def make_initrd(suite, binary, where, name="main.gz"):
    """All that the guests need, and that with itself inside, for `exec`."""
    script = os.path.join(store.HERE, "arm")
    capture = initramfs.Cpio()
    capture.add("init", script)
    initramfs._base(capture)
    initramfs._modules(capture, suite, initramfs.CAPTURE_MODULES)
    capture.write(where + "/capture.gz")

    main = initramfs.Cpio()
    main.add("init", script)
    initramfs._base(main)
    initramfs._program(main, binary)
    initramfs._program(main, os.path.join(os.path.dirname(binary), "tests/tools/arm_forge"))
    initramfs._program(main, "/sbin/kexec")
    initramfs._modules(main, suite, initramfs.CAPTURE_MODULES)
    main.file("etc/passwd", b"root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n", 0o100644)
    main.add("capture/vmlinuz", store.path("kernels", suite, "vmlinuz"))
    main.add("kx/capture.gz", where + "/capture.gz")
    main.write(where + "/" + name)
    if name != "main.gz":
        return

    second = initramfs.Cpio()
    second.add("kx/second.gz", where + "/main.gz")
    second.write(where + "/second.gz")
    with open(where + "/exec.gz", "wb") as out:
        for part in ("main.gz", "second.gz"):
            with open(where + "/" + part, "rb") as f:
                out.write(f.read())
            out.write(b"\0" * (-out.tell() % 4))


def boot(suite, where, name, append, stages, initrd="main.gz", memory=1024, image=None, more=()):
    """One guest, a second time when emulation broke it. STAGES: (pattern, seconds) to wait for.
    IMAGE: its kernel, if not the suite's. MORE: words for QEMU. Returns the serial log; the first
    disk is WHERE/NAME.disk."""
    disk = "%s/%s.disk" % (where, name)
    accel = qemu.accelerator() or "tcg"
    cpu = "host" if accel == "kvm" else "max,cx16=off,la57=off"
    arguments = ["-accel", accel, "-cpu", cpu, "-m", str(memory), "-smp", "2",
                 "-kernel", image or store.path("kernels", suite, "vmlinuz"),
                 "-initrd", where + "/" + initrd,
                 "-append", "console=ttyS0,115200 nokaslr no_timer_check panic=-1 crashkernel=%s %s" %
                 (CRASHKERNEL, append),
                 "-drive", "file=%s,format=raw,if=none,id=d0,cache=unsafe" % disk,
                 "-device", "virtio-blk-pci,drive=d0", *more]
    for last in (False, True):
        with open(disk, "wb") as f:
            f.truncate(64 << 20)
        with open(store.path("build", "lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)        # one guest at a time
            with qemu.Machine("%s/%s.log" % (where, name), arguments) as machine:
                try:
                    machine.wait(r"kx: up", 60, stop="Kernel panic")
                    for pattern, seconds in stages:
                        machine.wait(pattern, seconds, stop=r"kx: (still alive|headers not)")
                    return machine.log()
                except RuntimeError as error:
                    print("%s %s: %s" % (suite, name, error), flush=True)
                    if last:
                        raise Failure("%s\n%s" % (error, machine.log()[-1500:])) from None


class Answers:
    """What the steps of a guest said."""

    def __init__(self, disk):
        self.files = {}
        with tarfile.open(disk) as tar:
            for member in tar:
                if member.isreg():
                    self.files[os.path.basename(member.name)] = \
                        tar.extractfile(member).read().decode("utf-8", "replace")

    def text(self, name):
        if name not in self.files:
            raise Failure("the step %s was not done" % name)
        return self.files[name]

    def has(self, step):
        return step + ".status" in self.files

    def said(self, step):
        return self.text(step + ".out") + self.text(step + ".err")

    def rows(self, step):
        return json.loads(self.text(step + ".out"))["rows"]

    def expect(self, step, status=None, loaded=None, says=()):
        where = "%s: exit status %s, loaded %s: %s" % (
            step, self.text(step + ".status").strip(), self.text(step + ".loaded").strip(),
            self.said(step)[-3000:])
        if "AddressSanitizer" in where or "runtime error" in where:
            raise Failure("the sanitizer complains. " + where)
        if status is not None and int(self.text(step + ".status")) != status:
            raise Failure("exit status %d is expected. %s" % (status, where))
        if loaded is not None and int(self.text(step + ".loaded")) != loaded:
            raise Failure("loaded %d is expected. %s" % (loaded, where))
        for pattern in says:
            if not re.search(pattern, self.said(step), re.S):
                raise Failure("%r is expected. %s" % (pattern, where))

    def check(self, step, name):
        """The row of a check."""
        return next(r for r in self.rows(step) if r.get("check") == name)

    def result(self, step):
        return self.rows(step)[-1]

    def expect_check(self, step, name, state, says=""):
        row = self.check(step, name)
        if not re.fullmatch(state, row["state"]) or not re.search(says, "%s. %s" % (row["why"], row["advice"])):
            raise Failure("%s: check %s: %s %r is expected: %s" % (step, name, state, says, row))

    def expect_problem(self, step, problem):
        self.expect(step, status=1)
        if problem not in [r.get("problem") for r in self.rows(step)]:
            raise Failure("%s: problem %s is expected: %s" % (step, problem, self.rows(step)))


def equal(what, is_so, expected):
    if is_so != expected:
        raise Failure("%s: %r is expected, not %r" % (what, expected, is_so))


# ---- what the steps must have said ----

def check_status(a):
    a.expect("status-unarmed", 1, 0)
    a.expect_problem("status-unarmed", "not_loaded")
    for step, call in (("status-default", None), ("status-file", "kexec_file_load"),
                       ("status-load", "kexec_load")):
        a.expect(step, 0, 1)
        row = a.rows(step)[0]
        equal(step, (row["armed"], row["as_armed"], len(a.rows(step))), (True, True, 1))
        equal(step, row["content_compared"], True)
        equal(step, row["selftest"].split(":")[0], "never")
        if call:
            equal(step, row["system_call"], call)
    a.expect("status-text", 0, 1, [r"ARMED: yes", r"KERNEL: /capture/vmlinuz"])
    a.expect("status-copies", 0, 1)
    a.expect_problem("status-altered", "initrd")
    a.expect_problem("status-gone", "initrd")
    a.expect("disarm", 0, 0)
    equal("disarm", a.rows("disarm")[0], {"was_armed": True, "armed": False})
    a.expect("disarm-again", 0, 0)
    equal("disarm-again", a.rows("disarm-again")[0], {"was_armed": False, "armed": False})
    a.expect_problem("status-disarmed", "not_loaded")
    a.expect("foreign", 0, 1)
    a.expect_problem("status-foreign", "record")
    # Another tool loads the same files after us, with a word more.
    a.expect("overwritten", 0, 1)
    a.expect_problem("status-overwritten", "content")
    a.expect("disarm-foreign", 0, 0)


def check_arm(a):
    a.expect("default-nothing", 1, 0)
    a.expect_check("default-nothing", "kernel_image", "failed", "is at none of /boot/vmlinuz-")
    for step in ("dry-run", "dry-run-text"):
        a.expect(step, 0, 0)
    for row in a.rows("dry-run")[:-1]:
        if row["state"] not in ("ok", "skipped"):
            raise Failure("dry-run: %s" % row)
    a.expect("default", 0, 1)
    row = a.result("default")
    equal("kernel", row["kernel"], "/capture/vmlinuz")
    equal("system call", row["system_call"], "kexec_file_load")
    a.expect("appended", 0, 1)
    words = a.result("appended")["command_line"].split()
    for word in ("kx.stage=capture", "nr_cpus=1", "reset_devices", "irqpoll", "nokaslr"):
        if word not in words:
            raise Failure("%s is not in %s" % (word, words))
    if [w for w in words if w.startswith("crashkernel=")] or "kx.stage=steps" in words:
        raise Failure("too much: %s" % words)
    for step, call in (("file", "kexec_file_load"), ("load", "kexec_load")):
        a.expect(step, 0, 1)
        equal(step, (a.result(step)["system_call"], a.result(step)["why"]), (call, "asked for"))
        equal(step, len(a.result("load")["digest"]), 64)
    a.expect("copies", 0, 1)


def check_restore(a):
    a.expect("fail-unarmed", 1, 0, [r"ETXTBSY", r"Nothing is armed\b"])
    for how in ("load", "file"):
        a.expect("good-" + how, 0, 1)
        a.expect("fail-" + how, 1, 1, [r"kexec_file_load: ETXTBSY: .*open for writing",
                                       r"armed again: /capture/vmlinuz"])
        a.expect("status-restored-" + how, 0, 1)
        equal(how, a.rows("status-restored-" + how)[0]["kernel"], "/capture/vmlinuz")
    a.expect("good-copy", 0, 1)
    a.expect("fail-altered", 1, 0, [r"ETXTBSY", r"what was armed before is gone"])
    a.expect("foreign-again", 0, 1)
    a.expect_check("foreign-warning", "last_good", "warning", "not armed by kx-crash")


def check_checks(a):
    a.expect("good-again", 0, 1)
    for step, check, says in (
            ("too-big", "segment_size", r"the crash region has 160.*crashkernel="),
            ("no-initramfs", "initrd", "is no initramfs"),
            ("no-kernel", "kernel_image", "/bin/busybox"),
            ("no-kernel-text", "kernel_image", "/etc/passwd"),
            ("no-such-file", "kernel_image", "/no/such"),
            ("too-long", "command_line_length", "3030 bytes long.*2047.*--remove")):
        a.expect(step, 1, 1)
        a.expect_check(step, check, "failed", says)
    a.expect_check("cut-initramfs", "initrd", "warning", "unpacking|ends in the middle")
    a.expect("wrong-usage", 2, 1, ["--syscall both: auto, load or file"])
    if a.has("hotplug-load"):
        a.expect("hotplug-load", 0, 1)
    else:
        a.expect("no-hotplug", 1, 1)
        a.expect_check("no-hotplug", "hotplug", "failed", "udev rule")
    a.expect("user", 1)
    a.expect_check("user", "privilege", "failed", "CAP_SYS_BOOT.*root")
    a.expect_check("user", "iomem", "warning", "hidden.*root")


# errno by errno: what the kernel refused, and that the answer says what to do.
ERRNOS = (
    ("forge-outside", r"^kexec_load: EADDRNOTAVAIL: .*outside of the crash region.*/proc/iomem"),
    ("forge-unaligned", r"^kexec_load: EADDRNOTAVAIL: .*page's boundary"),
    ("forge-overlap", r"^kexec_load: EINVAL: .*overlap"),
    ("forge-flag", r"^kexec_load: EINVAL: a flag that this kernel does not know"),
    ("forge-full", r"^kexec_load: ENOMEM: .*control page.*crashkernel="),
    ("forge-busy", r"^kexec_load: EBUSY: another kexec load.*Try again"),
    ("forge-unprivileged", r"^kexec_load: EPERM: .*CAP_SYS_BOOT.*root"),
    ("forge-file-unprivileged", r"^kexec_file_load: EPERM: .*CAP_SYS_BOOT"),
    ("forge-plain", r"^loaded$"),
    ("forge-file-plain", r"^loaded$"),
    ("forge-file-long", r"^kexec_file_load: EINVAL: a command line that is too long"),
    ("forge-file-nokernel", r"^kexec_file_load: ENOEXEC: .*bzImage"),
    ("forge-file-writer", r"^kexec_file_load: ETXTBSY: .*open for writing.*fuser"),
    ("forge-file-big", r"^kexec_file_load: EADDRNOTAVAIL: no hole.*crashkernel="),
    ("forge-disabled", r"^kexec_load: EPERM: kernel.kexec_load_disabled is 1\. Only a reboot"),
    ("forge-file-disabled", r"^kexec_file_load: EPERM: kernel.kexec_load_disabled"),
)


def check_errnos(a):
    for step, says in ERRNOS:
        a.expect(step, 0, None, [says])
    # 5.10 to 6.2 have no limits.
    a.expect("limit-last", 0, 1)
    if a.has("limit-none"):
        a.expect_check("limit-last", "load_limit", "warning", "last one")
        a.expect("limit-none", 1, 1)
        a.expect_check("limit-none", "load_limit", "failed", "kexec_load_limit_panic")
        a.expect("forge-limit", 0, 1, [r"EPERM: kernel.kexec_load_limit_panic has run down"])
        a.expect("limit-disarm", 1, 1, [r"unloading: EPERM: kernel.kexec_load_limit_panic"])
    a.expect("disabled", 1, 1)
    a.expect_check("disabled", "load_disabled", "failed", "reboot")
    a.expect("disabled-disarm", 1, 1, [r"unloading: EPERM: kernel.kexec_load_disabled"])


def check_load(a):
    a.expect("exec-nothing", 1, None, ["no kernel is loaded: kx-crash load"])
    for step, call in (("normal", "kexec_load"), ("normal-file", "kexec_file_load")):
        a.expect(step, 0)
        equal(step, (a.result(step)["loaded"], a.text(step + ".loaded-too")), (True, "1\n"))
        equal(step, a.result(step)["system_call"], call)
    a.expect("unload", 0)
    equal("unload", a.text("unload.loaded-too"), "0\n")


def check_estimate(a):
    a.expect("estimate", 0)
    row = a.result("estimate")
    # The parts are shown to sum up, and 96M is known to be too little for these kernels.
    parts = [r["bytes"] for r in a.rows("estimate")[:-2]]
    equal("total", row["total_bytes"], sum(parts))
    equal("reserved", row["reserved_bytes"], 160 << 20)
    size = int(re.fullmatch(r"crashkernel=(\d+)M", row["crashkernel"]).group(1))
    if not 96 < size <= 160:
        raise Failure("estimate: %s" % row)


def check_lockdown(a):
    if "[integrity]" not in a.text("lockdown"):
        raise Failure("the guest is not locked down: %s" % a.text("lockdown"))
    a.expect("before", 0, 1)
    a.expect("status-locked", 0, 1)
    # kexec_load refuses even to unload.
    a.expect("disarm", 0, 0)
    a.expect("load", 1, 0)
    a.expect_check("load", "restricted", "failed", r"locked down \(integrity\).*--syscall file")
    a.expect("forge-plain", 0, 0, [r"kexec_load: EPERM: the kernel is locked down.*--syscall file"])
    equal("auto", a.result("auto")["system_call"], "kexec_file_load")
    equal("auto", a.result("auto")["why"], "the kernel is locked down")
    a.expect_check("auto", "signature", "ok|failed", "signature")
    a.expect("auto", 1, 0)
    a.expect("forge-file-plain", 0, 0, [r"kexec_file_load: EPERM: .*signature.*signed by a key"])


def check_ima(a):
    a.expect("before", 0, 1)
    a.expect("forge-plain", 0, 1, [r"kexec_load: EACCES: .*IMA appraisal.*--syscall file"])
    a.expect("again", 1, 0, [r"kexec_file_load: EACCES: an IMA policy.*audit log",
                             r"Nothing is armed: .*failed, too: kexec_file_load: EACCES"])
    a.expect("forge-file-plain", 0, 0, [r"kexec_file_load: EACCES"])


STEPS = {"status": check_status, "arm": check_arm, "restore": check_restore,
         "checks": check_checks, "errnos": check_errnos, "load": check_load,
         "estimate": check_estimate}


# ---- headers of /proc/vmcore, three times ----

def headers(disk):
    """[(type, offset, virt, phys, size)] of the ELF that the capture kernel shows."""
    with open(disk, "rb") as f:
        data = f.read(1 << 16)
    if data[:4] != b"\x7fELF":
        raise Failure("the capture kernel saved no ELF headers")
    phoff, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    result = []
    for i in range(count):
        kind, _, _, virt, phys, filesz, memsz, _ = struct.unpack_from("<IIQQQQQQ", data,
                                                                      phoff + i * size)
        if kind == PT_LOAD:
            equal("file and memory size", filesz, memsz)
        result.append((kind, virt, phys, memsz))
    return result


def ram(entries):
    """The physical ranges of RAM, joined: {(start, end)}; the kernel's text lies in them."""
    ranges = sorted((phys, phys + size) for kind, virt, phys, size in entries
                    if kind == PT_LOAD and size)
    joined = []
    for start, end in ranges:
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return joined


def direct_map(entries):
    """virtual - physical of the ranges that are not the kernel's text."""
    return {virt - phys for kind, virt, phys, size in entries
            if kind == PT_LOAD and virt < 0xffffffff80000000}


def text(entries):
    return [(virt, phys) for kind, virt, phys, size in entries
            if kind == PT_LOAD and virt >= 0xffffffff80000000]


def minus_low(ranges):
    """Without the first MiB: whether it is worth saving is a matter of taste, which differs."""
    return [[max(start, 1 << 20), end] for start, end in ranges if end > 1 << 20]


def check_headers(found):
    ours, theirs, kernels = found["load"], found["kexec-tools"], found["file"]
    equal("RAM, beside kexec-tools'", minus_low(ram(ours)), minus_low(ram(theirs)))
    equal("RAM, beside the kernel's", minus_low(ram(ours)), minus_low(ram(kernels)))
    equal("direct map, beside the kernel's", direct_map(ours), direct_map(kernels))
    equal("direct map, beside kexec-tools'", direct_map(ours), direct_map(theirs))
    equal("text, beside the kernel's", text(ours), text(kernels))
    # /proc/vmcore merges all notes into one.
    equal("notes", [len([1 for e in f if e[0] == PT_NOTE]) for f in (ours, theirs, kernels)],
          [1, 1, 1])
    notes = [next(size for kind, _, _, size in f if kind == PT_NOTE) for f in (ours, kernels)]
    equal("size of the notes", notes[0], notes[1])


# ---- all of it ----

class Count:
    def __init__(self, suite):
        self.suite, self.passed, self.failed = suite, 0, 0

    def run(self, name, check, *arguments):
        try:
            result = check(*arguments)
        except (Failure, KeyError, ValueError, IndexError, TypeError, StopIteration, OSError,
                struct.error, tarfile.TarError) as error:
            self.failed += 1
            print("FAILED %s arm: %s: %s%s" % (
                self.suite, name, "" if isinstance(error, Failure) else repr(type(error)), error),
                flush=True)
            return None
        self.passed += 1
        if os.environ.get("VERBOSE"):
            print("%s arm: %s: ok" % (self.suite, name), flush=True)
        return result if result is not None else True


def answers(suite, where, name, append, initrd="main.gz"):
    boot(suite, where, name, append, [(r"kx: answers written", 300)], initrd)
    return Answers("%s/%s.disk" % (where, name))


def crash_headers(suite, where, how):
    boot(suite, where, how, "kx.stage=headers kx.how=" + how,
         [(r"kx: armed 1", 60), (r"kx: headers saved", 60)])
    return headers("%s/%s.disk" % (where, how))


def corrupt(suite, where, how):
    # Purgatory's own words, as purgatory/blob/message.c has them.
    log = boot(suite, where, "corrupt-" + how, "kx.stage=exec kx.how=" + how,
               [(r"kx: second kernel", 60), (r"kx: armed 1", 60),
                (r"purgatory.*(?s:.*)Halted", 60)], initrd="exec.gz")
    tail = log[log.index("kx: armed 1"):]
    if "headers" in tail or "Linux version" in tail:
        raise Failure("the altered kernel was entered: %s" % tail[-800:])
    return re.search(r"[^\n]*purgatory(?s:.*)Halted", tail).group(0)


def run(suite, binary, where):
    count = Count(suite)
    kernel.fetch(suite)
    make_initrd(suite, without_sanitizers(binary), where)
    make_initrd(suite, binary, where, "as-given.gz")
    said = count.run("guest of steps", answers, suite, where, "steps", "kx.stage=steps")
    for name, check in STEPS.items():
        if said:
            count.run(name, check, said)
    for name, check in (("locked", check_lockdown), ("ima", check_ima)):
        said = count.run("guest of " + name, answers, suite, where, name, "kx.stage=" + name,
                         "as-given.gz")
        if said:
            count.run(name, check, said)
    found = {how: count.run("capture, " + how, crash_headers, suite, where, how)
             for how in ("load", "file", "kexec-tools")}
    if all(found.values()):
        count.run("headers", check_headers, found)
    for how in ("load", "file"):
        words = count.run("altered kernel, after exec by " + how, corrupt, suite, where, how)
        if words and os.environ.get("VERBOSE"):
            print(words)
    return count


def main():
    binary = os.path.realpath(sys.argv[1])
    passed = failed = 0
    for suite in sys.argv[2:] or ("bookworm", "sid"):
        with tempfile.TemporaryDirectory(prefix="kx-arm-") as where:
            count = run(suite, binary, where)
            if os.environ.get("KEEP"):
                subprocess.run(["cp", "-r", where, os.environ["KEEP"] + "-" + suite], check=False)
        passed, failed = passed + count.passed, failed + count.failed
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
