/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PE/COFF as far as kernels use it: sections and whether it is signed. Microsoft's PE Format. */
#ifndef KEXEC_PE_H
#define KEXEC_PE_H

#include "base/error.h"

#include <stddef.h>

struct pe_section {
	const uint8_t *data;
	size_t size;
};

/* "MZ" and, where it says, "PE\0\0". */
bool pe_probe(const uint8_t *data, size_t size);
/* IMAGE_FILE_MACHINE_*; 0 when @data is no PE. */
uint16_t pe_machine(const uint8_t *data, size_t size);
/* An attribute certificate table (Authenticode) that is not empty. Nothing is verified. */
bool pe_is_signed(const uint8_t *data, size_t size);
/*
 * The first section called @name (at most 8 bytes). NOT_FOUND; BAD_DATA names the offset where a
 * header or the section itself does not lie within the file.
 */
must_check struct error *pe_section_find(const uint8_t *data, size_t size, const char *name,
					 struct pe_section *ret);

#endif
