// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks: does this machine let us load at all? */
#include "kexec/check.h"

#include <errno.h>
#include <string.h>

/* What the kernel would answer, from the table of errnos: one text for one cause. */
static void refused(const struct check_input *in, struct check_result *ret, int errnum)
{
	const struct errno_meaning *m = errno_meaning(in->call, errnum, in->machine, in->crash);

	check_say(ret, CHECK_FAILED, "%s", m->meaning);
	check_advise(ret, "%s", m->advice);
}

static void privilege(const struct check_input *in, struct check_result *ret)
{
	if (!in->machine->privileged)
		refused(in, ret, EPERM);
	else
		check_say(ret, CHECK_OK, "CAP_SYS_BOOT is there");
}
const struct check privilege_check = { "privilege", "may this process load a kernel", privilege };

static void load_disabled(const struct check_input *in, struct check_result *ret)
{
	if (in->machine->load_disabled)
		check_say(ret, CHECK_FAILED, "kernel.kexec_load_disabled is 1");
	else
		check_say(ret, CHECK_OK, "kernel.kexec_load_disabled is 0");
	if (in->machine->load_disabled)
		check_advise(ret, "Only a reboot sets it back: load before it is set, or take it "
				  "out of /etc/sysctl.d");
}
const struct check load_disabled_check = { "load_disabled", "may kernels be loaded in this boot",
					   load_disabled };

static void load_limit(const struct check_input *in, struct check_result *ret)
{
	const char *name =
		in->crash ? "kernel.kexec_load_limit_panic" : "kernel.kexec_load_limit_reboot";
	int64_t limit = in->crash ? in->machine->panic_limit : in->machine->reboot_limit;

	if (limit < 0) {
		check_say(ret, CHECK_OK, "there is no limit");
	} else if (!limit) {
		check_say(ret, CHECK_FAILED, "%s has run down to 0", name);
		check_advise(ret, "Every load and unload takes one, and only a reboot gives more: "
				  "set a higher limit");
	} else if (limit == 1 && in->crash) {
		check_say(ret, CHECK_WARNING, "%s is 1: this load is the last one", name);
		check_advise(ret, "Should it fail, what was armed before cannot be loaded again");
	} else {
		check_say(ret, CHECK_OK, "%s leaves %lld", name, (long long)limit);
	}
}
const struct check load_limit_check = { "load_limit", "are loads left", load_limit };

static const char *restriction(const struct machine *machine)
{
	if (machine->secure_boot)
		return "Secure Boot is on";
	if (machine->lockdown == LOCKDOWN_INTEGRITY)
		return "the kernel is locked down (integrity)";
	if (machine->lockdown == LOCKDOWN_CONFIDENTIALITY)
		return "the kernel is locked down (confidentiality)";
	if (machine->signature_required)
		return "the kernel wants signed images";
	return NULL;
}

static void restricted(const struct check_input *in, struct check_result *ret)
{
	const char *why = restriction(in->machine);

	if (!why) {
		check_say(ret, CHECK_OK, "neither Secure Boot nor lockdown forbids kexec_load");
	} else if (in->call == CALL_KEXEC_LOAD) {
		check_say(ret, CHECK_FAILED, "%s: kexec_load is forbidden", why);
		check_advise(ret, "Use --syscall file (or auto) with a signed kernel image");
	} else {
		check_say(ret, CHECK_OK, "%s: kexec_file_load is the only way", why);
	}
}
const struct check restricted_check = { "restricted", "does the kernel allow this system call",
					restricted };

static void system_call(const struct check_input *in, struct check_result *ret)
{
	bool by_file = in->call == CALL_KEXEC_FILE_LOAD;
	bool there = by_file ? in->machine->has_file_load : in->machine->has_kexec_load;

	if (there) {
		check_say(ret, CHECK_OK, "the kernel has %s", load_call_name(in->call));
		return;
	}
	check_say(ret, CHECK_FAILED, "the kernel was built without %s (%s)",
		  load_call_name(in->call), by_file ? "CONFIG_KEXEC_FILE" : "CONFIG_KEXEC");
	if (by_file ? in->machine->has_kexec_load : in->machine->has_file_load)
		check_advise(ret, "Use --syscall %s", by_file ? "load" : "file");
	else
		check_advise(ret, "It has no other way either: boot a kernel built with "
				  "CONFIG_KEXEC_FILE");
}
const struct check system_call_check = { "system_call", "does the kernel have this system call",
					 system_call };

static void last_good(const struct check_input *in, struct check_result *ret)
{
	if (!in->crash) {
		check_say(ret, CHECK_SKIPPED, "of a crash kernel alone");
	} else if (!in->machine->crash_loaded) {
		check_say(ret, CHECK_OK, "nothing is armed that could be lost");
	} else if (in->has_last_good) {
		check_say(ret, CHECK_OK, "what is armed now can be loaded again");
	} else {
		check_say(ret, CHECK_WARNING,
			  "what is armed now was not armed by kx-crash, or its files were altered: "
			  "should the load fail, nothing can take its place");
		check_advise(ret, "Run kx-crash status after a failure");
	}
}
const struct check last_good_check = { "last_good",
				       "what happens to what is armed now when the load fails",
				       last_good };
