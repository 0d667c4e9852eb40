// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write what the kernel says about itself as a tar archive straight onto a
 * block device: /proc, /sys and the log, the truth that a dump of the same
 * machine is compared with a moment later.
 *
 * A program of its own, since tar takes the sizes of /proc files (0) at their
 * word, and since forking a cat for each of some thousand files is slow under
 * emulation. Links become small text files that hold their target.
 *
 * usage: truth DEVICE [small]      small: less, when there are many tasks
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <unistd.h>

static FILE *archive;

static void put(const char *name, const char *data, size_t size)
{
	char block[512] = "";
	size_t length = strlen(name), cut = 0;
	unsigned sum = 0;

	while (*name == '/')
		name++, length--;
	/* ustar holds 100 bytes of name, and 155 of the directories before it */
	if (length > 100) {
		const char *slash = memchr(name + length - 101, '/', 101);

		if (!slash || slash - name > 155)
			return;
		cut = slash - name + 1;
		memcpy(block + 345, name, cut - 1);
	}
	memcpy(block, name + cut, length - cut);
	sprintf(block + 100, "%07o", 0644);
	sprintf(block + 108, "%07o", 0);
	sprintf(block + 116, "%07o", 0);
	sprintf(block + 124, "%011zo", size);
	sprintf(block + 136, "%011o", 0);
	block[156] = '0';
	memcpy(block + 257, "ustar\00000", 8);
	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < sizeof(block); i++)
		sum += (unsigned char)block[i];
	sprintf(block + 148, "%06o", sum);
	fwrite(block, sizeof(block), 1, archive);
	fwrite(data, 1, size, archive);
	memset(block, 0, sizeof(block));
	if (size % 512)
		fwrite(block, 512 - size % 512, 1, archive);
}

static char *data;
static size_t room;

static size_t slurp(int fd)
{
	size_t size = 0;

	for (;;) {
		if (room - size < 65536) {
			room = room ? room * 2 : 1 << 20;
			data = realloc(data, room);
		}
		/* sysctls refuse to be read in large pieces */
		ssize_t n = read(fd, data + size, 65536);

		if (n <= 0)
			return size;
		size += n;
	}
}

static void file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	size_t size = slurp(fd);

	close(fd);
	put(path, data, size);
}

static void link_text(const char *path)
{
	char target[4096];
	ssize_t n = readlink(path, target, sizeof(target));

	if (n >= 0)
		put(path, target, n);
}

/* Every file (as data) and link (as text) below a directory. */
static void tree(const char *path, int depth)
{
	DIR *dir = depth ? opendir(path) : NULL;
	struct dirent *entry;
	char name[4096];

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		struct stat st;

		/* not d_type, which /proc/sys leaves unknown */
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (lstat(name, &st))
			continue;
		if (S_ISDIR(st.st_mode))
			tree(name, depth - 1);
		else if (S_ISLNK(st.st_mode))
			link_text(name);
		else if (S_ISREG(st.st_mode))
			file(name);
	}
	closedir(dir);
}

static void files(const char *base, const char *const *names)
{
	char path[512];

	for (; *names; names++) {
		snprintf(path, sizeof(path), "%s/%s", base, *names);
		file(path);
	}
}

static void task(const char *base, int thread, int small)
{
	static const char *const basic[] = { "stat", "status", "stack", "comm", NULL };
	static const char *const both[] = { "sched", "schedstat", "wchan", "syscall",
					    "io",    "cgroup",	  NULL };
	static const char *const process[] = {
		"cmdline",	   "maps",	"statm",	 "limits",  "environ",
		"mountinfo",	   "oom_score", "oom_score_adj", "auxv",    "timers",
		"coredump_filter", "loginuid",	"sessionid",	 "uid_map", NULL
	};
	static const char *const links[] = { "exe", "cwd", "root", NULL };
	static const char *const dirs[] = { "fd", "fdinfo", "ns", NULL };
	char path[512];

	files(base, basic);
	if (small)
		return;
	files(base, both);
	if (thread)
		return;
	files(base, process);
	for (int i = 0; links[i]; i++) {
		snprintf(path, sizeof(path), "%s/%s", base, links[i]);
		link_text(path);
	}
	for (int i = 0; dirs[i]; i++) {
		snprintf(path, sizeof(path), "%s/%s", base, dirs[i]);
		tree(path, 1);
	}
}

