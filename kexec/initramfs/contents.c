// SPDX-License-Identifier: GPL-2.0-or-later
/* The list, and writing it. */
#include "initramfs/contents.h"

#include "base/alloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void contents_deinit(struct contents *contents)
{
	for (size_t i = 0; i < contents->count; i++) {
		free(contents->all[i].name);
		free(contents->all[i].path);
		free(contents->all[i].data);
		free(contents->all[i].why);
	}
	free(contents->all);
	*contents = (struct contents){ 0 };
}

bool contents_has(const struct contents *contents, const char *name)
{
	name += strspn(name, "/");
	for (size_t i = 0; i < contents->count; i++) {
		if (!strcmp(contents->all[i].name, name))
			return true;
	}
	return false;
}

/* Of @like, @name and @why and either @path or @data are copied. */
static struct error *add(struct contents *contents, const struct content *like)
{
	const char *name = like->name + strspn(like->name, "/");
	struct content *c;

	if (contents_has(contents, name))
		return NULL;
	TRY(alloc_grow(&contents->all, &contents->room, contents->count + 1, sizeof(*c)));
	c = &contents->all[contents->count++];
	*c = (struct content){ .kind = like->kind, .mode = like->mode, .size = like->size };
	c->name = strdup(name);
	c->why = strdup(like->why);
	c->path = like->path ? strdup(like->path) : NULL;
	c->data = like->data ? strdup(like->data) : NULL;
	return c->name && c->why && (c->path || c->data) ? NULL : error_nomem();
}

struct error *contents_add_file(struct contents *contents, enum content_kind kind, const char *name,
				unsigned int mode, const char *path, const char *why)
{
	struct content like = { .kind = kind,
				.name = (char *)name,
				.mode = mode,
				.path = (char *)path,
				.why = (char *)why };
	struct stat st;

	if (stat(path, &st))
		return error_os(errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return error_create(ERROR_USAGE, "%s is no plain file", path);
	like.size = (size_t)st.st_size;
	return add(contents, &like);
}

struct error *contents_add_text(struct contents *contents, const char *name, unsigned int mode,
				const char *text, const char *why)
{
	struct content like = { .kind = CONTENT_FILE,
				.name = (char *)name,
				.mode = mode,
				.data = (char *)text,
				.size = strlen(text),
				.why = (char *)why };

	return add(contents, &like);
}

struct error *contents_add_link(struct contents *contents, const char *name, const char *target,
				const char *why)
{
	struct content like = { .kind = CONTENT_LINK,
				.name = (char *)name,
				.data = (char *)target,
				.why = (char *)why };

	return add(contents, &like);
}

/* ---- writing ---- */

struct folders {
	struct initramfs *initramfs;
	const char *const *made;
	struct contents seen; /* (names alone) */
};

static bool is_made(const struct folders *f, const char *folder)
{
	for (const char *const *made = f->made; *made; made++) {
		if (!strcmp(*made, folder))
			return true;
	}
	return contents_has(&f->seen, folder);
}

/* The folders above @name, the outermost first. */
static struct error *make_above(struct folders *f, const char *name)
{
	auto_free char *folder = strdup(name);

	if (!folder)
		return error_nomem();
	for (char *slash = strchr(folder, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (!is_made(f, folder)) {
			TRY(initramfs_add_directory(f->initramfs, folder));
			TRY(contents_add_text(&f->seen, folder, 0, "", ""));
		}
		*slash = '/';
	}
	return NULL;
}

static struct error *write_one(struct folders *f, const struct content *c)
{
	TRY(make_above(f, c->name));
	if (c->kind == CONTENT_LINK)
		return initramfs_add_link(f->initramfs, c->name, c->data);
	if (c->path)
		return initramfs_add_file(f->initramfs, c->name, c->mode, c->path, false);
	return initramfs_add(f->initramfs, c->name, c->mode, c->data, c->size);
}

struct error *contents_write(const struct contents *contents, struct initramfs *initramfs,
			     const char *const *made)
{
	struct folders f = { .initramfs = initramfs, .made = made };
	struct error *err = NULL;

	for (size_t i = 0; i < contents->count && !err; i++)
		err = write_one(&f, &contents->all[i]);
	contents_deinit(&f.seen);
	return err;
}
