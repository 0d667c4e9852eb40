// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines run over a dump in which no kernel can be found: what works there, and how lines are run.
 */
#include "shell/complete.h"
#include "shell/session.h"
#include "support/data.h"
#include "support/dump_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of a machine that nobody knows. */
static const char dump[] = "format elf\n"
			   "machine 9999\n"
			   "note CORE 1 8\n"
			   "vmcoreinfo OSRELEASE=6.1.0-test\n"
			   "vmcoreinfo PAGESIZE=4096\n"
			   "load phys=0x1000 size=0x4000\n";

/* A session whose output is kept. */
struct kept {
	struct session session;
	struct dump_text *text;
	const char *paths[2];
	FILE *rows, *errors;
	char *said, *told;
	size_t said_size, told_size;
};

static void start(struct kept *kept, enum output_format format)
{
	struct image_options options = { 0 };
	struct image *image = NULL;
	struct kxdump *opened = NULL;

	memset(kept, 0, sizeof(*kept));
	kept->text = dump_text_make(dump, NULL);
	assert_ok(dump_text_open(kept->text, &opened));
	assert_ok(image_open(opened, &options, &image));
	kept->paths[0] = "test.dump";
	assert_ok(session_init(&kept->session, image, kept->paths, format, false));
	kept->rows = open_memstream(&kept->said, &kept->said_size);
	kept->errors = open_memstream(&kept->told, &kept->told_size);
	kept->session.usual = kept->rows;
	output_set_stream(kept->session.context.out, kept->rows, false);
	output_set_errors(kept->session.context.out, kept->errors);
}

static void end(struct kept *kept)
{
	session_deinit(&kept->session);
	dump_text_free(kept->text);
	fclose(kept->rows);
	fclose(kept->errors);
	free(kept->said);
	free(kept->told);
}

/* Runs @line and forgets what was said before. */
static void run(struct kept *kept, const char *line)
{
	rewind(kept->rows);
	rewind(kept->errors);
	session_run_line(&kept->session, line);
	fputc(0, kept->rows);
	fputc(0, kept->errors);
	fflush(kept->rows);
	fflush(kept->errors);
}

static void container_only(void **state)
{
	struct kept kept;

	start(&kept, OUTPUT_TEXT);
	run(&kept, "dump -v");
	assert_string_equal(kept.said, "OSRELEASE=6.1.0-test\nPAGESIZE=4096\n");
	assert_string_equal(kept.told, "");
	assert_false(kept.session.failed);
	run(&kept, "dump");
	assert_non_null(strstr(kept.said, "FILE: test.dump\n"));
	run(&kept, "dump -x 0");
	assert_string_equal(kept.said, "     0  00 01 02 03 04 05 06 07                          "
				       "........\n");
	run(&kept, "dump -x 7");
	assert_non_null(strstr(kept.told, "no note 7"));
	assert_true(kept.session.failed);
	end(&kept);
}

static void needs_the_kernel(void **state)
{
	struct kept kept;

	start(&kept, OUTPUT_TEXT);
	run(&kept, "bt");
	assert_string_equal(kept.said, "");
	assert_non_null(strstr(kept.told, "kx-crash: bt: needs the kernel, and "));
	assert_true(kept.session.failed);
	end(&kept);
}

static void lines(void **state)
{
	struct kept kept;

	start(&kept, OUTPUT_TEXT);
	run(&kept, "");
	run(&kept, "  # exit");
	assert_string_equal(kept.said, "");
	assert_false(kept.session.context.quit);
	run(&kept, "nosuch -x");
	assert_string_equal(kept.told, "kx-crash: nosuch: no such command: \"help\" lists them\n");
	run(&kept, "help 'exit");
	assert_string_equal(kept.told, "kx-crash: help: a ' is not closed\n");
	run(&kept, "exit now");
	assert_false(kept.session.context.quit);
	run(&kept, "exit");
	assert_true(kept.session.context.quit);
	end(&kept);
}

static void json_errors(void **state)
{
	struct kept kept;

	start(&kept, OUTPUT_JSON);
	run(&kept, "nosuch|cat");
	assert_string_equal(kept.said, "");
	run(&kept, "nosuch");
	assert_string_equal(kept.said,
			    "{\"command\":\"nosuch\",\"error\":{\"code\":\"not_found\",\"message\":"
			    "\"no such command: \\\"help\\\" lists them\"}}\n");
	run(&kept, "help >");
	assert_non_null(strstr(kept.said, "\"code\":\"usage\""));
	assert_string_equal(kept.told, "");
	end(&kept);
}

