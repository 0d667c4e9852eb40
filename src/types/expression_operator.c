// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * C's operators over numbers and objects of the dumped machine: ISO C11 6.3 (conversions) and 6.5.
 * Pointers may be used with & | ^ % like unsigned longs, since kernels hide flags in them.
 */
#include "types/expression.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

/* ---- types of results: they belong to no source, so nothing may be asked of one about them ----
 */

static struct error *builtin_members(struct type_source *source, const struct type *type,
				     const struct type_member **ret)
{
	*ret = NULL;
	return NULL;
}

static struct error *builtin_enumerators(struct type_source *source, const struct type *type,
					 const struct type_enumerator **ret)
{
	*ret = NULL;
	return NULL;
}

static struct error *builtin_parameters(struct type_source *source, const struct type *type,
					const struct type_parameter **ret)
{
	*ret = NULL;
	return NULL;
}

static const struct type_source_ops builtin_ops = {
	.name = "builtin",
	.members = builtin_members,
	.enumerators = builtin_enumerators,
	.parameters = builtin_parameters,
};
static struct type_source builtin_source = { .ops = &builtin_ops };

#define BUILTIN(type_kind, ...)                                                                    \
	{                                                                                          \
		.kind = type_kind, .source = &builtin_source, __VA_ARGS__                          \
	}

static const struct type builtin_void = BUILTIN(TYPE_VOID);
static const struct type void_function = BUILTIN(TYPE_FUNCTION, .target = &builtin_void);
static const struct type void_pointers[] = {
	BUILTIN(TYPE_POINTER, .size = 4, .target = &builtin_void),
	BUILTIN(TYPE_POINTER, .size = 8, .target = &builtin_void),
};
static const struct type type_int = BUILTIN(TYPE_INT, .name = "int", .size = 4, .is_signed = true);
static const struct type type_uint = BUILTIN(TYPE_INT, .name = "unsigned int", .size = 4);
static const struct type type_long =
	BUILTIN(TYPE_INT, .name = "long", .size = 8, .is_signed = true);
static const struct type type_ulong = BUILTIN(TYPE_INT, .name = "unsigned long", .size = 8);
static const struct type type_llong =
	BUILTIN(TYPE_INT, .name = "long long", .size = 8, .is_signed = true);
static const struct type type_ullong = BUILTIN(TYPE_INT, .name = "unsigned long long", .size = 8);

const struct type *builtin_integer(uint8_t word_size, unsigned int size, bool is_signed)
{
	if (size <= 4)
		return is_signed ? &type_int : &type_uint;
	if (word_size == 8)
		return is_signed ? &type_long : &type_ulong;
	return is_signed ? &type_llong : &type_ullong;
}

const struct type *builtin_void_pointer(uint8_t word_size)
{
	return &void_pointers[word_size == 8];
}

const struct type *value_function_type(void)
{
	return &void_function;
}

static struct error *pointer_to(struct expression *e, const struct type *target,
				const struct type **ret)
{
	if (!target->source || target->source == &builtin_source) {
		*ret = builtin_void_pointer(e->env->memory->word_size);
		return NULL;
	}
	return types_pointer_to(target, ret);
}

/* ---- numbers ---- */

struct value value_of_number(const struct type *type, uint64_t number)
{
	return (struct value){ .type = type, .number = number };
}

/* @number cut to @size bytes, and sign-extended again where the type is signed. */
static uint64_t fit(uint64_t number, uint64_t size, bool is_signed)
{
	if (size >= 8 || !size)
		return number;
	if (is_signed)
		return sign_extend(number, 8 * (unsigned int)size);
	return number & ((UINT64_C(1) << (8 * size)) - 1);
}

/* A number after C's promotions. */
struct scalar {
	uint64_t number;
	unsigned int size; /* 4 or 8 */
	bool is_signed;
	const struct type *pointer; /* its type when it is one, else NULL */
};

static struct error *untyped_error(const struct expression *e, const char *at)
{
	int len = (int)min(e->untyped_len, (size_t)128);

	return expression_error(
		e, ERROR_UNSUPPORTED, at,
		"the type of symbol '%.*s' is not known (BTF has none for it): cast "
		"it, as in *(struct list_head *)&%.*s, or give a vmlinux with "
		"debug information",
		len, e->untyped, len, e->untyped);
}

static struct error *type_error(const struct expression *e, const char *at, const struct type *type,
				const char *what)
{
	auto_text spelled = { 0 };

	type_spell(type, NULL, &spelled);
	return expression_error(e, ERROR_USAGE, at, "'%s' %s", text_string(&spelled), what);
}

