// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads fixture text, has it assembled, and compares a dump with what the text says. */
#include "support/dump_text.h"

#include "support/data.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const uts_fields[] = { "sysname", "nodename", "release",
					  "version", "machine",	 "domainname" };

static uint64_t number(const char *word)
{
	char *end;
	uint64_t value;

	assert_non_null(word);
	value = strtoull(word, &end, 0);
	if (*end)
		fail_msg("not a number in a dump text: %s", word);
	return value;
}

static char *word(char **rest)
{
	return strtok_r(NULL, " \t", rest);
}

/* Calls @set for each page of the ranges in @rest. */
static void each_page(struct dump_text *text, char **rest,
		      void (*set)(struct text_page *page, const char *codec), const char *codec)
{
	char *range;

	while ((range = word(rest))) {
		char *dash = strchr(range, '-');
		uint64_t first, last;

		if (dash)
			*dash++ = 0;
		first = number(range);
		last = dash ? number(dash) : first;
		assert_true(last < DUMP_TEXT_PAGES);
		for (; first <= last; first++)
			set(&text->pages[first], codec);
	}
}

static void set_exists(struct text_page *page, const char *codec)
{
	page->exists = true;
}

static void set_excluded(struct text_page *page, const char *codec)
{
	page->excluded = true;
}

static void set_zero(struct text_page *page, const char *codec)
{
	page->zero = true;
}

static void set_noise(struct text_page *page, const char *codec)
{
	page->noise = true;
}

static void set_lost(struct text_page *page, const char *codec)
{
	page->lost = true;
}

static void set_codec(struct text_page *page, const char *codec)
{
	page->codec = codec;
}

static void parse_load(struct dump_text *text, char **rest)
{
	struct text_load load = { 0 };
	char *pair;

	while ((pair = word(rest))) {
		char *value = strchr(pair, '=');

		assert_non_null(value);
		*value++ = 0;
		if (!strcmp(pair, "phys"))
			load.phys = number(value);
		else if (!strcmp(pair, "virt"))
			load.virt = number(value);
		else if (!strcmp(pair, "size"))
			load.size = number(value);
		else if (!strcmp(pair, "filesz"))
			load.filesz = number(value), load.has_filesz = true;
		else if (!strcmp(pair, "skew"))
			load.skew = number(value);
		else if (!strcmp(pair, "seed"))
			load.seed = number(value);
		else if (!strcmp(pair, "nophys"))
			load.nophys = number(value);
		else
			fail_msg("unknown in a load line: %s", pair);
	}
	if (!load.has_filesz)
		load.filesz = load.size;
	assert_true(text->nr_loads < DUMP_TEXT_LOADS);
	text->loads[text->nr_loads++] = load;
}

static void parse_note(struct dump_text *text, char **rest)
{
	struct text_note *note = &text->notes[text->nr_notes];

	assert_true(text->nr_notes++ < DUMP_TEXT_NOTES);
	snprintf(note->name, sizeof(note->name), "%s", word(rest));
	note->type = (uint32_t)number(word(rest));
	note->size = number(word(rest));
}

static void parse_uts(struct dump_text *text, char **rest)
{
	const char *field = word(rest);

	for (size_t i = 0; i < ARRAY_SIZE(uts_fields); i++) {
		if (!strcmp(field, uts_fields[i])) {
			snprintf(text->uts[i], sizeof(text->uts[i]), "%s", *rest);
			return;
		}
	}
	fail_msg("unknown uts field: %s", field);
}

static void parse_flattened(struct dump_text *text, char **rest)
{
	char *how;

	text->flattened = true;
	while ((how = word(rest))) {
		text->shuffled |= !strcmp(how, "shuffled");
		text->overlapping |= !strcmp(how, "overlapping");
		text->endless |= !strcmp(how, "endless");
	}
}

static const char *codec_name(const char *name)
{
	static const char *const names[] = { "raw", "zlib", "lzo", "snappy", "zstd" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(names[i], name))
			return names[i];
	}
	fail_msg("unknown codec: %s", name);
	return NULL;
}

