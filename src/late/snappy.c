// SPDX-License-Identifier: GPL-2.0-or-later
/* Snappy, which is written in C++ and brings its library. */
#include "late/late.h"

#include <snappy-c.h>

static struct late_library library = { .soname = SNAPPY_SONAME };

LATE(library, snappy_status, snappy_compress,
     (const char *input, size_t size, char *output, size_t *output_size),
     (input, size, output, output_size), SNAPPY_INVALID_INPUT)
LATE(library, snappy_status, snappy_uncompress,
     (const char *input, size_t size, char *output, size_t *output_size),
     (input, size, output, output_size), SNAPPY_INVALID_INPUT)
LATE(library, snappy_status, snappy_uncompressed_length,
     (const char *input, size_t size, size_t *result), (input, size, result), SNAPPY_INVALID_INPUT)
