// SPDX-License-Identifier: GPL-2.0-or-later
/* Starting and ending QEMU. */
#include "selftest/qemu.h"

#include "base/text.h"
#include "kexec/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define BINARY		"qemu-system-x86_64"
#define MAX_WORDS	64
#define VMCORE_EXTRA_MB 64u

struct words {
	char *list[MAX_WORDS + 1];
	size_t count;
	bool failed;
};

static void printf_like(2, 3) add(struct words *words, const char *fmt, ...)
{
	va_list ap;
	char *word = NULL;

	va_start(ap, fmt);
	if (words->count == MAX_WORDS || vasprintf(&word, fmt, ap) < 0)
		words->failed = true;
	else
		words->list[words->count++] = word;
	va_end(ap);
}

static void words_free(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->list[i]);
}

/* Where distributions keep OVMF: the code, and the variables to begin with. */
static const struct firmware {
	const char *code, *vars;
} firmwares[] = {
	{ "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd" },
	{ "/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd" },
	{ "/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd" },
	{ "/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd" },
	{ "/usr/share/qemu/ovmf-x86_64-code.bin", "/usr/share/qemu/ovmf-x86_64-vars.bin" },
};

static struct error *copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out;
	ssize_t n;

	if (in < 0)
		return error_os(errno, "%s", from);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	do {
		n = out < 0 ? -1 : sendfile(out, in, NULL, 1u << 24);
	} while (n > 0);
	close(in);
	if (out >= 0)
		close(out);
	return n < 0 ? error_os(errno, "%s", to) : NULL;
}

static struct error *add_firmware(struct words *words, const struct qemu_options *options)
{
	char vars[4096];

	for (size_t i = 0; i < ARRAY_SIZE(firmwares); i++) {
		if (access(firmwares[i].code, R_OK) || access(firmwares[i].vars, R_OK))
			continue;
		snprintf(vars, sizeof(vars), "%s/%s", options->directory, QEMU_VARS);
		TRY(copy(firmwares[i].vars, vars));
		add(words, "-drive");
		add(words, "if=pflash,format=raw,unit=0,readonly=on,file=%s", firmwares[i].code);
		add(words, "-drive");
		add(words, "if=pflash,format=raw,unit=1,file=%s", QEMU_VARS);
		return NULL;
	}
	return error_create(ERROR_NOT_FOUND, "no UEFI firmware for QEMU: install ovmf");
}

static struct error *add_disk(struct words *words, const struct qemu_options *options,
			      const char *name, const char *serial, uint64_t bytes)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", options->directory, name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)bytes)) {
		struct error *err = error_os(errno, "%s", path);

		if (fd >= 0)
			close(fd);
		return err;
	}
	close(fd);
	add(words, "-drive");
	add(words, "file=%s,format=raw,if=none,id=%s,cache=unsafe", name, serial);
	add(words, "-device");
	add(words, "virtio-blk-pci,drive=%s,serial=%s", serial, serial);
	return NULL;
}

static struct error *make_words(struct words *words, const struct qemu_options *options)
{
	static const char *const always[] = {
		BINARY,
		"-nodefaults",
		"-no-user-config",
		"-display",
		"none",
		"-no-reboot",
		"-serial",
		"file:" QEMU_SERIAL,
		"-qmp",
		"unix:" QEMU_QMP ",server=on,wait=off",
	};

	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		add(words, "%s", always[i]);
	add(words, "-accel");
	add(words, "%s", options->kvm ? "kvm" : "tcg,thread=multi");
	add(words, "-cpu");
	/* QEMU 7.2 emulates cmpxchg16b with wrong flags now and then, which breaks kernels
	 * from 6.12 on; tables of five levels are slow to emulate. */
	add(words, "%s", options->kvm ? "host" : "max,cx16=off,la57=off");
	add(words, "-m");
	add(words, "%u", options->memory_mb);
	add(words, "-smp");
	add(words, "%u", options->cpus);
	if (options->uefi)
		TRY(add_firmware(words, options));
	add(words, "-kernel");
	add(words, "%s", options->kernel);
	add(words, "-initrd");
	add(words, "%s", options->initrd);
	add(words, "-append");
	add(words, "%s", options->append);
	TRY(add_disk(words, options, QEMU_TRUTH, INIT_TRUTH_DISK, INIT_GO_OFFSET + 4096));
	TRY(add_disk(words, options, QEMU_VMCORE, INIT_VMCORE_DISK,
		     (uint64_t)(options->memory_mb + VMCORE_EXTRA_MB) << 20));
	if (options->debugger) {
		add(words, "-chardev");
		add(words, "socket,id=gdb,path=%s,server=on,wait=off", QEMU_GDB);
		add(words, "-gdb");
		add(words, "chardev:gdb");
	}
	return words->failed ? error_nomem() : NULL;
}

