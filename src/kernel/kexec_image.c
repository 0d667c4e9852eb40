// SPDX-License-Identifier: GPL-2.0-or-later
/* struct kimage: include/linux/kexec.h of Linux. */
#include "kernel/kexec_image.h"

#include "image/view.h"

#include <inttypes.h>

DEFINE_VIEW(
	kimage_view, "kimage", [KEXEC_TYPE] = FIELD("type"), [KEXEC_FILE_MODE] = FIELD("file_mode"),
	[KEXEC_PRESERVE_CONTEXT] = FIELD("preserve_context"),
	/* update_elfcorehdr from v6.6 to v6.9, as kexec_load's flag then was called */
	[KEXEC_HOTPLUG_SUPPORT] = FIELD("hotplug_support", "update_elfcorehdr"),
	[KEXEC_NO_CMA] = FIELD("no_cma"), [KEXEC_FORCE_DTB] = FIELD("force_dtb"),
	[KEXEC_START] = FIELD("start"), [KEXEC_HEAD] = FIELD("head"),
	[KEXEC_ENTRY] = FIELD("entry"), [KEXEC_LAST_ENTRY] = FIELD("last_entry"),
	[KEXEC_NR_SEGMENTS] = FIELD("nr_segments"),
	[KEXEC_CONTROL_CODE_PAGE] = FIELD("control_code_page"),
	[KEXEC_SWAP_PAGE] = FIELD("swap_page"), [KEXEC_CONTROL_PAGE] = FIELD("control_page"),
	/* without a pgd of its own before v6.12, the table began in the control code's pages */
	[KEXEC_PAGE_TABLE] = FIELD("arch.pgd"),
	[KEXEC_VMCOREINFO_COPY] = FIELD("vmcoreinfo_data_copy"),
	/* out of the architecture's part since v5.13 */
	[KEXEC_ELF_HEADERS] = FIELD("elf_headers", "arch.elf_headers"),
	[KEXEC_ELF_HEADERS_SIZE] = FIELD("elf_headers_sz", "arch.elf_headers_sz"),
	[KEXEC_ELF_LOAD_ADDRESS] = FIELD("elf_load_addr", "arch.elf_load_addr"),
	[KEXEC_HP_ACTION] = FIELD("hp_action"),
	[KEXEC_ELFCOREHDR_INDEX] = FIELD("elfcorehdr_index"),
	[KEXEC_ELFCOREHDR_UPDATED] = FIELD("elfcorehdr_updated"),
	[KEXEC_KERNEL_BUF] = FIELD("kernel_buf"), [KEXEC_KERNEL_BUF_LEN] = FIELD("kernel_buf_len"),
	[KEXEC_INITRD_BUF] = FIELD("initrd_buf"), [KEXEC_INITRD_BUF_LEN] = FIELD("initrd_buf_len"),
	[KEXEC_CMDLINE_BUF] = FIELD("cmdline_buf"),
	[KEXEC_CMDLINE_BUF_LEN] = FIELD("cmdline_buf_len"), [KEXEC_FILE_OPS] = FIELD("fops"),
	[KEXEC_PURGATORY_EHDR] = FIELD("purgatory_info.ehdr"),
	[KEXEC_PURGATORY_SECHDRS] = FIELD("purgatory_info.sechdrs"),
	[KEXEC_PURGATORY_BUF] = FIELD("purgatory_info.purgatory_buf"),
	[KEXEC_KHO_FDT] = FIELD("kho.fdt"), [KEXEC_KHO_SCRATCH] = FIELD("kho.scratch"),
	[KEXEC_DM_CRYPT_KEYS] = FIELD("dm_crypt_keys_addr"),
	[KEXEC_DM_CRYPT_KEYS_SIZE] = FIELD("dm_crypt_keys_sz"));

/* Members that are arrays: where they begin. */
enum { SEGMENT, SEGMENT_CMA };
DEFINE_VIEW(kimage_arrays,
	    "kimage", [SEGMENT] = FIELD("segment[0].mem"), [SEGMENT_CMA] = FIELD("segment_cma[0]"));

enum { SEGMENT_BUF, SEGMENT_BUFSZ, SEGMENT_MEM, SEGMENT_MEMSZ };
DEFINE_VIEW(segment_view,
	    "kexec_segment", [SEGMENT_BUF] = FIELD("kbuf", "buf"), [SEGMENT_BUFSZ] = FIELD("bufsz"),
	    [SEGMENT_MEM] = FIELD("mem"), [SEGMENT_MEMSZ] = FIELD("memsz"));

DEFINE_VIEW(page_view, "page", FIELD("flags"));

void kexec_image_deinit(struct kexec_image *kexec)
{
	error_free(kexec->problem);
	kexec->problem = NULL;
}

/* Keeps the first problem. A member that this kernel lacks is none. Only Ctrl-C is an error. */
static struct error *keep(struct kexec_image *kexec, struct error *err)
{
	if (err && err->code == ERROR_INTERRUPTED)
		return err;
	if (!err)
		return NULL;
	if (kexec->problem || err->code == ERROR_NOT_FOUND)
		error_free(err);
	else
		kexec->problem = error_wrap(err, "struct kimage at %016" PRIx64, kexec->address);
	return NULL;
}

