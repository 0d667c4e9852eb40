/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slabs and objects, cache by cache, as a validator looks at them. Private to slab*.c. */
#ifndef VALIDATE_SLAB_CHECK_H
#define VALIDATE_SLAB_CHECK_H

#include "validate/address_list.h"
#include "validate/validate.h"

#include "kernel/pages.h"
#include "kernel/slab_freelist.h"
#include "kernel/slabs.h"

/* A cache that was looked at: what its slabs are to be like. */
struct slab_known {
	struct slab_cache cache; /* without its problem */
	struct slab_objects objects;
	uint64_t fit;
	bool understood; /* @objects and @fit are known */
};

struct slab_check {
	struct validation *v;
	struct image *image;
	struct pages *pages;
	struct slab_layout layout;
	const struct slab_cache *cache; /* that is looked at */
	struct slab_objects objects;	/* of it */
	uint64_t fit;			/* so many fit in a slab */
	bool may_race;			/* what is wrong may have been changing: a note */
	/* ---- of all caches so far ---- */
	struct slab_known *known;
	size_t nr_known, known_room;
	struct address_list met; /* the struct slabs that lists and CPUs led to */
};

void slab_check_tell(struct slab_check *s, uint64_t at, const char *fmt, ...) printf_like(3, 4);
/*
 * The slab at @address (a struct slab's), found in @where: a page of a slab's, its cache's, its
 * free objects as many as it counts. *@base: where its objects lie, 0 when it is none.
 */
must_check struct error *slab_check_slab(struct slab_check *s, uint64_t address, const char *where,
					 uint64_t *base, uint64_t *objects);
/* *@ret: is @object one of the cache's? */
must_check struct error *slab_check_object(struct slab_check *s, uint64_t object, bool *ret);
/*
 * slab_check_pages.c: the slabs that struct pages tell of and that no list leads to, as most of
 * those without a free object. Once all caches were looked at; sorts what is known of them.
 */
must_check struct error *slab_check_pages(struct slab_check *s);
/* slab_check_sheaves.c: arrays of free objects (since v6.18): each CPU's, and each node's. */
must_check struct error *slab_check_sheaves(struct slab_check *s);

#endif
