// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arch/x86/kernel/alternative.c, jump_label.c, static_call.c, ftrace.c and kprobes/ of Linux change
 * text; objtool, the compiler and inline assembly leave tables of where. Most of the tables are
 * freed when the kernel has booted, so they are read from vmlinux, where they are as linked. A
 * module has the same tables, in its file.
 */
#include "validate/text_patches.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/interrupt.h"
#include "image/view.h"
#include "kernel/lists.h"

#include <string.h>

#define MAX_IMAGE    ((uint64_t)1 << 30) /* what KASLR leaves to the kernel's image */
#define CALL	     5			 /* bytes of a call, of a jump, of the NOP in its place */
#define HYPERCALLS   4096
#define KPROBE_TABLE 64
#define THUNK_ROOM   16
#define INSNS_AROUND 64 /* bytes before and from one of static_call.c's constants on */

enum { ALT_OFFSET, ALT_LENGTH };
DEFINE_VIEW(alternative_view,
	    "alt_instr", [ALT_OFFSET] = FIELD("instr_offset"), [ALT_LENGTH] = FIELD("instrlen"));
enum { PARAVIRT_AT, PARAVIRT_LENGTH };
/* Alternatives since v6.8 (60bc276b129e). */
DEFINE_VIEW(
	paravirt_view,
	"paravirt_patch_site", [PARAVIRT_AT] = FIELD("instr"), [PARAVIRT_LENGTH] = FIELD("len"));
DEFINE_VIEW(jump_view, "jump_entry", FIELD("code"));
enum { KPROBE_HLIST, KPROBE_ADDRESS };
DEFINE_VIEW(kprobe_view,
	    "kprobe", [KPROBE_HLIST] = FIELD("hlist"), [KPROBE_ADDRESS] = FIELD("addr"));

struct reading {
	struct image *image;
	const struct text_file *file;
	struct text_patches *patches;
	uint64_t thunks;       /* are there call thunks? */
	uint64_t return_thunk; /* what returns jump to, in the dump; 0: not known */
	uint64_t kprobe_hlist; /* offset in a kprobe */
	/* static_call.c's constants, among which lie what it writes in place of calls. */
	uint8_t insns[2 * INSNS_AROUND];
	size_t nr_insns;
};

/* Where @from, of @size bytes at @at as linked, begins; its entries are of @entry bytes. */
struct table {
	const uint8_t *from;
	uint64_t at, size, entry;
};

/* The area that holds @address, or NULL. */
static struct patched_area *area_at(struct text_patches *p, uint64_t address)
{
	if (p->last < p->nr_areas && address - p->areas[p->last].start < p->areas[p->last].size)
		return &p->areas[p->last];
	for (size_t i = 0; i < p->nr_areas; i++) {
		if (address - p->areas[i].start < p->areas[i].size) {
			p->last = i;
			return &p->areas[i];
		}
	}
	return NULL;
}

bool text_patches_has(struct text_patches *p, uint64_t address)
{
	const struct patched_area *area = area_at(p, address);
	uint64_t at = area ? address - area->start : 0;

	return area && area->bits[at / 8] >> at % 8 & 1;
}

static void patch(struct reading *r, uint64_t address, uint64_t length)
{
	struct patched_area *area = area_at(r->patches, address);

	r->patches->count++;
	for (uint64_t at = area ? address - area->start : 0; area && length-- && at < area->size;
	     at++)
		area->bits[at / 8] |= (uint8_t)(1u << at % 8);
}

/* An address that is told relative to the 32 bits that tell it, at @offset of the table. */
static uint64_t relative(const struct table *t, uint64_t offset)
{
	return t->at + offset + sign_extend(load_number(t->from + offset, 4, false), 32);
}

static const uint8_t *code_at(struct reading *r, uint64_t address, uint64_t size)
{
	return debug_sections_at(r->file->sections, r->file->nr_sections, address, size);
}

/* A direct branch: call, jump, conditional jump, maybe behind a prefix (CS, for its length). */
static uint64_t branch_length(const uint8_t *code)
{
	uint64_t prefix = code && code[0] == 0x2e;

	return code && code[prefix] == 0x0f ? CALL + 1 + prefix : CALL + prefix;
}

