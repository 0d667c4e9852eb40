/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the fuzz targets of dump formats: input as files, and everything asked that can be asked. */
#ifndef TESTS_FUZZ_DUMP_INPUT_H
#define TESTS_FUZZ_DUMP_INPUT_H

#include "kxdump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory: a descriptor to close. */
static inline int input_file(const void *head, size_t head_size, const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || pwrite(fd, head, head_size, 0) != (ssize_t)head_size ||
	    pwrite(fd, data, size, (off_t)head_size) != (ssize_t)size)
		abort();
	return fd;
}

static inline void input_field(void *context, const char *name, const char *value)
{
	*(size_t *)context += strlen(name) + strlen(value);
}

static inline void input_regions(struct kxdump *dump, char *buf, size_t size)
{
	size_t count = kxdump_nr_regions(dump);
	struct kxdump_region region;
	uint64_t phys;

	for (size_t i = 0; i < min(count, (size_t)32); i++) {
		if (error_dropped(kxdump_region(dump, i, &region)))
			continue;
		error_free(kxdump_read(dump, region.phys, buf, size));
		error_free(kxdump_read_virt(dump, region.virt, buf, size));
		error_free(kxdump_virt_to_phys(dump, region.virt, &phys));
		(void)kxdump_page_state(dump, region.phys + region.size);
	}
}

static inline void input_pages(struct kxdump *dump, char *buf, size_t size)
{
	uint64_t at = 0, start, left;

	for (size_t i = 0; i < 32 && kxdump_next_present(dump, at, &start, &left); i++) {
		if (start < at || !left)
			abort();
		error_free(kxdump_read(dump, start, buf, min((uint64_t)size, left)));
		error_free(kxdump_read(dump, start + 3, buf, 5));
		if (kxdump_page_state(dump, start) != KXDUMP_PAGE_PRESENT)
			abort();
		at = start + left;
		if (!at)
			break;
	}
}

/* Opens the files as one dump and asks all of it. */
static inline void input_exercise(const int *fds, size_t count)
{
	char names[4][40], buf[20000];
	const char *paths[4];
	struct kxdump_totals totals;
	struct kxdump *dump = NULL;
	size_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "/proc/self/fd/%d", fds[i]);
		paths[i] = names[i];
	}
	(void)kxdump_probe(paths[0]);
	if (error_dropped(kxdump_open(paths, count, &dump)))
		return;
	kxdump_header(dump, input_field, &sum);
	for (size_t i = 0; i < kxdump_nr_notes(dump); i++) {
		const struct kxdump_note *note = kxdump_note(dump, i);

		sum += strlen(note->name);
		for (size_t at = 0; at < note->size; at++)
			sum += ((const uint8_t *)note->data)[at];
	}
	(void)kxdump_vmcoreinfo(dump, &sum);
	error_free(kxdump_totals(dump, &totals));
	input_regions(dump, buf, sizeof(buf));
	input_pages(dump, buf, sizeof(buf));
	kxdump_close(dump);
}

#endif
