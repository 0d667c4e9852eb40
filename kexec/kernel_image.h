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
	const uint8_t *data; /* the whole file, mapped */
	size_t size;
	uint8_t sha256[32];
	char release[128]; /* as the image says; "" unknown */
	uint16_t elf_machine;
	bool has_signature; /* an Authenticode or appended module-style signature is there */
	bool file_load;	    /* kexec_file_load takes such an image */
	/* Placement: bytes. */
	uint64_t memory_size, alignment, lowest, preferred;
	bool relocatable;
	bool takes_5level;	   /* may be entered with 5-level page tables */
	bool efi_kexec;		   /* can use EFI runtime services after kexec */
	uint32_t command_line_max; /* bytes, without the NUL */
	/* What the format keeps for itself: the initrd and command line of a UKI, … */
	const uint8_t *kernel, *initrd; /* the parts of @data to load; @initrd NULL: none inside */
	size_t kernel_size, initrd_size;
	char *command_line; /* built in (UKI .cmdline), or NULL */
};

struct plan;
struct kernel_image_ops {
	const char *name; /* "bzImage", "vmlinux", "uki" */
	bool (*probe)(const uint8_t *data, size_t size);
	/* Checks the headers, fills in the rest. BAD_DATA names the offset and what was expected.
	 */
	struct error *(*open)(struct kernel_image *image);
	/* Adds the segments of the kernel and what it is handed (boot_params) to @plan. */
	struct error *(*place)(const struct kernel_image *image, struct plan *plan);
};

/* Probes all formats. NOT_MINE says what the file looks like instead. */
must_check struct error *kernel_image_open(const char *path, struct kernel_image *ret);
void kernel_image_close(struct kernel_image *image);

#endif
