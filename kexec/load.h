/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two system calls, what they answer in words, and the kernel's state. */
#ifndef KEXEC_LOAD_H
#define KEXEC_LOAD_H

#include "kexec/plan.h"

/* kexec_load(2). Errors carry what the errno means here, and what to do. */
must_check struct error *load_plan(const struct plan *plan);
/* kexec_file_load(2) of the image's and initrd's files (@initrd NULL: none). */
must_check struct error *load_files(const struct machine *machine, const char *kernel,
				    const char *initrd, const char *command_line, bool crash);
/* Unloads; the crash kernel's image when @crash. By the system call that is allowed. */
must_check struct error *load_unload(const struct machine *machine, bool crash);

#endif
