// SPDX-License-Identifier: GPL-2.0-or-later
/* Types made from DIEs, each when first asked for, with what it refers to. */
#include "types/dwarf.h"

#include "base/alloc.h"

#include <dwarf.h>
#include <string.h>

#define MAX_DEPTH      64
#define MAX_DIMENSIONS 16

static struct error *make(struct dwarf_source *s, Dwarf_Die *die, unsigned int depth,
			  const struct type **ret);

void dwarf_types_deinit(struct dwarf_source *s)
{
	free(s->nodes); /* they are in the arena */
}

static size_t slot_of(const struct dwarf_source *s, const void *address)
{
	return ((uintptr_t)address * 0x9e3779b97f4a7c15ULL >> 32) & s->nodes_mask;
}

static struct error *insert(struct dwarf_source *s, struct dwarf_node *node)
{
	size_t slot;

	if (!s->nodes || s->nr_nodes > s->nodes_mask) {
		size_t mask = s->nodes ? s->nodes_mask * 4 + 3 : 1023, old = s->nodes_mask + 1;
		struct dwarf_node **was = s->nodes;
		struct dwarf_node **nodes = calloc(mask + 1, sizeof(*nodes));

		if (!nodes)
			return error_nomem();
		s->nodes = nodes;
		s->nodes_mask = mask;
		for (size_t i = 0; was && i < old; i++) {
			while (was[i]) {
				struct dwarf_node *moved = was[i];

				was[i] = moved->next;
				slot = slot_of(s, moved->die.addr);
				moved->next = nodes[slot];
				nodes[slot] = moved;
			}
		}
		free(was);
	}
	slot = slot_of(s, node->die.addr);
	node->next = s->nodes[slot];
	s->nodes[slot] = node;
	s->nr_nodes++;
	return NULL;
}

static bool number(Dwarf_Die *die, unsigned int name, uint64_t *ret)
{
	Dwarf_Attribute attr;
	Dwarf_Word value;

	if (!dwarf_attr_integrate(die, name, &attr) || dwarf_formudata(&attr, &value))
		return false;
	*ret = value;
	return true;
}

/* DW_AT_type of the DIE; void when there is none. */
static struct error *target_of(struct dwarf_source *s, Dwarf_Die *die, unsigned int depth,
			       const struct type **ret)
{
	Dwarf_Attribute attr;
	Dwarf_Die target;

	if (!dwarf_attr_integrate(die, DW_AT_type, &attr)) {
		*ret = &s->source.void_type;
		return NULL;
	}
	if (!dwarf_formref_die(&attr, &target))
		return dwarf_error(s, "a reference to a type leads nowhere");
	return make(s, &target, depth + 1, ret);
}

static uint64_t count_children(Dwarf_Die *die, int tag)
{
	uint64_t count = 0;
	Dwarf_Die child;

	if (dwarf_child(die, &child))
		return 0;
	do {
		count += dwarf_tag(&child) == tag;
	} while (dwarf_next(&child));
	return count;
}

static void fill_base(Dwarf_Die *die, struct type *type)
{
	uint64_t encoding = 0;

	number(die, DW_AT_encoding, &encoding);
	type->kind = encoding == DW_ATE_float || encoding == DW_ATE_complex_float ? TYPE_FLOAT
										  : TYPE_INT;
	type->is_signed = type->kind == TYPE_INT &&
			  (encoding == DW_ATE_signed || encoding == DW_ATE_signed_char);
	type->is_bool = encoding == DW_ATE_boolean;
	type->is_char = type->name && strcmp(type->name, "char") == 0;
}

/* A value is in the form that its sign needs; dataN are for unsigned ones and positive ones. */
static int64_t const_value(Dwarf_Die *die)
{
	Dwarf_Attribute attr;
	Dwarf_Word value = 0;
	Dwarf_Sword signed_value;

	if (!dwarf_attr(die, DW_AT_const_value, &attr))
		return 0;
	if ((attr.form == DW_FORM_sdata || attr.form == DW_FORM_implicit_const) &&
	    !dwarf_formsdata(&attr, &signed_value))
		return signed_value;
	return dwarf_formudata(&attr, &value) ? 0 : (int64_t)value;
}

