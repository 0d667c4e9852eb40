// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec/plan*.c: whole plans, against what kexec_load and the boot protocol want. */
#include "kexec/plan.h"
#include "purgatory/purgatory_abi.h"
#include "purgatory/sha256.h"
#include "support/made_kernel.h"
#include "support/made_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE 4096ull
#define MIB  (1ull << 20)
#define ARGS "nr_cpus=1 reset_devices console=ttyS0"

/* A machine, a kernel, an initrd, and the plan of them. */
struct made {
	struct machine machine;
	struct text_bytes kernel;
	struct kernel_image image;
	uint8_t *initrd;
	size_t initrd_size;
	struct plan_options options;
	struct plan plan;
};

static void made_open(struct made *m, const char *iomem, const struct made_bzimage *kernel)
{
	*m = (struct made){ .options = { .crash = true, .command_line = ARGS, .no_seed = true } };
	made_machine(iomem, 2, &m->machine);
	made_bzimage(kernel, &m->kernel);
	assert_null(kernel_image_open_bytes("made", m->kernel.data, m->kernel.size, &m->image));
	m->initrd_size = 5 * MIB + 123;
	m->initrd = malloc(m->initrd_size);
	memset(m->initrd, 0x5a, m->initrd_size);
}

static struct error *made_plan(struct made *m)
{
	return plan_make(&m->machine, &m->image, m->initrd, m->initrd_size, &m->options, &m->plan);
}

static void made_close(struct made *m)
{
	plan_deinit(&m->plan);
	kernel_image_close(&m->image);
	machine_deinit(&m->machine);
	free(m->kernel.data);
	free(m->initrd);
}

static void expect_error(struct error *err, enum error_code code, const char *part)
{
	assert_non_null(err);
	if (err->code != code || !strstr(err->message, part))
		fail_msg("%s (%s), expected \"%s\" (%s)", err->message, error_code_name(err->code),
			 part, error_code_name(code));
	error_free(err);
}

static uint64_t number(const struct plan_segment *segment, size_t offset, size_t size)
{
	uint64_t value = 0;

	assert_true(offset + size <= segment->size);
	memcpy(&value, segment->data + offset, size);
	return value;
}

/* sanity_check_segment_list() of Linux, and what the region allows. */
static void check_segments(const struct plan *plan, uint64_t lowest, uint64_t highest)
{
	uint64_t last = 0;

	assert_true(plan->nr_segments <= 16);
	for (size_t i = 0; i < plan->nr_segments; i++) {
		const struct plan_segment *segment = &plan->segments[i];

		assert_int_equal(segment->address % PAGE, 0);
		assert_int_equal(segment->memory_size % PAGE, 0);
		assert_true(segment->size <= segment->memory_size);
		assert_true(segment->size > 0);
		assert_true(segment->address >= lowest);
		assert_true(segment->address + segment->memory_size - 1 <= highest);
		assert_true(!i || segment->address >= last);
		last = segment->address + segment->memory_size;
	}
}

/* What purgatory will compute, from the segments as the kernel places them. */
static void check_digest(const struct plan *plan)
{
	const struct plan_segment *purgatory = plan_find(plan, "purgatory");
	struct purgatory_parameters parameters;
	uint8_t digest[32];
	struct sha256 sha;

	assert_non_null(purgatory);
	memcpy(&parameters, purgatory->data + PURGATORY_PARAMETERS, sizeof(parameters));
	assert_int_equal(parameters.magic, PURGATORY_MAGIC);
	assert_int_equal(parameters.entry, plan->kernel_entry);
	assert_int_equal(parameters.boot_params, plan->boot_params);
	assert_int_equal(plan->entry, purgatory->address);
	assert_int_equal(purgatory->memory_size, PURGATORY_MEMORY);
	sha256_init(&sha);
	for (uint64_t i = 0; i < parameters.nr_regions; i++) {
		const struct purgatory_region *region = &parameters.regions[i];
		const struct plan_segment *segment = NULL;
		uint8_t *memory = calloc(1, region->size);

		for (size_t k = 0; k < plan->nr_segments; k++) {
			if (plan->segments[k].address == region->start)
				segment = &plan->segments[k];
		}
		assert_non_null(segment);
		assert_ptr_not_equal(segment, purgatory);
		assert_int_equal(segment->memory_size, region->size);
		memcpy(memory, segment->data, segment->size);
		sha256_update(&sha, memory, region->size);
		free(memory);
	}
	sha256_final(&sha, digest);
	assert_memory_equal(digest, parameters.digest, 32);
	assert_memory_equal(digest, plan->digest, 32);
}

