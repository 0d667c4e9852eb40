/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One type graph for every source of types: BTF of the kernel, BTF of each module, DWARF.
 *
 * Types are made when first asked for and live as long as their struct types. Compare them by
 * pointer only within one source.
 *
 * A struct, union or enum that a source only declares is a type of its own with is_incomplete set.
 * type_strip() goes on to the definition when any source of the same struct types has one: strip a
 * type before looking at its kind, size, count or members.
 */
#ifndef TYPES_TYPES_H
#define TYPES_TYPES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

enum type_kind {
	TYPE_VOID,
	TYPE_INT, /* also char and bool: see the flags */
	TYPE_FLOAT,
	TYPE_ENUM,
	TYPE_POINTER,
	TYPE_ARRAY,
	TYPE_STRUCT,
	TYPE_UNION,
	TYPE_TYPEDEF,
	TYPE_QUALIFIED, /* const, volatile, restrict */
	TYPE_FUNCTION,
};

struct type_source;

struct type {
	enum type_kind kind;
	const char *name; /* NULL when anonymous or the kind has none; without "struct " etc. */
	uint64_t size;	  /* bytes; 0 for void, functions and what is incomplete */
	/*
	 * Pointed-to, element, aliased, qualified or returned type; never NULL for those kinds
	 * (void has a type of its own), NULL for the others.
	 */
	const struct type *target;
	uint64_t count; /* elements of an array (0: flexible), members, enumerators, parameters */
	bool is_signed, is_bool, is_char;
	bool is_incomplete; /* declared, and defined nowhere that was looked at */
	bool is_variadic;
	char qualifier; /* 'c', 'v' or 'r' */
	struct type_source *source;
	uint64_t id; /* within the source: BTF id, DIE offset */
	/* type_strip's memory: the definition of what is incomplete, as of so many changes of the
	 * set of sources. Nobody else's business. */
	const struct type *definition;
	unsigned int definition_asked;
};

struct type_member {
	const char *name; /* NULL: anonymous (a struct or union to look through, or padding) */
	const struct type *type;
	uint64_t bit_offset; /* from the start of the struct */
	uint32_t bit_size;   /* of a bitfield, else 0 */
};

struct type_enumerator {
	const char *name;
	int64_t value;
};

struct type_parameter {
	const char *name; /* NULL when not given */
	const struct type *type;
};

/* @type->count of them each, owned by the source. BAD_DATA when the source is corrupt there. */
must_check struct error *type_members(const struct type *type, const struct type_member **ret);
must_check struct error *type_enumerators(const struct type *type,
					  const struct type_enumerator **ret);
must_check struct error *type_parameters(const struct type *type,
					 const struct type_parameter **ret);

/* What a file of types provides. A source is one such table and its own state behind it. */
struct type_source_ops {
	const char *name; /* "btf", "dwarf" */
	/* each() takes seconds: types_each leaves it out when another source can tell names. */
	bool each_is_slow;
	/* @kind: STRUCT, UNION, ENUM, TYPEDEF or INT (also floats). NOT_FOUND. A definition is
	 * preferred to a declaration. */
	struct error *(*find)(struct type_source *source, enum type_kind kind, const char *name,
			      size_t name_len, const struct type **ret);
	/* Type of a global variable or of a function (TYPE_FUNCTION). */
	struct error *(*find_variable)(struct type_source *source, const char *name,
				       const struct type **ret);
	struct error *(*find_function)(struct type_source *source, const char *name,
				       const struct type **ret);
	struct error *(*find_enumerator)(struct type_source *source, const char *name,
					 int64_t *value, const struct type **ret);
	struct error *(*members)(struct type_source *source, const struct type *type,
				 const struct type_member **ret);
	struct error *(*enumerators)(struct type_source *source, const struct type *type,
				     const struct type_enumerator **ret);
	struct error *(*parameters)(struct type_source *source, const struct type *type,
				    const struct type_parameter **ret);
	/* Calls @each for every named type (of any kind above) until it returns false. */
	struct error *(*each)(struct type_source *source,
			      bool (*each)(void *context, enum type_kind kind, const char *name),
			      void *context);
	/* Frees what the source itself allocated, and @source; what struct type_source holds is
	 * freed already. Called by type_source_destroy alone. */
	void (*destroy)(struct type_source *source);
};

struct type_source {
	const struct type_source_ops *ops;
	char *origin;	   /* for people: "BTF of vmlinux (in the dump)", "/usr/lib/debug/…" */
	char *problem;	   /* a sentence: what of it could not be understood; NULL: nothing */
	uint8_t word_size; /* of the dumped machine */
	bool big_endian;
	struct type_source *next; /* of the struct types that owns it */
	struct types *owner;	  /* that struct types; NULL before types_add */
	struct arena arena;	  /* the types made so far, and their members */
	struct type void_type;
	struct type_derived *derived[16]; /* by types_pointer_to and types_array_of */
};

/* @origin is copied. */
must_check struct error *type_source_init(struct type_source *source,
					  const struct type_source_ops *ops, const char *origin,
					  uint8_t word_size, bool big_endian);
/* For one that was never added to a struct types; NULL is fine. */
void type_source_destroy(struct type_source *source);

