// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a backtrace begins. A running task's registers were saved by whoever stopped its CPU: the
 * dying kernel itself in its per-CPU crash_notes (kdump), or the hypervisor in the dump's notes. A
 * sleeping task's are on its stack.
 */
#include "image/backtrace.h"
#include "base/alloc.h"
#include "base/bytes.h"
#include "image/state.h"

#include <elf.h>
#include <string.h>

/* The largest that Linux has is 64 KiB, or 128 with KASAN. */
#define MAX_THREAD_SIZE (1 << 20)

enum { TASK_STACK };
DEFINE_VIEW(task_view, "task_struct", [TASK_STACK] = FIELD("stack"));

/* A note of crash_notes: Elf_Nhdr, "CORE", struct elf_prstatus. */
static struct error *parse_prstatus(struct image *image, const void *note, size_t size,
				    struct registers *ret)
{
	struct bytes b = bytes_of(note, size, image->reader.memory.big_endian);
	uint32_t namesz = bytes_u32(&b), descsz = bytes_u32(&b), type = bytes_u32(&b);
	const uint8_t *desc;

	bytes_skip(&b, ((size_t)namesz + 3) & ~(size_t)3);
	desc = bytes_take(&b, descsz);
	if (!namesz || !desc || type != NT_PRSTATUS)
		return error_create(ERROR_NOT_FOUND, "nobody saved the CPU's registers");
	return image->arch->registers_from_prstatus(desc, descsz, ret);
}

/*
 * From memory, by CPU: the file's own notes leave out CPUs that were offline, so that their order
 * says little.
 */
static struct error *from_crash_notes(struct image *image, unsigned int cpu, struct registers *ret)
{
	uint64_t pointer, address;
	uint8_t note[1024];
	size_t size = 0;

	TRY(image_read_global(image, "crash_notes", 0, &pointer));
	if (!pointer)
		return error_create(ERROR_NOT_FOUND, "the kernel has no crash_notes");
	TRY(image_per_cpu_pointer(image, pointer, cpu, &address));
	/* As much of it as lies in readable memory: it may end at a page's end. */
	for (; size < sizeof(note); size += 64) {
		if (error_dropped(
			    memory_read(&image->reader.memory, address + size, note + size, 64)))
			break;
	}
	return parse_prstatus(image, note, size, ret);
}

static bool by_hypervisor(struct image *image)
{
	for (size_t i = 0; i < kxdump_nr_notes(image->dump); i++) {
		if (!strcmp(kxdump_note(image->dump, i)->name, "QEMU"))
			return true;
	}
	return false;
}

/* The @nth NT_PRSTATUS of the container. */
static struct error *from_notes(struct image *image, unsigned int nth, struct registers *ret)
{
	for (size_t i = 0; i < kxdump_nr_notes(image->dump); i++) {
		const struct kxdump_note *note = kxdump_note(image->dump, i);

		if (note->type != NT_PRSTATUS || strcmp(note->name, "CORE") != 0)
			continue;
		if (!nth--)
			return image->arch->registers_from_prstatus(note->data, note->size, ret);
	}
	return error_create(ERROR_NOT_FOUND, "the dump has no registers of this CPU");
}

/*
 * Has the container registers of just as many CPUs as were online? Then they are those, in order:
 * a capture kernel leaves out those that it has none of, hypervisors other than QEMU have them all.
 */
static bool notes_of_all_cpus(struct image *image)
{
	size_t notes = 0, online = 0;

	for (size_t i = 0; i < kxdump_nr_notes(image->dump); i++) {
		const struct kxdump_note *note = kxdump_note(image->dump, i);

		notes += note->type == NT_PRSTATUS && !strcmp(note->name, "CORE");
	}
	for (unsigned int i = 0; i < image_nr_cpus(image); i++)
		online += image_cpu_online(image, i);
	return notes == online;
}

struct error *image_cpu_registers(struct image *image, unsigned int cpu, struct registers *ret,
				  const char **origin)
{
	unsigned int nth = 0;
	struct error *err;

	if (!image->arch)
		return error_create(ERROR_UNSUPPORTED, "the dump's architecture is not known");
	if (by_hypervisor(image)) {
		*origin = "NT_PRSTATUS";
		return from_notes(image, cpu, ret);
	}
	*origin = "crash_notes";
	err = from_crash_notes(image, cpu, ret);
	if (!err || image->info->live)
		return err;
	/* Not there: the file's notes are those of the CPUs that were online, in order. */
	if (err->code != ERROR_EXCLUDED && err->code != ERROR_ABSENT && !notes_of_all_cpus(image))
		return err;
	error_free(err);
	for (unsigned int i = 0; i < cpu; i++)
		nth += image_cpu_online(image, i);
	*origin = "NT_PRSTATUS";
	return from_notes(image, nth, ret);
}

