// SPDX-License-Identifier: GPL-2.0-or-later
/* kmem -u, -p, -g, -n: struct pages, their flags, and zones. */
#include "base/text.h"
#include "commands/kmem.h"

/* ---- every page that the dump describes ---- */

struct walk {
	struct context *context;
	struct pages *pages;
	uint64_t counts[PAGE_USES];
	/* Called with a run of pfns; an error ends the walk. */
	struct error *(*run)(struct walk *walk, uint64_t start, uint64_t end);
};

static struct error *each_run(struct walk *walk)
{
	struct kxdump *dump = image_dump(walk->context->image);
	unsigned int shift = pages_shift(walk->pages);
	struct kxdump_region region;
	uint64_t next = 0; /* regions overlap: the kernel's text is in two */

	for (size_t i = 0; i < kxdump_nr_regions(dump); i++) {
		uint64_t start, end;

		TRY(interrupt_check());
		TRY(kxdump_region(dump, i, &region));
		if (region.phys == UINT64_MAX || !region.size)
			continue;
		start = max(region.phys >> shift, next);
		end = (region.phys + (region.size - 1)) >> shift;
		if (end < region.phys >> shift || end < start)
			continue;
		next = end + 1;
		TRY(walk->run(walk, start, next));
	}
	return NULL;
}

/* ---- -u ---- */

enum { USE, COUNT, KIB, PERCENT };
static const struct column use_columns[] = {
	[USE] = { "use", COLUMN_TEXT, -16, .summary = "what the pages are used for" },
	[COUNT] = { "pages", COLUMN_INT, 10, .summary = "of that use" },
	[KIB] = { "kib", COLUMN_INT, 12, "KIB", .summary = "the same in KiB" },
	[PERCENT] = { "percent", COLUMN_INT, 4, "%", .summary = "of all that the dump describes" },
};
const struct table kmem_uses_table = { TABLE_COLUMNS(use_columns), .look = LOOK_TABLE };

static struct error *count_run(struct walk *walk, uint64_t start, uint64_t end)
{
	uint64_t first, next;
	size_t count;
	const uint8_t *uses;

	while (start < end) {
		if (!pages_next(walk->pages, start, &next) || next > end)
			next = end;
		walk->counts[PAGE_USE_UNKNOWN] += next - start;
		start = next;
		if (start == end)
			break;
		TRY(pages_uses(walk->pages, start, &first, &count, &uses));
		for (; start < end && start - first < count; start++)
			walk->counts[uses[start - first]]++;
	}
	return NULL;
}

struct error *kmem_uses(struct context *context, struct pages *pages)
{
	struct walk walk = { .context = context, .pages = pages, .run = count_run };
	uint64_t all = 0;

	TRY(each_run(&walk));
	for (unsigned int i = 0; i < PAGE_USES; i++)
		all += walk.counts[i];
	output_begin(context->out, &kmem_uses_table);
	for (unsigned int i = 0; i < PAGE_USES; i++) {
		output_text(context->out, USE, page_use_name(i));
		output_uint(context->out, COUNT, walk.counts[i]);
		output_uint(context->out, KIB, walk.counts[i] << (pages_shift(pages) - 10));
		if (all)
			output_uint(context->out, PERCENT, (walk.counts[i] * 100 + all / 2) / all);
		output_row(context->out);
	}
	return NULL;
}

/* ---- -p ---- */

