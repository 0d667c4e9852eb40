// SPDX-License-Identifier: GPL-2.0-or-later
/* Machine code as text, through capstone. A machine is a line of a table. */
#include "commands/disassembler.h"

#include <capstone/capstone.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct machine {
	const char *name; /* uname -m's */
	cs_arch arch;
	cs_mode mode;
	size_t syntax;	   /* of capstone; 0: its default */
	unsigned int step; /* over bytes that are no instruction */
	/* What the instruction jumps, calls or refers to. */
	bool (*target)(const cs_insn *insn, struct instruction *ret);
	/* Makes up for what capstone does not know. */
	bool (*other)(const struct disassembler *d, const uint8_t *code, size_t size,
		      uint64_t address, struct instruction *ret);
};

struct disassembler {
	const struct machine *machine;
	csh handle;
	cs_insn *insn;
};

static bool is_branch(const cs_insn *insn)
{
	for (unsigned int i = 0; i < insn->detail->groups_count; i++)
		if (insn->detail->groups[i] == CS_GRP_JUMP ||
		    insn->detail->groups[i] == CS_GRP_CALL ||
		    insn->detail->groups[i] == CS_GRP_BRANCH_RELATIVE)
			return true;
	return false;
}

/* Addresses in operands: of branches, relative to rip, and immediate ones of four bytes or more. */
static bool x86_target(const cs_insn *insn, struct instruction *ret)
{
	const cs_x86 *x86 = &insn->detail->x86;

	for (unsigned int i = 0; i < x86->op_count; i++) {
		const cs_x86_op *op = &x86->operands[i];

		if (op->type == X86_OP_MEM && op->mem.base == X86_REG_RIP) {
			ret->target = insn->address + insn->size + (uint64_t)op->mem.disp;
			ret->may_be_number = op->mem.segment != X86_REG_INVALID;
			return true;
		}
		if (op->type == X86_OP_IMM && is_branch(insn)) {
			ret->target = (uint64_t)op->imm;
			return true;
		}
		/* Kernel code refers to its symbols by 32-bit numbers, sign-extended. */
		if ((op->type == X86_OP_IMM && op->imm < -4096 && op->imm >= INT32_MIN) ||
		    (op->type == X86_OP_MEM && op->mem.disp < -4096)) {
			ret->target = (uint64_t)(op->type == X86_OP_IMM ? op->imm : op->mem.disp);
			ret->may_be_number = true;
			return true;
		}
	}
	return false;
}

/* Without operands, used by kernels, unknown to capstone 4. As in Intel's SDM and AMD's APM. */
static const struct {
	uint8_t size, code[4];
	const char *mnemonic;
} x86_unknown[] = {
	{ 3, { 0x0f, 0x01, 0xc5 }, "pconfig" },
	{ 3, { 0x0f, 0x01, 0xc6 }, "wrmsrns" },
	{ 3, { 0x0f, 0x01, 0xe8 }, "serialize" },
	{ 3, { 0x0f, 0x01, 0xee }, "rdpkru" },
	{ 3, { 0x0f, 0x01, 0xef }, "wrpkru" },
	{ 3, { 0x0f, 0x01, 0xfa }, "monitorx" },
	{ 3, { 0x0f, 0x01, 0xfb }, "mwaitx" },
	{ 3, { 0x0f, 0x01, 0xfe }, "invlpgb" },
	{ 3, { 0x0f, 0x01, 0xff }, "tlbsync" },
	{ 4, { 0xf2, 0x0f, 0x01, 0xca }, "erets" },
	{ 4, { 0xf2, 0x0f, 0x01, 0xfe }, "rmpupdate" },
	{ 4, { 0xf2, 0x0f, 0x01, 0xff }, "pvalidate" },
	{ 4, { 0xf3, 0x0f, 0x01, 0xca }, "eretu" },
	{ 4, { 0xf3, 0x0f, 0x01, 0xe8 }, "setssbsy" },
	{ 4, { 0xf3, 0x0f, 0x01, 0xea }, "saveprevssp" },
	{ 4, { 0xf3, 0x0f, 0x01, 0xfe }, "rmpadjust" },
	{ 4, { 0xf3, 0x0f, 0x01, 0xff }, "psmash" },
	{ 4, { 0x66, 0x0f, 0x01, 0xcc }, "tdcall" },
	{ 4, { 0x66, 0x0f, 0x01, 0xcf }, "seamcall" },
};

