// SPDX-License-Identifier: GPL-2.0-or-later
/* The input is a kernel image: opened, and placed when it can be. */
#include "kexec/plan.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define IOMEM                                                                                      \
	"00001000-0009fbff : System RAM\n00100000-7fffffff : System RAM\n"                         \
	"  40000000-6fffffff : Crash kernel\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make(struct machine *machine)
{
	static struct machine_cpu cpu = { 0, true, 0x1000000, 400 };

	*machine = (struct machine){
		.elf_machine = 62,
		.has_crash_region = true,
		.crash_region = { 0x40000000, 0x6fffffff },
		.memory_bytes = 0x7ff00000,
		.cpus = &cpu,
		.nr_cpus = 1,
		.vmcoreinfo = 0x2000000,
		.vmcoreinfo_size = 4096,
		.has_page_offset = true,
		.page_offset = 0xffff888000000000,
		.low_reserved = true,
	};
	if (error_dropped(iomem_parse(IOMEM, strlen(IOMEM), &machine->iomem)) ||
	    error_dropped(iomem_ram(&machine->iomem, &machine->ram)) ||
	    error_dropped(iomem_ranges(&machine->iomem, "Crash kernel", &machine->crash)))
		abort();
}

static void plan(const struct kernel_image *image)
{
	struct plan_options options = { .crash = true, .command_line = "quiet", .no_seed = true };
	struct machine machine;
	struct plan plan;

	/* Hashing what it claims to need in memory would take all the time. */
	if (image->memory_size > 4 << 20)
		return;
	make(&machine);
	if (!error_dropped(
		    plan_make(&machine, image, image->initrd, image->initrd_size, &options, &plan)))
		plan_deinit(&plan);
	machine.cpus = NULL;
	machine_deinit(&machine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kernel_image image;

	(void)kernel_image_looks_like(data, size);
	if (error_dropped(kernel_image_open_bytes("input", data, size, &image)))
		return 0;
	plan(&image);
	kernel_image_close(&image);
	return 0;
}
