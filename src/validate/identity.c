// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Do all parts of a dump tell of one kernel? VMCOREINFO, the header, the kernel's memory and the
 * vmlinux that was named.
 */
#include "image/view.h"
#include "symbols/debug_info.h"
#include "validate/validate.h"

#include <stdlib.h>
#include <string.h>

#define CLOCK_SLACK 86400 /* seconds: a dump may be written, or copied, long after the crash */

enum { UTS_RELEASE, UTS_VERSION };
DEFINE_VIEW(uts_view, "uts_namespace", [UTS_RELEASE] = FIELD("name.release"),
	    [UTS_VERSION] = FIELD("name.version"));

static void disagree(struct validation *v, struct place place, const char *what, const char *one,
		     const char *said, const char *other, const char *told)
{
	validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place, "%s: %s has \"%s\", %s \"%s\"",
			what, one, said, other, told);
}

/* Texts that must be the same; one that nobody gave agrees with all. */
static void compare(struct validation *v, struct place place, const char *what, const char *one,
		    const char *said, const char *other, const char *told)
{
	if (!said || !told || !*said || !*told)
		return;
	validation_looked_at(v, 1);
	if (strcmp(said, told) != 0)
		disagree(v, place, what, one, said, other, told);
}

/* linux_banner is "Linux version RELEASE (…) …". */
static struct error *check_banner(struct validation *v, const char *release)
{
	static const char begin[] = "Linux version ";
	struct image *image = validation_image(v);
	char banner[512], *end;
	uint64_t at;

	TRY(image_symbol(image, "linux_banner", &at));
	TRY(image_read_string(image, at, banner, sizeof(banner)));
	if (strncmp(banner, begin, strlen(begin)) != 0) {
		validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place_virtual(at, 0),
				"linux_banner does not begin with \"%s\"", begin);
		return NULL;
	}
	end = strchr(banner + strlen(begin), ' ');
	if (end)
		*end = 0;
	compare(v, place_virtual(at, 0), "the release", "linux_banner", banner + strlen(begin),
		"init_uts_ns", release);
	return NULL;
}

static struct error *check_release(struct validation *v)
{
	const struct kxdump_info *info = kxdump_info(validation_dump(v));
	char release[66] = "", version[66] = "", told[128];
	struct image *image = validation_image(v);
	uint64_t uts;

	TRY(image_symbol(image, "init_uts_ns", &uts));
	TRY(view_read_bytes(image, &uts_view, UTS_RELEASE, uts, release, 65));
	TRY(view_read_bytes(image, &uts_view, UTS_VERSION, uts, version, 65));
	compare(v, place_none(), "the release", "the dump's header", info->release, "the kernel",
		release);
	compare(v, place_none(), "the version", "the dump's header", info->version, "the kernel",
		version);
	if (!error_dropped(image_vmcoreinfo_text(image, "OSRELEASE", told, sizeof(told))))
		compare(v, place_none(), "the release", "VMCOREINFO", told, "the kernel", release);
	return check_banner(v, release);
}

const struct validate_check validate_release = {
	.name = "release",
	.family = "identity",
	.summary = "header, VMCOREINFO and memory are of different kernels",
	.quick = true,
	.needs_kernel = true,
	.run = check_release,
};

static struct error *check_build(struct validation *v)
{
	struct image *image = validation_image(v);
	struct debug_file *vmlinux = validation_vmlinux(v);
	char ours[41], theirs[41], told[64];

	build_id_text(image_build_id(image), ours);
	if (!*ours) {
		validation_skip(v, "the kernel has no build-id");
		return NULL;
	}
	/* Some stable releases of 5.15 to 6.11 put garbage there: the kernel's doing. */
	if (!error_dropped(image_vmcoreinfo_text(image, "BUILD-ID", told, sizeof(told)))) {
		validation_looked_at(v, 1);
		if (strcmp(told, ours) != 0)
			validation_find(v, FINDING_NOTE, CAUSE_CRASHED, place_none(),
					"the build-id: VMCOREINFO has \"%s\", the kernel's notes "
					"\"%s\"",
					told, ours);
	}
	if (!vmlinux)
		return NULL;
	build_id_text(debug_file_build_id(vmlinux), theirs);
	compare(v, place_none(), "the build-id", debug_file_path(vmlinux), theirs, "the kernel",
		ours);
	return NULL;
}

const struct validate_check validate_build_id = {
	.name = "build-id",
	.family = "identity",
	.summary = "the vmlinux, or VMCOREINFO, is of another build than the kernel",
	.quick = true,
	.needs_kernel = true,
	.run = check_build,
};

static struct error *check_facts(struct validation *v)
{
	const struct kxdump_info *info = kxdump_info(validation_dump(v));
	struct image *image = validation_image(v);
	char text[32];
	long long page, crashed;

	if (!error_dropped(image_vmcoreinfo_text(image, "PAGESIZE", text, sizeof(text)))) {
		page = strtoll(text, NULL, 10);
		validation_looked_at(v, 1);
		if (info->page_size && page != info->page_size)
			validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place_none(),
					"the page size: the dump's header has %u, VMCOREINFO %lld",
					info->page_size, page);
	}
	if (info->has_time &&
	    !error_dropped(image_vmcoreinfo_text(image, "CRASHTIME", text, sizeof(text)))) {
		crashed = strtoll(text, NULL, 10);
		validation_looked_at(v, 1);
		if (info->time > crashed + CLOCK_SLACK || info->time < crashed - CLOCK_SLACK)
			validation_find(v, FINDING_NOTE, CAUSE_CORRUPT, place_none(),
					"the time: the dump's header has %lld, VMCOREINFO's "
					"CRASHTIME is %lld",
					(long long)info->time, crashed);
	}
	return NULL;
}

const struct validate_check validate_facts = {
	.name = "page-size-and-time",
	.family = "identity",
	.summary = "header and VMCOREINFO disagree on the page size or the time of the crash",
	.quick = true,
	.needs_kernel = true,
	.run = check_facts,
};
