// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * C expressions, and how their values look. The first byte chooses the looks; the rest is the text.
 * The kernel that it is about is small and right: hostile types and memory have targets of their
 * own.
 */
#include "support/shapes.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct column columns[] = { { "value", COLUMN_TREE } };
static const struct table table = { TABLE_COLUMNS(columns), LOOK_LINE, .line = "{value}" };

static struct fake_kernel kernel;
static FILE *nowhere;

static void show(const struct value *value, uint8_t how)
{
	const struct value_format format = {
		.hex = how & 2,
		.decimal = how & 4,
		.max_elements = how & 8 ? 3 : 0,
		.max_depth = how & 16 ? 1 : 0,
	};
	struct output *out;

	if (output_create(nowhere, how & 1 ? OUTPUT_JSON : OUTPUT_TEXT, false, &out))
		abort();
	output_set_errors(out, nowhere);
	output_command_begin(out, "fuzz");
	output_begin(out, &table);
	output_command_end(out, value_show(&kernel.env, value, &format, out, 0, NULL));
	output_destroy(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct value value;
	uint64_t number;
	char *text;

	if (!size || size > 4096)
		return 0;
	if (!nowhere) {
		nowhere = fopen("/dev/null", "w");
		if (!nowhere)
			abort();
		shapes_init(&kernel);
	}
	text = strndup((const char *)data + 1, size - 1);
	if (!text)
		abort();
	if (!error_dropped(expression_evaluate(&kernel.env, text, &value))) {
		error_free(value_number(&kernel.env, &value, &number));
		show(&value, data[0]);
	}
	free(text);
	return 0;
}
