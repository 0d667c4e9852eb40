// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec: struct kimage, member by member. */
#include "commands/kexec.h"

#include "base/text.h"

enum {
	I_KIND,
	I_IMAGE,
	I_LOADED,
	I_ADDRESS,
	I_CONTROL_CODE,
	I_FILE_OPS,
	I_COMMAND_LINE,
	I_FIELDS, /* enum kexec_field from here on */
};

#define FIELD_COLUMN(field) [I_FIELDS + (field)]
static const struct column image_columns[] = {
	[I_KIND] = { "kind", COLUMN_TEXT, .summary = "\"image\"", .json_only = true },
	[I_IMAGE] = { "image", COLUMN_TEXT,
		      .summary = "crash (kexec -p, kx-crash arm) or normal (kexec -l)" },
	[I_LOADED] = { "loaded", COLUMN_BOOL, .summary = "is there one" },
	[I_ADDRESS] = { "kimage", COLUMN_ADDRESS, .summary = "address of its struct kimage" },
	[I_CONTROL_CODE] = { "control_code", COLUMN_ADDRESS,
			     .summary = "physical, of the page whose code leaves this kernel" },
	[I_FILE_OPS] = { "loader", COLUMN_TEXT, .summary = "kexec_file_load's format of the file" },
	[I_COMMAND_LINE] = { "command_line", COLUMN_TEXT,
			     .summary = "while kexec_file_load is at work; later see boot_params" },
	FIELD_COLUMN(KEXEC_TYPE) = { "type", COLUMN_TEXT, .summary = "default or crash" },
	FIELD_COLUMN(KEXEC_FILE_MODE) = { "file_mode", COLUMN_BOOL,
					  .summary = "loaded by kexec_file_load" },
	FIELD_COLUMN(KEXEC_PRESERVE_CONTEXT) = { "preserve_context", COLUMN_BOOL,
						 .summary = "will come back to this kernel" },
	FIELD_COLUMN(KEXEC_HOTPLUG_SUPPORT) = { "hotplug_support", COLUMN_BOOL,
						.summary = "the kernel keeps elfcorehdr right when "
							   "CPUs and memory come and go" },
	FIELD_COLUMN(KEXEC_NO_CMA) = { "no_cma", COLUMN_BOOL,
				       .summary = "no segment shall be put in place at once" },
	FIELD_COLUMN(KEXEC_FORCE_DTB) = { "force_dtb", COLUMN_BOOL,
					  .summary = "hand the device tree on in any case" },
	FIELD_COLUMN(KEXEC_START) = { "start", COLUMN_ADDRESS,
				      .summary = "physical, where it is entered" },
	FIELD_COLUMN(KEXEC_HEAD) = { "head", COLUMN_HEX,
				     .summary = "first entry of the list of pages" },
	FIELD_COLUMN(KEXEC_ENTRY) = { "entry", COLUMN_ADDRESS, .json_only = true,
				      .summary = "where the list's next entry would go" },
	FIELD_COLUMN(KEXEC_LAST_ENTRY) = { "last_entry", COLUMN_ADDRESS, .json_only = true,
					   .summary = "of the list's last page" },
	FIELD_COLUMN(KEXEC_NR_SEGMENTS) = { "nr_segments", COLUMN_INT, .heading = "SEGMENTS",
					    .summary = "how many" },
	FIELD_COLUMN(KEXEC_CONTROL_CODE_PAGE) = { "control_code_page", COLUMN_ADDRESS,
						  .json_only = true,
						  .summary = "struct page of control_code" },
	FIELD_COLUMN(KEXEC_SWAP_PAGE) = { "swap_page", COLUMN_ADDRESS,
					  .summary = "struct page for swapping; null: none" },
	FIELD_COLUMN(KEXEC_CONTROL_PAGE) = { "control_page", COLUMN_ADDRESS,
					     .summary = "physical: control pages are looked for "
							"from here on" },
	FIELD_COLUMN(KEXEC_PAGE_TABLE) = { "page_table", COLUMN_ADDRESS,
					   .summary =
						   "its identity map's; null: see control_code" },
	FIELD_COLUMN(KEXEC_VMCOREINFO_COPY) = { "vmcoreinfo_copy", COLUMN_ADDRESS,
						.summary = "that is safe within the crash region" },
	FIELD_COLUMN(KEXEC_ELF_HEADERS) = { "elf_headers", COLUMN_ADDRESS,
					    .summary = "the kernel's copy of elfcorehdr" },
	FIELD_COLUMN(KEXEC_ELF_HEADERS_SIZE) = { "elf_headers_size", COLUMN_INT,
						 .summary = "in bytes" },
	FIELD_COLUMN(KEXEC_ELF_LOAD_ADDRESS) = { "elf_load_address", COLUMN_ADDRESS,
						 .summary = "physical, of elfcorehdr" },
	FIELD_COLUMN(KEXEC_HP_ACTION) = { "hotplug_action", COLUMN_INT, .json_only = true,
					  .summary = "the last one: 1 and 2 a CPU, 3 and 4 memory "
						     "was added or removed" },
	FIELD_COLUMN(KEXEC_ELFCOREHDR_INDEX) = { "elfcorehdr_index", COLUMN_INT,
						 .summary = "its segment; -1: not looked for yet" },
	FIELD_COLUMN(KEXEC_ELFCOREHDR_UPDATED) = { "elfcorehdr_updated", COLUMN_BOOL,
						   .summary = "since it was loaded" },
	FIELD_COLUMN(KEXEC_KERNEL_BUF) = { "kernel_buf", COLUMN_ADDRESS,
					   .summary = "the file, while it is being loaded" },
	FIELD_COLUMN(KEXEC_KERNEL_BUF_LEN) = { "kernel_buf_len", COLUMN_INT, .json_only = true,
					       .summary = "in bytes" },
	FIELD_COLUMN(KEXEC_INITRD_BUF) = { "initrd_buf", COLUMN_ADDRESS,
					   .summary = "the file, while it is being loaded" },
	FIELD_COLUMN(KEXEC_INITRD_BUF_LEN) = { "initrd_buf_len", COLUMN_INT, .json_only = true,
					       .summary = "in bytes" },
	FIELD_COLUMN(KEXEC_CMDLINE_BUF) = { "cmdline_buf", COLUMN_ADDRESS, .json_only = true,
					    .summary = "of command_line" },
	FIELD_COLUMN(KEXEC_CMDLINE_BUF_LEN) = { "cmdline_buf_len", COLUMN_INT, .json_only = true,
						.summary = "in bytes" },
	FIELD_COLUMN(KEXEC_FILE_OPS) = { "fops", COLUMN_ADDRESS, .json_only = true,
					 .summary = "address of struct kexec_file_ops" },
	FIELD_COLUMN(KEXEC_PURGATORY_EHDR) = { "purgatory_ehdr", COLUMN_ADDRESS, .json_only = true,
					       .summary = "the kernel's purgatory, as built in" },
	FIELD_COLUMN(KEXEC_PURGATORY_SECHDRS) = { "purgatory_sechdrs", COLUMN_ADDRESS,
						  .json_only = true,
						  .summary = "while it is being loaded" },
	FIELD_COLUMN(KEXEC_PURGATORY_BUF) = { "purgatory_buf", COLUMN_ADDRESS, .json_only = true,
					      .summary = "while it is being loaded" },
	FIELD_COLUMN(KEXEC_KHO_FDT) = { "kho_fdt", COLUMN_ADDRESS,
					.summary = "physical, of the tree handed on" },
	FIELD_COLUMN(KEXEC_KHO_SCRATCH) = { "kho_scratch", COLUMN_ADDRESS, .json_only = true,
					    .summary = "address of the segment of scratch areas" },
	FIELD_COLUMN(KEXEC_DM_CRYPT_KEYS) = { "dm_crypt_keys", COLUMN_ADDRESS,
					      .summary = "physical, of keys kept for the dump's "
							 "target; null: none" },
	FIELD_COLUMN(KEXEC_DM_CRYPT_KEYS_SIZE) = { "dm_crypt_keys_size", COLUMN_INT,
						   .summary = "in bytes" },
};
const struct table kexec_image_table = { TABLE_COLUMNS(image_columns), LOOK_RECORD };

