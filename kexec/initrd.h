/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an initramfs becomes in memory: cpio archives (newc), one behind the other, plain or
 * compressed. Documentation/driver-api/early-userspace/buffer-format.rst of Linux.
 */
#ifndef KEXEC_INITRD_H
#define KEXEC_INITRD_H

#include "base/error.h"

#include <stddef.h>

struct initrd_size {
	uint64_t packed;   /* bytes, the file itself */
	uint64_t unpacked; /* bytes that its files take, in whole pages, directories and all */
	uint64_t files;
	const char *compression; /* of the last archive: "gzip", "zstd", …, "none" */
	bool has_cryptsetup;	 /* unlocking a disk with Argon2 takes up to 1 GiB more */
};

/*
 * Unpacks @data without keeping it. BAD_DATA: no initramfs, damaged, or larger than 8 GiB
 * unpacked.
 */
must_check struct error *initrd_measure(const uint8_t *data, size_t size, struct initrd_size *ret);

#endif
