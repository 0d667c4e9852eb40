// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VMCOREINFO: lines of KEY=value that the kernel writes at boot for those who read its dumps.
 * kernel/vmcore_info.c and Documentation/admin-guide/kdump/vmcoreinfo.rst of Linux.
 */
#include "base/alloc.h"
#include "base/interrupt.h"
#include "image/state.h"

#include <errno.h>
#include <string.h>

static const char first_key[] = "OSRELEASE=";

void vmcoreinfo_set(struct image *image, char *text, size_t size, const char *origin)
{
	free(image->vmcoreinfo);
	image->vmcoreinfo = text;
	image->vmcoreinfo_size = strnlen(text, size);
	image->vmcoreinfo_origin = origin;
}

void vmcoreinfo_from_dump(struct image *image)
{
	size_t size;
	const char *text = kxdump_vmcoreinfo(image->dump, &size);
	char *copy = text ? malloc(size + 1) : NULL;

	if (!copy)
		return;
	memcpy(copy, text, size);
	copy[size] = 0;
	vmcoreinfo_set(image, copy, size, "the dump's note");
}

struct error *vmcoreinfo_scan(struct image *image)
{
	const size_t window = 1 << 20;
	uint64_t phys = 0, start, size;
	auto_free uint8_t *buf = malloc(window);

	if (!buf)
		return error_nomem();
	while (kxdump_next_stored(image->dump, phys, &start, &size)) {
		size_t n = min(size, (uint64_t)window);

		TRY(interrupt_check());
		phys = start + n;
		if (error_dropped(kxdump_read(image->dump, start, buf, n)))
			continue;
		for (size_t at = -start & 4095; at + 4096 <= n; at += 4096) {
			char *copy;

			if (memcmp(buf + at, first_key, sizeof(first_key) - 1) ||
			    !memmem(buf + at, 4096, "\nPAGESIZE=", 10))
				continue;
			copy = strndup((char *)buf + at, 4096);
			if (!copy)
				return error_nomem();
			vmcoreinfo_set(image, copy, 4096, "a page of the dumped memory");
			return NULL;
		}
	}
	return error_create(ERROR_NOT_FOUND, "no VMCOREINFO in the dumped memory");
}

const char *image_vmcoreinfo(struct image *image, size_t *size)
{
	*size = image->vmcoreinfo_size;
	return image->vmcoreinfo;
}

const char *image_vmcoreinfo_origin(struct image *image)
{
	return image->vmcoreinfo_origin;
}

struct error *image_vmcoreinfo_text(struct image *image, const char *key, char *buf, size_t size)
{
	const char *line = image->vmcoreinfo;
	size_t len = strlen(key);

	while (line && *line) {
		const char *end = strchrnul(line, '\n');

		if ((size_t)(end - line) > len && !memcmp(line, key, len) && line[len] == '=') {
			size_t n = min((size_t)(end - line) - len - 1, size - 1);

			memcpy(buf, line + len + 1, n);
			buf[n] = 0;
			return NULL;
		}
		line = *end ? end + 1 : NULL;
	}
	return error_create(ERROR_NOT_FOUND, "VMCOREINFO has no %s", key);
}

static struct error *parse(struct image *image, const char *kind, const char *name, int base,
			   uint64_t *ret)
{
	char key[128], value[64], *end;
	uint64_t v;

	snprintf(key, sizeof(key), "%s(%s)", kind, name);
	TRY(image_vmcoreinfo_text(image, key, value, sizeof(value)));
	errno = 0;
	v = strtoull(value, &end, base); /* a leading minus wraps around, as wanted */
	if (errno || end == value || *end)
		return error_create(ERROR_BAD_DATA, "VMCOREINFO has %s=%s: no number", key, value);
	*ret = v;
	return NULL;
}

struct error *image_vmcoreinfo_symbol(struct image *image, const char *name, uint64_t *ret)
{
	return parse(image, "SYMBOL", name, 16, ret);
}

struct error *image_vmcoreinfo_number(struct image *image, const char *name, int64_t *ret)
{
	uint64_t v;
	struct error *err = parse(image, "NUMBER", name, 0, &v);

	if (err && err->code == ERROR_NOT_FOUND) {
		error_free(err);
		err = parse(image, "LENGTH", name, 0, &v);
	}
	if (!err)
		*ret = (int64_t)v;
	return err;
}
