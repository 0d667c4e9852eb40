// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's own symbols, which name everything that is found in a dump: kallsyms, and what
 * VMCOREINFO says of some of them.
 */
#include "image/image.h"
#include "validate/validate.h"

#include <stdlib.h>
#include <string.h>

static void tell(void *context, uint64_t address, const char *text)
{
	validation_find(context, FINDING_FAULT, CAUSE_CORRUPT, place_virtual(address, 0), "%s",
			text);
}

/* A line of VMCOREINFO, "SYMBOL(name)=address", up to @end. */
static void check_line(struct validation *v, const char *line, const char *end)
{
	struct image *image = validation_image(v);
	const char *name = line + strlen("SYMBOL("), *close;
	uint64_t told, low, high, address;
	char buf[128];

	close = memchr(name, ')', (size_t)(end - name));
	if (!close || close + 1 == end || close[1] != '=' || (size_t)(close - name) >= sizeof(buf))
		return;
	memcpy(buf, name, (size_t)(close - name));
	buf[close - name] = 0;
	/* Of some the value is told, and not the place: a pointer to what is elsewhere. */
	if (error_dropped(image_vmcoreinfo_symbol(image, buf, &told)) ||
	    error_dropped(image_symbol(image, "_text", &low)) ||
	    error_dropped(image_symbol(image, "_end", &high)) || told < low || told >= high ||
	    error_dropped(image_symbol(image, buf, &address)))
		return;
	validation_looked_at(v, 1);
	if (address != told)
		validation_find(
			v, FINDING_FAULT, CAUSE_CORRUPT, place_virtual(told, 0),
			"%s is at %#llx by VMCOREINFO, and at %#llx by the kernel's symbols", buf,
			(unsigned long long)told, (unsigned long long)address);
}

static void check_vmcoreinfo(struct validation *v)
{
	size_t size = 0;
	const char *line = image_vmcoreinfo(validation_image(v), &size), *all, *end;

	if (!line)
		return;
	for (all = line + size; line < all; line = end + 1) {
		end = memchr(line, '\n', (size_t)(all - line));
		if (!end)
			end = all;
		if ((size_t)(end - line) > strlen("SYMBOL(") &&
		    !strncmp(line, "SYMBOL(", strlen("SYMBOL(")))
			check_line(v, line, end);
	}
}

/* They are there, by VMCOREINFO (v6.0), and could not be read. */
static void tell_unread(struct validation *v)
{
	struct image *image = validation_image(v);
	const char *why = image_missing(image, 0);
	uint64_t names;

	if (error_dropped(image_vmcoreinfo_symbol(image, "kallsyms_names", &names)))
		validation_skip(v, "no symbols of the kernel's own were found in the dump");
	else
		validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place_virtual(names, 0),
				"the kernel's symbols cannot be read: %s",
				why ? why : "they make no sense");
}

static struct error *run(struct validation *v)
{
	uint64_t checked = 0;
	struct error *err = kallsyms_check(image_symbols(validation_image(v)), tell, v, &checked);

	if (err && err->code == ERROR_NOT_FOUND) {
		error_free(err);
		tell_unread(v);
		return NULL;
	}
	TRY(err);
	validation_looked_at(v, checked);
	check_vmcoreinfo(v);
	return NULL;
}

const struct validate_check validate_symbols = {
	.name = "symbols",
	.family = "kernel",
	.summary = "the kernel's own symbols are damaged",
	.run = run,
};
