// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DWARF: this program's own, whatever version and forms its compiler wrote. What is expected comes
 * from the compiler too, by sizeof and offsetof, and from reading bitfields out of memory.
 */
#include "support/data.h"
#include "types/types.h"

#include <elfutils/libdw.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "types/dwarf.h"

enum weather { SUNNY, RAINY = 200, FOGGY = -3 };
enum heavy { LIGHT = 1, HEAVY = 0x123456789abcdef0 };
union either {
	int a;
	double b;
};
typedef unsigned char octet;
struct never_defined;
struct other {
	long x;
};

struct everything {
	struct everything *next;
	octet octets[16];
	int table[2][3];
	char letters[4];
	bool yes;
	unsigned int low : 3;
	unsigned int middle : 7;
	int high : 9;
	unsigned long wide : 40;
	union {
		int number;
		struct {
			short half;
			_Bool flag : 1;
		};
	};
	enum weather weather;
	enum heavy heavy;
	const volatile char *text;
	int (*call)(struct other *, const char *, ...);
	union either either;
	struct never_defined *hidden;
	void *restrict pointer;
	int flexible[];
};

struct everything *everything_pointer;
struct other declared_then_defined;
extern struct other declared_then_defined;
static volatile int xyz = 3;
enum heavy some_heaviness = LIGHT;
enum weather some_weather = FOGGY;
octet an_octet;

__attribute__((noinline)) struct other *a_function(struct everything *e, unsigned int n);
__attribute__((noinline)) struct other *a_function(struct everything *e, unsigned int n)
{
	everything_pointer = e;
	an_octet = (octet)(n + (unsigned int)xyz);
	return &declared_then_defined;
}

static struct types types;
static Dwarf *dwarf;
static int fd;

static int setup(void **state)
{
	struct type_source *source;

	types_init(&types);
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	dwarf = fd < 0 ? NULL : dwarf_begin(fd, DWARF_C_READ);
	if (!dwarf)
		return 0;
	assert_ok(dwarf_types_create(dwarf, sizeof(void *), "this program", &source));
	types_add(&types, source, false);
	a_function(NULL, 1);
	return 0;
}

static int teardown(void **state)
{
	types_deinit(&types);
	if (dwarf)
		dwarf_end(dwarf);
	if (fd >= 0)
		close(fd);
	return 0;
}

static const struct type *find(enum type_kind kind, const char *name)
{
	const struct type *type = NULL;

	if (!dwarf)
		skip(); /* built without -g */
	assert_ok(types_find_kind(&types, kind, name, &type));
	assert_int_equal(type->kind, kind);
	return type;
}

static struct type_place place_of(const char *path)
{
	struct type_place place = { 0 };

	assert_ok(type_find_member(find(TYPE_STRUCT, "everything"), path, &place));
	return place;
}

static void expect_place(const char *path, size_t offset, size_t size)
{
	struct type_place place = place_of(path);

	assert_int_equal(place.bit_offset, offset * 8);
	assert_int_equal(place.type->size, size);
	assert_int_equal(place.bit_size, 0);
}

static void test_members(void **state)
{
#define PLACE(member)                                                                              \
	expect_place(#member, offsetof(struct everything, member),                                 \
		     sizeof(((struct everything *)0)->member))
	assert_int_equal(find(TYPE_STRUCT, "everything")->size, sizeof(struct everything));
	PLACE(next);
	PLACE(octets);
	PLACE(table);
	PLACE(table[1]);
	PLACE(table[1][2]);
	PLACE(letters[3]);
	PLACE(yes);
	PLACE(number);
	PLACE(half);
	PLACE(weather);
	PLACE(heavy);
	PLACE(text);
	PLACE(call);
	PLACE(either.b);
	PLACE(hidden);
	expect_place("flexible", offsetof(struct everything, flexible), 0);
	assert_int_equal(place_of("octets").type->count, 16);
	assert_int_equal(place_of("flexible").type->count, 0);
}

