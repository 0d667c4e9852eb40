// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's log: where it is and how it is laid out. VMCOREINFO says both (it was made for that:
 * log_buf_vmcoreinfo_setup() in kernel/printk/printk.c of Linux); where it does not, symbols and
 * types do.
 */
#include "kernel/log.h"

#include "base/alloc.h"
#include "base/interrupt.h"
#include "kernel/log_decoder.h"

#include <stdio.h>
#include <string.h>

#define CALLER_IS_CPU 0x80000000U

/* ---- what both decoders share ---- */

void log_note(struct log_walk *walk, struct error *err)
{
	if (walk->problem)
		error_free(err);
	else
		walk->problem = err;
}

void log_set_caller(struct log_record *record, uint32_t caller_id)
{
	record->has_caller = true;
	record->caller_is_cpu = caller_id & CALLER_IS_CPU;
	record->caller = caller_id & ~CALLER_IS_CPU;
}

struct error *log_read_text(struct log_walk *walk, uint64_t address, size_t len,
			    struct log_record *record)
{
	struct error *err;

	TRY(alloc_grow(&walk->text, &walk->text_room, len + 1, 1));
	err = memory_read(walk->memory, address, walk->text, len);
	if (err) {
		record->lost_text = true;
		log_note(walk,
			 error_wrap(err, "text of record %llu", (unsigned long long)record->seq));
		return NULL;
	}
	walk->text[len] = 0;
	record->text = walk->text;
	record->text_len = len;
	return NULL;
}

struct error *log_walk_next(struct log_walk *walk, struct log_record *ret, bool *found)
{
	*found = false;
	TRY(interrupt_check());
	return walk->next(walk, ret, found);
}

const struct error *log_walk_problem(const struct log_walk *walk)
{
	return walk->problem;
}

void log_walk_destroy(struct log_walk *walk)
{
	if (!walk)
		return;
	error_free(walk->problem);
	free(walk->text);
	free(walk->dict);
	free(walk);
}

void log_caller_text(const struct log_record *record, char ret[16])
{
	snprintf(ret, 16, "%c%u", record->caller_is_cpu ? 'C' : 'T', record->caller);
}

/* ---- where the members lie ---- */

static bool vmcoreinfo_value(struct image *image, const char *key, uint32_t *ret)
{
	char value[32], *end;
	unsigned long number;

	if (error_dropped(image_vmcoreinfo_text(image, key, value, sizeof(value))))
		return false;
	number = strtoul(value, &end, 10);
	if (end == value || number > INT32_MAX)
		return false;
	*ret = (uint32_t)number;
	return true;
}

static struct error *find_place(struct image *image, const char *type, const char *member,
				struct type_place *ret)
{
	const struct type *found;

	TRY(types_find_kind(image_types(image), TYPE_STRUCT, type, &found));
	return type_find_member(found, member, ret);
}

static struct error *offset_of(struct image *image, const char *type, const char *member,
			       uint32_t *ret)
{
	struct type_place place;
	char key[80];

	snprintf(key, sizeof(key), "OFFSET(%s.%s)", type, member);
	if (vmcoreinfo_value(image, key, ret))
		return NULL;
	TRY(find_place(image, type, member, &place));
	*ret = (uint32_t)min(place.bit_offset / 8, (uint64_t)INT32_MAX);
	return NULL;
}

static struct error *size_of(struct image *image, const char *type, uint32_t *ret)
{
	const struct type *found;
	char key[80];

	snprintf(key, sizeof(key), "SIZE(%s)", type);
	if (vmcoreinfo_value(image, key, ret))
		return NULL;
	TRY(types_find_kind(image_types(image), TYPE_STRUCT, type, &found));
	*ret = (uint32_t)min(found->size, (uint64_t)INT32_MAX);
	return NULL;
}

/* Of an array: VMCOREINFO's LENGTH(@key), or the member's own size. */
static struct error *length_of(struct image *image, const char *key, const char *type,
			       const char *member, uint32_t *ret)
{
	struct type_place place;

	if (vmcoreinfo_value(image, key, ret))
		return NULL;
	TRY(find_place(image, type, member, &place));
	*ret = (uint32_t)min(type_strip(place.type)->size, (uint64_t)INT32_MAX);
	return NULL;
}

static uint32_t optional(struct error *err, uint32_t offset)
{
	return error_dropped(err) ? LOG_NO_MEMBER : offset;
}

static struct error *bind_info(struct image *image, struct log_ring_layout *l)
{
	struct type_place place;
	struct error *err;
	uint32_t at = 0;

