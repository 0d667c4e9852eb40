#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Files with debug information: found, checked, and saying what other tools say of them.

    debug.py KX-CRASH [SUITE...]

Over the suites' dumps of a NULL dereference and Debian's own debug files: source lines and inlined
calls are those of llvm-symbolizer (the kernel) and addr2line (modules); a file of another build is
refused; a kernel without BTF takes its types from DWARF. Ends with "N passed, N failed".
"""
import collections
import functools
import glob
import http.server
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from guest import guest, convert, kernel, store  # noqa: E402,F401


class Failure(Exception):
    pass


def expect(true, message, *more):
    if not true:
        raise Failure(message % more if more else message)


class Program:
    """kx-crash over one dump; with an environment that names no debug files unless asked."""

    def __init__(self, binary, dump):
        self.binary, self.dump = binary, dump

    def run(self, commands, *more, operands=None, text=False, **env):
        clean = {k: v for k, v in os.environ.items()
                 if not k.startswith(("KX_DEBUG", "DEBUGINFOD"))}
        words = [self.binary, "--no-rc"] + ([] if text else ["--json"]) + list(more)
        words += operands or [self.dump]
        for command in commands:
            words += ["-c", command]
        done = subprocess.run(words, env=dict(clean, **env), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", timeout=300)
        expect("Sanitizer" not in done.stderr and "runtime error" not in done.stderr,
               done.stderr[-3000:])
        return done

    def ask(self, commands, *more, **others):
        done = self.run(commands, *more, **others)
        documents = [json.loads(line) for line in done.stdout.splitlines()]
        expect(len(documents) == len(commands), "%d answers: %s", len(documents), done.stderr)
        return documents

    def rows(self, command, *more, **others):
        document = self.ask([command], *more, **others)[0]
        expect("error" not in document, "%s", document)
        return document["rows"]


class Suite:
    def __init__(self, binary, suite):
        self.name = suite
        self.vmlinux = os.path.realpath(kernel.fetch_debug(suite))
        self.root = store.path("kernels", suite, "debug", "usr", "lib", "debug")
        where = store.path("dumps", suite + "-null-kdump")
        self.dump = os.path.join(where, "vmcore")
        self.kx = Program(binary, self.dump)
        self.filtered = convert.one(self.dump, "elf-d31")[0]

    @functools.cached_property
    def offset(self):
        """Where the kernel was, less where it was linked to be."""
        nm = subprocess.run(["nm", self.vmlinux], capture_output=True, text=True, check=True)
        linked = int(re.search(r"^([0-9a-f]+) T _stext$", nm.stdout, re.M).group(1), 16)
        return int(self.kx.rows("sym _stext", "--no-debug")[0]["address"], 16) - linked

    @functools.cached_property
    def build_id(self):
        return self.kx.rows("sys", "--no-debug")[0]["build_id"]

    @functools.cached_property
    def modules(self):
        return {r["name"]: r for r in self.kx.rows("mod", "--no-debug")}

    def module_file(self, name):
        found = [p for p in glob.glob(self.root + "/lib/modules/*/**/*.ko*", recursive=True)
                 if re.sub(r"\.ko.*", "", os.path.basename(p)).replace("-", "_") == name]
        expect(found, "Debian has no debug file of %s", name)
        return found[0]


# ---- what other tools say ----

def by_symbolizer(path, addresses):
    """{address: [(function, file, line), ...]}, innermost call first."""
    done = subprocess.run(["llvm-symbolizer", "--obj=" + path, "--output-style=JSON",
                           "--functions=short"] + ["%#x" % a for a in addresses],
                          capture_output=True, text=True, check=True)
    answers = []
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        answers += answer if isinstance(answer, list) else [answer]
    return {address: [(s["FunctionName"], s["FileName"], s["Line"]) for s in answer["Symbol"]]
            for address, answer in zip(addresses, answers)}


def by_addr2line(path, section, offsets):
    done = subprocess.run(["addr2line", "-a", "-i", "-f", "-e", path, "-j", section] +
                          ["%#x" % o for o in offsets], capture_output=True, text=True, check=True)
    result, chain, function = {}, None, None
    for line in done.stdout.splitlines():
        if line.startswith("0x"):
            chain = result.setdefault(int(line, 16), [])
            function = None
        elif function is None:
            function = line
        else:
            file, _, number = re.sub(r" \(discriminator.*", "", line).rpartition(":")
            chain.append((function, file, int(number) if number.isdigit() else 0))
            function = None
    return result


def text_size(path):
    """The size of .text, which is where a module begins."""
    sections = subprocess.run(["readelf", "-SW", path], capture_output=True, text=True).stdout
    return int(re.search(r" \.text +PROGBITS +\S+ +\S+ +([0-9a-f]+)", sections).group(1), 16)


def same_chain(ours, theirs):
    """Rows of one physical frame against another tool's; paths may be cut at their front."""
    if len(ours) != len(theirs):
        return False
    for row, (function, file, line) in zip(ours, theirs):
        name = row["function"].split(".")[0]
        # Assembly has no functions.
        if (row["inline"] or function.strip("?")) and name != function.split(".")[0]:
            return False
        if not line:
            if row["line"] is not None:
                return False
        elif row["line"] != line or row["file"] is None or not \
                os.path.normpath(file).endswith(os.path.normpath(row["file"])):
            return False
    return True


