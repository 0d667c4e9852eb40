/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of expression_evaluate: tokens, operators and the types that results of operators have.
 * Not for other rooms; see value.h.
 *
 * An operand is a struct value. One whose type is NULL is a symbol that nobody knows the type of:
 * only &, casts and ->member-free uses of its address make sense.
 */
#ifndef TYPES_EXPRESSION_H
#define TYPES_EXPRESSION_H

#include "types/value.h"

enum token_kind { TOKEN_END, TOKEN_NAME, TOKEN_NUMBER, TOKEN_OPERATOR };

/* Operators are their characters: OP2('-', '>'). */
#define OP2(a, b)    ((a) | (b) << 8)
#define OP3(a, b, c) ((a) | (b) << 8 | (c) << 16)

struct token {
	enum token_kind kind;
	const char *at; /* in the text */
	size_t len;
	uint64_t number;
	uint8_t size;	/* of a number: 4 or 8 bytes */
	bool is_signed; /* of a number */
	int op;
};

struct expression {
	const struct value_env *env;
	const char *text;
	struct token token;	  /* the one not used yet */
	unsigned int depth;	  /* of recursion */
	unsigned int unevaluated; /* > 0 in sizeof and in branches not taken: nothing is read */
	bool in_choice;		  /* between ? and :, where a colon is no CPU's */
	const char *untyped;	  /* the last untyped symbol's name, for messages */
	size_t untyped_len;
};

/* ---- expression_token.c ---- */
/* Reads the token at @at into expression->token. USAGE names the column. */
must_check struct error *token_read(struct expression *e, const char *at);
must_check struct error *token_next(struct expression *e);
bool token_is(const struct expression *e, int op);
bool token_is_name(const struct expression *e, const char *name);
/* "column 3: …" for what is at @at. */
must_check struct error *expression_error(const struct expression *e, enum error_code code,
					  const char *at, const char *fmt, ...) printf_like(4, 5);

/* ---- expression_operator.c ---- */
/* C's integer type of @size bytes, of no source. */
const struct type *builtin_integer(uint8_t word_size, unsigned int size, bool is_signed);
const struct type *builtin_void_pointer(uint8_t word_size);
struct value value_of_number(const struct type *type, uint64_t number);

must_check struct error *operator_unary(struct expression *e, const char *at, int op,
					struct value *value);
must_check struct error *operator_binary(struct expression *e, const char *at, int op,
					 struct value *left, struct value *right);
must_check struct error *operator_cast(struct expression *e, const char *at,
				       const struct type *type, struct value *value);
must_check struct error *operator_index(struct expression *e, const char *at, struct value *value,
					struct value *index);
must_check struct error *operator_member(struct expression *e, const char *at, const char *name,
					 size_t len, struct value *value);
must_check struct error *operator_truth(struct expression *e, const char *at,
					const struct value *value, bool *ret);
must_check struct error *operator_sizeof(struct expression *e, const char *at,
					 const struct value *value, uint64_t *ret);
/* Arrays and functions become pointers, objects the number they hold. Structs stay objects. */
must_check struct error *operator_decay(struct expression *e, const char *at, struct value *value);

/* @type without typedefs; a struct that is only declared there is looked up in all sources. */
const struct type *value_complete(struct types *types, const struct type *type);
/* The bitfield of @bits (at most 64) bits from bit @shift on in the @size (at most 16) bytes @raw.
 */
uint64_t value_bits(const uint8_t *raw, size_t size, unsigned int shift, unsigned int bits,
		    bool big_endian);

#endif
