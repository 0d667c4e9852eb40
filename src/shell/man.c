// SPDX-License-Identifier: GPL-2.0-or-later
/* kx-crash(1): man(7) macros around what the structs say. */
#include "shell/man.h"

#include "commands/help.h"

#include <string.h>

static const char before[] =
	".SH NAME\n"
	"kx-crash \\- say why a Linux kernel died, from its memory dump\n"
	".SH SYNOPSIS\n"
	".B kx-crash\n"
	"[\\fIOPTIONS\\fR] \\fIDUMP\\fR... [\\fIVMLINUX\\fR]\n"
	".SH DESCRIPTION\n"
	"Opens the dump of a crashed kernel's memory and runs commands on it. Symbols, types and\n"
	"unwind tables are read from the dump itself: nothing but the dump is needed. A\n"
	".I VMLINUX\n"
	"with debug information adds source lines and inlined calls; one of another build is\n"
	"refused. The files of a split dump are given together, in any order.\n"
	".PP\n"
	"Without\n"
	".B \\-c\n"
	"and\n"
	".BR \\-x ,\n"
	"lines are read from the terminal, with editing and completion, or from a standard input\n"
	"that is no terminal.\n";

static const char after[] =
	".SH LINES\n"
	"A line is a command's name, its options and operands. Quotes hold words together.\n"
	".TP\n"
	"\\fICOMMAND\\fR | \\fIPIPELINE\\fR\n"
	"gives the output to\n"
	".BR \"sh \\-c\" .\n"
	"A | within quotes or brackets belongs to the command.\n"
	".TP\n"
	"\\fICOMMAND\\fR > \\fIFILE\\fR, >> \\fIFILE\\fR\n"
	"writes it to a file.\n"
	".TP\n"
	"!\\fICOMMAND\\fR\n"
	"runs a command of the system's shell; ! alone, a shell.\n"
	".TP\n"
	"# ...\n"
	"is a comment.\n"
	".SH JSON\n"
	"With\n"
	".BR \\-\\-json ,\n"
	"each command is one line: {\"command\":\"ps\",\"rows\":[{...}],\"complete\":true,\"notes\":[]}.\n"
	"Addresses are strings, times are nanoseconds. A failure is\n"
	"{\"command\":\"ps\",\"error\":{\"code\":\"not_found\",\"message\":\"...\"}}.\n"
	".SH \"EXIT STATUS\"\n"
	"0: all commands worked. 1: one failed, or the filter it was piped to. 2: wrong usage, or\n"
	"the dump could not be opened.\n"
	".SH ENVIRONMENT\n"
	".TP\n"
	"PAGER\n"
	"shows output that is longer than the screen; less \\-FRX when not set.\n"
	".TP\n"
	"NO_COLOR\n"
	"when set, nothing is coloured.\n"
	".TP\n"
	"KX_DEBUG_PATH\n"
	"directories, with colons between them, that are searched for debug files before\n"
	"/usr/lib/debug.\n"
	".TP\n"
	"DEBUGINFOD_URLS\n"
	"when set, debug files that are not on this machine are asked for there.\n"
	".SH FILES\n"
	".TP\n"
	"~/.config/kx\\-crash/rc\n"
	"commands run at the start.\n"
	".TP\n"
	"~/.local/state/kx\\-crash/history\n"
	"lines typed.\n"
	".TP\n"
	"/usr/lib/debug\n"
	"where debug files are looked for, by build-id.\n";

/* Text as roff: a backslash, and a dot or quote that begins a line, would be read as commands. */
static void add_escaped(struct text *t, const char *s)
{
	bool begins = true;

	for (; *s; s++) {
		if (begins && (*s == '.' || *s == '\''))
			text_adds(t, "\\&");
		if (*s == '\\')
			text_adds(t, "\\e");
		else if (*s == '-')
			text_adds(t, "\\-");
		else
			text_addc(t, *s);
		begins = *s == '\n';
	}
}

static void add_options(struct text *t, const struct option_spec *spec)
{
	for (; spec && (spec->letter || spec->name); spec++) {
		auto_text left = { 0 };

		if (!spec->summary)
			continue;
		help_option(spec, &left);
		text_adds(t, ".TP\n.B ");
		add_escaped(t, text_string(&left));
		text_addc(t, '\n');
		add_escaped(t, spec->summary);
		text_addc(t, '\n');
	}
}

static void add_keys(struct text *t, const struct help_subject *subject)
{
	for (size_t i = 0; subject->tables && subject->tables[i]; i++) {
		const struct table *table = subject->tables[i];

		text_adds(t, i ? ".br\nor: " : ".PP\nKeys in JSON: ");
		for (size_t k = 0, n = 0; k < table->nr_columns; k++) {
			if (table->columns[k].text_only)
				continue;
			text_adds(t, n++ ? ", " : "");
			add_escaped(t, table->columns[k].name);
		}
		text_adds(t, ".\n");
	}
}

static void add_subject(struct text *t, const struct help_subject *subject)
{
	text_adds(t, ".SS ");
	add_escaped(t, subject->prefix);
	add_escaped(t, subject->name);
	text_addc(t, ' ');
	add_escaped(t, subject->usage ? subject->usage : "");
	text_addc(t, '\n');
	add_escaped(t, subject->summary);
	text_adds(t, ".\n");
	add_options(t, subject->options);
	if (subject->help) {
		text_adds(t, ".PP\n.nf\n");
		add_escaped(t, subject->help);
		if (t->len && t->data[t->len - 1] != '\n')
			text_addc(t, '\n');
		text_adds(t, ".fi\n");
	}
	add_keys(t, subject);
}

void man_page(const struct option_spec *options, struct text *ret)
{
	text_adds(ret, ".\\\" SPDX-License-Identifier: GPL-2.0-or-later\n"
		       ".\\\" Made by kx-crash --man: change the commands' structs, not this.\n");
	text_addf(ret, ".TH KX\\-CRASH 1 \"\" \"kx\\-crash %s\"\n", KX_VERSION);
	text_adds(ret, before);
	text_adds(ret, ".SH OPTIONS\n");
	add_options(ret, options);
	text_adds(ret, ".SH COMMANDS\n");
	for (size_t i = 0; commands[i]; i++) {
		struct help_subject subject = help_of_command(commands[i]);

		add_subject(ret, &subject);
	}
	text_adds(ret, programs[0] ? ".SH PROGRAMS\n"
				     "Each of them also takes\n"
				     ".B \\-\\-json\n"
				     "and\n"
				     ".BR \\-\\-help .\n"
				   : "");
	for (size_t i = 0; programs[i]; i++) {
		struct help_subject subject = help_of_program(programs[i]);

		add_subject(ret, &subject);
	}
	text_adds(ret, after);
}
