// SPDX-License-Identifier: GPL-2.0-or-later
/* The picture of a memory map: items sorted, nested by containment. */
#include "commands/memory_picture.h"

#include "base/alloc.h"
#include "kexec/size_text.h"

#include <string.h>

/* Deeper nesting is drawn at this depth. */
#define MAX_DEPTH 8u

enum { KIND, START, END, SIZE, DEPTH, WHAT, DETAIL, RANGE, HUMAN, LABEL };
static const struct column columns[] = {
	[KIND] = { "kind", COLUMN_TEXT, .summary = "memory" },
	[START] = { "start", COLUMN_HEX, .summary = "physical address of the first byte" },
	[END] = { "end", COLUMN_HEX, .summary = "physical address of the last byte" },
	[SIZE] = { "size", COLUMN_INT, .summary = "in bytes" },
	[DEPTH] = { "depth", COLUMN_INT, .summary = "how many ranges it lies in" },
	[WHAT] = { "what", COLUMN_TEXT, .summary = "what lies there; free: nothing does" },
	[DETAIL] = { "detail", COLUMN_TEXT, .summary = "more about it" },
	[RANGE] = { "range", COLUMN_TEXT, .summary = "start and end", .text_only = true },
	[HUMAN] = { "human", COLUMN_TEXT, .summary = "its size for people", .text_only = true },
	[LABEL] = { "label", COLUMN_TEXT, .summary = "indented", .text_only = true },
};
const struct table memory_picture_table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.group = "Memory",
	.line = "{range}  {human:9}  {label}(? ({detail}))",
};

void memory_picture_deinit(struct memory_picture *picture)
{
	free(picture->items);
	*picture = (struct memory_picture){ 0 };
}

struct error *memory_picture_add(struct memory_picture *picture,
				 const struct memory_picture_item *item)
{
	if (item->start > item->end)
		return error_create(ERROR_BAD_DATA, "%s at 0x%llx ends before it begins",
				    item->what, (unsigned long long)item->start);
	TRY(alloc_grow(&picture->items, &picture->room, picture->count + 1,
		       sizeof(*picture->items)));
	picture->items[picture->count++] = *item;
	return NULL;
}

static int compare(const void *a, const void *b)
{
	const struct memory_picture_item *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->end > y->end ? -1 : x->end < y->end;
}

static void emit(struct output *out, unsigned int depth, const struct memory_picture_item *item)
{
	/* The size of all of memory does not fit 64 bits. */
	uint64_t size = item->end - item->start + (item->end - item->start != UINT64_MAX);

	output_text(out, KIND, "memory");
	output_uint(out, START, item->start);
	output_uint(out, END, item->end);
	output_uint(out, SIZE, size);
	output_uint(out, DEPTH, depth);
	output_text(out, WHAT, item->what);
	output_text(out, DETAIL, item->detail);
	output_textf(out, RANGE, "%012llx-%012llx", (unsigned long long)item->start,
		     (unsigned long long)item->end);
	output_text(out, HUMAN, SIZE_OF(size));
	output_textf(out, LABEL, "%*s%s", (int)min(depth, MAX_DEPTH) * 2, "", item->what);
	output_row(out);
}

/* The items that the next one may lie in, the outermost first; @next: where its free space goes on.
 */
struct open_item {
	const struct memory_picture_item *item;
	uint64_t next;
	bool full; /* nothing can follow: it reaches the last address of all */
};
struct open_items {
	struct open_item *list;
	size_t count, room;
};

static void emit_free(struct output *out, const struct open_items *open, uint64_t end)
{
	const struct open_item *inner = &open->list[open->count - 1];
	struct memory_picture_item gap = { .start = inner->next, .end = end, .what = "free" };

	if (inner->item->gaps && !inner->full && inner->next <= end)
		emit(out, (unsigned int)open->count, &gap);
}

/* Ends the items that end before @start. An item without parts has no free space to tell of. */
static void close_before(struct output *out, struct open_items *open, uint64_t start)
{
	while (open->count && open->list[open->count - 1].item->end < start) {
		if (open->list[open->count - 1].next > open->list[open->count - 1].item->start)
			emit_free(out, open, open->list[open->count - 1].item->end);
		open->count--;
	}
}

static void close_rest(struct output *out, struct open_items *open)
{
	while (open->count) {
		if (open->list[open->count - 1].next > open->list[open->count - 1].item->start)
			emit_free(out, open, open->list[open->count - 1].item->end);
		open->count--;
	}
}

static struct error *draw_item(struct output *out, struct open_items *open,
			       const struct memory_picture_item *item)
{
	close_before(out, open, item->start);
	/* Overlapping without being inside: beside it. */
	while (open->count && open->list[open->count - 1].item->end < item->end)
		open->count--;
	if (open->count) {
		struct open_item *parent = &open->list[open->count - 1];

		if (item->start)
			emit_free(out, open, item->start - 1);
		parent->full |= item->end == UINT64_MAX;
		if (!parent->full)
			parent->next = max(parent->next, item->end + 1);
	}
	emit(out, (unsigned int)open->count, item);
	TRY(alloc_grow(&open->list, &open->room, open->count + 1, sizeof(*open->list)));
	open->list[open->count++] = (struct open_item){ .item = item, .next = item->start };
	return NULL;
}

struct error *memory_picture_draw(struct memory_picture *picture, struct output *out)
{
	struct open_items open = { 0 };
	struct error *err = NULL;

	if (picture->count)
		qsort(picture->items, picture->count, sizeof(*picture->items), compare);
	output_begin(out, &memory_picture_table);
	for (size_t i = 0; i < picture->count && !err; i++)
		err = draw_item(out, &open, &picture->items[i]);
	if (!err)
		close_rest(out, &open);
	free(open.list);
	return err;
}
