// SPDX-License-Identifier: GPL-2.0-or-later
/* Tokens of C expressions: ISO C11 6.4, without strings, floating constants and digraphs. */
#include "types/expression.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

struct error *expression_error(const struct expression *e, enum error_code code, const char *at,
			       const char *fmt, ...)
{
	auto_text message = { 0 };
	va_list ap;

	va_start(ap, fmt);
	text_addv(&message, fmt, ap);
	va_end(ap);
	return error_create(code, "column %zu: %s", (size_t)(at - e->text) + 1,
			    text_string(&message));
}

static bool is_name_start(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

static bool is_name_part(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return 99;
}

/*
 * The type of a constant: the first of int, unsigned (not for decimal), long, unsigned long that
 * holds it and that its suffix allows.
 */
static void number_type(struct token *t, bool decimal, bool is_unsigned, bool is_long)
{
	t->size = is_long || t->number > UINT32_MAX ? 8 : 4;
	t->is_signed = !is_unsigned;
	if (is_unsigned)
		return;
	if (t->size == 4 && t->number > INT32_MAX) {
		if (decimal)
			t->size = 8;
		else
			t->is_signed = false;
	}
	if (t->size == 8 && t->number > INT64_MAX)
		t->is_signed = false;
}

/* Addresses are often pasted as they are printed: without 0x. No C constant looks like that. */
static bool is_bare_hex(const char *at, size_t len)
{
	bool has_letter = false;

	if (len < 8 || len > 16)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (digit_of(at[i]) > 15)
			return false;
		has_letter |= isalpha((unsigned char)at[i]) != 0;
	}
	return has_letter;
}

static struct error *read_digits(struct expression *e, struct token *t, const char **end, int base)
{
	const char *p = *end;

	for (; digit_of(*p) < 16 && (base == 16 || isdigit((unsigned char)*p)); p++) {
		if (digit_of(*p) >= base)
			return expression_error(e, ERROR_USAGE, p, "'%c' is no digit here", *p);
		if (__builtin_mul_overflow(t->number, (uint64_t)base, &t->number) ||
		    __builtin_add_overflow(t->number, (uint64_t)digit_of(*p), &t->number))
			return expression_error(e, ERROR_USAGE, t->at,
						"the number does not fit into 64 bits");
	}
	*end = p;
	return NULL;
}

static struct error *read_number(struct expression *e, struct token *t)
{
	const char *p = t->at, *digits;
	bool is_unsigned = false, is_long = false;
	int base = 10;

	t->kind = TOKEN_NUMBER;
	while (is_name_part(p[t->len]))
		t->len++;
	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		base = 16;
		p += 2;
	} else if (p[0] == '0' && (p[1] == 'b' || p[1] == 'B') && (p[2] == '0' || p[2] == '1')) {
		base = 2;
		p += 2;
	} else if (is_bare_hex(p, t->len)) {
		base = 16;
	} else if (p[0] == '0') {
		base = 8;
	}
	digits = p;
	TRY(read_digits(e, t, &p, base));
	if (p == digits)
		return expression_error(e, ERROR_USAGE, p, "a number was expected");
	for (; p < t->at + t->len; p++) {
		if (*p == 'u' || *p == 'U')
			is_unsigned = true;
		else if (*p == 'l' || *p == 'L')
			is_long = true;
		else
			return expression_error(e, ERROR_USAGE, p,
						"'%c' cannot be part of a number", *p);
	}
	number_type(t, base == 10, is_unsigned, is_long);
	return NULL;
}

static struct error *read_escape(struct expression *e, const char **at, uint64_t *ret)
{
	static const char names[] = "abfnrtve\\'\"?";
	static const char codes[] = "\a\b\f\n\r\t\v\033\\'\"?";
	const char *p = *at, *name;
	uint64_t v = 0;
	int n = 0;

	if (*p == 'x') {
		for (p++; digit_of(*p) < 16 && n < 2; p++, n++)
			v = v * 16 + (uint64_t)digit_of(*p);
	} else if (*p >= '0' && *p <= '7') {
		for (; *p >= '0' && *p <= '7' && n < 3; p++, n++)
			v = v * 8 + (uint64_t)digit_of(*p);
	} else {
		name = *p ? strchr(names, *p) : NULL;
		if (name) {
			v = (uint64_t)codes[name - names];
			n = 1;
			p++;
		}
	}
	if (!n)
		return expression_error(e, ERROR_USAGE, p, "unknown escape");
	*at = p;
	*ret = v;
	return NULL;
}

static struct error *read_character(struct expression *e, struct token *t)
{
	const char *p = t->at + 1;

	if (*p == '\\') {
		p++;
		TRY(read_escape(e, &p, &t->number));
	} else if (*p && *p != '\'') {
		t->number = (uint64_t)*p++;
	}
	if (*p != '\'' || p == t->at + 1)
		return expression_error(e, ERROR_USAGE, p,
					"a character constant such as 'a' was expected");
	t->kind = TOKEN_NUMBER;
	t->number = (uint64_t)(int64_t)(int8_t)t->number; /* char is signed on x86 */
	t->len = (size_t)(p + 1 - t->at);
	t->size = 4;
	t->is_signed = true;
	return NULL;
}

static struct error *read_operator(struct expression *e, struct token *t)
{
	static const char *const two[] = {
		"->", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "++",
		"--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="
	};
	const unsigned char *p = (const unsigned char *)t->at;

	t->kind = TOKEN_OPERATOR;
	for (size_t i = 0; i < ARRAY_SIZE(two); i++) {
		if (p[0] == (unsigned char)two[i][0] && p[1] == (unsigned char)two[i][1]) {
			t->op = OP2(p[0], p[1]);
			t->len = 2;
		}
	}
	if (!t->len && strchr("+-*/%&|^~!<>=?:,.()[]@", p[0])) {
		t->op = p[0];
		t->len = 1;
	}
	if (!t->len && p[0] == '"')
		return expression_error(e, ERROR_USAGE, t->at, "strings cannot be used here");
	if (!t->len)
		return expression_error(
			e, ERROR_USAGE, t->at,
			isprint(p[0]) ? "unexpected '%c'" : "unexpected byte 0x%02x", p[0]);
	return NULL;
}

struct error *token_read(struct expression *e, const char *at)
{
	struct token t = { 0 };

	while (isspace((unsigned char)*at))
		at++;
	t.at = at;
	if (!*at) {
		t.kind = TOKEN_END;
	} else if (is_name_start(*at)) {
		t.kind = TOKEN_NAME;
		while (is_name_part(at[t.len]))
			t.len++;
	} else if (isdigit((unsigned char)*at)) {
		TRY(read_number(e, &t));
	} else if (*at == '\'') {
		TRY(read_character(e, &t));
	} else {
		TRY(read_operator(e, &t));
	}
	e->token = t;
	return NULL;
}

struct error *token_next(struct expression *e)
{
	return token_read(e, e->token.at + e->token.len);
}

bool token_is(const struct expression *e, int op)
{
	return e->token.kind == TOKEN_OPERATOR && e->token.op == op;
}

bool token_is_name(const struct expression *e, const char *name)
{
	return e->token.kind == TOKEN_NAME && e->token.len == strlen(name) &&
	       !memcmp(e->token.at, name, e->token.len);
}
