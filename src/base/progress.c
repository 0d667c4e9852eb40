// SPDX-License-Identifier: GPL-2.0-or-later
/* One line of progress on stderr. */
#include "base/progress.h"

#include "base/compiler.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define SECOND	     1000000000ull
#define FIRST_AFTER  (SECOND / 2) /* what is done by then needs no bar */
#define REDRAW_EVERY (SECOND / 10)
#define TELL_EVERY   (2 * SECOND)
#define WIPE	     "\r\033[K"

static bool is_enabled;
static void (*tell_line)(void *context, const char *line);
static void *tell_context;

void progress_enable(bool enabled)
{
	is_enabled = enabled;
}

void progress_tell(void (*tell)(void *context, const char *line), void *context)
{
	tell_line = tell;
	tell_context = context;
}

/* Is it time to show how far the work has come? */
static bool is_due(struct progress *p, uint64_t t)
{
	if (tell_line ? t - p->drawn < TELL_EVERY
		      : t - p->started < FIRST_AFTER || t - p->drawn < REDRAW_EVERY)
		return false;
	p->drawn = t;
	return true;
}

static void show(struct progress *p, const char *line)
{
	if (tell_line) {
		tell_line(tell_context, line);
		return;
	}
	p->visible = true;
	dprintf(STDERR_FILENO, WIPE "%s", line);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

void progress_begin(struct progress *p, const char *label, const char *unit, uint64_t total)
{
	*p = (struct progress){ .label = label, .unit = unit, .total = total };
	if (is_enabled || tell_line)
		p->started = p->drawn = now();
}

static void format_amount(double amount, const char *unit, char *buf, size_t size)
{
	static const char *const prefixes[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t i = 0;

	if (unit) {
		snprintf(buf, size, "%.0f %s", amount, unit);
		return;
	}
	for (; amount >= 1024 && i + 1 < ARRAY_SIZE(prefixes); i++)
		amount /= 1024;
	snprintf(buf, size, i ? "%.1f %s" : "%.0f %s", amount, prefixes[i]);
}

void progress_format(const struct progress *p, uint64_t done, uint64_t elapsed, char *buf,
		     unsigned int size)
{
	double seconds = (double)elapsed / (double)SECOND;
	double rate = seconds > 0 ? (double)done / seconds : 0;
	char amount[40], speed[40];
	unsigned long long left;

	format_amount((double)done, p->unit, amount, sizeof(amount));
	format_amount(rate, p->unit, speed, sizeof(speed));
	if (!p->total) {
		snprintf(buf, size, "%s: %s, %s/s", p->label, amount, speed);
		return;
	}
	done = min(done, p->total);
	left = rate > 0 ? (unsigned long long)((double)(p->total - done) / rate + 0.5) : 0;
	snprintf(buf, size, "%s: %3.0f%%, %s/s, %llu:%02llu left", p->label,
		 100.0 * (double)done / (double)p->total, speed, left / 60, left % 60);
}

void progress_update(struct progress *p, uint64_t done)
{
	char line[160];
	uint64_t t;

	if (!is_enabled && !tell_line)
		return;
	t = now();
	if (!is_due(p, t))
		return;
	progress_format(p, done, t - p->started, line, sizeof(line));
	show(p, line);
}

void progress_wait(struct progress *p, uint64_t seconds)
{
	char line[160];

	if ((!is_enabled && !tell_line) || !is_due(p, now()))
		return;
	snprintf(line, sizeof(line), "%s: %llu s", p->label, (unsigned long long)seconds);
	show(p, line);
}

void progress_end(struct progress *p)
{
	if (p->visible)
		dprintf(STDERR_FILENO, WIPE);
	p->visible = false;
}
