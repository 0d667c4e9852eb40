// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kx-capture, process 1 of a capture kernel: loads the modules, brings the network up, saves
 * /proc/vmcore as the configuration says, and reboots. The saving is done by a child, so that
 * nothing that goes wrong in it leaves the machine hanging.
 */
#include "capture/capture.h"
#include "capture_init/watch.h"
#include "initramfs/contents.h"
#include "net/net.h"
#include "process1/process1.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SAYS   "kx-capture: "
#define CONFIG "/etc/kx-crash/capture.conf"
/* So that a failure can be read, and a cause that is gone by then can help. */
#define FAILURE_PAUSE 5
/* How long the saving may neither compute nor read nor write; and what is done at the end. */
#define STALL_SECONDS  300
#define FINISH_SECONDS 60

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

/* The child's part. What it came to is in memory that the parent sees, too. */
static int save(const struct capture_config *config, struct capture_result *result)
{
	struct error *err;

	/* Mounts of its own go with it: what is left unwritten for a disk that is gone would be
	 * counted against what others may leave unwritten. */
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		say("note: mounts of its own: %s", strerror(errno));
	/* Without a network a disk may still take the dump. */
	err = network(config);
	if (err)
		say("network: %s", err->message);
	error_free(err);
	err = capture_run(config, say_line, NULL, result);
	if (err)
		say("failed: %s", err->message);
	else
		say("saved: %s", result->place ? result->place : result->target->text);
	tell_usage(result);
	return err ? 1 : 0;
}

/* Takes away the targets that were tried, and what was run before them. */
static void drop_tried(struct capture_config *config, size_t tried)
{
	tried = min(max(tried, (size_t)1), config->nr_targets);
	config->nr_targets -= tried;
	memmove(config->targets, config->targets + tried,
		config->nr_targets * sizeof(*config->targets));
	config->nr_before = 0;
}

static unsigned int stall_seconds(const struct capture_config *config)
{
	/* A word of the kernel's command line that the kernel does not know is in our environment.
	 */
	const char *given = getenv("KX_STALL");

	return given ? (unsigned int)strtoul(given, NULL, 10) : STALL_SECONDS + config->device_wait;
}

static bool save_in_child(struct capture_config *config)
{
	struct capture_result *result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE,
					     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool saved = false, broke_off = true;

	if (result == MAP_FAILED)
		return false;
	while (broke_off && config->nr_targets) {
		pid_t child = fork();

		if (child < 0) {
			say("failed: no process for the saving: %s", strerror(errno));
			break;
		}
		if (!child)
			_exit(save(config, result));
		saved = watch_child(child, stall_seconds(config), &broke_off);
		if (broke_off)
			drop_tried(config, result->nr_tried);
	}
	return saved;
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

static void try_action(enum capture_action action)
{
	struct error *err = capture_action_do(action);

	if (err)
		say("%s", err->message);
	error_free(err);
}

/* What was written goes to the disks first, which one that is gone can hold up for ever. */
static void finish(enum capture_action action)
{
	bool broke_off;
	pid_t child;

	say("now: %s", actions[action]);
	if (action == ACTION_SHELL) {
		try_action(action);
		action = ACTION_REBOOT;
	}
	child = fork();
	if (!child) {
		try_action(action);
		_exit(1);
	}
	if (child > 0)
		(void)watch_child(child, FINISH_SECONDS, &broke_off);
	/* The machine cannot do what was asked, or not in time. */
	reboot(action == ACTION_POWEROFF ? RB_POWER_OFF : RB_AUTOBOOT);
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
