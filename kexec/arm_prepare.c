// SPDX-License-Identifier: GPL-2.0-or-later
/* Before a load: the files, the command line, the system call, the plan, the checks. */
#include "kexec/arm.h"

#include "kexec/defaults.h"
#include "kexec/estimate.h"
#include "kexec/pretend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a system of 64 bits can be handed; more is a mistake in the path. */
#define MAX_INITRD (4ULL << 30)

/* I/O ports of the PC's serial ports, by ttyS number. */
static const uint16_t serial_ports[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };

/* Keeps @err for the checks to show, unless memory is short: then nothing can be shown. */
static struct error *keep(struct error *err, struct error **slot)
{
	if (err && err->code == ERROR_NOMEM)
		return err;
	*slot = err;
	return NULL;
}

/* Without symbolic links, which may lead elsewhere after an upgrade. */
static struct error *copy_path(const char *given, char **ret)
{
	char *path = realpath(given, NULL);

	if (!path)
		return errno == ENOMEM ? error_nomem() : error_os(errno, "%s", given);
	*ret = path;
	return NULL;
}

static struct error *open_kernel(struct arm *arm)
{
	struct error *err;

	char *found = NULL;

	if (!arm->options.kernel)
		TRY(defaults_kernel(arm->host, arm->machine.release, arm->machine.command_line,
				    &found));
	err = copy_path(found ? found : arm->options.kernel, &arm->kernel_path);
	free(found);
	if (!err)
		err = kernel_image_open(arm->kernel_path, &arm->image);
	arm->has_image = !err;
	return err;
}

/* The first word of the image's version, else the running kernel's. */
static void image_release(const struct arm *arm, char *buf, size_t size)
{
	const char *release =
		arm->has_image && arm->image.release[0] ? arm->image.release : arm->machine.release;

	snprintf(buf, size, "%.*s", (int)strcspn(release, " "), release);
}

static struct error *map_initrd(struct arm *arm)
{
	int fd = open(arm->initrd_path, O_RDONLY | O_CLOEXEC);
	struct error *err = NULL;
	struct stat st;
	void *data;

	if (fd < 0)
		return error_os(errno, "%s", arm->initrd_path);
	if (fstat(fd, &st))
		err = error_os(errno, "%s", arm->initrd_path);
	else if (!S_ISREG(st.st_mode) || st.st_size <= 0 || (uint64_t)st.st_size > MAX_INITRD)
		err = error_create(ERROR_BAD_DATA, "%s is empty, too large or no file",
				   arm->initrd_path);
	if (!err) {
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (data == MAP_FAILED)
			err = error_os(errno, "%s", arm->initrd_path);
	}
	close(fd);
	TRY(err);
	arm->initrd = data;
	arm->initrd_size = (size_t)st.st_size;
	arm->initrd_mapped = true;
	return NULL;
}

static struct error *open_initrd(struct arm *arm)
{
	char release[128], *found;
	struct error *err;

	if (arm->options.no_initrd)
		return NULL;
	if (arm->options.initrd) {
		TRY(copy_path(arm->options.initrd, &arm->initrd_path));
	} else if (arm->options.make_initrd) {
		image_release(arm, release, sizeof(release));
		TRY(arm->options.make_initrd(arm->options.capture, release, &arm->initrd_path));
	} else if (arm->has_image && arm->image.initrd) {
		arm->initrd = arm->image.initrd;
		arm->initrd_size = arm->image.initrd_size;
		return NULL;
	} else if (arm->options.root) {
		/* The files of another machine are not here. */
		return NULL;
	} else {
		image_release(arm, release, sizeof(release));
		TRY(defaults_initrd(arm->host, release, arm->options.crash, &found));
		err = copy_path(found, &arm->initrd_path);
		free(found);
		TRY(err);
	}
	return map_initrd(arm);
}

static void choose(struct arm *arm, enum load_call call, const char *why)
{
	arm->call = call;
	snprintf(arm->why, sizeof(arm->why), "%s", why);
}

/*
 * The kernel knows its own memory best, and verifies a signature: kexec_file_load where it can be
 * had. Where it cannot, or would fail in ways that are known, kexec_load; never one after the
 * other.
 */
static void choose_call(struct arm *arm)
{
	const struct machine *machine = &arm->machine;

	if (arm->options.choice == ARM_KEXEC_LOAD)
		choose(arm, CALL_KEXEC_LOAD, "asked for");
	else if (arm->options.choice == ARM_KEXEC_FILE_LOAD)
		choose(arm, CALL_KEXEC_FILE_LOAD, "asked for");
	else if (machine->secure_boot)
		choose(arm, CALL_KEXEC_FILE_LOAD, "Secure Boot allows nothing else");
	else if (machine->lockdown > LOCKDOWN_NONE)
		choose(arm, CALL_KEXEC_FILE_LOAD, "the kernel is locked down");
	else if (machine->signature_required)
		choose(arm, CALL_KEXEC_FILE_LOAD, "the kernel wants signed images");
	else if (!machine->has_file_load)
		choose(arm, CALL_KEXEC_LOAD, "the kernel has no kexec_file_load");
	else if (!machine->has_kexec_load)
		choose(arm, CALL_KEXEC_FILE_LOAD, "the kernel has no kexec_load");
	else if (arm->has_image && !arm->image.file_load)
		choose(arm, CALL_KEXEC_LOAD, "kexec_file_load does not take such an image");
	else if (arm->options.crash && !check_file_load_map(machine))
		choose(arm, CALL_KEXEC_LOAD, "the memory map is too long for kexec_file_load");
	else
		choose(arm, CALL_KEXEC_FILE_LOAD, "the kernel can do it all by itself");
}

