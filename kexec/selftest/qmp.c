// SPDX-License-Identifier: GPL-2.0-or-later
/* The QEMU Machine Protocol: a JSON object a line, both ways. */
#include "selftest/qemu.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct error *ask(FILE *stream, const char *command)
{
	char line[8192];
	struct error *err = NULL;
	bool answered = false;

	if (fprintf(stream, "{\"execute\":\"%s\"}\n", command) < 0 || fflush(stream))
		return error_os(errno, "QMP %s", command);
	/* Events come between. */
	while (!err && !answered && fgets(line, sizeof(line), stream)) {
		json_t *answer = json_loads(line, 0, NULL);
		json_t *bad = json_object_get(answer, "error");

		answered = json_object_get(answer, "return") != NULL;
		if (bad)
			err = error_create(ERROR_OS, "QMP %s: %s", command,
					   json_string_value(json_object_get(bad, "desc")) ?: "?");
		json_decref(answer);
	}
	if (!err && !answered)
		err = error_create(ERROR_OS, "QEMU did not answer to QMP %s", command);
	return err;
}

struct error *qmp_command(const char *directory, const char *command)
{
	struct error *err = NULL;
	char greeting[8192];
	FILE *stream;
	int fd;

	TRY(qemu_connect(directory, QEMU_QMP, &fd));
	stream = fdopen(fd, "r+");
	if (!stream) {
		close(fd);
		return error_nomem();
	}
	if (!fgets(greeting, sizeof(greeting), stream))
		err = error_create(ERROR_OS, "QEMU did not greet on its QMP socket");
	if (!err)
		err = ask(stream, "qmp_capabilities");
	if (!err)
		err = ask(stream, command);
	fclose(stream);
	return err;
}
