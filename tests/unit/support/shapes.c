// SPDX-License-Identifier: GPL-2.0-or-later
/* Types and objects that tests of expressions and of their looks share. */
#include "support/shapes.h"

static void write_types(struct fake_btf *btf)
{
	uint32_t t_int = fake_int(btf, "int", 4, FAKE_SIGNED);
	uint32_t t_uint = fake_int(btf, "unsigned int", 4, 0);
	uint32_t t_ulong = fake_int(btf, "unsigned long", 8, 0);
	uint32_t t_long = fake_int(btf, "long", 8, FAKE_SIGNED);
	uint32_t t_char = fake_int(btf, "char", 1, FAKE_SIGNED);
	uint32_t t_uchar = fake_int(btf, "unsigned char", 1, 0);
	uint32_t t_short = fake_int(btf, "short", 2, FAKE_SIGNED);
	uint32_t t_bool = fake_int(btf, "_Bool", 1, FAKE_BOOL);
	uint32_t t_wide = fake_int(btf, "unsigned __int128", 16, 0);
	uint32_t t_u8 = fake_typedef(btf, "u8", t_uchar);
	uint32_t t_string = fake_pointer(btf, fake_const(btf, t_char));
	uint32_t t_draw = fake_function(btf, "draw_square", 0) - 1;
	uint32_t t_color =
		fake_enum(btf, "color", 4, 4,
			  (struct fake_enumerator[]){
				  { "RED", 0 }, { "GREEN", 1 }, { "BLUE", 7 }, { "MINUS", -1 } });
	/* A struct's pointer to itself: the pointer comes first, the struct has the next id but
	 * one. */
	uint32_t t_list_pointer = fake_pointer(btf, btf->nr_types + 2);
	uint32_t t_list = fake_struct(btf, "list_head", 16, 2,
				      (struct fake_member[]){ { "next", t_list_pointer, 0, 0 },
							      { "prev", t_list_pointer, 64, 0 } });
	uint32_t t_bytes = fake_array(btf, t_u8, 4);
	uint32_t t_union = fake_union(
		btf, NULL, 8, 2,
		(struct fake_member[]){ { "area", t_ulong, 0, 0 }, { "bytes", t_bytes, 0, 0 } });
	uint32_t t_name = fake_array(btf, t_char, 10), t_corners = fake_array(btf, t_short, 4);
	uint32_t t_rest = fake_array(btf, t_int, 0), t_fn = fake_pointer(btf, t_draw);
	uint32_t t_next = fake_pointer(btf, btf->nr_types + 2);
	uint32_t t_shape = fake_struct(btf, "shape", 96, 14,
				       (struct fake_member[]){ { "id", t_int, 0, 0 },
							       { "low", t_uint, 32, 3 },
							       { "high", t_int, 35, 5 },
							       { "round", t_bool, 40, 0 },
							       { "name", t_name, 48, 0 },
							       { NULL, t_union, 128, 0 },
							       { "next", t_next, 192, 0 },
							       { "list", t_list, 256, 0 },
							       { "color", t_color, 384, 0 },
							       { "corners", t_corners, 416, 0 },
							       { "title", t_string, 512, 0 },
							       { "draw", t_fn, 576, 0 },
							       { "wide", t_wide, 640, 0 },
							       { "rest", t_rest, 768, 0 } });
	uint32_t t_counter = fake_struct(btf, "counter", 8, 1,
					 (struct fake_member[]){ { "hits", t_long, 0, 0 } });

	fake_forward(btf, "list_node");
	fake_variable(btf, "square", t_shape);
	fake_variable(btf, "shapes", t_list);
	fake_variable(btf, "counters", t_counter);
}

static void write_objects(struct fake_kernel *k)
{
	fake_memory(k, 0x1000, 0x1000);
	for (uint64_t cpu = 0; cpu < 4; cpu++) {
		fake_memory(k, 0x4000 + cpu * 0x1000, 0x1000);
		fake_put(k, 0x4000 + cpu * 0x1000, 100 + cpu, 8);
	}
	fake_put(k, SQUARE, (uint32_t)-5, 4);
	/* low = 5, high = -2: 0b11110 from bit 3. */
	fake_put(k, SQUARE + 4, 5 | 0x1e << 3, 1);
	fake_put(k, SQUARE + 5, 1, 1);
	fake_put_bytes(k, SQUARE + 6, "square", 7);
	fake_put(k, SQUARE + 16, 0x0807060504030201, 8);
	fake_put(k, SQUARE + 24, ROUND, 8);
	fake_put(k, SQUARE + 32, ROUND + 32, 8);
	fake_put(k, SQUARE + 40, SHAPES, 8);
	fake_put(k, SQUARE + 48, 7, 4);
	fake_put(k, SQUARE + 52, 0x0004000300020001, 8);
	fake_put(k, SQUARE + 64, 0x1400, 8);
	fake_put_bytes(k, 0x1400, "a \"title\"\n", 11);
	fake_put(k, SQUARE + 72, 0x9000, 8);
	fake_put(k, SQUARE + 80, 0x1122334455667788, 8);
	fake_put(k, SQUARE + 88, 0xab, 8);
	fake_put(k, SQUARE + 96, 41, 4);
	fake_put(k, SQUARE + 100, 42, 4);
	fake_put(k, ROUND, 9, 4);
	fake_put(k, ROUND + 32, SHAPES, 8);
	fake_put(k, ROUND + 40, SQUARE + 32, 8);
	fake_put(k, SHAPES, SQUARE + 32, 8);
	fake_put(k, SHAPES + 8, ROUND + 32, 8);
	fake_put(k, 0x1300, 0x55, 8);
}

void shapes_init(struct fake_kernel *k)
{
	*k = (struct fake_kernel){ 0 };
	write_types(&k->btf);
	fake_kernel_init(k);
	write_objects(k);
	fake_symbol(k, "square", SQUARE, 0);
	fake_symbol(k, "shapes", SHAPES, 0);
	fake_symbol(k, "untyped", 0x1300, 0);
	fake_symbol(k, "draw_square", 0x9000, 0);
	fake_symbol(k, "counters", 0x4000, 0x1000);
}
