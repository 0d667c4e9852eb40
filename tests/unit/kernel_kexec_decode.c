// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is in segments: elfcorehdr by the ELF specification, boot_params by zero-page.rst of Linux,
 * purgatory's digest by FIPS 180-4's examples.
 */
#include "kernel/kexec_decode.h"
#include "purgatory/purgatory_abi.h"
#include "support/entries.h"

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HEADERS	  0x10000
#define BOOT	  0x20000
#define PURGATORY 0x30000
#define DATA	  0x40000

static struct fake_kernel kernel;
static struct kexec_image kexec;

static int setup(void **state)
{
	kernel = (struct fake_kernel){ 0 };
	fake_int(&kernel.btf, "int", 4, FAKE_SIGNED);
	fake_kernel_init(&kernel);
	fake_memory(&kernel, HEADERS, 0x4000);
	fake_memory(&kernel, BOOT, 0x2000);
	fake_memory(&kernel, PURGATORY, 0x8000);
	fake_memory(&kernel, DATA, 0x2000);
	kexec = (struct kexec_image){ .name = "crash", .is_crash = true, .nr_segments = 4 };
	kexec.segments[0] = (struct kexec_segment){ .address = HEADERS, .memory_size = 0x4000 };
	kexec.segments[1] = (struct kexec_segment){ .address = BOOT, .memory_size = 0x2000 };
	kexec.segments[2] = (struct kexec_segment){ .address = PURGATORY, .memory_size = 0x8000 };
	kexec.segments[3] = (struct kexec_segment){ .address = DATA, .memory_size = 0x2000 };
	kexec.elf_headers_segment = UINT64_MAX;
	kexec.has[KEXEC_START] = true;
	kexec.value[KEXEC_START] = PURGATORY + 0x150;
	return 0;
}

static int teardown(void **state)
{
	fake_kernel_deinit(&kernel);
	return 0;
}

/* ---- elfcorehdr ---- */

static void put_headers(unsigned int count)
{
	Elf64_Ehdr ehdr = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_phoff = sizeof(ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (Elf64_Half)count,
	};

	fake_put_bytes(&kernel, HEADERS, &ehdr, sizeof(ehdr));
	for (unsigned int i = 0; i < count && i < 8; i++) {
		Elf64_Phdr phdr = {
			.p_type = i ? PT_LOAD : PT_NOTE,
			.p_offset = 0x1000 * i,
			.p_paddr = 0x1000 * i,
			.p_vaddr = 0xffff888000000000 + 0x1000 * i,
			.p_filesz = 0x100,
			.p_memsz = 0x200,
		};

		fake_put_bytes(&kernel, HEADERS + sizeof(ehdr) + i * sizeof(phdr), &phdr,
			       sizeof(phdr));
	}
}

static struct error *keep_header(void *context, const struct elfcorehdr_header *header,
				 unsigned int index, unsigned int count)
{
	struct elfcorehdr_header *headers = context;

	if (index < 8)
		headers[index] = *header;
	return NULL;
}

static struct error *decode(struct elfcorehdr_header *headers, uint64_t size)
{
	return elfcorehdr_decode(&kernel.memory, HEADERS, size, keep_header, headers);
}

static void good_headers(void **state)
{
	struct elfcorehdr_header headers[8];

	put_headers(3);
	assert_null(decode(headers, 0x4000));
	assert_int_equal(headers[0].type, PT_NOTE);
	assert_int_equal(headers[2].type, PT_LOAD);
	assert_int_equal(headers[2].offset, 0x2000);
	assert_int_equal(headers[2].virt, 0xffff888000002000);
	assert_int_equal(headers[2].file_size, 0x100);
	assert_int_equal(headers[2].memory_size, 0x200);
}

