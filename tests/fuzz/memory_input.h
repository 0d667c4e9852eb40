/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the fuzz targets of a kernel's structures: input as memory, from address 0 on. */
#ifndef TESTS_FUZZ_MEMORY_INPUT_H
#define TESTS_FUZZ_MEMORY_INPUT_H

#include "base/memory.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
};

/* The read of a struct memory whose context is a struct input. */
static inline struct error *input_read(void *context, uint64_t address, void *buf, size_t size)
{
	const struct input *input = context;

	if (address > input->size || size > input->size - address)
		return error_at(ERROR_ABSENT, address, "beyond the input");
	memcpy(buf, input->data + address, size);
	return NULL;
}

#endif
