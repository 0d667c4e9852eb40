/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of a dump that was saved, in rows: for convert and capture. */
#ifndef COMMANDS_SAVE_REPORT_H
#define COMMANDS_SAVE_REPORT_H

#include "base/output.h"
#include "save/save.h"

extern const struct table save_summary_table, save_kind_table, save_erased_table;
/* Of a program's list of tables. */
#define SAVE_REPORT_TABLES &save_summary_table, &save_kind_table, &save_erased_table

/* @partial: why the source is not whole, or NULL. @kinds: the pages of each kind, too. */
void save_report_show(struct output *out, const struct save_options *options,
		      const struct save_report *report, const char *partial, bool kinds);

/* Opens the dump in @paths, saves it, and shows the report: all of convert's work. */
must_check struct error *save_report_run(struct output *out, const struct save_options *options,
					 const char *const *paths, size_t count, bool kinds);

#endif
