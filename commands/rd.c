// SPDX-License-Identifier: GPL-2.0-or-later
/* rd: memory as it is. What is missing of it is named line by line, and the rest shown. */
#include "commands/rd_file.h"
#include "commands/values.h"

#include "base/bytes.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LINE_BYTES   16
#define TEXT_COLUMNS 60
#define MAX_BYTES    (UINT64_C(1) << 30)

enum { ADDRESS, UNIT, VALUES, TEXT, MISSING, DATA };

static const struct column columns[] = {
	[ADDRESS] = { "address", COLUMN_ADDRESS, .summary = "of the first value" },
	[UNIT] = { "unit", COLUMN_INT, .summary = "bytes of a value" },
	[VALUES] = { "values", COLUMN_TREE,
		     .summary = "\"0x…\", numbers with -d and -D, names with -s; null: missing" },
	[TEXT] = { "text", COLUMN_TEXT, .summary = "the bytes in ASCII, a dot for others" },
	[MISSING] = { "missing", COLUMN_TEXT, .summary = "why values are missing; else null" },
	[DATA] = { "data", COLUMN_TEXT, .text_only = true },
};
static const struct table table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.line = "{address}:  {data}(?   {text})",
};
static const struct table *const tables[] = { &table, NULL };

static const struct option_spec options[] = {
	{ 'a', NULL, NULL, "as text: without COUNT up to the first character that is none" },
	{ 'd', NULL, NULL, "signed decimal" },
	{ 'D', NULL, NULL, "unsigned decimal" },
	{ 's', NULL, NULL, "addresses of symbols by their name" },
	{ 'S', NULL, NULL, "the same" },
	{ 'x', NULL, NULL, "no text at the end of lines" },
	{ 'N', NULL, NULL, "values in network byte order" },
	{ 'R', NULL, NULL, "backwards: COUNT values that end with ADDRESS" },
	{ 'u', NULL, NULL, "the address is of the current task's user memory" },
	{ 'p', NULL, NULL, "the address is physical" },
	{ 'o', NULL, "OFFSET", "bytes to add to the address" },
	{ 'e', NULL, "END", "up to this address" },
	{ 'r', NULL, "FILE", "the bytes, COUNT of them, into a file" },
	{ 0 },
};

struct request {
	struct context *context;
	const struct memory *memory;
	uint64_t address;
	uint64_t count; /* of units */
	bool has_count;
	unsigned int unit;
	bool decimal, is_unsigned, symbols, no_text, network;
	struct error *first;	  /* why something is missing */
	bool any;		  /* something could be read */
	const char *line_missing; /* in this line: "<excluded>"…; NULL: nothing */
};

/* ---- one line ---- */

static void set_missing(struct request *r, enum error_code code)
{
	const char *word = code == ERROR_EXCLUDED   ? "<excluded>"
			   : code == ERROR_ABSENT   ? "<absent>"
			   : code == ERROR_BAD_DATA ? "<corrupt>"
						    : "<unreadable>";

	r->line_missing = word;
	output_textf(r->context->out, MISSING, "%.*s", (int)strlen(word) - 2, word + 1);
}

static unsigned int width_of(const struct request *r)
{
	static const unsigned int digits[] = { [1] = 3, [2] = 5, [4] = 10, [8] = 20 };

	if (r->symbols)
		return 32;
	return r->decimal ? digits[r->unit] + !r->is_unsigned : 2 * r->unit;
}

static void add_value(const struct request *r, const uint8_t *raw, struct text *data)
{
	struct output *out = r->context->out;
	uint64_t v = load_number(raw, r->unit, r->network || r->memory->big_endian);
	auto_text symbol = { 0 };
	int width = (int)width_of(r);

	if (r->symbols && v && image_symbolise(r->context->image, v, &symbol)) {
		text_pad(data, text_string(&symbol), -width);
		output_tree_text(out, VALUES, NULL, text_string(&symbol), NULL);
	} else if (r->decimal && r->is_unsigned) {
		text_addf(data, "%*" PRIu64, width, v);
		output_tree_uint(out, VALUES, NULL, v, NULL);
	} else if (r->decimal) {
		v = sign_extend(v, 8 * r->unit);
		text_addf(data, "%*" PRId64, width, (int64_t)v);
		output_tree_int(out, VALUES, NULL, (int64_t)v, NULL);
	} else {
		text_addf(data, "%0*" PRIx64 "%*s", 2 * (int)r->unit, v, width - 2 * (int)r->unit,
			  "");
		output_tree_hex(out, VALUES, NULL, v, NULL);
	}
}

