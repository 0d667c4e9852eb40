/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between machines: page tables, registers, stacks. One file an architecture, named in
 * arch.def. An architecture asks for all it needs of the dumped kernel through struct arch_env, so
 * it sees neither dumps nor types.
 */
#ifndef ARCH_ARCH_H
#define ARCH_ARCH_H

#include "base/error.h"
#include "base/memory.h"

#define ARCH_MAX_REGISTERS 32

/* A set of general registers, as of an interrupted context. */
struct registers {
	uint64_t value[ARCH_MAX_REGISTERS]; /* by the architecture's own index */
	uint32_t known;			    /* bit i: value[i] is known */
};

/* Where an unwind table lies in kernel virtual memory. */
struct arch_unwind_table {
	uint64_t addresses; /* sorted text addresses, @count of them */
	uint64_t entries;   /* what to do at each */
	uint64_t count;
};

/* What an architecture may ask. Every callback returns NOT_FOUND when the kernel has no such thing.
 */
struct arch_env {
	void *context;
	const struct memory *memory; /* kernel virtual */
	struct error *(*symbol)(void *context, const char *name, uint64_t *address);
	/* VMCOREINFO NUMBER(name) or LENGTH(name). */
	struct error *(*number)(void *context, const char *name, uint64_t *value);
	/* Offset and size, in bytes, of a member such as "thread.sp" of "task_struct". */
	struct error *(*member)(void *context, const char *type, const char *path, uint64_t *offset,
				uint64_t *size);
	struct error *(*type_size)(void *context, const char *type, uint64_t *size);
	/* Address of per-CPU variable @name on @cpu. */
	struct error *(*per_cpu)(void *context, const char *name, unsigned int cpu,
				 uint64_t *address);
	/* Is @address in the text of the kernel or of a module, by their own bounds? */
	bool (*is_text)(void *context, uint64_t address);
	/* Where the function that holds @address begins; false where no symbol says so. */
	bool (*function_start)(void *context, uint64_t address, uint64_t *start);
	/* The real return address where a tracer put its own at @found_at on the stack of @task. */
	void (*recover_return)(void *context, uint64_t task, uint64_t found_at, uint64_t *pc);
	/* The unwind table of the kernel or module that holds text @address; false: there is none.
	 */
	bool (*unwind_table)(void *context, uint64_t address, struct arch_unwind_table *ret);
};

/* One entry of a page-table walk. */
struct arch_walk_entry {
	const char *level;	/* "PGD", "P4D"… */
	uint64_t entry_address; /* physical */
	uint64_t value;
	uint64_t page_size; /* of the page this entry maps, when it is the last; else 0 */
};

#define ARCH_MAX_LEVELS 6

struct arch_walk {
	struct arch_walk_entry entries[ARCH_MAX_LEVELS];
	unsigned int nr_entries;
	uint64_t physical;
	uint64_t absent; /* of one that failed: bytes, as aligned, that the last entry is for */
	char flags[96];	 /* of the last entry, words: "PRESENT RW USER…" */
};

struct arch; /* an architecture's own state for one kernel */

struct unwind_frame {
	uint64_t pc, sp; /* @sp: the stack pointer in that frame */
	/* Where on the stack the pc was found (a return address or pt_regs); 0: in registers. */
	uint64_t found_at;
	enum {
		FRAME_CALL,	   /* pc is a return address */
		FRAME_INTERRUPTED, /* pc is where the CPU was interrupted: @registers hold it all */
		FRAME_USER,	   /* the same, in user mode: the end of the stack */
		FRAME_UNRELIABLE,  /* found by looking at the stack for something like text */
	} kind;
	bool has_registers;
	struct registers registers;
	const char *stack; /* "task", "irq", "nmi", "#DF"…; borrowed */
};

/* Where to start unwinding. */
struct unwind_start {
	struct registers registers;	/* pc, sp, fp at least */
	bool interrupted;		/* the pc is exact, not a return address */
	bool scan;			/* no pc is known: look through the stack from sp on */
	uint64_t task;			/* the task_struct */
	uint64_t stack_low, stack_high; /* of the task's own stack */
	unsigned int cpu; /* whose IRQ and exception stacks can be met; UINT32_MAX: none */
};

struct unwind_sink {
	/* Called for each frame, innermost first; an error ends the unwinding. */
	struct error *(*frame)(void *context, const struct unwind_frame *frame);
	void *context;
};

struct arch_ops {
	const char *name;		   /* as uname -m says */
	uint16_t elf_machine;		   /* EM_* */
	const char *const *register_names; /* ARCH_MAX_REGISTERS at most, NULL-terminated */
	int reg_pc, reg_sp, reg_fp;
	unsigned int page_shift;
	/* Virtual addresses between which the kernel's image lies, wherever it was put. */
	uint64_t image_low, image_high;

	/* Where the image's virtual address is in physical memory, by VMCOREINFO's phys_base. */
	uint64_t (*image_to_phys)(uint64_t virt, int64_t phys_base);
	/*
	 * Physical roots of page tables that may hold the kernel's half, from a hypervisor's note
	 * about a CPU's state ("QEMU"); the number of them, at most @room.
	 */
	unsigned int (*roots_from_cpu_note)(const void *desc, size_t size, uint64_t *roots,
					    unsigned int room);
	/*
	 * @env outlives the arch. Before init nothing is known; translate works as soon as the
	 * kernel's page table was set.
	 */
	struct error *(*create)(const struct arch_env *env, struct arch **ret);
	void (*destroy)(struct arch *arch);

	/* For trying out a root when nothing says how many levels there are (4 or 5). */
	void (*set_paging_levels)(struct arch *arch, unsigned int levels);

	/*
	 * Walks the page table at @root of @physical memory for @virt. On failure the entries
	 * walked so far are in @ret: ABSENT when an entry is not present, else the read's error.
	 * After the first walk, threads may walk at once, each through a memory of its own.
	 */
	struct error *(*walk)(struct arch *arch, const struct memory *physical, uint64_t root,
			      uint64_t virt, struct arch_walk *ret);
	/* Is @virt one that the kernel's half of the tables maps? */
	bool (*is_kernel)(struct arch *arch, uint64_t virt);

	/* General registers of an NT_PRSTATUS note's descriptor. */
	struct error *(*registers_from_prstatus)(const void *desc, size_t size,
						 struct registers *ret);
	/* Of a struct pt_regs in memory. */
	struct error *(*registers_from_pt_regs)(struct arch *arch, uint64_t address,
						struct registers *ret);
	bool (*registers_are_user)(const struct registers *regs);
	/* Of a task that sleeps: from its thread's saved context. */
	struct error *(*registers_of_sleeping)(struct arch *arch, uint64_t task,
					       struct registers *ret);
	/* Of a task's way into the kernel: pt_regs at the top of its stack; NOT_FOUND for kthreads.
	 */
	struct error *(*user_registers)(struct arch *arch, uint64_t stack_low, uint64_t stack_high,
					struct registers *ret);

	/* Unwinds; ends with NULL at the known end of the stack, else with why it could not go on.
	 */
	struct error *(*unwind)(struct arch *arch, const struct unwind_start *start,
				const struct unwind_sink *sink);
};

/* NULL when no architecture here has this ELF machine number. */
const struct arch_ops *arch_find(uint16_t elf_machine);
/* By uname -m's name. */
const struct arch_ops *arch_find_name(const char *machine);

#endif
