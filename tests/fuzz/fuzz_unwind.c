// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * x86_64's page walk, registers and unwinder over memory that nobody vouches for, and a kernel
 * whose types and symbols say what the input says.
 *
 * The input begins with what the kernel answers: a byte of flags (1: ORC entries have "signal", 2:
 * "end", 4: the registers are those of a running task, 8: the stack is looked through, 16: memory
 * repeats without end, 32: five levels), then 24 words of eight bytes, little-endian: the numbers
 * below. The rest is all memory, physical and virtual.
 */
#include "arch/arch.h"
#include "base/bytes.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

/* The furthest that a trace goes, and some. */
#define MAX_FRAMES 10000

enum answer {
	STACK_LOW,
	STACK_SIZE,
	SP,
	PC,
	BP,
	TEXT,
	TEXT_SIZE,
	TABLE,
	ENTRIES,
	COUNT,
	ROOT,
	VIRTUAL,
	PER_CPU,
	OFFSET,
	SIZE,
	NUMBER,
	SYMBOL,
	FUNCTION,
	NR_ANSWERS = 24,
};

struct kernel {
	unsigned int flags;
	uint64_t answers[NR_ANSWERS];
	const uint8_t *data;
	size_t size, frames, reads;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct error *read_memory(void *context, uint64_t address, void *buf, size_t size)
{
	struct kernel *k = context;

	k->reads++;
	if (!k->size || (!(k->flags & 16) && (address & 0xffffff) + size > k->size))
		return error_at(ERROR_ABSENT, address, "absent");
	for (size_t i = 0; i < size; i++)
		((uint8_t *)buf)[i] = k->data[((address & 0xffffff) + i) % k->size];
	return NULL;
}

static struct error *symbol(void *context, const char *name, uint64_t *address)
{
	const struct kernel *k = context;

	if (!k->answers[SYMBOL])
		return error_create(ERROR_NOT_FOUND, "no %s", name);
	*address = k->answers[SYMBOL] + 8 * strlen(name);
	return NULL;
}

static struct error *number(void *context, const char *name, uint64_t *value)
{
	const struct kernel *k = context;

	*value = k->flags & 32 ? 1 : k->answers[NUMBER];
	return NULL;
}

static struct error *member(void *context, const char *type, const char *path, uint64_t *offset,
			    uint64_t *size)
{
	const struct kernel *k = context;

	if ((!strcmp(path, "signal") && !(k->flags & 1)) ||
	    (!strcmp(path, "end") && !(k->flags & 2)))
		return error_create(ERROR_NOT_FOUND, "no %s", path);
	*offset = k->answers[OFFSET] + 64 * strlen(path);
	*size = k->answers[SIZE];
	return NULL;
}

static struct error *type_size(void *context, const char *type, uint64_t *size)
{
	*size = ((const struct kernel *)context)->answers[SIZE];
	return NULL;
}

static struct error *per_cpu(void *context, const char *name, unsigned int cpu, uint64_t *address)
{
	*address = ((const struct kernel *)context)->answers[PER_CPU] + 8 * strlen(name);
	return NULL;
}

static bool is_text(void *context, uint64_t address)
{
	const struct kernel *k = context;

	return address - k->answers[TEXT] < k->answers[TEXT_SIZE];
}

static bool function_start(void *context, uint64_t address, uint64_t *start)
{
	const struct kernel *k = context;

	*start = k->answers[FUNCTION] & 1 ? address & ~0xffull : k->answers[FUNCTION];
	return is_text(context, address);
}

static void recover_return(void *context, uint64_t task, uint64_t found_at, uint64_t *pc)
{
	const struct kernel *k = context;

	if (*pc == k->answers[FUNCTION])
		*pc = k->answers[TEXT];
}

static bool unwind_table(void *context, uint64_t address, struct arch_unwind_table *ret)
{
	const struct kernel *k = context;

	*ret = (struct arch_unwind_table){ k->answers[TABLE], k->answers[ENTRIES],
					   k->answers[COUNT] };
	return is_text(context, address);
}

static struct error *take_frame(void *context, const struct unwind_frame *frame)
{
	struct kernel *k = context;

	if (++k->frames > MAX_FRAMES)
		abort();
	return NULL;
}

static void unwind(const struct arch_ops *ops, struct arch *arch, struct kernel *k)
{
	const struct unwind_sink sink = { take_frame, k };
	struct unwind_start start = {
		.interrupted = k->flags & 4,
		.scan = k->flags & 8,
		.task = k->answers[STACK_LOW],
		.stack_low = k->answers[STACK_LOW],
		.stack_high = k->answers[STACK_LOW] + k->answers[STACK_SIZE] % (1 << 17),
		.cpu = k->answers[PER_CPU] ? 1 : UINT32_MAX,
	};

	start.registers.value[ops->reg_pc] = k->answers[PC];
	start.registers.value[ops->reg_sp] = k->answers[SP];
	start.registers.value[ops->reg_fp] = k->answers[BP];
	start.registers.known = 1u << ops->reg_pc | 1u << ops->reg_sp | 1u << ops->reg_fp;
	error_free(ops->unwind(arch, &start, &sink));
	error_free(ops->registers_of_sleeping(arch, start.task, &start.registers));
	error_free(ops->user_registers(arch, start.stack_low, start.stack_high, &start.registers));
}

static void walk(const struct arch_ops *ops, struct arch *arch, const struct memory *physical,
		 const struct kernel *k)
{
	uint64_t roots[8], root = k->answers[ROOT];
	struct arch_walk walk;
	unsigned int count;

	ops->set_paging_levels(arch, k->flags & 32 ? 5 : 4);
	for (unsigned int shift = 0; shift < 64; shift += 9) {
		if (!error_dropped(
			    ops->walk(arch, physical, root, k->answers[VIRTUAL] << shift, &walk)) &&
		    (!walk.nr_entries || walk.nr_entries > ARCH_MAX_LEVELS))
			abort();
	}
	count = ops->roots_from_cpu_note(k->data, k->size, roots, ARRAY_SIZE(roots));
	for (unsigned int i = 0; i < count; i++)
		error_free(ops->walk(arch, physical, roots[i], k->answers[VIRTUAL], &walk));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct arch_ops *ops = arch_find(EM_X86_64);
	struct bytes b = bytes_of(data, size, false);
	struct kernel k = { .flags = bytes_u8(&b) };
	struct memory memory = { .read = read_memory, .context = &k, .word_size = 8 };
	struct arch_env env = {
		.context = &k,
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
	struct registers registers;
	struct arch *arch;

	for (size_t i = 0; i < NR_ANSWERS; i++)
		k.answers[i] = bytes_u64(&b);
	k.size = bytes_left(&b);
	k.data = bytes_take(&b, k.size);
	if (!k.data || error_dropped(ops->create(&env, &arch)))
		return 0;
	walk(ops, arch, &memory, &k);
	error_free(ops->registers_from_prstatus(k.data, k.size, &registers));
	unwind(ops, arch, &k);
	ops->destroy(arch);
	return 0;
}
