# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's kernels: kernels/SUITE/{vmlinuz,release,modules/} in the store.

The cloud flavour, unless $KX_FLAVOUR names another ("amd64", "rt-amd64"): that wants a store of
its own ($KX_GUESTS).
"""
import glob
import os
import re
import shutil

from . import debian, store


def release(suite):
    with open(store.path("kernels", suite, "release")) as f:
        return f.read().strip()


def fetch(suite):
    """Make kernels/SUITE. Returns the release."""
    where = store.path("kernels", suite)
    if os.path.exists(where + "/release"):
        return release(suite)
    # The meta package names the image; since 7.x the image in turn names the
    # packages that hold the kernel and the modules.
    names, todo = [], ["linux-image-" + os.environ.get("KX_FLAVOUR", "cloud-amd64")]
    while todo:
        name = todo.pop()
        for other in debian.depends(suite, name)[1]:
            if re.match(r"linux-(image|binary|modules)-\d", other) and other not in names:
                names.append(other)
                todo.append(other)
    rel = next(n for n in names if n.startswith("linux-image-"))[len("linux-image-"):]
    unpacked = where + "/unpacked"
    shutil.rmtree(where, ignore_errors=True)
    for deb in debian.download(suite, names):
        debian.unpack(deb, unpacked)
    image = glob.glob(unpacked + "/boot/vmlinuz-" + rel) + \
        glob.glob(unpacked + "/usr/lib/modules/%s/vmlinuz" % rel)
    modules = glob.glob(unpacked + "/lib/modules/" + rel) + \
        glob.glob(unpacked + "/usr/lib/modules/" + rel)
    shutil.move(image[0], where + "/vmlinuz")
    # depmod wants lib/modules/REL below a root.
    os.makedirs(where + "/modules/lib/modules")
    shutil.move(modules[0], where + "/modules/lib/modules/" + rel)
    shutil.rmtree(unpacked)
    store.run(["depmod", "-b", where + "/modules", rel])
    with open(where + "/release", "w") as f:
        f.write(rel + "\n")
    store.say("%s: kernel %s" % (suite, rel))
    return rel


def fetch_debug(suite):
    """Make kernels/SUITE/debug: vmlinux with DWARF and the modules' debug files."""
    rel = fetch(suite)
    where = store.path("kernels", suite, "debug")
    vmlinux = where + "/usr/lib/debug/boot/vmlinux-" + rel
    if not os.path.exists(where + "/.done"):
        shutil.rmtree(where, ignore_errors=True)
        deb = debian.download(suite, ["linux-image-%s-dbg" % rel])[0]
        debian.unpack(deb, where)
        if not os.path.exists(vmlinux):
            found = glob.glob(where + "/usr/lib/debug/**/vmlinux*", recursive=True)
            os.makedirs(os.path.dirname(vmlinux), exist_ok=True)
            os.symlink(os.path.relpath(found[0], os.path.dirname(vmlinux)), vmlinux)
        os.unlink(deb)
        open(where + "/.done", "w").close()
    return vmlinux