/* All sources of one kernel, asked in order. Must not move once a source was added. */
struct types {
	struct type_source *sources;
	struct type_source *builtin; /* C's own types, for kernels that use some of them nowhere */
	unsigned int changes;	     /* counts types_add */
	/*
	 * Called once, when no source knows a name: adds further sources (modules' BTF). May be
	 * NULL. Returns true when something was added.
	 */
	bool (*more)(void *context);
	void *more_context;
};

void types_init(struct types *types);
void types_deinit(struct types *types);
/* Takes over @source and asks it after those already there; @first: before them (DWARF). */
void types_add(struct types *types, struct type_source *source, bool first);

/*
 * @name as C spells it: "struct task_struct", "task_struct" (tried as typedef, struct, union,
 * enum), "unsigned long", "char *", "struct page *[4]", "char (*)[4]". Qualifiers are read and
 * dropped. C's own types are always found. NOT_FOUND names it; USAGE when it is not C, or names a
 * function.
 */
must_check struct error *types_find(struct types *types, const char *name, const struct type **ret);
must_check struct error *types_find_kind(struct types *types, enum type_kind kind, const char *name,
					 const struct type **ret);
must_check struct error *types_find_variable(struct types *types, const char *name,
					     const struct type **ret);
must_check struct error *types_find_function(struct types *types, const char *name,
					     const struct type **ret);
must_check struct error *types_find_enumerator(struct types *types, const char *name,
					       int64_t *value, const struct type **ret);
must_check struct error *
types_each(struct types *types, bool (*each)(void *context, enum type_kind kind, const char *name),
	   void *context);
/* @target *, owned by @target's source. */
must_check struct error *types_pointer_to(const struct type *target, const struct type **ret);
must_check struct error *types_array_of(const struct type *element, uint64_t count,
					const struct type **ret);

/* Without typedefs and qualifiers, and the definition of what @type only declares. */
const struct type *type_strip(const struct type *type);
static inline bool type_is_compound(const struct type *type)
{
	type = type_strip(type);
	return type->kind == TYPE_STRUCT || type->kind == TYPE_UNION;
}

/* Where a member lies in an object of the type that was asked. */
struct type_place {
	const struct type *type;
	uint64_t bit_offset;
	uint32_t bit_size; /* 0 unless a bitfield */
};
/*
 * The member that @path names: "pid", "thread.sp", "a.b[3].c"; anonymous structs and unions are
 * looked through, an index may be any number. NOT_FOUND names the member and the type, USAGE what
 * is wrong with the path.
 */
must_check struct error *type_find_member(const struct type *type, const char *path,
					  struct type_place *ret);

/* C's spelling of the type, with @declarator (may be NULL or "") as what is declared:
 * "struct page *(*fn)(int)" needs it inside. Without bodies of structs. */
void type_spell(const struct type *type, const char *declarator, struct text *ret);
/* What spelling many types may come to: layers of declarators, of all of them together. */
#define TYPE_SPELL_LAYERS 65536u
/* The same for one of many. *@left: layers that are left, TYPE_SPELL_LAYERS at first; where none
 * is, what a hostile dump multiplies is cut short. */
void type_spell_within(const struct type *type, const char *declarator, unsigned int *left,
		       struct text *ret);
/*
 * The whole definition, one level deep, anonymous members opened: "struct foo {\n    int a;\n}",
 * with "   [8] " (bytes, or "[8:3]" and the bit) before each member when @offsets. Typedefs, enums
 * and function types are defined too; what has no body is spelled.
 */
must_check struct error *type_define(const struct type *type, bool offsets, struct text *ret);

/* ---- btf.c ---- */
/*
 * Parses BTF in @data (malloc'ed and taken over: freed with the source, also on failure). @base:
 * the kernel's BTF for a module's split BTF, else NULL; it must outlive the source. A distilled
 * base
 * (.BTF.base, v6.11) in @base_data (copied, may be NULL) is matched to @base by name and size.
 *
 * The layout is checked here: where it breaks, or where a kind is met whose size nobody told, the
 * types before stay and the source's @problem says so. References between types are checked when
 * they are followed: BAD_DATA then, for that type alone.
 */
must_check struct error *btf_create(void *data, size_t size, struct type_source *base,
				    const void *base_data, size_t base_size, uint8_t word_size,
				    const char *origin, struct type_source **ret);

/* ---- btf_check.c ---- */
/* @offset: in the BTF, in bytes; @text: what is wrong there, a sentence's middle, no full stop. */
typedef void (*btf_tell)(void *context, uint64_t offset, const char *text);
/* Looks at all of a source that btf_create made, and tells what breaks the format's rules. */
void btf_check(struct type_source *source, btf_tell tell, void *context, uint64_t *checked);

/* ---- dwarf.c ---- */
/*
 * @dwarf is a libdw `Dwarf *`, borrowed, which must outlive the source. Nothing is read before the
 * first question, and then only the units that can hold the answer; each() reads all of them.
 */
must_check struct error *dwarf_types_create(void *dwarf, uint8_t word_size, const char *origin,
					    struct type_source **ret);

#endif
