// SPDX-License-Identifier: GPL-2.0-or-later
/* libdebuginfod: debug files over the network. */
#ifdef HAVE_DEBUGINFOD
#include "late/late.h"

#include <elfutils/debuginfod.h>
#include <errno.h>
#include <stddef.h>

static struct late_library library = { .soname = DEBUGINFOD_SONAME };

LATE(library, debuginfod_client *, debuginfod_begin, (void), (), NULL)
LATE_VOID(library, debuginfod_end, (debuginfod_client * client), (client))
LATE_VOID(library, debuginfod_set_progressfn,
	  (debuginfod_client * client, debuginfod_progressfn_t fn), (client, fn))
LATE(library, int, debuginfod_find_debuginfo,
     (debuginfod_client * client, const unsigned char *build_id, int len, char **path),
     (client, build_id, len, path), -ENOSYS)
#else
typedef int late_has_no_debuginfod; /* a file is not empty in C */
#endif
