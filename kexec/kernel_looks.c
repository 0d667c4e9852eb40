// SPDX-License-Identifier: GPL-2.0-or-later
/* What a file that is no kernel looks like, so that an error can say it. */
#include "kexec/kernel_image.h"

#include "base/bytes.h"

#include <elf.h>

struct look {
	size_t at, len;
	const char *magic;
	const char *what;
};

/* The first that fits is told. */
static const struct look looks[] = {
	{ 56, 4, "ARM\x64", "an arm64 Image, which an x86_64 machine cannot start" },
	{ 4, 4, "zimg", "a compressed EFI kernel (zboot) of another architecture" },
	{ 0x202, 4, "HdrS", "a damaged or very old bzImage (no 0xaa55 at 0x1fe)" },
	{ 0, 2, "\x1f\x8b", "a gzip file: unpack it first" },
	{ 0, 6,
	  "\xfd"
	  "7zXZ\0",
	  "an xz file: unpack it first" },
	{ 0, 4, "\x28\xb5\x2f\xfd", "a zstd file: unpack it first" },
	{ 0, 4, "\x02\x21\x4c\x18", "an lz4 file: unpack it first" },
	{ 0, 4, "\x04\x22\x4d\x18", "an lz4 file: unpack it first" },
	{ 0, 3, "BZh", "a bzip2 file: unpack it first" },
	{ 0, 4, "\x89LZO", "an lzop file: unpack it first" },
	{ 0, 6, "070701", "a cpio archive (an initramfs?)" },
	{ 0, 6, "070702", "a cpio archive (an initramfs?)" },
	{ 0, 4, "hsqs", "a squashfs" },
	{ 0, 8, "KDUMP   ", "a crash dump" },
	{ 0, 12, "makedumpfile", "a crash dump" },
	{ 0, 4, "\xd0\x0d\xfe\xed", "a device tree or FIT image" },
	{ 0, 4, "\x27\x05\x19\x56", "a U-Boot uImage" },
	{ 0, 4, "PK\x03\x04", "a zip archive" },
	{ 0, 8, "!<arch>\n", "an ar archive (a Debian package?)" },
	{ 0, 2, "#!", "a script" },
	{ 0, 2, "MZ", "an EFI or Windows program without a .linux section" },
};

static const char *elf_look(const uint8_t *data, size_t size)
{
	bool big = data[EI_DATA] == ELFDATA2MSB;
	uint64_t type = load_number(data + 16, 2, big), machine = load_number(data + 18, 2, big);

	if (type == ET_CORE)
		return "an ELF core file (a dump?)";
	if (type == ET_REL)
		return "an ELF object file (a kernel module?)";
	if (machine != EM_X86_64)
		return "an ELF file of another architecture";
	if (type == ET_DYN)
		return "an ELF program or shared library";
	return "an ELF program";
}

static bool is_text(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < min(size, (size_t)512); i++) {
		if ((data[i] < ' ' && data[i] != '\n' && data[i] != '\t' && data[i] != '\r') ||
		    data[i] >= 0x7f)
			return false;
	}
	return true;
}

static bool is_zeros(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < min(size, (size_t)4096); i++) {
		if (data[i])
			return false;
	}
	return true;
}

const char *kernel_image_looks_like(const uint8_t *data, size_t size)
{
	if (!size)
		return "an empty file";
	if (size >= 20 && !memcmp(data, ELFMAG, SELFMAG))
		return elf_look(data, size);
	for (size_t i = 0; i < ARRAY_SIZE(looks); i++) {
		const struct look *look = &looks[i];

		if (size >= look->at + look->len &&
		    !memcmp(data + look->at, look->magic, look->len))
			return look->what;
	}
	if (is_text(data, size))
		return "text";
	if (is_zeros(data, size))
		return "begins with nothing but zeros";
	return "a file of an unknown kind";
}
