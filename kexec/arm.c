// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading, and what happens when it fails. */
#include "kexec/arm.h"

#include "base/text.h"
#include "kexec/fingerprint.h"
#include "kexec/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct error *arm_is_loaded(struct host *host, bool crash, bool *ret)
{
	uint64_t loaded;

	TRY(host_read_number(host,
			     crash ? "/sys/kernel/kexec_crash_loaded" : "/sys/kernel/kexec_loaded",
			     false, &loaded));
	*ret = loaded != 0;
	return NULL;
}

static struct error *load(struct arm *arm)
{
	bool loaded;

	if (arm->call == CALL_KEXEC_LOAD)
		TRY(load_plan(&arm->plan));
	else
		TRY(load_files(&arm->machine, arm->kernel_path, arm->initrd_path, arm->command_line,
			       arm->options.crash));
	/* The call said that it worked: the kernel's own word for it. */
	TRY(arm_is_loaded(arm->host, arm->options.crash, &loaded));
	if (!loaded)
		return error_create(ERROR_OS,
				    "%s succeeded, and yet the kernel says that nothing is loaded. "
				    "Another program unloaded it, or the kernel has a fault",
				    load_call_name(arm->call));
	return NULL;
}

static struct error *copy(const char *from, char **ret)
{
	*ret = strdup(from);
	return *ret ? NULL : error_nomem();
}

static struct error *describe(const struct arm *arm, struct state_arming *ret)
{
	const struct machine *machine = &arm->machine;
	struct error *err;

	TRY(state_boot_id(ret->boot_id));
	snprintf(ret->release, sizeof(ret->release), "%s", machine->release);
	snprintf(ret->system_call, sizeof(ret->system_call), "%s", load_call_name(arm->call));
	TRY(copy(arm->kernel_path, &ret->kernel.path));
	state_hex(arm->image.sha256, ret->kernel.sha256);
	ret->kernel.size = arm->image.size;
	if (arm->initrd_path) {
		TRY(copy(arm->initrd_path, &ret->initrd.path));
		state_sha256(arm->initrd, arm->initrd_size, ret->initrd.sha256);
		ret->initrd.size = arm->initrd_size;
	}
	ret->initrd_inside = arm->initrd && !arm->initrd_path;
	TRY(copy(arm->command_line, &ret->command_line));
	if (arm->call == CALL_KEXEC_LOAD)
		state_hex(arm->plan.digest, ret->digest);
	/* Without it, status can compare less. */
	err = fingerprint_make(machine, ret->fingerprint);
	if (err && (err->code == ERROR_NOMEM || err->code == ERROR_INTERRUPTED))
		return err;
	error_free(err);
	ret->hotplug = arm->options.hotplug;
	if (machine->has_crash_region) {
		ret->crash_start = machine->crash_region.start;
		ret->crash_end = machine->crash_region.end;
	}
	ret->crash_size = machine->crash_size;
	ret->time = (uint64_t)time(NULL);
	return NULL;
}

static struct error *record(const struct arm *arm)
{
	struct state_arming arming = { 0 };
	struct error *err = describe(arm, &arming);

	if (!err)
		err = state_arming_write(arm->options.run_folder, &arming);
	state_arming_deinit(&arming);
	return error_wrap(err, "armed, but the record of it could not be written");
}

/* Why nothing can be loaded; NULL: it can. */
static struct error *take_obstacle(struct arm *arm)
{
	struct error **const slots[] = { &arm->image_error, &arm->initrd_error,
					 &arm->command_line_error, &arm->plan_error };

	for (size_t i = 0; i < ARRAY_SIZE(slots); i++) {
		struct error *err = *slots[i];

		*slots[i] = NULL;
		if (err)
			return err;
	}
	return NULL;
}

struct error *arm_again(const struct state_arming *arming, const char *run_folder)
{
	bool by_file = !strcmp(arming->system_call, load_call_name(CALL_KEXEC_FILE_LOAD));
	struct arm_options options = {
		.crash = true,
		.kernel = arming->kernel.path,
		.initrd = arming->initrd.path,
		.no_initrd = !arming->initrd.path && !arming->initrd_inside,
		.command_line = { .text = arming->command_line },
		.choice = by_file ? ARM_KEXEC_FILE_LOAD : ARM_KEXEC_LOAD,
		.hotplug = arming->hotplug,
		.run_folder = run_folder,
	};
	struct error *err;
	struct arm arm;

	TRY(state_file_check(&arming->kernel));
	if (arming->initrd.path)
		TRY(state_file_check(&arming->initrd));
	TRY(arm_prepare(&options, &arm));
	err = take_obstacle(&arm);
	if (!err)
		err = load(&arm);
	/* Anew: each load differs in its random seed, and so in its digest. */
	if (!err)
		err = record(&arm);
	arm_deinit(&arm);
	return err;
}

/* The load's error, with what became of what was armed before. */
static struct error *tell(struct error *err, const char *outcome, const char *what)
{
	struct error *told = error_create(err->code, "%s. %s%s", err->message, outcome, what);

	error_free(err);
	return told;
}

static struct error *restore(struct arm *arm, struct error *err)
{
	struct error *again;
	bool loaded = false;

	if (!error_dropped(arm_is_loaded(arm->host, true, &loaded)) && loaded)
		return tell(err, "What was armed before is armed still", "");
	if (!arm->has_last_good)
		return tell(err, "Nothing is armed",
			    arm->machine.crash_loaded ? ": what was armed before is gone" : "");
	again = arm_again(&arm->last_good, arm->options.run_folder);
	if (!error_dropped(arm_is_loaded(arm->host, true, &loaded)) && loaded) {
		error_free(again);
		return tell(err,
			    "What was armed before is armed again: ", arm->last_good.kernel.path);
	}
	if (!again)
		again = error_create(ERROR_OS, "the kernel says that nothing is loaded");
	err = tell(err, "Nothing is armed: loading again what was armed before failed, too: ",
		   again->message);
	error_free(again);
	return err;
}

struct error *arm_load(struct arm *arm)
{
	struct error *err = load(arm);

	if (err && arm->options.crash)
		return restore(arm, err);
	if (!err && arm->options.crash)
		return record(arm);
	return err;
}
