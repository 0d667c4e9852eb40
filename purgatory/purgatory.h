/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The blob, for those who load it. */
#ifndef PURGATORY_H
#define PURGATORY_H

#include "purgatory_abi.h"

/* Empty where the target is not x86-64. */
extern const uint8_t purgatory_blob[], purgatory_blob_end[];

#endif
