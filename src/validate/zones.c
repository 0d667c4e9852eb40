// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Nodes and zones (include/linux/mmzone.h of Linux): their numbers of pages against each other and
 * against the machine's RAM, and the lists of zones that allocations go by.
 */
#include "kernel/kexec_image.h"
#include "kernel/pages.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "image/view.h"
#include "validate/validate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LISTS 8
#define RAM_DEPTH 16

enum { ZONE_NODE };
DEFINE_VIEW(zone_view, "zone", [ZONE_NODE] = FIELD("zone_pgdat"));
enum { NODE_START, NODE_PRESENT, NODE_SPANNED, NODE_ID, NODE_LISTS };
DEFINE_VIEW(
	node_view, "pglist_data", [NODE_START] = FIELD("node_start_pfn"),
	[NODE_PRESENT] = FIELD("node_present_pages"), [NODE_SPANNED] = FIELD("node_spanned_pages"),
	[NODE_ID] = FIELD("node_id"), [NODE_LISTS] = FIELD("node_zonelists"));
enum { LIST_REFERENCES };
DEFINE_VIEW(list_view, "zonelist", [LIST_REFERENCES] = FIELD("_zonerefs"));
enum { REFERENCE_ZONE, REFERENCE_NUMBER };
DEFINE_VIEW(reference_view,
	    "zoneref", [REFERENCE_ZONE] = FIELD("zone"), [REFERENCE_NUMBER] = FIELD("zone_idx"));

struct node {
	unsigned int number;
	uint64_t address, start, spanned, present;
};

struct zones {
	struct validation *v;
	struct image *image;
	struct pages *pages;
	struct node *nodes;
	size_t nr_nodes, nodes_room;
	struct page_zone *zones;
	size_t nr_zones, zones_room;
	uint64_t ram; /* pages */
	/* where the lists lie, bytes */
	uint64_t lists, list_size, references, reference_size;
	uint64_t nr_lists, nr_references;
};

#define TELL(z, at, ...)                                                                           \
	validation_find((z)->v, FINDING_FAULT, CAUSE_CORRUPT, place_virtual(at, 0), __VA_ARGS__)

static struct error *add_node(void *context, unsigned int number, uint64_t pgdat)
{
	struct zones *z = context;
	struct node node = { .number = number, .address = pgdat };

	TRY(view_read(z->image, &node_view, NODE_START, pgdat, &node.start));
	TRY(view_read(z->image, &node_view, NODE_SPANNED, pgdat, &node.spanned));
	TRY(view_read(z->image, &node_view, NODE_PRESENT, pgdat, &node.present));
	TRY(alloc_grow(&z->nodes, &z->nodes_room, z->nr_nodes + 1, sizeof(*z->nodes)));
	z->nodes[z->nr_nodes++] = node;
	return NULL;
}

static struct error *add_zone(void *context, const struct page_zone *zone)
{
	struct zones *z = context;

	TRY(alloc_grow(&z->zones, &z->zones_room, z->nr_zones + 1, sizeof(*z->zones)));
	z->zones[z->nr_zones++] = *zone;
	return NULL;
}

/* ---- numbers of pages ---- */

static struct error *check_zone(struct zones *z, const struct node *node,
				const struct page_zone *zone)
{
	uint64_t pgdat;

	validation_looked_at(z->v, 1);
	if (zone->managed > zone->present || zone->present > zone->spanned)
		TELL(z, zone->address,
		     "zone %s spans %" PRIu64 " pages, of which %" PRIu64
		     " are present and %" PRIu64 " managed",
		     zone->name, zone->spanned, zone->present, zone->managed);
	if (zone->start_pfn < node->start || zone->spanned > node->spanned ||
	    zone->start_pfn - node->start > node->spanned - zone->spanned)
		TELL(z, zone->address,
		     "zone %s, %" PRIu64 " pages from pfn 0x%" PRIx64
		     " on, is not in its node: %" PRIu64 " from 0x%" PRIx64 " on",
		     zone->name, zone->spanned, zone->start_pfn, node->spanned, node->start);
	TRY(view_read(z->image, &zone_view, ZONE_NODE, zone->address, &pgdat));
	if (pgdat != node->address)
		TELL(z, zone->address,
		     "zone %s says that its node is at 0x%" PRIx64 ", expected 0x%" PRIx64,
		     zone->name, pgdat, node->address);
	return NULL;
}

static struct error *check_node(struct zones *z, const struct node *node)
{
	uint64_t present = 0, id;

	validation_looked_at(z->v, 1);
	for (size_t i = 0; i < z->nr_zones; i++) {
		if (z->zones[i].node != node->number)
			continue;
		TRY(check_zone(z, node, &z->zones[i]));
		present += z->zones[i].present;
	}
	if (present != node->present)
		TELL(z, node->address,
		     "node %u has %" PRIu64 " pages present, and its zones %" PRIu64, node->number,
		     node->present, present);
	TRY(view_read(z->image, &node_view, NODE_ID, node->address, &id));
	if (id != node->number)
		TELL(z, node->address, "node %u says that it is node %" PRIu64, node->number, id);
	return NULL;
}

static struct error *add_ram(void *context, const struct kexec_memory *memory)
{
	struct zones *z = context;
	unsigned int shift = pages_shift(z->pages);

	/* A page that is in it in part may be shared with RAM beside it. */
	if (!strncmp(memory->name, "System RAM", 10) && memory->end >= memory->start)
		z->ram += (memory->end >> shift) - (memory->start >> shift) + 1;
	return NULL;
}

