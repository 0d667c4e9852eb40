// SPDX-License-Identifier: GPL-2.0-or-later
/* Targets as people write them. */
#include "capture/capture.h"

#include <stdlib.h>
#include <string.h>

static struct error *bad(const char *text, const char *expected)
{
	return error_create(ERROR_USAGE, "target \"%s\": expected %s", text, expected);
}

static struct error *copy(const char *from, size_t len, char **ret)
{
	*ret = strndup(from, len);
	return *ret ? NULL : error_nomem();
}

static struct error *parse_path(const char *text, const char *path, const char *expected,
				char **ret)
{
	if (*path != '/' || !path[1])
		return bad(text, expected);
	return copy(path, strlen(path), ret);
}

static bool is_device(const char *text, size_t len)
{
	static const char *const tags[] = { "UUID=",	  "LABEL=",  "PARTUUID=",
					    "PARTLABEL=", "SERIAL=", "/dev/" };

	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		if (len > strlen(tags[i]) && !strncmp(text, tags[i], strlen(tags[i])))
			return true;
	}
	return false;
}

#define DEVICES "/dev/… or UUID=, LABEL=, PARTUUID=, PARTLABEL=, SERIAL="

/* "TYPE:DEVICE:/path"; device names can hold colons (/dev/disk/by-path), paths begin at ":/". */
static struct error *parse_fs(const char *rest, struct capture_target *t)
{
	static const char expected[] = "fs:TYPE:DEVICE:/path, the device as " DEVICES;
	const char *device = strchr(rest, ':'), *path;

	if (!device || device == rest)
		return bad(t->text, expected);
	device++;
	path = strstr(device + (*device == '/'), ":/");
	if (!path || !is_device(device, (size_t)(path - device)))
		return bad(t->text, expected);
	TRY(copy(rest, (size_t)(device - 1 - rest), &t->type));
	TRY(copy(device, (size_t)(path - device), &t->device));
	return copy(path + 1, strlen(path + 1), &t->path);
}

static struct error *parse_block(const char *rest, struct capture_target *t)
{
	if (!is_device(rest, strlen(rest)))
		return bad(t->text, "block:DEVICE, the device as " DEVICES);
	return copy(rest, strlen(rest), &t->device);
}

/* "HOST:…" or "[v6]:…"; what is behind the colon is in *@after. */
static struct error *parse_host(const char *text, const char *rest, const char *expected,
				char **ret, const char **after)
{
	const char *end = *rest == '[' ? strchr(rest, ']') : strchr(rest, ':');
	bool brackets = *rest == '[';

	if (!end || end == rest + brackets || end[brackets] != ':' || *rest == '-')
		return bad(text, expected);
	*after = end + brackets + 1;
	return copy(rest + brackets, (size_t)(end - rest) - brackets, ret);
}

static struct error *parse_ssh(const char *rest, struct capture_target *t)
{
	static const char expected[] = "ssh:[USER@]HOST[:PORT]:/path";
	const char *at = strchr(rest, '@'), *slash = strchr(rest, '/'), *after, *end;

	if (at && slash && at < slash) {
		if (at == rest || *rest == '-')
			return bad(t->text, expected);
		TRY(copy(rest, (size_t)(at - rest), &t->user));
		rest = at + 1;
	}
	TRY(parse_host(t->text, rest, expected, &t->host, &after));
	if (*after != '/') {
		size_t digits = strspn(after, "0123456789");
		unsigned long port = strtoul(after, NULL, 10);

		end = after + digits;
		if (!digits || digits > 5 || *end != ':' || !port || port > 65535)
			return bad(t->text, expected);
		TRY(copy(after, digits, &t->port));
		after = end + 1;
	}
	return parse_path(t->text, after, expected, &t->path);
}

static struct error *parse_nfs(const char *rest, struct capture_target *t)
{
	static const char expected[] = "nfs:HOST:/export/path";
	const char *after;

	TRY(parse_host(t->text, rest, expected, &t->host, &after));
	return parse_path(t->text, after, expected, &t->path);
}

static struct error *parse_port(const char *rest, struct capture_target *t)
{
	if (!*rest || strchr(rest, '/'))
		return bad(t->text, "virtio:NAME, a virtio port's");
	return copy(rest, strlen(rest), &t->name);
}

static struct error *parse_directory(const char *rest, struct capture_target *t)
{
	if (!*rest)
		return bad(t->text, "dir:PATH");
	return copy(rest, strlen(rest), &t->path);
}

static const struct kind {
	const char *prefix;
	enum capture_target_kind kind;
	struct error *(*parse)(const char *rest, struct capture_target *t);
} kinds[] = {
	{ "dir:", CAPTURE_DIRECTORY, parse_directory },
	{ "fs:", CAPTURE_FS, parse_fs },
	{ "block:", CAPTURE_BLOCK, parse_block },
	{ "ssh:", CAPTURE_SSH, parse_ssh },
	{ "nfs:", CAPTURE_NFS, parse_nfs },
	{ "virtio:", CAPTURE_PORT, parse_port },
	{ "", CAPTURE_DIRECTORY, parse_directory }, /* "/path" */
};

static struct error *parse(const char *text, struct capture_target *t)
{
	const struct kind *kind = kinds;

	TRY(copy(text, strlen(text), &t->text));
	for (const char *p = text; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return bad(text, "no control characters");
	}
	while (strncmp(text, kind->prefix, strlen(kind->prefix)) != 0)
		kind++;
	if (!*kind->prefix && *text != '/')
		return bad(text, "/path, or one that begins with dir:, fs:, block:, ssh:, nfs: or "
				 "virtio:");
	t->kind = kind->kind;
	return kind->parse(text + strlen(kind->prefix), t);
}

struct error *capture_target_parse(const char *text, struct capture_target *ret)
{
	struct capture_target t = { 0 };
	struct error *err = parse(text, &t);

	if (err) {
		capture_target_deinit(&t);
		return err;
	}
	*ret = t;
	return NULL;
}

struct error *capture_target_replace(struct capture_target *target, const char *text)
{
	struct capture_target other;

	TRY(capture_target_parse(text, &other));
	capture_target_deinit(target);
	*target = other;
	return NULL;
}

void capture_target_deinit(struct capture_target *t)
{
	free(t->text);
	free(t->type);
	free(t->device);
	free(t->user);
	free(t->host);
	free(t->port);
	free(t->path);
	free(t->name);
	*t = (struct capture_target){ 0 };
}
