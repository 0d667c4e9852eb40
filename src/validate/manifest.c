// SPDX-License-Identifier: GPL-2.0-or-later
#include "validate/manifest.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "dumpfmt/source.h"
#include "dumpfmt/write_target.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define HEADER_SIZE 64
#define RUN_SIZE    16
#define FILE_SIZE   24
#define BATCH	    512 /* numbers that are encoded at once */

static const char magic[32] = "kx-crash pages 2\n";

struct manifest_writer {
	struct target target;
	bool open;
	uint32_t page_size;
	struct manifest_run *runs;
	size_t nr_runs, room;
	struct manifest_file *files;
	size_t nr_files;
	uint64_t nr_pages;
};

struct manifest {
	struct source *source;
	uint32_t page_size;
	uint64_t nr_pages;
	struct manifest_run *runs;
	size_t nr_runs;
	struct manifest_file *files;
	size_t nr_files;
};

uint64_t manifest_digest(const void *page, size_t size)
{
	uint64_t digest = XXH3_64bits(page, size);

	return digest ? digest : 1;
}

static void store(uint8_t *to, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

struct error *manifest_writer_create(const char *path, uint32_t page_size,
				     struct manifest_writer **ret)
{
	const struct target_options options = { .path = path };
	struct manifest_writer *writer = calloc(1, sizeof(*writer));
	struct error *err;

	if (!writer)
		return error_nomem();
	writer->page_size = page_size;
	err = target_open(&options, &writer->target);
	if (err) {
		target_close(&writer->target, false);
		free(writer);
		return err;
	}
	writer->open = true;
	*ret = writer;
	return NULL;
}

struct error *manifest_writer_run(struct manifest_writer *writer, uint64_t pfn, uint64_t count)
{
	struct manifest_run *last = writer->nr_runs ? &writer->runs[writer->nr_runs - 1] : NULL;

	writer->nr_pages += count;
	if (last && last->pfn + last->count == pfn) {
		last->count += count;
		return NULL;
	}
	TRY(alloc_grow(&writer->runs, &writer->room, writer->nr_runs + 1, sizeof(*writer->runs)));
	writer->runs[writer->nr_runs++] = (struct manifest_run){ .pfn = pfn, .count = count };
	return NULL;
}

struct error *manifest_writer_put(struct manifest_writer *writer, uint64_t index,
				  const uint64_t *digests, size_t count)
{
	uint8_t bytes[8 * BATCH];

	for (size_t n; count; index += n, digests += n, count -= n) {
		n = min(count, (size_t)BATCH);
		for (size_t i = 0; i < n; i++)
			store(bytes + 8 * i, digests[i], 8);
		TRY(target_write(&writer->target, HEADER_SIZE + 8 * index, bytes, 8 * n));
	}
	return NULL;
}

struct error *manifest_writer_files(struct manifest_writer *writer,
				    const struct manifest_file *files, size_t count)
{
	writer->files = calloc(max(count, (size_t)1), sizeof(*files));
	if (!writer->files)
		return error_nomem();
	memcpy(writer->files, files, count * sizeof(*files));
	writer->nr_files = count;
	return NULL;
}

/* Of the runs and files, together. */
static size_t lists_size(size_t nr_runs, size_t nr_files)
{
	return nr_runs * RUN_SIZE + nr_files * FILE_SIZE;
}

static struct error *put_lists(struct manifest_writer *writer, uint64_t *digest)
{
	size_t size = lists_size(writer->nr_runs, writer->nr_files);
	uint8_t *bytes auto_free = malloc(max(size, (size_t)1)), *to = bytes;

	if (!bytes)
		return error_nomem();
	for (size_t i = 0; i < writer->nr_runs; i++, to += RUN_SIZE) {
		store(to, writer->runs[i].pfn, 8);
		store(to + 8, writer->runs[i].count, 8);
	}
	for (size_t i = 0; i < writer->nr_files; i++, to += FILE_SIZE) {
		store(to, writer->files[i].size, 8);
		store(to + 8, writer->files[i].digest[0], 8);
		store(to + 16, writer->files[i].digest[1], 8);
	}
	*digest = XXH3_64bits(bytes, size);
	return target_write(&writer->target, HEADER_SIZE + 8 * writer->nr_pages, bytes, size);
}

struct error *manifest_writer_finish(struct manifest_writer *writer)
{
	uint64_t size =
		HEADER_SIZE + 8 * writer->nr_pages + lists_size(writer->nr_runs, writer->nr_files);
	uint8_t header[HEADER_SIZE] = { 0 };
	uint64_t digest;

	TRY(put_lists(writer, &digest));
	memcpy(header, magic, sizeof(magic));
	store(header + 32, writer->page_size, 4);
	store(header + 36, writer->nr_files, 4);
	store(header + 40, writer->nr_pages, 8);
	store(header + 48, writer->nr_runs, 8);
	store(header + 56, digest, 8);
	TRY(target_write(&writer->target, 0, header, sizeof(header)));
	TRY(target_settle(&writer->target, size));
	return target_finish(&writer->target);
}

void manifest_writer_destroy(struct manifest_writer *writer)
{
	if (!writer)
		return;
	target_close(&writer->target, false);
	free(writer->runs);
	free(writer->files);
	free(writer);
}

static struct error *damaged(const struct manifest *manifest, const char *what)
{
	return error_create(ERROR_BAD_DATA, "%s: %s", manifest->source->path, what);
}

static struct error *take_runs(struct manifest *manifest, const uint8_t *bytes)
{
	uint64_t index = 0, next = 0;

	for (size_t i = 0; i < manifest->nr_runs; i++) {
		struct manifest_run *run = &manifest->runs[i];

		run->pfn = load_number(bytes + RUN_SIZE * i, 8, false);
		run->count = load_number(bytes + RUN_SIZE * i + 8, 8, false);
		run->index = index;
		if (run->pfn < next || !run->count || run->count > manifest->nr_pages - index ||
		    __builtin_add_overflow(run->pfn, run->count, &next))
			return damaged(manifest, "the manifest's list of pages makes no sense");
		index += run->count;
	}
	return NULL;
}

static void take_files(struct manifest *manifest, const uint8_t *bytes)
{
	for (size_t i = 0; i < manifest->nr_files; i++, bytes += FILE_SIZE) {
		manifest->files[i].size = load_number(bytes, 8, false);
		manifest->files[i].digest[0] = load_number(bytes + 8, 8, false);
		manifest->files[i].digest[1] = load_number(bytes + 16, 8, false);
	}
}

static struct error *read_lists(struct manifest *manifest, uint64_t digest)
{
	size_t size = lists_size(manifest->nr_runs, manifest->nr_files);
	uint8_t *bytes auto_free = NULL;

	TRY(alloc_array(size, 1, size, "bytes", &bytes));
	TRY(alloc_array(manifest->nr_runs, sizeof(*manifest->runs), manifest->nr_runs, "runs",
			&manifest->runs));
	TRY(alloc_array(manifest->nr_files, sizeof(*manifest->files), manifest->nr_files, "files",
			&manifest->files));
	TRY(source_read(manifest->source, HEADER_SIZE + 8 * manifest->nr_pages, bytes, size));
	if (XXH3_64bits(bytes, size) != digest)
		return damaged(manifest,
			       "the manifest is damaged: its list of pages is not the one "
			       "that was written");
	take_files(manifest, bytes + manifest->nr_runs * RUN_SIZE);
	return take_runs(manifest, bytes);
}

static struct error *load(struct manifest *manifest)
{
	uint8_t header[HEADER_SIZE] = { 0 };
	uint64_t size = manifest->source->size;
	size_t got;

	TRY(source_read_some(manifest->source, 0, header, sizeof(header), &got));
	if (memcmp(header, magic, sizeof(magic)) != 0)
		return damaged(manifest, "not a manifest of pages");
	manifest->page_size = (uint32_t)load_number(header + 32, 4, false);
	manifest->nr_pages = load_number(header + 40, 8, false);
	manifest->nr_files = (size_t)load_number(header + 36, 4, false);
	manifest->nr_runs = (size_t)load_number(header + 48, 8, false);
	if (manifest->nr_pages > size / 8 || manifest->nr_runs > size / RUN_SIZE ||
	    manifest->nr_files > size / FILE_SIZE ||
	    size != HEADER_SIZE + 8 * manifest->nr_pages +
			    lists_size(manifest->nr_runs, manifest->nr_files) ||
	    size > manifest->source->measure)
		return damaged(manifest, "the manifest is cut off, or damaged");
	return read_lists(manifest, load_number(header + 56, 8, false));
}

struct error *manifest_open(const char *path, struct manifest **ret)
{
	struct manifest *manifest = calloc(1, sizeof(*manifest));
	struct error *err;

	if (!manifest)
		return error_nomem();
	err = source_open(path, true, &manifest->source);
	if (!err)
		err = load(manifest);
	if (err) {
		manifest_close(manifest);
		return err;
	}
	*ret = manifest;
	return NULL;
}

void manifest_close(struct manifest *manifest)
{
	if (!manifest)
		return;
	source_close(manifest->source);
	free(manifest->runs);
	free(manifest->files);
	free(manifest);
}

uint32_t manifest_page_size(const struct manifest *manifest)
{
	return manifest->page_size;
}

const struct manifest_file *manifest_files(const struct manifest *manifest, size_t *count)
{
	*count = manifest->nr_files;
	return manifest->files;
}

const struct manifest_run *manifest_find(const struct manifest *manifest, uint64_t pfn)
{
	size_t low = 0, high = manifest->nr_runs;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (manifest->runs[middle].pfn + manifest->runs[middle].count <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low < manifest->nr_runs ? &manifest->runs[low] : NULL;
}

struct error *manifest_read(const struct manifest *manifest, uint64_t index, uint64_t *digests,
			    size_t count)
{
	uint8_t bytes[8 * BATCH];

	for (size_t n; count; index += n, digests += n, count -= n) {
		n = min(count, (size_t)BATCH);
		/* Straight from the file: nothing of the source is changed by that. */
		TRY(source_pread(manifest->source, HEADER_SIZE + 8 * index, bytes, 8 * n));
		for (size_t i = 0; i < n; i++)
			digests[i] = load_number(bytes + 8 * i, 8, false);
	}
	return NULL;
}
