// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line of a kernel to load, made from the running kernel's. */
#include "kexec/command_line.h"

#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NO_ROOM	    "memory that the crash region does not have"
#define MAP	    "the memory map is another one"
#define CPUS	    "the capture kernel runs on one CPU"
#define FATAL	    "a warning must not end the capture"
#define BOOT_LOADER "the boot loader's word, about another boot"

const struct command_line_dropped command_line_dropped[] = {
	{ "BOOT_IMAGE", BOOT_LOADER, false },
	{ "initrd", BOOT_LOADER, false },
	{ "initrdmem", BOOT_LOADER, false },
	{ "kexec_jump_back_entry", BOOT_LOADER, false },
	{ "elfcorehdr", BOOT_LOADER, false },
	{ "crashkernel", NO_ROOM, true },
	{ "hugepages", NO_ROOM, true },
	{ "hugepagesz", NO_ROOM, true },
	{ "default_hugepagesz", NO_ROOM, true },
	{ "hugetlb_cma", NO_ROOM, true },
	{ "cma", NO_ROOM, true },
	{ "swiotlb", NO_ROOM, true },
	{ "log_buf_len", NO_ROOM, true },
	{ "trace_buf_size", NO_ROOM, true },
	{ "reserve_mem", NO_ROOM, true },
	{ "page_owner", NO_ROOM, true },
	{ "slub_debug", NO_ROOM, true },
	{ "slab_debug", NO_ROOM, true },
	{ "kmemleak", NO_ROOM, true },
	{ "swapaccount", NO_ROOM, true },
	{ "kho", NO_ROOM, true },
	{ "kho_scratch", NO_ROOM, true },
	{ "mem", MAP, true },
	{ "memmap", MAP, true },
	{ "add_efi_memmap", MAP, true },
	{ "efi_fake_mem", MAP, true },
	{ "kernelcore", MAP, true },
	{ "movablecore", MAP, true },
	{ "memtest", MAP, true },
	{ "memory_corruption_check", MAP, true },
	{ "memory_corruption_check_size", MAP, true },
	{ "memory_corruption_check_period", MAP, true },
	{ "nr_cpus", CPUS, true },
	{ "maxcpus", CPUS, true },
	{ "possible_cpus", CPUS, true },
	{ "isolcpus", CPUS, true },
	{ "nohz_full", CPUS, true },
	{ "rcu_nocbs", CPUS, true },
	{ "rcu_nocb_poll", CPUS, true },
	{ "irqaffinity", CPUS, true },
	{ "kthread_cpus", CPUS, true },
	{ "disable_cpu_apicid", CPUS, true },
	{ "resume", "the disk holds no hibernated capture kernel", true },
	{ "resume_offset", "the disk holds no hibernated capture kernel", true },
	{ "panic_on_warn", FATAL, true },
	{ "panic_on_taint", FATAL, true },
	{ "softlockup_panic", FATAL, true },
	{ "hung_task_panic", FATAL, true },
	{ "quiet", "what the capture kernel says is wanted when it fails", true },
	{ "splash", "what the capture kernel says is wanted when it fails", true },
	{ "irqpoll", "it is added anew", true },
	{ "reset_devices", "it is added anew", true },
	{ NULL, NULL, false },
};

static const char *const added_to_crash[] = { "nr_cpus=1", "reset_devices", "irqpoll" };

/* A word as it stands, and what is in it. */
struct word {
	const char *text;
	size_t len;
	const char *name; /* without the quote before it */
	size_t name_len;
	const char *value; /* NULL: a bare name */
	size_t value_len;
	bool open; /* its last quote is not closed */
};

/* The next word at *@at, which moves behind it. */
static bool next_word(const char **at, struct word *ret)
{
	struct word word = { 0 };
	const char *equals = NULL, *end;
	bool quoted = false;

	while (isspace((unsigned char)**at))
		(*at)++;
	word.text = end = *at;
	while (*end && (quoted || !isspace((unsigned char)*end))) {
		if (*end == '"')
			quoted = !quoted;
		else if (*end == '=' && !equals)
			equals = end;
		end++;
	}
	if (end == word.text)
		return false;
	word.open = quoted;
	*at = end;
	word.len = (size_t)(end - word.text);
	word.name = word.text + (*word.text == '"');
	/* A quote before the name or the value ends with the word. */
	if (end[-1] == '"' && end - 1 > word.text &&
	    (*word.text == '"' || (equals && equals[1] == '"' && equals + 1 < end - 1)))
		end--;
	word.name_len = (size_t)((equals ? equals : end) - word.name);
	if (equals) {
		word.value = equals + 1 + (equals[1] == '"' && equals + 1 < end);
		word.value_len = (size_t)(end - word.value);
	}
	*ret = word;
	return true;
}

