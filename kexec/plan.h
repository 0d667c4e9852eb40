/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole plan of a load, made without touching the kernel: the segments of kexec_load with their
 * contents and places, elfcorehdr, the capture kernel's memory map and command line, purgatory's
 * digest. `simulate` shows it, `arm`, `load` and the tests use it.
 */
#ifndef KEXEC_PLAN_H
#define KEXEC_PLAN_H

#include "kexec/kernel_image.h"
#include "kexec/machine.h"

#define PLAN_MAX_SEGMENTS 16 /* KEXEC_SEGMENT_MAX of Linux */

struct plan_options {
	bool crash; /* a capture kernel for the crash region, else a kernel for `exec` */
	const char *command_line; /* whole, as command_line_make() made it */
	bool hotplug; /* the kernel shall keep elfcorehdr up to date (CRASH_HOTPLUG_SUPPORT) */
	bool no_efi;  /* the kernel is not handed EFI's runtime services */
	bool no_seed; /* no random seed for the kernel: the same plan each time (simulate) */
	uint16_t serial_port; /* where purgatory says that a digest is wrong; 0: nowhere */
	bool vga;	      /* …and on the VGA text screen */
};

/* Physical, bytes. */
struct plan_segment {
	const char
		*name; /* "kernel", "initrd", "elfcorehdr", "boot_params", "purgatory", "backup" */
	uint8_t *data; /* owned unless @borrowed */
	bool borrowed;
	uint64_t size; /* of @data; the rest up to @memory_size is zero */
	uint64_t address, memory_size;
	bool in_digest;
};

enum memory_type { /* e820 types */
		   MEMORY_RAM = 1,
		   MEMORY_RESERVED = 2,
		   MEMORY_ACPI = 3,
		   MEMORY_NVS = 4,
		   MEMORY_UNUSABLE = 5,
		   MEMORY_PMEM = 7,
		   MEMORY_PRAM = 12,
};

struct memory_map_entry {
	uint64_t start, end; /* bytes, @end in it */
	enum memory_type type;
};

/* The memory map that a kernel is told. */
struct memory_map {
	struct memory_map_entry *entries; /* ascending, disjoint */
	size_t count, room;
};

/* A program header of elfcorehdr, as for people. */
struct elfcorehdr_entry {
	uint32_t type;	  /* PT_NOTE, PT_LOAD */
	const char *what; /* "cpu notes", "vmcoreinfo", "kernel text", "RAM", "RAM, backed up" */
	int cpu;	  /* whose notes; -1 */
	uint64_t offset, virt, phys, size;
};

struct plan {
	const struct machine *machine; /* borrowed, as image and initrd are */
	const struct kernel_image *image;
	struct plan_options options;
	const uint8_t *initrd; /* NULL: none */
	size_t initrd_size;
	struct ranges free; /* where segments may still go */
	struct range spare; /* of a crash plan: kept free for what the kernel itself takes */

	struct plan_segment segments[PLAN_MAX_SEGMENTS]; /* by address when the plan is made */
	size_t nr_segments;
	uint64_t entry;			    /* of purgatory */
	uint64_t kernel_entry, boot_params; /* that purgatory jumps to, and its rsi */
	uint64_t flags;			    /* of kexec_load, with the architecture */

	uint64_t elfcorehdr, elfcorehdr_size; /* 0: none (not a crash plan) */
	struct elfcorehdr_entry *elfcorehdr_entries;
	size_t nr_elfcorehdr_entries;
	/* The running kernel keeps nothing of its own in the first MiB: no backup, not dumped. */
	bool low_reserved;
	uint64_t backup_source, backup_target, backup_size; /* 0: none is needed */
	struct memory_map memory_map;
	char *command_line; /* as the kernel gets it, with elfcorehdr= */
	bool has_efi;	    /* the kernel is handed EFI's runtime services */
	uint8_t digest[32];
};

/*
 * Makes the plan. @initrd NULL: none, not even the one that @image may bring. @machine, @image and
 * @initrd must outlive it. Errors say what does not fit, with sizes and regions, and what to do.
 */
must_check struct error *plan_make(const struct machine *machine, const struct kernel_image *image,
				   const uint8_t *initrd, size_t initrd_size,
				   const struct plan_options *options, struct plan *ret);
void plan_deinit(struct plan *plan);

/* The segment of that name, or NULL. */
const struct plan_segment *plan_find(const struct plan *plan, const char *name);

/*
 * What the kernel itself takes from the start of the crash region up, in bytes: the control code
 * page, a copy of vmcoreinfo, and the page tables that map all of memory.
 */
uint64_t plan_kernel_needs(const struct machine *machine);

/* For the formats of images, and plan*.c. */
/*
 * Finds a hole of @memory_size bytes (rounded up to pages) for a segment, within @lowest … @highest
 * and the plan's memory, from the top (or from the bottom), leaving the start of the crash region
 * free for what the kernel itself takes. The segment's index in *@ret; it stays until the plan is
 * made. Data is taken over unless @borrowed, also when there is an error.
 */
struct plan_place {
	const char *name;
	uint8_t *data;
	bool borrowed;
	uint64_t size, memory_size, alignment, lowest, highest;
	bool from_bottom, in_digest;
};
must_check struct error *plan_add(struct plan *plan, const struct plan_place *place, size_t *ret);
/* plan_memory.c: sets @plan->free, @plan->spare. */
must_check struct error *plan_find_memory(struct plan *plan);
/* plan_purgatory.c: adds the segment; and, when all others stand, sorts them, makes the digest and
 * tells purgatory. */
must_check struct error *plan_add_purgatory(struct plan *plan);
must_check struct error *plan_seal(struct plan *plan);

#endif
