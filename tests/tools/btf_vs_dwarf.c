// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compares the BTF and the DWARF of one vmlinux: size, members' names, bit offsets, bit sizes and
 * spelled types of every named struct and union, enumerators of every enum, spelled targets of
 *every typedef. Prints each difference and the counts; exits with 1 when there was one.
 *
 * Two things are none: pahole writes an array of arrays as one array of all their elements, and a
 *name can stand for several types.
 *
 *	btf_vs_dwarf VMLINUX [NAME...]	with names: only those types, and how long each lookup took
 */
#include "types/types.h"

#include <elfutils/libdw.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct name {
	enum type_kind kind;
	const char *text;
};

struct names {
	struct name *array;
	size_t nr, room;
};

static size_t compared, members_compared, ambiguous, only_btf, declared, differences;

static double milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void check(struct error *err)
{
	if (!err)
		return;
	fprintf(stderr, "btf_vs_dwarf: %s\n", err->message);
	error_free(err);
	exit(2);
}

static bool collect(void *context, enum type_kind kind, const char *name)
{
	struct names *names = context;

	if (names->nr == names->room) {
		names->room = names->room ? names->room * 2 : 4096;
		names->array = realloc(names->array, names->room * sizeof(*names->array));
		if (!names->array)
			exit(2);
	}
	names->array[names->nr++] = (struct name){ kind, name };
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order ? order : (int)x->kind - (int)y->kind;
}

static void differ(const char *where, const char *what, const char *btf, const char *dwarf)
{
	printf("%s: %s: BTF %s, DWARF %s\n", where, what, btf, dwarf);
	differences++;
}

static void differ_number(const char *where, const char *what, uint64_t btf, uint64_t dwarf)
{
	char a[32], b[32];

	if (btf == dwarf)
		return;
	snprintf(a, sizeof(a), "%" PRIu64, btf);
	snprintf(b, sizeof(b), "%" PRIu64, dwarf);
	differ(where, what, a, b);
}

/* The element of an array of arrays; *@count: how many there are in all. */
static const struct type *element(const struct type *type, uint64_t *count)
{
	*count = 1;
	for (; type->kind == TYPE_ARRAY; type = type->target)
		*count *= type->count;
	return type;
}

static void compare_spelling(const char *where, const struct type *btf, const struct type *dwarf)
{
	auto_text a = { 0 }, b = { 0 };
	uint64_t btf_count, dwarf_count;

	btf = element(btf, &btf_count);
	dwarf = element(dwarf, &dwarf_count);
	differ_number(where, "elements", btf_count, dwarf_count);
	type_spell(btf, NULL, &a);
	type_spell(dwarf, NULL, &b);
	if (strcmp(text_string(&a), text_string(&b)) != 0)
		differ(where, "type", text_string(&a), text_string(&b));
}

static void compare_members(const char *where, const struct type *btf, const struct type *dwarf,
			    unsigned int depth)
{
	const struct type_member *a, *b;

	differ_number(where, "size", btf->size, dwarf->size);
	differ_number(where, "members", btf->count, dwarf->count);
	if (btf->count != dwarf->count)
		return;
	check(type_members(btf, &a));
	check(type_members(dwarf, &b));
	for (uint64_t i = 0; i < btf->count; i++, a++, b++) {
		char inner[512];

		snprintf(inner, sizeof(inner), "%s.%s", where, a->name ? a->name : "(unnamed)");
		members_compared++;
		if (!a->name != !b->name || (a->name && strcmp(a->name, b->name) != 0))
			differ(inner, "name", a->name ? a->name : "none",
			       b->name ? b->name : "none");
		differ_number(inner, "bit offset", a->bit_offset, b->bit_offset);
		differ_number(inner, "bit size", a->bit_size, b->bit_size);
		differ_number(inner, "size", a->type->size, b->type->size);
		compare_spelling(inner, a->type, b->type);
		if ((a->type->kind == TYPE_STRUCT || a->type->kind == TYPE_UNION) &&
		    a->type->kind == b->type->kind && !a->type->name && depth < 16)
			compare_members(inner, a->type, b->type, depth + 1);
	}
}

static void compare_enumerators(const char *where, const struct type *btf, const struct type *dwarf)
{
	const struct type_enumerator *a, *b;

	differ_number(where, "size", btf->size, dwarf->size);
	differ_number(where, "sign", btf->is_signed, dwarf->is_signed);
	differ_number(where, "enumerators", btf->count, dwarf->count);
	if (btf->count != dwarf->count)
		return;
	check(type_enumerators(btf, &a));
	check(type_enumerators(dwarf, &b));
	for (uint64_t i = 0; i < btf->count; i++, a++, b++) {
		members_compared++;
		if (strcmp(a->name, b->name) != 0)
			differ(where, "enumerator", a->name, b->name);
		differ_number(a->name, "value", (uint64_t)a->value, (uint64_t)b->value);
	}
}

