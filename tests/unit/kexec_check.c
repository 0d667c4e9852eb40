// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec/check*.c: on a machine where all is well, one thing made wrong at a time. */
#include "base/text.h"
#include "kexec/check.h"
#include "support/data.h"
#include "support/made_kernel.h"
#include "support/made_machine.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE "console=ttyS0 nr_cpus=1 reset_devices irqpoll"

static const uint8_t gzip_magic[4096] = { 0x1f, 0x8b, 8 };

struct setup {
	struct machine machine;
	struct text_bytes bytes;
	struct kernel_image image;
	struct plan plan;
	bool has_plan;
	struct check_input input;
};

static void set_up(struct setup *s, enum load_call call)
{
	struct plan_options options = { .crash = true, .command_line = LINE, .no_seed = true };

	*s = (struct setup){ 0 };
	made_machine(made_iomem_pc, 2, &s->machine);
	s->machine.crash_size = MADE_PC_REGION_END - MADE_PC_REGION + 1;
	made_bzimage(&made_bzimage_default, &s->bytes);
	assert_ok(kernel_image_open_bytes("made", s->bytes.data, s->bytes.size, &s->image));
	s->input = (struct check_input){
		.machine = &s->machine,
		.crash = true,
		.call = call,
		.kernel_path = "/boot/vmlinuz",
		.image = &s->image,
		.initrd_path = "/boot/initrd",
		.initrd = gzip_magic,
		.initrd_size = sizeof(gzip_magic),
		.command_line = LINE,
	};
	if (call != CALL_KEXEC_LOAD)
		return;
	assert_ok(plan_make(&s->machine, &s->image, gzip_magic, sizeof(gzip_magic), &options,
			    &s->plan));
	s->has_plan = true;
	s->input.plan = &s->plan;
}

static void tear_down(struct setup *s)
{
	if (s->has_plan)
		plan_deinit(&s->plan);
	kernel_image_close(&s->image);
	free(s->bytes.data);
	machine_deinit(&s->machine);
}

/* @name has @state and says @part, and nothing else fails that is not in @also (may be NULL). */
static void expect(struct setup *s, const char *name, enum check_state state, const char *part,
		   const char *also)
{
	struct check_result results[CHECK_MAX];
	bool failed = false, seen = false;
	size_t count;
	bool all_well = check_all(&s->input, results, &count);

	for (size_t i = 0; i < count; i++) {
		const struct check_result *r = &results[i];

		failed |= r->state == CHECK_FAILED;
		if (!strcmp(r->check->name, name)) {
			seen = true;
			if (r->state != state || !strstr(r->why, part))
				fail_msg("%s is %s: %s", name, check_state_name(r->state), r->why);
			/* Who is told that something is wrong is told what to do. */
			assert_int_equal(r->advice[0] != 0,
					 state == CHECK_FAILED || state == CHECK_WARNING);
		} else if (r->state == CHECK_FAILED && (!also || !strstr(also, r->check->name))) {
			fail_msg("%s failed, too: %s", r->check->name, r->why);
		}
	}
	assert_true(seen);
	assert_int_equal(all_well, !failed);
	tear_down(s);
}

static void well(void **state)
{
	static const enum load_call calls[] = { CALL_KEXEC_LOAD, CALL_KEXEC_FILE_LOAD };

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		struct check_result results[CHECK_MAX];
		struct setup s;
		size_t count;

		set_up(&s, calls[i]);
		assert_true(check_all(&s.input, results, &count));
		for (size_t k = 0; k < count; k++) {
			assert_true(results[k].state == CHECK_OK ||
				    results[k].state == CHECK_SKIPPED);
			assert_true(results[k].why[0]);
			assert_false(results[k].advice[0]);
			assert_true(results[k].check->summary[0]);
		}
		tear_down(&s);
	}
}

