// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * C expressions over the dumped kernel: ISO C11 6.5 less assignment, calls and the comma, plus
 *   symbol:CPU               a per-CPU variable's copy
 *   container_of(p, T, m)    and offsetof(T, m), the kernel's macros
 *   pointer.member           as ->, and object->member as .
 *   ffff888003a1c000         an address without 0x
 *   object@3                 as in gdb: an array of what is there
 * The text is evaluated while it is parsed; what is not taken (sizeof, && || ?:) is only checked.
 */
#include "types/expression.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define MAX_DEPTH 64
#define MAX_NAME  512
#define MAX_COUNT (1 << 20)

static struct error *parse_choice(struct expression *e, struct value *ret);
static struct error *parse_unary(struct expression *e, struct value *ret);

static struct error *expect(struct expression *e, int op)
{
	if (!token_is(e, op)) {
		if (e->token.kind == TOKEN_END)
			return expression_error(e, ERROR_USAGE, e->token.at,
						"'%c' was expected, not the end", op);
		return expression_error(e, ERROR_USAGE, e->token.at,
					"'%c' was expected, not '%.*s'", op,
					(int)min(e->token.len, (size_t)40), e->token.at);
	}
	return token_next(e);
}

static struct error *enter(struct expression *e)
{
	if (++e->depth > MAX_DEPTH)
		return expression_error(e, ERROR_USAGE, e->token.at,
					"the expression is nested too deeply");
	return NULL;
}

/* ---- types in expressions ---- */

static struct error *copy_name(struct expression *e, const char *at, size_t len, char ret[MAX_NAME])
{
	if (len >= MAX_NAME)
		return expression_error(e, ERROR_USAGE, at, "the name is too long");
	memcpy(ret, at, len);
	ret[len] = 0;
	return NULL;
}

/* Where the text up to the closing parenthesis (or, with @comma, a comma) ends; NULL: nowhere. */
static const char *closing(const char *at, bool comma)
{
	unsigned int depth = 0;

	for (; *at; at++) {
		if (*at == '(' || *at == '[')
			depth++;
		else if (depth && (*at == ')' || *at == ']'))
			depth--;
		else if (!depth && (*at == ')' || (comma && *at == ',')))
			return at;
	}
	return NULL;
}

static bool names_base_type(const struct token *t)
{
	static const char *const words[] = {
		"struct", "union", "enum",  "unsigned", "signed",   "char",
		"short",  "int",   "long",  "void",	"float",    "double",
		"_Bool",  "bool",  "const", "volatile", "__int128",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (t->len == strlen(words[i]) && !memcmp(t->at, words[i], t->len))
			return true;
	}
	return false;
}

/*
 * Does a type begin at the token, which follows a '('? A lone name is one when it is a typedef, or
 * when only stars stand between it and the ')': "(task_struct *)".
 */
static bool is_type(struct expression *e)
{
	const struct token *t = &e->token;
	const char *after = t->at + t->len;
	const struct type *type;
	char name[MAX_NAME];
	bool stars = false;

	if (t->kind != TOKEN_NAME)
		return false;
	if (names_base_type(t))
		return true;
	while (isspace((unsigned char)*after) || *after == '*')
		stars |= *after++ == '*';
	if (*after != ')' && *after != '(' && *after != '[' && *after != ',')
		return false;
	if (stars && *after == ')')
		return true;
	if (t->len >= MAX_NAME)
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)t->len, t->at);
	return !error_dropped(types_find_kind(e->env->types, TYPE_TYPEDEF, name, &type));
}

/* The type spelled from the token up to @end; goes on behind it, at the ')' or ','. */
static struct error *parse_type(struct expression *e, bool comma, const struct type **ret)
{
	const char *start = e->token.at, *end = closing(start, comma);
	char spelled[MAX_NAME];
	struct error *err;

