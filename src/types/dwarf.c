// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DWARF as a source of types, through libdw.
 *
 * A kernel's DWARF is hundreds of megabytes in thousands of units that repeat each other, so there
 * is no index of it all. A name's offset in .debug_str is looked for in the bytes of .debug_info,
 * which tells the units that have it; only those are walked, and what else they define is
 * remembered.
 */
#include "types/dwarf.h"

#include <stdlib.h>
#include <string.h>

static void destroy(struct type_source *source)
{
	struct dwarf_source *s = (struct dwarf_source *)source;

	dwarf_index_deinit(s);
	dwarf_search_deinit(s);
	dwarf_types_deinit(s);
	free(s);
}

static struct error *find(struct type_source *source, enum type_kind kind, const char *name,
			  size_t name_len, const struct type **ret)
{
	static const uint8_t classes[] = {
		[TYPE_INT] = DWARF_BASE,    [TYPE_FLOAT] = DWARF_BASE,
		[TYPE_ENUM] = DWARF_ENUM,   [TYPE_STRUCT] = DWARF_STRUCT,
		[TYPE_UNION] = DWARF_UNION, [TYPE_TYPEDEF] = DWARF_TYPEDEF,
	};
	struct dwarf_source *s = (struct dwarf_source *)source;
	Dwarf_Die die;

	TRY(dwarf_lookup(s, classes[kind], name, name_len, &die));
	return dwarf_type(s, &die, ret);
}

static struct error *find_variable(struct type_source *source, const char *name,
				   const struct type **ret)
{
	struct dwarf_source *s = (struct dwarf_source *)source;
	Dwarf_Die die;

	TRY(dwarf_lookup(s, DWARF_VARIABLE, name, strlen(name), &die));
	return dwarf_type_of(s, &die, ret);
}

static struct error *find_function(struct type_source *source, const char *name,
				   const struct type **ret)
{
	struct dwarf_source *s = (struct dwarf_source *)source;
	Dwarf_Die die;

	TRY(dwarf_lookup(s, DWARF_FUNCTION, name, strlen(name), &die));
	return dwarf_type(s, &die, ret);
}

static struct error *find_enumerator(struct type_source *source, const char *name, int64_t *value,
				     const struct type **ret)
{
	struct dwarf_source *s = (struct dwarf_source *)source;
	const struct type_enumerator *values;
	const struct type *type;
	Dwarf_Die die;

	TRY(dwarf_lookup_enumerator(s, name, &die));
	TRY(dwarf_type(s, &die, &type));
	TRY(type_enumerators(type, &values));
	for (uint64_t i = 0; i < type->count; i++) {
		if (strcmp(values[i].name, name) != 0)
			continue;
		*value = values[i].value;
		*ret = type;
		return NULL;
	}
	return error_create(ERROR_NOT_FOUND, "no enumerator named %s", name);
}

static struct error *each_type(struct type_source *source,
			       bool (*each)(void *context, enum type_kind kind, const char *name),
			       void *context)
{
	static const uint8_t kinds[DWARF_NR_INDEXED] = {
		[DWARF_STRUCT] = TYPE_STRUCT, [DWARF_UNION] = TYPE_UNION,
		[DWARF_ENUM] = TYPE_ENUM,     [DWARF_TYPEDEF] = TYPE_TYPEDEF,
		[DWARF_BASE] = TYPE_INT,
	};
	struct dwarf_source *s = (struct dwarf_source *)source;

	TRY(dwarf_scan_all(s));
	for (size_t i = 0; i < s->nr_names; i++) {
		const struct dwarf_name *n = &s->names[i];

		if (kinds[n->class] && !n->is_declaration &&
		    !each(context, kinds[n->class], n->name))
			break;
	}
	return NULL;
}

static const struct type_source_ops dwarf_ops = {
	.name = "dwarf",
	.each_is_slow = true,
	.find = find,
	.find_variable = find_variable,
	.find_function = find_function,
	.find_enumerator = find_enumerator,
	.members = dwarf_members,
	.enumerators = dwarf_enumerators,
	.parameters = dwarf_parameters,
	.each = each_type,
	.destroy = destroy,
};

struct error *dwarf_types_create(void *dwarf, uint8_t word_size, const char *origin,
				 struct type_source **ret)
{
	struct dwarf_source *s = calloc(1, sizeof(*s));
	struct error *err;
	const char *ident;

	if (!s)
		return error_nomem();
	ident = elf_getident(dwarf_getelf(dwarf), NULL);
	err = type_source_init(&s->source, &dwarf_ops, origin, word_size,
			       ident && ident[EI_DATA] == ELFDATA2MSB);
	if (err) {
		free(s);
		return err;
	}
	s->dwarf = dwarf;
	*ret = &s->source;
	return NULL;
}

struct error *dwarf_error(const struct dwarf_source *s, const char *what)
{
	const char *message = dwarf_errmsg(-1);

	return error_create(ERROR_BAD_DATA, "%s: %s: %s", s->source.origin, what,
			    message ? message : "bad DWARF");
}
