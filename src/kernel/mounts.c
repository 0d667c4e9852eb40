// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mounts, and where they are: a path goes up from the mount's own root to the place that it is
 * mounted on, in its parent, until a mount that is its own parent.
 */
#include "kernel/mounts.h"

#include "base/interrupt.h"
#include "image/view.h"
#include "kernel/lists.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COMPONENTS_MAX 4096
#define RDONLY_MOUNT   0x40 /* MNT_READONLY, include/linux/mount.h */
#define RDONLY_SUPER   1    /* SB_RDONLY */

enum { TASK_NSPROXY };
DEFINE_VIEW(task_view, "task_struct", [TASK_NSPROXY] = FIELD("nsproxy"));
enum { NSPROXY_MNT };
DEFINE_VIEW(nsproxy_view, "nsproxy", [NSPROXY_MNT] = FIELD("mnt_ns"));
/* A tree since 2eea9ce4310d (v6.8); before, "mounts" was their number. */
enum { NAMESPACE_TREE, NAMESPACE_LIST };
DEFINE_VIEW(namespace_view,
	    "mnt_namespace", [NAMESPACE_TREE] = FIELD("mounts"), [NAMESPACE_LIST] = FIELD("list"));
enum {
	MOUNT_NODE,
	MOUNT_LIST,
	MOUNT_PARENT,
	MOUNT_POINT,
	MOUNT_ROOT,
	MOUNT_SUPER,
	MOUNT_FLAGS,
	MOUNT_DEVICE
};
DEFINE_VIEW(mount_view, "mount", [MOUNT_NODE] = FIELD("mnt_node"), [MOUNT_LIST] = FIELD("mnt_list"),
	    [MOUNT_PARENT] = FIELD("mnt_parent"), [MOUNT_POINT] = FIELD("mnt_mountpoint"),
	    [MOUNT_ROOT] = FIELD("mnt.mnt_root"), [MOUNT_SUPER] = FIELD("mnt.mnt_sb"),
	    [MOUNT_FLAGS] = FIELD("mnt.mnt_flags"), [MOUNT_DEVICE] = FIELD("mnt_devname"));
enum { SUPER_TYPE, SUPER_SUBTYPE, SUPER_FLAGS };
DEFINE_VIEW(super_view, "super_block", [SUPER_TYPE] = FIELD("s_type"),
	    [SUPER_SUBTYPE] = FIELD("s_subtype"), [SUPER_FLAGS] = FIELD("s_flags"));
enum { TYPE_NAME };
DEFINE_VIEW(type_view, "file_system_type", [TYPE_NAME] = FIELD("name"));
enum { DENTRY_PARENT, DENTRY_NAME };
DEFINE_VIEW(dentry_view, "dentry", [DENTRY_PARENT] = FIELD("d_parent"),
	    [DENTRY_NAME] = FIELD("d_name.name", "__d_name.name"));

struct walk {
	struct image *image;
	uint64_t node; /* offset of the node that leads to a struct mount */
	mount_each each;
	void *context;
};

/* Puts "/NAME" in front. */
static struct error *prepend(struct image *image, uint64_t dentry, struct text *path)
{
	auto_text whole = { 0 };
	char name[256];
	uint64_t at;

	TRY(view_read(image, &dentry_view, DENTRY_NAME, dentry, &at));
	TRY(image_read_string(image, at, name, sizeof(name)));
	text_addf(&whole, "/%s%s", name, text_string(path));
	text_clear(path);
	text_adds(path, text_string(&whole));
	return path->failed || whole.failed ? error_nomem() : NULL;
}

static struct error *read_path(struct image *image, uint64_t mount, struct text *path)
{
	uint64_t dentry, root, parent, up;

	TRY(view_read(image, &mount_view, MOUNT_ROOT, mount, &dentry));
	for (unsigned int n = 0; n < COMPONENTS_MAX; n++) {
		TRY(interrupt_check());
		TRY(view_read(image, &mount_view, MOUNT_ROOT, mount, &root));
		if (dentry == root) {
			TRY(view_read(image, &mount_view, MOUNT_PARENT, mount, &parent));
			if (parent == mount)
				return NULL;
			TRY(view_read(image, &mount_view, MOUNT_POINT, mount, &dentry));
			mount = parent;
			continue;
		}
		TRY(view_read(image, &dentry_view, DENTRY_PARENT, dentry, &up));
		if (up == dentry) /* what it was mounted on was moved away */
			return error_at(ERROR_BAD_DATA, dentry,
					"the dentry at 0x%" PRIx64 " is not below its mount's root",
					dentry);
		TRY(prepend(image, dentry, path));
		dentry = up;
	}
	return error_at(ERROR_BAD_DATA, mount, "the path has more than %u parts", COMPONENTS_MAX);
}