def frames(rows):
    """{(address, interrupted): rows of that frame}; calls return behind what is asked about."""
    groups, last = collections.OrderedDict(), None
    found = []
    for row in rows:
        if row["kind"] == "user" or row["function"] is None:
            continue
        key = (row["pid"], row["cpu"], row["frame"])
        if key != last:
            found.append([])
            last = key
        found[-1].append(row)
    for group in found:
        physical = group[-1]
        exact = physical["kind"] == "interrupted"
        groups[(int(physical["address"], 16) - (not exact), physical["module"])] = group
    return groups


# ---- the checks ----

def check_lines(s):
    """The kernel's frames of every task."""
    rows = s.kx.rows("foreach bt -l", operands=[s.dump, s.vmlinux])
    ours = {a - s.offset: g for (a, module), g in frames(rows).items() if module is None}
    theirs = by_symbolizer(s.vmlinux, sorted(ours))
    expect(len(ours) > 60, "only %d frames", len(ours))
    bad = [a for a in ours if not same_chain(ours[a], theirs[a])]
    expect(not bad, "%d of %d differ: %s",
           len(bad), len(ours), [([(r["function"], r["file"], r["line"]) for r in ours[a]],
                                  theirs[a]) for a in bad[:3]])
    inlined = sum(r["inline"] for g in ours.values() for r in g)
    expect(inlined > 20, "only %d inlined calls", inlined)
    return "%d frames, %d inlined" % (len(ours), inlined)


