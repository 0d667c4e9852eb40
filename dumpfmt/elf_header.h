/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The headers of an ELF core file, of either class and byte order, decoded. */
#ifndef DUMPFMT_ELF_HEADER_H
#define DUMPFMT_ELF_HEADER_H

#include "dumpfmt/dump.h"

struct elf_header {
	bool is_64, big_endian;
	uint8_t os_abi;
	uint16_t type, machine;
	uint32_t version, flags;
	uint64_t entry, phoff, shoff;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
	uint64_t nr_phdrs; /* the real count, also when @phnum is PN_XNUM */
};

struct elf_segment {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz;
};

/* NOT_MINE when it is no core file. Only the program headers' place is checked, not what they say.
 */
must_check struct error *elf_header_read(struct source *source, struct elf_header *ret);
/* Program header @i. A 32-bit p_paddr of -1 becomes a 64-bit one. */
must_check struct error *elf_header_segment(struct source *source, const struct elf_header *header,
					    uint64_t i, struct elf_segment *ret);
void elf_header_fields(const struct elf_header *header, const struct dump_fields *fields);

#endif
