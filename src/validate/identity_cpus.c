// SPDX-License-Identifier: GPL-2.0-or-later
/* The CPUs' notes: as many as there were CPUs, and registers that a CPU can have had. */
#include "kernel/tasks.h"
#include "validate/validate.h"

#include <elf.h>
#include <string.h>

/* A CPU in the kernel runs its text, on memory that is mapped. */
static void check_registers(struct validation *v, size_t nth, const struct registers *regs)
{
	struct image *image = validation_image(v);
	const struct arch_ops *arch = image_arch(image);
	uint64_t pc = regs->value[arch->reg_pc], sp = regs->value[arch->reg_sp], phys;

	if (arch->registers_are_user(regs))
		return;
	/* What the kernel jumped to may well be what it died of. */
	if (!image_is_text(image, pc))
		validation_find(v, FINDING_NOTE, CAUSE_CRASHED, place_virtual(pc, 0),
				"PRSTATUS note %zu: the CPU was not in the kernel's text", nth);
	if (error_dropped(image_translate(image, sp, &phys)))
		validation_find(v, FINDING_NOTE, CAUSE_CRASHED, place_virtual(sp, 0),
				"PRSTATUS note %zu: the stack pointer is not mapped", nth);
}

static bool all_zero(const struct registers *regs)
{
	for (unsigned int i = 0; i < ARCH_MAX_REGISTERS; i++) {
		if (regs->value[i])
			return false;
	}
	return true;
}

static struct error *run(struct validation *v)
{
	struct kxdump *dump = validation_dump(v);
	struct image *image = validation_image(v);
	unsigned int online = 0;
	size_t notes = 0;

	for (size_t i = 0; i < kxdump_nr_notes(dump); i++) {
		const struct kxdump_note *note = kxdump_note(dump, i);
		struct registers regs;
		struct error *err;

		if (note->type != NT_PRSTATUS || strcmp(note->name, "CORE") != 0)
			continue;
		notes++;
		err = image_arch(image)->registers_from_prstatus(note->data, note->size, &regs);
		if (!err && all_zero(&regs))
			validation_find(
				v, FINDING_NOTE, CAUSE_ABSENT,
				place_file((unsigned int)note->file, note->file_offset, note->size),
				"PRSTATUS note %zu: no register was saved", notes);
		else if (!err)
			check_registers(v, notes, &regs);
		TRY(validation_find_error(
			v, true,
			place_file((unsigned int)note->file, note->file_offset, note->size), err,
			"a PRSTATUS note"));
	}
	for (unsigned int cpu = 0; cpu < image_nr_cpus(image); cpu++)
		online += image_cpu_online(image, cpu);
	validation_looked_at(v, notes);
	/* CPUs that did not stop left no note: they went on, and so did their memory. */
	if (online && notes < online)
		validation_find(v, FINDING_NOTE, notes ? CAUSE_RACE : CAUSE_ABSENT, place_none(),
				"%zu of %u online CPUs have a PRSTATUS note", notes, online);
	return NULL;
}

const struct validate_check validate_prstatus = {
	.name = "cpu-notes",
	.family = "identity",
	.summary = "CPUs have no note of their registers, or one that cannot be",
	.quick = true,
	.needs_kernel = true,
	.run = run,
};
