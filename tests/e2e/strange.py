#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Dumps that are not understood, damaged, or none at all: what kx-crash says and how it ends.

    strange.py KX-CRASH DUMP-DIRECTORY

Works on the bundled dump, on small files made here, and on the ELF of DUMP-DIRECTORY (a kdump).
Ends with "N passed, N failed".
"""
import glob
import json
import os
import pwd
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from guest import convert  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
BUNDLED = os.path.join(HERE, "..", "fixtures", "panic.kdump")
# What the container gives, and what needs the kernel.
CONTAINER = ["sys", "dump", "dump -n", "dump -r", "rd -p 0x100000 4", "help", "help bt"]
KERNEL = ["bt", "bt -a", "ps", "p jiffies", "sym _stext", "log", "mod", "struct task_struct",
          "dis _stext", "foreach bt", "task 1", "whatis jiffies", "vtop 0xffffffff81000000"]


class Failure(Exception):
    pass


def expect(true, message, *more):
    if not true:
        raise Failure(message % more if more else message)


class Program:
    def __init__(self, binary):
        self.binary = binary

    def run(self, *words, stdin=None, **more):
        """Runs it to its end, and holds it to what goes for every run."""
        done = subprocess.run([self.binary, "--no-rc", "--no-debug", *words],
                              stdin=stdin or subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=300, **more)
        expect(done.returncode in (0, 1, 2), "%s: status %d: %s", words, done.returncode,
               done.stderr[-2000:])
        expect("Sanitizer" not in done.stderr and "runtime error" not in done.stderr, "%s: %s",
               words, done.stderr[-3000:])
        expect(done.returncode == 0 or done.stderr or "--json" in words,
               "%s: status %d and no word", words, done.returncode)
        for line in done.stderr.splitlines():
            expect(line.startswith(("kx-crash: ", 'Try "')), "%s says: %s", words, line)
        return done

    def ask(self, path, *commands):
        words = ["--json", path]
        for command in commands:
            words += ["-c", command]
        done = self.run(*words)
        documents = [json.loads(line) for line in done.stdout.splitlines()]
        expect(len(documents) == len(commands), "%d answers: %s", len(documents), done.stderr)
        expect((done.returncode != 0) == any("error" in d for d in documents),
               "status %d of %s", done.returncode, documents)
        return documents

    def refuses(self, words, *said):
        """Status 2, nothing on the standard output, and a message."""
        done = self.run(*words, "-c", "sys")
        expect(done.returncode == 2 and not done.stdout, "%s: status %d: %s", words,
               done.returncode, done.stderr)
        for text in said:
            expect(text in done.stderr, "%s: no '%s' in: %s", words, text, done.stderr)


# ---- files ----

def note(name, kind, data, order):
    def padded(b):
        return b + b"\0" * (-len(b) % 4)
    return struct.pack(order + "III", len(name) + 1, len(data), kind) + \
        padded(name.encode() + b"\0") + padded(data)


def write_elf(path, machine, bits=64, big=False, vmcoreinfo=""):
    """8 KiB at physical 1 MiB: 00 01 02 …, and a note."""
    order, wide = ">" if big else "<", bits == 64
    notes = note("VMCOREINFO", 0, vmcoreinfo.encode(), order) if vmcoreinfo else b""
    data = bytes(range(256)) * 32
    header, entry = (64, 56) if wide else (52, 32)
    count = 1 + bool(notes)
    word = "Q" if wide else "I"

    def segment(kind, offset, phys, size):
        if wide:
            return struct.pack(order + "IIQQQQQQ", kind, 4, offset, phys, phys, size, size, 0)
        return struct.pack(order + "IIIIIIII", kind, offset, phys, phys, size, size, 4, 0)

    at = header + entry * count
    with open(path, "wb") as f:
        f.write(b"\x7fELF" + bytes([2 if wide else 1, 2 if big else 1, 1]) + b"\0" * 9)
        f.write(struct.pack(order + "HHI" + word * 3 + "IHHHHHH", 4, machine, 1, 0, header, 0, 0,
                            header, entry, count, 0, 0, 0))
        if notes:
            f.write(segment(4, at, 0, len(notes)))
        f.write(segment(1, at + len(notes), 0x100000, len(data)) + notes + data)


def write_kdump(path, machine, big):
    """Version 1, as on a big-endian machine too: pages 256 and 257 as they are."""
    order, block = ">" if big else "<", 4096
    uts = ["Linux", "host", "6.1.0-test", "#1", machine, ""]
    header = b"KDUMP   " + struct.pack(order + "i", 1) + \
        b"".join(u.encode().ljust(65, b"\0") for u in uts) + b"\0" * 4 + b"\0" * 2
    header = header.ljust(408, b"\0") + struct.pack(order + "QQ", 1700000000, 0)
    header += struct.pack(order + "IiiIIIIIii", 0, block, 1, 2, 512, 2, 0, 2, 0, 1)
    bitmap = bytes([0] * 32 + [3]).ljust(block, b"\0")
    pages = bytes(range(256)) * 32
    at = block * 4 + 2 * 24
    descs = b"".join(struct.pack(order + "QIIQ", at + i * block, block, 0, 0) for i in range(2))
    with open(path, "wb") as f:
        f.write(header.ljust(block, b"\0"))
        f.write(struct.pack(order + "qi", 0, 0).ljust(block, b"\0"))
        f.write(bitmap + bitmap + descs + pages)


def patched(source, target, changes):
    """A copy with bytes changed: {offset: bytes}."""
    shutil.copy(source, target)
    os.chmod(target, 0o644)
    with open(target, "r+b") as f:
        for offset, data in changes.items():
            f.seek(offset)
            f.write(data)
    return target


def find_all(path, wanted, limit):
    with open(path, "rb") as f:
        head = f.read(limit)
    found, at = [], head.find(wanted)
    while at >= 0:
        found.append(at)
        at = head.find(wanted, at + 1)
    return found


def elf_of(directory):
    return convert.one(os.path.join(directory, "vmcore"), "elf-d31")[0]


# ---- checks ----

def check_machines(kx, where, _):
    """The container's part works, the rest says why not."""
    made = []
    for name, machine, bits, big, missing in (
            ("aarch64", 183, 64, False, "aarch64"), ("s390x", 22, 64, True, "s390x"),
            ("ppc64", 21, 64, True, "ppc64"), ("i386", 3, 32, False, "i386"),
            ("riscv64", 243, 64, False, "riscv64"), ("nobody", 0x7777, 64, False, "30583")):
        path = "%s/%s.elf" % (where, name)
        write_elf(path, machine, bits, big, "OSRELEASE=6.1.0-%s\nPAGESIZE=4096\n" % name)
        made.append((path, missing, "6.1.0-" + name, big, bits))
    for name, big in (("s390x", True), ("aarch64", False), ("riscv64", False), ("nobody", True)):
        path = "%s/%s.kdump" % (where, name)
        write_kdump(path, name, big)
        made.append((path, name, "6.1.0-test", big, 64))
    path = where + "/evil.kdump"
    write_kdump(path, "a\033[2Jb", False)
    done = kx.run(path, "-c", "sys", "-c", "dump", "-c", "bt")
    expect("\033" not in done.stdout + done.stderr, "it drives the terminal: %r", done.stderr)
    for name in ("aarch64", "ppc64le", "i686"):
        path = "%s/bundled-%s" % (where, name)
        patched(BUNDLED, path, {12 + 4 * 65: name.encode().ljust(65, b"\0")})
        made.append((path, name, None, False, 64))
    for path, missing, release, big, bits in made:
        documents = kx.ask(path, *CONTAINER)
        bad = [d for d in documents if "error" in d]
        expect(not bad, "%s: %s", path, bad)
        system, dump, _, regions, memory = documents[:5]
        row = system["rows"][0]
        expect(any(missing in n for n in system["notes"]), "%s: notes %s", path, system["notes"])
        if release:
            expect(row["release"] == release, "%s: release %s", path, row["release"])
            word = bytes(range(bits // 8))
            value = int.from_bytes(word, "big" if big else "little")
            expect(int(memory["rows"][0]["values"][0], 16) == value, "%s: %s", path, memory)
        expect(row["machine"] == missing or missing.isdigit(), "%s: machine %s", path, row)
        expect(regions["rows"] and dump["rows"], "%s: %s", path, documents[1:4])
        for command, document in zip(KERNEL, kx.ask(path, *KERNEL)):
            expect("error" in document and missing in document["error"]["message"],
                   "%s: %s: %s", path, command, document)
    return "%d dumps" % len(made)


def check_nothing_known(kx, where, _):
    """Of a known architecture, and with nothing in it that tells of a kernel."""
    path = where + "/empty-machine.elf"
    write_elf(path, 62)
    documents = kx.ask(path, *CONTAINER)
    expect(not any("error" in d for d in documents), "%s", documents)
    expect(any("VMCOREINFO" in n for n in documents[0]["notes"]), "%s", documents[0]["notes"])
    for document in kx.ask(path, *KERNEL):
        expect("error" in document and "VMCOREINFO" in document["error"]["message"], "%s",
               document)
    # VMCOREINFO that lies.
    for text in ("OSRELEASE=x\nPAGESIZE=4096\n", "OSRELEASE=x\nPAGESIZE=4096\nNUMBER(phys_base)=z\n",
                 "OSRELEASE=x\nNUMBER(phys_base)=0\nSYMBOL(swapper_pg_dir)=ffffffff82000000\n"
                 "SYMBOL(_stext)=ffffffff81000000\nSYMBOL(kallsyms_names)=ffffffff81000000\n",
                 "=\n\n\n" + "A" * 5000):
        write_elf(path, 62, vmcoreinfo=text)
        documents = kx.ask(path, *CONTAINER)
        expect(not any("error" in d for d in documents) and documents[0]["notes"], "%s", documents)
        kx.ask(path, *KERNEL)
    return "as expected"


def check_no_vmcoreinfo(kx, where, directory):
    """The page is found in memory: the same answers as with the note."""
    commands = ["sys", "ps", "bt", "log", "mod"]
    # (vmcore, what to change)
    elf = elf_of(directory)
    cases = [(elf, {at: b"VMCOREINFX" for at in find_all(elf, b"VMCOREINFO\0", 1 << 20)})]
    size = os.path.getsize(BUNDLED)
    notes = {at: b"VMCOREINFX" for at in find_all(BUNDLED, b"VMCOREINFO\0", 1 << 20)}
    # kdump_sub_header at 4096: offset_vmcoreinfo at 32, size_vmcoreinfo at 40
    for offset, length in ((0, 0), (size + 4096, 3283), (1 << 62, 1 << 62), (4096, 1 << 40),
                           (0xffffffffffffffff, 1)):
        cases.append((BUNDLED, {4096 + 32: struct.pack("<QQ", offset, length), **notes}))
    for source, changes in cases:
        expect(changes, "no note to damage")
        path = patched(source, where + "/damaged", changes)
        truth, ours = kx.ask(source, *commands), kx.ask(path, *commands)
        for a, b in zip(truth, ours):
            for document in (a, b):
                for row in document.get("rows", ()):
                    for key in ("dump", "partial", "partial_why"):
                        row.pop(key, None)
            expect(a.get("rows") == b.get("rows"), "%s: %s\n not %s", a["command"],
                   str(b)[:300], str(a)[:300])
        os.unlink(path)
    return "%d dumps" % len(cases)


def check_other_hypervisor(kx, where, directory):
    """No VMCOREINFO and no notes of QEMU's: the page in memory, and NT_PRSTATUS of each CPU."""
    commands = ["ps", "bt", "bt -a", "log", "mod"]
    dumps = glob.glob(os.path.join(os.path.dirname(directory), "*-novmcoreinfo-qemu", "vmcore"))
    for source in dumps:
        path = where + "/damaged"
        subprocess.run(["cp", "--sparse=always", source, path], check=True)
        with open(path, "r+b") as f:
            for at in find_all(path, b"QEMU\0", 1 << 20):
                f.seek(at)
                f.write(b"QXMU")
        for command, a, b in zip(commands, kx.ask(source, *commands), kx.ask(path, *commands)):
            expect(a == b and a["rows"], "%s: %s: %s\n not %s", source, command, str(b)[:300],
                   str(a)[:300])
        os.unlink(path)
    expect(dumps, "no dump of QEMU's without VMCOREINFO")
    return "%d dumps" % len(dumps)


def check_page_table(kx, where, directory):
    """A damaged page table: what is in the kernel's image can still be read."""
    path = patched(BUNDLED, where + "/damaged", {})
    # phys_base of VMCOREINFO points elsewhere.
    with open(path, "rb") as f:
        head = f.read(1 << 20)
    for text, new in ((b"NUMBER(phys_base)=", b"NUMBER(phys_basX)="),
                      (b"SYMBOL(swapper_pg_dir)=", b"SYMBOL(swapper_pg_diX)="),
                      (b"SYMBOL(swapper_pg_dir)=ffffffff", b"SYMBOL(swapper_pg_dir)=fffffff0")):
        at = head.find(text)
        expect(at > 0, "no %s", text)
        patched(BUNDLED, path, {at: new})
        documents = kx.ask(path, *CONTAINER)
        expect(not any("error" in d for d in documents), "%s: %s", new, documents)
        kx.ask(path, *KERNEL)
    return "as expected"


def check_truncated(kx, where, directory):
    """Cut at many lengths: refused or read as far as it goes, and partial."""
    for source, name in ((BUNDLED, "cut.kdump"), (elf_of(directory), "cut.elf")):
        size = os.path.getsize(source)
        path = patched(source, os.path.join(where, name), {})
        lengths = {0, 1, 3, 4, 8, 15, 16, 63, 64, 100, 463, 464, 4095, 4096, 4097, 4150, 8192,
                   12288, 20000, 65536, 1 << 20} | {size * i // 12 for i in range(1, 12)} | \
            {size - 1}
        for length in sorted((n for n in lengths if n < size), reverse=True):
            os.truncate(path, length)
            done = kx.run("--json", path, "-c", "sys", "-c", "bt", "-c", "ps", "-c", "log",
                          "-c", "dump", "-c", "dump -n", "-c", "mod")
            if done.returncode == 2:
                expect(not done.stdout, "%d: %s", length, done.stdout)
                expect(length < 1 << 20 or name == "cut.elf", "refused at %d: %s", length,
                       done.stderr)
                continue
            system = json.loads(done.stdout.splitlines()[0])["rows"][0]
            expect(system["partial"], "%d of %d bytes, and not partial", length, size)
        os.unlink(path)
    return "as expected"


def check_no_dump(kx, where, directory):
    """What is no dump."""
    def made(name, data):
        with open(os.path.join(where, name), "wb") as f:
            f.write(data)
        return os.path.join(where, name)

    empty, text = made("empty", b""), made("text", b"hello\n" * 100)
    os.mkdir(where + "/folder")
    os.mkfifo(where + "/fifo")
    kx.refuses([empty], "empty", empty)
    kx.refuses([text], "text")
    kx.refuses([where + "/folder"], "directory")
    kx.refuses([where + "/fifo"], "fifo")
    kx.refuses(["/dev/zero"], "/dev/zero")
    kx.refuses([where + "/missing"], "missing", "No such file")
    kx.refuses(["/bin/true"], "ELF")
    kx.refuses([made("noise", os.urandom(10000))], "not a dump")
    kx.refuses([made("zeros", bytes(100000))], "not a dump")
    kx.refuses([made("gz", b"\x1f\x8b\x08" + os.urandom(1000))], "gz")
    write_elf(where + "/one.elf", 62)
    write_kdump(where + "/one.kdump", "x86_64", False)
    one, other = where + "/one.elf", where + "/one.kdump"
    kx.refuses([one, other], where)
    kx.refuses([other, one], where)
    kx.refuses([BUNDLED, other], where)
    kx.refuses([BUNDLED, BUNDLED], "same")
    kx.refuses([BUNDLED, text], "text")
    kx.refuses([BUNDLED, where + "/missing"], "missing")
    kx.refuses([BUNDLED, where + "/folder"], "folder")
    # Of a split set: one part twice, a part and another dump, and a part alone.
    parts = convert.one(os.path.join(directory, "vmcore"), "split-d31")
    kx.refuses([parts[0], parts[1], parts[0]], "same")
    kx.refuses([parts[0], BUNDLED], BUNDLED)
    row = kx.ask(parts[1], "sys")[0]["rows"][0]
    expect(row["partial"], "one part of three: %s", row)
    return "as expected"


def check_unreadable(kx, where, directory):
    """A file that may not be read; root may read all, so that somebody else must try."""
    path = patched(BUNDLED, where + "/secret", {})
    os.chmod(path, 0)
    os.chmod(where, 0o755)
    more = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        binary = shutil.copy(kx.binary, where + "/kx-crash")
        os.chmod(binary, 0o755)
        kx = Program(binary)
        more = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    done = kx.run(path, "-c", "sys", **more)
    expect(done.returncode == 2 and "Permission denied" in done.stderr and path in done.stderr,
           "status %d: %s", done.returncode, done.stderr)
    return "refused"


def check_command_line(kx, where, directory):
    """Options and commands that are none; files of commands."""
    def status(wanted, *words, said=""):
        done = kx.run(*words)
        expect(done.returncode == wanted and said in done.stderr, "%s: status %d: %s", words,
               done.returncode, done.stderr)
        return done

    for words in ([], ["--nosuch", BUNDLED], ["-Z", BUNDLED], [BUNDLED, "-c"], [BUNDLED, "-x"],
                  ["--json=yes", BUNDLED], ["-c", "sys"]):
        status(2, *words, said='kx-crash --help')
    status(0, "--help")
    status(0, "--version")
    status(0, BUNDLED, "-c", "sys")
    status(0, "-c", "sys", "-s", BUNDLED)
    status(0, BUNDLED)      # an empty standard input has no commands
    for command in ("nosuch", "sys -Z", "sys extra", "p", "p (", "rd", "bt 999999", "bt zzz",
                    "struct nosuch", "sym nosuch", "log -Q", "set 999999", "foreach nosuch bt",
                    "help nosuch", "sys > " + where + "/no/such/folder", "rd 0"):
        done = status(1, BUNDLED, "-c", command)
        expect(not done.stdout or command.startswith("rd"), "%s: %s", command, done.stdout)
        done = status(1, "--json", BUNDLED, "-c", command)
        if not command.startswith("sys >"):
            document = json.loads(done.stdout)
            expect(document["error"]["message"] and document["error"]["code"], "%s", document)
    # One that fails does not keep the next from running.
    done = status(1, BUNDLED, "-c", "nosuch", "-c", "p 1 + 2")
    expect("3" in done.stdout, "%s", done.stdout)
    script = where + "/script"
    with open(script, "w") as f:
        f.write("# a comment\n\np 1 + 2\nnosuch\np 2 + 2\nexit\np 2 + 3\n")
    done = status(1, BUNDLED, "-x", script, said="nosuch")
    expect("3" in done.stdout and "4" in done.stdout and "5" not in done.stdout, "%s", done.stdout)
    with open(script) as f:
        done = kx.run(BUNDLED, stdin=f)
    expect(done.returncode == 1 and "4" in done.stdout and "5" not in done.stdout, "%s", done)
    status(1, BUNDLED, "-x", where + "/missing", said="missing")
    status(1, BUNDLED, "-x", where, said=where)
    with open(script, "wb") as f:
        # All bytes but those that would run programs or write files.
        f.write(b"p 1 + 2\0\n" + bytes(c for c in range(256) if c not in b"!|>'\"") +
                b"\np 7 + 1")
    done = kx.run(BUNDLED, "-x", script)
    expect("8" in done.stdout, "%s", done.stdout)
    expect(not any(c < " " and c != "\n" for c in done.stderr), "%r", done.stderr)
    return "as expected"


def main():
    kx = Program(os.path.realpath(sys.argv[1]))
    directory = os.path.realpath(sys.argv[2])
    passed = failed = 0
    for check in (check_machines, check_nothing_known, check_no_vmcoreinfo, check_other_hypervisor,
                  check_page_table, check_truncated, check_no_dump, check_unreadable, check_command_line):
        name = check.__name__[6:]
        if os.environ.get("ONLY", name) != name:
            continue
        with tempfile.TemporaryDirectory(prefix="kx-strange-") as where:
            try:
                said = check(kx, where, directory)
                passed += 1
                if os.environ.get("VERBOSE"):
                    print("%s: %s" % (name, said), flush=True)
            except (Failure, KeyError, IndexError, TypeError, ValueError, OSError,
                    subprocess.SubprocessError) as error:
                failed += 1
                print("FAILED %s: %s" % (name, str(error)[:3000] if isinstance(error, Failure)
                                         else repr(error)[:3000]), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