/* By the enumeration's own type where it has one (gcc since 5), else by its values. */
static bool enum_is_signed(Dwarf_Die *die)
{
	Dwarf_Attribute attr;
	Dwarf_Die target, child;
	uint64_t encoding = 0;

	if (dwarf_attr(die, DW_AT_type, &attr) && dwarf_formref_die(&attr, &target) &&
	    dwarf_peel_type(&target, &target) == 0 && number(&target, DW_AT_encoding, &encoding))
		return encoding == DW_ATE_signed || encoding == DW_ATE_signed_char;
	if (dwarf_child(die, &child))
		return false;
	do {
		if (dwarf_tag(&child) == DW_TAG_enumerator && const_value(&child) < 0)
			return true;
	} while (dwarf_next(&child));
	return false;
}

/* Elements of one dimension; 0: flexible, or counted at run time. */
static uint64_t dimension(Dwarf_Die *subrange)
{
	Dwarf_Attribute attr;
	uint64_t value;

	if (number(subrange, DW_AT_count, &value))
		return value;
	if (!dwarf_attr(subrange, DW_AT_upper_bound, &attr) || attr.form == DW_FORM_exprloc ||
	    !number(subrange, DW_AT_upper_bound, &value))
		return 0;
	/* int a[0] has the upper bound -1 with some compilers. */
	if (attr.form == DW_FORM_data4 && value == UINT32_MAX)
		return 0;
	return value + 1;
}

static struct error *fill_array(struct dwarf_source *s, Dwarf_Die *die, unsigned int depth,
				struct type *type)
{
	uint64_t counts[MAX_DIMENSIONS] = { 0 };
	unsigned int nr = 0;
	Dwarf_Die child;

	type->kind = TYPE_ARRAY;
	type->name = NULL;
	TRY(target_of(s, die, depth, &type->target));
	if (!dwarf_child(die, &child)) {
		do {
			if (dwarf_tag(&child) == DW_TAG_subrange_type && nr < MAX_DIMENSIONS)
				counts[nr++] = dimension(&child);
		} while (dwarf_next(&child));
	}
	while (nr > 1)
		TRY(types_array_of(type->target, counts[--nr], &type->target));
	type->count = counts[0];
	if (__builtin_mul_overflow(type->count, type->target->size, &type->size) ||
	    type->size > INT64_MAX / 8)
		return error_create(ERROR_BAD_DATA, "%s: an array is too large", s->source.origin);
	return NULL;
}

static struct error *fill_function(struct dwarf_source *s, Dwarf_Die *die, unsigned int depth,
				   struct type *type)
{
	type->kind = TYPE_FUNCTION;
	type->name = NULL;
	type->count = count_children(die, DW_TAG_formal_parameter);
	type->is_variadic = count_children(die, DW_TAG_unspecified_parameters) > 0;
	return target_of(s, die, depth, &type->target);
}

static struct error *fill_reference(struct dwarf_source *s, Dwarf_Die *die, unsigned int depth,
				    struct type *type)
{
	TRY(target_of(s, die, depth, &type->target));
	if (dwarf_tag(die) == DW_TAG_typedef) {
		type->kind = TYPE_TYPEDEF;
		type->size = type->target->size;
		return NULL;
	}
	type->name = NULL;
	if (dwarf_tag(die) == DW_TAG_pointer_type) {
		type->kind = TYPE_POINTER;
		if (!type->size)
			type->size = s->source.word_size;
		return NULL;
	}
	type->kind = TYPE_QUALIFIED;
	type->size = type->target->size;
	type->qualifier = dwarf_tag(die) == DW_TAG_const_type	   ? 'c'
			  : dwarf_tag(die) == DW_TAG_volatile_type ? 'v'
								   : 'r';
	return NULL;
}

