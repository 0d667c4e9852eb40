// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands in the way of loading: sysctls, lockdown, signatures, how the kernel was built. */
#include "base/alloc.h"
#include "base/options.h"
#include "kexec/machine_parts.h"

#include <libdeflate.h>
#include <stdio.h>
#include <string.h>

#define SYSCTL		 "/proc/sys/kernel/"
#define SECURITY	 "/sys/kernel/security"
#define CONFIG_CAP	 (4 << 20)
#define CONFIG_LINES_CAP 65536

static struct error *read_load_disabled(struct machine *machine)
{
	uint64_t value = 0;

	TRY(machine_optional(
		host_read_number(machine->host, SYSCTL "kexec_load_disabled", false, &value)));
	machine->load_disabled = value != 0;
	return NULL;
}

/* A number of loads that are left, or -1; since v6.3 (a42aaad2e47b). */
static struct error *read_limit(struct machine *machine, const char *path, int64_t *ret)
{
	struct error *err;
	uint64_t value;
	char line[32];

	err = host_read_line(machine->host, path, line, sizeof(line));
	if (err)
		return machine_optional(err);
	if (!strcmp(line, "-1"))
		return NULL;
	err = parse_number(line, false, path, &value);
	if (err) {
		err->code = ERROR_BAD_DATA;
		return err;
	}
	*ret = (int64_t)min(value, (uint64_t)INT64_MAX);
	return NULL;
}

static struct error *read_limits(struct machine *machine)
{
	TRY(read_limit(machine, SYSCTL "kexec_load_limit_panic", &machine->panic_limit));
	return read_limit(machine, SYSCTL "kexec_load_limit_reboot", &machine->reboot_limit);
}

/* "none [integrity] confidentiality" */
static struct error *parse_lockdown(const char *line, enum lockdown *ret)
{
	static const char *const names[] = {
		[LOCKDOWN_NONE] = "[none]",
		[LOCKDOWN_INTEGRITY] = "[integrity]",
		[LOCKDOWN_CONFIDENTIALITY] = "[confidentiality]",
	};

	for (size_t i = LOCKDOWN_NONE; i < ARRAY_SIZE(names); i++) {
		if (strstr(line, names[i])) {
			*ret = (enum lockdown)i;
			return NULL;
		}
	}
	return error_create(ERROR_BAD_DATA, SECURITY "/lockdown: no level is marked: \"%s\"", line);
}

/* securityfs is mounted when "lsm" is in it; then a missing "lockdown" says that there is none. */
static struct error *read_lockdown(struct machine *machine)
{
	char line[256], modules[1024];
	struct error *err;

	err = host_read_line(machine->host, SECURITY "/lockdown", line, sizeof(line));
	if (!err)
		return parse_lockdown(line, &machine->lockdown);
	if (err->code != ERROR_NOT_FOUND)
		return err;
	error_free(err);
	err = host_read_line(machine->host, SECURITY "/lsm", modules, sizeof(modules));
	if (!err)
		machine->lockdown = LOCKDOWN_NONE;
	if (err && err->code == ERROR_NOT_FOUND) {
		error_free(err);
		return error_create(ERROR_NOT_FOUND, "securityfs is not mounted on " SECURITY);
	}
	return err;
}

/* The options of the kernel's build that matter here. */
static enum host_line wanted_config(const char *line)
{
	static const char *const prefixes[] = { "CONFIG_KEXEC", "CONFIG_CRASH",
						"CONFIG_IMA_ARCH_POLICY" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (!strncmp(line, prefixes[i], strlen(prefixes[i])))
			return HOST_LINE_KEEP;
	}
	return HOST_LINE_DROP;
}

/* gzip's last four bytes are the size of what is inside (RFC 1952). */
static struct error *inflate(const char *data, size_t size, char **ret, size_t *ret_size)
{
	struct libdeflate_decompressor *inflater;
	enum libdeflate_result result;
	auto_free char *text = NULL;
	uint32_t wanted;