/* ---- what is there now ---- */

/* What the dump has at @site, as linked; false: nothing, as where init code was. */
static bool is_now(struct reading *r, uint64_t site, uint8_t code[CALL])
{
	return !error_dropped(
		memory_read(image_memory(r->image), site + r->file->offset, code, CALL));
}

/* Does @code at @site, as linked, call or jump to @target, where that is in the dump? */
static bool leads_to(struct reading *r, const uint8_t *code, uint64_t site, uint64_t target)
{
	return (code[0] == 0xe8 || code[0] == 0xe9) &&
	       site + r->file->offset + CALL + sign_extend(load_number(code + 1, 4, false), 32) ==
		       target;
}

static bool is_one_of(const uint8_t *code, const char *const *forms, size_t count, size_t size)
{
	for (size_t i = 0; i < count; i++) {
		if (!memcmp(code, forms[i], size))
			return true;
	}
	return false;
}

#define IS_ONE_OF(code, forms, size) is_one_of(code, forms, ARRAY_SIZE(forms), size)

/* The second one before v5.13, on CPUs that like it better. */
#define NOPS "\x0f\x1f\x44\x00\x00", "\x66\x66\x66\x66\x90"
/* A breakpoint is in the place of what is just being changed. */
#define IN_CHANGE 0xcc

/* ---- tables of relative addresses ---- */

static void patch_branch(struct reading *r, uint64_t site)
{
	patch(r, site, branch_length(code_at(r, site, 2)));
}

static void patch_1(struct reading *r, uint64_t site)
{
	patch(r, site, 1);
}

static void patch_4(struct reading *r, uint64_t site)
{
	patch(r, site, 4);
}

static void patch_8(struct reading *r, uint64_t site)
{
	patch(r, site, 8);
}

/* A jump to a thunk becomes a return, or a jump to the thunk that this CPU wants. */
static void patch_return(struct reading *r, uint64_t site)
{
	static const char *const returns[] = { "\xc3\xcc\xcc\xcc\xcc" };
	uint8_t code[CALL];

	if (!is_now(r, site, code) || IS_ONE_OF(code, returns, CALL) || !r->return_thunk ||
	    leads_to(r, code, site, r->return_thunk))
		patch(r, site, CALL);
}

/*
 * Call thunks (v6.2, "retbleed=stuff"): calls lead to the padding before the function, which counts
 * how deep they are. Without them, calls stay as they are.
 */
static void patch_call(struct reading *r, uint64_t site)
{
	const uint8_t *code = r->thunks ? code_at(r, site, CALL) : NULL;

	if (!code)
		return;
	patch(r, site, CALL);
	if (code[0] == 0xe8)
		patch(r,
		      site + CALL + sign_extend(load_number(code + 1, 4, false), 32) - THUNK_ROOM,
		      THUNK_ROOM);
}

static void patch_relative(struct reading *r, const struct table *t,
			   void (*each)(struct reading *r, uint64_t site))
{
	for (uint64_t at = 0; at + t->entry <= t->size && !interrupt_pending; at += t->entry)
		each(r, relative(t, at));
}

/* Sections of nothing but such addresses, of 32 bits each. The name may go on. */
static const struct {
	const char *section;
	void (*each)(struct reading *r, uint64_t site);
} relative_sections[] = {
	{ ".retpoline_sites", patch_branch },
	{ ".return_sites", patch_return },
	{ ".call_sites", patch_call },
	{ ".ibt_endbr_seal", patch_4 },
	{ ".smp_locks", patch_1 },   /* the prefix, where there is one CPU */
	{ "runtime_ptr_", patch_8 }, /* v6.11 */
	{ "runtime_shift_", patch_1 },
	{ "runtime_mask_", patch_4 },
};

static struct error *read_alternatives(struct reading *r, struct table *t)
{
	uint64_t offset, length;

