// SPDX-License-Identifier: GPL-2.0-or-later
/* The machine's two lives: boot, arm, die, capture. */
#include "selftest/run.h"

#include "kexec/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define POLL_NS 50000000l
/* A guest under KVM has printed something by then, or never will. */
#define KVM_SECONDS	 5
#define KVM_UEFI_SECONDS 15
/* /proc/vmcore is read at 20 MiB/s at the very least. */
#define SLOWEST_MB_A_SECOND 20

static struct error *start(struct run *run, bool kvm)
{
	const struct selftest_options *options = run->options;
	char initrd[1024], serial[1024];
	auto_text line = { 0 };
	struct qemu_options qemu = {
		.directory = run->directory,
		.kernel = run->kernel,
		.initrd = initrd,
		.memory_mb = options->memory_mb,
		.cpus = options->cpus,
		.kvm = kvm,
		.uefi = options->uefi,
		.debugger = !strcmp(options->panic, "oops"),
	};

	/* earlyprintk: what goes wrong before the console is there is seen too. panic=1: a reset
	 * ends QEMU, nobody has to wait for a dead machine. */
	text_addf(&line,
		  "console=ttyS0,115200 earlyprintk=ttyS0,115200 loglevel=7 printk.devkmsg=on "
		  "panic=1 crashkernel=%s kx.role=test kx.syscall=%s kx.panic=%s",
		  options->crashkernel, options->syscall, options->panic);
	/* An emulator on a busy machine is too slow for the kernel's test of its timer. */
	if (!kvm)
		text_adds(&line, " no_timer_check");
	if (options->append)
		text_addf(&line, " %s", options->append);
	if (line.failed)
		return error_nomem();
	qemu.append = text_string(&line);
	run_path(run, "initrd.gz", initrd, sizeof(initrd));
	run_path(run, QEMU_SERIAL, serial, sizeof(serial));
	console_close(&run->console);
	TRY(console_open(serial, &run->console));
	run->mark = 0;
	run->ended = false;
	run->report->kvm = kvm;
	run->started = run_now();
	return qemu_start(&qemu, &run->qemu);
}

/*
 * /dev/kvm may be there, and QEMU or the guest hang all the same (in nested machines): KVM works
 * when a guest has printed a line under it.
 */
static struct error *start_kvm(struct run *run, bool *ret)
{
	static const char *const any_line[] = { "", NULL };
	struct error *err;
	size_t at;

	*ret = false;
	if (access("/dev/kvm", R_OK | W_OK))
		return NULL;
	TRY(start(run, true));
	err = run_wait(run, any_line, run->options->uefi ? KVM_UEFI_SECONDS : KVM_SECONDS, &at);
	if (!err) {
		*ret = true;
		return NULL;
	}
	qemu_stop(&run->qemu);
	if (err->code == ERROR_INTERRUPTED)
		return err;
	error_free(err);
	return NULL;
}

struct error *run_boot(struct run *run, struct text *detail)
{
	static const char *const up[] = { INIT_SAYS "test up", NULL };
	bool works;
	size_t at;

	TRY(start_kvm(run, &works));
	if (!works)
		TRY(start(run, false));
	TRY(run_wait(run, up, run_slow(run, run->options->uefi ? 45 : 25), &at));
	text_addf(detail, "%s, %s, %u CPU%s, %u MiB, crashkernel=%s",
		  works ? "KVM" : "emulated (TCG)", run->options->uefi ? "UEFI" : "BIOS",
		  run->options->cpus, run->options->cpus == 1 ? "" : "s", run->options->memory_mb,
		  run->options->crashkernel);
	return NULL;
}

struct error *run_arm(struct run *run, struct text *detail)
{
	static const char *const armed[] = { INIT_SAYS "armed: ", NULL };
	struct selftest_report *report = run->report;
	unsigned long long size;
	char rest[256];
	size_t at;

	TRY(run_wait(run, armed, run_slow(run, 30), &at));
	console_rest(&run->console, at, armed[0], rest, sizeof(rest));
	if (sscanf(rest, "%19[a-z_], %llu", report->system_call, &size) != 2)
		return error_create(ERROR_BAD_DATA, "what is \"%s\"?", rest);
	report->crash_size = size;
	text_addf(detail, "%s, %llu MiB reserved", report->system_call, size >> 20);
	return NULL;
}

/* What the guest's `arm` wrote down, for our own record. */
static struct error *take_arming(struct run *run)
{
	static const char name[] = STATE_RUN_FOLDER "/armed.json";
	const char *json;
	char path[1024];
	FILE *file;
	size_t size;
	bool bad;

	json = truth_file(run->truth, name + 1, &size);
	if (!json)
		return error_create(ERROR_NOT_FOUND, "the guest has no record of being armed");
	run_path(run, "armed.json", path, sizeof(path));
	file = fopen(path, "we");
	if (!file)
		return error_os(errno, "%s", path);
	bad = fwrite(json, 1, size, file) != size;
	if (fclose(file) || bad)
		return error_os(errno, "%s", path);
	TRY(state_arming_read(run->directory, &run->report->arming));
	run->report->armed = true;
	return NULL;
}

struct error *run_truth(struct run *run, struct text *detail)
{
	static const char *const written[] = { INIT_SAYS "truth written", NULL };
	struct truth_task *tasks;
	char path[1024];
	size_t at, count;

	TRY(run_wait(run, written, run_slow(run, 30), &at));
	run_path(run, QEMU_TRUTH, path, sizeof(path));
	TRY(truth_open(path, &run->truth));
	TRY(truth_tasks(run->truth, &tasks, &count));
	free(tasks);
	TRY(take_arming(run));
	text_addf(detail, "%zu tasks, %u CPUs", count, truth_cpus(run->truth));
	return NULL;
}