def check_module_lines(s):
    """Lines of every function in the text of some modules, through dis and sym."""
    total = 0
    for name in ("virtio_blk", "loop", "bridge"):
        if name not in s.modules:
            continue
        base, path = int(s.modules[name]["base"], 16), s.module_file(name)
        size = text_size(path)
        offsets = list(range(16, size, max(16, size // 40)))
        asked = ["sym %#x" % (base + o) for o in offsets]
        documents = s.kx.ask(["mod -s %s %s" % (name, path)] + asked)
        loaded = documents[0].get("rows")
        expect(loaded and loaded[0]["object_file"] == path, "%s", documents[0])
        theirs = by_addr2line(path, ".text", offsets)
        for offset, document in zip(offsets, documents[1:]):
            row, chain = document["rows"][0], theirs[offset]
            if not chain or not chain[0][2]:
                continue
            # sym tells of the innermost line alone.
            file, line = row["file"], row["line"]
            expect(line == chain[0][2] and os.path.normpath(chain[0][1]).endswith(file),
                   "%s+%#x: %s, not %s", name, offset, row, chain)
            total += 1
    expect(total > 60, "only %d lines", total)
    return "%d lines" % total


def check_module_frames(s):
    """The frames of our own module, with what is inlined into them."""
    path = store.path("build", s.name, "kxboom.ko")
    bt = s.kx.ask(["mod -s kxboom " + path, "bt -l"])
    expect("error" not in bt[0], "%s", bt[0])
    done = 0
    for (address, module), group in frames(bt[1]["rows"]).items():
        offset = address - int(s.modules["kxboom"]["base"], 16)
        # Other sections have no address in the file that addr2line could be asked for.
        if module != "kxboom" or offset >= text_size(path):
            continue
        theirs = by_addr2line(path, ".text", [offset])[offset]
        expect(same_chain(group, theirs), "%s+%#x: %s, not %s", module, offset, group, theirs)
        expect(group[0]["line"], "no line")
        done += 1
    expect(done >= 3, "only %d frames of a module", done)
    return "%d frames" % done


def check_found(s):
    """By build-id, unnamed; and not with --no-debug."""
    env = {"KX_DEBUG_PATH": "/nonexistent:" + s.root}
    bt, system = s.kx.ask(["bt -l", "sys"], **env)
    expect(any(r["file"] for r in bt["rows"]), "no lines")
    found = system["rows"][0]["debug_file"]
    expect(found and os.path.realpath(found) == s.vmlinux, "sys names %s", found)
    for command in ("sys", "bt -l"):
        rows = s.kx.rows(command, "--no-debug", **env)
        expect(not any(r.get("file") or r.get("debug_file") for r in rows),
               "--no-debug: %s", rows)
    # A root where the name fits and the build does not.
    with tempfile.TemporaryDirectory() as where:
        os.makedirs(where + "/boot")
        shutil.copy("/bin/true", where + "/boot/vmlinux-" + kernel.release(s.name))
        row = s.kx.ask(["bt -l", "sys"], KX_DEBUG_PATH=where)[1]["rows"][0]
        expect(row["debug_file"] is None, "took %s", row["debug_file"])
        # .build-id/xx/rest.debug
        folder = "%s/.build-id/%s" % (where, s.build_id[:2])
        os.makedirs(folder)
        os.symlink(s.vmlinux, "%s/%s.debug" % (folder, s.build_id[2:]))
        row = s.kx.ask(["bt -l", "sys"], KX_DEBUG_PATH=where)[1]["rows"][0]
        expect(row["debug_file"] is not None, "not found in .build-id")
    return "as expected"


def check_refused(s, other):
    """A vmlinux of another build: both build-ids, status 2; --force goes on."""
    with open(other.vmlinux, "rb"):
        pass
    done = s.kx.run(["sys"], operands=[s.dump, other.vmlinux])
    expect(done.returncode == 2, "status %d", done.returncode)
    expect(not done.stdout, "it said %s", done.stdout)
    for build_id in (s.build_id, other.build_id):
        expect(build_id in done.stderr, "no %s in: %s", build_id, done.stderr)
    expect("--force" in done.stderr, "%s", done.stderr)
    done = s.kx.run(["sys", "log -m", "ps", "p jiffies"], "--force",
                    operands=[other.vmlinux, s.dump])
    expect(done.returncode == 0, "--force: status %d: %s", done.returncode, done.stderr)
    # Not a vmlinux at all; a vmlinux and no dump.
    for operands in (["/bin/true"], [s.vmlinux], [s.dump, "/etc/passwd"], [s.dump, "/bin/true"],
                     [s.dump, s.vmlinux, other.vmlinux]):
        done = s.kx.run(["sys"], operands=operands)
        expect(done.returncode == 2 and done.stderr.startswith("kx-crash: ") and
               not done.stdout, "%s: status %d: %s", operands, done.returncode, done.stderr)
    return "with both build-ids"


def check_order(s):
    """The vmlinux may come first or last, and the answers are the same."""
    commands = ["sys", "bt -l", "ps"]
    first = s.kx.ask(commands, operands=[s.vmlinux, s.dump])
    last = s.kx.ask(commands, operands=[s.dump, s.vmlinux])
    expect(first == last, "they differ")
    expect(any(r["file"] for r in first[1]["rows"]), "no lines")
    return "the same"


def check_modules(s, other):
    """mod -S finds all that Debian has; a wrong file is refused."""
    env = {"KX_DEBUG_PATH": s.root}
    document = s.kx.ask(["mod -S"], **env)[0]
    loaded = {r["name"] for r in document["rows"]}
    expect(loaded >= set(s.modules) - {"kxboom"}, "not loaded: %s", set(s.modules) - loaded)
    expect(any("kxboom" in note for note in document["notes"]), "no note of kxboom: %s",
           document["notes"])
    folder = s.kx.rows("mod -S %s/lib/modules" % s.root)
    expect({r["name"] for r in folder} == loaded, "from a folder: %s", folder)
    expect(s.kx.rows("mod -s loop", **env)[0]["object_file"], "mod -s by build-id")
    wrong = other.module_file("loop")
    done = s.kx.run(["mod -s loop " + wrong], text=True)
    ids = re.findall(r"\b[0-9a-f]{40}\b", done.stderr)
    expect(done.returncode == 1 and len(set(ids)) == 2, "status %d: %s", done.returncode,
           done.stderr)
    done = s.kx.run(["mod -f -s loop " + wrong, "sys"], text=True)
    expect(done.returncode == 0, "--force: %s", done.stderr)
    for command in ("mod -s nosuch", "mod -s loop /nonexistent", "mod -s loop /etc/passwd",
                    "mod -s loop /", "mod -S /nonexistent", "mod -S /etc/passwd"):
        done = s.kx.run([command], text=True)
        expect(done.returncode == 1 and done.stderr, "%s: status %d: %s", command,
               done.returncode, done.stderr)
    return "%d modules" % len(loaded)


def check_globals(s):
    """Variables that BTF gives no type."""
    plain = [["p init_uts_ns.name.release", "value", kernel.release(s.name)],
             ["p sizeof(struct task_struct)", "value", None],
             ["p tainted_mask", "value", None], ["whatis tainted_mask", None, None],
             ["p console_printk", None, None], ["p init_task.comm", "value", "swapper/0"]]
    documents = s.kx.ask([c for c, _, _ in plain], operands=[s.dump, s.vmlinux])
    for (command, key, value), document in zip(plain, documents):
        expect("error" not in document and document["rows"], "%s: %s", command, document)
        if value is not None:
            got = document["rows"][0][key]
            expect(got == value, "%s: %s, not %s", command, got, value)
    # sysctl's own name for it, which no table of well-known ones has
    name = "sysctl_hung_task_timeout_secs"
    without = s.kx.ask(["p " + name], "--no-debug")[0]
    with_it = s.kx.ask(["p " + name], operands=[s.dump, s.vmlinux])[0]
    found = s.kx.ask(["p " + name], KX_DEBUG_PATH=s.root)[0]
    expect("error" in without, "typed without a vmlinux: %s", without)
    expect("error" not in with_it and with_it["rows"][0]["value"] is not None, "%s", with_it)
    expect(found == with_it, "by build-id: %s", found)
    return "as expected"


def damaged(s, where, address, size):
    """A copy of the filtered dump with zeros at ADDRESS."""
    target = os.path.join(where, "damaged")
    shutil.copy(s.filtered, target)
    phys = int(s.kx.rows("vtop " + address, "--no-debug")[-1]["physical"], 16)
    with open(target, "r+b") as f:
        head = f.read(64)
        phoff, = struct.unpack_from("<Q", head, 32)
        count, = struct.unpack_from("<H", head, 56)
        for i in range(count):
            f.seek(phoff + 56 * i)
            kind, _, offset, _, at, have = struct.unpack("<IIQQQQ", f.read(40))
            if kind == 1 and at <= phys and phys + size <= at + have:
                f.seek(offset + phys - at)
                f.write(bytes(size))
                return target
    raise Failure("%s is not in the dump" % address)


def check_no_btf(s):
    """Types from DWARF alone say what BTF says; without both, the program says what is missing."""
    commands = ["ps", "log", "mod", "foreach bt", "struct -o task_struct", "p init_task.comm",
                "sys", "vtop init_task", "tree -t maple -N init_mm.mm_mt"]
    with tempfile.TemporaryDirectory() as where:
        target = damaged(s, where, s.kx.rows("sym __start_BTF")[0]["address"], 2)
        bare = s.kx.run(["ps"], "--no-debug", operands=[target], text=True)
        expect(bare.returncode == 1 and "BTF" in bare.stderr and "vmlinux" in bare.stderr,
               "status %d: %s", bare.returncode, bare.stderr)
        alive = s.kx.ask(["sys", "dump", "log", "sym _stext", "rd _stext", "dis _stext"],
                         "--no-debug", operands=[target])
        for document in alive:
            if document["command"] != "log":
                expect("error" not in document, "without types: %s", document)
        expect(alive[0]["rows"][0]["release"] == kernel.release(s.name), "%s", alive[0])
        expect(any("BTF" in note for note in alive[0]["notes"]), "%s", alive[0]["notes"])
        btf = s.kx.ask(commands, "--no-debug", operands=[s.filtered])
        named = s.kx.ask(commands, operands=[target, s.vmlinux])
        found = s.kx.ask(commands, operands=[target], KX_DEBUG_PATH=s.root)
    for how, documents in (("named", named), ("found", found)):
        for command, one, other in zip(commands, btf, documents):
            left, right = plain(one), plain(other)
            expect(left == right, "%s, %s: %s", how, command, differing(left, right))
    return "%d commands" % len(commands)


def check_no_kallsyms(s, other):
    """Symbols from the vmlinux alone."""
    commands = ["ps", "log", "mod", "sys", "foreach bt", "p init_task.comm", "sym schedule"]
    text = s.kx.run(["dump -v"], text=True).stdout
    table = re.search(r"SYMBOL\(kallsyms_token_table\)=([0-9a-f]+)", text)
    if not table:
        return "this kernel does not say where"
    with tempfile.TemporaryDirectory() as where:
        target = damaged(s, where, "0x" + table.group(1), 512)
        bare = s.kx.run(["ps"], "--no-debug", operands=[target], text=True)
        expect(bare.returncode == 1 and "kallsyms" in bare.stderr, "status %d: %s",
               bare.returncode, bare.stderr)
        refused = s.kx.run(["ps"], operands=[target, other.vmlinux])
        expect(refused.returncode == 2 and s.build_id in refused.stderr, "%s", refused.stderr)
        truth = s.kx.ask(commands, "--no-debug", operands=[s.filtered])
        named = s.kx.ask(commands, operands=[target, s.vmlinux])
        found = s.kx.ask(commands, operands=[target], KX_DEBUG_PATH=s.root)
    for how, documents in (("named", named), ("found", found)):
        for command, one, two in zip(commands, truth, documents):
            left, right = plain(one), plain(two)
            for row in left["rows"] + right["rows"]:
                if command == "foreach bt":     # functions with several names
                    row["function"] = row["function"] and row["offset"]
                if command == "sym schedule":   # a file's symbols have sizes of their own
                    row.pop("size")
            expect(left == right, "%s, %s: %s", how, command, differing(left, right))
    return "%d commands" % len(commands)


def plain(document):
    """Without what only debug files tell."""
    if "rows" not in document:
        return document
    drop = ("file", "line", "debug_file", "dump", "place")
    rows = [{k: v for k, v in r.items() if k not in drop} for r in document["rows"]
            if not r.get("inline")]
    return {"rows": rows, "complete": document["complete"]}


def differing(left, right):
    for a, b in zip(left.get("rows", ()), right.get("rows", ())):
        if a != b:
            return "%s\n    not %s" % (b, a)
    return "%s\n    not %s" % (str(right)[:300], str(left)[:300])


class Server(http.server.BaseHTTPRequestHandler):
    """Answers as debuginfod does."""
    files, asked = {}, []

    def do_GET(self):
        self.asked.append(self.path)
        path = self.files.get(self.path)
        if not path:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(os.path.getsize(path)))
        self.end_headers()
        with open(path, "rb") as f:
            shutil.copyfileobj(f, self.wfile)

    def log_message(self, *unused):
        pass


def check_debuginfod(s):
    """A server on this machine; nothing is asked of it unless the user named it."""
    Server.asked.clear()
    Server.files["/buildid/%s/debuginfo" % s.build_id] = s.vmlinux
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d" % server.server_address[1]
    try:
        with tempfile.TemporaryDirectory() as cache:
            env = {"DEBUGINFOD_CACHE_PATH": cache}
            expect(not any(r["file"] for r in s.kx.rows("bt -l", **env)), "without a server")
            s.kx.rows("bt -l", "--no-debug", DEBUGINFOD_URLS=url, **env)
            s.kx.ask(["sys", "bt", "log", "ps", "mod"], DEBUGINFOD_URLS=url, **env)
            expect(not Server.asked, "it was asked all the same: %s", Server.asked)
            found = s.kx.rows("bt -l", DEBUGINFOD_URLS=url, **env)
            expect(any(r["file"] for r in found), "no lines")
            expect("/buildid/%s/debuginfo" % s.build_id in Server.asked, "%s", Server.asked)
        with tempfile.TemporaryDirectory() as cache:    # a server that does not answer
            done = s.kx.run(["bt -l"], DEBUGINFOD_URLS="http://127.0.0.1:9",
                            DEBUGINFOD_CACHE_PATH=cache)
            expect(done.returncode == 0, "no server: %s", done.stderr)
    finally:
        server.shutdown()
        server.server_close()
    return "%d requests" % len(Server.asked)


def main():
    binary = os.path.realpath(sys.argv[1])
    names = sys.argv[2:] or ["bookworm", "sid"]
    suites = [Suite(binary, name) for name in names]
    passed = failed = 0
    for i, s in enumerate(suites):
        other = suites[i - 1] if len(suites) > 1 else Suite(binary, "sid")
        checks = [check_lines, check_module_lines, check_module_frames, check_found, check_order,
                  check_globals, check_no_btf, check_debuginfod,
                  functools.partial(check_refused, other=other),
                  functools.partial(check_no_kallsyms, other=other),
                  functools.partial(check_modules, other=other)]
        for check in checks:
            name = getattr(check, "func", check).__name__[6:]
            if os.environ.get("ONLY", name) != name:
                continue
            try:
                said = check(s)
                passed += 1
                if os.environ.get("VERBOSE"):
                    print("%s: %s: %s" % (s.name, name, said), flush=True)
            except (Failure, KeyError, IndexError, TypeError, ValueError, OSError,
                    subprocess.SubprocessError) as error:
                failed += 1
                print("FAILED %s debug files: %s: %s" % (s.name, name, str(error)[:3000]
                                                        if isinstance(error, Failure)
                                                        else repr(error)[:3000]), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
