/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running machine's own kernel image and initramfs, where distributions keep them. */
#ifndef KEXEC_DEFAULTS_H
#define KEXEC_DEFAULTS_H

#include "kexec/host.h"

/*
 * The image of @release: in /boot or with its modules, or what BOOT_IMAGE= on @command_line (NULL:
 * unknown) names. Owned by the caller (free). NOT_FOUND tells where it was looked for.
 */
must_check struct error *defaults_kernel(struct host *host, const char *release,
					 const char *command_line, char **ret);
/* The initramfs of @release; with @crash one made for kdump first. NOT_FOUND as above. */
must_check struct error *defaults_initrd(struct host *host, const char *release, bool crash,
					 char **ret);

#endif
