/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel images made by hand, with headers as Linux's own and nothing to run behind them. */
#ifndef SUPPORT_MADE_KERNEL_H
#define SUPPORT_MADE_KERNEL_H

#include "support/dump_text.h"

/* Fields of a bzImage by Documentation/arch/x86/boot.rst; see made_bzimage_default. */
struct made_bzimage {
	uint8_t setup_sects, loadflags, relocatable;
	uint16_t version, xloadflags;
	uint32_t alignment, init_size, command_line_size;
	uint64_t preferred;
	size_t code_size; /* of the protected-mode code, in bytes */
	const char *release;
	bool signed_pe; /* with a PE header and a certificate behind the file */
};

/* As Debian's 6.1 has them, only smaller. */
extern const struct made_bzimage made_bzimage_default;
void made_bzimage(const struct made_bzimage *from, struct text_bytes *ret);

/* A PE file of x86_64 with these sections; a section's data NULL: none of it. */
struct made_section {
	const char *name;
	const void *data;
	size_t size;
};
void made_pe(const struct made_section *sections, size_t count, struct text_bytes *ret);

/* A vmlinux of two segments: 64 KiB at 16 MiB, and at 18 MiB 4 KiB of 1 MiB that are in the file.
 * Its entry is 16 MiB + 0x70. With @symbol among its strings, or NULL. */
void made_vmlinux(const char *symbol, struct text_bytes *ret);

#endif
