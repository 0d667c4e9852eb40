// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs with all that they need to run. */
#include "initramfs/contents.h"

#include "base/alloc.h"
#include "base/text.h"
#include "initramfs/elf_needed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LD_SO_CONF "/etc/ld.so.conf"
#define MAX_DEPTH  32
/* What glibc before 2.34 loads by name when it looks up users and hosts. */
#define NSS_FILES "libnss_files.so.2"

static struct error *add_libraries(struct contents *contents, const struct elf_needed *needed,
				   const char *of, unsigned int depth);

static struct error *add_found(struct contents *contents, const char *name, const char *path,
			       const char *of, unsigned int depth)
{
	struct elf_needed needed;
	auto_text why = { 0 };
	struct error *err;

	text_addf(&why, "%s needs it", strrchr(of, '/') + 1);
	TRY(contents_add_file(contents, CONTENT_LIBRARY, name, 0755, path, text_string(&why)));
	TRY(elf_needed_read(path, &needed));
	err = add_libraries(contents, &needed, path, depth + 1);
	elf_needed_deinit(&needed);
	return err;
}

/* libc names what loads it as a library that it needs; it is there by its own path. */
static bool is_loader(const struct contents *contents, const char *library)
{
	for (size_t i = 0; i < contents->count; i++) {
		const char *slash = strrchr(contents->all[i].name, '/');

		if (slash && !strcmp(slash + 1, library))
			return true;
	}
	return false;
}

static struct error *add_library(struct contents *contents, const char *library,
				 const struct elf_needed *needed, const char *of,
				 unsigned int depth)
{
	auto_free char *path = NULL;
	auto_text name = { 0 };

	text_addf(&name, *library == '/' ? "%s" : CONTENTS_LIBRARIES "/%s", library);
	if (name.failed)
		return error_nomem();
	if (contents_has(contents, text_string(&name)) || is_loader(contents, library))
		return NULL;
	TRY(elf_library_find(library, needed, of, LD_SO_CONF, &path));
	return add_found(contents, text_string(&name), path, of, depth);
}

static struct error *add_libraries(struct contents *contents, const struct elf_needed *needed,
				   const char *of, unsigned int depth)
{
	if (depth > MAX_DEPTH)
		return error_create(ERROR_BAD_DATA, "%s: libraries that need each other too deep",
				    of);
	for (size_t i = 0; i < needed->count; i++) {
		TRY(add_library(contents, needed->names[i], needed, of, depth));
		if (!strcmp(needed->names[i], "libc.so.6"))
			error_free(add_library(contents, NSS_FILES, needed, of, depth));
	}
	return NULL;
}

static struct error *add_elf(struct contents *contents, const char *path, const char *why)
{
	struct elf_needed needed;
	struct error *err = NULL;

	TRY(elf_needed_read(path, &needed));
	if (needed.interpreter)
		err = contents_add_file(contents, CONTENT_LIBRARY, needed.interpreter, 0755,
					needed.interpreter, "loads programs");
	if (!err)
		err = add_libraries(contents, &needed, path, 0);
	elf_needed_deinit(&needed);
	return err;
}

/* The program of "#!/bin/sh -e" or of "#!/usr/bin/env python3"; NULL: there is none. */
static struct error *add_interpreter(struct contents *contents, char *line, const char *path)
{
	char *rest = line + 2, *program, *argument, *base;
	auto_text why = { 0 };

	line[strcspn(line, "\n")] = 0;
	rest += strspn(rest, " \t");
	program = strsep(&rest, " \t");
	argument = rest ? rest + strspn(rest, " \t") : NULL;
	if (*program != '/')
		return error_create(ERROR_USAGE, "%s: its interpreter \"%s\" is no path", path,
				    program);
	text_addf(&why, "%s is run by it", path);
	TRY(contents_add_program(contents, program, text_string(&why)));
	base = strrchr(program, '/') + 1;
	if (strcmp(base, "env") || !argument || !*argument)
		return NULL;
	for (const char *const *folder =
		     (const char *const[]){ "/usr/bin", "/bin", "/usr/local/bin", NULL };
	     *folder; folder++) {
		char found[512];

		snprintf(found, sizeof(found), "%s/%s", *folder, argument);
		if (!access(found, X_OK))
			return contents_add_program(contents, found, text_string(&why));
	}
	return error_create(ERROR_NOT_FOUND, "%s wants %s, which is not there", path, argument);
}

struct error *contents_add_program(struct contents *contents, const char *path, const char *why)
{
	char line[256] = "";
	ssize_t n;
	int fd;

	if (contents_has(contents, path))
		return NULL;
	if (access(path, X_OK))
		return error_os(errno, "%s (%s)", path, why);
	TRY(contents_add_file(contents, CONTENT_PROGRAM, path, 0755, path, why));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : pread(fd, line, sizeof(line) - 1, 0);
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return error_os(errno, "%s", path);
	return n > 2 && line[0] == '#' && line[1] == '!' ? add_interpreter(contents, line, path)
							 : add_elf(contents, path, why);
}
