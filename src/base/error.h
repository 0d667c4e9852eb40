/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors as values. A function that can fail returns `struct error *`: NULL is success, anything
 * else is owned by the caller, who passes it up (wrapped with what it was doing), turns it into a
 * note, or frees it. Only the shell prints an error.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

enum error_code {
	ERROR_NOT_MINE = 1, /* the file is of another format */
	ERROR_BAD_DATA,	    /* corrupt: the data contradicts itself or its specification */
	ERROR_EXCLUDED,	    /* the page was left out of the dump by a filter */
	ERROR_ABSENT,	    /* the dump never had it: no such memory, or not mapped */
	ERROR_NOT_FOUND,    /* no such symbol, type, member, task, command… */
	ERROR_UNSUPPORTED, /* understood, but not handled here, or the kernel lacks what it needs */
	ERROR_OS,	   /* a system call failed */
	ERROR_NOMEM,
	ERROR_USAGE,
	ERROR_INTERRUPTED, /* Ctrl-C */
};

struct error {
	enum error_code code;
	bool has_address; /* @address is the address (or file offset) that the error is about */
	uint64_t address;
	char *message;
};

/* Never NULL: when memory is short, a static ERROR_NOMEM is returned instead. */
must_check never_null struct error *error_create(enum error_code code, const char *fmt, ...)
	printf_like(2, 3);
/* The same with the address that a note or a test wants to know. Not added to the message. */
must_check never_null struct error *error_at(enum error_code code, uint64_t address,
					     const char *fmt, ...) printf_like(3, 4);
/* ERROR_OS: the message, ": " and strerror(errnum). */
must_check never_null struct error *error_os(int errnum, const char *fmt, ...) printf_like(2, 3);
/* Puts "message: " in front of @err's own message. Takes over @err; NULL stays NULL. */
must_check struct error *error_wrap(struct error *err, const char *fmt, ...) printf_like(2, 3);
must_check never_null struct error *error_nomem(void);
void error_free(struct error *err);

/* True, and frees @err, when it is there at all: for probing "is that so?". */
static inline bool error_dropped(struct error *err)
{
	bool failed = err != NULL;

	error_free(err);
	return failed;
}

/* The code as in JSON: "not_found", "excluded"… */
const char *error_code_name(enum error_code code);

static inline void error_cleanup(struct error **err)
{
	error_free(*err);
}

#define TRY(expression)                                                                            \
	do {                                                                                       \
		struct error *try_ = (expression);                                                 \
		if (try_)                                                                          \
			return try_;                                                               \
	} while (0)

#endif
