// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unwinding x86_64 kernel stacks by ORC, across all the stacks of a CPU, as
 * arch/x86/kernel/unwind_orc.c of Linux does it. Where no table covers the code, frame pointers are
 * tried (BPF's JIT keeps them), then the stack is looked through for return addresses; such frames
 * are unreliable, until a struct pt_regs shows exact ones again.
 */
#include "arch/orc.h"
#include "arch/x86_64.h"
#include "base/bytes.h"
#include "base/interrupt.h"

#define MAX_FRAMES 8192

struct unwinder {
	struct arch *arch;
	const struct unwind_sink *sink;
	struct x86_stack stacks[X86_MAX_STACKS + 1]; /* [0] is the task's */
	unsigned int nr_stacks;
	uint32_t visited; /* stacks that were left behind */
	int stack;	  /* the one in use; -1: none of them */

	uint64_t task;
	struct registers regs;
	uint64_t found_at;
	bool interrupted; /* the pc is exact */
	bool doubtful;	  /* what follows was found by scanning */
};

enum step { STEP_FRAME, STEP_REGISTERS, STEP_END };

static uint64_t reg(const struct unwinder *u, enum x86_register r)
{
	return u->regs.value[r];
}

static bool known(const struct unwinder *u, enum x86_register r)
{
	return u->regs.known & X86_BIT(r);
}

static void set(struct unwinder *u, enum x86_register r, uint64_t value)
{
	u->regs.value[r] = value;
	u->regs.known |= X86_BIT(r);
}

/* The stack that holds @address; @top: also one that ends there (an empty stack's pointer). */
static int stack_at(const struct unwinder *u, uint64_t address, bool top)
{
	for (unsigned int i = 0; i < u->nr_stacks; i++) {
		if (address >= u->stacks[i].low && address < u->stacks[i].high)
			return (int)i;
	}
	for (unsigned int i = 0; top && i < u->nr_stacks; i++) {
		if (address == u->stacks[i].high)
			return (int)i;
	}
	return -1;
}

static struct error *on_stack(const struct unwinder *u, uint64_t address, uint64_t size)
{
	int i = stack_at(u, address, false);

	if (i < 0 || size > u->stacks[i].high - address)
		return error_at(ERROR_BAD_DATA, address,
				"the trace leaves the known stacks at %#llx",
				(unsigned long long)address);
	return NULL;
}

static struct error *stack_word(const struct unwinder *u, uint64_t address, uint64_t *ret)
{
	TRY(on_stack(u, address, 8));
	return memory_read_word(u->arch->env->memory, address, ret);
}

/* After the stack pointer was set: no stack is walked twice, and none downwards. */
static struct error *check_progress(struct unwinder *u, uint64_t sp_before)
{
	uint64_t sp = reg(u, X86_RSP);
	int now = stack_at(u, sp, true);

	if (now == u->stack) {
		if (now >= 0 && sp <= sp_before)
			return error_at(ERROR_BAD_DATA, sp,
					"the stack goes the wrong way, from %#llx to %#llx",
					(unsigned long long)sp_before, (unsigned long long)sp);
		return NULL;
	}
	if (now >= 0 && u->visited & 1u << now)
		return error_at(ERROR_BAD_DATA, sp, "the trace comes to the %s stack twice",
				u->stacks[now].name);
	if (u->stack >= 0)
		u->visited |= 1u << u->stack;
	u->stack = now;
	return NULL;
}

/* ---- by table ---- */

/* The caller's stack pointer (CFA), or the place of saved registers. */
static struct error *frame_address(const struct unwinder *u, const struct orc *orc, uint64_t *ret)
{
	enum x86_register base;
	uint64_t offset = (uint64_t)(int64_t)orc->sp_offset;
	bool indirect = false;

	switch (orc->sp_reg) {
	case ORC_SP:
		base = X86_RSP;
		break;
	case ORC_BP:
		base = X86_RBP;
		break;
	case ORC_SP_INDIRECT:
		base = X86_RSP;
		indirect = true;
		break;
	case ORC_BP_INDIRECT:
		base = X86_RBP;
		indirect = true;
		break;
	case ORC_AX:
		base = X86_RAX;
		offset = 0;
		break;
	case ORC_DX:
		base = X86_RDX;
		offset = 0;
		break;
	case ORC_DI:
		base = X86_RDI;
		offset = 0;
		break;
	case ORC_R10:
		base = X86_R10;
		offset = 0;
		break;
	case ORC_R13:
		base = X86_R13;
		offset = 0;
		break;
	default:
		return error_at(ERROR_BAD_DATA, reg(u, X86_RIP),
				"the unwind table has an unknown register at %#llx",
				(unsigned long long)reg(u, X86_RIP));
	}
	if (!known(u, base))
		return error_at(ERROR_NOT_FOUND, reg(u, X86_RIP),
				"unwinding %#llx needs %s, which is not known here",
				(unsigned long long)reg(u, X86_RIP), x86_register_names[base]);
	*ret = reg(u, base) + offset;
	if (orc->sp_reg == ORC_SP_INDIRECT) {
		TRY(stack_word(u, reg(u, base), ret));
		*ret += offset;
	} else if (indirect) {
		TRY(stack_word(u, *ret, ret));
	}
	return NULL;
}

static struct error *frame_pointer(const struct unwinder *u, const struct orc *orc, uint64_t cfa,
				   uint64_t *ret)
{
	uint64_t offset = (uint64_t)(int64_t)orc->bp_offset;

	if (orc->bp_reg == ORC_PREV_SP)
		return stack_word(u, cfa + offset, ret);
	if (orc->bp_reg == ORC_BP && known(u, X86_RBP))
		return stack_word(u, reg(u, X86_RBP) + offset, ret);
	return error_at(ERROR_BAD_DATA, reg(u, X86_RIP),
			"the unwind table has an unknown frame pointer at %#llx",
			(unsigned long long)reg(u, X86_RIP));
}

/* Only the stack pointer and the frame pointer are followed through a call. */
static void forget_scratch(struct unwinder *u)
{
	u->regs.known &= X86_BIT(X86_RIP) | X86_BIT(X86_RSP) | X86_BIT(X86_RBP);
}

static struct error *take_registers(struct unwinder *u, uint64_t address, bool whole)
{
	struct registers regs = u->regs;
	uint64_t cs;

	if (whole) {
		TRY(on_stack(u, address, X86_PT_REGS_SIZE));
		TRY(x86_registers_from_pt_regs(u->arch, address, &regs));
	} else {
		TRY(on_stack(u, address, X86_PT_REGS_SIZE - X86_IRET_OFFSET));
		TRY(x86_registers_from_iret(u->arch, address, &regs));
	}
	cs = regs.value[X86_CS];
	if (cs != 0x10 && (cs & 3) != 3)
		return error_at(ERROR_BAD_DATA, address,
				"the registers saved at %#llx have code segment %#llx",
				(unsigned long long)address, (unsigned long long)cs);
	u->regs = regs;
	u->found_at = whole ? address : address - X86_IRET_OFFSET;
	u->doubtful = false;
	return NULL;
}

static struct error *step_by_orc(struct unwinder *u, const struct orc *orc, enum step *ret)
{
	uint64_t cfa, pc, sp_before = reg(u, X86_RSP), bp = 0;
	bool new_bp = orc->bp_reg != ORC_UNDEFINED;

	if (orc->type == ORC_TYPE_END_OF_STACK) {
		*ret = STEP_END;
		return NULL;
	}
	if (orc->type == ORC_TYPE_UNKNOWN)
		return error_at(ERROR_NOT_FOUND, reg(u, X86_RIP),
				"the unwind table knows nothing of %#llx",
				(unsigned long long)reg(u, X86_RIP));
	TRY(frame_address(u, orc, &cfa));
	if (new_bp)
		TRY(frame_pointer(u, orc, cfa, &bp));
	if (orc->type == ORC_TYPE_CALL) {
		TRY(stack_word(u, cfa - 8, &pc));
		u->arch->env->recover_return(u->arch->env->context, u->task, cfa - 8, &pc);
		u->found_at = cfa - 8;
		set(u, X86_RIP, pc);
		set(u, X86_RSP, cfa);
		forget_scratch(u);
		*ret = STEP_FRAME;
	} else {
		TRY(take_registers(u, cfa, orc->type == ORC_TYPE_REGS));
		*ret = STEP_REGISTERS;
	}
	if (new_bp)
		set(u, X86_RBP, bp);
	u->interrupted = orc->signal;
	if (*ret == STEP_REGISTERS && x86_registers_are_user(&u->regs))
		return NULL;
	return check_progress(u, sp_before);
}

/* ---- without a table ---- */

/* Does a call instruction end at @address? */
static bool follows_call(const struct unwinder *u, uint64_t address)
{
	static const uint8_t lengths[] = { 2, 3, 4, 6,
					   7 }; /* call *reg and the forms of call *mem */
	uint8_t code[7];

	if (error_dropped(memory_read(u->arch->env->memory, address - 7, code, sizeof(code))))
		return false;
	if (code[2] == 0xe8)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		const uint8_t *p = code + 7 - lengths[i];

		if (p[0] == 0xff && (p[1] >> 3 & 7) == 2)
			return true;
	}
	return false;
}