/* An expression that is not evaluated reads nothing: sizeof, branches not taken. */
static struct error *load(struct expression *e, const char *at, const struct value *value,
			  uint64_t *ret)
{
	struct error *err;

	if (e->unevaluated && value->is_object && type_strip(value->type)->kind != TYPE_ARRAY &&
	    type_strip(value->type)->kind != TYPE_FUNCTION) {
		*ret = 0;
		return NULL;
	}
	err = value_number(e->env, value, ret);
	if (err && err->code == ERROR_USAGE)
		return error_wrap(err, "column %zu", (size_t)(at - e->text) + 1);
	return err;
}

struct error *operator_decay(struct expression *e, const char *at, struct value *value)
{
	const struct type *type, *pointer;
	uint64_t number;

	if (!value->type)
		return untyped_error(e, at);
	type = type_strip(value->type);
	if (!value->is_object || type_is_compound(type) || type->kind == TYPE_FLOAT)
		return NULL;
	TRY(load(e, at, value, &number));
	pointer = value->type;
	if (type->kind == TYPE_ARRAY)
		TRY(pointer_to(e, type->target, &pointer));
	else if (type->kind == TYPE_FUNCTION)
		TRY(pointer_to(e, type, &pointer));
	*value = value_of_number(pointer, number);
	return NULL;
}

static struct error *promote(struct expression *e, const char *at, const struct value *from,
			     struct scalar *ret)
{
	struct value value = *from;
	const struct type *type;
	uint64_t bits = from->bit_size;

	TRY(operator_decay(e, at, &value));
	type = type_strip(value.type);
	*ret = (struct scalar){ .number = value.number };
	switch (type->kind) {
	case TYPE_POINTER:
		ret->pointer = type;
		ret->size = e->env->memory->word_size;
		return NULL;
	case TYPE_INT:
	case TYPE_ENUM:
		ret->size = type->size > 4 ? 8 : 4;
		/* What is narrower than int, bitfields too, becomes int. */
		ret->is_signed = type->is_signed || type->size < 4 || (bits && bits < 32);
		if (bits && bits <= 32)
			ret->size = 4;
		ret->number = fit(ret->number, ret->size, ret->is_signed);
		return NULL;
	default:
		return type_error(e, at, value.type, "is not a number");
	}
}

static struct value result(const struct expression *e, uint64_t number, unsigned int size,
			   bool is_signed)
{
	return value_of_number(builtin_integer(e->env->memory->word_size, size, is_signed),
			       fit(number, size, is_signed));
}

struct error *operator_truth(struct expression *e, const char *at, const struct value *value,
			     bool *ret)
{
	struct scalar s;

	TRY(promote(e, at, value, &s));
	*ret = s.number != 0;
	return NULL;
}

/* ---- objects ---- */

static struct error *dereference(struct expression *e, const char *at, struct value *value)
{
	const struct type *type, *target;

	TRY(operator_decay(e, at, value));
	type = type_strip(value->type);
	if (type->kind != TYPE_POINTER)
		return type_error(e, at, value->type, "is not a pointer");
	target = type_strip(type->target);
	if (target->kind == TYPE_VOID)
		return expression_error(e, ERROR_USAGE, at,
					"a pointer to void points to nothing known: cast it");
	if (target->kind == TYPE_STRUCT || target->kind == TYPE_UNION) {
		target = value_complete(e->env->types, target);
		if (target->is_incomplete)
			return type_error(e, at, target, "is defined nowhere");
	}
	*value = (struct value){
		.type = target->is_incomplete || !type_is_compound(target) ? type->target : target,
		.is_object = true,
		.address = value->number,
	};
	return NULL;
}

static struct error *address_of(struct expression *e, const char *at, struct value *value)
{
	const struct type *pointer = builtin_void_pointer(e->env->memory->word_size);

	if (!value->is_object)
		return expression_error(e, ERROR_USAGE, at,
					"a number has no address: & needs an object");
	if (value->bit_size)
		return expression_error(e, ERROR_USAGE, at, "a bitfield has no address");
	if (value->type)
		TRY(pointer_to(e, value->type, &pointer));
	*value = value_of_number(pointer, value->address);
	return NULL;
}

struct error *operator_sizeof(struct expression *e, const char *at, const struct value *value,
			      uint64_t *ret)
{
	const struct type *type;

	if (!value->type)
		return untyped_error(e, at);
	if (value->bit_size)
		return expression_error(e, ERROR_USAGE, at, "a bitfield has no size");
	type = value_complete(e->env->types, value->type);
	if (type->is_incomplete)
		return type_error(e, at, type, "is defined nowhere: its size is not known");
	/* As GCC has it, void and functions count one byte. */
	*ret = type->kind == TYPE_VOID || type->kind == TYPE_FUNCTION ? 1 : type->size;
	return NULL;
}

