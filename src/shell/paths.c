// SPDX-License-Identifier: GPL-2.0-or-later
/* The user's own files. Never one of the current folder: whoever left it there is not the user. */
#include "shell/paths.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* $@variable, else @fallback in the home, then "/kx-crash". */
static bool add_folder(const char *variable, const char *fallback, struct text *t)
{
	const char *base = getenv(variable), *home = getenv("HOME");

	/* The specification has relative paths ignored. */
	if (base && base[0] == '/')
		text_adds(t, base);
	else if (home && home[0] == '/')
		text_addf(t, "%s/%s", home, fallback);
	else
		return false;
	text_adds(t, "/kx-crash");
	return !t->failed;
}

static void make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(path, 0700);
		*slash = '/';
	}
}

char *paths_rc(void)
{
	struct text t = { 0 };

	if (add_folder("XDG_CONFIG_HOME", ".config", &t))
		text_adds(&t, "/rc");
	return t.data;
}

char *paths_history(void)
{
	struct text t = { 0 };

	if (add_folder("XDG_STATE_HOME", ".local/state", &t))
		text_adds(&t, "/history");
	if (t.data)
		make_folders(t.data);
	return t.data;
}
