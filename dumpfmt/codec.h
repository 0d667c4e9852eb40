/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The codecs of compressed pages. */
#ifndef DUMPFMT_CODEC_H
#define DUMPFMT_CODEC_H

#include "base/error.h"

/* Contexts that the libraries want, made when they are first needed. A zeroed one is ready. */
struct codec_state {
	struct libdeflate_decompressor *deflate;
	struct ZSTD_DCtx_s *zstd;
	bool lzo;
};

struct codec {
	const char *name;
	uint32_t flag; /* of a page, and of the header's status, in the KDUMP format */
	/* True when the @size bytes at @data expand to exactly @page_size ones, put at @page. */
	bool (*expand)(struct codec_state *state, const void *data, size_t size, void *page,
		       size_t page_size);
};

#define CODEC_FLAGS 0x27u /* all of them */

/* The codec of exactly this flag, or NULL. */
const struct codec *codec_find(uint32_t flag);
void codec_state_deinit(struct codec_state *state);

#endif