	if (size < 18)
		return error_create(ERROR_BAD_DATA, "/proc/config.gz: too short");
	wanted = (uint32_t)(uint8_t)data[size - 4] | (uint32_t)(uint8_t)data[size - 3] << 8 |
		 (uint32_t)(uint8_t)data[size - 2] << 16 | (uint32_t)(uint8_t)data[size - 1] << 24;
	if (wanted > CONFIG_CAP)
		return error_create(ERROR_BAD_DATA, "/proc/config.gz: larger than %d bytes inside",
				    CONFIG_CAP);
	text = calloc(1, (size_t)wanted + 1);
	inflater = libdeflate_alloc_decompressor();
	if (!text || !inflater) {
		libdeflate_free_decompressor(inflater);
		return error_nomem();
	}
	result = libdeflate_gzip_decompress(inflater, data, size, text, wanted, ret_size);
	libdeflate_free_decompressor(inflater);
	if (result != LIBDEFLATE_SUCCESS)
		return error_create(ERROR_BAD_DATA, "/proc/config.gz: not gzip, or damaged");
	*ret = text;
	text = NULL;
	return NULL;
}

static struct error *read_config_gz(struct host *host, char **ret)
{
	auto_free char *data = NULL;
	size_t size, len;

	TRY(host_read(host, "/proc/config.gz", CONFIG_CAP, &data, &size));
	return inflate(data, size, ret, &len);
}

/* The places where distributions keep it, of the release that runs. */
static struct error *read_config(const struct machine *machine, char **ret)
{
	static const struct {
		const char *before, *after;
	} places[] = { { "/boot/config-", "" },
		       { "/lib/modules/", "/config" },
		       { "/usr/lib/modules/", "/config" } };
	struct error *err = read_config_gz(machine->host, ret);

	for (size_t i = 0; err && err->code == ERROR_NOT_FOUND && i < ARRAY_SIZE(places); i++) {
		char path[128];
		size_t size;

		if (!*machine->release || strchr(machine->release, '/'))
			break;
		error_free(err);
		snprintf(path, sizeof(path), "%s%s%s", places[i].before, machine->release,
			 places[i].after);
		err = host_read_lines(machine->host, path, wanted_config, CONFIG_LINES_CAP, ret,
				      &size);
	}
	return err;
}

static bool is_set(const char *config, const char *option)
{
	size_t len = strlen(option);
	const char *line = config;

	while (*line) {
		if (!strncmp(line, option, len) && line[len] == '=')
			return line[len + 1] == 'y';
		line += strcspn(line, "\n");
		line += !!*line;
	}
	return false;
}

static struct error *apply_config(struct machine *machine)
{
	auto_free char *config = NULL;

	TRY(read_config(machine, &config));
	machine->has_kexec_load &= is_set(config, "CONFIG_KEXEC");
	machine->has_file_load &= is_set(config, "CONFIG_KEXEC_FILE");
	machine->signature_required |= is_set(config, "CONFIG_KEXEC_SIG_FORCE");
	/* IMA's built-in policy for Secure Boot: set_kexec_sig_enforced(), 9d5835fe8d7c (v5.5). */
	machine->signature_required |=
		machine->secure_boot && is_set(config, "CONFIG_IMA_ARCH_POLICY");
	return NULL;
}

static enum host_line wanted_rule(const char *line)
{
	return !strncmp(line, "appraise", 8) && strstr(line, "KEXEC_KERNEL_CHECK") ? HOST_LINE_KEEP
										   : HOST_LINE_DROP;
}

/* Many kernels let nobody read it, and then it is not known: the load itself will tell. */
static void read_ima(struct machine *machine)
{
	auto_free char *rules = NULL;
	size_t size;

	if (!error_dropped(host_read_lines(machine->host, SECURITY "/ima/policy", wanted_rule,
					   CONFIG_LINES_CAP, &rules, &size)))
		machine->signature_required |= size > 0;
}

struct error *machine_gather_limits(struct machine *machine)
{
	TRY(machine_unknown(machine, "load_disabled", "loading may be refused",
			    read_load_disabled(machine)));
	TRY(machine_unknown(machine, "load_limits", "loading may be refused",
			    read_limits(machine)));
	TRY(machine_unknown(machine, "lockdown", "kexec_load may be refused, and unsigned kernels",
			    read_lockdown(machine)));
	/* A locked-down kernel takes files alone, and these with a signature. */
	machine->signature_required = machine->lockdown >= LOCKDOWN_INTEGRITY;
	TRY(machine_unknown(machine, "kernel_config",
			    "whether the kernel has both system calls, and wants signatures, shows "
			    "when one is tried",
			    apply_config(machine)));
	read_ima(machine);
	return NULL;
}
