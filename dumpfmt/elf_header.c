// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ELF and program headers (elf(5), System V ABI chapters 4 and 5). e_ehsize is not looked at: QEMU
 * 7.2 writes the size of a pointer there.
 */
#include "dumpfmt/elf_header.h"

#include "base/bytes.h"
#include "dumpfmt/look.h"

#include <elf.h>
#include <inttypes.h>

#define PHENTSIZE_MAX 4096

static uint64_t get_word(struct bytes *b, bool is_64)
{
	return bytes_number(b, is_64 ? 8 : 4);
}

static struct error *decode(struct source *source, struct elf_header *h)
{
	uint8_t data[sizeof(Elf64_Ehdr)] = { 0 };
	struct bytes b =
		bytes_of(data, h->is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr), h->big_endian);

	if (!source_has(source, 0, b.size))
		return error_at(ERROR_BAD_DATA, source->size,
				"%s: cut off within its ELF header: it has %llu bytes, the header "
				"%zu",
				source->path, (unsigned long long)source->size, b.size);
	TRY(source_peek(source, 0, data, b.size));
	bytes_skip(&b, EI_NIDENT);
	h->os_abi = data[EI_OSABI];
	h->type = bytes_u16(&b);
	h->machine = bytes_u16(&b);
	h->version = bytes_u32(&b);
	h->entry = get_word(&b, h->is_64);
	h->phoff = get_word(&b, h->is_64);
	h->shoff = get_word(&b, h->is_64);
	h->flags = bytes_u32(&b);
	h->ehsize = bytes_u16(&b);
	h->phentsize = bytes_u16(&b);
	h->phnum = bytes_u16(&b);
	h->shentsize = bytes_u16(&b);
	h->shnum = bytes_u16(&b);
	h->shstrndx = bytes_u16(&b);
	return NULL;
}

/* PN_XNUM: there are more than e_phnum can tell; the count is sh_info of the first section header.
 */
static struct error *count_phdrs(struct source *source, struct elf_header *h)
{
	uint64_t at = h->is_64 ? offsetof(Elf64_Shdr, sh_info) : offsetof(Elf32_Shdr, sh_info);
	uint8_t data[4];

	h->nr_phdrs = h->phnum;
	if (h->phnum != PN_XNUM)
		return NULL;
	if (!h->shoff || __builtin_add_overflow(at, h->shoff, &at) || !source_has(source, at, 4))
		return error_at(ERROR_BAD_DATA, h->shoff,
				"%s: the number of program headers should be in the section header "
				"at offset 0x%llx, which is not in the file (%llu bytes)",
				source->path, (unsigned long long)h->shoff,
				(unsigned long long)source->size);
	TRY(source_peek(source, at, data, sizeof(data)));
	h->nr_phdrs = load_number(data, sizeof(data), h->big_endian);
	return NULL;
}

struct error *elf_header_read(struct source *source, struct elf_header *ret)
{
	struct elf_header h = { 0 };
	uint8_t ident[EI_NIDENT];
	size_t size;

	if (!source_has(source, 0, sizeof(ident)))
		return error_create(ERROR_BAD_DATA, "%s: cut off within its ELF header",
				    source->path);
	TRY(source_peek(source, 0, ident, sizeof(ident)));
	if ((ident[EI_CLASS] != ELFCLASS32 && ident[EI_CLASS] != ELFCLASS64) ||
	    (ident[EI_DATA] != ELFDATA2LSB && ident[EI_DATA] != ELFDATA2MSB))
		return error_create(ERROR_BAD_DATA,
				    "%s: the ELF header has class %u, byte order %u; expected 1 or "
				    "2 each",
				    source->path, ident[EI_CLASS], ident[EI_DATA]);
	h.is_64 = ident[EI_CLASS] == ELFCLASS64;
	h.big_endian = ident[EI_DATA] == ELFDATA2MSB;
	TRY(decode(source, &h));
	if (h.type != ET_CORE) {
		uint8_t head[sizeof(Elf64_Ehdr)];

		size = h.is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
		TRY(source_peek(source, 0, head, size));
		return error_create(ERROR_NOT_MINE, "%s: not a dump but %s", source->path,
				    look_describe(head, size, source->size));
	}
	size = h.is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	if (h.phnum && (h.phentsize < size || h.phentsize > PHENTSIZE_MAX))
		return error_create(ERROR_BAD_DATA,
				    "%s: the ELF header has e_phentsize %u; expected %zu",
				    source->path, h.phentsize, size);
	TRY(count_phdrs(source, &h));
	*ret = h;
	return NULL;
}

struct error *elf_header_segment(struct source *source, const struct elf_header *h, uint64_t i,
				 struct elf_segment *ret)
{
	size_t size = h->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	uint8_t data[sizeof(Elf64_Phdr)] = { 0 };
	struct bytes b = bytes_of(data, size, h->big_endian);
	struct elf_segment s = { 0 };
	uint64_t at;

	if (__builtin_add_overflow(h->phoff, i * h->phentsize, &at) ||
	    !source_has(source, at, size))
		return error_at(ERROR_BAD_DATA, h->phoff,
				"%s: program header %llu of %llu, from offset 0x%llx on, lies "
				"beyond the end of the file (truncated): it has %llu bytes",
				source->path, (unsigned long long)i,
				(unsigned long long)h->nr_phdrs, (unsigned long long)h->phoff,
				(unsigned long long)source->size);
	TRY(source_peek(source, at, data, size));
	s.type = bytes_u32(&b);
	if (h->is_64)
		s.flags = bytes_u32(&b);
	s.offset = get_word(&b, h->is_64);
	s.vaddr = get_word(&b, h->is_64);
	s.paddr = get_word(&b, h->is_64);
	s.filesz = get_word(&b, h->is_64);
	s.memsz = get_word(&b, h->is_64);
	if (!h->is_64) {
		s.flags = bytes_u32(&b);
		if (s.paddr == UINT32_MAX)
			s.paddr = UINT64_MAX;
	}
	*ret = s;
	return NULL;
}

void elf_header_fields(const struct elf_header *h, const struct dump_fields *f)
{
	dump_field(f, "e_ident.class", "%s", h->is_64 ? "ELFCLASS64" : "ELFCLASS32");
	dump_field(f, "e_ident.data", "%s", h->big_endian ? "ELFDATA2MSB" : "ELFDATA2LSB");
	dump_field(f, "e_ident.osabi", "%u", h->os_abi);
	dump_field(f, "e_type", "%u", h->type);
	dump_field(f, "e_machine", "%u", h->machine);
	dump_field(f, "e_version", "%" PRIu32, h->version);
	dump_field(f, "e_entry", "0x%" PRIx64, h->entry);
	dump_field(f, "e_phoff", "0x%" PRIx64, h->phoff);
	dump_field(f, "e_shoff", "0x%" PRIx64, h->shoff);
	dump_field(f, "e_flags", "0x%" PRIx32, h->flags);
	dump_field(f, "e_ehsize", "%u", h->ehsize);
	dump_field(f, "e_phentsize", "%u", h->phentsize);
	dump_field(f, "e_phnum", "%u", h->phnum);
	if (h->phnum == PN_XNUM)
		dump_field(f, "sh_info", "%" PRIu64, h->nr_phdrs);
	dump_field(f, "e_shentsize", "%u", h->shentsize);
	dump_field(f, "e_shnum", "%u", h->shnum);
	dump_field(f, "e_shstrndx", "%u", h->shstrndx);
}
