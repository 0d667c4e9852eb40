// SPDX-License-Identifier: GPL-2.0-or-later
/* The sections of a debug file that the kernel has in memory, with what the file has of them. */
#include "base/alloc.h"
#include "symbols/debug_file.h"

#include <string.h>

uint64_t debug_file_offset(const struct debug_file *file)
{
	return file->offset;
}

static void fill(struct debug_file *file, Elf_Scn *scn, const GElf_Shdr *shdr, size_t names,
		 struct debug_section *ret)
{
	const char *name = elf_strptr(file->elf, names, shdr->sh_name);
	Elf_Data *data = shdr->sh_type == SHT_NOBITS ? NULL : elf_rawdata(scn, NULL);

	*ret = (struct debug_section){
		.name = name ? name : "",
		.address = shdr->sh_addr,
		.size = shdr->sh_size,
		.writable = shdr->sh_flags & SHF_WRITE,
		.executable = shdr->sh_flags & SHF_EXECINSTR,
	};
	/* A file that was cut off has less than its headers say. */
	if (data && data->d_buf && data->d_size == shdr->sh_size)
		ret->data = data->d_buf;
}

struct error *debug_file_sections(struct debug_file *file, struct debug_section **ret,
				  size_t *count)
{
	auto_free struct debug_section *sections = NULL;
	size_t names, all, n = 0;
	Elf_Scn *scn = NULL;

	if (elf_getshdrstrndx(file->elf, &names) || elf_getshdrnum(file->elf, &all))
		return error_create(ERROR_BAD_DATA, "%s: sections without names", file->path);
	TRY(alloc_array(all, sizeof(*sections), UINT32_MAX, "sections", &sections));
	while (n < all && (scn = elf_nextscn(file->elf, scn))) {
		GElf_Shdr shdr;
		uint64_t end;

		if (gelf_getshdr(scn, &shdr) && (shdr.sh_flags & SHF_ALLOC) && shdr.sh_size &&
		    !__builtin_add_overflow(shdr.sh_addr, shdr.sh_size, &end))
			fill(file, scn, &shdr, names, &sections[n++]);
	}
	*ret = sections;
	*count = n;
	sections = NULL;
	return NULL;
}

const void *debug_sections_at(const struct debug_section *sections, size_t count, uint64_t address,
			      uint64_t size)
{
	for (size_t i = 0; i < count; i++) {
		const struct debug_section *s = &sections[i];

		if (s->data && address >= s->address && address - s->address <= s->size &&
		    size <= s->size - (address - s->address))
			return s->data + (address - s->address);
	}
	return NULL;
}
