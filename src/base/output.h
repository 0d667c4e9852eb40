/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command says, described once and rendered as text or as JSON.
 *
 * A command declares a `struct table`: its columns, and how a row looks as text. It then sets typed
 * values and ends each row. Rows stream: nothing is kept but the row being made.
 *
 * JSON: one document a command and line,
 *   {"command":"ps","rows":[{…}],"complete":true,"notes":[]}
 * Keys are the columns' names, all of them in every row; a value that was not set is null.
 * Addresses and other hex values are strings ("0xffff…"), times are integers in nanoseconds.
 *
 * Text, by the table's look:
 *   LOOK_TABLE   aligned columns under headings
 *   LOOK_RECORD  one "HEADING: value" line a column, for commands with a single row
 *   LOOK_LINE    the table's own template; see below
 *
 * A template is text with {name} for a column's value, {name:8} and {name:-16} to pad to the right
 * or the left, and (?…) for a part that appears only when every value in it was set (parentheses
 * inside it are text when they come in pairs; parts may nest). A value that is not set shows as
 * nothing in a template, as "-" in a table, and not at all in a record. `group` is a template that
 * is rendered before a row when it differs from the one before it, with an empty line between
 * groups.
 */
#ifndef BASE_OUTPUT_H
#define BASE_OUTPUT_H

#include "base/error.h"

#include <stdio.h>

enum column_type {
	COLUMN_TEXT,
	COLUMN_INT,	/* decimal; output_int or output_uint */
	COLUMN_HEX,	/* a number shown as 0x… */
	COLUMN_ADDRESS, /* 16 digits in text, "0x…" in JSON */
	COLUMN_BOOL,
	COLUMN_TIME, /* ns; text: seconds with 6 decimals */
	COLUMN_LIST, /* strings, added one by one; text: joined by ',' */
	COLUMN_TREE, /* a nested value: output_tree_* */
};

struct column {
	const char *name; /* the JSON key, snake_case */
	enum column_type type;
	int width; /* of a table's column in text; negative: to the left; 0: as it comes */
	const char *heading; /* in text; NULL: the name in capitals */
	const char *summary; /* for the documentation: what it is, in which unit */
	bool json_only;	     /* not shown by LOOK_TABLE and LOOK_RECORD */
	bool text_only;	     /* no key in JSON: for templates alone */
};

enum look { LOOK_TABLE, LOOK_RECORD, LOOK_LINE };

struct table {
	const struct column *columns;
	size_t nr_columns;
	enum look look;
	const char *group, *line;
};
#define TABLE_COLUMNS(array) .columns = (array), .nr_columns = ARRAY_SIZE(array)

struct output;

enum output_format { OUTPUT_TEXT, OUTPUT_JSON };

/* Colours on a terminal? Not with $NO_COLOR (no-color.org) or on a dumb one. */
bool output_colour_wanted(void);

/* Writes to @stream, which stays the caller's and may be changed later (pipes, pager). */
must_check struct error *output_create(FILE *stream, enum output_format format, bool colour,
				       struct output **ret);
void output_destroy(struct output *out);
void output_set_stream(struct output *out, FILE *stream, bool colour);
/* Where notes and errors go in text, stderr at first: the pager, while rows go there. */
void output_set_errors(struct output *out, FILE *errors);
FILE *output_stream(struct output *out);
enum output_format output_format(const struct output *out);

/*
 * One command line's output. end() closes the document: with @err (freed) as the failure, which in
 * text goes to stderr as "kx-crash: command: message". Returns true when the command worked.
 *
 * When the stream cannot be written to, interrupt_pending ends the command soon. A reader that went
 * away (EPIPE) is no failure; a full disk is.
 */
void output_command_begin(struct output *out, const char *command);
bool output_command_end(struct output *out, struct error *err);
/* errno of the write that failed in this or the last command; 0: none did. */
int output_write_error(const struct output *out);

/*
 * Selects the table of the rows to come. The first one of a command names the JSON keys; a command
 * that runs others (foreach) may begin several, each row then has its own table's keys.
 */
void output_begin(struct output *out, const struct table *table);
/* The template for the rows to come instead of the table's own (an option asked for more). */
void output_set_line(struct output *out, const char *line);

/* @column: index into the table's columns. Strings are copied. Setting NULL leaves it unset. */
void output_text(struct output *out, size_t column, const char *value);
void output_textf(struct output *out, size_t column, const char *fmt, ...) printf_like(3, 4);
void output_int(struct output *out, size_t column, int64_t value);
void output_uint(struct output *out, size_t column, uint64_t value); /* INT, HEX, ADDRESS, TIME */
void output_bool(struct output *out, size_t column, bool value);
void output_list(struct output *out, size_t column, const char *value); /* adds one */
void output_list_empty(struct output *out, size_t column);		/* known to be empty */

/*
 * A nested value in a TREE column. Text looks like C's initialisers, indented; JSON nests.
 * @name is NULL for an array's elements and for the root. A scalar carries what JSON holds and what
 * text shows (@shown; NULL: the same).
 */
enum tree_kind { TREE_OBJECT, TREE_ARRAY };
void output_tree_open(struct output *out, size_t column, const char *name, enum tree_kind kind);
void output_tree_close(struct output *out, size_t column);
void output_tree_int(struct output *out, size_t column, const char *name, int64_t value,
		     const char *shown);
void output_tree_uint(struct output *out, size_t column, const char *name, uint64_t value,
		      const char *shown);
/* A hex number: JSON has it as a "0x…" string. */
void output_tree_hex(struct output *out, size_t column, const char *name, uint64_t value,
		     const char *shown);
void output_tree_bool(struct output *out, size_t column, const char *name, bool value);
void output_tree_text(struct output *out, size_t column, const char *name, const char *value,
		      const char *shown);
/* null, and @shown (such as "<excluded>") in text. */
void output_tree_null(struct output *out, size_t column, const char *name, const char *shown);

/* Ends the row: renders it and clears the values. */
void output_row(struct output *out);

/* Something the reader must know, after the rows; does not make the list incomplete. */
void output_note(struct output *out, const char *fmt, ...) printf_like(2, 3);
/*
 * The list is not whole, because of @err (taken over): "complete":false and a note. The command
 * goes on and may still succeed.
 */
void output_incomplete(struct output *out, struct error *err);

/* Raw text for help pages and the like; in JSON a row {"text": …} for each line. */
void output_help(struct output *out, const char *text);

#endif
