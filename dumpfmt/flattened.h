/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The payload of a flattened file: a dump that was written to a pipe, in pieces. */
#ifndef DUMPFMT_FLATTENED_H
#define DUMPFMT_FLATTENED_H

#include "dumpfmt/source.h"

/*
 * Makes @source, just opened, a flattened one when its file is; else leaves it alone. Damage among
 * the records ends the index there and is told by @source->damage.
 */
must_check struct error *flattened_open(struct source *source, bool index);
/* All @size bytes at @offset, which are within the payload's size. What was never written is 0. */
must_check struct error *flattened_read(struct source *source, uint64_t offset, void *buf,
					size_t size);
/* source_run() for a payload that is not whole: what no record holds is not there. */
uint64_t flattened_run(const struct source *source, uint64_t offset, uint64_t size, bool *there);

#endif