static void bad_headers(void **state)
{
	struct elfcorehdr_header headers[8];

	given_expect_error(decode(headers, 0x4000), ERROR_BAD_DATA, "the magic");
	put_headers(3);
	given_expect_error(decode(headers, 20), ERROR_BAD_DATA, "its size");
	given_expect_error(decode(headers, 64 + 3 * 56 - 1), ERROR_BAD_DATA, "do not fit");
	put_headers(0xffff);
	given_expect_error(decode(headers, 0x4000), ERROR_BAD_DATA, "do not fit");
	put_headers(0);
	given_expect_error(decode(headers, 0x4000), ERROR_BAD_DATA, "e_phnum");
	put_headers(3);
	fake_put(&kernel, HEADERS + offsetof(Elf64_Ehdr, e_type), ET_EXEC, 2);
	given_expect_error(decode(headers, 0x4000), ERROR_BAD_DATA, "e_type");
	put_headers(3);
	fake_put(&kernel, HEADERS + offsetof(Elf64_Ehdr, e_phentsize), 32, 2);
	given_expect_error(decode(headers, 0x4000), ERROR_BAD_DATA, "e_phentsize");
	put_headers(3);
	fake_put(&kernel, HEADERS + offsetof(Elf64_Ehdr, e_phoff), UINT64_MAX - 8, 8);
	given_expect_error(decode(headers, 0x4000), ERROR_BAD_DATA, "do not fit");
	put_headers(3);
	fake_put(&kernel, HEADERS + EI_CLASS, ELFCLASS32, 1);
	given_expect_error(decode(headers, 0x4000), ERROR_BAD_DATA, "the class");
	given_expect_error(
		elfcorehdr_decode(&kernel.memory, 0x900000, 0x1000, keep_header, headers),
		ERROR_ABSENT, "missing");
}

/* ---- boot_params ---- */

static void put_boot_params(void)
{
	fake_put_bytes(&kernel, BOOT + 0x202, "HdrS", 4);
	fake_put(&kernel, BOOT + 0x206, 0x20f, 2);
	fake_put(&kernel, BOOT + 0x210, 0xd0, 1);
	fake_put(&kernel, BOOT + 0x218, DATA, 4);
	fake_put(&kernel, BOOT + 0x21c, 0x1234, 4);
	fake_put(&kernel, BOOT + 0x228, BOOT + 0x1000, 4);
	fake_put(&kernel, BOOT + 0x260, 0x3378000, 4);
	fake_put(&kernel, BOOT + 0x1e8, 1, 1);
	fake_put(&kernel, BOOT + 0x2d0, 0x100000, 8);
	fake_put(&kernel, BOOT + 0x2d8, 0x5000, 8);
	fake_put(&kernel, BOOT + 0x2e0, 1, 4);
	fake_put_bytes(&kernel, BOOT + 0x1000, "elfcorehdr=1M", 14);
}

static void good_boot_params(void **state)
{
	struct boot_params boot;

	put_boot_params();
	fake_put(&kernel, BOOT + 0xc0, 0x1, 4); /* the initrd's upper half */
	assert_null(boot_params_decode(&kernel.memory, BOOT, &boot));
	assert_int_equal(boot.version, 0x20f);
	assert_int_equal(boot.initrd, 0x100000000 + DATA);
	assert_int_equal(boot.initrd_size, 0x1234);
	assert_int_equal(boot.init_size, 0x3378000);
	assert_true(boot.has_command_line);
	assert_string_equal(boot.command_line_text, "elfcorehdr=1M");
	assert_int_equal(boot.nr_e820, 1);
	assert_int_equal(boot.e820[0].start, 0x100000);
	assert_int_equal(boot.e820[0].size, 0x5000);
	assert_int_equal(boot.e820[0].type, 1);
}

static void strange_boot_params(void **state)
{
	struct boot_params boot;

	given_expect_error(boot_params_decode(&kernel.memory, BOOT, &boot), ERROR_NOT_MINE, "no ");
	put_boot_params();
	fake_put(&kernel, BOOT + 0x1e8, 129, 1); /* more than the table holds */
	given_expect_error(boot_params_decode(&kernel.memory, BOOT, &boot), ERROR_NOT_MINE, "no ");
	fake_put(&kernel, BOOT + 0x1e8, 128, 1);
	fake_put(&kernel, BOOT + 0x228, 0x7fff0000, 4); /* not in the dump */
	assert_null(boot_params_decode(&kernel.memory, BOOT, &boot));
	assert_int_equal(boot.nr_e820, 128);
	assert_false(boot.has_command_line);
}

