/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two forms of the kernel's log, decoded from any memory by a layout that says where the
 * members lie. What finds the log and its layout in a kernel is log.c.
 */
#ifndef KERNEL_LOG_DECODER_H
#define KERNEL_LOG_DECODER_H

#include "base/memory.h"
#include "kernel/log.h"

#define LOG_NO_MEMBER UINT32_MAX /* an optional member that the kernel lacks */

/* kernel/printk/printk_ringbuffer.h: offsets and sizes in bytes. */
struct log_ring_layout {
	struct {
		uint32_t desc_ring, text_data_ring;
	} ring;
	struct {
		uint32_t count_bits, descs, infos, head_id, tail_id;
	} desc_ring;
	struct {
		uint32_t size_bits, data;
	} data_ring;
	struct {
		uint32_t size, state_var, begin, next; /* of text_blk_lpos the last two */
	} desc;
	struct {
		uint32_t size, seq, ts_nsec, text_len, facility;
		uint32_t caller_id, caller_id2, comm, dev_info; /* optional */
		uint32_t comm_size;
		uint32_t subsystem, subsystem_size, device, device_size; /* in dev_info */
	} info;
};

/* struct printk_log, as of v3.11…v5.9. */
struct log_records_layout {
	uint32_t size, ts_nsec, len, text_len, dict_len, facility;
	uint32_t caller_id; /* optional */
};

/* The variables of kernel/printk/printk.c that the records are found by. */
struct log_records_state {
	uint64_t log_buf, log_first_seq;
	uint32_t log_buf_len, log_first_idx, log_next_idx;
};

/* A record's header as it lies in memory, at most. */
#define LOG_MAX_HEADER 512

struct log_walk {
	const struct memory *memory; /* borrowed */
	struct error *(*next)(struct log_walk *walk, struct log_record *ret, bool *found);
	struct error *problem; /* the first one */
	char *text, *dict;
	size_t text_room, dict_room;
	union {
		struct {
			struct log_ring_layout layout;
			uint64_t descs, infos, data;
			uint64_t count, size; /* of descriptors; bytes of text */
			uint64_t id, left;    /* the next descriptor, and how many there are */
			uint64_t lost;	      /* descriptors before it that are another record's */
		} ring;
		struct {
			struct log_records_layout layout;
			struct log_records_state state;
			uint32_t at;
			uint64_t seq, left; /* @left bytes can still hold records */
			bool wrapped;	    /* to the start: it does so once */
		} records;
	};
};

/* @address: of the struct printk_ringbuffer. @memory must outlive the walk. */
must_check struct error *log_ring_create(const struct memory *memory,
					 const struct log_ring_layout *layout, uint64_t address,
					 struct log_walk **ret);
must_check struct error *log_records_create(const struct memory *memory,
					    const struct log_records_layout *layout,
					    const struct log_records_state *state,
					    struct log_walk **ret);

/* ---- for the decoders ---- */
/* Takes @err over; the first one is kept as the walk's problem. */
void log_note(struct log_walk *walk, struct error *err);
/* The record's caller from the raw caller_id. */
void log_set_caller(struct log_record *record, uint32_t caller_id);
/* Reads @len bytes of text at @address into the walk's buffer and @record; lost when it cannot. */
must_check struct error *log_read_text(struct log_walk *walk, uint64_t address, size_t len,
				       struct log_record *record);

#endif
