// SPDX-License-Identifier: GPL-2.0-or-later
/* snapshot: a copy of what arming reads of this machine. */
#include "commands/program.h"

#include "kexec/snapshot.h"

#include <unistd.h>

enum { PATH, BYTES, WHY };
static const struct column columns[] = {
	[PATH] = { "path", COLUMN_TEXT, -44, "FILE", .summary = "as on the machine" },
	[BYTES] = { "bytes", COLUMN_INT, 7, .summary = "saved of it; none: it is not there" },
	[WHY] = { "why", COLUMN_TEXT, .summary = "why it is not in the snapshot" },
};
static const struct table table = { TABLE_COLUMNS(columns), .look = LOOK_TABLE };
static const struct table *const tables[] = { &table, NULL };

/* How many were there, but could not be read. */
static size_t show(struct output *out, const struct snapshot *snapshot)
{
	size_t unreadable = 0;

	output_begin(out, &table);
	for (size_t i = 0; i < snapshot->count; i++) {
		const struct snapshot_file *file = &snapshot->files[i];

		output_text(out, PATH, file->path);
		if (file->why)
			output_text(out, WHY, file->why->message);
		else
			output_uint(out, BYTES, file->size);
		unreadable += file->why && file->why->code != ERROR_NOT_FOUND;
		output_row(out);
	}
	return unreadable;
}

static struct error *run(struct program_run *run)
{
	const struct arguments *arguments = run->arguments;
	struct snapshot snapshot;
	struct host *host;
	struct error *err;
	size_t unreadable;

	if (arguments->nr_operands != 1)
		return error_create(ERROR_USAGE, "the name of a new directory is expected");
	TRY(host_open(NULL, &host));
	err = snapshot_save(host, arguments->operands[0], &snapshot);
	host_close(host);
	if (err)
		return err;
	unreadable = show(run->out, &snapshot);
	snapshot_deinit(&snapshot);
	if (unreadable)
		output_note(run->out, "%zu file%s could not be read%s", unreadable,
			    unreadable == 1 ? "" : "s", geteuid() ? ": root sees more" : "");
	if (geteuid())
		output_note(run->out, "not run as root: the addresses in /proc/iomem are zeros");
	return NULL;
}

const struct program snapshot_program = {
	.name = "snapshot",
	.summary = "save what arming reads of this machine, for simulate",
	.usage = "DIR",
	.help = "Copies the files of /proc and /sys that `arm` and `simulate` read into the new\n"
		"directory DIR, which appears when it is whole: the memory map, CPUs, firmware's\n"
		"tables, the state and limits of kexec. `kx-crash simulate --machine DIR` shows on\n"
		"any machine what arming would do on this one.\n\n"
		"A few kilobytes: of /proc/kcore the program headers alone, of /proc/kallsyms and\n"
		"the kernel's configuration some lines. No memory is copied. The kernel's command\n"
		"line is, and it may hold secrets; addresses tell where KASLR put the kernel.\n\n"
		"Works without privileges, too: what could not be read is told, and noted in the\n"
		"file DIR/unreadable.\n\n"
		"Example:\n"
		"  kx-crash snapshot /tmp/machine && tar -C /tmp -czf machine.tar.gz machine\n",
	.tables = tables,
	.run = run,
};