/* Code outside of the tables that keeps frame pointers. */
static bool step_by_frame_pointer(struct unwinder *u)
{
	uint64_t sp_before = reg(u, X86_RSP), bp = reg(u, X86_RBP), next, pc;
	struct unwinder before = *u;

	if (!known(u, X86_RBP) || bp & 7 || bp < sp_before ||
	    stack_at(u, bp, false) != stack_at(u, sp_before, true))
		return false;
	if (error_dropped(stack_word(u, bp, &next)) || error_dropped(stack_word(u, bp + 8, &pc)) ||
	    !follows_call(u, pc))
		return false;
	/* Interrupted code may not have made its frame yet, so its caller could be passed over. */
	u->doubtful |= u->interrupted;
	u->interrupted = false;
	u->found_at = bp + 8;
	set(u, X86_RIP, pc);
	set(u, X86_RSP, bp + 16);
	set(u, X86_RBP, next);
	forget_scratch(u);
	if (!error_dropped(check_progress(u, sp_before)))
		return true;
	*u = before;
	return false;
}

/* The function that a direct call ending at @address goes to. */
static bool call_target(const struct unwinder *u, uint64_t address, uint64_t *ret)
{
	uint64_t offset;
	uint8_t opcode;

	if (error_dropped(memory_read(u->arch->env->memory, address - 5, &opcode, 1)) ||
	    opcode != 0xe8 ||
	    error_dropped(memory_read_number(u->arch->env->memory, address - 4, 4, &offset)))
		return false;
	*ret = address + sign_extend(offset, 32);
	return true;
}

