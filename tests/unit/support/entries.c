// SPDX-License-Identifier: GPL-2.0-or-later
/* What a walk over a container gave, for tests to compare. */
#include "support/entries.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct error *given_keep(void *context, uint64_t entry, uint64_t index)
{
	struct given *given = context;

	if (given->fail_at && given->count + 1 == given->fail_at)
		return error_create(ERROR_UNSUPPORTED, "the caller has enough");
	assert_true(given->count < 256);
	given->entries[given->count] = entry;
	given->indices[given->count++] = index;
	return NULL;
}

struct container given_container(struct fake_kernel *kernel, struct given *given)
{
	return (struct container){
		.memory = &kernel->memory,
		.types = &kernel->types,
		.each = given_keep,
		.context = given,
	};
}

void given_expect(const struct given *given, size_t count, const uint64_t *entries,
		  const uint64_t *indices)
{
	for (size_t i = 0; i < count && i < given->count; i++) {
		if (given->entries[i] != entries[i])
			fail_msg("entry %zu is 0x%" PRIx64 ", not 0x%" PRIx64, i, given->entries[i],
				 entries[i]);
		if (indices && given->indices[i] != indices[i])
			fail_msg("index %zu is %" PRIu64 ", not %" PRIu64, i, given->indices[i],
				 indices[i]);
	}
	assert_int_equal(given->count, count);
}

void given_expect_error(struct error *err, enum error_code code, const char *part)
{
	if (!err)
		fail_msg("no error");
	if (err->code != code || !strstr(err->message, part))
		fail_msg("%s: %s", error_code_name(err->code), err->message);
	error_free(err);
}
