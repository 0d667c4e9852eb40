/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kexec HandOver: what a kernel means to hand to the next one, and what it got from the one before.
 * include/linux/kho/abi/ and kernel/liveupdate/kexec_handover.c of Linux (before v6.19:
 * kernel/kexec_handover.c).
 */
#ifndef KERNEL_KHO_H
#define KERNEL_KHO_H

#include "image/image.h"

#define KHO_MAX_SCRATCH 1026 /* a node each, and two */

struct kho_area {
	uint64_t start, size; /* physical, bytes */
};

struct kho {
	bool has_enabled, enabled;   /* kho= on the command line */
	uint64_t out_fdt;	     /* physical; 0: none */
	uint64_t out_map;	     /* physical root of the map of preserved pages; 0: not known */
	uint64_t in_fdt, in_scratch; /* physical; 0: this kernel was handed nothing */
	char previous_release[65];   /* of the kernel before; "" not known */
	bool has_kexec_count;
	uint64_t kexec_count;
	uint64_t scratch_address; /* virtual, of the array */
	struct kho_area *scratch;
	size_t nr_scratch;
	struct error *problem; /* the first thing that could not be read; NULL */
};

/* NOT_FOUND when the kernel has no KHO. Free with kho_deinit when it succeeded. */
must_check struct error *kho_read(struct image *image, struct kho *ret);
void kho_deinit(struct kho *kho);

/* ---- kho_fdt.c ---- */
struct kho_property {
	const char *path; /* of its node: "/", "/LUO" */
	const char *name;
	enum { KHO_TEXT, KHO_NUMBER, KHO_BYTES } type;
	uint64_t number;
	uint64_t size;	  /* bytes */
	const char *text; /* however it is: for people */
};
typedef struct error *(*kho_property_each)(void *context, const struct kho_property *property);
struct kho_fdt {
	char compatible[64];	/* of the root: "kho-v4"; "" none */
	uint64_t size;		/* bytes */
	uint64_t preserved_map; /* physical; 0: none */
};
/*
 * Every property of the flattened device tree at physical @address and of the blobs that its nodes
 * name: trees of their own, the live update orchestrator's state and kexec-metadata. Numbers are of
 * the CPU's byte order (the kernel stores them so). BAD_DATA when it is no sound tree.
 */
must_check struct error *kho_fdt_walk(const struct memory *physical, uint64_t address,
				      kho_property_each each, void *context, struct kho_fdt *ret);

/* ---- kho_pages.c ---- */
struct kho_pages {
	struct kho_area *list; /* ascending, those that touch joined */
	size_t count, room;
	uint64_t bytes;
};
/*
 * The preserved memory whose map has its root at physical @root. @compatible tells how the map is
 * made: "kho-v1" a list of bitmaps, later ones a radix tree. On failure @ret holds what was found
 * before it. Free with kho_pages_deinit in any case.
 */
must_check struct error *kho_pages_collect(const struct memory *physical, uint64_t root,
					   const char *compatible, struct kho_pages *ret);
void kho_pages_deinit(struct kho_pages *pages);

#endif
