// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The flattened device tree that Kexec HandOver passes on, and the blobs that it names. The tree's
 * form: the Devicetree specification, chapter 5; what is in it: include/linux/kho/abi/ of Linux.
 */
#include "kernel/kho.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/interrupt.h"
#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#define MAX_TREE  (1U << 20)
#define MAX_BLOB  4096
#define MAX_DEPTH 4
#define OLDEST	  16 /* Linux writes 17, which readers of 16 understand */
/* Over all trees: one can name another, or itself, from each of its nodes. */
#define MAX_NODES 4096
#define SHOWN	  32 /* bytes of a property that is neither text nor a number */

struct tree {
	const struct memory *physical;
	kho_property_each each;
	void *context;
	const char *prefix; /* path of the node whose blob this tree is; "" the root's */
	unsigned int depth;
	unsigned int *nodes_left; /* of all trees together */
	void *fdt;
	uint64_t address, size;
};

static struct error *damaged(const struct tree *tree, const char *what, int code)
{
	return error_at(ERROR_BAD_DATA, tree->address,
			"the device tree at physical 0x%" PRIx64 ": %s: %s", tree->address, what,
			fdt_strerror(code));
}

static struct error *read_tree(struct tree *tree)
{
	_Alignas(8) uint8_t head[sizeof(struct fdt_header)];
	int result;

	TRY(error_wrap(memory_read(tree->physical, tree->address, head, sizeof(head)),
		       "the device tree at physical 0x%" PRIx64, tree->address));
	if (fdt_magic(head) != FDT_MAGIC)
		return error_at(ERROR_BAD_DATA, tree->address,
				"no device tree at physical 0x%" PRIx64 ": its magic is 0x%" PRIx32
				", 0x%x is expected",
				tree->address, (uint32_t)fdt_magic(head), FDT_MAGIC);
	/* Older ones have names that are paths, without which libfdt 1.6.1 reads at NULL. */
	if (fdt_version(head) < OLDEST)
		return error_at(ERROR_UNSUPPORTED, tree->address,
				"the device tree at physical 0x%" PRIx64 " is of version %" PRIu32
				"; expected %d or later",
				tree->address, (uint32_t)fdt_version(head), OLDEST);
	tree->size = fdt_totalsize(head);
	TRY(alloc_array(max(tree->size, (uint64_t)sizeof(head)), 1, MAX_TREE,
			"bytes of a device tree", &tree->fdt));
	TRY(memory_read(tree->physical, tree->address, tree->fdt, tree->size));
	result = fdt_check_full(tree->fdt, tree->size);
	return result ? damaged(tree, "it is not sound", result) : NULL;
}

/* One or several strings, each with its NUL, as "compatible" has them. */
static bool is_text(const char *data, size_t size)
{
	if (!size || data[size - 1] || !data[0])
		return false;
	for (size_t i = 0; i < size; i++) {
		if (data[i] ? !isascii(data[i]) || !isprint(data[i]) : i && !data[i - 1])
			return false;
	}
	return true;
}

static void describe(const struct tree *tree, const uint8_t *data, size_t size,
		     struct kho_property *ret, struct text *text)
{
	ret->size = size;
	if (is_text((const char *)data, size)) {
		ret->type = KHO_TEXT;
		for (size_t at = 0; at < size; at += strlen((const char *)data + at) + 1)
			text_addf(text, "%s%s", at ? "," : "", (const char *)data + at);
	} else if (size == 8 || size == 4) {
		ret->type = KHO_NUMBER;
		ret->number = load_number(data, size, tree->physical->big_endian);
		text_addf(text, "0x%" PRIx64, ret->number);
	} else {
		ret->type = KHO_BYTES;
		for (size_t i = 0; i < size && i < SHOWN; i++)
			text_addf(text, "%02x", data[i]);
		if (size > SHOWN)
			text_adds(text, "…");
	}
	ret->text = text_string(text);
}

static struct error *give(const struct tree *tree, const char *path, const char *name,
			  const void *data, size_t size)
{
	struct kho_property property = { .path = path, .name = name };
	auto_text text = { 0 };

	describe(tree, data, size, &property, &text);
	return tree->each(tree->context, &property);
}

static struct error *give_number(const struct tree *tree, const char *path, const char *name,
				 uint64_t value)
{
	char text[32];
	struct kho_property property = {
		.path = path,
		.name = name,
		.type = KHO_NUMBER,
		.number = value,
		.size = 8,
	};

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	property.text = text;
	return tree->each(tree->context, &property);
}

/* struct kho_kexec_metadata: packed. */
static struct error *give_metadata(const struct tree *tree, const char *path, struct bytes *b)
{
	uint32_t version = bytes_u32(b);
	const char *release = (const char *)bytes_take(b, 65);
	uint32_t count = bytes_u32(b);
	char copy[66] = "";

	if (b->failed)
		return error_at(ERROR_BAD_DATA, tree->address, "%s is too short", path);
	memcpy(copy, release, 65);
	TRY(give_number(tree, path, "version", version));
	if (version != 1) /* KHO_KEXEC_METADATA_VERSION: what follows may be anything */
		return NULL;
	if (*copy)
		TRY(give(tree, path, "previous_release", copy, strlen(copy) + 1));
	return give_number(tree, path, "kexec_count", count);
}

