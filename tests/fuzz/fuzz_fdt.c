// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kexec HandOver's device trees and maps. The first byte chooses: bit 0 words of the other byte
 * order, bit 1 a list of bitmaps ("kho-v1") for the map, not a radix tree. The rest is physical
 * memory from address 0 on, a tree at its start.
 */
#include "kernel/kho.h"
#include "memory_input.h"

#include <stdlib.h>
#include <string.h>

static struct error *look(void *context, const struct kho_property *property)
{
	size_t *seen = context;

	*seen += strlen(property->path) + strlen(property->name) + strlen(property->text);
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data + 1, size - 1 };
	struct memory physical = { .read = input_read, .context = &input, .word_size = 8 };
	struct kho_pages pages;
	struct kho_fdt fdt;
	size_t seen = 0;

	if (!size)
		return 0;
	physical.big_endian = data[0] & 1;
	(void)error_dropped(kho_fdt_walk(&physical, 0, look, &seen, &fdt));
	(void)error_dropped(kho_pages_collect(&physical, fdt.preserved_map,
					      data[0] & 2 ? "kho-v1" : "kho-v4", &pages));
	for (size_t i = 1; i < pages.count; i++) {
		if (pages.list[i].start < pages.list[i - 1].start + pages.list[i - 1].size)
			abort();
	}
	kho_pages_deinit(&pages);
	return 0;
}
