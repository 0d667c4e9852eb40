// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is what was loaded still what purgatory will verify? Purgatory holds a list of regions and the
 * SHA-256 over them, in their order, zeros up to each segment's end included. kx-crash's own is
 * known by its magic (purgatory_abi.h). The kernel's (arch/x86/purgatory/purgatory.c) and that of
 * kexec-tools have no such mark, but both keep 16 pairs of address and length, those of segments,
 * which nothing else looks like; the digest lies near, in either order. So the list is looked for,
 * and then the digest that it leads to.
 */
#include "kernel/kexec_decode.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/interrupt.h"
#include "purgatory/purgatory_abi.h"
#include "purgatory/sha256.h"

#include <inttypes.h>
#include <string.h>

#define MAX_PURGATORY (16ULL << 20)
#define CHUNK	      (1ULL << 20)
#define MAX_REGION    (64ULL << 30)
#define LIST_ENTRY    16

_Static_assert(PURGATORY_MAX_REGIONS <= KEXEC_MAX_SEGMENTS, "regions are kept");

struct search {
	const struct kexec_image *kexec;
	const struct memory *content;
	uint8_t *data; /* purgatory's segment */
	uint64_t address, size;
	struct kexec_digest *digest;
};

void kexec_digest_deinit(struct kexec_digest *digest)
{
	error_free(digest->why);
	digest->why = NULL;
}

static uint64_t word(const struct search *s, uint64_t offset)
{
	return load_number(s->data + offset, 8, s->content->big_endian);
}

/* Is the pair at @offset the whole of a segment? */
static bool is_region(const struct search *s, uint64_t offset)
{
	uint64_t start = word(s, offset), size = word(s, offset + 8);

	for (unsigned int i = 0; size && i < s->kexec->nr_segments; i++) {
		if (s->kexec->segments[i].address == start &&
		    s->kexec->segments[i].memory_size == size)
			return true;
	}
	return false;
}

/* The first such pair, and those that follow it. */
static bool find_list(struct search *s)
{
	struct kexec_digest *digest = s->digest;
	uint64_t at = 0;

	while (at + LIST_ENTRY <= s->size && !is_region(s, at))
		at += 8;
	if (at + LIST_ENTRY > s->size)
		return false;
	digest->table = s->address + at;
	digest->kind = s->kexec->value[KEXEC_FILE_MODE] ? "kernel" : "kexec-tools";
	for (; at + LIST_ENTRY <= s->size && is_region(s, at) &&
	       digest->nr_regions < KEXEC_MAX_SEGMENTS;
	     at += LIST_ENTRY)
		digest->regions[digest->nr_regions++] =
			(struct kexec_region){ word(s, at), word(s, at + 8) };
	return true;
}

/* kx-crash's own: by the magic at its fixed place. */
static struct error *take_own(struct search *s, bool *found)
{
	struct kexec_digest *digest = s->digest;
	struct purgatory_parameters p;

	*found = false;
	if (s->size < PURGATORY_PARAMETERS + sizeof(p))
		return NULL;
	memcpy(&p, s->data + PURGATORY_PARAMETERS, sizeof(p));
	if (p.magic != PURGATORY_MAGIC)
		return NULL;
	*found = true;
	digest->kind = "kx-crash";
	digest->table =
		s->address + PURGATORY_PARAMETERS + offsetof(struct purgatory_parameters, regions);
	if (p.nr_regions > PURGATORY_MAX_REGIONS)
		return error_at(ERROR_BAD_DATA, s->address,
				"purgatory lists %" PRIu64 " regions, %d are possible",
				p.nr_regions, PURGATORY_MAX_REGIONS);
	digest->nr_regions = (unsigned int)p.nr_regions;
	for (unsigned int i = 0; i < digest->nr_regions; i++)
		digest->regions[i] = (struct kexec_region){ p.regions[i].start, p.regions[i].size };
	memcpy(digest->stored, p.digest, sizeof(digest->stored));
	digest->has_stored = true;
	digest->entry = p.entry;
	digest->boot_params = p.boot_params;
	digest->backup_source = p.backup_source;
	digest->backup_target = p.backup_target;
	digest->backup_size = p.backup_size;
	return NULL;
}

static struct error *add_region(struct search *s, struct sha256 *sha, uint8_t *chunk,
				const struct kexec_region *region)
{
	uint64_t left = region->size, at = region->start;

	if (left > MAX_REGION)
		return error_at(ERROR_BAD_DATA, at, "a region of 0x%" PRIx64 " bytes", left);
	while (left) {
		size_t part = (size_t)min(left, CHUNK);

		TRY(interrupt_check());
		TRY(memory_read(s->content, at, chunk, part));
		sha256_update(sha, chunk, part);
		at += part;
		left -= part;
	}
	return NULL;
}

static struct error *compute(struct search *s)
{
	struct kexec_digest *digest = s->digest;
	auto_free uint8_t *chunk = malloc(CHUNK);
	struct sha256 sha;

	if (!chunk)
		return error_nomem();
	sha256_init(&sha);
	for (unsigned int i = 0; i < digest->nr_regions; i++)
		TRY(add_region(s, &sha, chunk, &digest->regions[i]));
	sha256_final(&sha, digest->computed);
	digest->has_computed = true;
	return NULL;
}

static struct error *verify(struct search *s)
{
	struct kexec_digest *digest = s->digest;
	bool found;

	TRY(take_own(s, &found));
	if (!found && !find_list(s)) {
		digest->verdict = KEXEC_DIGEST_NOT_FOUND;
		return NULL;
	}
	TRY(compute(s));
	if (!digest->has_stored &&
	    memmem(s->data, s->size, digest->computed, sizeof(digest->computed))) {
		memcpy(digest->stored, digest->computed, sizeof(digest->stored));
		digest->has_stored = true;
	}
	digest->verdict = digest->has_stored && !memcmp(digest->stored, digest->computed,
							sizeof(digest->stored))
				  ? KEXEC_DIGEST_MATCHES
				  : KEXEC_DIGEST_DIFFERS;
	return NULL;
}

/* Purgatory's segment as a whole. */
static struct error *read_purgatory(struct search *s)
{
	const struct kexec_segment *segment = &s->kexec->segments[s->digest->segment];

	s->address = segment->address;
	s->size = segment->memory_size;
	if (s->size > MAX_PURGATORY)
		return error_at(ERROR_UNSUPPORTED, s->address,
				"the segment that is entered has 0x%" PRIx64
				" bytes: no purgatory is as large",
				s->size);
	TRY(alloc_array(s->size, 1, MAX_PURGATORY, "bytes of purgatory", &s->data));
	return memory_read(s->content, s->address, s->data, s->size);
}

struct error *kexec_digest_verify(const struct kexec_image *kexec, const struct memory *content,
				  struct kexec_digest *ret)
{
	struct search s = { .kexec = kexec, .content = content, .digest = ret };
	struct error *err;

	*ret = (struct kexec_digest){ .verdict = KEXEC_DIGEST_UNREADABLE, .segment = -1 };
	if (!kexec->has[KEXEC_START])
		return NULL;
	ret->segment = kexec_image_segment(kexec, kexec->value[KEXEC_START]);
	if (ret->segment < 0) {
		ret->verdict = KEXEC_DIGEST_NOT_FOUND;
		return NULL;
	}
	err = read_purgatory(&s);
	if (!err)
		err = verify(&s);
	free(s.data);
	if (err && err->code == ERROR_INTERRUPTED)
		return err;
	if (err)
		ret->verdict = KEXEC_DIGEST_UNREADABLE;
	ret->why = err;
	return NULL;
}
