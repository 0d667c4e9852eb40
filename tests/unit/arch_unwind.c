// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unwinding x86_64 over a made-up kernel: its text, its ORC table in each version of the format, a
 * task stack and an IRQ stack. Layouts from arch/x86/include/asm/orc_types.h of
 * Linux 5.10, 6.3, 6.4 and 7.1.
 */
#include "support/data.h"

#include "arch/arch.h"
#include "base/bytes.h"

#include <elf.h>
#include <string.h>

#define TEXT	   0xffffffff81000000ull
#define TEXT_SIZE  0x1000ull
#define TABLE	   0xffffffff82000000ull
#define ENTRIES	   0xffffffff82001000ull
#define FP_ENTRY   0xffffffff82002000ull
#define STACK	   0xffffc90000000000ull
#define STACK_SIZE 0x4000ull
#define IRQ	   0xffffc90000010000ull

/* What the table says at successive addresses of the text, in words of no version. */
enum what { NOTHING, END, CALL_SP, CALL_BP, REGS, IRET, CALL_INDIRECT };
struct entry {
	uint64_t at; /* into the text */
	enum what what;
	int16_t offset;
};

static const struct entry entries[] = {
	{ 0x000, CALL_SP, 8 },	     /* a leaf */
	{ 0x100, CALL_SP, 0x20 },    /* makes room for 3 words */
	{ 0x200, CALL_BP, 16 },	     /* keeps a frame pointer */
	{ 0x300, REGS, 0 },	     /* entry code with a struct pt_regs on the stack */
	{ 0x400, END, 0 },	     /* the bottom of a kernel thread */
	{ 0x500, NOTHING, 0 },	     /* left out by objtool */
	{ 0x600, IRET, 0 },	     /* only what the CPU pushed */
	{ 0x700, CALL_INDIRECT, 8 }, /* switched to the IRQ stack: the old pointer is at its top */
	{ 0x800, CALL_SP, 8 },
};

static uint8_t text[TEXT_SIZE], raw_entries[6 * ARRAY_SIZE(entries)], fp_entry[6];
static int32_t raw_addresses[ARRAY_SIZE(entries)];
static uint64_t stack[STACK_SIZE / 8], irq_stack[STACK_SIZE / 8], irq_top;
static struct test_piece pieces[] = {
	{ TEXT, text, sizeof(text) },
	{ TABLE, raw_addresses, sizeof(raw_addresses) },
	{ ENTRIES, raw_entries, sizeof(raw_entries) },
	{ FP_ENTRY, fp_entry, sizeof(fp_entry) },
	{ STACK, stack, sizeof(stack) },
	{ IRQ, irq_stack, sizeof(irq_stack) },
	{ 0xffffffff82003000ull, &irq_top, 8 },
	{ 0 },
};
static struct memory memory;
static int version;

static void encode(const struct entry *e, uint8_t *to)
{
	/* Register numbers of SP, BP, SP_INDIRECT, PREV_SP up to v3, and in v4. */
	static const unsigned int numbers[2][4] = { { 5, 4, 9, 1 }, { 3, 4, 9, 8 } };
	const unsigned int *reg = numbers[version == 4];
	/* Types: CALL, REGS, PARTIAL are 0, 1, 2 up to v2, then 2, 3, 4. */
	unsigned int base = version >= 3 ? 2 : 0, type = base, sp = reg[0], bp = 0, fields;
	int16_t sp_offset = e->offset, bp_offset = 0;
	bool signal = false;

	switch (e->what) {
	case NOTHING:
		sp = 0;
		type = 0;
		break;
	case END:
		sp = 0;
		type = version >= 3 ? 1 : 0;
		break;
	case CALL_BP:
		sp = reg[1];
		bp = reg[3];
		bp_offset = -16;
		break;
	case REGS:
		type = base + 1;
		signal = true;
		break;
	case IRET:
		type = base + 2;
		signal = true;
		break;
	case CALL_INDIRECT:
		sp = reg[2];
		break;
	default:
		break;
	}
	fields = sp | bp << 4 | type << 8;
	if (version == 2)
		fields |= (unsigned int)signal << 10 | (unsigned int)(e->what == END) << 11;
	else if (version >= 3)
		fields |= (unsigned int)signal << 11;
	else
		fields |= (unsigned int)(e->what == END) << 10;
	memcpy(to, &sp_offset, 2);
	memcpy(to + 2, &bp_offset, 2);
	to[4] = (uint8_t)fields;
	to[5] = (uint8_t)(fields >> 8);
}