static void privileges(void **state)
{
	struct setup s;

	set_up(&s, CALL_KEXEC_LOAD);
	s.machine.privileged = false;
	expect(&s, "privilege", CHECK_FAILED, "CAP_SYS_BOOT", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.machine.load_disabled = true;
	expect(&s, "load_disabled", CHECK_FAILED, "kexec_load_disabled", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.machine.panic_limit = 0;
	expect(&s, "load_limit", CHECK_FAILED, "kexec_load_limit_panic", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.machine.panic_limit = 1;
	expect(&s, "load_limit", CHECK_WARNING, "the last one", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.machine.panic_limit = 2;
	expect(&s, "load_limit", CHECK_OK, "leaves 2", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.machine.has_kexec_load = false;
	expect(&s, "system_call", CHECK_FAILED, "without kexec_load (CONFIG_KEXEC)", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.machine.crash_loaded = true;
	expect(&s, "last_good", CHECK_WARNING, "not armed by kx-crash", NULL);
}

static void restrictions(void **state)
{
	struct setup s;

	set_up(&s, CALL_KEXEC_LOAD);
	s.machine.lockdown = LOCKDOWN_INTEGRITY;
	expect(&s, "restricted", CHECK_FAILED, "locked down (integrity)", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.machine.secure_boot = true;
	expect(&s, "restricted", CHECK_FAILED, "Secure Boot", NULL);
	set_up(&s, CALL_KEXEC_FILE_LOAD);
	s.machine.secure_boot = true;
	expect(&s, "restricted", CHECK_OK, "the only way", "signature");
	set_up(&s, CALL_KEXEC_FILE_LOAD);
	s.machine.lockdown = LOCKDOWN_CONFIDENTIALITY;
	expect(&s, "signature", CHECK_FAILED, "carries no signature", NULL);
	set_up(&s, CALL_KEXEC_FILE_LOAD);
	s.machine.signature_required = true;
	s.image.has_signature = true;
	expect(&s, "signature", CHECK_OK, "will verify", NULL);
}

static void images(void **state)
{
	struct error *why = error_create(ERROR_NOT_MINE, "made: a text");
	struct setup s;

	set_up(&s, CALL_KEXEC_FILE_LOAD);
	s.input.image = NULL;
	s.input.image_error = why;
	expect(&s, "kernel_image", CHECK_FAILED, "made: a text", NULL);
	set_up(&s, CALL_KEXEC_FILE_LOAD);
	s.image.file_load = false;
	expect(&s, "kernel_image", CHECK_FAILED, "kexec_file_load does not take", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.image.relocatable = false;
	expect(&s, "kernel_image", CHECK_WARNING, "not relocatable", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.machine.elf_machine = EM_AARCH64;
	expect(&s, "architecture", CHECK_FAILED, "ELF machine 62", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.machine.la57 = true;
	s.image.takes_5level = false;
	expect(&s, "five_level", CHECK_FAILED, "5-level", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.input.initrd_error = why;
	expect(&s, "initrd", CHECK_FAILED, "made: a text", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.input.initrd = (const uint8_t *)"root:x:0";
	s.input.initrd_size = 8;
	expect(&s, "initrd", CHECK_FAILED, "is no initramfs", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.input.initrd = NULL;
	s.input.initrd_size = 0;
	expect(&s, "initrd", CHECK_WARNING, "no initramfs", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.input.measure_error = why;
	expect(&s, "initrd", CHECK_WARNING, "made: a text", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.input.no_initrd = true;
	s.image.initrd = gzip_magic;
	expect(&s, "initrd", CHECK_FAILED, "brings its own", NULL);
	error_free(why);
}

static void command_lines(void **state)
{
	char line[2049];
	struct setup s;

	set_up(&s, CALL_KEXEC_FILE_LOAD);
	s.input.command_line = "nr_cpus=1 crashkernel=128M";
	expect(&s, "command_line", CHECK_WARNING, "crashkernel=128M", NULL);
	set_up(&s, CALL_KEXEC_FILE_LOAD);
	s.input.command_line = "quiet";
	expect(&s, "command_line", CHECK_WARNING, "nr_cpus=", NULL);
	/* The kernel puts elfcorehdr= in front itself: 30 bytes. */
	memset(line, 'x', 2048);
	line[2047 - 30] = 0;
	set_up(&s, CALL_KEXEC_FILE_LOAD);
	s.input.command_line = line;
	expect(&s, "command_line_length", CHECK_OK, "2047 of 2047", NULL);
	line[2047 - 30] = 'x';
	line[2047 - 29] = 0;
	set_up(&s, CALL_KEXEC_FILE_LOAD);
	s.input.command_line = line;
	expect(&s, "command_line_length", CHECK_FAILED, "2048 bytes long", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.input.hotplug = true;
	expect(&s, "hotplug", CHECK_FAILED, "does not keep", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.input.hotplug = true;
	s.machine.elfcorehdr_size = 1 << 16;
	expect(&s, "hotplug", CHECK_OK, "up to date", NULL);
}

static void what_the_dump_needs(void **state)
{
	struct setup s;

	set_up(&s, CALL_KEXEC_LOAD);
	s.machine.cpus[1].notes = 0;
	expect(&s, "cpu_notes", CHECK_FAILED, "1 of 2 CPUs have none, CPU 1 first", NULL);
	set_up(&s, CALL_KEXEC_FILE_LOAD);
	s.machine.cpus[1].notes = 0;
	expect(&s, "cpu_notes", CHECK_SKIPPED, "the kernel itself", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.machine.vmcoreinfo = 0;
	expect(&s, "vmcoreinfo", CHECK_FAILED, "not known", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.machine.has_text = false;
	expect(&s, "kernel_text", CHECK_WARNING, "not known", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.machine.efi = true;
	expect(&s, "acpi", CHECK_WARNING, "booted by EFI", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.machine.efi = true;
	s.machine.acpi_rsdp = MADE_RSDP;
	expect(&s, "acpi", CHECK_OK, "is told", NULL);
}

static void regions(void **state)
{
	struct error *why = error_create(ERROR_UNSUPPORTED, "does not fit");
	struct setup s;

	set_up(&s, CALL_KEXEC_FILE_LOAD);
	s.machine.has_crash_region = false;
	s.machine.crash_size = 0;
	expect(&s, "crash_region", CHECK_FAILED, "crashkernel=192M was on the command line", NULL);
	set_up(&s, CALL_KEXEC_FILE_LOAD);
	s.machine.has_crash_region = false;
	expect(&s, "crash_region", CHECK_WARNING, "192 MiB, at an address that is hidden", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.machine.iomem.all_zero = true;
	expect(&s, "iomem", CHECK_FAILED, "zeros", NULL);
	set_up(&s, CALL_KEXEC_FILE_LOAD);
	s.machine.iomem.all_zero = true;
	expect(&s, "iomem", CHECK_WARNING, "zeros", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.input.plan = NULL;
	s.input.plan_error = why;
	expect(&s, "segments", CHECK_FAILED, "does not fit", NULL);
	set_up(&s, CALL_KEXEC_FILE_LOAD);
	s.input.initrd_size = 192 << 20;
	expect(&s, "segment_size", CHECK_FAILED, "the crash region has 192", NULL);
	/* More than half of what is left of 1 GiB. */
	set_up(&s, CALL_KEXEC_FILE_LOAD);
	s.input.crash = false;
	s.input.initrd_size = 512 << 20;
	expect(&s, "segment_size", CHECK_FAILED, "more than half of RAM", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	s.input.needed = 256 << 20;
	expect(&s, "memory", CHECK_WARNING, "about 256 MiB, and 192 are reserved", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	for (size_t i = 0; i < s.plan.nr_segments; i++) {
		if (!strcmp(s.plan.segments[i].name, "kernel"))
			s.plan.segments[i].memory_size = 150 << 20;
		if (!strcmp(s.plan.segments[i].name, "initrd"))
			s.plan.segments[i].memory_size = 42 << 20;
	}
	expect(&s, "kernel_pages", CHECK_FAILED, "pages of the crash region for itself",
	       "segment_size");
	error_free(why);
}

/* kexec_file_load hands over 128 ranges, the crash region last, and does not say that it was cut.
 */
static void long_memory_map(void **state)
{
	struct setup s;
	auto_text text = { 0 };

	text_adds(&text, made_iomem_pc);
	for (unsigned int i = 0; i < 130; i++)
		text_addf(&text, "%x-%x : %s\n", 0xc0000000 + i * 0x2000, 0xc0000fff + i * 0x2000,
			  i % 2 ? "Reserved" : "ACPI Tables");
	set_up(&s, CALL_KEXEC_FILE_LOAD);
	assert_true(check_file_load_map(&s.machine));
	machine_deinit(&s.machine);
	made_machine(text_string(&text), 2, &s.machine);
	assert_false(check_file_load_map(&s.machine));
	expect(&s, "memory_map", CHECK_FAILED, "hands over 128", NULL);
	set_up(&s, CALL_KEXEC_LOAD);
	machine_deinit(&s.machine);
	made_machine(text_string(&text), 2, &s.machine);
	expect(&s, "memory_map", CHECK_OK, "entries", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well),		 cmocka_unit_test(privileges),
		cmocka_unit_test(restrictions),	 cmocka_unit_test(images),
		cmocka_unit_test(command_lines), cmocka_unit_test(what_the_dump_needs),
		cmocka_unit_test(regions),	 cmocka_unit_test(long_memory_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
