// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A vmlinux: the kernel as ELF, not compressed. Entered at its 64-bit entry with boot_params of our
 * own making, as its decompressor would do. x86_64's entry code finds out by itself how far it lies
 * from where it was linked (arch/x86/kernel/head64.c, __startup_64), as long as the distance is a
 * multiple of 2 MiB: all segments are moved together.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "kexec/boot_params.h"
#include "kexec/size_text.h"

#include <elf.h>

#define ALIGNMENT    0x200000
#define LOWEST	     0x100000
#define MAX_SEGMENTS 64
/* What is believed of a kernel's size in memory: its text mapping has no more. */
#define MEMORY_CAP (1ull << 30)
/* COMMAND_LINE_SIZE of x86; the kernel's own limit, which an ELF file does not tell. */
#define COMMAND_LINE_MAX 2047

struct load {
	uint64_t offset, phys, file_size, memory_size;
};

struct layout {
	uint64_t entry, lowest, end; /* physical, as linked */
	struct load loads[MAX_SEGMENTS];
	size_t count;
};

static bool probe(const uint8_t *data, size_t size)
{
	return size >= sizeof(Elf64_Ehdr) && !memcmp(data, ELFMAG, SELFMAG) &&
	       data[EI_CLASS] == ELFCLASS64 && data[EI_DATA] == ELFDATA2LSB &&
	       load_number(data + 16, 2, false) == ET_EXEC &&
	       load_number(data + 18, 2, false) == EM_X86_64;
}

static struct error *check_load(const struct kernel_image *image, const struct load *load,
				size_t at)
{
	if (load->file_size > load->memory_size)
		return error_at(ERROR_BAD_DATA, at,
				"the program header at 0x%zx has p_filesz 0x%llx, more than its "
				"p_memsz 0x%llx",
				at, (unsigned long long)load->file_size,
				(unsigned long long)load->memory_size);
	if (load->offset > image->size || load->file_size > image->size - load->offset)
		return error_at(ERROR_BAD_DATA, at,
				"the program header at 0x%zx claims bytes 0x%llx-0x%llx of a file "
				"of 0x%zx: truncated?",
				at, (unsigned long long)load->offset,
				(unsigned long long)(load->offset + load->file_size), image->size);
	if (load->memory_size > MEMORY_CAP || load->phys > UINT64_MAX - load->memory_size)
		return error_at(ERROR_BAD_DATA, at,
				"the program header at 0x%zx wants %s at 0x%llx", at,
				SIZE_OF(load->memory_size), (unsigned long long)load->phys);
	return NULL;
}

static struct error *add_load(const struct kernel_image *image, struct bytes *b, struct layout *ret)
{
	size_t at = b->at;
	uint32_t type = bytes_u32(b);
	struct load load;

	bytes_skip(b, 4);
	load.offset = bytes_u64(b);
	bytes_skip(b, 8);
	load.phys = bytes_u64(b);
	load.file_size = bytes_u64(b);
	load.memory_size = bytes_u64(b);
	bytes_skip(b, 8);
	if (b->failed)
		return error_at(ERROR_BAD_DATA, at,
				"the program header at 0x%zx is beyond the file's end", at);
	if (type != PT_LOAD || !load.memory_size)
		return NULL;
	TRY(check_load(image, &load, at));
	if (ret->count == MAX_SEGMENTS)
		return error_create(ERROR_BAD_DATA, "more than %d PT_LOADs: no kernel",
				    MAX_SEGMENTS);
	ret->lowest = ret->count ? min(ret->lowest, load.phys) : load.phys;
	ret->end = max(ret->end, load.phys + load.memory_size);
	ret->loads[ret->count++] = load;
	return NULL;
}

static struct error *read_layout(const struct kernel_image *image, struct layout *ret)
{
	struct bytes b = bytes_of(image->data, image->size, false);
	struct layout layout = { 0 };
	uint64_t table;
	uint16_t entry_size, count;

