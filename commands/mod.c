// SPDX-License-Identifier: GPL-2.0-or-later
/* mod: the modules that are loaded, and their debug files. */
#include "commands/command.h"

#include "image/view.h"
#include "kernel/modules.h"
#include "kernel/taint.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NAME, BASE, SIZE, REFCOUNT, STATE, TAINTS, USED_BY, OBJECT, ADDRESS };

static const struct column columns[] = {
	[NAME] = { "name", COLUMN_TEXT, -24, "MODULE", .summary = "the module's" },
	[BASE] = { "base", COLUMN_ADDRESS, .summary = "where its text begins" },
	[SIZE] = { "size", COLUMN_INT, 9, .summary = "of all its memory, in bytes" },
	[REFCOUNT] = { "refcount", COLUMN_INT, 4, "REFS", .summary = "as lsmod shows it" },
	[STATE] = { "state", COLUMN_TEXT, -9, .summary = "Live, Loading or Unloading" },
	[TAINTS] = { "taints", COLUMN_TEXT, -6, .summary = "letters of the taints it caused" },
	[USED_BY] = { "used_by", COLUMN_LIST, .summary = "modules that need it" },
	[OBJECT] = { "object_file", COLUMN_TEXT, .summary = "its debug file", .json_only = true },
	[ADDRESS] = { "module", COLUMN_ADDRESS, .summary = "address of its struct module",
		      .json_only = true },
};
static const struct table mod_table = { TABLE_COLUMNS(columns), .look = LOOK_TABLE };

enum { LOADED_NAME, LOADED_BASE, LOADED_SIZE, LOADED_OBJECT };
static const struct column loaded_columns[] = {
	[LOADED_NAME] = { "name", COLUMN_TEXT, -24, "MODULE", .summary = "the module's" },
	[LOADED_BASE] = { "base", COLUMN_ADDRESS, .summary = "where its text begins" },
	[LOADED_SIZE] = { "size", COLUMN_INT, 9, .summary = "of all its memory, in bytes" },
	[LOADED_OBJECT] = { "object_file", COLUMN_TEXT, .summary = "its debug file, now loaded" },
};
static const struct table loaded_table = { TABLE_COLUMNS(loaded_columns), .look = LOOK_TABLE };
static const struct table *const tables[] = { &mod_table, &loaded_table, NULL };

static const struct option_spec options[] = {
	{ 's', NULL, "MODULE", "load its debug file: the one named, or found by build-id" },
	{ 'S', NULL, NULL, "load all modules' debug files, from a folder or by build-id" },
	{ 't', NULL, NULL, "only modules that taint the kernel" },
	{ 'f', "force", NULL, "load a debug file of another build" },
	{ 0 },
};

DEFINE_VIEW(module_view, "module", FIELD("name"));

/* As file names have them: '-' and '_' are the same. */
static bool same_name(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char x = a[i] == '-' ? '_' : a[i], y = b[i] == '-' ? '_' : b[i];

		if (!y || x != y)
			return false;
	}
	return !b[len];
}

static void show_loaded(struct context *context, const struct image_module *module)
{
	struct output *out = context->out;

	output_text(out, LOADED_NAME, module->name);
	output_uint(out, LOADED_BASE, module->base);
	output_uint(out, LOADED_SIZE, module->size);
	if (module->debug_file)
		output_text(out, LOADED_OBJECT, debug_file_path(module->debug_file));
	output_row(out);
}

static const struct image_module *find_module(const struct image_module *modules, size_t count,
					      const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (same_name(name, modules[i].name, strlen(name)))
			return &modules[i];
	}
	return NULL;
}

static struct error *load_one(struct context *context, const struct image_module *modules,
			      size_t count, const char *name, const char *path, bool force)
{
	const struct image_module *module = find_module(modules, count, name);

	if (!module)
		return error_create(ERROR_NOT_FOUND, "no module %s is loaded", name);
	TRY(image_module_debug(context->image, module->name, path, force));
	output_begin(context->out, &loaded_table);
	show_loaded(context, module);
	return NULL;
}

/* The module that the file called @file could belong to: NAME.ko, NAME.ko.debug, NAME.debug. */
static const struct image_module *module_of_file(const struct image_module *modules, size_t count,
						 const char *file)
{
	size_t len = strlen(file);

	if (len > 6 && !strcmp(file + len - 6, ".debug"))
		len -= 6;
	if (len > 3 && !strncmp(file + len - 3, ".ko", 3))
		len -= 3;
	else if (len == strlen(file))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (same_name(file, modules[i].name, len))
			return &modules[i];
	}
	return NULL;
}

/* Loads what lies below @folder. A file of another build is passed over: there can be several. */
static struct error *load_folder(struct context *context, const struct image_module *modules,
				 size_t count, const char *folder, bool force)
{
	char *paths[] = { (char *)folder, NULL };
	FTS *tree = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	struct error *err = NULL;
	FTSENT *entry;

	if (!tree)
		return error_os(errno, "%s", folder);
	while (!err && (entry = fts_read(tree))) {
		const struct image_module *module;

		err = interrupt_check();
		if (!err && entry->fts_level == FTS_ROOTLEVEL && entry->fts_errno)
			err = error_os(entry->fts_errno, "%s", folder);
		if (err || entry->fts_info != FTS_F)
			continue;
		module = module_of_file(modules, count, entry->fts_name);
		if (module && !module->debug_file)
			(void)error_dropped(image_module_debug(context->image, module->name,
							       entry->fts_path, force));
	}
	fts_close(tree);
	return err;
}

