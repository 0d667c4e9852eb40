// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Type names as C spells them: specifiers in any order, then an abstract declarator of pointers,
 * arrays and parentheses.
 */
#include "types/set.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH      32
#define MAX_DIMENSIONS 16

struct parser {
	struct types *types;
	const char *at;
	const char *whole; /* for messages */
	unsigned int depth;
};

static struct error *not_a_type(const struct parser *p)
{
	return error_create(ERROR_USAGE, "not a type: %s", p->whole);
}

static void skip_space(struct parser *p)
{
	while (isspace((unsigned char)*p->at))
		p->at++;
}

/* The length of the word that begins here, or 0. */
static size_t word_length(const struct parser *p)
{
	size_t len = 0;

	if (isdigit((unsigned char)*p->at))
		return 0;
	while (isalnum((unsigned char)p->at[len]) || p->at[len] == '_' || p->at[len] == '$')
		len++;
	return len;
}

static bool is_word(const char *at, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(at, word, len) == 0;
}

static bool is_qualifier(const char *at, size_t len)
{
	static const char *const words[] = { "const",	     "volatile",   "restrict", "__const",
					     "__volatile__", "__restrict", "__user",   "__iomem",
					     "__percpu",     "__rcu",	   "_Atomic" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (is_word(at, len, words[i]))
			return true;
	}
	return false;
}

/* How often each word of a base type was met. */
enum base_word {
	SIGNED,
	UNSIGNED,
	SHORT,
	LONG,
	INT,
	CHAR,
	INT128,
	BOOL,
	FLOAT,
	DOUBLE,
	VOID,
	NR_WORDS
};
static const char *const base_words[NR_WORDS] = {
	"signed",   "unsigned", "short", "long",   "int",  "char",
	"__int128", "_Bool",	"float", "double", "void",
};

/* Base types by their sizes: gcc's spelling and clang's; signed ones, then unsigned. */
static const struct {
	enum base_word word;
	uint8_t longs;
	const char *names[2][2];
} base_types[] = {
	{ CHAR, 0, { { "signed char", NULL }, { "unsigned char", NULL } } },
	{ SHORT, 0, { { "short int", "short" }, { "short unsigned int", "unsigned short" } } },
	{ INT128, 0, { { "__int128", NULL }, { "__int128 unsigned", "unsigned __int128" } } },
	{ BOOL, 0, { { "_Bool", "bool" } } },
	{ FLOAT, 0, { { "float", NULL } } },
	{ DOUBLE, 0, { { "double", NULL } } },
	{ DOUBLE, 1, { { "long double", NULL } } },
	{ INT, 0, { { "int", NULL }, { "unsigned int", NULL } } },
	{ INT, 1, { { "long int", "long" }, { "long unsigned int", "unsigned long" } } },
	{ INT,
	  2,
	  { { "long long int", "long long" },
	    { "long long unsigned int", "unsigned long long" } } },
};

static struct error *find_base(struct parser *p, const char *const names[2],
			       const struct type **ret)
{
	for (int i = 0; i < 2 && names[i]; i++) {
		struct error *err = types_find_loaded(p->types, TYPE_INT, names[i], ret);

		if (!err || err->code != ERROR_NOT_FOUND)
			return err;
		error_free(err);
	}
	return builtin_find(p->types, names[0], ret);
}

static struct error *base_type(struct parser *p, const uint8_t met[NR_WORDS],
			       const struct type **ret)
{
	static const char *const plain_char[2] = { "char", NULL };
	enum base_word word = INT;
	unsigned int others = 0;

	if (met[VOID])
		return p->types->sources ? (*ret = &p->types->sources->void_type, NULL)
					 : builtin_void(p->types, ret);
	for (enum base_word w = SHORT; w < NR_WORDS; w++) {
		if (w == LONG || w == INT || !met[w])
			continue;
		word = w;
		others += met[w];
	}
	if (others > 1 || met[SIGNED] + met[UNSIGNED] > 1 || met[INT] > 1 ||
	    (met[INT] && word != INT && word != SHORT))
		return not_a_type(p);
	if (word == CHAR && !met[SIGNED] && !met[UNSIGNED] && !met[LONG])
		return find_base(p, plain_char, ret);
	for (size_t i = 0; i < ARRAY_SIZE(base_types); i++) {
		const char *const *names = base_types[i].names[met[UNSIGNED]];

		if (base_types[i].word == word && base_types[i].longs == met[LONG] && names[0] &&
		    (base_types[i].names[1][0] || !met[SIGNED]))
			return find_base(p, names, ret);
	}
	return not_a_type(p);
}

static struct error *tagged_type(struct parser *p, enum type_kind kind, const struct type **ret)
{
	char *name;
	size_t len;
	struct error *err;

	skip_space(p);
	len = word_length(p);
	if (!len)
		return not_a_type(p);
	name = strndup(p->at, len);
	if (!name)
		return error_nomem();
	p->at += len;
	err = types_find_kind(p->types, kind, name, ret);
	free(name);
	return err;
}

