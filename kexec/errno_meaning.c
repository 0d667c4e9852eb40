// SPDX-License-Identifier: GPL-2.0-or-later
/* Errnos of the two system calls: kernel/kexec.c, kexec_core.c and kexec_file.c of Linux. */
#include "kexec/errno_meaning.h"

#include <errno.h>
#include <string.h>

#define EITHER_LOAD (CALL_KEXEC_LOAD | CALL_KEXEC_FILE_LOAD)
#define ANY_CALL    (EITHER_LOAD | CALL_UNLOAD)

static bool unprivileged(const struct machine *machine, bool crash)
{
	return !machine->privileged;
}

static bool disabled(const struct machine *machine, bool crash)
{
	return machine->load_disabled;
}

static bool panic_limit_is_spent(const struct machine *machine, bool crash)
{
	return crash && !machine->panic_limit;
}

static bool reboot_limit_is_spent(const struct machine *machine, bool crash)
{
	return !crash && !machine->reboot_limit;
}

static bool locked_down(const struct machine *machine, bool crash)
{
	return machine->lockdown > LOCKDOWN_NONE || machine->secure_boot;
}

static bool is_crash(const struct machine *machine, bool crash)
{
	return crash;
}

/* The kernel's own, without a name in the C library; of pefile_strip_sig_wrapper(). */
#define ENOTSUPP 524