static void a_pc(void **state)
{
	const struct plan_segment *kernel, *params, *initrd, *header;
	struct made m;
	uint64_t command_line;

	made_open(&m, made_iomem_pc, &made_bzimage_default);
	assert_null(made_plan(&m));
	assert_int_equal(m.plan.nr_segments, 5);
	/* What the kernel takes for itself lies below all segments. */
	check_segments(&m.plan, MADE_PC_REGION + MIB, MADE_PC_REGION_END);
	assert_int_equal(m.plan.spare.start, MADE_PC_REGION);
	check_digest(&m.plan);
	assert_int_equal(m.plan.flags, 62 << 16 | 1);

	kernel = plan_find(&m.plan, "kernel");
	assert_int_equal(kernel->address % 0x200000, 0);
	assert_int_equal(kernel->memory_size, 0x3378000);
	assert_int_equal(kernel->size, m.kernel.size - 0x28 * 512);
	assert_memory_equal(kernel->data, m.kernel.data + 0x28 * 512, kernel->size);
	assert_int_equal(m.plan.kernel_entry, kernel->address + 0x200);

	params = plan_find(&m.plan, "boot_params");
	initrd = plan_find(&m.plan, "initrd");
	header = plan_find(&m.plan, "elfcorehdr");
	assert_int_equal(number(params, 0x218, 4), initrd->address);
	assert_int_equal(number(params, 0x21c, 4), m.initrd_size);
	command_line = number(params, 0x228, 4);
	assert_int_equal(number(params, 0xc0, 4) | number(params, 0xc8, 4), 0);
	assert_string_equal((char *)params->data + (command_line - params->address),
			    m.plan.command_line);
	assert_int_equal(header->address, m.plan.elfcorehdr);
	assert_true(header->memory_size >= 16 * 1024);
	/* In front, so that a "--" cannot hide it. */
	assert_int_equal(strtoull(m.plan.command_line + strlen("elfcorehdr="), NULL, 0),
			 m.plan.elfcorehdr);
	assert_string_equal(strchr(m.plan.command_line, ' ') + 1, ARGS);
	/* The setup header is the image's own. */
	assert_memory_equal(params->data + 0x1fe, m.kernel.data + 0x1fe, 0x12);
	assert_int_equal(number(params, 0x258, 8), 0x1000000);
	assert_int_equal(number(params, 0x1ef, 1), 0);
	made_close(&m);
}

static void same_each_time(void **state)
{
	struct made m;
	struct plan other;

	made_open(&m, made_iomem_pc, &made_bzimage_default);
	assert_null(made_plan(&m));
	other = m.plan;
	assert_null(made_plan(&m));
	assert_memory_equal(other.digest, m.plan.digest, 32);
	plan_deinit(&other);
	other = m.plan;
	m.options.no_seed = false;
	assert_null(made_plan(&m));
	assert_memory_not_equal(other.digest, m.plan.digest, 32);
	plan_deinit(&other);
	made_close(&m);
}

/* crashkernel=512M,high with 256M,low. */
static const char iomem_high[] = "00001000-0009fbff : System RAM\n"
				 "00100000-bffdffff : System RAM\n"
				 "  01000000-02e01fff : Kernel code\n"
				 "  af000000-beffffff : Crash kernel\n"
				 "bffe0000-bfffffff : Reserved\n"
				 "100000000-23fffffff : System RAM\n"
				 "  217000000-236ffffff : Crash kernel\n";

static void above_4g(void **state)
{
	struct made_bzimage kernel = made_bzimage_default;
	const struct plan_segment *params;
	struct made m;

	made_open(&m, iomem_high, &kernel);
	assert_null(made_plan(&m));
	check_segments(&m.plan, 0x217000000 + MIB, 0x236ffffff);
	check_digest(&m.plan);
	params = plan_find(&m.plan, "boot_params");
	assert_int_equal(number(params, 0x218, 4) | number(params, 0xc0, 4) << 32,
			 plan_find(&m.plan, "initrd")->address);
	assert_int_equal(number(params, 0x228, 4) | number(params, 0xc8, 4) << 32,
			 params->address + 4096);
	made_close(&m);

	kernel.xloadflags = 0x1;
	made_open(&m, iomem_high, &kernel);
	expect_error(made_plan(&m), ERROR_UNSUPPORTED, "XLF_CAN_BE_LOADED_ABOVE_4G");
	made_close(&m);
}

static const char iomem_small[] = "00001000-0009fbff : System RAM\n"
				  "00100000-3ffdffff : System RAM\n"
				  "  38000000-3b7fffff : Crash kernel\n";

