// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * struct page, its flags and types through the ages. The newest name comes first; which one the
 * dumped kernel has decides, never its version.
 */
#include "kernel/pages_layout.h"

#include <stdio.h>
#include <string.h>

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const struct type *find(const struct pages_env *env, enum type_kind kind, const char *name)
{
	bool (*more)(void *) = env->types->more;
	const struct type *type;
	bool missing;

	/* What is asked for here is the kernel's own: modules need not be looked through. */
	env->types->more = NULL;
	missing = error_dropped(types_find_kind(env->types, kind, name, &type));
	env->types->more = more;
	if (missing)
		return NULL;
	type = type_strip(type);
	return type->is_incomplete ? NULL : type;
}

bool pages_member(const struct pages_env *env, const char *type, const char *const *paths,
		  const char *key, uint32_t *ret)
{
	const struct type *found = find(env, TYPE_STRUCT, type);
	struct type_place place;
	int64_t offset;

	for (; found && *paths; paths++) {
		if (!error_dropped(type_find_member(found, *paths, &place)) &&
		    place.bit_offset / 8 < UINT32_MAX) {
			*ret = (uint32_t)(place.bit_offset / 8);
			return true;
		}
	}
	/* A kernel without BTF still tells the few that makedumpfile wants. */
	if (found || !key || error_dropped(env->vmcoreinfo(env->context, key, &offset)) ||
	    offset < 0 || offset > INT32_MAX)
		return false;
	*ret = (uint32_t)offset;
	return true;
}

bool pages_member_type(const struct pages_env *env, const char *type, const char *path,
		       uint64_t *size, uint64_t *count)
{
	const struct type *found = find(env, TYPE_STRUCT, type);
	struct type_place place = { .type = found };

	if (!found || (path && error_dropped(type_find_member(found, path, &place))))
		return false;
	found = type_strip(place.type);
	*size = found->size;
	*count = found->kind == TYPE_ARRAY ? found->count : 0;
	return true;
}

bool pages_enumerator(const struct pages_env *env, const char *type, const char *name, int64_t *ret)
{
	const struct type *found = find(env, TYPE_ENUM, type);
	const struct type_enumerator *all;

	if (!found || error_dropped(type_enumerators(found, &all)))
		return false;
	for (uint64_t i = 0; i < found->count; i++) {
		if (all[i].name && !strcmp(all[i].name, name)) {
			*ret = all[i].value;
			return true;
		}
	}
	return false;
}

/* The mask of flag @name, "PG_lru"; 0 when the kernel has no such flag. */
static uint64_t flag(const struct pages *pages, const char *name)
{
	const struct pages_env *env = &pages->env;
	char key[64];
	int64_t bit;

	if (!pages_enumerator(env, "pageflags", name, &bit)) {
		snprintf(key, sizeof(key), "NUMBER(%s)", name);
		if (pages->nr_flag_names || error_dropped(env->vmcoreinfo(env->context, key, &bit)))
			return 0;
	}
	return bit >= 0 && bit < pages->layout.word * 8 ? 1ULL << bit : 0;
}

static void init_flags(struct pages *pages)
{
	const struct type *type = find(&pages->env, TYPE_ENUM, "pageflags");
	struct pages_layout *l = &pages->layout;
	int64_t mask;

	if (type && !error_dropped(type_enumerators(type, &pages->flag_names)))
		pages->nr_flag_names = type->count;
	l->head = flag(pages, "PG_head");
	if (!l->head && !error_dropped(pages->env.vmcoreinfo(pages->env.context,
							     "NUMBER(PG_head_mask)", &mask)))
		l->head = (uint64_t)mask;
	l->is_lru = flag(pages, "PG_lru");
	l->is_private = flag(pages, "PG_private");
	l->swapbacked = flag(pages, "PG_swapbacked");
	l->swapcache = flag(pages, "PG_swapcache");
	l->slab = flag(pages, "PG_slab");
	l->reserved = flag(pages, "PG_reserved");
	l->hwpoison = flag(pages, "PG_hwpoison");   /* with CONFIG_MEMORY_FAILURE */
	l->movable = flag(pages, "PG_movable_ops"); /* 84caf98838a3 (v6.17) */
	if (!l->is_lru || !l->is_private)
		pages_not_sure(pages, "PG_lru or PG_private is not known: page cache is kept");
}

