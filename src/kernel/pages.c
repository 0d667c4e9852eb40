// SPDX-License-Identifier: GPL-2.0-or-later
/* The struct pages of a dumped kernel: made ready, and asked. */
#include "kernel/pages.h"

#include "base/alloc.h"
#include "kernel/pages_layout.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WINDOW 4096 /* pfns at least */

const char *page_use_name(enum page_use use)
{
	static const char *const names[PAGE_USES] = {
		[PAGE_USE_UNKNOWN] = "unknown",
		[PAGE_USE_KERNEL] = "kernel",
		[PAGE_USE_RESERVED] = "reserved",
		[PAGE_USE_SLAB] = "slab",
		[PAGE_USE_TABLE] = "page table",
		[PAGE_USE_ANON] = "anon",
		[PAGE_USE_CACHE] = "cache",
		[PAGE_USE_CACHE_PRIVATE] = "cache, private",
		[PAGE_USE_HUGETLB] = "hugetlb",
		[PAGE_USE_FREE] = "free",
		[PAGE_USE_FREE_CPU] = "free, of a CPU",
		[PAGE_USE_HWPOISON] = "hwpoison",
		[PAGE_USE_OFFLINE] = "offline",
		[PAGE_USE_BALLOON] = "balloon",
		[PAGE_USE_UNACCEPTED] = "unaccepted",
	};

	return (unsigned int)use < PAGE_USES ? names[use] : "?";
}

void pages_not_sure(struct pages *pages, const char *fmt, ...)
{
	va_list args;

	if (pages->nr_unsure == PAGES_UNSURE)
		return;
	va_start(args, fmt);
	if (vasprintf(&pages->unsure[pages->nr_unsure], fmt, args) >= 0)
		pages->nr_unsure++;
	va_end(args);
}

const char *pages_unsure(struct pages *pages, size_t n)
{
	if (n < pages->nr_unsure)
		return pages->unsure[n];
	if (n > pages->nr_unsure || !pages->unreadable)
		return NULL;
	snprintf(pages->unreadable_text, sizeof(pages->unreadable_text),
		 "%llu struct pages cannot be read: those pages are kept",
		 (unsigned long long)pages->unreadable);
	return pages->unreadable_text;
}

void pages_destroy(struct pages *pages)
{
	if (!pages)
		return;
	free(pages->ranges);
	free(pages->by_address);
	free(pages->free);
	free(pages->bytes);
	free(pages->uses);
	for (size_t i = 0; i < pages->nr_unsure; i++)
		free(pages->unsure[i]);
	free(pages);
}

static struct error *make_window(struct pages *pages)
{
	pages->bytes = malloc(pages->window * pages->layout.size);
	pages->uses = malloc(pages->window);
	return pages->bytes && pages->uses ? NULL : error_nomem();
}

static struct error *init(struct pages *pages)
{
	struct error *err;

	TRY(pages_layout_init(pages));
	TRY(pages_map_init(pages));
	err = pages_lists_init(pages);
	if (err && (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM))
		return err;
	if (err)
		pages_not_sure(pages, "free pages in CPUs' lists are kept: %s", err->message);
	error_free(err);
	pages->window = max((size_t)WINDOW, (size_t)1 << pages->layout.max_order);
	return make_window(pages);
}

struct error *pages_create_env(const struct pages_env *env, struct pages **ret)
{
	struct pages *pages = calloc(1, sizeof(*pages));
	struct error *err;

	if (!pages)
		return error_nomem();
	pages->env = *env;
	err = init(pages);
	if (err)
		pages_destroy(pages);
	else
		*ret = pages;
	return err;
}

/* ---- for several threads ---- */

static void destroy_share(struct pages *share)
{
	free(share->bytes);
	free(share->uses);
	free(share);
}

struct error *pages_share(const struct pages *pages, const struct memory *memory,
			  struct pages **ret)
{
	struct pages *share = malloc(sizeof(*share));
	struct error *err;

	if (!share)
		return error_nomem();
	/* Where struct pages lie and which are listed as free is known, and never changes. */
	*share = *pages;
	share->env.memory = memory;
	share->window_valid = false;
	share->head_address = 0;
	share->unreadable = 0;
	err = make_window(share);
	if (err)
		destroy_share(share);
	else
		*ret = share;
	return err;
}

void pages_join(struct pages *pages, struct pages *share)
{
	if (!share)
		return;
	pages->unreadable += share->unreadable;
	destroy_share(share);
}

/* ---- an image's ---- */

static struct error *symbol(void *context, const char *name, uint64_t *ret)
{
	return image_symbol(context, name, ret);
}

static struct error *vmcoreinfo(void *context, const char *key, int64_t *ret)
{
	char value[64], *end;

