// SPDX-License-Identifier: GPL-2.0-or-later
/* struct: structs at addresses, in the whole or some members, singly, in arrays, on each CPU. */
#include "commands/struct.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define MAX_COUNT 1000000

enum { TYPE, ADDRESS, CPU, VALUE };

static const struct column columns[] = {
	[TYPE] = { "type", COLUMN_TEXT, .summary = "as C spells it" },
	[ADDRESS] = { "address", COLUMN_ADDRESS, .summary = "of the object" },
	[CPU] = { "cpu", COLUMN_INT, .summary = "whose copy of a per-CPU variable; else null" },
	[VALUE] = { "value", COLUMN_TREE, .summary = "its members, or those named" },
};
static const struct table table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.line = "{type} {value}",
};
/* When there are several, each says which it is. */
static const char *const several = "(?[{cpu}]: ){address}\n{type} {value}";

const struct table *const struct_tables[] = { &struct_definition_table, &table, NULL };

const struct option_spec struct_options[] = {
	{ 'o', NULL, NULL, "offsets of members; with an address, their addresses" },
	{ 'd', NULL, NULL, "numbers in decimal" },
	{ 'x', NULL, NULL, "numbers in hexadecimal" },
	{ 'c', NULL, "COUNT",
	  "that many of them, one after another; negative: before the address" },
	{ 'l', NULL, "OFFSET", "addresses are of this member (a number or struct.member)" },
	{ 'u', NULL, NULL, "addresses are of the current task's user memory" },
	{ 0 },
};

struct request {
	struct context *context;
	const struct value_env *env;
	struct selection selection;
	struct value_format format;
	bool offsets;
	uint64_t embedded; /* -l */
	int64_t count;
	int cpu;
	const char *symbol; /* of "symbol:cpus" */
};

static struct error *show_one(const struct request *r, uint64_t address)
{
	struct output *out = r->context->out;

	if (r->offsets)
		return struct_define(r->context, &r->selection, true, &address, r->format.hex);
	output_text(out, TYPE, r->selection.name);
	output_uint(out, ADDRESS, address);
	if (r->cpu >= 0)
		output_int(out, CPU, r->cpu);
	TRY(selection_show(r->context, r->env, &r->selection, address, &r->format, VALUE));
	output_row(out);
	return NULL;
}

static struct error *show_all(const struct request *r, uint64_t address)
{
	uint64_t size = type_strip(r->selection.type)->size;
	uint64_t count = (uint64_t)(r->count < 0 ? -r->count : r->count);

	address -= r->embedded;
	if (r->count < 0)
		address -= (count - 1) * size;
	if (count == 1 && !r->offsets)
		TRY(selection_check_there(r->env, &r->selection, address));
	for (uint64_t i = 0; i < count; i++) {
		TRY(interrupt_check());
		TRY(show_one(r, address + i * size));
	}
	return NULL;
}

static struct error *show_cpu(void *data, unsigned int cpu)
{
	struct request *r = data;
	uint64_t address;

	TRY(image_per_cpu(r->context->image, r->symbol, cpu, &address));
	r->cpu = (int)cpu;
	if (!r->offsets)
		output_set_line(r->context->out, several);
	return show_all(r, address);
}

static struct error *show_operand(struct request *r, const char *operand)
{
	uint64_t address;
	const char *cpus;

	r->cpu = -1;
	if (!values_split_cpus(r->context, operand, &r->symbol, &cpus)) {
		/* A per-CPU variable itself is nowhere: its copies are meant. */
		r->symbol = operand;
		cpus = image_is_per_cpu(r->context->image, operand) ? "a" : NULL;
	} else if (!image_is_per_cpu(r->context->image, r->symbol)) {
		return error_create(ERROR_USAGE, "%s is not a per-CPU variable", r->symbol);
	}
	if (cpus)
		return command_cpus(r->context, cpus, show_cpu, r);
	TRY(command_address(r->context, operand, &address));
	return show_all(r, address);
}

static struct error *parse_count(const char *text, int64_t *ret)
{
	bool negative = *text == '-';
	uint64_t count;

	TRY(parse_number(text + negative, false, "the count", &count));
	if (!count || count > MAX_COUNT)
		return error_create(ERROR_USAGE, "the count must be between 1 and %d", MAX_COUNT);
	*ret = negative ? -(int64_t)count : (int64_t)count;
	return NULL;
}

/* Behind an address, a short decimal number is a count: addresses are not that small. */
static bool is_count(const char *text)
{
	const char *p = text + (*text == '-');

	return strlen(p) < 8 && *p && !p[strspn(p, "0123456789")];
}

static struct error *parse(const struct arguments *arguments, enum type_kind kind,
			   struct request *r, size_t *nr_addresses)
{
	const char *count = arguments_value(arguments, 'c');
	const char *embedded = arguments_value(arguments, 'l');
	size_t last = arguments->nr_operands - 1;

	TRY(selection_parse(r->context, arguments->operands[0], kind, &r->selection));
	r->format = values_format(r->context, arguments);
	r->offsets = arguments_has(arguments, 'o');
	r->count = 1;
	*nr_addresses = last;
	if (count)
		TRY(parse_count(count, &r->count));
	if (embedded)
		TRY(values_offset(r->context, embedded, &r->embedded));
	if (!count && last >= 2 && is_count(arguments->operands[last])) {
		TRY(parse_count(arguments->operands[last], &r->count));
		--*nr_addresses;
	}
	return NULL;
}

struct error *struct_run(struct context *context, const struct arguments *given,
			 enum type_kind kind)
{
	struct request r = { .context = context, .env = command_values(context), .cpu = -1 };
	size_t nr_addresses;
	struct value_env user_env;
	struct user_memory user;
	struct arguments joined;
	const struct arguments *arguments = &joined;

	TRY(values_join_operands(context, given, &joined));
	if (!arguments->nr_operands)
		return error_create(ERROR_USAGE, "which struct?");
	TRY(parse(arguments, kind, &r, &nr_addresses));
	if (!nr_addresses)
		return struct_define(context, &r.selection, r.offsets || r.selection.nr_paths, NULL,
				     r.format.hex);
	if (arguments_has(arguments, 'u')) {
		TRY(user_memory_init(context, &user));
		user_env = *r.env;
		user_env.memory = &user.memory;
		r.env = &user_env;
	}
	if (!r.offsets) {
		output_begin(context->out, &table);
		if (nr_addresses > 1 || r.count != 1)
			output_set_line(context->out, several);
	}
	for (size_t i = 1; i <= nr_addresses; i++)
		TRY(show_operand(&r, arguments->operands[i]));
	return NULL;
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	return struct_run(context, arguments, TYPE_STRUCT);
}

const struct command struct_command = {
	.name = "struct",
	.summary = "a struct's definition, or structs at addresses",
	.usage = STRUCT_USAGE,
	.help = "Without an address, the definition; with one, what is there.\n\n"
		"  struct list_head                            its definition and size\n"
		"  struct -o task_struct                       with the offsets of its members\n"
		"  struct task_struct.pid,comm init_task       two members of one\n"
		"  struct task_struct.thread.sp ffff888003a1c0 a member of a member\n"
		"  struct rq.nr_running runqueues:a            on each CPU\n"
		"  struct page ffffea0000000000 4              four, one after another\n"
		"  struct module -l module.list ffffffffc0300  the address is of its member list",
	.options = struct_options,
	.tables = struct_tables,
	.completes = COMPLETES_TYPE | COMPLETES_SYMBOL,
	.run = run,
};
