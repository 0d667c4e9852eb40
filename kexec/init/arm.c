// SPDX-License-Identifier: GPL-2.0-or-later
/* Arming, by the program that users arm with. */
#include "init/init.h"

#include "commands/program.h"
#include "kexec/state.h"

#include <unistd.h>

extern const struct program arm_program;

struct error *arm_run(const char *how)
{
	/* The rest is the running kernel's command line, the console's words among it. */
	char *words[] = { "arm",       "--kernel",	"/" INIT_KERNEL,
			  "--initrd",  "/" INIT_INITRD, "--syscall",
			  (char *)how, "--append",	"kx.role=capture",
			  NULL };
	struct state_arming arming;
	char size[32] = "0";

	if (program_main(&arm_program, ARRAY_SIZE(words) - 1, words))
		return error_create(ERROR_OS, "not armed");
	TRY(state_arming_read(STATE_RUN_FOLDER, &arming));
	TRY(read_line("/sys/kernel/kexec_crash_size", size, sizeof(size)));
	say("armed: %s, %s bytes reserved", arming.system_call, size);
	state_arming_deinit(&arming);
	/* They are in the crash region now; here, they only take memory. */
	unlink("/" INIT_KERNEL);
	unlink("/" INIT_INITRD);
	return NULL;
}
