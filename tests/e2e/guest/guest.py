# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot a guest, let it die, keep its dumps and its truth."""
import fcntl
import json
import os
import re
import shutil
import struct
import tarfile
import tempfile
import time

from . import convert, initramfs, kernel, qemu, store

PANICS = ("sysrq", "null", "bug", "overflow", "softirq", "hardirq", "ipi", "workqueue", "init",
          "nmi", "oom", "hung")
# What dump-guest-memory is asked for; "kdump" is made by the guest's own capture kernel.
HYPERVISOR = {
    "qemu": {"paging": False},
    "qemu-paging": {"paging": True},
    "qemu-kdump-zlib": {"paging": False, "format": "kdump-zlib"},
}


def _arguments(suite, accel, how, options, disks):
    kdump = how == ["kdump"]
    cpu = "host" if accel == "kvm" else "max"
    if accel == "tcg":
        # QEMU 7.2 emulates cmpxchg16b with wrong flags now and then, which breaks 6.12.
        cpu += ",cx16=off"
    cpu += ",la57=" + ("on" if options.la57 else "off")
    append = ["console=ttyS0,115200", "loglevel=7", "printk.devkmsg=on", "panic=0",
              "kx.panic=" + options.panic, "kx.how=" + how[0]]
    if accel == "tcg":
        # On a busy machine the emulated timer fails the kernel's test of it.
        append.append("no_timer_check")
    if kdump:
        append += ["crashkernel=%dM" % options.crashkernel, "kx.load=" + options.load]
    if options.tasks:
        append.append("kx.tasks=%d" % options.tasks)
    if options.fill:
        append.append("kx.fill=1")
        disks = disks + [options.fill]
    if options.append:
        append.append(options.append)
    arguments = ["-accel", "kvm" if accel == "kvm" else "tcg,thread=multi", "-cpu", cpu,
                 "-m", str(options.memory), "-smp", str(options.cpus),
                 "-kernel", store.path("kernels", suite, "vmlinuz"),
                 "-initrd", initramfs.make(suite, kdump),
                 "-append", " ".join(append),
                 "-netdev", "user,id=net0,restrict=on", "-device",
                 "virtio-net-pci,netdev=net0,romfile="]
    for i, disk in enumerate(disks):
        arguments += ["-drive", "file=%s,format=raw,if=none,id=d%d,cache=unsafe" % (disk, i),
                      "-device", "virtio-blk-pci,drive=d%d" % i]
    if not options.no_vmcoreinfo:
        arguments += ["-device", "vmcoreinfo"]
    return arguments


def elf_size(path):
    """Where the last segment of an ELF ends: a raw disk holds no other mark of that."""
    with open(path, "rb") as f:
        head = f.read(64)
        if head[:4] != b"\x7fELF":
            raise RuntimeError("the capture kernel wrote no ELF")
        if head[4] == 2:
            phoff, = struct.unpack_from("<Q", head, 32)
            phentsize, phnum = struct.unpack_from("<HH", head, 54)
        else:
            phoff, = struct.unpack_from("<I", head, 28)
            phentsize, phnum = struct.unpack_from("<HH", head, 42)
        f.seek(phoff)
        end = 0
        for _ in range(phnum):
            entry = f.read(phentsize)
            if head[4] == 2:
                offset, filesz = struct.unpack_from("<Q", entry, 8)[0], \
                    struct.unpack_from("<Q", entry, 32)[0]
            else:
                offset, filesz = struct.unpack_from("<I", entry, 4)[0], \
                    struct.unpack_from("<I", entry, 16)[0]
            end = max(end, offset + filesz)
        return end


def unpack_truth(disk, where):
    shutil.rmtree(where, ignore_errors=True)
    os.makedirs(where)
    with tarfile.open(disk, errorlevel=1) as tar:
        for member in tar:
            # /proc/sys and others differ in case or not at all: plain files only
            if member.isreg() and ".." not in member.name.split("/"):
                tar.extract(member, where, set_attrs=False)
    if not os.path.exists(where + "/complete"):
        raise RuntimeError("the truth is not complete")
    raw = where + "/dmesg.raw"
    if os.path.exists(raw):
        with open(raw, "rb") as f, open(where + "/dmesg", "wb") as out:
            out.write(re.sub(rb"^<\d+>", b"", f.read(), flags=re.M))


def _dig(path):
    """Turn runs of zeros into holes: most of a young guest's memory is zero."""
    os.system("fallocate --dig-holes '%s' 2>/dev/null" % path)


