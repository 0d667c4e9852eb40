/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A JSON document in a file: read whole, replaced at once. For state.c. */
#ifndef KEXEC_STATE_FILE_H
#define KEXEC_STATE_FILE_H

#include "base/error.h"

#include <jansson.h>

/* NOT_FOUND: no such file. BAD_DATA: no JSON object. The document is the caller's. */
must_check struct error *state_file_read(const char *folder, const char *name, json_t **ret);
/*
 * Makes the folder, writes a new file beside the old one, brings it to the disk, and puts it in
 * the old one's place: a crash leaves the old or the new one. Takes over @document; NULL means that
 * memory was short when it was made.
 */
must_check struct error *state_file_write(const char *folder, const char *name, json_t *document);

#endif