/* struct luo_ser: a text, padded to 8 bytes, and three words. */
static struct error *give_luo(const struct tree *tree, const char *path, struct bytes *b)
{
	static const char *const names[] = { "liveupdate_number", "sessions", "flbs" };
	const char *compatible = (const char *)b->data;
	size_t len = strnlen(compatible, b->size);

	if (len == b->size || strncmp(compatible, "luo-", 4) != 0)
		return error_at(ERROR_BAD_DATA, tree->address, "%s has no luo-v… at its start",
				path);
	TRY(give(tree, path, "compatible", compatible, len + 1));
	bytes_skip(b, (len + 1 + 7) / 8 * 8);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		uint64_t value = bytes_u64(b);

		if (b->failed)
			return error_at(ERROR_BAD_DATA, tree->address, "%s is too short", path);
		TRY(give_number(tree, path, names[i], value));
	}
	return NULL;
}

static struct error *walk(struct tree *tree, struct kho_fdt *ret);

/* The blob at physical @address that node @path names; @size 0: not told. */
static struct error *give_blob(const struct tree *tree, const char *path, uint64_t address,
			       uint64_t size)
{
	_Alignas(8) uint8_t blob[MAX_BLOB];
	struct tree inner = *tree;
	struct bytes b;

	size = size ? min(size, (uint64_t)MAX_BLOB) : sizeof(struct fdt_header);
	TRY(error_wrap(memory_read(tree->physical, address, blob, size),
		       "%s at physical 0x%" PRIx64, path, address));
	inner.prefix = path;
	inner.depth++;
	inner.address = address;
	b = bytes_of(blob, size, tree->physical->big_endian);
	if (size >= sizeof(struct fdt_header) && fdt_magic(blob) == FDT_MAGIC)
		return walk(&inner, NULL);
	if (!strcmp(path, "/kexec-metadata"))
		return give_metadata(&inner, path, &b);
	if (!strcmp(path, "/LUO"))
		return give_luo(&inner, path, &b);
	return NULL;
}

static uint64_t number_of(const struct tree *tree, int node, const char *name)
{
	int size;
	const void *data = fdt_getprop(tree->fdt, node, name, &size);

	return data && size == 8 ? load_number(data, 8, tree->physical->big_endian) : 0;
}

static struct error *give_node(struct tree *tree, int node, const char *path)
{
	int property;
	uint64_t blob;

	fdt_for_each_property_offset(property, tree->fdt, node)
	{
		int size;
		const char *name;
		const void *data = fdt_getprop_by_offset(tree->fdt, property, &name, &size);

		TRY(interrupt_check());
		if (!data)
			return damaged(tree, path, size);
		TRY(give(tree, path, name, data, (size_t)size));
	}
	blob = number_of(tree, node, "preserved-data");
	if (!blob) /* kho-v1 */
		blob = number_of(tree, node, "fdt");
	if (!blob || tree->depth >= MAX_DEPTH)
		return NULL;
	return give_blob(tree, path, blob, number_of(tree, node, "blob-size"));
}

static struct error *name_node(struct tree *tree, int node)
{
	char inner[512], path[1024];
	int result = fdt_get_path(tree->fdt, node, inner, sizeof(inner));

	if (result)
		return damaged(tree, "a path", result);
	snprintf(path, sizeof(path), "%s%s", tree->prefix,
		 *tree->prefix && !strcmp(inner, "/") ? "" : inner);
	return give_node(tree, node, path);
}

/* A blob that cannot be read does not hide the nodes behind it: the first error comes at the end.
 */
static struct error *give_nodes(struct tree *tree)
{
	struct error *first = NULL;

	for (int node = 0; node >= 0; node = fdt_next_node(tree->fdt, node, NULL)) {
		struct error *err;

		if (!*tree->nodes_left) {
			error_free(first);
			return error_at(ERROR_BAD_DATA, tree->address,
					"the device trees have more than %u nodes; no more are "
					"looked at",
					MAX_NODES);
		}
		--*tree->nodes_left;
		err = name_node(tree, node);
		if (err && err->code == ERROR_INTERRUPTED) {
			error_free(first);
			return err;
		}
		if (first)
			error_free(err);
		else
			first = err;
	}
	return first;
}

static struct error *walk(struct tree *tree, struct kho_fdt *ret)
{
	struct error *err;

	tree->fdt = NULL;
	err = read_tree(tree);
	if (!err && ret) {
		int size;
		const char *compatible = fdt_getprop(tree->fdt, 0, "compatible", &size);

		ret->size = tree->size;
		if (compatible && size > 0)
			snprintf(ret->compatible, sizeof(ret->compatible), "%.*s", size,
				 compatible);
		ret->preserved_map = number_of(tree, 0, "preserved-memory-map");
	}
	if (!err)
		err = give_nodes(tree);
	free(tree->fdt);
	return err;
}

struct error *kho_fdt_walk(const struct memory *physical, uint64_t address, kho_property_each each,
			   void *context, struct kho_fdt *ret)
{
	unsigned int nodes_left = MAX_NODES;
	struct tree tree = { .physical = physical,
			     .each = each,
			     .context = context,
			     .prefix = "",
			     .nodes_left = &nodes_left,
			     .address = address };

	*ret = (struct kho_fdt){ 0 };
	return walk(&tree, ret);
}
