// SPDX-License-Identifier: GPL-2.0-or-later
/* Errors as values: creation, wrapping, names. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct error out_of_memory = {
	.code = ERROR_NOMEM,
	.message = (char *)"out of memory",
};

static struct error *create(enum error_code code, const char *fmt, va_list ap)
{
	struct error *err = calloc(1, sizeof(*err));

	if (!err)
		return &out_of_memory;
	err->code = code;
	if (vasprintf(&err->message, fmt, ap) < 0) {
		free(err);
		return &out_of_memory;
	}
	return err;
}

struct error *error_create(enum error_code code, const char *fmt, ...)
{
	struct error *err;
	va_list ap;

	va_start(ap, fmt);
	err = create(code, fmt, ap);
	va_end(ap);
	return err;
}

struct error *error_at(enum error_code code, uint64_t address, const char *fmt, ...)
{
	struct error *err;
	va_list ap;

	va_start(ap, fmt);
	err = create(code, fmt, ap);
	va_end(ap);
	if (err != &out_of_memory) {
		err->has_address = true;
		err->address = address;
	}
	return err;
}

/* Replaces the message by @before, ": " and @after, in whatever order the caller holds them. */
static struct error *join(struct error *err, const char *before, const char *after)
{
	char *joined;

	if (err == &out_of_memory)
		return err;
	if (asprintf(&joined, "%s: %s", before, after) < 0) {
		error_free(err);
		return &out_of_memory;
	}
	free(err->message);
	err->message = joined;
	return err;
}

struct error *error_os(int errnum, const char *fmt, ...)
{
	struct error *err;
	va_list ap;

	va_start(ap, fmt);
	err = create(ERROR_OS, fmt, ap);
	va_end(ap);
	return join(err, err->message, strerror(errnum));
}

struct error *error_wrap(struct error *err, const char *fmt, ...)
{
	va_list ap;
	char *before;
	int n;

	if (!err)
		return NULL;
	va_start(ap, fmt);
	n = vasprintf(&before, fmt, ap);
	va_end(ap);
	if (n < 0)
		return err;
	err = join(err, before, err->message);
	free(before);
	return err;
}

struct error *error_nomem(void)
{
	return &out_of_memory;
}

void error_free(struct error *err)
{
	if (!err || err == &out_of_memory)
		return;
	free(err->message);
	free(err);
}

const char *error_code_name(enum error_code code)
{
	switch (code) {
	case ERROR_NOT_MINE:
		return "not_mine";
	case ERROR_BAD_DATA:
		return "bad_data";
	case ERROR_EXCLUDED:
		return "excluded";
	case ERROR_ABSENT:
		return "absent";
	case ERROR_NOT_FOUND:
		return "not_found";
	case ERROR_UNSUPPORTED:
		return "unsupported";
	case ERROR_OS:
		return "os";
	case ERROR_NOMEM:
		return "nomem";
	case ERROR_USAGE:
		return "usage";
	case ERROR_INTERRUPTED:
		return "interrupted";
	}
	return "unknown";
}