enum {
	PFN,
	PAGE,
	PHYSICAL,
	MAPPING,
	INDEX,
	PRIVATE,
	REFCOUNT,
	MAPCOUNT,
	HEAD,
	PAGE_USE,
	FLAGS,
	SET
};
static const struct column page_columns[] = {
	[PFN] = { "pfn", COLUMN_HEX, 10, .summary = "number of the page" },
	[PAGE] = { "page", COLUMN_ADDRESS, .summary = "address of its struct page" },
	[PHYSICAL] = { "physical", COLUMN_HEX, 12, .summary = "its address" },
	[MAPPING] = { "mapping", COLUMN_ADDRESS, .summary = "as it is stored, low bits too" },
	[INDEX] = { "index", COLUMN_HEX, 8, .summary = "as it is stored" },
	[PRIVATE] = { "private", COLUMN_HEX, .summary = "as it is stored", .json_only = true },
	[REFCOUNT] = { "refcount", COLUMN_INT, 4, "REFS", .summary = "references" },
	[MAPCOUNT] = { "mapcount", COLUMN_INT, .json_only = true,
		       .summary = "as it is stored: less by one, or the page's type" },
	[HEAD] = { "head", COLUMN_HEX, .json_only = true,
		   .summary = "pfn of its compound page's head; null: it is no tail" },
	[PAGE_USE] = { "use", COLUMN_TEXT, -14, .summary = "what the page is used for" },
	[FLAGS] = { "flags", COLUMN_HEX, .summary = "as they are stored", .json_only = true },
	[SET] = { "flag_names", COLUMN_LIST, 0, "FLAGS", .summary = "those that are set" },
};
const struct table kmem_page_table = { TABLE_COLUMNS(page_columns), .look = LOOK_TABLE };

static void show_page(struct context *context, struct pages *pages, const struct page_info *info)
{
	struct output *out = context->out;
	unsigned int bit;
	const char *name;

	output_uint(out, PFN, info->pfn);
	output_uint(out, PAGE, info->address);
	output_uint(out, PHYSICAL, info->pfn << pages_shift(pages));
	output_uint(out, MAPPING, info->mapping);
	output_uint(out, INDEX, info->index);
	output_uint(out, PRIVATE, info->private);
	output_int(out, REFCOUNT, info->refcount);
	output_int(out, MAPCOUNT, info->mapcount);
	if (info->is_tail)
		output_uint(out, HEAD, info->head);
	output_text(out, PAGE_USE, page_use_name(info->use));
	output_uint(out, FLAGS, info->flags);
	output_list_empty(out, SET);
	for (size_t i = 0; (name = pages_flag(pages, i, &bit)); i++) {
		if (info->flags >> bit & 1)
			output_list(out, SET, name + 3); /* without PG_ */
	}
	output_row(out);
}

static struct error *show_run(struct walk *walk, uint64_t start, uint64_t end)
{
	struct page_info info;

	for (; start < end; start++) {
		struct error *err;

		TRY(interrupt_check());
		err = pages_describe(walk->pages, start, &info);
		if (err && (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM))
			return err;
		/* Memory without a struct page: the kernel knows nothing of it. */
		if (err && err->code == ERROR_NOT_FOUND)
			error_free(err);
		else if (err)
			output_incomplete(walk->context->out, err);
		else
			show_page(walk->context, walk->pages, &info);
	}
	return NULL;
}

/* Which page @text means; see the command's help. */
static struct error *parse_page(struct context *context, struct pages *pages, const char *text,
				uint64_t *ret)
{
	uint64_t address, physical, unused;

	TRY(command_address(context, text, &address));
	if (!error_dropped(pages_address(pages, address, &unused)) &&
	    !error_dropped(memory_read(image_memory(context->image), unused, &physical, 1))) {
		*ret = address;
		return NULL;
	}
	if (!error_dropped(pages_pfn(pages, address, ret)))
		return NULL;
	if (error_dropped(image_translate(context->image, address, &physical)))
		physical = address;
	*ret = physical >> pages_shift(pages);
	return error_wrap(pages_address(pages, *ret, &unused), "%s", text);
}

