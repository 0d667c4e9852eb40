// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Both forms of the kernel's log, from hand-made memory: kernel/printk/printk_ringbuffer.[ch] of
 * Linux says what a reader may have, kernel/printk/printk.c of v5.9 how records followed each
 * other.
 */
#include "support/data.h"

#include "kernel/log_decoder.h"

#include <string.h>

/* ---- the ring ---- */

#define RING  0x1000 /* struct printk_ringbuffer */
#define DESCS 0x2000
#define INFOS 0x3000
#define TEXT  0x4000
#define COUNT 8	  /* descriptors */
#define SIZE  256 /* bytes of text */

enum { RESERVED, COMMITTED, FINALIZED, REUSABLE };

struct fake_desc {
	uint64_t state_var, begin, next;
};

struct fake_info {
	uint64_t seq, ts_nsec;
	uint16_t text_len;
	uint8_t facility, bits;
	uint32_t caller_id, caller_id2;
	char comm[16], subsystem[16], device[48];
};

static struct {
	struct {
		uint32_t count_bits, pad;
		uint64_t descs, infos, head_id, tail_id;
		uint32_t size_bits, pad2;
		uint64_t data;
	} ring;
	struct fake_desc descs[COUNT];
	struct fake_info infos[COUNT];
	uint8_t text[SIZE];
} fake;

