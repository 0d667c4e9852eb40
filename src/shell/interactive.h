/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Someone at a terminal: banner, prompt, line editing, history. */
#ifndef SHELL_INTERACTIVE_H
#define SHELL_INTERACTIVE_H

#include "shell/session.h"

/* From now on Ctrl-C ends a command, or drops the line at the prompt. */
void interactive_init(void);
/* One look at what the dump is and how the machine died. */
void interactive_banner(struct session *session);
/* Reads and runs lines until `exit` or the end of the input. */
void interactive_run(struct session *session);
/* "6.1.0-49 [123 bash]> "; for tests. */
void interactive_prompt(struct session *session, struct text *ret);

#endif
