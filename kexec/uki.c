// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A unified kernel image: a PE file whose sections are the kernel (.linux), its initrd and its
 * command line. Format: the UAPI group's UKI specification. The inner bzImage is what is loaded;
 * the EFI stub in front of it plays no part.
 */
#include "kexec/kernel_image.h"
#include "kexec/pe.h"

#include <stdlib.h>
#include <string.h>

#define PE_MACHINE_AMD64 0x8664

static bool probe(const uint8_t *data, size_t size)
{
	struct pe_section section;
	struct error *err;
	bool found;

	if (bzimage_probe(data, size) || !pe_probe(data, size))
		return false;
	err = pe_section_find(data, size, ".linux", &section);
	/* One that was cut short is still one. */
	found = !err || err->code == ERROR_BAD_DATA;
	error_free(err);
	return found;
}

/* A section that need not be there: false. */
static struct error *find_optional(const struct kernel_image *image, const char *name,
				   struct pe_section *ret, bool *found)
{
	struct error *err = pe_section_find(image->data, image->size, name, ret);

	*found = !err;
	if (err && err->code == ERROR_NOT_FOUND) {
		error_free(err);
		return NULL;
	}
	return err;
}

static struct error *take_command_line(struct kernel_image *image)
{
	struct pe_section section;
	size_t len;
	bool found;

	TRY(find_optional(image, ".cmdline", &section, &found));
	if (!found)
		return NULL;
	len = strnlen((const char *)section.data, section.size);
	while (len && (section.data[len - 1] == '\n' || section.data[len - 1] == ' '))
		len--;
	image->command_line = strndup((const char *)section.data, len);
	return image->command_line ? NULL : error_nomem();
}

static struct error *open_uki(struct kernel_image *image)
{
	struct pe_section section;
	bool found;

	if (pe_machine(image->data, image->size) != PE_MACHINE_AMD64)
		return error_create(ERROR_UNSUPPORTED,
				    "a UKI of another machine (PE machine 0x%x, expected 0x%x)",
				    pe_machine(image->data, image->size), PE_MACHINE_AMD64);
	TRY(pe_section_find(image->data, image->size, ".linux", &section));
	if (!bzimage_probe(section.data, section.size))
		return error_create(ERROR_UNSUPPORTED,
				    "the section .linux holds %s, expected a bzImage",
				    kernel_image_looks_like(section.data, section.size));
	image->kernel = section.data;
	image->kernel_size = section.size;
	TRY(take_command_line(image));
	TRY(find_optional(image, ".initrd", &section, &found));
	if (found && section.size) {
		image->initrd = section.data;
		image->initrd_size = section.size;
	}
	TRY(error_wrap(bzimage_open(image), "the bzImage in .linux"));
	/* The kernel knows nothing of UKIs: it would have to be handed the parts. */
	image->file_load = false;
	image->has_signature = pe_is_signed(image->data, image->size);
	return NULL;
}

const struct kernel_image_ops uki_image_ops = {
	.name = "uki",
	.probe = probe,
	.open = open_uki,
	.place = bzimage_place,
};
