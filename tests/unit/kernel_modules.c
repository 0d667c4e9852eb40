// SPDX-License-Identifier: GPL-2.0-or-later
/* Letters of taints: Documentation/admin-guide/tainted-kernels.rst. */
#include "support/data.h"

#include "kernel/taint.h"

#include <string.h>

static void letters_in_bit_order(void **state)
{
	char letters[40];

	taint_letters(0, letters, sizeof(letters));
	assert_string_equal(letters, "");
	taint_letters(1 << 12 | 1 << 13, letters, sizeof(letters));
	assert_string_equal(letters, "OE");
	taint_letters(1 << 0 | 1 << 7 | 1 << 9, letters, sizeof(letters));
	assert_string_equal(letters, "PDW");
	taint_letters((1 << 20) - 1, letters, sizeof(letters));
	assert_string_equal(letters, "PFSRMBUDAWCIOELKXTNJ");
}

static void bits_without_a_letter(void **state)
{
	char letters[40], few[4];

	taint_letters(1ULL << 12 | 1ULL << 40, letters, sizeof(letters));
	assert_string_equal(letters, "O?");
	/* More bits than there is room for. */
	taint_letters(UINT64_MAX, letters, sizeof(letters));
	assert_int_equal(strlen(letters), sizeof(letters) - 1);
	taint_letters(UINT64_MAX, few, sizeof(few));
	assert_string_equal(few, "PFS");
}

static void meanings(void **state)
{
	assert_non_null(taint_meaning('O'));
	assert_null(taint_meaning('?'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_in_bit_order),
		cmocka_unit_test(bits_without_a_letter),
		cmocka_unit_test(meanings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
