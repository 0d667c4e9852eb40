// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks: does it fit? */
#include "kexec/check.h"

#include "kexec/command_line.h"

#include <string.h>

#define PAGE_BYTES 4096ULL
#define MIB	   (1ULL << 20)

/* E820_MAX_ENTRIES_ZEROPAGE of the kernel's boot protocol. */
#define ZEROPAGE_ENTRIES 128

static unsigned long long mib(uint64_t bytes)
{
	return (bytes + MIB - 1) / MIB;
}

static uint64_t region_size(const struct machine *machine)
{
	return machine->crash_region.end - machine->crash_region.start + 1;
}

static void crash_region(const struct check_input *in, struct check_result *ret)
{
	const struct machine *machine = in->machine;
	char value[128];

	if (!in->crash) {
		check_say(ret, CHECK_SKIPPED, "of a crash kernel alone");
		return;
	}
	if (machine->has_crash_region) {
		check_say(ret, CHECK_OK, "0x%llx-0x%llx, %llu MiB",
			  (unsigned long long)machine->crash_region.start,
			  (unsigned long long)machine->crash_region.end, mib(region_size(machine)));
		return;
	}
	/* Hidden addresses hide the region too, not its size. */
	if (machine->crash_size) {
		check_say(ret, CHECK_WARNING, "%llu MiB, at an address that is hidden",
			  mib(machine->crash_size));
		check_advise(ret, "Run it as root");
	} else if (machine->command_line &&
		   command_line_value(machine->command_line, "crashkernel", value, sizeof(value))) {
		check_say(ret, CHECK_FAILED,
			  "crashkernel=%s was on the command line, but the kernel reserved nothing",
			  value);
		check_advise(ret, "Its log says why (dmesg | grep -i crash); ask for less, or for "
				  "memory above 4 GiB with crashkernel=SIZE,high");
	} else {
		check_say(ret, CHECK_FAILED, "no memory is reserved for a crash kernel");
		check_advise(ret, "Boot with crashkernel=SIZE on the command line; kx-crash "
				  "estimate tells how much");
	}
}
const struct check crash_region_check = { "crash_region", "is memory reserved for a crash kernel",
					  crash_region };

static void iomem(const struct check_input *in, struct check_result *ret)
{
	const struct error *why = machine_problem(in->machine, "iomem");

	if (why) {
		check_say(ret, in->call == CALL_KEXEC_LOAD ? CHECK_FAILED : CHECK_WARNING, "%s",
			  why->message);
		check_advise(ret, "Run it as root");
	} else if (in->machine->iomem.all_zero) {
		check_say(ret, in->call == CALL_KEXEC_LOAD ? CHECK_FAILED : CHECK_WARNING,
			  "/proc/iomem shows zeros instead of addresses");
		check_advise(ret, "Run it as root: the kernel hides them from others");
	} else {
		check_say(ret, CHECK_OK, "%zu ranges, %llu MiB of RAM", in->machine->iomem.count,
			  mib(in->machine->memory_bytes));
	}
}
const struct check iomem_check = { "iomem", "is the memory map readable", iomem };

static void segments(const struct check_input *in, struct check_result *ret)
{
	if (in->call != CALL_KEXEC_LOAD)
		check_say(ret, CHECK_SKIPPED, "kexec_file_load: the kernel places them");
	else if (in->plan)
		check_say(ret, CHECK_OK, "%zu, the limit is %d", in->plan->nr_segments,
			  PLAN_MAX_SEGMENTS);
	else if (in->plan_error)
		check_say(ret, CHECK_FAILED, "%s", in->plan_error->message);
	else
		check_say(ret, CHECK_SKIPPED, "there is no image or no command line");
	if (ret->state == CHECK_FAILED)
		check_advise(ret, "kx-crash simulate shows the whole plan and the memory map");
}
const struct check segments_check = { "segments", "can the segments be placed", segments };

