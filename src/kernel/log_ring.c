// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * printk's ring buffer since v5.10: kernel/printk/printk_ringbuffer.c of Linux.
 *
 * A ring of descriptors, each with a state and the logical positions of its text in a ring of
 * bytes, and a printk_info at the same index. Positions and ids only ever count up; the ring's size
 * cuts their low bits off.
 */
#include "kernel/log_decoder.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/interrupt.h"

#include <string.h>

#define CALLER_IS_CPU 0x80000000U

/* enum desc_state, the top two bits of state_var. */
enum desc_state { DESC_RESERVED, DESC_COMMITTED, DESC_FINALIZED, DESC_REUSABLE };

/* Positions of records without text: an odd number stands for none. */
#define FAILED_LPOS	1 /* there was no room */
#define EMPTY_LINE_LPOS 3

/* LOG_BUF_LEN_MAX is 2 GiB; a descriptor is reckoned for each 32 bytes (PRB_AVGBITS). */
#define MAX_SIZE_BITS  31
#define MAX_COUNT_BITS 26

#define PAGE_SIZE 4096

static uint64_t field(const struct log_walk *walk, const uint8_t *from, uint32_t offset,
		      size_t size)
{
	return load_number(from + offset, size, walk->memory->big_endian);
}

/* A logical position without what lies in the ring: which time around it is. */
static uint64_t wraps(const struct log_walk *walk, uint64_t position)
{
	return position / walk->ring.size;
}

/*
 * Where the text that spans logical positions [@begin, @next) lies in the data ring, and how long
 * it can be, without the id in front of it.
 */
static struct error *locate_text(const struct log_walk *walk, uint64_t begin, uint64_t next,
				 uint64_t *index, uint64_t *size)
{
	uint64_t ring = walk->ring.size, word = walk->memory->word_size;
	/* A long of the dumped machine wraps at its own size. */
	uint64_t mask = word == 8 ? UINT64_MAX : UINT32_MAX;

	if (begin % word || next % word)
		return error_create(ERROR_BAD_DATA, "text at %#llx…%#llx is not aligned",
				    (unsigned long long)begin, (unsigned long long)next);
	/*
	 * The last byte decides: a block may end exactly at the end of the ring since v6.19.
	 * Before, such a block was moved to the start, and no position says so.
	 */
	if (wraps(walk, begin) == wraps(walk, (next - 1) & mask)) {
		*index = begin % ring;
		*size = (next - begin) & mask;
	} else if (wraps(walk, (begin + ring) & mask) == wraps(walk, (next - 1) & mask)) {
		*index = 0;
		*size = (next - 1) % ring + 1;
	} else {
		return error_create(ERROR_BAD_DATA, "text at %#llx…%#llx goes around the ring",
				    (unsigned long long)begin, (unsigned long long)next);
	}
	if (*size <= word || *size > ring - *index)
		return error_create(ERROR_BAD_DATA, "text at %#llx…%#llx has no room",
				    (unsigned long long)begin, (unsigned long long)next);
	*index += word;
	*size -= word;
	return NULL;
}

static struct error *read_text(struct log_walk *walk, uint64_t id, uint64_t begin, uint64_t next,
			       uint64_t text_len, struct log_record *record)
{
	uint64_t index, size, owner;
	struct error *err = locate_text(walk, begin, next, &index, &size);

	if (!err)
		err = memory_read_word(walk->memory,
				       walk->ring.data + index - walk->memory->word_size, &owner);
	if (!err && owner != id)
		err = error_create(ERROR_BAD_DATA, "its text belongs to another record");
	if (err) {
		record->lost_text = true;
		log_note(walk, error_wrap(err, "record %llu", (unsigned long long)record->seq));
		return NULL;
	}
	return log_read_text(walk, walk->ring.data + index, (size_t)min(size, text_len), record);
}

static struct error *add_dict(struct log_walk *walk, const char *key, const uint8_t *value,
			      size_t size, size_t *len)
{
	size_t value_len = strnlen((const char *)value, size);

	if (!value_len)
		return NULL;
	TRY(alloc_grow(&walk->dict, &walk->dict_room, *len + value_len + 32, 1));
	*len += (size_t)snprintf(walk->dict + *len, walk->dict_room - *len, "%s%s=%.*s",
				 *len ? "\n" : "", key, (int)value_len, (const char *)value);
	return NULL;
}

static struct error *fill_dict(struct log_walk *walk, const uint8_t *info,
			       struct log_record *record)
{
	const struct log_ring_layout *layout = &walk->ring.layout;
	const uint8_t *dev = info + layout->info.dev_info;
	size_t len = 0;

	if (layout->info.dev_info == LOG_NO_MEMBER)
		return NULL;
	TRY(add_dict(walk, "SUBSYSTEM", dev + layout->info.subsystem, layout->info.subsystem_size,
		     &len));
	TRY(add_dict(walk, "DEVICE", dev + layout->info.device, layout->info.device_size, &len));
	record->dict = len ? walk->dict : NULL;
	return NULL;
}

