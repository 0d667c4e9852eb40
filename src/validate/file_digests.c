// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files byte by byte, for a manifest: also what no page is, headers, notes and gaps. A dump
 * that was converted since is other files, whose pages alone can be compared.
 */
#include "validate/validation.h"

#include "base/alloc.h"
#include "kxdump_check.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define CHUNK ((size_t)1 << 20)

struct files {
	struct validation *v;
	struct manifest_file *items;
	size_t count;
	uint64_t done, all; /* bytes */
	uint8_t *buf;
};

static struct error *list(struct files *f)
{
	struct kxdump *dump = validation_dump(f->v);
	struct kxdump_file file;

	while (kxdump_check_file(dump, f->count, &file))
		f->count++;
	TRY(alloc_array(f->count, sizeof(*f->items), f->count, "files", &f->items));
	for (size_t i = 0; i < f->count && kxdump_check_file(dump, i, &file); i++) {
		f->items[i].size = file.stored;
		f->all += file.stored;
	}
	return NULL;
}

static struct error *hash(struct files *f, size_t i, XXH3_state_t *state)
{
	struct manifest_file *file = &f->items[i];
	XXH128_hash_t digest;
	size_t n;

	if (XXH3_128bits_reset(state) != XXH_OK)
		return error_nomem();
	for (uint64_t at = 0; at < file->size; at += n) {
		n = (size_t)min(file->size - at, (uint64_t)CHUNK);
		TRY(kxdump_check_read_stored(validation_dump(f->v), i, at, f->buf, n));
		XXH3_128bits_update(state, f->buf, n);
		f->done += n;
		TRY(validation_progress(f->v, f->done, f->all));
	}
	digest = XXH3_128bits_digest(state);
	file->digest[0] = digest.low64;
	file->digest[1] = digest.high64;
	validation_looked_at(f->v, 1);
	return NULL;
}

static struct error *hash_all(struct files *f)
{
	XXH3_state_t *state = XXH3_createState();
	struct error *err = state ? NULL : error_nomem();

	for (size_t i = 0; !err && i < f->count; i++)
		err = hash(f, i, state);
	XXH3_freeState(state);
	return err;
}

static bool are_other_files(const struct files *f, const struct manifest_file *expected,
			    size_t count)
{
	if (count != f->count)
		return true;
	for (size_t i = 0; i < count; i++)
		if (expected[i].size != f->items[i].size)
			return true;
	return false;
}

static void compare(struct files *f, const struct manifest_file *expected)
{
	for (size_t i = 0; i < f->count; i++)
		if (memcmp(expected[i].digest, f->items[i].digest, sizeof(f->items[i].digest)) != 0)
			validation_find(f->v, FINDING_FAULT, CAUSE_CORRUPT,
					place_file((unsigned int)i, 0, f->items[i].size),
					"the file is not, byte by byte, as the manifest has it");
}

static struct error *digest(struct files *f)
{
	struct validation *v = f->v;
	const struct manifest_file *expected;
	size_t count;

	TRY(list(f));
	if (v->all->writer) {
		TRY(hash_all(f));
		TRY(manifest_writer_files(v->all->writer, f->items, f->count));
	}
	if (!v->all->manifest)
		return NULL;
	expected = manifest_files(v->all->manifest, &count);
	if (are_other_files(f, expected, count)) {
		validation_skip(v,
				"the manifest was made of other files: pages alone are compared");
		return NULL;
	}
	if (!v->all->writer)
		TRY(hash_all(f));
	compare(f, expected);
	return NULL;
}

static struct error *run(struct validation *v)
{
	struct files f = { .v = v };
	struct error *err;

	if (!v->all->manifest && !v->all->writer) {
		validation_skip(v, "no manifest is asked for");
		return NULL;
	}
	if (kxdump_info(validation_dump(v))->live) {
		validation_skip(v, "the running kernel's memory is not the same twice");
		return NULL;
	}
	f.buf = malloc(CHUNK);
	err = f.buf ? digest(&f) : error_nomem();
	free(f.buf);
	free(f.items);
	return err;
}

const struct validate_check validate_file_digests = {
	.name = "file-digests",
	.family = "container",
	.summary = "the files are not, byte by byte, as a manifest has them",
	.run = run,
};
