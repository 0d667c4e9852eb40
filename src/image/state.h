/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this room share: the image itself. */
#ifndef IMAGE_STATE_H
#define IMAGE_STATE_H

#include "image/image.h"
#include "image/view.h"

#define TRAMPOLINES 4
#define TLB_SIZE    1024 /* a power of two */

struct tlb_entry {
	uint64_t virt, phys; /* of the page; virt is odd when the slot is empty */
	uint64_t size;	     /* of the page */
};

/* One way to read an image: what it keeps is of one thread. */
struct image_reader {
	struct image *image;
	struct kxdump *dump;
	struct memory memory, physical;
	struct tlb_entry tlb[TLB_SIZE];
};

struct bound_view;

/* What is learnt of a module only when asked. */
struct module_tables {
	bool unwind_known, has_unwind, debug_looked_for;
	struct arch_unwind_table unwind;
};

struct image {
	struct kxdump *dump;
	const struct kxdump_info *info;

	const struct arch_ops *arch;
	struct arch *arch_state;
	struct arch_env env;
	struct image_reader reader; /* its own */

	char *vmcoreinfo;
	size_t vmcoreinfo_size;
	const char *vmcoreinfo_origin;

	bool has_root,
		linear_text; /* linear: the tables cannot be used, the image's place is known */
	uint64_t root;	     /* physical, of the kernel's page table */
	int64_t phys_base;

	struct symbols symbols;
	struct types types;
	struct type_source *kernel_btf; /* borrowed; NULL: none */
	bool has_symbols, has_types;
	struct error *no_types;	    /* why the kernel's BTF was not there */
	uint64_t text_ranges[2][2]; /* kernel text and init text, [start, end) */

	bool trampolines_known;
	uint64_t trampolines[TRAMPOLINES]; /* return_address.c; 0: the kernel has none */

	struct bound_view *views;

	bool cpus_known;
	unsigned int nr_cpus;
	uint8_t *possible, *online; /* bitmaps of nr_cpus bits */
	uint64_t *per_cpu_offsets;

	bool modules_known;
	struct image_module *modules;
	struct module_tables *module_tables; /* one for each of @modules */
	size_t nr_modules, modules_room;
	struct error *modules_why, *module_symbols_why; /* why not all are there */

	struct build_id build_id;
	struct image_options options;
	bool debug_looked_for;
	struct debug_file *debug_file;

	struct arena strings;
	char *missing[16];
	size_t nr_missing;
};

/* Adds a sentence to what is missing. */
void image_miss(struct image *image, const char *fmt, ...) printf_like(2, 3);

/* translate.c: makes image->reader; later the kernel's page table is set. */
void translate_init(struct image *image);
void translate_set_root(struct image *image, uint64_t root);
/* From VMCOREINFO. */
must_check struct error *translate_find_root(struct image *image);
/* The mapped part of the arch's window for kernel images. NOT_FOUND. */
must_check struct error *translate_image_extent(struct image *image, uint64_t *start,
						uint64_t *end);

/* vmcoreinfo.c: takes the container's copy. */
void vmcoreinfo_from_dump(struct image *image);
/* Looks through all of memory for the page that begins with OSRELEASE=. */
must_check struct error *vmcoreinfo_scan(struct image *image);
/* Takes over @text. */
void vmcoreinfo_set(struct image *image, char *text, size_t size, const char *origin);

/* kernel_symbols.c */
must_check struct error *kernel_symbols_load(struct image *image);
/* By scanning the image that the current page table maps. */
must_check struct error *kernel_symbols_scan(struct image *image);
/* There are symbols now: learns from them where the kernel's text is; modules' can be had. */
void kernel_symbols_found(struct image *image);

/* kernel_types.c */
must_check struct error *kernel_types_load(struct image *image);

/* env.c */
void env_init(struct image *image);

/* view.c */
void views_deinit(struct image *image);

/* cpus.c */
void cpus_deinit(struct image *image);

/* modules.c */
void modules_deinit(struct image *image);
/* The `more` callbacks of symbols and types. */
bool modules_add_symbols(void *image);
bool modules_add_types(void *image);
/* As image_btf(). */
must_check struct error *module_btf(struct image *image, const struct image_module *module,
				    struct type_source **ret, uint64_t *address);
/* The unwind table of the module that holds @address. */
bool modules_unwind_table(struct image *image, uint64_t address, struct arch_unwind_table *ret);

/*
 * view.c: the struct, union or typedef called @name, NULL: none. Looks only where types were read
 * already: a type that this kernel lacks must not cost the reading of every module's types and of
 * DWARF.
 */
const struct type *view_find_type(struct image *image, const char *name);

/* return_address.c: puts the real return address into *@pc, which was found at @found_at on the
 * stack of @task, when a tracer replaced it. */
void return_address_recover(struct image *image, uint64_t task, uint64_t found_at, uint64_t *pc);

/* debug.c: opens the vmlinux that the user named; refuses one of another build. */
must_check struct error *debug_open_named(struct image *image);
void debug_deinit(struct image *image);

#endif
