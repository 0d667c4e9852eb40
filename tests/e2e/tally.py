# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that are counted, and programs that are asked, for the scripts beside this one."""
import subprocess

passed = failed = 0


def check(what, worked, why=""):
    count(bool(worked), not worked)
    if not worked:
        print("FAILED: %s %s" % (what, why), flush=True)


def count(more_passed, more_failed):
    global passed, failed
    passed += more_passed
    failed += more_failed


def end():
    """Says how many; what main() returns."""
    print("%d passed, %d failed" % (passed, failed))
    return failed != 0


def run(words, limit=180, **more):
    return subprocess.run(words, stdin=more.pop("stdin", subprocess.DEVNULL),
                          stdout=more.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE,
                          timeout=limit, **more)


def ask(binary, files, commands):
    """What kx-crash says of the dump in @files; nothing when it did not come to its end."""
    words = [binary, "--no-rc", "--no-debug", *files]
    for command in commands:
        words += ["-c", command]
    done = run(words)
    return done.stdout if done.returncode in (0, 1) else b""
