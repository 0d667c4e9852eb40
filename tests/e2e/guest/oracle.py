#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest said about itself before and while it died.

  Oracle(DIRECTORY).trace()     the frames of the trace that the kernel printed
                   .crash()     why, on which CPU, in which task
                   .tasks()     every task, with its own stack
                   .modules() .symbols() .log() .sys()

From the command line: oracle.py DIRECTORY... shows a summary of each;
oracle.py --check DIRECTORY... also fails when one is not plausible;
oracle.py --json WHAT DIRECTORY prints one of the above as JSON.
"""
import argparse
import glob
import json
import os
import re
import sys

# "[    5.752945] " and with CONFIG_PRINTK_CALLER "[    5.75][  T199] "
STAMP = re.compile(r"^\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?")
FRAME = re.compile(r"^ *(\? )?([\w.$]+)\+0x([0-9a-f]+)/0x([0-9a-f]+)(?: \[(\w+)[^]]*\])?$")
RIP = re.compile(r"^RIP: 0010:([\w.$]+)\+0x([0-9a-f]+)/0x([0-9a-f]+)(?: \[(\w+)[^]]*\])?")
STACK = re.compile(r"^ *<(/?)([#A-Z0-9 ]+)>$")
WHO = re.compile(r"^CPU: (\d+) (?:UID: \d+ )?PID: (\d+) Comm: (.*?) (?:Kdump: loaded )?"
                 r"(?:Tainted: |Not tainted )")
# The line that starts a death. "[#1]" ends the line of every oops.
OOPS = re.compile(r"\[#1\]")
PANIC = re.compile(r"^Kernel panic - not syncing: (.*)")
# What an oops says before that line.
REASON = re.compile(r"^(BUG: .*|kernel BUG at .*|general protection fault.*|"
                    r"Oops: .*|divide error.*|.*stack guard page was hit.*)")
PF_KTHREAD = 0x200000


def _unescape(text):
    """/dev/kmsg writes bytes that are not printable as \\xNN."""
    raw = re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m.group(1), 16)]), text)
    return raw.decode("utf-8", "surrogateescape")


class Oracle:
    def __init__(self, directory):
        self.directory = directory
        with open(os.path.join(directory, "meta.json")) as f:
            self.meta = json.load(f)
        self.suite = self.meta["suite"]
        # Of a kernel before 6.10: since then makedumpfile (1.7.8) takes pages for others.
        self.old = self.suite in ("bullseye", "bookworm")

    def path(self, name):
        return os.path.join(self.directory, "truth", name)

    def bytes(self, name):
        try:
            with open(self.path(name), "rb") as f:
                return f.read()
        except FileNotFoundError:
            return b""

    def text(self, name):
        return self.bytes(name).decode("utf-8", "surrogateescape")

    # --- the serial line ---------------------------------------------------

    def _serial(self):
        """The lines of the kernel that died.

        crash.log is the log of a kdump as makedumpfile reads it, for deaths that did
        not reach the serial line.
        """
        lines = self._lines("serial.log")
        if self._death(lines)[0] is None and \
                os.path.exists(os.path.join(self.directory, "crash.log")):
            lines = self._lines("crash.log")
        return lines

    def _lines(self, name):
        with open(os.path.join(self.directory, name), "rb") as f:
            text = f.read().decode("utf-8", "surrogateescape").replace("\r", "")
        # In a kdump the capture kernel's boot follows on the same line.
        boots = [m.start() for m in re.finditer(r"^\[ *0\.000000\].*Linux version", text, re.M)]
        if len(boots) > 1:
            text = text[:boots[1]]
        return [STAMP.sub("", line) for line in text.split("\n")]

    def _death(self, lines):
        """(index of the line where the first death starts, whether it is an oops)"""
        for i, line in enumerate(lines):
            if PANIC.search(line):
                return i, False
            if OOPS.search(line):
                return i, True
        return None, False

    def crash(self):
        """{reason, panic, cpu, pid, comm}; None when the guest did not die."""
        lines = self._serial()
        at, oops = self._death(lines)
        if at is None:
            return None
        result = {"reason": None, "panic": None, "cpu": None, "pid": None, "comm": None}
        if oops:
            # The cause stands some lines before the line with [#1], or on it.
            before = [REASON.match(line) for line in lines[max(0, at - 8):at + 1]]
            result["reason"] = next((m.group(1) for m in before if m), lines[at])
        for line in lines[at:]:
            who = WHO.match(line)
            if who and result["cpu"] is None:
                result.update(cpu=int(who.group(1)), pid=int(who.group(2)), comm=who.group(3))
            panic = PANIC.search(line)
            if panic and result["panic"] is None:
                result["panic"] = panic.group(1)
        result["reason"] = result["reason"] or result["panic"]
        return result

    def trace(self):
        """The frames of the first death's trace, innermost first.

        Each is {function, offset, size, module, stack, reliable, kind}. stack is the
        kernel's mark (TASK, which 5.10 does not print, IRQ, NMI, #DF…); reliable is False for lines with "?";
        kind is "call", or "interrupted" for a function that an exception or interrupt
        stopped, which the kernel shows as "RIP: 0010:" and not as a line of the trace.
        """
        lines = self._serial()
        at, oops = self._death(lines)
        if at is None:
            return []
        frames, stacks, inside = [], [], False
        for line in lines[at:]:
            rip = RIP.match(line)
            frame = FRAME.match(line)
            stack = STACK.match(line)
            if rip and (inside or (oops and not frames)):
                frames.append(self._frame(rip.groups(), stacks, True, "interrupted"))
            elif line.startswith("Call Trace:"):
                inside = True
            elif not inside:
                continue
            elif stack:
                if stack.group(1):
                    stacks = stacks[:-1]
                else:
                    stacks.append(stack.group(2))
            elif frame:
                frames.append(self._frame(frame.groups()[1:], stacks, not frame.group(1), "call"))
            elif re.match(r"Modules linked in|Kernel Offset|---\[ end|Kernel panic|RIP: 0033|"
                          r"Dumping ftrace|Rebooting", line):
                break
        # An oops shows RIP before the first stack is named: it is on that stack.
        if len(frames) > 1:
            frames[0]["stack"] = frames[1]["stack"]
        return frames

    @staticmethod
    def _frame(groups, stacks, reliable, kind):
        name, offset, size, module = groups
        return {"function": name, "offset": int(offset, 16), "size": int(size, 16),
                "module": module, "stack": stacks[-1] if stacks else "TASK",
                "reliable": reliable, "kind": kind}

    # --- the truth ---------------------------------------------------------

    def tasks(self):
        """Every thread: {pid, tgid, ppid, state, comm, comm15, kthread, flags, vsize, rss,
        cpu, stack}.

        comm is as /proc says it: whole names of kernel threads, with the work of a
        kworker behind it; comm15 is what task_struct.comm can hold of that. stack lists
        {function, offset, size, module} or is None for a task that ran.
        """
        result = []
        for base in glob.glob(glob.escape(self.path("proc")) + "/[0-9]*/task/[0-9]*"):
            raw = self.bytes(os.path.relpath(base + "/stat", self.path("")))
            if not raw:
                continue
            stat = raw.decode("utf-8", "surrogateescape")
            pid, rest = stat.split(" (", 1)
            comm, rest = rest.rsplit(") ", 1)
            field = rest.split()            # field[0] is the third of proc(5), the state
            flags = int(field[6])
            kthread = bool(flags & PF_KTHREAD)
            result.append({
                "pid": int(pid), "tgid": int(base.split("/")[-3]), "ppid": int(field[1]),
                "state": field[0], "comm": comm, "comm15": self._comm15(comm, kthread),
                "kthread": kthread, "flags": flags, "vsize": int(field[20]),
                "rss": int(field[21]), "cpu": int(field[36]), "stack": self._stack(base)})
        return sorted(result, key=lambda t: t["pid"])

    @staticmethod
    def _comm15(comm, kthread):
        if kthread:
            worker = re.match(r"(kworker/(?!R-)[^-+]+)[-+]", comm)
            if worker:
                comm = worker.group(1)
        raw = comm.encode("utf-8", "surrogateescape")[:15]
        return raw.decode("utf-8", "surrogateescape")

    def _stack(self, base):
        frames = []
        for line in self.text(os.path.relpath(base + "/stack", self.path(""))).splitlines():
            found = FRAME.match(line.replace("[<0>] ", ""))
            if found:
                frames.append({"function": found.group(2), "offset": int(found.group(3), 16),
                               "size": int(found.group(4), 16), "module": found.group(5)})
        return frames or None

    def modules(self):
        """[{name, size, refcount, used_by, state, address, taints}]"""
        result = []
        for line in self.text("proc/modules").splitlines():
            word = line.split()
            result.append({"name": word[0], "size": int(word[1]), "refcount": int(word[2]),
                           "used_by": [w for w in word[3].split(",") if w not in ("", "-")],
                           "state": word[4], "address": int(word[5], 16),
                           "taints": word[6].strip("()") if len(word) > 6 else ""})
        return result

    def symbols(self):
        """[(address, type, name, module or None)] of /proc/kallsyms, in its order."""
        result = []
        for line in self.text("proc/kallsyms").splitlines():
            word = line.split()
            result.append((int(word[0], 16), word[1], word[2],
                           word[3].strip("[]") if len(word) > 3 else None))
        return result

    def log(self):
        """The records of /dev/kmsg: [{seq, time_us, level, facility, continued, text, dict}]"""
        result = []
        for line in self.bytes("kmsg").split(b"\n"):
            if not line:
                continue
            if line.startswith(b" "):
                key, _, value = line[1:].partition(b"=")
                result[-1]["dict"][_unescape(key)] = _unescape(value)
                continue
            head, _, text = line.partition(b";")
            prio, seq, time, flags = head.decode().split(",")[:4]
            result.append({"seq": int(seq), "time_us": int(time), "level": int(prio) & 7,
                           "facility": int(prio) >> 3, "continued": flags == "c",
                           "text": _unescape(text), "dict": {}})
        return result

    def sys(self):
        """{release, version, uptime_s, load, tainted, memory_kb, cpus, cmdline}"""
        return {
            "release": self.text("proc/sys/kernel/osrelease").strip(),
            "version": self.text("proc/sys/kernel/version").strip(),
            "nodename": self.text("proc/sys/kernel/hostname").strip(),
            "uptime_s": float((self.text("proc/uptime").split() or [0])[0]),
            "load": self.text("proc/loadavg").split()[:3],
            "tainted": int(self.text("proc/sys/kernel/tainted") or 0),
            "memory_kb": int(re.search(r"MemTotal: *(\d+)", self.text("proc/meminfo")).group(1)),
            "cpus": len(re.findall(r"^processor", self.text("proc/cpuinfo"), re.M)),
            "cmdline": self.text("proc/cmdline").strip(),
        }


# --- is all of that plausible? ---------------------------------------------

# Functions that must be in the trace, in this order, and the stack of the first.
EXPECTED = {
    "sysrq": (["panic", "sysrq_handle_crash", "write_sysrq_trigger", "vfs_write"], "TASK"),
    "null": (["kx_null_three", "kx_null_two", "kx_null_one", "kx_die", "kx_write"], "TASK"),
    "bug": (["kx_bug", "kx_die", "kx_write", "vfs_write"], "TASK"),
    "overflow": (["kx_recurse", "kx_recurse", "kx_recurse"], None),
    "softirq": (["panic", "kx_panic", "kx_timer_fn", "call_timer_fn"], "IRQ"),
    "hardirq": (["kx_null_three", "kx_irq_work_fn", "irq_work_run", "asm_sysvec_irq_work",
                 "kx_die", "kx_write"], "IRQ"),
    "ipi": (["kx_null_three", "kx_ipi_fn", "asm_sysvec_call_function_single"], "IRQ"),
    "workqueue": (["kx_null_three", "kx_work_fn", "process_one_work", "worker_thread", "kthread",
                   "ret_from_fork"], "TASK"),
    "init": (["panic", "kx_panic", "kx_init_two", "kx_init", "do_one_initcall"], "TASK"),
    "nmi": (["panic", "exc_nmi"], "NMI"),
    "oom": (["panic", "out_of_memory", "asm_exc_page_fault", "vfs_read"], "TASK"),
    "hung": (["panic", "watchdog", "kthread", "ret_from_fork"], "TASK"),
    "live": ([], None),
}
# Where a stack ends.
ENDS = ("entry_SYSCALL_64_after_hwframe", "ret_from_fork", "ret_from_fork_asm",
        "secondary_startup_64_no_verify", "secondary_startup_64", "common_startup_64")


def _base(name):
    """foo.cold and foo.constprop.0 are parts of foo."""
    return name.split(".")[0]


def check(oracle):
    """What is wrong with a guest's words; an empty list when nothing is."""
    wrong = []
    panic = oracle.meta["panic"]
    frames = [f for f in oracle.trace() if f["reliable"]]
    names = [_base(f["function"]) for f in frames]
    wanted, stack = EXPECTED[panic]
    rest = iter(names)
    for name in wanted:
        if not any(name == have for have in rest):
            wrong.append("%s is not in the trace (in order): %s" % (name, " ".join(names[:30])))
            break
    if wanted:
        # An interrupt of user mode runs on the task's own stack, which it begins.
        from_user = bool(names) and names[-1].startswith("asm_")
        if stack and frames and frames[0]["stack"] != stack and not from_user:
            wrong.append("the first frame is on %s, not on %s" % (frames[0]["stack"], stack))
        # (5.10 gives up at the trampoline of a kretprobe, under its neighbour's name)
        traced = "kx.trace" in oracle.meta["append"]
        if names and names[-1] not in ENDS and not from_user and not traced:
            wrong.append("the trace ends in " + names[-1])
        crash = oracle.crash()
        if crash is None or crash["pid"] is None:
            wrong.append("no word on the task that crashed")
    elif oracle.crash():
        wrong.append("a live guest crashed")
    tasks = oracle.tasks()
    pids = {t["pid"] for t in tasks}
    if len(tasks) < 60 or not {1, 2} <= pids:
        wrong.append("%d tasks" % len(tasks))
    comms = {t["comm"] for t in tasks}
    for comm in ("kx-sleep", "kx) R 1 (x", "kx\nline\\n\t\"", "kthreadd") * (not oracle.meta.get("tasks")):
        if comm not in comms:
            wrong.append("no task %r" % comm)
    asleep = [t for t in tasks if t["state"] in "SDI" and not t["stack"]]
    # (one that ran just when its stack was asked for has none)
    if len(asleep) > 2:
        wrong.append("no stack of " + ", ".join("%(pid)d %(comm)s" % t for t in asleep[:5]))
    modules = {m["name"] for m in oracle.modules()}
    if not {"kxboom", "bridge", "stp"} <= modules:
        wrong.append("modules " + " ".join(sorted(modules)))
    symbols = oracle.symbols()
    if len(symbols) < 60000 or not any(s[0] and s[3] == "bridge" for s in symbols):
        wrong.append("%d symbols" % len(symbols))
    log = oracle.log()
    if len(log) < 400 or [r["seq"] for r in log] != list(range(log[0]["seq"], log[-1]["seq"] + 1)):
        wrong.append("%d log records" % len(log))
    sys_row = oracle.sys()
    if sys_row["release"] != oracle.meta["release"] or sys_row["cpus"] != oracle.meta["cpus"]:
        wrong.append("sys %r" % sys_row)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--json", choices=("crash", "trace", "tasks", "modules", "symbols", "log",
                                           "sys"))
    parser.add_argument("directories", nargs="+")
    options = parser.parse_args()
    failed = 0
    for directory in options.directories:
        oracle = Oracle(directory)
        if options.json:
            json.dump(getattr(oracle, options.json)(), sys.stdout, indent=1)
            print()
            continue
        crash = oracle.crash() or {"reason": "alive", "pid": "-", "comm": "-", "cpu": "-"}
        trace = oracle.trace()
        print("%s: %d of %d frames, %d tasks, %d modules, %d symbols, %d records: CPU %s, %s %s: %s" % (
            os.path.basename(directory.rstrip("/")), sum(f["reliable"] for f in trace), len(trace),
            len(oracle.tasks()), len(oracle.modules()), len(oracle.symbols()), len(oracle.log()),
            crash["cpu"], crash["comm"], crash["pid"], crash["reason"]))
        wrong = check(oracle) if options.check else []
        for text in wrong:
            print("    " + text)
        failed += bool(wrong)
    if options.check:
        print("%d passed, %d failed" % (len(options.directories) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
