// SPDX-License-Identifier: GPL-2.0-or-later
/* The public functions of writing: checks what is wanted, opens the files, hands over to a format.
 */
#include "dumpfmt/write.h"

#include "base/alloc.h"

#include <string.h>

#define DATA_BYTES (256 << 10) /* that a packer gathers before it writes */

static struct error *find_codec(const char *name, int level, const struct write_codec **ret)
{
	const struct write_codec *codec = write_codec_find(name);

	if (!codec)
		return error_create(ERROR_USAGE, "no codec is called %s; expected %s", name,
				    write_codec_names());
	if (level && !codec->most)
		return error_create(ERROR_USAGE, "%s has no levels", codec->name);
	if (level && (level < codec->least || level > codec->most))
		return error_create(ERROR_USAGE, "%s has the levels %d to %d, not %d", codec->name,
				    codec->least, codec->most, level);
	*ret = codec;
	return NULL;
}

struct error *kxdump_codec_check(const char *name, int level)
{
	const struct write_codec *codec;

	return find_codec(name, level, &codec);
}

static struct error *check(struct kxdump_writer *w)
{
	const struct kxdump_write *what = &w->what;
	bool kdump = what->format == KXDUMP_WRITE_KDUMP;

	TRY(find_codec(what->codec ? what->codec : "raw", what->level, &w->codec));
	w->level = what->level ? what->level : w->codec->standard;
	if (what->max_pfn > KXDUMP_WRITE_PFNS)
		return error_create(ERROR_UNSUPPORTED,
				    "the dump describes memory up to page 0x%llx; no more than "
				    "0x%llx pages can be written",
				    (unsigned long long)what->max_pfn,
				    (unsigned long long)KXDUMP_WRITE_PFNS);
	if (what->page_size < 1024 || what->page_size > 1 << 20 ||
	    (what->page_size & (what->page_size - 1)))
		return error_create(ERROR_UNSUPPORTED, "pages of %u bytes cannot be written",
				    what->page_size);
	if (kdump && what->word_size != 8)
		return error_create(ERROR_UNSUPPORTED,
				    "the kdump format is written for 64-bit machines only; this "
				    "one's words have %u bytes (elf can be written)",
				    what->word_size);
	if (!kdump && !what->elf_machine)
		return error_create(ERROR_UNSUPPORTED,
				    "the dump does not say which machine it is of; ELF needs that");
	if (!kdump && w->nr_parts > 1)
		return error_create(ERROR_USAGE, "an ELF dump cannot be split");
	if (w->nr_parts > 1 && !what->nr_paths)
		return error_create(ERROR_USAGE, "a split set needs files");
	return NULL;
}

/* Parts of about equally many kept pages, cut at whole words of the bitmap. */
static void set_ranges(struct kxdump_writer *w)
{
	uint64_t pfn = 0, index = 0;

	for (size_t i = 0; i < w->nr_parts; i++) {
		struct write_part *part = &w->parts[i];
		uint64_t goal = w->nr_kept / w->nr_parts * (i + 1);

		part->start = pfn;
		part->first_index = index;
		if (i + 1 == w->nr_parts)
			pfn = w->what.max_pfn;
		for (; pfn < w->what.max_pfn && index < goal; pfn += 64)
			index += (unsigned int)__builtin_popcountll(
				bits_word(w->what.kept, pfn / 64));
		pfn = min(pfn, w->what.max_pfn);
		part->end = pfn;
	}
}

static struct error *open_targets(struct kxdump_writer *w)
{
	struct target_options options = { .flattened = w->what.flattened || !w->what.nr_paths,
					  .overwrite = w->what.overwrite,
					  .dry_run = w->what.dry_run,
					  .max_size = w->what.max_size,
					  .fd = w->what.fd };

	for (; w->nr_open < w->nr_parts;) {
		struct write_part *part = &w->parts[w->nr_open++];

		options.path = w->what.nr_paths ? w->what.paths[part - w->parts] : NULL;
		TRY(target_open(&options, &part->target));
	}
	return NULL;
}

static struct error *set_up(struct kxdump_writer *w)
{
	w->nr_parts = max(w->what.nr_paths, (size_t)1);
	TRY(check(w));
	TRY(alloc_array(w->nr_parts, sizeof(*w->parts), KXDUMP_WRITE_FILES, "files of a split set",
			&w->parts));
	w->nr_kept = bits_count(w->what.kept, 0, w->what.max_pfn);
	set_ranges(w);
	write_notes_init(&w->what, w->what.format == KXDUMP_WRITE_ELF, &w->notes);
	TRY(open_targets(w));
	w->ops = w->what.format == KXDUMP_WRITE_ELF ? &write_elf : &write_kdump;
	return w->ops->begin(w);
}

