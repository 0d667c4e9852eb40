// SPDX-License-Identifier: GPL-2.0-or-later
/* PE/COFF: the headers in front of a UKI's sections. */
#include "kexec/pe.h"

#include "base/bytes.h"

#define PE_HEADER_AT	 0x3c /* in the DOS header: where "PE\0\0" is */
#define COFF_SIZE	 20
#define SECTION_SIZE	 40
#define MAGIC_PE32	 0x10b
#define MAGIC_PE32_PLUS	 0x20b
#define CERTIFICATE_SLOT 4 /* index of the certificate table's data directory */

/* A reader that stands behind "PE\0\0", at the COFF header. False: no PE. */
static bool at_coff(const uint8_t *data, size_t size, struct bytes *ret)
{
	struct bytes b = bytes_of(data, size, false);
	const uint8_t *magic = bytes_take(&b, 2);

	if (!magic || memcmp(magic, "MZ", 2))
		return false;
	bytes_seek(&b, PE_HEADER_AT);
	bytes_seek(&b, bytes_u32(&b));
	magic = bytes_take(&b, 4);
	if (!magic || memcmp(magic, "PE\0\0", 4))
		return false;
	*ret = b;
	return true;
}

bool pe_probe(const uint8_t *data, size_t size)
{
	struct bytes b;

	return at_coff(data, size, &b);
}

uint16_t pe_machine(const uint8_t *data, size_t size)
{
	struct bytes b;

	return at_coff(data, size, &b) ? bytes_u16(&b) : 0;
}

bool pe_is_signed(const uint8_t *data, size_t size)
{
	struct bytes b;
	size_t optional;
	uint16_t magic;
	uint32_t slots, address, bytes;

	if (!at_coff(data, size, &b))
		return false;
	optional = b.at + COFF_SIZE;
	bytes_seek(&b, optional);
	magic = bytes_u16(&b);
	if (magic != MAGIC_PE32 && magic != MAGIC_PE32_PLUS)
		return false;
	/* NumberOfRvaAndSizes, and the directories of 8 bytes behind it. */
	bytes_seek(&b, optional + (magic == MAGIC_PE32 ? 92 : 108));
	slots = bytes_u32(&b);
	bytes_skip(&b, 8 * CERTIFICATE_SLOT);
	address = bytes_u32(&b); /* of this one alone a file offset */
	bytes = bytes_u32(&b);
	return !b.failed && slots > CERTIFICATE_SLOT && bytes && address < size &&
	       bytes <= size - address;
}

/* Reads a section header; true when it is called @name. */
static bool is_section(struct bytes *b, const char *name, uint32_t *offset, uint32_t *bytes)
{
	const uint8_t *own = bytes_take(b, 8);
	uint32_t virtual_size = bytes_u32(b), raw_size;

	bytes_skip(b, 4);
	raw_size = bytes_u32(b);
	*offset = bytes_u32(b);
	bytes_skip(b, SECTION_SIZE - 24);
	/* On disk it is padded; an object's section has no virtual size. */
	*bytes = virtual_size ? min(virtual_size, raw_size) : raw_size;
	return own && !strncmp((const char *)own, name, 8);
}

struct error *pe_section_find(const uint8_t *data, size_t size, const char *name,
			      struct pe_section *ret)
{
	struct bytes b;
	uint16_t count, optional;

	if (!at_coff(data, size, &b))
		return error_create(ERROR_NOT_MINE, "no PE file");
	bytes_skip(&b, 2);
	count = bytes_u16(&b);
	bytes_skip(&b, 12);
	optional = bytes_u16(&b);
	bytes_skip(&b, 2 + (size_t)optional);
	for (unsigned int i = 0; i < count; i++) {
		size_t at = b.at;
		uint32_t offset, bytes;
		bool found = is_section(&b, name, &offset, &bytes);

		if (b.failed)
			return error_at(ERROR_BAD_DATA, at,
					"the header of section %u of %u at 0x%zx is beyond the "
					"file's end",
					i, count, at);
		if (!found)
			continue;
		if (offset > size || bytes > size - offset)
			return error_at(ERROR_BAD_DATA, at,
					"section %s (header at 0x%zx) claims bytes 0x%x-0x%llx of "
					"a file of 0x%zx: truncated?",
					name, at, offset, (unsigned long long)offset + bytes, size);
		*ret = (struct pe_section){ data + offset, bytes };
		return NULL;
	}
	return error_create(ERROR_NOT_FOUND, "no section %s", name);
}
