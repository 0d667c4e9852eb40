// SPDX-License-Identifier: GPL-2.0-or-later
/* convert: saves a dump anew, filtered, compressed, in another format. */
#include "commands/program.h"
#include "commands/save_report.h"
#include "commands/spool.h"
#include "save/save_words.h"

#include "base/alloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct table *const tables[] = { SAVE_REPORT_TABLES, NULL };

/* ---- the command line ---- */

static const struct option_spec options[] = {
	{ 'd', "dump-level", "LEVEL",
	  "leave out, as makedumpfile does: 1 zeros, 2 cache, 4 cache-private, 8 user, 16 free; a "
	  "sum of these" },
	{ 0, "exclude", "RULE", "leave out pages of this kind; may be given again" },
	{ 0, "keep", "RULE", "keep pages of this kind after all" },
	{ 'o', "format", "FORMAT", "kdump (default) or elf" },
	{ 'E', NULL, NULL, "the same as -o elf" },
	{ 'F', "flatten", NULL, "write flattened: what can be sent through a pipe" },
#define CODEC(letter, name, summary) { letter, name, NULL, summary },
#include "save/codecs.def"
#undef CODEC
	{ 0, "level", "N", "of the codec: zstd 1 to 22 (default 1), zlib 1 to 12 (default 2)" },
	{ 'j', "num-threads", "N", "threads; default: as many as CPUs may be used" },
	{ 0, "split", "N", "write N files OUT.1, OUT.2… of about equally many pages" },
	{ 'f', "force", NULL, "overwrite what is there" },
	{ 0, "keep-partial", NULL, "when it fails, leave what was written as OUT.incomplete" },
	{ 0, "erase", "EXPRESSION", "write over what it names; may be given again" },
	{ 0, "erase-keys", NULL, "write over the kernel's keys and its random generator's state" },
	{ 0, "dry-run", NULL, "write nothing, tell what would be; OUT may be left out" },
	{ 0, "stats", NULL, "tell the pages of each kind" },
	{ 0 },
};

/* What one run is told to do. */
struct convert {
	struct save_options save;
	char **paths; /* of --split */
	const char **erase;
	const char *out;
	bool to_stdout;
};

static struct error *set_codec(const struct arguments *a, struct save_options *save)
{
	static const char *const names[] = {
#define CODEC(letter, name, summary) name,
#include "save/codecs.def"
#undef CODEC
	};
	const char *level = arguments_value_name(a, "level");

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!arguments_has_name(a, names[i]))
			continue;
		if (save->codec)
			return error_create(ERROR_USAGE, "both --%s and --%s are given",
					    save->codec, names[i]);
		save->codec = names[i];
	}
	if (save->format == KXDUMP_WRITE_ELF && save->codec)
		return error_create(ERROR_USAGE, "elf is not compressed");
	if (!save->codec)
		save->codec = names[0];
	if (level)
		TRY(save_words_level(level, &save->level));
	return save_words_check_level(save);
}

static struct error *set_format(const struct arguments *a, struct save_options *save)
{
	const char *name = arguments_value(a, 'o');

	if (name)
		TRY(save_words_format(name, &save->format));
	if (!arguments_has(a, 'E'))
		return NULL;
	if (name && save->format != KXDUMP_WRITE_ELF)
		return error_create(ERROR_USAGE, "both -E and -o kdump are given");
	save->format = KXDUMP_WRITE_ELF;
	return NULL;
}

/* The level first, then the rules in the order given. */
static struct error *set_rules(const struct arguments *a, struct save_options *save)
{
	const char *level = arguments_value(a, 'd');
	uint64_t number = 0;

	if (level)
		TRY(parse_number(level, false, "a dump level", &number));
	if (number > 31)
		return error_create(ERROR_USAGE, "dump levels are 0 to 31, and not %s", level);
	TRY(filter_rules_level((unsigned int)number, &save->rules));
	for (size_t i = 0; i < a->nr_options; i++) {
		const char *name = a->options[i].spec->name;

		if (name && !strcmp(name, "exclude"))
			TRY(filter_rules_set(&save->rules, a->options[i].value, true));
		if (name && !strcmp(name, "keep"))
			TRY(filter_rules_set(&save->rules, a->options[i].value, false));
	}
	return NULL;
}

static struct error *set_erase(const struct arguments *a, struct convert *c)
{
	c->save.erase.keys = arguments_has_name(a, "erase-keys");
	c->erase = calloc(a->nr_options + 1, sizeof(*c->erase));
	if (!c->erase)
		return error_nomem();
	c->save.erase.expressions = c->erase;
	for (size_t i = 0; i < a->nr_options; i++) {
		const char *name = a->options[i].spec->name;

		if (name && !strcmp(name, "erase"))
			c->erase[c->save.erase.nr_expressions++] = a->options[i].value;
	}
	return NULL;
}

static struct error *get_count(const struct arguments *a, const char *name, uint64_t most,
			       unsigned int *ret)
{
	const char *text = arguments_value_name(a, name);
	uint64_t number;

	if (!text)
		return NULL;
	TRY(parse_number(text, false, name, &number));
	if (!number || number > most)
		return error_create(ERROR_USAGE, "--%s is 1 to %llu, not %s", name,
				    (unsigned long long)most, text);
	*ret = (unsigned int)number;
	return NULL;
}

static struct error *split_paths(struct convert *c, unsigned int count)
{
	TRY(alloc_array(count, sizeof(*c->paths), KXDUMP_WRITE_FILES, "files", &c->paths));
	for (unsigned int i = 0; i < count; i++) {
		if (asprintf(&c->paths[i], "%s.%u", c->out, i + 1) < 0) {
			c->paths[i] = NULL;
			return error_nomem();
		}
		c->save.nr_paths++;
	}
	c->save.paths = (const char *const *)c->paths;
	return NULL;
}

