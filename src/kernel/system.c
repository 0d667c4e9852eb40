// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The machine and its end. Where the kernel's memory does not say, VMCOREINFO and the dump's own
 * header do; what nobody says stays empty.
 */
#include "kernel/system.h"

#include "image/view.h"
#include "kernel/log.h"
#include "kernel/taint.h"
#include "kernel/tasks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NSEC_PER_SEC 1000000000LL
#define FSHIFT	     11 /* fixed-point bits of avenrun: include/linux/sched/loadavg.h */

enum { UTS_NODENAME, UTS_RELEASE, UTS_VERSION, UTS_MACHINE };
DEFINE_VIEW(uts_view, "uts_namespace", [UTS_NODENAME] = FIELD("name.nodename"),
	    [UTS_RELEASE] = FIELD("name.release"), [UTS_VERSION] = FIELD("name.version"),
	    [UTS_MACHINE] = FIELD("name.machine"));

enum { TK_XTIME_SEC, TK_BASE, TK_XTIME_NSEC, TK_SHIFT, TK_OFFS_REAL, TK_OFFS_BOOT };
DEFINE_VIEW(timekeeper_view,
	    "timekeeper", [TK_XTIME_SEC] = FIELD("xtime_sec"), [TK_BASE] = FIELD("tkr_mono.base"),
	    [TK_XTIME_NSEC] = FIELD("tkr_mono.xtime_nsec"), [TK_SHIFT] = FIELD("tkr_mono.shift"),
	    [TK_OFFS_REAL] = FIELD("offs_real"), [TK_OFFS_BOOT] = FIELD("offs_boot"));

DEFINE_VIEW(tk_data_view, "tk_data", FIELD("timekeeper")); /* v6.13 */

/* Where a utsname field lies when no types say: new_utsname is six strings of 65 bytes. */
static void fill_uts(struct image *image, uint64_t ns, unsigned int field, unsigned int index,
		     char ret[65])
{
	char text[32];

	if (!error_dropped(view_read_bytes(image, &uts_view, field, ns, ret, 65))) {
		ret[64] = 0;
		return;
	}
	ret[0] = 0;
	if (error_dropped(
		    image_vmcoreinfo_text(image, "OFFSET(uts_namespace.name)", text, sizeof(text))))
		return;
	if (error_dropped(memory_read_string(
		    image_memory(image), ns + strtoul(text, NULL, 10) + 65ULL * index, ret, 65)))
		ret[0] = 0;
}

static void fill_names(struct image *image, struct system *s)
{
	const struct kxdump_info *info = kxdump_info(image_dump(image));
	const struct arch_ops *arch = image_arch(image);
	uint64_t ns;

	if (!error_dropped(image_symbol(image, "init_uts_ns", &ns))) {
		fill_uts(image, ns, UTS_NODENAME, 1, s->nodename);
		fill_uts(image, ns, UTS_RELEASE, 2, s->release);
		fill_uts(image, ns, UTS_VERSION, 3, s->version);
		fill_uts(image, ns, UTS_MACHINE, 4, s->machine);
	}
	if (!s->release[0] && error_dropped(image_vmcoreinfo_text(image, "OSRELEASE", s->release,
								  sizeof(s->release))))
		s->release[0] = 0;
	if (!s->release[0] && info->release)
		snprintf(s->release, sizeof(s->release), "%s", info->release);
	if (!s->version[0] && info->version)
		snprintf(s->version, sizeof(s->version), "%s", info->version);
	if (!s->nodename[0] && info->nodename)
		snprintf(s->nodename, sizeof(s->nodename), "%s", info->nodename);
	if (!s->machine[0] && info->machine)
		snprintf(s->machine, sizeof(s->machine), "%s", info->machine);
	if (!s->machine[0] && arch)
		snprintf(s->machine, sizeof(s->machine), "%s", arch->name);
	else if (!s->machine[0] && kxdump_machine_name(info->elf_machine))
		snprintf(s->machine, sizeof(s->machine), "%s",
			 kxdump_machine_name(info->elf_machine));
}

/* The core timekeeper's address. */
static struct error *find_timekeeper(struct image *image, uint64_t *ret)
{
	/* Its lock's type: v5.9, and before. */
	static const char *const locks[] = { "seqcount_raw_spinlock_t", "seqcount_t" };
	const struct type *type;
	uint64_t offset;

	/* An array whose first element is the core one: v6.17. */
	if (error_dropped(image_symbol(image, "timekeeper_data", ret)))
		TRY(image_symbol(image, "tk_core", ret));
	if (!error_dropped(view_offset(image, &tk_data_view, 0, &offset))) {
		*ret += offset;
		return NULL;
	}
	/* A struct without a name, of the lock and the timekeeper. */
	for (size_t i = 0; i < ARRAY_SIZE(locks); i++) {
		if (error_dropped(
			    types_find_kind(image_types(image), TYPE_TYPEDEF, locks[i], &type)))
			continue;
		*ret += (type_strip(type)->size + 7) & ~7ULL;
		return NULL;
	}
	return error_create(ERROR_NOT_FOUND, "the layout of tk_core is not known");
}

