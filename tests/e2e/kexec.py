#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The command kexec over dumps of real machines with kernels loaded, made by the hypervisor.

    kexec.py [--kernel IMAGE] [--again] KX-CRASH [NAME…]

Guests of Debian's kernels load a crash kernel and a normal one, by either system call, with
kexec-tools, and say on their serial line what they did and where: /proc/iomem, `kexec -d`, /sys.
Then QEMU writes their memory. The dumps are kept in the store's kexec/. --kernel: a guest of this
kernel too (a static one with CONFIG_KEXEC_HANDOVER, say: Debian builds none), which is started
twice over, the second time by kexec. Ends with "N passed, N failed".
"""
import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from guest import initramfs, kernel, qemu, store  # noqa: E402

# name: suite, how (c kexec_load, s kexec_file_load, k kexec_load by kx-crash), more words, MiB
GUESTS = {
    "bullseye-s": ("bullseye", "s", "", 512),
    "bookworm-c": ("bookworm", "c", "", 512),
    "trixie-s": ("trixie", "s", "", 512),
    "sid-c": ("sid", "c", "", 512),
    "bookworm-k": ("bookworm", "k", "", 512),
    "sid-k": ("sid", "k", "", 512),
    "sid-s-high": ("sid", "s", "crashkernel=128M,high crashkernel=64M,low", 5120),
}
INIT = r"""#!/bin/sh
export PATH=/bin:/sbin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
modprobe qemu_fw_cfg 2>/dev/null
exec > /dev/ttyS0 2>&1
echo "kx: up"
word() { for w in $(cat /proc/cmdline); do case $w in "$1"=*) v=${w#*=};; esac; done; echo "$v"; v=; }
mode=$(word kx.mode)
echo "kx: iomem"; cat /proc/iomem
if [ "$(word kx.again)" = 1 ]; then
	kexec -$mode -l /vmlinuz --initrd=/again --reuse-cmdline --append=kx.again=0
	kexec -e -x
fi
# The address sanitizer, where kx-crash is built with it, wants no more.
echo 28 > /proc/sys/vm/mmap_rnd_bits
boot() {
	if [ "$mode" = k ]; then
		kx-crash $1 --syscall load --kernel /vmlinuz --initrd /initrd --command-line "$3"
	else
		kexec -d -$mode $2 /vmlinuz --initrd=/initrd --command-line="$3"
	fi
}
echo "kx: normal"
boot load -l "kx.normal=1"
echo "kx: loaded $(cat /sys/kernel/kexec_loaded)"
echo "kx: crash"
boot arm -p "kx.crash=1 console=ttyS0"
echo "kx: crash_loaded $(cat /sys/kernel/kexec_crash_loaded)"
for cpu in /sys/devices/system/cpu/cpu[0-9]*; do
	echo "kx: notes ${cpu##*cpu} $(cat "$cpu/crash_notes")"
done
echo "kx: vmcoreinfo $(cat /sys/kernel/vmcoreinfo)"
for name in out/fdt out/scratch_phys out/scratch_len in/fdt; do
	[ -e /sys/kernel/debug/kho/$name ] || continue
	echo "kx: kho $name $(od -An -v -tx1 /sys/kernel/debug/kho/$name | tr -d ' \n')"
done
echo "kx: alive"
while :; do sleep 1000; done
"""


class Failure(Exception):
    pass


def expect(true, message, *more):
    if not true:
        raise Failure(message % more if more else message)


# ---- guests ----

def small_initrd(path):
    """Something for the loaded kernels to carry. Half of it cannot be compressed."""
    data = b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(20000)) + b"kx" * 200000
    cpio = initramfs.Cpio()
    cpio.file("data", data)
    cpio.write(path)


def make_initramfs(work, suite, image, again, binary):
    """AGAIN: it holds another one like it, for the kernel that is started by kexec."""
    inner = make_initramfs(work, suite, image, False, None) if again else None
    cpio = initramfs.Cpio()
    cpio.file("init", INIT.encode())
    for name in ("bin", "sbin", "proc", "sys", "dev"):
        cpio.directory(name)
    cpio.add("bin/busybox", "/bin/busybox")
    for name in ("sh", "mount", "cat", "echo", "sleep", "modprobe", "od", "tr"):
        cpio.link("bin/" + name, "busybox")
    initramfs._program(cpio, "/sbin/kexec")
    if binary:
        initramfs._program(cpio, binary)
    if suite:
        initramfs._modules(cpio, suite, ["qemu_fw_cfg"])
    if not os.path.exists(work + "/initrd"):
        small_initrd(work + "/initrd")
    cpio.add("initrd", work + "/initrd")
    cpio.add("vmlinuz", image)
    if again:
        cpio.add("again", inner)
    cpio.write(work + "/initramfs.gz")
    return work + "/initramfs.gz"


def make(name, suite, mode, words, memory, image=None, again=False, binary=None):
    """One guest's directory: vmcore, serial.log, initrd."""
    final = store.path("kexec", name)
    if suite:
        kernel.fetch(suite)
    image = image or store.path("kernels", suite, "vmlinuz")
    os.makedirs(store.path("kexec", ""), exist_ok=True)
    work = tempfile.mkdtemp(prefix="work-", dir=store.path("kexec", ""))
    append = "console=ttyS0 no_timer_check loglevel=3 kx.mode=%s %s" % (mode, words or "crashkernel=128M")
    try:
        with open(store.path("build", "lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            arguments = ["-accel", "tcg,thread=multi", "-cpu", "max,cx16=off,la57=off",
                         "-m", str(memory), "-smp", "2", "-kernel", image,
                         "-initrd", make_initramfs(work, suite, image, again, binary),
                         "-append", append + (" kx.again=1" if again else ""),
                         "-device", "vmcoreinfo"]
            with qemu.Machine(work + "/serial.log", arguments) as machine:
                machine.wait(r"kx: up", 60)
                machine.wait(r"kx: alive", 120, stop="Kernel panic")
                machine.ask("stop")
                machine.ask("dump-guest-memory", seconds=300,
                            protocol="file:" + work + "/vmcore", paging=False)
        os.chmod(work + "/vmcore", 0o644)
        subprocess.run(["fallocate", "--dig-holes", work + "/vmcore"], check=False)
        os.unlink(work + "/initramfs.gz")
        shutil.copy(image, work + "/vmlinuz")
        shutil.rmtree(final, ignore_errors=True)
        os.rename(work, final)
    except BaseException:
        if os.path.exists(work + "/serial.log"):
            shutil.copy(work + "/serial.log", store.path("failed", "kexec-%s.serial.log" % name))
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return final


class Truth:
    """What the guest said; after a kexec, the last kernel's words."""

    def __init__(self, path):
        with open(path, "rb") as f:
            log = f.read().decode("utf-8", "replace").replace("\r", "")
        self.log = log[log.rindex("kx: up"):]
        self.iomem = []
        for indent, start, end, name in re.findall(
                r"^( *)([0-9a-f]+)-([0-9a-f]+) : (.*)$", self.part("iomem"), re.M):
            self.iomem.append((len(indent) // 2, int(start, 16), int(end, 16), name))
        self.notes = {int(c): int(a, 16) for c, a in
                      re.findall(r"^kx: notes (\d+) ([0-9a-f]+)", self.log, re.M)}
        found = re.search(r"^kx: vmcoreinfo (?:0x)?([0-9a-f]+)", self.log, re.M)
        self.vmcoreinfo = int(found.group(1), 16)

    def part(self, name):
        start = self.log.index("kx: " + name)
        return self.log[start:self.log.index("\nkx: ", start)]

    def number(self, name):
        return int(re.search(r"^kx: %s (\d+)" % name, self.log, re.M).group(1))

    def segments(self, name):
        """(entry, [(bufsz, mem, memsz)]) that kexec -d printed; None for kexec_file_load."""
        part = self.part(name)
        entry = re.search(r"kexec_load: entry = (0x[0-9a-f]+)", part)
        if not entry:
            return None
        fields = {}
        for i, field, value in re.findall(
                r"segment\[(\d+)\]\.(bufsz|mem|memsz) += (0x[0-9a-f]+)", part):
            fields.setdefault(int(i), {})[field] = int(value, 16)
        return int(entry.group(1), 16), [(fields[i]["bufsz"], fields[i]["mem"],
                                          fields[i]["memsz"]) for i in sorted(fields)]

    def kho(self, name):
        found = re.search(r"^kx: kho %s ([0-9a-f]*)" % name, self.log, re.M)
        return bytes.fromhex(found.group(1)) if found else None


class Dump:
    """Physical memory of QEMU's ELF, read here, without kx-crash."""

    def __init__(self, path):
        self.file = open(path, "rb")
        head = self.file.read(64)
        offset, = struct.unpack_from("<Q", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        self.loads = []
        for i in range(count):
            self.file.seek(offset + i * size)
            kind, _, at, _, phys, filesz, _, _ = struct.unpack("<IIQQQQQQ", self.file.read(56))
            if kind == 1:
                self.loads.append((phys, filesz, at))

    def offset(self, address):
        for phys, size, at in self.loads:
            if phys <= address < phys + size:
                return at + address - phys
        raise Failure("physical %#x is not in the dump" % address)

    def read(self, address, size):
        self.file.seek(self.offset(address))
        return self.file.read(size)


# ---- the checks ----

class Answer:
    def __init__(self, binary, dump, *words):
        done = subprocess.run([binary, "--no-rc", "--no-debug", "--json", dump, "-c",
                               "kexec " + " ".join(words)], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=300)
        expect("Sanitizer" not in done.stderr and "runtime error" not in done.stderr, "%s",
               done.stderr[-3000:])
        self.document = json.loads(done.stdout.splitlines()[0])
        expect("rows" in self.document, "%s", done.stdout[:1000])
        self.rows = self.document["rows"]

    def of(self, kind, image=None):
        return [row for row in self.rows
                if row["kind"] == kind and (image is None or row["image"] == image)]

    def one(self, kind, image=None):
        rows = self.of(kind, image)
        expect(len(rows) == 1, "%d rows of %s %s", len(rows), kind, image)
        return rows[0]


def number(text):
    return int(text, 16) if isinstance(text, str) else text


class Guest:
    def __init__(self, binary, path, mode, images):
        self.binary, self.path, self.mode, self.images = binary, path, mode, images
        self.truth = Truth(path + "/serial.log")
        self.dump = Dump(path + "/vmcore")
        self.answer = Answer(binary, path + "/vmcore")
        self.whole = Answer(binary, path + "/vmcore", "-v")

    def check_complete(self):
        for answer in (self.answer, self.whole):
            expect(answer.document["complete"], "%s", answer.document["notes"])

    def check_loaded(self):
        for image, word in (("crash", "crash_loaded"), ("normal", "loaded")):
            row = self.answer.one("image", image)
            expect(self.truth.number(word) == (image in self.images), "%s: %s", image,
                   self.truth.number(word))
            expect(row["loaded"] == (image in self.images), "%s: %s", image, row["loaded"])
            if not row["loaded"]:
                continue
            expect(row["file_mode"] == (self.mode == "s"), "%s: file_mode", image)
            expect(row["type"] == {"crash": "crash", "normal": "default"}[image], "%s", row["type"])

    def check_regions(self):
        told = sorted((s, e) for _, s, e, name in self.truth.iomem if name == "Crash kernel")
        rows = sorted((number(r["start"]), number(r["end"])) for r in self.answer.of("resource"))
        expect(rows == told and bool(told) == ("crash" in self.images),
               "%s, /proc/iomem has %s", rows, told)

    def check_segments(self):
        regions = [(s, e) for _, s, e, name in self.truth.iomem if name == "Crash kernel"]
        for image in self.images:
            rows = [(number(r["buffer_size"]), number(r["start"]), number(r["memory_size"]))
                    for r in self.answer.of("segment", image)]
            told = self.truth.segments(image)
            expect((told is None) == (self.mode != "c"), "%s: kexec -d", image)
            if told:
                expect(rows == told[1], "%s: %s, kexec -d has %s", image, rows, told[1])
                expect(number(self.answer.one("image", image)["start"]) == told[0],
                       "%s: start", image)
            expect(len(rows) == self.answer.one("image", image)["nr_segments"], "%s", image)
            if image == "crash":
                for _, start, size in rows:
                    expect(any(s <= start and start + size - 1 <= e for s, e in regions),
                           "a segment at %#x is outside of the crash region", start)
            expect(all(r["in_dump"] == "present" for r in self.answer.of("segment", image)),
                   "%s: segments not in the dump", image)

    def check_contents(self):
        wanted = {"kernel", "initrd", "boot_params", "purgatory"}
        for image in self.images:
            what = {r["what"] for r in self.answer.of("segment", image)}
            more = {"elfcorehdr"} if image == "crash" else set()
            expect(wanted | more <= what, "%s: %s", image, what)
            boot = self.answer.one("boot_params", image)
            words = {"crash": "kx.crash=1", "normal": "kx.normal=1"}[image]
            expect(words in boot["command_line"], "%s: %s", image, boot["command_line"])
            expect(boot["initrd_size"] == os.stat(self.path + "/initrd").st_size, "%s: initrd",
                   image)

    def check_digests(self):
        for image in self.images:
            row = self.answer.one("purgatory", image)
            expect(row["digest"] == "matches", "%s: %s", image, row)
            expect(row["purgatory"] == {"s": "kernel", "c": "kexec-tools",
                                         "k": "kx-crash"}[self.mode],
                   "%s: %s", image, row["purgatory"])
            # Every segment but purgatory, and elfcorehdr where the kernel keeps it up to date.
            segments = self.answer.of("segment", image)
            left_out = {"purgatory"}
            if self.answer.one("image", image)["hotplug_support"]:
                left_out.add("elfcorehdr")
            wanted = [str(r["index"]) for r in segments if r["what"] not in left_out]
            expect(row["regions"] == wanted, "%s: regions %s of %s", image, row["regions"], wanted)

    def check_damage(self):
        """One bit of the crash kernel's initrd turned over."""
        if "crash" not in self.images:
            return
        initrd = next(r for r in self.answer.of("segment", "crash") if r["what"] == "initrd")
        with tempfile.TemporaryDirectory(dir=os.path.dirname(self.path)) as work:
            subprocess.run(["cp", "--sparse=always", self.path + "/vmcore", work], check=True)
            at = self.dump.offset(number(initrd["start"]) + 5000)
            with open(work + "/vmcore", "r+b") as f:
                f.seek(at)
                byte = f.read(1)[0]
                f.seek(at)
                f.write(bytes([byte ^ 0x10]))
            answer = Answer(self.binary, work + "/vmcore")
        expect(answer.one("purgatory", "crash")["digest"] == "differs", "%s",
               answer.one("purgatory", "crash"))
        expect(answer.one("purgatory", "normal")["digest"] == "matches", "the normal image's")

    def check_pages(self):
        """The normal image's initrd, put together from the list of pages, is the file."""
        pages = {}
        for row in self.whole.of("entry", "normal"):
            if row["type"] == "source":
                pages[number(row["destination"])] = number(row["page"])
        expect(self.whole.of("entry", "normal")[-1]["type"] == "done", "the list's end")
        for row in self.answer.of("pages", "normal"):
            for i in range(0, number(row["size"]), 4096):
                expect(pages.get(number(row["destination"]) + i) == number(row["source"]) + i,
                       "a range is not in the list of entries: %s", row)
        segment = next(r for r in self.answer.of("segment", "normal") if r["what"] == "initrd")
        start, size = number(segment["start"]), number(segment["buffer_size"])
        if segment["in_place"]:
            data = self.dump.read(start, size)
        else:
            data = b"".join(self.dump.read(pages[start + i], 4096) for i in range(0, size, 4096))
        with open(self.path + "/initrd", "rb") as f:
            expect(data[:size] == f.read(), "the initrd is not the file that was loaded")

    def check_elfcorehdr(self):
        if "crash" not in self.images:
            return
        rows = self.answer.of("elfcorehdr", "crash")
        # bullseye keeps a copy: the same twice
        first = rows[0]["from"]
        if any(r["from"] != first for r in rows):
            strip = [[{k: v for k, v in r.items() if k != "from"} for r in rows
                      if (r["from"] == first) == same] for same in (True, False)]
            expect(strip[0] == strip[1], "elf_headers and the segment differ")
        rows = [r for r in rows if r["from"] == first]
        for cpu, address in self.truth.notes.items():
            note = next((r for r in rows if r["what"] == "cpu %d notes" % cpu), None)
            expect(note and number(note["physical"]) == address, "cpu %d: %s", cpu, note)
        note = next((r for r in rows if r["what"] == "vmcoreinfo"), None)
        expect(note and number(note["physical"]) == self.truth.vmcoreinfo, "vmcoreinfo: %s", note)
        code = next(s for _, s, _, name in self.truth.iomem if name == "Kernel code")
        text = [r for r in rows if r["what"] == "kernel text"]
        expect(len(text) == 1 and number(text[0]["physical"]) == code, "%s", text)
        # All RAM above 1 MiB, less the crash regions.
        crash = sorted((s, e) for _, s, e, name in self.truth.iomem if name == "Crash kernel")
        ram = []
        for depth, start, end, name in self.truth.iomem:
            if name != "System RAM" or end < 0x100000:
                continue
            for s, e in crash:
                if start <= s and e <= end:
                    if s > start:
                        ram.append((start, s - 1))
                    start = e + 1
            if start <= end:
                ram.append((start, end))
        told = sorted((number(r["physical"]), number(r["physical"]) + number(r["size"]) - 1)
                      for r in rows if r["what"] == "RAM" and number(r["physical"]) >= 0x100000)
        expect(told == ram, "%s, /proc/iomem has %s", told, ram)

    def check_picture(self):
        rows = {(number(r["start"]), number(r["end"]), r["what"]) for r in self.answer.of("memory")}
        for depth, start, end, name in self.truth.iomem:
            if name in ("System RAM", "Crash kernel", "Kernel code", "Kernel data"):
                expect((start, end, name) in rows, "%x-%x %s is not drawn", start, end, name)
        for segment in self.answer.of("segment"):
            expect((number(segment["start"]), number(segment["end"]),
                    segment["what"] or "segment") in rows, "not drawn: %s", segment)

    def check_kho(self):
        """By what debugfs shows: the tree's bytes, the scratch areas."""
        if self.truth.kho("out/scratch_phys") is None:
            expect(not self.answer.of("kho"), "%s", self.answer.of("kho"))
            return
        kho = self.answer.one("kho")
        expect(kho["enabled"], "%s", kho)
        tree = self.dump.read(number(kho["out_fdt"]), 4096)
        expect(struct.unpack_from(">I", tree)[0] == 0xd00dfeed, "no tree at %s", kho["out_fdt"])
        expect(kho["compatible"].encode() in re.findall(rb"kho-v\d+", tree), "%s", kho)
        starts = [int(n, 0) for n in self.truth.kho("out/scratch_phys").split()]
        sizes = [int(n, 0) for n in self.truth.kho("out/scratch_len").split()]
        areas = [(number(r["start"]), r["size"]) for r in self.answer.of("scratch")]
        expect(areas == list(zip(starts, sizes)), "%s: %s %s", areas, starts, sizes)
        # The tree's own page is preserved, and no scratch area is.
        pages = [(number(r["start"]), number(r["end"])) for r in self.whole.of("preserved")]
        expect(any(s <= number(kho["out_fdt"]) <= e for s, e in pages), "%s", pages)
        expect(not any(s < a + n and a <= e for s, e in pages for a, n in areas), "%s", pages)
        expect(sum(e - s + 1 for s, e in pages) == kho["preserved_bytes"], "%s", kho)
        given = self.truth.kho("in/fdt")
        if given:
            size, = struct.unpack_from(">I", given, 4)
            expect(self.dump.read(number(kho["in_fdt"]), size) == given[:size], "in_fdt")
            expect(kho["kexec_count"] == 1, "%s", kho)
            rows = [r for r in self.answer.of("fdt") if r["tree"] == "in"]
            expect(rows and {r["property"] for r in rows} >= {"compatible", "preserved-memory-map"},
                   "%s", rows)
            release = next(r for r in rows if r["property"] == "previous_release")
            expect(release["value"] == kho["previous_release"], "%s", release)


def ended(number, frame):
    raise SystemExit(1)


def main():
    signal.signal(signal.SIGTERM, ended)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", help="a kernel image for a guest of its own")
    parser.add_argument("--again", action="store_true", help="make the guests anew")
    parser.add_argument("binary")
    parser.add_argument("names", nargs="*", help=", ".join(GUESTS))
    options = parser.parse_args()
    guests = {name: GUESTS[name] + (None, False) for name in options.names or GUESTS}
    if options.kernel:
        guests = {"kernel-s": (None, "s", "crashkernel=128M kho=on kho_scratch=16M,64M,64M", 1024,
                               os.path.abspath(options.kernel), True)}
    passed = failed = 0
    for name, (suite, mode, words, memory, image, again) in guests.items():
        path = store.path("kexec", name)
        for attempt in (1, 2):      # emulation breaks a guest now and then
            try:
                if options.again or not os.path.exists(path + "/vmcore"):
                    make(name, suite, mode, words, memory, image, again,
                         os.path.realpath(options.binary) if mode == "k" else None)
                # A kernel that was handed memory over has none left for a crash kernel.
                guest = Guest(os.path.realpath(options.binary), path, mode,
                              ("normal",) if again else ("crash", "normal"))
                break
            except (Failure, RuntimeError, OSError, ValueError) as error:
                print("%s: %s" % (name, error))
                guest = None
                shutil.rmtree(path, ignore_errors=True)
        if not guest:
            failed += 1
            continue
        for check in sorted(dir(guest)):
            if not check.startswith("check_"):
                continue
            try:
                getattr(guest, check)()
                passed += 1
            except (Failure, LookupError, StopIteration, ValueError, TypeError) as error:
                failed += 1
                print("%s: %s: %r" % (name, check[6:], error))
    print("%d passed, %d failed" % (passed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
