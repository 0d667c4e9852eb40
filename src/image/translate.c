// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's virtual memory over the dump's physical one, through the kernel's own page tables.
 */
#include "base/interrupt.h"
#include "image/state.h"

#include <stdlib.h>

static struct error *read_physical(void *context, uint64_t phys, void *buf, size_t size)
{
	struct image_reader *reader = context;

	return kxdump_read(reader->dump, phys, buf, size);
}

/* By the place of the image alone, when its page tables cannot be read. */
static bool translate_linear(const struct image *image, uint64_t virt, uint64_t *phys,
			     uint64_t *left)
{
	if (!image->linear_text || virt < image->arch->image_low || virt >= image->arch->image_high)
		return false;
	*phys = image->arch->image_to_phys(virt, image->phys_base);
	*left = 4096 - (virt & 4095);
	return true;
}

/* Physical address of @virt, and how many bytes from it on lie together. */
static struct error *translate(struct image_reader *reader, uint64_t virt, uint64_t *phys,
			       uint64_t *left)
{
	struct tlb_entry *slot = &reader->tlb[(virt >> 12) & (TLB_SIZE - 1)];
	const struct image *image = reader->image;
	struct arch_walk walk;
	struct error *err;
	uint64_t size;

	if (!(slot->virt & 1) && virt - slot->virt < slot->size) {
		*phys = slot->phys + (virt - slot->virt);
		*left = slot->size - (virt - slot->virt);
		return NULL;
	}
	if (translate_linear(image, virt, phys, left))
		return NULL;
	if (!image->has_root)
		return error_at(ERROR_UNSUPPORTED, virt,
				"%#llx cannot be translated: the kernel's page table is not known",
				(unsigned long long)virt);
	err = image->arch->walk(image->arch_state, &reader->physical, image->root, virt, &walk);
	if (err)
		return err;
	size = walk.entries[walk.nr_entries - 1].page_size;
	*slot = (struct tlb_entry){ .virt = virt & ~(size - 1),
				    .phys = walk.physical & ~(size - 1),
				    .size = size };
	*phys = walk.physical;
	*left = size - (virt & (size - 1));
	return NULL;
}

static struct error *read_virtual(void *context, uint64_t virt, void *buf, size_t size)
{
	struct image_reader *reader = context;
	uint8_t *to = buf;

	TRY(interrupt_check());
	/* The container's own addresses: they are all that a running kernel's modules have. */
	if (reader->image->info->live &&
	    !error_dropped(kxdump_read_virt(reader->dump, virt, buf, size)))
		return NULL;
	if (size && virt + (size - 1) < virt)
		return error_at(ERROR_ABSENT, virt, "%zu bytes at %#llx go beyond all addresses",
				size, (unsigned long long)virt);
	while (size) {
		uint64_t phys, left, start = virt;
		size_t run = 0;

		TRY(translate(reader, virt, &phys, &left));
		/* Pages that follow each other in physical memory too are one read. */
		for (;;) {
			uint64_t next, n = left < size - run ? left : size - run;

			run += n;
			virt += n;
			if (run == size || error_dropped(translate(reader, virt, &next, &left)) ||
			    next != phys + run)
				break;
		}
		TRY(error_wrap(kxdump_read(reader->dump, phys, to, run), "%#llx",
			       (unsigned long long)start));
		to += run;
		size -= run;
	}
	return NULL;
}

static void forget(struct image_reader *reader)
{
	for (size_t i = 0; i < TLB_SIZE; i++)
		reader->tlb[i].virt = 1;
}

static void reader_init(struct image_reader *reader, struct image *image, struct kxdump *dump)
{
	bool big = image->info->big_endian;
	uint8_t word = image->info->word_size ? image->info->word_size : 8;

	reader->image = image;
	reader->dump = dump;
	reader->physical = (struct memory){ read_physical, reader, big, word };
	reader->memory = (struct memory){ read_virtual, reader, big, word };
	forget(reader);
}

void translate_init(struct image *image)
{
	reader_init(&image->reader, image, image->dump);
}

struct error *image_reader_create(struct image *image, struct image_reader **ret)
{
	struct image_reader *reader = malloc(sizeof(*reader));
	struct kxdump *dump;
	struct error *err;

	if (!reader)
		return error_nomem();
	err = kxdump_share(image->dump, &dump);
	if (err) {
		free(reader);
		return err;
	}
	reader_init(reader, image, dump);
	*ret = reader;
	return NULL;
}

void image_reader_destroy(struct image_reader *reader)
{
	if (!reader)
		return;
	kxdump_close(reader->dump);
	free(reader);
}

const struct memory *image_reader_memory(const struct image_reader *reader)
{
	return &reader->memory;
}

struct kxdump *image_reader_dump(const struct image_reader *reader)
{
	return reader->dump;
}

