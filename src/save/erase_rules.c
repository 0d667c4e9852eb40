// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Key material that is found by where the kernel keeps it: the payloads of all keys
 * (security/keys/, include/keys/ of Linux), and the state of the random number generator
 * (drivers/char/random.c). A kind of key, or a variable, is a line of a table.
 */
#include "image/values.h"
#include "image/view.h"
#include "kernel/lists.h"
#include "save/erase.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { KEY_NODE, KEY_SERIAL, KEY_TYPE, KEY_PAYLOAD };
DEFINE_VIEW(key_view, "key", [KEY_NODE] = FIELD("serial_node"), [KEY_SERIAL] = FIELD("serial"),
	    [KEY_TYPE] = FIELD("type", "index_key.type"),
	    [KEY_PAYLOAD] = FIELD("payload.data[0]", "payload.data"));
enum { KEY_TYPE_NAME };
DEFINE_VIEW(key_type_view, "key_type", [KEY_TYPE_NAME] = FIELD("name"));

enum { DATA, LENGTH };
DEFINE_VIEW(user_view, "user_key_payload", [DATA] = FIELD("data"), [LENGTH] = FIELD("datalen"));
DEFINE_VIEW(encrypted_view, "encrypted_key_payload", [DATA] = FIELD("decrypted_data"),
	    [LENGTH] = FIELD("decrypted_datalen"));
DEFINE_VIEW(trusted_view,
	    "trusted_key_payload", [DATA] = FIELD("key"), [LENGTH] = FIELD("key_len"));
DEFINE_VIEW(big_view, "big_key_payload", [DATA] = FIELD("data"), [LENGTH] = FIELD("length"));

static const struct kind {
	const char *name; /* key_type.name */
	const struct view *payload;
	bool is_pointer; /* @data points to the bytes, and does not hold them */
} kinds[] = {
	{ "user", &user_view, false },		{ "logon", &user_view, false },
	{ "encrypted", &encrypted_view, true }, { "trusted", &trusted_view, false },
	{ "big_key", &big_view, true },
};

/* Keys of these kinds hold nothing that is secret. */
static const char *const harmless[] = { "keyring", ".request_key_auth", "id_resolver", "id_legacy",
					"dns_resolver" };

struct walk {
	struct erase *erase;
	struct image *image;
	uint64_t node;		/* offset of serial_node */
	uint64_t others, found; /* keys of kinds that are not known; of those that are */
	char other[64];		/* the first one's */
};

static bool is_harmless(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++) {
		if (!strcmp(type, harmless[i]))
			return true;
	}
	return false;
}

static struct error *read_type(struct image *image, uint64_t key, char *ret, size_t size)
{
	uint64_t type, name;

	TRY(view_read(image, &key_view, KEY_TYPE, key, &type));
	TRY(view_read(image, &key_type_view, KEY_TYPE_NAME, type, &name));
	return image_read_string(image, name, ret, size);
}

static struct error *add_payload(struct walk *w, const struct kind *kind, uint64_t key)
{
	uint64_t payload, offset, length, serial, at;

	TRY(view_read(w->image, &key_view, KEY_PAYLOAD, key, &payload));
	if (!payload) /* revoked, or not yet there */
		return NULL;
	TRY(view_read(w->image, &key_view, KEY_SERIAL, key, &serial));
	TRY(view_offset(w->image, kind->payload, DATA, &offset));
	TRY(view_read(w->image, kind->payload, LENGTH, payload, &length));
	at = payload + offset;
	if (kind->is_pointer)
		TRY(memory_read_word(image_memory(w->image), at, &at));
	w->found++;
	return at && length ? erase_add(w->erase, w->image, at, length, "%s key 0x%08" PRIx64,
					kind->name, serial & UINT32_MAX)
			    : NULL;
}

static struct error *add_key(struct walk *w, uint64_t key)
{
	char type[64];