_Static_assert(ARRAY_SIZE(image_columns) == I_FIELDS + KEXEC_NR_FIELDS, "a column a field");

/* A zero of these is as good as nothing: null, and no line in text. */
static bool is_told(const struct kexec_image *kexec, enum kexec_field field)
{
	enum column_type type = image_columns[I_FIELDS + field].type;

	if (!kexec->has[field])
		return false;
	/* A normal image's control pages are taken from anywhere: KIMAGE_NO_DEST. */
	if (field == KEXEC_CONTROL_PAGE && kexec->value[field] == UINT64_MAX)
		return false;
	return kexec->value[field] || type == COLUMN_BOOL || field == KEXEC_HEAD ||
	       field == KEXEC_TYPE || field == KEXEC_START || field == KEXEC_NR_SEGMENTS ||
	       field == KEXEC_ELFCOREHDR_INDEX;
}

static void set_field(struct output *out, const struct kexec_image *kexec, enum kexec_field field)
{
	uint64_t value = kexec->value[field];

	if (!is_told(kexec, field))
		return;
	if (field == KEXEC_TYPE)
		output_text(out, I_FIELDS + field, value ? "crash" : "default");
	else if (image_columns[I_FIELDS + field].type == COLUMN_BOOL)
		output_bool(out, I_FIELDS + field, value);
	else if (field == KEXEC_ELFCOREHDR_INDEX)
		output_int(out, I_FIELDS + field, (int64_t)value);
	else
		output_uint(out, I_FIELDS + field, value);
}

static void set_texts(struct context *context, const struct kexec_image *kexec)
{
	auto_text name = { 0 };
	char line[4096];

	if (kexec->value[KEXEC_FILE_OPS] &&
	    image_symbolise(context->image, kexec->value[KEXEC_FILE_OPS], &name))
		output_text(context->out, I_FILE_OPS, text_string(&name));
	if (kexec->value[KEXEC_CMDLINE_BUF] &&
	    !error_dropped(image_read_string(context->image, kexec->value[KEXEC_CMDLINE_BUF], line,
					     sizeof(line))))
		output_text(context->out, I_COMMAND_LINE, line);
}

void kexec_show_image(struct context *context, const struct kexec_image *kexec)
{
	struct output *out = context->out;

	output_begin(out, &kexec_image_table);
	output_text(out, I_KIND, "image");
	output_text(out, I_IMAGE, kexec->name);
	output_bool(out, I_LOADED, kexec->address != 0);
	if (kexec->address) {
		output_uint(out, I_ADDRESS, kexec->address);
		if (kexec->control_code)
			output_uint(out, I_CONTROL_CODE, kexec->control_code);
		set_texts(context, kexec);
		for (unsigned int i = 0; i < KEXEC_NR_FIELDS; i++)
			set_field(out, kexec, i);
	}
	output_row(out);
}