static void recognised(void **state)
{
	struct kexec_recognised r;

	put_headers(2);
	put_boot_params();
	/* A header that says that low memory was saved to the data's place. */
	fake_put(&kernel, HEADERS + 64 + 56 + offsetof(Elf64_Phdr, p_offset), DATA, 8);
	fake_put(&kernel, BOOT + 0x21c, 0, 4);
	assert_null(kexec_recognise(&kexec, &kernel.memory, &r));
	assert_int_equal(r.what[0], KEXEC_IS_ELFCOREHDR);
	assert_int_equal(r.what[1], KEXEC_IS_BOOT_PARAMS);
	assert_int_equal(r.what[2], KEXEC_IS_PURGATORY);
	assert_int_equal(r.what[3], KEXEC_IS_BACKUP);
	assert_int_equal(r.boot_params_segment, 1);
	/* By boot_params: the initrd; by its size: the kernel. */
	fake_put(&kernel, BOOT + 0x21c, 0x1234, 4);
	assert_null(kexec_recognise(&kexec, &kernel.memory, &r));
	assert_int_equal(r.what[3], KEXEC_IS_INITRD);
	fake_put(&kernel, BOOT + 0x218, 0, 4);
	fake_put(&kernel, BOOT + 0x260, 0x1ffc, 4);
	assert_null(kexec_recognise(&kexec, &kernel.memory, &r));
	assert_int_equal(r.what[3], KEXEC_IS_KERNEL);
}

static void recognised_without_memory(void **state)
{
	struct kexec_recognised r;

	for (unsigned int i = 0; i < kexec.nr_segments; i++)
		kexec.segments[i].address += 0x10000000;
	kexec.value[KEXEC_START] += 0x10000000;
	kexec.elf_headers_segment = 0;
	assert_null(kexec_recognise(&kexec, &kernel.memory, &r));
	assert_int_equal(r.what[0], KEXEC_IS_ELFCOREHDR);
	assert_int_equal(r.what[1], KEXEC_UNKNOWN);
	assert_int_equal(r.what[2], KEXEC_IS_PURGATORY);
	assert_int_equal(r.boot_params_segment, -1);
	/* kexec_file_load leaves the files' sizes: 40 sectors of setup are not loaded. */
	kexec.value[KEXEC_FILE_MODE] = 1;
	kexec.value[KEXEC_KERNEL_BUF_LEN] = 0xd797c0 + 40 * 512;
	kexec.value[KEXEC_INITRD_BUF_LEN] = 0x1206be;
	kexec.value[KEXEC_CMDLINE_BUF_LEN] = 74;
	kexec.segments[1].buffer_size = 0xd797c0;
	kexec.segments[3].buffer_size = 0x1206be;
	assert_null(kexec_recognise(&kexec, &kernel.memory, &r));
	assert_int_equal(r.what[1], KEXEC_IS_KERNEL);
	assert_int_equal(r.what[3], KEXEC_IS_INITRD);
	kexec.segments[3].buffer_size = 0x1110;
	assert_null(kexec_recognise(&kexec, &kernel.memory, &r));
	assert_int_equal(r.what[3], KEXEC_IS_BOOT_PARAMS);
}

/* ---- purgatory ---- */

/* SHA-256 of 8192 zeros: what `head -c 8192 /dev/zero | sha256sum` says. */
static const uint8_t zeros[32] = {
	0x9f, 0x1d, 0xcb, 0xc3, 0x5c, 0x35, 0x0d, 0x60, 0x27, 0xf9, 0x8b,
	0xe0, 0xf5, 0xc8, 0xb4, 0x3b, 0x42, 0xca, 0x52, 0xb7, 0x60, 0x44,
	0x59, 0xc0, 0xc4, 0x2b, 0xe3, 0xaa, 0x88, 0x91, 0x3d, 0x47,
};

static enum kexec_digest_verdict verify(struct kexec_digest *digest)
{
	assert_null(kexec_digest_verify(&kexec, &kernel.memory, digest));
	return digest->verdict;
}

