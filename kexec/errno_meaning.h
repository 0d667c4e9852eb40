/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an errno of kexec_load(2) or kexec_file_load(2) means there, and what to do. The kernel has
 * one errno for several causes (EPERM): what is known of the machine tells them apart.
 */
#ifndef KEXEC_ERRNO_MEANING_H
#define KEXEC_ERRNO_MEANING_H

#include "kexec/machine.h"

enum load_call {
	CALL_KEXEC_LOAD = 1 << 0,
	CALL_KEXEC_FILE_LOAD = 1 << 1,
	CALL_UNLOAD = 1 << 2, /* by either */
};

struct errno_meaning {
	int errnum;
	unsigned int calls;  /* of enum load_call */
	const char *meaning; /* the end of "the kernel refuses (EPERM): …", no full stop */
	const char *advice;  /* a sentence without its full stop */
	/* Of several rows for an errno the first that is so; NULL: always. */
	bool (*when)(const struct machine *machine, bool crash);
};

/* NULL: an errno that neither call is known to give. */
const struct errno_meaning *errno_meaning(enum load_call call, int errnum,
					  const struct machine *machine, bool crash);
/* "kexec_load: EPERM: meaning. Advice." as ERROR_OS. */
must_check never_null struct error *errno_meaning_error(enum load_call call, int errnum,
							const struct machine *machine, bool crash);
/* "kexec_load", "kexec_file_load", "unloading" */
const char *load_call_name(enum load_call call);

#endif
