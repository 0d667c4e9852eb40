// SPDX-License-Identifier: GPL-2.0-or-later
/* What takes memory in a capture kernel. */
#include "kexec/estimate.h"

#include "kexec/command_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIB (1ULL << 10)
#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

#define PAGE_BYTES 4096ULL

/* vmemmap: a struct page is 64 bytes, sections of 128 MiB have theirs as a whole. */
#define SECTION_BYTES	  (128 * MIB)
#define SECTION_MAP_BYTES (SECTION_BYTES / PAGE_BYTES * 64)

/* crashkernel= is rounded by people; the kernel aligns to 16 MiB at most (CRASH_ALIGN). */
#define SIZE_STEP (16 * MIB)

/*
 * Allowances, where there is nothing to measure before the capture kernel runs. To compare:
 * Debian's 6.1 for the cloud, with one CPU and 160 MiB, has 23 MiB in use when process 1 begins, 15
 * of them slab, 3 the unpacked initramfs.
 */
#define KERNEL_OWN_BYTES (22 * MIB) /* slab, stacks, log, hash tables, drivers' buffers */
#define USER_BYTES	 (12 * MIB) /* a shell and the program that saves */
#define PAGE_CACHE_BYTES (8 * MIB)  /* of the dump being written */
#define PER_CPU_BYTES	 (256 * KIB)
#define EXTRA_CPU_BYTES	 (1 * MIB) /* stacks, per-CPU lists of pages and objects */
/* IO_TLB_DEFAULT_SIZE, and what the kernel itself puts on top by default. */
#define SWIOTLB_BYTES	(64 * MIB)
#define LOW_SPARE_BYTES (8 * MIB)
/* Two bitmaps with a bit a page, for the pages that are there and those that are saved. */
#define BITMAP_BYTES(ram) ((ram) / PAGE_BYTES / 8 * 2)

#define MAX_CPUS 8192

static void add(struct estimate *e, const char *name, uint64_t bytes, bool measured,
		const char *fmt, ...) printf_like(5, 6);

static void add(struct estimate *e, const char *name, uint64_t bytes, bool measured,
		const char *fmt, ...)
{
	struct estimate_part *part = &e->parts[e->nr_parts++];
	va_list ap;

	*part = (struct estimate_part){ .name = name, .bytes = bytes, .measured = measured };
	va_start(ap, fmt);
	vsnprintf(part->how, sizeof(part->how), fmt, ap);
	va_end(ap);
	e->total += bytes;
}

/* "Percpu:" of /proc/meminfo, for one of the CPUs that are possible; 0: not known. */
static uint64_t per_cpu_bytes(const struct machine *machine)
{
	char *text, *line;
	uint64_t kib = 0;
	size_t size;

	if (!machine->nr_cpus || !machine->host ||
	    error_dropped(host_read(machine->host, "/proc/meminfo", 64 * KIB, &text, &size)))
		return 0;
	line = strstr(text, "\nPercpu:");
	if (line)
		kib = strtoull(line + strlen("\nPercpu:"), NULL, 10);
	free(text);
	return kib > GIB / KIB ? 0 : kib * KIB / machine->nr_cpus;
}

/* CPUs that the capture kernel starts. */
static uint64_t capture_cpus(const struct machine *machine, const char *command_line)
{
	static const char *const names[] = { "nr_cpus", "maxcpus" };
	char value[16];

	if (!command_line)
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		uint64_t n;

		if (!command_line_value(command_line, names[i], value, sizeof(value)))
			continue;
		n = strtoull(value, NULL, 10);
		return n > MAX_CPUS ? MAX_CPUS : n ? n : 1;
	}
	return machine->nr_cpus ? machine->nr_cpus : 1;
}

static void add_kernel(struct estimate *e, const struct kernel_image *image)
{
	add(e, "kernel", image->memory_size, true,
	    "the image wants so much to unpack itself into and to run in; its file has %llu MiB",
	    (unsigned long long)((image->size + MIB - 1) / MIB));
}

static struct error *add_initrd(struct estimate *e, const uint8_t *data, size_t size)
{
	struct initrd_size initrd;

	TRY(initrd_measure(data, size, &initrd));
	add(e, "initramfs", initrd.packed, true, "the file, which is freed once it is unpacked");
	add(e, "initramfs_unpacked", initrd.unpacked, true, "%llu files, in whole pages (%s)",
	    (unsigned long long)initrd.files, initrd.compression);
	e->cryptsetup = initrd.has_cryptsetup;
	return NULL;
}

static void add_cpus(struct estimate *e, const struct machine *machine, const char *command_line)
{
	uint64_t cpus = capture_cpus(machine, command_line), each = per_cpu_bytes(machine);
	bool measured = each != 0;

	/* Percpu of a running machine counts what was added since boot, for every CPU. */
	if (!each)
		each = PER_CPU_BYTES;
	add(e, "per_cpu", cpus * each + (cpus - 1) * EXTRA_CPU_BYTES, measured,
	    "%llu CPU%s, %llu KiB each%s", (unsigned long long)cpus, cpus == 1 ? "" : "s",
	    (unsigned long long)(each / KIB), measured ? " in the running kernel" : "");
}

/* The map of pages grows with the region, which has to hold it. */
static void add_page_map(struct estimate *e)
{
	uint64_t sections = 2, before = 0;

	/* A region that is not aligned touches one more; low memory is in one of its own. */
	while (sections != before) {
		before = sections;
		sections = (e->total + sections * SECTION_MAP_BYTES) / SECTION_BYTES + 2;
	}
	add(e, "page_map", sections * SECTION_MAP_BYTES, true,
	    "struct page of %llu sections of 128 MiB", (unsigned long long)sections);
}

static uint64_t round_up(uint64_t bytes, uint64_t step)
{
	return (bytes + step - 1) / step * step;
}

struct error *estimate_make(const struct machine *machine, const struct kernel_image *image,
			    const uint8_t *initrd, size_t initrd_size, const char *command_line,
			    struct estimate *ret)
{
	struct estimate e = { 0 };
	uint64_t ram = machine->memory_bytes;

	add_kernel(&e, image);
	if (initrd)
		TRY(add_initrd(&e, initrd, initrd_size));
	add_cpus(&e, machine, command_line);
	/* A page of tables maps 1 GiB when the old kernel enters purgatory. */
	add(&e, "page_tables", MIB + ram / GIB * PAGE_BYTES, false,
	    "the capture kernel's own, and a page for each GiB of RAM to get there");
	add(&e, "elfcorehdr", 256 * KIB, false, "the dump's headers, command line, purgatory");
	add(&e, "kernel_own", KERNEL_OWN_BYTES, false,
	    "slab, stacks, log, hash tables and the drivers' buffers");
	add(&e, "user", USER_BYTES, false, "a shell and the program that saves the dump");
	add(&e, "bitmaps", BITMAP_BYTES(ram), true, "two bits for each page of %llu MiB of RAM",
	    (unsigned long long)(ram / MIB));
	add(&e, "page_cache", PAGE_CACHE_BYTES, false, "of the dump while it is written");
	add_page_map(&e);
	e.size = round_up(e.total, SIZE_STEP);
	e.low = SWIOTLB_BYTES + LOW_SPARE_BYTES;
	*ret = e;
	return NULL;
}
