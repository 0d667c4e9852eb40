// SPDX-License-Identifier: GPL-2.0-or-later
/* Where distributions keep kernels and initramfs. */
#include "kexec/defaults.h"

#include "base/text.h"
#include "kexec/command_line.h"

#include <stdlib.h>
#include <string.h>

/* %s is the release. */
static const char *const kernels[] = {
	"/boot/vmlinuz-%s",			      /* Debian, Fedora, SUSE before usr-merge */
	"/usr/lib/modules/%s/vmlinuz",		      /* Fedora, Debian's split packages, Arch */
	"/lib/modules/%s/vmlinuz", "/boot/kernel-%s", /* Gentoo */
};
static const char *const kdump_initrds[] = {
	"/var/lib/kdump/initrd.img-%s",		/* Debian's kdump-tools */
	"/var/lib/kdump/initramfs-%skdump.img", /* Fedora with a read-only /boot */
	"/boot/initramfs-%skdump.img",		/* Fedora */
	"/boot/initrd-%s-kdump",		/* SUSE */
};
static const char *const initrds[] = {
	"/boot/initrd.img-%s",	  /* Debian */
	"/boot/initramfs-%s.img", /* Fedora, Gentoo */
	"/boot/initrd-%s",	  /* SUSE */
	"/usr/lib/modules/%s/initrd",
	"/lib/modules/%s/initrd",
};

/* The first of @patterns that is there, in *@ret; else they are added to @tried. */
static struct error *find(struct host *host, const char *const *patterns, size_t count,
			  const char *release, struct text *tried, char **ret)
{
	*ret = NULL;
	for (size_t i = 0; i < count; i++) {
		const char *hole = strstr(patterns[i], "%s");
		auto_text path = { 0 };

		text_add(&path, patterns[i], (size_t)(hole - patterns[i]));
		text_adds(&path, release);
		text_adds(&path, hole + 2);
		if (path.failed)
			return error_nomem();
		if (host_has(host, path.data)) {
			*ret = strdup(path.data);
			return *ret ? NULL : error_nomem();
		}
		text_addf(tried, "%s%s", tried->len ? ", " : "", path.data);
	}
	return NULL;
}

/* A release becomes part of a path. */
static bool is_release(const char *release)
{
	return release[0] && !strchr(release, '/');
}

/* "(hd0,gpt2)/vmlinuz-6.1" of GRUB: as its path, and below /boot, which may be a partition. */
static struct error *boot_image(struct host *host, const char *command_line, struct text *tried,
				char **ret)
{
	static const char *const folders[] = { "", "/boot" };
	char value[512];
	const char *path = value;

	*ret = NULL;
	if (!command_line || !command_line_value(command_line, "BOOT_IMAGE", value, sizeof(value)))
		return NULL;
	if (value[0] == '(')
		path = strchr(value, ')') ? strchr(value, ')') + 1 : value;
	if (path[0] != '/')
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		auto_text full = { 0 };

		text_addf(&full, "%s%s", folders[i], path);
		if (full.failed)
			return error_nomem();
		if (host_has(host, full.data)) {
			*ret = strdup(full.data);
			return *ret ? NULL : error_nomem();
		}
		text_addf(tried, ", %s", full.data);
	}
	return NULL;
}

struct error *defaults_kernel(struct host *host, const char *release, const char *command_line,
			      char **ret)
{
	auto_text tried = { 0 };
	char *found = NULL;

	if (is_release(release))
		TRY(find(host, kernels, ARRAY_SIZE(kernels), release, &tried, &found));
	if (!found)
		TRY(boot_image(host, command_line, &tried, &found));
	if (!found)
		return error_create(ERROR_NOT_FOUND, "the running kernel's image is at none of %s",
				    text_string(&tried));
	*ret = found;
	return NULL;
}

struct error *defaults_initrd(struct host *host, const char *release, bool crash, char **ret)
{
	auto_text tried = { 0 };
	char *found = NULL;

	if (!is_release(release))
		return error_create(ERROR_NOT_FOUND,
				    "the image's release is not known, so no initramfs is either");
	if (crash)
		TRY(find(host, kdump_initrds, ARRAY_SIZE(kdump_initrds), release, &tried, &found));
	if (!found)
		TRY(find(host, initrds, ARRAY_SIZE(initrds), release, &tried, &found));
	if (!found)
		return error_create(ERROR_NOT_FOUND, "the initramfs of %s is at none of %s",
				    release, text_string(&tried));
	*ret = found;
	return NULL;
}