struct error *operator_index(struct expression *e, const char *at, struct value *value,
			     struct value *index)
{
	TRY(operator_binary(e, at, '+', value, index));
	return dereference(e, at, value);
}

struct error *operator_member(struct expression *e, const char *at, const char *name, size_t len,
			      struct value *value)
{
	char path[256];
	struct error *err;

	if (!value->type)
		return untyped_error(e, at);
	if (len >= sizeof(path))
		return expression_error(e, ERROR_USAGE, at, "the name is too long");
	snprintf(path, sizeof(path), "%.*s", (int)len, name);
	/* Lenient: . and -> both follow a pointer and both take a struct. */
	if (!type_is_compound(value->type))
		TRY(dereference(e, at, value));
	err = value_member(e->env, value, path, value);
	return error_wrap(err, "column %zu", (size_t)(at - e->text) + 1);
}

static struct error *cast_untyped(struct expression *e, const char *at, const struct type *type,
				  struct value *value)
{
	const struct type *bare = value_complete(e->env->types, type);
	uint8_t word = e->env->memory->word_size;

	if (type_is_compound(bare) || bare->kind == TYPE_ARRAY) {
		value->type = type;
		return NULL;
	}
	/*
	 * The address, as of the arrays and functions that untyped symbols mostly are. Into less
	 * than a word it does not fit, and what is there instead would be a guess.
	 */
	if ((bare->kind != TYPE_POINTER && bare->kind != TYPE_INT) || bare->size != word)
		return untyped_error(e, at);
	*value = value_of_number(type, value->address);
	return NULL;
}

struct error *operator_cast(struct expression *e, const char *at, const struct type *type,
			    struct value *value)
{
	const struct type *bare = value_complete(e->env->types, type);
	struct scalar s;

	if (!value->type)
		return cast_untyped(e, at, type, value);
	switch (bare->kind) {
	case TYPE_INT:
	case TYPE_ENUM:
	case TYPE_POINTER:
		if (!bare->size || bare->size > 8)
			return type_error(e, at, type, "is no type for a number here");
		TRY(promote(e, at, value, &s));
		if (bare->is_bool)
			s.number = s.number != 0;
		*value = value_of_number(type, fit(s.number, bare->size, bare->is_signed));
		return NULL;
	case TYPE_STRUCT:
	case TYPE_UNION:
	case TYPE_ARRAY:
		/* Not C, but what is meant is clear: the same bytes, seen as another type. */
		if (!value->is_object || value->bit_size)
			return expression_error(e, ERROR_USAGE, at,
						"only an object can be seen as a struct or array: "
						"cast a number to a pointer");
		value->type = type;
		return NULL;
	default:
		return type_error(e, at, type, "is not a type to cast to");
	}
}

/* ---- unary and binary ---- */

struct error *operator_unary(struct expression *e, const char *at, int op, struct value *value)
{
	struct scalar s;

	if (op == '*') {
		if (!value->type)
			return untyped_error(e, at);
		return dereference(e, at, value);
	}
	if (op == '&')
		return address_of(e, at, value);
	TRY(promote(e, at, value, &s));
	switch (op) {
	case '!':
		*value = result(e, !s.number, 4, true);
		return NULL;
	case '~':
		*value = result(e, ~s.number, s.size, s.is_signed);
		return NULL;
	case '-':
		*value = result(e, -s.number, s.size, s.is_signed);
		return NULL;
	default: /* + */
		*value = result(e, s.number, s.size, s.is_signed);
		return NULL;
	}
}

/* Bytes that a pointer moves by when 1 is added. */
static struct error *pointed_size(struct expression *e, const char *at, const struct type *pointer,
				  uint64_t *ret)
{
	struct value target = { .type = pointer->target, .is_object = true };

	TRY(operator_sizeof(e, at, &target, ret));
	if (!*ret)
		return type_error(e, at, pointer->target, "has no size to count in");
	return NULL;
}

static struct error *pointer_arithmetic(struct expression *e, const char *at, int op,
					const struct scalar *l, const struct scalar *r,
					struct value *ret)
{
	uint8_t word = e->env->memory->word_size;
	uint64_t size, other;

