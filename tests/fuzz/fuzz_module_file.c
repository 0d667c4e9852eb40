// SPDX-License-Identifier: GPL-2.0-or-later
/* A module's file that nobody vouches for, relocated to where the module was loaded. */
#include "symbols/module_file.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool find_section(void *context, const char *name, uint64_t *address)
{
	*address = UINT64_C(0xffffffffc0000000) + strlen(name) * 0x10000;
	return name[0] == '.';
}

static bool find_symbol(void *context, const char *name, uint64_t *address)
{
	*address = UINT64_C(0xffffffff81000000) + strlen(name);
	return name[0] != 'n';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct module_layout layout = { find_section, find_symbol, NULL };
	/* That of the corpus. */
	static const struct build_id id = { .bytes = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd,
						       0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
						       0xcd, 0xef, 0x01, 0x23, 0x45, 0x67 },
					    .size = 20 };
	struct module_file *file;
	char path[64];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, data, size) == (ssize_t)size &&
	    !error_dropped(module_file_open(path, &id, &layout, &file)))
		module_file_close(file);
	close(fd);
	return 0;
}