static void too_small(void **state)
{
	struct made m;

	/* 56 MiB: the kernel takes 51.5, the initrd 5, and 1 is the kernel's own. */
	made_open(&m, iomem_small, &made_bzimage_default);
	expect_error(
		made_plan(&m), ERROR_ABSENT,
		"the kernel needs 51.4 MiB at a multiple of 2 MiB from 0x1000000 up, for which "
		"the crash region 0x38000000-0x3b7fffff (56 MiB) has no room beside elfcorehdr "
		"16 KiB, initrd 5 MiB; 1 MiB of it are left to the kernel itself: boot with a "
		"larger crashkernel=");
	m.initrd_size = 60 * MIB;
	m.initrd = realloc(m.initrd, m.initrd_size);
	memset(m.initrd, 0, m.initrd_size);
	expect_error(made_plan(&m), ERROR_ABSENT, "the initrd needs 60 MiB");
	made_close(&m);
}

static void no_region(void **state)
{
	static const char zeros[] = "00000000-00000000 : System RAM\n"
				    "00000000-00000000 : System RAM\n"
				    "  00000000-00000000 : Crash kernel\n";
	static const char none[] = "00100000-3ffdffff : System RAM\n";
	struct made m;

	made_open(&m, none, &made_bzimage_default);
	expect_error(made_plan(&m), ERROR_ABSENT, "boot this machine with crashkernel=");
	made_close(&m);
	made_open(&m, zeros, &made_bzimage_default);
	m.machine.has_crash_region = false;
	expect_error(made_plan(&m), ERROR_ABSENT, "/proc/iomem shows zeros only");
	made_close(&m);
}

static void refused(void **state)
{
	struct made_bzimage kernel = made_bzimage_default;
	char line[2100];
	struct made m;

	kernel.xloadflags &= (uint16_t)~0x20;
	made_open(&m, made_iomem_pc, &kernel);
	m.machine.la57 = true;
	expect_error(made_plan(&m), ERROR_UNSUPPORTED, "5-level page tables");
	m.machine.la57 = false;

	m.options.hotplug = true;
	expect_error(made_plan(&m), ERROR_UNSUPPORTED, "crash_elfcorehdr_size");
	m.options.hotplug = false;

	memset(line, 'x', sizeof(line));
	line[2047] = 0;
	m.options.command_line = line;
	expect_error(made_plan(&m), ERROR_USAGE, "takes no more than 2047");
	m.options.command_line = ARGS;

	m.machine.elf_machine = 183;
	expect_error(made_plan(&m), ERROR_UNSUPPORTED, "another machine");
	m.machine.elf_machine = 62;

	m.machine.nr_cpus = 0;
	expect_error(made_plan(&m), ERROR_NOT_FOUND, "crash_notes");
	m.machine.nr_cpus = 2;
	m.machine.vmcoreinfo = 0;
	expect_error(made_plan(&m), ERROR_NOT_FOUND, "vmcoreinfo");
	m.machine.vmcoreinfo = MADE_VMCOREINFO;
	m.machine.has_page_offset = false;
	expect_error(made_plan(&m), ERROR_NOT_FOUND, "direct map");
	m.machine.has_page_offset = true;

	/* sanity_check_segment_list(): no more than half of all RAM. */
	m.machine.memory_bytes = 100 * MIB;
	expect_error(made_plan(&m), ERROR_UNSUPPORTED, "more than half");
	made_close(&m);
}

static void hotplug(void **state)
{
	const struct plan_segment *header;
	struct made m;

	made_open(&m, made_iomem_pc, &made_bzimage_default);
	m.machine.elfcorehdr_size = 0x76000;
	m.options.hotplug = true;
	assert_null(made_plan(&m));
	header = plan_find(&m.plan, "elfcorehdr");
	assert_int_equal(header->memory_size, 0x76000);
	assert_false(header->in_digest);
	assert_int_equal(m.plan.flags, 62 << 16 | 4 | 1);
	check_digest(&m.plan);
	plan_deinit(&m.plan);

	memcpy(m.initrd,
	       "\x7f"
	       "ELF",
	       4);
	expect_error(made_plan(&m), ERROR_UNSUPPORTED, "begins as an ELF file");
	m.options.hotplug = false;
	assert_null(made_plan(&m));
	plan_deinit(&m.plan);

	m.options.hotplug = true;
	m.machine.elfcorehdr_size = 64;
	expect_error(made_plan(&m), ERROR_UNSUPPORTED, "leave out --hotplug");
	made_close(&m);
}

/* CMA regions are the capture kernel's RAM, and no place for segments. */
static void cma(void **state)
{
	struct made m;

	made_open(&m, made_iomem_pc, &made_bzimage_default);
	assert_null(ranges_add(&m.machine.crash, 0x10000000, 0x17ffffff));
	assert_null(ranges_add(&m.machine.crash_cma, 0x10000000, 0x17ffffff));
	assert_null(made_plan(&m));
	check_segments(&m.plan, MADE_PC_REGION, MADE_PC_REGION_END);
	made_close(&m);
}

