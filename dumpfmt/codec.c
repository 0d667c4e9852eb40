// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zlib (RFC 1950), LZO1X, snappy (framing-less) and Zstandard (RFC 8878) pages, expanded by the
 * libraries that are made for each. A page is a stream of its own.
 */
#include "dumpfmt/codec.h"

#include <libdeflate.h>
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <zstd.h>

static bool expand_zlib(struct codec_state *state, const void *data, size_t size, void *page,
			size_t page_size)
{
	if (!state->deflate)
		state->deflate = libdeflate_alloc_decompressor();
	return state->deflate && libdeflate_zlib_decompress(state->deflate, data, size, page,
							    page_size, NULL) == LIBDEFLATE_SUCCESS;
}

static bool expand_lzo(struct codec_state *state, const void *data, size_t size, void *page,
		       size_t page_size)
{
	lzo_uint expanded = page_size;

	if (!state->lzo)
		state->lzo = lzo_init() == LZO_E_OK;
	return state->lzo && lzo1x_decompress_safe(data, size, page, &expanded, NULL) == LZO_E_OK &&
	       expanded == page_size;
}

static bool expand_snappy(struct codec_state *state, const void *data, size_t size, void *page,
			  size_t page_size)
{
	size_t expanded;

	return snappy_uncompressed_length(data, size, &expanded) == SNAPPY_OK &&
	       expanded == page_size &&
	       snappy_uncompress(data, size, page, &expanded) == SNAPPY_OK && expanded == page_size;
}

static bool expand_zstd(struct codec_state *state, const void *data, size_t size, void *page,
			size_t page_size)
{
	if (!state->zstd)
		state->zstd = ZSTD_createDCtx();
	return state->zstd &&
	       ZSTD_decompressDCtx(state->zstd, page, page_size, data, size) == page_size;
}

static const struct codec codecs[] = {
	{ "zlib", 0x01, expand_zlib },
	{ "lzo", 0x02, expand_lzo },
	{ "snappy", 0x04, expand_snappy },
	{ "zstd", 0x20, expand_zstd },
};

const struct codec *codec_find(uint32_t flag)
{
	for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
		if (codecs[i].flag == flag)
			return &codecs[i];
	}
	return NULL;
}

void codec_state_deinit(struct codec_state *state)
{
	if (state->deflate)
		libdeflate_free_decompressor(state->deflate);
	if (state->zstd)
		ZSTD_freeDCtx(state->zstd);
	*state = (struct codec_state){ 0 };
}