static bool x86_is_prefix(uint8_t byte)
{
	return byte == 0x66 || byte == 0x67 || byte == 0xf2 || byte == 0xf3 ||
	       (byte & 0xf0) == 0x40;
}

/*
 * ud1 (0f b9), which WARN() is made of since v7.0: capstone 4 takes its operands for the next
 * instruction. They are encoded as those of imul (0f af).
 */
static bool x86_ud1(const struct disassembler *d, const uint8_t *code, size_t size,
		    uint64_t address, struct instruction *ret)
{
	uint8_t copy[DISASSEMBLER_LONGEST];
	const uint8_t *from = copy;
	size_t left = min(size, sizeof(copy)), i = 0;

	while (i < left && x86_is_prefix(code[i]))
		i++;
	if (i + 2 >= left || code[i] != 0x0f || code[i + 1] != 0xb9)
		return false;
	memcpy(copy, code, left);
	copy[i + 1] = 0xaf;
	if (!cs_disasm_iter(d->handle, &from, &left, &address, d->insn))
		return false;
	ret->size = d->insn->size;
	strcpy(ret->mnemonic, "ud1");
	snprintf(ret->operands, sizeof(ret->operands), "%s", d->insn->op_str);
	return true;
}

static bool x86_other(const struct disassembler *d, const uint8_t *code, size_t size,
		      uint64_t address, struct instruction *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(x86_unknown); i++) {
		if (size < x86_unknown[i].size ||
		    memcmp(code, x86_unknown[i].code, x86_unknown[i].size))
			continue;
		ret->size = x86_unknown[i].size;
		strcpy(ret->mnemonic, x86_unknown[i].mnemonic);
		return true;
	}
	return x86_ud1(d, code, size, address, ret);
}

static const struct machine machines[] = {
	{ "x86_64", CS_ARCH_X86, CS_MODE_64, CS_OPT_SYNTAX_ATT, 1, x86_target, x86_other },
};

struct error *disassembler_create(const char *machine, struct disassembler **ret)
{
	struct disassembler *d;

	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		const struct machine *m = &machines[i];

		if (strcmp(m->name, machine))
			continue;
		d = calloc(1, sizeof(*d));
		if (!d)
			return error_nomem();
		d->machine = m;
		if (cs_open(m->arch, m->mode, &d->handle) != CS_ERR_OK) {
			free(d);
			return error_create(ERROR_UNSUPPORTED,
					    "this capstone cannot disassemble %s", machine);
		}
		if (m->syntax)
			cs_option(d->handle, CS_OPT_SYNTAX, m->syntax);
		cs_option(d->handle, CS_OPT_DETAIL, CS_OPT_ON);
		d->insn = cs_malloc(d->handle);
		if (!d->insn) {
			disassembler_destroy(d);
			return error_nomem();
		}
		*ret = d;
		return NULL;
	}
	return error_create(ERROR_UNSUPPORTED, "no disassembler for machine %s", machine);
}

void disassembler_destroy(struct disassembler *d)
{
	if (d->insn)
		cs_free(d->insn, 1);
	cs_close(&d->handle);
	free(d);
}

void disassembler_next(struct disassembler *d, const uint8_t *code, size_t size, uint64_t address,
		       struct instruction *ret)
{
	uint64_t at = address;

	*ret = (struct instruction){ .size = (unsigned int)min((size_t)d->machine->step, size) };
	if (d->machine->other(d, code, size, address, ret))
		return;
	if (!cs_disasm_iter(d->handle, &code, &size, &at, d->insn)) {
		strcpy(ret->mnemonic, "(bad)");
		return;
	}
	ret->size = d->insn->size;
	snprintf(ret->mnemonic, sizeof(ret->mnemonic), "%s", d->insn->mnemonic);
	snprintf(ret->operands, sizeof(ret->operands), "%s", d->insn->op_str);
	ret->has_target = d->machine->target(d->insn, ret);
}
