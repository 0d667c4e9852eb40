// SPDX-License-Identifier: GPL-2.0-or-later
/* The input is an ELF dump. */
#include "dump_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = input_file("", 0, data, size);

	input_exercise(&fd, 1);
	close(fd);
	return 0;
}
