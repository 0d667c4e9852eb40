// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Return addresses that tracers took away. kretprobes and the function graph tracer put the address
 * of a trampoline on the stack and keep the real one elsewhere: kernel/trace/rethook.c,
 * kernel/kprobes.c and kernel/trace/fgraph.c of Linux.
 */
#include "image/state.h"

#define MAX_NODES   4096
#define SHADOW_SIZE 4096 /* bytes of a task's shadow stack in fgraph.c */

enum { TASK_RET_STACK, TASK_RETHOOKS, TASK_KRETPROBES };
DEFINE_VIEW(task_view, "task_struct", [TASK_RET_STACK] = FIELD("ret_stack"),
	    [TASK_RETHOOKS] = FIELD("rethooks.first"),
	    [TASK_KRETPROBES] = FIELD("kretprobe_instances.first"));

enum { NODE_LLIST, NODE_NEXT, NODE_RET, NODE_FRAME };
DEFINE_VIEW(rethook_view,
	    "rethook_node", [NODE_LLIST] = FIELD("llist"), [NODE_NEXT] = FIELD("llist.next"),
	    [NODE_RET] = FIELD("ret_addr"), [NODE_FRAME] = FIELD("frame"));
/* Without rethook (before 54ecbe6f1ed5, v5.18). */
DEFINE_VIEW(kretprobe_view, "kretprobe_instance", [NODE_LLIST] = FIELD("llist", "hlist"),
	    [NODE_NEXT] = FIELD("llist.next", "hlist.next"), [NODE_RET] = FIELD("ret_addr"),
	    [NODE_FRAME] = FIELD("fp"));
#define KRETPROBE_BUCKETS 64 /* of kretprobe_inst_table */

enum { SHADOW_RET, SHADOW_RETP };
DEFINE_VIEW(shadow_view,
	    "ftrace_ret_stack", [SHADOW_RET] = FIELD("ret"), [SHADOW_RETP] = FIELD("retp"));

/*
 * From a list of hooks, newest first: the one made for the stack slot @found_at. A function can be
 * hooked more than once; then the address is the trampoline's again in all but the last.
 */
static bool from_list(struct image *image, const struct view *view, uint64_t node,
		      uint64_t found_at, uint64_t *pc)
{
	uint64_t offset, frame, ret;

	if (error_dropped(view_offset(image, view, NODE_LLIST, &offset)))
		return false;
	for (unsigned int i = 0; node && i < MAX_NODES; i++) {
		uint64_t hook = node - offset;

		if (error_dropped(view_read(image, view, NODE_FRAME, hook, &frame)) ||
		    error_dropped(view_read(image, view, NODE_RET, hook, &ret)) ||
		    error_dropped(view_read(image, view, NODE_NEXT, hook, &node)))
			return false;
		if (frame == found_at && ret != *pc) {
			*pc = ret;
			return true;
		}
	}
	return false;
}

static bool from_rethooks(struct image *image, uint64_t task, uint64_t found_at, uint64_t *pc)
{
	uint64_t node;

	return !error_dropped(view_read(image, &task_view, TASK_RETHOOKS, task, &node)) &&
	       from_list(image, &rethook_view, node, found_at, pc);
}

/* The task has a list since v5.11 (d741bf41d7c7); before, all tasks' are in one hash table. */
static bool from_kretprobes(struct image *image, uint64_t task, uint64_t found_at, uint64_t *pc)
{
	uint64_t node, table;

	if (!error_dropped(view_read(image, &task_view, TASK_KRETPROBES, task, &node)))
		return from_list(image, &kretprobe_view, node, found_at, pc);
	if (error_dropped(image_symbol(image, "kretprobe_inst_table", &table)))
		return false;
	for (unsigned int i = 0; i < KRETPROBE_BUCKETS; i++) {
		if (!error_dropped(memory_read_word(&image->reader.memory, table + 8 * i, &node)) &&
		    from_list(image, &kretprobe_view, node, found_at, pc))
			return true;
	}
	return false;
}

/*
 * From the shadow stack: how its entries are joined changed in v6.11, not what an entry holds, so
 * the one whose retp is the stack slot is looked for.
 */
static bool from_shadow(struct image *image, uint64_t task, uint64_t found_at, uint64_t *pc)
{
	uint64_t stack, ret_at, retp_at, word, ret;

	if (error_dropped(view_read(image, &task_view, TASK_RET_STACK, task, &stack)) || !stack ||
	    error_dropped(view_offset(image, &shadow_view, SHADOW_RET, &ret_at)) ||
	    error_dropped(view_offset(image, &shadow_view, SHADOW_RETP, &retp_at)))
		return false;
	for (uint64_t at = retp_at; at < SHADOW_SIZE; at += 8) {
		if (error_dropped(memory_read_word(&image->reader.memory, stack + at, &word)))
			return false;
		if (word != found_at ||
		    error_dropped(memory_read_word(&image->reader.memory,
						   stack + at - retp_at + ret_at, &ret)) ||
		    !image_is_text(image, ret))
			continue;
		*pc = ret;
		return true;
	}
	return false;
}

/* What tracers leave on the stack, by who keeps the real address. */
static const struct {
	const char *name;
	bool (*recover)(struct image *image, uint64_t task, uint64_t found_at, uint64_t *pc);
} trampolines[TRAMPOLINES] = {
	{ "return_to_handler", from_shadow },
	{ "arch_rethook_trampoline", from_rethooks },
	/* Renamed by adf8a61a940c (v5.16). */
	{ "__kretprobe_trampoline", from_kretprobes },
	{ "kretprobe_trampoline", from_kretprobes },
};

/* Asked for every frame: their addresses are looked up once. */
static void find_trampolines(struct image *image)
{
	if (image->trampolines_known)
		return;
	image->trampolines_known = true;
	for (size_t i = 0; i < TRAMPOLINES; i++) {
		if (error_dropped(image_symbol(image, trampolines[i].name, &image->trampolines[i])))
			image->trampolines[i] = 0;
	}
}

static bool recover_once(struct image *image, uint64_t task, uint64_t found_at, uint64_t *pc)
{
	for (size_t i = 0; i < TRAMPOLINES; i++) {
		if (image->trampolines[i] && image->trampolines[i] == *pc)
			return trampolines[i].recover(image, task, found_at, pc);
	}
	return false;
}

void return_address_recover(struct image *image, uint64_t task, uint64_t found_at, uint64_t *pc)
{
	find_trampolines(image);
	/* One tracer's address may lie beneath the other's. */
	for (int i = 0; i < 3 && recover_once(image, task, found_at, pc); i++)
		;
}
