// SPDX-License-Identifier: GPL-2.0-or-later
/* simulate's tables: the machine, its regions, and what a plan holds. */
#include "commands/simulate.h"

#include "kexec/memory_map.h"
#include "kexec/size_text.h"
#include "kexec/state.h"

#include <elf.h>
#include <string.h>

#define KIND_COLUMN(what)                                                                          \
	{                                                                                          \
		"kind", COLUMN_TEXT, .summary = what, .json_only = true                            \
	}
/* What text shows instead of addresses and sizes in bytes. */
#define RANGE_COLUMN                                                                               \
	{                                                                                          \
		"range", COLUMN_TEXT, -25, .summary = "first and last byte", .text_only = true     \
	}
#define HUMAN_COLUMN                                                                               \
	{                                                                                          \
		"human", COLUMN_TEXT, 9, "SIZE", .summary = "its size", .text_only = true          \
	}

enum { MACHINE_KIND, RELEASE, MACHINE, MEMORY, CPUS, FIRMWARE, PAGING, LOW, PROBLEMS };
static const struct column machine_columns[] = {
	[MACHINE_KIND] = KIND_COLUMN("machine"),
	[RELEASE] = { "release", COLUMN_TEXT, .heading = "KERNEL", .summary = "that runs there" },
	[MACHINE] = { "machine", COLUMN_TEXT, .summary = "as uname -m says" },
	[MEMORY] = { "memory_bytes", COLUMN_INT, .summary = "of RAM", .json_only = true },
	[CPUS] = { "cpus", COLUMN_INT, .summary = "that could be there at a crash" },
	[FIRMWARE] = { "firmware", COLUMN_TEXT, .summary = "BIOS or EFI" },
	[PAGING] = { "paging_levels", COLUMN_INT, .heading = "PAGING LEVELS",
		     .summary = "of the page tables" },
	[LOW] = { "low_reserved", COLUMN_BOOL, .json_only = true,
		  .summary =
			  "does the kernel keep nothing of its own in the first MiB: no backup" },
	[PROBLEMS] = { "unknown", COLUMN_LIST, .summary = "what could not be found out" },
};
const struct table simulate_machine_table = { TABLE_COLUMNS(machine_columns), .look = LOOK_RECORD };

enum {
	REGION_KIND,
	REGION_RANGE,
	REGION_HUMAN,
	REGION_WHAT,
	REGION_START,
	REGION_END,
	REGION_SIZE
};
static const struct column region_columns[] = {
	[REGION_KIND] = KIND_COLUMN("region"),
	[REGION_RANGE] = RANGE_COLUMN,
	[REGION_HUMAN] = HUMAN_COLUMN,
	[REGION_WHAT] = { "region", COLUMN_TEXT,
			  .summary = "load (segments go there), low, high or cma" },
	[REGION_START] = { "start", COLUMN_HEX, .summary = "its first byte", .json_only = true },
	[REGION_END] = { "end", COLUMN_HEX, .summary = "its last byte", .json_only = true },
	[REGION_SIZE] = { "size", COLUMN_INT, .summary = "in bytes", .json_only = true },
};
const struct table simulate_region_table = { TABLE_COLUMNS(region_columns),
					     .group = "Crash regions" };

enum {
	SEGMENT_KIND,
	SEGMENT_RANGE,
	SEGMENT_HUMAN,
	SEGMENT_NAME,
	SEGMENT_ADDRESS,
	SEGMENT_MEMORY,
	SEGMENT_SIZE,
	SEGMENT_DATA,
	SEGMENT_DIGEST,
};
static const struct column segment_columns[] = {
	[SEGMENT_KIND] = KIND_COLUMN("segment"),
	[SEGMENT_RANGE] = RANGE_COLUMN,
	[SEGMENT_HUMAN] = HUMAN_COLUMN,
	[SEGMENT_NAME] = { "segment", COLUMN_TEXT, -12, .summary = "what it holds" },
	[SEGMENT_ADDRESS] = { "address", COLUMN_HEX, .summary = "its first byte",
			      .json_only = true },
	[SEGMENT_MEMORY] = { "memory_size", COLUMN_INT, .summary = "that it takes, in bytes",
			     .json_only = true },
	[SEGMENT_SIZE] = { "size", COLUMN_INT, .json_only = true,
			   .summary = "of its data, in bytes; the rest is zero" },
	[SEGMENT_DATA] = { "data", COLUMN_TEXT, 9, .summary = "of it not zero", .text_only = true },
	[SEGMENT_DIGEST] = { "in_digest", COLUMN_BOOL, .heading = "VERIFIED",
			     .summary = "does purgatory verify it before the jump" },
};
const struct table simulate_segment_table = { TABLE_COLUMNS(segment_columns), .group = "Segments" };

