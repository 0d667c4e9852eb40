// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is written is read back: every format and codec, from every kind of source, page by page,
 * with what is excluded, absent and lost told apart as in the source.
 */
#include "dumpfmt/dump.h"
#include "kxdump_write.h"
#include "support/data.h"
#include "support/dump_text.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PFNS (1 << 20)

static char folder[64];

struct made {
	struct kxdump_write what;
	char names[3][96];
	const char *paths[3];
	uint8_t described[PFNS / 8], kept[PFNS / 8];
	struct kxdump_write_region regions[DUMP_TEXT_LOADS];
};

static int make_folder(void **state)
{
	strcpy(folder, "/tmp/kx-write-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	return rmdir(folder);
}

/* The settings under which @dump is written again, to @nr_paths files. */
static void prepare(struct kxdump *dump, struct made *made, size_t nr_paths)
{
	const struct kxdump_info *info = kxdump_info(dump);

	memset(made, 0, sizeof(*made));
	for (size_t i = 0; i < nr_paths; i++) {
		snprintf(made->names[i], sizeof(made->names[i]), "%s/dump.%zu", folder, i);
		made->paths[i] = made->names[i];
	}
	assert_true(info->max_pfn <= PFNS);
	assert_ok(kxdump_bits(dump, 0, PFNS, made->described, made->kept));
	made->what = (struct kxdump_write){
		.paths = made->paths,
		.nr_paths = nr_paths,
		.source = dump,
		.elf_machine = info->elf_machine ? info->elf_machine : 62,
		.word_size = info->word_size,
		.big_endian = info->big_endian,
		.page_size = info->page_size ? info->page_size : 4096,
		.sysname = info->sysname,
		.nodename = info->nodename,
		.release = info->release,
		.version = info->version,
		.machine = info->machine,
		.phys_base = info->phys_base,
		.seconds = info->time,
		.nr_cpus = info->nr_cpus,
		.dump_level = info->dump_level > 0 ? (uint32_t)info->dump_level : 0,
		.max_pfn = info->max_pfn,
		.described = made->described,
		.kept = made->kept,
	};
}

static void set_regions(struct kxdump *dump, struct made *made)
{
	struct kxdump_region region;

	if (!strcmp(kxdump_info(dump)->format, "kdump")) {
		made->regions[0].size = made->regions[0].file_size =
			made->what.max_pfn * made->what.page_size;
		made->what.nr_regions = 1;
	}
	for (size_t i = 0; !made->what.nr_regions && i < kxdump_nr_regions(dump); i++) {
		assert_ok(kxdump_region(dump, i, &region));
		made->regions[i] =
			(struct kxdump_write_region){ region.phys, region.size, region.file_size,
						      region.virt, region.flags };
	}
	if (!made->what.nr_regions)
		made->what.nr_regions = kxdump_nr_regions(dump);
	made->what.regions = made->regions;
}

static bool is_kept(const struct made *made, uint64_t pfn)
{
	return made->kept[pfn / 8] >> pfn % 8 & 1;
}

/* What is there of a page; the rest is zeros. False: nothing is. */
static bool read_page(struct kxdump *dump, uint64_t phys, uint8_t *page, size_t size)
{
	bool any = false;

	memset(page, 0, size);
	if (!error_dropped(kxdump_read(dump, phys, page, size)))
		return true;
	for (size_t i = 0; i < size; i++) {
		page[i] = 0;
		any |= !error_dropped(kxdump_read(dump, phys + i, page + i, 1));
	}
	return any;
}

/* Writes all pages in an order in which no two neighbours follow each other when @backwards. */
static void give_pages(struct kxdump *dump, const struct made *made, struct kxdump_writer *writer,
		       bool backwards, uint64_t *lost)
{
	size_t size = made->what.page_size;
	uint64_t *numbers = malloc(PFNS * sizeof(*numbers)), count = 0;
	struct kxdump_packer *packer;
	uint8_t *page = malloc(size);

	assert_non_null(page);
	assert_non_null(numbers);
	*lost = 0;
	assert_ok(kxdump_packer_create(writer, &packer));
	for (uint64_t pfn = 0; pfn < PFNS; pfn++) {
		if (is_kept(made, pfn))
			numbers[count++] = pfn;
	}
	for (uint64_t i = 0; i < count; i++) {
		uint64_t index = backwards ? count - 1 - i : i, pfn = numbers[index];

		if (read_page(dump, pfn * size, page, size))
			assert_ok(kxdump_packer_add(packer, pfn, index, page, 1));
		else
			++*lost;
	}
	assert_ok(kxdump_packer_flush(packer));
	kxdump_packer_destroy(packer);
	free(page);
	free(numbers);
}

static void write_again(struct kxdump *dump, struct made *made, bool backwards)
{
	struct kxdump_writer *writer;
	uint64_t lost;

	assert_ok(kxdump_writer_create(&made->what, &writer));
	give_pages(dump, made, writer, backwards, &lost);
	assert_ok(kxdump_writer_finish(writer, lost || kxdump_info(dump)->partial_why));
	kxdump_writer_destroy(writer);
}

static void remove_files(const struct made *made)
{
	for (size_t i = 0; i < made->what.nr_paths; i++)
		assert_int_equal(unlink(made->paths[i]), 0);
}

static void compare_text(const char *a, const char *b)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a)
		assert_string_equal(a, b);
}

