// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In place of kexec/initrd.c, whose library would be larger than all of this program: the initramfs
 * that is armed here is one that the self-test has made, in one piece, by gzip. The last word of
 * such a file is how long it was (RFC 1952, ISIZE).
 */
#include "kexec/initrd.h"

#include "base/bytes.h"

struct error *initrd_measure(const uint8_t *data, size_t size, struct initrd_size *ret)
{
	if (size < 18 || data[0] != 0x1f || data[1] != 0x8b)
		return error_create(ERROR_BAD_DATA, "the initramfs is not one of the self-test's");
	*ret = (struct initrd_size){ .packed = size,
				     .unpacked = load_number(data + size - 4, 4, false),
				     .compression = "gzip" };
	return NULL;
}