def _live(machine, accel, options):
    """Wait until the guest has done what it was asked, up to its end."""
    slow = 1 if accel == "kvm" else 3
    machine.wait(r"Linux version", 10 * slow)
    machine.wait(r"kx: up", 30 * slow)
    if options.fill:
        machine.wait(r"kx: filled", 1200, stop=r"kx: not filled")
    machine.wait(r"kx: truth written", 60 * slow + options.tasks // 20, stop=r"kx: not armed|armed 0")


def _die(machine, how, options):
    """See the guest to its death, and until nothing moves any more."""
    if options.panic == "nmi":
        machine.wait(r"kx: waiting for an NMI", 30)
        time.sleep(0.5)
        machine.ask("inject-nmi")
    if options.panic == "live":
        machine.wait(r"kx: alive", 30)
        time.sleep(1)
    elif how == ["kdump"]:
        machine.wait(r"kx: saved", 240, stop=r"kx: not saved|kx: still alive")
        machine.wait_end(30)
    else:
        machine.wait(r"Kernel panic - not syncing", 150, stop=r"kx: still alive")
        try:
            # The last line comes at once, or never: 5.10 keeps it back in NMI context.
            machine.wait(r"end Kernel panic", 5)
        except qemu.Timeout:
            pass
        time.sleep(0.3)


def crash(suite, how, options, accel):
    """One attempt. HOW is ["kdump"] or some of HYPERVISOR. Returns the directories made.

    They are made elsewhere and moved when complete: others may be reading the old ones.
    """
    names = ["%s-%s-%s" % (suite, options.name or options.panic, h) for h in how]
    target = os.path.abspath(options.out) if options.out else store.path("dumps", "")
    os.makedirs(target, exist_ok=True)
    work = tempfile.mkdtemp(prefix="work-", dir=target)
    outs = [os.path.join(work, name) for name in names]
    start = time.monotonic()
    truth, disk = work + "/truth.disk", work + "/vmcore.disk"
    serial = outs[0] + "/serial.log"
    try:
        for out in outs:
            os.mkdir(out)
        for path, size in ((truth, 512 << 20), (disk, (options.memory + 64) << 20)):
            with open(path, "wb") as f:
                f.truncate(size)
        arguments = _arguments(suite, accel, how, options, [truth, disk])
        with qemu.Machine(serial, arguments) as machine:
            _live(machine, accel, options)
            _die(machine, how, options)
            if how != ["kdump"]:
                machine.ask("stop")
                for h, out in zip(how, outs):
                    machine.ask("dump-guest-memory", seconds=300,
                                protocol="file:" + out + "/vmcore", **HYPERVISOR[h])
            command = machine.command
        if how == ["kdump"]:
            os.truncate(disk, elf_size(disk))
            os.rename(disk, outs[0] + "/vmcore")
            # Some deaths (a stack overflow: in NMI context, with a capture kernel armed)
            # never reach the serial line. makedumpfile reads them from the dump.
            convert.dump_log(outs[0] + "/vmcore", outs[0] + "/crash.log")
        unpack_truth(truth, outs[0] + "/truth")
        for h, out in zip(how, outs):
            os.chmod(out + "/vmcore", 0o644)
            _dig(out + "/vmcore")
            if out != outs[0]:
                shutil.copy(serial, out)
                store.run(["cp", "-al", outs[0] + "/truth", out + "/truth"])
            meta = {"suite": suite, "release": kernel.release(suite), "panic": options.panic,
                    "how": h, "memory_mb": options.memory, "cpus": options.cpus,
                    "accelerator": accel, "la57": options.la57, "append": options.append,
                    "vmcoreinfo_device": not options.no_vmcoreinfo, "tasks": options.tasks,
                    "qemu": command, "seconds": round(time.monotonic() - start, 1)}
            with open(out + "/meta.json", "w") as f:
                json.dump(meta, f, indent=1)
        for i, name in enumerate(names):
            final = os.path.join(target, name)
            if os.path.exists(final):
                os.rename(final, work + "/old-%d" % i)
            os.rename(outs[i], final)
            outs[i] = final
    except BaseException:
        if os.path.exists(serial):
            shutil.copy(serial, store.path("failed", names[0] + ".serial.log"))
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return outs


def make(suite, how, options):
    """crash(), with the accelerator found out, and a second try."""
    kernel.fetch(suite)
    accel = options.accel or qemu.accelerator()
    tries = [accel, accel] if accel else ["kvm", "tcg", "tcg"]
    if not accel and not os.access("/dev/kvm", os.R_OK | os.W_OK):
        tries = ["tcg", "tcg"]
    with open(store.path("build", "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)        # one guest at a time
        for i, accel in enumerate(tries):
            start = time.monotonic()
            try:
                outs = crash(suite, how, options, accel)
            except (RuntimeError, OSError, tarfile.TarError) as error:
                store.say("%s %s %s (%s): %s" % (suite, options.panic, ",".join(how), accel, error))
                if i + 1 == len(tries):
                    raise
                continue
            if not options.accel:
                qemu.keep_accelerator(accel)
            for out in outs:
                size = os.stat(out + "/vmcore")
                store.note(os.path.basename(out), "%s, %d MiB (%d on disk), %.0f s, %s" % (
                    kernel.release(suite), size.st_size >> 20, size.st_blocks >> 11,
                    time.monotonic() - start, time.strftime("%H:%M:%S")))
            store.say("%s: %.1f s" % (" ".join(map(os.path.basename, outs)),
                                      time.monotonic() - start))
            return outs