static void list_and_digest(void **state)
{
	struct kexec_digest digest;

	assert_int_equal(verify(&digest), KEXEC_DIGEST_NOT_FOUND);
	/* As the kernel's: the list somewhere, the digest somewhere else. */
	fake_put(&kernel, PURGATORY + 0x4048, DATA, 8);
	fake_put(&kernel, PURGATORY + 0x4050, 0x2000, 8);
	fake_put_bytes(&kernel, PURGATORY + 0x4003, zeros, 32);
	kexec.value[KEXEC_FILE_MODE] = 1;
	assert_int_equal(verify(&digest), KEXEC_DIGEST_MATCHES);
	assert_string_equal(digest.kind, "kernel");
	assert_int_equal(digest.nr_regions, 1);
	assert_int_equal(digest.table, PURGATORY + 0x4048);
	assert_memory_equal(digest.stored, zeros, 32);
	fake_put(&kernel, DATA + 0x1fff, 1, 1);
	assert_int_equal(verify(&digest), KEXEC_DIGEST_DIFFERS);
	assert_true(digest.has_computed);
	assert_false(digest.has_stored);
}

static void own_purgatory(void **state)
{
	struct purgatory_parameters p = { .magic = PURGATORY_MAGIC,
					  .entry = 0x1000200,
					  .nr_regions = 1,
					  .regions = { { DATA, 0x2000 } } };
	struct kexec_digest digest;

	memcpy(p.digest, zeros, sizeof(zeros));
	fake_put_bytes(&kernel, PURGATORY + PURGATORY_PARAMETERS, &p, sizeof(p));
	assert_int_equal(verify(&digest), KEXEC_DIGEST_MATCHES);
	assert_string_equal(digest.kind, "kx-crash");
	assert_int_equal(digest.entry, 0x1000200);
	fake_put(&kernel, DATA, 0x80, 1);
	assert_int_equal(verify(&digest), KEXEC_DIGEST_DIFFERS);
	assert_memory_equal(digest.stored, zeros, 32);
	/* Wild numbers are no crash of ours. */
	p.nr_regions = UINT64_MAX;
	fake_put_bytes(&kernel, PURGATORY + PURGATORY_PARAMETERS, &p, sizeof(p));
	assert_int_equal(verify(&digest), KEXEC_DIGEST_UNREADABLE);
	assert_int_equal(digest.why->code, ERROR_BAD_DATA);
	kexec_digest_deinit(&digest);
	p.nr_regions = 1;
	p.regions[0].size = UINT64_MAX;
	fake_put_bytes(&kernel, PURGATORY + PURGATORY_PARAMETERS, &p, sizeof(p));
	assert_int_equal(verify(&digest), KEXEC_DIGEST_UNREADABLE);
	kexec_digest_deinit(&digest);
}

static void unreadable(void **state)
{
	struct kexec_digest digest;

	/* A region's page was left out of the dump: neither good nor bad. */
	fake_missing(&kernel, 0x50000, 0x1000, ERROR_EXCLUDED);
	kexec.segments[3].address = 0x50000;
	kexec.segments[3].memory_size = 0x1000;
	fake_put(&kernel, PURGATORY + 0x4048, 0x50000, 8);
	fake_put(&kernel, PURGATORY + 0x4050, 0x1000, 8);
	assert_int_equal(verify(&digest), KEXEC_DIGEST_UNREADABLE);
	assert_int_equal(digest.why->code, ERROR_EXCLUDED);
	kexec_digest_deinit(&digest);
	/* Purgatory itself is not there; is of a wild size; or the start lies nowhere. */
	kexec.segments[2].address = 0x70000000;
	kexec.value[KEXEC_START] = 0x70000000;
	assert_int_equal(verify(&digest), KEXEC_DIGEST_UNREADABLE);
	assert_int_equal(digest.why->code, ERROR_ABSENT);
	kexec_digest_deinit(&digest);
	kexec.segments[2].memory_size = UINT64_MAX / 2;
	assert_int_equal(verify(&digest), KEXEC_DIGEST_UNREADABLE);
	kexec_digest_deinit(&digest);
	kexec.value[KEXEC_START] = 1;
	assert_int_equal(verify(&digest), KEXEC_DIGEST_NOT_FOUND);
	assert_int_equal(digest.segment, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(good_headers, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_headers, setup, teardown),
		cmocka_unit_test_setup_teardown(good_boot_params, setup, teardown),
		cmocka_unit_test_setup_teardown(strange_boot_params, setup, teardown),
		cmocka_unit_test_setup_teardown(recognised, setup, teardown),
		cmocka_unit_test_setup_teardown(recognised_without_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(list_and_digest, setup, teardown),
		cmocka_unit_test_setup_teardown(own_purgatory, setup, teardown),
		cmocka_unit_test_setup_teardown(unreadable, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