static void add_text(struct output *out, const uint8_t *raw, const bool *known, size_t size)
{
	char text[LINE_BYTES + 1];

	for (size_t i = 0; i < size; i++)
		text[i] = known[i] && raw[i] >= ' ' && raw[i] <= '~' ? (char)raw[i] : '.';
	text[size] = 0;
	output_text(out, TEXT, text);
}

/* Missing memory is read unit by unit: a line may cross into a page that is there. */
static struct error *read_line(struct request *r, uint64_t address, uint8_t *raw, bool *known,
			       size_t size)
{
	struct error *err = memory_read(r->memory, address, raw, size);

	memset(known, !err, size);
	r->line_missing = NULL;
	if (!err)
		return NULL;
	if (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM)
		return err;
	set_missing(r, err->code);
	if (r->first)
		error_free(err);
	else
		r->first = err;
	for (size_t i = 0; i < size; i += r->unit) {
		if (!error_dropped(memory_read(r->memory, address + i, raw + i, r->unit)))
			memset(known + i, true, r->unit);
	}
	return NULL;
}

/* A value that is missing, in as many columns as one that is there. */
static void add_missing(const struct request *r, struct text *data)
{
	int width = (int)width_of(r);

	output_tree_null(r->context->out, VALUES, NULL, NULL);
	text_addf(data, "%*s", width,
		  (int)strlen(r->line_missing) <= width ? r->line_missing : "?");
}

static struct error *show_line(struct request *r, uint64_t address, size_t size)
{
	struct output *out = r->context->out;
	uint8_t raw[LINE_BYTES] = { 0 };
	bool known[LINE_BYTES] = { false }, any = false;
	auto_text data = { 0 };

	TRY(read_line(r, address, raw, known, size));
	output_uint(out, ADDRESS, address);
	output_uint(out, UNIT, r->unit);
	output_tree_open(out, VALUES, NULL, TREE_ARRAY);
	for (size_t i = 0; i < size; i += r->unit) {
		any |= known[i];
		if (i)
			text_addc(&data, ' ');
		if (known[i])
			add_value(r, raw + i, &data);
		else
			add_missing(r, &data);
	}
	output_tree_close(out, VALUES);
	/* A short last line's text stands under that of the others. */
	for (size_t i = size; r->count * r->unit > LINE_BYTES && i < LINE_BYTES; i += r->unit)
		text_addf(&data, " %*s", (int)width_of(r), "");
	if (any && !r->no_text && !r->symbols && !r->decimal)
		add_text(out, raw, known, size);
	output_text(out, DATA, any ? text_string(&data) : r->line_missing);
	r->any |= any;
	return NULL;
}

/* ---- all lines ---- */

static struct error *show_values(struct request *r)
{
	uint64_t size = r->count * r->unit;

	output_begin(r->context->out, &table);
	for (uint64_t done = 0; done < size; done += LINE_BYTES) {
		TRY(interrupt_check());
		TRY(show_line(r, r->address + done,
			      (size_t)min(size - done, (uint64_t)LINE_BYTES)));
		output_row(r->context->out);
	}
	return NULL;
}

/* Text in lines of TEXT_COLUMNS, up to a byte that is none, or COUNT of them. */
static struct error *show_text(struct request *r)
{
	struct output *out = r->context->out;
	uint64_t done = 0;
	bool ended = false;

	output_begin(out, &table);
	output_set_line(out, "{address}:  {text}");
	while (!ended && (!r->has_count || done < r->count) && done < MAX_BYTES) {
		char line[TEXT_COLUMNS + 1] = "";
		size_t n = 0;

		TRY(interrupt_check());
		while (!ended && n < TEXT_COLUMNS && (!r->has_count || done + n < r->count)) {
			uint8_t c;
			struct error *err = memory_read(r->memory, r->address + done + n, &c, 1);

			if (err && !done && !n)
				return err;
			if (err)
				output_incomplete(out, err);
			ended = err || (!r->has_count && !isprint(c));
			if (!ended)
				line[n++] = isprint(c) ? (char)c : '.';
		}
		if (ended && !n && done)
			return NULL;
		output_uint(out, ADDRESS, r->address + done);
		output_uint(out, UNIT, 1);
		output_text(out, TEXT, line);
		output_row(out);
		done += n;
	}
	return NULL;
}

/* ---- arguments ---- */

/* -8, -16, -32, -64: words that the option table cannot hold, as letters do not join there. */
static bool parse_unit(const char *operand, unsigned int *unit)
{
	static const char *const words[] = { [1] = "-8", [2] = "-16", [4] = "-32", [8] = "-64" };

	for (unsigned int i = 1; i <= 8; i *= 2) {
		if (!strcmp(operand, words[i])) {
			*unit = i;
			return true;
		}
	}
	return false;
}

