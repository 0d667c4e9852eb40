// SPDX-License-Identifier: GPL-2.0-or-later
/* bt: backtraces of tasks. */
#include "base/text.h"
#include "commands/task_select.h"
#include "image/backtrace.h"

#include <string.h>

enum {
	PID,
	TASK,
	CPU,
	COMM,
	FRAME,
	FUNCTION,
	OFFSET,
	ADDRESS,
	STACK,
	MODULE,
	INLINE,
	FILE_,
	LINE,
	KIND,
	STACK_NAME,
	REGISTERS,
	DATA,
	NUMBER,
	NAME,
	PLACE,
	REGISTER_LINES,
	DATA_LINES,
};

static const struct column columns[] = {
	[PID] = { "pid", COLUMN_INT, .summary = "of the task; 0: a CPU's idle task" },
	[TASK] = { "task", COLUMN_ADDRESS, .summary = "its task_struct" },
	[CPU] = { "cpu", COLUMN_INT, .summary = "where it ran, or ran last" },
	[COMM] = { "comm", COLUMN_TEXT, .summary = "its name" },
	[FRAME] = { "frame", COLUMN_INT, .summary = "0 is the innermost; inlined calls share it" },
	[FUNCTION] = { "function", COLUMN_TEXT, .summary = "null in user mode or without symbol" },
	[OFFSET] = { "offset", COLUMN_INT, .summary = "bytes into the function" },
	[ADDRESS] = { "address", COLUMN_ADDRESS, .summary = "of the instruction" },
	[STACK] = { "stack", COLUMN_ADDRESS, .summary = "where the address was found" },
	[MODULE] = { "module", COLUMN_TEXT, .summary = "null: the kernel itself" },
	[INLINE] = { "inline", COLUMN_BOOL, .summary = "an inlined call" },
	[FILE_] = { "file", COLUMN_TEXT, .summary = "source file, with debug information" },
	[LINE] = { "line", COLUMN_INT, .summary = "source line" },
	[KIND] = { "kind", COLUMN_TEXT,
		   .summary = "call, interrupted, user, unreliable (found by scanning)" },
	[STACK_NAME] = { "stack_name", COLUMN_TEXT, .summary = "task, irq, nmi, #DF…" },
	[REGISTERS] = { "registers", COLUMN_TREE,
			.summary = "of interrupted and user frames, by name" },
	[DATA] = { "data", COLUMN_TREE, .summary = "with -f: the words of the frame's stack" },
	[NUMBER] = { "number", COLUMN_TEXT, .text_only = true },
	[NAME] = { "name", COLUMN_TEXT, .text_only = true },
	[PLACE] = { "place", COLUMN_TEXT, .text_only = true },
	[REGISTER_LINES] = { "register_lines", COLUMN_TEXT, .text_only = true },
	[DATA_LINES] = { "data_lines", COLUMN_TEXT, .text_only = true },
};

static const struct table table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.group = "PID: {pid:-7} TASK: {task}  CPU: {cpu:-3} COMMAND: \"{comm}\"",
	.line = " {number:3} [{stack}] {name} at {address}(? [{module}])(?\n     {place})"
		"(?\n{register_lines})(?\n{data_lines})",
};
static const struct table *const tables[] = { &table, NULL };

static const struct option_spec options[] = {
	{ 'a', NULL, NULL, "the active task of every CPU" },
	{ 'c', NULL, "CPUS", "the active tasks of these CPUs (0-3,7 or a)" },
	{ 'l', NULL, NULL, "source lines, looking for debug information where none was named" },
	{ 'f', NULL, NULL, "all words of each frame's stack" },
	{ 's', NULL, NULL, "offsets into functions" },
	{ 0 },
};

struct show {
	struct context *context;
	struct output *out;
	struct task task;
	bool lines, words, offsets;
	bool has_debug;	     /* for a frame at least */
	uint64_t words_from; /* the end of the previous frame's stack */
};

static const char *const kinds[] = {
	[FRAME_CALL] = "call",
	[FRAME_INTERRUPTED] = "interrupted",
	[FRAME_USER] = "user",
	[FRAME_UNRELIABLE] = "unreliable",
};

static void put_registers(struct show *s, const struct registers *regs)
{
	const char *const *names = image_arch(s->context->image)->register_names;
	auto_text lines = { 0 };
	unsigned int n = 0;

	output_tree_open(s->out, REGISTERS, NULL, TREE_OBJECT);
	for (unsigned int i = 0; names[i]; i++) {
		if (!(regs->known & 1u << i))
			continue;
		output_tree_hex(s->out, REGISTERS, names[i], regs->value[i], NULL);
		text_addf(&lines, "%s%*s: %016llx",
			  n % 3 ? "  "
			  : n	? "\n    "
				: "    ",
			  8, names[i], (unsigned long long)regs->value[i]);
		n++;
	}
	output_tree_close(s->out, REGISTERS);
	output_text(s->out, REGISTER_LINES, text_string(&lines));
}