static const struct errno_meaning meanings[] = {
	{ EPERM, ANY_CALL, "the caller lacks CAP_SYS_BOOT",
	  "Run it as root, and not in a container that drops the capability", unprivileged },
	{ EPERM, ANY_CALL, "kernel.kexec_load_disabled is 1",
	  "Only a reboot sets it back: load before it is set, or take it out of /etc/sysctl.d",
	  disabled },
	{ EPERM, ANY_CALL, "kernel.kexec_load_limit_panic has run down to 0",
	  "Every load and unload of a crash kernel takes one, and only a reboot gives more: set a "
	  "higher limit",
	  panic_limit_is_spent },
	{ EPERM, ANY_CALL, "kernel.kexec_load_limit_reboot has run down to 0",
	  "Every load and unload takes one, and only a reboot gives more: set a higher limit",
	  reboot_limit_is_spent },
	{ EPERM, CALL_KEXEC_LOAD | CALL_UNLOAD, "the kernel is locked down",
	  "Use --syscall file with a signed kernel image", locked_down },
	{ EPERM, CALL_KEXEC_FILE_LOAD,
	  "the kernel is locked down, and the image's signature did not satisfy it",
	  "Use a kernel image that is signed by a key the running kernel trusts", locked_down },
	{ EPERM, ANY_CALL, "a security module or a seccomp filter forbids it",
	  "Look for a denial in the audit log, and check the limits of the service or container" },

	{ EACCES, CALL_KEXEC_LOAD | CALL_UNLOAD,
	  "Secure Boot or an IMA appraisal policy forbids kexec_load, even to unload",
	  "Use --syscall file with a signed kernel image" },
	{ EACCES, CALL_KEXEC_FILE_LOAD,
	  "an IMA policy or another security module refuses the kernel or the initrd",
	  "Look for the file's name in the audit log; sign it (evmctl) or alter the policy" },

	{ EBUSY, ANY_CALL, "another kexec load, or a change of the crash region, is under way",
	  "Try again; stop other services that load a crash kernel (kdump, kdump-tools)" },

	{ EADDRNOTAVAIL, CALL_KEXEC_LOAD,
	  "a segment or the entry lies outside of the crash region, or not on a page's boundary",
	  "The crash region was changed since the plan was made, or the machine has several: look "
	  "at \"Crash kernel\" in /proc/iomem, and arm anew",
	  is_crash },
	{ EADDRNOTAVAIL, CALL_KEXEC_LOAD,
	  "a segment lies outside of RAM, or not on a page's boundary",
	  "Memory was taken away since the plan was made: load anew" },
	{ EADDRNOTAVAIL, CALL_KEXEC_FILE_LOAD,
	  "no hole in the crash region is large enough for the kernel or the initrd",
	  "Reserve more with crashkernel= (kx-crash estimate tells how much), or use a smaller "
	  "initrd",
	  is_crash },
	{ EADDRNOTAVAIL, CALL_KEXEC_FILE_LOAD,
	  "no hole in memory is large enough for the kernel or the initrd",
	  "Use a smaller initrd" },

	{ EINVAL, CALL_KEXEC_LOAD,
	  "a flag that this kernel does not know, segments that overlap, or more than half of RAM "
	  "for them",
	  "Without --hotplug no such flag is used; reserve less than half of RAM for the crash "
	  "kernel" },
	{ EINVAL, CALL_KEXEC_FILE_LOAD,
	  "a command line that is too long for the image, a flag that this kernel does not know, "
	  "or more than half of RAM for the segments",
	  "Shorten the command line (--remove); the kernel adds some 30 bytes of its own" },
	{ EINVAL, CALL_UNLOAD, "a flag that this kernel does not know",
	  "Unload by the other system call" },

	{ ENOEXEC, EITHER_LOAD, "the image is no kernel that this system call can load",
	  "kexec_file_load takes a bzImage for 64 bits alone: give one with --kernel, or use "
	  "--syscall load" },

	{ ENOMEM, EITHER_LOAD,
	  "no pages are left in the crash region for the kernel's own control page and page tables",
	  "Reserve more with crashkernel= (kx-crash estimate tells how much), or use a smaller "
	  "initrd",
	  is_crash },
	{ ENOMEM, ANY_CALL, "the kernel is short of memory", "Free some, and try again" },

	{ ETXTBSY, CALL_KEXEC_FILE_LOAD, "a program has the kernel or the initrd open for writing",
	  "Wait until the package manager or update-initramfs has finished; fuser -v FILE names it" },

	{ ENODATA, CALL_KEXEC_FILE_LOAD,
	  "the image carries no signature, and this kernel wants one",
	  "Use the distribution's signed kernel, or sign yours (sbsign)" },
	{ EKEYREJECTED, CALL_KEXEC_FILE_LOAD,
	  "the image's signature does not match it, or its key is not accepted for this",
	  "The file was altered, or its key was revoked: install the kernel anew" },
	{ ENOKEY, CALL_KEXEC_FILE_LOAD,
	  "no keyring of the running kernel holds the key that signed the image",
	  "Enroll the key (mokutil --import), or use a kernel of the running one's signer" },
	{ ENOPKG, CALL_KEXEC_FILE_LOAD,
	  "the running kernel lacks the cryptography of the image's signature",
	  "Load the modules for that hash and key type, or sign the image with SHA-256 and RSA" },
	{ ELIBBAD, CALL_KEXEC_FILE_LOAD,
	  "the image's PE headers or its signature are damaged, or the signature was stripped off",
	  "Install the kernel anew, or sign it anew (sbsign)" },
	{ ENOTSUPP, CALL_KEXEC_FILE_LOAD,
	  "the image's signature is of a kind that the running kernel does not know",
	  "Sign the image anew (sbsign)" },
	{ EMSGSIZE, CALL_KEXEC_FILE_LOAD, "the image's signature is malformed",
	  "Sign the image anew (sbsign)" },
	{ EBADMSG, CALL_KEXEC_FILE_LOAD, "the image's signature is malformed",
	  "Sign the image anew (sbsign)" },

	{ ENOSYS, CALL_KEXEC_LOAD, "this kernel was built without kexec_load (CONFIG_KEXEC)",
	  "Use --syscall file" },
	{ ENOSYS, CALL_KEXEC_FILE_LOAD,
	  "this kernel was built without kexec_file_load (CONFIG_KEXEC_FILE)",
	  "Use --syscall load" },
	{ ENOSYS, CALL_UNLOAD, "this kernel was built without kexec",
	  "There is nothing to unload" },
	{ EFBIG, CALL_KEXEC_FILE_LOAD,
	  "the kernel or the initrd is too large for the kernel to read", "Use a smaller initrd" },
	{ EFAULT, EITHER_LOAD, "the kernel could not read the segments",
	  "This is a bug of kx-crash: please report it" },
};

const struct errno_meaning *errno_meaning(enum load_call call, int errnum,
					  const struct machine *machine, bool crash)
{
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++) {
		const struct errno_meaning *m = &meanings[i];

		if (m->errnum == errnum && m->calls & call && (!m->when || m->when(machine, crash)))
			return m;
	}
	return NULL;
}

const char *load_call_name(enum load_call call)
{
	switch (call) {
	case CALL_KEXEC_LOAD:
		return "kexec_load";
	case CALL_KEXEC_FILE_LOAD:
		return "kexec_file_load";
	case CALL_UNLOAD:
		return "unloading";
	}
	return "kexec";
}

struct error *errno_meaning_error(enum load_call call, int errnum, const struct machine *machine,
				  bool crash)
{
	const struct errno_meaning *m = errno_meaning(call, errnum, machine, crash);
	const char *name = errnum == ENOTSUPP ? "ENOTSUPP" : strerrorname_np(errnum);

	if (!m)
		return error_create(ERROR_OS,
				    "%s: %s (%s), which the kernel is not known to answer",
				    load_call_name(call), name ? name : "errno", strerror(errnum));
	return error_create(ERROR_OS, "%s: %s: %s. %s", load_call_name(call), name, m->meaning,
			    m->advice);
}
