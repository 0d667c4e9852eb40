/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manual page, made from the commands' structs. */
#ifndef SHELL_MAN_H
#define SHELL_MAN_H

#include "base/options.h"
#include "base/text.h"

/* kx-crash(1) as roff. @options: the program's own. */
void man_page(const struct option_spec *options, struct text *ret);

#endif
