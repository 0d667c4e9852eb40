/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What unit tests share: memory made of pieces, and assertions over errors. */
#ifndef TESTS_SUPPORT_DATA_H
#define TESTS_SUPPORT_DATA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/memory.h"

/* Fails the test with the error's message. */
#define assert_ok(expression)                                                                      \
	do {                                                                                       \
		struct error *ok_ = (expression);                                                  \
		if (ok_) {                                                                         \
			print_error("%s:%d: %s\n", __FILE__, __LINE__, ok_->message);              \
			error_free(ok_);                                                           \
			fail();                                                                    \
		}                                                                                  \
	} while (0)

/* The expression fails with @wanted; the error is freed. */
#define assert_fails(expression, wanted)                                                           \
	do {                                                                                       \
		struct error *fails_ = (expression);                                               \
		assert_non_null(fails_);                                                           \
		assert_int_equal(fails_->code, wanted);                                            \
		error_free(fails_);                                                                \
	} while (0)

/* A piece of fake memory; an array of them ends with @data NULL. */
struct test_piece {
	uint64_t address;
	const void *data; /* NULL with @size: an excluded range */
	size_t size;
};

/* Little-endian memory of 8-byte words over @pieces, which must outlive it. What no piece holds is
 * ABSENT; pieces without data are EXCLUDED. An entry with size 0 ends the array. */
struct memory test_memory(const struct test_piece *pieces);

#endif
