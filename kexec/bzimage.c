// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bzImage of x86, entered by the 64-bit boot protocol. Documentation/arch/x86/boot.rst of Linux
 * has the header's fields and their offsets.
 */
#include "base/bytes.h"
#include "kexec/boot_params.h"
#include "kexec/pe.h"
#include "kexec/size_text.h"

#include <elf.h>

#define HEADER_LEAST   0x268 /* all fields that are read */
#define BOOT_FLAG      0x1fe
#define HEADER_MAGIC   0x202
#define SECTOR	       512
#define ENTRY_64BIT    0x200 /* of the protected-mode code */
#define LOWEST	       0x100000
#define LEAST_VERSION  0x20c /* the first with xloadflags */
#define LOADED_HIGH    0x01
#define XLF_KERNEL_64  0x01
#define XLF_ABOVE_4G   0x02
#define XLF_EFI_KEXEC  0x10
#define XLF_5LEVEL     0x20
#define LARGEST_ALIGN  (1u << 30)
#define COMMAND_LINES  65536 /* what is believed of cmdline_size */
#define VERSION_OFFSET 0x200 /* added to kernel_version */

enum field {
	SETUP_SECTS,
	SYSSIZE,
	JUMP,
	VERSION,
	KERNEL_VERSION,
	LOADFLAGS,
	KERNEL_ALIGNMENT,
	RELOCATABLE,
	XLOADFLAGS,
	CMDLINE_SIZE,
	PAYLOAD_OFFSET,
	PAYLOAD_LENGTH,
	PREF_ADDRESS,
	INIT_SIZE,
};
static const struct {
	const char *name;
	uint16_t offset, size;
} fields[] = {
	[SETUP_SECTS] = { "setup_sects", 0x1f1, 1 },
	[SYSSIZE] = { "syssize", 0x1f4, 4 },
	[JUMP] = { "jump", 0x201, 1 },
	[VERSION] = { "version", 0x206, 2 },
	[KERNEL_VERSION] = { "kernel_version", 0x20e, 2 },
	[LOADFLAGS] = { "loadflags", 0x211, 1 },
	[KERNEL_ALIGNMENT] = { "kernel_alignment", 0x230, 4 },
	[RELOCATABLE] = { "relocatable_kernel", 0x234, 1 },
	[XLOADFLAGS] = { "xloadflags", 0x236, 2 },
	[CMDLINE_SIZE] = { "cmdline_size", 0x238, 4 },
	[PAYLOAD_OFFSET] = { "payload_offset", 0x248, 4 },
	[PAYLOAD_LENGTH] = { "payload_length", 0x24c, 4 },
	[PREF_ADDRESS] = { "pref_address", 0x258, 8 },
	[INIT_SIZE] = { "init_size", 0x260, 4 },
};

bool bzimage_probe(const uint8_t *data, size_t size)
{
	return size >= HEADER_MAGIC + 4 && !memcmp(data + HEADER_MAGIC, "HdrS", 4) &&
	       data[BOOT_FLAG] == 0x55 && data[BOOT_FLAG + 1] == 0xaa;
}

/* Of an image that is HEADER_LEAST bytes long at least. */
static uint64_t get(const struct kernel_image *image, enum field field)
{
	return load_number(image->kernel + fields[field].offset, fields[field].size, false);
}

static struct error *refuse(const struct kernel_image *image, enum field field,
			    const char *expected)
{
	return error_at(ERROR_BAD_DATA, fields[field].offset, "%s at 0x%x is 0x%llx, expected %s",
			fields[field].name, fields[field].offset,
			(unsigned long long)get(image, field), expected);
}

/* Bytes before the protected-mode code: the boot sector and the setup sectors. */
static uint64_t setup_size(const struct kernel_image *image)
{
	uint64_t sectors = get(image, SETUP_SECTS);

	return ((sectors ? sectors : 4) + 1) * SECTOR;
}

static struct error *check_kind(const struct kernel_image *image)
{
	if (get(image, VERSION) < LEAST_VERSION)
		return refuse(image, VERSION,
			      "0x20c or later (Linux 3.8): the 64-bit entry must be known");
	if (!(get(image, LOADFLAGS) & LOADED_HIGH))
		return refuse(image, LOADFLAGS, "bit 0 (LOADED_HIGH): this is a zImage");
	if (!(get(image, XLOADFLAGS) & XLF_KERNEL_64))
		return refuse(image, XLOADFLAGS, "bit 0 (XLF_KERNEL_64): this is a 32-bit kernel");
	return NULL;
}

static struct error *check_placement(const struct kernel_image *image)
{
	uint64_t align = get(image, KERNEL_ALIGNMENT);

	if (align < 4096 || (align & (align - 1)) || align > LARGEST_ALIGN)
		return refuse(image, KERNEL_ALIGNMENT, "a power of two from 4 KiB to 1 GiB");
	if (get(image, PREF_ADDRESS) % 4096 || get(image, PREF_ADDRESS) > 1ull << 46)
		return refuse(image, PREF_ADDRESS, "a page's address below 64 TiB");
	if (!get(image, CMDLINE_SIZE) || get(image, CMDLINE_SIZE) > COMMAND_LINES)
		return refuse(image, CMDLINE_SIZE, "1…65536 bytes");
	return NULL;
}

/* The file holds what its header says it does. */
static struct error *check_sizes(const struct kernel_image *image)
{
	uint64_t setup = setup_size(image), code;

