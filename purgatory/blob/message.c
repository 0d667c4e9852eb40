// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages: made whole first, so that each device gets all of it. */
#include "blob.h"

static void message_character(struct message *message, char c)
{
	if (message->length + 1 < sizeof(message->text))
		message->text[message->length++] = c;
}

void message_text(struct message *message, const char *text)
{
	for (; *text; text++)
		message_character(message, *text);
}

void message_number(struct message *message, uint64_t number)
{
	char digits[20];
	size_t count = 0;

	do {
		digits[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	while (count)
		message_character(message, digits[--count]);
}

static char hex_digit(uint64_t number)
{
	return "0123456789abcdef"[number & 15];
}

void message_hex(struct message *message, uint64_t number)
{
	unsigned int shift = 60;

	message_text(message, "0x");
	while (shift && !(number >> shift))
		shift -= 4;
	for (;; shift -= 4) {
		message_character(message, hex_digit(number >> shift));
		if (!shift)
			break;
	}
}

void message_digest(struct message *message, const uint8_t digest[32])
{
	for (size_t i = 0; i < 32; i++) {
		message_character(message, hex_digit(digest[i] >> 4));
		message_character(message, hex_digit(digest[i]));
	}
}

void message_start(struct message *message)
{
	message->length = 0;
	message_text(message, "kx-crash purgatory: ");
}

void message_halt(struct message *message)
{
	message_text(message, "Halted.\n");
	message->text[message->length] = 0;
	console_write(message->text);
	purgatory_halt();
}
