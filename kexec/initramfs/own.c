// SPDX-License-Identifier: GPL-2.0-or-later
/* What each of our initramfs has: a static program of ours, and modules for it to load. */
#include "base/text.h"
#include "initramfs/initramfs.h"
#include "initramfs/module_files.h"
#include "process1/process1.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct error *initramfs_own_program(const char *name, char *buf, size_t size)
{
	static const char *const places[] = { "", "../lib/kx-crash/", "../libexec/kx-crash/" };
	char self[2048];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len <= 0)
		return error_os(errno, "/proc/self/exe");
	self[len] = 0;
	*strrchr(self, '/') = 0;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		snprintf(buf, size, "%s/%s%s", self, places[i], name);
		if (!access(buf, R_OK))
			return NULL;
	}
	return error_create(ERROR_NOT_FOUND, "there is no %s in %s or ../lib/kx-crash beside it",
			    name, self);
}

struct error *initramfs_add_modules(struct initramfs *initramfs, const struct module_files *modules)
{
	auto_text list = { 0 };
	char name[64];

	TRY(initramfs_add_directory(initramfs, PROCESS1_MODULES));
	for (size_t i = 0; i < modules->count; i++) {
		snprintf(name, sizeof(name), PROCESS1_MODULES "/%zu.ko", i);
		TRY(initramfs_add_file(initramfs, name, 0644, modules->files[i].path, true));
		text_addf(&list, "/%s\n", name);
	}
	return initramfs_add(initramfs, PROCESS1_MODULES_LIST, 0644, text_string(&list), list.len);
}
