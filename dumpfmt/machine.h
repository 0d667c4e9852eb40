/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DUMPFMT_MACHINE_H
#define DUMPFMT_MACHINE_H

#include <stdint.h>

/* EM_* of a machine that calls itself @name (NULL: nothing); EM_NONE when it is not known. */
uint16_t machine_number(const char *name);

#endif
