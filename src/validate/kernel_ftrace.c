// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first bytes of every traceable function: a NOP, or a call that ftrace knows of
 * (kernel/trace/ftrace.c and arch/x86/kernel/ftrace.c of Linux). A hook is neither.
 */
#include "base/interrupt.h"
#include "image/view.h"
#include "validate/validate.h"

#include <elf.h>
#include <string.h>

#define SITE	  5
#define MAX_PAGES 65536
#define MAX_INDEX 65536

enum { PAGE_NEXT, PAGE_RECORDS, PAGE_INDEX };
DEFINE_VIEW(page_view, "ftrace_page", [PAGE_NEXT] = FIELD("next"),
	    [PAGE_RECORDS] = FIELD("records"), [PAGE_INDEX] = FIELD("index"));
enum { RECORD_IP, RECORD_FLAGS };
DEFINE_VIEW(record_view, "dyn_ftrace", [RECORD_IP] = FIELD("ip"), [RECORD_FLAGS] = FIELD("flags"));

static bool is_nop(const uint8_t *code)
{
	/* The second one before v5.13, on CPUs that like it better. */
	return !memcmp(code, "\x0f\x1f\x44\x00\x00", SITE) ||
	       !memcmp(code, "\x66\x66\x66\x66\x90", SITE);
}

/* @flags: the low bits count who traces it, the high ones are its state. */
static bool is_legal(const uint8_t *code, uint64_t flags)
{
	/* A call to __fentry__ is what the compiler put there; ftrace is to turn it off. */
	return is_nop(code) || (code[0] == 0xe8 && flags);
}

static struct error *check_record(struct validation *v, uint64_t record)
{
	struct image *image = validation_image(v);
	uint64_t ip, flags;
	uint8_t code[SITE];
	struct error *err;

	TRY(view_read(image, &record_view, RECORD_IP, record, &ip));
	TRY(view_read(image, &record_view, RECORD_FLAGS, record, &flags));
	if (!ip) /* of a module's or the kernel's init code: freed */
		return NULL;
	err = memory_read(image_memory(image), ip, code, sizeof(code));
	if (err)
		return validation_find_error(v, true, place_virtual(ip, SITE), err,
					     "a function's entry");
	validation_looked_at(v, 1);
	if (is_legal(code, flags))
		return NULL;
	/* It was being changed, by a breakpoint, when the kernel died. */
	validation_find(v, code[0] == 0xcc ? FINDING_NOTE : FINDING_FAULT,
			code[0] == 0xcc ? CAUSE_RACE : CAUSE_CORRUPT, place_virtual(ip, SITE),
			"a function's entry is %02x %02x %02x %02x %02x: neither ftrace's NOP nor "
			"a call that ftrace knows of",
			code[0], code[1], code[2], code[3], code[4]);
	return NULL;
}

static struct error *run(struct validation *v)
{
	struct image *image = validation_image(v);
	uint64_t page, records, index, size, n = 0;

	if (!image_arch(image) || image_arch(image)->elf_machine != EM_X86_64 ||
	    error_dropped(image_read_global(image, "ftrace_pages_start", 0, &page))) {
		validation_skip(v, "the kernel has no dynamic ftrace");
		return NULL;
	}
	TRY(view_size(image, &record_view, &size));
	while (page) {
		if (n++ == MAX_PAGES)
			return error_at(ERROR_BAD_DATA, page, "ftrace's list of pages has no end");
		TRY(view_read(image, &page_view, PAGE_RECORDS, page, &records));
		TRY(view_read(image, &page_view, PAGE_INDEX, page, &index));
		if (index > MAX_INDEX)
			return error_at(ERROR_BAD_DATA, page, "a page of ftrace has %llu records",
					(unsigned long long)index);
		TRY(interrupt_check());
		for (uint64_t i = 0; i < index; i++)
			TRY(check_record(v, records + i * size));
		TRY(view_read(image, &page_view, PAGE_NEXT, page, &page));
	}
	return NULL;
}

const struct validate_check validate_function_entries = {
	.name = "function-entries",
	.family = "kernel",
	.summary = "functions begin with a hook that ftrace does not know of, or are damaged",
	.needs_kernel = true,
	.run = run,
};
