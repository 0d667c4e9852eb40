// SPDX-License-Identifier: GPL-2.0-or-later
#include "save/save_words.h"

#include "base/options.h"

#include <string.h>

struct error *save_words_format(const char *text, enum kxdump_write_format *ret)
{
	if (!strcmp(text, "elf"))
		*ret = KXDUMP_WRITE_ELF;
	else if (!strcmp(text, "kdump"))
		*ret = KXDUMP_WRITE_KDUMP;
	else
		return error_create(ERROR_USAGE, "no format is called %s; expected kdump or elf",
				    text);
	return NULL;
}

struct error *save_words_level(const char *text, int *ret)
{
	uint64_t number;

	TRY(parse_number(text, false, "a compression level", &number));
	if (!number || number > INT32_MAX)
		return error_create(ERROR_USAGE, "there is no compression level %s", text);
	*ret = (int)number;
	return NULL;
}

struct error *save_words_check_level(const struct save_options *save)
{
	if (save->level && save->format == KXDUMP_WRITE_ELF)
		return error_create(ERROR_USAGE, "elf is not compressed, and has no levels");
	return kxdump_codec_check(save->codec, save->level);
}
