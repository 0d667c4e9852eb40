// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The document of one command: its rows as they come, its notes, its end. How values, templates,
 * trees and rows look is in output_value.c, output_template.c, output_tree.c and output_look.c.
 */
#include "base/output_state.h"

#include "base/alloc.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/utf8.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Notes are kept until the rows have ended; a broken dump may cause any number of them. */
#define MAX_NOTES 1000

bool output_colour_wanted(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

struct error *output_create(FILE *stream, enum output_format format, bool colour,
			    struct output **ret)
{
	struct output *out = calloc(1, sizeof(*out));

	if (!out)
		return error_nomem();
	out->stream = stream;
	out->errors = stderr;
	out->format = format;
	out->colour = colour;
	*ret = out;
	return NULL;
}

void output_destroy(struct output *out)
{
	if (!out)
		return;
	for (size_t i = 0; i < out->nr_cells; i++)
		text_deinit(&out->cells[i].text);
	free(out->cells);
	template_deinit(&out->group);
	template_deinit(&out->line);
	text_deinit(&out->last_group);
	text_deinit(&out->row);
	text_deinit(&out->notes);
	free(out->command_copy);
	free(out);
}

void output_set_stream(struct output *out, FILE *stream, bool colour)
{
	out->stream = stream;
	out->colour = colour;
}

void output_set_errors(struct output *out, FILE *errors)
{
	out->errors = errors;
}

FILE *output_stream(struct output *out)
{
	return out->stream;
}

enum output_format output_format(const struct output *out)
{
	return out->format;
}

/* ---- writing ---- */

/* Nobody reads any more, or the disk is full: the command is asked to stop as by Ctrl-C. */
static void write_failed(struct output *out, int errnum)
{
	if (out->write_error)
		return;
	out->write_error = errnum ? errnum : EIO;
	if (!interrupt_pending) {
		interrupt_pending = 1;
		out->raised_interrupt = true;
	}
}

void output_write(struct output *out, const char *data, size_t len)
{
	if (!out->write_error && fwrite(data, 1, len, out->stream) != len)
		write_failed(out, errno);
}

static void flush(struct output *out)
{
	if (!out->write_error && fflush(out->stream))
		write_failed(out, errno);
}

/* Writes what was gathered in @out->row and empties it. */
static void write_row(struct output *out)
{
	if (out->row.failed) {
		text_deinit(&out->row);
		write_failed(out, ENOMEM);
		return;
	}
	output_write(out, text_string(&out->row), out->row.len);
	text_clear(&out->row);
}

/* ---- the document ---- */

static void clear_cells(struct output *out)
{
	size_t used = out->table ? out->table->nr_columns : 0;

	for (size_t i = 0; i < min(used, out->nr_cells); i++)
		out->cells[i].kind = CELL_UNSET;
}

void output_command_begin(struct output *out, const char *command)
{
	clear_cells(out);
	free(out->command_copy);
	out->command_copy = strdup(command);
	out->command = out->command_copy ? out->command_copy : "";
	out->opened = false;
	out->complete = true;
	out->nr_rows = 0;
	text_clear(&out->notes);
	out->nr_notes = out->nr_notes_left_off = 0;
	out->write_error = 0;
	out->raised_interrupt = false;
	out->table = NULL;
	out->headed = out->use_line = false;
	template_deinit(&out->group);
	template_deinit(&out->line);
	text_clear(&out->last_group);
}

static void add_key_string(struct text *t, const char *key, const char *value)
{
	text_addc(t, '"');
	text_adds(t, key);
	text_adds(t, "\":");
	json_add_string(t, value, strlen(value));
}

/* JSON: the document up to its first row. */
static void open_document(struct output *out)
{
	if (out->opened)
		return;
	out->opened = true;
	text_addc(&out->row, '{');
	add_key_string(&out->row, "command", out->command);
	text_adds(&out->row, ",\"rows\":[");
}

static void add_json_error(struct text *t, const struct error *err)
{
	text_adds(t, "\"error\":{");
	add_key_string(t, "code", error_code_name(err->code));
	text_addc(t, ',');
	add_key_string(t, "message", err->message);
	text_addc(t, '}');
}

static void end_json(struct output *out, const struct error *err)
{
	struct text *t = &out->row;
	const char *note = text_string(&out->notes);

	if (err && !out->opened && !out->nr_notes) {
		text_addc(t, '{');
		add_key_string(t, "command", out->command);
		text_addc(t, ',');
		add_json_error(t, err);
		text_adds(t, "}\n");
		return;
	}
	open_document(out);
	text_adds(t, out->complete && !err ? "],\"complete\":true" : "],\"complete\":false");
	text_adds(t, ",\"notes\":[");
	for (size_t i = 0; i < out->nr_notes; i++, note += strlen(note) + 1) {
		if (i)
			text_addc(t, ',');
		json_add_string(t, note, strlen(note));
	}
	text_addc(t, ']');
	if (err) {
		text_addc(t, ',');
		add_json_error(t, err);
	}
	text_adds(t, "}\n");
}

static void tell(struct output *out, const char *message)
{
	auto_text t = { 0 };

	text_adds(&t, "kx-crash: ");
	if (*out->command) {
		utf8_add_printable(&t, out->command, strlen(out->command));
		text_adds(&t, ": ");
	}
	utf8_add_printable(&t, message, strlen(message));
	fprintf(out->errors, "%s\n", text_string(&t));
}

static void end_text(struct output *out, const struct error *err)
{
	const char *note = text_string(&out->notes);

	for (size_t i = 0; i < out->nr_notes; i++, note += strlen(note) + 1)
		tell(out, note);
	if (err)
		tell(out, err->message);
	if (out->nr_notes || err)
		fflush(out->errors);
}

static void add_note(struct output *out, const char *note)
{
	if (out->nr_notes == MAX_NOTES) {
		out->nr_notes_left_off++;
		return;
	}
	text_add(&out->notes, note, strlen(note) + 1);
	if (!out->notes.failed)
		out->nr_notes++;
}

bool output_command_end(struct output *out, struct error *err)
{
	bool worked = !err;

	clear_cells(out);
	if (out->nr_notes_left_off) {
		text_addf(&out->notes, "and %zu more like these", out->nr_notes_left_off);
		out->nr_notes++;
		text_addc(&out->notes, 0);
	}
	if (out->format == OUTPUT_JSON) {
		end_json(out, err);
		write_row(out);
	}
	flush(out);
	if (out->raised_interrupt)
		interrupt_pending = 0;
	if (out->write_error == EPIPE) {
		worked = true;
	} else if (out->write_error) {
		struct error *lost = error_os(out->write_error, "writing");

		end_text(out, lost);
		error_free(lost);
		worked = false;
	} else if (out->format == OUTPUT_TEXT) {
		end_text(out, err);
	}
	if (out->write_error)
		clearerr(out->stream);
	error_free(err);
	out->command = "";
	out->table = NULL;
	return worked;
}

int output_write_error(const struct output *out)
{
	return out->write_error;
}

/* ---- tables and rows ---- */

void output_begin(struct output *out, const struct table *table)
{
	struct value_cell *cells;
	bool same = out->table == table;

	clear_cells(out);
	out->table = NULL;
	out->use_line = false;
	if (table->nr_columns > out->nr_cells) {
		cells = realloc(out->cells, table->nr_columns * sizeof(*cells));
		if (!cells) {
			write_failed(out, ENOMEM);
			return;
		}
		memset(cells + out->nr_cells, 0,
		       (table->nr_columns - out->nr_cells) * sizeof(*cells));
		out->cells = cells;
		out->nr_cells = table->nr_columns;
	}
	if (out->format == OUTPUT_TEXT) {
		if (error_dropped(template_compile(&out->group, table->group, table)) ||
		    error_dropped(template_compile(&out->line, table->line, table))) {
			write_failed(out, ENOMEM);
			return;
		}
	}
	out->table = table;
	if (!same) {
		out->headed = false;
		text_clear(&out->last_group);
	}
}

void output_set_line(struct output *out, const char *line)
{
	if (!out->table || out->format != OUTPUT_TEXT)
		return;
	out->use_line = true;
	if (error_dropped(template_compile(&out->line, line, out->table)))
		write_failed(out, ENOMEM);
}

static void add_json_row(struct output *out)
{
	const struct table *table = out->table;
	struct text *t = &out->row;
	bool first = true;

	open_document(out);
	if (out->nr_rows)
		text_addc(t, ',');
	text_addc(t, '{');
	for (size_t i = 0; i < table->nr_columns; i++) {
		if (table->columns[i].text_only)
			continue;
		text_add(t, first ? "\"" : ",\"", first ? 1 : 2);
		first = false;
		text_adds(t, table->columns[i].name);
		text_add(t, "\":", 2);
		cell_add_json(&out->cells[i], table->columns[i].type, t);
	}
	text_addc(t, '}');
}

void output_row(struct output *out)
{
	assert(out->table || out->write_error);
	if (!out->table)
		return;
	for (size_t i = 0; i < out->table->nr_columns; i++) {
		while (out->cells[i].kind == CELL_TREE && out->cells[i].tree.depth)
			output_tree_close(out, i);
		if (out->cells[i].text.failed) {
			text_deinit(&out->cells[i].text);
			write_failed(out, ENOMEM);
		}
	}
	if (!out->write_error) {
		if (out->format == OUTPUT_JSON)
			add_json_row(out);
		else
			look_add_row(out);
		write_row(out);
	}
	out->nr_rows++;
	clear_cells(out);
}

/* ---- values ---- */

struct value_cell *output_cell(struct output *out, size_t column, enum cell_kind kind)
{
	struct value_cell *cell;

	if (!out->table || column >= out->table->nr_columns)
		return NULL;
	cell = &out->cells[column];
	cell->kind = kind;
	text_clear(&cell->text);
	cell->tree.depth = 0;
	cell->tree.line_start = 0;
	return cell;
}

void output_text(struct output *out, size_t column, const char *value)
{
	struct value_cell *cell = output_cell(out, column, value ? CELL_TEXT : CELL_UNSET);

	if (cell && value)
		text_adds(&cell->text, value);
}

void output_textf(struct output *out, size_t column, const char *fmt, ...)
{
	struct value_cell *cell = output_cell(out, column, CELL_TEXT);
	va_list ap;

	if (!cell)
		return;
	va_start(ap, fmt);
	text_addv(&cell->text, fmt, ap);
	va_end(ap);
}

void output_int(struct output *out, size_t column, int64_t value)
{
	struct value_cell *cell = output_cell(out, column, CELL_INT);

	if (cell)
		cell->i = value;
}

void output_uint(struct output *out, size_t column, uint64_t value)
{
	struct value_cell *cell = output_cell(out, column, CELL_UINT);

	if (cell)
		cell->u = value;
}

void output_bool(struct output *out, size_t column, bool value)
{
	struct value_cell *cell = output_cell(out, column, CELL_BOOL);

	if (cell)
		cell->b = value;
}

void output_list(struct output *out, size_t column, const char *value)
{
	struct value_cell *cell;

	output_list_empty(out, column);
	if (!out->table || column >= out->table->nr_columns)
		return;
	cell = &out->cells[column];
	text_add(&cell->text, value, strlen(value) + 1);
}

void output_list_empty(struct output *out, size_t column)
{
	if (out->table && column < out->table->nr_columns && out->cells[column].kind != CELL_LIST)
		output_cell(out, column, CELL_LIST);
}

/* ---- what is said beside the rows ---- */

void output_note(struct output *out, const char *fmt, ...)
{
	auto_text note = { 0 };
	va_list ap;

	va_start(ap, fmt);
	text_addv(&note, fmt, ap);
	va_end(ap);
	add_note(out, text_string(&note));
}

void output_incomplete(struct output *out, struct error *err)
{
	auto_text note = { 0 };
	char address[24];

	out->complete = false;
	text_addf(&note, "incomplete: %s", err->message);
	snprintf(address, sizeof(address), "0x%llx", (unsigned long long)err->address);
	if (err->has_address && !strstr(err->message, address))
		text_addf(&note, " (at %s)", address);
	add_note(out, text_string(&note));
	error_free(err);
}

static const struct column help_columns[] = {
	{ "text", COLUMN_TEXT, .summary = "a line of text" },
};
static const struct table help_table = {
	TABLE_COLUMNS(help_columns),
	.look = LOOK_LINE,
	.line = "{text}",
};

void output_help(struct output *out, const char *text)
{
	output_begin(out, &help_table);
	while (*text) {
		size_t len = strcspn(text, "\n");

		struct value_cell *cell = output_cell(out, 0, CELL_TEXT);

		if (cell)
			text_add(&cell->text, text, len);
		output_row(out);
		text += len + (text[len] == '\n');
	}
}
