// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One task_struct: include/linux/sched.h of Linux. Members are read in one go where they lie on
 * pages that are there, and one by one where not: the structure is larger than a page, and a filter
 * can have left a part of it out.
 */
#include "kernel/tasks_layout.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "image/view.h"

#include <string.h>

#define PF_WQ_WORKER 0x00000020
#define PF_KTHREAD   0x00200000
/* PID_MAX_LIMIT of a 64-bit kernel: no task has a higher pid. */
#define MAX_PID	  (4 * 1024 * 1024)
#define MAX_SPAN  4096
#define COMM_SIZE 16

DEFINE_VIEW(task_view,
	    "task_struct", [TASK_STATE] = FIELD("__state", "state"), /* 2f064a59a11f (v5.14) */
	    [TASK_EXIT_STATE] = FIELD("exit_state"), [TASK_STACK] = FIELD("stack"),
	    [TASK_FLAGS] = FIELD("flags"),
	    /* bcf9033e5449 (v5.16) */
	    [TASK_CPU] = FIELD("thread_info.cpu", "cpu"), [TASK_MM] = FIELD("mm"),
	    [TASK_PID] = FIELD("pid"), [TASK_TGID] = FIELD("tgid"),
	    [TASK_REAL_PARENT] = FIELD("real_parent"), [TASK_COMM] = FIELD("comm"),
	    [TASK_SIGNAL] = FIELD("signal"),
	    /* e32cf5dfbe22 (v5.17) */
	    [TASK_KTHREAD] = FIELD("worker_private", "set_child_tid"),
	    [TASK_TASKS] = FIELD("tasks"), [TASK_THREAD_NODE] = FIELD("thread_node"),
	    /* 2c4704756cab (v4.19) */
	    [TASK_PID_LINK] = FIELD("pid_links[0]", "pids[0].node"));

/* MM_FILEPAGES 0, MM_ANONPAGES 1, MM_SHMEMPAGES 3: eca56ff906bd (v4.5). */
DEFINE_VIEW(mm_view, "mm_struct", [MM_TOTAL_VM] = FIELD("total_vm"),
	    /* Per-CPU counters: f1a7941243c1 (v6.2). */
	    [MM_FILE] = FIELD("rss_stat[0].count", "rss_stat.count[0]"),
	    [MM_ANON] = FIELD("rss_stat[1].count", "rss_stat.count[1]"),
	    [MM_SHMEM] = FIELD("rss_stat[3].count", "rss_stat.count[3]"),
	    [MM_FILE_CPU] = FIELD("rss_stat[0].counters"),
	    [MM_ANON_CPU] = FIELD("rss_stat[1].counters"),
	    [MM_SHMEM_CPU] = FIELD("rss_stat[3].counters"));

DEFINE_VIEW(kthread_view, "kthread", FIELD("full_name")); /* d6986ce24fc0 (v5.17) */
DEFINE_VIEW(signal_view, "signal_struct", FIELD("thread_head"));
DEFINE_VIEW(rq_view, "rq", FIELD("curr"));

static struct error *bind_member(struct image *image, const struct view *view, unsigned int field,
				 struct member_place *ret)
{
	struct type_place place;
	const struct type *type;

	TRY(view_place(image, view, field, &place));
	type = type_strip(place.type);
	if (place.bit_size || place.bit_offset / 8 > UINT32_MAX / 2)
		return error_create(ERROR_BAD_DATA, "struct %s: a member lies at bit %llu",
				    view->type, (unsigned long long)place.bit_offset);
	*ret = (struct member_place){
		.known = true,
		.is_signed = type->is_signed,
		.size = (uint16_t)min(type->size, (uint64_t)UINT16_MAX),
		.offset = (uint32_t)(place.bit_offset / 8),
	};
	return NULL;
}

/* Members that the kernel lacks stay unknown. */
static void bind_members(struct image *image, const struct view *view, struct member_place *places)
{
	for (unsigned int i = 0; i < view->nr_fields; i++)
		(void)error_dropped(bind_member(image, view, i, &places[i]));
}

