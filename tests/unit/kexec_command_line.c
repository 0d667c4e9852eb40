// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kexec/command_line.c: the kernel's rules of quoting are those of next_arg() and parse_args() in
 * lib/cmdline.c and kernel/params.c of Linux.
 */
#include "support/data.h"

#include "kexec/command_line.h"

#include <stdlib.h>
#include <string.h>

/* The line made for @machine_line is @wanted. */
static void makes(const char *machine_line, const struct command_line_options *options,
		  const char *wanted)
{
	struct machine machine = { .command_line = (char *)machine_line };
	char *line;

	assert_ok(command_line_make(&machine, options, &line));
	assert_string_equal(line, wanted);
	free(line);
}

static void a_capture_kernel(void **state)
{
	const struct command_line_options crash = { .reuse = true, .crash = true };

	makes("BOOT_IMAGE=/boot/vmlinuz-6.1.0-50-amd64 root=UUID=1-2 ro quiet crashkernel=256M",
	      &crash, "root=UUID=1-2 ro nr_cpus=1 reset_devices irqpoll panic=10");
	makes("", &crash, "nr_cpus=1 reset_devices irqpoll panic=10");
	/* crashkernel= can be given several times, in all its forms. */
	makes("crashkernel=1G-4G:192M,4G-:256M crashkernel=64M,low a crashkernel=1G,high "
	      "crashkernel=256M@16M crashkernel=128M,cma",
	      &crash, "a nr_cpus=1 reset_devices irqpoll panic=10");
	makes("hugepages=512 hugepagesz=1G default_hugepagesz=1G transparent_hugepage=never",
	      &crash, "transparent_hugepage=never nr_cpus=1 reset_devices irqpoll panic=10");
	makes("mem=4G memmap=16M$256M mem_sleep_default=deep elfcorehdr=1G add_efi_memmap", &crash,
	      "mem_sleep_default=deep nr_cpus=1 reset_devices irqpoll panic=10");
	makes("nr_cpus=8 maxcpus=4 possible_cpus=16 isolcpus=1-3 nohz_full=1-3 rcu_nocbs=1-3",
	      &crash, "nr_cpus=1 reset_devices irqpoll panic=10");
	makes("resume=/dev/sda2 resume_offset=34 swapaccount=1 root=/dev/sda1", &crash,
	      "root=/dev/sda1 nr_cpus=1 reset_devices irqpoll panic=10");
	/* Those of a capture kernel itself come once; its own panic= is kept. */
	makes("irqpoll reset_devices nr_cpus=1 panic=5 panic_on_warn=1", &crash,
	      "panic=5 nr_cpus=1 reset_devices irqpoll");
	makes("acpi_rsdp=0xf59d0 console=tty0 console=ttyS0,115200", &crash,
	      "acpi_rsdp=0xf59d0 console=tty0 console=ttyS0,115200 nr_cpus=1 reset_devices irqpoll "
	      "panic=10");
}

static void another_kernel(void **state)
{
	makes("BOOT_IMAGE=/vmlinuz quiet crashkernel=256M hugepages=4 root=/dev/sda1",
	      &(struct command_line_options){ .reuse = true },
	      "quiet crashkernel=256M hugepages=4 root=/dev/sda1");
	makes("a b", &(struct command_line_options){ .append = "c d" }, "c d");
	makes("a b", &(struct command_line_options){ 0 }, "");
}

/* '-' and '_' are the same in names, but not in values; case counts. */
static void exact_names(void **state)
{
	const char *const remove[] = { "console", "foo-bar", NULL };
	const struct command_line_options options = { .reuse = true, .remove = remove };

	makes("console=ttyS0 consoleblank=0 netconsole=x console Console=1 a=console", &options,
	      "consoleblank=0 netconsole=x Console=1 a=console");
	makes("foo_bar foo-bar=1 foo_bar.x=2 foobar a=foo-bar", &options,
	      "foo_bar.x=2 foobar a=foo-bar");
}

static void remove_and_append(void **state)
{
	const char *const remove[] = { "irqpoll", "panic", NULL };
	struct command_line_options options = { .reuse = true, .crash = true, .remove = remove };

	makes("a panic=1", &options, "a nr_cpus=1 reset_devices");
	options.append = "nr_cpus=2 b";
	makes("a panic=1", &options, "a reset_devices nr_cpus=2 b");
	options =
		(struct command_line_options){ .reuse = true, .crash = true, .append = "panic=-1" };
	makes("a", &options, "a nr_cpus=1 reset_devices irqpoll panic=-1");
}

static void whole_text(void **state)
{
	struct command_line_options options = { .text = "crashkernel=1G x", .crash = true };

	makes("a", &options, "crashkernel=1G x");
	options.append = "y -- z";
	makes("a", &options, "crashkernel=1G x y -- z");
}

