/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What spell.c and define.c share. */
#ifndef TYPES_SPELL_H
#define TYPES_SPELL_H

#include "types/types.h"

/* "struct foo", "long unsigned int", a typedef's name: the type without any declarator. */
void spell_specifier(const struct type *type, struct text *ret);

#endif