/* The writer's task and CPU: caller_id has one of them, caller_id2 the other. */
static void fill_context(const struct log_walk *walk, const uint8_t *info,
			 struct log_record *record)
{
	const struct log_ring_layout *layout = &walk->ring.layout;
	uint32_t other;

	if (!record->has_caller || layout->info.caller_id2 == LOG_NO_MEMBER)
		return;
	other = (uint32_t)field(walk, info, layout->info.caller_id2, 4) & ~CALLER_IS_CPU;
	record->has_context = true;
	record->cpu = record->caller_is_cpu ? record->caller : other;
	record->pid = record->caller_is_cpu ? other : record->caller;
	if (layout->info.comm != LOG_NO_MEMBER)
		memcpy(record->comm, info + layout->info.comm,
		       min((size_t)layout->info.comm_size, sizeof(record->comm) - 1));
}

static struct error *fill_info(struct log_walk *walk, const uint8_t *info,
			       struct log_record *record)
{
	const struct log_ring_layout *layout = &walk->ring.layout;
	/* Two bit fields in one byte, flags:5 and level:3. */
	uint8_t bits = info[layout->info.facility + 1];

	*record = (struct log_record){
		.seq = field(walk, info, layout->info.seq, 8),
		.time_ns = field(walk, info, layout->info.ts_nsec, 8),
		.facility = info[layout->info.facility],
		.level = walk->memory->big_endian ? bits & 7 : bits >> 5,
		.text = "",
	};
	if (layout->info.caller_id != LOG_NO_MEMBER)
		log_set_caller(record, (uint32_t)field(walk, info, layout->info.caller_id, 4));
	fill_context(walk, info, record);
	return fill_dict(walk, info, record);
}

/* Passes over the other descriptors on the page where the one at @index could not be read. */
static void skip_page(struct log_walk *walk, uint64_t index)
{
	uint64_t size = walk->ring.layout.desc.size;
	uint64_t address = walk->ring.descs + index * size;
	uint64_t others = (PAGE_SIZE - 1 - address % PAGE_SIZE) / size;

	/* The ring goes on at its start, on another page. */
	others = min(others, walk->ring.count - 1 - index);
	others = min(others, walk->ring.left);
	walk->ring.left -= others;
	walk->ring.id += others;
}

/*
 * Descriptors before @id, a record's, that have another id. The newest ones may not yet have been
 * set up; none before them can.
 */
static void note_lost(struct log_walk *walk, uint64_t id)
{
	if (walk->ring.lost)
		log_note(walk,
			 error_create(ERROR_BAD_DATA,
				      "corrupt descriptors before number %llu: %llu",
				      (unsigned long long)id, (unsigned long long)walk->ring.lost));
	walk->ring.lost = 0;
}

/* The record of descriptor @id; *@found stays false when there is none that a reader may have. */
static struct error *read_record(struct log_walk *walk, uint64_t id, struct log_record *ret,
				 bool *found)
{
	const struct log_ring_layout *layout = &walk->ring.layout;
	const struct memory *m = walk->memory;
	uint64_t index = id & (walk->ring.count - 1), state_var, begin, next;
	uint64_t id_mask = (m->word_size == 8 ? UINT64_MAX : UINT32_MAX) >> 2;
	uint8_t desc[LOG_MAX_HEADER], info[LOG_MAX_HEADER];
	enum desc_state state;
	struct error *err;

	err = memory_read(m, walk->ring.descs + index * layout->desc.size, desc, layout->desc.size);
	if (err) {
		log_note(walk, error_wrap(err, "descriptor %llu", (unsigned long long)index));
		skip_page(walk, index);
		return NULL;
	}
	state_var = field(walk, desc, layout->desc.state_var, m->word_size);
	state = (enum desc_state)(state_var >> (m->word_size * 8 - 2));
	/* A record that is committed and not yet final can still be continued: it is whole. */
	if ((state_var & id_mask) != id)
		walk->ring.lost++;
	if ((state_var & id_mask) != id || (state != DESC_COMMITTED && state != DESC_FINALIZED))
		return NULL;
	note_lost(walk, id);
	begin = field(walk, desc, layout->desc.begin, m->word_size);
	next = field(walk, desc, layout->desc.next, m->word_size);
	/* No reader gets a record whose text found no room. */
	if ((begin & 1) && (next & 1) && (begin != EMPTY_LINE_LPOS || next != EMPTY_LINE_LPOS))
		return NULL;
	err = memory_read(m, walk->ring.infos + index * layout->info.size, info, layout->info.size);
	if (err) {
		log_note(walk, error_wrap(err, "printk_info %llu", (unsigned long long)index));
		return NULL;
	}
	TRY(fill_info(walk, info, ret));
	if ((ret->seq & (walk->ring.count - 1)) != index) {
		log_note(walk,
			 error_create(ERROR_BAD_DATA, "record %llu lies where %llu belongs",
				      (unsigned long long)ret->seq, (unsigned long long)index));
		return NULL;
	}
	*found = true;
	if ((begin & 1) && (next & 1))
		return NULL;
	return read_text(walk, id, begin, next, field(walk, info, layout->info.text_len, 2), ret);
}