static struct error *symbol(void *context, const char *name, uint64_t *address)
{
	if (strcmp(name, "orc_fp_entry") != 0)
		return error_create(ERROR_NOT_FOUND, "no %s", name);
	*address = FP_ENTRY;
	return NULL;
}

static struct error *number(void *context, const char *name, uint64_t *value)
{
	return error_create(ERROR_NOT_FOUND, "no %s", name);
}

static struct error *member(void *context, const char *type, const char *path, uint64_t *offset,
			    uint64_t *size)
{
	bool there = !strcmp(type, "orc_entry") && ((!strcmp(path, "signal") && version >= 2) ||
						    (!strcmp(path, "end") && version <= 2));

	if (!there)
		return error_create(ERROR_NOT_FOUND, "no %s.%s", type, path);
	*offset = *size = 0;
	return NULL;
}

static struct error *type_size(void *context, const char *type, uint64_t *size)
{
	return error_create(ERROR_NOT_FOUND, "no %s", type);
}

static struct error *per_cpu(void *context, const char *name, unsigned int cpu, uint64_t *address)
{
	if (strcmp(name, "hardirq_stack_ptr") != 0)
		return error_create(ERROR_NOT_FOUND, "no %s", name);
	*address = 0xffffffff82003000ull;
	return NULL;
}

static bool is_text(void *context, uint64_t address)
{
	return address >= TEXT && address < TEXT + TEXT_SIZE;
}

static bool function_start(void *context, uint64_t address, uint64_t *start)
{
	*start = address & ~0xffull; /* a function every 256 bytes */
	return is_text(context, address);
}

/* A tracer's trampoline lies at 0xf00 of the text. */
static void recover_return(void *context, uint64_t task, uint64_t found_at, uint64_t *pc)
{
	if (*pc == TEXT + 0xf00)
		*pc = TEXT + 0x450;
}

static bool unwind_table(void *context, uint64_t address, struct arch_unwind_table *ret)
{
	*ret = (struct arch_unwind_table){ TABLE, ENTRIES, ARRAY_SIZE(entries) };
	return is_text(context, address);
}

static const struct arch_env env = {
	.memory = &memory,
	.symbol = symbol,
	.number = number,
	.member = member,
	.type_size = type_size,
	.per_cpu = per_cpu,
	.is_text = is_text,
	.function_start = function_start,
	.recover_return = recover_return,
	.unwind_table = unwind_table,
};

static struct unwind_frame frames[64];
static size_t nr_frames;

static struct error *keep(void *context, const struct unwind_frame *frame)
{
	if (nr_frames < ARRAY_SIZE(frames))
		frames[nr_frames] = *frame;
	nr_frames++;
	return NULL;
}

static void prepare(int v)
{
	static const struct entry fp = { 0, CALL_BP, 16 };

	version = v;
	memset(text, 0x90, sizeof(text));
	memset(stack, 0, sizeof(stack));
	memset(irq_stack, 0, sizeof(irq_stack));
	irq_top = IRQ + STACK_SIZE - 8;
	memory = test_memory(pieces);
	encode(&fp, fp_entry);
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		raw_addresses[i] = (int32_t)(TEXT + entries[i].at - (TABLE + 4 * i));
		encode(&entries[i], raw_entries + 6 * i);
	}
	nr_frames = 0;
}

