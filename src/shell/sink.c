// SPDX-License-Identifier: GPL-2.0-or-later
/* Where one command's rows go. */
#include "shell/sink.h"

#include "shell/child.h"
#include "shell/pager.h"

#include <errno.h>
#include <readline/tilde.h>
#include <stdlib.h>

static struct error *open_file(struct sink *sink, const struct line *line)
{
	char *path = tilde_expand(line->target);
	const char *mode = line->to == LINE_TO_FILE ? "we" : "ae";

	if (!path)
		return error_nomem();
	sink->opened = fopen(path, mode);
	free(path);
	if (!sink->opened)
		return error_os(errno, "%s", line->target);
	sink->path = line->target;
	return NULL;
}

struct error *sink_open(const struct line *line, FILE *usual, bool page, struct sink *ret)
{
	struct sink sink = { .stream = usual };

	if (line->to == LINE_TO_PIPE)
		TRY(child_start(line->target, &sink.opened, &sink.child));
	else if (line->to != LINE_TO_OUTPUT)
		TRY(open_file(&sink, line));
	else if (page)
		TRY(pager_open(&sink.pager, &sink.opened));
	if (sink.opened)
		sink.stream = sink.opened;
	*ret = sink;
	return NULL;
}

struct error *sink_close(struct sink *sink, int *status)
{
	struct error *err = NULL;

	*status = 0;
	/* A reader that left early is no failure, and a pipe has no other. */
	if (sink->opened && fclose(sink->opened) && sink->path)
		err = error_os(errno, "%s", sink->path);
	if (sink->child)
		*status = child_wait(sink->child);
	if (sink->pager)
		pager_close(sink->pager);
	return err;
}