	TRY(image_vmcoreinfo_text(context, key, value, sizeof(value)));
	*ret = strtoll(value, &end, 0);
	if (end == value || *end)
		return error_create(ERROR_BAD_DATA, "VMCOREINFO has %s=%s: no number", key, value);
	return NULL;
}

static struct error *per_cpu(void *context, uint64_t pointer, unsigned int cpu, uint64_t *ret)
{
	if (!image_cpu_possible(context, cpu))
		return error_create(ERROR_NOT_FOUND, "no CPU %u", cpu);
	return image_per_cpu_pointer(context, pointer, cpu, ret);
}

struct error *pages_create(struct image *image, struct pages **ret)
{
	const struct arch_ops *arch = image_arch(image);
	struct pages_env env = {
		.types = image_types(image),
		.memory = image_memory(image),
		.context = image,
		.symbol = symbol,
		.vmcoreinfo = vmcoreinfo,
		.per_cpu = per_cpu,
		.nr_cpus = image_nr_cpus(image),
		.page_shift = arch ? arch->page_shift : 12,
	};

	return pages_create_env(&env, ret);
}

/* ---- asking ---- */

unsigned int pages_shift(const struct pages *pages)
{
	return pages->env.page_shift;
}

struct error *pages_uses(struct pages *pages, uint64_t pfn, uint64_t *start, size_t *count,
			 const uint8_t **ret)
{
	uint64_t first = pfn & ~((uint64_t)pages->window - 1);

	if (!pages->window_valid || pages->window_start != first) {
		pages->window_valid = false;
		TRY(pages_scan(pages, first));
		pages->window_start = first;
		pages->window_valid = true;
	}
	*start = first;
	*count = pages->window;
	*ret = pages->uses;
	return NULL;
}

struct error *pages_pfn_at(struct pages *pages, uint64_t address, uint64_t *ret)
{
	uint64_t begin;

	TRY(pages_pfn(pages, address, ret));
	TRY(pages_address(pages, *ret, &begin));
	if (begin != address)
		return error_at(ERROR_NOT_FOUND, address, "%#llx is inside of a struct page",
				(unsigned long long)address);
	return NULL;
}

static struct error *find_head(struct pages *pages, const uint8_t *bytes, struct page_info *info)
{
	uint64_t compound = pages_word(&pages->layout, bytes + pages->layout.compound);

	info->head = info->pfn;
	info->is_tail = compound & 1;
	if (!info->is_tail)
		return NULL;
	return error_wrap(pages_pfn(pages, pages_head_of(&pages->layout, info->address, compound),
				    &info->head),
			  "head of pfn %#llx", (unsigned long long)info->pfn);
}

struct error *pages_describe_own(struct pages *pages, uint64_t pfn, struct page_info *ret)
{
	const struct pages_layout *l = &pages->layout;
	struct page_info info = { .pfn = pfn };
	uint8_t bytes[512];

	TRY(pages_address(pages, pfn, &info.address));
	TRY(error_wrap(memory_read(pages->env.memory, info.address, bytes, l->size),
		       "struct page of pfn %#llx", (unsigned long long)pfn));
	info.use = pages_own_use(l, bytes);
	info.flags = pages_word(l, bytes + l->flags);
	info.mapping = pages_word(l, bytes + l->mapping);
	info.index = l->has_index ? pages_word(l, bytes + l->index) : 0;
	info.private = pages_word(l, bytes + l->private);
	info.mapcount = (int32_t)pages_u32(l, bytes + l->type);
	info.refcount = (int32_t)pages_u32(l, bytes + l->refcount);
	if (error_dropped(find_head(pages, bytes, &info)))
		info.head = pfn;
	*ret = info;
	return NULL;
}

struct error *pages_describe(struct pages *pages, uint64_t pfn, struct page_info *ret)
{
	const uint8_t *uses;
	uint64_t start;
	size_t count;

	TRY(pages_describe_own(pages, pfn, ret));
	TRY(pages_uses(pages, pfn, &start, &count, &uses));
	ret->use = uses[pfn - start];
	return NULL;
}

/* Is there an earlier name for the bit of flag @n? */
static bool is_alias(const struct pages *pages, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (pages->flag_names[i].value == pages->flag_names[n].value)
			return true;
	}
	return false;
}

const char *pages_flag(struct pages *pages, size_t n, unsigned int *bit)
{
	for (size_t i = 0; i < pages->nr_flag_names; i++) {
		const struct type_enumerator *flag = &pages->flag_names[i];

		/* What begins with underscores is how many there are. */
		if (!flag->name || strncmp(flag->name, "PG_", 3) || flag->value < 0 ||
		    flag->value >= pages->layout.word * 8 || is_alias(pages, i))
			continue;
		if (!n--) {
			*bit = (unsigned int)flag->value;
			return flag->name;
		}
	}
	return NULL;
}
