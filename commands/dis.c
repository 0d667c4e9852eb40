// SPDX-License-Identifier: GPL-2.0-or-later
/* dis: instructions, as they are in the dump's memory: what was patched while it ran is shown so.
 */
#include "commands/disassembler.h"

#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ADDRESS,
	FUNCTION,
	OFFSET,
	MODULE,
	BYTES,
	TEXT,
	TARGET,
	TARGET_SYMBOL,
	FILE_,
	LINE,
	SOURCE,
	AT,
	PLACE,
	SHOWN,
	WHERE,
};

static const struct column columns[] = {
	[ADDRESS] = { "address", COLUMN_ADDRESS, .summary = "of the instruction" },
	[FUNCTION] = { "function", COLUMN_TEXT, .summary = "null: no symbol holds the address" },
	[OFFSET] = { "offset", COLUMN_INT, .summary = "bytes into the function" },
	[MODULE] = { "module", COLUMN_TEXT, .summary = "null: the kernel itself" },
	[BYTES] = { "bytes", COLUMN_TEXT, .summary = "of the instruction, hex" },
	[TEXT] = { "text", COLUMN_TEXT, .summary = "the instruction in AT&T's syntax" },
	[TARGET] = { "target", COLUMN_ADDRESS, .summary = "that it jumps to, calls or refers to" },
	[TARGET_SYMBOL] = { "target_symbol", COLUMN_TEXT, .summary = "name+0x… of the target" },
	[FILE_] = { "file", COLUMN_TEXT, .summary = "source file, with debug information" },
	[LINE] = { "line", COLUMN_INT, .summary = "source line" },
	[SOURCE] = { "source", COLUMN_TEXT, .summary = "with -s: the source line's text" },
	[AT] = { "at", COLUMN_HEX, .text_only = true },
	[PLACE] = { "place", COLUMN_TEXT, .text_only = true },
	[SHOWN] = { "shown", COLUMN_TEXT, .text_only = true },
	[WHERE] = { "where", COLUMN_TEXT, .text_only = true },
};

#define INSTRUCTION "{at} <{place}>:  {shown}(? <{target_symbol}>)"

static const struct table table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.line = INSTRUCTION,
};
static const struct table with_lines = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.group = "{where}(?\n{source})",
	.line = INSTRUCTION,
};
static const struct table *const tables[] = { &table, NULL };

static const struct option_spec options[] = {
	{ 'r', NULL, NULL, "from the function's start up to the address" },
	{ 'f', NULL, NULL, "from the address to the function's end" },
	{ 'u', NULL, NULL, "a user address of the current task" },
	{ 'l', NULL, NULL, "source lines, looking for debug information where none was named" },
	{ 's', NULL, NULL, "source lines with their text, where the source file can be read" },
	{ 'x', NULL, NULL, "offsets in hex" },
	{ 'd', NULL, NULL, "offsets in decimal" },
	{ 0 },
};

enum { MM_PGD };
DEFINE_VIEW(mm_view, "mm_struct", [MM_PGD] = FIELD("pgd"));

/* Instructions from @from to before @to, or @count of them, the last ones with @backward. */
struct span {
	uint64_t from, to, count;
	bool backward;
};

struct show {
	struct context *context;
	struct disassembler *disassembler;
	struct span span;
	bool is_user, asked, lines, source, decimal, has_debug;
	uint64_t pgd;
	/* The source file that -s reads, and those that it could not. */
	char *source_path, *source_text;
	bool source_missing;
	uint8_t code[4096 + DISASSEMBLER_LONGEST];
	uint64_t code_at;
	size_t code_size;
	bool code_ends; /* the page behind it is not there */
};

/* ---- reading ---- */

static struct error *read_code(struct show *s, uint64_t address, void *buf, size_t size)
{
	if (s->is_user)
		return image_read_user(s->context->image, s->pgd, address, buf, size);
	return memory_read(image_memory(s->context->image), address, buf, size);
}

/*
 * Makes the bytes at @address available in @s->code, as many as one instruction can have, fewer
 * when the next page is not there.
 */
static struct error *need_code(struct show *s, uint64_t address, const uint8_t **code, size_t *size)
{
	size_t have = 4096 - (address & 4095);

	if (address < s->code_at || address - s->code_at >= s->code_size ||
	    (s->code_size - (address - s->code_at) < DISASSEMBLER_LONGEST && !s->code_ends)) {
		s->code_size = 0;
		TRY(read_code(s, address, s->code, have));
		/* It is needed only when an instruction crosses into that page. */
		s->code_ends = error_dropped(
			read_code(s, address + have, s->code + have, DISASSEMBLER_LONGEST));
		s->code_at = address;
		s->code_size = have + (s->code_ends ? 0 : DISASSEMBLER_LONGEST);
	}
	*code = s->code + (address - s->code_at);
	*size = s->code_size - (size_t)(address - s->code_at);
	return NULL;
}