	TRY(size_of(image, "printk_info", &l->info.size));
	TRY(offset_of(image, "printk_info", "seq", &l->info.seq));
	TRY(offset_of(image, "printk_info", "ts_nsec", &l->info.ts_nsec));
	TRY(offset_of(image, "printk_info", "text_len", &l->info.text_len));
	/* facility, then the byte of flags and level: the kernel's order in every release. */
	l->info.facility = l->info.text_len + 2;
	err = offset_of(image, "printk_info", "caller_id", &at);
	l->info.caller_id = optional(err, at);
	err = offset_of(image, "printk_info", "dev_info", &at);
	l->info.dev_info = optional(err, at);
	l->info.caller_id2 = l->info.comm = LOG_NO_MEMBER;
	if (l->info.dev_info == LOG_NO_MEMBER)
		return NULL;
	TRY(offset_of(image, "dev_printk_info", "subsystem", &l->info.subsystem));
	TRY(length_of(image, "LENGTH(printk_info_subsystem)", "dev_printk_info", "subsystem",
		      &l->info.subsystem_size));
	TRY(offset_of(image, "dev_printk_info", "device", &l->info.device));
	TRY(length_of(image, "LENGTH(printk_info_device)", "dev_printk_info", "device",
		      &l->info.device_size));
	/* VMCOREINFO does not name what v6.19 put between the two; types are asked only then. */
	if (l->info.caller_id == LOG_NO_MEMBER || l->info.dev_info <= l->info.caller_id + 4 ||
	    error_dropped(find_place(image, "printk_info", "caller_id2", &place)))
		return NULL;
	l->info.caller_id2 = (uint32_t)(place.bit_offset / 8);
	if (error_dropped(find_place(image, "printk_info", "comm", &place)))
		return NULL;
	l->info.comm = (uint32_t)(place.bit_offset / 8);
	l->info.comm_size = (uint32_t)type_strip(place.type)->size;
	return NULL;
}

static struct error *bind_ring(struct image *image, struct log_ring_layout *l)
{
	uint32_t text_blk_lpos;

	TRY(offset_of(image, "printk_ringbuffer", "desc_ring", &l->ring.desc_ring));
	TRY(offset_of(image, "printk_ringbuffer", "text_data_ring", &l->ring.text_data_ring));
	TRY(offset_of(image, "prb_desc_ring", "count_bits", &l->desc_ring.count_bits));
	TRY(offset_of(image, "prb_desc_ring", "descs", &l->desc_ring.descs));
	TRY(offset_of(image, "prb_desc_ring", "infos", &l->desc_ring.infos));
	TRY(offset_of(image, "prb_desc_ring", "head_id", &l->desc_ring.head_id));
	TRY(offset_of(image, "prb_desc_ring", "tail_id", &l->desc_ring.tail_id));
	TRY(offset_of(image, "prb_data_ring", "size_bits", &l->data_ring.size_bits));
	TRY(offset_of(image, "prb_data_ring", "data", &l->data_ring.data));
	TRY(size_of(image, "prb_desc", &l->desc.size));
	TRY(offset_of(image, "prb_desc", "state_var", &l->desc.state_var));
	TRY(offset_of(image, "prb_desc", "text_blk_lpos", &text_blk_lpos));
	TRY(offset_of(image, "prb_data_blk_lpos", "begin", &l->desc.begin));
	TRY(offset_of(image, "prb_data_blk_lpos", "next", &l->desc.next));
	l->desc.begin += text_blk_lpos;
	l->desc.next += text_blk_lpos;
	return bind_info(image, l);
}

static struct error *bind_records(struct image *image, struct log_records_layout *l)
{
	/* struct log until 62e32ac3505a (v3.11) renamed it. */
	const char *type = "printk_log";
	struct error *err;
	uint32_t at = 0;

	if (error_dropped(size_of(image, type, &l->size))) {
		type = "log";
		TRY(size_of(image, type, &l->size));
	}
	TRY(offset_of(image, type, "ts_nsec", &l->ts_nsec));
	TRY(offset_of(image, type, "len", &l->len));
	TRY(offset_of(image, type, "text_len", &l->text_len));
	TRY(offset_of(image, type, "dict_len", &l->dict_len));
	l->facility = l->dict_len + 2;
	err = offset_of(image, type, "caller_id", &at);
	l->caller_id = optional(err, at);
	return NULL;
}

/* ---- where the log is ---- */

static struct error *find_symbol(struct image *image, const char *name, uint64_t *ret)
{
	if (!error_dropped(image_vmcoreinfo_symbol(image, name, ret)))
		return NULL;
	return image_symbol(image, name, ret);
}

static struct error *read_variable(struct image *image, const char *name, size_t size,
				   uint64_t *ret)
{
	uint64_t address;

	TRY(find_symbol(image, name, &address));
	return error_wrap(memory_read_number(image_memory(image), address, size, ret), "%s", name);
}

static struct error *create_records(struct image *image, struct log_walk **ret)
{
	struct log_records_layout layout;
	struct log_records_state state = { 0 };
	uint64_t len, first, next;

	TRY(bind_records(image, &layout));
	TRY(read_variable(image, "log_buf", image_memory(image)->word_size, &state.log_buf));
	TRY(read_variable(image, "log_buf_len", 4, &len));
	TRY(read_variable(image, "log_first_idx", 4, &first));
	TRY(read_variable(image, "log_next_idx", 4, &next));
	/* Only numbers the records; VMCOREINFO does not have it. */
	(void)error_dropped(read_variable(image, "log_first_seq", 8, &state.log_first_seq));
	state.log_buf_len = (uint32_t)len;
	state.log_first_idx = (uint32_t)first;
	state.log_next_idx = (uint32_t)next;
	return log_records_create(image_memory(image), &layout, &state, ret);
}

struct error *log_walk_create(struct image *image, struct log_walk **ret)
{
	struct log_ring_layout layout;
	uint64_t prb, ring;
	struct error *err = find_symbol(image, "prb", &prb);

	if (err) {
		struct error *older = create_records(image, ret);

		if (!older) {
			error_free(err);
			return NULL;
		}
		error_free(older);
		return error_wrap(err, "the kernel's log");
	}
	err = memory_read_word(image_memory(image), prb, &ring);
	if (!err)
		err = bind_ring(image, &layout);
	if (!err)
		err = log_ring_create(image_memory(image), &layout, ring, ret);
	return error_wrap(err, "the kernel's log");
}
