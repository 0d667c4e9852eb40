// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec: purgatory, and whether it will find good what was loaded. */
#include "commands/kexec.h"

#include <inttypes.h>
#include <string.h>

enum {
	D_KIND,
	D_IMAGE,
	D_PURGATORY,
	D_SEGMENT,
	D_DIGEST,
	D_WHY,
	D_WHY_CODE,
	D_REGIONS,
	D_COMPUTED,
	D_STORED,
	D_ENTRY,
	D_BOOT_PARAMS,
	D_BACKUP
};
static const struct column digest_columns[] = {
	[D_KIND] = { "kind", COLUMN_TEXT, .summary = "\"purgatory\"", .json_only = true },
	[D_IMAGE] = { "image", COLUMN_TEXT, .summary = "crash or normal", .json_only = true },
	[D_PURGATORY] = { "purgatory", COLUMN_TEXT,
			  .summary = "whose: kx-crash's, the kernel's (kexec_file_load) or "
				     "kexec-tools'" },
	[D_SEGMENT] = { "segment", COLUMN_INT, .summary = "that is entered" },
	[D_DIGEST] = { "digest", COLUMN_TEXT,
		       .summary = "matches, differs, not readable, or none: is what was loaded "
				  "what purgatory will find good" },
	[D_WHY] = { "why", COLUMN_TEXT, .summary = "it could not be verified" },
	[D_WHY_CODE] = { "why_code", COLUMN_TEXT, .json_only = true,
			 .summary = "absent, excluded, bad_data…" },
	[D_REGIONS] = { "regions", COLUMN_LIST, .summary = "segments that the digest is over" },
	[D_COMPUTED] = { "computed", COLUMN_TEXT, .summary = "SHA-256 over those regions" },
	[D_STORED] = { "stored", COLUMN_TEXT,
		       .summary = "the one in purgatory; null where it was not found" },
	[D_ENTRY] = { "entry", COLUMN_ADDRESS, .summary = "kx-crash's: that it jumps to" },
	[D_BOOT_PARAMS] = { "boot_params", COLUMN_ADDRESS, .summary = "kx-crash's: of its kernel" },
	[D_BACKUP] = { "backup", COLUMN_TEXT, .summary = "kx-crash's: memory it saves, and where" },
};
const struct table kexec_digest_table = {
	TABLE_COLUMNS(digest_columns),
	.look = LOOK_RECORD,
	.group = "{image} image: purgatory",
};

static void set_hex(struct output *out, size_t column, const uint8_t *digest)
{
	char text[65];

	for (int i = 0; i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	output_text(out, column, text);
}

static void set_regions(struct output *out, const struct kexec_image *kexec,
			const struct kexec_digest *digest)
{
	for (unsigned int i = 0; i < digest->nr_regions; i++) {
		char text[64];
		int segment = kexec_image_segment(kexec, digest->regions[i].start);

		if (segment >= 0)
			snprintf(text, sizeof(text), "%d", segment);
		else
			snprintf(text, sizeof(text), "0x%" PRIx64 "+0x%" PRIx64,
				 digest->regions[i].start, digest->regions[i].size);
		output_list(out, D_REGIONS, text);
	}
}

static void set_own(struct output *out, const struct kexec_digest *digest)
{
	output_uint(out, D_ENTRY, digest->entry);
	output_uint(out, D_BOOT_PARAMS, digest->boot_params);
	if (digest->backup_size)
		output_textf(out, D_BACKUP, "0x%" PRIx64 "+0x%" PRIx64 " to 0x%" PRIx64,
			     digest->backup_source, digest->backup_size, digest->backup_target);
}

static void show_digest(struct output *out, const struct kexec_image *kexec,
			const struct kexec_digest *digest)
{
	static const char *const words[] = {
		[KEXEC_DIGEST_MATCHES] = "matches",
		[KEXEC_DIGEST_DIFFERS] = "differs",
		[KEXEC_DIGEST_UNREADABLE] = "not readable",
		[KEXEC_DIGEST_NOT_FOUND] = "none",
	};

	output_begin(out, &kexec_digest_table);
	output_text(out, D_KIND, "purgatory");
	output_text(out, D_IMAGE, kexec->name);
	output_text(out, D_PURGATORY, digest->kind);
	if (digest->segment >= 0)
		output_int(out, D_SEGMENT, digest->segment);
	output_text(out, D_DIGEST, words[digest->verdict]);
	if (digest->why) {
		output_text(out, D_WHY, digest->why->message);
		output_text(out, D_WHY_CODE, error_code_name(digest->why->code));
	} else if (digest->segment < 0)
		output_text(out, D_WHY, "the start lies in no segment");
	set_regions(out, kexec, digest);
	if (digest->has_computed)
		set_hex(out, D_COMPUTED, digest->computed);
	if (digest->has_stored)
		set_hex(out, D_STORED, digest->stored);
	if (digest->kind && !strcmp(digest->kind, "kx-crash"))
		set_own(out, digest);
	output_row(out);
}

struct error *kexec_show_purgatory(struct context *context, const struct kexec_shown *shown)
{
	struct kexec_digest digest;

	TRY(kexec_digest_verify(&shown->kexec, &shown->content.memory, &digest));
	show_digest(context->out, &shown->kexec, &digest);
	kexec_digest_deinit(&digest);
	return NULL;
}
