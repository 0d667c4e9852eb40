// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's virtual areas (mm/vmalloc.c of Linux): a list and a tree of the same, in order,
 * apart from each other, and mapped to the pages that they say they have.
 */
#include "validate/list_check.h"
#include "validate/lock_state.h"
#include "validate/tree_check.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/interrupt.h"
#include "image/view.h"
#include "kernel/pages.h"

#include <inttypes.h>
#include <stdlib.h>

#define MAX_NODES     65536
#define ENOUGH	      64   /* wrong pages of an area: it is damaged */
#define UNINITIALIZED 0x20 /* VM_UNINITIALIZED: it is being made */

enum { START, END, TREE, LIST, VM };
DEFINE_VIEW(area_view, "vmap_area", [START] = FIELD("va_start"), [END] = FIELD("va_end"),
	    [TREE] = FIELD("rb_node"), [LIST] = FIELD("list"), [VM] = FIELD("vm"));
enum { ADDRESS, SIZE, FLAGS, PAGES, NR_PAGES };
DEFINE_VIEW(vm_view, "vm_struct", [ADDRESS] = FIELD("addr"), [SIZE] = FIELD("size"),
	    [FLAGS] = FIELD("flags"), [PAGES] = FIELD("pages"), [NR_PAGES] = FIELD("nr_pages"));
/* Several sets of areas since d093602919ad (v6.9). */
enum { BUSY_ROOT, BUSY_HEAD, BUSY_LOCK };
DEFINE_VIEW(node_view, "vmap_node", [BUSY_ROOT] = FIELD("busy.root"),
	    [BUSY_HEAD] = FIELD("busy.head"), [BUSY_LOCK] = FIELD("busy.lock"));

struct area {
	uint64_t address; /* of its struct vmap_area */
	uint64_t start, end;
};

struct vmap {
	struct validation *v;
	struct image *image;
	struct pages *pages; /* NULL: not known, so nor are the areas' */
	uint64_t page_size;
	uint64_t list, tree; /* offsets */
	/* Where areas may lie, besides modules; 0: not known. */
	uint64_t low, high;
	struct area *areas;
	size_t nr_areas, room;
	/* The set of areas that is looked at. */
	size_t first, at; /* in areas */
	bool differs, may_race;
	bool raced; /* one of them may */
};

/* ---- an area ---- */

static bool may_lie(const struct vmap *m, const struct area *area)
{
	const struct arch_ops *arch = image_arch(m->image);

	return !m->low || (area->start >= m->low && area->end <= m->high) ||
	       (arch && area->start >= arch->image_low);
}

static struct error *count_wrong(struct vmap *m, uint64_t virt, uint64_t page, uint64_t *wrong,
				 uint64_t *first)
{
	uint64_t phys, pfn;
	struct error *err = image_translate(m->image, virt, &phys);
	bool unmapped =
		err && err->code == ERROR_ABSENT && err->has_address && err->address == virt;

	if (err && !unmapped) /* a page table is not there */
		return err;
	error_free(err);
	if ((unmapped || error_dropped(pages_pfn(m->pages, page, &pfn)) ||
	     pfn != phys / m->page_size) &&
	    !(*wrong)++)
		*first = virt;
	return NULL;
}

/* The pages that the area has, @count of them named at @list, must be what it is mapped to. */
static struct error *check_pages(struct vmap *m, uint64_t start, uint64_t list, uint64_t count)
{
	const struct memory *memory = image_memory(m->image);
	uint64_t wrong = 0, first = 0, page, i;

	for (i = 0; i < count && wrong < ENOUGH; i++) {
		if (!(i & 1023))
			TRY(interrupt_check());
		TRY(memory_read_word(memory, list + i * memory->word_size, &page));
		TRY(count_wrong(m, start + i * m->page_size, page, &wrong, &first));
	}
	validation_looked_at(m->v, i);
	if (wrong)
		validation_find_wrong(m->v, m->may_race, first,
				      "%" PRIu64 " of %" PRIu64 " pages of the area at 0x%" PRIx64
				      " are not mapped to what it has",
				      wrong, i, start);
	return NULL;
}

