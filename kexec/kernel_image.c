// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening a kernel's file: mapped, its format found, its digest made. */
#include "kexec/kernel_image.h"

#include "purgatory/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A vmlinux with its debug information stays far below it. */
#define FILE_CAP (4ull << 30)

/* Behind the last byte of what scripts/sign-file of Linux signed. */
#define APPENDED_MAGIC "~Module signature appended~\n"

#define IMAGE(name) extern const struct kernel_image_ops name##_image_ops;
#include "kexec/kernel_images.def"
#undef IMAGE

#define IMAGE(name) &name##_image_ops,
const struct kernel_image_ops *const kernel_image_formats[] = {
#include "kexec/kernel_images.def"
	NULL,
};
#undef IMAGE

static struct error *map_file(const char *path, int fd, struct kernel_image *image)
{
	struct stat st;
	void *data;

	if (fstat(fd, &st))
		return error_os(errno, "%s", path);
	if (S_ISDIR(st.st_mode))
		return error_create(ERROR_NOT_MINE, "%s: a directory, not a kernel image", path);
	if (!S_ISREG(st.st_mode))
		return error_create(ERROR_NOT_MINE, "%s: not a regular file", path);
	if (!st.st_size)
		return error_create(ERROR_NOT_MINE, "%s: empty", path);
	if ((uint64_t)st.st_size > FILE_CAP)
		return error_create(ERROR_BAD_DATA, "%s: %llu bytes are too many for a kernel",
				    path, (unsigned long long)st.st_size);
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return error_os(errno, "%s", path);
	image->data = data;
	image->size = (size_t)st.st_size;
	image->mapped = true;
	return NULL;
}

static bool ends_signed(const uint8_t *data, size_t size)
{
	size_t len = strlen(APPENDED_MAGIC);

	return size > len && !memcmp(data + size - len, APPENDED_MAGIC, len);
}

static struct error *open_format(struct kernel_image *image)
{
	struct sha256 sha;

	for (size_t i = 0; kernel_image_formats[i] && !image->ops; i++) {
		if (kernel_image_formats[i]->probe(image->data, image->size))
			image->ops = kernel_image_formats[i];
	}
	if (!image->ops)
		return error_create(ERROR_NOT_MINE, "%s, not a kernel that can be loaded (%s)",
				    kernel_image_looks_like(image->data, image->size),
				    "a bzImage, a UKI or a vmlinux of x86_64");
	image->kernel = image->data;
	image->kernel_size = image->size;
	image->has_signature = ends_signed(image->data, image->size);
	TRY(image->ops->open(image));
	sha256_init(&sha);
	sha256_update(&sha, image->data, image->size);
	sha256_final(&sha, image->sha256);
	return NULL;
}

static struct error *open_mapped(const char *path, struct kernel_image *image)
{
	image->path = strdup(path);
	if (!image->path)
		return error_nomem();
	return error_wrap(open_format(image), "%s", path);
}

struct error *kernel_image_open_bytes(const char *path, const void *data, size_t size,
				      struct kernel_image *ret)
{
	struct kernel_image image = { .data = data, .size = size };
	struct error *err = open_mapped(path, &image);

	if (err)
		kernel_image_close(&image);
	else
		*ret = image;
	return err;
}

struct error *kernel_image_open(const char *path, struct kernel_image *ret)
{
	struct kernel_image image = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct error *err;

	if (fd < 0)
		return error_os(errno, "%s", path);
	err = map_file(path, fd, &image);
	close(fd);
	if (!err)
		err = open_mapped(path, &image);
	if (err)
		kernel_image_close(&image);
	else
		*ret = image;
	return err;
}

void kernel_image_close(struct kernel_image *image)
{
	if (image->mapped)
		munmap((void *)image->data, image->size);
	free(image->path);
	free(image->command_line);
	*image = (struct kernel_image){ 0 };
}
