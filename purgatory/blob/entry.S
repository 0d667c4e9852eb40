/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In: from the old kernel, 64-bit, an identity map, no stack. Out: to the new kernel as the 64-bit
 * boot protocol wants it (Documentation/arch/x86/boot.rst of Linux). CR3 and CR4 stay as they are,
 * so 4- and 5-level paging are the same here.
 */
#include "purgatory_abi.h"
#include "blob.h"

	/* For the linker script. */
	.globl	purgatory_parameters_offset, purgatory_memory, purgatory_stack_size
	.hidden	purgatory_parameters_offset, purgatory_memory, purgatory_stack_size
	.set	purgatory_parameters_offset, PURGATORY_PARAMETERS
	.set	purgatory_memory, PURGATORY_MEMORY
	.set	purgatory_stack_size, PURGATORY_STACK_SIZE

	.section .head, "awx", @progbits
	.globl	purgatory_start
	.hidden	purgatory_start
purgatory_start:
	jmp	begin

	.text
begin:
	cli
	cld
	leaq	purgatory_start+PURGATORY_MEMORY(%rip), %rsp
	leaq	gdt(%rip), %rax
	movq	%rax, gdt_register+2(%rip)
	lgdt	gdt_register(%rip)
	movl	$PURGATORY_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	pushq	$PURGATORY_CS
	leaq	1f(%rip), %rax
	pushq	%rax
	lretq
1:
	call	fault_init
	leaq	fault_gates(%rip), %rax
	movq	%rax, idt_register+2(%rip)
	lidt	idt_register(%rip)
	call	purgatory_main

	/* All general registers but rsi and rsp are zero when the kernel gets them. */
	pushq	purgatory_parameters+PURGATORY_ENTRY(%rip)
	movq	purgatory_parameters+PURGATORY_BOOT_PARAMS(%rip), %rsi
	xorl	%eax, %eax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	ret

	.globl	purgatory_halt
	.hidden	purgatory_halt
purgatory_halt:
	cli
1:	hlt
	jmp	1b

	/* The kernel's own selectors: flat 64-bit code and data. The accessed bit is set already. */
	.data
	.balign	16
gdt:
	.quad	0, 0
	.quad	0x00af9b000000ffff
	.quad	0x00cf93000000ffff
gdt_end:
gdt_register:
	.word	gdt_end - gdt - 1
	.quad	0

idt_register:
	.word	FAULT_VECTORS * FAULT_GATE_SIZE - 1
	.quad	0

	.section .note.GNU-stack, "", @progbits