	if (!end)
		return expression_error(e, ERROR_USAGE, start, "no ')' follows the type");
	TRY(copy_name(e, start, (size_t)(end - start), spelled));
	err = types_find(e->env->types, spelled, ret);
	if (err && strstr(spelled, "(*") && err->code != ERROR_NOMEM) {
		/* A pointer to a function: all that matters of it is that it is an address. */
		error_free(err);
		err = NULL;
		*ret = builtin_void_pointer(e->env->memory->word_size);
	}
	if (err)
		return error_wrap(err, "column %zu", (size_t)(start - e->text) + 1);
	return token_read(e, end);
}

/* ---- names ---- */

/* The type of symbol @name at @address; stays NULL when nobody knows it. */
static struct error *symbol_type(const struct value_env *env, const char *name,
				 const struct type **ret)
{
	struct error *err = types_find_variable(env->types, name, ret);

	if (err && err->code == ERROR_NOT_FOUND) {
		error_free(err);
		err = types_find_function(env->types, name, ret);
	}
	if (err && err->code == ERROR_NOT_FOUND && env->symbol_type) {
		error_free(err);
		err = env->symbol_type(env->context, name, ret);
	}
	if (err && err->code == ERROR_NOT_FOUND) {
		error_free(err);
		return NULL;
	}
	return err;
}

/* "name:3": the copy of CPU 3. Between ? and : a colon belongs to the choice. */
static struct error *parse_cpu(struct expression *e, int *cpu)
{
	const char *p = e->token.at + e->token.len;
	unsigned int n = 0;

	*cpu = -1;
	if (e->in_choice || p[0] != ':' || !isalnum((unsigned char)p[1]))
		return token_next(e);
	if (!isdigit((unsigned char)p[1]))
		return expression_error(e, ERROR_USAGE, p + 1, "a CPU's number was expected");
	for (p++; isdigit((unsigned char)*p); p++) {
		n = n * 10 + (unsigned int)(*p - '0');
		if (n > 1 << 20)
			return expression_error(e, ERROR_USAGE, p, "there is no such CPU");
	}
	*cpu = (int)n;
	return token_read(e, p);
}

static bool hex_address(const struct token *t, uint64_t *ret)
{
	uint64_t v = 0;

	if (t->len < 8 || t->len > 16)
		return false;
	for (size_t i = 0; i < t->len; i++) {
		char c = (char)tolower((unsigned char)t->at[i]);

		if (!isxdigit((unsigned char)c))
			return false;
		v = v << 4 | (uint64_t)(isdigit((unsigned char)c) ? c - '0' : c - 'a' + 10);
	}
	*ret = v;
	return true;
}

static struct error *no_symbol(struct expression *e, const struct token *t, const char *name,
			       struct value *ret)
{
	uint8_t word = e->env->memory->word_size;
	const struct type *type;
	struct error *err;
	int64_t number;
	uint64_t address;

	err = types_find_enumerator(e->env->types, name, &number, &type);
	if (!err) {
		*ret = value_of_number(type, (uint64_t)number);
		return NULL;
	}
	if (err->code != ERROR_NOT_FOUND)
		return err;
	error_free(err);
	if (hex_address(t, &address)) {
		*ret = value_of_number(builtin_integer(word, word, false), address);
		return NULL;
	}
	return expression_error(e, ERROR_NOT_FOUND, t->at,
				"'%s' is neither a symbol nor an enumerator", name);
}

static struct error *parse_name(struct expression *e, struct value *ret)
{
	struct token t = e->token;
	char name[MAX_NAME];
	struct error *err;
	struct value v = { .is_object = true };
	int cpu;

	TRY(copy_name(e, t.at, t.len, name));
	TRY(parse_cpu(e, &cpu));
	if (e->env->symbol)
		err = e->env->symbol(e->env->context, name, cpu, &v.address);
	else
		err = error_create(ERROR_NOT_FOUND, "no symbols");
	if (err && err->code == ERROR_NOT_FOUND && cpu < 0) {
		error_free(err);
		return no_symbol(e, &t, name, ret);
	}
	if (err)
		return error_wrap(err, "column %zu", (size_t)(t.at - e->text) + 1);
	TRY(symbol_type(e->env, name, &v.type));
	if (!v.type) {
		e->untyped = t.at;
		e->untyped_len = t.len;
	}
	*ret = v;
	return NULL;
}