/* The words between the previous frame's and this one's return address. */
static void put_words(struct show *s, const struct frame *frame)
{
	const struct memory *memory = image_memory(s->context->image);
	uint64_t from = s->words_from, to = frame->unwound.found_at + 8;
	auto_text lines = { 0 };

	s->words_from = to;
	if (!frame->unwound.found_at)
		s->words_from = from = to = frame->unwound.sp;
	if (!from || to < from || to - from > 1 << 16) /* another stack */
		from = to - 8;
	output_tree_open(s->out, DATA, NULL, TREE_ARRAY);
	for (uint64_t at = from; at < to; at += 8) {
		uint64_t word;
		bool lost = error_dropped(memory_read_word(memory, at, &word));

		if ((at - from) % 16 == 0)
			text_addf(&lines, "%s    %016llx: ", at == from ? "" : "\n",
				  (unsigned long long)at);
		if (lost) {
			output_tree_null(s->out, DATA, NULL, "<not in the dump>");
			text_addf(&lines, " %-16s", "????????????????");
		} else {
			output_tree_hex(s->out, DATA, NULL, word, NULL);
			text_addf(&lines, " %016llx", (unsigned long long)word);
		}
	}
	output_tree_close(s->out, DATA);
	if (lines.len)
		output_text(s->out, DATA_LINES, text_string(&lines));
}

static void put_name(struct show *s, const char *function, const struct frame *frame, bool inlined)
{
	const char *before = frame->unwound.kind == FRAME_UNRELIABLE ? "? " : "";

	if (frame->unwound.kind == FRAME_USER)
		output_text(s->out, NAME, "(user mode)");
	else if (inlined)
		output_textf(s->out, NAME, "%s%s (inlined)", before, function);
	else if (!function)
		output_textf(s->out, NAME, "%s(no symbol)", before);
	else if (s->offsets)
		output_textf(s->out, NAME, "%s%s+%#llx", before, function,
			     (unsigned long long)frame->offset);
	else
		output_textf(s->out, NAME, "%s%s", before, function);
}

static void put_common(struct show *s, const struct frame *frame, size_t index)
{
	const struct unwind_frame *unwound = &frame->unwound;

	output_int(s->out, PID, s->task.pid);
	output_uint(s->out, TASK, s->task.address);
	if (s->task.cpu != TASK_NO_CPU)
		output_uint(s->out, CPU, s->task.cpu);
	output_text(s->out, COMM, s->task.comm);
	output_uint(s->out, FRAME, index);
	output_uint(s->out, ADDRESS, unwound->pc);
	output_uint(s->out, STACK, unwound->found_at ? unwound->found_at : unwound->sp);
	output_text(s->out, STACK_NAME, unwound->stack);
	output_text(s->out, KIND, kinds[unwound->kind]);
	if (frame->has_symbol)
		output_text(s->out, MODULE, frame->symbol.module);
}

static void put_line(struct show *s, const struct source_line *line)
{
	if (!line || !line->file)
		return;
	output_text(s->out, FILE_, line->file);
	output_uint(s->out, LINE, line->line);
	output_textf(s->out, PLACE, "%s: %u", line->file, line->line);
}

static void put_frame(struct show *s, const struct frame *frame, size_t index)
{
	const struct unwind_frame *unwound = &frame->unwound;
	bool exact = unwound->kind == FRAME_INTERRUPTED;
	struct source_line lines[32];
	unsigned int count = 0;
	struct debug_file *debug = NULL;

	if (s->lines && unwound->kind != FRAME_USER)
		debug = image_debug_file_at(s->context->image, unwound->pc - !exact);
	s->has_debug = s->has_debug || debug;
	if (debug && error_dropped(debug_file_lines(debug, unwound->pc - !exact, lines,
						    ARRAY_SIZE(lines), &count)))
		count = 0;
	for (unsigned int i = 0; i + 1 < count; i++) {
		put_common(s, frame, index);
		output_bool(s->out, INLINE, true);
		output_text(s->out, FUNCTION, lines[i].function);
		put_name(s, lines[i].function, frame, true);
		put_line(s, &lines[i]);
		output_row(s->out);
	}
	put_common(s, frame, index);
	output_bool(s->out, INLINE, false);
	output_textf(s->out, NUMBER, "#%zu", index);
	if (frame->has_symbol) {
		output_text(s->out, FUNCTION, frame->symbol.name);
		output_uint(s->out, OFFSET, frame->offset);
	}
	put_name(s, frame->has_symbol ? frame->symbol.name : NULL, frame, false);
	put_line(s, count ? &lines[count - 1] : NULL);
	if (unwound->has_registers)
		put_registers(s, &unwound->registers);
	if (s->words)
		put_words(s, frame);
	output_row(s->out);
}

