// SPDX-License-Identifier: GPL-2.0-or-later
/* The words of a configuration: one table for the command line and for the file. */
#include "capture/capture.h"

#include "base/options.h"
#include "save/save_words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 4096
#define STANDARD_LEVEL 31

void capture_config_init(struct capture_config *config)
{
	*config = (struct capture_config){ .retries = 2,
					   .device_wait = 30,
					   .dump_level = STANDARD_LEVEL,
					   .save = { .codec = "zstd", .keep_partial = true } };
}

void capture_config_deinit(struct capture_config *config)
{
	for (size_t i = 0; i < config->nr_targets; i++)
		capture_target_deinit(&config->targets[i]);
	for (size_t i = 0; i < config->nr_rules; i++)
		free(config->rules[i].name);
	for (size_t i = 0; i < config->nr_erase; i++)
		free(config->erase[i]);
	for (size_t i = 0; i < config->nr_before; i++)
		free(config->before[i]);
	for (size_t i = 0; i < config->nr_after; i++)
		free(config->after[i]);
	free(config->vmcore);
	free(config->ssh_key);
	free(config->ssh_known_hosts);
	free(config->network);
	text_deinit(&config->lines);
	*config = (struct capture_config){ 0 };
}

/* ---- setters: @name is the table's own ---- */

static struct error *set_text(char **to, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return error_nomem();
	free(*to);
	*to = copy;
	return NULL;
}

static struct error *set_number(const char *name, const char *value, uint64_t most,
				unsigned int *ret)
{
	uint64_t number;

	TRY(parse_number(value, false, name, &number));
	if (number > most)
		return error_create(ERROR_USAGE, "%s is %llu at most, not %s", name,
				    (unsigned long long)most, value);
	*ret = (unsigned int)number;
	return NULL;
}

static struct error *set_target(struct capture_config *c, const char *name, const char *value)
{
	if (c->nr_targets == CAPTURE_TARGETS)
		return error_create(ERROR_USAGE, "more than %d targets", CAPTURE_TARGETS);
	TRY(capture_target_parse(value, &c->targets[c->nr_targets]));
	c->nr_targets++;
	return NULL;
}

static struct error *set_retries(struct capture_config *c, const char *name, const char *value)
{
	return set_number(name, value, 1000, &c->retries);
}

static struct error *set_wait(struct capture_config *c, const char *name, const char *value)
{
	return set_number(name, value, 3600, &c->device_wait);
}

static struct error *set_vmcore(struct capture_config *c, const char *name, const char *value)
{
	return set_text(&c->vmcore, value);
}

static struct error *set_level(struct capture_config *c, const char *name, const char *value)
{
	return set_number(name, value, 31, &c->dump_level);
}

static struct error *set_rule(struct capture_config *c, const char *name, const char *value)
{
	struct filter_rules probe = { 0 };
	bool leave_out = !strcmp(name, "exclude");

	if (c->nr_rules == CAPTURE_RULES)
		return error_create(ERROR_USAGE, "more than %d rules", CAPTURE_RULES);
	TRY(filter_rules_set(&probe, value, leave_out));
	TRY(set_text(&c->rules[c->nr_rules].name, value));
	c->rules[c->nr_rules++].leave_out = leave_out;
	return NULL;
}

static struct error *set_erase(struct capture_config *c, const char *name, const char *value)
{
	if (c->nr_erase == CAPTURE_ERASE)
		return error_create(ERROR_USAGE, "more than %d expressions to erase",
				    CAPTURE_ERASE);
	TRY(set_text(&c->erase[c->nr_erase], value));
	c->nr_erase++;
	return NULL;
}

static struct error *set_erase_keys(struct capture_config *c, const char *name, const char *value)
{
	c->save.erase.keys = true;
	return NULL;
}

static struct error *set_format(struct capture_config *c, const char *name, const char *value)
{
	return save_words_format(value, &c->save.format);
}

static struct error *set_codec(struct capture_config *c, const char *name, const char *value)
{
	c->save.codec = name;
	return NULL;
}

static struct error *set_codec_level(struct capture_config *c, const char *name, const char *value)
{
	return save_words_level(value, &c->save.level);
}

static struct error *set_threads(struct capture_config *c, const char *name, const char *value)
{
	return set_number(name, value, 256, &c->save.threads);
}

static struct error *set_keep(struct capture_config *c, const char *name, const char *value)
{
	return set_number(name, value, 1000000, &c->keep_dumps);
}

static struct error *set_min_free(struct capture_config *c, const char *name, const char *value)
{
	static const char units[] = "KMGT";
	unsigned long long number;
	char *end;
	const char *unit;

	errno = 0;
	number = strtoull(value, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (errno || end == value || *value == '-' || (*end && (!unit || end[1])))
		return error_create(ERROR_USAGE, "%s is a size such as 512M or 2G, not %s", name,
				    value);
	for (; unit && unit >= units; unit--) {
		if (number > UINT64_MAX / 1024)
			return error_create(ERROR_USAGE, "%s %s is too large", name, value);
		number *= 1024;
	}
	c->min_free = number;
	return NULL;
}

static struct error *set_force(struct capture_config *c, const char *name, const char *value)
{
	c->force = true;
	return NULL;
}

static struct error *set_consume(struct capture_config *c, const char *name, const char *value)
{
	c->consume = true;
	return NULL;
}

static struct error *set_ssh_key(struct capture_config *c, const char *name, const char *value)
{
	return set_text(&c->ssh_key, value);
}

static struct error *set_known_hosts(struct capture_config *c, const char *name, const char *value)
{
	return set_text(&c->ssh_known_hosts, value);
}

static struct error *set_hook(struct capture_config *c, const char *name, const char *value)
{
	bool before = !strcmp(name, "before");
	char **hooks = before ? c->before : c->after;
	size_t *count = before ? &c->nr_before : &c->nr_after;