/* ---- sizeof, offsetof, container_of ---- */

static struct error *parse_sizeof(struct expression *e, struct value *ret)
{
	const char *at = e->token.at;
	uint8_t word = e->env->memory->word_size;
	struct token before;
	uint64_t size;

	TRY(token_next(e));
	before = e->token;
	if (token_is(e, '(')) {
		TRY(token_next(e));
		if (is_type(e)) {
			struct value v = { .is_object = true };

			TRY(parse_type(e, false, &v.type));
			TRY(expect(e, ')'));
			TRY(operator_sizeof(e, at, &v, &size));
			*ret = value_of_number(builtin_integer(word, word, false), size);
			return NULL;
		}
		e->token = before;
	}
	e->unevaluated++;
	TRY(parse_unary(e, ret));
	e->unevaluated--;
	TRY(operator_sizeof(e, at, ret, &size));
	*ret = value_of_number(builtin_integer(word, word, false), size);
	return NULL;
}

/* "T, member.path)": the type and where the member lies in it. */
static struct error *parse_type_member(struct expression *e, const struct type **type,
				       uint64_t *offset)
{
	struct type_place place;
	const char *start, *end;
	char path[MAX_NAME];

	TRY(parse_type(e, true, type));
	TRY(expect(e, ','));
	start = e->token.at;
	end = closing(start, false);
	if (!end)
		return expression_error(e, ERROR_USAGE, start, "no ')' follows the member");
	while (end > start && isspace((unsigned char)end[-1]))
		end--;
	TRY(copy_name(e, start, (size_t)(end - start), path));
	*type = value_complete(e->env->types, *type);
	if (!type_is_compound(*type))
		return expression_error(e, ERROR_USAGE, start, "the type has no members");
	TRY(error_wrap(type_find_member(*type, path, &place), "column %zu",
		       (size_t)(start - e->text) + 1));
	if (place.bit_size)
		return expression_error(e, ERROR_USAGE, start, "a bitfield has no offset in bytes");
	*offset = place.bit_offset / 8;
	TRY(token_read(e, end));
	return expect(e, ')');
}

static struct error *parse_offsetof(struct expression *e, struct value *ret)
{
	uint8_t word = e->env->memory->word_size;
	const struct type *type;
	uint64_t offset;

	TRY(token_next(e));
	TRY(expect(e, '('));
	TRY(parse_type_member(e, &type, &offset));
	*ret = value_of_number(builtin_integer(word, word, false), offset);
	return NULL;
}

static struct error *parse_container_of(struct expression *e, struct value *ret)
{
	const char *at = e->token.at;
	const struct type *type, *pointer;
	struct value v;
	uint64_t offset;

	TRY(token_next(e));
	TRY(expect(e, '('));
	TRY(parse_choice(e, &v));
	TRY(expect(e, ','));
	TRY(parse_type_member(e, &type, &offset));
	if (!v.type)
		v = value_of_number(builtin_void_pointer(e->env->memory->word_size), v.address);
	TRY(operator_decay(e, at, &v));
	if (v.is_object)
		return expression_error(e, ERROR_USAGE, at, "container_of takes a pointer");
	TRY(types_pointer_to(type, &pointer));
	*ret = value_of_number(pointer, v.number - offset);
	return NULL;
}

/* ---- primary, postfix, unary ---- */

static struct error *parse_parentheses(struct expression *e, struct value *ret)
{
	bool in_choice = e->in_choice;
	const char *at = e->token.at;
	const struct type *type;

	TRY(token_next(e));
	if (is_type(e)) {
		TRY(parse_type(e, false, &type));
		TRY(expect(e, ')'));
		TRY(parse_unary(e, ret));
		return operator_cast(e, at, type, ret);
	}
	e->in_choice = false;
	TRY(parse_choice(e, ret));
	e->in_choice = in_choice;
	return expect(e, ')');
}

