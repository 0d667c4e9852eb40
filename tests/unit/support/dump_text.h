/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Assembles dump files from text that can be read and reviewed, and knows what must be read back.
 *
 * The text has one setting a line; a line that begins with '#' is a comment. A later line overrides
 * an earlier one, so that a test can append variations to a fixture. Numbers are decimal or 0x…;
 *RANGE is A or A-B, pfns, B included.
 *
 *	format elf|kdump		bits 64|32		endian little|big
 *	page 4096			also KDUMP's block_size
 *	note NAME TYPE SIZE		its data is 0, 1, 2…
 *	vmcoreinfo LINE			one line of it; the note is made of all of them
 *	patch OFFSET BYTE…		hexadecimal, over the finished file (of every one of a set)
 *	insert_zeros SIZE		before the end of the notes: the padding of the kernel
 *	flattened [shuffled] [overlapping] [endless]
 *
 * KDUMP:
 *	signature KDUMP|DISKDUMP	version N		padded (32-bit fields)
 *	codec raw|zlib|lzo|snappy|zstd	level N			uts FIELD TEXT
 *	time SECONDS			cpus N			phys_base N
 *	max_pfn N			single_bitmap		incomplete
 *	ram RANGE…	exclude RANGE…	zero RANGE…		noise RANGE… (incompressible)
 *	lost RANGE…	reversed (data in descending order)	codec_of CODEC RANGE…
 *	no_notes	(VMCOREINFO by the sub-header alone)
 *	split START END			one file of a set, a line each
 *
 * ELF:
 *	machine N	type N		flags N			ehsize N
 *	xnum		sections_first (as QEMU does)		note_segments N
 *	load KEY=N…	a PT_LOAD: phys, virt, size, filesz (size when not given), skew (bytes to
 *			leave before its data), seed (other contents), nophys=1 (p_paddr -1)
 */
#ifndef TESTS_DUMP_TEXT_H
#define TESTS_DUMP_TEXT_H

#include "kxdump.h"

#include <stddef.h>

#define DUMP_TEXT_FILES 8
#define DUMP_TEXT_LOADS 64
#define DUMP_TEXT_PAGES 4096
#define DUMP_TEXT_NOTES 8

struct text_bytes {
	uint8_t *data;
	size_t size, room;
};

struct text_load {
	uint64_t phys, virt, size, filesz, skew, seed;
	bool nophys, has_filesz;
};

struct text_page {
	bool exists, excluded, zero, noise, lost;
	const char *codec; /* NULL: the dump's */
};

struct text_note {
	char name[32];
	uint32_t type;
	size_t size;
};

/* A fixture: its settings, its files, what it must read as. */
struct dump_text {
	bool kdump, bits_64, big_endian, padded, single_bitmap, incomplete, diskdump, no_notes;
	bool reversed, xnum, sections_first;
	bool flattened, shuffled, overlapping, endless;
	unsigned int page, version, level, cpus, machine, type, flags, ehsize, note_segments;
	size_t padding;
	uint64_t time, max_pfn, phys_base;
	char codec[16], uts[6][65];
	struct text_page pages[DUMP_TEXT_PAGES];
	struct text_load loads[DUMP_TEXT_LOADS];
	struct text_note notes[DUMP_TEXT_NOTES];
	struct {
		uint64_t start, end;
	} splits[DUMP_TEXT_FILES];
	size_t nr_loads, nr_notes, nr_splits;
	char vmcoreinfo[1024], patches[1024];
	/* the files, in memory and as paths that can be opened */
	size_t nr_files;
	struct text_bytes files[DUMP_TEXT_FILES];
	int fds[DUMP_TEXT_FILES];
	char paths[DUMP_TEXT_FILES][40];
};

/* Assembles tests/fixtures/dumps/@name, with @more lines (or NULL) behind it. Fails the test. */
struct dump_text *dump_text_load(const char *name, const char *more);
/* Assembles @text itself. */
struct dump_text *dump_text_make(const char *text, const char *more);
void dump_text_free(struct dump_text *text);
/* Makes file @i what @bytes are: for a test that damages them. */
void dump_text_write(struct dump_text *text, size_t i, const void *bytes, size_t size);
/* Changes @size bytes at @at of file @i's finished bytes, in memory and in the file. */
void dump_text_change(struct dump_text *text, size_t i, size_t at, const void *bytes, size_t size);
/* Cuts file @i to @size bytes, no more than it has at the moment. */
void dump_text_cut(struct dump_text *text, size_t i, size_t size);
/* A path to a file in memory of these bytes; @fd is the caller's to close. */
void dump_text_memory(const void *bytes, size_t size, int *fd, char path[40]);
/* Opens all files. */
struct error *dump_text_open(const struct dump_text *text, struct kxdump **ret);

/* What must be at physical address @phys: its state, and the byte in *@byte when it is there. */
enum kxdump_page dump_text_expect(const struct dump_text *text, uint64_t phys, uint8_t *byte);
/* One above the last physical address. */
uint64_t dump_text_end(const struct dump_text *text);
/*
 * Reads all of @dump, page by page, in runs, and across borders, and compares. With @damaged what
 * cannot be read may be so, but nothing else than the truth may be read.
 */
void dump_text_compare(const struct dump_text *text, struct kxdump *dump, bool damaged);
/* Asks @dump everything it can be asked; for input that may be anything. */
void dump_text_exercise(struct kxdump *dump);

/* Between the assembler's files. */
void text_append(struct text_bytes *to, const void *data, size_t size);
void text_append_zeros(struct text_bytes *to, size_t size);
void text_append_number(struct text_bytes *to, uint64_t value, size_t size, bool big_endian);
void text_align(struct text_bytes *to, size_t alignment);
void text_store(struct text_bytes *to, size_t at, uint64_t value, size_t size, bool big_endian);
void text_append_notes(struct text_bytes *to, const struct dump_text *text, size_t first,
		       size_t count, bool vmcoreinfo);
void text_page_bytes(const struct dump_text *text, uint64_t pfn, uint8_t *page);
uint8_t text_load_byte(const struct text_load *load, uint64_t phys);
void text_write_elf(const struct dump_text *text, struct text_bytes *to);
void text_write_kdump(const struct dump_text *text, size_t file, struct text_bytes *to);
void text_flatten(const struct dump_text *text, struct text_bytes *bytes);

#endif