static struct error *check_vm(struct vmap *m, const struct area *area, uint64_t vm)
{
	uint64_t address, size, flags, list, count;

	TRY(view_read(m->image, &vm_view, ADDRESS, vm, &address));
	TRY(view_read(m->image, &vm_view, SIZE, vm, &size));
	TRY(view_read(m->image, &vm_view, FLAGS, vm, &flags));
	TRY(view_read(m->image, &vm_view, PAGES, vm, &list));
	TRY(view_read(m->image, &vm_view, NR_PAGES, vm, &count));
	if (address != area->start || size > area->end - area->start) {
		validation_find_wrong(m->v, m->may_race, area->address,
				      "the area at 0x%" PRIx64 " has a vm_struct of %" PRIu64
				      " bytes at 0x%" PRIx64,
				      area->start, size, address);
		return NULL;
	}
	if (!list || !m->pages || flags & UNINITIALIZED)
		return NULL;
	if (count > size / m->page_size) {
		validation_find_wrong(m->v, m->may_race, area->address,
				      "the area at 0x%" PRIx64 " has %" PRIu64
				      " pages, and %" PRIu64 " bytes",
				      area->start, count, size);
		return NULL;
	}
	return check_pages(m, area->start, list, count);
}

static struct error *check_area(struct vmap *m, const struct area *area)
{
	uint64_t vm;

	if (area->start >= area->end || area->start % m->page_size || area->end % m->page_size ||
	    !may_lie(m, area)) {
		validation_find_wrong(m->v, m->may_race, area->address,
				      "an area from 0x%" PRIx64 " to 0x%" PRIx64 " cannot be",
				      area->start, area->end);
		return NULL;
	}
	TRY(view_read(m->image, &area_view, VM, area->address, &vm));
	return vm ? check_vm(m, area, vm) : NULL; /* vm_map_ram() makes none */
}

/* ---- sets of areas ---- */

static struct error *add_area(void *context, uint64_t node)
{
	struct vmap *m = context;
	struct area area = { .address = node - m->list };
	struct error *err = view_read(m->image, &area_view, START, area.address, &area.start);

	if (!err)
		err = view_read(m->image, &area_view, END, area.address, &area.end);
	if (!err)
		err = check_area(m, &area);
	TRY(validation_find_error(m->v, true, place_virtual(area.address, 0), err,
				  "a virtual area"));
	TRY(alloc_grow(&m->areas, &m->room, m->nr_areas + 1, sizeof(*m->areas)));
	m->areas[m->nr_areas++] = area;
	return NULL;
}

/* The tree's next one must be the list's next one. */
static struct error *compare(void *context, uint64_t node)
{
	struct vmap *m = context;
	uint64_t address = node - m->tree;

	if (m->differs)
		return NULL;
	m->differs = m->at == m->nr_areas || m->areas[m->at].address != address;
	if (m->differs)
		validation_find_wrong(m->v, m->may_race, address,
				      "the tree has the area at 0x%" PRIx64
				      ", where the list has 0x%" PRIx64,
				      address, m->at == m->nr_areas ? 0 : m->areas[m->at].address);
	m->at++;
	return NULL;
}

static struct error *check_set(struct vmap *m, uint64_t head, uint64_t root)
{
	struct list_check list = { .name = "of virtual areas",
				   .head = head,
				   .each = add_area,
				   .context = m,
				   .may_race = m->may_race };
	struct tree_check tree = { .name = "of virtual areas",
				   .root = root,
				   .each = compare,
				   .context = m,
				   .may_race = m->may_race };