static struct error *fill(struct dwarf_source *s, Dwarf_Die *die, unsigned int depth,
			  struct type *type)
{
	type->source = &s->source;
	type->id = dwarf_dieoffset(die);
	type->name = dwarf_diename(die);
	number(die, DW_AT_byte_size, &type->size);
	if (type->size > INT64_MAX / 8)
		return error_create(ERROR_BAD_DATA, "%s: a type is too large", s->source.origin);
	switch (dwarf_tag(die)) {
	case DW_TAG_base_type:
		fill_base(die, type);
		return NULL;
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		type->kind = dwarf_tag(die) == DW_TAG_union_type ? TYPE_UNION : TYPE_STRUCT;
		type->is_incomplete = dwarf_hasattr(die, DW_AT_declaration);
		type->count = count_children(die, DW_TAG_member);
		return NULL;
	case DW_TAG_enumeration_type:
		type->kind = TYPE_ENUM;
		type->is_incomplete = dwarf_hasattr(die, DW_AT_declaration);
		type->count = count_children(die, DW_TAG_enumerator);
		type->is_signed = enum_is_signed(die);
		return NULL;
	case DW_TAG_array_type:
		return fill_array(s, die, depth, type);
	case DW_TAG_subroutine_type:
	case DW_TAG_subprogram:
		return fill_function(s, die, depth, type);
	case DW_TAG_pointer_type:
	case DW_TAG_typedef:
	case DW_TAG_const_type:
	case DW_TAG_volatile_type:
	case DW_TAG_restrict_type:
		return fill_reference(s, die, depth, type);
	}
	return error_create(ERROR_UNSUPPORTED, "%s: the DIE at 0x%llx (tag 0x%x) is no type of C",
			    s->source.origin, (unsigned long long)type->id, dwarf_tag(die));
}

/* Where the DIE only says where the type is: in a type unit, or in an abstract function. */
static void follow(Dwarf_Die *die)
{
	static const unsigned int ways[] = { DW_AT_signature, DW_AT_abstract_origin };
	Dwarf_Attribute attr;
	Dwarf_Die there;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		if (dwarf_attr(die, ways[i], &attr) && dwarf_formref_die(&attr, &there))
			*die = there;
	}
}

static struct error *make(struct dwarf_source *s, Dwarf_Die *at, unsigned int depth,
			  const struct type **ret)
{
	struct dwarf_node filled = { .die = *at }, *node = NULL;

	if (depth > MAX_DEPTH)
		return error_create(ERROR_BAD_DATA, "%s: a type refers to itself",
				    s->source.origin);
	follow(&filled.die);
	if (dwarf_tag(&filled.die) == DW_TAG_unspecified_type) {
		*ret = &s->source.void_type;
		return NULL;
	}
	if (dwarf_tag(&filled.die) == DW_TAG_atomic_type)
		return target_of(s, &filled.die, depth, ret);
	if (s->nodes)
		node = s->nodes[slot_of(s, filled.die.addr)];
	while (node && node->die.addr != filled.die.addr)
		node = node->next;
	if (!node) {
		TRY(fill(s, &filled.die, depth, &filled.type));
		node = arena_alloc(&s->source.arena, sizeof(*node));
		if (!node)
			return error_nomem();
		*node = filled;
		TRY(insert(s, node));
	}
	*ret = &node->type;
	return NULL;
}

struct error *dwarf_type(struct dwarf_source *s, Dwarf_Die *die, const struct type **ret)
{
	return make(s, die, 0, ret);
}

struct error *dwarf_type_of(struct dwarf_source *s, Dwarf_Die *die, const struct type **ret)
{
	return target_of(s, die, 0, ret);
}

static struct error *keep(struct dwarf_node *node, const void *parts, size_t size)
{
	void *kept = arena_alloc(&node->type.source->arena, size);

	if (!kept)
		return error_nomem();
	memcpy(kept, parts, size);
	node->parts = kept;
	return NULL;
}

/* DWARF 2's way: the bit's number counts from the most significant bit of the storage unit. */
static uint64_t old_bit_offset(const struct dwarf_source *s, Dwarf_Die *die,
			       const struct type_member *m, uint64_t byte)
{
	uint64_t storage = m->type->size;
	Dwarf_Attribute attr;
	Dwarf_Sword from_top = 0;

	number(die, DW_AT_byte_size, &storage);
	if (dwarf_attr(die, DW_AT_bit_offset, &attr) && dwarf_formsdata(&attr, &from_top))
		from_top = 0;
	if (s->source.big_endian)
		return byte * 8 + (uint64_t)from_top;
	return byte * 8 + storage * 8 - (uint64_t)from_top - m->bit_size;
}