static void backup(void **state)
{
	const struct plan_segment *copy;
	struct purgatory_parameters parameters;
	struct made m;

	made_open(&m, made_iomem_pc, &made_bzimage_default);
	m.machine.low_reserved = false;
	assert_null(made_plan(&m));
	assert_int_equal(m.plan.nr_segments, 6);
	copy = plan_find(&m.plan, "backup");
	assert_int_equal(copy->memory_size, 0x9f000);
	assert_false(copy->in_digest);
	assert_int_equal(m.plan.backup_source, 0x1000);
	assert_int_equal(m.plan.backup_size, 0x9ec00);
	assert_int_equal(m.plan.backup_target, copy->address);
	memcpy(&parameters, plan_find(&m.plan, "purgatory")->data + PURGATORY_PARAMETERS,
	       sizeof(parameters));
	assert_int_equal(parameters.backup_source, 0x1000);
	assert_int_equal(parameters.backup_target, copy->address);
	assert_int_equal(parameters.backup_size, 0x9ec00);
	check_digest(&m.plan);
	made_close(&m);
}

static void a_vmlinux(void **state)
{
	const struct plan_segment *kernel, *params;
	struct made m;

	made_open(&m, made_iomem_pc, &made_bzimage_default);
	kernel_image_close(&m.image);
	free(m.kernel.data);
	made_vmlinux(NULL, &m.kernel);
	assert_null(kernel_image_open_bytes("made", m.kernel.data, m.kernel.size, &m.image));
	assert_null(made_plan(&m));
	check_segments(&m.plan, MADE_PC_REGION + MIB, MADE_PC_REGION_END);
	check_digest(&m.plan);
	kernel = plan_find(&m.plan, "kernel");
	/* Moved as a whole by a multiple of 2 MiB. */
	assert_int_equal(kernel->address % 0x200000, 0);
	assert_int_equal(kernel->memory_size, 0x300000);
	assert_int_equal(m.plan.kernel_entry, kernel->address + 0x70);
	assert_memory_equal(kernel->data, m.kernel.data + 0x1000, 0x10000);
	assert_memory_equal(kernel->data + 0x200000, m.kernel.data + 0x11000, 0x1000);
	assert_int_equal(kernel->size, 0x201000);
	params = plan_find(&m.plan, "boot_params");
	assert_int_equal(number(params, 0x1fe, 2), 0xaa55);
	assert_int_equal(number(params, 0x202, 4), 0x53726448);
	assert_true(number(params, 0x206, 2) >= 0x20c);
	assert_int_equal(number(params, 0x211, 1), 1);
	made_close(&m);
}

/* A kernel that cannot be moved. */
static void not_relocatable(void **state)
{
	struct made_bzimage kernel = made_bzimage_default;
	struct made m;

	kernel.relocatable = 0;
	made_open(&m, made_iomem_pc, &kernel);
	expect_error(made_plan(&m), ERROR_ABSENT, "the kernel needs");
	made_close(&m);
	kernel.preferred = 0x34000000;
	made_open(&m, made_iomem_pc, &kernel);
	assert_null(made_plan(&m));
	assert_int_equal(plan_find(&m.plan, "kernel")->address, 0x34000000);
	made_close(&m);
}

/* A kernel for exec: anywhere in RAM, not in the first MiB, not in the crash region. */
static void for_exec(void **state)
{
	struct made m;

	made_open(&m, iomem_high, &made_bzimage_default);
	m.options.crash = false;
	m.options.hotplug = true;
	assert_null(made_plan(&m));
	check_segments(&m.plan, MIB, 0xffffffff);
	check_digest(&m.plan);
	assert_int_equal(m.plan.nr_segments, 4);
	assert_int_equal(plan_find(&m.plan, "kernel")->address, 0x1000000);
	assert_null(plan_find(&m.plan, "elfcorehdr"));
	assert_string_equal(m.plan.command_line, ARGS);
	assert_int_equal(m.plan.flags, 62 << 16);
	for (size_t i = 0; i < m.plan.nr_segments; i++) {
		const struct plan_segment *segment = &m.plan.segments[i];

		assert_true(segment->address + segment->memory_size <= 0xaf000000 ||
			    segment->address > 0xbeffffff);
	}
	made_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pc),	     cmocka_unit_test(same_each_time),
		cmocka_unit_test(above_4g),  cmocka_unit_test(too_small),
		cmocka_unit_test(no_region), cmocka_unit_test(refused),
		cmocka_unit_test(hotplug),   cmocka_unit_test(cma),
		cmocka_unit_test(backup),    cmocka_unit_test(a_vmlinux),
		cmocka_unit_test(for_exec),  cmocka_unit_test(not_relocatable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