static const struct log_ring_layout ring_layout = {
	.ring = { 0, 40 },
	.desc_ring = { 0, 8, 16, 24, 32 },
	.data_ring = { 0, 8 },
	.desc = { sizeof(struct fake_desc), 0, 8, 16 },
	.info = {
		.size = sizeof(struct fake_info),
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

static const struct test_piece ring_pieces[] = {
	{ RING, &fake.ring, sizeof(fake.ring) },
	{ DESCS, fake.descs, sizeof(fake.descs) },
	{ INFOS, fake.infos, sizeof(fake.infos) },
	{ TEXT, fake.text, sizeof(fake.text) },
	{ 0 },
};

static int reset(void **state)
{
	memset(&fake, 0, sizeof(fake));
	fake.ring.count_bits = 3;
	fake.ring.size_bits = 8;
	fake.ring.descs = DESCS;
	fake.ring.infos = INFOS;
	fake.ring.data = TEXT;
	return 0;
}

/* The record @id with @text, whose block begins at logical position @begin; returns its end. */
static uint64_t put(uint64_t id, unsigned int desc_state, uint64_t begin, const char *text)
{
	struct fake_desc *desc = &fake.descs[id % COUNT];
	struct fake_info *info = &fake.infos[id % COUNT];
	size_t len = strlen(text), size = (8 + len + 7) & ~7ULL;
	uint64_t next = begin + size, at = begin % SIZE;

	/* What does not fit before the end of the ring goes to its start as a whole. */
	if (begin / SIZE != (next - 1) / SIZE) {
		next = begin / SIZE * SIZE + SIZE + size;
		at = 0;
	}
	*desc = (struct fake_desc){ (uint64_t)desc_state << 62 | id, begin, next };
	info->seq = id;
	info->ts_nsec = id * 1000;
	info->text_len = (uint16_t)len;
	memcpy(fake.text + at, &id, 8);
	memcpy(fake.text + at + 8, text, len);
	return next;
}

static struct log_walk *open_ring(const struct memory *memory)
{
	struct log_walk *walk;

	assert_ok(log_ring_create(memory, &ring_layout, RING, &walk));
	return walk;
}

static void expect(struct log_walk *walk, uint64_t seq, const char *text)
{
	struct log_record record;
	bool found;

	assert_ok(log_walk_next(walk, &record, &found));
	assert_true(found);
	assert_int_equal(record.seq, seq);
	assert_false(record.lost_text);
	assert_int_equal(record.text_len, strlen(text));
	assert_string_equal(record.text, text);
}

static void expect_end(struct log_walk *walk)
{
	struct log_record record;
	bool found;

	assert_ok(log_walk_next(walk, &record, &found));
	assert_false(found);
}

static void records_with_all_they_have(void **state)
{
	struct memory memory = test_memory(ring_pieces);
	struct log_record record;
	struct log_walk *walk;
	uint64_t at = put(0, FINALIZED, 0, "first\nof two lines");
	bool found;

	put(1, FINALIZED, at, "second");
	fake.infos[0].facility = 3;
	fake.infos[0].bits = 6 << 5 | 0x1f; /* level 6, all flags */
	fake.infos[0].caller_id = 77;
	fake.infos[0].caller_id2 = 0x80000001;
	strcpy(fake.infos[0].comm, "modprobe");
	strcpy(fake.infos[0].subsystem, "pci");
	strcpy(fake.infos[0].device, "+pci:0000:00:02.0");
	fake.infos[1].caller_id = 0x80000003;
	fake.infos[1].caller_id2 = 9;
	memset(fake.infos[1].subsystem, 'x', sizeof(fake.infos[1].subsystem)); /* no zero byte */
	fake.ring.head_id = 1;
	walk = open_ring(&memory);
	assert_ok(log_walk_next(walk, &record, &found));
	assert_true(found);
	assert_string_equal(record.text, "first\nof two lines");
	assert_int_equal(record.level, 6);
	assert_int_equal(record.facility, 3);
	assert_int_equal(record.caller, 77);
	assert_false(record.caller_is_cpu);
	assert_true(record.has_context);
	assert_int_equal(record.pid, 77);
	assert_int_equal(record.cpu, 1);
	assert_string_equal(record.comm, "modprobe");
	assert_string_equal(record.dict, "SUBSYSTEM=pci\nDEVICE=+pci:0000:00:02.0");
	assert_ok(log_walk_next(walk, &record, &found));
	assert_int_equal(record.time_ns, 1000);
	assert_true(record.caller_is_cpu);
	assert_int_equal(record.caller, 3);
	assert_int_equal(record.cpu, 3);
	assert_int_equal(record.pid, 9);
	assert_string_equal(record.dict, "SUBSYSTEM=xxxxxxxxxxxxxxxx");
	expect_end(walk);
	assert_null(log_walk_problem(walk));
	log_walk_destroy(walk);
}

static void only_what_readers_may_have(void **state)
{
	struct memory memory = test_memory(ring_pieces);
	struct log_walk *walk;
	uint64_t at = put(0, REUSABLE, 0, "gone");

	at = put(1, FINALIZED, at, "kept");
	at = put(2, RESERVED, at, "being written");
	at = put(3, COMMITTED, at, "not yet final");
	/* An empty line, a text for which there was no room, and a descriptor used anew. */
	put(4, FINALIZED, at, "");
	fake.descs[4].begin = fake.descs[4].next = 3;
	put(5, FINALIZED, at, "");
	fake.descs[5].begin = fake.descs[5].next = 1;
	put(6, FINALIZED, at, "other");
	fake.descs[6].state_var += COUNT;
	fake.ring.head_id = 6;
	walk = open_ring(&memory);
	expect(walk, 1, "kept");
	expect(walk, 3, "not yet final");
	expect(walk, 4, "");
	expect_end(walk);
	assert_null(log_walk_problem(walk));
	log_walk_destroy(walk);
}

static void text_around_the_end_of_the_ring(void **state)
{
	struct memory memory = test_memory(ring_pieces);
	struct log_walk *walk;
	/* Positions and ids have gone around: they begin negative in a real kernel. */
	uint64_t id = 0x3ffffffffffffffe, at = (uint64_t)-SIZE + 208;

	at = put(id, FINALIZED, at, "exactly up to the very end of it, yes ok");
	assert_int_equal(at, 0);
	at = put(id + 1, FINALIZED, at, "starts at the start");
	put(0, FINALIZED, SIZE * 3 - 24, "does not fit before the end of the ring");
	for (unsigned int i = 0; i < COUNT; i++)
		fake.infos[i].seq = i;
	fake.ring.tail_id = id;
	walk = open_ring(&memory);
	expect(walk, 6, "exactly up to the very end of it, yes ok");
	/* The third one's text took the place of the second one's. */
	{
		struct log_record record;
		bool found;

		assert_ok(log_walk_next(walk, &record, &found));
		assert_true(found && record.lost_text);
	}
	expect(walk, 0, "does not fit before the end of the ring");
	expect_end(walk);
	assert_int_equal(log_walk_problem(walk)->code, ERROR_BAD_DATA);
	log_walk_destroy(walk);
}

static void a_missing_page_costs_its_records_only(void **state)
{
	const struct test_piece pieces[] = {
		{ RING, &fake.ring, sizeof(fake.ring) },
		{ DESCS, fake.descs, sizeof(fake.descs) },
		{ INFOS, fake.infos, sizeof(fake.infos[0]) },
		{ INFOS + sizeof(fake.infos[0]), NULL, sizeof(fake.infos[0]) },
		{ INFOS + 2 * sizeof(fake.infos[0]), fake.infos + 2, sizeof(fake.infos[0]) * 6 },
		{ TEXT, fake.text, 64 },
		{ TEXT + 64, NULL, SIZE - 64 },
		{ 0 },
	};
	struct memory memory = test_memory(pieces);
	struct log_record record;
	struct log_walk *walk;
	uint64_t at = put(0, FINALIZED, 0, "first");
	bool found;

	at = put(1, FINALIZED, at, "its info is excluded");
	put(2, FINALIZED, at, "its text is excluded for the greater part");
	put(3, FINALIZED, 16, "x");
	memcpy(fake.text + 16, &(uint64_t){ 3 }, 8);
	fake.ring.head_id = 3;
	walk = open_ring(&memory);
	expect(walk, 0, "first");
	assert_ok(log_walk_next(walk, &record, &found));
	assert_true(found);
	assert_int_equal(record.seq, 2);
	assert_true(record.lost_text);
	assert_int_equal(record.text_len, 0);
	expect(walk, 3, "x");
	expect_end(walk);
	assert_int_equal(log_walk_problem(walk)->code, ERROR_EXCLUDED);
	log_walk_destroy(walk);
}

static void lengths_that_lie(void **state)
{
	struct memory memory = test_memory(ring_pieces);
	struct log_walk *walk;
	struct log_record record;
	bool found;

	put(0, FINALIZED, 0, "0123456789");
	fake.infos[0].text_len = 0xffff; /* the block's room bounds it */
	put(1, FINALIZED, 24, "x");
	fake.descs[1].next = 24 + 2 * SIZE; /* longer than the ring */
	put(2, FINALIZED, 48, "x");
	fake.descs[2].begin++; /* not aligned */
	put(3, FINALIZED, 48, "x");
	fake.infos[3].seq = 5; /* another record's */
	fake.ring.head_id = 3;
	walk = open_ring(&memory);
	assert_ok(log_walk_next(walk, &record, &found));
	assert_int_equal(record.text_len, 16);
	assert_memory_equal(record.text, "0123456789\0\0\0\0\0\0", 16);
	for (unsigned int i = 1; i < 3; i++) {
		assert_ok(log_walk_next(walk, &record, &found));
		assert_true(found && record.lost_text);
	}
	expect_end(walk);
	assert_int_equal(log_walk_problem(walk)->code, ERROR_BAD_DATA);
	log_walk_destroy(walk);
}

static void rings_that_cannot_be(void **state)
{
	struct memory memory = test_memory(ring_pieces);
	struct log_ring_layout layout = ring_layout;
	struct log_walk *walk;

	fake.ring.count_bits = 40;
	assert_fails(log_ring_create(&memory, &ring_layout, RING, &walk), ERROR_BAD_DATA);
	fake.ring.count_bits = 3;
	fake.ring.size_bits = 0;
	assert_fails(log_ring_create(&memory, &ring_layout, RING, &walk), ERROR_BAD_DATA);
	fake.ring.size_bits = 8;
	assert_fails(log_ring_create(&memory, &ring_layout, 0x9000, &walk), ERROR_ABSENT);
	layout.info.size = 1 << 20;
	assert_fails(log_ring_create(&memory, &layout, RING, &walk), ERROR_BAD_DATA);
	layout = ring_layout;
	layout.info.dev_info = layout.info.size - 8;
	assert_fails(log_ring_create(&memory, &layout, RING, &walk), ERROR_BAD_DATA);
	/* The first and the last id have nothing to do with each other. */
	put(5, FINALIZED, 0, "the last one");
	fake.ring.head_id = 5;
	fake.ring.tail_id = 0x12345678;
	walk = open_ring(&memory);
	expect(walk, 5, "the last one");
	expect_end(walk);
	assert_int_equal(log_walk_problem(walk)->code, ERROR_BAD_DATA);
	log_walk_destroy(walk);
}

/* ---- records in log_buf ---- */

#define LOG_BUF 0x7000

static uint8_t log_buf[256];

static const struct test_piece records_pieces[] = {
	{ LOG_BUF, log_buf, sizeof(log_buf) },
	{ 0 },
};

/* struct printk_log of a kernel with CONFIG_PRINTK_CALLER. */
static const struct log_records_layout records_layout = {
	.size = 20,
	.ts_nsec = 0,
	.len = 8,
	.text_len = 10,
	.dict_len = 12,
	.facility = 14,
	.caller_id = 16,
};

static uint32_t put_log(uint32_t at, uint64_t ts, unsigned int level, const char *text,
			const char *dict, size_t dict_len)
{
	size_t text_len = strlen(text), len = (20 + text_len + dict_len + 3) & ~3ULL;
	uint8_t *to = log_buf + at;

	memset(to, 0, len);
	memcpy(to, &ts, 8);
	to[8] = (uint8_t)len;
	to[10] = (uint8_t)text_len;
	to[12] = (uint8_t)dict_len;
	to[14] = 1;
	to[15] = (uint8_t)(level << 5);
	to[16] = 42;
	memcpy(to + 20, text, text_len);
	if (dict_len)
		memcpy(to + 20 + text_len, dict, dict_len);
	return at + (uint32_t)len;
}

static void records_one_after_the_other(void **state)
{
	struct memory memory = test_memory(records_pieces);
	struct log_records_state where = { LOG_BUF, 100, sizeof(log_buf), 140, 0 };
	struct log_record record;
	struct log_walk *walk;
	uint32_t at = put_log(140, 5, 4, "usb 1-1: new", "SUBSYSTEM=usb\0DEVICE=c189:1", 27);
	bool found;

	at = put_log(at, 6, 7, "at the end", NULL, 0);
	memset(log_buf + at, 0, sizeof(log_buf) - at); /* length 0: go on at the start */
	where.log_next_idx = put_log(0, 7, 0, "at the start", NULL, 0);
	assert_ok(log_records_create(&memory, &records_layout, &where, &walk));
	assert_ok(log_walk_next(walk, &record, &found));
	assert_true(found);
	assert_int_equal(record.seq, 100);
	assert_int_equal(record.time_ns, 5);
	assert_int_equal(record.level, 4);
	assert_int_equal(record.facility, 1);
	assert_int_equal(record.caller, 42);
	assert_string_equal(record.text, "usb 1-1: new");
	assert_string_equal(record.dict, "SUBSYSTEM=usb\nDEVICE=c189:1");
	expect(walk, 101, "at the end");
	expect(walk, 102, "at the start");
	expect_end(walk);
	assert_null(log_walk_problem(walk));
	log_walk_destroy(walk);
}

static void records_that_lead_astray(void **state)
{
	struct memory memory = test_memory(records_pieces);
	struct log_records_state where = { LOG_BUF, 0, sizeof(log_buf), 0, 7 };
	struct log_walk *walk;
	uint32_t at = 0;

	/* The end is never met: as many records as the buffer holds, and no more. */
	while (at + 24 <= sizeof(log_buf))
		at = put_log(at, 0, 0, "x", NULL, 0);
	memset(log_buf + at, 0, sizeof(log_buf) - at);
	assert_ok(log_records_create(&memory, &records_layout, &where, &walk));
	for (unsigned int i = 0; i < sizeof(log_buf) / 24; i++)
		expect(walk, i, "x");
	expect_end(walk);
	assert_non_null(log_walk_problem(walk));
	log_walk_destroy(walk);
	/* A length beyond the buffer. */
	log_buf[8] = log_buf[9] = 0xff;
	assert_ok(log_records_create(&memory, &records_layout, &where, &walk));
	expect_end(walk);
	assert_int_equal(log_walk_problem(walk)->code, ERROR_BAD_DATA);
	log_walk_destroy(walk);
	/* The first record is beyond it. */
	where.log_first_idx = 250;
	assert_ok(log_records_create(&memory, &records_layout, &where, &walk));
	expect_end(walk);
	assert_int_equal(log_walk_problem(walk)->code, ERROR_BAD_DATA);
	log_walk_destroy(walk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(records_with_all_they_have, reset),
		cmocka_unit_test_setup(only_what_readers_may_have, reset),
		cmocka_unit_test_setup(text_around_the_end_of_the_ring, reset),
		cmocka_unit_test_setup(a_missing_page_costs_its_records_only, reset),
		cmocka_unit_test_setup(lengths_that_lie, reset),
		cmocka_unit_test_setup(rings_that_cannot_be, reset),
		cmocka_unit_test(records_one_after_the_other),
		cmocka_unit_test(records_that_lead_astray),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
