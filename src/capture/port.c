// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A virtio port, behind which the hypervisor writes a file: the dump, flattened. The log goes to a
 * second port, NAME.log, where there is one.
 */
#include "capture/job.h"

#include "base/small_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PORTS	       "/sys/class/virtio-ports"
#define STEP_US	       200000
#define STEPS_A_SECOND (1000000 / STEP_US)

/* The port's file in /dev: false when there is none of that name. */
static bool find(const char *name, char *ret, size_t size)
{
	DIR *dir = opendir(PORTS);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		char path[512], line[256];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), PORTS "/%s/name", entry->d_name);
		found = !error_dropped(small_file_read(path, line, sizeof(line))) &&
			!strcmp(line, name);
		if (found)
			snprintf(ret, size, "/dev/%s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

static struct error *open_port(const char *name, unsigned int wait, int *ret)
{
	char path[300];

	for (unsigned int i = 0; !find(name, path, sizeof(path)); i++) {
		if (i >= wait * STEPS_A_SECOND)
			return error_create(ERROR_NOT_FOUND,
					    "there is no virtio port \"%s\" after %u s: is "
					    "virtio_console missing?",
					    name, wait);
		usleep(STEP_US);
	}
	*ret = open(path, O_WRONLY | O_CLOEXEC);
	return *ret < 0 ? error_os(errno, "%s", path) : NULL;
}

static struct error *send_log(struct job *job, const char *name)
{
	struct error *err;
	FILE *file;
	int fd;

	TRY(open_port(name, 0, &fd));
	file = fdopen(fd, "w");
	if (!file) {
		close(fd);
		return error_nomem();
	}
	err = job_log(job, file);
	if (fclose(file) && !err)
		err = error_os(errno, "%s", name);
	return err;
}

static void save_log(struct job *job)
{
	auto_text name = { 0 };
	struct error *err;

	text_addf(&name, "%s.log", job->target->name);
	err = name.failed ? error_nomem() : send_log(job, name.data);
	job_log_saved(job, err, text_string(&name));
}

struct error *port_save(struct job *job)
{
	struct save_options where = { 0 };
	struct error *err;

	save_log(job);
	TRY(open_port(job->target->name, job->config->device_wait, &where.fd));
	err = job_save(job, &where);
	if (close(where.fd) && !err)
		err = error_os(errno, "virtio port %s", job->target->name);
	return err ? err : job_place(job, "virtio port %s", job->target->name);
}
