/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A filter over struct pages that are there already: what filter_create() and tests are made of. */
#ifndef SAVE_FILTER_PAGES_H
#define SAVE_FILTER_PAGES_H

#include "kernel/pages.h"
#include "save/filter.h"

/* Takes @pages over, also on failure; NULL: nothing is understood, and all is kept. */
must_check struct error *filter_create_pages(struct kxdump *dump, struct pages *pages,
					     const struct filter_rules *rules, struct filter **ret);

#endif