	TRY(read_type(w->image, key, type, sizeof(type)));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(type, kinds[i].name))
			return add_payload(w, &kinds[i], key);
	}
	if (is_harmless(type))
		return NULL;
	if (!w->others++)
		snprintf(w->other, sizeof(w->other), "%s", type);
	return NULL;
}

/* A key that cannot be read is told, and the others are erased all the same. */
static struct error *each_key(void *context, uint64_t entry, uint64_t index)
{
	struct walk *w = context;
	uint64_t key = entry - w->node;
	struct error *err = add_key(w, key);

	if (!err || err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM)
		return err;
	err = error_wrap(err, "the key at 0x%" PRIx64 " is not erased", key);
	TRY(erase_note(w->erase, "%s", err->message));
	error_free(err);
	return NULL;
}

static struct error *walk_keys(struct walk *w)
{
	uint64_t root;

	TRY(image_symbol(w->image, "key_serial_tree", &root));
	TRY(view_offset(w->image, &key_view, KEY_NODE, &w->node));
	return rbtree_each(w->image, root, each_key, w);
}

static struct error *erase_keyrings(struct erase *erase, struct image *image)
{
	struct walk w = { .erase = erase, .image = image };

	TRY(walk_keys(&w));
	if (w.others)
		TRY(erase_note(erase,
			       "%" PRIu64 " keys are of kinds that are not known, and stay: %s…",
			       w.others, w.other));
	return NULL;
}

/* ---- the random number generator ---- */

static const struct {
	const char *symbol;
	bool per_cpu;
} random_state[] = {
	/* 6071a6c0fba2, 186873c549df and others (v5.18) */
	{ "base_crng", false },
	{ "input_pool", false },
	{ "crngs", true },
	{ "batched_entropy_u8", true },
	{ "batched_entropy_u16", true },
	{ "batched_entropy_u32", true },
	{ "batched_entropy_u64", true },
	{ "primary_crng", false },
	{ "input_pool_data", false },
};

/* Its size by its type, else up to the next symbol. */
static struct error *random_size(struct image *image, const char *name, uint64_t *ret)
{
	const struct type *type;
	struct symbol symbol;

	if (!error_dropped(types_find_variable(image_types(image), name, &type)) && type->size) {
		*ret = type->size;
		return NULL;
	}
	TRY(symbols_by_name(image_symbols(image), name, &symbol));
	*ret = symbol.size;
	return NULL;
}

static struct error *erase_variable(struct erase *erase, struct image *image, const char *name,
				    bool per_cpu)
{
	uint64_t address, size;

	if (error_dropped(image_symbol(image, name, &address)))
		return NULL; /* this kernel has no such variable */
	TRY(random_size(image, name, &size));
	if (!per_cpu)
		return erase_add(erase, image, address, size, "%s", name);
	for (unsigned int cpu = 0; cpu < image_nr_cpus(image); cpu++) {
		if (!image_cpu_possible(image, cpu))
			continue;
		TRY(image_per_cpu(image, name, cpu, &address));
		TRY(erase_add(erase, image, address, size, "%s:%u", name, cpu));
	}
	return NULL;
}

static struct error *erase_random(struct erase *erase, struct image *image)
{
	size_t before = erase->nr_entries;

	for (size_t i = 0; i < ARRAY_SIZE(random_state); i++)
		TRY(erase_variable(erase, image, random_state[i].symbol, random_state[i].per_cpu));
	if (erase->nr_entries == before)
		TRY(erase_note(erase,
			       "the random number generator's state is not where it is known "
			       "to be, and stays"));
	return NULL;
}

static const struct {
	const char *what;
	struct error *(*run)(struct erase *erase, struct image *image);
} rules[] = {
	{ "the keys of the kernel's keyrings", erase_keyrings },
	{ "the random number generator's state", erase_random },
};

struct error *erase_rules_run(struct erase *erase, struct image *image)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		TRY(error_wrap(rules[i].run(erase, image), "erasing %s", rules[i].what));
	return NULL;
}
