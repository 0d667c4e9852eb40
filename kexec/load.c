// SPDX-License-Identifier: GPL-2.0-or-later
/* The two system calls: kexec_load(2), kexec_file_load(2); include/uapi/linux/kexec.h of Linux. */
#include "kexec/load.h"

#include "kexec/errno_meaning.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE_BYTES 4096

/* The kernel does not wait for its lock. Who holds it is done soon, as a rule. */
#define BUSY_TRIES    20
#define BUSY_PAUSE_NS (100 * 1000000L)

static int architecture(const struct machine *machine)
{
	return machine->elf_machine << 16;
}

/* True when it is worth trying again: after a pause. */
static bool busy(long result, unsigned int *tries)
{
	struct timespec pause = { .tv_nsec = BUSY_PAUSE_NS };

	if (result >= 0 || errno != EBUSY || ++*tries >= BUSY_TRIES)
		return false;
	nanosleep(&pause, NULL);
	errno = EBUSY;
	return true;
}

struct error *load_plan(const struct plan *plan)
{
	struct kexec_segment segments[PLAN_MAX_SEGMENTS];
	unsigned int tries = 0;
	long result;

	for (size_t i = 0; i < plan->nr_segments; i++) {
		const struct plan_segment *from = &plan->segments[i];

		segments[i] = (struct kexec_segment){
			.buf = from->data,
			.bufsz = from->size,
			.mem = (void *)(uintptr_t)from->address,
			.memsz = (from->memory_size + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1),
		};
	}
	do {
		result = syscall(SYS_kexec_load, (unsigned long)plan->entry,
				 (unsigned long)plan->nr_segments, segments,
				 (unsigned long)plan->flags);
	} while (busy(result, &tries));
	if (result < 0)
		return errno_meaning_error(CALL_KEXEC_LOAD, errno, plan->machine,
					   plan->options.crash);
	return NULL;
}

static struct error *file_load(const struct machine *machine, int kernel, int initrd,
			       const char *command_line, bool crash)
{
	unsigned long flags =
		(crash ? KEXEC_FILE_ON_CRASH : 0) | (initrd < 0 ? KEXEC_FILE_NO_INITRAMFS : 0);
	unsigned int tries = 0;
	long result;

	do {
		result = syscall(SYS_kexec_file_load, kernel, initrd, strlen(command_line) + 1,
				 command_line, flags);
	} while (busy(result, &tries));
	if (result < 0)
		return errno_meaning_error(CALL_KEXEC_FILE_LOAD, errno, machine, crash);
	return NULL;
}

static struct error *open_file(const char *path, int *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_os(errno, "%s", path);
	*ret = fd;
	return NULL;
}

struct error *load_files(const struct machine *machine, const char *kernel, const char *initrd,
			 const char *command_line, bool crash)
{
	int kernel_fd, initrd_fd = -1;
	struct error *err;

	TRY(open_file(kernel, &kernel_fd));
	err = initrd ? open_file(initrd, &initrd_fd) : NULL;
	if (!err)
		err = file_load(machine, kernel_fd, initrd_fd, command_line, crash);
	if (initrd_fd >= 0)
		close(initrd_fd);
	close(kernel_fd);
	return err;
}

static long unload(const struct machine *machine, bool by_file, bool crash)
{
	unsigned int tries = 0;
	long result;

	do {
		if (by_file)
			result = syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL,
					 KEXEC_FILE_UNLOAD | (crash ? KEXEC_FILE_ON_CRASH : 0UL));
		else
			result = syscall(SYS_kexec_load, 0UL, 0UL, NULL,
					 (unsigned long)architecture(machine) |
						 (crash ? KEXEC_ON_CRASH : 0UL));
	} while (busy(result, &tries));
	return result;
}

/*
 * Either call unloads what the other one loaded. Where kexec_load is forbidden (Secure Boot,
 * lockdown, IMA) it is so for unloading too; kexec_file_load never is.
 */
struct error *load_unload(const struct machine *machine, bool crash)
{
	long result = unload(machine, machine->has_file_load, crash);

	/* Whether it is there is not always known. */
	if (result < 0 && errno == ENOSYS && machine->has_file_load)
		result = unload(machine, false, crash);
	if (result < 0)
		return errno_meaning_error(CALL_UNLOAD, errno, machine, crash);
	return NULL;
}
