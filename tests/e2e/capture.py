#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Saves a real dump by `kx-crash capture` to every kind of target that this machine can offer, and
breaks it off in every way.

    capture.py KX-CRASH DUMP     DUMP: dumps/SUITE-null-kdump of the guests' store

What is saved must tell the same of the machine as the dump; what was broken off must not have the
name of a whole dump, and must open. Loop devices and mounts need root; without it those are left out,
and said so. Ends with "N passed, N failed".
"""
import glob
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import tally
from tally import check, run

ASKED = ["bt", "log", "ps", "mod"]


class Capture:
    def __init__(self, binary, vmcore, where):
        self.binary, self.vmcore, self.where = binary, vmcore, where
        self.truth = self.ask(vmcore)
        check("the source opens", self.truth)

    def ask(self, path):
        return tally.ask(self.binary, [path], ASKED)

    def words(self, *words):
        return [self.binary, "capture", "--vmcore", self.vmcore, "-l", *words]

    def run(self, *words, **more):
        return run(self.words(*words), **more)

    def folder(self, name):
        path = os.path.join(self.where, name)
        os.makedirs(path)
        return path

    def whole(self, what, path):
        """The dump at @path tells all that the source does."""
        check(what + " tells the same", os.path.exists(path) and self.ask(path) == self.truth)

    def partial(self, what, base):
        """Nothing in @base claims to be whole that is not; the rest opens and says that it is not."""
        for path in glob.glob(base + "/*/vmcore"):
            check(what + ": a whole name, of a whole dump", self.ask(path) == self.truth)
        for path in glob.glob(base + "/*/vmcore.incomplete"):
            if not os.path.getsize(path):
                continue
            said = run([self.binary, "--no-rc", path, "-c", "sys"])
            check(what + ": what is there opens", said.returncode in (0, 1) and
                  (b"incomplete" in said.stdout + said.stderr or
                   b"not whole" in said.stdout + said.stderr or
                   b"truncated" in said.stdout + said.stderr), said.stderr)


def directory(c):
    base = c.folder("plain")
    made = c.run("--json", base)
    check("a directory", made.returncode == 0 and b'"saved":true' in made.stdout, made.stderr)
    dumps = glob.glob(base + "/*/vmcore")
    check("one dump", len(dumps) == 1)
    c.whole("a directory", dumps[0])
    with open(os.path.dirname(dumps[0]) + "/dmesg.txt", "rb") as log:
        text = log.read()
    # the guest's own console said so
    with open(os.path.dirname(c.vmcore) + "/crash.log", "rb") as serial:
        said = [line for line in serial.read().splitlines() if b"BUG: " in line][:1]
    check("the log has the panic", said and said[0].split(b"] ", 1)[-1].strip() in text, said)
    check("the log came first", os.path.getmtime(os.path.dirname(dumps[0]) + "/dmesg.txt") <=
          os.path.getmtime(dumps[0]))
    again = c.run(base)
    check("the same crash again has a name of its own", again.returncode == 0 and
          len(glob.glob(base + "/*/vmcore")) == 2, again.stderr)
    c.run("--keep-dumps", "2", base)
    check("two dumps are kept", len(glob.glob(base + "/*/vmcore")) == 2)
    check("the newest is", glob.glob(base + "/*-3/vmcore"))


def figures(said):
    """Of the dump, what does not depend on when and where it was written."""
    rows = [row for row in json.loads(said.stdout or b'{"rows": []}')["rows"] if "codec" in row]
    return tuple(rows[0][key] for key in ("codec", "dump_level", "saved_pages", "data_bytes",
                                          "file_bytes")) if rows else ()


def configuration(c):
    base = c.folder("configured")
    config = os.path.join(c.where, "capture.conf")
    hook = os.path.join(c.where, "hook")
    with open(hook, "w") as file:
        file.write('#!/bin/sh\necho "$KX_STATUS $KX_TARGET $KX_PLACE" >>%s\n' % (hook + ".said"))
    os.chmod(hook, 0o700)
    with open(config, "w") as file:
        file.write("# first one that is not there\ntarget %s/missing\ntarget %s\nretries 0\n"
                   "vmcore %s\ndump-level 31\nzlib\nbefore %s\nafter %s\nafter /no/such/hook\n" %
                   (c.where, base, c.vmcore, hook, hook))
    would = run([c.binary, "capture", "--config", config, "--dry-run", "--json"])
    check("a dry run leaves nothing and runs nothing", would.returncode == 0 and
          not os.listdir(base) and not os.path.exists(hook + ".said"), would.stderr)
    made = run([c.binary, "capture", "--config", config, "--json"])
    check("it tells what would be", figures(would) == figures(made) != (), figures(would))
    check("a configuration, and the second target", made.returncode == 0, made.stderr)
    dumps = glob.glob(base + "/*/vmcore")
    c.whole("a configuration", dumps[0] if dumps else "")
    with open(hook + ".said") as said:
        lines = said.read().splitlines()
    check("hooks", len(lines) == 2 and lines[0].startswith("before") and
          lines[1] == "saved %s %s" % (base, dumps[0]), lines)
    check("a missing hook is told", b"/no/such/hook" in made.stderr, made.stderr)
    made = c.run("--retries", "0", c.where + "/missing")
    check("no target: status 1", made.returncode == 1 and b"missing" in made.stderr, made.stderr)
    check("no target given: status 2", run([c.binary, "capture"]).returncode == 2)


def killed(c):
    random.seed(4)
    midway = 0
    base = c.folder("killed")
    before = time.monotonic()
    c.run("-d", "1", "-j", "1", base)
    whole = time.monotonic() - before
    shutil.rmtree(base)
    for i in range(20):
        base = c.folder("killed%d" % i)
        child = subprocess.Popen(c.words("-d", "1", "-j", "1", base), stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            child.wait(random.uniform(0, whole))
        except subprocess.TimeoutExpired:
            child.kill()
        if child.wait() == -signal.SIGKILL:
            midway += any(os.path.getsize(path) for path in glob.glob(base + "/*/vmcore.incomplete"))
            c.partial("killed", base)
        shutil.rmtree(base)
    check("some were killed midway", midway >= 3, midway)


def no_room(c):
    """A file that may not be larger: the limit is the disk's last byte, wherever it lies."""
    base = c.folder("size")
    c.run("-j1", base)
    size = os.path.getsize(glob.glob(base + "/*/vmcore")[0])
    shutil.rmtree(base)
    for limit in (size - 1, size // 2, 4096, 1):
        base = c.folder("limit%d" % limit)
        made = c.run("-j1", "--retries", "0", base, preexec_fn=lambda: (
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))))
        check("%d of %d bytes: failed, no whole name" % (limit, size), made.returncode == 1 and
              not glob.glob(base + "/*/vmcore"), made.stderr)
        c.partial("%d of %d bytes" % (limit, size), base)