struct error *kmem_pages(struct context *context, struct pages *pages,
			 const struct arguments *arguments)
{
	struct walk walk = { .context = context, .pages = pages, .run = show_run };
	struct page_info info;
	uint64_t pfn;

	output_begin(context->out, &kmem_page_table);
	if (!arguments->nr_operands)
		return each_run(&walk);
	for (size_t i = 0; i < arguments->nr_operands; i++) {
		TRY(parse_page(context, pages, arguments->operands[i], &pfn));
		TRY(pages_describe(pages, pfn, &info));
		show_page(context, pages, &info);
	}
	return NULL;
}

/* ---- -g ---- */

enum { NAME, BIT, MASK };
static const struct column flag_columns[] = {
	[NAME] = { "name", COLUMN_TEXT, -24, "FLAG", .summary = "as the kernel has it" },
	[BIT] = { "bit", COLUMN_INT, 4, .summary = "its number" },
	[MASK] = { "mask", COLUMN_ADDRESS, .summary = "the same as a mask" },
};
const struct table kmem_flags_table = { TABLE_COLUMNS(flag_columns), .look = LOOK_TABLE };

struct error *kmem_flags(struct context *context, struct pages *pages,
			 const struct arguments *arguments)
{
	uint64_t wanted = UINT64_MAX;
	unsigned int bit;
	const char *name;

	if (arguments->nr_operands > 1)
		return error_create(ERROR_USAGE, "takes one word of flags");
	if (arguments->nr_operands)
		TRY(parse_number(arguments->operands[0], true, "the flags", &wanted));
	if (!pages_flag(pages, 0, &bit))
		return error_create(ERROR_NOT_FOUND, "this kernel has no enum pageflags");
	output_begin(context->out, &kmem_flags_table);
	for (size_t i = 0; (name = pages_flag(pages, i, &bit)); i++) {
		if (!(wanted >> bit & 1))
			continue;
		output_text(context->out, NAME, name);
		output_uint(context->out, BIT, bit);
		output_uint(context->out, MASK, 1ULL << bit);
		output_row(context->out);
	}
	return NULL;
}

/* ---- -n ---- */

enum { NODE, ZONE, ZONE_NAME, START, SPANNED, PRESENT, MANAGED, FREE, ADDRESS };
static const struct column zone_columns[] = {
	[NODE] = { "node", COLUMN_INT, 4, .summary = "number of the node" },
	[ZONE] = { "zone", COLUMN_INT, 4, .summary = "number of the zone in it" },
	[ZONE_NAME] = { "name", COLUMN_TEXT, -10, .summary = "of the zone" },
	[START] = { "start_pfn", COLUMN_HEX, 12, "START PFN", .summary = "its first page" },
	[SPANNED] = { "spanned", COLUMN_INT, 10, .summary = "pages, with holes" },
	[PRESENT] = { "present", COLUMN_INT, 10, .summary = "pages, without holes" },
	[MANAGED] = { "managed", COLUMN_INT, 10, .summary = "pages that the allocator got" },
	[FREE] = { "free", COLUMN_INT, 10, .summary = "pages, as the zone counts them" },
	[ADDRESS] = { "address", COLUMN_ADDRESS, .summary = "of its struct zone" },
};
const struct table kmem_zones_table = { TABLE_COLUMNS(zone_columns), .look = LOOK_TABLE };

static struct error *show_zone(void *data, const struct page_zone *zone)
{
	struct output *out = ((struct context *)data)->out;

	output_uint(out, NODE, zone->node);
	output_uint(out, ZONE, zone->number);
	output_text(out, ZONE_NAME, zone->name);
	output_uint(out, START, zone->start_pfn);
	output_uint(out, SPANNED, zone->spanned);
	output_uint(out, PRESENT, zone->present);
	output_uint(out, MANAGED, zone->managed);
	output_uint(out, FREE, zone->free);
	output_uint(out, ADDRESS, zone->address);
	output_row(out);
	return NULL;
}

struct error *kmem_zones(struct context *context, struct pages *pages)
{
	output_begin(context->out, &kmem_zones_table);
	return pages_zones(pages, show_zone, context);
}