	TRY(view_size(r->image, &alternative_view, &t->entry));
	TRY(view_offset(r->image, &alternative_view, ALT_OFFSET, &offset));
	TRY(view_offset(r->image, &alternative_view, ALT_LENGTH, &length));
	if (offset + 4 > t->entry || length >= t->entry)
		return error_create(ERROR_BAD_DATA, "struct alt_instr is damaged");
	for (uint64_t at = 0; at + t->entry <= t->size && !interrupt_pending; at += t->entry)
		patch(r, relative(t, at + offset), t->from[at + length]);
	return NULL;
}

static struct error *read_paravirt(struct reading *r, struct table *t)
{
	uint64_t offset, length;

	TRY(view_size(r->image, &paravirt_view, &t->entry));
	TRY(view_offset(r->image, &paravirt_view, PARAVIRT_AT, &offset));
	TRY(view_offset(r->image, &paravirt_view, PARAVIRT_LENGTH, &length));
	if (offset + 8 > length || length >= t->entry)
		return error_create(ERROR_BAD_DATA, "struct paravirt_patch_site is damaged");
	/* The last one has no padding behind it. */
	for (uint64_t at = 0; at + length < t->size && !interrupt_pending; at += t->entry)
		patch(r, load_number(t->from + at + offset, 8, false), t->from[at + length]);
	return NULL;
}

static struct error *read_section(struct reading *r, const struct debug_section *s)
{
	struct table t = { s->data, s->address, s->size, 4 };

	if (!s->data)
		return NULL;
	if (!strcmp(s->name, ".altinstructions"))
		return read_alternatives(r, &t);
	if (!strcmp(s->name, ".parainstructions"))
		return read_paravirt(r, &t);
	for (size_t i = 0; i < ARRAY_SIZE(relative_sections); i++) {
		const char *name = relative_sections[i].section;

		if (!strncmp(s->name, name, strlen(name)))
			patch_relative(r, &t, relative_sections[i].each);
	}
	return NULL;
}

/* ---- tables between symbols ---- */

static bool find_section(struct reading *r, const char *name, uint64_t entry, struct table *ret)
{
	for (size_t i = 0; i < r->file->nr_sections; i++) {
		const struct debug_section *s = &r->file->sections[i];

		if (s->data && !strcmp(s->name, name)) {
			*ret = (struct table){ s->data, s->address, s->size, entry };
			return true;
		}
	}
	return false;
}

/*
 * Between the kernel's symbols @from and @to, or in a module's section @section. False when there
 * is no such table.
 */
static bool find_table(struct reading *r, const char *section, const char *from, const char *to,
		       uint64_t entry, struct table *ret)
{
	uint64_t start, end, offset = r->file->offset;

	if (r->file->module)
		return find_section(r, section, entry, ret);
	if (error_dropped(image_symbol(r->image, from, &start)) ||
	    error_dropped(image_symbol(r->image, to, &end)) || end <= start)
		return false;
	*ret = (struct table){ NULL, start - offset, end - start, entry };
	ret->from = code_at(r, ret->at, ret->size);
	return ret->from != NULL;
}

/* jump_entry: the place, where it jumps to, and the key. Nothing else is there but a NOP. */
static void patch_jump(struct reading *r, uint64_t site, uint64_t target)
{
	static const char *const nops[] = { NOPS }, *const short_nops[] = { "\x66\x90" };
	const uint8_t *was = code_at(r, site, 2);
	uint8_t code[CALL];
	/* Two bytes where that is enough, since v5.14 (e7bf1ba97afd). */
	bool is_short = was && (was[0] == 0xeb || (was[0] == 0x66 && was[1] == 0x90));

	if (!is_now(r, site, code) || code[0] == IN_CHANGE ||
	    (is_short ? IS_ONE_OF(code, short_nops, 2) ||
				(code[0] == 0xeb && site + 2 + sign_extend(code[1], 8) == target)
		      : IS_ONE_OF(code, nops, CALL) ||
				leads_to(r, code, site, target + r->file->offset)))
		patch(r, site, is_short ? 2 : CALL);
}

/*
 * What the static call of @key, as linked, calls now. False: not known. A module that may not
 * change the call names the trampoline in place of the key (v5.12).
 */
