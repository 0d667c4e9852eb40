// SPDX-License-Identifier: GPL-2.0-or-later
/* exec: starts the kernel that `load` loaded. */
#include "commands/program.h"
#include "kexec/arm.h"

#include <errno.h>
#include <linux/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct error *check_loaded(void)
{
	struct host *host;
	struct error *err;
	bool loaded = false;

	TRY(host_open(NULL, &host));
	err = arm_is_loaded(host, false, &loaded);
	host_close(host);
	TRY(err);
	if (!loaded)
		return error_create(ERROR_NOT_FOUND,
				    "no kernel is loaded: kx-crash load does that first");
	return NULL;
}

static struct error *run(struct program_run *run)
{
	if (run->arguments->nr_operands)
		return error_create(ERROR_USAGE, "takes no operands");
	TRY(check_loaded());
	sync();
	/* Does not come back when it works. */
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	if (errno == EPERM)
		return error_create(ERROR_OS,
				    "reboot: EPERM: the caller lacks CAP_SYS_BOOT. Run it "
				    "as root");
	if (errno == EINVAL)
		return error_create(ERROR_OS, "reboot: EINVAL: what was loaded was unloaded "
					      "meanwhile. Load it anew");
	return error_os(errno, "reboot");
}

const struct program exec_program = {
	.name = "exec",
	.summary = "start the kernel that kx-crash load loaded, at once",
	.usage = "[--json]",
	.help = "Brings what is written to the disks and jumps: no service is stopped, no file system\n"
		"unmounted. On a machine that runs systemd, `systemctl kexec` does that first.\n",
	.run = run,
};
