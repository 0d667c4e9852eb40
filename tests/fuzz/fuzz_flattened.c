// SPDX-License-Identifier: GPL-2.0-or-later
/* The input is the records of a flattened file, without its header. */
#include "dump_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t header[4096] = { 'm', 'a', 'k', 'e', 'd', 'u',	 'm',
					      'p', 'f', 'i', 'l', 'e', [23] = 1, [31] = 1 };
	int fd = input_file(header, sizeof(header), data, size);

	input_exercise(&fd, 1);
	close(fd);
	return 0;
}
