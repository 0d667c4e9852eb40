// SPDX-License-Identifier: GPL-2.0-or-later
/* BTF as Documentation/bpf/btf.rst of Linux lays it out: each kind, both byte orders, split,
 * damaged. */
#include "support/data.h"
#include "support/raw_btf.h"
#include "types/types.h"

#include <stdlib.h>
#include <string.h>

static struct types types;

static int setup(void **state)
{
	types_init(&types);
	return 0;
}

static int teardown(void **state)
{
	types_deinit(&types);
	return 0;
}

static struct type_source *load_split(struct raw_btf *b, struct type_source *base,
				      struct raw_btf *distilled)
{
	size_t size, distilled_size = 0;
	uint8_t *data = raw_finish(b, &size), *distilled_data = NULL;
	struct type_source *source;

	if (distilled)
		distilled_data = raw_finish(distilled, &distilled_size);
	assert_ok(btf_create(data, size, base, distilled_data, distilled_size, 8, "test", &source));
	free(distilled_data);
	types_add(&types, source, false);
	return source;
}

static struct type_source *load(struct raw_btf *b)
{
	return load_split(b, NULL, NULL);
}

static void count_told(void *context, uint64_t offset, const char *text)
{
	(*(unsigned int *)context)++;
}

/* How much is wrong with @source. */
static unsigned int faults_of(struct type_source *source)
{
	unsigned int told = 0;
	uint64_t checked = 0;

	btf_check(source, count_told, &told, &checked);
	assert_true(checked);
	return told;
}

static const struct type *find(enum type_kind kind, const char *name)
{
	const struct type *type = NULL;

	assert_ok(types_find_kind(&types, kind, name, &type));
	assert_int_equal(type->kind, kind);
	return type;
}

static const struct type_member *members_of(const char *name, uint64_t count)
{
	const struct type *type = find(TYPE_STRUCT, name);
	const struct type_member *members = NULL;

	assert_int_equal(type->count, count);
	assert_ok(type_members(type, &members));
	return members;
}

/* int; struct list { struct list *next; int a[3]; } and more of every kind that refers. */
static void write_references(struct raw_btf *b)
{
	uint32_t number = raw_int(b, "int", 4, 1, 0, 32), list = number + 2;

	raw_type(b, RAW_PTR, NULL, 0, list);
	raw_type(b, RAW_STRUCT, "list", 3, 40);
	raw_part(b, "next", 2, 0);
	raw_part(b, "a", 4, 64);
	raw_part(b, NULL, 9, 192);
	raw_type(b, RAW_ARRAY, NULL, 0, 0); /* 4 */
	raw_word(b, number);
	raw_word(b, number);
	raw_word(b, 3);
	raw_type(b, RAW_TYPEDEF, "list_t", 0, 6);
	raw_type(b, RAW_CONST, NULL, 0, 7);
	raw_type(b, RAW_VOLATILE, NULL, 0, 8);
	raw_type(b, RAW_TYPE_TAG, "rcu", 0, list);
	raw_type(b, RAW_UNION, NULL, 1, 8); /* 9 */
	raw_part(b, "pointer", 2, 0);
	raw_type(b, RAW_FLOAT, "double", 0, 8);
}

