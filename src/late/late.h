/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Libraries that few runs need, and that take longer to load than most runs last (capstone alone
 * has 77,000 relocations; libdebuginfod brings a web client): loaded at the first call.
 *
 * A file here defines the functions of one library that the program uses, by the library's own
 * header, so that a wrong signature does not compile. Callers see that header and nothing else.
 */
#ifndef LATE_LATE_H
#define LATE_LATE_H

struct late_library {
	const char *soname;
	void *handle;
	int failed;
};

/* NULL when the library cannot be loaded, or lacks it. */
void *late_symbol(struct late_library *library, const char *name);

/* A function of @library; @otherwise is what it returns when it cannot be had. */
#define LATE(library, type, name, parameters, arguments, otherwise)                                \
	type name parameters                                                                       \
	{                                                                                          \
		static type(*real) parameters;                                                     \
                                                                                                   \
		if (!real)                                                                         \
			real = late_symbol(&(library), #name);                                     \
		return real ? real arguments : (otherwise);                                        \
	}
#define LATE_VOID(library, name, parameters, arguments)                                            \
	void name parameters                                                                       \
	{                                                                                          \
		static void(*real) parameters;                                                     \
                                                                                                   \
		if (!real)                                                                         \
			real = late_symbol(&(library), #name);                                     \
		if (real)                                                                          \
			real arguments;                                                            \
	}

#endif
