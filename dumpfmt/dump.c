// SPDX-License-Identifier: GPL-2.0-or-later
/* The public functions of libkxdump: finds the format and hands over to it. */
#include "dumpfmt/dump.h"

#include "base/alloc.h"
#include "base/interrupt.h"
#include "dumpfmt/look.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILES   4096
#define MAX_REASONS 8	/* why a dump is partial: no more are told */
#define PART	    256 /* bytes, by which a page that is there in part is read */

#define DUMP_FORMAT(name) extern const struct dump_ops dump_format_##name;
#include "dumpfmt/formats.def"
#undef DUMP_FORMAT

static const struct dump_ops *const formats[] = {
#define DUMP_FORMAT(name) &dump_format_##name,
#include "dumpfmt/formats.def"
#undef DUMP_FORMAT
};

struct error *dump_partial(struct kxdump *dump, const char *fmt, ...)
{
	const char *before = dump->info.partial_why, *after = before;
	char *reason, *joined;
	unsigned int reasons = before != NULL;
	va_list ap;
	int n;

	while (after && (after = strstr(after, "; "))) {
		after += 2;
		reasons++;
	}
	if (reasons >= MAX_REASONS)
		return NULL;
	va_start(ap, fmt);
	n = vasprintf(&reason, fmt, ap);
	va_end(ap);
	if (n < 0)
		return error_nomem();
	joined = arena_printf(&dump->arena, "%s%s%s", before ? before : "", before ? "; " : "",
			      reason);
	free(reason);
	if (!joined)
		return error_nomem();
	dump->info.partial_why = joined;
	return NULL;
}

struct error *dump_string(struct kxdump *dump, const void *text, size_t size, const char **ret)
{
	size_t len = strnlen(text, size);
	const char *copy = NULL;

	if (len) {
		copy = arena_copy(&dump->arena, text, len);
		if (!copy)
			return error_nomem();
	}
	*ret = copy;
	return NULL;
}

struct error *dump_error_at(struct error *err, uint64_t address)
{
	if (err && err->code != ERROR_NOMEM) {
		err->has_address = true;
		err->address = address;
	}
	return err;
}

void dump_field(const struct dump_fields *fields, const char *name, const char *fmt, ...)
{
	char *value;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&value, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	fields->emit(fields->context, name, value);
	free(value);
}

static bool magic_matches(const struct dump_ops *ops, const uint8_t *head, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(ops->magic); i++) {
		const struct dump_magic *magic = &ops->magic[i];

		if (magic->size && magic->offset + (size_t)magic->size <= size &&
		    !memcmp(head + magic->offset, magic->bytes, magic->size))
			return true;
	}
	return false;
}

static struct error *open_sources(struct kxdump *dump, const char *const *paths, size_t count)
{
	TRY(alloc_array(count, sizeof(*dump->sources), MAX_FILES, "files of a dump",
			&dump->sources));
	for (size_t i = 0; i < count; i++) {
		struct source *source;

		TRY(source_open(paths[i], true, &source));
		dump->sources[dump->nr_sources++] = source;
		dump->info.file_size += source->stored;
		dump->info.flattened |= source->flattened;
		if (source->damage)
			TRY(dump_partial(dump, "%s", source->damage));
		for (size_t j = 0; j < i; j++) {
			if (dump->sources[j]->device == source->device &&
			    dump->sources[j]->inode == source->inode)
				return error_create(ERROR_USAGE, "%s and %s are the same file",
						    paths[j], paths[i]);
		}
	}
	return NULL;
}

static struct error *open_format(struct kxdump *dump)
{
	struct source *first = dump->sources[0];
	uint8_t head[DUMP_MAGIC_END] = { 0 };
	struct error *refused = NULL, *err;
	size_t size;

	TRY(source_read_some(first, 0, head, sizeof(head), &size));
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (!magic_matches(formats[i], head, size))
			continue;
		error_free(refused);
		dump->ops = formats[i];
		err = dump->ops->open(dump);
		if (!err || err->code != ERROR_NOT_MINE)
			return err;
		dump->ops->close(dump);
		dump->ops = NULL;
		refused = err;
	}
	if (refused)
		return refused;
	return error_create(ERROR_NOT_MINE, "%s: not a dump of a known format: %s", first->path,
			    look_describe(head, size, first->size));
}

struct error *kxdump_open(const char *const *paths, size_t count, struct kxdump **ret)
{
	struct kxdump *dump;
	struct error *err;

	if (!count)
		return error_create(ERROR_USAGE, "no dump file is given");
	dump = calloc(1, sizeof(*dump));
	if (!dump)
		return error_nomem();
	dump->info.nr_files = (unsigned int)count;
	dump->info.dump_level = -1;
	err = open_sources(dump, paths, count);
	if (!err)
		err = dump_string(dump, paths[0], strlen(paths[0]), &dump->info.path);
	if (!err)
		err = open_format(dump);
	if (err) {
		kxdump_close(dump);
		return err;
	}
	*ret = dump;
	return NULL;
}

