// SPDX-License-Identifier: GPL-2.0-or-later
/* The input is VMCOREINFO: each of its keys, and what may look like one, is asked for. */
#include "image/state.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(struct image *image, const char *key)
{
	char value[40], name[200], *end;
	uint64_t symbol;
	int64_t number;

	if (!error_dropped(image_vmcoreinfo_text(image, key, value, sizeof(value))) &&
	    (strnlen(value, sizeof(value)) == sizeof(value) || strchr(value, '\n')))
		abort();
	error_free(image_vmcoreinfo_symbol(image, key, &symbol));
	error_free(image_vmcoreinfo_number(image, key, &number));
	/* The name in SYMBOL(name). */
	snprintf(name, sizeof(name), "%s", strchr(key, '(') ? strchr(key, '(') + 1 : key);
	end = strchr(name, ')');
	if (end)
		*end = 0;
	error_free(image_vmcoreinfo_symbol(image, name, &symbol));
	error_free(image_vmcoreinfo_number(image, name, &number));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct image image;
	char *text = malloc(size + 1), *copy, *line, *rest;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = 0;
	copy = strdup(text);
	if (!copy)
		abort();
	vmcoreinfo_set(&image, text, size, "the input");
	rest = copy;
	while ((line = strsep(&rest, "\n"))) {
		line[strcspn(line, "=")] = 0;
		ask(&image, line);
	}
	free(copy);
	free(image.vmcoreinfo);
	image.vmcoreinfo = NULL;
	return 0;
}
