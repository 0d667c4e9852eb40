/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Views: declare the members of a kernel structure that you read, by name; they are bound to the
 * dumped kernel's types once, their sizes and signs checked, and values widened to 64 bits.
 *
 *	enum { TASK_PID, TASK_STATE };
 *	DEFINE_VIEW(task_view, "task_struct",
 *		[TASK_PID] = FIELD("pid"),
 *		[TASK_STATE] = FIELD("__state", "state"));	// renamed by 2f064a59a11f (v5.14)
 *
 *	TRY(view_read(image, &task_view, TASK_PID, task, &pid));
 *
 * The newest name comes first. A path may go through members and arrays: "thread.sp", "a[0].b".
 * Only the members asked for are read: a structure may cross into a page that is not in the dump.
 */
#ifndef IMAGE_VIEW_H
#define IMAGE_VIEW_H

#include "image/image.h"

struct view_field {
	const char *names[5];
};

struct view {
	const char *type; /* without "struct": looked up as struct, then union, then typedef */
	const struct view_field *fields;
	unsigned int nr_fields;
};

/* Without fields: for the size alone. */
#define FIELD(...)                                                                                 \
	{                                                                                          \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define DEFINE_VIEW(name, type_name, ...)                                                          \
	static const struct view_field name##_fields[] = { __VA_ARGS__ };                          \
	static const struct view name = { type_name, name##_fields, ARRAY_SIZE(name##_fields) }

/* Does the dumped kernel have the member (and the type)? */
bool view_has(struct image *image, const struct view *view, unsigned int field);
/* Where the member lies: NOT_FOUND names the type and the newest name when the kernel lacks it. */
must_check struct error *view_place(struct image *image, const struct view *view,
				    unsigned int field, struct type_place *ret);
/* Its offset in bytes. */
must_check struct error *view_offset(struct image *image, const struct view *view,
				     unsigned int field, uint64_t *ret);
/* Size of the whole type in bytes. */
must_check struct error *view_size(struct image *image, const struct view *view, uint64_t *ret);
/* The member of the object at @address: an integer, enum, bool, pointer or bitfield, widened (and
 * sign-extended when signed). A struct that wraps one scalar (atomic_t, flags.f…) gives it. */
must_check struct error *view_read(struct image *image, const struct view *view, unsigned int field,
				   uint64_t address, uint64_t *ret);
/* @size bytes of it at most, raw (char arrays): short members are zero-filled. */
must_check struct error *view_read_bytes(struct image *image, const struct view *view,
					 unsigned int field, uint64_t address, void *buf,
					 size_t size);

#endif
