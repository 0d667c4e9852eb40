#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Make the machines of tests/fixtures/machines: guests that save a snapshot of themselves.

usage: snapshot.py KX_CRASH DIRECTORY [MACHINE...]

KX_CRASH is a binary without sanitizers. Writes DIRECTORY/MACHINE and DIRECTORY/MACHINE.facts, what
the guest says of itself by other means: /proc/meminfo, dmesg, and `kexec -p -c -d`.
"""
import fcntl
import os
import re
import shutil
import sys
import tarfile
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from guest import initramfs, kernel, qemu, store  # noqa: E402

OVMF = "/usr/share/ovmf/OVMF.fd"
FRAGMENTS = ",".join("4K$%dM" % (64 + 2 * i) for i in range(90))

# name: suite, memory in MiB, CPUs, kernel's command line, more for QEMU
MACHINES = {
    # the usual small guest
    "small": ("bookworm", 512, 2, "crashkernel=128M", []),
    # 5-level page tables; a low crash region and one above 4 GiB
    "large": ("trixie", 6144, 4, "crashkernel=256M,high crashkernel=64M,low", ["la57"]),
    # memory with holes, and an old kernel, which needs a backup of its low memory
    "holes": ("bullseye", 1024, 2, "crashkernel=128M memmap=16M$256M,1M$300M,64K$512M", []),
    # more than 128 ranges in the e820 table
    "fragmented": ("bookworm", 1024, 2, "crashkernel=160M memmap=" + FRAGMENTS, []),
    # the kernel keeps elfcorehdr itself; memory that was plugged in
    "hotplug": ("sid", 1024, 2, "crashkernel=192M memhp_default_state=online", ["dimm"]),
    # memory of a virtio-mem device
    "virtio-mem": ("sid", 1024, 2, "crashkernel=192M memhp_default_state=online", ["virtio-mem"]),
    # a crash region in CMA besides
    "cma": ("sid", 2048, 2, "crashkernel=192M crashkernel=128M,cma", []),
    # CPU 1 was unplugged, CPUs 2 and 3 are there
    "sparse": ("trixie", 1024, 1, "crashkernel=160M kx.unplug=1", ["unplug"]),
    "efi": ("trixie", 1024, 2, "crashkernel=160M", ["efi"]),
    "efi-7": ("sid", 1024, 2, "crashkernel=192M", ["efi"]),
    # nobody looks: addresses are hidden
    "unprivileged": ("bookworm", 512, 2, "crashkernel=128M kx.user=nobody", []),
    # /proc/kcore is closed, kexec_load is not allowed
    "lockdown": ("trixie", 1024, 2, "crashkernel=160M lockdown=confidentiality", []),
}


def make_initramfs(suite, binary, path):
    """busybox, kx-crash and kexec with their libraries, and a kernel to load."""
    cpio, capture = initramfs.Cpio(), initramfs.Cpio()
    here = os.path.dirname(os.path.abspath(__file__))
    cpio.add("init", os.path.join(here, "snapshot-init"))
    initramfs._base(cpio)
    initramfs._modules(cpio, suite, ["virtio_pci", "virtio_blk", "virtio_mem", "efivarfs"])
    initramfs._program(cpio, binary)
    cpio.link("bin/kx-crash", os.path.basename(binary))     # unless it is called that
    initramfs._program(cpio, "/sbin/kexec")
    cpio.file("etc/passwd", b"root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n", 0o100644)
    cpio.file("etc/group", b"root:x:0:\nnogroup:x:65534:\n", 0o100644)
    cpio.add("capture/vmlinuz", store.path("kernels", suite, "vmlinuz"))
    initramfs._base(capture)
    capture.write(path + ".capture")
    cpio.add("capture/initrd", path + ".capture")
    cpio.write(path)


def arguments(machine, initrd, disk):
    suite, memory, cpus, append, extra = MACHINES[machine]
    cpu = "max,cx16=off,la57=" + ("on" if "la57" in extra else "off")
    smp, memory = str(cpus), str(memory)
    if "unplug" in extra:
        smp += ",maxcpus=4,sockets=4,cores=1,threads=1"
    if "dimm" in extra or "virtio-mem" in extra:
        memory += ",slots=2,maxmem=8G"
    result = ["-accel", "tcg,thread=multi", "-cpu", cpu, "-m", memory, "-smp", smp,
              "-kernel", store.path("kernels", suite, "vmlinuz"), "-initrd", initrd,
              "-append", "console=ttyS0,115200 panic=0 " + append,
              "-drive", "file=%s,format=raw,if=none,id=d0,cache=unsafe" % disk,
              "-device", "virtio-blk-pci,drive=d0"]
    if "unplug" in extra:
        for i in range(1, 4):
            result += ["-device", "max-x86_64-cpu,id=cpu%d,socket-id=%d,core-id=0,thread-id=0,"
                       "cx16=off,la57=off" % (i, i)]
    if "efi" in extra:
        result += ["-bios", OVMF]
    if "dimm" in extra:
        result += ["-object", "memory-backend-ram,id=m0,size=1G", "-device",
                   "pc-dimm,id=dimm0,memdev=m0"]
    if "virtio-mem" in extra:
        result += ["-object", "memory-backend-ram,id=m0,size=1G", "-device",
                   "virtio-mem-pci,id=vm0,memdev=m0,requested-size=256M"]
    return result


def unplug(guest):
    """One of four CPUs goes: those of the guest are 0, 2 and 3 then."""
    guest.wait(r"kx: ready for CPUs", 60)
    guest.ask("device_del", id="cpu1")
    guest.wait(r"kx: unplugged", 90)


# Of kexec's chatter: the ranges it found, the headers it made, what it loads.
KEXEC = re.compile(r"[0-9a-f]{16}-[0-9a-f]{16} \(\d\)$|(CRASH )?MEMORY RANGES|.*p_type = |kernel vaddr|"
                   r"get_backup_area|Created|kexec_load|nr_segments|segment\[\d+\]\.(bufsz|mem)|"
                   r"Cannot|.*elfcorehdr=|kexec")


def reduce_kexec(path):
    """Without the memory map that is shown again after each step."""
    with open(path) as f:
        lines = [line.strip() for line in f]
    with open(path, "w") as f:
        again = False
        for line in lines:
            if line.startswith("Memmap after"):
                again = True
            elif not re.match(r"[0-9a-f]{16}-", line):
                again = False
            if not again and KEXEC.match(line):
                f.write(line + "\n")


def keep(disk, machine, target):
    """Unpack the disk's tar, what the fixture needs of it."""
    with tempfile.TemporaryDirectory() as work:
        with tarfile.open(disk) as tar:
            members = [m for m in tar if (m.isreg() or m.isdir()) and
                       not m.name.startswith("/") and ".." not in m.name.split("/")]
            tar.extractall(work, members)
        if not os.path.isdir(work + "/machine"):
            with open(work + "/facts/rows") as f:
                raise RuntimeError("no snapshot: " + f.read())
        for part, name in (("machine", machine), ("facts", machine + ".facts")):
            where = os.path.join(target, name)
            shutil.rmtree(where, ignore_errors=True)
            os.system("chmod -R u+rwX,go+rX,go-w '%s'" % os.path.join(work, part))
            shutil.copytree(os.path.join(work, part), where)
    reduce_kexec(os.path.join(target, machine + ".facts", "kexec"))
    # git keeps no empty directories; they say that something is there
    for directory, names, files in os.walk(os.path.join(target, machine)):
        if not names and not files:
            with open(os.path.join(directory, ".there"), "w"):
                pass


def make(machine, binary, target):
    suite = MACHINES[machine][0]
    kernel.fetch(suite)
    with tempfile.TemporaryDirectory() as work:
        initrd, disk, serial = work + "/initrd", work + "/disk", work + "/serial"
        make_initramfs(suite, binary, initrd)
        with open(disk, "wb") as f:
            f.truncate(16 << 20)
        with open(store.path("build", "lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with qemu.Machine(serial, arguments(machine, initrd, disk)) as guest:
                try:
                    guest.wait(r"kx: up", 120)
                    if "unplug" in MACHINES[machine][4]:
                        unplug(guest)
                    guest.wait(r"kx: saved", 90)
                    guest.wait_end(30)
                except RuntimeError:
                    print(guest.log()[-3000:], file=sys.stderr)
                    raise
            said = re.findall(r"kx: ((?:snapshot|kexec): \d+)", guest.log())
        keep(disk, machine, target)
        store.say("%s: %s" % (machine, ", ".join(said)))


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    for machine in sys.argv[3:] or MACHINES:
        make(machine, os.path.abspath(sys.argv[1]), sys.argv[2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