static char like_underscore(char c)
{
	return c == '-' ? '_' : c;
}

static bool is_named(const struct word *word, const char *name)
{
	size_t len = strlen(name);

	if (len != word->name_len)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (like_underscore(word->name[i]) != like_underscore(name[i]))
			return false;
	}
	return true;
}

static bool ends_kernel_words(const struct word *word)
{
	return !word->value && word->name_len == 2 && !memcmp(word->name, "--", 2);
}

static void add_word(struct text *to, const struct word *word)
{
	if (to->len)
		text_addc(to, ' ');
	text_add(to, word->text, word->len);
	if (word->open) /* else it would swallow what comes behind it */
		text_addc(to, '"');
}

static void add_string(struct text *to, const char *s)
{
	if (to->len)
		text_addc(to, ' ');
	text_adds(to, s);
}

/* The two halves of a command line that is being put together. */
struct halves {
	struct text kernel, init;
};

typedef bool drop_word(const struct command_line_options *options, const struct word *word);

static void add_line(struct halves *to, const char *line, drop_word *drop,
		     const struct command_line_options *options)
{
	bool is_init = false;
	struct word word;

	while (next_word(&line, &word)) {
		if (is_init)
			add_word(&to->init, &word);
		else if (ends_kernel_words(&word))
			is_init = true;
		else if (!drop || !drop(options, &word))
			add_word(&to->kernel, &word);
	}
}

static bool is_removed(const struct command_line_options *options, const struct word *word)
{
	for (size_t i = 0; options->remove && options->remove[i]; i++) {
		if (is_named(word, options->remove[i]))
			return true;
	}
	return false;
}

static bool must_not_have(const struct command_line_options *options, const struct word *word)
{
	for (const struct command_line_dropped *d = command_line_dropped; d->name; d++) {
		if ((options->crash || !d->crash) && is_named(word, d->name))
			return true;
	}
	return is_removed(options, word);
}

/* Unless the user gave one of that name, or wants none. */
static void add_default(struct text *to, const char *parameter, const char *append,
			const struct command_line_options *options)
{
	const char *at = parameter;
	char name[32], value[2];
	struct word word;

	if (!next_word(&at, &word) || is_removed(options, &word) || word.name_len >= sizeof(name))
		return;
	memcpy(name, word.name, word.name_len);
	name[word.name_len] = 0;
	if (!append || !command_line_value(append, name, value, sizeof(value)))
		add_string(to, parameter);
}

static void add_crash_defaults(struct text *to, const struct command_line_options *options)
{
	char value[2];

	for (size_t i = 0; i < ARRAY_SIZE(added_to_crash); i++)
		add_default(to, added_to_crash[i], options->append, options);
	if (!command_line_value(text_string(to), "panic", value, sizeof(value)))
		add_default(to, "panic=10", options->append, options);
}

static struct error *check_quotes(const char *append)
{
	const char *at = append;
	struct word word = { 0 };

	while (next_word(&at, &word)) {
		if (word.open)
			return error_create(ERROR_USAGE, "--append: a quote is not closed: %s",
					    word.text);
	}
	return NULL;
}

static struct error *join(struct halves *halves, char **ret)
{
	if (halves->init.len) {
		add_string(&halves->kernel, "--");
		add_string(&halves->kernel, text_string(&halves->init));
	}
	text_add(&halves->kernel, "", 0);
	if (halves->kernel.failed || halves->init.failed)
		return error_nomem();
	*ret = halves->kernel.data;
	halves->kernel = (struct text){ 0 };
	return NULL;
}

struct error *command_line_make(const struct machine *machine,
				const struct command_line_options *options, char **ret)
{
	struct halves halves = { 0 };
	struct error *err;

	if (options->append)
		TRY(check_quotes(options->append));
	if (options->text) {
		add_line(&halves, options->text, NULL, options);
	} else if (options->reuse) {
		if (!machine->command_line)
			return error_create(ERROR_NOT_FOUND,
					    "the running kernel's command line is not known");
		add_line(&halves, machine->command_line, must_not_have, options);
	}
	if (options->crash && !options->text)
		add_crash_defaults(&halves.kernel, options);
	if (options->append)
		add_line(&halves, options->append, NULL, options);
	err = join(&halves, ret);
	text_deinit(&halves.kernel);
	text_deinit(&halves.init);
	return err;
}

bool command_line_value(const char *line, const char *name, char *buf, size_t size)
{
	struct word word;
	bool found = false;

	while (next_word(&line, &word) && !ends_kernel_words(&word)) {
		size_t len = word.value ? min(word.value_len, size - 1) : 0;

		if (!is_named(&word, name))
			continue;
		if (len)
			memcpy(buf, word.value, len);
		buf[len] = 0;
		found = true;
	}
	return found;
}