static void quotes(void **state)
{
	const char *const remove[] = { "a", "with blank", NULL };
	const struct command_line_options options = { .reuse = true, .remove = remove };

	makes("dyndbg=\"file a.c +p ; file b.c +p\"  x=\"\" \"y=1 2\"", &options,
	      "dyndbg=\"file a.c +p ; file b.c +p\" x=\"\" \"y=1 2\"");
	makes("a=\"1 a=2\" b=\"a=1 2\" \"a=3 4\" c", &options, "b=\"a=1 2\" c");
	makes("\"with blank\" d", &options, "d");
	/* A quote within a word holds it together, too. */
	makes("p=1\" \"2 a", &options, "p=1\" \"2");
	/* An open one goes to the end of the line, and must not swallow what is added. */
	makes("b=\"c d", &(struct command_line_options){ .reuse = true, .append = "e" },
	      "b=\"c d\" e");
	makes("tab\tnew\nline", &options, "tab new line");
}

static void init_words(void **state)
{
	struct command_line_options options = { .reuse = true, .crash = true };

	makes("a crashkernel=1M -- single crashkernel=2M", &options,
	      "a nr_cpus=1 reset_devices irqpoll panic=10 -- single crashkernel=2M");
	options.append = "b -- c";
	makes("a -- single", &options, "a nr_cpus=1 reset_devices irqpoll panic=10 b -- single c");
	options.append = NULL;
	makes("a --b --=c", &options, "a --b --=c nr_cpus=1 reset_devices irqpoll panic=10");
	makes("a --", &options, "a nr_cpus=1 reset_devices irqpoll panic=10");
}

static void mistakes(void **state)
{
	struct machine machine = { 0 };
	char *line;

	assert_fails(
		command_line_make(&machine, &(struct command_line_options){ .reuse = true }, &line),
		ERROR_NOT_FOUND);
	assert_fails(command_line_make(&machine,
				       &(struct command_line_options){ .append = "a=\"b c" },
				       &line),
		     ERROR_USAGE);
}

static void values(void **state)
{
	char value[8];

	assert_true(command_line_value("a=1 panic=5 panic=10", "panic", value, sizeof(value)));
	assert_string_equal(value, "10");
	assert_true(command_line_value("quiet", "quiet", value, sizeof(value)));
	assert_string_equal(value, "");
	assert_true(command_line_value("a=\"x y\"", "a", value, sizeof(value)));
	assert_string_equal(value, "x y");
	assert_true(command_line_value("\"a=x y\"", "a", value, sizeof(value)));
	assert_string_equal(value, "x y");
	assert_true(command_line_value("a=\"\"", "a", value, sizeof(value)));
	assert_string_equal(value, "");
	assert_true(command_line_value("a=", "a", value, sizeof(value)));
	assert_string_equal(value, "");
	assert_true(command_line_value("a=b=c", "a", value, sizeof(value)));
	assert_string_equal(value, "b=c");
	assert_true(command_line_value("a=1234567890", "a", value, sizeof(value)));
	assert_string_equal(value, "1234567");
	assert_true(command_line_value("log-buf-len=1M", "log_buf_len", value, sizeof(value)));
	assert_false(command_line_value("ab=1 -- a=2", "a", value, sizeof(value)));
	assert_false(command_line_value("", "a", value, sizeof(value)));
	assert_false(command_line_value("\" \"\"", "a", value, sizeof(value)));
	assert_false(command_line_value("\"", "a", value, sizeof(value)));
	assert_true(command_line_value("a=\"", "a", value, sizeof(value)));
	assert_string_equal(value, "");
}

/* Whatever the bytes: no overrun, and made again from its own result, a line stays as it is. */
static void any_bytes(void **state)
{
	static const char bytes[] = "ab=\"- \t,=\"--x";
	const struct command_line_options options = { .reuse = true };

	srand(3);
	for (int round = 0; round < 20000; round++) {
		size_t len = (size_t)rand() % 24;
		struct machine machine = { .command_line = malloc(len + 1) };
		char *once, *twice, value[4];

		assert_non_null(machine.command_line);
		for (size_t i = 0; i < len; i++)
			machine.command_line[i] = bytes[(size_t)rand() % (sizeof(bytes) - 1)];
		machine.command_line[len] = 0;
		command_line_value(machine.command_line, "a", value, sizeof(value));
		assert_ok(command_line_make(&machine, &options, &once));
		free(machine.command_line);
		machine.command_line = once;
		assert_ok(command_line_make(&machine, &options, &twice));
		assert_string_equal(once, twice);
		free(once);
		free(twice);
	}
}

static void reasons(void **state)
{
	for (const struct command_line_dropped *d = command_line_dropped; d->name; d++) {
		assert_true(*d->why);
		assert_null(strchr(d->name, '='));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_capture_kernel), cmocka_unit_test(another_kernel),
		cmocka_unit_test(exact_names),	    cmocka_unit_test(remove_and_append),
		cmocka_unit_test(whole_text),	    cmocka_unit_test(quotes),
		cmocka_unit_test(init_words),	    cmocka_unit_test(mistakes),
		cmocka_unit_test(values),	    cmocka_unit_test(any_bytes),
		cmocka_unit_test(reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
