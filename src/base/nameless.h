/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files without a name: room on a disk that is free again when the program ends, however it ends.
 */
#ifndef BASE_NAMELESS_H
#define BASE_NAMELESS_H

/*
 * Opened for reading and writing, in the folder that holds @near (NULL: none), else in $TMPDIR or
 * /tmp. The descriptor, the caller's to close; -1 with errno when there is none to be had.
 */
int nameless_open(const char *near);

#endif
