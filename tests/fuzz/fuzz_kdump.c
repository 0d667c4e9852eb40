// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input is a KDUMP file, or two of a split set: then its last 4 bytes are where the first one
 * ends.
 */
#include "dump_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fds[2] = { input_file("", 0, data, size), -1 };
	uint32_t first;

	input_exercise(fds, 1);
	close(fds[0]);
	if (size < 4)
		return 0;
	memcpy(&first, data + size - 4, 4);
	if (first > size)
		return 0;
	fds[0] = input_file("", 0, data, first);
	fds[1] = input_file("", 0, data + first, size - first);
	input_exercise(fds, 2);
	close(fds[0]);
	close(fds[1]);
	return 0;
}
