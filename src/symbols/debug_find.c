// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looking for a debug file by its build-id: where distributions put them, then at the debuginfod
 * servers that the user named. A file is taken only when its own build-id is the wanted one.
 */
#include "base/interrupt.h"
#include "symbols/debug_file.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
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
	char hex[41];
};

static bool has_build_id(const char *path, const struct build_id *wanted)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const void *bytes;
	bool same = false;
	Elf *elf;

	if (fd < 0)
		return false;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (elf)
		same = dwelf_elf_gnu_build_id(elf, &bytes) == (ssize_t)wanted->size &&
		       !memcmp(bytes, wanted->bytes, wanted->size);
	elf_end(elf);
	close(fd);
	return same;
}

/* Opens @path when it is the wanted file; NULL in *@ret when it is not, or cannot be opened. */
static bool try_path(const struct wanted *w, const char *path, struct debug_file **ret)
{
	return has_build_id(path, w->build_id) && !error_dropped(debug_file_open(path, ret));
}

static bool try_format(const struct wanted *w, struct debug_file **ret, const char *fmt, ...)
	printf_like(3, 4);
static bool try_format(const struct wanted *w, struct debug_file **ret, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	return n > 0 && (size_t)n < sizeof(path) && try_path(w, path, ret);
}

/* Is @file ("nf-tables.ko.debug") the module's ("nf_tables")? Dashes and underscores are the same.
 */
static bool is_module_file(const char *file, const char *module)
{
	for (; *module; file++, module++)
		if ((*file == '-' ? '_' : *file) != (*module == '-' ? '_' : *module))
			return false;
	return !strcmp(file, ".ko") || !strcmp(file, ".ko.debug") || !strcmp(file, ".debug");
}

static bool try_tree(const struct wanted *w, const char *folder, struct debug_file **ret)
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
			found = try_path(w, entry->fts_path, ret);
	}
	if (fts)
		fts_close(fts);
	return found;
}

static bool try_root(const struct wanted *w, const char *root, struct debug_file **ret)
{
	char folder[PATH_MAX];

	if (try_format(w, ret, "%s/.build-id/%.2s/%s.debug", root, w->hex, w->hex + 2))
		return true;
	if (!w->release || !*w->release || strchr(w->release, '/'))
		return false;
	if (!w->module)
		return try_format(w, ret, "%s/boot/vmlinux-%s", root, w->release) ||
		       try_format(w, ret, "%s/boot/vmlinux-%s.debug", root, w->release) ||
		       try_format(w, ret, "%s/lib/modules/%s/vmlinux", root, w->release) ||
		       try_format(w, ret, "%s/lib/modules/%s/vmlinux.debug", root, w->release) ||
		       try_format(w, ret, "%s/usr/lib/modules/%s/vmlinux", root, w->release);
	for (unsigned int i = 0; i < 2; i++) {
		int n = snprintf(folder, sizeof(folder), "%s/%slib/modules/%s", root,
				 i ? "usr/" : "", w->release);

		if (n > 0 && (size_t)n < sizeof(folder) && try_tree(w, folder, ret))
			return true;
	}
	return false;
}

#ifdef HAVE_DEBUGINFOD
static int keep_going(debuginfod_client *client, long done, long all)
{
	return interrupt_pending ? 1 : 0;
}

static bool try_servers(const struct wanted *w, struct debug_file **ret)
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
		found = try_path(w, path, ret);
	}
	free(path);
	debuginfod_end(client);
	return found;
}
#else
static bool try_servers(const struct wanted *w, struct debug_file **ret)
{
	return false;
}
#endif

struct error *debug_file_find(const struct build_id *build_id, const char *release,
			      const char *module, struct debug_file **ret)
{
	struct wanted w = { .build_id = build_id, .release = release, .module = module };
	const char *what = module ? module : "the kernel";
	char *roots, *rest, *root;
	bool found = false;

	if (!build_id->size)
		return error_create(ERROR_NOT_FOUND,
				    "no debug file of %s can be told to be the right one: "
				    "its build-id is not known",
				    what);
	build_id_text(build_id, w.hex);
	TRY(debug_roots("", &roots));
	for (rest = roots; !found && (root = strsep(&rest, ":"));)
		found = *root && try_root(&w, root, ret);
	free(roots);
	/* Kernels are also kept whole beside what boots, and where they were built. */
	if (!found && !module && release && *release && !strchr(release, '/'))
		found = try_format(&w, ret, "/boot/vmlinux-%s", release) ||
			try_format(&w, ret, "/lib/modules/%s/build/vmlinux", release);
	if (!found)
		found = try_servers(&w, ret);
	TRY(found ? NULL : interrupt_check());
	if (!found)
		return error_create(ERROR_NOT_FOUND, "no debug file of %s with build-id %s", what,
				    w.hex);
	return NULL;
}
