/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Process 1 of the self-test's guest, in both of its kernels: the one that is armed and crashes
 * (role "test"), and the one that saves it (role "capture"). Words on the kernel's command line
 * tell what to do; lines on the console that begin with INIT_SAYS tell the host what was done.
 *
 *   kx.role=test|capture
 *   kx.syscall=auto|load|file   how to arm
 *   kx.panic=sysrq|oops|nmi     how to die
 */
#ifndef INIT_INIT_H
#define INIT_INIT_H

#include "process1/process1.h"

#define INIT_SAYS "kx-selftest: "
/* Files of the initramfs, below its root; modules are where process1.h says. */
#define INIT_KERNEL "capture/kernel"
#define INIT_INITRD "capture/initrd"
/* The disks, by their serial numbers. */
#define INIT_TRUTH_DISK	 "kxtruth"
#define INIT_VMCORE_DISK "kxvmcore"
/* The host writes a byte here on the truth's disk when the guest may go on to die. */
#define INIT_GO_OFFSET (60u << 20)

/* The disk with that serial number, opened with @flags. */
must_check struct error *disk_open(const char *serial, int flags, int *ret);

/* What the kernel says of itself, as a cpio archive (newc) at the start of the truth's disk. */
must_check struct error *truth_write(void);

/* Tasks for the dump to show; moves to the last CPU. */
void tasks_make(void);

/* Arms with the program `arm`, as a user would. */
must_check struct error *arm_run(const char *syscall);

/* Crashes; returns only when that did not work. */
must_check struct error *die(const char *how);

/* Saves /proc/vmcore to its disk. */
must_check struct error *save_run(void);

#endif
