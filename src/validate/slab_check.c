// SPDX-License-Identifier: GPL-2.0-or-later
/* One slab: what its struct slab says, and the chain of its free objects. */
#include "validate/slab_check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void slab_check_tell(struct slab_check *s, uint64_t at, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	validation_find_wrong(s->v, s->may_race, at, "the cache %s: %s", s->cache->name, text);
}

/* The slab's page, 0 when it is none. */
static struct error *find_page(struct slab_check *s, uint64_t address, const char *where,
			       uint64_t *base)
{
	struct page_info info;
	uint64_t pfn;
	struct error *err;

	*base = 0;
	if (error_dropped(pages_pfn_at(s->pages, address, &pfn))) {
		slab_check_tell(s, address, "%s leads to 0x%" PRIx64 ", which is no slab", where,
				address);
		return NULL;
	}
	err = pages_describe_own(s->pages, pfn, &info);
	if (err)
		return validation_find_error(s->v, true, place_virtual(address, 0), err, "a slab");
	if (info.use != PAGE_USE_SLAB || info.is_tail) {
		slab_check_tell(s, address,
				"%s leads to pfn 0x%" PRIx64 ", which is \"%s\" by its struct page",
				where, pfn, info.is_tail ? "tail" : page_use_name(info.use));
		return NULL;
	}
	return image_phys_to_virt(s->image, pfn << pages_shift(s->pages), base);
}

static struct error *check_free(struct slab_check *s, uint64_t address, const struct slab *slab,
				uint64_t base)
{
	struct slab_freelist list;
	struct error *err = slab_freelist_follow(s->image, &s->objects, base, slab->objects,
						 slab->freelist, address, &list);

	if (err)
		return validation_find_error(s->v, true, place_virtual(base, 0), err,
					     "a free object");
	validation_looked_at(s->v, list.objects);
	if (list.wrong)
		slab_check_tell(s, list.at,
				"the slab at 0x%" PRIx64 ": after %" PRIu64
				" free objects comes 0x%" PRIx64 ", which is %s",
				base, list.objects, list.value, list.wrong);
	else if (list.objects != slab->objects - slab->inuse)
		slab_check_tell(s, address,
				"the slab at 0x%" PRIx64 ": %" PRIu64
				" free objects, expected %" PRIu64 " (%" PRIu64 " of %" PRIu64
				" in use)",
				base, list.objects, slab->objects - slab->inuse, slab->inuse,
				slab->objects);
	return NULL;
}

struct error *slab_check_slab(struct slab_check *s, uint64_t address, const char *where,
			      uint64_t *base, uint64_t *objects)
{
	struct slab slab;
	struct error *err;

	validation_looked_at(s->v, 1);
	TRY(find_page(s, address, where, base));
	if (!*base)
		return NULL;
	err = slab_read(s->image, &s->layout, address, &slab);
	if (err) {
		*base = 0;
		return validation_find_error(s->v, true, place_virtual(address, 0), err, "a slab");
	}
	*objects = slab.objects;
	if (slab.cache != s->cache->address)
		slab_check_tell(s, address, "%s leads to a slab of the cache at 0x%" PRIx64, where,
				slab.cache);
	else if (slab.objects > s->fit)
		slab_check_tell(s, address,
				"the slab at 0x%" PRIx64 " has %" PRIu64 " objects, and %" PRIu64
				" fit",
				*base, slab.objects, s->fit);
	else if (slab.inuse > slab.objects)
		slab_check_tell(s, address,
				"the slab at 0x%" PRIx64 " has %" PRIu64
				" objects in use of %" PRIu64,
				*base, slab.inuse, slab.objects);
	else
		return check_free(s, address, &slab, *base);
	*base = 0;
	return NULL;
}

struct error *slab_check_object(struct slab_check *s, uint64_t object, bool *ret)
{
	unsigned int shift = pages_shift(s->pages);
	uint64_t phys, address, base;
	struct page_info info;
	struct slab slab;

	*ret = !error_dropped(image_translate(s->image, object, &phys)) &&
	       !error_dropped(pages_describe_own(s->pages, phys >> shift, &info)) &&
	       !error_dropped(pages_address(s->pages, info.head, &address)) &&
	       !error_dropped(slab_read(s->image, &s->layout, address, &slab)) &&
	       slab.cache == s->cache->address;
	if (!*ret)
		return NULL;
	TRY(image_phys_to_virt(s->image, info.head << shift, &base));
	*ret = slab_object_begins(&s->objects, base, slab.objects, object);
	return NULL;
}
