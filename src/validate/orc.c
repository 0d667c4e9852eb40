// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ORC, by which stacks are unwound: of the kernel and of its modules. Addresses in 32 bits relative
 * to themselves, in order; to each an entry of 6 bytes. arch/x86/include/asm/orc_types.h of Linux.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "image/view.h"
#include "validate/validate.h"

#include <elf.h>

#define ENTRY_SIZE  6
#define MAX_ENTRIES ((uint64_t)1 << 24)
#define LAST_REG    10
#define LAST_TYPE   4

enum { ORC_SIGNAL, ORC_END };
/* "end" became a type, of three bits then, in fb799447ae29 (v6.4). */
DEFINE_VIEW(orc_view, "orc_entry", [ORC_SIGNAL] = FIELD("signal"), [ORC_END] = FIELD("end"));

struct orc_table {
	const char *of; /* "the kernel", or a module's name */
	struct arch_unwind_table at;
	uint64_t low, high; /* addresses are in there; both 0: not known */
	bool three_bit_type;
};

static struct error *read_table(struct validation *v, uint64_t at, uint64_t count, size_t size,
				uint8_t **ret)
{
	auto_free uint8_t *data = NULL;

	TRY(alloc_array(count, size, MAX_ENTRIES, "entries of ORC", &data));
	TRY(memory_read(image_memory(validation_image(v)), at, data, count * size));
	*ret = data;
	data = NULL;
	return NULL;
}

static struct error *check_addresses(struct validation *v, const struct orc_table *t)
{
	uint64_t last = 0, first = 0, faults = 0;
	auto_free uint8_t *data = NULL;

	TRY(read_table(v, t->at.addresses, t->at.count, 4, &data));
	for (uint64_t i = 0; i < t->at.count; i++) {
		uint64_t at = t->at.addresses + 4 * i;
		uint64_t to = at + sign_extend(load_number(data + 4 * i, 4, false), 32);
		bool outside = t->high && (to < t->low || to >= t->high);

		if ((to < last || outside) && !faults++)
			first = at;
		if (!outside)
			last = to;
	}
	if (faults)
		validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place_virtual(first, 4),
				"ORC of %s: %llu of %llu addresses are not in order%s", t->of,
				(unsigned long long)faults, (unsigned long long)t->at.count,
				t->high ? " or lead out of the kernel's image" : "");
	return NULL;
}

/*
 * The registers are numbered anew since v7.1; either way there are no more than LAST_REG, and the
 * frame pointer is BP (4), or by the caller's stack pointer (1, and since 8). All is in words.
 */
static bool is_legal(const uint8_t *entry, bool three_bit_type)
{
	unsigned int sp_offset = (unsigned int)load_number(entry, 2, false);
	unsigned int bp_offset = (unsigned int)load_number(entry + 2, 2, false);
	unsigned int fields = (unsigned int)load_number(entry + 4, 2, false);
	unsigned int sp = fields & 15, bp = fields >> 4 & 15, type = fields >> 8 & 7;

	if (sp_offset % 8 || bp_offset % 8 || fields >> 12 || sp > LAST_REG)
		return false;
	if ((bp && bp != 1 && bp != 4 && bp != 8) || (!bp && bp_offset))
		return false;
	/* Of what is unknown, or the end of the stack, nothing is told. */
	if (three_bit_type && (type > LAST_TYPE || (type < 2) != !sp))
		return false;
	return sp || (!bp && !sp_offset);
}

static struct error *check_entries(struct validation *v, const struct orc_table *t)
{
	uint64_t first = 0, faults = 0;
	auto_free uint8_t *data = NULL;

	TRY(read_table(v, t->at.entries, t->at.count, ENTRY_SIZE, &data));
	for (uint64_t i = 0; i < t->at.count; i++) {
		if (!is_legal(data + ENTRY_SIZE * i, t->three_bit_type) && !faults++)
			first = t->at.entries + ENTRY_SIZE * i;
	}
	validation_looked_at(v, t->at.count);
	if (faults)
		validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place_virtual(first, ENTRY_SIZE),
				"ORC of %s: %llu of %llu entries say what none can", t->of,
				(unsigned long long)faults, (unsigned long long)t->at.count);
	return NULL;
}

static struct error *check_table(struct validation *v, struct orc_table *t)
{
	struct image *image = validation_image(v);
	struct error *err;

	t->three_bit_type =
		view_has(image, &orc_view, ORC_SIGNAL) && !view_has(image, &orc_view, ORC_END);
	err = check_addresses(v, t);
	if (!err)
		err = check_entries(v, t);
	return err ? validation_find_error(v, true, place_virtual(t->at.addresses, 0), err,
					   "ORC cannot be read")
		   : NULL;
}

static struct error *check_modules(struct validation *v)
{
	struct image *image = validation_image(v);
	const struct image_module *modules;
	size_t count;

	/* Their list is checked by modules-there. */
	if (error_dropped(image_modules(image, &modules, &count, NULL)))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		struct orc_table t = { .of = modules[i].name };

		/* Some addresses are those of init code, which is gone. */
		if (image_unwind_table(image, modules[i].base, &t.at))
			TRY(check_table(v, &t));
	}
	return NULL;
}

static struct error *run(struct validation *v)
{
	struct image *image = validation_image(v);
	struct orc_table t = { .of = "the kernel" };
	uint64_t text;

	if (!image_arch(image) || image_arch(image)->elf_machine != EM_X86_64 ||
	    error_dropped(image_symbol(image, "_stext", &text)) ||
	    !image_unwind_table(image, text, &t.at)) {
		validation_skip(v, "the kernel has no ORC");
		return NULL;
	}
	TRY(image_symbol(image, "_text", &t.low));
	TRY(image_symbol(image, "_end", &t.high));
	TRY(check_table(v, &t));
	return check_modules(v);
}

const struct validate_check validate_orc = {
	.name = "orc",
	.family = "kernel",
	.summary = "the tables by which stacks are unwound (ORC) are damaged",
	.needs_kernel = true,
	.run = run,
};