	if (setup >= image->kernel_size)
		return error_at(ERROR_BAD_DATA, fields[SETUP_SECTS].offset,
				"setup_sects at 0x1f1 is %llu, so the kernel proper would begin at "
				"0x%llx, but the file ends at 0x%zx: truncated?",
				(unsigned long long)get(image, SETUP_SECTS),
				(unsigned long long)setup, image->kernel_size);
	code = image->kernel_size - setup;
	/* In units of 16 bytes, the last of which need not be full. */
	if (get(image, SYSSIZE) * 16 > code + 15)
		return error_at(ERROR_BAD_DATA, fields[SYSSIZE].offset,
				"syssize at 0x1f4 says the kernel proper has %s, but the file has "
				"%s of it: truncated?",
				SIZE_OF(get(image, SYSSIZE) * 16), SIZE_OF(code));
	if (get(image, PAYLOAD_OFFSET) + get(image, PAYLOAD_LENGTH) > code)
		return error_at(ERROR_BAD_DATA, fields[PAYLOAD_LENGTH].offset,
				"the payload (0x248, 0x24c) claims bytes 0x%llx-0x%llx of the "
				"kernel proper, which has 0x%llx: truncated?",
				(unsigned long long)get(image, PAYLOAD_OFFSET),
				(unsigned long long)(get(image, PAYLOAD_OFFSET) +
						     get(image, PAYLOAD_LENGTH)),
				(unsigned long long)code);
	if (code <= ENTRY_64BIT)
		return error_create(ERROR_BAD_DATA, "no kernel behind the setup sectors");
	if (get(image, INIT_SIZE) < code)
		return refuse(image, INIT_SIZE, "no less than the kernel proper");
	return NULL;
}

/* "6.1.0-50-cloud-amd64 (debian-kernel@…) #1 SMP …": its first word. */
static void read_release(struct kernel_image *image)
{
	uint64_t at = get(image, KERNEL_VERSION);
	const char *text;
	size_t len = 0, most;

	if (!at || at + VERSION_OFFSET >= min(setup_size(image), (uint64_t)image->kernel_size))
		return;
	text = (const char *)image->kernel + at + VERSION_OFFSET;
	most = min(image->kernel_size - (size_t)(at + VERSION_OFFSET), sizeof(image->release) - 1);
	while (len < most && text[len] > ' ' && text[len] < 0x7f)
		len++;
	memcpy(image->release, text, len);
	image->release[len] = 0;
}

struct error *bzimage_open(struct kernel_image *image)
{
	uint64_t flags;

	if (image->kernel_size < HEADER_LEAST)
		return error_create(ERROR_BAD_DATA,
				    "%zu bytes are too few for a bzImage's header: truncated?",
				    image->kernel_size);
	TRY(check_kind(image));
	TRY(check_placement(image));
	TRY(check_sizes(image));
	read_release(image);
	flags = get(image, XLOADFLAGS);
	image->elf_machine = EM_X86_64;
	image->has_signature |= pe_is_signed(image->kernel, image->kernel_size);
	image->file_load = true;
	image->memory_size = get(image, INIT_SIZE);
	image->alignment = get(image, KERNEL_ALIGNMENT);
	image->preferred = get(image, PREF_ADDRESS);
	/* It would move itself up there, over what lies in between. */
	image->lowest = max((uint64_t)LOWEST, image->preferred);
	image->relocatable = get(image, RELOCATABLE);
	image->above_4g = flags & XLF_ABOVE_4G;
	image->takes_5level = flags & XLF_5LEVEL;
	image->efi_kexec = flags & XLF_EFI_KEXEC;
	image->command_line_max = (uint32_t)get(image, CMDLINE_SIZE);
	return NULL;
}

struct error *bzimage_place(const struct kernel_image *image, struct plan *plan)
{
	uint64_t setup = setup_size(image);
	size_t header_end = HEADER_MAGIC + (size_t)get(image, JUMP), index;
	struct plan_place place = {
		.name = "kernel",
		.data = (uint8_t *)image->kernel + setup,
		.borrowed = true,
		.size = image->kernel_size - setup,
		.memory_size = image->memory_size,
		.alignment = image->alignment,
		.lowest = image->lowest,
		.highest = UINT64_MAX,
		.from_bottom = !plan->options.crash,
		.in_digest = true,
	};

	if (!image->relocatable) {
		place.lowest = image->preferred;
		place.highest = image->preferred + image->memory_size - 1;
		place.alignment = 4096;
	}
	TRY(plan_add(plan, &place, &index));
	plan->kernel_entry = plan->segments[index].address + ENTRY_64BIT;
	if (header_end < HEADER_LEAST || header_end > BOOT_PARAMS_HEADER_END)
		return error_at(
			ERROR_BAD_DATA, fields[JUMP].offset,
			"the setup header ends at 0x%zx, expected 0x%x-0x%x (jump at 0x201)",
			header_end, HEADER_LEAST, BOOT_PARAMS_HEADER_END);
	return boot_params_add(plan, image->kernel + BOOT_PARAMS_HEADER_AT,
			       header_end - BOOT_PARAMS_HEADER_AT);
}

const struct kernel_image_ops bzimage_image_ops = {
	.name = "bzImage",
	.probe = bzimage_probe,
	.open = bzimage_open,
	.place = bzimage_place,
};
