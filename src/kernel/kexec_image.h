/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kexec has loaded, as the dumped kernel keeps it: struct kimage of include/linux/kexec.h of
 * Linux, its segments, its list of pages, and the crash regions.
 */
#ifndef KERNEL_KEXEC_IMAGE_H
#define KERNEL_KEXEC_IMAGE_H

#include "image/image.h"

#define KEXEC_MAX_SEGMENTS 16 /* KEXEC_SEGMENT_MAX */

/* The members of struct kimage that are shown, in that order. */
enum kexec_field {
	KEXEC_TYPE,
	KEXEC_FILE_MODE,
	KEXEC_PRESERVE_CONTEXT,
	KEXEC_HOTPLUG_SUPPORT,
	KEXEC_NO_CMA,
	KEXEC_FORCE_DTB,
	KEXEC_START,
	KEXEC_HEAD,
	KEXEC_ENTRY,
	KEXEC_LAST_ENTRY,
	KEXEC_NR_SEGMENTS,
	KEXEC_CONTROL_CODE_PAGE, /* a struct page */
	KEXEC_SWAP_PAGE,	 /* a struct page */
	KEXEC_CONTROL_PAGE,	 /* physical: where the next control page is looked for */
	KEXEC_PAGE_TABLE,	 /* virtual */
	KEXEC_VMCOREINFO_COPY,
	KEXEC_ELF_HEADERS,
	KEXEC_ELF_HEADERS_SIZE,
	KEXEC_ELF_LOAD_ADDRESS,
	KEXEC_HP_ACTION,
	KEXEC_ELFCOREHDR_INDEX,
	KEXEC_ELFCOREHDR_UPDATED,
	KEXEC_KERNEL_BUF,
	KEXEC_KERNEL_BUF_LEN,
	KEXEC_INITRD_BUF,
	KEXEC_INITRD_BUF_LEN,
	KEXEC_CMDLINE_BUF,
	KEXEC_CMDLINE_BUF_LEN,
	KEXEC_FILE_OPS,
	KEXEC_PURGATORY_EHDR,
	KEXEC_PURGATORY_SECHDRS,
	KEXEC_PURGATORY_BUF,
	KEXEC_KHO_FDT,	   /* physical */
	KEXEC_KHO_SCRATCH, /* virtual: one of the segments */
	KEXEC_DM_CRYPT_KEYS,
	KEXEC_DM_CRYPT_KEYS_SIZE,
	KEXEC_NR_FIELDS,
};

struct kexec_segment {
	uint64_t at;		       /* virtual address of the struct kexec_segment */
	uint64_t buffer, buffer_size;  /* virtual (user's or kernel's), may be long gone; bytes */
	uint64_t address, memory_size; /* physical, bytes */
	uint64_t cma; /* the struct page of a run that the segment was put into at once; 0: none */
};

struct kexec_image {
	const char *name; /* "crash", "normal" */
	uint64_t address; /* of the struct kimage; 0: nothing is loaded */
	bool is_crash;
	uint64_t value[KEXEC_NR_FIELDS];
	bool has[KEXEC_NR_FIELDS]; /* the kernel has such a member, and it could be read */
	struct kexec_segment segments[KEXEC_MAX_SEGMENTS];
	unsigned int nr_segments;     /* that could be read */
	uint64_t control_code;	      /* physical address of that page; 0: not known */
	uint64_t elf_headers_segment; /* index of the segment at elf_load_address; UINT64_MAX */
	struct error *problem;	      /* the first thing that could not be read; NULL */
};

/*
 * The image that kexec -p (@crash) or kexec -l loaded. NOT_FOUND when the kernel has no kexec;
 * BAD_DATA, EXCLUDED… when what is loaded cannot be read at all. One that is partly readable is
 * given, with @problem set. @ret is to be deinitialised when it succeeded.
 */
must_check struct error *kexec_image_read(struct image *image, bool crash, struct kexec_image *ret);
void kexec_image_deinit(struct kexec_image *kexec);
/* The index of the segment that holds physical @address, or -1. */
int kexec_image_segment(const struct kexec_image *kexec, uint64_t address);