static void compare(struct type_source *btf, struct type_source *dwarf, const struct name *name)
{
	const char *tag = name->kind == TYPE_STRUCT    ? "struct "
			  : name->kind == TYPE_UNION   ? "union "
			  : name->kind == TYPE_ENUM    ? "enum "
			  : name->kind == TYPE_TYPEDEF ? "typedef "
						       : "";
	const struct type *a, *b;
	size_t len = strlen(name->text);
	struct error *err;
	char where[256];

	snprintf(where, sizeof(where), "%s%s", tag, name->text);
	err = btf->ops->find(btf, name->kind, name->text, len, &a);
	if (error_dropped(err))
		return;
	err = dwarf->ops->find(dwarf, name->kind, name->text, len, &b);
	if (err && err->code == ERROR_NOT_FOUND) {
		error_free(err);
		printf("%s: not in DWARF\n", where);
		only_btf++;
		return;
	}
	check(err);
	if (a->is_incomplete || b->is_incomplete) {
		declared++;
		return;
	}
	compared++;
	switch (name->kind) {
	case TYPE_STRUCT:
	case TYPE_UNION:
		compare_members(where, a, b, 0);
		break;
	case TYPE_ENUM:
		compare_enumerators(where, a, b);
		break;
	case TYPE_TYPEDEF:
		compare_spelling(where, a->target, b->target);
		differ_number(where, "size", type_strip(a)->size, type_strip(b)->size);
		break;
	default:
		differ_number(where, "size", a->size, b->size);
		differ_number(where, "sign", a->is_signed, b->is_signed);
		differ_number(where, "bool", a->is_bool, b->is_bool);
	}
}

static void *section(Elf *elf, const char *wanted, size_t *size)
{
	Elf_Scn *scn = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr header;
		Elf_Data *data = elf_rawdata(scn, NULL);
		const char *name = NULL;
		void *copy;

		if (gelf_getshdr(scn, &header))
			name = elf_strptr(elf, names, header.sh_name);
		if (!name || !data || !data->d_buf || strcmp(name, wanted) != 0)
			continue;
		copy = malloc(data->d_size);
		if (copy)
			memcpy(copy, data->d_buf, data->d_size);
		*size = data->d_size;
		return copy;
	}
	return NULL;
}

static void timed_lookup(struct type_source *dwarf, const char *name)
{
	static const enum type_kind kinds[] = { TYPE_STRUCT, TYPE_UNION, TYPE_TYPEDEF, TYPE_ENUM };
	double start = milliseconds();
	const struct type *type;
	int64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (error_dropped(dwarf->ops->find(dwarf, kinds[i], name, strlen(name), &type)))
			continue;
		printf("%-24s %8.2f ms  kind %d, size %" PRIu64 "%s\n", name,
		       milliseconds() - start, type->kind, type->size,
		       type->is_incomplete ? ", declared only" : "");
		return;
	}
	printf("%-24s %8.2f ms  no type\n", name, milliseconds() - start);
	start = milliseconds();
	if (!error_dropped(dwarf->ops->find_variable(dwarf, name, &type))) {
		auto_text spelled = { 0 };

		type_spell(type, name, &spelled);
		printf("%-24s %8.2f ms  %s\n", "", milliseconds() - start, spelled.data);
		return;
	}
	printf("%-24s %8.2f ms  no variable\n", "", milliseconds() - start);
	start = milliseconds();
	if (!error_dropped(dwarf->ops->find_function(dwarf, name, &type))) {
		auto_text spelled = { 0 };

		type_spell(type, name, &spelled);
		printf("%-24s %8.2f ms  %s\n", "", milliseconds() - start, spelled.data);
		return;
	}
	printf("%-24s %8.2f ms  no function\n", "", milliseconds() - start);
	start = milliseconds();
	if (!error_dropped(dwarf->ops->find_enumerator(dwarf, name, &value, &type)))
		printf("%-24s %8.2f ms  = %" PRId64 "\n", "", milliseconds() - start, value);
}

static void compare_all(struct type_source *btf, struct type_source *dwarf)
{
	struct names names = { 0 };

	check(btf->ops->each(btf, collect, &names));
	qsort(names.array, names.nr, sizeof(*names.array), by_name);
	for (size_t i = 0; i < names.nr;) {
		size_t same = 1;

		while (i + same < names.nr && !by_name(&names.array[i], &names.array[i + same]))
			same++;
		if (same > 1)
			ambiguous++;
		else
			compare(btf, dwarf, &names.array[i]);
		i += same;
	}
	printf("%zu types compared, with %zu members and enumerators: %zu differences\n"
	       "%zu names stand for several types in BTF, %zu are declared only, %zu are not in "
	       "DWARF\n",
	       compared, members_compared, differences, ambiguous, declared, only_btf);
	free(names.array);
}

int main(int argc, char **argv)
{
	struct names all = { 0 };
	struct type_source *btf = NULL, *dwarf;
	struct types types;
	size_t size = 0;
	Dwarf *file;
	void *data;
	double start;
	Elf *elf;
	int fd;

	if (argc < 2) {
		fprintf(stderr, "usage: btf_vs_dwarf VMLINUX [NAME...]\n");
		return 2;
	}
	elf_version(EV_CURRENT);
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ_MMAP, NULL);
	file = elf ? dwarf_begin_elf(elf, DWARF_C_READ, NULL) : NULL;
	if (!file) {
		fprintf(stderr, "btf_vs_dwarf: %s: no DWARF\n", argv[1]);
		return 2;
	}
	types_init(&types);
	check(dwarf_types_create(file, 8, "DWARF", &dwarf));
	types_add(&types, dwarf, false);
	for (int i = 2; i < argc; i++)
		timed_lookup(dwarf, argv[i]);
	if (argc == 2) {
		data = section(elf, ".BTF", &size);
		if (!data) {
			fprintf(stderr, "btf_vs_dwarf: %s: no BTF\n", argv[1]);
			return 2;
		}
		check(btf_create(data, size, NULL, NULL, 0, 8, "BTF", &btf));
		types_add(&types, btf, false);
		start = milliseconds();
		check(dwarf->ops->each(dwarf, collect, &all));
		free(all.array);
		printf("all DWARF scanned in %.0f ms\n", milliseconds() - start);
		compare_all(btf, dwarf);
	}
	types_deinit(&types);
	dwarf_end(file);
	elf_end(elf);
	close(fd);
	return differences ? 1 : 0;
}
