// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the kernel is entered: the table of system calls and the IDT (Intel SDM volume 3, 6.11).
 * What leads out of the kernel's text is damage, or someone else's code.
 */
#include "base/bytes.h"
#include "validate/reach.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#define MAX_CALLS      1024
#define IDT_GATES      256
#define GATE_SIZE      16
#define KERNEL_CS      0x10
#define EARLY_GATE_MAX 13 /* bytes of code of each: 9, or 13 with ENDBR */

struct text_bounds {
	uint64_t start, end;
};

static struct error *find_text(struct image *image, struct text_bounds *ret)
{
	TRY(image_symbol(image, "_text", &ret->start));
	return image_symbol(image, "_etext", &ret->end);
}

static bool inside(const struct text_bounds *text, uint64_t address)
{
	return address >= text->start && address < text->end;
}

/* A system call is a function of the kernel's own, from its first byte on. */
static void check_call(struct validation *v, const struct text_bounds *text, const char *table,
		       size_t nth, uint64_t at, uint64_t target)
{
	struct image *image = validation_image(v);
	auto_text name = { 0 };
	struct symbol symbol;

	validation_looked_at(v, 1);
	if (inside(text, target) &&
	    !error_dropped(symbols_by_address(image_symbols(image), target, &symbol)) &&
	    symbol.address == target)
		return;
	if (!image_symbolise(image, target, &name))
		text_adds(&name, "no symbol");
	validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place_virtual(at, 8),
			"%s[%zu] leads to %#llx (%s), which is no function of the kernel", table,
			nth, (unsigned long long)target, text_string(&name));
}

static struct error *check_calls(struct validation *v, const char *table)
{
	struct image *image = validation_image(v);
	uint64_t entries[MAX_CALLS];
	struct text_bounds text;
	struct symbol symbol;
	size_t count;

	if (image_memory(image)->big_endian || image_memory(image)->word_size != 8 ||
	    error_dropped(symbols_by_name(image_symbols(image), table, &symbol)))
		return NULL;
	TRY(find_text(image, &text));
	count = min(symbol.size / 8, (uint64_t)MAX_CALLS);
	TRY(memory_read(image_memory(image), symbol.address, entries, count * 8));
	/* Up to the next symbol: the table's alignment is filled with zeros. */
	while (count && !entries[count - 1])
		count--;
	for (size_t i = 0; i < count; i++)
		check_call(v, &text, table, i, symbol.address + 8 * i, entries[i]);
	return NULL;
}

static struct error *run_calls(struct validation *v)
{
	TRY(check_calls(v, "sys_call_table"));
	TRY(check_calls(v, "ia32_sys_call_table"));
	return check_calls(v, "x32_sys_call_table");
}

const struct validate_check validate_system_calls = {
	.name = "system-calls",
	.family = "kernel",
	.summary = "system calls lead elsewhere than to the kernel's own functions",
	.quick = true,
	.needs_kernel = true,
	.run = run_calls,
};

/* Exceptions that this machine does not have keep the gate that booting gave them. */
static bool is_early(struct image *image, size_t nth, uint64_t handler)
{
	uint64_t early;

	return nth < 32 && !error_dropped(image_symbol(image, "early_idt_handler_array", &early)) &&
	       handler >= early && handler < early + 32 * EARLY_GATE_MAX;
}

static void check_gate(struct validation *v, const struct text_bounds *text, size_t nth,
		       uint64_t at, const uint8_t *gate)
{
	struct bytes b = bytes_of(gate, GATE_SIZE, false);
	uint64_t handler = bytes_u16(&b);
	uint16_t selector = bytes_u16(&b), flags = bytes_u16(&b);

	handler |= (uint64_t)bytes_u16(&b) << 16;
	handler |= (uint64_t)bytes_u32(&b) << 32;
	if (!(flags & 0x8000)) /* not present */
		return;
	validation_looked_at(v, 1);
	if (!inside(text, handler) && !is_early(validation_image(v), nth, handler))
		validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place_virtual(at, GATE_SIZE),
				"the IDT's gate %zu leads to %#llx, outside of the kernel's text",
				nth, (unsigned long long)handler);
	else if (selector != KERNEL_CS)
		validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place_virtual(at, GATE_SIZE),
				"the IDT's gate %zu has selector %#x, not the kernel's %#x", nth,
				selector, KERNEL_CS);
}

static struct error *run_idt(struct validation *v)
{
	struct image *image = validation_image(v);
	uint8_t gates[IDT_GATES * GATE_SIZE];
	struct text_bounds text;
	uint64_t at;

	if (!image_arch(image) || image_arch(image)->elf_machine != EM_X86_64) {
		validation_skip(v, "this architecture has no IDT");
		return NULL;
	}
	TRY(find_text(image, &text));
	TRY(image_symbol(image, "idt_table", &at));
	TRY(memory_read(image_memory(image), at, gates, sizeof(gates)));
	for (size_t i = 0; i < IDT_GATES; i++)
		check_gate(v, &text, i, at + i * GATE_SIZE, gates + i * GATE_SIZE);
	return NULL;
}

const struct validate_check validate_idt = {
	.name = "idt",
	.family = "kernel",
	.summary = "interrupts or exceptions lead out of the kernel's text",
	.quick = true,
	.needs_kernel = true,
	.run = run_idt,
};
