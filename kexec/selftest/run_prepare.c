// SPDX-License-Identifier: GPL-2.0-or-later
/* Before the machine starts: the kernel, its modules, and the initramfs for both of its lives. */
#include "selftest/run.h"

#include "initramfs/initramfs.h"
#include "initramfs/module_files.h"
#include "kexec/init/init.h"
#include "kexec/kernel_image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INITRD	"initrd.gz"
#define CAPTURE "capture.gz"
#define PROGRAM "kx-crash-init"

/* What a virtual machine's disks need, in both kernels. */
static const struct module_wish module_wishes[] = { { "virtio_pci", "disks" },
						    { "virtio_blk", "disks" } };

struct error *run_kernel(struct run *run, struct text *detail)
{
	struct selftest_report *report = run->report;
	struct kernel_image image;
	char *path = realpath(run->options->kernel, NULL);

	if (!path)
		return error_os(errno, "%s", run->options->kernel);
	snprintf(run->kernel, sizeof(run->kernel), "%s", path);
	free(path);
	TRY(kernel_image_open(run->kernel, &image));
	snprintf(report->release, sizeof(report->release), "%s", image.release);
	text_addf(detail, "%s, %s", image.ops->name, *image.release ? image.release : "no release");
	kernel_image_close(&image);
	if (run->options->modules)
		snprintf(run->modules, sizeof(run->modules), "%s", run->options->modules);
	else if (*report->release)
		snprintf(run->modules, sizeof(run->modules), "/lib/modules/%s", report->release);
	else
		return error_create(ERROR_NOT_FOUND,
				    "%s does not say its release: name the directory of its "
				    "modules by --modules",
				    run->kernel);
	return NULL;
}

/* What both have. */
static struct error *add_base(struct initramfs *initramfs, const struct module_files *modules)
{
	static const char *const directories[] = { "proc", "sys", "dev", "run", "var", "var/lib" };
	char program[4096];

	TRY(initramfs_own_program(PROGRAM, program, sizeof(program)));
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		TRY(initramfs_add_directory(initramfs, directories[i]));
	TRY(initramfs_add_device(initramfs, "dev/console", 5, 1));
	TRY(initramfs_add_file(initramfs, "init", 0755, program, false));
	return initramfs_add_modules(initramfs, modules);
}

static struct error *fill_capture(struct run *run, struct initramfs *initramfs,
				  const struct module_files *modules)
{
	return add_base(initramfs, modules);
}

static struct error *fill_test(struct run *run, struct initramfs *initramfs,
			       const struct module_files *modules)
{
	char capture[1024];

	run_path(run, CAPTURE, capture, sizeof(capture));
	TRY(add_base(initramfs, modules));
	TRY(initramfs_add_directory(initramfs, "capture"));
	TRY(initramfs_add_file(initramfs, INIT_INITRD, 0644, capture, false));
	return initramfs_add_file(initramfs, INIT_KERNEL, 0644, run->kernel, false);
}

static struct error *make(struct run *run, const char *name, const struct module_files *modules,
			  struct error *(*fill)(struct run *, struct initramfs *,
						const struct module_files *))
{
	struct initramfs *initramfs;
	struct error *err;
	char path[1024];

	run_path(run, name, path, sizeof(path));
	TRY(initramfs_create(path, INITRAMFS_FAST, &initramfs));
	err = fill(run, initramfs, modules);
	if (!err)
		err = initramfs_finish(initramfs);
	initramfs_destroy(initramfs);
	return err;
}

struct error *run_initramfs(struct run *run, struct text *detail)
{
	struct module_files modules;
	struct error *err;
	struct stat st = { 0 };
	char path[1024];

	TRY(module_files_pick(run->modules, module_wishes, ARRAY_SIZE(module_wishes), &modules));
	err = make(run, CAPTURE, &modules, fill_capture);
	if (!err)
		err = make(run, INITRD, &modules, fill_test);
	run_path(run, CAPTURE, path, sizeof(path));
	if (!err && stat(path, &st))
		err = error_os(errno, "%s", path);
	text_addf(detail, "%zu modules; the capture kernel's takes %lld KiB", modules.count,
		  (long long)st.st_size / 1024);
	if (*modules.unknown)
		text_addf(detail, "; %s: built in, it seems", modules.unknown);
	module_files_deinit(&modules);
	return err;
}
