// SPDX-License-Identifier: GPL-2.0-or-later
/* The dynamic section, through libelf. */
#include "initramfs/elf_needed.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_NEEDED 128

static struct error *damaged(const char *path)
{
	return error_create(ERROR_BAD_DATA, "%s: %s", path, elf_errmsg(-1));
}

static struct error *add_name(struct elf_needed *needed, const char *path, const char *name)
{
	if (needed->count == MAX_NEEDED)
		return error_create(ERROR_BAD_DATA, "%s needs over %d libraries", path, MAX_NEEDED);
	if (!needed->names)
		needed->names = calloc(MAX_NEEDED, sizeof(*needed->names));
	if (!needed->names)
		return error_nomem();
	needed->names[needed->count] = strdup(name);
	return needed->names[needed->count++] ? NULL : error_nomem();
}

static struct error *take_entry(struct elf_needed *needed, Elf *elf, const char *path,
				size_t strings, const GElf_Dyn *dyn)
{
	const char *text;

	if (dyn->d_tag != DT_NEEDED && dyn->d_tag != DT_RUNPATH && dyn->d_tag != DT_RPATH)
		return NULL;
	text = elf_strptr(elf, strings, dyn->d_un.d_val);
	if (!text)
		return damaged(path);
	if (dyn->d_tag == DT_NEEDED)
		return add_name(needed, path, text);
	/* RUNPATH takes RPATH's place. */
	if (dyn->d_tag == DT_RPATH && needed->run_path)
		return NULL;
	free(needed->run_path);
	needed->run_path = strdup(text);
	return needed->run_path ? NULL : error_nomem();
}

static struct error *take_dynamic(struct elf_needed *needed, Elf *elf, const char *path)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	Elf_Data *data;
	GElf_Dyn dyn;

	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header))
			return damaged(path);
		if (header.sh_type != SHT_DYNAMIC)
			continue;
		data = elf_getdata(section, NULL);
		if (!data)
			return damaged(path);
		for (int i = 0; gelf_getdyn(data, i, &dyn) && dyn.d_tag != DT_NULL; i++)
			TRY(take_entry(needed, elf, path, header.sh_link, &dyn));
	}
	return NULL;
}

static struct error *take_interpreter(struct elf_needed *needed, Elf *elf, const char *path, int fd)
{
	char text[256];
	GElf_Phdr header;
	size_t count;

	if (elf_getphdrnum(elf, &count))
		return damaged(path);
	for (size_t i = 0; i < count; i++) {
		if (!gelf_getphdr(elf, (int)i, &header))
			return damaged(path);
		if (header.p_type != PT_INTERP)
			continue;
		if (!header.p_filesz || header.p_filesz > sizeof(text) ||
		    pread(fd, text, header.p_filesz, (off_t)header.p_offset) !=
			    (ssize_t)header.p_filesz ||
		    text[header.p_filesz - 1] || *text != '/')
			return error_create(ERROR_BAD_DATA, "%s: its interpreter is no path", path);
		needed->interpreter = strdup(text);
		return needed->interpreter ? NULL : error_nomem();
	}
	return NULL;
}

static struct error *take(struct elf_needed *needed, Elf *elf, const char *path, int fd)
{
	GElf_Ehdr header;

	if (elf_kind(elf) != ELF_K_ELF)
		return error_create(ERROR_NOT_MINE, "%s is no ELF file", path);
	if (!gelf_getehdr(elf, &header))
		return damaged(path);
	needed->elf_class = gelf_getclass(elf);
	needed->machine = header.e_machine;
	TRY(take_interpreter(needed, elf, path, fd));
	return take_dynamic(needed, elf, path);
}

struct error *elf_needed_read(const char *path, struct elf_needed *ret)
{
	struct elf_needed needed = { 0 };
	struct error *err;
	Elf *elf;
	int fd;

	elf_version(EV_CURRENT);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_os(errno, "%s", path);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	err = elf ? take(&needed, elf, path, fd) : damaged(path);
	elf_end(elf);
	close(fd);
	if (err)
		elf_needed_deinit(&needed);
	else
		*ret = needed;
	return err;
}

void elf_needed_deinit(struct elf_needed *needed)
{
	for (size_t i = 0; i < needed->count; i++)
		free(needed->names[i]);
	free(needed->names);
	free(needed->interpreter);
	free(needed->run_path);
	*needed = (struct elf_needed){ 0 };
}
