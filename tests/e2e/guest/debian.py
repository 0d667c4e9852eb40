# SPDX-License-Identifier: GPL-2.0-or-later
"""Packages of any Debian suite, without touching the system's own apt.

Each suite has a private apt directory in the store. The mirror is the one that
the system uses already; a suite is never pinned to a version.
"""
import fcntl
import os
import re
import subprocess

from . import store


def mirror():
    """The Debian archive that this machine is set up to use."""
    query = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages",
             "Component: main"]
    # Who made an archive is known only once its lists were fetched.
    found = store.run(query + ["Origin: Debian", "Label: Debian"]) or store.run(query)
    return found.split()[0]


def _sources(suite):
    """The suite, and before it the one that it only adds to."""
    added_to = "sid" if suite == "experimental" else suite.removesuffix("-backports")
    return [added_to] if added_to == suite else [added_to, suite]


def _options(suite):
    """Options that keep apt inside the store; lists are fetched once a day."""
    base = store.path("apt", suite, "")
    for d in ("lists/partial", "cache/archives/partial"):
        os.makedirs(base + d, exist_ok=True)
    with open(base + "sources.list", "w") as f:
        for source in _sources(suite):
            f.write("deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n" %
                    (mirror(), source))
    # An empty status file: nothing counts as installed, so apt-get names every
    # package that a set needs.
    open(base + "status", "a").close()
    options = []
    for key, value in (("Dir::Etc::SourceList", base + "sources.list"),
                       ("Dir::Etc::SourceParts", "/dev/null"),
                       ("Dir::Etc::Preferences", "/dev/null"),
                       ("Dir::Etc::PreferencesParts", "/dev/null"),
                       ("Dir::State::Lists", base + "lists"),
                       ("Dir::State::status", base + "status"),
                       ("Dir::Cache", base + "cache"),
                       ("Acquire::Check-Valid-Until", "false"),
                       ("Acquire::Languages", "none"),
                       ("APT::Default-Release", suite),
                       ("APT::Sandbox::User", "root"),
                       ("APT::Install-Recommends", "false")):
        options += ["-o", key + "=" + value]
    stamp = base + "updated"
    with open(base + "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(stamp):
            store.run(["apt-get"] + options + ["update"])
            open(stamp, "w").close()
    return options


def depends(suite, package):
    """(version, [names that PACKAGE depends on])."""
    out = store.run(["apt-cache"] + _options(suite) + ["show", "--no-all-versions", package])
    version = re.search(r"^Version: (.*)$", out, re.M).group(1)
    found = re.search(r"^Depends: (.*)$", out, re.M)
    names = [re.split(r"[ (:|]", d.strip())[0] for d in found.group(1).split(",")] if found else []
    return version, names


def download(suite, packages):
    """Fetch exactly these packages; returns the paths of the .deb files."""
    debs = store.path("apt", suite, "debs", "")
    out = []
    for package in packages:
        version, _ = depends(suite, package)
        deb = debs + "%s_%s_amd64.deb" % (package, version.replace(":", "%3a"))
        if not os.path.exists(deb):
            deb = deb.replace("_amd64.deb", "_all.deb")
        if not os.path.exists(deb):
            store.run(["apt-get"] + _options(suite) + ["download", package], cwd=debs)
            deb = next(debs + name for name in sorted(os.listdir(debs), reverse=True)
                       if name.startswith("%s_%s_" % (package, version.replace(":", "%3a"))))
        out.append(deb)
    return out


def unpack(deb, where, *only):
    """Unpack a .deb (or the members below the paths ONLY) without its scripts."""
    os.makedirs(where, exist_ok=True)
    if not only:
        store.run(["dpkg-deb", "-x", deb, where])
        return
    feed = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", where, "--wildcards"] + list(only), stdin=feed.stdout,
                   stderr=subprocess.DEVNULL)
    feed.stdout.close()
    feed.wait()


def root(suite, name, packages):
    """A directory to chroot into, holding PACKAGES and all that they need.

    The packages are only unpacked: compilers and dump tools need no maintainer
    scripts, and this takes a fifth of the time of a debootstrap.
    """
    where = store.path("roots", suite + "-" + name)
    if os.path.exists(where + "/.done"):
        return where
    store.run(["rm", "-rf", where])
    for d in ("usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "dev", "proc", "tmp"):
        os.makedirs(where + "/" + d)
    for d in ("bin", "sbin", "lib", "lib64"):
        os.symlink("usr/" + d, where + "/" + d)
    options = _options(suite)
    base = ["dash", "coreutils", "sed", "grep", "findutils", "mawk", "diffutils"]
    command = ["apt-get"] + options + ["-y", "install"] + base + packages
    uris = store.run(command + ["--print-uris"])
    files = re.findall(r"^'[^']+' (\S+\.deb) ", uris, re.M)
    store.run(command + ["--download-only"])
    for name in files:
        unpack(store.path("apt", suite, "cache", "archives", name), where)
    store.run(["apt-get"] + options + ["clean"])
    if not os.path.exists(where + "/usr/bin/awk"):
        os.symlink("mawk", where + "/usr/bin/awk")      # an alternative, made by a script
    if not os.path.exists(where + "/usr/bin/sh"):
        os.symlink("dash", where + "/usr/bin/sh")
    open(where + "/.done", "w").close()
    return where


def inside(where, script):
    """Run a shell script in a root. /proc is mounted for objtool, and gone with the script."""
    return store.run(["unshare", "--mount", "/bin/sh", "-c",
                      'mount --bind /proc "$1/proc"; mount --bind /dev "$1/dev"; '
                      'exec nice chroot "$1" /bin/sh -c "$2"', "sh", where,
                      "export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C; " + script])
