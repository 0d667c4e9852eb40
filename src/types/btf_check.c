// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What BTF must be, beyond what reading it needs: names that are strings, references to what is
 * there and of the right kind, members within their struct. Documentation/bpf/btf.rst of Linux has
 * the rules; the kernel's own reader refuses BTF that breaks them.
 */
#include "types/btf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define MAX_DEPTH 64
#define MAX_SIZE  (1u << 28) /* of a struct; the largest of the kernel has some MB */
#define WILD	  UINT64_MAX /* the size of what has none */

struct checking {
	struct btf *btf;
	uint32_t local; /* the type that is checked */
	struct btf_record record;
	btf_tell tell;
	void *context;
};

static void tell(struct checking *c, const char *fmt, ...) printf_like(2, 3);
static void tell(struct checking *c, const char *fmt, ...)
{
	const char *name = btf_name(c->btf, c->record.name);
	char text[256];
	va_list ap;
	int n;

	n = snprintf(text, sizeof(text), "type %" PRIu32 " (kind %u%s%.64s) ",
		     c->btf->first_id + c->local, btf_record_kind(&c->record), name ? ", " : "",
		     name ? name : "");
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	c->tell(c->context, (uint64_t)(c->btf->types - c->btf->data) + c->btf->offsets[c->local],
		text);
}

/* ---- what is referred to ---- */

static bool find_record(const struct btf *btf, uint32_t id, const struct btf **owner,
			uint32_t *local, struct btf_record *ret)
{
	while (id && id < btf->first_id)
		btf = btf->distilled ? btf->distilled : btf->base;
	if (!id || id - btf->first_id >= btf->count)
		return false;
	*owner = btf;
	*local = id - btf->first_id;
	*ret = btf_record_at(btf, *local);
	return true;
}

/* The kind of type @id; 0: void, or none that is there. */
static unsigned int kind_of(const struct btf *btf, uint32_t id)
{
	struct btf_record r;
	uint32_t local;

	return find_record(btf, id, &btf, &local, &r) ? btf_record_kind(&r) : 0;
}

static bool is_there(const struct checking *c, uint32_t id)
{
	const struct btf *owner;
	struct btf_record r;
	uint32_t local;

	return find_record(c->btf, id, &owner, &local, &r);
}

static void check_reference(struct checking *c, uint32_t id, bool may_be_void, const char *what)
{
	if (id ? !is_there(c, id) : !may_be_void)
		tell(c, "refers to type %" PRIu32 "%s, which is not there", id, what);
}

static void check_reference_kind(struct checking *c, uint32_t id, unsigned int kind,
				 const char *what)
{
	unsigned int is = kind_of(c->btf, id);

	if (is != kind)
		tell(c, "refers to type %" PRIu32 ", of kind %u, and not to %s", id, is, what);
}

/*
 * Bytes of type @id; false when it is a circle. WILD: it has none, or nobody knows, which is told
 * of the type that it comes from.
 */
static bool size_of(const struct btf *btf, uint32_t id, uint8_t word_size, uint64_t *ret)
{
	uint64_t times = 1;

	for (unsigned int depth = 0; depth < MAX_DEPTH; depth++) {
		struct btf_record r;
		uint32_t local;

		*ret = WILD;
		if (!find_record(btf, id, &btf, &local, &r))
			return true;
		switch (btf_record_kind(&r)) {
		case BTF_PTR:
			r.size = word_size;
			/* fall through */
		case BTF_INT:
		case BTF_FLOAT:
		case BTF_STRUCT:
		case BTF_UNION:
		case BTF_ENUM:
		case BTF_ENUM64:
			if (__builtin_mul_overflow(times, r.size, ret))
				*ret = WILD;
			return true;
		case BTF_ARRAY:
			id = btf_u32(btf_parts_at(btf, local));
			if (__builtin_mul_overflow(times, btf_u32(btf_parts_at(btf, local) + 8),
						   &times))
				return true;
			break;
		case BTF_TYPEDEF:
		case BTF_CONST:
		case BTF_VOLATILE:
		case BTF_RESTRICT:
		case BTF_TYPE_TAG:
			id = r.size;
			break;
		default:
			return true;
		}
	}
	return false;
}

/* ---- names ---- */

/* Does a string begin there? Strings are never the end of others. */
static bool is_string(const struct btf *btf, uint32_t offset)
{
	while (offset < btf->first_string)
		btf = btf->distilled ? btf->distilled : btf->base;
	offset -= btf->first_string;
	return offset < btf->strings_size && (!offset || !btf->strings[offset - 1]);
}

