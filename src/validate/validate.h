/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a dump whole, and can it be trusted? A check is a row of checks.def: it looks at one thing and
 * tells every fault of it that it finds, with the place. No fault ends a check or the validation.
 */
#ifndef VALIDATE_VALIDATE_H
#define VALIDATE_VALIDATE_H

#include "image/image.h"

enum finding_severity {
	FINDING_NOTE,	 /* worth telling, and no fault: what a filter left out as it should… */
	FINDING_FAULT,	 /* the dump is usable, with this fault */
	FINDING_UNUSABLE /* what most analysis needs is gone */
};

/* What is behind a finding: three words that are never mixed, and the two that excuse. */
enum finding_cause {
	CAUSE_CORRUPT,	/* it is there, and wrong */
	CAUSE_EXCLUDED, /* a filter left it out */
	CAUSE_ABSENT,	/* the dump never had it, or its end was cut off */
	CAUSE_RACE,	/* changed while it was saved: a live system, CPUs that did not stop */
	CAUSE_CRASHED,	/* wrong in the crashed kernel: what it may have died of, not the dump's
			   fault */
};

enum place_kind { PLACE_NONE, PLACE_FILE, PLACE_PHYSICAL, PLACE_VIRTUAL };

/* Where: bytes in a file (of several, as they are on disk), or an address. */
struct place {
	enum place_kind kind;
	uint64_t at, size; /* @size 0: not known, or of no use */
	unsigned int file; /* PLACE_FILE: which one of a set */
};

struct finding {
	enum finding_severity severity;
	enum finding_cause cause;
	struct place place;
	char *text; /* a line, no full stop */
};

enum check_outcome { OUTCOME_PASSED, OUTCOME_NOTES, OUTCOME_FAULTS, OUTCOME_SKIPPED };

struct validate_result {
	const struct validate_check *check;
	enum check_outcome outcome;
	uint64_t looked_at;	/* things that were checked: pages, entries… */
	uint64_t notes, faults; /* findings; more than are kept, maybe */
	struct finding *findings;
	size_t nr_findings, findings_room;
	bool unusable; /* one of them says so */
	char *why_skipped;
	uint64_t ns;
};

struct validation; /* one check of one dump */

struct validate_check {
	const char *name;    /* short, stable: "kdump-descriptors" */
	const char *family;  /* container, identity, coverage, translation, kernel, structures */
	const char *summary; /* the reason in a line: what is wrong when it fails */
	bool quick;	     /* part of --quick: reads tables only, never all pages */
	bool needs_kernel;   /* skipped where image_has_kernel() is false */
	/* An error ends this check only, and becomes a finding of it; INTERRUPTED ends all. */
	struct error *(*run)(struct validation *v);
	/*
	 * Or NULL. Begins, before any check is run, what other threads do meanwhile, with handles
	 * on the dump of their own; run() is called when all others were, and ends it.
	 */
	struct error *(*begin)(struct validation *v);
};

/* All checks in the order they are told, and run but for what begin() says; NULL-terminated. */
extern const struct validate_check *const validate_checks[];

/* ---- for checks ---- */
/* All but validation_progress() may be called by several threads of a check at once. */
struct kxdump *validation_dump(struct validation *v);
struct image *validation_image(struct validation *v);
/* vmlinux that the user named, or NULL. */
struct debug_file *validation_vmlinux(struct validation *v);
/*
 * Of each check the first 500 notes and 500 faults are kept, all are counted. On a live system,
 * what is CORRUPT is a RACE and no fault: memory changes while it is read.
 */
void validation_find(struct validation *v, enum finding_severity severity, enum finding_cause cause,
		     struct place place, const char *fmt, ...) printf_like(5, 6);
/* What is wrong at virtual address @at: a fault, or, where the kernel may have been changing it
 * when it died, a note. */
void validation_find_wrong(struct validation *v, bool may_race, uint64_t at, const char *fmt, ...)
	printf_like(4, 5);
/*
 * A read that failed, told by its code: EXCLUDED and ABSENT become notes, or with @needed faults;
 * BAD_DATA and OS corrupt ones. Frees @err. INTERRUPTED and NOMEM are handed back, else NULL.
 */
must_check struct error *validation_find_error(struct validation *v, bool needed,
					       struct place place, struct error *err,
					       const char *what);
void validation_looked_at(struct validation *v, uint64_t things);
/* The check does not apply: why, as a sentence's end ("the kernel has no BTF"). */
void validation_skip(struct validation *v, const char *fmt, ...) printf_like(2, 3);
/* Progress of the running check, of @all bytes; also polls for interrupts. By one thread. */
must_check struct error *validation_progress(struct validation *v, uint64_t done, uint64_t all);
const struct validate_options *validation_options(const struct validation *v); /* threads: set */

static inline struct place place_file(unsigned int file, uint64_t at, uint64_t size)
{
	return (struct place){ PLACE_FILE, at, size, file };
}
static inline struct place place_physical(uint64_t at, uint64_t size)
{
	return (struct place){ PLACE_PHYSICAL, at, size, 0 };
}
static inline struct place place_virtual(uint64_t at, uint64_t size)
{
	return (struct place){ PLACE_VIRTUAL, at, size, 0 };
}
static inline struct place place_none(void)
{
	return (struct place){ PLACE_NONE, 0, 0, 0 };
}

/* ---- for who runs them ---- */
struct validate_options {
	bool quick;
	unsigned int threads; /* 0: as many as CPUs may be used */
	/* A manifest (manifest.h) of the pages' digests: one to write, one to compare with; NULL.
	 */
	const char *manifest, *check_manifest;
};
enum verdict { VERDICT_WHOLE, VERDICT_FAULTS, VERDICT_UNUSABLE };

struct validate_report {
	enum verdict verdict;
	struct validate_result *results;
	size_t nr_results;
	uint64_t ns, bytes; /* bytes of the files; 0: they were not read through (quick) */
	bool live;	    /* the running kernel: nothing of it stays as it was read */
};

/*
 * Runs all checks over @image's dump. Fails only when interrupted, out of memory, or when a
 * manifest cannot be read or written.
 */
must_check struct error *validate_run(struct image *image, const struct validate_options *options,
				      struct validate_report *ret);
/* The report on what did not even open, with @err, which is freed, as what was found. */
must_check struct error *validate_unopened(struct error *err, struct validate_report *ret);
const char *finding_severity_name(enum finding_severity severity);
const char *finding_cause_name(enum finding_cause cause);
const char *check_outcome_name(enum check_outcome outcome);
const char *verdict_name(enum verdict verdict);
/* The report as JUnit's XML, a test case for each check. @name: the dump's. */
must_check struct error *validate_write_junit(const char *path, const char *name,
					      const struct validate_report *report);
void validate_report_deinit(struct validate_report *report);

#endif
