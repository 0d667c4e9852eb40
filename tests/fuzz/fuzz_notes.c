// SPDX-License-Identifier: GPL-2.0-or-later
/* The input is the notes of an ELF dump; the low bit of its first byte is the byte order. */
#include "dump_input.h"

#include <elf.h>

static void put(uint8_t *to, uint64_t value, size_t size, bool big_endian)
{
	for (size_t i = 0; i < size; i++)
		to[big_endian ? size - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t head[sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr)] = ELFMAG;
	bool big_endian = size && data[0] & 1;
	uint8_t *phdr = head + sizeof(Elf64_Ehdr);
	int fd;

	data += size != 0;
	size -= size != 0;
	head[EI_CLASS] = ELFCLASS64;
	head[EI_DATA] = big_endian ? ELFDATA2MSB : ELFDATA2LSB;
	put(head + offsetof(Elf64_Ehdr, e_type), ET_CORE, 2, big_endian);
	put(head + offsetof(Elf64_Ehdr, e_phoff), sizeof(Elf64_Ehdr), 8, big_endian);
	put(head + offsetof(Elf64_Ehdr, e_phentsize), sizeof(Elf64_Phdr), 2, big_endian);
	put(head + offsetof(Elf64_Ehdr, e_phnum), 1, 2, big_endian);
	put(phdr + offsetof(Elf64_Phdr, p_type), PT_NOTE, 4, big_endian);
	put(phdr + offsetof(Elf64_Phdr, p_offset), sizeof(head), 8, big_endian);
	put(phdr + offsetof(Elf64_Phdr, p_filesz), size, 8, big_endian);
	fd = input_file(head, sizeof(head), data, size);
	input_exercise(&fd, 1);
	close(fd);
	return 0;
}
