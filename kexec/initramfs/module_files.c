// SPDX-License-Identifier: GPL-2.0-or-later
/* Modules in load order: depth first over hard and soft dependencies. */
#include "initramfs/module_files.h"

#include "base/alloc.h"

#include <errno.h>
#include <libkmod.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_MODULES 256
#define MAX_DEPTH   32

struct picker {
	struct kmod_ctx *ctx;
	struct module_files *modules;
	char *seen[MAX_MODULES]; /* names, also of those that are only under way */
	size_t nr_seen;
};

static struct error *add(struct picker *p, struct kmod_module *module, const char *why,
			 unsigned int depth);

static struct error *add_list(struct picker *p, struct kmod_list *list, const char *why,
			      unsigned int depth)
{
	struct kmod_list *item;
	struct error *err = NULL;

	kmod_list_foreach(item, list)
	{
		struct kmod_module *module = kmod_module_get_module(item);

		if (!err)
			err = add(p, module, why, depth + 1);
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	return err;
}

/* True: it was seen before. */
static struct error *see(struct picker *p, const char *name, bool *ret)
{
	*ret = true;
	for (size_t i = 0; i < p->nr_seen; i++) {
		if (!strcmp(p->seen[i], name))
			return NULL;
	}
	*ret = false;
	if (p->nr_seen == MAX_MODULES)
		return error_create(ERROR_BAD_DATA, "over %d modules are needed", MAX_MODULES);
	p->seen[p->nr_seen] = strdup(name);
	return p->seen[p->nr_seen++] ? NULL : error_nomem();
}

static struct error *append(struct module_files *modules, const char *name, const char *path,
			    const char *why)
{
	struct module_file *file;

	if (!modules->files) {
		modules->files = calloc(MAX_MODULES, sizeof(*modules->files));
		if (!modules->files)
			return error_nomem();
	}
	file = &modules->files[modules->count++];
	file->name = strdup(name);
	file->path = strdup(path);
	file->why = strdup(why);
	return file->name && file->path && file->why ? NULL : error_nomem();
}

static struct error *add(struct picker *p, struct kmod_module *module, const char *why,
			 unsigned int depth)
{
	const char *path = kmod_module_get_path(module), *name = kmod_module_get_name(module);
	struct kmod_list *before = NULL, *after = NULL;
	struct error *err;
	char needed[96];
	bool seen;

	if (!path) /* built in, or a soft dependency that this kernel does not have */
		return NULL;
	if (depth > MAX_DEPTH)
		return error_create(ERROR_BAD_DATA, "%s: dependencies are too deep", path);
	TRY(see(p, name, &seen));
	if (seen)
		return NULL;
	snprintf(needed, sizeof(needed), "%s needs it", name);
	(void)kmod_module_get_softdeps(module, &before, &after);
	err = add_list(p, before, needed, depth);
	if (!err)
		err = add_list(p, kmod_module_get_dependencies(module), needed, depth);
	if (!err)
		err = append(p->modules, name, path, why);
	if (err) {
		kmod_module_unref_list(after);
		return err;
	}
	return add_list(p, after, needed, depth);
}

static struct error *pick(struct picker *p, const char *directory, const struct module_wish *wish)
{
	struct kmod_list *list = NULL;
	int failed = kmod_module_new_from_lookup(p->ctx, wish->name, &list);

	if (failed < 0)
		return error_os(-failed, "%s: looking for %s", directory, wish->name);
	if (!list && !wish->optional) {
		size_t len = strlen(p->modules->unknown);

		snprintf(p->modules->unknown + len, sizeof(p->modules->unknown) - len, "%s%s",
			 len ? ", " : "", wish->name);
	}
	return add_list(p, list, wish->why, 0);
}

static struct error *pick_all(struct picker *p, const char *directory,
			      const struct module_wish *wishes, size_t nr_wishes)
{
	/* No modprobe.d: what this machine wants of its modules is not what a guest wants. */
	static const char *const no_config[] = { NULL };

	if (access(directory, R_OK | X_OK))
		return error_create(
			errno == ENOENT ? ERROR_NOT_FOUND : ERROR_OS,
			"%s: %s; name the directory of the kernel's modules by --modules",
			directory, strerror(errno));
	p->ctx = kmod_new(directory, no_config);
	if (!p->ctx)
		return error_nomem();
	for (size_t i = 0; i < nr_wishes; i++)
		TRY(pick(p, directory, &wishes[i]));
	return NULL;
}

struct error *module_files_pick(const char *directory, const struct module_wish *wishes,
				size_t nr_wishes, struct module_files *ret)
{
	struct module_files modules = { 0 };
	struct picker p = { .modules = &modules };
	struct error *err = pick_all(&p, directory, wishes, nr_wishes);

	for (size_t i = 0; i < p.nr_seen; i++)
		free(p.seen[i]);
	if (p.ctx)
		kmod_unref(p.ctx);
	if (err)
		module_files_deinit(&modules);
	else
		*ret = modules;
	return err;
}

void module_files_deinit(struct module_files *modules)
{
	for (size_t i = 0; i < modules->count; i++) {
		free(modules->files[i].name);
		free(modules->files[i].path);
		free(modules->files[i].why);
	}
	free(modules->files);
	*modules = (struct module_files){ 0 };
}
