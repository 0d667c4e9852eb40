// SPDX-License-Identifier: GPL-2.0-or-later
/* Measuring an initramfs: libarchive decompresses, the cpio headers are walked here. */
#include "kexec/initrd.h"

#include "base/bytes.h"
#include "base/interrupt.h"

#include <archive.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PAGE_BYTES     4096
#define MAX_UNPACKED   (8ULL << 30)
#define MAX_NAME       4096
#define CPIO_HEADER    110
#define CPIO_ALIGNMENT 4
#define TRAILER	       "TRAILER!!!"
/* A tmpfs inode and its dentry: what the slab caches of 64-bit kernels take for them. */
#define INODE_BYTES 1024

/*
 * The archives as a stream: fed in pieces of any size, so that what is unpacked is never kept. The
 * kernel skips zeros between archives.
 */
struct cpio {
	enum { BETWEEN, HEADER, NAME, BODY } state;
	uint8_t buf[MAX_NAME];
	size_t have, want; /* of a header or a name */
	size_t name_size;
	uint64_t skip; /* of a body, with its padding */
	uint64_t body_size;
	uint32_t mode;
	uint64_t bytes; /* of the stream so far */
	bool ended;	/* a trailer was the last there was */
	struct initrd_size *size;
};

static bool hex_field(const uint8_t *field, uint32_t *ret)
{
	uint32_t value = 0;

	for (size_t i = 0; i < 8; i++) {
		uint8_t c = field[i], digit;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (c | 0x20) - 'a' + 10;
		else
			return false;
		value = value << 4 | digit;
	}
	*ret = value;
	return true;
}

static uint64_t padded(uint64_t size)
{
	return (size + CPIO_ALIGNMENT - 1) & ~(uint64_t)(CPIO_ALIGNMENT - 1);
}

static struct error *take_header(struct cpio *cpio)
{
	const uint8_t *h = cpio->buf;
	uint32_t name_size, body_size;

	/* Fields of 8 digits behind a magic of 6: mode is the second, sizes the 7th and 12th. */
	if ((memcmp(h, "070701", 6) && memcmp(h, "070702", 6)) ||
	    !hex_field(h + 6 + 8, &cpio->mode) || !hex_field(h + 6 + 6 * 8, &body_size) ||
	    !hex_field(h + 6 + 11 * 8, &name_size))
		return error_at(ERROR_BAD_DATA, cpio->bytes,
				"byte %llu of the unpacked initramfs: a newc cpio header is "
				"expected",
				(unsigned long long)cpio->bytes);
	cpio->name_size = name_size;
	cpio->body_size = body_size;
	/* Padding is counted from the header's start. */
	cpio->want = padded(CPIO_HEADER + name_size) - CPIO_HEADER;
	if (!name_size || cpio->want > sizeof(cpio->buf))
		return error_at(ERROR_BAD_DATA, cpio->bytes,
				"byte %llu of the unpacked initramfs: a name of %u bytes",
				(unsigned long long)cpio->bytes, name_size);
	cpio->have = 0;
	cpio->state = NAME;
	return NULL;
}

