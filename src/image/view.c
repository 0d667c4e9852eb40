// SPDX-License-Identifier: GPL-2.0-or-later
/* Binding views to the dumped kernel's types, and reading through them. */
#include "base/alloc.h"
#include "base/bytes.h"
#include "image/state.h"

#include <string.h>

struct bound_field {
	bool tried, found;
	struct type_place place;
};

struct bound_view {
	struct bound_view *next;
	const struct view *view;
	const struct type *type; /* NULL: the kernel has none */
	struct bound_field fields[];
};

void views_deinit(struct image *image)
{
	while (image->views) {
		struct bound_view *bound = image->views;

		image->views = bound->next;
		free(bound);
	}
}

const struct type *view_find_type(struct image *image, const char *name)
{
	static const enum type_kind kinds[] = { TYPE_STRUCT, TYPE_UNION, TYPE_TYPEDEF };
	bool (*more)(void *) = image->types.more;
	const struct type *type = NULL;

	if (image->has_types)
		image->types.more = NULL;
	for (size_t i = 0; !type && i < ARRAY_SIZE(kinds); i++) {
		if (error_dropped(types_find_kind(&image->types, kinds[i], name, &type)))
			type = NULL;
	}
	if (image->types.more == NULL)
		image->types.more = more;
	return type ? type_strip(type) : NULL;
}

static struct bound_view *bind(struct image *image, const struct view *view)
{
	struct bound_view **link = &image->views, *bound;

	for (; (bound = *link); link = &bound->next) {
		if (bound->view == view)
			break;
	}
	if (bound) { /* to the front: views are used in runs */
		*link = bound->next;
	} else {
		bound = calloc(1, sizeof(*bound) + view->nr_fields * sizeof(bound->fields[0]));
		if (!bound)
			return NULL;
		bound->view = view;
		bound->type = view_find_type(image, view->type);
	}
	bound->next = image->views;
	image->views = bound;
	return bound;
}

static struct bound_field *bind_field(struct image *image, const struct view *view,
				      unsigned int field)
{
	struct bound_view *bound = image->views;
	struct bound_field *f;

	if (!bound || bound->view != view)
		bound = bind(image, view);
	if (!bound || field >= view->nr_fields)
		return NULL;
	f = &bound->fields[field];
	if (f->tried || !bound->type)
		return f;
	f->tried = true;
	for (size_t i = 0; i < ARRAY_SIZE(view->fields[field].names); i++) {
		const char *name = view->fields[field].names[i];

		if (name && !error_dropped(type_find_member(bound->type, name, &f->place))) {
			f->found = true;
			break;
		}
	}
	return f;
}

bool view_has(struct image *image, const struct view *view, unsigned int field)
{
	struct bound_field *f = bind_field(image, view, field);

	return f && f->found;
}

struct error *view_place(struct image *image, const struct view *view, unsigned int field,
			 struct type_place *ret)
{
	struct bound_field *f = bind_field(image, view, field);

	if (!f)
		return error_nomem();
	if (!f->found)
		return error_create(ERROR_NOT_FOUND, "%s %s.%s",
				    image->has_types ? "this kernel has no"
						     : "without types there is no",
				    view->type, view->fields[field].names[0]);
	*ret = f->place;
	return NULL;
}

struct error *view_offset(struct image *image, const struct view *view, unsigned int field,
			  uint64_t *ret)
{
	struct type_place place;

	TRY(view_place(image, view, field, &place));
	*ret = place.bit_offset / 8;
	return NULL;
}

struct error *view_size(struct image *image, const struct view *view, uint64_t *ret)
{
	struct bound_view *bound = bind(image, view);

	if (!bound)
		return error_nomem();
	if (!bound->type || !bound->type->size)
		return error_create(ERROR_NOT_FOUND, "%s type %s",
				    image->has_types ? "this kernel has no"
						     : "without types there is no",
				    view->type);
	*ret = bound->type->size;
	return NULL;
}

/* Through structs that wrap one scalar: atomic_t, kuid_t, memdesc_flags_t. */
static struct error *unwrap(const struct view *view, unsigned int field, struct type_place *place)
{
	for (int depth = 0; depth < 8; depth++) {
		const struct type *type = type_strip(place->type);
		const struct type_member *members;

		place->type = type;
		if (type->kind != TYPE_STRUCT && type->kind != TYPE_UNION)
			return NULL;
		if (!type->count)
			break;
		TRY(type_members(type, &members));
		place->bit_offset += members[0].bit_offset;
		place->bit_size = members[0].bit_size;
		place->type = members[0].type;
	}
	return error_create(ERROR_UNSUPPORTED, "%s.%s is not a number", view->type,
			    view->fields[field].names[0]);
}

struct error *view_read(struct image *image, const struct view *view, unsigned int field,
			uint64_t address, uint64_t *ret)
{
	struct type_place place;
	uint64_t offset, value;
	unsigned int shift;
	size_t size;

	TRY(view_place(image, view, field, &place));
	TRY(unwrap(view, field, &place));
	offset = place.bit_offset / 8;
	shift = place.bit_offset & 7;
	size = place.bit_size ? (shift + place.bit_size + 7) / 8 : place.type->size;
	if (!size || size > 8)
		return error_create(ERROR_UNSUPPORTED, "%s.%s has %zu bytes and is not a number",
				    view->type, view->fields[field].names[0], size);
	TRY(error_wrap(memory_read_number(&image->reader.memory, address + offset, size, &value),
		       "%s.%s", view->type, view->fields[field].names[0]));
	if (place.bit_size) {
		if (image->reader.memory.big_endian)
			shift = (unsigned int)size * 8 - shift - place.bit_size;
		value = value >> shift & (~0ull >> (64 - place.bit_size));
	}
	if (place.type->is_signed)
		value = sign_extend(value,
				    place.bit_size ? place.bit_size : 8 * (unsigned int)size);
	*ret = value;
	return NULL;
}

struct error *view_read_bytes(struct image *image, const struct view *view, unsigned int field,
			      uint64_t address, void *buf, size_t size)
{
	struct type_place place;
	size_t n;

	TRY(view_place(image, view, field, &place));
	n = min((uint64_t)size, place.type->size);
	memset(buf, 0, size);
	return error_wrap(
		memory_read(&image->reader.memory, address + place.bit_offset / 8, buf, n), "%s.%s",
		view->type, view->fields[field].names[0]);
}
