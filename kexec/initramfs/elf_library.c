// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a library is: as ld.so(8) looks for it, but for its cache. */
#include "base/alloc.h"
#include "base/text.h"
#include "initramfs/elf_needed.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_INCLUDES 8 /* of a configuration within another */
#define LINE_BYTES   1024

struct search {
	const char *name, *of;
	const struct elf_needed *needed;
	char *found;
};

/* Is it there, and for the same kind of machine? */
static bool try_file(struct search *s, const char *path)
{
	struct elf_needed other;
	bool fits;

	if (access(path, R_OK) || error_dropped(elf_needed_read(path, &other)))
		return false;
	fits = other.elf_class == s->needed->elf_class && other.machine == s->needed->machine;
	elf_needed_deinit(&other);
	if (fits)
		s->found = strdup(path);
	return s->found != NULL;
}

static bool try_folder(struct search *s, const char *folder, size_t len)
{
	auto_text path = { 0 };

	text_add(&path, folder, len);
	text_addf(&path, "/%s", s->name);
	return !path.failed && try_file(s, text_string(&path));
}

/* "$ORIGIN/../lib:/opt/lib" */
static bool try_run_path(struct search *s, const char *run_path)
{
	const char *slash = strrchr(s->of, '/');

	while (run_path && *run_path) {
		size_t len = strcspn(run_path, ":"), origin = !strncmp(run_path, "$ORIGIN", 7) ? 7
							      : !strncmp(run_path, "${ORIGIN}", 9)
								      ? 9
								      : 0;
		auto_text folder = { 0 };

		if (origin && origin <= len && slash)
			text_add(&folder, s->of, (size_t)(slash - s->of));
		else
			origin = 0;
		text_add(&folder, run_path + origin, len - origin);
		if (*text_string(&folder) == '/' && try_folder(s, folder.data, folder.len))
			return true;
		run_path += len + (run_path[len] == ':');
	}
	return false;
}

static bool try_config(struct search *s, const char *path, unsigned int depth);

static bool try_includes(struct search *s, const char *pattern, unsigned int depth)
{
	bool found = false;
	glob_t files;

	if (*pattern != '/' || glob(pattern, 0, NULL, &files))
		return false;
	for (size_t i = 0; i < files.gl_pathc && !found; i++)
		found = try_config(s, files.gl_pathv[i], depth + 1);
	globfree(&files);
	return found;
}

/* ldconfig(8): a folder a line, "include PATTERN", "#" begins a comment. */
static bool try_config(struct search *s, const char *path, unsigned int depth)
{
	FILE *file = depth < MAX_INCLUDES ? fopen(path, "re") : NULL;
	char line[LINE_BYTES];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		char *word = line + strspn(line, " \t");

		word[strcspn(word, "#\n")] = 0;
		for (size_t n = strlen(word); n && strchr(" \t", word[n - 1]);)
			word[--n] = 0;
		if (!strncmp(word, "include", 7) && strchr(" \t", word[7]) && word[7])
			found = try_includes(s, word + 7 + strspn(word + 7, " \t"), depth);
		else if (*word == '/')
			found = try_folder(s, word, strlen(word));
	}
	if (file)
		fclose(file);
	return found;
}

struct error *elf_library_find(const char *name, const struct elf_needed *needed, const char *of,
			       const char *config, char **ret)
{
	static const char *const usual[] = { "/lib64", "/usr/lib64", "/lib", "/usr/lib" };
	struct search s = { .name = name, .of = of, .needed = needed };
	bool found;

	if (strchr(name, '/'))
		found = *name == '/' && try_file(&s, name);
	else
		found = try_run_path(&s, needed->run_path) || try_config(&s, config, 0);
	for (size_t i = 0; i < ARRAY_SIZE(usual) && !found && !strchr(name, '/'); i++)
		found = try_folder(&s, usual[i], strlen(usual[i]));
	if (!found)
		return error_create(ERROR_NOT_FOUND,
				    "%s needs %s, which is in no folder of %s or /usr/lib", of,
				    name, config);
	*ret = s.found;
	return NULL;
}