static void check_string(struct checking *c, uint32_t offset, const char *what)
{
	if (!is_string(c->btf, offset))
		tell(c, "has %s at %" PRIu32 " of the strings, where none begins", what, offset);
}

static void check_name(struct checking *c)
{
	enum { NEVER = 1, ALWAYS };
	static const uint8_t rules[BTF_NR_KINDS] = {
		[BTF_INT] = ALWAYS,	  [BTF_PTR] = NEVER,	   [BTF_ARRAY] = NEVER,
		[BTF_FWD] = ALWAYS,	  [BTF_TYPEDEF] = ALWAYS,  [BTF_VOLATILE] = NEVER,
		[BTF_CONST] = NEVER,	  [BTF_RESTRICT] = NEVER,  [BTF_FUNC] = ALWAYS,
		[BTF_FUNC_PROTO] = NEVER, [BTF_VAR] = ALWAYS,	   [BTF_DATASEC] = ALWAYS,
		[BTF_FLOAT] = ALWAYS,	  [BTF_DECL_TAG] = ALWAYS, [BTF_TYPE_TAG] = ALWAYS,
	};
	uint8_t rule = rules[btf_record_kind(&c->record)];

	check_string(c, c->record.name, "its name");
	if (rule == NEVER && c->record.name)
		tell(c, "has a name, which its kind has not");
	if (rule == ALWAYS && !btf_name(c->btf, c->record.name))
		tell(c, "has no name");
}

/* ---- kinds ---- */

static bool is_power(uint32_t n)
{
	return n && !(n & (n - 1));
}

static void check_int(struct checking *c, const uint8_t *part)
{
	uint32_t info = btf_u32(part), bits = info & 0xff, offset = info >> 16 & 0xff;

	if (!is_power(c->record.size) || c->record.size > 16 || bits + offset > 8 * c->record.size)
		tell(c, "is an integer of %" PRIu32 " bytes and %" PRIu32 " bits", c->record.size,
		     bits);
}

static void check_array(struct checking *c, const uint8_t *part)
{
	uint64_t size;

	check_reference(c, btf_u32(part), false, " as its element");
	check_reference_kind(c, btf_u32(part + 4), BTF_INT, "an integer as its index");
	if (!size_of(c->btf, c->btf->first_id + c->local, c->btf->source.word_size, &size))
		tell(c, "leads to itself");
	else if (size == WILD && kind_of(c->btf, btf_u32(part)) != BTF_FWD)
		tell(c, "is an array of what has no size, or of too much");
}

/* The bits that a member of type @id takes, which is of @size bytes: integers may have fewer. */
static uint64_t bits_of(const struct btf *btf, uint32_t id, uint64_t size)
{
	struct btf_record r;
	uint32_t local, info;

	if (!find_record(btf, id, &btf, &local, &r) || btf_record_kind(&r) != BTF_INT)
		return 8 * size;
	info = btf_u32(btf_parts_at(btf, local));
	return (info & 0xff) + (info >> 16 & 0xff);
}

static void check_member(struct checking *c, const uint8_t *part, uint64_t *last)
{
	uint32_t id = btf_u32(part + 4), at = btf_u32(part + 8), bits = 0;
	const char *name = btf_name(c->btf, btf_u32(part));
	uint64_t size, all = 8 * (uint64_t)c->record.size;

	check_string(c, btf_u32(part), "a member's name");
	if (!id || !is_there(c, id)) {
		tell(c, "has member %.64s of type %" PRIu32 ", which is not there",
		     name ? name : "(unnamed)", id);
		return;
	}
	if (btf_record_flag(&c->record)) {
		bits = at >> 24;
		at &= 0xffffff;
	}
	if (!size_of(c->btf, id, c->btf->source.word_size, &size))
		return; /* told of the circle itself */
	/* A bit of it at least, where nobody says how many it has. */
	if (size == WILD)
		size = 0;
	if (bits > 8 * size || (!bits && size > MAX_SIZE) ||
	    at + (bits ? bits : bits_of(c->btf, id, size)) > all)
		tell(c, "of %" PRIu32 " bytes has member %.64s at bit %" PRIu32 ": beyond its end",
		     c->record.size, name ? name : "(unnamed)", at);
	else if (at < *last)
		tell(c, "has member %.64s at bit %" PRIu32 ", before the one before it",
		     name ? name : "(unnamed)", at);
	else if (at && btf_record_kind(&c->record) == BTF_UNION)
		tell(c, "is a union and has member %.64s at bit %" PRIu32,
		     name ? name : "(unnamed)", at);
	*last = at;
}

