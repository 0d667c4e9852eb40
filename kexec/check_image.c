// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks: the files to load. */
#include "kexec/check.h"

#include <string.h>

static void kernel_image(const struct check_input *in, struct check_result *ret)
{
	const struct kernel_image *image = in->image;

	if (!image) {
		check_say(ret, CHECK_FAILED, "%s",
			  in->image_error ? in->image_error->message : "no kernel image was found");
		check_advise(ret, "Name one with --kernel: a bzImage (vmlinuz), a vmlinux or a "
				  "unified kernel image");
		return;
	}
	if (in->call == CALL_KEXEC_FILE_LOAD && !image->file_load) {
		check_say(ret, CHECK_FAILED, "%s is a %s, which kexec_file_load does not take",
			  in->kernel_path, image->ops->name);
		check_advise(ret, "Use --syscall load, or a bzImage");
		return;
	}
	/* Any ELF program looks like a vmlinux; but each kernel has its version in it. */
	if (!image->release[0] && !strcmp(image->ops->name, "vmlinux")) {
		check_say(ret, CHECK_FAILED, "%s is an ELF program, but no kernel",
			  in->kernel_path);
		check_advise(ret, "Name a bzImage (vmlinuz) or a vmlinux with --kernel");
		return;
	}
	check_say(ret, CHECK_OK, "%s: %s %s", in->kernel_path, image->ops->name, image->release);
	if (in->crash && !image->relocatable) {
		check_say(ret, CHECK_WARNING,
			  "%s is not relocatable: it runs at 0x%llx alone, wherever the crash "
			  "region is",
			  in->kernel_path, (unsigned long long)image->preferred);
		check_advise(ret, "Use a kernel built with CONFIG_RELOCATABLE");
	}
}
const struct check kernel_image_check = { "kernel_image",
					  "is the kernel image one that can be "
					  "loaded",
					  kernel_image };

static void architecture(const struct check_input *in, struct check_result *ret)
{
	if (!in->image) {
		check_say(ret, CHECK_SKIPPED, "there is no kernel image");
	} else if (in->image->elf_machine != in->machine->elf_machine) {
		check_say(ret, CHECK_FAILED, "the image is for ELF machine %u, this one is %u (%s)",
			  in->image->elf_machine, in->machine->elf_machine, in->machine->machine);
		check_advise(ret, "Use a kernel of this machine's architecture");
	} else {
		check_say(ret, CHECK_OK, "%s", in->machine->machine);
	}
}
const struct check architecture_check = { "architecture", "is the image of this architecture",
					  architecture };

static void five_level(const struct check_input *in, struct check_result *ret)
{
	if (!in->image) {
		check_say(ret, CHECK_SKIPPED, "there is no kernel image");
	} else if (in->machine->la57 && !in->image->takes_5level) {
		check_say(ret, CHECK_FAILED,
			  "this kernel runs with 5-level page tables, and the image cannot be "
			  "entered with them");
		check_advise(ret, "Use an image built with CONFIG_X86_5LEVEL, or boot with no5lvl");
	} else {
		check_say(ret, CHECK_OK, "%d-level page tables", in->machine->la57 ? 5 : 4);
	}
}
const struct check five_level_check = { "five_level",
					"can the image be entered with these page "
					"tables",
					five_level };

static void signature(const struct check_input *in, struct check_result *ret)
{
	const struct machine *machine = in->machine;
	bool wanted = machine->signature_required || machine->secure_boot ||
		      machine->lockdown > LOCKDOWN_NONE;

	if (!in->image || in->call != CALL_KEXEC_FILE_LOAD) {
		check_say(ret, CHECK_SKIPPED, "kexec_load verifies none");
	} else if (in->image->has_signature) {
		check_say(ret, CHECK_OK, "the image carries a signature%s",
			  wanted ? ", which the kernel will verify" : "");
	} else if (wanted) {
		check_say(ret, CHECK_FAILED,
			  "the kernel wants a signed image, and this one carries no signature");
		check_advise(ret, "Use the distribution's signed kernel, or sign yours (sbsign)");
	} else {
		check_say(ret, CHECK_OK, "none, and the kernel wants none");
	}
}
const struct check signature_check = { "signature", "is the image signed where it must be",
				       signature };

/* The compressions of lib/decompress.c in the kernel, and cpio itself. */
static bool is_initramfs(const uint8_t *data, size_t size)
{
	static const struct {
		const char *bytes;
		size_t size;
	} magics[] = {
		{ "070701", 6 },	   { "070702", 6 },  { "\x1f\x8b", 2 },
		{ "\x1f\x9e", 2 },	   { "BZh", 3 },     { "\x5d\x00\x00", 3 },
		{ "\xfd\x37zXZ", 5 },	   { "\x89LZO", 4 }, { "\x02\x21\x4c\x18", 4 },
		{ "\x28\xb5\x2f\xfd", 4 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
		if (size >= magics[i].size && !memcmp(data, magics[i].bytes, magics[i].size))
			return true;
	}
	return false;
}

static void initrd(const struct check_input *in, struct check_result *ret)
{
	const char *path = in->initrd_path ? in->initrd_path : in->kernel_path;

	if (in->no_initrd && in->image && in->image->initrd) {
		check_say(ret, CHECK_FAILED, "%s brings its own initramfs, which is always loaded",
			  in->kernel_path);
		check_advise(ret, "Leave --no-initrd out");
	} else if (in->initrd_error) {
		check_say(ret, CHECK_FAILED, "%s", in->initrd_error->message);
		check_advise(ret, "Name one with --initrd, or say --no-initrd");
	} else if (!in->initrd) {
		check_say(ret, CHECK_WARNING,
			  "no initramfs: the kernel finds what it has built in");
		check_advise(ret, "A capture kernel saves the dump from an initramfs, as a rule: "
				  "name one with --initrd");
	} else if (!is_initramfs(in->initrd, in->initrd_size)) {
		check_say(ret, CHECK_FAILED,
			  "%s is no initramfs: neither cpio nor compressed as a kernel knows it",
			  path);
		check_advise(ret, "Build it anew (update-initramfs, dracut, mkinitcpio)");
	} else if (in->measure_error) {
		check_say(ret, CHECK_WARNING, "%s: %s", path, in->measure_error->message);
		check_advise(ret, "If it is damaged, the kernel will panic: build it anew "
				  "(update-initramfs, dracut, mkinitcpio)");
	} else {
		check_say(ret, CHECK_OK, "%s, %zu KiB", path, in->initrd_size >> 10);
	}
}
const struct check initrd_check = { "initrd", "is the initramfs one", initrd };
