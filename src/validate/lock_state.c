// SPDX-License-Identifier: GPL-2.0-or-later
#include "validate/lock_state.h"

#include "image/view.h"

/* rwbase_rt.readers of a lock that nobody has: include/linux/rwbase_rt.h of Linux. */
#define READER_BIAS 0x80000000u

enum { OWNER };
/* A mutex of its own kind, or an rt_mutex by itself: bb630f9f7a7d (v5.15). */
DEFINE_VIEW(mutex_view, "mutex", [OWNER] = FIELD("rtmutex.owner"));
DEFINE_VIEW(rt_mutex_view, "rt_mutex_base", [OWNER] = FIELD("owner"));

bool lock_is_rt(struct image *image)
{
	return view_has(image, &mutex_view, OWNER);
}

/* Spinlocks and mutexes are an rt_mutex, which begins with a lock of its own. */
static bool rt_is_held(struct image *image, uint64_t address, uint64_t first)
{
	uint64_t owner;

	if (first)
		return first != READER_BIAS;
	return !error_dropped(view_read(image, &rt_mutex_view, OWNER, address, &owner)) && owner;
}

bool lock_is_held(struct image *image, uint64_t address)
{
	uint64_t first;

	/* A spinlock has no more; of a mutex's owner and a semaphore's count they tell as well. */
	if (error_dropped(memory_read_number(image_memory(image), address, 4, &first)))
		return false;
	return lock_is_rt(image) ? rt_is_held(image, address, first) : first;
}

bool lock_named_is_held(struct image *image, const char *name)
{
	uint64_t address;

	return name && !error_dropped(image_symbol_alone(image, name, &address)) &&
	       lock_is_held(image, address);
}
