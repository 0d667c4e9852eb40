// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which line of the log says why the kernel died. A fault is told in several lines, faults come in
 * chains (a fault while one is told), and a panic can be the mere consequence of one: the first
 * line of the last chain names the cause. An oops that ended without a panic was survived.
 */
#include "kernel/system.h"

#include <stdio.h>
#include <string.h>

static bool starts(const char *line, const char *with)
{
	return !strncmp(line, with, strlen(with));
}

static bool starts_any(const char *line, const char *const *with)
{
	for (; *with; with++) {
		if (starts(line, *with))
			return true;
	}
	return false;
}

/* Lines that begin the account of a fault in the kernel. */
static bool is_fault(const char *line)
{
	static const char *const faults[] = {
		"BUG: kernel NULL pointer dereference",
		"BUG: unable to handle ",
		"kernel BUG at ",
		"Oops",
		"general protection fault",
		"divide error: ",
		"invalid opcode: ",
		"stack segment: ",
		"double fault: ",
		"int3: ",
		"PANIC: double fault",
		"traps: PANIC: double fault",
		"Unable to handle kernel ",
		"Internal error: ",
		NULL,
	};

	return starts_any(line, faults) ||
	       (starts(line, "BUG: ") && strstr(line, "stack guard page was hit"));
}

/* Complaints that the kernel goes on from, unless it was told to panic. */
static bool is_warning(const char *line)
{
	static const char *const warnings[] = {
		"WARNING: ", "BUG: ", "UBSAN: ", "watchdog: BUG: ", NULL,
	};

	return starts_any(line, warnings);
}

#define PANIC "Kernel panic - not syncing: "

/* Panics that say no more than "because of that fault". */
static bool follows_fault(const struct panic_search *search, const char *panic, uint32_t caller)
{
	static const char *const always[] = {
		"Fatal exception",
		"Aiee, killing interrupt handler!",
		NULL,
	};
	static const char *const own[] = {
		"Attempted to kill init!",
		"Attempted to kill the idle task!",
		NULL,
	};

	panic += strlen(PANIC);
	return search->cause[0] && (starts_any(panic, always) ||
				    (starts_any(panic, own) && caller == search->cause_caller));
}

static void keep(char ret[256], const char *line)
{
	snprintf(ret, 256, "%.*s", (int)strcspn(line, "\n"), line);
}

void panic_search_line(struct panic_search *search, uint64_t time_ns, uint32_t caller,
		       const char *line)
{
	/* What is told after the panic is about the panic. */
	if (search->panic[0])
		return;
	if (starts(line, PANIC)) {
		keep(search->panic, line);
		search->panic_is_consequence =
			follows_fault(search, line, caller) ||
			(strstr(line, "panic_on_warn set") && search->warning[0]);
		if (search->panic_is_consequence && strstr(line, "panic_on_warn set"))
			keep(search->cause, search->warning);
	} else if (starts(line, "---[ end trace ")) {
		search->ended = true;
	} else if (is_fault(line)) {
		if (!search->cause[0] || search->ended) {
			keep(search->cause, line);
			search->cause_ns = time_ns;
			search->cause_caller = caller;
		}
		search->ended = false;
	} else if (is_warning(line)) {
		keep(search->warning, line);
	}
}

const char *panic_search_result(const struct panic_search *search)
{
	if (search->panic[0] && !search->panic_is_consequence)
		return search->panic;
	return search->cause;
}
