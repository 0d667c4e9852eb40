/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types and objects that tests of expressions and of their looks share. */
#ifndef SUPPORT_SHAPES_H
#define SUPPORT_SHAPES_H

#include "support/fake_kernel.h"

/*
 *	enum color { RED, GREEN, BLUE = 7, MINUS = -1 };
 *	typedef unsigned char u8;
 *	struct list_head { struct list_head *next, *prev; };
 *	struct shape {
 *		int id;                   // 0
 *		unsigned int low : 3;     // 4
 *		int high : 5;             // 4, bit 3
 *		bool round;               // 5
 *		char name[10];            // 6
 *		union {
 *			unsigned long area;   // 16
 *			u8 bytes[4];          // 16
 *		};
 *		struct shape *next;       // 24
 *		struct list_head list;    // 32
 *		enum color color;         // 48
 *		short corners[4];         // 52
 *		const char *title;        // 64
 *		void (*draw)(void);       // 72
 *		unsigned __int128 wide;   // 80
 *		int rest[];               // 96
 *	};
 *	struct counter { long hits; };       // per-CPU variable "counters"
 *	struct list_node;  (declared only)
 *
 * Objects: "square" at 0x1000 and another shape at 0x1100 (next of square); "shapes" is a list_head
 * at 0x1200 that holds both; "counters" per CPU at 0x4000 + cpu * 0x1000; "untyped" at 0x1300;
 * "draw_square" is a function at 0x9000.
 */
#define SQUARE 0x1000
#define ROUND  0x1100
#define SHAPES 0x1200

void shapes_init(struct fake_kernel *kernel);

#endif
