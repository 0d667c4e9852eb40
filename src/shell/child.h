/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that the shell runs: pipelines, the pager, !commands. */
#ifndef SHELL_CHILD_H
#define SHELL_CHILD_H

#include "base/error.h"

#include <stdio.h>
#include <sys/types.h>

/*
 * Starts `sh -c @command` with the default signals. With @ret_input its standard input is a pipe,
 * whose other end is given; else it shares ours.
 */
must_check struct error *child_start(const char *command, FILE **ret_input, pid_t *ret);
/* Waits for the end: the exit status, 128 + the signal that killed it, or -1. */
int child_wait(pid_t pid);

#endif
