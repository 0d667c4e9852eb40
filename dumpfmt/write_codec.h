/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The codecs of codec.h the other way round: pages are compressed. */
#ifndef DUMPFMT_WRITE_CODEC_H
#define DUMPFMT_WRITE_CODEC_H

#include "base/error.h"

struct compressor {
	int level;
	void *state; /* the library's; one thread's */
};

struct write_codec {
	const char *name;
	uint32_t flag;		   /* as in struct codec; 0: pages stay as they are */
	int least, most, standard; /* levels; all 0: it has none */
	bool (*open)(struct compressor *c);
	void (*close)(struct compressor *c);
	/* Bytes of the @size ones at @page in @out, which has write_codec_room(); 0 if it failed.
	 */
	size_t (*compress)(struct compressor *c, const void *page, size_t size, void *out);
};

/* "raw", "zlib", "lzo", "snappy", "zstd"; NULL: none is called so. */
const struct write_codec *write_codec_find(const char *name);
/* The names, for messages: "raw, zlib, …". */
const char *write_codec_names(void);
/* What any of them may need for @size bytes that do not compress. */
static inline size_t write_codec_room(size_t size)
{
	return size + size / 4 + 256;
}

#endif
