// SPDX-License-Identifier: GPL-2.0-or-later
/* mount: the filesystems that are mounted. */
#include "commands/command.h"

#include "kernel/mounts.h"

enum { MOUNT, SUPER_BLOCK, TYPE, DEVICE, DIRECTORY, READ_ONLY };

static const struct column columns[] = {
	[MOUNT] = { "mount", COLUMN_ADDRESS, .summary = "address of its struct mount" },
	[SUPER_BLOCK] = { "super_block", COLUMN_ADDRESS, .heading = "SUPERBLK",
			  .summary = "address of its super_block" },
	[TYPE] = { "type", COLUMN_TEXT, -10, .summary = "of the filesystem" },
	[DEVICE] = { "device", COLUMN_TEXT, -12, "DEVNAME", .summary = "what is mounted" },
	[DIRECTORY] = { "directory", COLUMN_TEXT, .heading = "DIRNAME",
			.summary = "where; it begins with … when not all of it can be read" },
	[READ_ONLY] = { "read_only", COLUMN_BOOL, .json_only = true,
			.summary = "the mount, or its filesystem" },
};
static const struct table table = { TABLE_COLUMNS(columns), .look = LOOK_TABLE };
static const struct table *const tables[] = { &table, NULL };

static const struct option_spec options[] = {
	{ 'n', NULL, "TASK", "of that task's mount namespace (a pid or an address)" },
	{ 0 },
};

static struct error *show(void *data, const struct mount *mount)
{
	struct output *out = data;

	output_uint(out, MOUNT, mount->address);
	output_uint(out, SUPER_BLOCK, mount->super_block);
	output_text(out, TYPE, mount->type);
	output_text(out, DEVICE, mount->device);
	output_text(out, DIRECTORY, mount->path);
	output_bool(out, READ_ONLY, mount->read_only);
	output_row(out);
	if (mount->path_problem)
		output_incomplete(out,
				  error_at(mount->path_problem->code, mount->path_problem->address,
					   "%s", mount->path_problem->message));
	return NULL;
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	const char *of = arguments_value(arguments, 'n');
	struct task task;
	uint64_t address;
	struct error *err;

	if (arguments->nr_operands)
		return error_create(ERROR_USAGE, "takes no operands");
	if (of) {
		TRY(command_task(context, of, &task));
		address = task.address;
	} else {
		TRY(image_symbol(context->image, "init_task", &address));
	}
	output_begin(context->out, &table);
	err = mounts_each(context->image, address, show, context->out);
	if (err && err->code != ERROR_INTERRUPTED && err->code != ERROR_NOMEM) {
		output_incomplete(context->out, err);
		err = NULL;
	}
	return err;
}

const struct command mount_command = {
	.name = "mount",
	.summary = "mounted filesystems",
	.usage = "[-n TASK]",
	.help = "Those of the first task's mount namespace, unless -n names another one's.\n",
	.options = options,
	.tables = tables,
	.run = run,
};