static const struct setting {
	const char *name;
	size_t offset;
	uint8_t size; /* of a number; 1: a bool that the word alone sets */
} settings[] = {
#define BOOL(name)                                                                                 \
	{                                                                                          \
#name, offsetof(struct dump_text, name), 1                                         \
	}
#define NUMBER(name)                                                                               \
	{                                                                                          \
#name, offsetof(struct dump_text, name), sizeof(((struct dump_text *)0)->name)     \
	}
	BOOL(padded),	 BOOL(single_bitmap), BOOL(incomplete),	    BOOL(no_notes),
	BOOL(reversed),	 BOOL(xnum),	      BOOL(sections_first), NUMBER(page),
	NUMBER(version), NUMBER(level),	      NUMBER(cpus),	    NUMBER(machine),
	NUMBER(type),	 NUMBER(flags),	      NUMBER(ehsize),	    NUMBER(note_segments),
	NUMBER(time),	 NUMBER(max_pfn),     NUMBER(phys_base),
};

static bool parse_setting(struct dump_text *text, const char *name, char **rest)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		void *field = (char *)text + settings[i].offset;

		if (strcmp(settings[i].name, name) != 0)
			continue;
		if (settings[i].size == 1)
			*(bool *)field = true;
		else if (settings[i].size == 4)
			*(uint32_t *)field = (uint32_t)number(word(rest));
		else
			*(uint64_t *)field = number(word(rest));
		return true;
	}
	return false;
}

static void parse_line(struct dump_text *text, char *line)
{
	char *rest, *name = strtok_r(line, " \t", &rest);
	size_t used;

	if (!name || parse_setting(text, name, &rest))
		return;
	if (!strcmp(name, "format")) {
		text->kdump = !strcmp(word(&rest), "kdump");
	} else if (!strcmp(name, "bits")) {
		text->bits_64 = number(word(&rest)) == 64;
	} else if (!strcmp(name, "endian")) {
		text->big_endian = !strcmp(word(&rest), "big");
	} else if (!strcmp(name, "signature")) {
		text->diskdump = !strcmp(word(&rest), "DISKDUMP");
	} else if (!strcmp(name, "codec")) {
		snprintf(text->codec, sizeof(text->codec), "%s", codec_name(word(&rest)));
	} else if (!strcmp(name, "insert_zeros")) {
		text->padding = number(word(&rest));
	} else if (!strcmp(name, "uts")) {
		parse_uts(text, &rest);
	} else if (!strcmp(name, "ram")) {
		each_page(text, &rest, set_exists, NULL);
	} else if (!strcmp(name, "exclude")) {
		each_page(text, &rest, set_excluded, NULL);
	} else if (!strcmp(name, "zero")) {
		each_page(text, &rest, set_zero, NULL);
	} else if (!strcmp(name, "noise")) {
		each_page(text, &rest, set_noise, NULL);
	} else if (!strcmp(name, "lost")) {
		each_page(text, &rest, set_lost, NULL);
	} else if (!strcmp(name, "codec_of")) {
		const char *codec = codec_name(word(&rest));

		each_page(text, &rest, set_codec, codec);
	} else if (!strcmp(name, "split")) {
		assert_true(text->nr_splits < DUMP_TEXT_FILES);
		text->splits[text->nr_splits].start = number(word(&rest));
		text->splits[text->nr_splits++].end = number(word(&rest));
	} else if (!strcmp(name, "load")) {
		parse_load(text, &rest);
	} else if (!strcmp(name, "note")) {
		parse_note(text, &rest);
	} else if (!strcmp(name, "flattened")) {
		parse_flattened(text, &rest);
	} else if (!strcmp(name, "vmcoreinfo")) {
		used = strlen(text->vmcoreinfo);
		snprintf(text->vmcoreinfo + used, sizeof(text->vmcoreinfo) - used, "%s\n", rest);
	} else if (!strcmp(name, "patch")) {
		used = strlen(text->patches);
		snprintf(text->patches + used, sizeof(text->patches) - used, "%s\n", rest);
	} else {
		fail_msg("unknown in a dump text: %s", name);
	}
}

