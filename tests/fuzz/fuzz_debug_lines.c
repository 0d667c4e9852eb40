// SPDX-License-Identifier: GPL-2.0-or-later
/* A debug file that nobody vouches for: opened, placed, asked for lines, symbols and build-id. */
#include "symbols/debug_info.h"
#include "symbols/symbols.h"

#include <fcntl.h>
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

static bool relocate(void *context, unsigned int section, uint64_t value, uint64_t *ret)
{
	*ret = value;
	return section < 100;
}

static void ask(struct debug_file *file)
{
	struct debug_layout layout = { .section = find_section };
	struct symbol_source *source;
	struct source_line lines[16];
	uint64_t address;
	unsigned int count;

	if (!error_dropped(debug_file_symbol(file, "outer", &address)))
		error_free(debug_file_lines(file, address, lines, 16, &count));
	error_free(debug_file_lines(file, UINT64_C(0xffffffff81000004), lines, 16, &count));
	error_free(debug_file_line_address(file, "demo.c", 5, &address));
	error_free(debug_file_place(file, &layout));
	error_free(debug_file_lines(file, UINT64_C(0xffffffffc0050001), lines, 16, &count));
	if (!error_dropped(elf_symbols_create(debug_file_elf(file), NULL, "fuzz", relocate, NULL,
					      &source)))
		source->ops->destroy(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct debug_file *file;
	struct build_id id;
	char path[64];
	int fd;

	error_free(build_id_from_notes(data, size, size & 1, &id));
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!error_dropped(debug_file_open(path, &file))) {
		ask(file);
		debug_file_close(file);
	}
	close(fd);
	return 0;
}