/* As many of the fields as one read of moderate size can give, the pid among them. */
static void choose_span(struct task_layout *layout)
{
	uint32_t start = UINT32_MAX, end = 0;

	for (unsigned int i = 0; i < NR_TASK_FIELDS; i++) {
		const struct member_place *p = &layout->task[i];

		if (!p->known)
			continue;
		start = min(start, p->offset);
		end = max(end, p->offset + p->size);
	}
	if (end - start <= MAX_SPAN) {
		layout->span_start = start;
		layout->span_size = end - start;
	}
}

/* Of a CPU that was not asked about yet. */
#define CURRENT_UNREAD UINT64_MAX

static struct error *bind_cpus(struct task_layout *layout)
{
	struct image *image = layout->image;

	TRY(cpus_up(image, &layout->cpus, &layout->nr_cpus));
	layout->possible = image_nr_cpus(image);
	layout->per_cpu_offset = calloc(layout->nr_cpus + 1, sizeof(*layout->per_cpu_offset));
	layout->current = calloc(layout->possible + 1, sizeof(*layout->current));
	if (!layout->per_cpu_offset || !layout->current)
		return error_nomem();
	for (unsigned int i = 0; i < layout->nr_cpus; i++) {
		if (error_dropped(image_per_cpu_offset(image, layout->cpus[i],
						       &layout->per_cpu_offset[i])))
			layout->per_cpu_offset[i] = UINT64_MAX;
	}
	for (unsigned int cpu = 0; cpu < layout->possible; cpu++)
		layout->current[cpu] = CURRENT_UNREAD;
	return NULL;
}

uint64_t task_layout_current(struct task_layout *layout, unsigned int cpu)
{
	struct image *image = layout->image;
	struct member_place curr;
	uint64_t rq, task = 0;

	if (cpu >= layout->possible)
		return 0;
	if (layout->current[cpu] == CURRENT_UNREAD) {
		if (!image_cpu_online(image, cpu) ||
		    error_dropped(image_per_cpu(image, "runqueues", cpu, &rq)) ||
		    error_dropped(bind_member(image, &rq_view, 0, &curr)) ||
		    error_dropped(memory_read_word(image_memory(image), rq + curr.offset, &task)))
			task = 0;
		layout->current[cpu] = task;
	}
	return layout->current[cpu];
}

struct error *task_layout_init(struct image *image, struct task_layout *ret)
{
	struct task_layout layout = { .image = image };
	const struct arch_ops *arch = image_arch(image);
	struct error *err;

	TRY(bind_member(image, &task_view, TASK_PID, &layout.task[TASK_PID]));
	bind_members(image, &task_view, layout.task);
	bind_members(image, &mm_view, layout.mm);
	bind_members(image, &kthread_view, &layout.kthread_name);
	bind_members(image, &signal_view, &layout.thread_head);
	layout.parent_tgid = layout.task[TASK_TGID];
	layout.page_kb = (arch ? 1U << arch->page_shift : 4096) / 1024;
	choose_span(&layout);
	err = bind_cpus(&layout);
	if (err) {
		task_layout_deinit(&layout);
		return err;
	}
	*ret = layout;
	return NULL;
}

void task_layout_deinit(struct task_layout *layout)
{
	free(layout->cpus);
	free(layout->per_cpu_offset);
	free(layout->current);
}

/* A task_struct that is being read. */
struct task_bytes {
	struct task_layout *layout;
	uint64_t address;
	bool whole; /* @data holds the layout's span */
	uint8_t data[MAX_SPAN];
	struct error **missing;
};

static struct error *get_bytes(struct task_bytes *b, enum task_field field, void *buf, size_t size)
{
	const struct member_place *p = &b->layout->task[field];

	size = min(size, (size_t)p->size);
	if (!p->known)
		return error_create(ERROR_NOT_FOUND, "task_struct has no %s",
				    task_view_fields[field].names[0]);
	if (!b->whole)
		return memory_read(image_memory(b->layout->image), b->address + p->offset, buf,
				   size);
	memcpy(buf, b->data + p->offset - b->layout->span_start, size);
	return NULL;
}

static struct error *get(struct task_bytes *b, enum task_field field, uint64_t *ret)
{
	const struct member_place *p = &b->layout->task[field];
	size_t size = min((size_t)p->size, sizeof(*ret));
	uint8_t raw[8];

