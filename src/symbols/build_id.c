// SPDX-License-Identifier: GPL-2.0-or-later
/* GNU build-ids: NT_GNU_BUILD_ID notes, in the layout of ELF notes (Elf_Nhdr, name, descriptor). */
#include "base/bytes.h"
#include "symbols/debug_info.h"

#include <elf.h>
#include <stdio.h>

void build_id_text(const struct build_id *id, char ret[41])
{
	ret[0] = 0;
	for (unsigned int i = 0; i < id->size; i++)
		snprintf(ret + 2 * i, 3, "%02x", id->bytes[i]);
}

struct error *build_id_from_notes(const void *notes, size_t size, bool big_endian,
				  struct build_id *ret)
{
	struct bytes b = bytes_of(notes, size, big_endian);

	while (bytes_left(&b) >= sizeof(Elf64_Nhdr)) {
		uint32_t name_size = bytes_u32(&b), desc_size = bytes_u32(&b), type = bytes_u32(&b);
		const uint8_t *name = bytes_take(&b, name_size), *desc;

		/* Names and descriptors are padded to four bytes; the last one's padding may be
		 * cut. */
		bytes_skip(&b, min((size_t)(-name_size & 3), bytes_left(&b)));
		desc = bytes_take(&b, desc_size);
		bytes_skip(&b, min((size_t)(-desc_size & 3), bytes_left(&b)));
		if (b.failed)
			return error_create(ERROR_BAD_DATA, "a note is longer than its section");
		if (type != NT_GNU_BUILD_ID || name_size != 4 || memcmp(name, "GNU", 4))
			continue;
		if (!desc_size || desc_size > sizeof(ret->bytes))
			return error_create(ERROR_BAD_DATA, "a build-id of %u bytes", desc_size);
		memcpy(ret->bytes, desc, desc_size);
		ret->size = desc_size;
		return NULL;
	}
	return error_create(ERROR_NOT_FOUND, "no build-id");
}