static void compare_info(struct kxdump *a, struct kxdump *b)
{
	const struct kxdump_info *x = kxdump_info(a), *y = kxdump_info(b);
	size_t x_size = 0, y_size = 0;

	assert_int_equal(x->big_endian, y->big_endian);
	assert_int_equal(x->word_size, y->word_size);
	assert_int_equal(x->partial_why != NULL, y->partial_why != NULL);
	assert_int_equal(x->max_pfn, y->max_pfn);
	assert_int_equal(kxdump_nr_notes(a), kxdump_nr_notes(b));
	for (size_t i = 0; i < kxdump_nr_notes(a); i++) {
		const struct kxdump_note *m = kxdump_note(a, i), *n = kxdump_note(b, i);

		assert_string_equal(m->name, n->name);
		assert_int_equal(m->type, n->type);
		assert_int_equal(m->full_size, n->full_size);
		assert_memory_equal(m->data, n->data, m->size);
	}
	(void)kxdump_vmcoreinfo(a, &x_size);
	(void)kxdump_vmcoreinfo(b, &y_size);
	assert_int_equal(x_size, y_size);
	if (strcmp(x->format, "kdump") != 0 || strcmp(y->format, "kdump") != 0)
		return;
	compare_text(x->sysname, y->sysname);
	compare_text(x->nodename, y->nodename);
	compare_text(x->release, y->release);
	compare_text(x->version, y->version);
	compare_text(x->machine, y->machine);
	assert_int_equal(x->phys_base, y->phys_base);
	assert_int_equal(x->time, y->time);
	assert_int_equal(x->nr_cpus, y->nr_cpus);
	assert_int_equal(x->dump_level, y->dump_level);
}

/* Writes @text's dump as @format, and compares what is read. */
static void round_trip(const struct dump_text *text, enum kxdump_write_format format,
		       const char *codec, size_t nr_paths, bool flattened, bool backwards)
{
	struct kxdump *source, *copy;
	struct made made;

	assert_ok(dump_text_open(text, &source));
	prepare(source, &made, nr_paths);
	made.what.format = format;
	made.what.codec = codec;
	made.what.flattened = flattened;
	if (format == KXDUMP_WRITE_ELF)
		set_regions(source, &made);
	write_again(source, &made, backwards);
	assert_ok(kxdump_open(made.paths, nr_paths, &copy));
	assert_int_equal(kxdump_info(copy)->flattened, flattened);
	compare_info(source, copy);
	dump_text_compare(text, copy, false);
	kxdump_close(copy);
	kxdump_close(source);
	remove_files(&made);
}

static const char *const codecs[] = { "raw", "zlib", "lzo", "snappy", "zstd" };
static const char *const sources[][2] = {
	{ "kdump.txt", "vmcoreinfo PAGESIZE=1024" },
	{ "kdump.txt", "vmcoreinfo PAGESIZE=1024\nendian big\nflattened shuffled" },
	{ "split.txt", "vmcoreinfo PAGESIZE=1024" },
	{ "incomplete.txt", "vmcoreinfo PAGESIZE=1024\nuts machine x86_64" },
};

static void test_kdump(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		struct dump_text *text = dump_text_load(sources[i][0], sources[i][1]);

		for (size_t j = 0; j < ARRAY_SIZE(codecs); j++) {
			round_trip(text, KXDUMP_WRITE_KDUMP, codecs[j], 1, false, false);
			round_trip(text, KXDUMP_WRITE_KDUMP, codecs[j], 1, true, true);
			round_trip(text, KXDUMP_WRITE_KDUMP, codecs[j], 3, j & 1, j & 2);
		}
		dump_text_free(text);
	}
}

