// SPDX-License-Identifier: GPL-2.0-or-later
/* x86_64 page tables, built by hand from the Intel SDM's figures. */
#include "support/data.h"

#include "arch/arch.h"

#include <string.h>

#include <elf.h>

#define PRESENT 0x1ull
#define RW	0x2ull
#define USER	0x4ull
#define LARGE	0x80ull
#define GLOBAL	0x100ull
#define NX	(1ull << 63)

/* A table a page, at 0x1000 × (1 + index). */
static uint64_t tables[6][512];
static struct test_piece pieces[7];
static struct memory physical;
static int64_t l5, sme;

static struct error *number(void *context, const char *name, uint64_t *value)
{
	if (!strcmp(name, "pgtable_l5_enabled"))
		*value = (uint64_t)l5;
	else if (!strcmp(name, "sme_mask") && sme)
		*value = (uint64_t)sme;
	else
		return error_create(ERROR_NOT_FOUND, "no %s", name);
	return NULL;
}

static const struct arch_env env = { .memory = &physical, .number = number };

static int setup(void **state)
{
	const struct arch_ops *ops = arch_find(EM_X86_64);
	struct arch *arch;

	memset(tables, 0, sizeof(tables));
	memset(pieces, 0, sizeof(pieces));
	for (int i = 0; i < 6; i++)
		pieces[i] = (struct test_piece){ 0x1000 * (uint64_t)(1 + i), tables[i], 4096 };
	physical = test_memory(pieces);
	l5 = sme = 0;
	assert_ok(ops->create(&env, &arch));
	*state = arch;
	return 0;
}

static int teardown(void **state)
{
	arch_find(EM_X86_64)->destroy(*state);
	return 0;
}

/* 0xffff888012345678: PGD 273, PUD 0, PMD 145, PTE 325. */
static void small_page(void **state)
{
	const struct arch_ops *ops = arch_find(EM_X86_64);
	struct arch_walk walk;

	tables[0][273] = 0x2000 | PRESENT | RW;
	tables[1][0] = 0x3000 | PRESENT | RW;
	tables[2][145] = 0x4000 | PRESENT | RW;
	tables[3][325] = 0xabcde000 | PRESENT | RW | GLOBAL | NX;
	assert_ok(ops->walk(*state, &physical, 0x1000, 0xffff888012345678, &walk));
	assert_int_equal(walk.physical, 0xabcde678);
	assert_int_equal(walk.nr_entries, 4);
	assert_int_equal(walk.entries[0].entry_address, 0x1000 + 8 * 273);
	assert_int_equal(walk.entries[3].value, 0xabcde000 | PRESENT | RW | GLOBAL | NX);
	assert_int_equal(walk.entries[3].page_size, 4096);
	assert_string_equal(walk.entries[0].level, "PGD");
	assert_string_equal(walk.flags, "PRESENT RW GLOBAL NX");
}

static void large_pages(void **state)
{
	const struct arch_ops *ops = arch_find(EM_X86_64);
	struct arch_walk walk;

	tables[0][511] = 0x2000 | PRESENT;
	tables[1][510] = 0x3000 | PRESENT;
	tables[2][8] = 0x40000000 | 0x1000 /* PAT */ | PRESENT | LARGE;
	tables[1][0] = 0x80000000 | PRESENT | LARGE;
	assert_ok(ops->walk(*state, &physical, 0x1000, 0xffffffff81012345, &walk));
	assert_int_equal(walk.physical, 0x40012345);
	assert_int_equal(walk.entries[walk.nr_entries - 1].page_size, 2 << 20);
	assert_ok(ops->walk(*state, &physical, 0x1000, 0xffffff8012345678, &walk));
	assert_int_equal(walk.physical, 0x92345678);
	assert_int_equal(walk.entries[walk.nr_entries - 1].page_size, 1 << 30);
}

static void five_levels(void **state)
{
	const struct arch_ops *ops = arch_find(EM_X86_64);
	struct arch_walk walk;

	l5 = 1;
	/* 0xff11000000003abc: PGD 273, all others 0, PTE 3. */
	tables[0][273] = 0x2000 | PRESENT;
	tables[1][0] = 0x3000 | PRESENT;
	tables[2][0] = 0x4000 | PRESENT;
	tables[3][0] = 0x5000 | PRESENT;
	tables[4][3] = 0x7000 | PRESENT | USER;
	assert_ok(ops->walk(*state, &physical, 0x1000, 0xff11000000003abc, &walk));
	assert_int_equal(walk.physical, 0x7abc);
	assert_int_equal(walk.nr_entries, 5);
	assert_string_equal(walk.entries[1].level, "P4D");
}

/* Linux inverts the address of PROT_NONE pages (L1TF), and marks them with the global bit. */
static void prot_none(void **state)
{
	const struct arch_ops *ops = arch_find(EM_X86_64);
	struct arch_walk walk;

	tables[0][0] = 0x2000 | PRESENT;
	tables[1][0] = 0x3000 | PRESENT;
	tables[2][0] = 0x4000 | PRESENT;
	tables[3][1] = (0x123000ull ^ 0x000ffffffffff000ull) | GLOBAL;
	assert_ok(ops->walk(*state, &physical, 0x1000, 0x1004, &walk));
	assert_int_equal(walk.physical, 0x123004);
	assert_string_equal(walk.flags, "PROTNONE");
}

static void not_mapped(void **state)
{
	const struct arch_ops *ops = arch_find(EM_X86_64);
	struct arch_walk walk;

	assert_fails(ops->walk(*state, &physical, 0x1000, 0xffff888000000000, &walk), ERROR_ABSENT);
	assert_int_equal(walk.nr_entries, 1);
	/* A table that the dump lacks is not a page that is not mapped. */
	tables[0][273] = 0x2000 | PRESENT;
	pieces[1].data = NULL;
	assert_fails(ops->walk(*state, &physical, 0x1000, 0xffff888000000000, &walk),
		     ERROR_EXCLUDED);
}

/* AMD's encryption bit is no part of the address. */
static void encrypted(void **state)
{
	const struct arch_ops *ops = arch_find(EM_X86_64);
	struct arch_walk walk;

	sme = (int64_t)(1ull << 47);
	tables[0][0] = 0x2000 | PRESENT | (uint64_t)sme;
	tables[1][0] = 0x3000 | PRESENT | (uint64_t)sme;
	tables[2][0] = 0x4000 | PRESENT | (uint64_t)sme;
	tables[3][0] = 0x9000 | PRESENT | (uint64_t)sme;
	assert_ok(ops->walk(*state, &physical, 0x1000, 0x10, &walk));
	assert_int_equal(walk.physical, 0x9010);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(small_page, setup, teardown),
		cmocka_unit_test_setup_teardown(large_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(five_levels, setup, teardown),
		cmocka_unit_test_setup_teardown(prot_none, setup, teardown),
		cmocka_unit_test_setup_teardown(not_mapped, setup, teardown),
		cmocka_unit_test_setup_teardown(encrypted, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
