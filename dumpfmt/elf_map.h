/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory as an ELF dump's segments describe it, by physical and by virtual address. */
#ifndef DUMPFMT_ELF_MAP_H
#define DUMPFMT_ELF_MAP_H

#include "dumpfmt/elf_header.h"

struct elf_map {
	struct source *source; /* borrowed */
	const char *space;     /* "physical" or "virtual", for messages */
	enum error_code none;  /* of the error where no segment is */
	uint32_t page_size;    /* what states and counts are told by */
	struct extents extents;
};

/* What lies at an address: its segment by number, and whether it was usable. */
void elf_map_init(struct elf_map *map, struct source *source, const char *space,
		  enum error_code none);
void elf_map_deinit(struct elf_map *map);
/* Adds segment @number, which begins at @at. Where segments overlap, the lowest number serves. */
must_check struct error *elf_map_add(struct elf_map *map, const struct elf_segment *segment,
				     uint32_t number, uint64_t at);
/* After the last elf_map_add(). */
must_check struct error *elf_map_finish(struct elf_map *map);

must_check struct error *elf_map_read(struct elf_map *map, uint64_t at, void *buf, size_t size);
/* The page is there when any byte of it is. */
enum kxdump_page elf_map_state(const struct elf_map *map, uint64_t at);
/* Whole pages, all of whose bytes are there. */
bool elf_map_next_present(const struct elf_map *map, uint64_t at, uint64_t *start, uint64_t *size);
/* As dump_ops.bits. */
void elf_map_bits(const struct elf_map *map, uint64_t pfn, uint64_t count, uint8_t *described,
		  uint8_t *dumped);
/* Bytes from @at on that are a hole in the file; 0: none known. */
uint64_t elf_map_hole(const struct elf_map *map, uint64_t at);
void elf_map_totals(const struct elf_map *map, struct kxdump_totals *ret);
/* Number of the segment that serves @at, or false. */
bool elf_map_segment(const struct elf_map *map, uint64_t at, uint32_t *ret);

#endif