static void check_references(void)
{
	const struct type_member *m;
	struct type_place place;
	const struct type *type;

	m = members_of("list", 3);
	assert_string_equal(m[0].name, "next");
	assert_int_equal(m[0].type->kind, TYPE_POINTER);
	assert_int_equal(m[0].type->size, 8);
	assert_ptr_equal(m[0].type->target, find(TYPE_STRUCT, "list"));
	assert_int_equal(m[1].bit_offset, 64);
	assert_int_equal(m[1].type->kind, TYPE_ARRAY);
	assert_int_equal(m[1].type->count, 3);
	assert_int_equal(m[1].type->size, 12);
	assert_null(m[2].name);
	assert_int_equal(m[2].type->kind, TYPE_UNION);
	type = find(TYPE_TYPEDEF, "list_t");
	assert_int_equal(type->size, 40);
	assert_int_equal(type->target->qualifier, 'c');
	assert_int_equal(type->target->target->qualifier, 'v');
	/* The tag between volatile and the struct is looked through. */
	assert_ptr_equal(type->target->target->target, find(TYPE_STRUCT, "list"));
	assert_ptr_equal(type_strip(type), find(TYPE_STRUCT, "list"));
	assert_ok(type_find_member(type, "pointer", &place));
	assert_int_equal(place.bit_offset, 192);
	assert_ok(types_find_kind(&types, TYPE_INT, "double", &type));
	assert_int_equal(type->kind, TYPE_FLOAT);
	assert_int_equal(type->size, 8);
	type = find(TYPE_INT, "int");
	assert_true(type->is_signed);
}

static void test_references(void **state)
{
	struct raw_btf b = { 0 };

	struct type_source *source;

	write_references(&b);
	source = load(&b);
	assert_false(source->big_endian);
	check_references();
	assert_int_equal(faults_of(source), 0);
}

static void test_big_endian(void **state)
{
	struct raw_btf b = { .big_endian = true };

	struct type_source *source;

	write_references(&b);
	source = load(&b);
	assert_true(source->big_endian);
	check_references();
	assert_int_equal(faults_of(source), 0);
}

static void test_bitfields(void **state)
{
	struct raw_btf b = { 0 };
	uint32_t number = raw_int(&b, "int", 4, 1, 0, 32);
	uint32_t narrow = raw_int(&b, "unsigned int", 4, 0, 3, 5);
	const struct type_member *m;

	/* kind_flag: the size of the bitfield is in the top byte of the offset. */
	raw_type(&b, RAW_STRUCT | RAW_FLAG, "flagged", 3, 8);
	raw_part(&b, "a", number, 3U << 24 | 0);
	raw_part(&b, "b", number, 29U << 24 | 3);
	raw_part(&b, "c", number, 32);
	/* Without: an integer of fewer bits than bytes, which begins within them. */
	raw_type(&b, RAW_STRUCT, "old", 2, 8);
	raw_part(&b, "a", narrow, 0);
	raw_part(&b, "b", number, 32);
	raw_type(&b, RAW_STRUCT | RAW_FLAG, "too_wide", 1, 8);
	raw_part(&b, "a", number, 33U << 24);
	load(&b);
	m = members_of("flagged", 3);
	assert_int_equal(m[0].bit_size, 3);
	assert_int_equal(m[1].bit_size, 29);
	assert_int_equal(m[1].bit_offset, 3);
	assert_int_equal(m[2].bit_size, 0);
	assert_int_equal(m[2].bit_offset, 32);
	m = members_of("old", 2);
	assert_int_equal(m[0].bit_size, 5);
	assert_int_equal(m[0].bit_offset, 3);
	assert_int_equal(m[1].bit_size, 0);
	assert_fails(type_members(find(TYPE_STRUCT, "too_wide"), &m), ERROR_BAD_DATA);
}

