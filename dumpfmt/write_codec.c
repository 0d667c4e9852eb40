// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zlib (RFC 1950), LZO1X, snappy and Zstandard (RFC 8878), each by the library that is made for it.
 * A page is a stream of its own, so the contexts are kept and no output depends on what came
 * before.
 */
#include "dumpfmt/write_codec.h"

#include <libdeflate.h>
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

static bool open_none(struct compressor *c)
{
	return true;
}

static void close_none(struct compressor *c)
{
}

static bool open_zlib(struct compressor *c)
{
	c->state = libdeflate_alloc_compressor(c->level);
	return c->state;
}

static void close_zlib(struct compressor *c)
{
	libdeflate_free_compressor(c->state);
}

static size_t zlib(struct compressor *c, const void *page, size_t size, void *out)
{
	return libdeflate_zlib_compress(c->state, page, size, out, write_codec_room(size));
}

static bool open_lzo(struct compressor *c)
{
	c->state = lzo_init() == LZO_E_OK ? malloc(LZO1X_1_MEM_COMPRESS) : NULL;
	return c->state;
}

static void close_lzo(struct compressor *c)
{
	free(c->state);
}

static size_t lzo(struct compressor *c, const void *page, size_t size, void *out)
{
	lzo_uint n = 0;

	return lzo1x_1_compress(page, size, out, &n, c->state) == LZO_E_OK ? n : 0;
}

static size_t snappy(struct compressor *c, const void *page, size_t size, void *out)
{
	size_t n = write_codec_room(size);

	return snappy_compress(page, size, out, &n) == SNAPPY_OK ? n : 0;
}

static bool open_zstd(struct compressor *c)
{
	c->state = ZSTD_createCCtx();
	return c->state;
}

static void close_zstd(struct compressor *c)
{
	ZSTD_freeCCtx(c->state);
}

static size_t zstd(struct compressor *c, const void *page, size_t size, void *out)
{
	size_t n = ZSTD_compressCCtx(c->state, out, write_codec_room(size), page, size, c->level);

	return ZSTD_isError(n) ? 0 : n;
}

static const struct write_codec codecs[] = {
	{ .name = "raw", .open = open_none, .close = close_none },
	{ "zlib", 0x01, 1, 12, 2, open_zlib, close_zlib, zlib },
	{ "lzo", 0x02, 0, 0, 0, open_lzo, close_lzo, lzo },
	{ "snappy", 0x04, 0, 0, 0, open_none, close_none, snappy },
	{ "zstd", 0x20, 1, 22, 1, open_zstd, close_zstd, zstd },
};

const struct write_codec *write_codec_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
		if (!strcmp(codecs[i].name, name))
			return &codecs[i];
	}
	return NULL;
}

const char *write_codec_names(void)
{
	return "raw, zlib, lzo, snappy or zstd";
}
