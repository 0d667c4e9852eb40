/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What types.c, type_name.c, builtin.c and type_member.c share. */
#ifndef TYPES_SET_H
#define TYPES_SET_H

#include "types/types.h"

/* Asks for further sources, once; true when there are any now. */
bool types_more(struct types *types);
/* Among the sources that are there; a definition in any of them is preferred. */
must_check struct error *types_find_loaded(struct types *types, enum type_kind kind,
					   const char *name, const struct type **ret);

/* ---- builtin.c ---- */
/* C's own type of that name, as gcc spells it ("long unsigned int"). */
must_check struct error *builtin_find(struct types *types, const char *name,
				      const struct type **ret);
must_check struct error *builtin_void(struct types *types, const struct type **ret);

#endif
