// SPDX-License-Identifier: GPL-2.0-or-later
/* kmem -i: memory by the kernel's counters. */
#include "commands/kmem.h"

#include "kernel/pages_usage.h"

enum { NAME, PAGES, KIB, PERCENT, OF };
static const struct column columns[] = {
	[NAME] = { "name", COLUMN_TEXT, -18, "", .summary = "what is counted" },
	[PAGES] = { "pages", COLUMN_INT, 10, .summary = "of it" },
	[KIB] = { "kib", COLUMN_INT, 12, "KIB", .summary = "the same in KiB" },
	[PERCENT] = { "percent", COLUMN_INT, 4, "%", .summary = "of what `of` says" },
	[OF] = { "of", COLUMN_TEXT, .summary = "total, swap, huge or limit" },
};
const struct table kmem_usage_table = { TABLE_COLUMNS(columns), .look = LOOK_TABLE };

struct line {
	const char *name;
	int64_t pages;
	const char *of;
	int64_t whole;
};

static void show(struct context *context, const struct line *line)
{
	const struct arch_ops *arch = image_arch(context->image);
	unsigned int shift = arch ? arch->page_shift - 10 : 2;
	struct output *out = context->out;

	output_text(out, NAME, line->name);
	if (line->pages != USAGE_UNKNOWN) {
		output_int(out, PAGES, line->pages);
		output_int(out, KIB, (int64_t)((uint64_t)line->pages << shift));
		if (line->of && line->whole != USAGE_UNKNOWN && line->whole > 0) {
			output_int(
				out, PERCENT,
				(int64_t)((double)line->pages * 100 / (double)line->whole + 0.5));
			output_text(out, OF, line->of);
		}
	}
	output_row(out);
}

static int64_t sum(int64_t a, int64_t b)
{
	return a == USAGE_UNKNOWN || b == USAGE_UNKNOWN ? USAGE_UNKNOWN
							: (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t difference(int64_t a, int64_t b)
{
	return a == USAGE_UNKNOWN || b == USAGE_UNKNOWN ? USAGE_UNKNOWN
							: (int64_t)((uint64_t)a - (uint64_t)b);
}

struct error *kmem_usage(struct context *context)
{
	int64_t u[USAGES], slab, used, total;
	bool any = false;

	TRY(usage_read(context->image, u));
	for (unsigned int i = 0; i < USAGES; i++)
		any |= u[i] != USAGE_UNKNOWN;
	if (!any)
		return error_create(ERROR_NOT_FOUND, "the kernel's counters are not known");
	total = u[USAGE_TOTAL];
	used = difference(total, u[USAGE_FREE]);
	slab = sum(u[USAGE_SLAB_RECLAIMABLE], u[USAGE_SLAB_UNRECLAIMABLE]);
	output_begin(context->out, &kmem_usage_table);

	const struct line lines[] = {
		{ "TOTAL MEM", total, NULL, 0 },
		{ "FREE", u[USAGE_FREE], "total", total },
		{ "USED", used, "total", total },
		{ "BUFFERS", u[USAGE_BUFFERS], "total", total },
		{ "CACHED", u[USAGE_CACHED], "total", total },
		{ "SWAP CACHED", u[USAGE_SWAP_CACHED], "total", total },
		{ "ANON", u[USAGE_ANON], "total", total },
		{ "MAPPED", u[USAGE_MAPPED], "total", total },
		{ "SHMEM", u[USAGE_SHMEM], "total", total },
		{ "SLAB", slab, "total", total },
		{ "SLAB RECLAIMABLE", u[USAGE_SLAB_RECLAIMABLE], "total", total },
		{ "KERNEL STACKS", u[USAGE_STACKS], "total", total },
		{ "PAGE TABLES", u[USAGE_TABLES], "total", total },
		{ "TOTAL HUGE", u[USAGE_HUGE], NULL, 0 },
		{ "HUGE FREE", u[USAGE_HUGE_FREE], "huge", u[USAGE_HUGE] },
		{ "TOTAL SWAP", u[USAGE_SWAP], NULL, 0 },
		{ "SWAP USED", difference(u[USAGE_SWAP], u[USAGE_SWAP_FREE]), "swap",
		  u[USAGE_SWAP] },
		{ "SWAP FREE", u[USAGE_SWAP_FREE], "swap", u[USAGE_SWAP] },
		{ "COMMIT LIMIT", u[USAGE_COMMIT_LIMIT], NULL, 0 },
		{ "COMMITTED", u[USAGE_COMMITTED], "limit", u[USAGE_COMMIT_LIMIT] },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		show(context, &lines[i]);
	return NULL;
}
