// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec: the memory map of the dumped kernel as a picture, and in it what is loaded. */
#include "commands/kexec.h"

#include "commands/memory_picture.h"

#include <stdlib.h>
#include <string.h>

#define IOMEM_DEPTH 1 /* "System RAM", and in it "Crash kernel", "Kernel code"… */

struct kexec_picture {
	struct memory_picture picture;
	struct arena strings;
};

struct error *kexec_picture_create(struct kexec_picture **ret)
{
	struct kexec_picture *picture = calloc(1, sizeof(*picture));

	if (!picture)
		return error_nomem();
	*ret = picture;
	return NULL;
}

void kexec_picture_destroy(struct kexec_picture *picture)
{
	memory_picture_deinit(&picture->picture);
	arena_deinit(&picture->strings);
	free(picture);
}

/* Strings are copied. Items of no size, or that wrap around, are left out: the tables have them. */
static struct error *add(struct kexec_picture *picture, uint64_t start, uint64_t size,
			 const char *what, const char *detail)
{
	struct memory_picture_item item = { .start = start, .end = start + size - 1 };

	if (!size || item.end < start)
		return NULL;
	item.what = arena_copy(&picture->strings, what, strlen(what));
	item.detail = detail ? arena_copy(&picture->strings, detail, strlen(detail)) : NULL;
	item.gaps = !strcmp(what, "Crash kernel");
	if (!item.what || (detail && !item.detail))
		return error_nomem();
	return memory_picture_add(&picture->picture, &item);
}

struct error *kexec_picture_add(struct context *context, struct kexec_picture *picture,
				const struct kexec_shown *shown)
{
	const struct kexec_image *kexec = &shown->kexec;
	char detail[64];

	snprintf(detail, sizeof(detail), "%s image", kexec->name);
	if (kexec->control_code)
		TRY(add(picture, kexec->control_code, 4096, "control code", detail));
	for (unsigned int i = 0; i < kexec->nr_segments; i++) {
		const struct kexec_segment *segment = &kexec->segments[i];
		const char *what = kexec_what_name(shown->recognised.what[i]);

		snprintf(detail, sizeof(detail), "%s image, segment %u%s", kexec->name, i,
			 kexec->is_crash || segment->cma ? "" : ", once it is started");
		TRY(add(picture, segment->address, segment->memory_size, what ? what : "segment",
			detail));
	}
	return NULL;
}

struct resources {
	struct kexec_picture *picture;
	bool in_memory; /* the last one at the top level is memory */
};

/* Devices' windows are no memory that anything is loaded into. */
static bool is_memory(const char *name)
{
	static const char *const starts[] = { "System RAM", "Reserved",	     "ACPI ",
					      "Persistent", "Soft Reserved", "Unusable" };

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		if (!strncasecmp(name, starts[i], strlen(starts[i])))
			return true;
	}
	return false;
}

static struct error *add_resource(void *context, const struct kexec_memory *memory)
{
	struct resources *resources = context;

	if (!memory->depth)
		resources->in_memory = is_memory(memory->name);
	if (!resources->in_memory)
		return NULL;
	return add(resources->picture, memory->start, memory->end - memory->start + 1, memory->name,
		   NULL);
}

struct error *kexec_picture_draw(struct context *context, struct kexec_picture *picture)
{
	struct resources resources = { .picture = picture };
	struct error *err;

	/* What could be read of the tree is drawn. */
	err = kexec_memory_walk(context->image, IOMEM_DEPTH, add_resource, &resources);
	TRY(kexec_carry_on(context, err));
	return memory_picture_draw(&picture->picture, context->out);
}