enum {
	HEADER_KIND,
	HEADER_RANGE,
	HEADER_HUMAN,
	HEADER_TYPE,
	HEADER_WHAT,
	HEADER_CPU,
	HEADER_OFFSET,
	HEADER_VIRTUAL,
	HEADER_PHYSICAL,
	HEADER_SIZE,
};
static const struct column header_columns[] = {
	[HEADER_KIND] = KIND_COLUMN("elfcorehdr"),
	[HEADER_RANGE] = RANGE_COLUMN,
	[HEADER_HUMAN] = HUMAN_COLUMN,
	[HEADER_TYPE] = { "type", COLUMN_TEXT, -7, .summary = "PT_NOTE or PT_LOAD" },
	[HEADER_VIRTUAL] = { "virtual", COLUMN_ADDRESS, .summary = "its virtual address" },
	[HEADER_WHAT] = { "what", COLUMN_TEXT, -14, .summary = "what is there" },
	[HEADER_CPU] = { "cpu", COLUMN_INT, 3, .summary = "whose notes it holds" },
	[HEADER_OFFSET] = { "offset", COLUMN_HEX, .json_only = true,
			    .summary = "where it is read from: another place than it belongs to "
				       "when it was backed up" },
	[HEADER_PHYSICAL] = { "physical", COLUMN_HEX, .summary = "its physical address",
			      .json_only = true },
	[HEADER_SIZE] = { "size", COLUMN_INT, .summary = "in bytes", .json_only = true },
};
const struct table simulate_elfcorehdr_table = { TABLE_COLUMNS(header_columns),
						 .group = "elfcorehdr: what the dump will hold" };

enum { MAP_KIND, MAP_RANGE, MAP_HUMAN, MAP_START, MAP_END, MAP_SIZE, MAP_TYPE, MAP_NAME };
static const struct column map_columns[] = {
	[MAP_KIND] = KIND_COLUMN("memory_map"),
	[MAP_RANGE] = RANGE_COLUMN,
	[MAP_HUMAN] = HUMAN_COLUMN,
	[MAP_START] = { "start", COLUMN_HEX, .summary = "first byte", .json_only = true },
	[MAP_END] = { "end", COLUMN_HEX, .summary = "last byte", .json_only = true },
	[MAP_SIZE] = { "size", COLUMN_INT, .summary = "in bytes", .json_only = true },
	[MAP_TYPE] = { "type", COLUMN_INT, 4, .summary = "of e820" },
	[MAP_NAME] = { "name", COLUMN_TEXT, .summary = "the type in words" },
};
const struct table simulate_map_table = { TABLE_COLUMNS(map_columns),
					  .group = "Memory that the capture kernel is told" };

enum { LINE_KIND, LINE_TEXT, LINE_BYTES, LINE_LIMIT };
static const struct column line_columns[] = {
	[LINE_KIND] = KIND_COLUMN("command_line"),
	[LINE_TEXT] = { "command_line", COLUMN_TEXT, .summary = "as the capture kernel gets it" },
	[LINE_BYTES] = { "bytes", COLUMN_INT, .summary = "that it has" },
	[LINE_LIMIT] = { "limit", COLUMN_INT, .summary = "that the kernel takes" },
};
const struct table simulate_line_table = {
	TABLE_COLUMNS(line_columns),
	.look = LOOK_LINE,
	.group = "Command line ({bytes} of {limit} bytes)",
	.line = "{command_line}",
};