/* From ELF, whose pages may be there in part: ELF keeps that, the kdump format pads with zeros. */
static void test_elf_sources(void **state)
{
	static const char *const whole[][2] = {
		{ "qemu.txt", "vmcoreinfo PAGESIZE=4096" },
		{ "filtered.txt", "load phys=0x20000 size=0x1000" },
		{ "vmcore.txt", "endian big" },
	};
	static const char *const any[] = { "vmcore.txt", "filtered.txt", "overlaps.txt",
					   "qemu.txt" };

	for (size_t i = 0; i < ARRAY_SIZE(any); i++) {
		struct dump_text *text = dump_text_load(any[i], NULL);

		round_trip(text, KXDUMP_WRITE_ELF, NULL, 1, false, false);
		round_trip(text, KXDUMP_WRITE_ELF, NULL, 1, true, true);
		dump_text_free(text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
		struct dump_text *text = dump_text_load(whole[i][0], whole[i][1]);
		struct kxdump *source, *copy;
		uint8_t a[4096], b[4096];
		struct made made;

		assert_ok(dump_text_open(text, &source));
		prepare(source, &made, 1);
		made.what.codec = codecs[i];
		write_again(source, &made, false);
		assert_ok(kxdump_open(made.paths, 1, &copy));
		for (uint64_t pfn = 0; pfn < PFNS; pfn++) {
			assert_int_equal(kxdump_page_state(source, pfn * 4096),
					 kxdump_page_state(copy, pfn * 4096));
			if (is_kept(&made, pfn)) {
				assert_true(read_page(source, pfn * 4096, a, sizeof(a)));
				assert_ok(kxdump_read(copy, pfn * 4096, b, sizeof(b)));
				assert_memory_equal(a, b, sizeof(a));
			}
		}
		kxdump_close(copy);
		kxdump_close(source);
		remove_files(&made);
		dump_text_free(text);
	}
}

static void test_kdump_to_elf(void **state)
{
	struct dump_text *text = dump_text_load("kdump.txt", "vmcoreinfo PAGESIZE=1024");

	round_trip(text, KXDUMP_WRITE_ELF, NULL, 1, false, false);
	dump_text_free(text);
}

/* More segments than e_phnum can count: every other page of 140,000. */
static void test_many_segments(void **state)
{
	enum { PAGES = 140000 };
	struct kxdump_write_region region = { .size = PAGES * 1024ULL,
					      .file_size = PAGES * 1024ULL,
					      .virt = 0xffff888000000000 };
	uint8_t *described = malloc((PAGES + 63) / 64 * 8), *kept = malloc((PAGES + 63) / 64 * 8);
	struct dump_text *text = dump_text_load("kdump.txt", NULL);
	uint8_t page[1024], back[1024];
	struct kxdump_writer *writer;
	struct kxdump_packer *packer;
	struct kxdump *source, *copy;
	struct made made;

	assert_non_null(described);
	assert_non_null(kept);
	memset(described, 0xff, (PAGES + 63) / 64 * 8);
	memset(kept, 0x55, (PAGES + 63) / 64 * 8);
	assert_ok(dump_text_open(text, &source));
	prepare(source, &made, 1);
	made.what.format = KXDUMP_WRITE_ELF;
	made.what.vmcoreinfo = "PAGESIZE=1024\n";
	made.what.vmcoreinfo_size = 14;
	made.what.source = NULL;
	made.what.max_pfn = PAGES;
	made.what.described = described;
	made.what.kept = kept;
	made.what.regions = &region;
	made.what.nr_regions = 1;
	assert_ok(kxdump_writer_create(&made.what, &writer));
	assert_ok(kxdump_packer_create(writer, &packer));
	for (uint64_t pfn = 0; pfn < PAGES; pfn += 2) {
		memset(page, (int)(pfn % 251), sizeof(page));
		assert_ok(kxdump_packer_add(packer, pfn, pfn / 2, page, 1));
	}
	assert_ok(kxdump_packer_flush(packer));
	kxdump_packer_destroy(packer);
	assert_ok(kxdump_writer_finish(writer, false));
	kxdump_writer_destroy(writer);
	assert_ok(kxdump_open(made.paths, 1, &copy));
	assert_int_equal(kxdump_nr_regions(copy), PAGES / 2);
	for (uint64_t pfn = 0; pfn < PAGES; pfn += 1001) {
		memset(page, (int)(pfn % 251), sizeof(page));
		if (pfn % 2) {
			assert_int_equal(kxdump_page_state(copy, pfn * 1024), KXDUMP_PAGE_EXCLUDED);
			continue;
		}
		assert_ok(kxdump_read(copy, pfn * 1024, back, sizeof(back)));
		assert_memory_equal(page, back, sizeof(page));
	}
	kxdump_close(copy);
	kxdump_close(source);
	remove_files(&made);
	dump_text_free(text);
	free(described);
	free(kept);
}

static void *drain(void *context)
{
	int *fds = context;
	char buf[5000];
	ssize_t n;

	while ((n = read(fds[0], buf, sizeof(buf))) > 0)
		assert_int_equal(write(fds[1], buf, (size_t)n), n);
	return NULL;
}

/* Through a pipe, flattened, of which another end knows nothing. */
static void test_pipe(void **state)
{
	struct dump_text *text = dump_text_load("kdump.txt", NULL);
	int ends[2], fds[2] = { 0, memfd_create("pipe", 0) };
	struct kxdump *source, *copy;
	char path[40];
	const char *paths[] = { path };
	struct made made;
	pthread_t thread;

	assert_int_equal(pipe(ends), 0);
	fds[0] = ends[0];
	assert_int_equal(pthread_create(&thread, NULL, drain, fds), 0);
	assert_ok(dump_text_open(text, &source));
	prepare(source, &made, 0);
	made.what.codec = "zstd";
	made.what.fd = ends[1];
	write_again(source, &made, true);
	close(ends[1]);
	pthread_join(thread, NULL);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[1]);
	assert_ok(kxdump_open(paths, 1, &copy));
	assert_true(kxdump_info(copy)->flattened);
	compare_info(source, copy);
	dump_text_compare(text, copy, false);
	kxdump_close(copy);
	kxdump_close(source);
	close(ends[0]);
	close(fds[1]);
	dump_text_free(text);
}

