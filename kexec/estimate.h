/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much memory a capture kernel needs, as crashkernel= has it: a sum of parts, most of them
 * measured on the very kernel and initramfs. An estimate: only a self-test proves a size.
 */
#ifndef KEXEC_ESTIMATE_H
#define KEXEC_ESTIMATE_H

#include "kexec/initrd.h"
#include "kexec/kernel_image.h"
#include "kexec/machine.h"

struct estimate_part {
	const char *name; /* short and stable */
	uint64_t bytes;
	bool measured; /* else an allowance */
	char how[200];
};

struct estimate {
	struct estimate_part parts[16];
	size_t nr_parts;
	uint64_t total; /* bytes */
	/* What to write behind crashkernel=: @total rounded up. */
	uint64_t size;
	/* Beside crashkernel=SIZE,high: what is needed below 4 GiB for devices of 32 bits. */
	uint64_t low;
	bool cryptsetup; /* the initramfs can unlock disks, which this does not count */
};

/*
 * @initrd NULL: none. @command_line is the capture kernel's (nr_cpus=), NULL: the usual one.
 * BAD_DATA: the initramfs is damaged.
 */
must_check struct error *estimate_make(const struct machine *machine,
				       const struct kernel_image *image, const uint8_t *initrd,
				       size_t initrd_size, const char *command_line,
				       struct estimate *ret);

#endif