static struct error *parse_operands(struct request *r, const struct arguments *given)
{
	const char *operands[2] = { NULL, NULL };
	struct arguments joined;
	const struct arguments *arguments = &joined;
	size_t n = 0;

	TRY(values_join_operands(r->context, given, &joined));
	for (size_t i = 0; i < arguments->nr_operands; i++) {
		if (parse_unit(arguments->operands[i], &r->unit))
			continue;
		if (n == 2)
			return error_create(ERROR_USAGE, "one address and one count are enough");
		operands[n++] = arguments->operands[i];
	}
	if (!n)
		return error_create(ERROR_USAGE, "which address?");
	TRY(command_address(r->context, operands[0], &r->address));
	r->count = 1;
	r->has_count = n == 2;
	if (n == 2)
		TRY(parse_number(operands[1], false, "the count", &r->count));
	return NULL;
}

static struct error *parse_extent(struct request *r, const struct arguments *arguments)
{
	const char *offset = arguments_value(arguments, 'o'),
		   *end = arguments_value(arguments, 'e');
	uint64_t to, bytes = 0;

	if (offset) {
		bool negative = *offset == '-';

		TRY(values_offset(r->context, offset + negative, &to));
		r->address += negative ? -to : to;
	}
	if (end) {
		TRY(command_address(r->context, end, &to));
		if (to <= r->address)
			return error_create(ERROR_USAGE, "the end is not behind the address");
		r->count = (to - r->address - 1) / r->unit + 1;
		r->has_count = true;
	}
	if (!r->count || __builtin_mul_overflow(r->count, (uint64_t)r->unit, &bytes) ||
	    bytes > MAX_BYTES)
		return error_create(ERROR_USAGE, "the count must be between 1 and %" PRIu64,
				    MAX_BYTES / r->unit);
	if (arguments_has(arguments, 'R'))
		r->address -= (r->count - 1) * r->unit;
	return NULL;
}

static struct error *show_memory(struct request *r, const struct arguments *arguments)
{
	const char *file = arguments_value(arguments, 'r');
	struct error *err;

	if (file)
		return rd_write_file(r->memory, r->address, r->count, file);
	if (arguments_has(arguments, 'a'))
		return show_text(r);
	err = show_values(r);
	if (!err && !r->any)
		return r->first;
	if (err)
		error_free(r->first);
	else if (r->first)
		output_incomplete(r->context->out, r->first);
	return err;
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	struct request r = {
		.context = context,
		.memory = image_memory(context->image),
		.decimal = arguments_has(arguments, 'd') || arguments_has(arguments, 'D'),
		.is_unsigned = arguments_has(arguments, 'D'),
		.symbols = arguments_has(arguments, 's') || arguments_has(arguments, 'S'),
		.no_text = arguments_has(arguments, 'x'),
		.network = arguments_has(arguments, 'N'),
	};
	struct user_memory user;

	r.unit = r.memory->word_size ? r.memory->word_size : 8;
	TRY(parse_operands(&r, arguments));
	if (arguments_has(arguments, 'a') || arguments_value(arguments, 'r'))
		r.unit = 1;
	TRY(parse_extent(&r, arguments));
	if (arguments_has(arguments, 'p')) {
		r.memory = image_physical(context->image);
	} else if (arguments_has(arguments, 'u')) {
		TRY(user_memory_init(context, &user));
		r.memory = &user.memory;
	}
	return show_memory(&r, arguments);
}

const struct command rd_command = {
	.name = "rd",
	.summary = "memory, as numbers, text or symbols",
	.usage = "[-adDsxNR] [-8|-16|-32|-64] [-u|-p] [-o OFFSET] [-e END] [-r FILE] "
		 "ADDRESS|SYMBOL [COUNT]",
	.help = "Shows COUNT values (one) of a word, or of 8, 16, 32 or 64 bits.\n\n"
		"  rd jiffies               a word\n"
		"  rd -32 -d init_task 8    eight signed numbers of 32 bits\n"
		"  rd -s ffffc900000d3e80 40  a stack, with names of symbols\n"
		"  rd -a linux_banner       text\n"
		"  rd -p 1000 -e 2000       physical memory; works without a kernel too\n"
		"  rd -r page.bin ffff888003a1c000 4096  into a file",
	.options = options,
	.tables = tables,
	.completes = COMPLETES_SYMBOL,
	.works_on_dump = true,
	.run = run,
};
