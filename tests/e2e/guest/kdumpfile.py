# SPDX-License-Identifier: GPL-2.0-or-later
"""Write a KDUMP file anew with another compression of its pages.

Debian's makedumpfile has no snappy, and compresses with zstd at its fastest
level only. The layout is that of makedumpfile's diskdump_mod.h; 64-bit,
little-endian, not split, is all that is needed here.
"""
import ctypes
import ctypes.util
import multiprocessing
import struct
import zlib

BLOCK = 4096
FLAGS = {"zlib": 1, "lzo": 2, "snappy": 4, "zstd": 0x20}
DESCRIPTOR = struct.Struct("<qIIQ")


def _library(name):
    path = ctypes.util.find_library(name)
    if not path:
        raise RuntimeError("lib%s is not installed" % name)
    return ctypes.CDLL(path)


def _zstd(level):
    lib = _library("zstd")
    lib.ZSTD_compress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(BLOCK * 2)

    def compress(page):
        size = lib.ZSTD_compress(out, ctypes.c_size_t(len(out)), page,
                                 ctypes.c_size_t(len(page)), level)
        return out.raw[:size] if size <= len(out) else page
    return compress


def _snappy(unused):
    lib = _library("snappy")
    out = ctypes.create_string_buffer(BLOCK * 2)

    def compress(page):
        size = ctypes.c_size_t(len(out))
        if lib.snappy_compress(page, ctypes.c_size_t(len(page)), out, ctypes.byref(size)):
            return page
        return out.raw[:size.value]
    return compress


def _zlib(level):
    return lambda page: zlib.compress(page, level)


COMPRESS = {"zlib": _zlib, "snappy": _snappy, "zstd": _zstd}
_compress = None


def _start(codec, level):
    global _compress
    _compress = COMPRESS[codec](level)


def _work(page):
    small = _compress(page)
    return small if len(small) < len(page) else None


def recompress(source, target, codec, level):
    """SOURCE holds raw or zlib pages. Equal pages are stored once."""
    with open(source, "rb") as f, open(target, "wb") as out:
        head = f.read(BLOCK)
        if head[:8] != b"KDUMP   ":
            raise RuntimeError(source + " is no KDUMP file")
        block, sub_blocks, bitmap_blocks = struct.unpack_from("<iii", head, 428)
        if block != BLOCK:
            raise RuntimeError("block size %d" % block)
        f.seek(0)
        before = bytearray(f.read((1 + sub_blocks + bitmap_blocks) * BLOCK))
        bitmap = before[(1 + sub_blocks + bitmap_blocks // 2) * BLOCK:]
        count = sum(bin(b).count("1") for b in bitmap)
        table = f.read(count * DESCRIPTOR.size)

        def pages():
            for i in range(count):
                offset, size, flags, _ = DESCRIPTOR.unpack_from(table, i * DESCRIPTOR.size)
                f.seek(offset)
                page = f.read(size)
                yield zlib.decompress(page) if flags & FLAGS["zlib"] else page

        # status: which compression the file may use
        status, = struct.unpack_from("<i", before, 424)
        struct.pack_into("<i", before, 424, status & ~0x27 | FLAGS[codec])
        out.write(before)
        descriptors = bytearray()
        at = len(before) + count * DESCRIPTOR.size
        out.seek(at)
        stored = {}
        with multiprocessing.Pool(2, _start, (codec, level)) as pool:
            kept = []

            def remember():
                for page in pages():
                    kept.append(page)
                    yield page
            for small in pool.imap(_work, remember(), 256):
                page = kept.pop(0)
                body, flags = (page, 0) if small is None else (small, FLAGS[codec])
                if body not in stored:
                    stored[body] = at
                    out.write(body)
                    at += len(body)
                descriptors += DESCRIPTOR.pack(stored[body], len(body), flags, 0)
        out.seek(len(before))
        out.write(descriptors)
