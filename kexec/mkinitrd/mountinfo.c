// SPDX-License-Identifier: GPL-2.0-or-later
/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw": proc(5). */
#include "mkinitrd/mountinfo.h"

#include "base/alloc.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

void mount_line_deinit(struct mount_line *mount)
{
	free(mount->root);
	free(mount->point);
	free(mount->type);
	free(mount->source);
	*mount = (struct mount_line){ 0 };
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Blanks and backslashes are written as \ooo. In place. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; to++) {
		if (s[0] == '\\' && is_octal(s[1]) && is_octal(s[2]) && is_octal(s[3])) {
			*to = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 4;
		} else {
			*to = *s++;
		}
	}
	*to = 0;
}

static struct error *field(char **rest, char **ret)
{
	char *word = strsep(rest, " ");

	*ret = word ? strdup(word) : NULL;
	if (word && !*ret)
		return error_nomem();
	if (*ret)
		unescape(*ret);
	return NULL;
}

static struct error *parse(const char *line, struct mount_line *ret)
{
	auto_free char *copy = strdup(line);
	char *rest, *word;
	int skip = 0;

	if (!copy)
		return error_nomem();
	if (sscanf(copy, "%*u %*u %u:%u %n", &ret->major, &ret->minor, &skip) != 2 || !skip)
		return error_create(ERROR_BAD_DATA, "no line of mountinfo: %s", line);
	rest = copy + skip;
	TRY(field(&rest, &ret->root));
	TRY(field(&rest, &ret->point));
	/* Options of the mount, fields of any number, and a "-". */
	while ((word = strsep(&rest, " ")) && strcmp(word, "-"))
		;
	TRY(field(&rest, &ret->type));
	TRY(field(&rest, &ret->source));
	if (!ret->source)
		return error_create(ERROR_BAD_DATA, "no line of mountinfo: %s", line);
	return NULL;
}

/* Is @path the folder @point or below it? */
static bool is_below(const char *path, const char *point)
{
	size_t len = strlen(point);

	while (len && point[len - 1] == '/')
		len--;
	return !strncmp(path, point, len) && (!path[len] || path[len] == '/');
}

/* A mount covers those before it that are as deep. */
static struct error *consider(const char *line, const char *path, struct mount_line *best)
{
	struct mount_line mount = { 0 };
	struct error *err = parse(line, &mount);

	if (err || !is_below(path, mount.point) ||
	    (best->point && strlen(mount.point) < strlen(best->point))) {
		mount_line_deinit(&mount);
		return err;
	}
	mount_line_deinit(best);
	*best = mount;
	return NULL;
}

struct error *mountinfo_find(const char *text, const char *path, struct mount_line *ret)
{
	struct mount_line best = { 0 };
	auto_free char *copy = strdup(text);
	char *rest = copy, *line;
	struct error *err = copy ? NULL : error_nomem();

	while (!err && (line = strsep(&rest, "\n"))) {
		if (*line)
			err = consider(line, path, &best);
	}
	if (!err && !best.point)
		err = error_create(ERROR_NOT_FOUND, "%s is on no mount of mountinfo", path);
	if (err)
		mount_line_deinit(&best);
	else
		*ret = best;
	return err;
}

struct error *mount_line_inside(const struct mount_line *mount, const char *path, char **ret)
{
	const char *rest = path + strlen(mount->point);
	auto_text inside = { 0 };

	/* "/" holds the slash that the rest begins with. */
	if (!strcmp(mount->point, "/"))
		rest = path;
	text_adds(&inside, strcmp(mount->root, "/") ? mount->root : "");
	text_adds(&inside, rest);
	if (!inside.len)
		text_adds(&inside, "/");
	if (inside.failed)
		return error_nomem();
	*ret = inside.data;
	inside = (struct text){ 0 };
	return NULL;
}
