/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One QEMU machine: started, watched, ended by its pid. All of its files are in one directory. */
#ifndef SELFTEST_QEMU_H
#define SELFTEST_QEMU_H

#include "base/error.h"

#include <sys/types.h>

struct qemu_options {
	const char *directory; /* where it runs; the names below are in it */
	const char *kernel, *initrd, *append;
	unsigned int memory_mb, cpus;
	bool kvm, uefi;
	bool debugger; /* a gdb stub at QEMU_GDB */
};

#define QEMU_SERIAL   "serial.log"
#define QEMU_MESSAGES "qemu.log"
#define QEMU_QMP      "qmp"
#define QEMU_GDB      "gdb"
#define QEMU_TRUTH    "truth.cpio"
#define QEMU_VMCORE   "vmcore"
#define QEMU_VARS     "uefi-vars.fd"

struct qemu {
	pid_t pid;  /* 0: not running */
	int status; /* as waitpid() told it, when it has ended */
	char *directory;
};

/* Makes the disks (empty, sparse) and starts QEMU. NOT_FOUND: no QEMU, or no firmware for UEFI. */
must_check struct error *qemu_start(const struct qemu_options *options, struct qemu *ret);
/* Has it ended? */
bool qemu_ended(struct qemu *qemu);
/* Ends it, when it still runs, and waits for that. */
void qemu_stop(struct qemu *qemu);
/* What QEMU itself had to say, its last line; "" when nothing. */
void qemu_message(const struct qemu *qemu, char *buf, size_t size);

/* Connects to the unix socket @name in @directory; for qmp.c and gdb.c. */
must_check struct error *qemu_connect(const char *directory, const char *name, int *ret);
/* Asks for @command (without arguments) by the QEMU Machine Protocol, docs/interop/qmp-spec.txt. */
must_check struct error *qmp_command(const char *directory, const char *command);
/*
 * Puts an instruction that faults (a write to address 0) at the start of the kernel's function at
 * @address, by the gdb remote protocol.
 */
must_check struct error *gdb_plant_fault(const char *directory, uint64_t address);

#endif
