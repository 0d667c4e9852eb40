// SPDX-License-Identifier: GPL-2.0-or-later
/* The numbers behind /proc/meminfo. */
#include "kernel/pages_usage.h"

#include "image/view.h"
#include "kernel/lists.h"

#include <string.h>

#define MAX_HSTATES	64
#define MAX_SWAP_SPACES (1 << 20) /* of one swap file */

enum { SUPER_INODES };
DEFINE_VIEW(super_view, "super_block", [SUPER_INODES] = FIELD("s_inodes"));
enum { INODE_SB_LIST, INODE_MAPPING };
DEFINE_VIEW(inode_view,
	    "inode", [INODE_SB_LIST] = FIELD("i_sb_list"), [INODE_MAPPING] = FIELD("i_mapping"));
enum { MAPPING_PAGES };
DEFINE_VIEW(mapping_view, "address_space", [MAPPING_PAGES] = FIELD("nrpages"));
enum { HSTATE_ORDER, HSTATE_ALL, HSTATE_FREE };
DEFINE_VIEW(hstate_view, "hstate", [HSTATE_ORDER] = FIELD("order"),
	    [HSTATE_ALL] = FIELD("nr_huge_pages"), [HSTATE_FREE] = FIELD("free_huge_pages"));
enum { COUNTER_COUNT, COUNTER_CPUS };
DEFINE_VIEW(counter_view,
	    "percpu_counter", [COUNTER_COUNT] = FIELD("count"), [COUNTER_CPUS] = FIELD("counters"));

/* An error that ends the whole; others leave one number unknown. */
static bool is_fatal(const struct error *err)
{
	return err && (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM);
}

/* Item @item of the array of atomic_long_t at symbol @array. */
static struct error *read_item(struct image *image, const char *array, const char *item,
			       int64_t *ret)
{
	const struct type *type;
	uint64_t address, value;
	int64_t index;

	TRY(types_find_enumerator(image_types(image), item, &index, &type));
	if (index < 0 || index > 1024)
		return error_create(ERROR_BAD_DATA, "%s is %lld", item, (long long)index);
	TRY(image_symbol(image, array, &address));
	TRY(memory_read_word(image_memory(image),
			     address + (uint64_t)index * image_memory(image)->word_size, &value));
	/* Counters lag behind: below zero is zero, as global_node_page_state() has it. */
	*ret = max((int64_t)value, (int64_t)0);
	return NULL;
}

static struct error *read_global(struct image *image, const char *name, int64_t *ret)
{
	uint64_t value;

	TRY(image_read_global(image, name, 0, &value));
	*ret = (int64_t)value;
	return NULL;
}

/* Of the two, the first that the kernel has: counters have moved from zones to nodes. */
static struct error *node_or_zone(struct image *image, const char *item, int64_t *ret)
{
	const struct type *type;
	const struct type_enumerator *all;

	TRY(types_find_kind(image_types(image), TYPE_ENUM, "node_stat_item", &type));
	type = type_strip(type);
	TRY(type_enumerators(type, &all));
	for (uint64_t i = 0; i < type->count; i++) {
		if (all[i].name && !strcmp(all[i].name, item))
			return read_item(image, "vm_node_stat", item, ret);
	}
	return read_item(image, "vm_zone_stat", item, ret);
}

/* ---- buffers: the page cache of block devices, nr_blockdev_pages() ---- */

struct buffers {
	struct image *image;
	uint64_t node; /* offset of i_sb_list */
	uint64_t pages;
};

static struct error *add_inode(void *context, uint64_t entry, uint64_t index)
{
	struct buffers *buffers = context;
	uint64_t mapping, pages;

	TRY(view_read(buffers->image, &inode_view, INODE_MAPPING, entry - buffers->node, &mapping));
	TRY(view_read(buffers->image, &mapping_view, MAPPING_PAGES, mapping, &pages));
	buffers->pages += pages;
	return NULL;
}

static struct error *read_buffers(struct image *image, int64_t *ret)
{
	struct buffers buffers = { .image = image };
	uint64_t super, head;

	TRY(image_read_global(image, "blockdev_superblock", 0, &super));
	TRY(view_offset(image, &super_view, SUPER_INODES, &head));
	TRY(view_offset(image, &inode_view, INODE_SB_LIST, &buffers.node));
	TRY(list_each(image, super + head, add_inode, &buffers));
	*ret = (int64_t)buffers.pages;
	return NULL;
}

/* ---- swap cache: a counter since b6038942480e (v5.12), before by its address spaces ---- */

static struct error *add_spaces(struct image *image, uint64_t spaces, uint64_t count, int64_t *sum)
{
	uint64_t size, pages;

