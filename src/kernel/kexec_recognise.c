// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which segment is what: by struct kimage first, which holds for every dump, then by what is in
 * them, where the dump has it.
 */
#include "kernel/kexec_decode.h"

#include "base/bytes.h"
#include "base/interrupt.h"

#include <elf.h>
#include <string.h>

#define ZERO_PAGE 4096
/* Offsets in struct boot_params: Documentation/arch/x86/zero-page.rst and boot.rst. */
#define ACPI_RSDP      0x070
#define EXT_RAMDISK    0x0c0
#define EXT_RAMDISK_SZ 0x0c4
#define EXT_CMD_LINE   0x0c8
#define E820_ENTRIES   0x1e8
#define HEADER_MAGIC   0x202
#define VERSION	       0x206
#define LOADER	       0x210
#define RAMDISK	       0x218
#define RAMDISK_SZ     0x21c
#define CMD_LINE       0x228
#define SETUP_DATA     0x250
#define INIT_SIZE      0x260
#define E820_TABLE     0x2d0
#define E820_SIZE      20

static uint64_t field(const uint8_t *page, size_t offset, size_t size)
{
	return load_number(page + offset, size, false);
}

static uint64_t wide(const uint8_t *page, size_t low, size_t high)
{
	return field(page, low, 4) | field(page, high, 4) << 32;
}

struct error *boot_params_decode(const struct memory *memory, uint64_t address,
				 struct boot_params *ret)
{
	uint8_t page[ZERO_PAGE];
	struct error *err;

	TRY(memory_read(memory, address, page, sizeof(page)));
	/* A bzImage file begins with the same header, before a loader has filled it in. */
	if (memcmp(page + HEADER_MAGIC, "HdrS", 4) != 0 || !page[LOADER] ||
	    page[E820_ENTRIES] > BOOT_PARAMS_MAX_E820)
		return error_at(ERROR_NOT_MINE, address, "no boot_params");
	*ret = (struct boot_params){
		.version = (uint16_t)field(page, VERSION, 2),
		.loader = page[LOADER],
		.initrd = wide(page, RAMDISK, EXT_RAMDISK),
		.initrd_size = wide(page, RAMDISK_SZ, EXT_RAMDISK_SZ),
		.command_line = wide(page, CMD_LINE, EXT_CMD_LINE),
		.setup_data = field(page, SETUP_DATA, 8),
		.acpi_rsdp = field(page, ACPI_RSDP, 8),
		.init_size = field(page, INIT_SIZE, 4),
		.nr_e820 = page[E820_ENTRIES],
	};
	for (unsigned int i = 0; i < ret->nr_e820; i++) {
		size_t at = E820_TABLE + i * E820_SIZE;

		ret->e820[i].start = field(page, at, 8);
		ret->e820[i].size = field(page, at + 8, 8);
		ret->e820[i].type = (uint32_t)field(page, at + 16, 4);
	}
	if (!ret->command_line)
		return NULL;
	err = memory_read_string(memory, ret->command_line, ret->command_line_text,
				 sizeof(ret->command_line_text));
	if (err && err->code == ERROR_INTERRUPTED)
		return err;
	ret->has_command_line = !error_dropped(err);
	return NULL;
}

/*
 * kexec_file_load frees the files' buffers and leaves their sizes: the initrd has its own, the
 * kernel is a bzImage without its setup (a multiple of 512 bytes, 65 at most), and boot_params goes
 * with the command line behind it.
 */
static enum kexec_what by_file_size(const struct kexec_image *kexec, uint64_t size)
{
	uint64_t kernel = kexec->value[KEXEC_KERNEL_BUF_LEN];
	uint64_t initrd = kexec->value[KEXEC_INITRD_BUF_LEN];
	uint64_t boot = ZERO_PAGE + kexec->value[KEXEC_CMDLINE_BUF_LEN];

