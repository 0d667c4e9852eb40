// SPDX-License-Identifier: GPL-2.0-or-later
/* What every command's struct must have, for help, completion, JSON and the manual page. */
#include "commands/alias.h"
#include "commands/help.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void sorted_and_complete(void **state)
{
	for (size_t i = 0; commands[i]; i++) {
		const struct command *command = commands[i];

		assert_ptr_equal(command_find(command->name), command);
		if (i)
			assert_true(strcmp(commands[i - 1]->name, command->name) < 0);
		assert_non_null(command->summary);
		assert_null(strchr(command->summary, '\n'));
		assert_int_not_equal(command->summary[strlen(command->summary) - 1], '.');
		assert_non_null(command->usage);
		assert_non_null(command->run);
	}
	assert_null(command_find("b"));
	assert_null(command_find(""));
}

static void check_options(const struct option_spec *options)
{
	for (const struct option_spec *spec = options; spec && (spec->letter || spec->name);
	     spec++) {
		assert_non_null(spec->summary);
		for (const struct option_spec *other = options; other != spec; other++) {
			assert_false(spec->letter && spec->letter == other->letter);
			assert_false(spec->name && other->name && !strcmp(spec->name, other->name));
		}
	}
}

static void options_are_told(void **state)
{
	for (size_t i = 0; commands[i]; i++)
		check_options(commands[i]->options);
}

/* Every {name} of @template is a column of @table. */
static void check_template(const char *command, const char *template, const struct table *table)
{
	for (const char *s = template ? strchr(template, '{') : NULL; s; s = strchr(s + 1, '{')) {
		size_t len = strcspn(s + 1, ":}");
		bool found = false;

		for (size_t i = 0; i < table->nr_columns; i++)
			found |= strlen(table->columns[i].name) == len &&
				 !strncmp(table->columns[i].name, s + 1, len);
		if (!found && isalpha((unsigned char)s[1]))
			fail_msg("%s: no column for %s", command, s);
	}
}

static void check_table(const char *command, const struct table *table)
{
	assert_true(table->nr_columns > 0);
	assert_true(table->look != LOOK_LINE || table->line);
	for (size_t i = 0; i < table->nr_columns; i++) {
		const struct column *column = &table->columns[i];

		assert_non_null(column->name);
		assert_int_equal(strspn(column->name, "abcdefghijklmnopqrstuvwxyz0123456789_"),
				 strlen(column->name));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(column->name, table->columns[k].name);
	}
	check_template(command, table->line, table);
	check_template(command, table->group, table);
}

static void tables_are_sound(void **state)
{
	for (size_t i = 0; commands[i]; i++) {
		const struct table *const *table = commands[i]->tables;

		for (; table && *table; table++)
			check_table(commands[i]->name, *table);
	}
}

static void sound_programs(void **state)
{
	for (size_t i = 0; programs[i]; i++) {
		const struct program *program = programs[i];
		const struct table *const *table = program->tables;
		struct help_subject subject = help_of_program(program);
		auto_text page = { 0 };

		assert_ptr_equal(program_find(program->name), program);
		if (i)
			assert_true(strcmp(programs[i - 1]->name, program->name) < 0);
		assert_null(strchr(program->summary, '\n'));
		assert_non_null(program->usage);
		assert_non_null(program->run);
		check_options(program->options);
		for (; table && *table; table++)
			check_table(program->name, *table);
		help_page(&subject, &page);
		assert_non_null(strstr(text_string(&page), program->summary));
	}
	assert_null(program_find(""));
}

static void help_pages(void **state)
{
	for (size_t i = 0; commands[i]; i++) {
		struct help_subject subject;
		auto_text page = { 0 };

		subject = help_of_command(commands[i]);
		help_page(&subject, &page);
		assert_non_null(strstr(text_string(&page), commands[i]->summary));
	}
}

static void aliases(void **state)
{
	struct alias *list = NULL;

	assert_null(alias_set(&list, "b", "two"));
	assert_null(alias_set(&list, "a", "one"));
	assert_null(alias_set(&list, "c", "three"));
	assert_null(alias_set(&list, "b", "2"));
	assert_string_equal(alias_find(list, "b", 1), "2");
	assert_string_equal(alias_find(list, "abc", 1), "one");
	assert_null(alias_find(list, "abc", 3));
	assert_string_equal(list->name, "a");
	assert_null(alias_set(&list, "a", ""));
	assert_null(alias_set(&list, "never", ""));
	assert_null(alias_find(list, "a", 1));
	assert_string_equal(list->name, "b");
	alias_free(&list);
	assert_null(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorted_and_complete), cmocka_unit_test(options_are_told),
		cmocka_unit_test(tables_are_sound),    cmocka_unit_test(help_pages),
		cmocka_unit_test(sound_programs),      cmocka_unit_test(aliases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
