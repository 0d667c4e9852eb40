// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kx-capture, process 1 of a capture kernel: loads the modules, brings the network up, saves
 * /proc/vmcore as the configuration says, and reboots. The saving is done by a child, so that
 * nothing that goes wrong in it leaves the machine hanging.
 */
#include "capture/capture.h"
#include "initramfs/contents.h"
#include "net/net.h"
#include "process1/process1.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAYS   "kx-capture: "
#define CONFIG "/etc/kx-crash/capture.conf"
/* So that a failure can be read, and a cause that is gone by then can help. */
#define FAILURE_PAUSE 5

static void say_line(void *context, const char *line)
{
	say("%s", line);
}

static void tell_usage(const struct capture_result *result)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage))
		return;
	/* (in KiB) */
	say("peak memory %ld.%ld MiB, %u threads", usage.ru_maxrss >> 10,
	    (usage.ru_maxrss & 1023) * 10 >> 10, result->has_report ? result->report.threads : 0);
}

static struct error *network(const struct capture_config *config)
{
	struct net_config net;

	if (!config->network)
		return NULL;
	TRY(net_config_parse(config->network, &net));
	return net_up(&net, config->device_wait, say);
}

/* The child's part: its exit status is all that the parent learns. */
static int save(const struct capture_config *config)
{
	struct capture_result result;
	/* Without a network a disk may still take the dump. */
	struct error *err = network(config);

	if (err)
		say("network: %s", err->message);
	error_free(err);
	err = capture_run(config, say_line, NULL, &result);
	if (err)
		say("failed: %s", err->message);
	else
		say("saved: %s", result.place ? result.place : result.target->text);
	tell_usage(&result);
	return err ? 1 : 0;
}

/* Waits for @child; whatever else ends meanwhile has nobody but us to be waited for. */
static bool wait_for(pid_t child)
{
	int status;
	pid_t pid;

	do {
		pid = wait(&status);
	} while (pid != child && (pid > 0 || errno == EINTR));
	if (pid != child)
		return false;
	if (WIFSIGNALED(status))
		say("failed: the saving program was killed by signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool save_in_child(const struct capture_config *config)
{
	pid_t child = fork();

	if (child < 0) {
		say("failed: no process for the saving: %s", strerror(errno));
		return false;
	}
	if (!child)
		_exit(save(config));
	return wait_for(child);
}

static struct error *configure(struct capture_config *config)
{
	capture_config_init(config);
	TRY(capture_config_read(config, CONFIG));
	return capture_config_check(config);
}

static const char *const actions[] = {
	[ACTION_NONE] = "nothing",	[ACTION_REBOOT] = "reboot", [ACTION_HALT] = "halt",
	[ACTION_POWEROFF] = "poweroff", [ACTION_SHELL] = "a shell",
};

static void finish(enum capture_action action)
{
	struct error *err;

	say("now: %s", actions[action]);
	err = capture_action_do(action);
	if (err)
		say("%s", err->message);
	error_free(err);
	/* A shell was left, or the machine cannot do what was asked. */
	sync();
	reboot(RB_AUTOBOOT);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

int main(void)
{
	struct capture_config config;
	enum capture_action action = ACTION_REBOOT;
	struct error *err;

	/* It ends with a reboot: nobody shall start it by mistake. */
	if (getpid() != 1) {
		fputs("kx-capture is process 1 of a capture kernel, and nothing else.\n", stderr);
		return 2;
	}
	process1_start(SAYS);
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("LD_LIBRARY_PATH", "/" CONTENTS_LIBRARIES, 1);
	say("up");
	modules_load();
	err = configure(&config);
	if (err) {
		say("failed: %s", err->message);
	} else {
		action = config.failure_action;
		if (save_in_child(&config))
			action = config.final_action;
		else
			sleep(FAILURE_PAUSE);
	}
	error_free(err);
	finish(action);
}