/* Sets all bits of a bitfield and looks where they are. */
#define BITFIELD(member, bits)                                                                     \
	do {                                                                                       \
		union {                                                                            \
			struct everything e;                                                       \
			uint8_t bytes[sizeof(struct everything)];                                  \
		} u;                                                                               \
		struct type_place place = place_of(#member);                                       \
                                                                                                   \
		memset(&u, 0, sizeof(u));                                                          \
		u.e.member = ~0;                                                                   \
		assert_int_equal(place.bit_size, bits);                                            \
		for (size_t i = 0; i < sizeof(u.bytes) * 8; i++) {                                 \
			bool within = i >= place.bit_offset && i < place.bit_offset + (bits);      \
			assert_int_equal(u.bytes[i / 8] >> i % 8 & 1, within);                     \
		}                                                                                  \
	} while (0)

static void test_bitfields(void **state)
{
	find(TYPE_STRUCT, "everything");
	BITFIELD(low, 3);
	BITFIELD(middle, 7);
	BITFIELD(high, 9);
	BITFIELD(wide, 40);
	BITFIELD(flag, 1);
}

static void expect_spelling(const struct type *type, const char *name, const char *expected)
{
	auto_text text = { 0 };

	type_spell(type, name, &text);
	assert_string_equal(text_string(&text), expected);
}

static void test_spelling(void **state)
{
	find(TYPE_STRUCT, "everything");
	expect_spelling(place_of("table").type, "table", "int table[2][3]");
	expect_spelling(place_of("call").type, "call",
			"int (*call)(struct other *, const char *, ...)");
	expect_spelling(place_of("octets").type, "octets", "octet octets[16]");
	expect_spelling(place_of("pointer").type, "p", "void * restrict p");
	expect_spelling(place_of("hidden").type, "h", "struct never_defined *h");
	expect_spelling(place_of("flexible").type, "f", "int f[]");
}

static void test_base_types(void **state)
{
	const struct type *type = find(TYPE_INT, "char");

	assert_true(type->is_char);
	assert_true(type->is_signed == ((char)-1 < 0));
	type = type_strip(place_of("yes").type);
	assert_true(type->is_bool);
	assert_int_equal(type->size, 1);
	type = type_strip(place_of("octets[0]").type);
	assert_false(type->is_signed);
	assert_int_equal(type->size, 1);
	assert_int_equal(place_of("either.b").type->kind, TYPE_FLOAT);
	assert_int_equal(find(TYPE_TYPEDEF, "octet")->target->size, 1);
}

static void test_enums(void **state)
{
	const struct type_enumerator *values;
	const struct type *type = find(TYPE_ENUM, "weather");
	int64_t value;

	assert_true(type->is_signed);
	assert_int_equal(type->size, sizeof(enum weather));
	assert_int_equal(type->count, 3);
	assert_ok(type_enumerators(type, &values));
	assert_string_equal(values[1].name, "RAINY");
	assert_int_equal(values[1].value, 200);
	assert_int_equal(values[2].value, -3);
	assert_ok(types_find_enumerator(&types, "FOGGY", &value, &type));
	assert_int_equal(value, -3);
	assert_string_equal(type->name, "weather");
	assert_ok(types_find_enumerator(&types, "HEAVY", &value, &type));
	assert_int_equal(value, 0x123456789abcdef0);
	assert_int_equal(type->size, 8);
	assert_fails(types_find_enumerator(&types, "NO_SUCH", &value, &type), ERROR_NOT_FOUND);
}

static void test_variables_and_functions(void **state)
{
	const struct type_parameter *parameters;
	const struct type *type;

	find(TYPE_STRUCT, "everything");
	assert_ok(types_find_variable(&types, "everything_pointer", &type));
	expect_spelling(type, "v", "struct everything *v");
	assert_ok(types_find_variable(&types, "declared_then_defined", &type));
	expect_spelling(type, "v", "struct other v");
	/* A name so short that compilers may put it in place. */
	assert_ok(types_find_variable(&types, "xyz", &type));
	expect_spelling(type, "v", "volatile int v");
	assert_fails(types_find_variable(&types, "no_such_variable", &type), ERROR_NOT_FOUND);
	assert_ok(types_find_function(&types, "a_function", &type));
	assert_int_equal(type->kind, TYPE_FUNCTION);
	assert_int_equal(type->count, 2);
	assert_false(type->is_variadic);
	expect_spelling(type, "f", "struct other *f(struct everything *, unsigned int)");
	assert_ok(type_parameters(type, &parameters));
	assert_string_equal(parameters[1].name, "n");
	assert_fails(types_find_function(&types, "xyz", &type), ERROR_NOT_FOUND);
}

static void test_declared(void **state)
{
	const struct type *hidden, *type;

	find(TYPE_STRUCT, "everything");
	hidden = place_of("hidden").type->target;
	assert_true(hidden->is_incomplete);
	assert_ptr_equal(type_strip(hidden), hidden);
	assert_fails(types_find_kind(&types, TYPE_STRUCT, "nothing_at_all", &type),
		     ERROR_NOT_FOUND);
	assert_fails(types_find_kind(&types, TYPE_UNION, "everything", &type), ERROR_NOT_FOUND);
}

static bool look_for(void *context, enum type_kind kind, const char *name)
{
	*(bool *)context |= kind == TYPE_STRUCT && strcmp(name, "everything") == 0;
	return true;
}

static void test_each(void **state)
{
	bool seen = false;

	find(TYPE_STRUCT, "everything");
	assert_ok(types_each(&types, look_for, &seen));
	assert_true(seen);
	/* The same answers when all is indexed. */
	test_members(NULL);
	test_variables_and_functions(NULL);
	test_declared(NULL);
}

static void test_find_bytes(void **state)
{
	uint8_t data[100] = { 0 };
	const uint8_t needle[4] = { 1, 2, 3, 4 };

	for (size_t at = 0; at <= sizeof(data) - 4; at++) {
		memset(data, 1, sizeof(data));
		memcpy(data + at, needle, 4);
		assert_int_equal(find_bytes(data, sizeof(data), 0, needle, 4), at);
		assert_int_equal(find_bytes(data, sizeof(data), at, needle, 4), at);
		assert_int_equal(find_bytes(data, sizeof(data), at + 1, needle, 4), sizeof(data));
		assert_int_equal(find_bytes(data, at + 3, 0, needle, 4), at + 3);
	}
	assert_int_equal(find_bytes(data, 0, 0, needle, 4), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_members),    TEST(test_bitfields), TEST(test_spelling),
		TEST(test_base_types), TEST(test_enums),     TEST(test_variables_and_functions),
		TEST(test_declared),   TEST(test_each),	     cmocka_unit_test(test_find_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
