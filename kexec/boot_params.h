/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The "zero page" of x86: what a kernel is told by who starts it. Specified in
 * Documentation/arch/x86/{boot,zero-page}.rst and
 * arch/x86/include/uapi/asm/{bootparam,setup_data}.h of Linux.
 */
#ifndef KEXEC_BOOT_PARAMS_H
#define KEXEC_BOOT_PARAMS_H

#include "kexec/plan.h"

#define BOOT_PARAMS_SIZE      4096
#define BOOT_PARAMS_E820_MAX  128   /* entries in the table itself */
#define BOOT_PARAMS_HEADER_AT 0x1f1 /* the setup header's offset, there as in a bzImage */
/* Where the header may end: behind it is room for other fields (0x290: edd_mbr_sig_buffer). */
#define BOOT_PARAMS_HEADER_END 0x290

/*
 * Adds the segment "boot_params" to @plan: the zero page, behind it the command line and the
 * setup_data. @plan has its command line, its memory map and (when there is one) the segment
 * "initrd" already. @header: the bzImage's setup header of @size bytes, or NULL: one is made up, as
 * for a kernel that brings none. Sets @plan->boot_params.
 */
must_check struct error *boot_params_add(struct plan *plan, const uint8_t *header, size_t size);
/* Bytes @offset… of @buf become @value, little-endian. */
static inline void store_number(uint8_t *buf, size_t offset, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		buf[offset + i] = (uint8_t)(value >> (8 * i));
}

#endif