/* ---- */

struct collector {
	struct image *image;
	struct backtrace *bt;
	size_t room;
};

static struct error *collect(void *context, const struct unwind_frame *unwound)
{
	struct collector *c = context;
	uint64_t pc = unwound->pc;
	struct frame *frame;

	TRY(alloc_grow(&c->bt->frames, &c->room, c->bt->nr_frames + 1, sizeof(*frame)));
	frame = &c->bt->frames[c->bt->nr_frames++];
	*frame = (struct frame){ .unwound = *unwound };
	if (unwound->kind == FRAME_USER)
		return NULL;
	/* A call that never returns can be a function's last instruction: the address after it is
	 * the next function's. */
	if (unwound->kind != FRAME_INTERRUPTED)
		pc--;
	frame->has_symbol =
		!error_dropped(symbols_by_address(&c->image->symbols, pc, &frame->symbol));
	frame->offset = unwound->pc - frame->symbol.address;
	return NULL;
}

uint64_t backtrace_stack_size(struct image *image)
{
	uint64_t size;
	int64_t number;

	/* VMCOREINFO has it on some architectures; union thread_union is what it is. */
	if (!error_dropped(image_vmcoreinfo_number(image, "THREAD_SIZE", &number)) && number > 0 &&
	    number <= MAX_THREAD_SIZE)
		return (uint64_t)number;
	if (!error_dropped(image->env.type_size(image, "thread_union", &size)) && size &&
	    size <= MAX_THREAD_SIZE)
		return size;
	return 16384;
}

/*
 * A task that was running on a CPU whose registers nobody saved: all of its stack is looked
 * through, from the lowest address that is not zero.
 */
static void start_by_scan(struct image *image, struct unwind_start *start)
{
	uint64_t sp = start->stack_low + 8, word; /* the lowest word is the overflow canary */

	while (sp < start->stack_high &&
	       (error_dropped(memory_read_word(&image->reader.memory, sp, &word)) || !word))
		sp += 8;
	start->registers.value[image->arch->reg_sp] = sp;
	start->registers.value[image->arch->reg_pc] = 0;
	start->registers.known = 1u << image->arch->reg_sp | 1u << image->arch->reg_pc;
	start->scan = true;
}

static struct error *find_start(struct image *image, uint64_t task, unsigned int cpu,
				struct unwind_start *ret, const char **how)
{
	TRY(view_read(image, &task_view, TASK_STACK, task, &ret->stack_low));
	if (!ret->stack_low) {
		*how = "no stack";
		return NULL;
	}
	ret->stack_high = ret->stack_low + backtrace_stack_size(image);
	ret->task = task;
	ret->cpu = cpu;
	if (cpu == UINT32_MAX) {
		*how = "sleeping";
		return image->arch->registers_of_sleeping(image->arch_state, task, &ret->registers);
	}
	ret->interrupted = true;
	if (error_dropped(image_cpu_registers(image, cpu, &ret->registers, how))) {
		*how = "stack scan";
		start_by_scan(image, ret);
	}
	return NULL;
}

struct error *backtrace_task(struct image *image, uint64_t task, unsigned int cpu,
			     struct backtrace *ret)
{
	struct backtrace bt = { 0 };
	struct collector collector = { .image = image, .bt = &bt };
	const struct unwind_sink sink = { collect, &collector };
	struct unwind_start start = { 0 };

	if (!image->arch)
		return error_create(ERROR_UNSUPPORTED, "the dump's architecture is not known");
	TRY(find_start(image, task, cpu, &start, &bt.start));
	if (!start.stack_low) { /* it exited, and gave its stack back */
		*ret = bt;
		return NULL;
	}
	bt.why = image->arch->unwind(image->arch_state, &start, &sink);
	if (bt.why &&
	    (!bt.nr_frames || bt.why->code == ERROR_INTERRUPTED || bt.why->code == ERROR_NOMEM)) {
		struct error *err = bt.why;

		bt.why = NULL;
		backtrace_deinit(&bt);
		return err;
	}
	*ret = bt;
	return NULL;
}

void backtrace_deinit(struct backtrace *bt)
{
	free(bt->frames);
	error_free(bt->why);
}
