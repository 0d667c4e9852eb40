// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory map of a kernel to be started. Names are those of arch/x86/kernel/e820.c of Linux,
 * which /proc/iomem and /sys/firmware/memmap share.
 */
#include "kexec/memory_map.h"

#include "base/alloc.h"

#include <string.h>

#define LOW_END 0x100000 /* the first MiB */

/* Where ranges overlap, what comes first here holds. */
static const struct {
	const char *name;
	enum memory_type type;
} kinds[] = {
	{ "ACPI Non-volatile Storage", MEMORY_NVS },
	{ "ACPI Tables", MEMORY_ACPI },
	{ "Persistent Memory", MEMORY_PMEM },
	{ "Persistent Memory (legacy)", MEMORY_PRAM },
	{ "Persistent RAM", MEMORY_PRAM },
	{ "Unusable memory", MEMORY_UNUSABLE },
	{ "Unusable", MEMORY_UNUSABLE },
	{ "Reserved", MEMORY_RESERVED },
	{ "reserved", MEMORY_RESERVED },
	{ "Soft Reserved", MEMORY_RESERVED },
	{ "Unknown E820 type", MEMORY_RESERVED },
};

const char *memory_type_name(enum memory_type type)
{
	switch (type) {
	case MEMORY_RAM:
		return "RAM";
	case MEMORY_RESERVED:
		return "reserved";
	case MEMORY_ACPI:
		return "ACPI tables";
	case MEMORY_NVS:
		return "ACPI NVS";
	case MEMORY_UNUSABLE:
		return "unusable";
	case MEMORY_PMEM:
		return "persistent memory";
	case MEMORY_PRAM:
		return "persistent memory (legacy)";
	}
	return "?";
}

void memory_map_deinit(struct memory_map *map)
{
	free(map->entries);
	*map = (struct memory_map){ 0 };
}

uint64_t memory_map_bytes(const struct memory_map *map, enum memory_type type)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < map->count; i++) {
		if (map->entries[i].type == type)
			bytes += map->entries[i].end - map->entries[i].start + 1;
	}
	return bytes;
}

/* The map being made, and all that is in it already. */
struct builder {
	struct memory_map map;
	struct ranges used;
};

static struct error *remove_all(struct ranges *from, const struct ranges *what)
{
	for (size_t i = 0; i < what->count; i++)
		TRY(ranges_remove(from, what->list[i].start, what->list[i].end));
	return NULL;
}

/* Adds @ranges as far as they are not used, and empties them. */
static struct error *add_unused(struct builder *b, struct ranges *ranges, enum memory_type type)
{
	TRY(remove_all(ranges, &b->used));
	for (size_t i = 0; i < ranges->count; i++) {
		const struct range *range = &ranges->list[i];

		TRY(alloc_grow(&b->map.entries, &b->map.room, b->map.count + 1,
			       sizeof(*b->map.entries)));
		b->map.entries[b->map.count++] =
			(struct memory_map_entry){ range->start, range->end, type };
		TRY(ranges_add(&b->used, range->start, range->end));
	}
	ranges_deinit(ranges);
	return NULL;
}

/* All but RAM, from /proc/iomem. */
static struct error *add_kinds(struct builder *b, const struct iomem *iomem)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct ranges ranges = { 0 };
		struct error *err = iomem_ranges(iomem, kinds[i].name, &ranges);

		if (!err)
			err = add_unused(b, &ranges, kinds[i].type);
		ranges_deinit(&ranges);
		TRY(err);
	}
	return NULL;
}

static int compare(const void *a, const void *b)
{
	const struct memory_map_entry *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Takes over what @b holds, or frees it with @err. */
static struct error *finish(struct builder *b, struct error *err, struct memory_map *ret)
{
	ranges_deinit(&b->used);
	if (!err && !b->map.count)
		err = error_create(ERROR_NOT_FOUND, "the memory map would be empty");
	if (err) {
		memory_map_deinit(&b->map);
		return err;
	}
	qsort(b->map.entries, b->map.count, sizeof(*b->map.entries), compare);
	*ret = b->map;
	return NULL;
}

/* The RAM that a capture kernel may use. */
static struct error *crash_ram(const struct machine *machine, const struct ranges *taken,
			       struct ranges *ram)
{
	for (size_t i = 0; i < machine->ram.count; i++) {
		const struct range *range = &machine->ram.list[i];

		if (range->start < LOW_END)
			TRY(ranges_add(ram, range->start, min(range->end, (uint64_t)LOW_END - 1)));
	}
	for (size_t i = 0; i < machine->crash.count; i++)
		TRY(ranges_add(ram, machine->crash.list[i].start, machine->crash.list[i].end));
	return remove_all(ram, taken);
}

struct error *memory_map_make_crash(const struct machine *machine, const struct ranges *taken,
				    struct memory_map *ret)
{
	struct builder b = { 0 };
	struct ranges ram = { 0 };
	struct error *err = add_kinds(&b, &machine->iomem);

	if (!err)
		err = crash_ram(machine, taken, &ram);
	if (!err)
		err = add_unused(&b, &ram, MEMORY_RAM);
	ranges_deinit(&ram);
	return finish(&b, err, ret);
}

static struct error *from_iomem(const struct machine *machine, struct builder *b)
{
	struct ranges ram = { 0 };
	struct error *err = add_kinds(b, &machine->iomem);

	if (!err)
		err = ranges_copy(&machine->ram, &ram);
	if (!err)
		err = add_unused(b, &ram, MEMORY_RAM);
	ranges_deinit(&ram);
	return err;
}

static enum memory_type type_of(const char *name)
{
	if (!strcmp(name, "System RAM"))
		return MEMORY_RAM;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(name, kinds[i].name))
			return kinds[i].type;
	}
	return MEMORY_RESERVED;
}

static struct error *from_firmware(const struct machine *machine, struct builder *b)
{
	for (size_t i = 0; i < machine->nr_firmware_map; i++) {
		const struct machine_firmware_range *from = &machine->firmware_map[i];
		struct ranges range = { 0 };
		struct error *err = ranges_add(&range, from->start, from->end);

		if (!err)
			err = add_unused(b, &range, type_of(from->type));
		ranges_deinit(&range);
		TRY(err);
	}
	return NULL;
}

struct error *memory_map_make_whole(const struct machine *machine, struct memory_map *ret)
{
	struct builder b = { 0 };
	struct error *err;

	if (machine->nr_firmware_map)
		err = from_firmware(machine, &b);
	else
		err = from_iomem(machine, &b);
	return finish(&b, err, ret);
}