struct error *kxdump_writer_create(const struct kxdump_write *what, struct kxdump_writer **ret)
{
	struct kxdump_writer *w = calloc(1, sizeof(*w));
	struct error *err;

	if (!w)
		return error_nomem();
	w->what = *what;
	err = set_up(w);
	if (err) {
		kxdump_writer_destroy(w);
		return err;
	}
	*ret = w;
	return NULL;
}

struct error *kxdump_writer_finish(struct kxdump_writer *w, bool incomplete)
{
	for (size_t i = 0; i < w->nr_parts; i++)
		TRY(target_settle(&w->parts[i].target, w->ops->size(w, &w->parts[i])));
	for (size_t i = 0; i < w->nr_parts; i++)
		TRY(w->ops->mark(w, &w->parts[i], incomplete));
	for (size_t i = 0; i < w->nr_parts; i++)
		TRY(target_finish(&w->parts[i].target));
	return NULL;
}

void kxdump_writer_destroy(struct kxdump_writer *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->nr_open; i++)
		target_close(&w->parts[i].target, w->what.keep_partial);
	free(w->parts);
	free(w);
}

struct error *kxdump_packer_create(struct kxdump_writer *w, struct kxdump_packer **ret)
{
	struct kxdump_packer *p = calloc(1, sizeof(*p));
	uint32_t page = w->what.page_size;

	if (!p)
		return error_nomem();
	p->writer = w;
	p->compressor.level = w->level;
	if (w->what.format == KXDUMP_WRITE_KDUMP) {
		p->room = max((size_t)DATA_BYTES, (size_t)4 * page);
		p->data = malloc(p->room + write_codec_room(page));
		p->descs = calloc(PACKER_DESCS, sizeof(*p->descs));
		p->encoded = malloc(PACKER_DESCS * 24);
		p->compressor_open = w->codec->open(&p->compressor);
		if (!p->data || !p->descs || !p->encoded || !p->compressor_open) {
			kxdump_packer_destroy(p);
			return error_nomem();
		}
	}
	*ret = p;
	return NULL;
}

void kxdump_packer_destroy(struct kxdump_packer *p)
{
	if (!p)
		return;
	if (p->compressor_open)
		p->writer->codec->close(&p->compressor);
	free(p->data);
	free(p->descs);
	free(p->encoded);
	free(p);
}

struct error *kxdump_packer_add(struct kxdump_packer *p, uint64_t pfn, uint64_t index,
				const void *pages, size_t count)
{
	return p->writer->ops->add(p, pfn, index, pages, count);
}

struct error *kxdump_packer_flush(struct kxdump_packer *p)
{
	TRY(p->writer->ops->flush(p));
	write_count(p);
	return NULL;
}

static void add(uint64_t *to, uint64_t value)
{
	__atomic_fetch_add(to, value, __ATOMIC_RELAXED);
}

void write_count(struct kxdump_packer *p)
{
	struct kxdump_written *to = &p->writer->written;

	add(&to->zero_pages, p->counts.zero_pages);
	add(&to->compressed_pages, p->counts.compressed_pages);
	add(&to->raw_pages, p->counts.raw_pages);
	add(&to->data_bytes, p->counts.data_bytes);
	p->counts = (struct kxdump_written){ 0 };
}

void kxdump_writer_written(const struct kxdump_writer *w, struct kxdump_written *ret)
{
	const struct kxdump_written *from = &w->written;

	ret->zero_pages = __atomic_load_n(&from->zero_pages, __ATOMIC_RELAXED);
	ret->compressed_pages = __atomic_load_n(&from->compressed_pages, __ATOMIC_RELAXED);
	ret->raw_pages = __atomic_load_n(&from->raw_pages, __ATOMIC_RELAXED);
	ret->data_bytes = __atomic_load_n(&from->data_bytes, __ATOMIC_RELAXED);
	ret->file_bytes = ret->stored_bytes = 0;
	for (size_t i = 0; i < w->nr_parts; i++) {
		const struct target *target = &w->parts[i].target;

		ret->stored_bytes += __atomic_load_n(&target->stored, __ATOMIC_RELAXED);
		ret->file_bytes += __atomic_load_n(&target->end, __ATOMIC_RELAXED);
	}
	if (w->parts[0].target.flattened)
		ret->file_bytes = ret->stored_bytes;
}

/* The first word is zero, and each equals the next. The C library compares with the widest
 * registers that the machine has. */
bool kxdump_page_is_zero(const void *page, size_t size)
{
	uint64_t first;

	memcpy(&first, page, sizeof(first));
	return !first && !memcmp(page, (const uint8_t *)page + sizeof(first), size - sizeof(first));
}
