// SPDX-License-Identifier: GPL-2.0-or-later
/* elfcorehdr: what the capture kernel is told of the memory that it shall save. */
#include "kernel/kexec_decode.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/interrupt.h"

#include <elf.h>
#include <inttypes.h>
#include <string.h>

struct elf_head {
	uint64_t table; /* offset of the program headers */
	unsigned int count;
};

static struct error *wrong(uint64_t address, const char *what, uint64_t value, uint64_t wanted)
{
	return error_at(ERROR_BAD_DATA, address,
			"elfcorehdr at 0x%" PRIx64 ": %s is 0x%" PRIx64 ", 0x%" PRIx64
			" is expected",
			address, what, value, wanted);
}

static struct error *check_ident(uint64_t address, const uint8_t *ident)
{
	if (memcmp(ident, ELFMAG, SELFMAG) != 0)
		return wrong(address, "the magic", load_number(ident, 4, false), 0x464c457f);
	if (ident[EI_CLASS] != ELFCLASS64)
		return wrong(address, "the class", ident[EI_CLASS], ELFCLASS64);
	if (ident[EI_DATA] != ELFDATA2LSB && ident[EI_DATA] != ELFDATA2MSB)
		return wrong(address, "the byte order", ident[EI_DATA], ELFDATA2LSB);
	return NULL;
}

static struct error *read_head(const struct memory *memory, uint64_t address, uint64_t size,
			       struct elf_head *ret, bool *big_endian)
{
	uint8_t raw[sizeof(Elf64_Ehdr)];
	struct bytes b;
	uint16_t type, entry_size;

	if (size < sizeof(raw))
		return wrong(address, "its size", size, sizeof(raw));
	TRY(memory_read(memory, address, raw, sizeof(raw)));
	TRY(check_ident(address, raw));
	*big_endian = raw[EI_DATA] == ELFDATA2MSB;
	b = bytes_of(raw, sizeof(raw), *big_endian);
	bytes_skip(&b, EI_NIDENT);
	type = bytes_u16(&b);
	bytes_seek(&b, offsetof(Elf64_Ehdr, e_phoff));
	ret->table = bytes_u64(&b);
	bytes_seek(&b, offsetof(Elf64_Ehdr, e_phentsize));
	entry_size = bytes_u16(&b);
	ret->count = bytes_u16(&b);
	if (type != ET_CORE)
		return wrong(address, "e_type", type, ET_CORE);
	if (entry_size != sizeof(Elf64_Phdr))
		return wrong(address, "e_phentsize", entry_size, sizeof(Elf64_Phdr));
	if (!ret->count)
		return wrong(address, "e_phnum", 0, 1);
	if (ret->table > size || ret->count * sizeof(Elf64_Phdr) > size - ret->table)
		return error_at(ERROR_BAD_DATA, address,
				"elfcorehdr at 0x%" PRIx64
				": %u program headers at offset 0x%" PRIx64
				" do not fit into its 0x%" PRIx64 " bytes",
				address, ret->count, ret->table, size);
	return NULL;
}

static struct elfcorehdr_header take_header(struct bytes *b)
{
	struct elfcorehdr_header header;

	header.type = bytes_u32(b);
	header.flags = bytes_u32(b);
	header.offset = bytes_u64(b);
	header.virt = bytes_u64(b);
	header.phys = bytes_u64(b);
	header.file_size = bytes_u64(b);
	header.memory_size = bytes_u64(b);
	bytes_skip(b, 8);
	return header;
}

struct error *elfcorehdr_decode(const struct memory *memory, uint64_t address, uint64_t size,
				elfcorehdr_each each, void *context)
{
	auto_free uint8_t *table = NULL;
	struct elf_head head;
	bool big_endian;
	struct bytes b;

	TRY(read_head(memory, address, size, &head, &big_endian));
	TRY(alloc_array(head.count, sizeof(Elf64_Phdr), UINT16_MAX, "program headers", &table));
	TRY(memory_read(memory, address + head.table, table, head.count * sizeof(Elf64_Phdr)));
	b = bytes_of(table, head.count * sizeof(Elf64_Phdr), big_endian);
	for (unsigned int i = 0; i < head.count; i++) {
		struct elfcorehdr_header header = take_header(&b);

		TRY(interrupt_check());
		TRY(each(context, &header, i, head.count));
	}
	return NULL;
}
