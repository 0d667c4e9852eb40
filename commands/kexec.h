/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the command kexec: private to it. */
#ifndef COMMANDS_KEXEC_H
#define COMMANDS_KEXEC_H

#include "commands/command.h"
#include "kernel/kexec_decode.h"

#define KEXEC_SHOWN 32 /* ranges of one kind that are shown without -v */

/* One image and what was found out about it. */
struct kexec_shown {
	struct kexec_image kexec;
	struct kexec_runs runs;
	struct kexec_content content;
	struct kexec_recognised recognised;
	bool verbose;
};

/* kexec_kimage.c: its members. */
void kexec_show_image(struct context *context, const struct kexec_image *kexec);
/* kexec_pages.c: its list of pages. */
must_check struct error *kexec_show_entries(struct context *context, struct kexec_shown *shown);
/* kexec_contents.c: elfcorehdr, boot_params. */
must_check struct error *kexec_show_contents(struct context *context, struct kexec_shown *shown);
/* kexec_purgatory.c: the digest. */
must_check struct error *kexec_show_purgatory(struct context *context,
					      const struct kexec_shown *shown);
/* kexec_handover.c: Kexec HandOver. */
must_check struct error *kexec_show_handover(struct context *context, bool verbose);

extern const struct table kexec_image_table, kexec_entry_table, kexec_pages_table,
	kexec_elfcorehdr_table, kexec_boot_params_table, kexec_e820_table, kexec_digest_table;
extern const struct table kexec_kho_table, kexec_scratch_table, kexec_fdt_table,
	kexec_preserved_table;

/* kexec_picture.c: the memory map as a picture, with what is loaded. */
struct kexec_picture;
must_check struct error *kexec_picture_create(struct kexec_picture **ret);
must_check struct error *kexec_picture_add(struct context *context, struct kexec_picture *picture,
					   const struct kexec_shown *shown);
must_check struct error *kexec_picture_draw(struct context *context, struct kexec_picture *picture);
void kexec_picture_destroy(struct kexec_picture *picture);

/* A problem that leaves the rest of the output standing. Only Ctrl-C comes back. */
must_check struct error *kexec_carry_on(struct context *context, struct error *err);

#endif