	if (count > MAX_SWAP_SPACES)
		return error_create(ERROR_BAD_DATA, "%llu address spaces of a swap file",
				    (unsigned long long)count);
	TRY(view_size(image, &mapping_view, &size));
	for (uint64_t i = 0; i < count; i++) {
		TRY(view_read(image, &mapping_view, MAPPING_PAGES, spaces + i * size, &pages));
		*sum += (int64_t)pages;
	}
	return NULL;
}

static struct error *read_swap_cached(struct image *image, int64_t *ret)
{
	const struct memory *memory = image_memory(image);
	uint64_t counts, spaces;
	int64_t sum = 0;

	if (!error_dropped(read_item(image, "vm_node_stat", "NR_SWAPCACHE", ret)))
		return NULL;
	if (error_dropped(image_symbol(image, "nr_swapper_spaces", &counts))) {
		*ret = 0; /* without CONFIG_SWAP */
		return error_wrap(image_symbol(image, "vm_node_stat", &counts), "counters");
	}
	TRY(image_symbol(image, "swapper_spaces", &spaces));
	/* MAX_SWAPFILES less the numbers that stand for other things: 23 at the least. */
	for (unsigned int i = 0; i < 23; i++) {
		uint64_t count, pointer;

		TRY(memory_read_number(memory, counts + 4 * i, 4, &count));
		TRY(memory_read_word(memory, spaces + memory->word_size * i, &pointer));
		if (pointer)
			TRY(add_spaces(image, pointer, count, &sum));
	}
	*ret = sum;
	return NULL;
}

/* NR_FILE_PAGES counts buffers and what is in the swap cache too. */
static struct error *read_cached(struct image *image, const int64_t *known, int64_t *ret)
{
	int64_t pages;

	if (known[USAGE_BUFFERS] == USAGE_UNKNOWN || known[USAGE_SWAP_CACHED] == USAGE_UNKNOWN)
		return error_create(ERROR_NOT_FOUND, "buffers or swap cache");
	TRY(read_item(image, "vm_node_stat", "NR_FILE_PAGES", &pages));
	*ret = max(pages - known[USAGE_BUFFERS] - known[USAGE_SWAP_CACHED], (int64_t)0);
	return NULL;
}

/* ---- huge pages ---- */

static struct error *read_huge(struct image *image, int64_t *all, int64_t *free_ones)
{
	uint64_t address, size, count, order, pages, left;

	if (error_dropped(image_symbol(image, "hstates", &address))) {
		*all = *free_ones = 0; /* without CONFIG_HUGETLB_PAGE */
		return error_wrap(image_symbol(image, "vm_node_stat", &address), "counters");
	}
	TRY(image_read_global(image, "hugetlb_max_hstate", 4, &count));
	if (count > MAX_HSTATES)
		return error_create(ERROR_BAD_DATA, "%llu sizes of huge pages",
				    (unsigned long long)count);
	TRY(view_size(image, &hstate_view, &size));
	*all = *free_ones = 0;
	for (uint64_t i = 0; i < count; i++) {
		TRY(view_read(image, &hstate_view, HSTATE_ORDER, address + i * size, &order));
		TRY(view_read(image, &hstate_view, HSTATE_ALL, address + i * size, &pages));
		TRY(view_read(image, &hstate_view, HSTATE_FREE, address + i * size, &left));
		if (order > 40)
			return error_create(ERROR_BAD_DATA, "huge pages of order %llu",
					    (unsigned long long)order);
		*all += (int64_t)(pages << order);
		*free_ones += (int64_t)(left << order);
	}
	return NULL;
}

/* ---- overcommit: vm_commit_limit(), vm_memory_committed() ---- */

static struct error *read_limit(struct image *image, const int64_t *known, int64_t *ret)
{
	const struct arch_ops *arch = image_arch(image);
	uint64_t kbytes, ratio;

	TRY(image_read_global(image, "sysctl_overcommit_kbytes", 0, &kbytes));
	TRY(image_read_global(image, "sysctl_overcommit_ratio", 4, &ratio));
	if (known[USAGE_TOTAL] == USAGE_UNKNOWN || known[USAGE_HUGE] == USAGE_UNKNOWN ||
	    known[USAGE_SWAP] == USAGE_UNKNOWN || !arch || ratio > INT32_MAX)
		return error_create(ERROR_NOT_FOUND, "what the limit is made of");
	*ret = kbytes ? (int64_t)(kbytes >> (arch->page_shift - 10))
		      : (known[USAGE_TOTAL] - known[USAGE_HUGE]) * (int64_t)ratio / 100;
	*ret += known[USAGE_SWAP];
	return NULL;
}