/* Bytes from the start of the struct: a number, or the expression that older compilers wrote. */
static uint64_t member_location(Dwarf_Die *die)
{
	Dwarf_Attribute attr;
	Dwarf_Word value;
	Dwarf_Op *expression;
	size_t nr;

	if (!dwarf_attr(die, DW_AT_data_member_location, &attr))
		return 0;
	if (attr.form != DW_FORM_exprloc && attr.form != DW_FORM_block1 &&
	    !dwarf_formudata(&attr, &value))
		return value;
	if (!dwarf_getlocation(&attr, &expression, &nr) && nr == 1 &&
	    expression[0].atom == DW_OP_plus_uconst)
		return expression[0].number;
	return 0;
}

static struct error *fill_member(struct dwarf_source *s, Dwarf_Die *die, struct type_member *m)
{
	uint64_t bit_size = 0, byte = member_location(die);

	TRY(dwarf_type_of(s, die, &m->type));
	m->name = dwarf_diename(die);
	number(die, DW_AT_bit_size, &bit_size);
	if (byte > INT64_MAX / 8 || bit_size > 64 || bit_size > m->type->size * 8)
		return error_create(ERROR_BAD_DATA, "%s: member %s does not fit its type",
				    s->source.origin, m->name ? m->name : "(unnamed)");
	m->bit_size = (uint32_t)bit_size;
	if (number(die, DW_AT_data_bit_offset, &m->bit_offset))
		m->bit_offset += byte * 8;
	else if (dwarf_hasattr(die, DW_AT_bit_offset))
		m->bit_offset = old_bit_offset(s, die, m, byte);
	else
		m->bit_offset = byte * 8;
	return NULL;
}

struct error *dwarf_members(struct type_source *source, const struct type *type,
			    const struct type_member **ret)
{
	struct dwarf_source *s = (struct dwarf_source *)source;
	struct dwarf_node *node = (struct dwarf_node *)type;
	auto_free struct type_member *members = NULL;
	Dwarf_Die child;
	uint64_t nr = 0;

	if (!node->parts && type->count) {
		members = calloc(type->count, sizeof(*members));
		if (!members)
			return error_nomem();
		if (dwarf_child(&node->die, &child))
			return dwarf_error(s, "members are gone");
		do {
			if (dwarf_tag(&child) == DW_TAG_member && nr < type->count)
				TRY(fill_member(s, &child, &members[nr++]));
		} while (dwarf_next(&child));
		TRY(keep(node, members, type->count * sizeof(*members)));
	}
	*ret = node->parts;
	return NULL;
}

struct error *dwarf_enumerators(struct type_source *source, const struct type *type,
				const struct type_enumerator **ret)
{
	struct dwarf_source *s = (struct dwarf_source *)source;
	struct dwarf_node *node = (struct dwarf_node *)type;
	auto_free struct type_enumerator *values = NULL;
	Dwarf_Die child;
	uint64_t nr = 0;

	if (!node->parts && type->count) {
		values = calloc(type->count, sizeof(*values));
		if (!values)
			return error_nomem();
		if (dwarf_child(&node->die, &child))
			return dwarf_error(s, "enumerators are gone");
		do {
			const char *name = dwarf_diename(&child);

			if (dwarf_tag(&child) != DW_TAG_enumerator || nr == type->count)
				continue;
			values[nr++] = (struct type_enumerator){
				.name = name ? name : "",
				.value = const_value(&child),
			};
		} while (dwarf_next(&child));
		TRY(keep(node, values, type->count * sizeof(*values)));
	}
	*ret = node->parts;
	return NULL;
}

struct error *dwarf_parameters(struct type_source *source, const struct type *type,
			       const struct type_parameter **ret)
{
	struct dwarf_source *s = (struct dwarf_source *)source;
	struct dwarf_node *node = (struct dwarf_node *)type;
	auto_free struct type_parameter *parameters = NULL;
	Dwarf_Die child;
	uint64_t nr = 0;

	if (!node->parts && type->count) {
		parameters = calloc(type->count, sizeof(*parameters));
		if (!parameters)
			return error_nomem();
		if (dwarf_child(&node->die, &child))
			return dwarf_error(s, "parameters are gone");
		do {
			if (dwarf_tag(&child) != DW_TAG_formal_parameter || nr == type->count)
				continue;
			parameters[nr].name = dwarf_diename(&child);
			TRY(dwarf_type_of(s, &child, &parameters[nr].type));
			nr++;
		} while (dwarf_next(&child));
		TRY(keep(node, parameters, type->count * sizeof(*parameters)));
	}
	*ret = node->parts;
	return NULL;
}
