#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Arming under Secure Boot: what is signed is loaded, and what the kernel says of all else.

    secureboot.py KX-CRASH [SUITE…]        default: bookworm, sid

OVMF has a key in its db that is public (Debian's "snakeoil"); the guest's kernel is signed with it,
and then wants such a signature of every kernel that is loaded. Ends with "N passed, N failed".
"""
import glob
import os
import re
import shutil
import struct
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import arm  # noqa: E402
from arm import Answers, Count, Failure, equal  # noqa: E402
from guest import initramfs, kernel, store  # noqa: E402

SNAKEOIL = "/usr/share/ovmf/PkKek-1-snakeoil"
OVMF = "/usr/share/OVMF/OVMF_%s_4M.%s.fd"


def sign(image, target, key, certificate):
    store.run(["sbsign", "--key", key, "--cert", certificate, "--output", target, image])


def certificate_table(data):
    """(offset, size) of the PE's certificates: directory 4 of the optional header (PE32+)."""
    pe, = struct.unpack_from("<I", data, 0x3c)
    return struct.unpack_from("<II", data, pe + 24 + 112 + 4 * 8)


def make_images(suite, where):
    """The names of the images that are made, each one's errno below."""
    debian = store.path("kernels", suite, "vmlinuz")
    key, foreign_key = where + "/key", where + "/foreign-key"
    unsigned, signed = where + "/unsigned", where + "/signed"
    store.run(["openssl", "rsa", "-in", SNAKEOIL + ".key", "-passin", "pass:snakeoil", "-out", key])
    store.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=nobody",
               "-days", "2", "-keyout", foreign_key, "-out", where + "/foreign.pem"])
    shutil.copy(debian, unsigned)
    with open(unsigned, "rb") as f:
        data = f.read()
    while certificate_table(data)[1]:
        store.run(["sbattach", "--remove", unsigned])
        with open(unsigned, "rb") as f:
            data = f.read()
    sign(unsigned, signed, key, SNAKEOIL + ".pem")
    sign(unsigned, where + "/foreign", foreign_key, where + "/foreign.pem")
    shutil.copy(debian, where + "/debian")
    with open(signed, "rb") as f:
        data = bytearray(f.read())
    data[len(data) // 2] ^= 1
    with open(where + "/altered", "wb") as f:
        f.write(data)
    data[len(data) // 2] ^= 1
    # The certificates reach past the file's end; WIN_CERTIFICATE (8 bytes, then PKCS#7 in DER) has a
    # revision there is not; DER's length takes three bytes; DER's first tag is another.
    table = certificate_table(data)[0]
    pe, = struct.unpack_from("<I", data, 0x3c)
    for name, field, wrong in (("malformed", pe + 24 + 112 + 4 * 8 + 4, b"\0\0\0\x10"),
                               ("unsupported", table + 4, b"\x77\x77"),
                               ("long", table + 9, b"\x83"), ("garbled", table + 12, b"\x77")):
        right = data[field:field + len(wrong)]
        data[field:field + len(wrong)] = wrong
        with open(where + "/" + name, "wb") as f:
            f.write(data)
        data[field:field + len(wrong)] = right
    store.run(["osslsigncode", "sign", "-h", "sha512", "-key", key, "-certs", SNAKEOIL + ".pem",
               "-in", unsigned, "-out", where + "/hash"])
    return ("signed", "unsigned", "debian", "foreign", "altered", "malformed", "unsupported", "long",
            "garbled", "hash")


def make_initrd(suite, binary, where):
    arm.make_initrd(suite, arm.without_sanitizers(binary), where)
    cpio = initramfs.Cpio()
    for name in make_images(suite, where):
        cpio.add("images/" + name, where + "/" + name)
    cpio.write(where + "/images.gz")
    with open(where + "/secure.gz", "wb") as out:
        for part in ("main.gz", "images.gz"):
            with open(where + "/" + part, "rb") as f:
                out.write(f.read())
            out.write(b"\0" * (-out.tell() % 4))


def answers(suite, where):
    shutil.copy(OVMF % ("VARS", "snakeoil"), where + "/vars.fd")
    more = ["-machine", "q35,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on",
            "-drive", "if=pflash,format=raw,unit=0,readonly=on,file=" + OVMF % ("CODE", "secboot"),
            "-drive", "if=pflash,format=raw,unit=1,file=%s/vars.fd" % where]
    arm.boot(suite, where, "secure", "kx.stage=secure", [(r"kx: answers written", 300)],
             "secure.gz", 1536, where + "/signed", more)
    return Answers(where + "/secure.disk")


def check_signed(a):
    if "Secure boot enabled" not in a.text("dmesg"):
        raise Failure("there is no Secure Boot: %s" % a.text("dmesg")[:500])
    for step in ("auto", "again"):
        a.expect(step, 0, 1)
        equal(step, a.result(step)["system_call"], "kexec_file_load")
        equal(step, a.result(step)["why"], "Secure Boot allows nothing else")
        a.expect_check(step, "signature", "ok", "carries a signature")
    a.expect("disarm", 0, 0)


def check_refused(a):
    """Nothing is tried that cannot work: what is armed stays armed."""
    a.expect("load", 1, 1)
    a.expect_check("load", "restricted", "failed", "Secure Boot.*--syscall file")
    a.expect("unsigned", 1, 1)
    a.expect_check("unsigned", "signature", "failed", "no signature")


ERRNOS = (
    ("forge-plain", r"^kexec_load: (EPERM|EACCES): .*--syscall file"),
    ("forge-unsigned", r"^kexec_file_load: ENODATA: the image carries no signature.*sbsign"),
    ("forge-debian", r"^kexec_file_load: ENOKEY: no keyring.*mokutil"),
    ("forge-foreign", r"^kexec_file_load: ENOKEY: no keyring.*mokutil"),
    ("forge-altered", r"^kexec_file_load: EKEYREJECTED: .*altered"),
    ("forge-malformed", r"^kexec_file_load: ELIBBAD: .*damaged"),
    ("forge-unsupported", r"^kexec_file_load: ENOTSUPP: .*sbsign"),
    ("forge-long", r"^kexec_file_load: EMSGSIZE: .*malformed"),
    ("forge-garbled", r"^kexec_file_load: EBADMSG: .*malformed"),
)


def check_errnos(a):
    for step, says in ERRNOS:
        a.expect(step, 0, None, [says])
    # A kernel that has SHA-512 built in takes the image.
    known = re.search(r"^name\s*: sha512$", a.text("crypto"), re.M)
    a.expect("forge-hash", 0, None,
             [r"^loaded$" if known else r"^kexec_file_load: ENOPKG: .*SHA-256"])


def main():
    binary = os.path.realpath(sys.argv[1])
    if not glob.glob(SNAKEOIL + ".key"):
        raise RuntimeError("the package ovmf is not installed")
    passed = failed = 0
    for suite in sys.argv[2:] or ("bookworm", "sid"):
        count = Count(suite)
        kernel.fetch(suite)
        with tempfile.TemporaryDirectory(prefix="kx-secure-") as where:
            make_initrd(suite, binary, where)
            said = count.run("guest with Secure Boot", answers, suite, where)
        for check in (check_signed, check_refused, check_errnos):
            if said:
                count.run(check.__name__[6:], check, said)
        passed, failed = passed + count.passed, failed + count.failed
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