static void test_enums(void **state)
{
	struct raw_btf b = { 0 };
	const struct type_enumerator *values;
	const struct type *type;
	int64_t value;

	raw_type(&b, RAW_ENUM, "plain", 2, 4);
	raw_part(&b, "ZERO", 0, RAW_NONE);
	raw_part(&b, "TOP", 0x80000000, RAW_NONE);
	raw_type(&b, RAW_ENUM | RAW_FLAG, "negative", 1, 4);
	raw_part(&b, "MINUS", (uint32_t)-5, RAW_NONE);
	raw_type(&b, RAW_ENUM64, "wide", 1, 8);
	raw_part(&b, "WIDE", 0x89abcdef, 0x01234567);
	raw_type(&b, RAW_ENUM, "declared", 0, 4);
	load(&b);
	type = find(TYPE_ENUM, "plain");
	assert_false(type->is_signed);
	assert_int_equal(type->size, 4);
	assert_ok(type_enumerators(type, &values));
	assert_string_equal(values[1].name, "TOP");
	assert_int_equal(values[1].value, 0x80000000);
	assert_ok(types_find_enumerator(&types, "MINUS", &value, &type));
	assert_int_equal(value, -5);
	assert_true(type->is_signed);
	assert_ok(types_find_enumerator(&types, "WIDE", &value, &type));
	assert_int_equal(value, 0x0123456789abcdef);
	assert_string_equal(type->name, "wide");
	assert_true(find(TYPE_ENUM, "declared")->is_incomplete);
	assert_fails(types_find_enumerator(&types, "NONE", &value, &type), ERROR_NOT_FOUND);
}

/* pahole before 1.24 told no signs: -1 must not become 4294967295. */
static void test_enums_before_signs(void **state)
{
	struct raw_btf b = { 0 };
	const struct type *type;
	int64_t value;

	raw_type(&b, RAW_ENUM, "result", 2, 4);
	raw_part(&b, "FAILED", (uint32_t)-1, RAW_NONE);
	raw_part(&b, "FINE", 0, RAW_NONE);
	raw_type(&b, RAW_ENUM, "bits", 1, 4);
	raw_part(&b, "TOP", 0x80000000, RAW_NONE);
	load(&b);
	assert_ok(types_find_enumerator(&types, "FAILED", &value, &type));
	assert_int_equal(value, -1);
	assert_ok(types_find_enumerator(&types, "TOP", &value, &type));
	assert_int_equal(value, 0x80000000);
}

static void test_functions_and_variables(void **state)
{
	struct raw_btf b = { 0 };
	uint32_t number = raw_int(&b, "int", 4, 1, 0, 32);
	uint32_t proto = raw_type(&b, RAW_FUNC_PROTO, NULL, 2, number);
	const struct type_parameter *parameters;
	const struct type *type;

	raw_part(&b, "fmt", number, RAW_NONE);
	raw_part(&b, NULL, 0, RAW_NONE);
	raw_type(&b, RAW_FUNC, "printk", 1, proto);
	raw_type(&b, RAW_VAR, "printk", 0, number);
	raw_word(&b, 1);
	raw_type(&b, RAW_DATASEC, ".data..percpu", 1, 4);
	raw_word(&b, 4);
	raw_word(&b, 0);
	raw_word(&b, 4);
	raw_type(&b, RAW_DECL_TAG, "bpf_fastcall", 0, 3);
	raw_word(&b, UINT32_MAX);
	raw_type(&b, RAW_FUNC_PROTO, NULL, 0, 0);
	raw_type(&b, RAW_FUNC, "nothing", 0, 7);
	load(&b);
	assert_ok(types_find_function(&types, "printk", &type));
	assert_int_equal(type->kind, TYPE_FUNCTION);
	assert_true(type->is_variadic);
	assert_int_equal(type->count, 1);
	assert_ok(type_parameters(type, &parameters));
	assert_string_equal(parameters[0].name, "fmt");
	assert_int_equal(type->target->kind, TYPE_INT);
	assert_ok(types_find_variable(&types, "printk", &type));
	assert_int_equal(type->kind, TYPE_INT);
	assert_ok(types_find_function(&types, "nothing", &type));
	assert_int_equal(type->target->kind, TYPE_VOID);
	assert_false(type->is_variadic);
	assert_fails(types_find_variable(&types, "nothing", &type), ERROR_NOT_FOUND);
	assert_fails(types_find_function(&types, ".data..percpu", &type), ERROR_NOT_FOUND);
}

/*
 * A function that returns a pointer, and has two pointers to such functions as parameters: what is
 * to be spelled doubles at each depth, and what comes of it may stay short.
 */
