// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Firmware that modules say they ask for, as far as it is here: network adapters of servers do not
 * work without. Documentation/driver-api/firmware/fw_search_path.rst of Linux.
 */
#include "initramfs/contents.h"
#include "initramfs/module_files.h"

#include "base/text.h"

#include <libkmod.h>
#include <string.h>
#include <unistd.h>

/* The kernel looks for packed ones, too. */
static struct error *add_one(struct contents *contents, const char *name, const char *module)
{
	static const char *const ends[] = { "", ".zst", ".xz" };
	auto_text why = { 0 };

	text_addf(&why, "firmware that %s may ask for", module);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		auto_text path = { 0 };

		text_addf(&path, "/lib/firmware/%s%s", name, ends[i]);
		if (path.failed || why.failed)
			return error_nomem();
		if (!access(path.data, R_OK))
			return contents_add_file(contents, CONTENT_FILE, path.data, 0644, path.data,
						 why.data);
	}
	return NULL;
}

static struct error *add_all(struct contents *contents, struct kmod_module *module)
{
	struct kmod_list *info = NULL, *item;
	struct error *err = NULL;

	if (kmod_module_get_info(module, &info) < 0)
		return NULL;
	kmod_list_foreach(item, info)
	{
		const char *value = kmod_module_info_get_value(item);

		if (!err && !strcmp(kmod_module_info_get_key(item), "firmware") && *value != '/' &&
		    !strstr(value, ".."))
			err = add_one(contents, value, kmod_module_get_name(module));
	}
	kmod_module_info_free_list(info);
	return err;
}

struct error *module_firmware_add(const struct module_files *modules, struct contents *contents)
{
	static const char *const no_config[] = { NULL };
	struct kmod_ctx *ctx = kmod_new(NULL, no_config);
	struct error *err = NULL;

	if (!ctx)
		return error_nomem();
	for (size_t i = 0; i < modules->count && !err; i++) {
		struct kmod_module *module;

		if (kmod_module_new_from_path(ctx, modules->files[i].path, &module) < 0)
			continue;
		err = add_all(contents, module);
		kmod_module_unref(module);
	}
	kmod_unref(ctx);
	return err;
}
