// SPDX-License-Identifier: GPL-2.0-or-later
/* Sizes as people read them. */
#include "kexec/size_text.h"

#include "base/compiler.h"

#include <stdio.h>

const char *size_text(uint64_t bytes, char buf[SIZE_TEXT])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	uint64_t whole = bytes, rest = 0;
	size_t unit = 0;

	while (whole >= 1024 && unit + 1 < ARRAY_SIZE(units)) {
		rest = whole % 1024;
		whole /= 1024;
		unit++;
	}
	/* One decimal where it says something: 1.5 GiB, but 635 KiB. Never rounded up to 1024. */
	if (unit && whole < 100 && rest * 10 / 1024)
		snprintf(buf, SIZE_TEXT, "%u.%u %s", (unsigned int)whole,
			 (unsigned int)(rest * 10 / 1024), units[unit]);
	else
		snprintf(buf, SIZE_TEXT, "%u %s", (unsigned int)whole, units[unit]);
	return buf;
}
