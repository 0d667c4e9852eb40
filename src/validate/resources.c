// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trees of resources (kernel/resource.c of Linux), of memory and of I/O ports: what is in a
 * resource lies in it, in ascending order and apart, and leads back to it.
 */
#include "kernel/resources.h"

#include "validate/list_check.h"
#include "validate/lock_state.h"

#include "base/interrupt.h"
#include "kernel/visited.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define MAX_DEPTH 64

struct resources {
	struct validation *v;
	struct image *image;
	const char *name; /* of the tree */
	bool may_race;
	struct visited visited;
	struct resource above[MAX_DEPTH]; /* the root, what is in it…, up to the parent */
	unsigned int depth;
};

static void tell(struct resources *t, uint64_t at, const char *fmt, ...) printf_like(3, 4);

static void tell(struct resources *t, uint64_t at, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	validation_find_wrong(t->v, t->may_race, at, "%s: %s", t->name, text);
}

/* @before: the sibling before it, NULL when it is the first. */
static void check(struct resources *t, const struct resource *r, const struct resource *before)
{
	const struct resource *parent = &t->above[t->depth - 1];

	validation_looked_at(t->v, 1);
	if (r->parent != parent->address)
		tell(t, r->address, "the parent of \"%s\" is 0x%" PRIx64 ", expected 0x%" PRIx64,
		     r->name, r->parent, parent->address);
	if (r->start > r->end || r->start < parent->start || r->end > parent->end)
		tell(t, r->address, "\"%s\" from 0x%" PRIx64 " to 0x%" PRIx64 " is not in \"%s\"",
		     r->name, r->start, r->end, parent->name);
	else if (before && r->start <= before->end)
		tell(t, r->address,
		     "\"%s\" begins at 0x%" PRIx64 ", before the end of \"%s\" in front of it",
		     r->name, r->start, before->name);
}

/* Reads what is at @at; *@good is false when the walk cannot go on from there: that was told. */
static struct error *meet(struct resources *t, uint64_t at, struct resource *ret, bool *good)
{
	struct error *err = visited_add(&t->visited, at, "resource");

	*good = false;
	if (err && err->code == ERROR_BAD_DATA) {
		tell(t, at, "%s", err->message);
		error_free(err);
		return NULL;
	}
	TRY(err);
	TRY(interrupt_check());
	err = resource_read(t->image, at, ret);
	*good = !err;
	return validation_find_error(t->v, true, place_virtual(at, 0), err, t->name);
}

/* What is below the root: down, else along, else up and along. */
static struct error *walk(struct resources *t, uint64_t at)
{
	struct resource before, r;
	bool has_before = false, good;

	for (;;) {
		while (!at && t->depth > 1) {
			before = t->above[--t->depth];
			has_before = true;
			at = before.sibling;
		}
		if (!at)
			return NULL;
		TRY(meet(t, at, &r, &good));
		if (!good) {
			at = 0;
			continue;
		}
		check(t, &r, has_before ? &before : NULL);
		if (r.child && t->depth == MAX_DEPTH) {
			tell(t, r.address, "\"%s\" is more than %d levels deep", r.name, MAX_DEPTH);
		} else if (r.child) {
			t->above[t->depth++] = r;
			has_before = false;
			at = r.child;
			continue;
		}
		before = r;
		has_before = true;
		at = r.sibling;
	}
}

static struct error *check_tree(struct validation *v, const char *name)
{
	struct resources t = { .v = v, .image = validation_image(v), .name = name, .depth = 1 };
	uint64_t at;
	struct error *err;

	if (error_dropped(image_symbol(t.image, name, &at)))
		return NULL;
	t.may_race = lock_named_is_held(t.image, "resource_lock");
	TRY(resource_read(t.image, at, &t.above[0]));
	err = walk(&t, t.above[0].child);
	visited_deinit(&t.visited);
	return err;
}

static struct error *run(struct validation *v)
{
	TRY(check_tree(v, "iomem_resource"));
	return check_tree(v, "ioport_resource");
}

const struct validate_check validate_resources = {
	.name = "resources",
	.family = "structures",
	.summary = "the trees of memory and I/O resources are damaged",
	.quick = true,
	.needs_kernel = true,
	.run = run,
};