/* ---- rows ---- */

static char *line_of_text(char *text, unsigned int line)
{
	while (text && --line)
		text = (text = strchr(text, '\n')) ? text + 1 : NULL;
	return text;
}

/* The whole of a source file; NULL when it cannot be read. */
static char *read_source(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;

	if (!file)
		return NULL;
	if (getdelim(&text, &room, 0, file) < 0) {
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

static void put_source(struct show *s, const struct source_line *line)
{
	char *text;

	if (!s->source_path || strcmp(s->source_path, line->file)) {
		free(s->source_path);
		free(s->source_text);
		s->source_path = strdup(line->file);
		s->source_text = read_source(line->file);
		s->source_missing = s->source_missing || !s->source_text;
	}
	text = line->line ? line_of_text(s->source_text, line->line) : NULL;
	if (text)
		output_textf(s->context->out, SOURCE, "%.*s", (int)strcspn(text, "\n"), text);
}

static void put_line(struct show *s, uint64_t address)
{
	struct debug_file *file = image_debug_file_at(s->context->image, address);
	struct source_line lines[16];
	unsigned int count;

	s->has_debug = s->has_debug || file;
	if (!file ||
	    error_dropped(debug_file_lines(file, address, lines, ARRAY_SIZE(lines), &count))) {
		output_text(s->context->out, WHERE, "(no source line)");
		return;
	}
	output_text(s->context->out, FILE_, lines[0].file);
	output_uint(s->context->out, LINE, lines[0].line);
	output_textf(s->context->out, WHERE, "%s: %u", lines[0].file, lines[0].line);
	if (s->source)
		put_source(s, &lines[0]);
}

static void put_function(struct show *s, uint64_t address)
{
	struct output *out = s->context->out;
	struct symbol symbol;
	uint64_t offset;

	if (s->is_user ||
	    error_dropped(symbols_by_address(image_symbols(s->context->image), address, &symbol))) {
		output_textf(out, PLACE, "%#llx", (unsigned long long)address);
		return;
	}
	offset = address - symbol.address;
	output_text(out, FUNCTION, symbol.name);
	output_uint(out, OFFSET, offset);
	output_text(out, MODULE, symbol.module);
	if (offset)
		output_textf(out, PLACE, s->decimal ? "%s+%llu" : "%s+%#llx", symbol.name,
			     (unsigned long long)offset);
	else
		output_text(out, PLACE, symbol.name);
}

static void put_target(struct show *s, const struct instruction *instruction)
{
	struct symbols *symbols = image_symbols(s->context->image);
	struct output *out = s->context->out;
	struct symbol symbol;
	auto_text name = { 0 };

	/* A plain number is taken for an address only when a symbol begins there. */
	if (instruction->may_be_number &&
	    (error_dropped(symbols_by_address(symbols, instruction->target, &symbol)) ||
	     symbol.address != instruction->target))
		return;
	output_uint(out, TARGET, instruction->target);
	if (image_symbolise(s->context->image, instruction->target, &name))
		output_text(out, TARGET_SYMBOL, text_string(&name));
}

static void put(struct show *s, uint64_t address, const uint8_t *code,
		const struct instruction *instruction)
{
	struct output *out = s->context->out;
	char bytes[2 * DISASSEMBLER_LONGEST + 1] = "";

	for (unsigned int i = 0; i < instruction->size; i++)
		snprintf(bytes + 2 * i, 3, "%02x", code[i]);
	output_uint(out, ADDRESS, address);
	output_uint(out, AT, address);
	put_function(s, address);
	output_text(out, BYTES, bytes);
	if (*instruction->operands) {
		output_textf(out, TEXT, "%s %s", instruction->mnemonic, instruction->operands);
		output_textf(out, SHOWN, "%-6s %s", instruction->mnemonic, instruction->operands);
	} else {
		output_text(out, TEXT, instruction->mnemonic);
		output_text(out, SHOWN, instruction->mnemonic);
	}
	if (instruction->has_target && !s->is_user)
		put_target(s, instruction);
	if (s->lines && !s->is_user)
		put_line(s, address);
	output_row(out);
}

/* Goes through the span; shows all but the first @skip instructions, and counts them. */
static struct error *walk(struct show *s, uint64_t skip, bool quiet, uint64_t *count)
{
	uint64_t address = s->span.from, n = 0;

	while (address < s->span.to && (s->span.backward || n < s->span.count)) {
		struct instruction instruction;
		const uint8_t *code;
		size_t size;

		TRY(interrupt_check());
		TRY(need_code(s, address, &code, &size));
		disassembler_next(s->disassembler, code, size, address, &instruction);
		if (!quiet && n >= skip)
			put(s, address, code, &instruction);
		address += instruction.size;
		n++;
	}
	*count = n;
	return NULL;
}

static struct error *show(struct show *s)
{
	uint64_t all = 0, skip = 0;
	struct error *err = NULL;

	if (s->span.backward && s->span.count != UINT64_MAX) {
		err = walk(s, 0, true, &all);
		skip = all > s->span.count ? all - s->span.count : 0;
	}
	if (!err)
		err = walk(s, skip, false, &all);
	if (s->asked && !s->has_debug && !s->is_user)
		output_note(s->context->out,
			    "no source lines: no debug information was found (name "
			    "a vmlinux, or load a module's with mod -s)");
	if (s->source_missing)
		output_note(s->context->out, "source text is missing where its file cannot be "
					     "read from here (paths are relative to the sources)");
	return err;
}

/* ---- what to show ---- */

/* Is @text a symbol's name, rather than a number or an expression? */
static bool is_symbol(struct context *context, const char *text, uint64_t address)
{
	struct symbol symbol;

	return !error_dropped(symbols_by_name(image_symbols(context->image), text, &symbol)) &&
	       symbol.address == address;
}

static struct error *choose_span(struct show *s, const struct arguments *arguments)
{
	struct context *context = s->context;
	const char *operand = arguments->operands[0], *number = arguments->operands[1];
	bool back = arguments_has(arguments, 'r'), forth = arguments_has(arguments, 'f');
	struct symbol symbol;
	uint64_t address;
	struct error *err;

	TRY(command_address(context, operand, &address));
	s->span = (struct span){ .from = address, .to = UINT64_MAX, .count = UINT64_MAX };
	if (number) {
		TRY(parse_number(number, false, "the count", &s->span.count));
		if (!s->span.count)
			return error_create(ERROR_USAGE, "a count of 0 shows nothing");
	}
	err = s->is_user ? error_create(ERROR_USAGE, "user memory has no symbols here: -r and -f "
						     "need one")
			 : symbols_by_address(image_symbols(context->image), address, &symbol);
	if (err && (back || forth))
		return err;
	if (back) {
		s->span.from = symbol.address;
		s->span.to = address + 1;
		s->span.backward = true;
	} else if (!err && (forth || (!number && is_symbol(context, operand, address)))) {
		/* Without a size there is one instruction at least. */
		if (symbol.size > address - symbol.address)
			s->span.to = symbol.address + symbol.size;
		else if (!number)
			s->span.count = 1;
	} else if (!number) {
		s->span.count = 1;
	}
	error_free(err);
	return NULL;
}

static struct error *find_user_memory(struct show *s)
{
	struct task task;

	TRY(command_current_task(s->context, &task));
	if (!task.mm)
		return error_create(ERROR_NOT_FOUND, "task %d has no user memory", task.pid);
	return view_read(s->context->image, &mm_view, MM_PGD, task.mm, &s->pgd);
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	const struct arch_ops *arch = image_arch(context->image);
	struct show s = {
		.context = context,
		.is_user = arguments_has(arguments, 'u'),
		.source = arguments_has(arguments, 's'),
		.decimal = arguments_has(arguments, 'd') ||
			   (context->format.decimal && !arguments_has(arguments, 'x')),
	};
	struct error *err;
	bool grouped;

	if (!arguments->nr_operands || arguments->nr_operands > 2)
		return error_create(ERROR_USAGE, "an address or symbol, and at most a count");
	s.asked = s.source || arguments_has(arguments, 'l');
	s.lines = s.asked || image_debug_named(context->image);
	if (s.is_user)
		TRY(find_user_memory(&s));
	TRY(choose_span(&s, arguments));
	grouped = s.asked && image_debug_file_at(context->image, s.span.from);
	output_begin(context->out, grouped ? &with_lines : &table);
	TRY(disassembler_create(arch ? arch->name : "unknown", &s.disassembler));
	err = show(&s);
	disassembler_destroy(s.disassembler);
	free(s.source_path);
	free(s.source_text);
	return err;
}

const struct command dis_command = {
	.name = "dis",
	.summary = "disassemble a function or memory",
	.usage = "[-r | -f] [-u] [-ls] [-x | -d] SYMBOL|ADDRESS|(EXPRESSION) [COUNT]",
	.help = "A function's name shows all of it; any other address one instruction, or COUNT of\n"
		"them. The bytes are the dump's: what the kernel patched into itself is shown so.\n"
		"What is no instruction is shown as (bad), a byte at a time.\n"
		"\n"
		"  dis schedule\n"
		"  dis -r ffffffff81a07125\n"
		"  dis -l panic 10",
	.options = options,
	.tables = tables,
	.completes = COMPLETES_SYMBOL,
	.run = run,
};
