// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looking for a debug file by its build-id: where distributions put them, then at the debuginfod
 * servers that the user named. A file is taken only when its own build-id is the wanted one.
 */
#include "base/interrupt.h"
#include "symbols/debug_file.h"
#include "symbols/elf_file.h"

#include <elfutils/libdwelf.h>
#include <fts.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_DEBUGINFOD
#include <elfutils/debuginfod.h>
#endif

struct wanted {
	const struct build_id *build_id;
	const char *release, *module;
	bool code; /* it must have code: not debug information alone */
	char hex[41];
	/* What is found: of code, where; else the file, opened. */
	char *path;
	struct debug_file *file;
};

/* Files of debug information alone have the sections of code, and nothing in them. */
static bool has_code(Elf *elf)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;

	while ((scn = elf_nextscn(elf, scn))) {
		if (gelf_getshdr(scn, &shdr) && (shdr.sh_flags & SHF_EXECINSTR) &&
		    shdr.sh_type == SHT_PROGBITS && shdr.sh_size)
			return true;
	}
	return false;
}

static bool is_wanted(const struct wanted *w, const char *path)
{
	const void *bytes;
	bool same = false;
	Elf *elf;
	int fd;

	if (error_dropped(elf_file_open(path, &fd)))
		return false;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (elf)
		same = dwelf_elf_gnu_build_id(elf, &bytes) == (ssize_t)w->build_id->size &&
		       !memcmp(bytes, w->build_id->bytes, w->build_id->size) &&
		       (!w->code || has_code(elf));
	elf_end(elf);
	close(fd);
	return same;
}

static bool try_path(struct wanted *w, const char *path)
{
	if (!is_wanted(w, path))
		return false;
	if (!w->code)
		return !error_dropped(debug_file_open(path, &w->file));
	w->path = strdup(path);
	return w->path;
}

static bool try_format(struct wanted *w, const char *fmt, ...) printf_like(2, 3);
static bool try_format(struct wanted *w, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	return n > 0 && (size_t)n < sizeof(path) && try_path(w, path);
}

/*
 * Is @file ("nf-tables.ko.debug", "nf-tables.ko.xz") the module's ("nf_tables")? Dashes and
 * underscores are the same.
 */
static bool is_module_file(const char *file, const char *module)
{
	for (; *module; file++, module++)
		if ((*file == '-' ? '_' : *file) != (*module == '-' ? '_' : *module))
			return false;
	if (!strcmp(file, ".ko.debug") || !strcmp(file, ".debug"))
		return true;
	return !strncmp(file, ".ko", 3) && elf_file_has_ending(file + 3);
}

static bool try_tree(struct wanted *w, const char *folder)
{
	char *const paths[] = { (char *)folder, NULL };
	bool found = false;
	FTSENT *entry;
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);

	while (fts && !found && !interrupt_pending && (entry = fts_read(fts))) {
		if (entry->fts_level > 32)
			fts_set(fts, entry, FTS_SKIP);
		else if (entry->fts_info != FTS_D && entry->fts_info != FTS_DP &&
			 is_module_file(entry->fts_name, w->module))
			found = try_path(w, entry->fts_path);
	}
	if (fts)
		fts_close(fts);
	return found;
}

static bool try_root(struct wanted *w, const char *root)
{
	char folder[PATH_MAX];

	if (try_format(w, "%s/.build-id/%.2s/%s.debug", root, w->hex, w->hex + 2))
		return true;
	if (!w->release || !*w->release || strchr(w->release, '/'))
		return false;
	if (!w->module)
		return try_format(w, "%s/boot/vmlinux-%s", root, w->release) ||
		       try_format(w, "%s/boot/vmlinux-%s.debug", root, w->release) ||
		       try_format(w, "%s/lib/modules/%s/vmlinux", root, w->release) ||
		       try_format(w, "%s/lib/modules/%s/vmlinux.debug", root, w->release) ||
		       try_format(w, "%s/usr/lib/modules/%s/vmlinux", root, w->release);
	for (unsigned int i = 0; i < 2; i++) {
		int n = snprintf(folder, sizeof(folder), "%s/%slib/modules/%s", root,
				 i ? "usr/" : "", w->release);

		if (n > 0 && (size_t)n < sizeof(folder) && try_tree(w, folder))
			return true;
	}
	return false;
}

#ifdef HAVE_DEBUGINFOD
static int keep_going(debuginfod_client *client, long done, long all)
{
	return interrupt_pending ? 1 : 0;
}

static bool try_servers(struct wanted *w)
{
	const char *urls = getenv(DEBUGINFOD_URLS_ENV_VAR);
	debuginfod_client *client;
	char *path = NULL;
	bool found = false;
	int fd;

	if (!urls || !*urls)
		return false;
	client = debuginfod_begin();
	if (!client)
		return false;
	debuginfod_set_progressfn(client, keep_going);
	fd = debuginfod_find_debuginfo(client, w->build_id->bytes, (int)w->build_id->size, &path);
	if (fd >= 0) {
		close(fd);
		found = try_path(w, path);
	}
	free(path);
	debuginfod_end(client);
	return found;
}
#else
static bool try_servers(struct wanted *w)
{
	return false;
}
#endif

/* Below the roots, and where kernels are kept whole: beside what boots, where they were built. */
static struct error *try_files(struct wanted *w, bool *found)
{
	char *roots, *rest, *root, folder[PATH_MAX];
	bool release = w->release && *w->release && !strchr(w->release, '/');

	*found = false;
	TRY(debug_roots("", &roots));
	for (rest = roots; !*found && (root = strsep(&rest, ":"));)
		*found = *root && try_root(w, root);
	free(roots);
	if (*found || !release)
		return NULL;
	if (!w->module)
		*found = try_format(w, "/boot/vmlinux-%s", w->release) ||
			 try_format(w, "/lib/modules/%s/build/vmlinux", w->release);
	else if (w->code)
		*found = (size_t)snprintf(folder, sizeof(folder), "/lib/modules/%s", w->release) <
				 sizeof(folder) &&
			 try_tree(w, folder);
	return NULL;
}

static struct error *find(struct wanted *w)
{
	const char *what = w->module ? w->module : "the kernel";
	bool found;

	if (!w->build_id->size)
		return error_create(ERROR_NOT_FOUND,
				    "no debug file of %s can be told to be the right one: "
				    "its build-id is not known",
				    what);
	build_id_text(w->build_id, w->hex);
	TRY(try_files(w, &found));
	/* Servers have code and debug information apart. */
	if (!found && !w->code)
		found = try_servers(w);
	TRY(found ? NULL : interrupt_check());
	if (!found)
		return error_create(ERROR_NOT_FOUND, "no debug file of %s with build-id %s", what,
				    w->hex);
	return NULL;
}

struct error *debug_file_find(const struct build_id *build_id, const char *release,
			      const char *module, struct debug_file **ret)
{
	struct wanted w = { .build_id = build_id, .release = release, .module = module };

	TRY(find(&w));
	*ret = w.file;
	return NULL;
}

struct error *debug_file_find_code(const struct build_id *build_id, const char *release,
				   const char *module, char **ret)
{
	struct wanted w = {
		.build_id = build_id, .release = release, .module = module, .code = true
	};

	TRY(find(&w));
	*ret = w.path;
	return NULL;
}
