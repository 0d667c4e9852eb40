// SPDX-License-Identifier: GPL-2.0-or-later
/* The rules, the more telling ones first. */
#include "selftest/cause.h"

#include <stddef.h>
#include <string.h>

#define MORE_MEMORY                                                                                \
	"the capture kernel ran out of memory: crashkernel= is too small for it; "                 \
	"--find-minimum finds what is enough"

static const struct rule {
	unsigned int phases;
	const char *needle; /* "": the console is empty */
	int ended;	    /* 1: the machine has ended, 0: it has not, -1: either */
	struct cause cause;
} rules[] = {
	{ CAUSE_BOOT,
	  "",
	  -1,
	  { "the console is silent: the kernel has no driver for a serial line built in "
	    "(CONFIG_SERIAL_8250_CONSOLE), or the image is none that QEMU can start" } },
	{ CAUSE_BOOT,
	  "Unable to mount root fs",
	  -1,
	  { "the kernel did not unpack the initramfs: it lacks CONFIG_BLK_DEV_INITRD or "
	    "CONFIG_RD_GZIP, or --memory is too small" } },
	{ CAUSE_BOOT,
	  "System is deadlocked on memory",
	  -1,
	  { "the first kernel has too little memory: raise --memory or lower --crashkernel" } },
	{ CAUSE_BOOT,
	  "Out of memory",
	  -1,
	  { "the first kernel has too little memory: raise --memory or lower --crashkernel" } },
	{ CAUSE_ARM | CAUSE_CRASH | CAUSE_CAPTURE,
	  "no virtio_blk",
	  -1,
	  { "the kernel has no driver for virtio disks, or its modules do not fit it: "
	    "check --modules" } },
	{ CAUSE_ARM,
	  "no memory is reserved",
	  -1,
	  { "the kernel found no room for crashkernel=: raise --memory or lower --crashkernel" } },
	{ CAUSE_ARM,
	  "the crash region has",
	  -1,
	  { "what is to be loaded does not fit into the crash region: raise --crashkernel",
	    true } },
	{ CAUSE_ARM,
	  "Out of memory",
	  -1,
	  { "the first kernel has too little memory: raise --memory or lower --crashkernel" } },
	{ CAUSE_ARM,
	  "Cannot allocate memory",
	  -1,
	  { "the kernel image, initramfs and tables do not fit into the crash region: raise "
	    "--crashkernel",
	    true } },
	{ CAUSE_CAPTURE,
	  "purgatory: the loaded kernel was altered",
	  -1,
	  { "the capture kernel was overwritten after it was armed, and purgatory refused to "
	    "start it" } },
	{ CAUSE_CAPTURE,
	  "kx-crash purgatory: ",
	  -1,
	  { "purgatory stopped before it started the capture kernel: see what it says" } },
	{ CAUSE_CAPTURE, "Out of memory", -1, { MORE_MEMORY, true } },
	{ CAUSE_CAPTURE, "Out of Memory", -1, { MORE_MEMORY, true } },
	{ CAUSE_CAPTURE, "System is deadlocked on memory", -1, { MORE_MEMORY, true } },
	{ CAUSE_CAPTURE, "page allocation failure", -1, { MORE_MEMORY, true } },
	{ CAUSE_CAPTURE, "Initramfs unpacking failed", -1, { MORE_MEMORY, true } },
	{ CAUSE_CAPTURE, "Failed to execute /init (error -12)", -1, { MORE_MEMORY, true } },
	{ CAUSE_CAPTURE, "Cannot allocate memory", -1, { MORE_MEMORY, true } },
	{ CAUSE_CAPTURE, "Unable to allocate", -1, { MORE_MEMORY, true } },
	{ CAUSE_CAPTURE, "Failed to allocate", -1, { MORE_MEMORY, true } },
	{ CAUSE_CAPTURE,
	  "Unable to mount root fs",
	  -1,
	  { "the capture kernel found no initramfs: crashkernel= is too small to unpack it, or "
	    "it was damaged",
	    true } },
	{ CAUSE_CAPTURE,
	  "/proc/vmcore: No such file",
	  -1,
	  { "the capture kernel does not know of the old memory: it was not given elfcorehdr=, "
	    "or lacks CONFIG_PROC_VMCORE" } },
	{ CAUSE_CAPTURE,
	  "No space left",
	  -1,
	  { "the dump is larger than the machine's memory: a bug of the self-test" } },
	{ CAUSE_CAPTURE,
	  "Kernel panic",
	  -1,
	  { "the capture kernel panicked: see its last lines" } },
	{ CAUSE_CAPTURE,
	  "",
	  1,
	  { "the machine was reset on its way to the capture kernel (a triple fault): what was "
	    "loaded cannot be started, or crashkernel= is far too small",
	    true } },
	{ CAUSE_CAPTURE,
	  "",
	  0,
	  { "nothing was heard of the capture kernel: it hangs before its console, or "
	    "crashkernel= is far too small",
	    true } },
};

static bool is_blank(const char *text)
{
	return !text[strspn(text, " \n\t")];
}

const struct cause *cause_find(enum cause_phase phase, const char *console, bool ended)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const struct rule *rule = &rules[i];

		if (!(rule->phases & phase) || (rule->ended >= 0 && rule->ended != ended))
			continue;
		if (*rule->needle ? strstr(console, rule->needle) != NULL : is_blank(console))
			return &rule->cause;
	}
	return NULL;
}