/* Tells the guest to go on: a byte on its disk. */
static struct error *write_go(const struct run *run)
{
	char path[1024];
	ssize_t n;
	int fd;

	run_path(run, QEMU_TRUTH, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return error_os(errno, "%s", path);
	n = pwrite(fd, "g", 1, INIT_GO_OFFSET);
	close(fd);
	return n == 1 ? NULL : error_os(errno, "%s", path);
}

static struct error *cause_oops(struct run *run)
{
	static const char *const waits[] = { INIT_SAYS "waiting for a fault at ", NULL };
	char rest[64];
	size_t at;

	TRY(run_wait(run, waits, run_slow(run, 10), &at));
	console_rest(&run->console, at, waits[0], rest, sizeof(rest));
	TRY(gdb_plant_fault(run->directory, strtoull(rest, NULL, 16)));
	return write_go(run);
}

static struct error *cause_nmi(struct run *run)
{
	static const char *const waits[] = { INIT_SAYS "waiting for an NMI", NULL };
	const struct timespec nap = { .tv_nsec = 300000000l };
	size_t at;

	TRY(run_wait(run, waits, run_slow(run, 10), &at));
	nanosleep(&nap, NULL);
	return qmp_command(run->directory, "inject-nmi");
}

struct error *run_crash(struct run *run, struct text *detail)
{
	static const char *const dying[] = { INIT_SAYS "dying of ", NULL };
	/* The last words of a panic in NMI context stay in the log: the next to be heard of is
	 * the capture kernel. */
	static const char *const dead[] = { "Kernel panic - not syncing", "[#1]",
					    "early console in", INIT_SAYS "capture up", NULL };
	const char *how = run->options->panic;
	char rest[64];
	size_t at;

	TRY(run_wait(run, dying, run_slow(run, 20), &run->death));
	if (!strcmp(how, "oops"))
		TRY(cause_oops(run));
	else if (!strcmp(how, "nmi"))
		TRY(cause_nmi(run));
	TRY(run_wait(run, dead, run_slow(run, 15), &at));
	console_rest(&run->console, run->death, dying[0], rest, sizeof(rest));
	text_adds(detail, rest);
	return NULL;
}

/* The lines of the kernel that died are stamped; the first that is not, or is stamped 0, is what
 * comes after it. */
size_t run_capture_start(const struct run *run)
{
	const char *text = text_string(&run->console.text), *line = text + run->death;

	if (run->death > run->console.text.len)
		return run->console.text.len;
	for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if ((*line != '[' && *line != '\n') || !strncmp(line, "[    0.000000]", 14))
			break;
	}
	return (size_t)(line - text);
}

static void note_memory(struct run *run)
{
	unsigned long long total, available;
	char rest[128];
	size_t at;

	if (!console_find(&run->console, INIT_SAYS "memory: ", run->death, &at))
		return;
	console_rest(&run->console, at, INIT_SAYS "memory: ", rest, sizeof(rest));
	if (sscanf(rest, "%llu KiB, %llu available", &total, &available) != 2)
		return;
	run->report->capture_memory = total << 10;
	run->report->capture_available = available << 10;
}

/* The dump is as long as its disk says no word of. */
static struct error *cut_dump(const struct run *run, unsigned long long size)
{
	char path[1024];

	run_path(run, QEMU_VMCORE, path, sizeof(path));
	return truncate(path, (off_t)size) ? error_os(errno, "%s", path) : NULL;
}

struct error *run_capture(struct run *run, struct text *detail)
{
	static const char *const up[] = { INIT_SAYS "capture up", NULL };
	static const char *const saved[] = { INIT_SAYS "saved: ", NULL };
	unsigned int seconds = 20 + run->options->memory_mb / SLOWEST_MB_A_SECOND;
	unsigned long long size, written;
	uint64_t start;
	char rest[256];
	size_t at;

	run->mark = run->death;
	TRY(run_wait(run, up, run_slow(run, 25), &at));
	start = run_now();
	TRY(run_wait(run, saved, run_slow(run, seconds), &at));
	note_memory(run);
	console_rest(&run->console, at, saved[0], rest, sizeof(rest));
	if (sscanf(rest, "%llu bytes, %llu", &size, &written) != 2)
		return error_create(ERROR_BAD_DATA, "what is \"%s\"?", rest);
	text_addf(detail, "%llu MiB in %.1f s; the capture kernel had %llu MiB, %llu free",
		  size >> 20, (double)(run_now() - start) / 1e9,
		  (unsigned long long)(run->report->capture_memory >> 20),
		  (unsigned long long)(run->report->capture_available >> 20));
	/* All of it is on the disk. Whether the machine can switch itself off matters to nobody. */
	for (unsigned int i = 0; i < 40 && !qemu_ended(&run->qemu); i++)
		nanosleep(&(struct timespec){ .tv_nsec = POLL_NS }, NULL);
	qemu_stop(&run->qemu);
	return cut_dump(run, size);
}

struct error *run_dump(struct run *run, struct text *detail)
{
	auto_text before = { 0 };
	char path[1024];
	const json_t *row;

	run_path(run, QEMU_VMCORE, path, sizeof(path));
	TRY(dump_ask(path, run->options->vmlinux, &run->dump));
	text_add(&before, text_string(&run->console.text) + run->death,
		 run_capture_start(run) - run->death);
	run->evidence = (struct evidence){ .truth = run->truth, .dump = &run->dump };
	evidence_take_trace(&run->evidence, text_string(&before));
	row = json_array_get(run->dump.rows[DUMP_SYS], 0);
	text_adds(detail, dump_text(row, "panic"));
	return NULL;
}
