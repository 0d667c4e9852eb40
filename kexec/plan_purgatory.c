// SPDX-License-Identifier: GPL-2.0-or-later
/* Purgatory's segment: the blob, what it verifies, and where it goes on. */
#include "kexec/plan.h"

#include "base/alloc.h"
#include "purgatory/purgatory.h"
#include "purgatory/sha256.h"

#include <string.h>

struct error *plan_add_purgatory(struct plan *plan)
{
	size_t size = (size_t)(purgatory_blob_end - purgatory_blob), index;
	struct plan_place place = {
		.name = "purgatory",
		.size = size,
		.memory_size = PURGATORY_MEMORY,
		.lowest = 0x1000,
		.highest = UINT64_MAX,
	};

	if (size < PURGATORY_PARAMETERS + sizeof(struct purgatory_parameters))
		return error_create(ERROR_UNSUPPORTED,
				    "this kx-crash was built without purgatory: only the x86_64 "
				    "build has it");
	TRY(alloc_array(size, 1, PURGATORY_MEMORY, "purgatory", &place.data));
	memcpy(place.data, purgatory_blob, size);
	TRY(plan_add(plan, &place, &index));
	plan->entry = plan->segments[index].address;
	return NULL;
}

static int by_address(const void *a, const void *b)
{
	const struct plan_segment *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static void hash_zeros(struct sha256 *sha, uint64_t size)
{
	static const uint8_t zeros[4096];

	for (uint64_t step; size; size -= step) {
		step = min(size, (uint64_t)sizeof(zeros));
		sha256_update(sha, zeros, (size_t)step);
	}
}

static void hash_segments(struct plan *plan, struct purgatory_parameters *parameters)
{
	struct sha256 sha;

	sha256_init(&sha);
	for (size_t i = 0; i < plan->nr_segments; i++) {
		const struct plan_segment *segment = &plan->segments[i];

		if (!segment->in_digest)
			continue;
		parameters->regions[parameters->nr_regions++] =
			(struct purgatory_region){ segment->address, segment->memory_size };
		sha256_update(&sha, segment->data, (size_t)segment->size);
		/* The system call fills up with zeros. */
		hash_zeros(&sha, segment->memory_size - segment->size);
	}
	sha256_final(&sha, plan->digest);
	memcpy(parameters->digest, plan->digest, sizeof(plan->digest));
}

/*
 * The kernel finds elfcorehdr by its magic number (arch_crash_handle_hotplug_event), and would
 * write over another segment that has the same.
 */
static struct error *check_hotplug(const struct plan *plan)
{
	for (size_t i = 0; plan->options.hotplug && i < plan->nr_segments; i++) {
		const struct plan_segment *segment = &plan->segments[i];

		if (segment->address != plan->elfcorehdr && segment->size >= 4 &&
		    !memcmp(segment->data,
			    "\x7f"
			    "ELF",
			    4))
			return error_create(ERROR_UNSUPPORTED,
					    "the %s begins as an ELF file does: with --hotplug the "
					    "kernel would take it for elfcorehdr",
					    segment->name);
	}
	return NULL;
}

struct error *plan_seal(struct plan *plan)
{
	struct purgatory_parameters parameters = {
		.magic = PURGATORY_MAGIC,
		.entry = plan->kernel_entry,
		.boot_params = plan->boot_params,
		.backup_source = plan->backup_source,
		.backup_target = plan->backup_target,
		.backup_size = plan->backup_size,
		.serial_port = plan->options.serial_port,
		.vga = plan->options.vga,
	};
	const struct plan_segment *purgatory;

	TRY(check_hotplug(plan));
	qsort(plan->segments, plan->nr_segments, sizeof(*plan->segments), by_address);
	purgatory = plan_find(plan, "purgatory");
	if (memcmp(purgatory->data + PURGATORY_PARAMETERS, &parameters.magic,
		   sizeof(parameters.magic)))
		return error_create(ERROR_BAD_DATA, "purgatory's parameters are not where they "
						    "should be: a broken build");
	hash_segments(plan, &parameters);
	memcpy(purgatory->data + PURGATORY_PARAMETERS, &parameters, sizeof(parameters));
	return NULL;
}