static bool called_function(struct reading *r, uint64_t key, uint64_t *ret)
{
	uint64_t at = key + r->file->offset;
	uint8_t code[CALL];

	if (!image_is_text(r->image, at))
		return !error_dropped(memory_read_word(image_memory(r->image), at, ret));
	if (!is_now(r, key, code) || code[0] != 0xe9)
		return false;
	*ret = at + CALL + sign_extend(load_number(code + 1, 4, false), 32);
	return true;
}

/* One of the kernel's own constants: a newer kernel may have other instructions for calls. */
static bool is_kernels_own(struct reading *r, const uint8_t *code)
{
	return r->nr_insns && memmem(r->insns, r->nr_insns, code, CALL);
}

/*
 * static_call_site: the place, and the key, which has the function that is called. Where there is
 * none, a NOP, or a return, or what yields 0; or the trap that WARN is since v7.0; or the store
 * that releases a spinlock (v7.3).
 */
static void patch_static_call(struct reading *r, uint64_t site, uint64_t key)
{
	static const char *const others[] = { NOPS,
					      "\xc3\xcc\xcc\xcc\xcc",
					      "\x66\x66\x48\x31\xc0",
					      "\x2e\x2e\x2e\x31\xc0",
					      "\x67\x48\x0f\xb9\x3a",
					      "\x3e\x3e\xc6\x07\x00" };
	uint64_t length = branch_length(code_at(r, site, 2)), function;
	uint8_t code[CALL];

	/* The low bits of the key are flags. A conditional jump is not looked at. */
	if (length != CALL || !is_now(r, site, code) || code[0] == IN_CHANGE ||
	    IS_ONE_OF(code, others, CALL) || is_kernels_own(r, code) ||
	    !called_function(r, key & ~3ull, &function) || leads_to(r, code, site, function))
		patch(r, site, length);
}

static void patch_pairs(struct reading *r, const struct table *t,
			void (*each)(struct reading *r, uint64_t site, uint64_t other))
{
	for (uint64_t at = 0; at + t->entry <= t->size && !interrupt_pending; at += t->entry)
		each(r, relative(t, at), relative(t, at + 4));
}

static void read_tables(struct reading *r)
{
	struct table t;
	uint64_t entry;

	/* Written while the kernel boots: jump labels' and static calls' own tables are there. */
	if (find_table(r, ".data..ro_after_init", "__start_ro_after_init", "__end_ro_after_init", 1,
		       &t))
		patch(r, t.at, t.size);
	if (!error_dropped(view_size(r->image, &jump_view, &entry)) && entry >= 8 &&
	    find_table(r, "__jump_table", "__start___jump_table", "__stop___jump_table", entry, &t))
		patch_pairs(r, &t, patch_jump);
	if (find_table(r, ".static_call_sites", "__start_static_call_sites",
		       "__stop_static_call_sites", 8, &t))
		patch_pairs(r, &t, patch_static_call);
	if (find_table(r, "__mcount_loc", "__start_mcount_loc", "__stop_mcount_loc", 8, &t)) {
		for (uint64_t at = 0; at + 8 <= t.size && !interrupt_pending; at += 8)
			patch(r, load_number(t.from + at, 8, false), CALL);
	}
}

/* ---- functions that are changed themselves ---- */

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len >= n && !strcmp(name + len - n, end);
}

static uint64_t patched_length(const char *name)
{
	static const char *const calls[] = { "ftrace_call", "ftrace_regs_call",
					     "ftrace_graph_call" };

	if (!strncmp(name, "__SCT__", 7))
		return CALL; /* the trampoline of a static call */
	if (!strncmp(name, "bpf_dispatcher_", 15) && ends_with(name, "_func"))
		return 2 * CALL; /* a NOP at its entry, maybe behind another one */
	if (!strcmp(name, "hypercall_page"))
		return HYPERCALLS; /* Xen's */
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		if (!strcmp(name, calls[i]))
			return CALL;
	}
	return 0;
}

static void patch_function(struct reading *r, const char *name, uint64_t address)
{
	uint64_t length = patched_length(name);

	if (length)
		patch(r, address, length);
}

static bool patch_symbol(void *context, const struct symbol *symbol)
{
	struct reading *r = context;

	if (!symbol->module)
		patch_function(r, symbol->name, symbol->address - r->file->offset);
	return !interrupt_pending;
}

