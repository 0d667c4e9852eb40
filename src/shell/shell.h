/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program: options, batch, interactive shell. */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

/* Exit status: 0 all commands worked, 1 one failed, 2 usage or the dump could not be opened. */
int shell_main(int argc, char **argv);

#endif