static struct error *unwind(uint64_t pc, uint64_t sp, uint64_t bp, bool interrupted)
{
	const struct arch_ops *ops = arch_find(EM_X86_64);
	struct unwind_start start = { .interrupted = interrupted,
				      .stack_low = STACK,
				      .stack_high = STACK + STACK_SIZE,
				      .cpu = 0 };
	const struct unwind_sink sink = { keep, NULL };
	struct error *err;
	struct arch *arch;

	start.registers.value[ops->reg_pc] = pc;
	start.registers.value[ops->reg_sp] = sp;
	start.registers.value[ops->reg_fp] = bp;
	start.registers.known = 1u << ops->reg_pc | 1u << ops->reg_sp | 1u << ops->reg_fp;
	assert_ok(ops->create(&env, &arch));
	err = ops->unwind(arch, &start, &sink);
	ops->destroy(arch);
	return err;
}

/* The word of the task's stack at @at bytes from its low end. */
static uint64_t *word(uint64_t at)
{
	return &stack[at / 8];
}

/* Puts a call instruction to @target so that it ends at text offset @end; returns that address. */
static uint64_t call_to(uint64_t end, uint64_t target)
{
	int32_t distance = (int32_t)(target - end);

	text[end - 5] = 0xe8;
	memcpy(text + end - 4, &distance, 4);
	return TEXT + end;
}

static void put_pt_regs(uint64_t at, uint64_t ip, uint64_t cs, uint64_t sp, uint64_t bp)
{
	*word(at + 4 * 8) = bp;
	*word(at + 16 * 8) = ip;
	*word(at + 17 * 8) = cs;
	*word(at + 19 * 8) = sp;
	*word(at + 20 * 8) = cs == 0x10 ? 0x18 : 0x2b;
}

/* A leaf, a caller with locals, one with a frame pointer, the end: in each version. */
static void calls(void **state)
{
	for (int v = 1; v <= 4; v++) {
		prepare(v);
		*word(0x3f00) = call_to(0x150, 0x000); /* into the one with locals */
		*word(0x3f08 + 0x18) =
			call_to(0x250, 0x100); /* into the one with a frame pointer */
		*word(0x3f60) = 0x1234;	       /* its saved frame pointer */
		*word(0x3f68) = call_to(0x450, 0x200);
		assert_ok(unwind(TEXT + 0x10, STACK + 0x3f00, STACK + 0x3f60, true));
		assert_int_equal(nr_frames, 4);
		assert_int_equal(frames[0].pc, TEXT + 0x10);
		assert_int_equal(frames[0].kind, FRAME_INTERRUPTED);
		assert_int_equal(frames[1].pc, TEXT + 0x150);
		assert_int_equal(frames[1].kind, FRAME_CALL);
		assert_int_equal(frames[1].found_at, STACK + 0x3f00);
		assert_int_equal(frames[2].pc, TEXT + 0x250);
		assert_int_equal(frames[3].pc, TEXT + 0x450);
		assert_string_equal(frames[3].stack, "task");
	}
}

/* An exception in the kernel, then the way in from user mode. */
static void exceptions(void **state)
{
	for (int v = 1; v <= 4; v++) {
		prepare(v);
		put_pt_regs(0x3000, TEXT + 0x1ff, 0x10, STACK + 0x3800, 0x77);
		/* Interrupted on the last byte of a function: looked up there, not before it. */
		*word(0x3818) = call_to(0x350, 0x100);
		put_pt_regs(0x3820, 0x401000, 0x33, 0x7fff0000, 0x99);
		assert_ok(unwind(TEXT + 0x310, STACK + 0x3000, 0, true));
		assert_int_equal(nr_frames, 4);
		assert_int_equal(frames[1].kind, FRAME_INTERRUPTED);
		assert_int_equal(frames[1].pc, TEXT + 0x1ff);
		assert_true(frames[1].has_registers);
		assert_int_equal(frames[2].pc, TEXT + 0x350);
		assert_int_equal(frames[3].kind, FRAME_USER);
		assert_int_equal(frames[3].pc, 0x401000);
	}
}

