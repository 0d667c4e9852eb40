// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's own memory that no filter may leave out: its image (include/asm-generic/
 * vmlinux.lds.h of Linux), per-CPU areas, modules, the log buffer.
 */
#include "image/view.h"
#include "validate/reach.h"

#include <stdio.h>

/* [@from, @to) by their symbols; a kernel without them has no such part. */
static struct error *check_between(struct validation *v, const char *from, const char *to,
				   const char *what)
{
	struct image *image = validation_image(v);
	uint64_t start, end;

	if (error_dropped(image_symbol(image, from, &start)) ||
	    error_dropped(image_symbol(image, to, &end)) || end <= start)
		return NULL;
	return reach_check(v, start, end - start, what);
}

/* What of .bss is for encrypted guests is freed where the machine is none (mm/mem_encrypt). */
static struct error *check_bss(struct validation *v)
{
	struct image *image = validation_image(v);
	uint64_t at;

	if (error_dropped(image_symbol(image, "__start_bss_decrypted_unused", &at)))
		return check_between(v, "__bss_start", "__bss_stop", ".bss");
	TRY(check_between(v, "__bss_start", "__start_bss_decrypted_unused", ".bss"));
	return check_between(v, "__end_bss_decrypted", "__bss_stop", ".bss");
}

static struct error *check_image(struct validation *v)
{
	/* What lies between them, and .init, is freed at boot. */
	TRY(check_between(v, "_text", "_etext", ".text"));
	TRY(check_between(v, "__start_rodata", "__end_rodata", ".rodata"));
	TRY(check_between(v, "_sdata", "_edata", ".data"));
	return check_bss(v);
}

const struct validate_check validate_kernel_image_there = {
	.name = "kernel-image-there",
	.family = "coverage",
	.summary = "parts of the kernel's image are not in the dump",
	.quick = true,
	.needs_kernel = true,
	.run = check_image,
};

static struct error *check_per_cpu(struct validation *v)
{
	struct image *image = validation_image(v);
	uint64_t start, end, offset;
	char what[48];

	if (error_dropped(image_symbol(image, "__per_cpu_start", &start)) ||
	    error_dropped(image_symbol(image, "__per_cpu_end", &end)) || end <= start) {
		validation_skip(v, "the kernel does not say where its per-CPU variables are");
		return NULL;
	}
	for (unsigned int cpu = 0; cpu < image_nr_cpus(image); cpu++) {
		if (!image_cpu_possible(image, cpu))
			continue;
		TRY(image_per_cpu_offset(image, cpu, &offset));
		snprintf(what, sizeof(what), "the per-CPU variables of CPU %u", cpu);
		TRY(reach_check(v, start + offset, end - start, what));
	}
	return NULL;
}

const struct validate_check validate_per_cpu = {
	.name = "per-cpu-there",
	.family = "coverage",
	.summary = "per-CPU variables are not in the dump",
	.quick = true,
	.needs_kernel = true,
	.run = check_per_cpu,
};

/* The part of the address space that modules have is no larger on any architecture. */
#define MODULE_MAX ((uint64_t)2 << 30)

static struct error *check_module(struct validation *v, const struct image_module *m)
{
	char what[96];

	snprintf(what, sizeof(what), "the memory of module %s", m->name);
	for (unsigned int i = 0; i < m->nr_ranges; i++) {
		uint64_t start = m->ranges[i].start, size = m->ranges[i].end - start;

		if (size <= MODULE_MAX)
			TRY(reach_check(v, start, size, what));
		else
			validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place_virtual(start, 0),
					"%s: 0x%llx bytes cannot be", what,
					(unsigned long long)size);
	}
	return NULL;
}

static struct error *check_modules(struct validation *v)
{
	const struct image_module *modules;
	const struct error *why;
	size_t count;

	TRY(image_modules(validation_image(v), &modules, &count, &why));
	for (size_t i = 0; i < count; i++)
		TRY(check_module(v, &modules[i]));
	if (why)
		return error_at(why->code, why->address, "%s", why->message);
	return NULL;
}

const struct validate_check validate_modules_there = {
	.name = "modules-there",
	.family = "coverage",
	.summary = "modules' memory is not in the dump, or the list of modules is broken",
	.needs_kernel = true,
	.run = check_modules,
};

static struct error *check_log(struct validation *v)
{
	struct image *image = validation_image(v);
	uint64_t buffer, size;

	if (error_dropped(image_read_global(image, "log_buf", 0, &buffer)) ||
	    error_dropped(image_read_global(image, "log_buf_len", 4, &size))) {
		validation_skip(v, "the kernel does not say where its log is");
		return NULL;
	}
	return reach_check(v, buffer, size, "the log buffer");
}

const struct validate_check validate_log_there = {
	.name = "log-there",
	.family = "coverage",
	.summary = "the kernel's log buffer is not in the dump",
	.quick = true,
	.needs_kernel = true,
	.run = check_log,
};
