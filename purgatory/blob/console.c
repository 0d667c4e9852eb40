// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where messages go: an 8250 or its descendants on x86's ports, and the VGA text screen. A device
 * that is not there, or is stuck, costs a bounded time.
 */
#include "blob.h"

#define UART_DATA      0
#define UART_DIVISOR_0 0
#define UART_DIVISOR_1 1
#define UART_FIFO      2
#define UART_LINE      3
#define UART_MODEM     4
#define UART_STATUS    5

#define LINE_DIVISOR	0x80 /* registers 0 and 1 are the divisor's */
#define LINE_8N1	0x03
#define MODEM_READY	0x03 /* DTR, RTS */
#define FIFO_ON		0x07 /* and emptied */
#define STATUS_CAN_SEND 0x20
#define DIVISOR_115200	1

/* A character takes 1/30 s at 300 baud; a port is read in a microsecond or so. */
#define UART_TRIES (1u << 18)

#define VGA_TEXT	 0xb8000ul
#define VGA_ROWS	 25
#define VGA_COLUMNS	 80
#define VGA_WHITE_ON_RED 0x4f00

static uint16_t uart;		 /* 0: none */
static volatile int vga_allowed; /* a fault handler reads it, too */

static void out(uint16_t index, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"((uint16_t)(uart + index)));
}

static uint8_t in(uint16_t index)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"((uint16_t)(uart + index)));
	return value;
}

/*
 * Leaves the speed alone that the firmware, the boot loader or the old kernel chose. A UART that
 * nobody has programmed has the line control of its reset, or no speed.
 */
static void uart_init(void)
{
	uint8_t line = in(UART_LINE);
	uint16_t divisor;

	out(UART_LINE, line | LINE_DIVISOR);
	divisor = (uint16_t)(in(UART_DIVISOR_0) | in(UART_DIVISOR_1) << 8);
	if ((line & ~LINE_DIVISOR) && divisor) {
		/* The old kernel may have died in the midst of setting the divisor. */
		out(UART_LINE, line & (uint8_t)~LINE_DIVISOR);
		return;
	}
	out(UART_DIVISOR_0, DIVISOR_115200);
	out(UART_DIVISOR_1, 0);
	out(UART_LINE, LINE_8N1);
	out(UART_FIFO, FIFO_ON);
	out(UART_MODEM, MODEM_READY);
}

void console_set(uint16_t serial_port, int vga)
{
	vga_allowed = vga;
	uart = serial_port;
	/* Nothing answers there: the bus reads as ones. */
	if (uart && in(UART_STATUS) == 0xff)
		uart = 0;
	if (uart)
		uart_init();
}

static void uart_put(char c)
{
	for (unsigned int i = 0; uart && !(in(UART_STATUS)&STATUS_CAN_SEND); i++) {
		if (i == UART_TRIES)
			uart = 0;
	}
	if (uart)
		out(UART_DATA, (uint8_t)c);
}

static void uart_write(const char *text)
{
	for (; uart && *text; text++) {
		if (*text == '\n')
			uart_put('\r');
		uart_put(*text);
	}
}

/* From the top of the screen; each line is blank behind its text. */
static void vga_write(const char *text)
{
	volatile uint16_t *screen = (volatile uint16_t *)VGA_TEXT;

	for (size_t row = 0; row < VGA_ROWS && *text; row++) {
		for (size_t column = 0; column < VGA_COLUMNS; column++) {
			char c = *text && *text != '\n' ? *text++ : ' ';

			screen[row * VGA_COLUMNS + column] = VGA_WHITE_ON_RED | (uint8_t)c;
		}
		if (*text == '\n')
			text++;
	}
}

void console_write(const char *text)
{
	uart_write(text);
	if (!vga_allowed)
		return;
	/* If nothing is mapped there, the fault's message must not go there too. */
	vga_allowed = 0;
	vga_write(text);
	vga_allowed = 1;
}
