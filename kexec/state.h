/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kx-crash remembers of an arming and of self-tests: JSON files, written whole or not at all.
 *
 *   /run/kx-crash/armed.json         how this boot's crash kernel was armed; gone with a reboot,
 *                                    as what it tells of is
 *   /var/lib/kx-crash/selftest.json  what the last self-tests found, one entry for each setup
 *
 * Functions take the folder, so that tests have their own.
 */
#ifndef KEXEC_STATE_H
#define KEXEC_STATE_H

#include "base/error.h"

#include <stddef.h>

#define STATE_RUN_FOLDER "/run/kx-crash"
#define STATE_LIB_FOLDER "/var/lib/kx-crash"

/* Self-tests that are remembered; the oldest makes room. */
#define STATE_MAX_SELFTESTS 16

/* A file as it was: "" and 0 when there was none. */
struct state_file {
	char *path; /* absolute; owned; NULL: none */
	char sha256[65];
	uint64_t size; /* bytes */
};

struct state_arming {
	char boot_id[40];  /* /proc/sys/kernel/random/boot_id of the boot it was armed in */
	char release[128]; /* of the running kernel */
	struct state_file kernel, initrd;
	bool initrd_inside;   /* the kernel image brings its own (a UKI) */
	char *command_line;   /* as the system call got it, without elfcorehdr=; owned */
	char system_call[20]; /* "kexec_load", "kexec_file_load" */
	char digest[65];      /* SHA-256 that purgatory verifies; "" with kexec_file_load */
	char fingerprint[17]; /* of the crash region then, see fingerprint.h; "": not known */
	bool hotplug;
	uint64_t crash_start, crash_end; /* the region, physical, @crash_end in it; 0: unknown */
	uint64_t crash_size;		 /* bytes, /sys/kernel/kexec_crash_size */
	uint64_t time;			 /* seconds since 1970 */
};

/* One setup and how its last self-test ended. A setup is all but @passed and what follows. */
struct state_selftest {
	char release[128];
	char kernel_sha256[65];
	char initrd_sha256[65];	      /* "": the test built its own capture initramfs */
	char command_line_sha256[65]; /* of the capture kernel's, without elfcorehdr= */
	char system_call[20];
	uint64_t crash_size; /* bytes reserved */
	bool passed;
	char failed_step[64]; /* "" when it passed */
	uint64_t time;	      /* seconds since 1970 */
	uint64_t duration_ms;
	char version[32]; /* of kx-crash */
};

/* NOT_FOUND: there is no record. BAD_DATA: it is not one of ours. */
must_check struct error *state_arming_read(const char *folder, struct state_arming *ret);
must_check struct error *state_arming_write(const char *folder, const struct state_arming *arming);
/* Nothing to forget is fine. */
must_check struct error *state_arming_forget(const char *folder);
void state_arming_deinit(struct state_arming *arming);

/* The newest first in *@ret (owned by the caller, free); no record is an empty list. */
must_check struct error *state_selftests_read(const char *folder, struct state_selftest **ret,
					      size_t *count);
/* Takes the place of an older test of the same setup. */
must_check struct error *state_selftest_write(const char *folder,
					      const struct state_selftest *test);

/* The running boot's id; OS, NOT_FOUND where /proc is not mounted. */
must_check struct error *state_boot_id(char buf[40]);
/* SHA-256 as 64 hex digits. */
void state_hex(const uint8_t digest[32], char ret[65]);
void state_sha256(const void *data, size_t size, char ret[65]);
/* A file as it is now: its resolved path, hash and size. NOT_FOUND, OS. */
must_check struct error *state_file_now(const char *path, struct state_file *ret);
/* Is the file still what it was? NOT_FOUND: gone; BAD_DATA: another one; OS. */
must_check struct error *state_file_check(const struct state_file *file);
void state_file_deinit(struct state_file *file);

#endif
