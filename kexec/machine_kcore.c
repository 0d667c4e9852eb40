// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Virtual memory of the running kernel: the direct map and the kernel's image, from the program
 * headers of /proc/kcore (fs/proc/kcore.c of Linux), and from /proc/kallsyms where that is closed.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "kexec/machine_parts.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#define MAX_HEADERS 65534
#define SYMBOLS_CAP 4096
#define CPUINFO_CAP 65536
/* __START_KERNEL_map of x86-64, and where modules begin at the latest. */
#define X86_KERNEL_MAP	    0xffffffff80000000
#define X86_KERNEL_MAP_SIZE 0x40000000

struct kcore_segment {
	uint64_t virt, phys, size;
};

static struct error *bad_kcore(const char *expected)
{
	return error_create(ERROR_BAD_DATA, "/proc/kcore: expected %s", expected);
}

/* The size of ELF header and program headers in *@ret: no byte behind them is ever read. */
static struct error *kcore_head_size(struct host *host, size_t *ret)
{
	auto_free char *data = NULL;
	uint64_t offset;
	uint16_t size, count;
	struct bytes b;
	size_t len;

	TRY(host_read_head(host, "/proc/kcore", sizeof(Elf64_Ehdr), &data, &len));
	b = bytes_of(data, len, false);
	if (len < SELFMAG || memcmp(data, ELFMAG, SELFMAG))
		return bad_kcore("an ELF file");
	if (len < sizeof(Elf64_Ehdr) || data[EI_CLASS] != ELFCLASS64 ||
	    data[EI_DATA] != ELFDATA2LSB)
		return bad_kcore("a 64-bit little-endian ELF file");
	bytes_seek(&b, offsetof(Elf64_Ehdr, e_phoff));
	offset = bytes_u64(&b);
	bytes_seek(&b, offsetof(Elf64_Ehdr, e_phentsize));
	size = bytes_u16(&b);
	count = bytes_u16(&b);
	if (offset != sizeof(Elf64_Ehdr) || size != sizeof(Elf64_Phdr) || count > MAX_HEADERS)
		return bad_kcore("program headers behind the ELF header");
	*ret = offset + (size_t)size * count;
	return NULL;
}

/* The PT_LOADs of which a physical address is known. */
static struct error *read_kcore(struct host *host, struct kcore_segment **ret, size_t *count)
{
	auto_free char *data = NULL;
	struct kcore_segment *segments;
	size_t head, len, found = 0;
	struct bytes b;

	TRY(kcore_head_size(host, &head));
	TRY(host_read_head(host, "/proc/kcore", head, &data, &len));
	if (len < head)
		return bad_kcore("as many program headers as it says");
	segments = calloc(head / sizeof(Elf64_Phdr) + 1, sizeof(*segments));
	if (!segments)
		return error_nomem();
	b = bytes_of(data, len, false);
	bytes_seek(&b, sizeof(Elf64_Ehdr));
	while (bytes_left(&b)) {
		struct kcore_segment segment;
		uint32_t type = bytes_u32(&b);

		bytes_skip(&b, 4 + 8); /* flags, offset */
		segment.virt = bytes_u64(&b);
		segment.phys = bytes_u64(&b);
		bytes_skip(&b, 8); /* size in the file */
		segment.size = bytes_u64(&b);
		bytes_skip(&b, 8); /* alignment */
		if (type == PT_LOAD && segment.phys != UINT64_MAX && segment.size &&
		    segment.size - 1 <= UINT64_MAX - segment.virt &&
		    segment.size - 1 <= UINT64_MAX - segment.phys)
			segments[found++] = segment;
	}
	*ret = segments;
	*count = found;
	return NULL;
}

static void set_text(struct machine *machine, uint64_t virt, uint64_t phys, uint64_t size)
{
	machine->has_text = true;
	machine->text_virt = virt;
	machine->text_phys = phys;
	machine->text_size = size;
}

/* The kernel's image is registered as a segment of its own (KCORE_TEXT), _text … _end. */
static struct error *find_text(struct machine *machine, const struct kcore_segment *segments,
			       size_t count)
{
	const struct iomem_entry *code = iomem_find(&machine->iomem, "Kernel code");

	for (size_t i = 0; i < count; i++) {
		const struct kcore_segment *s = &segments[i];

		if (s->virt < X86_KERNEL_MAP || s->virt - X86_KERNEL_MAP >= X86_KERNEL_MAP_SIZE ||
		    s->size > X86_KERNEL_MAP_SIZE)
			continue;
		if (code && !machine->iomem.all_zero && code->start != s->phys)
			return error_create(ERROR_BAD_DATA,
					    "the kernel's code is at 0x%llx by /proc/iomem, at "
					    "0x%llx by /proc/kcore",
					    (unsigned long long)code->start,
					    (unsigned long long)s->phys);
		set_text(machine, s->virt, s->phys, s->size);
		return NULL;
	}
	return error_create(ERROR_NOT_FOUND, "/proc/kcore: no segment for the kernel's image");
}

