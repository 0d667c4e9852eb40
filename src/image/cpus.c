// SPDX-License-Identifier: GPL-2.0-or-later
/* CPUs and their per-CPU areas. */
#include "base/alloc.h"
#include "image/state.h"

#include <string.h>

#define MAX_CPUS  8192	     /* Linux allows no more */
#define NO_OFFSET UINT64_MAX /* of a per-CPU area: it could not be read */

enum { CPUHP_STATE };
DEFINE_VIEW(cpuhp_view, "cpuhp_cpu_state", [CPUHP_STATE] = FIELD("state"));

static bool get_bit(const uint8_t *bitmap, unsigned int i)
{
	return bitmap && bitmap[i / 8] >> (i % 8) & 1;
}

/* A cpumask variable: unsigned longs, so its bytes have their own order on big-endian machines. */
static struct error *read_mask(struct image *image, const char *name, uint8_t *bitmap)
{
	unsigned int word = image->reader.memory.word_size;
	uint64_t address;

	TRY(image_symbol(image, name, &address));
	for (unsigned int i = 0; i < image->nr_cpus; i += 8 * word) {
		uint64_t v;

		TRY(memory_read_word(&image->reader.memory, address + i / 8, &v));
		for (unsigned int k = 0; k < word; k++)
			bitmap[i / 8 + k] = (uint8_t)(v >> (8 * k));
	}
	return NULL;
}

/*
 * A panicking kernel takes the other CPUs out of the online mask when it stops them; their hotplug
 * state still says what they were.
 */
static void add_stopped_cpus(struct image *image)
{
	const struct type *type;
	int64_t online;

	if (error_dropped(types_find_enumerator(&image->types, "CPUHP_ONLINE", &online, &type)))
		return;
	for (unsigned int cpu = 0; cpu < image->nr_cpus; cpu++) {
		uint64_t address, state;

		if (get_bit(image->possible, cpu) && !get_bit(image->online, cpu) &&
		    !error_dropped(image_per_cpu(image, "cpuhp_state", cpu, &address)) &&
		    !error_dropped(view_read(image, &cpuhp_view, CPUHP_STATE, address, &state)) &&
		    (int64_t)state == online)
			image->online[cpu / 8] |= (uint8_t)(1u << (cpu % 8));
	}
}

static void read_offsets(struct image *image)
{
	uint64_t address;

	if (error_dropped(image_symbol(image, "__per_cpu_offset", &address)))
		return; /* !SMP: the variables are where their symbols are */
	for (unsigned int cpu = 0; cpu < image->nr_cpus; cpu++) {
		if (error_dropped(memory_read_word(&image->reader.memory,
						   address + cpu * image->reader.memory.word_size,
						   &image->per_cpu_offsets[cpu])))
			image->per_cpu_offsets[cpu] = NO_OFFSET;
	}
}

/* How many CPUs the kernel was built for. */
static uint64_t mask_bits(struct image *image)
{
	uint64_t size;

	if (error_dropped(image->env.type_size(image, "cpumask", &size)) || !size ||
	    size > MAX_CPUS / 8)
		return MAX_CPUS;
	return 8 * size;
}

/* No kernel runs on no CPU. */
static bool is_empty(const uint8_t *bitmap, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (bitmap[i])
			return false;
	}
	return true;
}

/* Reads the masks; what cannot be right is told, and every CPU with an area of its own taken. */
static void read_masks(struct image *image, size_t bytes)
{
	if (error_dropped(read_mask(image, "__cpu_possible_mask", image->possible)))
		image->possible[0] |= 1;
	if (error_dropped(read_mask(image, "__cpu_online_mask", image->online)))
		image->online[0] |= 1;
	if (is_empty(image->possible, bytes)) {
		image_miss(image,
			   "the kernel's mask of possible CPUs is empty: it must be corrupt");
		for (unsigned int cpu = 0; cpu < image->nr_cpus; cpu++) {
			if (!cpu || (image->per_cpu_offsets[cpu] &&
				     image->per_cpu_offsets[cpu] != NO_OFFSET))
				image->possible[cpu / 8] |= (uint8_t)(1u << (cpu % 8));
		}
	}
	if (is_empty(image->online, bytes)) {
		image_miss(image, "the kernel's mask of online CPUs is empty: it must be corrupt");
		memcpy(image->online, image->possible, bytes);
	}
}

static void learn_cpus(struct image *image)
{
	uint64_t n;
	size_t bytes;

	if (image->cpus_known)
		return;
	image->cpus_known = true;
	if (error_dropped(image_read_global(image, "nr_cpu_ids", 4, &n))) {
		uint64_t address;

		/* A constant when CONFIG_NR_CPUS is 1 or forced. */
		if (error_dropped(image_symbol(image, "__cpu_possible_mask", &address)))
			return;
		n = 8 * image->reader.memory.word_size;
	}
	if (!n || n > mask_bits(image)) {
		uint64_t taken = min(mask_bits(image), (uint64_t)64);

		image_miss(image, "the kernel's number of CPUs reads %llu: taken as %llu",
			   (unsigned long long)n, (unsigned long long)taken);
		n = taken;
	}
	bytes = (n + 63) / 64 * 8;
	image->possible = calloc(1, bytes);
	image->online = calloc(1, bytes);
	image->per_cpu_offsets = calloc(n, sizeof(uint64_t));
	if (!image->possible || !image->online || !image->per_cpu_offsets)
		return;
	image->nr_cpus = (unsigned int)n;
	read_offsets(image);
	read_masks(image, bytes);
	add_stopped_cpus(image);
}

void cpus_deinit(struct image *image)
{
	free(image->possible);
	free(image->online);
	free(image->per_cpu_offsets);
}

unsigned int image_nr_cpus(struct image *image)
{
	learn_cpus(image);
	return image->nr_cpus;
}

bool image_cpu_possible(struct image *image, unsigned int cpu)
{
	return cpu < image_nr_cpus(image) && get_bit(image->possible, cpu);
}

bool image_cpu_online(struct image *image, unsigned int cpu)
{
	return cpu < image_nr_cpus(image) && get_bit(image->online, cpu);
}

struct error *image_per_cpu_offset(struct image *image, unsigned int cpu, uint64_t *ret)
{
	if (cpu >= image_nr_cpus(image) || !get_bit(image->possible, cpu))
		return error_create(ERROR_NOT_FOUND, "there is no CPU %u", cpu);
	if (image->per_cpu_offsets[cpu] == NO_OFFSET)
		return error_create(ERROR_ABSENT, "where CPU %u's variables are is not in the dump",
				    cpu);
	*ret = image->per_cpu_offsets[cpu];
	return NULL;
}

struct error *image_per_cpu_pointer(struct image *image, uint64_t pointer, unsigned int cpu,
				    uint64_t *ret)
{
	uint64_t offset;

	TRY(image_per_cpu_offset(image, cpu, &offset));
	*ret = pointer + offset;
	return NULL;
}

struct error *image_per_cpu(struct image *image, const char *name, unsigned int cpu, uint64_t *ret)
{
	uint64_t address;

	TRY(image_symbol(image, name, &address));
	return image_per_cpu_pointer(image, address, cpu, ret);
}
