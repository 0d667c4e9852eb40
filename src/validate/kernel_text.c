// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's code and constants against vmlinux. */
#include "base/alloc.h"
#include "validate/reach.h"
#include "validate/text_compare.h"

#include <elf.h>
#include <string.h>

#define MAX_IMAGE ((uint64_t)1 << 30)

struct comparison {
	struct text_comparison text;
	const struct debug_section *sections;
	size_t nr_sections;
	struct span init, rodata; /* the image is @text.moved */
};

/* ---- what is compared ---- */

static bool inside(const struct debug_section *s, const struct span *span)
{
	return s->address >= span->start && s->address + s->size <= span->end;
}

/* What is not written to, and not freed when the kernel has booted. */
static bool is_constant(const struct comparison *c, const struct debug_section *s)
{
	return s->data && inside(s, &c->text.moved) && !inside(s, &c->init) &&
	       (!s->writable || inside(s, &c->rodata)) && strcmp(s->name, ".smp_locks") != 0;
}

static struct error *find_span(struct comparison *c, const char *from, const char *to,
			       struct span *ret)
{
	TRY(image_symbol(c->text.image, from, &ret->start));
	TRY(image_symbol(c->text.image, to, &ret->end));
	ret->start -= c->text.offset;
	ret->end -= c->text.offset;
	if (ret->start >= ret->end || ret->end - ret->start > MAX_IMAGE)
		return error_create(ERROR_BAD_DATA, "the symbols %s and %s cannot be", from, to);
	return NULL;
}

static struct error *compare(struct comparison *c)
{
	TRY(find_span(c, "_text", "_end", &c->text.moved));
	TRY(find_span(c, "__init_begin", "__init_end", &c->init));
	TRY(find_span(c, "__start_rodata", "__end_rodata", &c->rodata));
	for (size_t i = 0; i < c->nr_sections; i++) {
		if (is_constant(c, &c->sections[i]))
			TRY(text_compare_section(&c->text, &c->sections[i]));
	}
	return NULL;
}

/* Has the file code at all? Files of debug information alone have the sections, and are empty. */
static bool has_code(const struct debug_section *sections, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (sections[i].data && !strcmp(sections[i].name, ".text"))
			return true;
	}
	return false;
}

/* Why @file cannot be compared with, or NULL. */
static const char *why_not(struct image *image, struct debug_file *file)
{
	char ours[41], theirs[41];

	if (!image_arch(image) || image_arch(image)->elf_machine != EM_X86_64)
		return "what this architecture's kernel changes in its text is not known here";
	if (!file)
		return "no vmlinux was named or found";
	build_id_text(image_build_id(image), ours);
	build_id_text(debug_file_build_id(file), theirs);
	if (*ours && strcmp(ours, theirs) != 0)
		return "the vmlinux is of another build";
	return NULL;
}

static struct error *run(struct validation *v)
{
	struct image *image = validation_image(v);
	struct debug_file *file = image_debug_file(image);
	struct comparison c = { .text = { .v = v, .image = image, .with = "vmlinux" } };
	auto_free struct debug_section *sections = NULL;
	const char *why = why_not(image, file);
	struct text_file vmlinux = { 0 };
	struct error *err;

	if (!why) {
		TRY(debug_file_sections(file, &sections, &c.nr_sections));
		if (!has_code(sections, c.nr_sections))
			why = "the vmlinux lacks its code: it has debug information alone, or was cut off";
	}
	if (why) {
		validation_skip(v, "%s", why);
		return NULL;
	}
	c.sections = vmlinux.sections = sections;
	vmlinux.nr_sections = c.nr_sections;
	c.text.offset = vmlinux.offset = debug_file_offset(file);
	TRY(text_patches_read(image, &vmlinux, &c.text.patches));
	err = text_patches_add_kprobes(&c.text.patches, image, &vmlinux);
	if (err)
		err = validation_find_error(v, true, reach_place(err), err,
					    "the kprobes cannot be read");
	if (!err)
		err = compare(&c);
	text_compare_end(&c.text, "the kernel's");
	return err;
}

const struct validate_check validate_kernel_text = {
	.name = "kernel-text",
	.family = "kernel",
	.summary = "the kernel's code or constants are not those of vmlinux",
	.needs_kernel = true,
	.run = run,
};
