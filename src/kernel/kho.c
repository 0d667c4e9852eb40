// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's own variables of Kexec HandOver. */
#include "kernel/kho.h"

#include "base/alloc.h"
#include "image/view.h"
#include "kernel/kexec_image.h"

#include <inttypes.h>

enum { OUT_FDT, OUT_FDT_PAGE, OUT_ROOT };
DEFINE_VIEW(out_view, "kho_out", [OUT_FDT] = FIELD("fdt"),
	    /* a struct page, until v6.18 */
	    [OUT_FDT_PAGE] = FIELD("ser.fdt"), [OUT_ROOT] = FIELD("radix_tree.root"));

enum { IN_FDT, IN_SCRATCH, IN_RELEASE, IN_COUNT };
DEFINE_VIEW(in_view, "kho_in", [IN_FDT] = FIELD("fdt_phys"), [IN_SCRATCH] = FIELD("scratch_phys"),
	    /* with kexec-metadata, v7.1 */
	    [IN_RELEASE] = FIELD("previous_release"), [IN_COUNT] = FIELD("kexec_count"));

enum { SCRATCH_ADDR, SCRATCH_SIZE };
DEFINE_VIEW(scratch_view,
	    "kho_scratch", [SCRATCH_ADDR] = FIELD("addr"), [SCRATCH_SIZE] = FIELD("size"));

void kho_deinit(struct kho *kho)
{
	free(kho->scratch);
	error_free(kho->problem);
	*kho = (struct kho){ 0 };
}

/* Keeps the first problem; a member or symbol that this kernel lacks is none. */
static struct error *keep(struct kho *kho, struct error *err, const char *what)
{
	if (!err || err->code == ERROR_INTERRUPTED)
		return err;
	if (kho->problem || err->code == ERROR_NOT_FOUND)
		error_free(err);
	else
		kho->problem = error_wrap(err, "%s", what);
	return NULL;
}

static struct error *to_phys(struct image *image, uint64_t virt, uint64_t *ret)
{
	/* An ERR_PTR where setting up failed. */
	if (!virt || virt >= UINT64_MAX - 4095)
		return NULL;
	return image_translate(image, virt, ret);
}

static struct error *read_out(struct image *image, struct kho *kho)
{
	uint64_t address, value;

	TRY(image_symbol(image, "kho_out", &address));
	if (view_has(image, &out_view, OUT_FDT)) {
		TRY(view_read(image, &out_view, OUT_FDT, address, &value));
		TRY(to_phys(image, value, &kho->out_fdt));
	} else {
		TRY(view_read(image, &out_view, OUT_FDT_PAGE, address, &value));
		if (value)
			TRY(kexec_page_to_phys(image, value, &kho->out_fdt));
	}
	TRY(view_read(image, &out_view, OUT_ROOT, address, &value)); /* v7.0 */
	return to_phys(image, value, &kho->out_map);
}

static struct error *read_in(struct image *image, struct kho *kho)
{
	uint64_t address;

	TRY(image_symbol(image, "kho_in", &address));
	TRY(view_read(image, &in_view, IN_FDT, address, &kho->in_fdt));
	TRY(view_read(image, &in_view, IN_SCRATCH, address, &kho->in_scratch));
	TRY(view_read(image, &in_view, IN_COUNT, address, &kho->kexec_count));
	kho->has_kexec_count = true;
	return view_read_bytes(image, &in_view, IN_RELEASE, address, kho->previous_release,
			       sizeof(kho->previous_release) - 1);
}

static struct error *read_scratch(struct image *image, struct kho *kho)
{
	uint64_t count, size;

	TRY(image_read_global(image, "kho_scratch", 0, &kho->scratch_address));
	TRY(image_read_global(image, "kho_scratch_cnt", 4, &count));
	if (!kho->scratch_address || !count)
		return NULL;
	TRY(view_size(image, &scratch_view, &size));
	TRY(alloc_array(count, sizeof(kho->scratch[0]), KHO_MAX_SCRATCH, "scratch areas",
			&kho->scratch));
	for (size_t i = 0; i < count; i++) {
		uint64_t at = kho->scratch_address + i * size;

		TRY(view_read(image, &scratch_view, SCRATCH_ADDR, at, &kho->scratch[i].start));
		TRY(view_read(image, &scratch_view, SCRATCH_SIZE, at, &kho->scratch[i].size));
		kho->nr_scratch++;
	}
	return NULL;
}

struct error *kho_read(struct image *image, struct kho *ret)
{
	struct kho kho = { 0 };
	struct error *err;
	uint64_t symbol, enabled = 0;

	if (error_dropped(image_symbol(image, "kho_out", &symbol)))
		return error_create(ERROR_NOT_FOUND, "the kernel has no Kexec HandOver");
	kho.has_enabled = !error_dropped(image_read_global(image, "kho_enable", 1, &enabled));
	kho.enabled = enabled & 1;
	err = keep(&kho, read_out(image, &kho), "kho_out");
	if (!err)
		err = keep(&kho, read_in(image, &kho), "kho_in");
	/* A kernel that could not set it up has turned it off, and given the areas' memory back. */
	if (!err && (kho.enabled || !kho.has_enabled))
		err = keep(&kho, read_scratch(image, &kho), "kho_scratch");
	if (err) {
		kho_deinit(&kho);
		return err;
	}
	*ret = kho;
	return NULL;
}
