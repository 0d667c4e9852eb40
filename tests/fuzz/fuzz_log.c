// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's log in both forms. The first byte chooses: bit 0 records instead of the ring, bit 1
 * big-endian, bit 2 words of 4 bytes. The rest is memory from address 0 on; the ring's own
 * structure lies at 0, or a struct log_records_state's fields as five u32 for log_buf_len,
 * log_first_idx, log_next_idx, log_buf and log_first_seq.
 */
#include "base/bytes.h"
#include "kernel/log_decoder.h"
#include "memory_input.h"

#include <stdlib.h>

/* As v6.19 lays it out, with words of 8 bytes. */
static const struct log_ring_layout ring = {
	.ring = { 0, 48 },
	.desc_ring = { 0, 8, 16, 24, 32 },
	.data_ring = { 0, 8 },
	.desc = { 24, 0, 8, 16 },
	.info = {
		.size = 112,
		.seq = 0,
		.ts_nsec = 8,
		.text_len = 16,
		.facility = 18,
		.caller_id = 20,
		.caller_id2 = 24,
		.comm = 28,
		.comm_size = 16,
		.dev_info = 44,
		.subsystem = 0,
		.subsystem_size = 16,
		.device = 16,
		.device_size = 48,
	},
};

static const struct log_records_layout records = {
	.size = 20,
	.ts_nsec = 0,
	.len = 8,
	.text_len = 10,
	.dict_len = 12,
	.facility = 14,
	.caller_id = 16,
};

static struct error *open_log(const struct memory *memory, const struct input *input,
			      bool ring_form, struct log_walk **ret)
{
	struct bytes b = bytes_of(input->data, input->size, memory->big_endian);
	struct log_records_state state;

	/* A ring that claims far more descriptors than there is input only takes time. */
	if (ring_form && load_number(input->data, min(input->size, (size_t)4), b.big_endian) > 12)
		return error_create(ERROR_BAD_DATA, "not looked at");
	if (ring_form)
		return log_ring_create(memory, &ring, 0, ret);
	state.log_buf_len = bytes_u32(&b);
	state.log_first_idx = bytes_u32(&b);
	state.log_next_idx = bytes_u32(&b);
	state.log_buf = bytes_u32(&b);
	state.log_first_seq = bytes_u32(&b);
	return log_records_create(memory, &records, &state, ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data + 1, size - 1 };
	struct memory memory = { .read = input_read, .context = &input };
	struct log_record record;
	struct log_walk *walk;
	bool found;

	if (!size)
		return 0;
	memory.big_endian = data[0] & 2;
	memory.word_size = data[0] & 4 ? 4 : 8;
	if (error_dropped(open_log(&memory, &input, !(data[0] & 1), &walk)))
		return 0;
	while (!error_dropped(log_walk_next(walk, &record, &found)) && found) {
		/* What is promised of a record: its text is there and ends with a zero byte. */
		if (record.text[record.text_len] || (record.lost_text && record.text_len))
			abort();
	}
	log_walk_destroy(walk);
	return 0;
}
