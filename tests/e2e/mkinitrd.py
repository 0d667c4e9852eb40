#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does an initramfs that kx-crash mkinitrd made bring the dump home, whatever the target?

    mkinitrd.py [--all] [--suites A,B] [--cases A,B] KX-CRASH

Guests (guest/init) write down the truth, arm a capture kernel with such an initramfs by kx-crash arm,
and die. Where the dump then is, the target says; it is opened, and says what the guest said of itself.
Targets fail, are unplugged, and QEMU is killed: what is left then has no whole dump's name, and opens.
Ends with "N passed, N failed".
"""
import argparse
import fcntl
import glob
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from types import SimpleNamespace

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "guest"))
import json  # noqa: E402

import compare  # noqa: E402
from arm import without_sanitizers  # noqa: E402
from guest import guest, initramfs, kernel, qemu, store  # noqa: E402

CHECKS = ["bt", "log", "ps", "mod", "sys"]
HOST = "10.0.2.2"       # of QEMU's user network: this machine
UUID = "6b782d63-7261-7368-2d64-756d70202020"
LINE = ("console=ttyS0 nr_cpus=1 irqpoll reset_devices panic=-1 quiet no_timer_check "
        "KX_STALL=20 "
        "kx.stage=capture")
# Takes the place of the guest's kexec(8), and of what it is told.
ARM = """#!/bin/sh
%s
exec kx-crash arm --kernel /capture/vmlinuz %s --command-line "%s"
"""


class Failure(Exception):
    pass


# ---- what a guest is made of ----

def modules_of(suite):
    return store.path("kernels", suite, "modules", "lib", "modules", kernel.release(suite))


def mkinitrd(binary, suite, where, config, add):
    """Made here, for a machine that is not here: its modules are named."""
    path = where + "/capture.conf"
    with open(path, "w") as f:
        f.write(config)
    words = [binary, "mkinitrd", "--json", "--modules", modules_of(suite)]
    for name in add:
        words += ["--add-module", name]
    done = subprocess.run(words + [path, where + "/capture.img"], capture_output=True, text=True,
                          timeout=60)
    if done.returncode:
        raise Failure("mkinitrd: %s" % (done.stdout + done.stderr))
    image = os.stat(where + "/capture.img")
    if image.st_mode & 0o777 != 0o600:
        raise Failure("the initramfs has the mode %o" % image.st_mode)
    return image.st_size


def make_guest(suite, where, binary, inside=None):
    """The guest's initramfs, with kx-crash and the capture's, or what makes that, behind it."""
    cpio = initramfs.Cpio()
    initramfs._program(cpio, binary)
    how = ("", "--initrd /capture/initrd")
    if inside:
        how = (inside["before"], "--capture /capture.conf")
        cpio.file("capture.conf", inside["config"].encode(), 0o100600)
        cpio.add("bin/kx-capture", os.path.join(os.path.dirname(binary), "kx-capture"))
        cpio.directory("var/lib")
        # The indices name all modules; the guest itself has but some.
        where_from = modules_of(suite)
        paths = glob.glob(where_from + "/modules.*")
        for some in ("virtio*", "crc32*", "crc16*", "ext4*", "jbd2*", "mbcache*"):
            paths += glob.glob(where_from + "/kernel/**/" + some, recursive=True)
        for path in paths:
            if path.endswith((".bin", "softdep", ".ko", ".ko.xz")):
                cpio.add("lib/modules/%s/%s" % (kernel.release(suite),
                                                os.path.relpath(path, where_from)), path)
    else:
        cpio.add("capture/initrd", where + "/capture.img")
    cpio.file("bin/kexec", (ARM % (how + (LINE,))).encode())
    cpio.write(where + "/more.gz")
    with open(where + "/guest.gz", "wb") as out:
        for part in (initramfs.make(suite, True), where + "/more.gz"):
            with open(part, "rb") as f:
                shutil.copyfileobj(f, out)
            out.write(b"\0" * (-out.tell() % 4))
    return where + "/guest.gz"


def disk(path, megabytes):
    with open(path, "wb") as f:
        f.truncate(megabytes << 20)
    return path


def ext4(path, megabytes=256):
    disk(path, megabytes)
    store.run(["mkfs.ext4", "-q", "-U", UUID, "-L", "dumps", path])
    return path


def drive(path, name, more=""):
    return ["-drive", "file=%s,format=raw,if=none,id=%s,cache=unsafe" % (path, name),
            "-device", "virtio-blk-pci,drive=%s,serial=%s,id=dev-%s%s" % (name, name, name, more)]


class Run:
    """A guest from its start to its end; afterwards the console and the truth are in WHERE."""

    def __init__(self, suite, where, crashkernel, image, more, network, act=None):
        self.suite, self.where = suite, where
        options = SimpleNamespace(panic="sysrq", memory=512, crashkernel=crashkernel, load="s",
                                  cpus=2, tasks=0, fill=None, la57=False, no_vmcoreinfo=False,
                                  append="")
        truth = disk(where + "/truth.disk", 512)
        accel = qemu.accelerator() or "tcg"
        arguments = guest._arguments(suite, accel, ["kdump"], options, [truth])
        arguments[arguments.index("-initrd") + 1] = image
        if network:
            at = arguments.index("-netdev") + 1
            arguments[at] = "user,id=net0"
        self.arguments = arguments + more
        with qemu.Machine(where + "/serial.log", self.arguments) as machine:
            self.machine = machine
            guest._live(machine, accel, options)
            if act:
                act(machine)
            else:
                machine.wait(r"kx-capture: now: ", 240, stop=r"kx: still alive")
                machine.wait_end(60)
            self.log = machine.log()
        self.capture = self.log[self.log.find("kx-capture: up"):]
        guest.unpack_truth(truth, where + "/truth")
        os.unlink(truth)
        with open(where + "/meta.json", "w") as f:
            json.dump({"suite": suite, "release": kernel.release(suite), "panic": "sysrq",
                       "how": "mkinitrd", "append": ""}, f)

    def said(self, pattern):
        found = re.search(pattern, self.capture)
        if not found:
            raise Failure("the console does not say %r:\n%s" % (
                pattern, "\n".join(l for l in self.capture.splitlines() if "kx-capture" in l)[-3000:]))
        return found


def open_whole(binary, run, dump):
    """The dump says what the guest said of itself."""
    if not os.path.exists(dump):
        raise Failure("there is no %s\n%s" % (dump, run.capture[-2000:]))
    passed, failed = compare.compare(binary, run.where, [dump], CHECKS)
    if failed:
        raise Failure("%d of %d checks failed" % (failed, passed + failed))


def out_of_ext4(run, image, below="/crash"):
    """All that is on the disk: debugfs reads it as it lies there."""
    out = run.where + "/out"
    os.mkdir(out)
    subprocess.run(["e2fsck", "-fy", image], capture_output=True, timeout=60, check=False)
    store.run(["debugfs", "-R", "rdump %s %s" % (below, out), image])
    return sorted(p for p in glob.glob(out + "/**", recursive=True) if os.path.isfile(p))


def the_dump(files, name="vmcore"):
    found = [f for f in files if os.path.basename(f) == name]
    if len(found) != 1:
        raise Failure("one %s is expected among %s" % (name, files))
    logs = [f for f in files if os.path.basename(f) == "dmesg.txt"]
    with open(logs[0], errors="replace") as f:
        if "sysrq triggered crash" not in f.read():
            raise Failure("dmesg.txt does not have the panic")
    return found[0]


# ---- the cases ----

class Case:
    """One way: a configuration, modules, words for QEMU."""

    def __init__(self, suite, binary, where, crashkernel):
        self.suite, self.binary, self.where = suite, binary, where
        self.crashkernel = crashkernel or (128 if suite in ("sid", "trixie") else 96)
        self.tool = without_sanitizers(binary)

    def run(self, config, add, more, network=False, act=None, crashkernel=None):
        self.size = mkinitrd(self.binary, self.suite, self.where, config, add)
        image = make_guest(self.suite, self.where, self.tool)
        return Run(self.suite, self.where, crashkernel or self.crashkernel, image, more, network, act)

    def ext4(self):
        image = ext4(self.where + "/dump.disk")
        run = self.run("target fs:ext4:UUID=%s:/crash\n" % UUID, ["virtio_pci", "virtio_blk"],
                       drive(image, "kxdump"))
        run.said(r"kx-capture: saved: ")
        open_whole(self.binary, run, the_dump(out_of_ext4(run, image)))
        return run

    def block(self):
        image = disk(self.where + "/dump.disk", 256)
        run = self.run("target block:SERIAL=kxdump\n", ["virtio_pci", "virtio_blk"],
                       drive(image, "kxdump"))
        run.said(r"kx-capture: saved: ")
        open_whole(self.binary, run, image)
        return run

    def port(self):
        out = self.where + "/port.flat"
        run = self.run("target virtio:org.kx.dump\n", ["virtio_pci"], [
            "-chardev", "file,id=port,path=" + out, "-device", "virtio-serial-pci",
            "-device", "virtserialport,chardev=port,name=org.kx.dump"])
        run.said(r"kx-capture: saved: ")
        open_whole(self.binary, run, out)
        return run

    def ssh(self):
        with Sshd(self.where) as sshd:
            run = self.run("target ssh:root@%s:%d:%s/in\nssh-key %s\nssh-known-hosts %s\n"
                           "network dhcp\n" % (HOST, sshd.port, self.where, sshd.key,
                                               sshd.known_hosts),
                           ["virtio_pci", "virtio_net"], [], network=True)
        run.said(r"kx-capture: eth0: 10\.0\.2\.15/24, gateway 10\.0\.2\.2, by DHCP")
        run.said(r"kx-capture: saved: ")
        files = glob.glob(self.where + "/in/*/*")
        open_whole(self.binary, run, the_dump(files, "vmcore.flat"))
        return run

    def nfs(self):
        with Ganesha(self.where) as ganesha:
            run = self.run("target nfs:%s:%s\nnetwork 10.0.2.99/24,10.0.2.2\n" %
                           (HOST, ganesha.export), ["virtio_pci", "virtio_net"], [], network=True)
        run.said(r"kx-capture: eth0: 10\.0\.2\.99/24, gateway 10\.0\.2\.2\s")
        run.said(r"kx-capture: saved: ")
        open_whole(self.binary, run, the_dump(glob.glob(ganesha.folder + "/*/*")))
        return run

    def inside(self):
        """Made in the guest itself, whose /sys names the drivers: a folder that is mounted."""
        image = ext4(self.where + "/dump.disk")
        before = ("mkdir -p /var/crash; modprobe ext4; "
                  "mount -t ext4 /dev/vdb /var/crash && mkdir /var/crash/deep && "
                  "mkdir -p /srv/bound && mount -o bind /var/crash/deep /srv/bound")
        guest_image = make_guest(self.suite, self.where, self.tool, inside={
            "before": before, "config": "target /srv/bound/here\n"})
        run = Run(self.suite, self.where, self.crashkernel, guest_image, drive(image, "kxdump"),
                  False)
        run.said(r"saving to fs:ext4:SERIAL=kxdump:/deep/here")
        run.said(r"kx-capture: saved: ")
        open_whole(self.binary, run, the_dump(out_of_ext4(run, image, "/deep")))
        return run

    def unplug(self):
        """The disk goes while it is written to; the next target takes the dump."""
        image, second = ext4(self.where + "/dump.disk"), disk(self.where + "/second.disk", 256)

        def act(machine):
            machine.wait(r"kx-capture: saving to fs:ext4", 120)
            until_written(image, 8 << 20, 60)
            machine.ask("device_del", id="dev-kxdump")
            machine.wait(r"kx-capture: now: ", 240)
            machine.wait_end(60)

        run = self.run("target fs:ext4:UUID=%s:/crash\ntarget block:SERIAL=kxsecond\nretries 0\n"
                       "wait 5\nraw\n" % UUID, ["virtio_pci", "virtio_blk"],
                       drive(image, "kxdump", ",write-cache=off") + drive(second, "kxsecond"),
                       act=act)
        run.said(r"kx-capture: (fs:ext4:[^\n]*: |failed: nothing moved for 20 s)")
        run.said(r"kx-capture: saving to block:")
        run.said(r"kx-capture: saved: ")
        self.check_partial(run, image)
        open_whole(self.binary, run, second)
        return run

    def check_partial(self, run, image):
        """Nothing there has the name of a whole dump; what there is opens."""
        for path in out_of_ext4(run, image):
            if os.path.basename(path) == "vmcore":
                raise Failure("a dump that is not whole has the name of one: %s" % path)
            if os.path.basename(path) == "vmcore.incomplete" and os.path.getsize(path):
                must_open(self.binary, path)
        shutil.rmtree(run.where + "/out")

    def broken(self):
        """The disk fails from some sector on; the next target takes the dump."""
        image, second = ext4(self.where + "/dump.disk"), disk(self.where + "/second.disk", 256)
        with open(self.where + "/blkdebug", "w") as f:
            f.write('[inject-error]\nevent = "write_aio"\nerrno = "5"\niotype = "write"\n'
                    'sector = "163840"\n')
        broken = ["-drive", "file=blkdebug:%s/blkdebug:%s,format=raw,if=none,id=kxdump,"
                  "cache=none,werror=report" % (self.where, image),
                  "-device", "virtio-blk-pci,drive=kxdump,serial=kxdump"]
        run = self.run("target fs:ext4:UUID=%s:/crash\ntarget block:SERIAL=kxsecond\nretries 0\n"
                       "raw\n" % UUID, ["virtio_pci", "virtio_blk"],
                       broken + drive(second, "kxsecond"))
        run.said(r"kx-capture: saving to block:")
        run.said(r"kx-capture: saved: ")
        self.check_partial(run, image)
        open_whole(self.binary, run, second)
        return run

    def nowhere(self):
        """No target is there: it is said, and the machine reboots."""
        run = self.run("target fs:ext4:UUID=%s:/crash\nretries 0\nwait 2\n" % UUID,
                       ["virtio_pci", "virtio_blk"], [])
        run.said(r"kx-capture: failed: ")
        run.said(r"kx-capture: now: reboot")
        return run

    def killed(self):
        """QEMU is killed at several moments of the save: nothing pretends to be whole."""
        for megabytes in (1, 8, 30):
            shutil.rmtree(self.where + "/truth", ignore_errors=True)
            image = ext4(self.where + "/dump.disk")

            def act(machine, image=image, megabytes=megabytes):
                machine.wait(r"kx-capture: saving to fs:ext4", 120)
                until_written(image, megabytes << 20, 60)

            run = self.run("target fs:ext4:UUID=%s:/crash\nraw\n" % UUID,
                           ["virtio_pci", "virtio_blk"], drive(image, "kxdump"), act=act)
            self.check_partial(run, image)
        return run


def must_open(binary, path):
    done = subprocess.run([binary, "--no-rc", "--no-debug", "--json", path], input="sys\n",
                          capture_output=True, text=True, timeout=60)
    if done.returncode < 0 or "Sanitizer" in done.stderr:
        raise Failure("%s: %s" % (path, done.stderr[-1000:]))


def until_written(path, size, seconds):
    """Until SIZE more bytes than now of the sparse file are on the disk."""
    start, end = os.stat(path).st_blocks, time.monotonic() + seconds
    while (os.stat(path).st_blocks - start) * 512 < size:
        if time.monotonic() > end:
            raise Failure("nothing more is written to %s" % path)
        time.sleep(0.02)


# ---- servers on this machine ----

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_port(port, process):
    for _ in range(100):
        if process.poll() is not None:
            raise Failure("the server ended: %s" % process.args)
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise Failure("nobody listens at %d" % port)


class Server:
    def __exit__(self, *unused):
        self.process.terminate()        # ours, by its pid
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Sshd(Server):
    """An sshd of our own, which lets one key in."""

    def __init__(self, where):
        self.where, self.port, self.key = where, free_port(), where + "/key"
        self.known_hosts = where + "/known_hosts"

    def __enter__(self):
        for name in ("key", "hostkey"):
            store.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "%s/%s" % (self.where, name)])
        with open(self.where + "/hostkey.pub") as f, open(self.known_hosts, "w") as out:
            out.write("[%s]:%d %s" % (HOST, self.port, f.read()))
        shutil.copy(self.key + ".pub", self.where + "/authorized")
        with open(self.where + "/sshd_config", "w") as f:
            f.write("Port %d\nListenAddress 127.0.0.1\nHostKey %s/hostkey\nAuthorizedKeysFile %s/authorized\n"
                    "PermitRootLogin prohibit-password\nStrictModes no\nUsePAM no\nPidFile none\n" %
                    (self.port, self.where, self.where))
        os.makedirs("/run/sshd", exist_ok=True)
        self.process = subprocess.Popen(
            ["/usr/sbin/sshd", "-D", "-f", self.where + "/sshd_config", "-E", self.where + "/sshd.log"],
            stdin=subprocess.DEVNULL)
        wait_for_port(self.port, self.process)
        return self


class Ganesha(Server):
    """An NFS 4 server in user space."""

    def __init__(self, where):
        self.where, self.folder, self.export = where, where + "/export", "/dumps"

    def __enter__(self):
        os.mkdir(self.folder)
        with open(self.where + "/ganesha.conf", "w") as f:
            f.write("""NFS_CORE_PARAM { NFS_Port = 2049; Protocols = 4; Bind_addr = 127.0.0.1;
                Enable_NLM = false; Enable_RQUOTA = false; }
                NFSV4 { Grace_Period = 5; Lease_Lifetime = 5; Graceless = true;
                        RecoveryRoot = "%s/recovery"; }
                EXPORT { Export_Id = 1; Path = %s; Pseudo = %s; Access_Type = RW;
                         Squash = No_Root_Squash; SecType = sys; Protocols = 4;
                         FSAL { Name = VFS; } }
                """ % (self.where, self.folder, self.export))
        self.process = subprocess.Popen(
            ["ganesha.nfsd", "-F", "-f", self.where + "/ganesha.conf", "-L",
             self.where + "/ganesha.log", "-p", self.where + "/ganesha.pid"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(2049, self.process)
        return self


# ---- all of it ----

def attempt(suite, name, binary, crashkernel):
    """One case, a second time when emulation broke it."""
    kernel.fetch(suite)
    for last in (False, True):
        where = tempfile.mkdtemp(prefix="kx-mkinitrd-", dir=os.environ.get("TMPDIR", "/var/tmp"))
        try:
            with open(store.path("build", "lock"), "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)        # one guest at a time
                run = getattr(Case(suite, binary, where, crashkernel), name)()
            memory = re.findall(r"kx-capture: (peak memory [^\n\r]*)", run.capture)
            return memory[-1] if memory else "no word of its memory"
        except (RuntimeError, Failure, OSError, subprocess.SubprocessError) as error:
            print("%s %s: %s" % (suite, name, error), file=sys.stderr, flush=True)
            if last:
                raise Failure(str(error)) from None
        finally:
            if os.environ.get("KEEP"):
                keep = "%s-%s-%s" % (os.environ["KEEP"], suite, name)
                shutil.rmtree(keep, ignore_errors=True)
                shutil.copytree(where, keep, ignore=shutil.ignore_patterns("*.disk", "*.gz"))
            shutil.rmtree(where, ignore_errors=True)
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--all", action="store_true", help="every case with every kernel")
    parser.add_argument("--suites", default="")
    parser.add_argument("--cases", default="")
    parser.add_argument("--crashkernel", type=int, metavar="MB",
                        help="default: 96, and 128 for kernels that need more")
    options = parser.parse_args()
    binary = os.path.realpath(options.binary)
    every = ["ext4", "block", "port", "ssh", "nfs", "inside", "unplug", "broken", "nowhere", "killed"]
    wanted = [(s, c) for s in ("bookworm", "sid", "trixie", "bullseye") for c in every] if options.all \
        else [("bookworm", c) for c in ("ssh", "nfs", "inside", "broken")] + \
             [("sid", c) for c in ("block", "port")]
    if options.suites or options.cases:
        wanted = [(s, c) for s in (options.suites or "bookworm").split(",")
                  for c in (options.cases.split(",") if options.cases else every)]
    passed = failed = 0
    for suite, name in wanted:
        start = time.monotonic()
        try:
            said = attempt(suite, name, binary, options.crashkernel)
            passed += 1
            if os.environ.get("VERBOSE"):
                print("%s mkinitrd: %s: ok, %.0f s, %s" % (suite, name, time.monotonic() - start, said),
                      flush=True)
        except Failure as error:
            failed += 1
            print("FAILED %s mkinitrd: %s: %s" % (suite, name, error), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