/* Before it is finished a dump has no name; what there is of it opens, and says what it is. */
static void test_unfinished(void **state)
{
	static const enum kxdump_write_format formats[] = { KXDUMP_WRITE_KDUMP, KXDUMP_WRITE_ELF };
	struct dump_text *text = dump_text_load("kdump.txt", "vmcoreinfo PAGESIZE=1024");

	for (size_t i = 0; i < 2 * ARRAY_SIZE(formats); i++) {
		char partial[110];
		const char *paths[] = { partial };
		struct kxdump *source, *copy;
		struct kxdump_writer *writer;
		struct made made;
		uint64_t lost;

		assert_ok(dump_text_open(text, &source));
		prepare(source, &made, 1);
		snprintf(partial, sizeof(partial), "%s.incomplete", made.paths[0]);
		made.what.format = formats[i / 2];
		made.what.keep_partial = i % 2;
		set_regions(source, &made);
		assert_ok(kxdump_writer_create(&made.what, &writer));
		give_pages(source, &made, writer, false, &lost);
		assert_int_not_equal(access(made.paths[0], F_OK), 0);
		assert_ok(kxdump_open(paths, 1, &copy));
		assert_non_null(strstr(kxdump_info(copy)->partial_why, "incomplete"));
		if (formats[i / 2] == KXDUMP_WRITE_KDUMP)
			dump_text_compare(text, copy, true);
		kxdump_close(copy);
		kxdump_writer_destroy(writer);
		assert_int_not_equal(access(made.paths[0], F_OK), 0);
		assert_int_equal(access(partial, F_OK), i % 2 ? 0 : -1);
		if (i % 2)
			unlink(partial);
		kxdump_close(source);
	}
	dump_text_free(text);
}

