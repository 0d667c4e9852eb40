// SPDX-License-Identifier: GPL-2.0-or-later
/* Filling the zero page, and what it points to behind it. */
#include "kexec/boot_params.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "kexec/boot_params_efi.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

/* Offsets in the zero page. */
#define SCREEN_INFO	 0x000 /* 64 bytes */
#define ACPI_RSDP	 0x070
#define EXT_RAMDISK	 0x0c0
#define EXT_RAMDISK_SIZE 0x0c4
#define EXT_COMMAND_LINE 0x0c8
#define EDID_INFO	 0x140 /* 128 bytes */
#define E820_ENTRIES	 0x1e8
#define EDD_ENTRIES	 0x1e9 /* and at 0x1ea those of EDD_SIGNATURES */
#define SECURE_BOOT	 0x1ec
#define SENTINEL	 0x1ef
#define BOOT_FLAG	 0x1fe
#define HEADER_MAGIC	 0x202
#define VERSION		 0x206
#define LOADER_TYPE	 0x210
#define LOADFLAGS	 0x211
#define RAMDISK		 0x218
#define RAMDISK_SIZE	 0x21c
#define COMMAND_LINE	 0x228
#define XLOADFLAGS	 0x236
#define COMMAND_SIZE	 0x238
#define SUBARCH		 0x23c /* 4 bytes, and 8 of its data */
#define SETUP_DATA	 0x250
#define EDD_SIGNATURES	 0x290 /* 16 of 4 bytes */
#define E820_TABLE	 0x2d0
#define EDD_INFO	 0xd00 /* 6 of 82 bytes */

#define LOADER_KEXEC	0xd0 /* registered for loading by kexec; no version */
#define LOADED_HIGH	0x01
#define KEPT_LOADFLAGS	(LOADED_HIGH | 0x20) /* and QUIET_FLAG */
#define E820_ENTRY	20
#define SETUP_E820_EXT	1
#define SETUP_RNG_SEED	9
#define SETUP_DATA_HEAD 16
#define RNG_SEED_SIZE	32
#define MADE_UP_VERSION 0x20f
#define MADE_UP_XLOAD	0x3 /* XLF_KERNEL_64, XLF_CAN_BE_LOADED_ABOVE_4G */

struct builder {
	struct plan *plan;
	uint8_t *data;
	size_t size, at;  /* @at: where the next part goes */
	size_t link;	  /* where the address of the next setup_data goes */
	uint64_t address; /* of @data[0], once it has a place */
};

static size_t align8(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

static size_t nr_extended(const struct plan *plan)
{
	return plan->memory_map.count > BOOT_PARAMS_E820_MAX
		       ? plan->memory_map.count - BOOT_PARAMS_E820_MAX
		       : 0;
}

/* Of all parts, as they will be added. */
static size_t total_size(const struct plan *plan)
{
	size_t size = BOOT_PARAMS_SIZE + align8(strlen(plan->command_line) + 1);

	if (nr_extended(plan))
		size += align8(SETUP_DATA_HEAD + nr_extended(plan) * E820_ENTRY);
	if (plan->has_efi)
		size += boot_params_efi_size(plan->machine) +
			align8(SETUP_DATA_HEAD + BOOT_PARAMS_EFI_SETUP);
	if (!plan->options.no_seed)
		size += SETUP_DATA_HEAD + RNG_SEED_SIZE;
	return size;
}

/* Zeroed room of @size bytes, its address in *@address. total_size() counted it. */
static uint8_t *take(struct builder *b, size_t size, uint64_t *address)
{
	uint8_t *part = b->data + b->at;

	*address = b->address + b->at;
	b->at += align8(size);
	return part;
}

/* The payload of a new setup_data, linked behind those before it. */
static uint8_t *add_setup_data(struct builder *b, uint32_t type, size_t size)
{
	uint64_t address;
	uint8_t *part = take(b, SETUP_DATA_HEAD + size, &address);

	store_number(b->data, b->link, address, 8);
	b->link = (size_t)(part - b->data);
	store_number(part, 8, type, 4);
	store_number(part, 12, size, 4);
	return part + SETUP_DATA_HEAD;
}

static void store_e820(uint8_t *to, const struct memory_map_entry *entry)
{
	store_number(to, 0, entry->start, 8);
	store_number(to, 8, entry->end - entry->start + 1, 8);
	store_number(to, 16, entry->type, 4);
}

/*
 * RAM goes first when the table is too short: what runs before the kernel reads the extension
 * knows of nothing else.
 */
static void add_memory_map(struct builder *b)
{
	const struct memory_map *map = &b->plan->memory_map;
	size_t extended = nr_extended(b->plan), done = 0;
	uint8_t *more = NULL;

	if (extended)
		more = add_setup_data(b, SETUP_E820_EXT, extended * E820_ENTRY);
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < map->count; i++) {
			bool first = !extended || map->entries[i].type == MEMORY_RAM;

			if (first != !pass)
				continue;
			store_e820(done < BOOT_PARAMS_E820_MAX
					   ? b->data + E820_TABLE + done * E820_ENTRY
					   : more + (done - BOOT_PARAMS_E820_MAX) * E820_ENTRY,
				   &map->entries[i]);
			done++;
		}
	}
	b->data[E820_ENTRIES] = (uint8_t)(done - extended);
}

