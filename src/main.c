// SPDX-License-Identifier: GPL-2.0-or-later
/* kx-crash: the program. All of it is in the shell's room, where tests reach it. */
#include "shell/shell.h"

int main(int argc, char **argv)
{
	return shell_main(argc, argv);
}