static void test_multiplying(void **state)
{
	struct raw_btf b = { 0 };
	auto_text text = { 0 };

	raw_type(&b, RAW_FUNC_PROTO, NULL, 2, 3);
	raw_part(&b, NULL, 2, RAW_NONE);
	raw_part(&b, NULL, 2, RAW_NONE);
	raw_type(&b, RAW_PTR, NULL, 0, 1);
	raw_type(&b, RAW_PTR, NULL, 0, 0);
	raw_type(&b, RAW_TYPEDEF, "hook", 0, 2);
	load(&b);
	type_spell(find(TYPE_TYPEDEF, "hook")->target, NULL, &text);
	assert_non_null(strstr(text_string(&text), "<nested too deeply>"));
}

/* A module's BTF counts types and strings on from the kernel's. */
static void test_split(void **state)
{
	struct raw_btf base = { 0 }, module = { 0 };
	struct type_source *source;
	uint32_t number = raw_int(&base, "int", 4, 1, 0, 32);
	const struct type_member *m;

	raw_type(&base, RAW_STRUCT, "device", 1, 4);
	raw_part(&base, "id", number, 0);
	raw_string(&base, NULL);
	module.next_id = 3;
	module.first_string = (uint32_t)base.strings.len;
	source = load(&base);
	raw_type(&module, RAW_STRUCT, "driver", 2, 16);
	raw_part(&module, "device", 2, 0);
	raw_word(&module, 1); /* a string of the base: "int" */
	raw_word(&module, 4);
	raw_word(&module, 64);
	raw_type(&module, RAW_PTR, NULL, 0, 3);
	assert_int_equal(faults_of(load_split(&module, source, NULL)), 0);
	m = members_of("driver", 2);
	assert_string_equal(m[0].name, "device");
	assert_ptr_equal(m[0].type, find(TYPE_STRUCT, "device"));
	assert_string_equal(m[1].name, "int");
	assert_int_equal(m[1].type->kind, TYPE_POINTER);
	assert_ptr_equal(m[1].type->target, find(TYPE_STRUCT, "driver"));
	assert_int_equal(m[0].type->source == source, true);
}

/* Distilled: ids and strings are those of a base of its own, matched to the real one by name. */
static void test_distilled_base(void **state)
{
	struct raw_btf base = { 0 }, distilled = { 0 }, module = { 0 };
	struct type_source *source;
	uint32_t number = raw_int(&base, "int", 4, 1, 0, 32);
	const struct type_member *m;

	raw_type(&base, RAW_STRUCT, "device", 1, 4);
	raw_part(&base, "id", number, 0);
	raw_type(&base, RAW_STRUCT, "device", 1, 8); /* another one of that name */
	raw_part(&base, "other", number, 0);
	raw_type(&base, RAW_STRUCT, "pointed", 1, 4);
	raw_part(&base, "x", number, 0);
	source = load(&base);
	raw_type(&distilled, RAW_STRUCT, "device", 0, 8);
	raw_type(&distilled, RAW_FWD, "pointed", 0, 0);
	raw_type(&distilled, RAW_STRUCT, "gone", 0, 24);
	raw_int(&distilled, "int", 4, 1, 0, 32);
	module.next_id = 5;
	module.first_string = (uint32_t)distilled.strings.len;
	raw_type(&module, RAW_STRUCT, "driver", 4, 64);
	raw_part(&module, "device", 1, 0);
	raw_part(&module, "pointer", 6, 64);
	raw_part(&module, "gone", 3, 128);
	raw_part(&module, "number", 4, 320);
	raw_type(&module, RAW_PTR, NULL, 0, 2);
	assert_int_equal(faults_of(load_split(&module, source, &distilled)), 0);
	m = members_of("driver", 4);
	assert_string_equal(m[0].name, "device");
	assert_int_equal(m[0].type->size, 8);
	assert_int_equal(m[0].type->id, 3);
	assert_ptr_equal(m[0].type->source, source);
	assert_ptr_equal(m[1].type->target, find(TYPE_STRUCT, "pointed"));
	assert_true(m[2].type->is_incomplete);
	assert_int_equal(m[2].type->size, 24);
	assert_ptr_equal(m[3].type, find(TYPE_INT, "int"));
}

