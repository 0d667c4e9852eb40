// SPDX-License-Identifier: GPL-2.0-or-later
/* In place of commands/mkinitrd.c: the self-test brings its initramfs. */
#include "commands/mkinitrd.h"

struct error *capture_initrd_make(const char *config, const char *release, char **ret)
{
	return error_create(ERROR_UNSUPPORTED, "--capture is not for the self-test's guest");
}
