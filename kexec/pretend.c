// SPDX-License-Identifier: GPL-2.0-or-later
/* A crash region that is not there. Placed as reserve_crashkernel() of Linux does. */
#include "kexec/pretend.h"

#include "kexec/size_text.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT (16ull << 20) /* CRASH_ALIGN of x86 */
#define FOUR_GIB  (1ull << 32)

struct wish {
	uint64_t size, start;
	bool high, has_start;
};

/* A number with K, M, G or T behind it; @text moves on. False: there is none. */
static bool read_size(const char **text, uint64_t *ret)
{
	static const char units[] = "KMGT";
	char *end;
	const char *unit;

	if (**text < '0' || **text > '9')
		return false;
	*ret = strtoull(*text, &end, 0);
	unit = *end ? strchr(units, *end & ~0x20) : NULL;
	if (unit) {
		unsigned int shift = 10 * (unsigned int)(unit - units + 1);

		if (*ret > UINT64_MAX >> shift)
			return false;
		*ret <<= shift;
		end++;
	}
	*text = end;
	return true;
}

static struct error *parse(const char *text, struct wish *ret)
{
	struct wish wish = { 0 };
	const char *at = text;
	bool good = read_size(&at, &wish.size) && wish.size;

	if (good && !strncmp(at, ",high", 5)) {
		wish.high = true;
		at += 5;
	}
	if (good && *at == '@') {
		at++;
		wish.has_start = good = read_size(&at, &wish.start);
	}
	if (!good || *at || wish.start > UINT64_MAX - wish.size || (wish.start | wish.size) & 0xfff)
		return error_create(ERROR_USAGE,
				    "crashkernel %s: SIZE[,high][@START] in whole pages is "
				    "expected, such as 256M",
				    text);
	*ret = wish;
	return NULL;
}

/* The highest place in RAM; what lies below 1 MiB and the running kernel itself are no places. */
static bool find_place(const struct ranges *ram, const struct wish *wish, uint64_t *ret)
{
	uint64_t limit = wish->high ? UINT64_MAX : FOUR_GIB - 1;

	for (size_t i = ram->count; i--;) {
		uint64_t end = min(ram->list[i].end, limit), start;

		if (end < ram->list[i].start || end - ram->list[i].start < wish->size - 1)
			continue;
		start = (end - wish->size + 1) & ~(ALIGNMENT - 1);
		if (start >= ram->list[i].start) {
			*ret = start;
			return true;
		}
	}
	return false;
}

static struct error *choose(const struct machine *machine, const struct wish *wish, uint64_t *ret)
{
	struct ranges ram;
	bool found;

	if (wish->has_start) {
		*ret = wish->start;
		found = ranges_hold(&machine->ram, wish->start, wish->start + wish->size - 1);
	} else {
		struct error *err;

		TRY(ranges_copy(&machine->ram, &ram));
		err = ranges_remove(&ram, 0, ALIGNMENT - 1);
		if (!err && machine->has_text)
			err = ranges_remove(&ram, machine->text_phys,
					    machine->text_phys + machine->text_size - 1);
		found = !err && find_place(&ram, wish, ret);
		ranges_deinit(&ram);
		TRY(err);
	}
	if (found)
		return NULL;
	return error_create(ERROR_ABSENT,
			    "this machine has no %s of RAM together for a crash region",
			    SIZE_OF(wish->size));
}

struct error *pretend_crash_region(struct machine *machine, const char *text)
{
	struct wish wish;
	uint64_t start;

	TRY(parse(text, &wish));
	TRY(choose(machine, &wish, &start));
	ranges_deinit(&machine->crash);
	ranges_deinit(&machine->crash_cma);
	TRY(ranges_add(&machine->crash, start, start + wish.size - 1));
	machine->crash_region = machine->crash.list[0];
	machine->has_crash_region = true;
	machine->crash_size = wish.size;
	return NULL;
}
