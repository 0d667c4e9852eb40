/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the processor enters on an exception: fault_report(vector, code, rip, cr2). */
#include "blob.h"

	.text
	.globl	fault_stubs
	.hidden	fault_stubs
	.balign	FAULT_STUB_SIZE
fault_stubs:
	.set	vector, 0
	.rept	FAULT_VECTORS
	.balign	FAULT_STUB_SIZE
	/* The processor itself pushes a code for these. */
	.if	vector != 8 && vector != 10 && vector != 11 && vector != 12 && vector != 13 && \
		vector != 14 && vector != 17 && vector != 21 && vector != 29 && vector != 30
	pushq	$0
	.endif
	pushq	$vector
	jmp	common
	.set	vector, vector + 1
	.endr

common:
	cld
	popq	%rdi
	popq	%rsi
	movq	(%rsp), %rdx
	movq	%cr2, %rcx
	andq	$-16, %rsp
	call	fault_report

	/* A watchdog's, or that of whoever wanted this dump: the work goes on. */
	.globl	fault_nmi
	.hidden	fault_nmi
fault_nmi:
	iretq

	.section .note.GNU-stack, "", @progbits