static void aliases(void **state)
{
	struct kept kept;

	start(&kept, OUTPUT_TEXT);
	run(&kept, "alias leave exit");
	run(&kept, "alias help \"dump\"");
	assert_string_equal(kept.told, "kx-crash: alias: \"help\" is a command\n");
	run(&kept, "alias loop \"pool\"");
	run(&kept, "alias pool \"loop\"");
	run(&kept, "loop");
	assert_non_null(strstr(kept.told, "no such command"));
	run(&kept, "alias v dump");
	run(&kept, "v -v");
	assert_non_null(strstr(kept.said, "OSRELEASE=6.1.0-test\n"));
	run(&kept, "leave");
	assert_true(kept.session.context.quit);
	end(&kept);
}

static char *contents(const char *path)
{
	static char buf[200];
	FILE *file = fopen(path, "r");
	size_t n;

	assert_non_null(file);
	n = fread(buf, 1, sizeof(buf) - 1, file);
	buf[n] = 0;
	fclose(file);
	return buf;
}

static void files_and_filters(void **state)
{
	char path[] = "/tmp/kx-session-XXXXXX", line[100];
	int fd = mkstemp(path);
	struct kept kept;

	assert_true(fd >= 0);
	close(fd);
	start(&kept, OUTPUT_TEXT);
	snprintf(line, sizeof(line), "dump -v > %s", path);
	run(&kept, line);
	assert_string_equal(kept.said, "");
	assert_string_equal(contents(path), "OSRELEASE=6.1.0-test\nPAGESIZE=4096\n");
	snprintf(line, sizeof(line), "dump -v | sed -n s/PAGE/page/p > %s", path);
	run(&kept, line);
	assert_string_equal(contents(path), "pageSIZE=4096\n");
	snprintf(line, sizeof(line), "dump -v >> '%s'", path);
	run(&kept, line);
	assert_string_equal(contents(path), "pageSIZE=4096\nOSRELEASE=6.1.0-test\nPAGESIZE=4096\n");
	assert_false(kept.session.failed);
	run(&kept, "dump -v > /nonexistent/file");
	assert_non_null(strstr(kept.told, "No such file or directory"));
	assert_true(kept.session.failed);
	kept.session.failed = false;
	run(&kept, "dump -v | false");
	assert_true(kept.session.failed);
	end(&kept);
	unlink(path);
}

static void streams(void **state)
{
	static char script[] = "alias a dump\n\n# x\nexit\nnosuch\n";
	FILE *file = fmemopen(script, strlen(script), "r");
	struct kept kept;

	start(&kept, OUTPUT_TEXT);
	session_run_stream(&kept.session, file);
	fclose(file);
	assert_true(kept.session.context.quit);
	assert_false(kept.session.failed);
	end(&kept);
}

/* What fits after @line, joined. */
static void check_completion(struct kept *kept, const char *line, size_t start_of_word,
			     const char *expected)
{
	struct matches matches = { 0 };
	auto_text t = { 0 };

	assert_ok(complete_line(&kept->session, line, start_of_word, strlen(line), &matches));
	for (size_t i = 0; i < matches.count; i++)
		text_addf(&t, "%s%s", i ? " " : "", matches.words[i]);
	assert_string_equal(text_string(&t), expected);
	matches_deinit(&matches);
}

static void completion(void **state)
{
	struct kept kept;

	start(&kept, OUTPUT_TEXT);
	check_completion(&kept, "du", 0, "dump");
	check_completion(&kept, "  e", 2, "exit");
	check_completion(&kept, "q", 0, "q quit");
	check_completion(&kept, "dump --h", 5, "--header --hex");
	check_completion(&kept, "dump -v", 5, "-v");
	check_completion(&kept, "dump x", 5, "");
	check_completion(&kept, "help du", 5, "dump");
	check_completion(&kept, "nosuch x", 7, "");
	/* A kernel's symbols and types, where there is none. */
	check_completion(&kept, "sym a", 4, "");
	check_completion(&kept, "struct a", 7, "");
	check_completion(&kept, "p a.b", 2, "");
	check_completion(&kept, "help | du", 7, "");
	check_completion(&kept, "!du", 1, "");
	end(&kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(container_only), cmocka_unit_test(needs_the_kernel),
		cmocka_unit_test(lines),	  cmocka_unit_test(json_errors),
		cmocka_unit_test(aliases),	  cmocka_unit_test(files_and_filters),
		cmocka_unit_test(streams),	  cmocka_unit_test(completion),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
