// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's own types: BTF lies between two symbols of its read-only data. */
#include "base/alloc.h"
#include "image/state.h"

/* BTF of today's kernels has 4 to 12 MB. */
#define MAX_BTF (256u << 20)

struct error *kernel_types_load(struct image *image)
{
	struct type_source *source;
	uint64_t start, stop;
	struct error *err;
	void *data;

	if (error_dropped(image_symbol(image, "__start_BTF", &start)) ||
	    error_dropped(image_symbol(image, "__stop_BTF", &stop)) || stop <= start)
		return error_create(ERROR_NOT_FOUND, "the kernel has no BTF");
	TRY(alloc_array(stop - start, 1, MAX_BTF, "bytes of BTF", &data));
	err = memory_read(&image->reader.memory, start, data, stop - start);
	if (err) {
		free(data);
		return error_wrap(err, "the kernel's BTF at %#llx", (unsigned long long)start);
	}
	TRY(btf_create(data, stop - start, NULL, NULL, 0, image->reader.memory.word_size,
		       "BTF of the kernel, in the dump", &source));
	types_add(&image->types, source, false);
	image->kernel_btf = source;
	image->has_types = true;
	return NULL;
}
