// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's own types: BTF lies between two symbols of its read-only data. */
#include "base/alloc.h"
#include "image/state.h"

/* BTF of today's kernels has 4 to 12 MB. */
#define MAX_BTF (256u << 20)

static struct error *read_btf(struct image *image, struct type_source **ret, uint64_t *address)
{
	uint64_t start, stop;
	struct error *err;
	void *data;

	if (error_dropped(image_symbol(image, "__start_BTF", &start)) ||
	    error_dropped(image_symbol(image, "__stop_BTF", &stop)) || stop <= start)
		return error_create(ERROR_NOT_FOUND, "the kernel has no BTF");
	*address = start;
	TRY(alloc_array(stop - start, 1, MAX_BTF, "bytes of BTF", &data));
	err = memory_read(&image->reader.memory, start, data, stop - start);
	if (err) {
		free(data);
		return error_wrap(err, "the kernel's BTF at %#llx", (unsigned long long)start);
	}
	return btf_create(data, stop - start, NULL, NULL, 0, image->reader.memory.word_size,
			  "BTF of the kernel, in the dump", ret);
}

struct error *image_btf(struct image *image, const struct image_module *module,
			struct type_source **ret, uint64_t *address)
{
	*address = 0;
	return module ? module_btf(image, module, ret, address) : read_btf(image, ret, address);
}

struct error *kernel_types_load(struct image *image)
{
	struct type_source *source;
	uint64_t address;

	TRY(read_btf(image, &source, &address));
	types_add(&image->types, source, false);
	image->kernel_btf = source;
	image->has_types = true;
	return NULL;
}