/* In the child: nothing but async-signal-safe calls. */
static void __attribute__((noreturn))
run(const struct words *words, const char *directory, pid_t parent)
{
	int null, log;

	/* It shall not outlive us, nor get the terminal's Ctrl-C before we do. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	if (getppid() != parent || chdir(directory))
		_exit(126);
	null = open("/dev/null", O_RDONLY);
	log = open(QEMU_MESSAGES, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (null < 0 || log < 0)
		_exit(126);
	dup2(null, 0);
	dup2(log, 1);
	dup2(log, 2);
	execvp(words->list[0], words->list);
	_exit(127);
}

static void forget_old(const struct qemu_options *options)
{
	static const char *const names[] = { QEMU_SERIAL, QEMU_QMP, QEMU_GDB };
	char path[4096];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", options->directory, names[i]);
		unlink(path);
	}
}

struct error *qemu_start(const struct qemu_options *options, struct qemu *ret)
{
	struct words words = { 0 };
	pid_t parent = getpid();
	struct error *err;

	*ret = (struct qemu){ .directory = strdup(options->directory) };
	forget_old(options);
	err = ret->directory ? make_words(&words, options) : error_nomem();
	if (!err) {
		words.list[words.count] = NULL;
		ret->pid = fork();
		if (!ret->pid)
			run(&words, options->directory, parent);
		if (ret->pid < 0)
			err = error_os(errno, "fork");
	}
	words_free(&words);
	if (err) {
		free(ret->directory);
		*ret = (struct qemu){ 0 };
	}
	return err;
}

bool qemu_ended(struct qemu *qemu)
{
	if (qemu->pid > 0 && waitpid(qemu->pid, &qemu->status, WNOHANG) == qemu->pid)
		qemu->pid = 0;
	return qemu->pid <= 0;
}

void qemu_stop(struct qemu *qemu)
{
	if (!qemu_ended(qemu)) {
		kill(qemu->pid, SIGKILL);
		waitpid(qemu->pid, &qemu->status, 0);
		qemu->pid = 0;
	}
	free(qemu->directory);
	qemu->directory = NULL;
}

void qemu_message(const struct qemu *qemu, char *buf, size_t size)
{
	char path[4096], line[512];
	FILE *file;

	buf[0] = 0;
	if (WIFEXITED(qemu->status) && WEXITSTATUS(qemu->status) == 127) {
		snprintf(buf, size, "there is no %s: install qemu-system-x86", BINARY);
		return;
	}
	snprintf(path, sizeof(path), "%s/%s", qemu->directory, QEMU_MESSAGES);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		snprintf(buf, size, "%.*s", (int)strcspn(line, "\n"), line);
	if (file)
		fclose(file);
}

struct error *qemu_connect(const char *directory, const char *name, int *ret)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int dir = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC), fd;
	struct timeval limit = { .tv_sec = 10 };
	struct error *err = NULL;

	if (dir < 0)
		return error_os(errno, "%s", directory);
	/* (a socket's path has little room; the directory may be deep) */
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dir, name);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    connect(fd, (const struct sockaddr *)&address, sizeof(address))) {
		err = error_os(errno, "QEMU's socket %s", name);
		if (fd >= 0)
			close(fd);
	}
	close(dir);
	if (!err)
		*ret = fd;
	return err;
}
