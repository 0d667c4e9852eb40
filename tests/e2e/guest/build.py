# SPDX-License-Identifier: GPL-2.0-or-later
"""Build what runs inside of the guests: two static programs and the crash module."""
import os
import re
import shutil

from . import debian, kernel, store


def newer(result, *sources):
    """Whether RESULT is there and made after all SOURCES."""
    return os.path.exists(result) and all(
        os.path.getmtime(result) >= os.path.getmtime(s) for s in sources)


def helper(name):
    """The path of a static program built from helper/NAME.c."""
    source = os.path.join(store.HERE, "helper", name + ".c")
    result = store.path("build", name)
    if not newer(result, source):
        store.run(["gcc", "-O2", "-Wall", "-Wno-unused-result", "-Wno-format-truncation",
                   "-static", "-pthread", "-o", result, source])
    return result


def ext4_image():
    """The path of a small file system for the guests to mount through a loop device."""
    result = store.path("build", "ext4.img")
    if not os.path.exists(result):
        with open(result + ".new", "wb") as f:
            f.truncate(8 << 20)
        store.run(["/sbin/mkfs.ext4", "-q", "-L", "kx-label", result + ".new"])
        os.replace(result + ".new", result)
    return result


def crash_module(suite):
    """The path of kxboom.ko for the suite's kernel, built by the suite's own compiler."""
    source = os.path.join(store.HERE, "module")
    result = store.path("build", suite, "kxboom.ko")
    if newer(result, *(os.path.join(source, n) for n in os.listdir(source))):
        return result
    rel = kernel.fetch(suite)
    headers = "linux-headers-" + rel
    # The compiler that built the kernel is named by what the headers depend on.
    compiler = next((d for d in debian.depends(suite, headers)[1]
                     if re.match(r"gcc-\d+|linux-compiler-gcc", d)), "gcc")
    root = debian.root(suite, "build", [headers, compiler, "gcc", "make", "libc6-dev", "libelf1"
                                        if suite.startswith(("bullseye", "bookworm")) else "libelf1t64"])
    build = os.path.join(root, "tmp", "kxboom")
    shutil.rmtree(build, ignore_errors=True)
    shutil.copytree(source, build)
    log = debian.inside(root, "cd /tmp/kxboom && make -C /lib/modules/%s/build "
                        "M=/tmp/kxboom modules" % rel)
    with open(store.path("build", suite, "kxboom.log"), "w") as f:
        f.write(log)
    shutil.copy(os.path.join(build, "kxboom.ko"), result)
    os.utime(result)
    store.say("%s: kxboom.ko built" % suite)
    return result
