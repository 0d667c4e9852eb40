// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/team.h"

#include "base/alloc.h"
#include "base/interrupt.h"

#include <pthread.h>
#include <time.h>

#define POLL_NS 50000000

struct team {
	const struct team_ops *ops;
	void *context;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	unsigned int working;
	bool stop; /* atomic */
	struct error *err;
};

struct worker {
	struct team *team;
	void *member;
	pthread_t thread;
};

static void fail(struct team *team, struct error *err)
{
	pthread_mutex_lock(&team->lock);
	if (err && !team->err)
		team->err = err;
	else
		error_free(err);
	if (team->err)
		__atomic_store_n(&team->stop, true, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&team->lock);
}

static struct error *poll_context(struct team *team)
{
	TRY(interrupt_check());
	return team->ops->poll ? team->ops->poll(team->context) : NULL;
}

/* @here: in the thread that began it all, which also tells how far all have come. */
static void work(struct team *team, void *member, bool here)
{
	struct error *err = NULL;
	bool more = true;

	while (!err && !__atomic_load_n(&team->stop, __ATOMIC_RELAXED)) {
		err = team->ops->step(member, &more);
		if (err || !more)
			break;
		if (here)
			err = poll_context(team);
	}
	fail(team, err);
}

static void *work_in_thread(void *of)
{
	struct worker *worker = of;
	struct team *team = worker->team;

	work(team, worker->member, false);
	pthread_mutex_lock(&team->lock);
	team->working--;
	pthread_cond_signal(&team->ended);
	pthread_mutex_unlock(&team->lock);
	return NULL;
}

static void wait_for_all(struct team *team)
{
	struct timespec until;

	pthread_mutex_lock(&team->lock);
	while (team->working) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += POLL_NS;
		if (until.tv_nsec >= 1000000000) {
			until.tv_sec++;
			until.tv_nsec -= 1000000000;
		}
		pthread_cond_timedwait(&team->ended, &team->lock, &until);
		pthread_mutex_unlock(&team->lock);
		fail(team, poll_context(team));
		pthread_mutex_lock(&team->lock);
	}
	pthread_mutex_unlock(&team->lock);
}

/* The members but the first, which is the caller's own. */
static void run_all(struct team *team, struct worker *workers, unsigned int threads)
{
	unsigned int started;

	for (started = 1; started < threads; started++) {
		struct worker *worker = &workers[started];
		int problem;

		pthread_mutex_lock(&team->lock);
		team->working++;
		pthread_mutex_unlock(&team->lock);
		problem = pthread_create(&worker->thread, NULL, work_in_thread, worker);
		if (!problem)
			continue;
		pthread_mutex_lock(&team->lock);
		team->working--;
		pthread_mutex_unlock(&team->lock);
		fail(team, error_os(problem, "a thread cannot be made"));
		break;
	}
	work(team, workers[0].member, true);
	wait_for_all(team);
	for (unsigned int i = 1; i < started; i++)
		pthread_join(workers[i].thread, NULL);
}

struct error *team_run(const struct team_ops *ops, unsigned int threads, void *context)
{
	struct worker *workers auto_free = calloc(threads, sizeof(*workers));
	uint8_t *members auto_free = calloc(threads, ops->member);
	struct team team = { .ops = ops, .context = context };
	unsigned int count = 0;

	if (!workers || !members)
		return error_nomem();
	pthread_mutex_init(&team.lock, NULL);
	pthread_cond_init(&team.ended, NULL);
	while (count < threads && !team.err) {
		workers[count] = (struct worker){ &team, members + count * ops->member, 0 };
		team.err = ops->set_up(context, workers[count++].member);
	}
	if (!team.err)
		run_all(&team, workers, threads);
	for (unsigned int i = 0; i < count; i++)
		ops->tear_down(context, workers[i].member);
	pthread_cond_destroy(&team.ended);
	pthread_mutex_destroy(&team.lock);
	return team.err ? team.err : interrupt_check();
}
