// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/iomem, line by line: two blanks a level, "START-END : NAME" in hexadecimal digits.
 * A name is whatever a driver chose, to the end of the line.
 */
#include "kexec/iomem.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* Linux shows 5 or 8 levels (MAX_IORES_LEVEL). */
#define MAX_DEPTH 64

void iomem_deinit(struct iomem *iomem)
{
	free(iomem->entries);
	free(iomem->text);
	*iomem = (struct iomem){ 0 };
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* 1 … 16 digits, as the kernel prints them. */
static bool parse_address(const char **at, uint64_t *ret)
{
	unsigned int digits = 0;
	uint64_t value = 0;

	while (hex_digit(**at) >= 0) {
		if (++digits > 16)
			return false;
		value = value << 4 | (uint64_t)hex_digit(*(*at)++);
	}
	*ret = value;
	return digits > 0;
}

/* What is wrong with the line, or NULL. */
static const char *parse_line(const char *line, struct iomem_entry *ret)
{
	struct iomem_entry entry = { .parent = -1 };
	const char *at = line;

	at += strspn(at, " ");
	if ((at - line) % 2 || (at - line) / 2 >= MAX_DEPTH)
		return "indented by an odd or large number of blanks";
	entry.depth = (unsigned int)(at - line) / 2;
	if (!parse_address(&at, &entry.start) || *at++ != '-' || !parse_address(&at, &entry.end) ||
	    strncmp(at, " : ", 3))
		return "expected \"START-END : NAME\"";
	if (entry.start > entry.end)
		return "the range ends before it begins";
	entry.name = at + 3;
	*ret = entry;
	return NULL;
}

/* Finds the entry's parent; @last holds the last entry of each depth above it. */
static const char *nest(const struct iomem *iomem, const int last[MAX_DEPTH],
			struct iomem_entry *entry)
{
	if (!entry->depth)
		return NULL;
	/* The line before is at least as deep as the parent, or there is none. */
	if (!iomem->count || iomem->entries[iomem->count - 1].depth + 1 < entry->depth)
		return "nested below nothing";
	entry->parent = last[entry->depth - 1];
	return NULL;
}

static struct error *parse_lines(struct iomem *iomem)
{
	char *line = iomem->text, *next;
	int last[MAX_DEPTH];
	size_t room = 0;

	for (unsigned int number = 1; *line; line = next, number++) {
		struct iomem_entry entry;
		const char *wrong;

		next = strchrnul(line, '\n');
		if (*next)
			*next++ = 0;
		wrong = parse_line(line, &entry);
		if (!wrong)
			wrong = nest(iomem, last, &entry);
		if (wrong)
			return error_at(ERROR_BAD_DATA, number, "iomem: line %u: %s: \"%.80s\"",
					number, wrong, line);
		TRY(alloc_grow(&iomem->entries, &room, iomem->count + 1, sizeof(entry)));
		last[entry.depth] = (int)iomem->count;
		iomem->all_zero = (iomem->all_zero || !iomem->count) && !entry.start && !entry.end;
		iomem->entries[iomem->count++] = entry;
	}
	return NULL;
}

struct error *iomem_parse(const char *text, size_t size, struct iomem *ret)
{
	struct iomem iomem = { 0 };
	struct error *err;

	if (size > INT32_MAX || memchr(text, 0, size))
		return error_create(ERROR_BAD_DATA, "iomem: not a text");
	iomem.text = strndup(text, size);
	if (!iomem.text)
		return error_nomem();
	err = parse_lines(&iomem);
	if (err) {
		iomem_deinit(&iomem);
		return err;
	}
	*ret = iomem;
	return NULL;
}

struct error *iomem_ranges(const struct iomem *iomem, const char *name, struct ranges *ret)
{
	for (size_t i = 0; i < iomem->count; i++) {
		const struct iomem_entry *entry = &iomem->entries[i];

		if (!strcmp(entry->name, name))
			TRY(ranges_add(ret, entry->start, entry->end));
	}
	return NULL;
}

static bool is_ram(const char *name)
{
	static const char ram[] = "System RAM";
	size_t len = strlen(name);

	if (strncmp(name, ram, strlen(ram)))
		return false;
	name += strlen(ram);
	return !*name || (!strncmp(name, " (", 2) && name[strlen(name) - 1] == ')' && len > 13);
}

struct error *iomem_ram(const struct iomem *iomem, struct ranges *ret)
{
	for (size_t i = 0; i < iomem->count; i++) {
		const struct iomem_entry *entry = &iomem->entries[i];

		if (is_ram(entry->name))
			TRY(ranges_add(ret, entry->start, entry->end));
	}
	return NULL;
}

const struct iomem_entry *iomem_find(const struct iomem *iomem, const char *name)
{
	for (size_t i = 0; i < iomem->count; i++) {
		if (!strcmp(iomem->entries[i].name, name))
			return &iomem->entries[i];
	}
	return NULL;
}