def small_disk(c):
    base = c.folder("disk")
    c.run("-j1", base)
    size = os.path.getsize(glob.glob(base + "/*/vmcore")[0])
    shutil.rmtree(base)
    os.mkdir(base)
    mib = size // 2 ** 20 + 1
    if run(["mount", "-t", "tmpfs", "-o", "size=%dM" % (2 * mib + 1), "none", base]).returncode:
        print("not tried: full disks (no mounts here)")
        return
    try:
        check("a disk with room for two", c.run(base).returncode == 0 and c.run(base).returncode == 0)
        made = c.run("--retries", "0", base)
        check("a full disk: failed", made.returncode == 1 and b"No space" in made.stderr, made.stderr)
        check("nothing of ours went", len(glob.glob(base + "/*/vmcore")) == 2)
        partial = glob.glob(base + "/*/vmcore.incomplete")
        check("what there is opens", partial and
              run([c.binary, "--no-rc", partial[0], "-c", "sys"]).returncode in (0, 1))
        shutil.rmtree(os.path.dirname(partial[0]))
        made = c.run("--keep-dumps", "3", "--retries", "0", base)
        check("three are kept, though there is no room for a third", made.returncode == 1 and
              len(glob.glob(base + "/*/vmcore")) == 2, made.stderr)
        for path in glob.glob(base + "/*/vmcore.incomplete"):
            shutil.rmtree(os.path.dirname(path))
        made = c.run("--keep-dumps", "2", base)
        check("older ones make room", made.returncode == 0 and b"removed" in made.stderr, made.stderr)
        made = c.run("--min-free", "1M", "--retries", "0", base)
        free = os.statvfs(base)
        check("room that shall stay free stays", made.returncode == 0 and
              free.f_bavail * free.f_frsize >= 2 ** 20, made.stderr)
        made = c.run("--min-free", "%dM" % (4 * mib), "--retries", "0", base)
        check("more than there is: failed", made.returncode == 1, made.stderr)
    finally:
        run(["umount", base])


