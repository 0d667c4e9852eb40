// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signatures of files that people give instead of a dump. ELF by its e_type (elf(5)); the others by
 * the bytes that file(1) knows them by.
 */
#include "dumpfmt/look.h"

#include "base/bytes.h"
#include "base/compiler.h"

#include <elf.h>

struct look {
	uint16_t offset;
	uint8_t size;
	const char *bytes, *what;
};

static const struct look looks[] = {
	{ 0, 2, "\x1f\x8b", "gzip-compressed data; decompress it first" },
	{ 0, 6,
	  "\xfd"
	  "7zXZ",
	  "xz-compressed data; decompress it first" },
	{ 0, 4, "\x28\xb5\x2f\xfd", "zstd-compressed data; decompress it first" },
	{ 0, 3, "BZh", "bzip2-compressed data; decompress it first" },
	{ 0, 4, "\x04\x22\x4d\x18", "lz4-compressed data; decompress it first" },
	{ 0, 9, "\x89LZO\0\r\n\x1a\n", "lzop-compressed data; decompress it first" },
	{ 0, 4, "PK\x03\x04", "a zip archive; unpack it first" },
	{ 257, 5, "ustar", "a tar archive; unpack it first" },
	{ 0, 8, "!<arch>\n", "an ar archive or a Debian package" },
	{ 0, 6, "070701", "a cpio archive" },
	{ 0x202, 4, "HdrS", "a bootable kernel image (bzImage)" },
	{ 0, 4, "QFI\xfb", "a qcow2 disk image" },
	{ 0, 4, "EMiL", "a LiME memory dump, a format that is not read here" },
	{ 0, 8, "PAGEDU64", "a Windows crash dump, a format that is not read here" },
	{ 0, 8, "PAGEDUMP", "a Windows crash dump, a format that is not read here" },
	{ 0, 8, "\xa8\x19\x01\x73\x61\x8f\x23\xed",
	  "an LKCD dump, a format that is not read here" },
	{ 0, 16, "LibvirtQemudSave", "a machine saved by libvirt, a format that is not read here" },
	{ 0, 4, "QEVM", "a saved QEMU machine, a format that is not read here" },
	{ 0, 4, "\xd2\xbe\xd2\xbe", "a VMware snapshot, a format that is not read here" },
	{ 0, 4, "\xd1\xbe\xd2\xbe", "a VMware snapshot, a format that is not read here" },
	{ 0, 2, "MZ", "an EFI or Windows executable" },
	{ 0, 2, "#!", "a script" },
};

static const char *elf_type(const uint8_t *head, size_t size)
{
	struct bytes b = bytes_of(head, size, size > EI_DATA && head[EI_DATA] == ELFDATA2MSB);

	bytes_skip(&b, EI_NIDENT);
	switch (bytes_u16(&b)) {
	case ET_REL:
		return "an ELF object file (a kernel module?)";
	case ET_EXEC:
		return "an ELF executable (a vmlinux?)";
	case ET_DYN:
		return "an ELF shared object or executable";
	case ET_CORE:
		return "an ELF core file";
	default:
		return b.failed ? "an ELF file cut off in its header"
				: "an ELF file of an unknown type";
	}
}

static bool all_zero(const uint8_t *head, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (head[i])
			return false;
	}
	return true;
}

static bool is_text(const uint8_t *head, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (head[i] == 0x7f || (head[i] < 0x20 && !strchr("\t\n\v\f\r\b\x1b", head[i])))
			return false;
		if (!head[i])
			return false;
	}
	return true;
}

static bool is_elf(const uint8_t *head, size_t size)
{
	return size >= SELFMAG && !memcmp(head, ELFMAG, SELFMAG);
}

const char *look_describe(const uint8_t *head, size_t size, uint64_t file_size)
{
	if (!file_size)
		return "it is empty";
	if (is_elf(head, size))
		return elf_type(head, size);
	for (size_t i = 0; i < ARRAY_SIZE(looks); i++) {
		const struct look *look = &looks[i];

		if (look->offset + (size_t)look->size <= size &&
		    !memcmp(head + look->offset, look->bytes, look->size))
			return look->what;
	}
	if (all_zero(head, size))
		return "it begins with zeros only";
	if (is_text(head, size))
		return "it looks like text";
	return "its first bytes are of no known kind";
}

bool look_is_dump(const uint8_t *head, size_t size)
{
	struct bytes b = bytes_of(head, size, size > EI_DATA && head[EI_DATA] == ELFDATA2MSB);

	if (size >= 8 && (!memcmp(head, "KDUMP   ", 8) || !memcmp(head, "DISKDUMP", 8)))
		return true;
	bytes_skip(&b, EI_NIDENT);
	return is_elf(head, size) && bytes_u16(&b) == ET_CORE;
}
