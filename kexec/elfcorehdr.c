// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing elfcorehdr: notes first, then what is to be read as memory. */
#include "kexec/elfcorehdr.h"

#include "base/alloc.h"

#include <elf.h>
#include <string.h>

#define LOW_END 0x100000 /* the first MiB */
/* e_phnum, less what stands for "too many". */
#define MAX_ENTRIES (PN_XNUM - 1)

struct builder {
	struct elfcorehdr header;
	size_t room;
};

static struct error *add(struct builder *b, const struct elfcorehdr_entry *entry)
{
	if (b->header.count == MAX_ENTRIES)
		return error_create(ERROR_UNSUPPORTED,
				    "more than %d CPUs and memory ranges do not fit elfcorehdr",
				    MAX_ENTRIES);
	TRY(alloc_grow(&b->header.entries, &b->room, b->header.count + 1, sizeof(*entry)));
	b->header.entries[b->header.count++] = *entry;
	return NULL;
}

/* What is missing, with what the machine says of it. */
static struct error *missing(const struct machine *machine, const char *problem, const char *what,
			     const char *source)
{
	const struct error *why = machine_problem(machine, problem);

	return error_create(ERROR_NOT_FOUND, "%s not known: %s%s%s", what,
			    why ? why->message : source, why ? "" : " does not tell",
			    machine->privileged ? "" : "; try it as root");
}

static struct error *add_notes(struct builder *b, const struct machine *machine)
{
	size_t before = b->header.count;

	for (size_t i = 0; i < machine->nr_cpus; i++) {
		const struct machine_cpu *cpu = &machine->cpus[i];
		struct elfcorehdr_entry entry = { .type = PT_NOTE,
						  .what = "cpu notes",
						  .cpu = (int)cpu->id,
						  .offset = cpu->notes,
						  .phys = cpu->notes,
						  .size = cpu->notes_size };

		if (cpu->notes && cpu->notes_size)
			TRY(add(b, &entry));
	}
	if (b->header.count == before)
		return missing(machine, "crash_notes", "where the CPUs' registers will be saved is",
			       "/sys/devices/system/cpu/cpu*/crash_notes");
	if (!machine->vmcoreinfo || !machine->vmcoreinfo_size)
		return missing(machine, "vmcoreinfo", "where vmcoreinfo is",
			       "/sys/kernel/vmcoreinfo");
	return add(b, &(struct elfcorehdr_entry){ .type = PT_NOTE,
						  .what = "vmcoreinfo",
						  .cpu = -1,
						  .offset = machine->vmcoreinfo,
						  .phys = machine->vmcoreinfo,
						  .size = machine->vmcoreinfo_size });
}

static struct error *add_load(struct builder *b, const char *what, uint64_t virt, uint64_t phys,
			      uint64_t size, uint64_t offset)
{
	return add(b, &(struct elfcorehdr_entry){ .type = PT_LOAD,
						  .what = what,
						  .cpu = -1,
						  .offset = offset,
						  .virt = virt,
						  .phys = phys,
						  .size = size });
}

/* The RAM to dump, ascending. */
static struct error *collect_ram(const struct machine *machine, const struct elfcorehdr_low *low,
				 struct ranges *ram)
{
	TRY(ranges_copy(&machine->ram, ram));
	for (size_t i = 0; i < machine->crash.count; i++)
		TRY(ranges_remove(ram, machine->crash.list[i].start, machine->crash.list[i].end));
	if (low->reserved)
		TRY(ranges_remove(ram, 0, LOW_END - 1));
	if (!ram->count)
		return error_create(ERROR_NOT_FOUND, "/proc/iomem has no System RAM beside the "
						     "crash regions: nothing to dump");
	return NULL;
}

/* One range of RAM; the part of it that was backed up is to be read from there. */
static struct error *add_range(struct builder *b, const struct machine *machine,
			       const struct elfcorehdr_low *low, uint64_t start, uint64_t end)
{
	uint64_t base = machine->page_offset, low_end = low->backup_source + low->backup_size;

	if (low->backup_size && start < low_end && end >= low->backup_source) {
		uint64_t cut = min(end, low_end - 1);

		if (start < low->backup_source)
			return error_at(ERROR_BAD_DATA, start,
					"RAM at 0x%llx begins below the backup at 0x%llx",
					(unsigned long long)start,
					(unsigned long long)low->backup_source);
		TRY(add_load(b, "RAM, backed up", base + start, start, cut - start + 1,
			     low->backup_target + (start - low->backup_source)));
		if (cut == end)
			return NULL;
		start = cut + 1;
	}
	return add_load(b, "RAM", base + start, start, end - start + 1, start);
}

static struct error *add_loads(struct builder *b, const struct machine *machine,
			       const struct elfcorehdr_low *low)
{
	struct ranges ram = { 0 };
	struct error *err;

	if (!machine->has_page_offset)
		return missing(machine, "page_offset", "the direct map's virtual address is",
			       "/proc/kcore");
	/* Tools of old want it; all that it holds is in the RAM below, too. */
	if (machine->has_text)
		TRY(add_load(b, "kernel text", machine->text_virt, machine->text_phys,
			     machine->text_size, machine->text_phys));
	err = collect_ram(machine, low, &ram);
	for (size_t i = 0; i < ram.count && !err; i++)
		err = add_range(b, machine, low, ram.list[i].start, ram.list[i].end);
	ranges_deinit(&ram);
	return err;
}

static void write_phdr(const struct elfcorehdr_entry *entry, uint8_t *to)
{
	Elf64_Phdr phdr = {
		.p_type = entry->type,
		.p_flags = entry->type == PT_LOAD ? PF_R | PF_W | PF_X : 0,
		.p_offset = entry->offset,
		/* Notes have no virtual address of use. */
		.p_vaddr = entry->virt,
		.p_paddr = entry->phys,
		.p_filesz = entry->size,
		.p_memsz = entry->size,
	};

	memcpy(to, &phdr, sizeof(phdr));
}

/* The host is little-endian, as every machine that is loaded here. */
static struct error *write_header(struct elfcorehdr *header)
{
	Elf64_Ehdr ehdr = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(ehdr),
		.e_ehsize = sizeof(ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (Elf64_Half)header->count,
	};

	header->size = sizeof(ehdr) + header->count * sizeof(Elf64_Phdr);
	TRY(alloc_array(header->size, 1, header->size, "elfcorehdr", &header->data));
	memcpy(header->data, &ehdr, sizeof(ehdr));
	for (size_t i = 0; i < header->count; i++)
		write_phdr(&header->entries[i],
			   header->data + sizeof(ehdr) + i * sizeof(Elf64_Phdr));
	return NULL;
}

struct error *elfcorehdr_make(const struct machine *machine, const struct elfcorehdr_low *low,
			      struct elfcorehdr *ret)
{
	struct builder b = { 0 };
	struct error *err = add_notes(&b, machine);

	if (!err)
		err = add_loads(&b, machine, low);
	if (!err)
		err = write_header(&b.header);
	if (err)
		elfcorehdr_deinit(&b.header);
	else
		*ret = b.header;
	return err;
}

void elfcorehdr_deinit(struct elfcorehdr *header)
{
	free(header->data);
	free(header->entries);
	*header = (struct elfcorehdr){ 0 };
}
