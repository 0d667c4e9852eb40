/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream that holds back a screenful: when no more comes, it goes to standard output as it is,
 * else a pager ($PAGER, or less -FRX) is started and gets it all.
 */
#ifndef SHELL_PAGER_H
#define SHELL_PAGER_H

#include "base/error.h"

#include <stdio.h>

struct pager;

must_check struct error *pager_open(struct pager **ret, FILE **ret_stream);
/* After fclose of the stream: waits for the pager, if there is one. */
void pager_close(struct pager *pager);

#endif