	TRY(get_bytes(b, field, raw, size));
	*ret = load_number(raw, size, image_memory(b->layout->image)->big_endian);
	if (p->is_signed)
		*ret = sign_extend(*ret, (unsigned int)size * 8);
	return NULL;
}

/* Keeps the first error for the caller, who goes on with what there is. */
static void note_missing(struct task_bytes *b, struct error *err, const char *member)
{
	if (b->missing && !*b->missing)
		*b->missing =
			error_wrap(err, "task %016llx: %s", (unsigned long long)b->address, member);
	else
		error_free(err);
}

static bool try_get(struct task_bytes *b, enum task_field field, uint64_t *ret)
{
	struct error *err = get(b, field, ret);

	if (err)
		note_missing(b, err, task_view_fields[field].names[0]);
	return !err;
}

/* The process id of the parent at @address, -1 when it cannot be read. */
static int32_t parent_pid(struct task_layout *layout, uint64_t address)
{
	unsigned int slot = (unsigned int)(address >> 6) % PARENT_CACHE;
	uint64_t tgid;

	if (layout->parents[slot].address == address)
		return layout->parents[slot].tgid;
	if (!layout->parent_tgid.known ||
	    error_dropped(memory_read_number(image_memory(layout->image),
					     address + layout->parent_tgid.offset,
					     layout->parent_tgid.size, &tgid)) ||
	    tgid > MAX_PID)
		return -1;
	layout->parents[slot].address = address;
	layout->parents[slot].tgid = (int32_t)tgid;
	return (int32_t)tgid;
}

/*
 * The pages that an rss counter counts. Per-CPU parts are added up: /proc does the same since
 * 82241a83cd15 (v6.16), and shows an approximation before, from v6.2.
 */
static struct error *read_counter(const struct task_layout *layout, uint64_t mm,
				  const struct member_place *count,
				  const struct member_place *counters, uint64_t *ret)
{
	const struct memory *m = image_memory(layout->image);
	uint64_t value, base, part;

	if (!count->known)
		return error_create(ERROR_NOT_FOUND, "mm_struct has no rss_stat");
	TRY(memory_read_number(m, mm + count->offset, count->size, &value));
	*ret += sign_extend(value, count->size * 8U);
	if (!counters->known)
		return NULL;
	TRY(memory_read_word(m, mm + counters->offset, &base));
	/* Not yet set up: an address space in the making. */
	if (!base)
		return NULL;
	for (unsigned int i = 0; i < layout->nr_cpus; i++) {
		if (layout->per_cpu_offset[i] == UINT64_MAX)
			return error_create(ERROR_ABSENT,
					    "CPU %u's part of rss_stat is not to be found",
					    layout->cpus[i]);
		TRY(memory_read_number(m, base + layout->per_cpu_offset[i], 4, &part));
		*ret += sign_extend(part, 32);
	}
	return NULL;
}

static struct error *read_memory(struct task_layout *layout, uint64_t mm, uint64_t *vsz_kb,
				 uint64_t *rss_kb)
{
	uint64_t total_vm, rss = 0;

	if (!layout->mm[MM_TOTAL_VM].known)
		return error_create(ERROR_NOT_FOUND, "mm_struct has no total_vm");
	TRY(memory_read_word(image_memory(layout->image), mm + layout->mm[MM_TOTAL_VM].offset,
			     &total_vm));
	for (unsigned int i = 0; i < 3; i++) {
		uint64_t pages = 0;

		TRY(read_counter(layout, mm, &layout->mm[MM_FILE + i], &layout->mm[MM_FILE_CPU + i],
				 &pages));
		/* The parts are not read at one time: their sum can fall below zero. */
		if ((int64_t)pages > 0)
			rss += pages;
	}
	*vsz_kb = total_vm * layout->page_kb;
	*rss_kb = rss * layout->page_kb;
	return NULL;
}

/* Threads share an address space and follow one another. */
static void fill_memory(struct task_bytes *b, struct task *task)
{
	struct task_layout *layout = b->layout;
	struct error *err;

	if (task->mm && task->mm != layout->last_mm) {
		err = read_memory(layout, task->mm, &layout->last_vsz_kb, &layout->last_rss_kb);
		layout->last_mm = task->mm;
		layout->last_has_memory = !err;
		if (err)
			note_missing(b, err, "mm");
	}
	task->has_memory = !task->mm || layout->last_has_memory;
	if (task->mm && layout->last_has_memory) {
		task->vsz_kb = layout->last_vsz_kb;
		task->rss_kb = layout->last_rss_kb;
	}
}

