/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of kmem, by its options. Private to commands. */
#ifndef COMMANDS_KMEM_H
#define COMMANDS_KMEM_H

#include "commands/command.h"
#include "kernel/pages.h"

extern const struct table kmem_usage_table, kmem_uses_table, kmem_page_table, kmem_flags_table,
	kmem_zones_table, kmem_slabs_table;

/* kmem_usage.c: -i */
must_check struct error *kmem_usage(struct context *context);
/* kmem_pages.c: -u, -p, -g, -n */
must_check struct error *kmem_uses(struct context *context, struct pages *pages);
must_check struct error *kmem_pages(struct context *context, struct pages *pages,
				    const struct arguments *arguments);
must_check struct error *kmem_flags(struct context *context, struct pages *pages,
				    const struct arguments *arguments);
must_check struct error *kmem_zones(struct context *context, struct pages *pages);

/* kmem_slabs.c: -s */
must_check struct error *kmem_slabs(struct context *context, const struct arguments *arguments,
				    unsigned int page_shift);

#endif
