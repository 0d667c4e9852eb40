/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel to load, as a file: bzImage, vmlinux ELF, UKI… One file a format, named in
 * kernel_images.def.
 */
#ifndef KEXEC_KERNEL_IMAGE_H
#define KEXEC_KERNEL_IMAGE_H

#include "base/error.h"

#include <stddef.h>

struct kernel_image {
	const struct kernel_image_ops *ops;
	char *path;
	const uint8_t *data; /* the whole file */
	size_t size;
	bool mapped; /* by us */
	uint8_t sha256[32];
	char release[128]; /* as the image says; "" unknown */
	uint16_t elf_machine;
	bool has_signature; /* an Authenticode or appended module-style signature is there */
	bool file_load;	    /* kexec_file_load takes such an image */
	/* Placement: bytes. @preferred: where a kernel that is not @relocatable must lie. */
	uint64_t memory_size, alignment, lowest, preferred;
	bool relocatable;
	bool above_4g;		   /* it and what it is handed may lie above 4 GiB */
	bool takes_5level;	   /* may be entered with 5-level page tables */
	bool efi_kexec;		   /* can use EFI runtime services after kexec */
	uint32_t command_line_max; /* bytes, without the NUL */
	/*
	 * Parts of @data: the kernel itself, which is the whole file unless the format wraps one
	 * (UKI), and the initrd that a UKI brings (NULL: none).
	 */
	const uint8_t *kernel, *initrd;
	size_t kernel_size, initrd_size;
	char *command_line; /* built in (UKI .cmdline), or NULL */
};

struct plan;
struct kernel_image_ops {
	const char *name; /* "bzImage", "vmlinux", "uki" */
	/* By magic numbers alone; @size may be 0. */
	bool (*probe)(const uint8_t *data, size_t size);
	/* Checks the headers, fills in the rest. BAD_DATA names the offset and what was expected.
	 */
	struct error *(*open)(struct kernel_image *image);
	/* Adds the segments of the kernel and what it is handed (boot_params) to @plan. */
	struct error *(*place)(const struct kernel_image *image, struct plan *plan);
};

/* The formats, in the order they are probed; NULL-terminated. */
extern const struct kernel_image_ops *const kernel_image_formats[];

/*
 * Probes all formats. NOT_MINE says what the file looks like instead, UNSUPPORTED that it is a
 * kernel which this machine cannot start.
 */
must_check struct error *kernel_image_open(const char *path, struct kernel_image *ret);
void kernel_image_close(struct kernel_image *image);
/* The same of bytes in memory, which must outlive @ret: for tests. @path names them in errors. */
must_check struct error *kernel_image_open_bytes(const char *path, const void *data, size_t size,
						 struct kernel_image *ret);
/* What the bytes look like, for "this is …": "a gzip file", "text". Never NULL. */
const char *kernel_image_looks_like(const uint8_t *data, size_t size);

/* bzimage.c, for formats that wrap one: what @image->kernel holds is opened and placed. */
must_check struct error *bzimage_open(struct kernel_image *image);
must_check struct error *bzimage_place(const struct kernel_image *image, struct plan *plan);
bool bzimage_probe(const uint8_t *data, size_t size);

#endif