/* No room on the disk: an error, and no file. */
static void test_no_room(void **state)
{
	struct dump_text *text = dump_text_load("kdump.txt", "vmcoreinfo PAGESIZE=1024");
	struct rlimit before, limit;
	struct kxdump *source;
	struct made made;
	size_t whole;
	struct stat st;

	signal(SIGXFSZ, SIG_IGN);
	assert_ok(dump_text_open(text, &source));
	prepare(source, &made, 1);
	write_again(source, &made, false);
	assert_int_equal(stat(made.paths[0], &st), 0);
	whole = (size_t)st.st_size;
	remove_files(&made);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	for (size_t room = 0; room < whole; room += room < whole - 1500 ? 1009 : 1) {
		struct kxdump_writer *writer;
		struct kxdump_packer *packer;
		struct error *err;
		uint8_t page[1024];
		uint64_t index = 0;

		limit = before;
		limit.rlim_cur = room;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		err = kxdump_writer_create(&made.what, &writer);
		if (!err) {
			assert_ok(kxdump_packer_create(writer, &packer));
			for (uint64_t pfn = 0; !err && pfn < made.what.max_pfn; pfn++) {
				if (!is_kept(&made, pfn))
					continue;
				assert_true(read_page(source, pfn * 1024, page, sizeof(page)));
				err = kxdump_packer_add(packer, pfn, index++, page, 1);
			}
			if (!err)
				err = kxdump_packer_flush(packer);
			if (!err)
				err = kxdump_writer_finish(writer, false);
			kxdump_packer_destroy(packer);
			kxdump_writer_destroy(writer);
		}
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		assert_fails(err, ERROR_OS);
		assert_int_not_equal(access(made.paths[0], F_OK), 0);
	}
	kxdump_close(source);
	dump_text_free(text);
}

static void test_refused(void **state)
{
	struct dump_text *text = dump_text_load("kdump.txt", NULL);
	struct kxdump_writer *writer, *second;
	struct kxdump *source;
	struct made made;
	int fd;

	assert_ok(dump_text_open(text, &source));
	prepare(source, &made, 1);
	made.what.codec = "lz4";
	assert_fails(kxdump_writer_create(&made.what, &writer), ERROR_USAGE);
	made.what.codec = "lzo";
	made.what.level = 3;
	assert_fails(kxdump_writer_create(&made.what, &writer), ERROR_USAGE);
	made.what.codec = "zlib";
	made.what.level = 13;
	assert_fails(kxdump_writer_create(&made.what, &writer), ERROR_USAGE);
	made.what.level = 0;
	made.what.word_size = 4;
	assert_fails(kxdump_writer_create(&made.what, &writer), ERROR_UNSUPPORTED);
	made.what.word_size = 8;
	/* Two writers of one file. */
	assert_ok(kxdump_writer_create(&made.what, &writer));
	assert_fails(kxdump_writer_create(&made.what, &second), ERROR_USAGE);
	kxdump_writer_destroy(writer);
	/* A file of that name, which may not go. */
	fd = open(made.paths[0], O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_fails(kxdump_writer_create(&made.what, &writer), ERROR_USAGE);
	made.what.overwrite = true;
	write_again(source, &made, false);
	remove_files(&made);
	/* A directory, which may not go either. */
	assert_int_equal(mkdir(made.paths[0], 0700), 0);
	assert_fails(kxdump_writer_create(&made.what, &writer), ERROR_USAGE);
	rmdir(made.paths[0]);
	kxdump_close(source);
	dump_text_free(text);
}

/* What was erased before stays told: in the sub-header, or as a note. */
static void test_eraseinfo(void **state)
{
	struct dump_text *text =
		dump_text_load("vmcore.txt", "note ERASEINFO 0 50\nvmcoreinfo X=1");
	struct kxdump *source, *copy;
	struct made made;
	size_t size, again;
	const void *erased;

	for (size_t i = 0; i < 2; i++) {
		assert_ok(dump_text_open(text, &source));
		erased = kxdump_eraseinfo(source, &size);
		assert_non_null(erased);
		assert_int_equal(size, 50);
		prepare(source, &made, 1);
		made.what.format = i ? KXDUMP_WRITE_ELF : KXDUMP_WRITE_KDUMP;
		set_regions(source, &made);
		write_again(source, &made, false);
		assert_ok(kxdump_open(made.paths, 1, &copy));
		assert_memory_equal(kxdump_eraseinfo(copy, &again), erased, size);
		assert_int_equal(again, size);
		kxdump_close(copy);
		kxdump_close(source);
		remove_files(&made);
	}
	dump_text_free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kdump),	     cmocka_unit_test(test_elf_sources),
		cmocka_unit_test(test_kdump_to_elf), cmocka_unit_test(test_many_segments),
		cmocka_unit_test(test_pipe),	     cmocka_unit_test(test_unfinished),
		cmocka_unit_test(test_no_room),	     cmocka_unit_test(test_refused),
		cmocka_unit_test(test_eraseinfo),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
