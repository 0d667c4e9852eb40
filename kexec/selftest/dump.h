/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kx-crash itself says of the dump: its own binary, run as a user would run it. */
#ifndef SELFTEST_DUMP_H
#define SELFTEST_DUMP_H

#include "base/error.h"

#include <jansson.h>

enum dump_answer {
	DUMP_SYS,
	DUMP_BT,
	DUMP_LOG,
	DUMP_PS,
	DUMP_REGIONS,
	DUMP_NOTES,
	DUMP_STACKS, /* of all tasks; those that ran may be short */
	DUMP_ANSWERS,
};

struct dump {
	json_t *rows[DUMP_ANSWERS]; /* arrays of objects */
};

/* Asks all that; @vmlinux may be NULL. An error or an incomplete answer to any is an error. */
must_check struct error *dump_ask(const char *vmcore, const char *vmlinux, struct dump *ret);
void dump_deinit(struct dump *dump);

/* A row's values; "" and -1 where there is none. */
const char *dump_text(const json_t *row, const char *key);
int64_t dump_int(const json_t *row, const char *key);
/* A "0x…" string. */
uint64_t dump_hex(const json_t *row, const char *key);

#endif
