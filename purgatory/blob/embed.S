/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flat blob as data of the program that loads it; empty where the target has none. */
	.section .rodata
	.globl	purgatory_blob, purgatory_blob_end
	.balign	64
purgatory_blob:
#ifdef PURGATORY_BIN
	.incbin	PURGATORY_BIN
#endif
purgatory_blob_end:

	.section .note.GNU-stack, "", %progbits