/* Each type breaks one rule, the first one none. */
static void test_broken_rules(void **state)
{
	struct raw_btf b = { 0 };
	uint32_t number = raw_int(&b, "int", 4, 1, 0, 32);

	raw_type(&b, RAW_TYPEDEF, "one", 0, 3); /* 2: in a circle */
	raw_type(&b, RAW_TYPEDEF, "other", 0, 2);
	raw_type(&b, RAW_STRUCT, "small", 1, 4); /* 4 */
	raw_part(&b, "behind", number, 8);
	raw_type(&b, RAW_ARRAY, NULL, 0, 0); /* 5: of much of 6 */
	raw_word(&b, 6);
	raw_word(&b, number);
	raw_word(&b, UINT32_MAX);
	raw_type(&b, RAW_STRUCT, "wild", 0, UINT32_MAX);
	raw_type(&b, RAW_CONST, "named", 0, number); /* 7 */
	raw_type(&b, RAW_TYPEDEF, NULL, 0, number);
	raw_type(&b, RAW_PTR, NULL, 0, 4711); /* 9 */
	raw_type(&b, RAW_ARRAY, NULL, 0, 0);  /* 10: of 5, of 6 */
	raw_word(&b, 5);
	raw_word(&b, number);
	raw_word(&b, UINT32_MAX);
	assert_int_equal(faults_of(load(&b)), 8);
}

static void test_unknown_kind(void **state)
{
	struct raw_btf b = { 0 };
	struct type_source *source;
	const struct type *type;

	raw_int(&b, "int", 4, 1, 0, 32);
	raw_type(&b, 42, NULL, 0, 0);
	raw_int(&b, "char", 1, 1, 0, 8);
	raw_type(&b, RAW_STRUCT, "lost", 0, 4);
	source = load(&b);
	assert_non_null(source->problem);
	assert_non_null(strstr(source->problem, "kind 42"));
	find(TYPE_INT, "int");
	assert_fails(types_find_kind(&types, TYPE_STRUCT, "lost", &type), ERROR_NOT_FOUND);
}

/* The layout section (v7.1) tells how much of an unknown kind to step over. */
static void test_layout(void **state)
{
	struct raw_btf b = { .layout_size = 24 * 4 };

	b.layout[20 * 4] = 4;
	b.layout[20 * 4 + 1] = 8;
	raw_type(&b, 20, NULL, 2, 0);
	for (int i = 0; i < 5; i++)
		raw_word(&b, 0xffffffff);
	raw_type(&b, RAW_STRUCT, "found", 0, 4);
	assert_null(load(&b)->problem);
	assert_int_equal(find(TYPE_STRUCT, "found")->id, 2);
}

static void test_cut_short(void **state)
{
	struct raw_btf b = { 0 };
	struct type_source *source;

	raw_int(&b, "int", 4, 1, 0, 32);
	raw_type(&b, RAW_STRUCT, "half", 1000, 4);
	raw_part(&b, "x", 1, 0);
	source = load(&b);
	assert_non_null(source->problem);
	find(TYPE_INT, "int");
}