/* Memory can be known and not be used, but not the other way round. */
static struct error *check_ram(struct zones *z)
{
	uint64_t present = 0, root;

	if (error_dropped(image_symbol(z->image, "iomem_resource", &root)))
		return NULL;
	TRY(kexec_memory_walk(z->image, RAM_DEPTH, add_ram, z));
	for (size_t i = 0; i < z->nr_zones; i++)
		present += z->zones[i].present;
	if (present > z->ram)
		TELL(z, z->zones[0].address,
		     "zones have %" PRIu64 " pages present, and iomem_resource %" PRIu64
		     " of System RAM",
		     present, z->ram);
	return NULL;
}

/* ---- lists of zones ---- */

static struct error *find_lists(struct zones *z)
{
	struct type_place lists, references;

	TRY(view_place(z->image, &node_view, NODE_LISTS, &lists));
	TRY(view_place(z->image, &list_view, LIST_REFERENCES, &references));
	TRY(view_size(z->image, &list_view, &z->list_size));
	TRY(view_size(z->image, &reference_view, &z->reference_size));
	if (lists.type->kind != TYPE_ARRAY || lists.type->count > MAX_LISTS ||
	    references.type->kind != TYPE_ARRAY)
		return error_create(ERROR_UNSUPPORTED, "lists of zones are not as they are known");
	z->lists = lists.bit_offset / 8;
	z->references = references.bit_offset / 8;
	z->nr_lists = lists.type->count;
	z->nr_references = references.type->count;
	return NULL;
}

static int by_address(const void *a, const void *b)
{
	const struct page_zone *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/*
 * @own: bits of the node's zones that were met. The order of nodes is by distance; each one's zones
 * come from the highest down.
 */
static struct error *check_reference(struct zones *z, const struct node *node, uint64_t at,
				     uint64_t address, const struct page_zone **before,
				     uint64_t *own)
{
	const struct page_zone key = { .address = address };
	const struct page_zone *zone =
		bsearch(&key, z->zones, z->nr_zones, sizeof(key), by_address);
	uint64_t number;

	TRY(view_read(z->image, &reference_view, REFERENCE_NUMBER, at, &number));
	validation_looked_at(z->v, 1);
	if (!zone || number != zone->number)
		TELL(z, at,
		     "a list of node %u's has zone %" PRIu64 " at 0x%" PRIx64
		     ", which is no such zone",
		     node->number, number, address);
	else if (*before && (*before)->node == zone->node && (*before)->number <= zone->number)
		TELL(z, at, "a list of node %u's has zone %s behind zone %s", node->number,
		     zone->name, (*before)->name);
	if (zone && zone->node == node->number)
		*own |= 1ull << (zone->number & 63);
	*before = zone;
	return NULL;
}

static struct error *check_list(struct zones *z, const struct node *node, uint64_t list)
{
	const struct page_zone *before = NULL;
	uint64_t address, own = 0, i, at;

	for (i = 0; i < z->nr_references; i++) {
		at = list + z->references + i * z->reference_size;
		TRY(view_read(z->image, &reference_view, REFERENCE_ZONE, at, &address));
		if (!address)
			break;
		/* What is no zone is not likely to be followed by one. */
		if (i && !before)
			return NULL;
		TRY(check_reference(z, node, at, address, &before, &own));
	}
	if (i == z->nr_references)
		TELL(z, list, "a list of node %u's has no end", node->number);
	for (size_t k = 0; k < z->nr_zones; k++) {
		const struct page_zone *zone = &z->zones[k];

		if (zone->node == node->number && zone->managed && !(own & 1ull << zone->number))
			TELL(z, list, "a list of node %u's lacks its own zone %s", node->number,
			     zone->name);
	}
	return NULL;
}

static struct error *check_lists(struct zones *z)
{
	TRY(find_lists(z));
	for (size_t i = 0; i < z->nr_nodes; i++) {
		for (uint64_t k = 0; k < z->nr_lists; k++)
			TRY(check_list(z, &z->nodes[i],
				       z->nodes[i].address + z->lists + k * z->list_size));
	}
	return NULL;
}

static struct error *look(struct zones *z)
{
	TRY(pages_nodes(z->pages, add_node, z));
	TRY(pages_zones(z->pages, add_zone, z));
	if (!z->nr_zones)
		return error_create(ERROR_BAD_DATA, "no zone has pages");
	qsort(z->zones, z->nr_zones, sizeof(*z->zones), by_address);
	for (size_t i = 0; i < z->nr_nodes; i++)
		TRY(check_node(z, &z->nodes[i]));
	TRY(check_lists(z));
	return check_ram(z);
}

static struct error *run(struct validation *v)
{
	struct zones z = { .v = v, .image = validation_image(v) };
	struct error *err = pages_create(z.image, &z.pages);

	if (!err)
		err = look(&z);
	pages_destroy(z.pages);
	free(z.nodes);
	free(z.zones);
	if (err && (err->code == ERROR_NOT_FOUND || err->code == ERROR_UNSUPPORTED)) {
		validation_skip(v, "%s", err->message);
		error_free(err);
		return NULL;
	}
	return err;
}

const struct validate_check validate_zones = {
	.name = "zones",
	.family = "coverage",
	.summary = "nodes' and zones' numbers of pages cannot be, or do not fit the machine's RAM",
	.quick = true,
	.needs_kernel = true,
	.run = run,
};