/* A word alone: a typedef, or a tag without its keyword. */
static struct error *bare_name_loaded(struct types *types, const char *name,
				      const struct type **ret)
{
	static const enum type_kind kinds[] = { TYPE_TYPEDEF, TYPE_STRUCT, TYPE_UNION, TYPE_ENUM,
						TYPE_INT };
	const struct type *declared = NULL, *type;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct error *err = types_find_loaded(types, kinds[i], name, &type);

		if (!err && !type->is_incomplete) {
			*ret = type;
			return NULL;
		}
		if (!err && !declared)
			declared = type;
		if (err && err->code != ERROR_NOT_FOUND)
			return err;
		error_free(err);
	}
	if (!declared)
		return error_create(ERROR_NOT_FOUND, "no type named %s", name);
	*ret = declared;
	return NULL;
}

static struct error *bare_name(struct parser *p, size_t len, const struct type **ret)
{
	char *name = strndup(p->at, len);
	struct error *err;

	if (!name)
		return error_nomem();
	p->at += len;
	err = bare_name_loaded(p->types, name, ret);
	if ((err ? err->code == ERROR_NOT_FOUND : (*ret)->is_incomplete) && types_more(p->types)) {
		error_free(err);
		err = bare_name_loaded(p->types, name, ret);
	}
	free(name);
	return err;
}

static enum type_kind tag_kind(const char *at, size_t len)
{
	return is_word(at, len, "struct")  ? TYPE_STRUCT
	       : is_word(at, len, "union") ? TYPE_UNION
	       : is_word(at, len, "enum")  ? TYPE_ENUM
					   : TYPE_VOID;
}

static bool count_base_word(const char *at, size_t len, uint8_t met[NR_WORDS])
{
	for (int w = 0; w < NR_WORDS; w++) {
		if (is_word(at, len, base_words[w])) {
			met[w] += met[w] < UINT8_MAX;
			return true;
		}
	}
	return false;
}

static struct error *specifiers(struct parser *p, const struct type **ret)
{
	uint8_t met[NR_WORDS] = { 0 };
	const struct type *type = NULL;
	bool base = false;

	for (;;) {
		enum type_kind kind;
		size_t len;

		skip_space(p);
		len = word_length(p);
		if (!len)
			break;
		kind = tag_kind(p->at, len);
		if (is_qualifier(p->at, len)) {
			p->at += len;
		} else if (!type && count_base_word(p->at, len, met)) {
			base = true;
			p->at += len;
		} else if (type || base) {
			return not_a_type(p);
		} else if (kind != TYPE_VOID) {
			p->at += len;
			TRY(tagged_type(p, kind, &type));
		} else {
			TRY(bare_name(p, len, &type));
		}
	}
	if (base)
		return base_type(p, met, ret);
	if (!type)
		return not_a_type(p);
	*ret = type;
	return NULL;
}

/* "[2][3]": the last one is nearest to the element. */
static struct error *dimensions(struct parser *p, const struct type **type)
{
	uint64_t counts[MAX_DIMENSIONS];
	unsigned int nr = 0;

	for (skip_space(p); *p->at == '['; skip_space(p)) {
		char *end;

		if (nr == MAX_DIMENSIONS)
			return not_a_type(p);
		p->at++;
		skip_space(p);
		if (*p->at != ']' && !isdigit((unsigned char)*p->at))
			return not_a_type(p);
		counts[nr++] = strtoull(p->at, &end, 0);
		p->at = end;
		skip_space(p);
		if (*p->at++ != ']')
			return not_a_type(p);
	}
	while (nr)
		TRY(types_array_of(*type, counts[--nr], type));
	return NULL;
}

/* The place of the parenthesis that closes the one here, or NULL. */
static const char *closing(const char *at)
{
	unsigned int open = 0;

	for (; *at; at++) {
		if (*at == '(')
			open++;
		else if (*at == ')' && --open == 0)
			return at;
	}
	return NULL;
}

static struct error *declarator(struct parser *p, const struct type **type)
{
	const char *nested, *end;

	if (++p->depth > MAX_DEPTH)
		return not_a_type(p);
	for (skip_space(p); *p->at; skip_space(p)) {
		size_t len = word_length(p);

		if (len && is_qualifier(p->at, len)) {
			p->at += len;
		} else if (*p->at == '*') {
			TRY(types_pointer_to(*type, type));
			p->at++;
		} else {
			break;
		}
	}
	if (*p->at != '(')
		return dimensions(p, type);
	nested = p->at + 1;
	end = closing(p->at);
	if (!end || nested == end)
		return not_a_type(p);
	p->at = end + 1;
	TRY(dimensions(p, type)); /* they bind closer than what the parentheses hold */
	end = p->at;
	p->at = nested;
	TRY(declarator(p, type));
	if (*p->at != ')')
		return not_a_type(p);
	p->at = end;
	return NULL;
}

struct error *types_find(struct types *types, const char *name, const struct type **ret)
{
	struct parser p = { .types = types, .at = name, .whole = name };
	const struct type *type;

	TRY(specifiers(&p, &type));
	TRY(declarator(&p, &type));
	skip_space(&p);
	if (*p.at)
		return not_a_type(&p);
	*ret = type;
	return NULL;
}
