// SPDX-License-Identifier: GPL-2.0-or-later
/* Who uses the first MiB. */
#include "kexec/low_memory.h"

#include "base/alloc.h"
#include "base/bytes.h"

#define PAGE	     4096
#define BACKUP_END   0xa0000 /* VGA's memory begins, RAM ends */
#define KPF_RESERVED 32	     /* Documentation/admin-guide/mm/pagemap.rst of Linux */

/* Are all pages of RAM below BACKUP_END of the kind that the page allocator never had? */
static bool all_reserved(const struct machine *machine, struct bytes flags)
{
	for (uint64_t at = 0; at < BACKUP_END; at += PAGE) {
		uint64_t page = bytes_u64(&flags);

		if (flags.failed)
			return false;
		if (ranges_hold(&machine->ram, at, at + PAGE - 1) && !(page >> KPF_RESERVED & 1))
			return false;
	}
	return true;
}

struct error *low_memory_reserved(const struct machine *machine, bool *ret)
{
	auto_free char *flags = NULL;
	size_t size;

	/* 247262756121 (v6.6): such a kernel's own headers leave the first MiB out. */
	if (machine->elfcorehdr_size) {
		*ret = true;
		return NULL;
	}
	TRY(host_read_head(machine->host, "/proc/kpageflags", BACKUP_END / PAGE * 8, &flags,
			   &size));
	*ret = all_reserved(machine, bytes_of(flags, size, false));
	return NULL;
}

bool low_memory_range(const struct machine *machine, struct range *ret)
{
	bool found = false;

	for (size_t i = 0; i < machine->ram.count; i++) {
		const struct range *range = &machine->ram.list[i];

		if (range->start >= BACKUP_END)
			break;
		if (!found)
			ret->start = range->start;
		ret->end = min(range->end, (uint64_t)BACKUP_END - 1);
		found = true;
	}
	return found;
}