static void take_name(struct cpio *cpio)
{
	char *name = (char *)cpio->buf;
	const char *base;

	name[cpio->name_size - 1] = 0;
	cpio->have = 0;
	cpio->ended = !strcmp(name, TRAILER);
	cpio->skip = padded(cpio->body_size);
	cpio->state = cpio->ended ? BETWEEN : BODY;
	if (cpio->ended)
		return;
	base = strrchr(name, '/');
	if (!strcmp(base ? base + 1 : name, "cryptsetup"))
		cpio->size->has_cryptsetup = true;
	cpio->size->files++;
	cpio->size->unpacked += INODE_BYTES;
	if (S_ISREG(cpio->mode))
		cpio->size->unpacked +=
			(cpio->body_size + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

/* Collects up to @cpio->want bytes; true when they are there. */
static bool collect(struct cpio *cpio, const uint8_t *data, size_t size, size_t *at)
{
	size_t part = min(size - *at, cpio->want - cpio->have);

	memcpy(cpio->buf + cpio->have, data + *at, part);
	cpio->have += part;
	cpio->bytes += part;
	*at += part;
	return cpio->have == cpio->want;
}

/* One step of the stream. With @plain, stops (*@at unmoved) at what no cpio begins with. */
static struct error *cpio_step(struct cpio *cpio, const uint8_t *data, size_t size, size_t *at,
			       bool plain, bool *stop)
{
	uint64_t part;

	switch (cpio->state) {
	case BETWEEN:
		if (data[*at] == 0) {
			++*at;
			cpio->bytes++;
		} else if (plain && data[*at] != '0') {
			*stop = true;
		} else {
			cpio->state = HEADER;
			cpio->have = 0;
			cpio->want = CPIO_HEADER;
		}
		return NULL;
	case HEADER:
		return collect(cpio, data, size, at) ? take_header(cpio) : NULL;
	case NAME:
		if (collect(cpio, data, size, at))
			take_name(cpio);
		return NULL;
	case BODY:
		part = min(cpio->skip, (uint64_t)(size - *at));
		*at += part;
		cpio->skip -= part;
		cpio->bytes += part;
		if (!cpio->skip)
			cpio->state = BETWEEN;
		return NULL;
	}
	return NULL;
}

/* Feeds @data; *@used is how much of it was cpio. */
static struct error *cpio_feed(struct cpio *cpio, const uint8_t *data, size_t size, bool plain,
			       size_t *used)
{
	bool stop = false;
	size_t at = 0;

	while (at < size && !stop)
		TRY(cpio_step(cpio, data, size, &at, plain, &stop));
	*used = at;
	if (cpio->bytes > MAX_UNPACKED)
		return error_create(ERROR_BAD_DATA, "the initramfs unpacks to more than %llu GiB",
				    MAX_UNPACKED >> 30);
	return NULL;
}

static struct error *archive_failed(struct archive *archive)
{
	return error_create(ERROR_BAD_DATA, "unpacking the initramfs: %s",
			    archive_error_string(archive));
}

static struct error *read_blocks(struct archive *archive, struct cpio *cpio)
{
	size_t size, used;
	const void *data;
	int64_t offset;
	int result;

	while ((result = archive_read_data_block(archive, &data, &size, &offset)) == ARCHIVE_OK) {
		TRY(interrupt_check());
		TRY(cpio_feed(cpio, data, size, false, &used));
	}
	/* Padding behind the compressed archive ends it with a warning, as it does for zcat. */
	if (result != ARCHIVE_EOF && !(cpio->ended && cpio->state == BETWEEN))
		return archive_failed(archive);
	return NULL;
}

/* libarchive's name goes away with the archive. */
static const char *compression(const char *name)
{
	static const char *const known[] = { "gzip", "bzip2", "xz", "lzma", "lzop", "lz4", "zstd" };

	for (size_t i = 0; name && i < ARRAY_SIZE(known); i++) {
		if (!strcmp(name, known[i]))
			return known[i];
	}
	return "compressed";
}

/* The compressed archive that @data begins with. */
static struct error *measure_compressed(const uint8_t *data, size_t size, struct cpio *cpio)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	struct error *err = NULL;

	if (!archive)
		return error_nomem();
	archive_read_support_filter_all(archive);
	archive_read_support_format_raw(archive);
	if (archive_read_open_memory(archive, data, size) != ARCHIVE_OK ||
	    archive_read_next_header(archive, &entry) != ARCHIVE_OK)
		err = archive_failed(archive);
	else if (archive_filter_count(archive) < 2)
		err = error_create(ERROR_BAD_DATA,
				   "neither a cpio archive nor a compression that is known");
	if (!err)
		err = read_blocks(archive, cpio);
	if (!err)
		cpio->size->compression = compression(archive_filter_name(archive, 0));
	archive_read_free(archive);
	return err;
}

struct error *initrd_measure(const uint8_t *data, size_t size, struct initrd_size *ret)
{
	struct initrd_size measured = { .packed = size, .compression = "none" };
	struct cpio cpio = { .size = &measured };
	size_t at;

	/* Microcode and ACPI tables come first, not compressed: the kernel needs them early. */
	TRY(cpio_feed(&cpio, data, size, true, &at));
	if (at < size)
		TRY(measure_compressed(data + at, size - at, &cpio));
	if (cpio.state != BETWEEN || !measured.files)
		return error_create(ERROR_BAD_DATA, "the initramfs ends in the middle of an entry");
	*ret = measured;
	return NULL;
}