/* "fuse.sshfs": a type that stands for many has a second name. */
static struct error *read_type(struct image *image, uint64_t super, char *ret, size_t size)
{
	uint64_t type, name, subtype;
	size_t len;

	TRY(view_read(image, &super_view, SUPER_TYPE, super, &type));
	TRY(view_read(image, &type_view, TYPE_NAME, type, &name));
	TRY(image_read_string(image, name, ret, size));
	len = strlen(ret);
	if (error_dropped(view_read(image, &super_view, SUPER_SUBTYPE, super, &subtype)) ||
	    !subtype || len + 2 >= size)
		return NULL;
	ret[len] = '.';
	return image_read_string(image, subtype, ret + len + 1, size - len - 1);
}

static struct error *read_mount(struct image *image, struct mount *m)
{
	uint64_t device, flags, super_flags;

	TRY(view_read(image, &mount_view, MOUNT_DEVICE, m->address, &device));
	TRY(view_read(image, &mount_view, MOUNT_FLAGS, m->address, &flags));
	TRY(view_read(image, &super_view, SUPER_FLAGS, m->super_block, &super_flags));
	m->read_only = flags & RDONLY_MOUNT || super_flags & RDONLY_SUPER;
	TRY(read_type(image, m->super_block, m->type, sizeof(m->type)));
	strcpy(m->device, "none");
	return device ? image_read_string(image, device, m->device, sizeof(m->device)) : NULL;
}

static struct error *give(void *context, uint64_t entry, uint64_t index)
{
	const struct walk *w = context;
	struct mount m = { .address = entry - w->node };
	auto_text path = { 0 };
	auto_text shown = { 0 };
	struct error *problem, *err;

	TRY(error_wrap(view_read(w->image, &mount_view, MOUNT_SUPER, m.address, &m.super_block),
		       "the mount at 0x%" PRIx64, m.address));
	/* A reader of /proc/mounts keeps its place by an entry that is none (v5.8 to v6.7). */
	if (!m.super_block)
		return NULL;
	TRY(error_wrap(read_mount(w->image, &m), "the mount at 0x%" PRIx64, m.address));
	problem = read_path(w->image, m.address, &path);
	if (problem && (problem->code == ERROR_INTERRUPTED || problem->code == ERROR_NOMEM))
		return problem;
	text_addf(&shown, "%s%s", problem ? "…" : "",
		  path.len  ? text_string(&path)
		  : problem ? ""
			    : "/");
	m.path = text_string(&shown);
	m.path_problem = problem;
	err = w->each(w->context, &m);
	error_free(problem);
	return err;
}

struct error *mounts_namespace(struct image *image, uint64_t task, uint64_t *ret)
{
	uint64_t nsproxy;

	TRY(view_read(image, &task_view, TASK_NSPROXY, task, &nsproxy));
	if (!nsproxy)
		return error_at(ERROR_NOT_FOUND, task,
				"the task has left its namespaces: it exits");
	return view_read(image, &nsproxy_view, NSPROXY_MNT, nsproxy, ret);
}

struct error *mounts_layout_init(struct image *image, struct mounts_layout *ret)
{
	struct mounts_layout l = { .is_tree = view_has(image, &mount_view, MOUNT_NODE) };

	TRY(view_offset(image, &namespace_view, l.is_tree ? NAMESPACE_TREE : NAMESPACE_LIST,
			&l.root));
	TRY(view_offset(image, &mount_view, l.is_tree ? MOUNT_NODE : MOUNT_LIST, &l.node));
	*ret = l;
	return NULL;
}

struct error *mounts_each(struct image *image, uint64_t task, mount_each each, void *context)
{
	struct walk w = { .image = image, .each = each, .context = context };
	struct mounts_layout layout;
	uint64_t ns;

	TRY(mounts_namespace(image, task, &ns));
	TRY(mounts_layout_init(image, &layout));
	w.node = layout.node;
	return layout.is_tree ? rbtree_each(image, ns + layout.root, give, &w)
			      : list_each(image, ns + layout.root, give, &w);
}