void kxdump_close(struct kxdump *dump)
{
	if (!dump)
		return;
	if (dump->ops)
		dump->ops->close(dump);
	for (size_t i = 0; i < dump->nr_sources; i++)
		source_close(dump->sources[i]);
	free(dump->sources);
	if (dump->shared) {
		free(dump);
		return;
	}
	notes_deinit(&dump->notes);
	arena_deinit(&dump->arena);
	free(dump);
}

bool kxdump_probe(const char *path)
{
	uint8_t head[DUMP_MAGIC_END] = { 0 };
	struct source *source;
	bool found = false;
	size_t size;

	if (error_dropped(source_open(path, false, &source)))
		return false;
	if (source->flattened)
		found = true;
	else if (!error_dropped(source_read_some(source, 0, head, sizeof(head), &size)))
		found = look_is_dump(head, size);
	source_close(source);
	return found;
}

const struct kxdump_info *kxdump_info(const struct kxdump *dump)
{
	return &dump->info;
}

struct error *kxdump_read(struct kxdump *dump, uint64_t phys, void *buf, size_t size)
{
	uint64_t last;

	TRY(interrupt_check());
	if (!size)
		return NULL;
	if (__builtin_add_overflow(phys, size - 1, &last))
		return error_at(ERROR_ABSENT, phys,
				"%zu bytes at physical address 0x%llx pass the end of memory", size,
				(unsigned long long)phys);
	return dump->ops->read(dump, phys, buf, size);
}

bool kxdump_read_parts(struct kxdump *dump, uint64_t phys, void *buf, size_t size)
{
	size_t step = size > PART ? PART : 1;
	uint8_t *to = buf;
	bool any = false;

	for (size_t i = 0; i < size; i += step) {
		if (!error_dropped(kxdump_read(dump, phys + i, to + i, step)))
			any = true;
		else if (step > 1)
			any |= kxdump_read_parts(dump, phys + i, to + i, step);
		else
			to[i] = 0;
	}
	return any;
}

enum kxdump_page kxdump_page_state(struct kxdump *dump, uint64_t phys)
{
	return dump->ops->page_state(dump, phys);
}

bool kxdump_next_present(struct kxdump *dump, uint64_t phys, uint64_t *start, uint64_t *size)
{
	return dump->ops->next_present(dump, phys, start, size);
}

bool kxdump_next_stored(struct kxdump *dump, uint64_t phys, uint64_t *start, uint64_t *size)
{
	uint64_t hole, page = dump->info.page_size ? dump->info.page_size : 4096;

	while (kxdump_next_present(dump, phys, start, size)) {
		hole = dump->ops->hole ? dump->ops->hole(dump, *start) : 0;
		hole = min(hole - hole % page, *size);
		if (!hole)
			return true;
		if (__builtin_add_overflow(*start, hole, &phys))
			return false;
	}
	return false;
}

struct error *kxdump_virt_to_phys(struct kxdump *dump, uint64_t virt, uint64_t *ret)
{
	if (!dump->ops->virt_to_phys)
		return error_at(ERROR_NOT_FOUND, virt,
				"a %s dump does not describe virtual addresses", dump->ops->name);
	return dump->ops->virt_to_phys(dump, virt, ret);
}

struct error *kxdump_read_virt(struct kxdump *dump, uint64_t virt, void *buf, size_t size)
{
	uint64_t last;

	TRY(interrupt_check());
	if (!size)
		return NULL;
	if (!dump->ops->read_virt || __builtin_add_overflow(virt, size - 1, &last))
		return error_at(ERROR_NOT_FOUND, virt,
				"virtual address 0x%llx: the dump does not describe it",
				(unsigned long long)virt);
	return dump->ops->read_virt(dump, virt, buf, size);
}

size_t kxdump_nr_regions(struct kxdump *dump)
{
	return dump->ops->nr_regions(dump);
}

struct error *kxdump_region(struct kxdump *dump, size_t i, struct kxdump_region *ret)
{
	if (i >= dump->ops->nr_regions(dump))
		return error_create(ERROR_NOT_FOUND, "the dump has no region %zu", i);
	return dump->ops->region(dump, i, ret);
}

size_t kxdump_nr_notes(const struct kxdump *dump)
{
	return dump->notes.count;
}

const struct kxdump_note *kxdump_note(const struct kxdump *dump, size_t i)
{
	return i < dump->notes.count ? &dump->notes.items[i] : NULL;
}

const char *kxdump_vmcoreinfo(const struct kxdump *dump, size_t *size)
{
	if (dump->vmcoreinfo)
		*size = dump->vmcoreinfo_size;
	return dump->vmcoreinfo;
}

struct error *kxdump_totals(struct kxdump *dump, struct kxdump_totals *ret)
{
	return dump->ops->totals(dump, ret);
}

void kxdump_header(struct kxdump *dump,
		   void (*emit)(void *context, const char *name, const char *value), void *context)
{
	struct dump_fields fields = { .emit = emit, .context = context };

	dump->ops->header(dump, &fields);
}
