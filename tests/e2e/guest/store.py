# SPDX-License-Identifier: GPL-2.0-or-later
"""The store: the directory outside of the repository where guests are kept.

Layout (other tests rely on it):
  kernels/SUITE/{vmlinuz,release,modules/,debug/}
  dumps/SUITE-PANIC-HOW/{vmcore,serial.log,truth/,meta.json}
  README.txt      one line a finished dump
  apt/ roots/ build/   what is needed to make the above
"""
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SUITES = ("bullseye", "bookworm", "trixie", "sid",
          # kernels newer than the suite that they are for, and maybe than all above
          "bookworm-backports", "trixie-backports", "forky", "experimental")


def path(*parts):
    """A path in the store; the directories above it are made."""
    base = os.environ.get("KX_GUESTS") or os.path.expanduser("~/.cache/kx-crash/guests")
    result = os.path.join(base, *parts)
    os.makedirs(os.path.dirname(result), exist_ok=True)
    return result


def run(command, **kwargs):
    """Run a command; on failure show what it said and stop."""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, errors="replace", **kwargs)
    if result.returncode:
        raise RuntimeError("%s: exit status %d\n%s" %
                           (" ".join(command), result.returncode, result.stdout[-4000:]))
    return result.stdout


START = time.monotonic()


def say(text):
    print("[%7.1f] %s" % (time.monotonic() - START, text), file=sys.stderr, flush=True)


def note(name, text):
    """Keep one line for NAME in the store's README.txt."""
    readme = path("README.txt")
    lines = []
    if os.path.exists(readme):
        with open(readme) as f:
            lines = [line for line in f if not line.startswith(name + ":")]
    lines.append("%s: %s\n" % (name, text))
    with open(readme + ".new", "w") as f:
        f.writelines(lines)
    os.replace(readme + ".new", readme)