/* What the segments take: of the plan, or (kexec_file_load) what the kernel will place at least. */
static uint64_t segments_size(const struct check_input *in)
{
	uint64_t alignment = max(in->image->alignment, (uint64_t)PAGE_BYTES), total = 0;

	if (in->call == CALL_KEXEC_LOAD && in->plan) {
		for (size_t i = 0; i < in->plan->nr_segments; i++)
			total += in->plan->segments[i].memory_size;
		return total;
	}
	total = (in->image->memory_size + alignment - 1) / alignment * alignment;
	return total + (in->initrd_size + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

static void segment_size(const struct check_input *in, struct check_result *ret)
{
	const struct machine *machine = in->machine;
	uint64_t total,
		ram = machine->memory_bytes - min(machine->crash_size, machine->memory_bytes);

	if (!in->image || (in->crash && !machine->has_crash_region)) {
		check_say(ret, CHECK_SKIPPED, "there is no image or no crash region");
		return;
	}
	total = segments_size(in);
	check_say(ret, CHECK_OK, "%llu MiB", mib(total));
	if (in->crash && total > region_size(machine)) {
		check_say(ret, CHECK_FAILED,
			  "kernel and initramfs take %llu MiB, the crash region has %llu",
			  mib(total), mib(region_size(machine)));
		check_advise(ret, "Reserve more with crashkernel= (kx-crash estimate tells how "
				  "much), or use a smaller initramfs");
	} else if (ram && total > ram / 2) {
		check_say(ret, CHECK_FAILED,
			  "kernel and initramfs take %llu MiB, which is more than half of RAM: the "
			  "kernel allows no more",
			  mib(total));
		check_advise(ret, "Use a smaller initramfs");
	}
}
const struct check segment_size_check = { "segment_size", "do kernel and initramfs fit",
					  segment_size };

static void kernel_pages(const struct check_input *in, struct check_result *ret)
{
	const struct machine *machine = in->machine;
	uint64_t used = 0, free_pages, needed;

	if (!in->crash || in->call != CALL_KEXEC_LOAD || !in->plan || !machine->has_crash_region) {
		check_say(ret, CHECK_SKIPPED, "only where segments are placed in a crash region");
		return;
	}
	for (size_t i = 0; i < in->plan->nr_segments; i++)
		used += (in->plan->segments[i].memory_size + PAGE_BYTES - 1) / PAGE_BYTES;
	free_pages = region_size(machine) / PAGE_BYTES;
	free_pages -= min(used, free_pages);
	needed = plan_kernel_needs(machine) / PAGE_BYTES;
	if (free_pages >= needed) {
		check_say(ret, CHECK_OK, "%llu pages are free, %llu are needed",
			  (unsigned long long)free_pages, (unsigned long long)needed);
		return;
	}
	check_say(ret, CHECK_FAILED,
		  "the kernel needs about %llu pages of the crash region for itself, %llu are left",
		  (unsigned long long)needed, (unsigned long long)free_pages);
	check_advise(ret, "Reserve more with crashkernel=, or use a smaller initramfs");
}
const struct check kernel_pages_check = { "kernel_pages",
					  "is room left for the kernel's control page and page "
					  "tables",
					  kernel_pages };

/* Entries of the memory map that kexec_file_load hands over: crash_setup_memmap_entries(). */
static size_t file_load_entries(const struct machine *machine)
{
	static const char *const types[] = { "ACPI Tables", "ACPI Non-volatile Storage",
					     "Reserved" };
	size_t count = 1 + machine->crash.count + 1; /* low RAM; one is split by elfcorehdr */

	for (size_t i = 0; i < machine->iomem.count; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(types); k++) {
			if (!strcmp(machine->iomem.entries[i].name, types[k]))
				count++;
		}
	}
	return count;
}

bool check_file_load_map(const struct machine *machine)
{
	return file_load_entries(machine) <= ZEROPAGE_ENTRIES;
}

static void memory_map(const struct check_input *in, struct check_result *ret)
{
	size_t count;

	if (!in->crash || (in->call == CALL_KEXEC_LOAD && !in->plan)) {
		check_say(ret, CHECK_SKIPPED, "of a crash kernel that can be placed alone");
		return;
	}
	count = in->call == CALL_KEXEC_LOAD ? in->plan->memory_map.count
					    : file_load_entries(in->machine);
	check_say(ret, CHECK_OK, "%zu entries", count);
	if (in->call == CALL_KEXEC_LOAD || count <= ZEROPAGE_ENTRIES)
		return;
	check_say(
		ret, CHECK_FAILED,
		"%zu ranges of memory, of which kexec_file_load hands over %d: the capture kernel "
		"would be without RAM",
		count, ZEROPAGE_ENTRIES);
	check_advise(ret, "Use --syscall load, which hands over all of them");
}
const struct check memory_map_check = { "memory_map", "does the memory map fit its table",
					memory_map };

static void memory(const struct check_input *in, struct check_result *ret)
{
	uint64_t size = in->machine->crash_size;

	if (!in->crash || !in->needed || !size) {
		check_say(ret, CHECK_SKIPPED, "not estimated");
	} else if (in->needed <= size) {
		check_say(ret, CHECK_OK, "%llu MiB of %llu, by estimate", mib(in->needed),
			  mib(size));
	} else {
		check_say(ret, CHECK_WARNING,
			  "the capture kernel needs about %llu MiB, and %llu are reserved: it may "
			  "run out of memory before the dump is saved",
			  mib(in->needed), mib(size));
		check_advise(ret, "Try it (kx-crash selftest), or reserve more; kx-crash estimate "
				  "shows what takes it");
	}
}
const struct check memory_check = { "memory", "will the capture kernel have enough memory",
				    memory };
