// SPDX-License-Identifier: GPL-2.0-or-later
/* kmem: how memory is used, by the kernel's counters and by its struct pages. */
#include "commands/kmem.h"

#include <string.h>

static const struct option_spec options[] = {
	{ 'i', NULL, NULL, "the kernel's own counters, as in /proc/meminfo; the default" },
	{ 'u', NULL, NULL, "pages by what their struct pages say that they are used for" },
	{ 'p', NULL, NULL, "struct pages: of the PFNs or ADDRESSes given, or all" },
	{ 'g', NULL, NULL, "the names of page flags: of those set in FLAGS, or all" },
	{ 'n', NULL, NULL, "nodes and zones" },
	{ 's', NULL, NULL, "slab caches: those named or at the addresses given, or all" },
	{ 0 },
};

static const struct table *const tables[] = { &kmem_usage_table,
					      &kmem_uses_table,
					      &kmem_page_table,
					      &kmem_flags_table,
					      &kmem_zones_table,
					      &kmem_slabs_table,
					      NULL };

static struct error *run_pages(struct context *context, const struct arguments *arguments,
			       struct pages *pages)
{
	struct error *err;

	if (arguments_has(arguments, 'u'))
		err = kmem_uses(context, pages);
	else if (arguments_has(arguments, 'p'))
		err = kmem_pages(context, pages, arguments);
	else if (arguments_has(arguments, 's'))
		err = kmem_slabs(context, arguments, pages_shift(pages));
	else if (arguments_has(arguments, 'g'))
		err = kmem_flags(context, pages, arguments);
	else
		err = kmem_zones(context, pages);
	for (size_t i = 0; !err && pages_unsure(pages, i); i++)
		output_note(context->out, "%s", pages_unsure(pages, i));
	return err;
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	struct pages *pages;
	struct error *err;

	if (arguments->nr_options > 1)
		return error_create(ERROR_USAGE, "takes one option");
	if (arguments->nr_operands && !arguments_has(arguments, 'p') &&
	    !arguments_has(arguments, 'g') && !arguments_has(arguments, 's'))
		return error_create(ERROR_USAGE, "operands belong to -p, -g and -s");
	if (!arguments->nr_options || arguments_has(arguments, 'i'))
		return kmem_usage(context);
	TRY(pages_create(context->image, &pages));
	err = run_pages(context, arguments, pages);
	pages_destroy(pages);
	return err;
}

const struct command kmem_command = {
	.name = "kmem",
	.summary = "memory: how it is used, pages, zones",
	.usage = "[-i] | -u | -p [PFN|ADDRESS]… | -g [FLAGS] | -n | -s [CACHE|ADDRESS]…",
	.help = "-i shows what the kernel counted, -u what the pages themselves say; the kernel counts\n"
		"free pages in CPUs' lists as used, and never counts those that it took at boot.\n\n"
		"A number of -p is a pfn, in hexadecimal, where there is one so large; else an address:\n"
		"of a struct page, of a kernel object (the page that holds it), or physical.\n\n"
		"Examples:\n"
		"  kmem -p 1a3f\n"
		"  kmem -p init_task\n"
		"  kmem -g 17ffffc0000804\n",
	.options = options,
	.tables = tables,
	.completes = COMPLETES_SYMBOL,
	.run = run,
};
