/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is memory that a kernel cannot be without in the dump? Told page by page, neighbours together. */
#ifndef VALIDATE_REACH_H
#define VALIDATE_REACH_H

#include "validate/validate.h"

/*
 * Looks at the pages of [@virt, @virt + @size) of kernel memory and finds each run of them that is
 * not mapped or not in the dump; @what names them ("the stack of pid 1"). No page is read.
 */
must_check struct error *reach_check(struct validation *v, uint64_t virt, uint64_t size,
				     const char *what);
/*
 * What a page in this state is to be told as, when the kernel needs it: an ELF dump leaves out
 * pages of zeros without saying so.
 */
enum finding_severity reach_severity(struct validation *v, enum kxdump_page state);
enum finding_cause reach_cause(enum kxdump_page state);
/* Where @err was: reads of virtual memory fail with the physical address that is not there. */
struct place reach_place(const struct error *err);

#endif
