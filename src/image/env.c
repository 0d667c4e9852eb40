// SPDX-License-Identifier: GPL-2.0-or-later
/* The answers to what an architecture asks of the dumped kernel. */
#include "image/state.h"

static struct error *env_symbol(void *context, const char *name, uint64_t *address)
{
	return image_symbol(context, name, address);
}

static struct error *env_number(void *context, const char *name, uint64_t *value)
{
	int64_t v;

	TRY(image_vmcoreinfo_number(context, name, &v));
	*value = (uint64_t)v;
	return NULL;
}

static struct error *find_type(struct image *image, const char *name, const struct type **ret)
{
	const struct type *type = view_find_type(image, name);

	if (!type)
		return error_create(ERROR_NOT_FOUND, "the kernel has no type %s", name);
	*ret = type;
	return NULL;
}

static struct error *env_member(void *context, const char *type, const char *path, uint64_t *offset,
				uint64_t *size)
{
	struct type_place place;
	const struct type *t;

	TRY(find_type(context, type, &t));
	TRY(type_find_member(t, path, &place));
	*offset = place.bit_offset / 8;
	*size = place.type->size;
	return NULL;
}

static struct error *env_type_size(void *context, const char *type, uint64_t *size)
{
	const struct type *t;

	TRY(find_type(context, type, &t));
	*size = t->size;
	return NULL;
}

static struct error *env_per_cpu(void *context, const char *name, unsigned int cpu,
				 uint64_t *address)
{
	return image_per_cpu(context, name, cpu, address);
}

static bool env_is_text(void *context, uint64_t address)
{
	return image_is_text(context, address);
}

static bool env_function_start(void *context, uint64_t address, uint64_t *start)
{
	struct image *image = context;
	struct symbol symbol;

	if (error_dropped(symbols_by_address(&image->symbols, address, &symbol)))
		return false;
	*start = symbol.address;
	return true;
}

static void env_recover_return(void *context, uint64_t task, uint64_t found_at, uint64_t *pc)
{
	return_address_recover(context, task, found_at, pc);
}

static bool env_unwind_table(void *context, uint64_t address, struct arch_unwind_table *ret)
{
	struct image *image = context;
	uint64_t start, stop, entries;

	for (int i = 0; i < 2; i++) {
		if (address < image->text_ranges[i][0] || address >= image->text_ranges[i][1])
			continue;
		if (error_dropped(image_symbol(image, "__start_orc_unwind_ip", &start)) ||
		    error_dropped(image_symbol(image, "__stop_orc_unwind_ip", &stop)) ||
		    error_dropped(image_symbol(image, "__start_orc_unwind", &entries)) ||
		    stop <= start)
			return false;
		*ret = (struct arch_unwind_table){ .addresses = start,
						   .entries = entries,
						   .count = (stop - start) / 4 };
		return true;
	}
	return modules_unwind_table(image, address, ret);
}

bool image_unwind_table(struct image *image, uint64_t address, struct arch_unwind_table *ret)
{
	return env_unwind_table(image, address, ret);
}

void env_init(struct image *image)
{
	image->env = (struct arch_env){
		.context = image,
		.memory = &image->reader.memory,
		.symbol = env_symbol,
		.number = env_number,
		.member = env_member,
		.type_size = env_type_size,
		.per_cpu = env_per_cpu,
		.is_text = env_is_text,
		.function_start = env_function_start,
		.recover_return = env_recover_return,
		.unwind_table = env_unwind_table,
	};
}
