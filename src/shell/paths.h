/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's own files, where the XDG base directory specification puts them. */
#ifndef SHELL_PATHS_H
#define SHELL_PATHS_H

#include <stdbool.h>

/* Commands run at the start: ~/.config/kx-crash/rc. To be freed; NULL: no home. */
char *paths_rc(void);
/* Lines typed: ~/.local/state/kx-crash/history. Its folder is made. To be freed; NULL: none. */
char *paths_history(void);

#endif
