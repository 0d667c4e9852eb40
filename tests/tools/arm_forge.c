// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arm_forge HOW KERNEL INITRD COMMAND-LINE: loads a crash kernel by kx-crash's own code, with a
 * plan that was made wrong on purpose or in circumstances that make the kernel refuse it, so that
 * tests see every errno and purgatory's alarm. Runs in a guest; says what the load said.
 */
#include "kexec/arm.h"
#include "kexec/load.h"

#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE_BYTES 4096

static struct plan_segment *segment(struct arm *arm, const char *name)
{
	for (size_t i = 0; i < arm->plan.nr_segments; i++) {
		if (!strcmp(arm->plan.segments[i].name, name))
			return &arm->plan.segments[i];
	}
	fprintf(stderr, "no segment %s\n", name);
	exit(3);
}

/* The segment's bytes as a copy that may be altered. */
static uint8_t *own_data(struct plan_segment *s)
{
	uint8_t *data = malloc(s->size);

	memcpy(data, s->data, s->size);
	if (!s->borrowed)
		free(s->data);
	s->data = data;
	s->borrowed = false;
	return data;
}

/* One byte of the kernel is another one: purgatory must find it. */
static void corrupt(struct arm *arm)
{
	struct plan_segment *s = segment(arm, "kernel");

	own_data(s)[s->size / 2] ^= 1;
}

static void outside(struct arm *arm)
{
	segment(arm, "initrd")->address = arm->machine.crash_region.end + 1;
}

static void unaligned(struct arm *arm)
{
	segment(arm, "initrd")->address += 512;
}

static void overlap(struct arm *arm)
{
	segment(arm, "initrd")->address = segment(arm, "kernel")->address;
}

static void unknown_flag(struct arm *arm)
{
	arm->plan.flags |= 1 << 14;
}

/* The whole region: the kernel finds no page for itself. */
static void full(struct arm *arm)
{
	struct plan_segment *s = segment(arm, "kernel"), one = *s;
	const struct range *region = &arm->machine.crash_region;

	one.address = region->start;
	one.memory_size = region->end - region->start + 1;
	one.size = PAGE_BYTES;
	one.borrowed = true;
	for (size_t i = 0; i < arm->plan.nr_segments; i++) {
		if (&arm->plan.segments[i] != s && !arm->plan.segments[i].borrowed)
			free(arm->plan.segments[i].data);
	}
	arm->plan.segments[0] = one;
	arm->plan.nr_segments = 1;
	arm->plan.entry = one.address;
}

static void drop_privilege(struct arm *arm)
{
	if (setresuid(65534, 65534, 65534))
		perror("setresuid");
	/* As it would have been gathered by that user, who cannot read all the rest. */
	arm->machine.privileged = false;
}

static void too_long(struct arm *arm)
{
	free(arm->command_line);
	arm->command_line = malloc(4000);
	memset(arm->command_line, 'x', 3999);
	arm->command_line[3999] = 0;
}

static void no_kernel(struct arm *arm)
{
	free(arm->kernel_path);
	arm->kernel_path = strdup("/bin/busybox");
}

static int writer = -1;
static void open_for_writing(struct arm *arm)
{
	writer = open(arm->kernel_path, O_WRONLY);
	if (writer < 0)
		perror(arm->kernel_path);
}

/*
 * A child whose load waits for a page that never comes (userfaultfd), holding the kernel's lock.
 *
 */
static pid_t stuck;
static void hold_lock(struct arm *arm)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct plan_segment *s = segment(arm, "kernel");
	int fd;

	stuck = fork();
	if (stuck) {
		sleep(2);
		return;
	}
	fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	s->data = mmap(NULL, s->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (uintptr_t)s->data;
	range.range.len = (s->size + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
		perror("userfaultfd");
	error_free(load_plan(&arm->plan));
	_exit(0);
}

static const struct {
	const char *name;
	enum load_call call;
	void (*forge)(struct arm *arm);
} ways[] = {
	{ "corrupt", CALL_KEXEC_LOAD, corrupt },
	{ "outside", CALL_KEXEC_LOAD, outside },
	{ "unaligned", CALL_KEXEC_LOAD, unaligned },
	{ "overlap", CALL_KEXEC_LOAD, overlap },
	{ "flag", CALL_KEXEC_LOAD, unknown_flag },
	{ "full", CALL_KEXEC_LOAD, full },
	{ "busy", CALL_KEXEC_LOAD, hold_lock },
	{ "unprivileged", CALL_KEXEC_LOAD, drop_privilege },
	{ "plain", CALL_KEXEC_LOAD, NULL },
	{ "file-plain", CALL_KEXEC_FILE_LOAD, NULL },
	{ "file-unprivileged", CALL_KEXEC_FILE_LOAD, drop_privilege },
	{ "file-long", CALL_KEXEC_FILE_LOAD, too_long },
	{ "file-nokernel", CALL_KEXEC_FILE_LOAD, no_kernel },
	{ "file-writer", CALL_KEXEC_FILE_LOAD, open_for_writing },
};

static struct error *load(struct arm *arm)
{
	if (arm->call == CALL_KEXEC_LOAD)
		return load_plan(&arm->plan);
	return load_files(&arm->machine, arm->kernel_path, arm->initrd_path, arm->command_line,
			  true);
}

static const struct error *first_error(const struct arm *arm)
{
	if (arm->image_error)
		return arm->image_error;
	return arm->initrd_error ? arm->initrd_error : arm->plan_error;
}

int main(int argc, char **argv)
{
	struct arm_options options = { .crash = true };
	struct error *err;
	struct arm arm;
	bool prepared;
	size_t way = 0;

	if (argc != 5)
		return 2;
	while (way < ARRAY_SIZE(ways) && strcmp(ways[way].name, argv[1]))
		way++;
	if (way == ARRAY_SIZE(ways))
		return 2;
	options.kernel = argv[2];
	options.initrd = argv[3];
	options.command_line.text = argv[4];
	options.choice = ways[way].call == CALL_KEXEC_LOAD ? ARM_KEXEC_LOAD : ARM_KEXEC_FILE_LOAD;
	err = arm_prepare(&options, &arm);
	prepared = !err;
	if (prepared && !first_error(&arm)) {
		if (ways[way].forge)
			ways[way].forge(&arm);
		err = load(&arm);
	}
	if (!err && first_error(&arm))
		puts(first_error(&arm)->message);
	else
		puts(err ? err->message : "loaded");
	if (stuck > 0) {
		kill(stuck, SIGKILL);
		waitpid(stuck, NULL, 0);
	}
	if (prepared)
		arm_deinit(&arm);
	error_free(err);
	return 0;
}