static void check_struct(struct checking *c, const uint8_t *part)
{
	uint64_t last = 0;

	if (c->record.size > MAX_SIZE)
		tell(c, "has %" PRIu32 " bytes", c->record.size);
	for (uint32_t i = 0; i < btf_record_count(&c->record); i++)
		check_member(c, part + (size_t)i * 12, &last);
}

static void check_enum(struct checking *c, const uint8_t *part)
{
	size_t each = btf_record_kind(&c->record) == BTF_ENUM ? 8 : 12;

	if (!is_power(c->record.size) || c->record.size > 8)
		tell(c, "is an enum of %" PRIu32 " bytes", c->record.size);
	for (uint32_t i = 0; i < btf_record_count(&c->record); i++)
		check_string(c, btf_u32(part + i * each), "an enumerator");
}

static void check_function(struct checking *c, const uint8_t *part)
{
	uint32_t count = btf_record_count(&c->record);

	check_reference(c, c->record.size, true, " as what it returns");
	for (uint32_t i = 0; i < count; i++) {
		check_string(c, btf_u32(part + (size_t)i * 8), "a parameter's name");
		/* The last one may be C's "...". */
		check_reference(c, btf_u32(part + (size_t)i * 8 + 4), i + 1 == count,
				" as a parameter");
	}
}

static void check_section(struct checking *c, const uint8_t *part)
{
	for (uint32_t i = 0; i < btf_record_count(&c->record); i++)
		check_reference_kind(c, btf_u32(part + (size_t)i * 12), BTF_VAR, "a variable");
}

static void check_chain(struct checking *c)
{
	uint64_t size;

	if (!size_of(c->btf, c->btf->first_id + c->local, c->btf->source.word_size, &size))
		tell(c, "leads to itself");
}

static void check_kind(struct checking *c, const uint8_t *part)
{
	switch (btf_record_kind(&c->record)) {
	case BTF_INT:
		check_int(c, part);
		break;
	case BTF_ARRAY:
		check_array(c, part);
		break;
	case BTF_STRUCT:
	case BTF_UNION:
		check_struct(c, part);
		break;
	case BTF_ENUM:
	case BTF_ENUM64:
		check_enum(c, part);
		break;
	case BTF_TYPEDEF:
	case BTF_CONST:
	case BTF_VOLATILE:
	case BTF_RESTRICT:
	case BTF_TYPE_TAG:
		check_chain(c);
		/* fall through */
	case BTF_PTR:
		check_reference(c, c->record.size, true, "");
		break;
	case BTF_FUNC:
		check_reference_kind(c, c->record.size, BTF_FUNC_PROTO, "a function's type");
		break;
	case BTF_FUNC_PROTO:
		check_function(c, part);
		break;
	case BTF_VAR:
	case BTF_DECL_TAG:
		check_reference(c, c->record.size, false, "");
		break;
	case BTF_DATASEC:
		check_section(c, part);
		break;
	case BTF_FLOAT:
		if (!c->record.size || c->record.size > 16)
			tell(c, "is a float of %" PRIu32 " bytes", c->record.size);
		break;
	}
}

/* The first byte that no name has is told. */
static void check_strings(struct checking *c)
{
	for (uint32_t i = 0; i < c->btf->strings_size; i++) {
		unsigned char byte = (unsigned char)c->btf->strings[i];

		if (!byte || (byte >= ' ' && byte != 0x7f))
			continue;
		c->tell(c->context, (uint64_t)((const uint8_t *)c->btf->strings - c->btf->data) + i,
			"a string has a byte that is no text");
		return;
	}
	if (!c->btf->base && c->btf->strings_size && c->btf->strings[0])
		c->tell(c->context, (uint64_t)((const uint8_t *)c->btf->strings - c->btf->data),
			"the first string is not the empty one");
}

void btf_check(struct type_source *source, btf_tell tell, void *context, uint64_t *checked)
{
	struct checking c = { .btf = (struct btf *)source, .tell = tell, .context = context };

	/* It begins with the origin, which who is told knows. */
	if (source->problem)
		tell(context, (uint64_t)(c.btf->types - c.btf->data) + c.btf->known,
		     source->problem + strlen(source->origin) + 2);
	check_strings(&c);
	for (c.local = 0; c.local < c.btf->count; c.local++) {
		c.record = btf_record_at(c.btf, c.local);
		/* Of a later kind nothing is known but its size. */
		if (btf_record_kind(&c.record) >= BTF_NR_KINDS)
			continue;
		check_name(&c);
		check_kind(&c, btf_parts_at(c.btf, c.local));
	}
	*checked = c.btf->count;
}