struct error *system_clock(struct image *image, int64_t *real_offset_ns, int64_t *boot_ns,
			   int64_t *real_s)
{
	uint64_t tk, sec, base, nsec, shift, real, boot;

	TRY(find_timekeeper(image, &tk));
	TRY(view_read(image, &timekeeper_view, TK_XTIME_SEC, tk, &sec));
	TRY(view_read(image, &timekeeper_view, TK_BASE, tk, &base));
	TRY(view_read(image, &timekeeper_view, TK_XTIME_NSEC, tk, &nsec));
	TRY(view_read(image, &timekeeper_view, TK_SHIFT, tk, &shift));
	TRY(view_read(image, &timekeeper_view, TK_OFFS_REAL, tk, &real));
	TRY(view_read(image, &timekeeper_view, TK_OFFS_BOOT, tk, &boot));
	if (shift > 63)
		return error_at(ERROR_BAD_DATA, tk, "the timekeeper shifts by %llu",
				(unsigned long long)shift);
	*real_offset_ns = (int64_t)real;
	*boot_ns = (int64_t)(base + (nsec >> shift) + boot);
	*real_s = (int64_t)sec;
	return NULL;
}

static void fill_times(struct image *image, struct system *s)
{
	const struct kxdump_info *info = kxdump_info(image_dump(image));
	int64_t offset, boot_ns, real_s;
	char text[32], *end;

	if (!error_dropped(system_clock(image, &offset, &boot_ns, &real_s)) && boot_ns >= 0) {
		s->has_uptime = s->has_time = true;
		s->uptime_s = (double)boot_ns / NSEC_PER_SEC;
		s->time = real_s;
	}
	if (info->has_time) {
		s->has_time = true;
		s->time = info->time;
	}
	/* Written by the crashing kernel itself. */
	if (!error_dropped(image_vmcoreinfo_text(image, "CRASHTIME", text, sizeof(text)))) {
		int64_t time = strtoll(text, &end, 10);

		if (end != text) {
			s->has_time = true;
			s->time = time;
		}
	}
}

static void fill_load(struct image *image, struct system *s)
{
	const struct memory *m = image_memory(image);
	uint64_t avenrun, value;

	if (error_dropped(image_symbol(image, "avenrun", &avenrun)))
		return;
	for (unsigned int i = 0; i < 3; i++) {
		if (error_dropped(
			    memory_read_word(m, avenrun + i * (uint64_t)m->word_size, &value)))
			return;
		s->load[i] = (double)value / (1 << FSHIFT);
	}
	s->has_load = true;
}

static void fill_memory(struct image *image, struct system *s)
{
	const struct arch_ops *arch = image_arch(image);
	uint64_t pages;

	/* ca79b0c211af (v5.0) made it atomic and renamed it. */
	if (!arch || (error_dropped(image_read_global(image, "_totalram_pages", 0, &pages)) &&
		      error_dropped(image_read_global(image, "totalram_pages", 0, &pages))))
		return;
	s->memory_bytes = pages << arch->page_shift;
}

static void fill_cpus(struct image *image, struct system *s)
{
	unsigned int *cpus;

	for (unsigned int cpu = 0; cpu < image_nr_cpus(image); cpu++)
		s->cpus_possible += image_cpu_possible(image, cpu);
	if (!error_dropped(cpus_up(image, &cpus, &s->cpus_online)))
		free(cpus);
	if (!s->cpus_online)
		s->cpus_online = kxdump_info(image_dump(image))->nr_cpus;
}

/* Each line of a record by itself. */
static void search_record(struct panic_search *search, const struct log_record *record)
{
	uint32_t caller = record->caller | (record->caller_is_cpu ? 1U << 31 : 0);

	/* What user space wrote to /dev/kmsg can say anything. */
	if (record->facility)
		return;
	for (const char *line = record->text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		panic_search_line(search, record->time_ns, caller, line);
	}
}

static struct error *fill_panic(struct image *image, struct system *s)
{
	struct panic_search search = { 0 };
	struct log_record record;
	struct log_walk *walk;
	struct error *err;
	bool found;

	if (error_dropped(log_walk_create(image, &walk)))
		return NULL;
	for (;;) {
		err = log_walk_next(walk, &record, &found);
		if (err || !found)
			break;
		search_record(&search, &record);
	}
	log_walk_destroy(walk);
	snprintf(s->panic, sizeof(s->panic), "%s", panic_search_result(&search));
	return err;
}

struct error *system_describe(struct image *image, struct system *ret)
{
	struct system s = { 0 };

	fill_names(image, &s);
	fill_cpus(image, &s);
	fill_memory(image, &s);
	fill_times(image, &s);
	fill_load(image, &s);
	if (!error_dropped(image_read_global(image, "tainted_mask", 0, &s.taints))) {
		s.has_taints = true;
		taint_letters(s.taints, s.taint_letters, sizeof(s.taint_letters));
	}
	TRY(fill_panic(image, &s));
	*ret = s;
	return NULL;
}
