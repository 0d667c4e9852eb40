// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The log of v3.11…v5.9: kernel/printk/printk.c of Linux then. Records of differing length one
 * after the other in log_buf; a record of length 0 says that the next one is at the start.
 */
#include "kernel/log_decoder.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <string.h>

static uint64_t field(const struct log_walk *walk, const uint8_t *from, uint32_t offset,
		      size_t size)
{
	return load_number(from + offset, size, walk->memory->big_endian);
}

/* "KEY=value" strings, each ended by a zero byte but the last. */
static struct error *read_dict(struct log_walk *walk, uint64_t address, size_t len,
			       struct log_record *record)
{
	struct error *err;

	if (!len)
		return NULL;
	TRY(alloc_grow(&walk->dict, &walk->dict_room, len + 1, 1));
	err = memory_read(walk->memory, address, walk->dict, len);
	if (err) {
		log_note(walk, err);
		return NULL;
	}
	while (len && !walk->dict[len - 1])
		len--;
	for (size_t i = 0; i < len; i++) {
		if (!walk->dict[i])
			walk->dict[i] = '\n';
	}
	walk->dict[len] = 0;
	record->dict = walk->dict;
	return NULL;
}

/* The header at byte @at of the buffer; its length is checked. */
static struct error *read_header(struct log_walk *walk, uint32_t at, uint8_t *header, uint32_t *len)
{
	const struct log_records_layout *layout = &walk->records.layout;
	const struct log_records_state *state = &walk->records.state;

	if (at > state->log_buf_len || layout->size > state->log_buf_len - at)
		return error_create(ERROR_BAD_DATA, "the log goes on beyond its buffer at byte %u",
				    at);
	TRY(memory_read(walk->memory, state->log_buf + at, header, layout->size));
	*len = (uint32_t)field(walk, header, layout->len, 2);
	if (!*len)
		return NULL;
	if (*len < layout->size || *len > state->log_buf_len - at || *len > walk->records.left ||
	    layout->size + field(walk, header, layout->text_len, 2) +
			    field(walk, header, layout->dict_len, 2) >
		    *len)
		return error_create(ERROR_BAD_DATA, "the log's record at byte %u has length %u", at,
				    *len);
	return NULL;
}

static struct error *fill_record(struct log_walk *walk, const uint8_t *header, uint32_t at,
				 struct log_record *ret)
{
	const struct log_records_layout *layout = &walk->records.layout;
	uint64_t text = walk->records.state.log_buf + at + layout->size;
	size_t text_len = (size_t)field(walk, header, layout->text_len, 2);
	/* flags:5 and level:3 share a byte. */
	uint8_t bits = header[layout->facility + 1];

	*ret = (struct log_record){
		.seq = walk->records.seq,
		.time_ns = field(walk, header, layout->ts_nsec, 8),
		.facility = header[layout->facility],
		.level = walk->memory->big_endian ? bits & 7 : bits >> 5,
		.text = "",
	};
	if (layout->caller_id != LOG_NO_MEMBER)
		log_set_caller(ret, (uint32_t)field(walk, header, layout->caller_id, 4));
	TRY(read_dict(walk, text + text_len, (size_t)field(walk, header, layout->dict_len, 2),
		      ret));
	return log_read_text(walk, text, text_len, ret);
}

/* A length of 0: the next record is the buffer's first one, unless that was the last of all. */
static struct error *go_to_start(struct log_walk *walk, uint8_t *header, uint32_t *len)
{
	if (walk->records.wrapped)
		return error_create(ERROR_BAD_DATA, "the log goes on at its start twice");
	walk->records.wrapped = true;
	if (!walk->records.state.log_next_idx) {
		walk->records.left = 0;
		return NULL;
	}
	TRY(read_header(walk, 0, header, len));
	return *len ? NULL : error_create(ERROR_BAD_DATA, "the log's first record is empty");
}

static struct error *records_next(struct log_walk *walk, struct log_record *ret, bool *found)
{
	uint8_t header[LOG_MAX_HEADER];
	struct error *err;
	uint32_t len, at;

	if (!walk->records.left || walk->records.at == walk->records.state.log_next_idx)
		return NULL;
	at = walk->records.at;
	err = read_header(walk, at, header, &len);
	if (!err && !len) {
		err = go_to_start(walk, header, &len);
		at = 0;
	}
	if (err || !walk->records.left) {
		/* Where the next record begins was written in this one. */
		if (err)
			log_note(walk, err);
		walk->records.left = 0;
		return NULL;
	}
	TRY(fill_record(walk, header, at, ret));
	walk->records.at = at + len;
	walk->records.left -= len;
	walk->records.seq++;
	*found = true;
	return NULL;
}

struct error *log_records_create(const struct memory *memory,
				 const struct log_records_layout *layout,
				 const struct log_records_state *state, struct log_walk **ret)
{
	const uint64_t ends[] = {
		(uint64_t)layout->ts_nsec + 8,	(uint64_t)layout->len + 2,
		(uint64_t)layout->text_len + 2, (uint64_t)layout->dict_len + 2,
		(uint64_t)layout->facility + 2,
	};
	struct log_walk *walk;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		if (layout->size > LOG_MAX_HEADER || ends[i] > layout->size)
			return error_create(ERROR_BAD_DATA, "printk_log does not fit itself");
	}
	if (layout->caller_id != LOG_NO_MEMBER && (uint64_t)layout->caller_id + 4 > layout->size)
		return error_create(ERROR_BAD_DATA, "printk_log does not fit itself");
	walk = calloc(1, sizeof(*walk));
	if (!walk)
		return error_nomem();
	walk->memory = memory;
	walk->next = records_next;
	walk->records.layout = *layout;
	walk->records.state = *state;
	walk->records.at = state->log_first_idx;
	walk->records.seq = state->log_first_seq;
	walk->records.left = state->log_buf_len;
	*ret = walk;
	return NULL;
}