static struct error *read_committed(struct image *image, int64_t *ret)
{
	uint64_t address, count, pointer, at, part;
	int64_t sum;

	TRY(image_symbol(image, "vm_committed_as", &address));
	TRY(view_read(image, &counter_view, COUNTER_COUNT, address, &count));
	TRY(view_read(image, &counter_view, COUNTER_CPUS, address, &pointer));
	sum = (int64_t)count;
	for (unsigned int cpu = 0; cpu < image_nr_cpus(image); cpu++) {
		if (!image_cpu_online(image, cpu))
			continue;
		TRY(image_per_cpu_pointer(image, pointer, cpu, &at));
		TRY(memory_read_number(image_memory(image), at, 4, &part));
		sum += (int32_t)part;
	}
	*ret = max(sum, (int64_t)0);
	return NULL;
}

/* ---- all together ---- */

static struct error *read_total(struct image *image, int64_t *ret)
{
	/* ca79b0c211af (v5.0) */
	if (!error_dropped(read_global(image, "_totalram_pages", ret)))
		return NULL;
	return read_global(image, "totalram_pages", ret);
}

static struct error *read_stacks(struct image *image, int64_t *ret)
{
	const struct arch_ops *arch = image_arch(image);
	unsigned int shift = arch ? arch->page_shift - 10 : 2;

	TRY(node_or_zone(image, "NR_KERNEL_STACK_KB", ret));
	*ret >>= shift;
	return NULL;
}

static struct error *read_one(struct image *image, enum usage what, int64_t *known, int64_t *ret)
{
	switch (what) {
	case USAGE_TOTAL:
		return read_total(image, ret);
	case USAGE_FREE:
		return read_item(image, "vm_zone_stat", "NR_FREE_PAGES", ret);
	case USAGE_BUFFERS:
		return read_buffers(image, ret);
	case USAGE_SWAP_CACHED:
		return read_swap_cached(image, ret);
	case USAGE_CACHED:
		return read_cached(image, known, ret);
	case USAGE_ANON:
		return read_item(image, "vm_node_stat", "NR_ANON_MAPPED", ret);
	case USAGE_MAPPED:
		return read_item(image, "vm_node_stat", "NR_FILE_MAPPED", ret);
	case USAGE_SHMEM:
		return read_item(image, "vm_node_stat", "NR_SHMEM", ret);
	case USAGE_SLAB_RECLAIMABLE:
		return read_item(image, "vm_node_stat", "NR_SLAB_RECLAIMABLE_B", ret);
	case USAGE_SLAB_UNRECLAIMABLE:
		return read_item(image, "vm_node_stat", "NR_SLAB_UNRECLAIMABLE_B", ret);
	case USAGE_STACKS:
		return read_stacks(image, ret);
	case USAGE_TABLES:
		return node_or_zone(image, "NR_PAGETABLE", ret);
	case USAGE_HUGE:
		return read_huge(image, ret, &known[USAGE_HUGE_FREE]);
	case USAGE_SWAP:
		return read_global(image, "total_swap_pages", ret);
	case USAGE_SWAP_FREE:
		return read_global(image, "nr_swap_pages", ret);
	case USAGE_COMMIT_LIMIT:
		return read_limit(image, known, ret);
	case USAGE_COMMITTED:
		return read_committed(image, ret);
	default:
		return error_create(ERROR_NOT_FOUND, "no such number");
	}
}

struct error *usage_read(struct image *image, int64_t ret[USAGES])
{
	/* What others are made of comes first. */
	static const uint8_t order[] = {
		USAGE_TOTAL,	 USAGE_FREE,
		USAGE_BUFFERS,	 USAGE_SWAP_CACHED,
		USAGE_CACHED,	 USAGE_ANON,
		USAGE_MAPPED,	 USAGE_SHMEM,
		USAGE_STACKS,	 USAGE_SLAB_RECLAIMABLE,
		USAGE_TABLES,	 USAGE_SLAB_UNRECLAIMABLE,
		USAGE_HUGE,	 USAGE_SWAP,
		USAGE_SWAP_FREE, USAGE_COMMIT_LIMIT,
		USAGE_COMMITTED,
	};

	for (unsigned int i = 0; i < USAGES; i++)
		ret[i] = USAGE_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		int64_t value;
		struct error *err = read_one(image, order[i], ret, &value);

		if (is_fatal(err))
			return err;
		if (!err)
			ret[order[i]] = value;
		else if (order[i] == USAGE_HUGE)
			ret[USAGE_HUGE_FREE] = USAGE_UNKNOWN;
		error_free(err);
	}
	return NULL;
}