static struct error *parse_primary(struct expression *e, struct value *ret)
{
	const struct token *t = &e->token;

	switch (t->kind) {
	case TOKEN_NUMBER:
		*ret = value_of_number(
			builtin_integer(e->env->memory->word_size, t->size, t->is_signed),
			t->number);
		return token_next(e);
	case TOKEN_NAME:
		if (token_is_name(e, "sizeof"))
			return parse_sizeof(e, ret);
		if (token_is_name(e, "offsetof"))
			return parse_offsetof(e, ret);
		if (token_is_name(e, "container_of") || token_is_name(e, "list_entry"))
			return parse_container_of(e, ret);
		if (names_base_type(t))
			return expression_error(e, ERROR_USAGE, t->at,
						"a type stands here without parentheses");
		return parse_name(e, ret);
	case TOKEN_END:
		return expression_error(e, ERROR_USAGE, t->at, "the expression ends too early");
	default:
		return expression_error(e, ERROR_USAGE, t->at, "unexpected '%.*s'", (int)t->len,
					t->at);
	}
}

static struct error *parse_postfix(struct expression *e, struct value *ret)
{
	while (true) {
		const char *at = e->token.at;

		if (token_is(e, '.') || token_is(e, OP2('-', '>'))) {
			TRY(token_next(e));
			if (e->token.kind != TOKEN_NAME)
				return expression_error(e, ERROR_USAGE, e->token.at,
							"a member's name was expected");
			TRY(operator_member(e, e->token.at, e->token.at, e->token.len, ret));
			TRY(token_next(e));
		} else if (token_is(e, '[')) {
			bool in_choice = e->in_choice;
			struct value index;

			TRY(token_next(e));
			e->in_choice = false;
			TRY(parse_choice(e, &index));
			e->in_choice = in_choice;
			TRY(expect(e, ']'));
			TRY(operator_index(e, at, ret, &index));
		} else if (token_is(e, '(')) {
			return expression_error(e, ERROR_USAGE, at, "a dump can run no functions");
		} else {
			return NULL;
		}
	}
}

static struct error *parse_unary(struct expression *e, struct value *ret)
{
	const char *at = e->token.at;
	struct error *err = enter(e);
	int op = e->token.op;

	if (err)
		return err;
	if (e->token.kind == TOKEN_OPERATOR && (strchr("*&!~-+", op & 0x7f) && !(op >> 8))) {
		TRY(token_next(e));
		TRY(parse_unary(e, ret));
		TRY(operator_unary(e, at, op, ret));
	} else if (token_is(e, OP2('&', '&'))) {
		return expression_error(e, ERROR_USAGE, at, "unexpected '&&'");
	} else if (token_is(e, '(')) {
		struct token before = e->token;

		TRY(token_next(e));
		/* A cast takes what follows whole, members too; (x) may have members itself. */
		if (is_type(e)) {
			e->token = before;
			TRY(parse_parentheses(e, ret));
		} else {
			e->token = before;
			TRY(parse_parentheses(e, ret));
			TRY(parse_postfix(e, ret));
		}
	} else {
		TRY(parse_primary(e, ret));
		TRY(parse_postfix(e, ret));
	}
	e->depth--;
	return NULL;
}

/* ---- binary operators and ?: ---- */

static int precedence(const struct token *t)
{
	if (t->kind != TOKEN_OPERATOR)
		return 0;
	switch (t->op) {
	case '*':
	case '/':
	case '%':
		return 10;
	case '+':
	case '-':
		return 9;
	case OP2('<', '<'):
	case OP2('>', '>'):
		return 8;
	case '<':
	case '>':
	case OP2('<', '='):
	case OP2('>', '='):
		return 7;
	case OP2('=', '='):
	case OP2('!', '='):
		return 6;
	case '&':
		return 5;
	case '^':
		return 4;
	case '|':
		return 3;
	case OP2('&', '&'):
		return 2;
	case OP2('|', '|'):
		return 1;
	}
	return 0;
}