enum {
	PURGATORY_KIND,
	PURGATORY_ENTRY,
	KERNEL_ENTRY,
	BOOT_PARAMS,
	BACKUP_SOURCE,
	BACKUP_TARGET,
	BACKUP_SIZE,
	FLAGS,
	EFI,
	DIGEST,
};
static const struct column purgatory_columns[] = {
	[PURGATORY_KIND] = KIND_COLUMN("purgatory"),
	[PURGATORY_ENTRY] = { "entry", COLUMN_HEX, .heading = "PURGATORY'S ENTRY",
			      .summary = "where the dying kernel jumps to" },
	[KERNEL_ENTRY] = { "kernel_entry", COLUMN_HEX, .heading = "KERNEL'S ENTRY",
			   .summary = "where purgatory jumps to" },
	[BOOT_PARAMS] = { "boot_params", COLUMN_HEX, .heading = "BOOT PARAMETERS",
			  .summary = "what it hands over" },
	[BACKUP_SOURCE] = { "backup_source", COLUMN_HEX, .heading = "BACKUP FROM",
			    .summary = "of low memory" },
	[BACKUP_TARGET] = { "backup_target", COLUMN_HEX, .heading = "BACKUP TO",
			    .summary = "where it is copied to" },
	[BACKUP_SIZE] = { "backup_size", COLUMN_INT, .heading = "BACKUP BYTES",
			  .summary = "in bytes" },
	[FLAGS] = { "flags", COLUMN_HEX, .heading = "KEXEC_LOAD FLAGS",
		    .summary = "of the system call" },
	[EFI] = { "efi", COLUMN_BOOL, .heading = "EFI HANDED ON",
		  .summary = "does the kernel get EFI's runtime services" },
	[DIGEST] = { "digest", COLUMN_TEXT, .heading = "SHA-256",
		     .summary = "of all verified segments" },
};
const struct table simulate_purgatory_table = { TABLE_COLUMNS(purgatory_columns),
						.look = LOOK_RECORD, .group = "Hand-over" };

static void set_range(struct output *out, size_t range, size_t human, uint64_t start, uint64_t size)
{
	output_textf(out, range, "%012llx-%012llx", (unsigned long long)start,
		     (unsigned long long)(start + size - 1));
	output_text(out, human, SIZE_OF(size));
}

void simulate_show_machine(struct output *out, const struct arm *arm)
{
	const struct machine *machine = &arm->machine;

	output_begin(out, &simulate_machine_table);
	output_text(out, MACHINE_KIND, "machine");
	output_text(out, RELEASE, machine->release);
	output_text(out, MACHINE, machine->machine);
	output_uint(out, MEMORY, machine->memory_bytes);
	output_uint(out, CPUS, machine->nr_cpus);
	output_text(out, FIRMWARE, machine->efi ? "EFI" : "BIOS");
	output_int(out, PAGING, machine->la57 ? 5 : 4);
	output_bool(out, LOW, machine->low_reserved);
	output_list_empty(out, PROBLEMS);
	for (size_t i = 0; i < machine->nr_problems; i++)
		output_list(out, PROBLEMS, machine->problems[i].what);
	output_row(out);
}

static void show_region(struct output *out, const char *name, const struct range *region)
{
	output_text(out, REGION_KIND, "region");
	output_text(out, REGION_WHAT, name);
	output_uint(out, REGION_START, region->start);
	output_uint(out, REGION_END, region->end);
	output_uint(out, REGION_SIZE, region->end - region->start + 1);
	set_range(out, REGION_RANGE, REGION_HUMAN, region->start, region->end - region->start + 1);
	output_row(out);
}

struct error *simulate_each_region(const struct machine *machine,
				   struct error *(*each)(void *context, const char *name,
							 const struct range *region),
				   void *context)
{
	struct ranges others;
	struct error *err;

	/* CMA regions may touch the others: told apart they are by their own list alone. */
	TRY(ranges_copy(&machine->crash, &others));
	err = NULL;
	for (size_t i = 0; i < machine->crash_cma.count && !err; i++)
		err = ranges_remove(&others, machine->crash_cma.list[i].start,
				    machine->crash_cma.list[i].end);
	for (size_t i = 0; i < others.count && !err; i++) {
		bool load = others.list[i].end == machine->crash_region.end;

		err = each(context,
			   load			      ? "load"
			   : others.list[i].end >> 32 ? "high"
						      : "low",
			   &others.list[i]);
	}
	for (size_t i = 0; i < machine->crash_cma.count && !err; i++)
		err = each(context, "cma", &machine->crash_cma.list[i]);
	ranges_deinit(&others);
	return err;
}

static struct error *each_region(void *out, const char *name, const struct range *region)
{
	show_region(out, name, region);
	return NULL;
}