/* Chains that come back to themselves, ids that are not there or no types. */
static void test_bad_references(void **state)
{
	struct raw_btf b = { 0 };
	const struct type_member *m;
	struct type_place place;
	const struct type *type;

	raw_type(&b, RAW_TYPEDEF, "a", 0, 2);
	raw_type(&b, RAW_CONST, NULL, 0, 1);
	raw_type(&b, RAW_TYPEDEF, "beyond", 0, 99);
	raw_type(&b, RAW_FUNC, "f", 0, 1);
	raw_type(&b, RAW_TYPEDEF, "function", 0, 4);
	raw_type(&b, RAW_STRUCT, "bad_member", 1, 8);
	raw_part(&b, "x", 77, 0);
	/* A struct that has itself as an anonymous member. */
	raw_type(&b, RAW_STRUCT, "russian", 2, 8);
	raw_part(&b, NULL, 7, 0);
	raw_part(&b, NULL, 7, 0);
	raw_type(&b, RAW_ARRAY, NULL, 0, 0);
	raw_word(&b, 9);
	raw_word(&b, 9);
	raw_word(&b, UINT32_MAX);
	raw_type(&b, RAW_ARRAY, NULL, 0, 0);
	raw_word(&b, 10);
	raw_word(&b, 10);
	raw_word(&b, UINT32_MAX);
	raw_type(&b, RAW_STRUCT, "large", 0, UINT32_MAX);
	raw_type(&b, RAW_TYPEDEF, "too_large", 0, 8);
	raw_int(&b, "int1024", 128, 1, 0, 0);
	load(&b);
	assert_fails(types_find_kind(&types, TYPE_TYPEDEF, "a", &type), ERROR_BAD_DATA);
	assert_fails(types_find_kind(&types, TYPE_TYPEDEF, "beyond", &type), ERROR_BAD_DATA);
	assert_fails(types_find_kind(&types, TYPE_TYPEDEF, "function", &type), ERROR_BAD_DATA);
	assert_fails(types_find_kind(&types, TYPE_TYPEDEF, "too_large", &type), ERROR_BAD_DATA);
	assert_fails(types_find_kind(&types, TYPE_INT, "int1024", &type), ERROR_BAD_DATA);
	assert_fails(type_members(find(TYPE_STRUCT, "bad_member"), &m), ERROR_BAD_DATA);
	assert_fails(type_find_member(find(TYPE_STRUCT, "russian"), "x", &place), ERROR_BAD_DATA);
}

static void test_bad_headers(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
	} damages[] = {
		{ 0, 0x00010000 }, /* no magic number */
		{ 4, 8 },	   /* a header too short */
		{ 4, 0xfffffff0 }, /* and too long */
		{ 8, 0xffffffff }, /* types, then strings, outside */
		{ 12, 0xffffff00 }, { 16, 0xffffffff },
		{ 20, 0x7fffffff }, { 16, 4 }, /* strings in the types */
	};

	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		struct raw_btf b = { 0 };
		struct type_source *source;
		size_t size;
		uint8_t *data;

		write_references(&b);
		data = raw_finish(&b, &size);
		memcpy(data + damages[i].at, &damages[i].value, 4);
		assert_fails(btf_create(data, size, NULL, NULL, 0, 8, "test", &source),
			     ERROR_BAD_DATA);
	}
}

static void test_every_length(void **state)
{
	struct raw_btf b = { 0 };
	size_t size;
	uint8_t *data;

	write_references(&b);
	data = raw_finish(&b, &size);
	for (size_t n = 0; n < size; n++) {
		struct type_source *source;
		uint8_t *part = malloc(n ? n : 1);

		memcpy(part, data, n);
		assert_fails(btf_create(part, n, NULL, NULL, 0, 8, "test", &source),
			     ERROR_BAD_DATA);
	}
	free(data);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_references),	       TEST(test_big_endian),
		TEST(test_bitfields),	       TEST(test_enums),
		TEST(test_enums_before_signs), TEST(test_functions_and_variables),
		TEST(test_multiplying),	       TEST(test_split),
		TEST(test_distilled_base),     TEST(test_broken_rules),
		TEST(test_unknown_kind),       TEST(test_layout),
		TEST(test_cut_short),	       TEST(test_bad_references),
		TEST(test_bad_headers),	       TEST(test_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