	bytes_seek(&b, 24);
	layout.entry = bytes_u64(&b);
	table = bytes_u64(&b);
	bytes_skip(&b, 14);
	entry_size = bytes_u16(&b);
	count = bytes_u16(&b);
	if (entry_size != sizeof(Elf64_Phdr))
		return error_at(ERROR_BAD_DATA, 54, "e_phentsize at 0x36 is %u, expected %zu",
				entry_size, sizeof(Elf64_Phdr));
	for (unsigned int i = 0; i < count; i++) {
		/* No overflow: a seek that cannot be fails. */
		bytes_seek(&b, min(table, (uint64_t)image->size) + i * sizeof(Elf64_Phdr));
		TRY(add_load(image, &b, &layout));
	}
	if (!layout.count)
		return error_create(ERROR_BAD_DATA,
				    "no PT_LOAD: a file of debug information alone?");
	if (layout.end - layout.lowest > MEMORY_CAP)
		return error_create(ERROR_BAD_DATA, "its segments span %s: no kernel",
				    SIZE_OF(layout.end - layout.lowest));
	if (layout.entry < layout.lowest || layout.entry >= layout.end)
		return error_at(ERROR_BAD_DATA, 24,
				"e_entry at 0x18 is 0x%llx, outside its segments' physical "
				"addresses 0x%llx-0x%llx: no kernel of x86_64",
				(unsigned long long)layout.entry, (unsigned long long)layout.lowest,
				(unsigned long long)layout.end - 1);
	*ret = layout;
	return NULL;
}

static const uint8_t *find(const struct kernel_image *image, const char *text)
{
	return memmem(image->data, image->size, text, strlen(text));
}

/* The banner's third word: "Linux version 6.1.0-50-amd64 (…". */
static void read_release(struct kernel_image *image)
{
	static const char banner[] = "Linux version ";
	const uint8_t *at = image->data, *end = image->data + image->size;

	while ((at = memmem(at, (size_t)(end - at), banner, strlen(banner)))) {
		size_t len = 0;

		at += strlen(banner);
		while (at + len < end && len < sizeof(image->release) - 1 && at[len] > ' ' &&
		       at[len] < 0x7f && at[len] != '%')
			len++;
		/* There are others: format strings. */
		if (len && at[0] >= '0' && at[0] <= '9') {
			memcpy(image->release, at, len);
			image->release[len] = 0;
			return;
		}
	}
}

static struct error *open_vmlinux(struct kernel_image *image)
{
	struct layout layout;

	TRY(read_layout(image, &layout));
	if (layout.lowest % ALIGNMENT)
		return error_create(ERROR_UNSUPPORTED,
				    "its first segment belongs to 0x%llx, expected a multiple of "
				    "2 MiB: no kernel of x86_64",
				    (unsigned long long)layout.lowest);
	read_release(image);
	image->elf_machine = EM_X86_64;
	image->memory_size = layout.end - layout.lowest;
	image->alignment = ALIGNMENT;
	image->preferred = layout.lowest;
	image->lowest = LOWEST;
	image->relocatable = true;
	image->above_4g = true;
	image->efi_kexec = true;
	/*
	 * A kernel without CONFIG_X86_5LEVEL cannot run on such tables, and nothing in the ELF
	 * headers tells. One that can has this symbol, if it was not stripped.
	 */
	image->takes_5level = find(image, "pgtable_l5_enabled");
	image->command_line_max = COMMAND_LINE_MAX;
	return NULL;
}

static struct error *place(const struct kernel_image *image, struct plan *plan)
{
	struct layout layout;
	struct plan_place place = {
		.name = "kernel",
		.alignment = image->alignment,
		.memory_size = image->memory_size,
		.lowest = image->lowest,
		.highest = UINT64_MAX,
		.from_bottom = !plan->options.crash,
		.in_digest = true,
	};
	size_t index;

	TRY(read_layout(image, &layout));
	TRY(alloc_array(image->memory_size, 1, MEMORY_CAP, "the kernel", &place.data));
	for (size_t i = 0; i < layout.count; i++) {
		const struct load *load = &layout.loads[i];

		if (!load->file_size)
			continue;
		memcpy(place.data + (load->phys - layout.lowest), image->data + load->offset,
		       load->file_size);
		place.size = max(place.size, load->phys - layout.lowest + load->file_size);
	}
	TRY(plan_add(plan, &place, &index));
	plan->kernel_entry = plan->segments[index].address + (layout.entry - layout.lowest);
	return boot_params_add(plan, NULL, 0);
}

const struct kernel_image_ops vmlinux_image_ops = {
	.name = "vmlinux",
	.probe = probe,
	.open = open_vmlinux,
	.place = place,
};