static struct error *patch_functions(struct reading *r)
{
	const struct module_file *module = r->file->module;

	if (!module)
		return symbols_each(image_symbols(r->image), patch_symbol, r);
	for (size_t i = 0; i < module->nr_symbols; i++) {
		if (module->symbols[i].known)
			patch_function(r, module->symbols[i].name, module->symbols[i].address);
	}
	return NULL;
}

/* Of one byte, or of five when it is optimised, which it may be just becoming. */
static struct error *patch_kprobe(void *context, uint64_t node, uint64_t index)
{
	struct reading *r = context;
	uint64_t address;

	TRY(view_read(r->image, &kprobe_view, KPROBE_ADDRESS, node - r->kprobe_hlist, &address));
	patch(r, address - r->file->offset, CALL);
	return NULL;
}

static struct error *add_areas(struct reading *r)
{
	struct text_patches *p = r->patches;
	uint64_t all = 0;

	TRY(alloc_array(r->file->nr_sections, sizeof(*p->areas), UINT32_MAX, "sections",
			&p->areas));
	for (size_t i = 0; i < r->file->nr_sections; i++) {
		const struct debug_section *s = &r->file->sections[i];
		struct patched_area *area = &p->areas[p->nr_areas];

		if (!s->data)
			continue;
		TRY(alloc_array(s->size / 8 + 1, 1, MAX_IMAGE - all, "sections", &area->bits));
		area->start = s->address;
		area->size = s->size;
		all += s->size / 8 + 1;
		p->nr_areas++;
	}
	return NULL;
}

/* What cannot be told is as if it were patched. */
static void patch_unknown(struct reading *r, const struct module_file *module)
{
	for (size_t i = 0; i < module->nr_unknown; i++)
		patch(r, module->unknown[i].address, module->unknown[i].size);
}

static void read_insns(struct reading *r)
{
	uint64_t at;

	if (!error_dropped(image_symbol_alone(r->image, "retinsn", &at)) &&
	    !error_dropped(memory_read(image_memory(r->image), at - INSNS_AROUND, r->insns,
				       sizeof(r->insns))))
		r->nr_insns = sizeof(r->insns);
}

static struct error *read_all(struct reading *r)
{
	TRY(add_areas(r));
	error_free(image_read_global(r->image, "thunks_initialized", 1, &r->thunks));
	error_free(image_read_global(r->image, "x86_return_thunk", 0, &r->return_thunk));
	read_insns(r);
	for (size_t i = 0; i < r->file->nr_sections; i++)
		TRY(read_section(r, &r->file->sections[i]));
	read_tables(r);
	if (r->file->module)
		patch_unknown(r, r->file->module);
	TRY(patch_functions(r));
	return interrupt_check();
}

struct error *text_patches_read(struct image *image, const struct text_file *file,
				struct text_patches *ret)
{
	struct text_patches patches = { 0 };
	struct reading r = { .image = image, .file = file, .patches = &patches };
	struct error *err = read_all(&r);

	if (err) {
		text_patches_deinit(&patches);
		return err;
	}
	*ret = patches;
	return NULL;
}

struct error *text_patches_add_kprobes(struct text_patches *patches, struct image *image,
				       const struct text_file *file)
{
	struct reading r = { .image = image, .file = file, .patches = patches };
	uint64_t table, first;

	if (error_dropped(image_symbol(image, "kprobe_table", &table)))
		return NULL;
	TRY(view_offset(image, &kprobe_view, KPROBE_HLIST, &r.kprobe_hlist));
	for (uint64_t i = 0; i < KPROBE_TABLE; i++) {
		TRY(memory_read_word(image_memory(image), table + 8 * i, &first));
		TRY(chain_each(image, first, 0, 0, patch_kprobe, &r));
	}
	return NULL;
}

void text_patches_deinit(struct text_patches *patches)
{
	for (size_t i = 0; i < patches->nr_areas; i++)
		free(patches->areas[i].bits);
	free(patches->areas);
	*patches = (struct text_patches){ 0 };
}
