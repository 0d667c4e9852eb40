// SPDX-License-Identifier: GPL-2.0-or-later
/* libarchive: initramfs images. */
#include "late/late.h"

#include <archive.h>
#include <archive_entry.h>

static struct late_library library = { .soname = ARCHIVE_SONAME };

#define STATUS(name, parameters, arguments)                                                        \
	LATE(library, int, name, parameters, arguments, ARCHIVE_FATAL)

LATE(library, const char *, archive_error_string, (struct archive * a), (a),
     ARCHIVE_SONAME " cannot be loaded")
LATE(library, int, archive_filter_count, (struct archive * a), (a), 0)
LATE(library, const char *, archive_filter_name, (struct archive * a, int n), (a, n), NULL)

LATE(library, struct archive *, archive_read_new, (void), (), NULL)
STATUS(archive_read_free, (struct archive * a), (a))
STATUS(archive_read_support_filter_all, (struct archive * a), (a))
STATUS(archive_read_support_format_cpio, (struct archive * a), (a))
STATUS(archive_read_support_format_empty, (struct archive * a), (a))
STATUS(archive_read_support_format_raw, (struct archive * a), (a))
STATUS(archive_read_open_filename, (struct archive * a, const char *path, size_t block),
       (a, path, block))
STATUS(archive_read_open_memory, (struct archive * a, const void *data, size_t size),
       (a, data, size))
STATUS(archive_read_next_header, (struct archive * a, struct archive_entry **entry), (a, entry))
LATE(library, la_ssize_t, archive_read_data, (struct archive * a, void *to, size_t size),
     (a, to, size), ARCHIVE_FATAL)
STATUS(archive_read_data_block,
       (struct archive * a, const void **data, size_t *size, la_int64_t *offset),
       (a, data, size, offset))

LATE(library, struct archive *, archive_write_new, (void), (), NULL)
STATUS(archive_write_free, (struct archive * a), (a))
STATUS(archive_write_close, (struct archive * a), (a))
STATUS(archive_write_add_filter_gzip, (struct archive * a), (a))
STATUS(archive_write_set_filter_option,
       (struct archive * a, const char *filter, const char *option, const char *value),
       (a, filter, option, value))
STATUS(archive_write_set_format_cpio_newc, (struct archive * a), (a))
STATUS(archive_write_open_filename, (struct archive * a, const char *path), (a, path))
STATUS(archive_write_header, (struct archive * a, struct archive_entry *entry), (a, entry))
LATE(library, la_ssize_t, archive_write_data, (struct archive * a, const void *data, size_t size),
     (a, data, size), ARCHIVE_FATAL)

LATE(library, struct archive_entry *, archive_entry_new, (void), (), NULL)
LATE_VOID(library, archive_entry_free, (struct archive_entry * entry), (entry))
LATE(library, const char *, archive_entry_pathname, (struct archive_entry * entry), (entry), NULL)
LATE_VOID(library, archive_entry_set_pathname, (struct archive_entry * entry, const char *name),
	  (entry, name))
LATE_VOID(library, archive_entry_set_filetype, (struct archive_entry * entry, unsigned int type),
	  (entry, type))
LATE_VOID(library, archive_entry_set_perm, (struct archive_entry * entry, __LA_MODE_T mode),
	  (entry, mode))
LATE_VOID(library, archive_entry_set_size, (struct archive_entry * entry, la_int64_t size),
	  (entry, size))
LATE_VOID(library, archive_entry_set_mtime, (struct archive_entry * entry, time_t s, long ns),
	  (entry, s, ns))
LATE_VOID(library, archive_entry_set_nlink, (struct archive_entry * entry, unsigned int count),
	  (entry, count))
LATE_VOID(library, archive_entry_set_rdev, (struct archive_entry * entry, dev_t device),
	  (entry, device))
LATE_VOID(library, archive_entry_set_symlink, (struct archive_entry * entry, const char *target),
	  (entry, target))
