// SPDX-License-Identifier: GPL-2.0-or-later
/* What a KDUMP file says of itself: its header as struct kxdump_info, its notes, VMCOREINFO. */
#include "dumpfmt/kdump.h"
#include "dumpfmt/machine.h"

#include <string.h>

#define ERASEINFO_MAX (64 << 20)

static struct error *set_detail(struct kdump *k, const struct kdump_header *h)
{
	const struct codec *codec = codec_find(h->status & CODEC_FLAGS);
	char files[40] = "";

	if (k->nr_parts > 1)
		snprintf(files, sizeof(files), ", %zu split files", k->nr_parts);
	else if (h->split)
		snprintf(files, sizeof(files), ", one file of a split set");
	k->dump->info.detail =
		arena_printf(&k->dump->arena, "%s, version %u, %s%s%s%s",
			     h->diskdump ? "diskdump" : "makedumpfile compressed", h->version,
			     codec ? codec->name : "uncompressed", files,
			     h->status & KDUMP_NO_VMEMMAP ? ", vmemmap excluded" : "",
			     k->dump->info.flattened ? ", flattened" : "");
	return k->dump->info.detail ? NULL : error_nomem();
}

struct error *kdump_info_set(struct kdump *k)
{
	const struct kdump_header *h = &k->parts[0].header;
	struct kxdump *dump = k->dump;
	struct kxdump_info *info = &dump->info;

	info->format = "kdump";
	info->word_size = h->word_size;
	info->big_endian = h->big_endian;
	info->page_size = h->block_size;
	info->max_pfn = k->max_pfn;
	info->nr_cpus = h->nr_cpus;
	if (h->has_sub) {
		info->has_phys_base = true;
		info->phys_base = h->phys_base;
		if (h->version >= 1)
			info->dump_level = (int)h->dump_level;
	}
	info->has_time = h->seconds != 0;
	info->time = h->seconds;
	TRY(dump_string(dump, h->uts[UTS_SYSNAME], UTS_SIZE, &info->sysname));
	TRY(dump_string(dump, h->uts[UTS_NODENAME], UTS_SIZE, &info->nodename));
	TRY(dump_string(dump, h->uts[UTS_RELEASE], UTS_SIZE, &info->release));
	TRY(dump_string(dump, h->uts[UTS_VERSION], UTS_SIZE, &info->version));
	TRY(dump_string(dump, h->uts[UTS_MACHINE], UTS_SIZE, &info->machine));
	info->elf_machine = machine_number(info->machine);
	for (size_t i = 0; i < k->nr_parts; i++) {
		if (k->parts[i].header.status & KDUMP_INCOMPLETE) {
			k->doubtful = true;
			TRY(dump_partial(dump, "%s: marked incomplete by its writer",
					 k->parts[i].source->path));
		}
	}
	return set_detail(k, h);
}

static struct error *read_notes(struct kdump *k, const struct kdump_part *part)
{
	const struct kdump_header *h = &part->header;
	struct kxdump *dump = k->dump;
	const struct kxdump_note *note;
	uint64_t size = h->vmcoreinfo_size;
	char *text;

	if (h->note_offset && h->note_size && !dump->notes.count)
		TRY(notes_read(dump, part->source, h->note_offset, h->note_size));
	note = notes_find(&dump->notes, "VMCOREINFO", 0);
	if (note) {
		dump->vmcoreinfo = note->data;
		dump->vmcoreinfo_size = note->size;
	} else if (h->vmcoreinfo_offset && size) {
		if (!source_has(part->source, h->vmcoreinfo_offset, size) ||
		    size > part->source->measure)
			return dump_partial(dump,
					    "VMCOREINFO (%llu bytes at offset 0x%llx) lies beyond "
					    "the end of the file",
					    (unsigned long long)size,
					    (unsigned long long)h->vmcoreinfo_offset);
		text = arena_alloc(&dump->arena, size + 1);
		if (!text)
			return error_nomem();
		if (error_dropped(source_read(part->source, h->vmcoreinfo_offset, text, size)))
			return dump_partial(dump, "VMCOREINFO cannot be read");
		dump->vmcoreinfo = text;
		dump->vmcoreinfo_size = size;
	}
	if (dump->vmcoreinfo)
		dump->vmcoreinfo_size = strnlen(dump->vmcoreinfo, dump->vmcoreinfo_size);
	return NULL;
}

/* What was erased before. That it cannot be read is no reason not to open the dump. */
static struct error *read_eraseinfo(struct kdump *k, const struct kdump_part *part)
{
	const struct kdump_header *h = &part->header;
	void *text;

	if (!h->erase_size || !source_has(part->source, h->erase_offset, h->erase_size))
		return NULL;
	if (h->erase_size > part->source->measure || h->erase_size > ERASEINFO_MAX)
		return NULL;
	text = arena_alloc(&k->dump->arena, h->erase_size);
	if (!text)
		return error_nomem();
	if (error_dropped(source_read(part->source, h->erase_offset, text, h->erase_size)))
		return NULL;
	k->dump->eraseinfo = text;
	k->dump->eraseinfo_size = h->erase_size;
	return NULL;
}

struct error *kdump_info_notes(struct kdump *k)
{
	for (size_t i = 0; i < k->nr_parts && !k->dump->eraseinfo; i++)
		TRY(read_eraseinfo(k, &k->parts[i]));
	for (size_t i = 0; i < k->nr_parts && !k->dump->vmcoreinfo; i++)
		TRY(read_notes(k, &k->parts[i]));
	return NULL;
}
