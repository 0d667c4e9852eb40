// SPDX-License-Identifier: GPL-2.0-or-later
/* vtop: virtual to physical addresses, with the walk through the page tables. */
#include "base/text.h"
#include "commands/command.h"
#include "image/view.h"

enum { VIRTUAL, PHYSICAL, PAGE, FLAGS, PAGE_SIZE, WALK, WALK_LINES, PHYSICAL_TEXT };

static const struct column columns[] = {
	[VIRTUAL] = { "virtual", COLUMN_ADDRESS, .summary = "the address asked for" },
	[PHYSICAL] = { "physical", COLUMN_ADDRESS, .summary = "null: not mapped" },
	[PAGE] = { "page", COLUMN_ADDRESS, .summary = "the struct page" },
	[FLAGS] = { "flags", COLUMN_TEXT, .summary = "of the last entry, in words" },
	[PAGE_SIZE] = { "page_size", COLUMN_INT, .summary = "bytes mapped by the last entry" },
	[WALK] = { "walk", COLUMN_TREE,
		   .summary = "entries: level, entry_address (physical), value" },
	[WALK_LINES] = { "walk_lines", COLUMN_TEXT, .text_only = true },
	[PHYSICAL_TEXT] = { "physical_text", COLUMN_TEXT, .text_only = true },
};

static const struct table table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.line = "VIRTUAL           PHYSICAL\n{virtual}  {physical_text}\n(?\n{walk_lines}\n)"
		"(?\n   FLAGS: {flags}, page of {page_size} bytes\n)(?    PAGE: {page}\n)",
};
static const struct table *const tables[] = { &table, NULL };

static const struct option_spec options[] = {
	{ 'c', NULL, "PID|TASK", "in this task's address space" },
	{ 'u', NULL, NULL, "a user address of the current task" },
	{ 'k', NULL, NULL, "a kernel address" },
	{ 0 },
};

enum { TASK_MM, TASK_ACTIVE_MM };
DEFINE_VIEW(task_view,
	    "task_struct", [TASK_MM] = FIELD("mm"), [TASK_ACTIVE_MM] = FIELD("active_mm"));
enum { MM_PGD };
DEFINE_VIEW(mm_view, "mm_struct", [MM_PGD] = FIELD("pgd"));
enum { PAGE_FLAGS };
DEFINE_VIEW(page_view, "page", [PAGE_FLAGS] = FIELD("flags"));

static struct error *task_pgd(struct context *context, const struct task *task, uint64_t *ret)
{
	uint64_t mm;

	TRY(view_read(context->image, &task_view, TASK_MM, task->address, &mm));
	if (!mm)
		return error_create(ERROR_NOT_FOUND,
				    "task %d (%s) is a kernel thread and has no user memory",
				    task->pid, task->comm);
	return view_read(context->image, &mm_view, MM_PGD, mm, ret);
}

/* The struct page of a physical page, where the kernel maps them in one array. */
static void put_page(struct context *context, uint64_t physical)
{
	uint64_t base, size, address;

	if (error_dropped(image_read_global(context->image, "vmemmap_base", 0, &base)) ||
	    error_dropped(view_size(context->image, &page_view, &size)))
		return;
	address = base + (physical >> image_arch(context->image)->page_shift) * size;
	/* Memory-mapped devices have no struct page. */
	if (!error_dropped(image_translate(context->image, address, &base)))
		output_uint(context->out, PAGE, address);
}

static void put_walk(struct context *context, const struct arch_walk *walk)
{
	struct output *out = context->out;
	auto_text lines = { 0 };

	output_tree_open(out, WALK, NULL, TREE_ARRAY);
	for (unsigned int i = 0; i < walk->nr_entries; i++) {
		const struct arch_walk_entry *e = &walk->entries[i];

		output_tree_open(out, WALK, NULL, TREE_OBJECT);
		output_tree_text(out, WALK, "level", e->level, NULL);
		output_tree_hex(out, WALK, "entry_address", e->entry_address, NULL);
		output_tree_hex(out, WALK, "value", e->value, NULL);
		output_tree_close(out, WALK);
		text_addf(&lines, "%s%8s: %llx => %llx", i ? "\n" : "", e->level,
			  (unsigned long long)e->entry_address, (unsigned long long)e->value);
	}
	output_tree_close(out, WALK);
	if (lines.len)
		output_text(out, WALK_LINES, text_string(&lines));
}

static struct error *show(struct context *context, uint64_t pgd, uint64_t virt)
{
	struct output *out = context->out;
	struct arch_walk walk = { 0 };
	struct error *err = image_walk(context->image, pgd, virt, &walk);

	output_uint(out, VIRTUAL, virt);
	put_walk(context, &walk);
	if (err) {
		output_text(out, PHYSICAL_TEXT, "(not mapped)");
	} else {
		output_uint(out, PHYSICAL, walk.physical);
		output_textf(out, PHYSICAL_TEXT, "%llx", (unsigned long long)walk.physical);
		output_text(out, FLAGS, walk.flags);
		output_uint(out, PAGE_SIZE, walk.entries[walk.nr_entries - 1].page_size);
		put_page(context, walk.physical);
	}
	output_row(out);
	return err;
}

/* @text translated in the address space that the options and itself tell of. */
static struct error *show_operand(struct context *context, const struct arguments *arguments,
				  const char *text)
{
	const struct arch_ops *arch = image_arch(context->image);
	const char *named = arguments_value(arguments, 'c');
	uint64_t virt, pgd = 0;
	struct task task;

	TRY(command_address(context, text, &virt));
	if (named) {
		TRY(command_task(context, named, &task));
		TRY(task_pgd(context, &task, &pgd));
	} else if (arguments_has(arguments, 'u') ||
		   (!arguments_has(arguments, 'k') && arch &&
		    !arch->is_kernel(image_arch_state(context->image), virt))) {
		TRY(command_current_task(context, &task));
		TRY(task_pgd(context, &task, &pgd));
	}
	return show(context, pgd, virt);
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	struct error *first = NULL;

	if (!arguments->nr_operands)
		return error_create(ERROR_USAGE, "which address?");
	output_begin(context->out, &table);
	for (size_t i = 0; i < arguments->nr_operands; i++) {
		struct error *err = show_operand(context, arguments, arguments->operands[i]);

		if (first)
			error_free(err);
		else
			first = err;
	}
	return first;
}

const struct command vtop_command = {
	.name = "vtop",
	.summary = "virtual to physical address, entry by entry",
	.usage = "[-c PID|TASK | -u | -k] ADDRESS…",
	.help = "A user address is translated in the current task's address space, or in that of -c.\n"
		"An operand is a hex number, a symbol with an optional +offset, or an expression in\n"
		"parentheses.",
	.options = options,
	.tables = tables,
	.completes = COMPLETES_SYMBOL,
	.run = run,
};
