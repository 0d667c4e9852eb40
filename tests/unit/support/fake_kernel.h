/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel made by hand: types as BTF, memory in pieces, symbols in a list. For tests of what reads
 * kernel structures.
 */
#ifndef SUPPORT_FAKE_KERNEL_H
#define SUPPORT_FAKE_KERNEL_H

#include "types/value.h"

#define FAKE_MAX 64

/* BTF being written; ids are those of the types in order, 0 is void. */
struct fake_btf {
	struct text types, strings;
	uint32_t nr_types;
};

enum { FAKE_SIGNED = 1, FAKE_CHAR = 2, FAKE_BOOL = 4 };
struct fake_member {
	const char *name;
	uint32_t type, bit_offset, bit_size;
};
struct fake_enumerator {
	const char *name;
	int32_t value;
};

uint32_t fake_int(struct fake_btf *btf, const char *name, uint32_t size, uint32_t encoding);
uint32_t fake_pointer(struct fake_btf *btf, uint32_t target);
uint32_t fake_typedef(struct fake_btf *btf, const char *name, uint32_t target);
uint32_t fake_const(struct fake_btf *btf, uint32_t target);
uint32_t fake_array(struct fake_btf *btf, uint32_t element, uint32_t count);
uint32_t fake_struct(struct fake_btf *btf, const char *name, uint32_t size, size_t count,
		     const struct fake_member *members);
uint32_t fake_union(struct fake_btf *btf, const char *name, uint32_t size, size_t count,
		    const struct fake_member *members);
uint32_t fake_enum(struct fake_btf *btf, const char *name, uint32_t size, size_t count,
		   const struct fake_enumerator *enumerators);
uint32_t fake_forward(struct fake_btf *btf, const char *name);
/* A function without parameters that returns @target, with its BTF_KIND_FUNC. */
uint32_t fake_function(struct fake_btf *btf, const char *name, uint32_t target);
uint32_t fake_variable(struct fake_btf *btf, const char *name, uint32_t type);

struct fake_kernel {
	struct fake_btf btf;
	struct types types;
	struct memory memory;
	struct value_env env;
	struct fake_piece {
		uint64_t address, size;
		uint8_t *data; /* NULL: it is missing, for the reason @code */
		enum error_code code;
	} pieces[FAKE_MAX];
	size_t nr_pieces;
	struct fake_symbol {
		const char *name;
		uint64_t address, per_cpu; /* @per_cpu: bytes between CPUs' copies; 0: no copies */
	} symbols[FAKE_MAX];
	size_t nr_symbols;
};

/* After the types were written. Pieces and symbols may be added at any time. */
void fake_kernel_init(struct fake_kernel *kernel);
void fake_kernel_deinit(struct fake_kernel *kernel);
/* Zeroed memory. */
void fake_memory(struct fake_kernel *kernel, uint64_t address, uint64_t size);
void fake_missing(struct fake_kernel *kernel, uint64_t address, uint64_t size,
		  enum error_code code);
void fake_put(struct fake_kernel *kernel, uint64_t address, uint64_t number, size_t size);
void fake_put_bytes(struct fake_kernel *kernel, uint64_t address, const void *data, size_t size);
void fake_symbol(struct fake_kernel *kernel, const char *name, uint64_t address, uint64_t per_cpu);

#endif