	m->first = m->at = m->nr_areas;
	TRY(list_check_run(m->v, &list));
	m->differs = !list.whole;
	for (size_t i = m->first + 1; i < m->nr_areas && list.whole; i++) {
		if (m->areas[i].start < m->areas[i - 1].start)
			validation_find_wrong(m->v, m->may_race, m->areas[i].address,
					      "the list is not in order: 0x%" PRIx64
					      " follows 0x%" PRIx64,
					      m->areas[i].start, m->areas[i - 1].start);
	}
	TRY(tree_check_run(m->v, &tree));
	if (tree.whole && !m->differs && m->at != m->nr_areas)
		validation_find_wrong(m->v, m->may_race, m->areas[m->at].address,
				      "the tree lacks the area at 0x%" PRIx64,
				      m->areas[m->at].start);
	return NULL;
}

static struct error *check_nodes(struct vmap *m)
{
	uint64_t nodes, count, size, head, root, lock, held;

	TRY(image_read_global(m->image, "vmap_nodes", 0, &nodes));
	TRY(image_read_global(m->image, "nr_vmap_nodes", 4, &count));
	TRY(view_size(m->image, &node_view, &size));
	TRY(view_offset(m->image, &node_view, BUSY_HEAD, &head));
	TRY(view_offset(m->image, &node_view, BUSY_ROOT, &root));
	TRY(view_offset(m->image, &node_view, BUSY_LOCK, &lock));
	if (!count || count > MAX_NODES)
		return error_create(ERROR_BAD_DATA, "%" PRIu64 " vmap_nodes cannot be", count);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t node = nodes + i * size;

		TRY(memory_read_number(image_memory(m->image), node + lock, 4, &held));
		m->may_race = held;
		m->raced |= m->may_race;
		TRY(check_set(m, node + head, node + root));
	}
	return NULL;
}

static struct error *check_all(struct vmap *m)
{
	uint64_t head, root;

	if (view_has(m->image, &node_view, BUSY_HEAD))
		return check_nodes(m);
	TRY(image_symbol(m->image, "vmap_area_list", &head));
	TRY(image_symbol(m->image, "vmap_area_root", &root));
	m->raced = m->may_race = lock_named_is_held(m->image, "vmap_area_lock");
	return check_set(m, head, root);
}

static int by_start(const void *a, const void *b)
{
	const struct area *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static void check_overlaps(struct vmap *m)
{
	m->may_race = m->raced;
	if (m->nr_areas)
		qsort(m->areas, m->nr_areas, sizeof(*m->areas), by_start);
	for (size_t i = 1; i < m->nr_areas; i++) {
		if (m->areas[i].start < m->areas[i - 1].end)
			validation_find_wrong(m->v, m->may_race, m->areas[i].address,
					      "the area at 0x%" PRIx64
					      " begins in another one, at 0x%" PRIx64,
					      m->areas[i].start, m->areas[i - 1].start);
	}
}

static struct error *look(struct vmap *m)
{
	struct error *err = pages_create(m->image, &m->pages);

	if (err && err->code != ERROR_NOT_FOUND && err->code != ERROR_UNSUPPORTED)
		return err;
	error_free(err);
	m->page_size = m->pages ? 1ull << pages_shift(m->pages) : 4096;
	TRY(view_offset(m->image, &area_view, LIST, &m->list));
	TRY(view_offset(m->image, &area_view, TREE, &m->tree));
	/* x86_64; the memory map of struct pages follows. */
	if (error_dropped(image_read_global(m->image, "vmalloc_base", 0, &m->low)) ||
	    error_dropped(image_read_global(m->image, "vmemmap_base", 0, &m->high)))
		m->low = 0;
	TRY(check_all(m));
	check_overlaps(m);
	return NULL;
}

static struct error *run(struct validation *v)
{
	struct vmap m = { .v = v, .image = validation_image(v) };
	struct error *err = look(&m);

	pages_destroy(m.pages);
	free(m.areas);
	if (err && err->code == ERROR_NOT_FOUND) {
		validation_skip(v, "%s", err->message);
		error_free(err);
		return NULL;
	}
	return err;
}

const struct validate_check validate_vmap = {
	.name = "vmap",
	.family = "structures",
	.summary = "virtual areas are lost, overlap, or are not mapped to their pages",
	.needs_kernel = true,
	.run = run,
};