static struct error *read_fields(struct image *image, struct kexec_image *kexec)
{
	for (unsigned int i = 0; i < KEXEC_NR_FIELDS; i++) {
		struct error *err =
			view_read(image, &kimage_view, i, kexec->address, &kexec->value[i]);

		kexec->has[i] = !err;
		TRY(keep(kexec, err));
	}
	return NULL;
}

static struct error *read_segment(struct image *image, uint64_t address, struct kexec_segment *ret)
{
	ret->at = address;
	TRY(view_read(image, &segment_view, SEGMENT_BUF, address, &ret->buffer));
	TRY(view_read(image, &segment_view, SEGMENT_BUFSZ, address, &ret->buffer_size));
	TRY(view_read(image, &segment_view, SEGMENT_MEM, address, &ret->address));
	return view_read(image, &segment_view, SEGMENT_MEMSZ, address, &ret->memory_size);
}

/* How many segments may be read: the count is not believed beyond what the array holds. */
static struct error *count_segments(struct kexec_image *kexec, unsigned int *ret)
{
	uint64_t count = kexec->value[KEXEC_NR_SEGMENTS];

	*ret = (unsigned int)min(count, (uint64_t)KEXEC_MAX_SEGMENTS);
	if (count <= KEXEC_MAX_SEGMENTS)
		return NULL;
	return error_at(ERROR_BAD_DATA, kexec->address, "%" PRIu64 " segments, %d are possible",
			count, KEXEC_MAX_SEGMENTS);
}

static struct error *read_segments(struct image *image, struct kexec_image *kexec)
{
	uint64_t first, mem, size, cma = 0;
	unsigned int count;
	bool has_cma;

	TRY(keep(kexec, count_segments(kexec, &count)));
	TRY(view_offset(image, &kimage_arrays, SEGMENT, &first));
	TRY(view_offset(image, &segment_view, SEGMENT_MEM, &mem));
	TRY(view_size(image, &segment_view, &size));
	/* v6.17 */
	has_cma = !error_dropped(view_offset(image, &kimage_arrays, SEGMENT_CMA, &cma));
	for (unsigned int i = 0; i < count; i++) {
		struct kexec_segment *segment = &kexec->segments[i];

		TRY(read_segment(image, kexec->address + first - mem + i * size, segment));
		if (has_cma)
			TRY(memory_read_word(image_memory(image), kexec->address + cma + 8 * i,
					     &segment->cma));
		kexec->nr_segments++;
	}
	return NULL;
}

struct error *kexec_page_to_phys(struct image *image, uint64_t page, uint64_t *ret)
{
	uint64_t base, size;

	if (!image_arch(image))
		return error_create(ERROR_UNSUPPORTED, "the architecture is not known");
	/* CONFIG_SPARSEMEM_VMEMMAP */
	TRY(image_read_global(image, "vmemmap_base", 0, &base));
	TRY(view_size(image, &page_view, &size));
	if (page < base || !size)
		return error_at(ERROR_BAD_DATA, page, "%016" PRIx64 " is no struct page", page);
	*ret = (page - base) / size << image_arch(image)->page_shift;
	return NULL;
}

static struct error *read_all(struct image *image, struct kexec_image *kexec)
{
	uint64_t page;

	TRY(read_fields(image, kexec));
	if (!kexec->has[KEXEC_NR_SEGMENTS] && kexec->problem)
		return error_create(kexec->problem->code, "%s", kexec->problem->message);
	if (!kexec->has[KEXEC_NR_SEGMENTS])
		return error_create(ERROR_NOT_FOUND, "the layout of struct kimage is not known");
	TRY(keep(kexec, read_segments(image, kexec)));
	page = kexec->value[KEXEC_CONTROL_CODE_PAGE];
	if (kexec->has[KEXEC_CONTROL_CODE_PAGE] && page)
		TRY(keep(kexec, kexec_page_to_phys(image, page, &kexec->control_code)));
	kexec->elf_headers_segment = UINT64_MAX;
	for (unsigned int i = 0; i < kexec->nr_segments; i++) {
		if (kexec->is_crash && kexec->has[KEXEC_ELF_LOAD_ADDRESS] &&
		    kexec->segments[i].address == kexec->value[KEXEC_ELF_LOAD_ADDRESS])
			kexec->elf_headers_segment = i;
	}
	return NULL;
}

struct error *kexec_image_read(struct image *image, bool crash, struct kexec_image *ret)
{
	struct kexec_image kexec = { .name = crash ? "crash" : "normal", .is_crash = crash };
	struct error *err;

	TRY(image_read_global(image, crash ? "kexec_crash_image" : "kexec_image", 0,
			      &kexec.address));
	err = kexec.address ? read_all(image, &kexec) : NULL;
	if (err) {
		kexec_image_deinit(&kexec);
		return err;
	}
	*ret = kexec;
	return NULL;
}

int kexec_image_segment(const struct kexec_image *kexec, uint64_t address)
{
	for (unsigned int i = 0; i < kexec->nr_segments; i++) {
		const struct kexec_segment *segment = &kexec->segments[i];

		if (address >= segment->address &&
		    address - segment->address < segment->memory_size)
			return (int)i;
	}
	return -1;
}
