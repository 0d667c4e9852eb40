/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command struct, which union and * are variants of. Private to commands. */
#ifndef COMMANDS_STRUCT_H
#define COMMANDS_STRUCT_H

#include "commands/values.h"

extern const struct option_spec struct_options[];
extern const struct table *const struct_tables[];
extern const struct table struct_definition_table;
#define STRUCT_USAGE                                                                               \
	"NAME[.MEMBER[,MEMBER]…] [-o] [-d|-x] [-u] [-l OFFSET] [-c COUNT] "                      \
	"[ADDRESS|SYMBOL|SYMBOL:CPUS]… [COUNT]"

must_check struct error *struct_run(struct context *context, const struct arguments *given,
				    enum type_kind kind);

/* Emits a row with the definition of @selection's type, or of the members that it names; with the
 * members' offsets, or addresses when @address is not NULL. */
must_check struct error *struct_define(struct context *context, const struct selection *selection,
				       bool offsets, const uint64_t *address, bool hex);

#endif
