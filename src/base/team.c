// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/team.h"

#include "base/alloc.h"
#include "base/interrupt.h"

#include <pthread.h>
#include <time.h>

#define POLL_NS 50000000

struct worker {
	struct team *team;
	void *member;
	pthread_t thread;
};

struct team {
	const struct team_ops *ops;
	void *context;
	struct worker *workers; /* the first is the caller's own */
	uint8_t *members;
	unsigned int threads, set_up, started;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	unsigned int working;
	bool stop; /* atomic */
	struct error *err;
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

static bool start_thread(struct team *team, struct worker *worker)
{
	int problem;

	pthread_mutex_lock(&team->lock);
	team->working++;
	pthread_mutex_unlock(&team->lock);
	problem = pthread_create(&worker->thread, NULL, work_in_thread, worker);
	if (!problem)
		return true;
	pthread_mutex_lock(&team->lock);
	team->working--;
	pthread_mutex_unlock(&team->lock);
	fail(team, error_os(problem, "a thread cannot be made"));
	return false;
}

/* What fails is told by the end. */
static void begin(struct team *team)
{
	while (team->set_up < team->threads && !team->err) {
		struct worker *worker = &team->workers[team->set_up];

		*worker = (struct worker){ team, team->members + team->set_up * team->ops->member,
					   0 };
		team->set_up++;
		team->err = team->ops->set_up(team->context, worker->member);
	}
	if (team->err) {
		team->stop = true;
		return;
	}
	for (team->started = 1; team->started < team->threads; team->started++) {
		if (!start_thread(team, &team->workers[team->started]))
			break;
	}
}

static void destroy(struct team *team)
{
	pthread_cond_destroy(&team->ended);
	pthread_mutex_destroy(&team->lock);
	free(team->workers);
	free(team->members);
	free(team);
}

struct error *team_start(const struct team_ops *ops, unsigned int threads, void *context,
			 struct team **ret)
{
	struct team *team = calloc(1, sizeof(*team));

	if (!team)
		return error_nomem();
	team->ops = ops;
	team->context = context;
	team->threads = threads;
	pthread_mutex_init(&team->lock, NULL);
	pthread_cond_init(&team->ended, NULL);
	team->workers = calloc(threads, sizeof(*team->workers));
	team->members = calloc(threads, ops->member);
	if (!team->workers || !team->members) {
		destroy(team);
		return error_nomem();
	}
	begin(team);
	*ret = team;
	return NULL;
}

struct error *team_finish(struct team *team)
{
	struct error *err;

	if (team->started)
		work(team, team->workers[0].member, true);
	wait_for_all(team);
	for (unsigned int i = 1; i < team->started; i++)
		pthread_join(team->workers[i].thread, NULL);
	for (unsigned int i = 0; i < team->set_up; i++)
		team->ops->tear_down(team->context, team->workers[i].member);
	err = team->err;
	destroy(team);
	return err ? err : interrupt_check();
}

struct error *team_run(const struct team_ops *ops, unsigned int threads, void *context)
{
	struct team *team;

	TRY(team_start(ops, threads, context, &team));
	return team_finish(team);
}