/* From the running kernel's zero page: what it was told of the screen, disks and platform. */
static void copy_platform(struct builder *b)
{
	static const struct {
		uint16_t offset, size;
	} parts[] = {
		{ SCREEN_INFO, 64 },  { EDID_INFO, 128 }, { EDD_ENTRIES, 2 },
		{ SECURE_BOOT, 1 },   { SUBARCH, 12 },	  { EDD_SIGNATURES, 64 },
		{ EDD_INFO, 6 * 82 },
	};
	const char *running = b->plan->machine->boot_params;

	for (size_t i = 0; running && i < ARRAY_SIZE(parts); i++)
		memcpy(b->data + parts[i].offset, running + parts[i].offset, parts[i].size);
}

static void add_header(struct builder *b, const uint8_t *header, size_t size)
{
	if (header) {
		memcpy(b->data + BOOT_PARAMS_HEADER_AT, header, size);
	} else {
		store_number(b->data, BOOT_FLAG, 0xaa55, 2);
		memcpy(b->data + HEADER_MAGIC, "HdrS", 4);
		store_number(b->data, VERSION, MADE_UP_VERSION, 2);
		store_number(b->data, XLOADFLAGS, MADE_UP_XLOAD, 2);
		store_number(b->data, COMMAND_SIZE, b->plan->image->command_line_max, 4);
	}
	b->data[LOADER_TYPE] = LOADER_KEXEC;
	b->data[LOADFLAGS] = (uint8_t)((b->data[LOADFLAGS] & KEPT_LOADFLAGS) | LOADED_HIGH);
	store_number(b->data, SETUP_DATA, 0, 8);
	/* "The fields were cleared": a kernel that finds something else clears them itself. */
	b->data[SENTINEL] = 0;
}

static void store_split(struct builder *b, size_t low, size_t high, uint64_t value)
{
	store_number(b->data, low, value & UINT32_MAX, 4);
	store_number(b->data, high, value >> 32, 4);
}

static void add_initrd(struct builder *b)
{
	const struct plan_segment *initrd = plan_find(b->plan, "initrd");

	store_split(b, RAMDISK, EXT_RAMDISK, initrd ? initrd->address : 0);
	store_split(b, RAMDISK_SIZE, EXT_RAMDISK_SIZE, initrd ? initrd->size : 0);
}

static void add_command_line(struct builder *b)
{
	size_t size = strlen(b->plan->command_line) + 1;
	uint64_t address;

	memcpy(take(b, size, &address), b->plan->command_line, size);
	store_split(b, COMMAND_LINE, EXT_COMMAND_LINE, address);
}

static void add_efi(struct builder *b)
{
	const struct machine *machine = b->plan->machine;
	size_t size = boot_params_efi_size(machine);
	uint64_t address;
	uint8_t *map = take(b, size, &address);

	boot_params_efi_fill(machine, map, address, b->data);
	boot_params_efi_setup(machine,
			      add_setup_data(b, BOOT_PARAMS_SETUP_EFI, BOOT_PARAMS_EFI_SETUP));
}

static struct error *add_seed(struct builder *b)
{
	uint8_t *seed = add_setup_data(b, SETUP_RNG_SEED, RNG_SEED_SIZE);

	if (getrandom(seed, RNG_SEED_SIZE, 0) != RNG_SEED_SIZE)
		return error_os(errno, "random bytes for the kernel");
	return NULL;
}

static struct error *fill(struct builder *b, const uint8_t *header, size_t size)
{
	b->at = BOOT_PARAMS_SIZE;
	b->link = SETUP_DATA;
	add_header(b, header, size);
	copy_platform(b);
	add_initrd(b);
	add_command_line(b);
	add_memory_map(b);
	store_number(b->data, ACPI_RSDP, b->plan->machine->acpi_rsdp, 8);
	if (b->plan->has_efi)
		add_efi(b);
	return b->plan->options.no_seed ? NULL : add_seed(b);
}

struct error *boot_params_add(struct plan *plan, const uint8_t *header, size_t size)
{
	struct builder b = { .plan = plan, .size = total_size(plan) };
	struct plan_place place = {
		.name = "boot_params",
		.size = b.size,
		.memory_size = b.size,
		.alignment = 4096,
		.lowest = 0x1000,
		.highest = UINT64_MAX,
		.in_digest = true,
	};
	size_t index;

	if (size > BOOT_PARAMS_HEADER_END - BOOT_PARAMS_HEADER_AT)
		return error_create(ERROR_BAD_DATA, "a setup header of %zu bytes is too long",
				    size);
	TRY(alloc_array(b.size, 1, b.size, "boot_params", &b.data));
	place.data = b.data;
	TRY(plan_add(plan, &place, &index));
	b.address = plan->segments[index].address;
	plan->boot_params = b.address;
	return fill(&b, header, size);
}
