// SPDX-License-Identifier: GPL-2.0-or-later
#include "validate/text_compare.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/interrupt.h"
#include "validate/reach.h"

#include <string.h>

#define CHUNK	  65536
#define MAX_IMAGE ((uint64_t)1 << 30)
#define PAGE	  4096
#define NEAR	  16		      /* differences that are nearer to each other are one */
#define SLACK	  ((uint64_t)1 << 24) /* code may point before or behind what it means */
#define MAX_INDEX ((uint64_t)1 << 24) /* the per-CPU area, where it is linked at 0 */

/* ---- what is found ---- */

static void add_bytes(struct text *t, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text_addf(t, "%s%02x", i ? " " : "", bytes[i]);
}

static void tell(struct text_comparison *c)
{
	struct text_difference *d = &c->difference;
	uint64_t at = d->first + c->offset;
	auto_text where = { 0 }, was = { 0 }, is = { 0 };

	if (!d->bytes)
		return;
	if (!image_symbolise(c->image, at, &where))
		text_addf(&where, "%#llx", (unsigned long long)at);
	add_bytes(&was, d->was, d->shown);
	add_bytes(&is, d->is, d->shown);
	validation_find(c->v, FINDING_FAULT, CAUSE_CORRUPT,
			place_virtual(at, d->last - d->first + 1),
			"%s: %llu byte%s differ%s from %s: %s is %s", text_string(&where),
			(unsigned long long)d->bytes, d->bytes == 1 ? "" : "s",
			d->bytes == 1 ? "s" : "", c->with, text_string(&was), text_string(&is));
	d->bytes = 0;
}

static bool same_symbol(struct text_comparison *c, uint64_t a, uint64_t b)
{
	struct symbol symbol;

	return !error_dropped(
		       symbols_by_address(image_symbols(c->image), a + c->offset, &symbol)) &&
	       b + c->offset - symbol.address < symbol.size;
}

/* The byte at @address, @is, with @left ones of its chunk, differs. */
static void differ(struct text_comparison *c, uint64_t address, const uint8_t *was,
		   const uint8_t *is, size_t left)
{
	struct text_difference *d = &c->difference;

	if (d->bytes && address - d->last > NEAR && !same_symbol(c, d->first, address))
		tell(c);
	if (!d->bytes) {
		d->first = address;
		d->shown = min(left, (size_t)SHOWN);
		memcpy(d->was, was, d->shown);
		memcpy(d->is, is, d->shown);
	}
	d->last = address;
	d->bytes++;
}

/* ---- what KASLR moves ---- */

/* An address of the image, in 32 bits, virtual or physical. */
static bool in_image(const struct text_comparison *c, uint32_t value)
{
	uint64_t low = c->moved.start - SLACK, size = c->moved.end - c->moved.start + 2 * SLACK;
	uint64_t base = image_arch(c->image)->image_low;

	return sign_extend(value, 32) - low < size || base + value - low < size;
}

/*
 * Are the 32 bits, which lie at @address as linked, what KASLR makes of them? An address of the
 * image is moved with it. The way from code to a per-CPU variable gets longer, for that is linked
 * at 0, and stays there (up to v6.14: 9d7de2aa8b41).
 */
static bool is_moved(const struct text_comparison *c, uint64_t address, uint32_t was, uint32_t is)
{
	uint32_t by = (uint32_t)c->offset;

	if (!by)
		return false;
	return (is == was + by && in_image(c, was)) ||
	       (is == was - by && address + sign_extend(was, 32) + 16 < MAX_INDEX);
}

/*
 * The bytes, from the one at @at on, that a relocation explains; 0: none. It is moved by a multiple
 * of 2 MiB (CONFIG_PHYSICAL_ALIGN) as a rule: its third or fourth byte is the first to differ.
 */
static size_t moved(const struct text_comparison *c, uint64_t address, const uint8_t *was,
		    const uint8_t *is, size_t at, size_t size)
{
	static const size_t back[] = { 2, 3, 1, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(back); i++) {
		size_t from = at - back[i];

		if (back[i] <= at && size - from >= 4 &&
		    is_moved(c, address + from, (uint32_t)load_number(was + from, 4, false),
			     (uint32_t)load_number(is + from, 4, false)))
			return 4 - back[i];
	}
	return 0;
}

/* ---- comparing ---- */

static void compare_bytes(struct text_comparison *c, uint64_t address, const uint8_t *was,
			  const uint8_t *is, size_t size)
{
	size_t at = 0, by;

	while (at < size) {
		if (size - at >= 8 && !memcmp(was + at, is + at, 8)) {
			at += 8;
		} else if (was[at] == is[at] || text_patches_has(&c->patches, address + at)) {
			at++;
		} else if ((by = moved(c, address, was, is, at, size))) {
			at += by;
		} else {
			differ(c, address + at, was + at, is + at, size - at);
			at++;
		}
	}
}

static struct error *read_failed(struct text_comparison *c, uint64_t address, size_t size,
				 struct error *err)
{
	if (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM)
		return err;
	if (!c->unread)
		c->first_unread = address + c->offset;
	c->unread += size;
	c->why_unread = err->code;
	error_free(err);
	return NULL;
}

/* What the dump does not have is taken as it was: there is nothing to tell of it. */
static struct error *read_piece(struct text_comparison *c, uint64_t address, const uint8_t *was,
				uint8_t *is, size_t size)
{
	struct error *err = memory_read(image_memory(c->image), address + c->offset, is, size);
	size_t part;

	if (!err) {
		validation_looked_at(c->v, size);
		return NULL;
	}
	if (size <= PAGE) {
		memcpy(is, was, size);
		return read_failed(c, address, size, err);
	}
	error_free(err);
	for (size_t at = 0; at < size; at += part) {
		part = min(size - at, PAGE - (address + at) % PAGE);
		TRY(read_piece(c, address + at, was + at, is + at, part));
	}
	return NULL;
}

struct error *text_compare_section(struct text_comparison *c, const struct debug_section *s)
{
	auto_free uint8_t *is = NULL;
	size_t size;

	TRY(alloc_array(s->size, 1, MAX_IMAGE, s->name, &is));
	for (uint64_t at = 0; at < s->size; at += size) {
		size = min(s->size - at, CHUNK - (s->address + at) % CHUNK);
		TRY(interrupt_check());
		TRY(read_piece(c, s->address + at, s->data + at, is + at, size));
	}
	compare_bytes(c, s->address, s->data, is, s->size);
	tell(c);
	return NULL;
}

void text_compare_end(struct text_comparison *c, const char *whose)
{
	if (c->unread)
		validation_find(c->v, FINDING_NOTE,
				c->why_unread == ERROR_EXCLUDED ? CAUSE_EXCLUDED : CAUSE_ABSENT,
				place_virtual(c->first_unread, 0),
				"%llu KiB of %s text and constants could not be compared: the dump "
				"does not have them",
				(unsigned long long)(c->unread + 1023) / 1024, whose);
	text_patches_deinit(&c->patches);
}
