/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a save is told in words: on a command line or in a configuration. All errors are USAGE. */
#ifndef SAVE_SAVE_WORDS_H
#define SAVE_SAVE_WORDS_H

#include "save/save.h"

/* "kdump" or "elf". */
must_check struct error *save_words_format(const char *text, enum kxdump_write_format *ret);
/* A number of the codec's levels; whether that codec has it: save_words_check_level(). */
must_check struct error *save_words_level(const char *text, int *ret);
/* Once format, codec and level (0: none was given) are all known. */
must_check struct error *save_words_check_level(const struct save_options *save);

#endif
