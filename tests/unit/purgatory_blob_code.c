// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Purgatory's code as the linker left it: what it may not contain. CR3 and CR4 are not touched, so
 * it runs with 4- and 5-level paging alike; the old kernel turns SSE off in CR4, so there is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <capstone/capstone.h>
#include <cmocka.h>
#include <elf.h>

#include "purgatory/purgatory.h"

static uint8_t *file;
static size_t file_size;

static const Elf64_Ehdr *header(void)
{
	return (const Elf64_Ehdr *)file;
}

static const Elf64_Shdr *section(size_t index)
{
	assert_true(header()->e_shoff + (index + 1) * sizeof(Elf64_Shdr) <= file_size);
	return (const Elf64_Shdr *)(file + header()->e_shoff) + index;
}

static const char *section_name(const Elf64_Shdr *s)
{
	return (const char *)file + section(header()->e_shstrndx)->sh_offset + s->sh_name;
}

static const Elf64_Shdr *section_named(const char *name)
{
	for (size_t i = 0; i < header()->e_shnum; i++) {
		if (!strcmp(section_name(section(i)), name))
			return section(i);
	}
	fail_msg("no section %s", name);
	return NULL;
}

static int file_read(void **state)
{
	FILE *stream = fopen(PURGATORY_ELF, "rb");
	long size;

	if (!stream || fseek(stream, 0, SEEK_END) || (size = ftell(stream)) < 0)
		return -1;
	rewind(stream);
	file_size = (size_t)size;
	file = malloc(file_size);
	if (!file || fread(file, 1, file_size, stream) != file_size)
		return -1;
	return fclose(stream);
}

static int file_free(void **state)
{
	free(file);
	return 0;
}

static void no_relocations(void **state)
{
	for (size_t i = 0; i < header()->e_shnum; i++) {
		const Elf64_Shdr *s = section(i);

		if (s->sh_type == SHT_RELA || s->sh_type == SHT_REL)
			assert_int_equal(s->sh_size, 0);
	}
}

static void no_undefined_symbols(void **state)
{
	const Elf64_Shdr *s = section_named(".symtab");
	const Elf64_Sym *symbols = (const Elf64_Sym *)(file + s->sh_offset);

	assert_true(s->sh_size / sizeof(*symbols) > 1);
	for (size_t i = 1; i < s->sh_size / sizeof(*symbols); i++)
		assert_int_not_equal(symbols[i].st_shndx, SHN_UNDEF);
}

/* Code and data of all sections are in the flat blob, at their addresses. */
static void all_in_blob(void **state)
{
	size_t blob_size = (size_t)(purgatory_blob_end - purgatory_blob);

	for (size_t i = 0; i < header()->e_shnum; i++) {
		const Elf64_Shdr *s = section(i);

		if (!(s->sh_flags & SHF_ALLOC) || !s->sh_size)
			continue;
		assert_int_not_equal(s->sh_type, SHT_NOBITS);
		if (s->sh_type != SHT_PROGBITS)
			continue; /* the linker's own, for a loader of shared objects */
		assert_true(s->sh_addr <= blob_size && s->sh_size <= blob_size - s->sh_addr);
		assert_memory_equal(purgatory_blob + s->sh_addr, file + s->sh_offset, s->sh_size);
	}
}

static bool starts_with_any(const char *text, const char *const *list)
{
	for (; *list; list++) {
		if (!strncmp(text, *list, strlen(*list)))
			return true;
	}
	return false;
}

static bool is_any(const char *text, const char *const *list)
{
	for (; *list; list++) {
		if (!strcmp(text, *list))
			return true;
	}
	return false;
}

static void check_register(const cs_insn *insn, const char *name, bool first)
{
	static const char *const vector[] = { "xmm", "ymm", "zmm", "mm", "st", "k", "bnd", NULL };

	assert_false(starts_with_any(name, vector));
	assert_int_not_equal(strncmp(name, "dr", 2), 0);
	/* Of the control registers, a fault's address is read, and no more. */
	if (!strncmp(name, "cr", 2)) {
		assert_string_equal(name, "cr2");
		assert_false(first);
	}
}

static bool is_jump(csh cs, const cs_insn *insn)
{
	return cs_insn_group(cs, insn, CS_GRP_JUMP) || cs_insn_group(cs, insn, CS_GRP_CALL);
}

static void check_operands(csh cs, const cs_insn *insn)
{
	const cs_x86 *x86 = &insn->detail->x86;

	for (uint8_t i = 0; i < x86->op_count; i++) {
		const cs_x86_op *op = &x86->operands[i];

		/* All jumps go to a place within, none by way of memory or a register. */
		if (is_jump(cs, insn))
			assert_int_equal(op->type, X86_OP_IMM);
		if (op->type == X86_OP_REG)
			check_register(insn, cs_reg_name(cs, op->reg), i == 0);
		/* A fixed address is the screen's. */
		if (op->type == X86_OP_MEM && op->mem.base == X86_REG_INVALID &&
		    op->mem.index == X86_REG_INVALID)
			assert_in_range(op->mem.disp, 0xb8000, 0xb8000 + 80 * 25 * 2 - 1);
	}
}

static void check_instruction(csh cs, const cs_insn *insn, const Elf64_Shdr *text)
{
	static const char *const refused[] = {
		"wrmsr",  "rdmsr",  "lmsw",   "clts",	"ltr",	"lldt",	   "sti",
		"popf",	  "popfq",  "invlpg", "wbinvd", "int",	"int3",	   "syscall",
		"sysret", "xsetbv", "swapgs", "cpuid",	"into", "invpcid", "sysexit",
		"emms",	  "fninit", "fnclex", "in",	NULL,
	};
	static const char *const x87_and_state[] = { "f", "xsave", "xrstor", "v", NULL };
	bool byte_in = !strcmp(insn->mnemonic, "in") && strstr(insn->op_str, "al");

	assert_true(byte_in || !is_any(insn->mnemonic, refused));
	assert_false(starts_with_any(insn->mnemonic, x87_and_state));
	check_operands(cs, insn);
	if (is_jump(cs, insn)) {
		int64_t target = insn->detail->x86.operands[0].imm;

		assert_in_range(target, text->sh_addr, text->sh_addr + text->sh_size - 1);
	}
}

static void instructions(void **state)
{
	const Elf64_Shdr *text = section_named(".text");
	const uint8_t *code = file + text->sh_offset;
	uint64_t address = text->sh_addr;
	size_t left = text->sh_size, far_returns = 0, count = 0;
	cs_insn *insn;
	csh cs;

	assert_int_equal(cs_open(CS_ARCH_X86, CS_MODE_64, &cs), CS_ERR_OK);
	assert_int_equal(cs_option(cs, CS_OPT_DETAIL, CS_OPT_ON), CS_ERR_OK);
	insn = cs_malloc(cs);
	assert_non_null(insn);
	for (; left && cs_disasm_iter(cs, &code, &left, &address, insn); count++) {
		check_instruction(cs, insn, text);
		far_returns += insn->id == X86_INS_RETFQ || insn->id == X86_INS_RETF;
	}
	assert_int_equal(left, 0);
	assert_true(count > 1000);
	assert_int_equal(far_returns, 1);
	cs_free(insn, 1);
	cs_close(&cs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_relocations),
		cmocka_unit_test(no_undefined_symbols),
		cmocka_unit_test(all_in_blob),
		cmocka_unit_test(instructions),
	};

	return cmocka_run_group_tests(tests, file_read, file_free);
}
