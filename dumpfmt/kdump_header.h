/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The header and sub-header of a makedumpfile "compressed kdump" file, decoded. */
#ifndef DUMPFMT_KDUMP_HEADER_H
#define DUMPFMT_KDUMP_HEADER_H

#include "dumpfmt/dump.h"

enum kdump_status {
	KDUMP_INCOMPLETE = 0x08,
	KDUMP_NO_VMEMMAP = 0x10,
};

enum { UTS_SYSNAME, UTS_NODENAME, UTS_RELEASE, UTS_VERSION, UTS_MACHINE, UTS_DOMAIN, NR_UTS };
#define UTS_SIZE 65

struct kdump_header {
	bool diskdump; /* the older signature: its sub-header is another, and is not decoded */
	bool big_endian, has_sub;
	bool padded; /* 32-bit: 64-bit fields of the sub-header are aligned to 8 bytes */
	uint8_t word_size;
	uint32_t version;
	char uts[NR_UTS][UTS_SIZE]; /* not terminated when full */
	int64_t seconds, microseconds;
	uint32_t status, block_size, sub_blocks, bitmap_blocks, max_mapnr;
	uint32_t ram_blocks, device_blocks, written_blocks, current_cpu, nr_cpus;
	/* of the sub-header; 0 in versions before those that have them */
	int64_t phys_base;
	uint32_t dump_level, split;
	uint64_t start_pfn, end_pfn;
	uint64_t vmcoreinfo_offset, vmcoreinfo_size;
	uint64_t note_offset, note_size;
	uint64_t erase_offset, erase_size;
	uint64_t start_pfn_64, end_pfn_64, max_mapnr_64;
};

/* BAD_DATA, naming what was found and what was expected, when it makes no sense. */
must_check struct error *kdump_header_read(struct source *source, struct kdump_header *ret);
/* One above the last pfn. */
uint64_t kdump_header_max_pfn(const struct kdump_header *header);
/* The pfns whose pages are in the file: @start up to, not including, @end. */
void kdump_header_range(const struct kdump_header *header, uint64_t *start, uint64_t *end);
void kdump_header_fields(const struct kdump_header *header, const struct dump_fields *fields);

#endif