static void take_scanned(struct unwinder *u, int stack, uint64_t at, uint64_t pc)
{
	uint64_t bp = reg(u, X86_RBP);
	bool keep = known(u, X86_RBP) && bp > at && stack_at(u, bp, false) == stack;

	u->interrupted = false;
	u->found_at = at;
	u->stack = stack;
	set(u, X86_RIP, pc);
	set(u, X86_RSP, at + 8);
	/* A function that makes no frame of its own leaves its caller's frame pointer alone. */
	u->regs.known = X86_BIT(X86_RIP) | X86_BIT(X86_RSP) | (keep ? X86_BIT(X86_RBP) : 0);
}

static bool is_return_address(const struct unwinder *u, struct orc_state *orcs, uint64_t pc)
{
	const struct arch_env *env = u->arch->env;
	struct orc orc;

	return env->is_text(env->context, pc) && follows_call(u, pc) &&
	       !error_dropped(orc_find(orcs, pc - 1, &orc)) && orc.type != ORC_TYPE_UNKNOWN;
}

/*
 * The nearest return address above the stack pointer whose call goes to the very function that the
 * trace is in. That is no guess: it finds the callers of functions which objtool was told to leave
 * out, such as __crash_kexec.
 */
static bool step_by_caller(struct unwinder *u, struct orc_state *orcs)
{
	const struct arch_env *env = u->arch->env;
	uint64_t at = (reg(u, X86_RSP) + 7) & ~7ull, start, target, pc;
	int stack = stack_at(u, at, false);

	if (stack < 0 || u->doubtful ||
	    !env->function_start(env->context, reg(u, X86_RIP) - !u->interrupted, &start))
		return false;
	for (; at + 8 <= u->stacks[stack].high; at += 8) {
		if (error_dropped(memory_read_word(env->memory, at, &pc)) ||
		    !env->is_text(env->context, pc) || !call_target(u, pc, &target) ||
		    target != start || !is_return_address(u, orcs, pc))
			continue;
		take_scanned(u, stack, at, pc);
		return true;
	}
	return false;
}

