/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Common to the commands that show kernel values: user memory, "struct.member,member" operands,
 * offsets, radix options. Private to commands.
 */
#ifndef COMMANDS_VALUES_H
#define COMMANDS_VALUES_H

#include "commands/command.h"
#include "image/values.h"

#define SELECTION_MAX 32

/* "NAME.member,member.path": what is to be shown of objects of a type. */
struct selection {
	const struct type *type; /* as named: may be a typedef */
	const char *name;	 /* of the type, as it is to be shown: "struct task_struct" */
	const char *paths[SELECTION_MAX]; /* in the context's arena */
	unsigned int nr_paths;		  /* 0: the whole object */
};

/* @kind: STRUCT, UNION: which is asked for first; the other and typedefs follow. */
must_check struct error *selection_parse(struct context *context, const char *text,
					 enum type_kind kind, struct selection *ret);
/* Shows the object at @address in TREE column @column. */
must_check struct error *selection_show(struct context *context, const struct value_env *env,
					const struct selection *selection, uint64_t address,
					const struct value_format *format, size_t column);

/* Why nothing of @value is in the dump; NULL when some of it is. A struct can be shown in part. */
must_check struct error *values_check_there(const struct value_env *env, const struct value *value);
/* The same of what @selection names of the object at @address. */
must_check struct error *selection_check_there(const struct value_env *env,
					       const struct selection *selection, uint64_t address);

/* "0x18", "24" or "task_struct.tasks": an offset in bytes. */
must_check struct error *values_offset(struct context *context, const char *text, uint64_t *ret);
/* Does @text look like such an offset, and not like an address? */
bool values_is_offset(const char *text);

/* The context's format with the options -x and -d applied. */
struct value_format values_format(struct context *context, const struct arguments *arguments);

/* Memory of the current task's address space below the kernel's half, the kernel's above. */
struct user_memory {
	struct memory memory; /* borrow this */
	struct image *image;
	uint64_t pgd;
};
must_check struct error *user_memory_init(struct context *context, struct user_memory *ret);

/*
 * @arguments with operands of several words, an expression in parentheses with spaces, put together
 * again. @ret borrows from @arguments and the context's arena.
 */
must_check struct error *values_join_operands(struct context *context,
					      const struct arguments *arguments,
					      struct arguments *ret);

/* Words that "sym:0-3" consists of; false when there is no such suffix. */
bool values_split_cpus(struct context *context, const char *text, const char **symbol,
		       const char **cpus);

#endif