static struct error *parse_binary(struct expression *e, int lowest, struct value *ret);

/* && and ||: the right side is not evaluated when the left one decides. */
static struct error *parse_logic(struct expression *e, const char *at, int op, int level,
				 struct value *left)
{
	bool is_and = op == OP2('&', '&'), l, r, decided;
	struct value right;

	TRY(operator_truth(e, at, left, &l));
	decided = l != is_and;
	e->unevaluated += decided;
	TRY(parse_binary(e, level + 1, &right));
	TRY(operator_truth(e, at, &right, &r));
	e->unevaluated -= decided;
	*left = value_of_number(builtin_integer(e->env->memory->word_size, 4, true),
				decided ? l : r);
	return NULL;
}

static struct error *parse_binary(struct expression *e, int lowest, struct value *ret)
{
	int level;

	TRY(parse_unary(e, ret));
	while ((level = precedence(&e->token)) >= lowest && level) {
		const char *at = e->token.at;
		int op = e->token.op;
		struct value right;

		TRY(token_next(e));
		if (level <= 2) {
			TRY(parse_logic(e, at, op, level, ret));
			continue;
		}
		TRY(parse_binary(e, level + 1, &right));
		TRY(operator_binary(e, at, op, ret, &right));
	}
	return NULL;
}

static struct error *parse_choice(struct expression *e, struct value *ret)
{
	struct value yes, no;
	bool in_choice, truth;
	const char *at;

	TRY(enter(e));
	TRY(parse_binary(e, 1, ret));
	at = e->token.at;
	if (token_is(e, '?')) {
		TRY(operator_truth(e, at, ret, &truth));
		TRY(token_next(e));
		in_choice = e->in_choice;
		e->in_choice = true;
		e->unevaluated += !truth;
		TRY(parse_choice(e, &yes));
		e->unevaluated -= !truth;
		TRY(expect(e, ':'));
		e->in_choice = in_choice;
		e->unevaluated += truth;
		TRY(parse_choice(e, &no));
		e->unevaluated -= truth;
		*ret = truth ? yes : no;
	} else if (e->token.kind == TOKEN_OPERATOR && strchr("=+-*/%&|^", e->token.op & 0x7f) &&
		   (e->token.op == '=' || e->token.op >> 8 == '=')) {
		return expression_error(e, ERROR_USAGE, at,
					"a dump cannot be written to: == compares");
	}
	e->depth--;
	return NULL;
}

/* gdb's "object@count": an array that begins with the object. */
static struct error *parse_array_of(struct expression *e, struct value *ret)
{
	const char *at = e->token.at;
	struct value count;
	uint64_t number;

	if (!ret->type)
		return operator_decay(e, at, ret); /* says that it is untyped */
	TRY(token_next(e));
	TRY(parse_choice(e, &count));
	TRY(operator_decay(e, at, &count));
	TRY(value_number(e->env, &count, &number));
	if (!ret->is_object || ret->bit_size)
		return expression_error(e, ERROR_USAGE, at, "@ needs an object on its left");
	if (!number || number > MAX_COUNT)
		return expression_error(e, ERROR_USAGE, at, "the count must be between 1 and %d",
					MAX_COUNT);
	return types_array_of(ret->type, number, &ret->type);
}

struct error *expression_evaluate(const struct value_env *env, const char *text, struct value *ret)
{
	struct expression e = { .env = env, .text = text };
	struct value value;

	TRY(token_read(&e, text));
	TRY(parse_choice(&e, &value));
	if (token_is(&e, '@'))
		TRY(parse_array_of(&e, &value));
	if (e.token.kind != TOKEN_END)
		return expression_error(&e, ERROR_USAGE, e.token.at, "unexpected '%.*s'",
					(int)min(e.token.len, (size_t)40), e.token.at);
	if (!value.type) {
		/* Says that the symbol is untyped. */
		return operator_decay(&e, e.untyped ? e.untyped : text, &value);
	}
	*ret = value;
	return NULL;
}
