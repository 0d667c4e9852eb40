// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a fuzz target over every file of its corpus, and over each file cut short and with bytes
 * turned over, so that even a build without libFuzzer meets some damage.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Always through a block of its exact size, so that a sanitizer sees any overrun. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = calloc(1, size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void replay(uint8_t *data, size_t size)
{
	size_t step = size / 64 + 1;

	run(data, size);
	for (size_t i = 0; i < size; i += step) {
		uint8_t was = data[i];

		run(data, i);
		data[i] = (uint8_t)~was;
		run(data, size);
		data[i] = was;
	}
}

static int replay_file(const char *path)
{
	static uint8_t data[1 << 20];
	FILE *f = fopen(path, "rb");
	size_t size;

	if (!f) {
		perror(path);
		return 1;
	}
	size = fread(data, 1, sizeof(data), f);
	fclose(f);
	replay(data, size);
	return 0;
}

int main(int argc, char **argv)
{
	int failed = 0;
	unsigned int files = 0;

	run((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);
		struct dirent *entry;

		if (!dir) {
			failed |= replay_file(argv[i]);
			files++;
			continue;
		}
		while ((entry = readdir(dir))) {
			char path[4096];

			if (entry->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", argv[i], entry->d_name);
			failed |= replay_file(path);
			files++;
		}
		closedir(dir);
	}
	printf("%u inputs replayed\n", files);
	return failed;
}
