# SPDX-License-Identifier: GPL-2.0-or-later
"""One QEMU machine: start it, watch its serial line, talk QMP, end it."""
import json
import os
import re
import socket
import subprocess
import tempfile
import time

from . import store


class Timeout(RuntimeError):
    pass


class Machine:
    def __init__(self, serial, arguments):
        self.serial = serial
        self.socket = os.path.join(tempfile.mkdtemp(prefix="kx-qmp-"), "qmp")
        self.command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
                        "-no-reboot", "-serial", "file:" + serial,
                        "-qmp", "unix:%s,server=on,wait=off" % self.socket] + arguments
        self.qmp = None
        self.process = None

    def __enter__(self):
        if os.path.exists(self.serial):
            os.unlink(self.serial)
        self.process = subprocess.Popen(["nice", "-n", "5"] + self.command,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        return self

    def __exit__(self, *unused):
        if self.process.poll() is None:
            self.process.kill()         # ours, by its pid
        self.process.wait()
        self.process.stdout.close()
        if self.qmp:
            self.qmp.close()
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        os.rmdir(os.path.dirname(self.socket))

    def log(self):
        try:
            with open(self.serial, "rb") as f:
                return f.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def wait(self, pattern, seconds, stop=None):
        """Wait for PATTERN on the serial line; a match of STOP ends it at once."""
        end = time.monotonic() + seconds
        while True:
            dead = self.process.poll() is not None
            log = self.log()
            if re.search(pattern, log):
                return
            if stop and re.search(stop, log):
                raise Timeout("%s came before %s" % (stop, pattern))
            if dead:
                out = self.process.stdout.read().decode("utf-8", "replace")
                raise Timeout("QEMU ended before %s: %s" % (pattern, out[-500:]))
            if time.monotonic() > end:
                raise Timeout("no %s within %d s" % (pattern, seconds))
            time.sleep(0.1)

    def wait_end(self, seconds):
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Timeout("QEMU still runs after %d s" % seconds) from None

    def ask(self, command, seconds=120, **arguments):
        if not self.qmp:
            self.qmp = socket.socket(socket.AF_UNIX)
            self.qmp.connect(self.socket)
            self.stream = self.qmp.makefile("rw")
            self.stream.readline()
            self.ask("qmp_capabilities")
        self.qmp.settimeout(seconds)
        request = {"execute": command}
        if arguments:
            request["arguments"] = arguments
        self.stream.write(json.dumps(request))
        self.stream.flush()
        while True:
            line = self.stream.readline()
            if not line:
                raise Timeout("QEMU closed its QMP socket during " + command)
            answer = json.loads(line)
            if "error" in answer:
                raise RuntimeError("%s: %s" % (command, answer["error"]["desc"]))
            if "return" in answer:
                return answer["return"]


def accelerator():
    """kvm when a guest under KVM gets as far as a first line, else tcg. Kept in the store."""
    keep = store.path("build", "accelerator")
    if os.path.exists(keep):
        with open(keep) as f:
            return f.read().strip()
    return None


def keep_accelerator(name):
    with open(store.path("build", "accelerator"), "w") as f:
        f.write(name + "\n")