/* All segments of RAM are in the direct map, so they agree. */
static struct error *find_page_offset(struct machine *machine, const struct kcore_segment *segments,
				      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct kcore_segment *s = &segments[i];
		uint64_t offset = s->virt - s->phys;

		if (s->virt >= X86_KERNEL_MAP || s->virt < s->phys ||
		    !ranges_find(&machine->ram, s->phys))
			continue;
		if (machine->has_page_offset && machine->page_offset != offset) {
			machine->has_page_offset = false;
			return error_create(ERROR_BAD_DATA,
					    "/proc/kcore: segments of RAM with differing offsets, "
					    "0x%llx and 0x%llx",
					    (unsigned long long)machine->page_offset,
					    (unsigned long long)offset);
		}
		machine->has_page_offset = true;
		machine->page_offset = offset;
	}
	if (!machine->has_page_offset)
		return error_create(ERROR_NOT_FOUND, "/proc/kcore: no segment of RAM");
	return NULL;
}

/* "ADDRESS TYPE NAME" */
static enum host_line wanted_symbol(const char *line)
{
	const char *name = strchr(line, ' ');

	if (!name || !(name = strchr(name + 1, ' ')) || *++name != '_')
		return HOST_LINE_DROP;
	if (!strcmp(name, "_end")) /* behind all the others, as the symbols are sorted */
		return HOST_LINE_LAST;
	return !strcmp(name, "_text") || !strcmp(name, "_stext") || !strcmp(name, "_etext")
		       ? HOST_LINE_KEEP
		       : HOST_LINE_DROP;
}

/* The address of @name in the lines of @symbols; 0: it is not there, or hidden. */
static uint64_t symbol_address(const char *symbols, const char *name)
{
	const char *line = symbols;

	while (*line) {
		size_t len = strcspn(line, "\n");
		unsigned long long address;
		char found[8];

		if (sscanf(line, "%llx %*c %7s", &address, found) == 2 && !strcmp(found, name))
			return address;
		line += len + !!line[len];
	}
	return 0;
}

/* Where /proc/kcore does not tell: the symbols' addresses, and where /proc/iomem has the code. */
static struct error *text_of_symbols(struct machine *machine)
{
	const struct iomem_entry *code = iomem_find(&machine->iomem, "Kernel code");
	const struct iomem_entry *bss = iomem_find(&machine->iomem, "Kernel bss");
	auto_free char *symbols = NULL;
	uint64_t start, end;
	size_t size;

	TRY(host_read_lines(machine->host, "/proc/kallsyms", wanted_symbol, SYMBOLS_CAP, &symbols,
			    &size));
	start = symbol_address(symbols, "_text");
	if (!start)
		start = symbol_address(symbols, "_stext");
	if (!start)
		return error_create(ERROR_ABSENT, "/proc/kallsyms: no address of _text "
						  "(kernel.kptr_restrict hides it)");
	if (!code || !bss || machine->iomem.all_zero)
		return error_create(ERROR_ABSENT, "/proc/iomem does not tell where the code is");
	end = symbol_address(symbols, "_end");
	/* There are no symbols of data without CONFIG_KALLSYMS_ALL. What lies behind the BSS is
	 * early page tables (brk). */
	if (end <= start)
		end = start + (bss->end - code->start) + 1;
	set_text(machine, start, code->start, end - start);
	return NULL;
}

static enum host_line wanted_flags(const char *line)
{
	return !strncmp(line, "flags", 5) ? HOST_LINE_LAST : HOST_LINE_DROP;
}

/* The kernel clears the flag when it does not use 5 levels, though the CPU could. */
static struct error *la57_of_flags(struct machine *machine)
{
	auto_free char *flags = NULL;
	char *word, *save = NULL;
	size_t size;

	TRY(host_read_lines(machine->host, "/proc/cpuinfo", wanted_flags, CPUINFO_CAP, &flags,
			    &size));
	if (!size)
		return error_create(ERROR_NOT_FOUND, "/proc/cpuinfo: no \"flags\"");
	for (word = strtok_r(flags, " \t\n", &save); word; word = strtok_r(NULL, " \t\n", &save))
		machine->la57 |= !strcmp(word, "la57");
	return NULL;
}

/* With 5 levels the kernel's half of the address space begins at 0xff00000000000000. */
static struct error *find_paging(struct machine *machine)
{
	if (machine->elf_machine != EM_X86_64)
		return NULL;
	if (!machine->has_page_offset)
		return la57_of_flags(machine);
	machine->la57 = machine->page_offset < 0xffff800000000000;
	return NULL;
}

struct error *machine_gather_kcore(struct machine *machine)
{
	auto_free struct kcore_segment *segments = NULL;
	struct error *err, *text = NULL, *offset = NULL;
	size_t count = 0;

	err = read_kcore(machine->host, &segments, &count);
	if (!err) {
		offset = find_page_offset(machine, segments, count);
		text = find_text(machine, segments, count);
	}
	TRY(machine_unknown(machine, "page_offset",
			    "the dump's headers lack virtual addresses: kexec_load cannot be used",
			    err ? err : offset));
	/* Two files that contradict each other are no reason to believe a third. */
	if (!machine->has_text && !(text && text->code == ERROR_BAD_DATA)) {
		error_free(text);
		text = text_of_symbols(machine);
	}
	TRY(machine_unknown(machine, "text",
			    "the dump's headers lack the kernel's image: kexec_load cannot be used",
			    text));
	return machine_unknown(machine, "paging",
			       "a kernel that cannot be entered with 5-level page tables might be "
			       "loaded",
			       find_paging(machine));
}