void translate_set_root(struct image *image, uint64_t root)
{
	image->root = root;
	image->has_root = true;
	forget(&image->reader);
}

/* Does the page table at @root map the kernel's text to where VMCOREINFO says that it is? */
static bool root_fits(struct image *image, uint64_t root, uint64_t text, uint64_t text_phys)
{
	struct arch_walk walk;

	return !error_dropped(image->arch->walk(image->arch_state, &image->reader.physical, root,
						text, &walk)) &&
	       walk.physical == text_phys;
}

struct error *translate_find_root(struct image *image)
{
	uint64_t virt, root, text;
	int64_t levels;

	if (error_dropped(image_vmcoreinfo_number(image, "phys_base", &image->phys_base))) {
		if (!image->info->has_phys_base)
			return error_create(ERROR_NOT_FOUND, "phys_base is not known");
		image->phys_base = image->info->phys_base;
	}
	TRY(image_vmcoreinfo_symbol(image, "swapper_pg_dir", &virt));
	TRY(image_vmcoreinfo_symbol(image, "_stext", &text));
	root = image->arch->image_to_phys(virt, image->phys_base);
	if (!error_dropped(image_vmcoreinfo_number(image, "pgtable_l5_enabled", &levels)))
		image->arch->set_paging_levels(image->arch_state, levels ? 5 : 4);
	if (!root_fits(image, root, text, image->arch->image_to_phys(text, image->phys_base))) {
		image->linear_text = true;
		image_miss(
			image,
			"the kernel's page table at physical %#llx is damaged or not in the dump: only "
			"the kernel's image can be read",
			(unsigned long long)root);
	}
	translate_set_root(image, root);
	return NULL;
}

struct error *translate_image_extent(struct image *image, uint64_t *start, uint64_t *end)
{
	const uint64_t step = 2 << 20;
	uint64_t first = 0, last = 0, phys, left;

	for (uint64_t virt = image->arch->image_low; virt < image->arch->image_high; virt += step) {
		if (error_dropped(translate(&image->reader, virt, &phys, &left)))
			continue;
		if (!first)
			first = virt;
		last = virt + step;
	}
	if (!first)
		return error_create(ERROR_NOT_FOUND, "the page table maps no kernel image");
	*start = first;
	*end = last;
	return NULL;
}

struct error *image_translate(struct image *image, uint64_t virt, uint64_t *ret)
{
	uint64_t left;

	if (!image->arch)
		return error_create(ERROR_UNSUPPORTED, "the dump's architecture is not known");
	if (image->info->live && !error_dropped(kxdump_virt_to_phys(image->dump, virt, ret)))
		return NULL;
	return translate(&image->reader, virt, ret, &left);
}

/* Physical address of the table @pgd (virtual), or of the kernel's own. */
static struct error *table_root(struct image *image, uint64_t pgd, uint64_t *ret)
{
	if (!image->arch)
		return error_create(ERROR_UNSUPPORTED, "the dump's architecture is not known");
	if (pgd)
		return error_wrap(image_translate(image, pgd, ret), "page table %#llx",
				  (unsigned long long)pgd);
	if (!image->has_root)
		return error_create(ERROR_UNSUPPORTED, "the kernel's page table is not known");
	*ret = image->root;
	return NULL;
}

struct error *image_walk(struct image *image, uint64_t pgd, uint64_t virt, struct arch_walk *ret)
{
	uint64_t root;

	ret->nr_entries = 0;
	TRY(table_root(image, pgd, &root));
	return image->arch->walk(image->arch_state, &image->reader.physical, root, virt, ret);
}

struct error *image_read_user(struct image *image, uint64_t pgd, uint64_t virt, void *buf,
			      size_t size)
{
	uint64_t root;
	uint8_t *to = buf;

	TRY(table_root(image, pgd, &root));
	while (size) {
		size_t n = min(size, (size_t)(4096 - (virt & 4095)));
		struct arch_walk walk;

		TRY(interrupt_check());
		TRY(image->arch->walk(image->arch_state, &image->reader.physical, root, virt,
				      &walk));
		TRY(error_wrap(kxdump_read(image->dump, walk.physical, to, n), "%#llx",
			       (unsigned long long)virt));
		to += n;
		virt += n;
		size -= n;
	}
	return NULL;
}

struct error *image_phys_to_virt(struct image *image, uint64_t phys, uint64_t *ret)
{
	uint64_t base, back;

	TRY(image_read_global(image, "page_offset_base", 0, &base));
	TRY(image_translate(image, base + phys, &back));
	if (back != phys)
		return error_at(ERROR_ABSENT, phys, "%#llx is not in the direct map",
				(unsigned long long)phys);
	*ret = base + phys;
	return NULL;
}
