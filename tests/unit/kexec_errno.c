// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec/errno_meaning.c: every errno that kernel/kexec*.c of Linux gives to the two system calls.
 */
#include "kexec/errno_meaning.h"
#include "support/data.h"

#include <errno.h>
#include <string.h>

static struct machine usual(void)
{
	return (struct machine){ .privileged = true, .panic_limit = -1, .reboot_limit = -1 };
}

static void expect(enum load_call call, int errnum, const struct machine *machine, bool crash,
		   const char *begin, const char *part)
{
	struct error *err = errno_meaning_error(call, errnum, machine, crash);

	assert_int_equal(err->code, ERROR_OS);
	if (strncmp(err->message, begin, strlen(begin)) || !strstr(err->message, part))
		fail_msg("\"%s\" does not begin with \"%s\" or lacks \"%s\"", err->message, begin,
			 part);
	error_free(err);
}

static void all_are_known(void **state)
{
	static const struct {
		enum load_call call;
		int errnum;
		const char *begin, *part;
	} known[] = {
		{ CALL_KEXEC_LOAD, EPERM, "kexec_load: EPERM: ", "security module" },
		{ CALL_KEXEC_LOAD, EACCES, "kexec_load: EACCES: ", "even to unload" },
		{ CALL_UNLOAD, EACCES, "unloading: EACCES: ", "--syscall file" },
		{ CALL_KEXEC_FILE_LOAD, EACCES, "kexec_file_load: EACCES: ", "IMA policy" },
		{ CALL_KEXEC_LOAD, EBUSY, "kexec_load: EBUSY: ", "Try again" },
		{ CALL_KEXEC_FILE_LOAD, EBUSY, "kexec_file_load: EBUSY: ", "Try again" },
		{ CALL_KEXEC_LOAD, EADDRNOTAVAIL, "kexec_load: EADDRNOTAVAIL: ", "region" },
		{ CALL_KEXEC_FILE_LOAD, EADDRNOTAVAIL, "kexec_file_load: ", "crashkernel=" },
		{ CALL_KEXEC_LOAD, EINVAL, "kexec_load: EINVAL: ", "overlap" },
		{ CALL_KEXEC_FILE_LOAD, EINVAL, "kexec_file_load: EINVAL: ", "too long" },
		{ CALL_KEXEC_FILE_LOAD, ENOEXEC, "kexec_file_load: ENOEXEC: ", "bzImage" },
		{ CALL_KEXEC_LOAD, ENOMEM, "kexec_load: ENOMEM: ", "control page" },
		{ CALL_KEXEC_FILE_LOAD, ENOMEM, "kexec_file_load: ENOMEM: ", "crashkernel=" },
		{ CALL_KEXEC_FILE_LOAD, ETXTBSY, "kexec_file_load: ETXTBSY: ", "for writing" },
		{ CALL_KEXEC_FILE_LOAD, ENODATA, "kexec_file_load: ENODATA: ", "no signature" },
		{ CALL_KEXEC_FILE_LOAD, EKEYREJECTED, "kexec_file_load: ", "revoked" },
		{ CALL_KEXEC_FILE_LOAD, ENOKEY, "kexec_file_load: ENOKEY: ", "mokutil" },
		{ CALL_KEXEC_FILE_LOAD, ENOPKG, "kexec_file_load: ENOPKG: ", "cryptography" },
		{ CALL_KEXEC_FILE_LOAD, ELIBBAD, "kexec_file_load: ELIBBAD: ", "PE headers" },
		{ CALL_KEXEC_FILE_LOAD, EMSGSIZE, "kexec_file_load: EMSGSIZE: ", "malformed" },
		{ CALL_KEXEC_LOAD, ENOSYS, "kexec_load: ENOSYS: ", "CONFIG_KEXEC)" },
		{ CALL_KEXEC_FILE_LOAD, ENOSYS, "kexec_file_load: ", "CONFIG_KEXEC_FILE" },
	};
	struct machine machine = usual();

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		expect(known[i].call, known[i].errnum, &machine, true, known[i].begin,
		       known[i].part);
}

/* One errno, several causes: each has its own advice. */
static void causes_are_told_apart(void **state)
{
	struct machine machine = usual();

	machine.privileged = false;
	expect(CALL_KEXEC_LOAD, EPERM, &machine, true, "kexec_load: EPERM: ", "CAP_SYS_BOOT");
	machine = usual();
	machine.load_disabled = true;
	expect(CALL_UNLOAD, EPERM, &machine, true, "unloading: EPERM: ", "kexec_load_disabled");
	machine = usual();
	machine.panic_limit = 0;
	expect(CALL_KEXEC_LOAD, EPERM, &machine, true, "kexec_load: EPERM: ", "limit_panic");
	expect(CALL_KEXEC_LOAD, EPERM, &machine, false, "kexec_load: EPERM: ", "security module");
	machine = usual();
	machine.reboot_limit = 0;
	expect(CALL_KEXEC_LOAD, EPERM, &machine, false, "kexec_load: EPERM: ", "limit_reboot");
	machine = usual();
	machine.lockdown = LOCKDOWN_INTEGRITY;
	expect(CALL_KEXEC_LOAD, EPERM, &machine, true, "kexec_load: EPERM: ", "locked down. Use");
	expect(CALL_KEXEC_FILE_LOAD, EPERM, &machine, true,
	       "kexec_file_load: EPERM: ", "signature");
	machine = usual();
	expect(CALL_KEXEC_LOAD, EADDRNOTAVAIL, &machine, false, "kexec_load: ", "outside of RAM");
	expect(CALL_KEXEC_FILE_LOAD, ENOMEM, &machine, false, "kexec_file_load: ", "Free some");
}

static void unknown(void **state)
{
	struct machine machine = usual();

	assert_null(errno_meaning(CALL_KEXEC_LOAD, EXDEV, &machine, true));
	/* What only the other call gives. */
	assert_null(errno_meaning(CALL_KEXEC_LOAD, ETXTBSY, &machine, true));
	expect(CALL_KEXEC_LOAD, EXDEV, &machine, true, "kexec_load: EXDEV (", "not known");
	expect(CALL_KEXEC_LOAD, 100000, &machine, true, "kexec_load: errno (", "not known");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_known),
		cmocka_unit_test(causes_are_told_apart),
		cmocka_unit_test(unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
