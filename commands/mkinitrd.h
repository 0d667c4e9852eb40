/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capture initramfs, as `arm --capture` and the like want it. */
#ifndef COMMANDS_MKINITRD_H
#define COMMANDS_MKINITRD_H

#include "commands/program.h"

#include "base/text.h"

#define CAPTURE_INITRD_FOLDER "/var/lib/kx-crash"

/* Makes it anew for the kernel @release; its path is the caller's. */
must_check struct error *capture_initrd_make(const char *config, const char *release, char **ret);

#endif
