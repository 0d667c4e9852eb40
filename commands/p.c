// SPDX-License-Identifier: GPL-2.0-or-later
/* p: the value of a C expression. */
#include "commands/values.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { EXPRESSION, TYPE, CPU, ADDRESS, VALUE };

static const struct column columns[] = {
	[EXPRESSION] = { "expression", COLUMN_TEXT,
			 .summary = "as it was given, one CPU's where several were asked for" },
	[TYPE] = { "type", COLUMN_TEXT, .summary = "as C spells it" },
	[CPU] = { "cpu", COLUMN_INT, .summary = "whose copy of a per-CPU variable; else null" },
	[ADDRESS] = { "address", COLUMN_ADDRESS, .summary = "of an object; null for a number" },
	[VALUE] = { "value", COLUMN_TREE, .summary = "pointers are \"0x…\", enumerators names" },
};
static const struct table table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.line = "{expression} = {value}",
};
static const struct table *const tables[] = { &table, NULL };

static const struct option_spec options[] = {
	{ 'd', NULL, NULL, "numbers in decimal" },
	{ 'x', NULL, NULL, "numbers in hexadecimal" },
	{ 'u', NULL, NULL, "low addresses are of the current task's user memory" },
	{ 0 },
};

/* What is the same for each CPU. */
struct request {
	struct context *context;
	const struct value_env *env;
	struct value_format format;
	const char *text;      /* the expression */
	const char *cpus_from; /* of "sym:0-3": in @text, behind the colon; NULL: there is none */
	const char *cpus_to;
};

static struct error *show(const struct request *r, const char *text, int cpu)
{
	struct output *out = r->context->out;
	auto_text type = { 0 };
	struct value value;

	TRY(expression_evaluate(r->env, text, &value));
	TRY(values_check_there(r->env, &value));
	type_spell(value.type, NULL, &type);
	output_text(out, EXPRESSION, text);
	output_text(out, TYPE, text_string(&type));
	if (cpu >= 0)
		output_int(out, CPU, cpu);
	if (value.is_object)
		output_uint(out, ADDRESS, value.address);
	TRY(value_show(r->env, &value, &r->format, out, VALUE, NULL));
	output_row(out);
	return NULL;
}

static struct error *show_cpu(void *data, unsigned int cpu)
{
	const struct request *r = data;
	char *text = arena_printf(&r->context->arena, "%.*s%u%s", (int)(r->cpus_from - r->text),
				  r->text, cpu, r->cpus_to);

	return text ? show(r, text, (int)cpu) : error_nomem();
}

/* Finds the CPUs of "symbol:0-3,7" or "symbol:a" in the expression. "a ? b:c" has none. */
static void find_cpus(struct request *r)
{
	const char *p = r->text;
	size_t len;

	while (*p && *p != '?') {
		if (*p != ':' || p == r->text || (!isalnum((unsigned char)p[-1]) && p[-1] != '_')) {
			p++;
			continue;
		}
		p++;
		len = strspn(p, "0123456789,-");
		/* "curr:0->comm" and "count:0-1" differ in what follows the dash. */
		while (len && strchr(",-", p[len - 1]))
			len--;
		if (!strncmp(p, "all", 3))
			len = 3;
		else if (*p == 'a')
			len = 1;
		if (!len || isalnum((unsigned char)p[len]) || p[len] == '_')
			return;
		r->cpus_from = p;
		r->cpus_to = p + len;
		return;
	}
}

/* A per-CPU variable alone: where each CPU's copy is. */
static struct error *show_copy(void *data, unsigned int cpu)
{
	const struct request *r = data;
	char *text = arena_printf(&r->context->arena, "&%s:%u", r->text, cpu);

	return text ? show(r, text, (int)cpu) : error_nomem();
}

static bool is_name(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (!isalnum((unsigned char)*p) && *p != '_')
			return false;
	}
	return *text && !isdigit((unsigned char)*text);
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	struct request r = {
		.context = context,
		.env = command_values(context),
		.format = values_format(context, arguments),
		.text = arguments->rest,
	};
	struct value_env user_env;
	struct user_memory user;
	char *cpus, *copy;
	size_t len;

	len = r.text ? strlen(r.text) : 0;
	while (len && isspace((unsigned char)r.text[len - 1]))
		len--;
	if (!len)
		return error_create(ERROR_USAGE, "which expression?");
	copy = arena_copy(&context->arena, r.text, len);
	if (!copy)
		return error_nomem();
	r.text = copy;
	if (arguments_has(arguments, 'u')) {
		TRY(user_memory_init(context, &user));
		user_env = *r.env;
		user_env.memory = &user.memory;
		r.env = &user_env;
	}
	output_begin(context->out, &table);
	find_cpus(&r);
	if (r.cpus_from) {
		cpus = arena_copy(&context->arena, r.cpus_from, (size_t)(r.cpus_to - r.cpus_from));
		if (!cpus)
			return error_nomem();
		return command_cpus(context, cpus, show_cpu, &r);
	}
	if (is_name(r.text) && image_is_per_cpu(context->image, r.text))
		return command_cpus(context, "a", show_copy, &r);
	return show(&r, r.text, -1);
}

const struct command p_command = {
	.name = "p",
	.summary = "the value of a C expression",
	.usage = "[-d|-x] [-u] EXPRESSION",
	.help = "C's operators, casts, sizeof, and container_of and offsetof, over the kernel's\n"
		"symbols, types and enumerators. A dot follows pointers too.\n\n"
		"  p init_task.comm                the member of a global\n"
		"  p ((struct task_struct *)ffff888003a1c000).mm->pgd\n"
		"  p runqueues:0.nr_running        CPU 0's copy of a per-CPU variable\n"
		"  p runqueues:a.nr_running        each CPU's, a row each\n"
		"  p -x jiffies                    in hexadecimal\n"
		"  p *(struct list_head *)&modules what BTF knows no type of\n\n"
		"BTF describes the types of per-CPU variables only. A short table knows those of many\n"
		"other globals; a vmlinux with debug information knows all. A symbol without a type\n"
		"can be cast: to a struct, or to a pointer or long, which gives its address.",
	.options = options,
	.tables = tables,
	.completes = COMPLETES_SYMBOL | COMPLETES_TYPE,
	.raw = true,
	.run = run,
};
