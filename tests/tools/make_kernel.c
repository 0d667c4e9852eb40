// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes a kernel image or initramfs made by hand, the same one each time:
 * make_kernel bzimage|low|vmlinux|uki|initrd PATH
 * low: a bzImage that cannot be loaded above 4 GiB, and not with 5-level page tables.
 */
#include "support/made_kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A cpio archive (newc) of one empty file, /init, and its trailer. */
static void make_initrd(struct text_bytes *ret)
{
	static const struct {
		const char *name;
		unsigned int mode;
	} files[] = { { "init", 0100755 }, { "TRAILER!!!", 0 } };

	*ret = (struct text_bytes){ 0 };
	for (size_t i = 0; i < 2; i++) {
		char head[160];
		int len = snprintf(head, sizeof(head),
				   "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s",
				   (unsigned int)i, files[i].mode, 0, 0, 1, 0, 0, 0, 0, 0, 0,
				   (unsigned int)strlen(files[i].name) + 1, 0, files[i].name);

		text_append(ret, head, (size_t)len + 1);
		text_align(ret, 4);
	}
	text_append_zeros(ret, 100000);
}

static void make_uki(struct text_bytes *ret)
{
	struct text_bytes kernel, initrd;

	made_bzimage(&made_bzimage_default, &kernel);
	make_initrd(&initrd);
	made_pe((const struct made_section[]){ { ".cmdline", "quiet", 5 },
					       { ".linux", kernel.data, kernel.size },
					       { ".initrd", initrd.data, initrd.size } },
		3, ret);
	free(kernel.data);
	free(initrd.data);
}

static int make(const char *what, struct text_bytes *ret)
{
	struct made_bzimage kernel = made_bzimage_default;

	if (!strcmp(what, "low"))
		kernel.xloadflags = 1;
	if (!strcmp(what, "bzimage") || !strcmp(what, "low"))
		made_bzimage(&kernel, ret);
	else if (!strcmp(what, "vmlinux"))
		made_vmlinux(NULL, ret);
	else if (!strcmp(what, "uki"))
		make_uki(ret);
	else if (!strcmp(what, "initrd"))
		make_initrd(ret);
	else
		return 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct text_bytes bytes;
	FILE *file;
	int failed;

	if (argc != 3 || make(argv[1], &bytes)) {
		fprintf(stderr, "usage: make_kernel bzimage|low|vmlinux|uki|initrd PATH\n");
		return 2;
	}
	file = fopen(argv[2], "wb");
	failed = !file || fwrite(bytes.data, 1, bytes.size, file) != bytes.size;
	if (file)
		failed |= fclose(file);
	if (failed)
		perror(argv[2]);
	free(bytes.data);
	return failed;
}