/* The first serial console that @line names; 0: none. */
static uint16_t serial_port(const char *line)
{
	const char *at = line;

	while (at && (at = strstr(at, "console=ttyS"))) {
		unsigned int number = (unsigned char)at[strlen("console=ttyS")] - '0';

		if ((at == line || at[-1] == ' ') && number < ARRAY_SIZE(serial_ports))
			return serial_ports[number];
		at++;
	}
	return 0;
}

static struct error *make_plan(struct arm *arm)
{
	struct plan_options options = {
		.crash = arm->options.crash,
		.command_line = arm->command_line,
		.hotplug = arm->options.hotplug,
		.serial_port = serial_port(arm->command_line),
		.vga = !arm->machine.efi,
		.no_seed = arm->options.simulate,
	};
	struct error *err;

	if (!options.serial_port)
		options.serial_port = serial_port(arm->machine.command_line);
	err = plan_make(&arm->machine, &arm->image, arm->initrd, arm->initrd_size, &options,
			&arm->plan);
	arm->has_plan = !err;
	return err;
}

/* What is armed now is known well enough to be armed again: same boot, same files. */
static struct error *find_last_good(struct arm *arm)
{
	struct state_arming *last = &arm->last_good;
	char boot_id[40];
	struct error *err;

	if (!arm->options.crash || !arm->machine.crash_loaded || arm->options.simulate)
		return NULL;
	err = state_arming_read(arm->options.run_folder, last);
	if (!err)
		err = state_boot_id(boot_id);
	if (!err && !strcmp(boot_id, last->boot_id))
		err = state_file_check(&last->kernel);
	else if (!err)
		err = error_create(ERROR_NOT_FOUND, "the record is of another boot");
	if (!err && last->initrd.path)
		err = state_file_check(&last->initrd);
	if (err && err->code == ERROR_NOMEM)
		return err;
	arm->has_last_good = !error_dropped(err);
	return NULL;
}

static struct error *gather(struct arm *arm)
{
	struct command_line_options line = arm->options.command_line;

	TRY(host_open(arm->options.root, &arm->host));
	TRY(machine_gather(arm->host, &arm->machine));
	if (arm->options.crashkernel)
		TRY(pretend_crash_region(&arm->machine, arm->options.crashkernel));
	TRY(keep(open_kernel(arm), &arm->image_error));
	TRY(keep(open_initrd(arm), &arm->initrd_error));
	line.crash = arm->options.crash;
	TRY(keep(command_line_make(&arm->machine, &line, &arm->command_line),
		 &arm->command_line_error));
	choose_call(arm);
	if ((arm->call == CALL_KEXEC_LOAD || arm->options.simulate) && arm->has_image &&
	    arm->command_line && !arm->initrd_error)
		TRY(keep(make_plan(arm), &arm->plan_error));
	return find_last_good(arm);
}

struct error *arm_prepare(const struct arm_options *options, struct arm *ret)
{
	struct arm *arm = ret;
	struct error *err;

	*arm = (struct arm){ .options = *options };
	if (!arm->options.run_folder)
		arm->options.run_folder = STATE_RUN_FOLDER;
	err = gather(arm);
	if (err)
		arm_deinit(arm);
	return err;
}

/* An initramfs that cannot be unpacked is for the checks to tell. */
struct error *arm_measure(struct arm *arm)
{
	struct estimate estimate;
	struct error *err;

	if (!arm->has_image)
		return NULL;
	err = estimate_make(&arm->machine, &arm->image, arm->initrd, arm->initrd_size,
			    arm->command_line, &estimate);
	if (!err)
		arm->needed = estimate.total;
	if (!err || err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM)
		return err;
	arm->measure_error = err;
	return NULL;
}

void arm_check(struct arm *arm)
{
	struct check_input input = {
		.machine = &arm->machine,
		.crash = arm->options.crash,
		.hotplug = arm->options.hotplug,
		.call = arm->call,
		.kernel_path = arm->kernel_path,
		.image = arm->has_image ? &arm->image : NULL,
		.image_error = arm->image_error,
		.no_initrd = arm->options.no_initrd,
		.initrd_path = arm->initrd_path,
		.initrd = arm->initrd,
		.initrd_size = arm->initrd_size,
		.initrd_error = arm->initrd_error,
		.measure_error = arm->measure_error,
		.command_line = arm->command_line,
		.command_line_error = arm->command_line_error,
		.plan = arm->has_plan ? &arm->plan : NULL,
		.plan_error = arm->plan_error,
		.needed = arm->needed,
		.has_last_good = arm->has_last_good,
	};

	arm->all_well = check_all(&input, arm->checks, &arm->nr_checks);
}

void arm_deinit(struct arm *arm)
{
	if (arm->has_plan)
		plan_deinit(&arm->plan);
	if (arm->has_image)
		kernel_image_close(&arm->image);
	if (arm->initrd_mapped)
		munmap((void *)arm->initrd, arm->initrd_size);
	free(arm->kernel_path);
	free(arm->initrd_path);
	free(arm->command_line);
	error_free(arm->image_error);
	error_free(arm->initrd_error);
	error_free(arm->command_line_error);
	error_free(arm->plan_error);
	error_free(arm->measure_error);
	state_arming_deinit(&arm->last_good);
	machine_deinit(&arm->machine);
	if (arm->host)
		host_close(arm->host);
	*arm = (struct arm){ 0 };
}