SHIM = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
/* 64 KiB at 200 MiB of whatever is read have gone bad. */
ssize_t pread64(int fd, void *buf, size_t size, off64_t at)
{
	static ssize_t (*next)(int, void *, size_t, off64_t);
	off64_t bad = 200 << 20;

	if (!next)
		next = dlsym(RTLD_NEXT, "pread64");
	if (at < bad + 65536 && at + (off64_t)size > bad) {
		errno = EIO;
		return -1;
	}
	return next(fd, buf, size, at);
}
ssize_t pread(int fd, void *buf, size_t size, off_t at)
{
	return pread64(fd, buf, size, at);
}
"""


def read_errors(c):
    """A part of the source gives EIO: those pages are lost, counted and named, and no more."""
    shim = os.path.join(c.where, "shim")
    with open(shim + ".c", "w") as file:
        file.write(SHIM)
    run(["gcc", "-shared", "-fPIC", "-o", shim + ".so", shim + ".c", "-ldl"])
    base = c.folder("eio")
    environment = dict(os.environ, LD_PRELOAD=shim + ".so",
                       ASAN_OPTIONS="verify_asan_link_order=0")
    made = c.run("-d", "0", base, env=environment)
    check("EIO is not the end", made.returncode == 0, made.stderr)
    check("EIO is named", b"Input/output error" in made.stderr and b"lost: 1" in made.stderr,
          made.stderr)
    dumps = glob.glob(base + "/*/vmcore")
    said = run([c.binary, "--no-rc", dumps[0], "-c", "sys"]) if dumps else None
    check("the dump is marked incomplete", said and b"incomplete" in said.stdout + said.stderr)


def loop(path):
    made = run(["losetup", "-f", "--show", path])
    return made.stdout.decode().strip() if made.returncode == 0 else None


def devices(c):
    image = os.path.join(c.where, "image")
    with open(image, "wb") as file:
        file.truncate(256 << 20)
    device = loop(image)
    if not device:
        print("not tried: block devices (no loop devices here)")
        return
    try:
        made = c.run("block:" + device)
        check("a block device", made.returncode == 0, made.stderr)
        c.whole("a block device", device)
        check("again: a dump is nothing that would be missed",
              c.run("block:" + device).returncode == 0)
        base = c.folder("extracted")
        made = run([c.binary, "capture", "--vmcore", device, "--consume", base])
        check("from the device to a directory", made.returncode == 0, made.stderr)
        dumps = glob.glob(base + "/*/vmcore")
        c.whole("from the device", dumps[0] if dumps else "")
        check("the device is no dump any more",
              run([c.binary, "--no-rc", device, "-c", "sys"]).returncode != 0)
        child = subprocess.Popen(c.words("-d", "1", "-j1", "block:" + device),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE)
        for line in child.stderr:
            if b"saved the log" in line:
                break
        time.sleep(0.5)
        child.kill()
        child.wait()
        child.stderr.close()
        base = c.folder("half")
        run([c.binary, "capture", "--vmcore", device, base])
        logs = glob.glob(base + "/*/dmesg.txt")
        check("the log of a broken dump", logs and b"Linux version" in open(logs[0], "rb").read())
        with open(device, "r+b") as file:
            file.write(bytes(1 << 20))
        base = c.folder("log-alone")
        made = run([c.binary, "capture", "--vmcore", device, base])
        logs = glob.glob(base + "/*/dmesg.txt")
        check("a log without a dump", made.returncode == 1 and logs and
              b"Linux version" in open(logs[0], "rb").read(), made.stderr)
        run(["mkfs.ext4", "-q", "-F", device])
        made = c.run("--retries", "0", "block:" + device)
        check("a filesystem is not written over", made.returncode != 0 and b"ext4" in made.stderr,
              made.stderr)
        made = c.run("fs:ext4:%s:/a/b" % device)
        check("mounted for it", made.returncode == 0, made.stderr)
        mounted = c.folder("mounted")
        run(["mount", device, mounted])
        dumps = glob.glob(mounted + "/a/b/*/vmcore")
        c.whole("mounted for it", dumps[0] if dumps else "")
        for force in ([], ["--force"]):
            made = c.run("--retries", "0", *force, "block:" + device)
            check("a mounted device is not written over", made.returncode != 0 and
                  b"in use" in made.stderr, made.stderr)
        with open(device, "rb") as file:
            file.seek(-(8 << 20), os.SEEK_END)
            check("no log is on a mounted device", b"kx-crash log" not in file.read())
        run(["umount", mounted])
        uuid = run(["blkid", "-p", "-s", "UUID", "-o", "value", device]).stdout.decode().strip()
        made = c.run("--wait", "1", "fs:ext4:UUID=%s:/by-uuid" % uuid)
        check("found by its UUID", made.returncode == 0, made.stderr)
        made = c.run("--force", "block:" + device)
        check("written over by force", made.returncode == 0, made.stderr)
        made = c.run("--wait", "0", "--retries", "0", "block:UUID=" + uuid)
        check("its UUID is gone", made.returncode == 1 and b"no such device" in made.stderr,
              made.stderr)
    finally:
        run(["losetup", "-d", device])
    small = os.path.join(c.where, "small")
    with open(small, "wb") as file:
        file.truncate(4 << 20)
    device = loop(small)
    try:
        made = c.run("--retries", "0", "block:" + device)
        check("a device that is too small", made.returncode == 1 and b"No space" in made.stderr,
              made.stderr)
        said = run([c.binary, "--no-rc", device, "-c", "sys"])
        check("what is on it opens", b"incomplete" in said.stdout + said.stderr, said.stderr)
    finally:
        run(["losetup", "-d", device])


def ssh(c):
    where = c.folder("ssh")
    if not os.path.exists("/usr/sbin/sshd"):
        print("not tried: ssh (no sshd here)")
        return
    for name in ("host", "user"):
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", where + "/" + name])
    shutil.copy(where + "/user.pub", where + "/authorized")
    port = random.randint(20000, 30000)
    with open(where + "/host.pub") as key, open(where + "/known", "w") as known:
        known.write("[127.0.0.1]:%d %s" % (port, key.read()))
    with open(where + "/config", "w") as config:
        config.write("Port %d\nListenAddress 127.0.0.1\nHostKey %s/host\nAuthorizedKeysFile "
                     "%s/authorized\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nPidFile none\n" %
                     (port, where, where))
    os.makedirs("/run/sshd", exist_ok=True)
    server = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", where + "/config"],
                              stderr=subprocess.DEVNULL)
    user = os.environ.get("USER") or run(["id", "-un"]).stdout.decode().strip()
    target = "ssh:%s@127.0.0.1:%d:%s/it's here" % (user, port, where)
    options = ["--ssh-key", where + "/user", "--ssh-known-hosts", where + "/known"]
    try:
        time.sleep(1)
        made = c.run(*options, target)
        check("ssh", made.returncode == 0, made.stderr)
        dumps = glob.glob(where + "/it's here/*/vmcore.flat")
        c.whole("ssh", dumps[0] if dumps else "")
        check("ssh: the log", glob.glob(where + "/it's here/*/dmesg.txt"))
        shutil.rmtree(where + "/it's here", True)
        made = c.run("--ssh-key", where + "/host", "--ssh-known-hosts", where + "/known",
                     "--retries", "0", target)
        check("ssh: a key that it does not know", made.returncode == 1 and b"ssh ended" in made.stderr,
              made.stderr)
        child = subprocess.Popen(c.words("-d", "0", "-j1", *options, "--retries", "0", target),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE)
        for _ in range(100):
            time.sleep(0.1)
            started = glob.glob(where + "/it's here/*/vmcore.flat.incomplete")
            if started and os.path.getsize(started[0]) > 1 << 20:
                break
        run(["pkill", "-P", str(child.pid), "ssh"])
        child.communicate(timeout=60)
        check("ssh ended on the way", child.returncode == 1)
        check("ssh ended on the way: no whole name",
              started and not glob.glob(where + "/it's here/*/vmcore.flat"))
    finally:
        server.terminate()
        server.wait()


def memory(c):
    base = c.folder("memory")
    child = subprocess.Popen(c.words("-d", "1", "-j2", base), stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    print("peak memory with 2 threads: %.1f MiB" % (usage.ru_maxrss / 1024), file=sys.stderr)


def main():
    binary, dump = sys.argv[1:]
    with tempfile.TemporaryDirectory() as where:
        c = Capture(os.path.abspath(binary), os.path.join(os.path.abspath(dump), "vmcore"), where)
        for step in (directory, configuration, killed, no_room, read_errors, ssh, memory):
            step(c)
        if os.geteuid() == 0:
            small_disk(c)
            devices(c)
        else:
            print("not tried: disks and mounts (not root)")
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
