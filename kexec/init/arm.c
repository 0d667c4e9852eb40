// SPDX-License-Identifier: GPL-2.0-or-later
/* Arming, by the program that users arm with. */
#include "init/init.h"

#include "base/small_file.h"
#include "commands/program.h"
#include "kexec/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SAID "/arm.out"

extern const struct program arm_program;

/* Puts @fd in the place of stdout and stderr. */
static void speak_to(int fd)
{
	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
}

/* What it said, line by line in the log, and the last line that is a message in @last. */
static void repeat(char *last, size_t size)
{
	FILE *file = fopen(SAID, "re");
	char line[400];

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		if (*line)
			say("arm: %s", line);
		if (!strncmp(line, "kx-crash", 8))
			snprintf(last, size, "%s", line);
	}
	if (file)
		fclose(file);
}

static struct error *arm(char **words, int count)
{
	int console = dup(STDOUT_FILENO), fd = open(SAID, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char last[400] = "it failed";
	int status;

	if (fd < 0 || console < 0)
		return error_os(errno, SAID);
	speak_to(fd);
	status = program_main(&arm_program, count, words);
	speak_to(console);
	close(fd);
	close(console);
	repeat(last, sizeof(last));
	unlink(SAID);
	return status ? error_create(ERROR_OS, "%s", last) : NULL;
}

struct error *arm_run(const char *how)
{
	/* The rest is the running kernel's command line, the console's words among it. */
	char *words[] = { "arm",       "--kernel",	"/" INIT_KERNEL,
			  "--initrd",  "/" INIT_INITRD, "--syscall",
			  (char *)how, "--append",	"kx.role=capture",
			  NULL };
	struct state_arming arming;
	char size[32] = "0";

	TRY(arm(words, ARRAY_SIZE(words) - 1));
	TRY(state_arming_read(STATE_RUN_FOLDER, &arming));
	TRY(small_file_read("/sys/kernel/kexec_crash_size", size, sizeof(size)));
	say("armed: %s, %s bytes reserved", arming.system_call, size);
	state_arming_deinit(&arming);
	/* They are in the crash region now; here, they only take memory. */
	unlink("/" INIT_KERNEL);
	unlink("/" INIT_INITRD);
	return NULL;
}
