// SPDX-License-Identifier: GPL-2.0-or-later
/* Options of a command: getopt's rules over a table. */
#include "base/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is being parsed. */
struct parser {
	const struct option_spec *specs;
	char *const *argv;
	int argc, at;
	struct option_given *options;
	size_t nr_options;
};

#define for_each_spec(spec, specs)                                                                 \
	for (const struct option_spec *spec = (specs); spec && (spec->letter || spec->name); spec++)

static const struct option_spec *spec_by_letter(const struct option_spec *specs, char letter)
{
	for_each_spec(spec, specs)
	{
		if (spec->letter && spec->letter == letter)
			return spec;
	}
	return NULL;
}

static const struct option_spec *spec_by_name(const struct option_spec *specs, const char *name,
					      size_t len)
{
	for_each_spec(spec, specs)
	{
		if (spec->name && strlen(spec->name) == len && !strncmp(spec->name, name, len))
			return spec;
	}
	return NULL;
}

static void add(struct parser *p, const struct option_spec *spec, const char *value)
{
	p->options[p->nr_options++] = (struct option_given){ spec, value };
}

/* The argument in the next word. */
static struct error *next_word(struct parser *p, const char *option, int len,
			       const struct option_spec *spec, const char **ret)
{
	if (p->at + 1 >= p->argc)
		return error_create(ERROR_USAGE, "option %.*s needs an argument: %s (%s)", len,
				    option, spec->argument, spec->summary ? spec->summary : "");
	*ret = p->argv[++p->at];
	return NULL;
}

static struct error *parse_long(struct parser *p)
{
	const char *word = p->argv[p->at], *value = strchr(word, '=');
	size_t len = value ? (size_t)(value - word) : strlen(word);
	const struct option_spec *spec = spec_by_name(p->specs, word + 2, len - 2);

	if (!spec)
		return error_create(ERROR_USAGE, "unknown option %.*s", (int)len, word);
	if (value && !spec->argument)
		return error_create(ERROR_USAGE, "option %.*s takes no argument", (int)len, word);
	if (value)
		value++;
	else if (spec->argument)
		TRY(next_word(p, word, (int)len, spec, &value));
	add(p, spec, value);
	return NULL;
}

static struct error *parse_letters(struct parser *p)
{
	for (const char *c = p->argv[p->at] + 1; *c; c++) {
		const struct option_spec *spec = spec_by_letter(p->specs, *c);
		char option[3] = { '-', *c, 0 };
		const char *value = NULL;

		if (!spec)
			return error_create(ERROR_USAGE, "unknown option %s", option);
		if (!spec->argument) {
			add(p, spec, NULL);
			continue;
		}
		if (c[1])
			value = c + 1;
		else
			TRY(next_word(p, option, 2, spec, &value));
		add(p, spec, value);
		return NULL;
	}
	return NULL;
}

/* "-", and numbers such as -1 or -0x10 where their digit is no option. */
static bool is_operand(const struct option_spec *specs, const char *word)
{
	if (word[0] != '-' || !word[1])
		return true;
	return isdigit((unsigned char)word[1]) && !spec_by_letter(specs, word[1]);
}

struct error *arguments_parse(const struct option_spec *specs, int argc, char *const *argv,
			      bool stop_at_operand, struct arguments *ret)
{
	struct parser p = { .specs = specs, .argv = argv, .argc = argc, .at = 1 };
	struct error *err = NULL;
	size_t most = 0, nr_operands = 0;
	char **operands;

	for (int i = 1; i < argc; i++)
		most += strlen(argv[i]);
	/* One block: the options, then the operands and their NULL. */
	p.options = calloc(1, most * sizeof(*p.options) + ((size_t)argc + 1) * sizeof(char *));
	if (!p.options)
		return error_nomem();
	operands = (char **)(p.options + most);
	for (; !err && p.at < argc; p.at++) {
		if (!strcmp(argv[p.at], "--")) {
			p.at++;
			break;
		}
		if (is_operand(specs, argv[p.at])) {
			if (stop_at_operand)
				break;
			operands[nr_operands++] = argv[p.at];
		} else if (argv[p.at][1] == '-') {
			err = parse_long(&p);
		} else {
			err = parse_letters(&p);
		}
	}
	if (err) {
		free(p.options);
		return err;
	}
	while (p.at < argc)
		operands[nr_operands++] = argv[p.at++];
	*ret = (struct arguments){
		.command = argc ? argv[0] : "",
		.options = p.options,
		.nr_options = p.nr_options,
		.operands = operands,
		.nr_operands = nr_operands,
		.rest = "",
	};
	return NULL;
}

void arguments_deinit(struct arguments *args)
{
	free((void *)args->options);
	*args = (struct arguments){ 0 };
}

static const struct option_given *last_given(const struct arguments *args, char letter,
					     const char *name)
{
	for (size_t i = args->nr_options; i--;) {
		const struct option_spec *spec = args->options[i].spec;

		if (letter ? spec->letter == letter : spec->name && !strcmp(spec->name, name))
			return &args->options[i];
	}
	return NULL;
}

bool arguments_has(const struct arguments *args, char letter)
{
	return last_given(args, letter, NULL) != NULL;
}

const char *arguments_value(const struct arguments *args, char letter)
{
	const struct option_given *given = last_given(args, letter, NULL);

	return given ? given->value : NULL;
}

bool arguments_has_name(const struct arguments *args, const char *name)
{
	return last_given(args, 0, name) != NULL;
}

const char *arguments_value_name(const struct arguments *args, const char *name)
{
	const struct option_given *given = last_given(args, 0, name);

	return given ? given->value : NULL;
}

struct error *parse_number(const char *text, bool hex, const char *what, uint64_t *ret)
{
	const char *digits = text;
	unsigned long long value;
	int base = 10;

	if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
		digits += 2;
		base = 16;
	} else if (hex) {
		base = 16;
	}
	if (!*digits ||
	    digits[strspn(digits, base == 16 ? "0123456789abcdefABCDEF" : "0123456789")])
		return error_create(ERROR_USAGE, "%s: \"%s\" is not a %snumber", what, text,
				    hex ? "hexadecimal " : "");
	errno = 0;
	value = strtoull(digits, NULL, base);
	if (errno == ERANGE)
		return error_create(ERROR_USAGE, "%s: \"%s\" does not fit in 64 bits", what, text);
	*ret = value;
	return NULL;
}
