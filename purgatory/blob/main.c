// SPDX-License-Identifier: GPL-2.0-or-later
/* Between two kernels: is what was loaded still whole? Then the backup, and on. */
#include "blob.h"
#include "sha256.h"

#define NOT_STARTED "The new kernel is not started. "

struct purgatory_parameters purgatory_parameters
	__attribute__((section(".parameters"), aligned(8))) = { .magic = PURGATORY_MAGIC };

_Static_assert(offsetof(struct purgatory_parameters, entry) == PURGATORY_ENTRY, "for entry.S");
_Static_assert(offsetof(struct purgatory_parameters, boot_params) == PURGATORY_BOOT_PARAMS,
	       "for entry.S");

static void __attribute__((noreturn)) bad_parameters(const char *what, uint64_t value)
{
	struct message message;

	message_start(&message);
	message_text(&message, "bad parameters: ");
	message_text(&message, what);
	message_text(&message, " ");
	message_hex(&message, value);
	message_text(&message, "\n" NOT_STARTED);
	message_halt(&message);
}

/* Parameters that are not ours must not make us write to just any port. */
static int port_is_usual(uint16_t port)
{
	return port == 0x3f8 || port == 0x2f8 || port == 0x3e8 || port == 0x2e8;
}

static int wraps(uint64_t start, uint64_t size)
{
	return start + size < start;
}

static int overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

static void check_backup(const struct purgatory_parameters *p)
{
	if (!p->backup_size)
		return;
	if (wraps(p->backup_source, p->backup_size) || wraps(p->backup_target, p->backup_size))
		bad_parameters("backup size", p->backup_size);
	if (overlap(p->backup_target, p->backup_size, (uintptr_t)purgatory_start,
		    PURGATORY_MEMORY) ||
	    overlap(p->backup_target, p->backup_size, p->backup_source, p->backup_size))
		bad_parameters("backup target", p->backup_target);
}

static void check(const struct purgatory_parameters *p)
{
	if (p->magic != PURGATORY_MAGIC)
		bad_parameters("magic", p->magic);
	if (!p->entry || overlap(p->entry, 1, (uintptr_t)purgatory_start, PURGATORY_MEMORY))
		bad_parameters("entry", p->entry);
	if (p->nr_regions > PURGATORY_MAX_REGIONS)
		bad_parameters("number of regions", p->nr_regions);
	for (uint64_t i = 0; i < p->nr_regions; i++) {
		if (wraps(p->regions[i].start, p->regions[i].size))
			bad_parameters("size of a region", p->regions[i].size);
	}
	check_backup(p);
}

static void __attribute__((noreturn))
differs(const struct purgatory_parameters *p, const uint8_t computed[32])
{
	struct message message;

	message_start(&message);
	message_text(&message, "the loaded kernel was altered: SHA-256 differs\n  expected ");
	message_digest(&message, p->digest);
	message_text(&message, "\n  computed ");
	message_digest(&message, computed);
	message_text(&message, "\n  over ");
	message_number(&message, p->nr_regions);
	message_text(&message, p->nr_regions == 1 ? " region\n" : " regions\n");
	for (uint64_t i = 0; i < p->nr_regions; i++) {
		message_text(&message, "    ");
		message_hex(&message, p->regions[i].start);
		message_text(&message, ", size ");
		message_hex(&message, p->regions[i].size);
		message_text(&message, "\n");
	}
	message_text(&message, NOT_STARTED);
	message_halt(&message);
}

static void verify(const struct purgatory_parameters *p)
{
	struct sha256 sha;
	uint8_t computed[32], difference = 0;

	sha256_init(&sha);
	for (uint64_t i = 0; i < p->nr_regions; i++)
		sha256_update(&sha, (const void *)(uintptr_t)p->regions[i].start,
			      p->regions[i].size);
	sha256_final(&sha, computed);
	for (size_t i = 0; i < sizeof(computed); i++)
		difference |= computed[i] ^ p->digest[i];
	if (difference)
		differs(p, computed);
}

void purgatory_main(void)
{
	const struct purgatory_parameters *p = &purgatory_parameters;

	if (p->magic == PURGATORY_MAGIC || port_is_usual(p->serial_port))
		console_set(p->serial_port, p->vga == 1);
	check(p);
	verify(p);
	memcpy((void *)(uintptr_t)p->backup_target, (const void *)(uintptr_t)p->backup_source,
	       p->backup_size);
}
