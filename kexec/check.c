// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of checks, and how they are run. */
#include "kexec/check.h"

#include <stdarg.h>
#include <stdio.h>

#define CHECK(name) extern const struct check name##_check;
#include "kexec/checks.def"
#undef CHECK

#define CHECK(name) &name##_check,
const struct check *const checks[] = {
#include "kexec/checks.def"
	NULL,
};
#undef CHECK

_Static_assert(ARRAY_SIZE(checks) <= CHECK_MAX + 1, "CHECK_MAX is too small");

bool check_all(const struct check_input *input, struct check_result ret[CHECK_MAX], size_t *count)
{
	bool all_well = true;
	size_t n;

	for (n = 0; checks[n]; n++) {
		ret[n] = (struct check_result){ .check = checks[n], .state = CHECK_OK };
		checks[n]->run(input, &ret[n]);
		all_well = all_well && ret[n].state != CHECK_FAILED;
	}
	*count = n;
	return all_well;
}

const char *check_state_name(enum check_state state)
{
	static const char *const names[] = {
		[CHECK_SKIPPED] = "skipped",
		[CHECK_OK] = "ok",
		[CHECK_WARNING] = "warning",
		[CHECK_FAILED] = "failed",
	};

	return names[state];
}

void check_say(struct check_result *ret, enum check_state state, const char *fmt, ...)
{
	va_list ap;

	ret->state = state;
	va_start(ap, fmt);
	vsnprintf(ret->why, sizeof(ret->why), fmt, ap);
	va_end(ap);
}

void check_advise(struct check_result *ret, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ret->advice, sizeof(ret->advice), fmt, ap);
	va_end(ap);
}
