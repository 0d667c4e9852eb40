// SPDX-License-Identifier: GPL-2.0-or-later
/* Doubly linked lists, both ways: include/linux/list.h of Linux. */
#include "validate/list_check.h"

#include "base/interrupt.h"
#include "kernel/visited.h"

#include <inttypes.h>

struct walk {
	struct validation *v;
	struct list_check *list;
	const struct memory *memory;
	struct visited visited;
	unsigned int word;
};

static void tell(struct walk *walk, uint64_t at, const char *what, uint64_t value,
		 uint64_t expected)
{
	bool race = walk->list->may_race;

	validation_find(walk->v, race ? FINDING_NOTE : FINDING_FAULT,
			race ? CAUSE_RACE : CAUSE_CORRUPT, place_virtual(at, walk->word),
			"the list %s: %s is 0x%" PRIx64 ", expected 0x%" PRIx64, walk->list->name,
			what, value, expected);
}

/* Notes that @node was met; *@again when it was before. */
static struct error *meet(struct walk *walk, uint64_t node, bool *again)
{
	struct error *err = visited_add(&walk->visited, node, "node");

	*again = err && err->code == ERROR_BAD_DATA;
	if (*again) {
		error_free(err);
		return NULL;
	}
	TRY(err);
	TRY(interrupt_check());
	walk->list->nodes++;
	return walk->list->each ? walk->list->each(walk->list->context, node) : NULL;
}

/* From the head on, each node's link back compared. *@whole when the way came back to the head. */
static struct error *follow(struct walk *walk, bool *whole)
{
	uint64_t head = walk->list->head, at = head, next, back;
	struct error *err;
	bool again;

	*whole = false;
	for (;; at = next) {
		err = memory_read_word(walk->memory, at, &next);
		if (!err && next)
			err = memory_read_word(walk->memory, next + walk->word, &back);
		if (err)
			return validation_find_error(walk->v, true, place_virtual(at, 0), err,
						     walk->list->name);
		if (!next) {
			tell(walk, at, "a link forth", next, head);
			return NULL;
		}
		if (back != at) {
			tell(walk, next + walk->word, "a link back", back, at);
			return NULL;
		}
		if (next == head)
			break;
		TRY(meet(walk, next, &again));
		if (again) {
			tell(walk, at, "a link forth, in a circle,", next, head);
			return NULL;
		}
	}
	*whole = true;
	return NULL;
}

/* From the end back, up to what was met already or cannot be followed: the break was told. */
static struct error *follow_back(struct walk *walk)
{
	uint64_t at = walk->list->head;
	bool again = false;

	for (;;) {
		if (error_dropped(memory_read_word(walk->memory, at + walk->word, &at)) || !at ||
		    at == walk->list->head)
			return NULL;
		TRY(meet(walk, at, &again));
		if (again)
			return NULL;
	}
}

struct error *list_check_run(struct validation *v, struct list_check *list)
{
	struct walk walk = { .v = v, .list = list, .memory = image_memory(validation_image(v)) };
	struct error *err;

	walk.word = walk.memory->word_size;
	list->nodes = 0;
	err = follow(&walk, &list->whole);
	if (!err && !list->whole) {
		uint64_t forth = list->nodes;

		err = follow_back(&walk);
		validation_find(v, FINDING_NOTE, CAUSE_CORRUPT, place_virtual(list->head, 0),
				"the list %s has %" PRIu64 " entries before the break and %" PRIu64
				" behind it",
				list->name, forth, list->nodes - forth);
	}
	visited_deinit(&walk.visited);
	validation_looked_at(v, list->nodes);
	return err;
}
