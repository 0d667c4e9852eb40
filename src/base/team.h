/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that share one piece of work, each with a member of its own. The thread that begins it
 * works, too: one thread is no two. The first error ends them all, and so does an interrupt.
 *
 * Whoever has other work may begin it, come back later, and work with the others then. Two such
 * pieces of work do not know of each other.
 */
#ifndef BASE_TEAM_H
#define BASE_TEAM_H

#include "base/error.h"

#include <stddef.h>

struct team_ops {
	size_t member; /* bytes of a member, which is zeroed at first */
	/* One member after the other, before any works. */
	struct error *(*set_up)(void *context, void *member);
	/* Some of the work; *@more is true, and becomes false when there is none left. */
	struct error *(*step)(void *member, bool *more);
	/* One after the other, when none works any more: also a member whose set_up failed. */
	void (*tear_down)(void *context, void *member);
	/* From time to time, in the thread that began it, or NULL: how far it has come. An error
	 * ends the work. */
	struct error *(*poll)(void *context);
};

/* @threads: at least 1. */
must_check struct error *team_run(const struct team_ops *ops, unsigned int threads, void *context);

/* In halves: begins the other @threads - 1, which work on, with an error until it is asked for. */
struct team;
must_check struct error *team_start(const struct team_ops *ops, unsigned int threads, void *context,
				    struct team **ret);
/* Works, too, until all is done; destroys @team. By the thread that started it. */
must_check struct error *team_finish(struct team *team);

#endif
