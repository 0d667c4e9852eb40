// SPDX-License-Identifier: GPL-2.0-or-later
/* Work that is shared: all of it is done once, and the first error ends it. */
#include "base/interrupt.h"
#include "base/team.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define WORK 10000

struct work {
	unsigned int next; /* atomic */
	unsigned char done[WORK];
	unsigned int fail_at, set_up_fails_at;
	unsigned int members, gone, done_by_members, polls;
	bool poll_fails;
};

struct member {
	struct work *work;
	unsigned int done;
};

static struct error *set_up(void *context, void *of)
{
	struct work *work = context;
	struct member *member = of;

	assert_int_equal(member->done, 0);
	member->work = work;
	if (++work->members == work->set_up_fails_at)
		return error_create(ERROR_UNSUPPORTED, "set up");
	return NULL;
}

static struct error *step(void *of, bool *more)
{
	struct member *member = of;
	unsigned int i = __atomic_fetch_add(&member->work->next, 1, __ATOMIC_RELAXED);

	*more = i < WORK;
	if (!*more)
		return NULL;
	member->work->done[i]++;
	member->done++;
	if (member->work->fail_at && i >= member->work->fail_at)
		return error_create(ERROR_BAD_DATA, "at %u", i);
	return NULL;
}

static void tear_down(void *context, void *of)
{
	struct work *work = context;
	struct member *member = of;

	work->gone++;
	work->done_by_members += member->done;
}

static struct error *poll_work(void *context)
{
	struct work *work = context;

	work->polls++;
	return work->poll_fails ? error_create(ERROR_OS, "polled") : NULL;
}

static const struct team_ops ops = {
	.member = sizeof(struct member),
	.set_up = set_up,
	.step = step,
	.tear_down = tear_down,
	.poll = poll_work,
};

static void all_is_done_once(void **state)
{
	for (unsigned int threads = 1; threads <= 8; threads++) {
		struct work work = { 0 };

		assert_null(team_run(&ops, threads, &work));
		assert_int_equal(work.gone, threads);
		assert_int_equal(work.done_by_members, WORK);
		assert_true(threads > 1 || work.polls);
		for (unsigned int i = 0; i < WORK; i++)
			assert_int_equal(work.done[i], 1);
	}
}

/* Others work before the one that began it does. */
static void it_goes_on_meanwhile(void **state)
{
	struct work work = { 0 };
	struct team *team;

	assert_null(team_start(&ops, 3, &work, &team));
	while (__atomic_load_n(&work.next, __ATOMIC_RELAXED) < WORK)
		sched_yield();
	assert_int_equal(work.gone, 0);
	assert_null(team_finish(team));
	assert_int_equal(work.gone, 3);
	assert_int_equal(work.done_by_members, WORK);
}

static void one_alone_begins_at_the_end(void **state)
{
	struct work work = { 0 };
	struct team *team;

	assert_null(team_start(&ops, 1, &work, &team));
	assert_int_equal(work.next, 0);
	assert_null(team_finish(team));
	assert_int_equal(work.done_by_members, WORK);
}

static void errors_wait_for_the_end(void **state)
{
	struct work work = { .set_up_fails_at = 2 };
	struct team *team;
	struct error *err;

	assert_null(team_start(&ops, 4, &work, &team));
	err = team_finish(team);
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_UNSUPPORTED);
	error_free(err);
	assert_int_equal(work.gone, 2);
	assert_int_equal(work.next, 0);
}

static void the_first_error_ends_it(void **state)
{
	for (unsigned int threads = 1; threads <= 4; threads++) {
		struct work work = { .fail_at = 100 };
		struct error *err = team_run(&ops, threads, &work);

		assert_non_null(err);
		assert_int_equal(err->code, ERROR_BAD_DATA);
		error_free(err);
		assert_int_equal(work.gone, threads);
	}
}

static void who_was_set_up_is_torn_down(void **state)
{
	struct work work = { .set_up_fails_at = 3 };
	struct error *err = team_run(&ops, 4, &work);

	assert_non_null(err);
	assert_int_equal(err->code, ERROR_UNSUPPORTED);
	error_free(err);
	assert_int_equal(work.members, 3);
	assert_int_equal(work.gone, 3);
	assert_int_equal(work.done_by_members, 0);
}

static void polling_ends_it(void **state)
{
	struct work work = { .poll_fails = true };
	struct error *err = team_run(&ops, 1, &work);

	assert_non_null(err);
	assert_int_equal(err->code, ERROR_OS);
	error_free(err);
	assert_int_equal(work.gone, 1);
	assert_true(work.done_by_members < WORK);
}

static void interrupts_end_it(void **state)
{
	struct work work = { 0 };
	struct error *err;

	interrupt_pending = 1;
	err = team_run(&ops, 2, &work);
	interrupt_pending = 0;
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_INTERRUPTED);
	error_free(err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_done_once),
		cmocka_unit_test(it_goes_on_meanwhile),
		cmocka_unit_test(one_alone_begins_at_the_end),
		cmocka_unit_test(errors_wait_for_the_end),
		cmocka_unit_test(the_first_error_ends_it),
		cmocka_unit_test(who_was_set_up_is_torn_down),
		cmocka_unit_test(polling_ends_it),
		cmocka_unit_test(interrupts_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
