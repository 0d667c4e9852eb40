// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Purgatory's blob with parameters that are rubbish, wholly or in part: it arrives at the entry
 * that they name, or halts. It arrives only if the digest is right, and writes nowhere else.
 */
#include "support/purgatory_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BASE   0x12f000000ull
#define DATA   0x10000000ull
#define SIZE   0x3000ull
#define ROUNDS 400

static uint64_t random_word(void)
{
	uint64_t word = 0;

	for (unsigned int i = 0; i < 8; i++)
		word = word << 8 | (uint64_t)(rand() & 255);
	return word;
}

/* Numbers that lead somewhere, more often than any number does. */
static uint64_t interesting(void)
{
	static const uint64_t numbers[] = {
		0,
		1,
		DATA,
		DATA + SIZE,
		BASE,
		BASE + 0x200,
		BASE + PURGATORY_MEMORY,
		UINT64_MAX,
		1ull << 63,
		0xb8000,
		0x40000200,
		1ull << 47,
	};
	uint64_t number = numbers[(size_t)rand() % (sizeof(numbers) / sizeof(numbers[0]))];

	switch (rand() % 4) {
	case 0:
		return random_word();
	case 1:
		return number + random_word() % SIZE;
	case 2:
		return number - random_word() % SIZE;
	default:
		return number;
	}
}

/* Sound parameters: three regions and a backup, with their digest. */
static void machine_init(struct purgatory_machine *machine, unsigned int levels)
{
	struct purgatory_parameters *p = &machine->parameters;

	purgatory_machine_init(machine, BASE, levels);
	purgatory_machine_region(machine, DATA, SIZE);
	purgatory_machine_region(machine, DATA + 0x10001, 63);
	purgatory_machine_region(machine, DATA + 0x20000, 0);
	purgatory_machine_digest(machine);
	p->backup_source = DATA + 1;
	p->backup_target = DATA + 0x10000;
	p->backup_size = 100;
}

/* One 8-byte word of them, or all but the magic, or all. */
static void spoil(struct purgatory_parameters *p, unsigned int round)
{
	uint64_t words[sizeof(*p) / 8];
	const size_t count = sizeof(words) / sizeof(words[0]);

	memcpy(words, p, sizeof(words));
	if (round % 4) {
		words[(size_t)rand() % (round % 4 == 1 ? 8 : count)] = interesting();
	} else {
		for (size_t i = round % 8 ? 1 : 0; i < count; i++)
			words[i] = interesting();
	}
	memcpy(p, words, sizeof(words));
	if (round % 3 == 0)
		p->nr_regions %= PURGATORY_MAX_REGIONS + 2;
}

/* A digest over what is not there, or takes for ever, is none: then it may not arrive. */
static bool digest_is_right(const struct purgatory_machine *machine)
{
	struct purgatory_machine copy = *machine;

	for (uint64_t i = 0; i < copy.parameters.nr_regions; i++) {
		const struct purgatory_region *region = &copy.parameters.regions[i];
		uint8_t byte;

		if (region->size > 16 * SIZE ||
		    (region->size && (uc_mem_read(copy.uc, region->start, &byte, 1) != UC_ERR_OK ||
				      uc_mem_read(copy.uc, region->start + region->size - 1, &byte,
						  1) != UC_ERR_OK)))
			return false;
	}
	purgatory_machine_digest(&copy);
	return !memcmp(copy.parameters.digest, machine->parameters.digest, 32);
}

static void one(unsigned int round, unsigned int *entered)
{
	struct purgatory_machine machine;
	struct purgatory_parameters *p = &machine.parameters;
	enum machine_outcome outcome;
	bool sound;

	machine_init(&machine, round & 1 ? 5 : 4);
	spoil(p, round);
	sound = p->magic == PURGATORY_MAGIC && p->nr_regions <= PURGATORY_MAX_REGIONS &&
		digest_is_right(&machine);
	purgatory_machine_writable(&machine, p->backup_target, p->backup_size);
	purgatory_machine_writable(&machine, MACHINE_SCREEN, 80 * 25 * 2);
	machine.uart_port = p->serial_port;
	outcome = purgatory_machine_run(&machine);
	if (outcome == MACHINE_LOST)
		print_error(
			"round %u: lost at %#llx\n", round,
			(unsigned long long)purgatory_machine_register(&machine, UC_X86_REG_RIP));
	assert_int_not_equal(outcome, MACHINE_LOST);
	if (outcome == MACHINE_ENTERED) {
		assert_true(sound);
		++*entered;
	}
	assert_false(machine.wrote_elsewhere);
	assert_false(machine.used_other_port);
	purgatory_machine_deinit(&machine);
}

static void rubbish(void **state)
{
	unsigned int entered = 0;

	for (unsigned int round = 0; round < ROUNDS; round++)
		one(round, &entered);
	/* Both ends of the road are taken. */
	assert_in_range(entered, ROUNDS / 50, ROUNDS - ROUNDS / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rubbish),
	};

	srand(3);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
