// SPDX-License-Identifier: GPL-2.0-or-later
/* The pager: a stdio stream of our own kind. */
#include "shell/pager.h"

#include "base/progress.h"
#include "base/text.h"
#include "shell/child.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct pager {
	struct text held;
	unsigned int rows, columns; /* of the terminal */
	unsigned int lines, column; /* that @held takes there */
	FILE *to;		    /* NULL: still holding back */
	pid_t child;
};

static void count(struct pager *pager, const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (data[i] == '\n' || ++pager->column > pager->columns) {
			pager->lines++;
			pager->column = 0;
		}
	}
}

static const char *pager_command(void)
{
	const char *command = getenv("PAGER");

	return command && *command ? command : "less -FRX";
}

/* Starts the program; without one, the terminal gets it all. */
static int start(struct pager *pager)
{
	progress_enable(false);
	if (error_dropped(child_start(pager_command(), &pager->to, &pager->child))) {
		pager->to = stdout;
		pager->child = 0;
	}
	if (fwrite(pager->held.data, 1, pager->held.len, pager->to) != pager->held.len)
		return -1;
	text_deinit(&pager->held);
	return 0;
}

static ssize_t pager_write(void *cookie, const char *data, size_t size)
{
	struct pager *pager = cookie;

	if (!pager->to) {
		count(pager, data, size);
		text_add(&pager->held, data, size);
		if (pager->held.failed) {
			errno = ENOMEM;
			return 0;
		}
		if (pager->lines + 1 < pager->rows)
			return (ssize_t)size;
		return start(pager) ? 0 : (ssize_t)size;
	}
	if (fwrite(data, 1, size, pager->to) != size)
		return 0;
	return (ssize_t)size;
}

static int pager_finish(void *cookie)
{
	struct pager *pager = cookie;
	FILE *to = pager->to ? pager->to : stdout;

	if (pager->held.len)
		fwrite(pager->held.data, 1, pager->held.len, to);
	return to == stdout ? fflush(to) : fclose(to);
}

struct error *pager_open(struct pager **ret, FILE **ret_stream)
{
	static const cookie_io_functions_t functions = {
		.write = pager_write,
		.close = pager_finish,
	};
	struct pager *pager = calloc(1, sizeof(*pager));
	struct winsize size;
	FILE *stream;

	if (!pager)
		return error_nomem();
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col)
		size = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	pager->rows = size.ws_row;
	pager->columns = size.ws_col;
	stream = fopencookie(pager, "w", functions);
	if (!stream) {
		free(pager);
		return error_nomem();
	}
	*ret = pager;
	*ret_stream = stream;
	return NULL;
}

void pager_close(struct pager *pager)
{
	if (pager->child) {
		child_wait(pager->child);
		progress_enable(isatty(STDERR_FILENO));
	}
	text_deinit(&pager->held);
	free(pager);
}
