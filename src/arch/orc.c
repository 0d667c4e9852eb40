// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finding and decoding ORC entries. An entry is 6 bytes: s16 sp_offset, s16 bp_offset and 16 bits
 * of fields. Four versions of those fields exist:
 *   v1 until 6.2   sp_reg:4 bp_reg:4 type:2 end:1
 *   v2 6.3         sp_reg:4 bp_reg:4 type:2 signal:1 end:1   (ffb1b4a41016)
 *   v3 6.4 – 7.0   sp_reg:4 bp_reg:4 type:3 signal:1         (fb799447ae29)
 *   v4 since 7.1   v3 with the registers numbered anew
 * Distributions carry them to older kernels, so the kernel's types say which fields there are, and
 * its fall-back entry for code with frame pointers says how the registers are numbered.
 */
#include "arch/orc.h"
#include "base/alloc.h"
#include "base/bytes.h"

#define ENTRY_SIZE 6
#define CACHE_SIZE 1024 /* a power of two */

/* Register numbers up to 7.0, and since. */
static const enum orc_register registers_v1[16] = {
	ORC_UNDEFINED, ORC_PREV_SP, ORC_DX,	     ORC_DI,	      ORC_BP,	   ORC_SP,
	ORC_R10,       ORC_R13,	    ORC_BP_INDIRECT, ORC_SP_INDIRECT, ORC_INVALID, ORC_INVALID,
	ORC_INVALID,   ORC_INVALID, ORC_INVALID,     ORC_INVALID,
};
static const enum orc_register registers_v4[16] = {
	ORC_UNDEFINED, ORC_AX,	    ORC_DX,	 ORC_SP,	  ORC_BP,	   ORC_DI,
	ORC_R10,       ORC_R13,	    ORC_PREV_SP, ORC_SP_INDIRECT, ORC_BP_INDIRECT, ORC_INVALID,
	ORC_INVALID,   ORC_INVALID, ORC_INVALID, ORC_INVALID,
};

struct cached {
	uint64_t pc;
	struct orc orc;
	bool used;
};

struct orc_state {
	const struct arch_env *env;
	const enum orc_register *registers;
	bool three_bit_type, has_signal;
	unsigned int end_bit;
	struct cached cache[CACHE_SIZE];
};

/* The 16 bits of an entry; false where the dump lacks it. */
static bool read_fields(const struct arch_env *env, uint64_t address, uint64_t *ret)
{
	return !error_dropped(memory_read_number(env->memory, address + 4, 2, ret));
}

/*
 * The variable orc_fp_entry ("BP based, old BP at PREV_SP-16", since 5.2) holds the numbers that
 * differ: its bp_reg is PREV_SP.
 */
static const enum orc_register *learn_registers(const struct arch_env *env)
{
	uint64_t address, fields;

	if (!error_dropped(env->symbol(env->context, "orc_fp_entry", &address)) &&
	    read_fields(env, address, &fields)) {
		if ((fields >> 4 & 15) == 8)
			return registers_v4;
		if ((fields >> 4 & 15) == 1)
			return registers_v1;
	}
	/* Its like for a call through NULL: "SP based". */
	if (!error_dropped(env->symbol(env->context, "null_orc_entry", &address)) &&
	    read_fields(env, address, &fields) && (fields & 15) == 3)
		return registers_v4;
	return registers_v1;
}

struct error *orc_create(const struct arch_env *env, struct orc_state **ret)
{
	struct orc_state *state = calloc(1, sizeof(*state));
	uint64_t offset, size;

	if (!state)
		return error_nomem();
	state->env = env;
	state->registers = learn_registers(env);
	state->has_signal =
		!error_dropped(env->member(env->context, "orc_entry", "signal", &offset, &size));
	/* "end" went away when the type got its third bit (fb799447ae29, v6.4). */
	if (error_dropped(env->member(env->context, "orc_entry", "end", &offset, &size)))
		state->three_bit_type = state->has_signal;
	state->end_bit = state->has_signal ? 11 : 10;
	*ret = state;
	return NULL;
}

void orc_destroy(struct orc_state *state)
{
	free(state);
}

static void decode(const struct orc_state *state, const uint8_t *raw, struct orc *ret)
{
	unsigned int fields = (unsigned int)load_number(raw + 4, 2, false);
	static const enum orc_type two_bits[4] = { ORC_TYPE_CALL, ORC_TYPE_REGS,
						   ORC_TYPE_REGS_PARTIAL, ORC_TYPE_UNKNOWN };
	static const enum orc_type three_bits[8] = { ORC_TYPE_UNKNOWN, ORC_TYPE_END_OF_STACK,
						     ORC_TYPE_CALL, ORC_TYPE_REGS,
						     ORC_TYPE_REGS_PARTIAL };

	*ret = (struct orc){
		.sp_offset = (int16_t)load_number(raw, 2, false),
		.bp_offset = (int16_t)load_number(raw + 2, 2, false),
		.sp_reg = state->registers[fields & 15],
		.bp_reg = state->registers[fields >> 4 & 15],
	};
	if (state->three_bit_type) {
		ret->type = three_bits[fields >> 8 & 7];
		ret->signal = fields >> 11 & 1;
		return;
	}
	ret->type = two_bits[fields >> 8 & 3];
	ret->signal = state->has_signal ? fields >> 10 & 1 : ret->type != ORC_TYPE_CALL;
	if (ret->sp_reg == ORC_UNDEFINED)
		ret->type = fields >> state->end_bit & 1 ? ORC_TYPE_END_OF_STACK : ORC_TYPE_UNKNOWN;
}

/* The text address of entry @i: a 32-bit offset relative to where it is stored. */
static struct error *entry_address(const struct arch_env *env,
				   const struct arch_unwind_table *table, uint64_t i, uint64_t *ret)
{
	uint64_t at = table->addresses + 4 * i, offset;

	TRY(memory_read_number(env->memory, at, 4, &offset));
	*ret = at + sign_extend(offset, 32);
	return NULL;
}

static struct error *search(struct orc_state *state, uint64_t pc, struct orc *ret)
{
	const struct arch_env *env = state->env;
	struct arch_unwind_table table;
	uint64_t low = 0, high, address;
	uint8_t raw[ENTRY_SIZE];

	if (!env->unwind_table(env->context, pc, &table) || !table.count)
		return error_at(ERROR_NOT_FOUND, pc, "no unwind table covers %#llx",
				(unsigned long long)pc);
	high = table.count; /* the last entry at or below @pc is in [low, high) */
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		TRY(entry_address(env, &table, middle, &address));
		if (address <= pc)
			low = middle;
		else
			high = middle;
	}
	TRY(entry_address(env, &table, low, &address));
	if (address > pc)
		return error_at(ERROR_NOT_FOUND, pc, "the unwind table begins above %#llx",
				(unsigned long long)pc);
	TRY(memory_read(env->memory, table.entries + ENTRY_SIZE * low, raw, sizeof(raw)));
	decode(state, raw, ret);
	return NULL;
}

struct error *orc_find(struct orc_state *state, uint64_t pc, struct orc *ret)
{
	/* Sleeping tasks share a few hundred places in the text. */
	struct cached *cached = &state->cache[(pc ^ pc >> 10) & (CACHE_SIZE - 1)];

	if (!cached->used || cached->pc != pc) {
		struct orc orc;

		TRY(search(state, pc, &orc));
		*cached = (struct cached){ .pc = pc, .orc = orc, .used = true };
	}
	*ret = cached->orc;
	return NULL;
}
