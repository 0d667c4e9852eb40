// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * struct disk_dump_header and struct kdump_sub_header, version 6, as kdump_header.c reads them and
 * makedumpfile's diskdump_mod.h and IMPLEMENTATION describe them. 64-bit machines.
 */
#include "dumpfmt/kdump_header.h"
#include "dumpfmt/write.h"

#include <stdlib.h>
#include <string.h>

#define VERSION	    6
#define HEADER_SIZE 464
#define SUB_SIZE    104

static void add_uts(struct record *r, const char *text)
{
	if (text) /* a full field has no NUL */
		memcpy(r->data + r->at, text, strnlen(text, UTS_SIZE));
	r->at += UTS_SIZE;
}

static void build_main(const struct kxdump_writer *w, bool incomplete, uint8_t *block)
{
	const struct kxdump_write *what = &w->what;
	struct record r = { block, 0, what->big_endian };

	memcpy(block, "KDUMP   ", 8);
	r.at = 8;
	record_add(&r, VERSION, 4);
	add_uts(&r, what->sysname);
	add_uts(&r, what->nodename);
	add_uts(&r, what->release);
	add_uts(&r, what->version);
	add_uts(&r, what->machine);
	add_uts(&r, NULL);
	r.at = (r.at + 7) & ~(size_t)7;
	record_add(&r, (uint64_t)what->seconds, 8);
	record_add(&r, 0, 8);
	record_add(&r, w->codec->flag | (incomplete ? KDUMP_INCOMPLETE : 0), 4);
	record_add(&r, what->page_size, 4);
	record_add(&r, w->sub_blocks, 4);
	record_add(&r, w->bitmap_blocks, 4);
	record_add(&r, min(what->max_pfn, (uint64_t)UINT32_MAX), 4);
	r.at += 4 * 4; /* of RAM, of the device, written, the current CPU: nobody's use */
	record_add(&r, what->nr_cpus, 4);
}

static void build_sub(const struct kxdump_writer *w, const struct write_part *part, uint8_t *sub)
{
	const struct kxdump_write *what = &w->what;
	struct record r = { sub, 0, what->big_endian };
	bool split = w->nr_parts > 1;
	uint64_t start = split ? part->start : 0, end = split ? part->end : 0;
	size_t erase_size;

	(void)write_eraseinfo(what, &erase_size);
	record_add(&r, (uint64_t)what->phys_base, 8);
	record_add(&r, what->dump_level, 4);
	record_add(&r, split, 4);
	record_add(&r, start, 8);
	record_add(&r, end, 8);
	record_add(&r, w->notes.vmcoreinfo_size ? w->notes_offset + w->notes.vmcoreinfo_at : 0, 8);
	record_add(&r, w->notes.vmcoreinfo_size, 8);
	record_add(&r, w->notes.size ? w->notes_offset : 0, 8);
	record_add(&r, w->notes.size, 8);
	record_add(&r, erase_size ? w->notes_offset + w->notes.size : 0, 8);
	record_add(&r, erase_size, 8);
	record_add(&r, start, 8);
	record_add(&r, end, 8);
	record_add(&r, what->max_pfn, 8);
}

struct error *write_kdump_header(struct kxdump_writer *w, struct write_part *part, bool incomplete)
{
	uint8_t *block = calloc(1, w->what.page_size), sub[SUB_SIZE];
	struct error *err;

	if (!block)
		return error_nomem();
	build_main(w, incomplete, block);
	build_sub(w, part, sub);
	err = target_write(&part->target, w->what.page_size, sub, sizeof(sub));
	if (!err)
		err = target_write(&part->target, 0, block, w->what.page_size);
	free(block);
	return err;
}