/*
 * Has it a longer name than task_struct.comm holds? /proc and ps show that of kernel threads; of
 * workers they show it where rescuers are called kworker/R-… only.
 */
static bool has_full_name(const struct task_layout *layout, const struct task *task)
{
	return task->kthread && layout->kthread_name.known && strlen(task->comm) == COMM_SIZE - 1 &&
	       (!(task->flags & PF_WQ_WORKER) || !strncmp(task->comm, "kworker/R-", 10));
}

static void fill_comm(struct task_bytes *b, struct task *task)
{
	struct task_layout *layout = b->layout;
	const struct memory *m = image_memory(layout->image);
	char full[sizeof(task->comm)];
	uint64_t kthread, name;
	struct error *err = get_bytes(b, TASK_COMM, task->comm, COMM_SIZE);

	if (err) {
		strcpy(task->comm, "?");
		note_missing(b, err, "comm");
		return;
	}
	task->comm[COMM_SIZE - 1] = 0;
	if (!has_full_name(layout, task) || error_dropped(get(b, TASK_KTHREAD, &kthread)) ||
	    !kthread ||
	    error_dropped(memory_read_word(m, kthread + layout->kthread_name.offset, &name)) ||
	    !name || error_dropped(memory_read_string(m, name, full, sizeof(full))) ||
	    strncmp(full, task->comm, COMM_SIZE - 1))
		return;
	strcpy(task->comm, full);
}

static struct error *fill_ids(struct task_bytes *b, struct task *task)
{
	uint64_t pid, tgid;

	TRY(get(b, TASK_PID, &pid));
	if (pid > MAX_PID)
		return error_at(ERROR_BAD_DATA, b->address, "no task there: its pid would be %lld",
				(long long)pid);
	task->pid = (int32_t)pid;
	task->tgid = -1;
	if (try_get(b, TASK_TGID, &tgid)) {
		if (tgid > MAX_PID || (!tgid && pid))
			return error_at(ERROR_BAD_DATA, b->address,
					"no task there: pid %lld of process %lld", (long long)pid,
					(long long)tgid);
		task->tgid = (int32_t)tgid;
	}
	task->is_thread = task->tgid >= 0 && task->pid != task->tgid;
	task->idle = task->pid == 0;
	return NULL;
}

struct error *task_layout_read(struct task_layout *layout, uint64_t address, struct task *ret,
			       struct error **missing)
{
	const struct memory *m = image_memory(layout->image);
	struct task task = { .address = address, .ppid = -1, .cpu = TASK_NO_CPU };
	struct task_bytes b = { .layout = layout, .address = address, .missing = missing };
	uint64_t cpu, parent, exit_state;
	struct error *err;

	if (missing)
		*missing = NULL;
	b.whole = layout->span_size && !error_dropped(memory_read(m, address + layout->span_start,
								  b.data, layout->span_size));
	err = fill_ids(&b, &task);
	if (err) {
		if (missing) {
			error_free(*missing);
			*missing = NULL;
		}
		return error_wrap(err, "task %016llx", (unsigned long long)address);
	}
	if (try_get(&b, TASK_CPU, &cpu) && cpu < max(layout->possible, 1U))
		task.cpu = (unsigned int)cpu;
	task.active = task_layout_current(layout, task.cpu) == address;
	task.state_letter = '?';
	if (try_get(&b, TASK_STATE, &task.state) && try_get(&b, TASK_EXIT_STATE, &exit_state))
		task.state_letter = task_state_letter(task.state, exit_state);
	(void)try_get(&b, TASK_STACK, &task.stack);
	if (try_get(&b, TASK_FLAGS, &task.flags))
		task.kthread = task.flags & PF_KTHREAD;
	if (try_get(&b, TASK_REAL_PARENT, &parent))
		task.ppid = parent_pid(layout, parent);
	if (try_get(&b, TASK_MM, &task.mm))
		fill_memory(&b, &task);
	fill_comm(&b, &task);
	*ret = task;
	return NULL;
}