/*
 * Type @name, "buddy". The top byte of page_type since 4ffca5a96678 (v6.12); before, a bit that is
 * cleared in a number whose topmost bits are set: an enumerator from 46df8e73a4a3 (v6.10) on, a
 * macro before, which VMCOREINFO tells of.
 */
static struct page_type page_type(const struct pages *pages, const char *name, const char *key)
{
	const struct pages_env *env = &pages->env;
	char enumerator[32];
	int64_t value, base = 0xf0000000;

	snprintf(enumerator, sizeof(enumerator), "PGTY_%s", name);
	if (pages_enumerator(env, "pagetype", enumerator, &value))
		return (struct page_type){ 0xff000000, (uint32_t)value << 24 };
	snprintf(enumerator, sizeof(enumerator), "PG_%s", name);
	if (pages_enumerator(env, "pagetype", enumerator, &value)) {
		(void)pages_enumerator(env, "pagetype", "PAGE_TYPE_BASE", &base);
		return (struct page_type){ (uint32_t)(base | value), (uint32_t)base };
	}
	if (!key || error_dropped(env->vmcoreinfo(env->context, key, &value)))
		return (struct page_type){ 0 };
	if (!((uint32_t)value & 0xffffff))
		return (struct page_type){ 0xff000000, (uint32_t)value };
	return (struct page_type){ (uint32_t)(base | ~value), (uint32_t)base };
}

/*
 * Of page tables: without an enum a macro of 6e292b9be7f4 (v4.18), which moved when pages charged
 * to a memory cgroup lost their own type, 18b2db3b0385 (v5.11); mem_cgroup was renamed just before.
 */
static struct page_type table_macro(const struct pages *pages)
{
	uint32_t bit, unused;

	if (pages->layout.buddy.mask != (0xf0000000 | 0x80))
		return (struct page_type){ 0 };
	if (pages_member(&pages->env, "page", NAMES("memcg_data"), NULL, &unused))
		bit = 0x200;
	else if (pages_member(&pages->env, "page", NAMES("mem_cgroup"), NULL, &unused))
		bit = 0x400;
	else
		return (struct page_type){ 0 };
	return (struct page_type){ 0xf0000000 | bit, 0xf0000000 };
}

static void init_types(struct pages *pages)
{
	struct pages_layout *l = &pages->layout;
	int64_t reserve = -128;

	l->buddy = page_type(pages, "buddy", "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)");
	l->offline = page_type(pages, "offline", "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)");
	l->table = page_type(pages, "table", NULL);
	l->hugetlb = page_type(pages, "hugetlb", "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)");
	l->is_slab = page_type(pages, "slab", "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)");
	l->unaccepted = page_type(pages, "unaccepted", "NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)");
	if (!l->table.mask)
		l->table = table_macro(pages);
	if (l->buddy.mask == 0xff000000)
		reserve = (int32_t)0xff000000;
	else
		(void)pages_enumerator(&pages->env, "pagetype", "PAGE_MAPCOUNT_RESERVE", &reserve);
	l->typed_below = (int32_t)reserve;
	/* Since slabs are a type (v6.10) the flag's number is another flag's. */
	if (l->is_slab.mask)
		l->slab = 0;
	l->knows_slabs = l->slab || l->is_slab.mask;
	if (!l->buddy.mask)
		pages_not_sure(pages, "the mark of free pages is not known: they are kept");
	if (!l->knows_slabs)
		pages_not_sure(pages, "the mark of slabs is not known: anonymous pages are kept, "
				      "for slabs could look like them");
}

static void init_hugetlb(struct pages *pages)
{
	const struct pages_env *env = &pages->env;
	struct pages_layout *l = &pages->layout;
	int64_t value;
	uint32_t at;

	if (l->hugetlb.mask) { /* d99e3140a4d3 (v6.10, and stable v6.9) */
		l->hugetlb_by = HUGETLB_TYPE;
		return;
	}
	/* 9c5ccf2db04b (v6.6) */
	if (pages_enumerator(env, "pageflags", "PG_hugetlb", &value) && value >= 0 &&
	    value < l->word * 8) {
		l->hugetlb_by = HUGETLB_FLAG;
		l->hugetlb_flag = 1ULL << value;
		return;
	}
	if (!pages_enumerator(env, "compound_dtor_id", "HUGETLB_PAGE_DTOR", &value) &&
	    error_dropped(env->vmcoreinfo(env->context, "NUMBER(HUGETLB_PAGE_DTOR)", &value)))
		return; /* CONFIG_HUGETLB_PAGE is off */
	l->hugetlb_dtor_value = (uint64_t)value;
	/* Both are in the first tail: struct folio has it from 379708ffde1b (v6.3) on. */
	if (pages_member(env, "page", NAMES("compound_dtor"), "OFFSET(page.compound_dtor)", &at) &&
	    at < l->size) {
		l->hugetlb_dtor = at;
	} else if (pages_member(env, "folio", NAMES("_folio_dtor"), NULL, &at) && at >= l->size &&
		   at < 2 * l->size) {
		l->hugetlb_dtor = at - l->size;
	} else {
		pages_not_sure(pages, "the mark of hugetlb pages is not known: they are kept");
		return;
	}
	l->hugetlb_by = HUGETLB_DTOR;
}

