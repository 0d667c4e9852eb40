/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a walk over a container gave, for tests to compare. */
#ifndef SUPPORT_ENTRIES_H
#define SUPPORT_ENTRIES_H

#include "kernel/lists.h"
#include "support/fake_kernel.h"

struct given {
	uint64_t entries[256], indices[256];
	size_t count;
	size_t fail_at; /* the entry at which each fails, from 1; 0: never */
};

/* A container_each that keeps what it is given. */
struct error *given_keep(void *given, uint64_t entry, uint64_t index);
struct container given_container(struct fake_kernel *kernel, struct given *given);
/* Both end the test when that is not so; @part: of the message. */
void given_expect(const struct given *given, size_t count, const uint64_t *entries,
		  const uint64_t *indices);
void given_expect_error(struct error *err, enum error_code code, const char *part);

#endif
