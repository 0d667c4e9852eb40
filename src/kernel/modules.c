// SPDX-License-Identifier: GPL-2.0-or-later
/* A module as /proc/modules shows it: kernel/module/procfs.c of Linux. */
#include "kernel/modules.h"

#include "image/view.h"
#include "kernel/lists.h"
#include "kernel/taint.h"

#include <stdio.h>

/* The reference that the loader itself holds: MODULE_REF_BASE, e513cc1c07e2 (v3.19). */
#define MODULE_REF_BASE 1

enum { MODULE_STATE, MODULE_REFCNT, MODULE_TAINTS, MODULE_SOURCE_LIST };
DEFINE_VIEW(module_view, "module", [MODULE_STATE] = FIELD("state"),
	    [MODULE_REFCNT] = FIELD("refcnt"), /* with CONFIG_MODULE_UNLOAD */
	    [MODULE_TAINTS] = FIELD("taints"), [MODULE_SOURCE_LIST] = FIELD("source_list"));

enum { USE_SOURCE_LIST, USE_SOURCE };
DEFINE_VIEW(use_view,
	    "module_use", [USE_SOURCE_LIST] = FIELD("source_list"), [USE_SOURCE] = FIELD("source"));

/* enum module_state, as the kernel spells it. */
static const char *state_name(uint64_t state)
{
	static const char *const names[] = { "Live", "Loading", "Unloading", "Unformed" };

	return state < ARRAY_SIZE(names) ? names[state] : "?";
}

struct user_search {
	struct image *image;
	const struct image_module *all;
	size_t count;
	uint64_t node; /* offset of the list's node in a module_use */
	struct module *module;
};

static struct error *add_user(void *context, uint64_t entry, uint64_t index)
{
	struct user_search *search = context;
	struct module *module = search->module;
	uint64_t source;

	TRY(view_read(search->image, &use_view, USE_SOURCE, entry - search->node, &source));
	for (size_t i = 0; i < search->count; i++) {
		if (search->all[i].address != source)
			continue;
		if (module->nr_used_by == MODULE_MAX_USERS)
			return error_create(ERROR_UNSUPPORTED, "more than %d users",
					    MODULE_MAX_USERS);
		module->used_by[module->nr_used_by++] = search->all[i].name;
		return NULL;
	}
	return error_at(ERROR_BAD_DATA, source, "a user at %016llx is no module",
			(unsigned long long)source);
}

static struct error *find_users(struct image *image, struct module *module)
{
	struct user_search search = { .image = image, .module = module };
	const struct error *why;
	uint64_t head;

	TRY(view_offset(image, &module_view, MODULE_SOURCE_LIST, &head));
	TRY(view_offset(image, &use_view, USE_SOURCE_LIST, &search.node));
	TRY(image_modules(image, &search.all, &search.count, &why));
	return list_each(image, module->image->address + head, add_user, &search);
}

struct error *module_describe(struct image *image, const struct image_module *from,
			      struct module *ret)
{
	struct module module = { .image = from, .refcount = -1, .state = "?" };
	uint64_t value;
	struct error *err;

	if (!error_dropped(view_read(image, &module_view, MODULE_STATE, from->address, &value)))
		module.state = state_name(value);
	if (!error_dropped(view_read(image, &module_view, MODULE_REFCNT, from->address, &value)))
		module.refcount = (int64_t)value - MODULE_REF_BASE;
	if (!error_dropped(view_read(image, &module_view, MODULE_TAINTS, from->address, &value)))
		taint_letters(value, module.taints, sizeof(module.taints));
	err = find_users(image, &module);
	module.used_by_known = !err;
	if (err && err->code == ERROR_INTERRUPTED)
		return err;
	if (err) {
		module.why_code = err->code;
		snprintf(module.why, sizeof(module.why), "%s", err->message);
		error_free(err);
	}
	*ret = module;
	return NULL;
}
