/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in the segments of a loaded kernel: elfcorehdr, boot_params, purgatory and its digest.
 * All of it is read through a struct memory whose addresses are those the loaded kernel will see
 * (kexec_content.c), or the kernel's own.
 */
#ifndef KERNEL_KEXEC_DECODE_H
#define KERNEL_KEXEC_DECODE_H

#include "kernel/kexec_image.h"

/* ---- elfcorehdr: ELF64 ET_CORE, as fs/proc/vmcore.c of Linux reads it ---- */
struct elfcorehdr_header {
	uint32_t type, flags; /* PT_*, PF_* */
	uint64_t offset, virt, phys, file_size, memory_size;
};
typedef struct error *(*elfcorehdr_each)(void *context, const struct elfcorehdr_header *header,
					 unsigned int index, unsigned int count);
/*
 * The program headers of the ELF at @address, of at most @size bytes. BAD_DATA says what is not as
 * the capture kernel wants it, at which offset.
 */
must_check struct error *elfcorehdr_decode(const struct memory *memory, uint64_t address,
					   uint64_t size, elfcorehdr_each each, void *context);

/* ---- boot_params: Documentation/arch/x86/boot.rst and zero-page.rst of Linux ---- */
#define BOOT_PARAMS_MAX_E820 128

struct boot_params_e820 {
	uint64_t start, size; /* physical, bytes */
	uint32_t type;
};
struct boot_params {
	uint16_t version; /* of the boot protocol, 0x20f */
	uint8_t loader;	  /* type_of_loader */
	uint64_t initrd, initrd_size, command_line, setup_data, acpi_rsdp; /* physical, bytes */
	uint64_t init_size; /* bytes of memory the kernel needs before it knows the memory map */
	char command_line_text[4096];
	bool has_command_line;
	unsigned int nr_e820;
	struct boot_params_e820 e820[BOOT_PARAMS_MAX_E820];
};
/* NOT_MINE when there is none at @address. The command line is read from the same @memory. */
must_check struct error *boot_params_decode(const struct memory *memory, uint64_t address,
					    struct boot_params *ret);

/* ---- what each segment is ---- */
enum kexec_what {
	KEXEC_UNKNOWN,
	KEXEC_IS_ELFCOREHDR,
	KEXEC_IS_PURGATORY,
	KEXEC_IS_BOOT_PARAMS,
	KEXEC_IS_KERNEL,
	KEXEC_IS_INITRD,
	KEXEC_IS_BACKUP,
	KEXEC_IS_KHO_SCRATCH,
	KEXEC_IS_DM_CRYPT_KEYS,
	KEXEC_IS_SETUP_DATA,
};
struct kexec_recognised {
	enum kexec_what what[KEXEC_MAX_SEGMENTS];
	int boot_params_segment; /* -1: not found or not readable */
	struct boot_params boot_params;
};
/* By struct kimage, and by content where @content can be read. Fails only when interrupted. */
must_check struct error *kexec_recognise(const struct kexec_image *kexec,
					 const struct memory *content,
					 struct kexec_recognised *ret);
const char *kexec_what_name(enum kexec_what what); /* "elfcorehdr"…; NULL: unknown */

/* ---- purgatory's digest ---- */
enum kexec_digest_verdict {
	KEXEC_DIGEST_MATCHES,
	KEXEC_DIGEST_DIFFERS,
	KEXEC_DIGEST_UNREADABLE,
	KEXEC_DIGEST_NOT_FOUND, /* purgatory holds no list of regions: nothing is verified */
};
struct kexec_digest {
	enum kexec_digest_verdict verdict;
	int segment; /* purgatory's; -1: start lies in none */
	/* "kx-crash" by its magic; else by the system call: "kernel", "kexec-tools" */
	const char *kind;
	uint64_t table; /* physical address of the list of regions */
	unsigned int nr_regions;
	struct kexec_region {
		uint64_t start, size; /* physical, bytes */
	} regions[KEXEC_MAX_SEGMENTS];
	bool has_computed, has_stored;
	uint8_t computed[32], stored[32];
	struct error *why; /* of UNREADABLE */
	/* kx-crash's own */
	uint64_t entry, boot_params, backup_source, backup_target, backup_size;
};
/*
 * Finds purgatory by kimage.start, its list of regions, computes the digest over them and looks
 * for it. Reads all segments. Fails only when interrupted. Free with kexec_digest_deinit.
 */
must_check struct error *kexec_digest_verify(const struct kexec_image *kexec,
					     const struct memory *content,
					     struct kexec_digest *ret);
void kexec_digest_deinit(struct kexec_digest *digest);

#endif