	if (*value != '/')
		return error_create(ERROR_USAGE, "%s is the whole path of a program, not %s", name,
				    value);
	if (*count == CAPTURE_HOOKS)
		return error_create(ERROR_USAGE, "more than %d programs %s", CAPTURE_HOOKS, name);
	TRY(set_text(&hooks[*count], value));
	++*count;
	return NULL;
}

static struct error *set_action(struct capture_config *c, const char *name, const char *value)
{
	static const char *const names[] = { [ACTION_NONE] = "none",
					     [ACTION_REBOOT] = "reboot",
					     [ACTION_HALT] = "halt",
					     [ACTION_POWEROFF] = "poweroff",
					     [ACTION_SHELL] = "shell" };

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(value, names[i]) != 0)
			continue;
		*(strcmp(name, "final") ? &c->failure_action : &c->final_action) =
			(enum capture_action)i;
		return NULL;
	}
	return error_create(ERROR_USAGE,
			    "%s is one of reboot, halt, poweroff, shell and none, not %s", name,
			    value);
}

static struct error *set_network(struct capture_config *c, const char *name, const char *value)
{
	return set_text(&c->network, value);
}

static const struct word {
	const char *name;
	bool has_value;
	struct error *(*set)(struct capture_config *c, const char *name, const char *value);
} words[] = {
#define WORD(letter, name, argument, set, summary) { name, (argument) != NULL, set },
#include "capture/words.def"
#undef WORD
};

struct error *capture_config_set(struct capture_config *config, const char *name, const char *value)
{
	const struct word *word = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(name, words[i].name))
			word = &words[i];
	}
	if (!word)
		return error_create(ERROR_USAGE, "there is no \"%s\"", name);
	if (word->has_value && (!value || !*value))
		return error_create(ERROR_USAGE, "%s needs a value", name);
	if (!word->has_value && value && *value)
		return error_create(ERROR_USAGE, "%s takes no value, and \"%s\" is given", name,
				    value);
	/* What could not be read back from a file. */
	if (value && (strpbrk(value, "\n\r") || strstr(value, " #") || strstr(value, "\t#")))
		return error_create(ERROR_USAGE, "%s: a value has one line and no comment", name);
	TRY(word->set(config, word->name, value));
	if (word->set != set_target)
		text_addf(&config->lines, word->has_value ? "%s %s\n" : "%s\n", name, value);
	return config->lines.failed ? error_nomem() : NULL;
}

/* ---- the file ---- */

static struct error *read_line(struct capture_config *config, char *line)
{
	char *value, *end;

	line += strspn(line, " \t");
	/* A comment begins the line, or stands behind a blank: paths may hold a "#". */
	for (char *p = line; (p = strchr(p, '#')); p++) {
		if (p == line || p[-1] == ' ' || p[-1] == '\t') {
			*p = 0;
			break;
		}
	}
	end = line + strlen(line);
	while (end > line && strchr(" \t\r\n", end[-1]))
		*--end = 0;
	if (!*line)
		return NULL;
	value = line + strcspn(line, " \t");
	if (*value) {
		*value++ = 0;
		value += strspn(value, " \t");
	}
	return capture_config_set(config, line, *value ? value : NULL);
}

static struct error *read_lines(struct capture_config *config, FILE *file, const char *path)
{
	char line[LINE_MAX_BYTES];

	for (unsigned int n = 1; fgets(line, sizeof(line), file); n++) {
		struct error *err;

		if (strlen(line) == sizeof(line) - 1 && line[sizeof(line) - 2] != '\n')
			err = error_create(ERROR_USAGE, "a line of more than %d bytes",
					   LINE_MAX_BYTES - 2);
		else
			err = read_line(config, line);
		TRY(error_wrap(err, "%s, line %u", path, n));
	}
	return ferror(file) ? error_os(errno, "%s", path) : NULL;
}

struct error *capture_config_read(struct capture_config *config, const char *path)
{
	FILE *file = fopen(path, "re");
	struct error *err;

	if (!file)
		return error_os(errno, "%s", path);
	err = read_lines(config, file, path);
	fclose(file);
	return err;
}

struct error *capture_config_check(struct capture_config *config)
{
	if (!config->nr_targets)
		return error_create(ERROR_USAGE, "no target is given");
	TRY(save_words_check_level(&config->save));
	TRY(filter_rules_level(config->dump_level, &config->save.rules));
	for (size_t i = 0; i < config->nr_rules; i++)
		TRY(filter_rules_set(&config->save.rules, config->rules[i].name,
				     config->rules[i].leave_out));
	config->save.erase.expressions = (const char *const *)config->erase;
	config->save.erase.nr_expressions = config->nr_erase;
	return config->vmcore ? NULL : set_text(&config->vmcore, "/proc/vmcore");
}

struct error *capture_config_write(const struct capture_config *config, struct text *ret)
{
	for (size_t i = 0; i < config->nr_targets; i++)
		text_addf(ret, "target %s\n", config->targets[i].text);
	text_adds(ret, text_string(&config->lines));
	return ret->failed ? error_nomem() : NULL;
}
