/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What arm, load and estimate have in common: which kernel, initramfs and command line; the rows of
 * the checks. */
#ifndef COMMANDS_LOAD_OPTIONS_H
#define COMMANDS_LOAD_OPTIONS_H

#include "commands/program.h"
#include "kexec/arm.h"

/* Of each one's table of options. */
#define LOAD_OPTIONS_FILES                                                                         \
	{ 0, "kernel", "IMAGE", "the kernel to load; default: the running one's" },                \
		{ 0, "initrd", "FILE", "its initramfs; default: the one of its release" },         \
	{                                                                                          \
		0, "no-initrd", NULL, "load none"                                                  \
	}
#define LOAD_OPTIONS_CAPTURE                                                                       \
	{                                                                                          \
		0, "capture", "CONFIG", "make its initramfs of CONFIG, as mkinitrd does"           \
	}
#define LOAD_OPTIONS_LINE                                                                          \
	{ 0, "append", "WORDS", "put WORDS at the end of its command line" },                      \
		{ 0, "reuse-cmdline", NULL, "begin with the running kernel's (the default)" },     \
		{ 0, "remove", "NAME", "leave the parameter NAME out; may be given again" },       \
	{                                                                                          \
		0, "command-line", "LINE", "nothing is taken over or added but --append's"         \
	}
#define LOAD_OPTIONS_HOW                                                                           \
	{ 0, "syscall", "HOW", "auto, load (kexec_load) or file (kexec_file_load)" },              \
	{                                                                                          \
		0, "dry-run", NULL, "check everything, load nothing"                               \
	}

/*
 * @ret->command_line.remove is allocated: free it. Strings are borrowed from @arguments. USAGE for
 * operands and contradictions.
 */
must_check struct error *load_options(const struct arguments *arguments, bool crash,
				      struct arm_options *ret);
void load_options_deinit(struct arm_options *options);

/*
 * All of arm and load: prepares, checks, shows, loads unless --dry-run, and tells the outcome. A
 * check that failed is no error: it is told by rows, and @run->failed.
 */
must_check struct error *load_kernel(struct program_run *run, bool crash);
/* Rows that load_kernel() emits after the checks'. */
extern const struct table load_result_table;
/* "Wed Nov 25 14:00:07 UTC 2026" for seconds since 1970. */
void load_time_text(uint64_t seconds, char *buf, size_t size);

/* The rows of checks. */
extern const struct table load_checks_table;
/* All of them when @all, else those that failed or warn. */
void load_checks_show(struct output *out, const struct arm *arm, bool all);

#endif
