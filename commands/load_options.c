// SPDX-License-Identifier: GPL-2.0-or-later
/* Options and rows that the programs which load kernels share. */
#include "commands/load_options.h"

#include "commands/mkinitrd.h"

#include <stdlib.h>
#include <string.h>

enum { CHECK, STATE, WHY, ADVICE, QUESTION };
static const struct column check_columns[] = {
	[CHECK] = { "check", COLUMN_TEXT, .summary = "what was checked" },
	[STATE] = { "state", COLUMN_TEXT, .summary = "ok, warning, failed or skipped" },
	[WHY] = { "why", COLUMN_TEXT, .summary = "what was found" },
	[ADVICE] = { "advice", COLUMN_TEXT, .summary = "what to do; null when all is well" },
	[QUESTION] = { "question", COLUMN_TEXT, .summary = "what the check asks" },
};
const struct table load_checks_table = {
	TABLE_COLUMNS(check_columns),
	.look = LOOK_LINE,
	.line = "{state:-8} {check:-20}{why}(?\n                             {advice}.)",
};

static struct error *choice(const struct arguments *arguments, enum arm_choice *ret)
{
	const char *how = arguments_value_name(arguments, "syscall");

	if (!how || !strcmp(how, "auto"))
		*ret = ARM_AUTO;
	else if (!strcmp(how, "load"))
		*ret = ARM_KEXEC_LOAD;
	else if (!strcmp(how, "file"))
		*ret = ARM_KEXEC_FILE_LOAD;
	else
		return error_create(ERROR_USAGE, "--syscall %s: auto, load or file is expected",
				    how);
	return NULL;
}

static struct error *removed(const struct arguments *arguments, const char *const **ret)
{
	const char **names = calloc(arguments->nr_options + 1, sizeof(*names));
	size_t n = 0;

	if (!names)
		return error_nomem();
	for (size_t i = 0; i < arguments->nr_options; i++) {
		const struct option_given *given = &arguments->options[i];

		if (given->spec->name && !strcmp(given->spec->name, "remove"))
			names[n++] = given->value;
	}
	*ret = names;
	return NULL;
}

struct error *load_options(const struct arguments *arguments, bool crash, struct arm_options *ret)
{
	struct arm_options options = {
		.crash = crash,
		.kernel = arguments_value_name(arguments, "kernel"),
		.initrd = arguments_value_name(arguments, "initrd"),
		.no_initrd = arguments_has_name(arguments, "no-initrd"),
		.command_line = {
			.text = arguments_value_name(arguments, "command-line"),
			.append = arguments_value_name(arguments, "append"),
			.reuse = true,
		},
		.capture = arguments_value_name(arguments, "capture"),
		.hotplug = arguments_has_name(arguments, "hotplug"),
	};

	if (arguments->nr_operands)
		return error_create(ERROR_USAGE, "takes no operands");
	if (options.initrd && options.no_initrd)
		return error_create(ERROR_USAGE, "--initrd and --no-initrd contradict each other");
	if (options.capture && (options.initrd || options.no_initrd))
		return error_create(ERROR_USAGE, "--capture makes the initramfs: --initrd and "
						 "--no-initrd do not go with it");
	if (options.capture)
		options.make_initrd = capture_initrd_make;
	if (options.command_line.text && (arguments_has_name(arguments, "reuse-cmdline") ||
					  arguments_has_name(arguments, "remove")))
		return error_create(ERROR_USAGE, "--command-line takes nothing over: "
						 "--reuse-cmdline and --remove do not go with it");
	TRY(choice(arguments, &options.choice));
	TRY(removed(arguments, &options.command_line.remove));
	*ret = options;
	return NULL;
}

void load_options_deinit(struct arm_options *options)
{
	free((void *)options->command_line.remove);
	options->command_line.remove = NULL;
}

void load_checks_show(struct output *out, const struct arm *arm, bool all)
{
	output_begin(out, &load_checks_table);
	for (size_t i = 0; i < arm->nr_checks; i++) {
		const struct check_result *result = &arm->checks[i];

		if (!all && result->state != CHECK_FAILED && result->state != CHECK_WARNING)
			continue;
		output_text(out, CHECK, result->check->name);
		output_text(out, STATE, check_state_name(result->state));
		output_text(out, WHY, result->why);
		output_text(out, ADVICE, result->advice[0] ? result->advice : NULL);
		output_text(out, QUESTION, result->check->summary);
		output_row(out);
	}
}
