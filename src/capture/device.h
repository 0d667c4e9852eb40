/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block devices by their lasting names. */
#ifndef CAPTURE_DEVICE_H
#define CAPTURE_DEVICE_H

#include "base/error.h"

#include <stdbool.h>

/*
 * The path (free) of /dev/…, UUID=, LABEL=, PARTUUID=, PARTLABEL= or SERIAL=, once it is there: at
 * most @wait seconds. NOT_FOUND.
 */
must_check struct error *device_find(const char *device, unsigned int wait, char **ret);
/*
 * The device is not in use, and, but with @force, nothing is on it that would be missed: USAGE
 * names what is. A dump of ours, an empty device and swap space that is not in use are nothing.
 */
must_check struct error *device_check_free(const char *path, bool force);

#endif
