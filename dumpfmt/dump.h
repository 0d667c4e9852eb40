/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a format implements, and what dump.c gives it. A format is one file that defines one
 * `const struct dump_ops dump_format_NAME` and has one line in formats.def.
 */
#ifndef DUMPFMT_DUMP_H
#define DUMPFMT_DUMP_H

#include "base/arena.h"
#include "dumpfmt/notes.h"
#include "dumpfmt/source.h"
#include "kxdump.h"

/* @size bytes that stand at @offset of the payload; unused entries have @size 0. */
struct dump_magic {
	const char *bytes;
	uint8_t size;
	uint16_t offset;
};

#define DUMP_MAGIC_END 4096 /* magics lie within so many bytes */

/* For dump_ops.header: one field a call, rendered. */
struct dump_fields {
	void (*emit)(void *context, const char *name, const char *value);
	void *context;
};
void dump_field(const struct dump_fields *fields, const char *name, const char *fmt, ...)
	printf_like(3, 4);

struct dump_ops {
	const char *name;
	struct dump_magic magic[4];
	/*
	 * Sets up @dump->format and @dump->info from @dump->sources. NOT_MINE lets the formats
	 * after this one try. close() runs also after an open() that failed.
	 */
	struct error *(*open)(struct kxdump *dump);
	void (*close)(struct kxdump *dump);
	/* As the kxdump_ function of that name; @size is not 0 and does not pass the end of 2^64.
	 */
	struct error *(*read)(struct kxdump *dump, uint64_t phys, void *buf, size_t size);
	enum kxdump_page (*page_state)(struct kxdump *dump, uint64_t phys);
	bool (*next_present)(struct kxdump *dump, uint64_t phys, uint64_t *start, uint64_t *size);
	/* Optional: bytes from @phys on, which is present, that are a hole in the file. */
	uint64_t (*hole)(struct kxdump *dump, uint64_t phys);
	size_t (*nr_regions)(struct kxdump *dump);
	struct error *(*region)(struct kxdump *dump, size_t i, struct kxdump_region *ret);
	struct error *(*totals)(struct kxdump *dump, struct kxdump_totals *ret);
	void (*header)(struct kxdump *dump, const struct dump_fields *fields);
	/*
	 * Bits of the @count pages from @pfn on, both multiples of 8, least significant first, into
	 * zeroed bytes: is the page memory; was it dumped (PRESENT or LOST).
	 */
	struct error *(*bits)(struct kxdump *dump, uint64_t pfn, uint64_t count, uint8_t *described,
			      uint8_t *dumped);
	/* Sets up @share->format over @share->sources, which are shares of @dump's. */
	struct error *(*share)(struct kxdump *dump, struct kxdump *share);
	/* Optional: a container that knows virtual addresses. */
	struct error *(*virt_to_phys)(struct kxdump *dump, uint64_t virt, uint64_t *ret);
	struct error *(*read_virt)(struct kxdump *dump, uint64_t virt, void *buf, size_t size);
};

struct kxdump {
	const struct dump_ops *ops;
	void *format; /* the format's own */
	struct source **sources;
	size_t nr_sources;
	struct kxdump_info info;
	struct notes notes;
	const char *vmcoreinfo;
	size_t vmcoreinfo_size;
	const void *eraseinfo;
	size_t eraseinfo_size;
	bool shared;	    /* another one's: the notes, the strings */
	struct arena arena; /* strings of @info, of the notes and the like */
};

/* The source of @share that stands for @source, one of @dump's. */
struct source *dump_shared_source(const struct kxdump *dump, const struct kxdump *share,
				  const struct source *source);
/* Sets bits @from up to @to. */
void dump_set_bits(uint8_t *bits, uint64_t from, uint64_t to);
/* One more reason, in words, why the dump is not whole. */
must_check struct error *dump_partial(struct kxdump *dump, const char *fmt, ...) printf_like(2, 3);
/* @size bytes of text at @text, up to the first NUL, as a string of the dump's; NULL if empty. */
must_check struct error *dump_string(struct kxdump *dump, const void *text, size_t size,
				     const char **ret);
/* Sets the address that @err is about. NULL stays NULL. */
must_check struct error *dump_error_at(struct error *err, uint64_t address);

#endif