static void init_max_order(struct pages *pages)
{
	struct pages_layout *l = &pages->layout;
	uint64_t size, count;
	int64_t length;

	if (!pages_member_type(&pages->env, "zone", "free_area", &size, &count)) {
		count = 0;
		if (!error_dropped(pages->env.vmcoreinfo(pages->env.context,
							 "LENGTH(zone.free_area)", &length)))
			count = (uint64_t)length;
	}
	if (!count || count > PAGES_MAX_ORDER + 1) {
		pages_not_sure(pages, "how large free blocks can be is not known: free pages are "
				      "kept");
		l->buddy = (struct page_type){ 0 };
		count = 11;
	}
	l->max_order = (unsigned int)count - 1;
}

static bool init_members(struct pages *pages)
{
	const struct pages_env *env = &pages->env;
	struct pages_layout *l = &pages->layout;
	struct type_place unused;
	const struct type *page = find(env, TYPE_STRUCT, "page");

	l->masks = page ? !error_dropped(type_find_member(page, "compound_info", &unused)) : true;
	l->has_index = pages_member(env, "page", NAMES("__folio_index", "index"), NULL, &l->index);
	/* flags.f: 53fbef56e07d (v6.18); compound_info: v7.1; pcp_list: bf75f200569d (v5.19) */
	return pages_member(env, "page", NAMES("flags.f", "flags"), "OFFSET(page.flags)",
			    &l->flags) &&
	       pages_member(env, "page", NAMES("mapping"), "OFFSET(page.mapping)", &l->mapping) &&
	       pages_member(env, "page", NAMES("private"), "OFFSET(page.private)", &l->private) &&
	       pages_member(env, "page", NAMES("page_type", "_mapcount"), "OFFSET(page._mapcount)",
			    &l->type) &&
	       pages_member(env, "page", NAMES("_refcount"), "OFFSET(page._refcount)",
			    &l->refcount) &&
	       (pages_member(env, "page", NAMES("compound_info", "compound_head"),
			     "OFFSET(page.compound_info)", &l->compound) ||
		pages_member(env, "page", NAMES("compound_head"), "OFFSET(page.compound_head)",
			     &l->compound)) &&
	       pages_member(env, "page", NAMES("pcp_list", "lru"), "OFFSET(page.lru)", &l->lru);
}

struct error *pages_layout_init(struct pages *pages)
{
	struct pages_layout *l = &pages->layout;
	uint64_t size, count, word;
	int64_t number;

	l->word = pages->env.memory->word_size;
	l->big_endian = pages->env.memory->big_endian;
	word = l->word;
	if (!pages_member_type(&pages->env, "page", NULL, &size, &count)) {
		TRY(error_wrap(pages->env.vmcoreinfo(pages->env.context, "SIZE(page)", &number),
			       "struct page is not known"));
		size = (uint64_t)number;
	}
	if (!init_members(pages))
		return error_create(ERROR_NOT_FOUND, "a member of struct page is not known");
	if (size < 32 || size > 512 || size % word || l->flags + word > size ||
	    l->mapping + word > size || l->private + word > size || l->compound + word > size ||
	    l->lru + word > size || l->type + 4 > size || l->refcount + 4 > size ||
	    (l->has_index && l->index + word > size))
		return error_create(ERROR_UNSUPPORTED,
				    "struct page of %llu bytes does not hold "
				    "its own members",
				    (unsigned long long)size);
	l->size = (uint32_t)size;
	init_flags(pages);
	if (!l->head)
		return error_create(ERROR_NOT_FOUND, "PG_head is not known");
	init_types(pages);
	init_hugetlb(pages);
	init_max_order(pages);
	return NULL;
}