static struct error *show_task(struct show *s, const struct task *task)
{
	struct image *image = s->context->image;
	struct backtrace bt;

	s->task = *task;
	s->words_from = 0;
	TRY(error_wrap(
		backtrace_task(image, task->address, task->active ? task->cpu : TASK_NO_CPU, &bt),
		"task %#llx (%s)", (unsigned long long)task->address, task->comm));
	for (size_t i = 0; i < bt.nr_frames; i++)
		put_frame(s, &bt.frames[i], i);
	if (!bt.nr_frames && !bt.why)
		output_note(s->out, "task %#llx (%s) has exited and given its stack back",
			    (unsigned long long)task->address, task->comm);
	else if (!strcmp(bt.start, "stack scan"))
		output_note(
			s->out,
			"nobody saved the registers of CPU %u: the trace of task %#llx (%s) is what "
			"its stack looks like",
			task->cpu, (unsigned long long)task->address, task->comm);
	if (bt.why) {
		output_incomplete(s->out,
				  error_wrap(bt.why, "the trace of task %#llx (%s) ends early",
					     (unsigned long long)task->address, task->comm));
		bt.why = NULL;
	}
	backtrace_deinit(&bt);
	return NULL;
}

static struct error *show_cpu(void *data, unsigned int cpu)
{
	struct show *s = data;
	struct task task;
	struct error *err;

	err = task_on_cpu(s->context->image, cpu, &task);
	if (!err)
		err = show_task(s, &task);
	if (err && (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM))
		return err;
	if (err)
		output_incomplete(s->out, error_wrap(err, "CPU %u", cpu));
	return NULL;
}

/* Each CPU has an idle task, and all are of pid 0. */
static struct error *show_idle(struct show *s)
{
	struct task_select select = { 0 };
	const struct task *tasks;
	size_t count = 0;
	struct error *err = task_select_word(&select, s->context, "0");

	if (!err)
		err = task_select_collect(&select, s->context, &tasks, &count);
	task_select_deinit(&select);
	for (size_t i = 0; !err && i < count; i++)
		err = show_task(s, &tasks[i]);
	return err;
}

static struct error *show_all(struct show *s, const struct arguments *arguments)
{
	const char *cpus = arguments_has(arguments, 'a') ? "a" : arguments_value(arguments, 'c');
	struct task task;

	if (cpus && arguments->nr_operands)
		return error_create(ERROR_USAGE,
				    "-a and -c choose the tasks: no others can be named");
	if (cpus)
		return command_cpus(s->context, cpus, show_cpu, s);
	if (!arguments->nr_operands) {
		TRY(command_current_task(s->context, &task));
		return show_task(s, &task);
	}
	for (size_t i = 0; i < arguments->nr_operands; i++) {
		if (!strcmp(arguments->operands[i], "0")) {
			TRY(show_idle(s));
			continue;
		}
		TRY(command_task(s->context, arguments->operands[i], &task));
		TRY(show_task(s, &task));
	}
	return NULL;
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	struct show s = {
		.context = context,
		.out = context->out,
		.lines = arguments_has(arguments, 'l') || image_debug_named(context->image),
		.words = arguments_has(arguments, 'f'),
		.offsets = arguments_has(arguments, 's'),
	};

	output_begin(context->out, &table);
	TRY(show_all(&s, arguments));
	if (arguments_has(arguments, 'l') && !s.has_debug)
		output_note(context->out,
			    "no source lines: no debug information was found (name a vmlinux, or "
			    "load a module's with mod -s)");
	return NULL;
}

const struct command bt_command = {
	.name = "bt",
	.summary = "backtrace of a task",
	.usage = "[-a | -c CPUS] [-lfs] [PID | TASK]…",
	.help = "Without an operand: of the current task (see `set`), at first the one that crashed.\n"
		"The trace crosses all stacks: task, interrupt, exception, NMI. Where code was\n"
		"interrupted, its registers are shown. A frame marked '?' (kind \"unreliable\") was\n"
		"found by looking through the stack where no unwind table covers the code; all others\n"
		"are as sure as the kernel's own trace.",
	.options = options,
	.tables = tables,
	.completes = COMPLETES_PID,
	.run = run,
};