static struct error *ring_next(struct log_walk *walk, struct log_record *ret, bool *found)
{
	uint64_t id_mask = (walk->memory->word_size == 8 ? UINT64_MAX : UINT32_MAX) >> 2;

	while (walk->ring.left && !*found) {
		uint64_t id = walk->ring.id & id_mask;

		walk->ring.id = id + 1;
		walk->ring.left--;
		TRY(interrupt_check());
		TRY(read_record(walk, id, ret, found));
	}
	return NULL;
}

static struct error *read_ring(struct log_walk *walk, uint64_t address)
{
	const struct log_ring_layout *layout = &walk->ring.layout;
	const struct memory *m = walk->memory;
	uint64_t descs = address + layout->ring.desc_ring;
	uint64_t texts = address + layout->ring.text_data_ring;
	uint64_t id_mask = (m->word_size == 8 ? UINT64_MAX : UINT32_MAX) >> 2;
	uint64_t count_bits, size_bits, head, tail;

	TRY(memory_read_number(m, descs + layout->desc_ring.count_bits, 4, &count_bits));
	TRY(memory_read_word(m, descs + layout->desc_ring.descs, &walk->ring.descs));
	TRY(memory_read_word(m, descs + layout->desc_ring.infos, &walk->ring.infos));
	TRY(memory_read_word(m, descs + layout->desc_ring.head_id, &head));
	TRY(memory_read_word(m, descs + layout->desc_ring.tail_id, &tail));
	TRY(memory_read_number(m, texts + layout->data_ring.size_bits, 4, &size_bits));
	TRY(memory_read_word(m, texts + layout->data_ring.data, &walk->ring.data));
	if (!count_bits || count_bits > MAX_COUNT_BITS || size_bits < 3 ||
	    size_bits > MAX_SIZE_BITS)
		return error_at(ERROR_BAD_DATA, address,
				"the ring would have 2^%llu records and 2^%llu bytes",
				(unsigned long long)count_bits, (unsigned long long)size_bits);
	walk->ring.count = 1ULL << count_bits;
	walk->ring.size = 1ULL << size_bits;
	head &= id_mask;
	tail &= id_mask;
	walk->ring.left = ((head - tail) & id_mask) + 1;
	if (walk->ring.left > walk->ring.count) {
		log_note(walk, error_at(ERROR_BAD_DATA, address,
					"the log's first and last record are too far apart"));
		walk->ring.left = walk->ring.count;
		tail = (head - walk->ring.count + 1) & id_mask;
	}
	walk->ring.id = tail;
	return NULL;
}

/* Every member lies in its structure, so that reading is one bounded copy. */
static bool layout_fits(const struct log_ring_layout *l, unsigned int word)
{
	const uint32_t longs[] = { l->desc.state_var, l->desc.begin, l->desc.next };
	uint32_t dev = l->info.dev_info == LOG_NO_MEMBER ? 0 : l->info.dev_info;
	bool fits = l->desc.size <= LOG_MAX_HEADER && l->info.size <= LOG_MAX_HEADER;

	for (size_t i = 0; i < ARRAY_SIZE(longs); i++)
		fits = fits && (uint64_t)longs[i] + word <= l->desc.size;
	fits = fits && (uint64_t)l->info.seq + 8 <= l->info.size &&
	       (uint64_t)l->info.ts_nsec + 8 <= l->info.size &&
	       (uint64_t)l->info.text_len + 2 <= l->info.size &&
	       (uint64_t)l->info.facility + 2 <= l->info.size;
	if (l->info.caller_id != LOG_NO_MEMBER)
		fits = fits && (uint64_t)l->info.caller_id + 4 <= l->info.size;
	if (l->info.caller_id2 != LOG_NO_MEMBER)
		fits = fits && (uint64_t)l->info.caller_id2 + 4 <= l->info.size;
	if (l->info.comm != LOG_NO_MEMBER)
		fits = fits && (uint64_t)l->info.comm + l->info.comm_size <= l->info.size;
	if (dev)
		fits = fits &&
		       (uint64_t)dev + l->info.subsystem + l->info.subsystem_size <= l->info.size &&
		       (uint64_t)dev + l->info.device + l->info.device_size <= l->info.size;
	return fits;
}

struct error *log_ring_create(const struct memory *memory, const struct log_ring_layout *layout,
			      uint64_t address, struct log_walk **ret)
{
	struct log_walk *walk;
	struct error *err;

	if (!layout_fits(layout, memory->word_size))
		return error_create(ERROR_BAD_DATA, "the log's structures do not fit themselves");
	walk = calloc(1, sizeof(*walk));
	if (!walk)
		return error_nomem();
	walk->memory = memory;
	walk->next = ring_next;
	walk->ring.layout = *layout;
	err = read_ring(walk, address);
	if (err) {
		log_walk_destroy(walk);
		return err;
	}
	*ret = walk;
	return NULL;
}
