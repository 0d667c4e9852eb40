// SPDX-License-Identifier: GPL-2.0-or-later
/* Waiting for words on the guest's console, never without a bound. */
#include "selftest/run.h"

#include "base/interrupt.h"
#include "kexec/init/init.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND	    1000000000ull
#define POLL_NS	    50000000l
#define SLOW_FACTOR 4 /* how much slower emulation is, at worst */

unsigned int run_slow(const struct run *run, unsigned int seconds)
{
	return run->report->kvm ? seconds : seconds * SLOW_FACTOR;
}

/* How far the saving has come, by the last line about that. */
static bool saving(const struct run *run, unsigned long long *done, unsigned long long *total)
{
	static const char says[] = INIT_SAYS "saving: ";
	char rest[128] = "";
	size_t at;

	for (size_t from = run->mark; console_find(&run->console, says, from, &at);
	     from = at + strcspn(text_string(&run->console.text) + at, "\n"))
		console_rest(&run->console, at, says, rest, sizeof(rest));
	return sscanf(rest, "%llu of %llu", done, total) == 2;
}

/* "phase: 3 s" on a terminal; of the saving, its share. */
static void show_progress(struct run *run, uint64_t since)
{
	unsigned long long done, total;

	if (saving(run, &done, &total)) {
		run->progress.total = total;
		progress_update(&run->progress, done);
	} else {
		progress_wait(&run->progress, (run_now() - since) / SECOND);
	}
}

/* What the guest itself says of a failure. */
static struct error *guest_failed(const struct run *run)
{
	char why[400];
	size_t at;

	if (!console_find(&run->console, INIT_SAYS "failed: ", run->mark, &at))
		return NULL;
	console_rest(&run->console, at, INIT_SAYS "failed: ", why, sizeof(why));
	return error_create(ERROR_OS, "%s", why);
}

static struct error *machine_ended(struct run *run)
{
	char message[400];

	run->ended = true;
	qemu_message(&run->qemu, message, sizeof(message));
	return error_create(ERROR_OS, "the machine ended%s%s", *message ? ": " : "", message);
}

static bool find_any(const struct run *run, const char *const *needles, size_t *ret)
{
	for (; *needles; needles++) {
		if (console_find(&run->console, *needles, run->mark, ret))
			return true;
	}
	return false;
}

struct error *run_wait(struct run *run, const char *const *needles, unsigned int seconds,
		       size_t *ret)
{
	const struct timespec nap = { .tv_nsec = POLL_NS };
	uint64_t start = run_now();

	for (;;) {
		/* In this order: what was said last is read before the end is seen. */
		bool ended = qemu_ended(&run->qemu);

		TRY(interrupt_check());
		TRY(console_read(&run->console));
		if (find_any(run, needles, ret)) {
			run->mark = *ret;
			return NULL;
		}
		TRY(guest_failed(run));
		if (ended)
			return machine_ended(run);
		if (run_now() - start > seconds * SECOND)
			return error_create(ERROR_OS, "it did not happen within %u s", seconds);
		show_progress(run, start);
		nanosleep(&nap, NULL);
	}
}