	if (initrd && size == initrd)
		return KEXEC_IS_INITRD;
	if (kernel > size && (kernel - size) % 512 == 0 && kernel - size <= 65 * 512)
		return KEXEC_IS_KERNEL;
	if (kernel && size >= boot && size < boot + ZERO_PAGE)
		return KEXEC_IS_BOOT_PARAMS;
	return KEXEC_UNKNOWN;
}

static void by_file_sizes(const struct kexec_image *kexec, struct kexec_recognised *ret)
{
	for (unsigned int i = 0; kexec->value[KEXEC_FILE_MODE] && i < kexec->nr_segments; i++) {
		if (!ret->what[i])
			ret->what[i] = by_file_size(kexec, kexec->segments[i].buffer_size);
	}
}

/* By what struct kimage says. */
static void by_image(const struct kexec_image *kexec, struct kexec_recognised *ret)
{
	int start = kexec->has[KEXEC_START] ? kexec_image_segment(kexec, kexec->value[KEXEC_START])
					    : -1;
	uint64_t index = kexec->value[KEXEC_ELFCOREHDR_INDEX];

	if (start >= 0)
		ret->what[start] = KEXEC_IS_PURGATORY;
	if (kexec->elf_headers_segment < kexec->nr_segments)
		ret->what[kexec->elf_headers_segment] = KEXEC_IS_ELFCOREHDR;
	else if (kexec->is_crash && kexec->has[KEXEC_ELFCOREHDR_INDEX] &&
		 index < kexec->nr_segments && (kexec->value[KEXEC_HOTPLUG_SUPPORT] & 1))
		ret->what[index] = KEXEC_IS_ELFCOREHDR;
	for (unsigned int i = 0; i < kexec->nr_segments; i++) {
		if (kexec->value[KEXEC_DM_CRYPT_KEYS] &&
		    kexec->segments[i].address == kexec->value[KEXEC_DM_CRYPT_KEYS])
			ret->what[i] = KEXEC_IS_DM_CRYPT_KEYS;
		if (kexec->value[KEXEC_KHO_SCRATCH] &&
		    kexec->segments[i].at == kexec->value[KEXEC_KHO_SCRATCH])
			ret->what[i] = KEXEC_IS_KHO_SCRATCH;
	}
}

