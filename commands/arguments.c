// SPDX-License-Identifier: GPL-2.0-or-later
/* What operands of commands name: tasks, addresses, CPUs. */
#include "commands/values.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- tasks ---- */

static bool all_digits(const char *text, bool hex)
{
	const char *p = text;

	while (hex ? isxdigit((unsigned char)*p) : isdigit((unsigned char)*p))
		p++;
	return p > text && !*p;
}

struct error *command_task(struct context *context, const char *text, struct task *ret)
{
	uint64_t number;

	if (!strcmp(text, "-"))
		return crash_task(context->image, ret);
	/* Addresses have 0x, a letter, or more digits than any pid. */
	if (all_digits(text, false) && strlen(text) < 11) {
		TRY(parse_number(text, false, "the pid", &number));
		if (number > INT32_MAX)
			return error_create(ERROR_NOT_FOUND, "no pid is as large as %s", text);
		return task_by_pid(context->image, (int32_t)number, ret);
	}
	if (error_dropped(parse_number(text, true, "the task", &number)))
		return error_create(ERROR_USAGE, "\"%s\" is neither a pid nor a task's address",
				    text);
	return task_at(context->image, number, ret);
}

struct error *command_current_task(struct context *context, struct task *ret)
{
	static const char advice[] = "no task is selected: name one by pid or address, or use set";

	/* That none was at the start has a reason, which tells more. */
	if (!context->has_task || !context->task.address) {
		TRY(error_wrap(crash_task(context->image, ret), "%s", advice));
		return error_create(ERROR_USAGE, "%s", advice);
	}
	*ret = context->task;
	return NULL;
}

const struct value_env *command_values(struct context *context)
{
	/* One command runs at a time, so one is enough, and nothing can fail. */
	static struct value_env env;

	image_values(context->image, &env);
	return &env;
}

/* ---- addresses ---- */

static struct error *evaluate(struct context *context, const char *text, uint64_t *ret)
{
	const struct value_env *env = command_values(context);
	struct value value;

	TRY(expression_evaluate(env, text, &value));
	if (value.is_object && type_is_compound(value.type)) {
		*ret = value.address;
		return NULL;
	}
	return value_number(env, &value, ret);
}

static bool is_name(const char *text, size_t len)
{
	if (!len || isdigit((unsigned char)*text))
		return false;
	for (size_t i = 0; i < len; i++) {
		/* Dots are in the names that compilers make: foo.isra.0 */
		if (!isalnum((unsigned char)text[i]) && !strchr("_.$", text[i]))
			return false;
	}
	return true;
}

/* A symbol, "module:symbol" or "symbol:cpu". */
static struct error *symbol_address(struct context *context, const char *name, uint64_t *ret)
{
	const char *symbol, *cpus;
	uint64_t cpu;

	if (values_split_cpus(context, name, &symbol, &cpus) && all_digits(cpus, false)) {
		TRY(parse_number(cpus, false, "the CPU", &cpu));
		return command_values(context)->symbol(context->image, symbol,
						       (int)min(cpu, (uint64_t)INT32_MAX), ret);
	}
	return command_values(context)->symbol(context->image, name, -1, ret);
}

/* A symbol or hex number that @len bytes of @text spell. NOT_FOUND: something else. */
static struct error *simple_address(struct context *context, const char *text, size_t len,
				    uint64_t *ret)
{
	char name[512];
	struct error *err;

	if (!len || len >= sizeof(name))
		return error_create(ERROR_NOT_FOUND, "\"%s\" is no address", text);
	memcpy(name, text, len);
	name[len] = 0;
	if (!strncmp(name, "0x", 2) || !strncmp(name, "0X", 2) || isdigit((unsigned char)*name) ||
	    (len >= 8 && all_digits(name, true))) {
		err = parse_number(name, true, "the address", ret);
		if (!err || !strchr(name, ':'))
			return err;
		error_free(err);
	}
	/* A short word such as "add" may be both: then it is the symbol. */
	if (!strchr(name, ':') && !is_name(name, len))
		return error_create(ERROR_NOT_FOUND, "\"%s\" is no address", name);
	err = symbol_address(context, name, ret);
	if (err && err->code == ERROR_NOT_FOUND && all_digits(name, true)) {
		error_free(err);
		return parse_number(name, true, "the address", ret);
	}
	return err;
}

struct error *command_address(struct context *context, const char *text, uint64_t *ret)
{
	size_t len = strcspn(text, "+-");
	uint64_t base, offset = 0;
	struct error *err;

	if (text[0] == '(' || strpbrk(text, "&*[>() "))
		return evaluate(context, text, ret);
	if (text[len])
		TRY(parse_number(text + len + 1, false, "the offset", &offset));
	err = simple_address(context, text, len, &base);
	if (!err) {
		*ret = text[len] == '-' ? base - offset : base + offset;
		return NULL;
	}
	if (!strchr(text, '.'))
		return err;
	/* "init_task.tasks": not a symbol, but it may be a member. */
	if (error_dropped(evaluate(context, text, ret)))
		return err;
	error_free(err);
	return NULL;
}

/* ---- CPUs ---- */

struct cpu_list {
	struct context *context;
	struct error *(*each)(void *data, unsigned int cpu);
	void *data;
};

static struct error *each_possible(const struct cpu_list *list)
{
	unsigned int nr = image_nr_cpus(list->context->image);

	if (!nr)
		return error_create(ERROR_UNSUPPORTED,
				    "how many CPUs there are could not be found out");
	for (unsigned int cpu = 0; cpu < nr; cpu++) {
		if (image_cpu_possible(list->context->image, cpu))
			TRY(list->each(list->data, cpu));
	}
	return NULL;
}

/* "3" or "0-3" at *@text, which is moved behind it. */
static struct error *parse_range(const char **text, uint64_t *from, uint64_t *to)
{
	const char *p = *text;
	uint64_t bounds[2];

	for (int i = 0; i < 2; i++) {
		char number[12];
		size_t n = strspn(p, "0123456789");

		if (!n || n >= sizeof(number))
			return error_create(ERROR_USAGE,
					    "\"%s\" names no CPUs: use a list such as 0-3,7 or a",
					    *text);
		memcpy(number, p, n);
		number[n] = 0;
		TRY(parse_number(number, false, "the CPU", &bounds[i]));
		p += n;
		if (i)
			break;
		bounds[1] = bounds[0];
		if (*p != '-')
			break;
		p++;
	}
	*from = bounds[0];
	*to = bounds[1];
	*text = p;
	return NULL;
}

struct error *command_cpus(struct context *context, const char *text,
			   struct error *(*each)(void *data, unsigned int cpu), void *data)
{
	struct cpu_list list = { context, each, data };
	uint64_t from, to, nr = image_nr_cpus(context->image);
	const char *p = text;

	if (!strcmp(text, "a") || !strcmp(text, "all"))
		return each_possible(&list);
	while (true) {
		TRY(parse_range(&p, &from, &to));
		if (from > to || to >= nr)
			return error_create(ERROR_NOT_FOUND, "there is no CPU %" PRIu64,
					    from > to ? from : to);
		for (uint64_t cpu = from; cpu <= to; cpu++) {
			if (!image_cpu_possible(context->image, (unsigned int)cpu))
				return error_create(ERROR_NOT_FOUND, "there is no CPU %" PRIu64,
						    cpu);
			TRY(each(data, (unsigned int)cpu));
		}
		if (!*p)
			return NULL;
		if (*p++ != ',')
			return error_create(ERROR_USAGE, "\"%s\" is no list of CPUs", text);
	}
}
