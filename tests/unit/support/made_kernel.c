// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernel images made by hand. */
#include "support/made_kernel.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct made_bzimage made_bzimage_default = {
	.setup_sects = 0x27,
	.loadflags = 0x01,
	.relocatable = 1,
	.version = 0x20f,
	.xloadflags = 0x7f,
	.alignment = 0x200000,
	.init_size = 0x3378000,
	.command_line_size = 0x7ff,
	.preferred = 0x1000000,
	.code_size = 0x10000,
	.release = "6.1.0-made",
};

/* Bytes that depend on where they are, so that a wrong copy shows. */
static void append_filler(struct text_bytes *to, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)(i * 7 + (i >> 8) + 1);

		text_append(to, &byte, 1);
	}
}

static void store_release(struct text_bytes *to, const char *release)
{
	char text[128];
	int len = snprintf(text, sizeof(text), "%s (made@test) #1 SMP made by hand", release);

	text_store(to, 0x20e, 0x300, 2, false);
	memcpy(to->data + 0x500, text, (size_t)len + 1);
}

/* PE32+ with one data directory that counts: the certificate table behind all else. */
static void store_signature(struct text_bytes *to)
{
	size_t pe = 0x40, end = to->size;

	memcpy(to->data, "MZ", 2);
	text_store(to, 0x3c, pe, 4, false);
	memcpy(to->data + pe, "PE\0\0", 4);
	text_store(to, pe + 4, 0x8664, 2, false);
	text_store(to, pe + 20, 0xa0, 2, false);
	text_store(to, pe + 24, 0x20b, 2, false);
	text_store(to, pe + 24 + 108, 6, 4, false);
	text_store(to, pe + 24 + 112 + 32, end, 4, false);
	text_store(to, pe + 24 + 112 + 36, 64, 4, false);
	append_filler(to, 64);
}

void made_bzimage(const struct made_bzimage *from, struct text_bytes *ret)
{
	*ret = (struct text_bytes){ 0 };
	text_append_zeros(ret, ((size_t)from->setup_sects + 1) * 512);
	append_filler(ret, from->code_size);
	text_store(ret, 0x1f1, from->setup_sects, 1, false);
	text_store(ret, 0x1f4, from->code_size / 16, 4, false);
	text_store(ret, 0x1fe, 0xaa55, 2, false);
	text_store(ret, 0x200, 0x6aeb, 2, false);
	memcpy(ret->data + 0x202, "HdrS", 4);
	text_store(ret, 0x206, from->version, 2, false);
	text_store(ret, 0x211, from->loadflags, 1, false);
	text_store(ret, 0x22c, 0x7fffffff, 4, false);
	text_store(ret, 0x230, from->alignment, 4, false);
	text_store(ret, 0x234, from->relocatable, 1, false);
	text_store(ret, 0x235, 21, 1, false);
	text_store(ret, 0x236, from->xloadflags, 2, false);
	text_store(ret, 0x238, from->command_line_size, 4, false);
	text_store(ret, 0x248, 0x2cc, 4, false);
	text_store(ret, 0x24c, from->code_size - 0x1000, 4, false);
	text_store(ret, 0x258, from->preferred, 8, false);
	text_store(ret, 0x260, from->init_size, 4, false);
	if (from->release)
		store_release(ret, from->release);
	if (from->signed_pe)
		store_signature(ret);
}

void made_pe(const struct made_section *sections, size_t count, struct text_bytes *ret)
{
	size_t pe = 0x40, table = pe + 24 + 0xf0;

	*ret = (struct text_bytes){ 0 };
	text_append_zeros(ret, 0x400);
	memcpy(ret->data, "MZ", 2);
	text_store(ret, 0x3c, pe, 4, false);
	memcpy(ret->data + pe, "PE\0\0", 4);
	text_store(ret, pe + 4, 0x8664, 2, false);
	text_store(ret, pe + 6, count, 2, false);
	text_store(ret, pe + 20, 0xf0, 2, false);
	text_store(ret, pe + 24, 0x20b, 2, false);
	text_store(ret, pe + 24 + 108, 16, 4, false);
	for (size_t i = 0; i < count; i++) {
		size_t at = table + i * 40, name = strlen(sections[i].name);

		memcpy(ret->data + at, sections[i].name, name < 8 ? name : 8);
		text_store(ret, at + 8, sections[i].size, 4, false);
		text_store(ret, at + 16, (sections[i].size + 511) / 512 * 512, 4, false);
		text_store(ret, at + 20, ret->size, 4, false);
		text_append(ret, sections[i].data, sections[i].size);
		text_align(ret, 512);
	}
}

static void append_phdr(struct text_bytes *to, uint64_t offset, uint64_t phys, uint64_t file_size,
			uint64_t memory_size)
{
	Elf64_Phdr phdr = { .p_type = PT_LOAD,
			    .p_flags = PF_R | PF_W | PF_X,
			    .p_offset = offset,
			    .p_vaddr = 0xffffffff80000000 + phys,
			    .p_paddr = phys,
			    .p_filesz = file_size,
			    .p_memsz = memory_size,
			    .p_align = 0x200000 };

	text_append(to, &phdr, sizeof(phdr));
}

void made_vmlinux(const char *symbol, struct text_bytes *ret)
{
	Elf64_Ehdr ehdr = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					 ELFDATA2LSB, EV_CURRENT },
			    .e_type = ET_EXEC,
			    .e_machine = EM_X86_64,
			    .e_version = EV_CURRENT,
			    .e_entry = 0x1000070,
			    .e_phoff = sizeof(ehdr),
			    .e_ehsize = sizeof(ehdr),
			    .e_phentsize = sizeof(Elf64_Phdr),
			    .e_phnum = 2 };
	static const char banner[] = "Linux version %s\0Linux version 6.1.0-made (made@test) #1";

	*ret = (struct text_bytes){ 0 };
	text_append(ret, &ehdr, sizeof(ehdr));
	append_phdr(ret, 0x1000, 0x1000000, 0x10000, 0x10000);
	append_phdr(ret, 0x11000, 0x1200000, 0x1000, 0x100000);
	text_align(ret, 0x1000);
	append_filler(ret, 0x11000);
	text_append(ret, banner, sizeof(banner));
	if (symbol)
		text_append(ret, symbol, strlen(symbol) + 1);
}