static void tasks(int small)
{
	DIR *proc = opendir("/proc"), *threads;
	struct dirent *p, *t;
	char path[512], self[32];

	snprintf(self, sizeof(self), "%d", getpid());
	while ((p = readdir(proc))) {
		if (p->d_name[0] < '0' || p->d_name[0] > '9')
			continue;
		if (!strcmp(p->d_name, self))
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s", p->d_name);
		task(path, 0, small);
		snprintf(path, sizeof(path), "/proc/%.20s/task", p->d_name);
		threads = opendir(path);
		while (threads && (t = readdir(threads))) {
			if (t->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "/proc/%.20s/task/%.20s", p->d_name,
				 t->d_name);
			task(path, 1, small);
		}
		if (threads)
			closedir(threads);
	}
	closedir(proc);
}

/* The log, last of all: as records, and as syslog(2) renders it. */
static void log_records(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	size_t size = 0;
	ssize_t n;

	while (fd >= 0) {
		if (room - size < 16384)
			data = realloc(data, room = room * 2 + 16384);
		n = read(fd, data + size, 8192);
		if (n < 0 && errno == EPIPE)
			continue; /* a record was overwritten: go on with the next */
		if (n <= 0)
			break;
		size += n;
	}
	put("kmsg", data, size);
	if (fd >= 0)
		close(fd);
	int length = klogctl(10, NULL, 0);

	if (length > 0) {
		/* the text can be longer than the buffer that holds the records */
		char *text = malloc(length * 4);

		length = klogctl(3, text, length * 4);
		if (length > 0)
			put("dmesg.raw", text, length);
		free(text);
	}
}

int main(int argc, char **argv)
{
	static const char *const proc[] = {
		"modules",     "kallsyms",     "mounts",      "meminfo",	 "slabinfo",
		"vmallocinfo", "iomem",	       "ioports",     "interrupts",	 "softirqs",
		"uptime",      "loadavg",      "version",     "cmdline",	 "cpuinfo",
		"devices",     "filesystems",  "partitions",  "diskstats",	 "swaps",
		"timer_list",  "zoneinfo",     "buddyinfo",   "pagetypeinfo",	 "vmstat",
		"stat",	       "locks",	       "misc",	      "schedstat",	 "consoles",
		"crypto",      "keys",	       "key-users",   "cgroups",	 "execdomains",
		"fb",	       "dma",	       "mtrr",	      "sysvipc/shm",	 "sysvipc/sem",
		"sysvipc/msg", "pressure/cpu", "pressure/io", "pressure/memory", "config.gz",
		NULL
	};
	static const char *const sys[] = { "kernel/notes",
					   "kernel/vmcoreinfo",
					   "kernel/kexec_crash_loaded",
					   "kernel/kexec_crash_size",
					   "kernel/debug/sched/debug",
					   "kernel/debug/sched_debug",
					   "kernel/debug/kxboom",
					   "kernel/debug/x86/tlb_single_page_flush_ceiling",
					   NULL };
	int small = argc > 2;

	archive = argc > 1 ? fopen(argv[1], "w") : NULL;
	if (!archive) {
		fprintf(stderr, "truth: %s: %m\n", argc > 1 ? argv[1] : "no device");
		return 1;
	}
	setvbuf(archive, NULL, _IOFBF, 1 << 18);
	files("/sys", sys);
	tree("/proc/sys/kernel", 1);
	if (!small) {
		tree("/sys/kernel/btf", 1);
		tree("/sys/module", 3);
		tree("/sys/class/net", 2);
		tree("/sys/block", 2);
		tree("/sys/kernel/slab", 2);
		tree("/sys/kernel/irq", 2);
		tree("/sys/kernel/mm", 3);
		tree("/sys/bus/pci/devices", 1);
		tree("/sys/devices/system/clocksource", 2);
		tree("/proc/sys", 6);
		tree("/proc/net", 3);
		tree("/proc/irq", 3);
	}
	files("/proc", proc);
	tasks(small);
	log_records();
	put("complete", "", 0);
	memset(data, 0, 1024);
	fwrite(data, 1024, 1, archive);
	if (fflush(archive) || fsync(fileno(archive))) {
		fprintf(stderr, "truth: %m\n");
		return 1;
	}
	return 0;
}
