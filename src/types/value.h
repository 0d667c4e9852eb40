/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of C expressions over the dumped kernel's types, and how they look.
 */
#ifndef TYPES_VALUE_H
#define TYPES_VALUE_H

#include "base/output.h"
#include "types/types.h"

/* Either an object in the dump (@is_object: at @address) or a number. */
struct value {
	const struct type *type;
	bool is_object;
	uint64_t address;    /* of the object */
	uint32_t bit_offset; /* of a bitfield, from @address, < 8 * size of its storage */
	uint32_t bit_size;   /* 0 unless a bitfield */
	uint64_t number;     /* of a scalar that is not an object; sign-extended when signed */
};

/* What an expression or a printed value needs to know of the kernel. */
struct value_env {
	struct types *types;
	const struct memory *memory;
	void *context;
	/* Address of a global; with @cpu >= 0 the per-CPU copy ("runqueues:1"). */
	struct error *(*symbol)(void *context, const char *name, int cpu, uint64_t *address);
	/* Its type when no source of types has it (the short table of well-known globals). */
	struct error *(*symbol_type)(void *context, const char *name, const struct type **ret);
	/* "name+0x10" for an address, into @ret; false when it belongs to no symbol. */
	bool (*symbolise)(void *context, uint64_t address, struct text *ret);
	/* Numbers of CPUs for "sym:a" (all), and per-CPU commands. May be NULL. */
	unsigned int nr_cpus;
};

/*
 * Evaluates C expression @text: members, pointers, arrays, casts, arithmetic, logic, comparison,
 * ?:, sizeof, &, *, `symbol:cpu`, enumerators, character constants. Errors: USAGE names the column
 * of a syntax error; reads keep their code (EXCLUDED…).
 */
must_check struct error *expression_evaluate(const struct value_env *env, const char *text,
					     struct value *ret);

/* The scalar that a value holds (reads the object). Arrays give their address. */
must_check struct error *value_number(const struct value_env *env, const struct value *value,
				      uint64_t *ret);
/* Member @path of a struct value. Nothing is read. */
must_check struct error *value_member(const struct value_env *env, const struct value *value,
				      const char *path, struct value *ret);

/*
 * The type of well-known global @name, by the short table of well_known.c: for value_env's
 * symbol_type. NOT_FOUND when it is not there or the kernel lacks the type.
 */
must_check struct error *well_known_type(struct types *types, const char *name,
					 const struct type **ret);

/* void f(void), for functions that no source of types knows. */
const struct type *value_function_type(void);

struct value_format {
	bool hex, decimal;	   /* numbers: -x, -d; neither: as the type suggests */
	unsigned int max_depth;	   /* of nested structs; 0: 16 */
	unsigned int max_elements; /* of an array that are shown; 0: 256 */
};

/*
 * Shows @value in TREE column @column of @out under @name (NULL: the root). Reads member by member,
 * so that what is excluded, absent or corrupt is named as such and the rest shown. Pointers are
 * followed by their symbol, char arrays and char pointers by their string, enums by their name.
 */
must_check struct error *value_show(const struct value_env *env, const struct value *value,
				    const struct value_format *format, struct output *out,
				    size_t column, const char *name);

#endif
