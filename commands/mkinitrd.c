// SPDX-License-Identifier: GPL-2.0-or-later
/* mkinitrd: makes the initramfs in which a capture kernel saves the dump. */
#include "commands/mkinitrd.h"

#include "mkinitrd/mkinitrd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NAME, KIND, SIZE, WHY, PATH };
static const struct column columns[] = {
	[NAME] = { "name", COLUMN_TEXT, -34,
		   .summary = "a module's name; of all else, where it is in "
			      "the initramfs" },
	[KIND] = { "kind", COLUMN_TEXT, -8, .summary = "program, library, file, link or module" },
	[SIZE] = { "size_bytes", COLUMN_INT, 9, .heading = "SIZE",
		   .summary = "its size; a module's as it lies on the disk, packed or not" },
	[WHY] = { "why", COLUMN_TEXT, .summary = "what it is there for" },
	[PATH] = { "path", COLUMN_TEXT, .summary = "where it was taken from; null when it was made",
		   .json_only = true },
};
static const struct table contents_table = { TABLE_COLUMNS(columns), LOOK_TABLE };

enum { OUT, MODULES, FILES, PACKED, UNPACKED };
static const struct column result_columns[] = {
	[OUT] = { "initrd", COLUMN_TEXT, .summary = "the initramfs's path" },
	[MODULES] = { "modules", COLUMN_TEXT,
		      .summary = "the folder that modules were taken from" },
	[FILES] = { "files", COLUMN_INT, .summary = "all that is in it" },
	[PACKED] = { "packed_bytes", COLUMN_INT, .heading = "PACKED", .summary = "its size" },
	[UNPACKED] = { "unpacked_bytes", COLUMN_INT, .heading = "UNPACKED",
		       .summary = "the sizes of all that is in it" },
};
static const struct table result_table = { TABLE_COLUMNS(result_columns), LOOK_RECORD };

static void show_contents(struct output *out, const struct contents *contents)
{
	static const char *const kinds[] = {
		[CONTENT_PROGRAM] = "program",
		[CONTENT_LIBRARY] = "library",
		[CONTENT_FILE] = "file",
		[CONTENT_LINK] = "link",
	};

	for (size_t i = 0; i < contents->count; i++) {
		const struct content *c = &contents->all[i];

		output_textf(out, NAME, "/%s", c->name);
		output_text(out, KIND, kinds[c->kind]);
		output_uint(out, SIZE, c->size);
		output_text(out, WHY, c->why);
		output_text(out, PATH, c->path);
		output_row(out);
	}
}

static void show_modules(struct output *out, const struct module_files *modules)
{
	struct stat st;

	for (size_t i = 0; i < modules->count; i++) {
		const struct module_file *file = &modules->files[i];

		output_text(out, NAME, file->name);
		output_text(out, KIND, "module");
		if (!stat(file->path, &st))
			output_uint(out, SIZE, (uint64_t)st.st_size);
		output_text(out, WHY, file->why);
		output_text(out, PATH, file->path);
		output_row(out);
	}
}

static void show(struct output *out, const char *path, const struct mkinitrd_report *report)
{
	output_begin(out, &contents_table);
	show_contents(out, &report->contents);
	show_modules(out, &report->modules);
	output_begin(out, &result_table);
	output_text(out, OUT, path);
	output_text(out, MODULES, report->modules_folder);
	output_uint(out, FILES, report->contents.count + report->modules.count);
	output_uint(out, PACKED, report->packed);
	output_uint(out, UNPACKED, report->unpacked);
	output_row(out);
	for (size_t i = 0; i < report->nr_notes; i++)
		output_note(out, "%s", report->notes[i]);
}

/* The values of an option that may be given again. Owned by the caller. */
static struct error *values(const struct arguments *arguments, const char *name, const char ***ret,
			    size_t *count)
{
	const char **list = calloc(arguments->nr_options + 1, sizeof(*list));

	if (!list)
		return error_nomem();
	*count = 0;
	for (size_t i = 0; i < arguments->nr_options; i++) {
		if (arguments->options[i].spec->name &&
		    !strcmp(arguments->options[i].spec->name, name))
			list[(*count)++] = arguments->options[i].value;
	}
	*ret = list;
	return NULL;
}

static struct error *run(struct program_run *run)
{
	const struct arguments *arguments = run->arguments;
	struct mkinitrd_options options = {
		.release = arguments_value_name(arguments, "kernel-release"),
		.modules = arguments_value_name(arguments, "modules"),
	};
	struct mkinitrd_report report;
	const char **add;
	struct error *err;

	if (arguments->nr_operands != 2)
		return error_create(ERROR_USAGE, "a configuration and the initramfs to make are "
						 "expected");
	if (options.release && options.modules)
		return error_create(ERROR_USAGE,
				    "--kernel-release and --modules contradict each other");
	options.config = arguments->operands[0];
	options.out = arguments->operands[1];
	TRY(values(arguments, "add-module", &add, &options.nr_add));
	options.add = add;
	err = mkinitrd_make(&options, &report);
	free(add);
	if (err)
		return err;
	show(run->out, options.out, &report);
	mkinitrd_report_deinit(&report);
	return NULL;
}

static const struct option_spec options[] = {
	{ 0, "kernel-release", "RELEASE", "the kernel that it is for; default: the running one's" },
	{ 0, "modules", "DIR",
	  "the folder of that kernel's modules; default: /lib/modules/RELEASE" },
	{ 0, "add-module", "NAME", "one more module, by name or alias; may be given again" },
	{ 0 },
};
static const struct table *const tables[] = { &contents_table, &result_table, NULL };

const struct program mkinitrd_program = {
	.name = "mkinitrd",
	.summary = "make the initramfs in which a capture kernel saves the dump",
	.usage = "[--kernel-release RELEASE | --modules DIR] [--add-module NAME]… CONFIG INITRD",
	.help = "CONFIG is a file of kx-crash capture's long options, one a line without the dashes:\n"
		"targets, what is saved, what is done afterwards. Into the initramfs go a static\n"
		"program, the modules that the targets' disks, file systems and network need, ssh and\n"
		"other programs that are asked for, and nothing else.\n\n"
		"A target that is a folder (\"/var/crash\") is looked up: the file system that it lies\n"
		"on, by a name that lasts. Addresses are looked up, too; without a \"network\" line the\n"
		"capture kernel gets the address that this machine has now.\n\n"
		"The initramfs can be read by its owner alone: it may hold a key.\n\n"
		"Example:\n"
		"  echo target /var/crash >/etc/kx-crash/capture.conf\n"
		"  kx-crash mkinitrd /etc/kx-crash/capture.conf /var/lib/kx-crash/capture.img\n",
	.options = options,
	.tables = tables,
	.run = run,
};

/* ---- arm --capture ---- */

struct error *capture_initrd_make(const char *config, const char *release, char **ret)
{
	struct mkinitrd_options options = { .config = config, .release = release };
	struct mkinitrd_report report;
	auto_text path = { 0 };

	if (mkdir(CAPTURE_INITRD_FOLDER, 0755) && errno != EEXIST)
		return error_os(errno, CAPTURE_INITRD_FOLDER);
	text_addf(&path, CAPTURE_INITRD_FOLDER "/capture-%s.img", release);
	if (path.failed)
		return error_nomem();
	options.out = path.data;
	TRY(error_wrap(mkinitrd_make(&options, &report), "--capture"));
	mkinitrd_report_deinit(&report);
	*ret = path.data;
	path = (struct text){ 0 };
	return NULL;
}