/* From the IRQ stack back to the task's, by the pointer at its top. */
static void stacks(void **state)
{
	for (int v = 1; v <= 4; v++) {
		prepare(v);
		irq_stack[STACK_SIZE / 8 - 2] = call_to(0x750, 0x000);
		irq_stack[STACK_SIZE / 8 - 1] = STACK + 0x3ff0;
		*word(0x3ff0) = call_to(0x460, 0x700);
		assert_ok(unwind(TEXT + 0x10, IRQ + STACK_SIZE - 16, 0, true));
		assert_int_equal(nr_frames, 3);
		assert_string_equal(frames[0].stack, "irq");
		assert_int_equal(frames[2].pc, TEXT + 0x460);
		assert_string_equal(frames[2].stack, "task");
	}
}

/* objtool left the function out: a call to its very start shows the caller. */
static void caller(void **state)
{
	prepare(3);
	*word(0x3e00) = call_to(0x130, 0x000); /* an old return address in between */
	*word(0x3e80) = call_to(0x420, 0x500);
	assert_ok(unwind(TEXT + 0x510, STACK + 0x3d00, 0, true));
	assert_int_equal(nr_frames, 2);
	assert_int_equal(frames[1].pc, TEXT + 0x420);
	assert_int_equal(frames[1].kind, FRAME_CALL);
}

/* Without such proof the frames are said to be unreliable. */
static void scanned(void **state)
{
	prepare(3);
	text[0x41e] = 0xff; /* call *%rax: it could have gone anywhere */
	text[0x41f] = 0xd0;
	*word(0x3e80) = TEXT + 0x420;
	assert_ok(unwind(TEXT + 0x510, STACK + 0x3d00, 0, true));
	assert_int_equal(nr_frames, 2);
	assert_int_equal(frames[1].kind, FRAME_UNRELIABLE);
}

static void null_call(void **state)
{
	prepare(3);
	*word(0x3f00) = call_to(0x440, 0x000);
	assert_ok(unwind(0, STACK + 0x3f00, 0, true));
	assert_int_equal(nr_frames, 2);
	assert_int_equal(frames[1].pc, TEXT + 0x440);
	assert_int_equal(frames[1].kind, FRAME_CALL);
}

static void tracer(void **state)
{
	prepare(3);
	*word(0x3f00) = TEXT + 0xf00;
	assert_ok(unwind(TEXT + 0x10, STACK + 0x3f00, 0, true));
	assert_int_equal(nr_frames, 2);
	assert_int_equal(frames[1].pc, TEXT + 0x450);
	assert_int_equal(frames[1].kind, FRAME_CALL);
}

/* A frame pointer that leads down again, and a stack that never ends. */
static void damage(void **state)
{
	prepare(3);
	*word(0x3f00) = call_to(0x250, 0x000);
	*word(0x3e00) = STACK + 0x3e00;
	*word(0x3e08) = TEXT + 0x250;
	assert_fails(unwind(TEXT + 0x10, STACK + 0x3f00, STACK + 0x3e00, true), ERROR_BAD_DATA);
	assert_int_equal(nr_frames, 2);

	prepare(3);
	put_pt_regs(0x3000, TEXT + 0x10, 0x666, STACK + 0x3800, 0);
	assert_fails(unwind(TEXT + 0x310, STACK + 0x3000, 0, true), ERROR_BAD_DATA);

	prepare(3);
	assert_fails(unwind(TEXT + 0x10, 0xffffc90000ff0000, 0, true), ERROR_BAD_DATA);
	assert_int_equal(nr_frames, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls),  cmocka_unit_test(exceptions), cmocka_unit_test(stacks),
		cmocka_unit_test(caller), cmocka_unit_test(scanned),	cmocka_unit_test(null_call),
		cmocka_unit_test(tracer), cmocka_unit_test(damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