struct error *simulate_show_regions(struct output *out, const struct machine *machine)
{
	output_begin(out, &simulate_region_table);
	return simulate_each_region(machine, each_region, out);
}

static void show_segments(struct output *out, const struct plan *plan)
{
	output_begin(out, &simulate_segment_table);
	for (size_t i = 0; i < plan->nr_segments; i++) {
		const struct plan_segment *segment = &plan->segments[i];

		output_text(out, SEGMENT_KIND, "segment");
		output_text(out, SEGMENT_NAME, segment->name);
		output_uint(out, SEGMENT_ADDRESS, segment->address);
		output_uint(out, SEGMENT_MEMORY, segment->memory_size);
		output_uint(out, SEGMENT_SIZE, segment->size);
		output_bool(out, SEGMENT_DIGEST, segment->in_digest);
		set_range(out, SEGMENT_RANGE, SEGMENT_HUMAN, segment->address,
			  segment->memory_size);
		output_text(out, SEGMENT_DATA, SIZE_OF(segment->size));
		output_row(out);
	}
}

static void show_elfcorehdr(struct output *out, const struct plan *plan)
{
	output_begin(out, &simulate_elfcorehdr_table);
	for (size_t i = 0; i < plan->nr_elfcorehdr_entries; i++) {
		const struct elfcorehdr_entry *entry = &plan->elfcorehdr_entries[i];

		output_text(out, HEADER_KIND, "elfcorehdr");
		output_text(out, HEADER_TYPE, entry->type == PT_NOTE ? "PT_NOTE" : "PT_LOAD");
		output_text(out, HEADER_WHAT, entry->what);
		if (entry->cpu >= 0)
			output_int(out, HEADER_CPU, entry->cpu);
		output_uint(out, HEADER_OFFSET, entry->offset);
		if (entry->type == PT_LOAD)
			output_uint(out, HEADER_VIRTUAL, entry->virt);
		output_uint(out, HEADER_PHYSICAL, entry->phys);
		output_uint(out, HEADER_SIZE, entry->size);
		set_range(out, HEADER_RANGE, HEADER_HUMAN, entry->phys, entry->size);
		output_row(out);
	}
}

static void show_map(struct output *out, const struct memory_map *map)
{
	output_begin(out, &simulate_map_table);
	for (size_t i = 0; i < map->count; i++) {
		const struct memory_map_entry *entry = &map->entries[i];
		uint64_t size = entry->end - entry->start + 1;

		output_text(out, MAP_KIND, "memory_map");
		output_uint(out, MAP_START, entry->start);
		output_uint(out, MAP_END, entry->end);
		output_uint(out, MAP_SIZE, size);
		output_int(out, MAP_TYPE, entry->type);
		output_text(out, MAP_NAME, memory_type_name(entry->type));
		set_range(out, MAP_RANGE, MAP_HUMAN, entry->start, size);
		output_row(out);
	}
}

static void show_line(struct output *out, const struct plan *plan)
{
	output_begin(out, &simulate_line_table);
	output_text(out, LINE_KIND, "command_line");
	output_text(out, LINE_TEXT, plan->command_line);
	output_uint(out, LINE_BYTES, strlen(plan->command_line));
	output_uint(out, LINE_LIMIT, plan->image->command_line_max);
	output_row(out);
}

static void show_purgatory(struct output *out, const struct plan *plan)
{
	char hex[65];

	output_begin(out, &simulate_purgatory_table);
	output_text(out, PURGATORY_KIND, "purgatory");
	output_uint(out, PURGATORY_ENTRY, plan->entry);
	output_uint(out, KERNEL_ENTRY, plan->kernel_entry);
	output_uint(out, BOOT_PARAMS, plan->boot_params);
	if (plan->backup_size) {
		output_uint(out, BACKUP_SOURCE, plan->backup_source);
		output_uint(out, BACKUP_TARGET, plan->backup_target);
		output_uint(out, BACKUP_SIZE, plan->backup_size);
	}
	output_uint(out, FLAGS, plan->flags);
	output_bool(out, EFI, plan->has_efi);
	state_hex(plan->digest, hex);
	output_text(out, DIGEST, hex);
	output_row(out);
}

void simulate_show_plan(struct output *out, const struct plan *plan)
{
	show_segments(out, plan);
	show_elfcorehdr(out, plan);
	show_map(out, &plan->memory_map);
	show_line(out, plan);
	show_purgatory(out, plan);
}