static void parse(struct dump_text *text, const char *lines)
{
	char *copy = strdup(lines), *rest, *line;

	assert_non_null(copy);
	for (line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (*line != '#')
			parse_line(text, line);
	}
	free(copy);
}

static void apply_patches(const struct dump_text *text, struct text_bytes *bytes)
{
	char *copy = strdup(text->patches), *rest, *line;

	assert_non_null(copy);
	for (line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *words, *next = strtok_r(line, " \t", &words);
		size_t at = number(next);

		while ((next = word(&words))) {
			assert_true(at < bytes->size);
			bytes->data[at++] = (uint8_t)strtoul(next, NULL, 16);
		}
	}
	free(copy);
}

static void derive(struct dump_text *text)
{
	uint64_t end = 0;

	for (size_t i = 0; i < DUMP_TEXT_PAGES; i++) {
		if (text->pages[i].exists)
			end = i + 1;
	}
	if (!text->max_pfn)
		text->max_pfn = end;
}

static void assemble(struct dump_text *text)
{
	text->nr_files = text->nr_splits ? text->nr_splits : 1;
	for (size_t i = 0; i < text->nr_files; i++) {
		struct text_bytes *bytes = &text->files[i];

		if (text->kdump)
			text_write_kdump(text, i, bytes);
		else
			text_write_elf(text, bytes);
		apply_patches(text, bytes);
		if (text->flattened)
			text_flatten(text, bytes);
		dump_text_memory(bytes->data, bytes->size, &text->fds[i], text->paths[i]);
	}
}

struct dump_text *dump_text_make(const char *lines, const char *more)
{
	struct dump_text *text = calloc(1, sizeof(*text));

	assert_non_null(text);
	text->bits_64 = true;
	text->page = 4096;
	text->version = 6;
	text->machine = 62;
	text->type = 4;
	text->note_segments = 1;
	snprintf(text->codec, sizeof(text->codec), "raw");
	parse(text, lines);
	if (more)
		parse(text, more);
	derive(text);
	assemble(text);
	return text;
}

struct dump_text *dump_text_load(const char *name, const char *more)
{
	char path[512], lines[16384];
	FILE *f;
	size_t size;

	snprintf(path, sizeof(path), "%s/fixtures/dumps/%s", TEST_SOURCE_DIR, name);
	f = fopen(path, "r");
	if (!f)
		fail_msg("%s cannot be read", path);
	size = fread(lines, 1, sizeof(lines) - 1, f);
	fclose(f);
	lines[size] = 0;
	return dump_text_make(lines, more);
}

void dump_text_free(struct dump_text *text)
{
	for (size_t i = 0; i < text->nr_files; i++) {
		close(text->fds[i]);
		free(text->files[i].data);
	}
	free(text);
}

void dump_text_memory(const void *bytes, size_t size, int *fd, char path[40])
{
	*fd = memfd_create("dump", MFD_CLOEXEC);
	assert_true(*fd >= 0);
	assert_int_equal(pwrite(*fd, bytes, size, 0), size);
	snprintf(path, 40, "/proc/self/fd/%d", *fd);
}

void dump_text_write(struct dump_text *text, size_t i, const void *bytes, size_t size)
{
	assert_int_equal(ftruncate(text->fds[i], (off_t)size), 0);
	assert_int_equal(pwrite(text->fds[i], bytes, size, 0), size);
}

void dump_text_change(struct dump_text *text, size_t i, size_t at, const void *bytes, size_t size)
{
	assert_true(at + size <= text->files[i].size);
	memcpy(text->files[i].data + at, bytes, size);
	assert_int_equal(pwrite(text->fds[i], bytes, size, (off_t)at), size);
}

void dump_text_cut(struct dump_text *text, size_t i, size_t size)
{
	assert_int_equal(ftruncate(text->fds[i], (off_t)size), 0);
}

struct error *dump_text_open(const struct dump_text *text, struct kxdump **ret)
{
	const char *paths[DUMP_TEXT_FILES];

	for (size_t i = 0; i < text->nr_files; i++)
		paths[i] = text->paths[i];
	return kxdump_open(paths, text->nr_files, ret);
}