	if (l->pointer && r->pointer) {
		if (op == '+')
			return expression_error(e, ERROR_USAGE, at, "two pointers cannot be added");
		TRY(pointed_size(e, at, l->pointer, &size));
		TRY(pointed_size(e, at, r->pointer, &other));
		if (size != other)
			return expression_error(e, ERROR_USAGE, at,
						"pointers to different types cannot be subtracted");
		*ret = result(e, (uint64_t)((int64_t)(l->number - r->number) / (int64_t)size), word,
			      true);
		return NULL;
	}
	if (!l->pointer) {
		if (op == '-')
			return expression_error(e, ERROR_USAGE, at,
						"a pointer cannot be subtracted from a number");
		return pointer_arithmetic(e, at, op, r, l, ret);
	}
	TRY(pointed_size(e, at, l->pointer, &size));
	other = r->number * size;
	*ret = value_of_number(l->pointer,
			       fit(op == '+' ? l->number + other : l->number - other, word, false));
	return NULL;
}

static struct error *divide(struct expression *e, const char *at, int op, bool is_signed,
			    uint64_t a, uint64_t b, uint64_t *ret)
{
	if (!b) {
		*ret = 0;
		if (e->unevaluated)
			return NULL;
		return expression_error(e, ERROR_USAGE, at, "division by zero");
	}
	if (!is_signed)
		*ret = op == '/' ? a / b : a % b;
	else if (b == UINT64_MAX) /* the one signed division that overflows */
		*ret = op == '/' ? -a : 0;
	else
		*ret = (uint64_t)(op == '/' ? (int64_t)a / (int64_t)b : (int64_t)a % (int64_t)b);
	return NULL;
}

/* The result has the left side's type. What C leaves undefined is no answer. */
static struct error *shift(const struct expression *e, const char *at, int op,
			   const struct scalar *l, uint64_t by, struct value *ret)
{
	uint64_t v;

	if (by >= 8U * l->size) {
		if (!e->unevaluated)
			return expression_error(e, ERROR_USAGE, at,
						"that is too far to shift a number of %u bits: a "
						"cast such as (long) makes it wider",
						8U * l->size);
		by = 0;
	}
	if (op == OP2('<', '<'))
		v = l->number << by;
	else if (l->is_signed)
		v = (uint64_t)((int64_t)l->number >> by);
	else
		v = l->number >> by;
	*ret = result(e, v, l->size, l->is_signed);
	return NULL;
}

static bool compare(int op, bool is_signed, uint64_t a, uint64_t b)
{
	bool less = is_signed ? (int64_t)a < (int64_t)b : a < b;

	switch (op) {
	case OP2('=', '='):
		return a == b;
	case OP2('!', '='):
		return a != b;
	case '<':
		return less;
	case OP2('>', '='):
		return !less;
	case '>':
		return !less && a != b;
	default: /* <= */
		return less || a == b;
	}
}

static bool is_comparison(int op)
{
	return op == '<' || op == '>' || op == OP2('<', '=') || op == OP2('>', '=') ||
	       op == OP2('=', '=') || op == OP2('!', '=');
}

struct error *operator_binary(struct expression *e, const char *at, int op, struct value *left,
			      struct value *right)
{
	struct scalar l, r;
	unsigned int size;
	bool is_signed;
	uint64_t v = 0;

	TRY(promote(e, at, left, &l));
	TRY(promote(e, at, right, &r));
	if ((l.pointer || r.pointer) && (op == '+' || op == '-'))
		return pointer_arithmetic(e, at, op, &l, &r, left);
	if (op == OP2('<', '<') || op == OP2('>', '>'))
		return shift(e, at, op, &l, r.number, left);
	/* The usual arithmetic conversions: the wider type, unsigned when either of that size is.
	 */
	size = max(l.size, r.size);
	is_signed = (l.is_signed || l.size < size) && (r.is_signed || r.size < size);
	l.number = fit(l.number, size, is_signed);
	r.number = fit(r.number, size, is_signed);
	if (is_comparison(op)) {
		*left = result(e, compare(op, is_signed, l.number, r.number), 4, true);
		return NULL;
	}
	switch (op) {
	case '+':
		v = l.number + r.number;
		break;
	case '-':
		v = l.number - r.number;
		break;
	case '*':
		v = l.number * r.number;
		break;
	case '/':
	case '%':
		TRY(divide(e, at, op, is_signed, l.number, r.number, &v));
		break;
	case '&':
		v = l.number & r.number;
		break;
	case '|':
		v = l.number | r.number;
		break;
	case '^':
		v = l.number ^ r.number;
		break;
	}
	*left = result(e, v, size, is_signed);
	return NULL;
}