static struct error *load_all(struct context *context, const struct image_module *modules,
			      size_t count, const char *folder, bool force)
{
	size_t loaded = 0;

	if (folder)
		TRY(load_folder(context, modules, count, folder, force));
	output_begin(context->out, &loaded_table);
	for (size_t i = 0; i < count; i++) {
		struct error *err = NULL;

		TRY(interrupt_check());
		if (!folder && !modules[i].debug_file)
			err = image_module_debug(context->image, modules[i].name, NULL, force);
		if (err)
			output_note(context->out, "%s: %s", modules[i].name, err->message);
		else if (!modules[i].debug_file)
			output_note(context->out, "%s: no file of this build there",
				    modules[i].name);
		error_free(err);
		if (!modules[i].debug_file)
			continue;
		show_loaded(context, &modules[i]);
		loaded++;
	}
	if (count && !loaded)
		return error_create(ERROR_NOT_FOUND, "no module's debug file was found");
	return NULL;
}

static struct error *show(struct context *context, const struct image_module *from, bool taints)
{
	struct output *out = context->out;
	struct module module;

	TRY(module_describe(context->image, from, &module));
	if (taints && !module.taints[0])
		return NULL;
	output_text(out, NAME, from->name);
	output_uint(out, BASE, from->base);
	output_uint(out, SIZE, from->size);
	if (module.refcount >= 0)
		output_int(out, REFCOUNT, module.refcount);
	output_text(out, STATE, module.state);
	output_text(out, TAINTS, module.taints);
	if (module.used_by_known)
		output_list_empty(out, USED_BY);
	else
		output_incomplete(out, error_create(module.why_code, "users of %s: %s", from->name,
						    module.why));
	for (unsigned int i = 0; i < module.nr_used_by; i++)
		output_list(out, USED_BY, module.used_by[i]);
	if (from->debug_file)
		output_text(out, OBJECT, debug_file_path(from->debug_file));
	output_uint(out, ADDRESS, from->address);
	output_row(out);
	return NULL;
}

static struct error *list(struct context *context, const struct arguments *arguments,
			  const struct image_module *modules, size_t count)
{
	bool taints = arguments_has(arguments, 't');

	output_begin(context->out, &mod_table);
	for (size_t i = 0; i < arguments->nr_operands; i++) {
		const char *name = arguments->operands[i];
		const struct image_module *module = find_module(modules, count, name);

		if (!module)
			return error_create(ERROR_NOT_FOUND, "no module %s is loaded", name);
		TRY(show(context, module, taints));
	}
	for (size_t i = 0; !arguments->nr_operands && i < count; i++) {
		TRY(interrupt_check());
		TRY(show(context, &modules[i], taints));
	}
	return NULL;
}

/* No modules is an answer only when they could have been seen. */
static struct error *check_none(struct context *context)
{
	uint64_t address;

	if (!error_dropped(image_symbol(context->image, "modules", &address))) {
		if (view_has(context->image, &module_view, 0))
			return NULL;
		return error_create(ERROR_NOT_FOUND, "the layout of struct module is not known");
	}
	/* A kernel built without modules has no such list, and other symbols. */
	return error_wrap(image_symbol(context->image, "init_task", &address), "list of modules");
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	const char *name = arguments_value(arguments, 's');
	bool force = arguments_has(arguments, 'f');
	const char *operand = arguments->nr_operands ? arguments->operands[0] : NULL;
	const struct image_module *modules;
	const struct error *why;
	struct error *err;
	size_t count;

	TRY(image_modules(context->image, &modules, &count, &why));
	if (!count && !why)
		TRY(check_none(context));
	if ((name || arguments_has(arguments, 'S')) && arguments->nr_operands > 1)
		return error_create(ERROR_USAGE, "takes one file or folder");
	if (name)
		err = load_one(context, modules, count, name, operand, force);
	else if (arguments_has(arguments, 'S'))
		err = load_all(context, modules, count, operand, force);
	else
		err = list(context, arguments, modules, count);
	if (!err && why)
		output_incomplete(context->out,
				  error_create(why->code, "the list of modules ends early: %s",
					       why->message));
	return err;
}

const struct command mod_command = {
	.name = "mod",
	.summary = "modules, and loading their debug files",
	.usage = "[-t] [MODULE…] | -s MODULE [FILE] | -S [FOLDER]",
	.help = "Lists the modules as lsmod does. Their symbols and types come from the dump; a debug\n"
		"file adds source lines and locals. Without FILE or FOLDER it is looked for by\n"
		"build-id, in the usual places.\n\n"
		"Examples:\n"
		"  mod -s ext4 /tmp/ext4.ko.debug\n"
		"  mod -S /usr/lib/debug/lib/modules\n",
	.options = options,
	.tables = tables,
	.completes = COMPLETES_MODULE | COMPLETES_FILE,
	.run = run,
};