static struct error *set_target(const struct arguments *a, struct convert *c)
{
	unsigned int split = 0;

	TRY(get_count(a, "split", KXDUMP_WRITE_FILES, &split));
	if (split && c->save.format == KXDUMP_WRITE_ELF)
		return error_create(ERROR_USAGE, "an elf dump cannot be split");
	c->to_stdout = c->out && !strcmp(c->out, "-");
	if (!c->to_stdout) {
		if (!c->out)
			c->out = "(none)";
		if (split)
			return split_paths(c, split);
		c->save.paths = &c->out;
		c->save.nr_paths = 1;
		return NULL;
	}
	if (split)
		return error_create(ERROR_USAGE, "a split set needs files, not standard output");
	c->save.fd = STDOUT_FILENO;
	if (isatty(STDOUT_FILENO) && !c->save.dry_run)
		return error_create(ERROR_USAGE, "a dump is not written to a terminal");
	return NULL;
}

static struct error *read_options(const struct arguments *a, struct convert *c)
{
	struct save_options *save = &c->save;

	save->flattened = arguments_has(a, 'F');
	save->overwrite = arguments_has(a, 'f');
	save->keep_partial = arguments_has_name(a, "keep-partial");
	save->dry_run = arguments_has_name(a, "dry-run");
	TRY(set_format(a, save));
	TRY(set_codec(a, save));
	TRY(set_rules(a, save));
	TRY(set_erase(a, c));
	TRY(get_count(a, "num-threads", 256, &save->threads));
	return set_target(a, c);
}

/* Writing over what is being read ends badly. */
static struct error *check_same(const struct convert *c, const char *const *dumps, size_t count)
{
	struct stat in, out;

	for (size_t i = 0; i < c->save.nr_paths; i++) {
		if (stat(c->save.paths[i], &out))
			continue;
		for (size_t j = 0; j < count; j++) {
			if (!stat(dumps[j], &in) && in.st_dev == out.st_dev &&
			    in.st_ino == out.st_ino)
				return error_create(ERROR_USAGE, "%s is the dump that is read",
						    c->save.paths[i]);
		}
	}
	return NULL;
}

/* ---- the work ---- */

static struct error *save(struct program_run *run, const struct convert *c,
			  const char *const *dumps, size_t count)
{
	bool kinds = c->save.dry_run || arguments_has_name(run->arguments, "stats");

	return save_report_run(run->out, &c->save, dumps, count, kinds);
}

static struct error *convert(struct program_run *run, struct convert *c)
{
	const struct arguments *a = run->arguments;
	bool no_target = arguments_has_name(a, "dry-run") && a->nr_operands == 1;
	const char *const *dumps = (const char *const *)a->operands;
	size_t count = a->nr_operands - !no_target;
	struct spool spool = { 0 };
	const char *spooled;
	struct error *err;

	if (a->nr_operands < 1 || !count)
		return error_create(ERROR_USAGE, "expected DUMP… OUT: what to read, what to write");
	c->out = no_target ? NULL : a->operands[count];
	TRY(read_options(a, c));
	if (c->to_stdout) /* which the dump needs for itself */
		output_set_stream(run->out, stderr, false);
	if (count != 1 || strcmp(dumps[0], "-") != 0) {
		TRY(check_same(c, dumps, count));
		return save(run, c, dumps, count);
	}
	err = spool_input(STDIN_FILENO, c->save.nr_paths ? c->save.paths[0] : NULL, &spool);
	spooled = spool.path;
	if (!err)
		err = save(run, c, &spooled, 1);
	spool_close(&spool);
	return err;
}

static struct error *run(struct program_run *run)
{
	struct convert c = { 0 };
	struct error *err = convert(run, &c);

	for (size_t i = 0; c.paths && i < c.save.nr_paths; i++)
		free(c.paths[i]);
	free(c.paths);
	free(c.erase);
	return err;
}

const struct program convert_program = {
	.name = "convert",
	.summary = "save a dump filtered, compressed, in another format",
	.usage = "[OPTION…] DUMP… OUT",
	.help = "Reads every format that kx-crash opens; several DUMPs are one split set, which is "
		"joined. A DUMP \"-\" is standard input. OUT \"-\" is standard output, flattened, "
		"and the report goes to standard error.\n"
		"\n"
		"Pages are told apart by the dumped kernel's own types. RULE is zero, cache, "
		"cache-private, user, free, hugetlb, hwpoison, offline, unaccepted or balloon; "
		"hwpoison, offline, unaccepted and balloon pages are left out at any level, unless "
		"kept by rule. What is not understood is kept, and said.\n"
		"\n"
		"EXPRESSION is a C expression as of p, and maybe \"size EXPRESSION\": an object is "
		"written over with X, of a pointer what it points to, of a char pointer its string. "
		"What names nothing ends it all.\n"
		"\n"
		"OUT has its name only when it is whole and on the disk; until then it is "
		"OUT.incomplete. Pages that cannot be read are counted, named and lost, and the "
		"dump is marked incomplete; that is no failure.\n"
		"\n"
		"    kx-crash convert -d 31 /proc/vmcore vmcore.kdump\n"
		"    kx-crash convert -l -d 1 vmcore - | ssh host 'cat >vmcore.flat'\n"
		"    kx-crash convert --erase-keys --erase '*(char **)&saved_command_line' vmcore out\n"
		"    kx-crash convert part1 part2 part3 whole\n"
		"    kx-crash convert --dry-run --exclude free vmcore\n",
	.options = options,
	.tables = tables,
	.run = run,
};