static bool is_archive(const uint8_t *start)
{
	static const struct {
		const char *magic;
		size_t size;
	} magics[] = {
		{ "070701", 6 },
		{ "070702", 6 },
		{ "\x1f\x8b", 2 },
		{ "\xfd"
		  "7zXZ",
		  5 },
		{ "\x28\xb5\x2f\xfd", 4 },
		{ "\x02\x21\x4c\x18", 4 },
		{ "\x04\x22\x4d\x18", 4 },
		{ "BZh", 3 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
		if (!memcmp(start, magics[i].magic, magics[i].size))
			return true;
	}
	return false;
}

static enum kexec_what by_start(const uint8_t *start, bool is_crash)
{
	if (!memcmp(start,
		    "\x7f"
		    "ELF",
		    4) &&
	    load_number(start + 16, 2, false) == 4 && is_crash)
		return KEXEC_IS_ELFCOREHDR;
	return is_archive(start) ? KEXEC_IS_INITRD : KEXEC_UNKNOWN;
}

static struct error *by_content(const struct kexec_image *kexec, const struct memory *content,
				struct kexec_recognised *ret)
{
	for (unsigned int i = 0; i < kexec->nr_segments; i++) {
		const struct kexec_segment *segment = &kexec->segments[i];
		uint8_t start[32];
		struct error *err;

		TRY(interrupt_check());
		if (ret->what[i] || segment->memory_size < ZERO_PAGE)
			continue;
		err = memory_read(content, segment->address, start, sizeof(start));
		if (!err)
			ret->what[i] = by_start(start, kexec->is_crash);
		if (!err && !ret->what[i] && ret->boot_params_segment < 0) {
			err = boot_params_decode(content, segment->address, &ret->boot_params);
			if (!err) {
				ret->what[i] = KEXEC_IS_BOOT_PARAMS;
				ret->boot_params_segment = (int)i;
			}
		}
		if (err && err->code == ERROR_INTERRUPTED)
			return err;
		error_free(err);
	}
	return NULL;
}

/* boot_params says where the initrd is, and how much memory the kernel takes. */
static void by_boot_params(const struct kexec_image *kexec, struct kexec_recognised *ret)
{
	const struct boot_params *boot = &ret->boot_params;

	for (unsigned int i = 0; i < kexec->nr_segments; i++) {
		const struct kexec_segment *segment = &kexec->segments[i];

		/* A kernel that was loaded without purgatory is entered itself. */
		if (ret->what[i] && ret->what[i] != KEXEC_IS_PURGATORY)
			continue;
		if (boot->initrd_size && segment->address == boot->initrd)
			ret->what[i] = KEXEC_IS_INITRD;
		else if (boot->setup_data && segment->address == boot->setup_data)
			ret->what[i] = KEXEC_IS_SETUP_DATA;
		else if (boot->init_size &&
			 segment->memory_size >> 12 == (boot->init_size + 4095) >> 12)
			ret->what[i] = KEXEC_IS_KERNEL;
	}
}

struct backup {
	const struct kexec_image *kexec;
	struct kexec_recognised *ret;
};

/* Memory that the headers say is to be found elsewhere: the backup of what the kernel overwrites.
 */
static struct error *take_backup(void *context, const struct elfcorehdr_header *header,
				 unsigned int index, unsigned int count)
{
	struct backup *backup = context;

	for (unsigned int i = 0; i < backup->kexec->nr_segments; i++) {
		if (header->type == PT_LOAD && header->offset != header->phys &&
		    !backup->ret->what[i] && backup->kexec->segments[i].address == header->offset)
			backup->ret->what[i] = KEXEC_IS_BACKUP;
	}
	return NULL;
}

static struct error *by_elfcorehdr(const struct kexec_image *kexec, const struct memory *content,
				   struct kexec_recognised *ret)
{
	struct backup backup = { kexec, ret };

	for (unsigned int i = 0; i < kexec->nr_segments; i++) {
		struct error *err;

		if (ret->what[i] != KEXEC_IS_ELFCOREHDR)
			continue;
		err = elfcorehdr_decode(content, kexec->segments[i].address,
					kexec->segments[i].memory_size, take_backup, &backup);
		if (err && err->code == ERROR_INTERRUPTED)
			return err;
		error_free(err);
	}
	return NULL;
}

struct error *kexec_recognise(const struct kexec_image *kexec, const struct memory *content,
			      struct kexec_recognised *ret)
{
	*ret = (struct kexec_recognised){ .boot_params_segment = -1 };
	by_image(kexec, ret);
	TRY(by_content(kexec, content, ret));
	if (ret->boot_params_segment >= 0)
		by_boot_params(kexec, ret);
	by_file_sizes(kexec, ret); /* last: contents, where they are known, know better */
	return by_elfcorehdr(kexec, content, ret);
}

const char *kexec_what_name(enum kexec_what what)
{
	static const char *const names[] = {
		[KEXEC_IS_ELFCOREHDR] = "elfcorehdr",	[KEXEC_IS_PURGATORY] = "purgatory",
		[KEXEC_IS_BOOT_PARAMS] = "boot_params", [KEXEC_IS_KERNEL] = "kernel",
		[KEXEC_IS_INITRD] = "initrd",		[KEXEC_IS_BACKUP] = "backup",
		[KEXEC_IS_KHO_SCRATCH] = "kho_scratch", [KEXEC_IS_DM_CRYPT_KEYS] = "dm_crypt_keys",
		[KEXEC_IS_SETUP_DATA] = "setup_data",
	};

	return what < ARRAY_SIZE(names) ? names[what] : NULL;
}