/* The physical address of the page of a struct page, in the virtual memory map. */
must_check struct error *kexec_page_to_phys(struct image *image, uint64_t page, uint64_t *ret);

/* ---- kexec_entries.c: the list of pages, machine_kexec's and relocate_kernel's input ---- */
#define KEXEC_IND_DESTINATION 1
#define KEXEC_IND_INDIRECTION 2
#define KEXEC_IND_DONE	      4
#define KEXEC_IND_SOURCE      8

struct kexec_entry {
	uint64_t at;	      /* physical address of the word; 0: kimage.head */
	uint64_t value;	      /* as stored */
	unsigned int kind;    /* one of KEXEC_IND_* */
	uint64_t page;	      /* physical: @value without its flags */
	uint64_t destination; /* of a SOURCE: where its page will be copied */
};
typedef struct error *(*kexec_entry_each)(void *context, const struct kexec_entry *entry);

/*
 * Walks the list that begins with the word @head up to IND_DONE. BAD_DATA, with the address of the
 * word, on a loop, an entry of no kind, a page without a destination, or a list that ends without
 * IND_DONE; a missing page's own error. What was given to @each until then is what there is.
 */
must_check struct error *kexec_entries_walk(const struct memory *physical, uint64_t head,
					    kexec_entry_each each, void *context);

/* Pages that lie, and will lie, side by side. Physical, bytes. */
struct kexec_run {
	uint64_t source, destination, size;
};
struct kexec_runs {
	struct kexec_run *list; /* in the list's order */
	size_t count, room;
	uint64_t pages, tables; /* source pages, indirection pages */
};
/* All runs; on failure @runs holds those before it. Free with kexec_runs_deinit in any case. */
must_check struct error *kexec_runs_collect(const struct memory *physical, uint64_t head,
					    struct kexec_runs *runs);
void kexec_runs_deinit(struct kexec_runs *runs);

/* ---- kexec_content.c: what will be at the segments' addresses ---- */
/*
 * Memory by the addresses that the loaded image will have: a crash image is in place already, the
 * pages of a normal one are still where the list says.
 */
struct kexec_content {
	struct memory memory; /* borrow this */
	const struct memory *physical;
	const struct kexec_image *kexec;
	struct kexec_run *runs; /* by destination */
	size_t nr_runs;
};
must_check struct error *kexec_content_init(const struct memory *physical,
					    const struct kexec_image *kexec,
					    const struct kexec_runs *runs,
					    struct kexec_content *ret);
void kexec_content_deinit(struct kexec_content *content);

enum kexec_presence {
	KEXEC_PRESENT,
	KEXEC_PARTLY, /* some pages are in the dump */
	KEXEC_EXCLUDED,
	KEXEC_ABSENT,
};
/* Bytes of segment @index that the dump holds, and in one word how that is. */
enum kexec_presence kexec_content_presence(struct image *image, const struct kexec_content *content,
					   unsigned int index, uint64_t *bytes);

/* ---- kexec_resources.c: the regions that crashkernel= reserved ---- */
struct kexec_resource {
	const char *name;    /* "crashk_res", "crashk_low_res", "crashk_cma_ranges[0]" */
	char text[32];	     /* what @name may point to */
	uint64_t start, end; /* physical bytes, @end in it; both 0: nothing is reserved */
};
typedef struct error *(*kexec_resource_each)(void *context, const struct kexec_resource *resource);
/* Those that the kernel has and that hold memory. NOT_FOUND when it has none of them. */
must_check struct error *kexec_resources_each(struct image *image, kexec_resource_each each,
					      void *context);
/* /proc/iomem's entries down to @depth (0: top level alone), in order. BAD_DATA on a loop. */
struct kexec_memory {
	uint64_t start, end; /* bytes, @end in it */
	unsigned int depth;
	char name[64];
};
typedef struct error *(*kexec_memory_each)(void *context, const struct kexec_memory *memory);
must_check struct error *kexec_memory_walk(struct image *image, unsigned int depth,
					   kexec_memory_each each, void *context);

#endif
