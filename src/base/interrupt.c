// SPDX-License-Identifier: GPL-2.0-or-later
/* The flag that Ctrl-C sets. */
#include "base/interrupt.h"

volatile sig_atomic_t interrupt_pending;