/* The next word above the stack pointer that looks like a return address into known text. */
static bool step_by_scan(struct unwinder *u, struct orc_state *orcs)
{
	uint64_t at = (reg(u, X86_RSP) + 7) & ~7ull, pc;
	int stack = stack_at(u, at, false);

	if (stack < 0) /* overflown: the stack begins above the guard page */
		stack = stack_at(u, at = (at + 4095) & ~4095ull, false);
	if (stack < 0)
		return false;
	for (; at + 8 <= u->stacks[stack].high; at += 8) {
		if (error_dropped(memory_read_word(u->arch->env->memory, at, &pc)) ||
		    !is_return_address(u, orcs, pc))
			continue;
		u->doubtful = true;
		u->regs.known &= ~X86_BIT(X86_RBP);
		take_scanned(u, stack, at, pc);
		return true;
	}
	return false;
}

/* A jump or call to where no code is: the return address is on top of the stack. */
static bool step_from_wild_jump(struct unwinder *u)
{
	uint64_t sp = reg(u, X86_RSP), pc;

	if (!u->interrupted || u->arch->env->is_text(u->arch->env->context, reg(u, X86_RIP)) ||
	    error_dropped(stack_word(u, sp, &pc)) || !follows_call(u, pc))
		return false;
	u->interrupted = false;
	u->found_at = sp;
	set(u, X86_RIP, pc);
	set(u, X86_RSP, sp + 8);
	forget_scratch(u);
	return true;
}

/* ---- */

static struct error *step(struct unwinder *u, enum step *ret)
{
	struct orc_state *orcs = u->arch->orc;
	uint64_t pc = reg(u, X86_RIP);
	struct unwinder before = *u;
	struct error *err;
	struct orc orc;

	*ret = STEP_FRAME;
	if (step_from_wild_jump(u))
		return NULL;
	err = orc_find(orcs, u->interrupted ? pc : pc - 1, &orc);
	if (err && step_by_frame_pointer(u)) {
		error_free(err);
		return NULL;
	}
	if (!err)
		err = step_by_orc(u, &orc, ret);
	if (!err)
		return NULL;
	*u = before;
	*ret = STEP_FRAME;
	if (step_by_caller(u, orcs) || step_by_scan(u, orcs)) {
		error_free(err);
		return NULL;
	}
	return err;
}

static struct error *emit(struct unwinder *u, bool has_registers, bool *user)
{
	struct unwind_frame frame = {
		.pc = reg(u, X86_RIP),
		.sp = reg(u, X86_RSP),
		.found_at = u->found_at,
		.kind = u->doubtful ? FRAME_UNRELIABLE : FRAME_CALL,
		.has_registers = has_registers,
		.registers = u->regs,
	};
	int stack = stack_at(u, u->found_at ? u->found_at : frame.sp, true);

	*user = has_registers && x86_registers_are_user(&u->regs);
	if (has_registers)
		frame.kind = *user ? FRAME_USER : FRAME_INTERRUPTED;
	frame.stack = *user && !u->found_at ? "user" : stack < 0 ? NULL : u->stacks[stack].name;
	return u->sink->frame(u->sink->context, &frame);
}

struct error *x86_unwind(struct arch *arch, const struct unwind_start *start,
			 const struct unwind_sink *sink)
{
	struct unwinder u = {
		.arch = arch,
		.sink = sink,
		.stacks = { { "task", start->stack_low, start->stack_high } },
		.nr_stacks = 1,
		.task = start->task,
		.regs = start->registers,
		.interrupted = start->interrupted,
	};
	bool user;

	if (!known(&u, X86_RIP) || !known(&u, X86_RSP))
		return error_create(ERROR_NOT_FOUND, "no registers to begin with");
	if (!arch->orc)
		TRY(orc_create(arch->env, &arch->orc));
	u.nr_stacks += x86_cpu_stacks(arch, start->cpu, u.stacks + 1);
	u.stack = stack_at(&u, reg(&u, X86_RSP), true);
	if (start->scan) {
		if (!step_by_scan(&u, arch->orc))
			return error_create(ERROR_NOT_FOUND, "the stack holds no return address");
		TRY(emit(&u, false, &user));
	} else {
		TRY(emit(&u, start->interrupted, &user));
	}
	for (unsigned int i = 0; !user && i < MAX_FRAMES; i++) {
		enum step how;

		TRY(interrupt_check());
		TRY(step(&u, &how));
		if (how == STEP_END)
			return NULL;
		TRY(emit(&u, how == STEP_REGISTERS, &user));
	}
	if (!user)
		return error_create(ERROR_BAD_DATA, "more than %d frames", MAX_FRAMES);
	return NULL;
}
