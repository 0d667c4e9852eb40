// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/purgatory_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "purgatory/sha256.h"

#define PAGE	     0x1000ull
#define TABLES	     0x300000ull
#define TABLES_SIZE  0x100000ull
#define PRESENT	     1
#define WRITABLE     2
#define TIMEOUT	     (60 * UC_SECOND_SCALE)
#define MAX_FAULTS   4
#define PAGE_FAULT   14
#define RFLAGS_START 0x602 /* interrupts and the direction flag are on */

#define ok(call) assert_int_equal(call, UC_ERR_OK)

static uint64_t table_entry(const struct purgatory_machine *machine, uint64_t at)
{
	uint64_t entry;

	ok(uc_mem_read(machine->uc, at, &entry, sizeof(entry)));
	return entry;
}

static void identity_map(struct purgatory_machine *machine, uint64_t page)
{
	uint64_t table = TABLES, entry;

	for (unsigned int level = machine->levels; level > 1; level--) {
		uint64_t at = table + 8 * (page >> (12 + 9 * (level - 1)) & 511);

		table = table_entry(machine, at) & ~(PAGE - 1);
		if (table)
			continue;
		assert_true(machine->next_table < TABLES + TABLES_SIZE);
		table = machine->next_table;
		machine->next_table += PAGE;
		entry = table | PRESENT | WRITABLE;
		ok(uc_mem_write(machine->uc, at, &entry, sizeof(entry)));
	}
	entry = page | PRESENT | WRITABLE;
	ok(uc_mem_write(machine->uc, table + 8 * (page >> 12 & 511), &entry, sizeof(entry)));
}

void purgatory_machine_memory(struct purgatory_machine *machine, uint64_t address, const void *data,
			      size_t size)
{
	uint64_t first = address & ~(PAGE - 1);

	for (uint64_t page = first; page < address + size; page += PAGE) {
		uint8_t byte;

		if (uc_mem_read(machine->uc, page, &byte, 1) == UC_ERR_OK)
			continue;
		ok(uc_mem_map(machine->uc, page, PAGE, UC_PROT_ALL));
		identity_map(machine, page);
	}
	if (data)
		ok(uc_mem_write(machine->uc, address, data, size));
}

void purgatory_machine_writable(struct purgatory_machine *machine, uint64_t start, uint64_t size)
{
	assert_true(machine->nr_writable < 4);
	machine->writable[machine->nr_writable].start = start;
	machine->writable[machine->nr_writable++].size = size;
}

void purgatory_machine_region(struct purgatory_machine *machine, uint64_t address, size_t size)
{
	struct purgatory_parameters *p = &machine->parameters;
	uint8_t *data = malloc(size + 1);

	assert_non_null(data);
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)rand();
	purgatory_machine_memory(machine, address, data, size);
	free(data);
	assert_true(p->nr_regions < PURGATORY_MAX_REGIONS);
	p->regions[p->nr_regions].start = address;
	p->regions[p->nr_regions++].size = size;
}

void purgatory_machine_digest(struct purgatory_machine *machine)
{
	struct purgatory_parameters *p = &machine->parameters;
	struct sha256 sha;

	sha256_init(&sha);
	for (uint64_t i = 0; i < p->nr_regions; i++) {
		size_t size = p->regions[i].size;
		uint8_t *data = malloc(size + 1);

		assert_non_null(data);
		if (size)
			purgatory_machine_read(machine, p->regions[i].start, data, size);
		sha256_update(&sha, data, size);
		free(data);
	}
	sha256_final(&sha, p->digest);
}

static void wrote(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
		  void *context)
{
	struct purgatory_machine *machine = context;

	for (size_t i = 0; i < machine->nr_writable; i++) {
		if (address >= machine->writable[i].start &&
		    address - machine->writable[i].start + (uint64_t)size <=
			    machine->writable[i].size)
			return;
	}
	machine->wrote_elsewhere = true;
	machine->elsewhere = address;
}

static void counted(uc_engine *uc, uint64_t address, uint32_t size, void *context)
{
	struct purgatory_machine *machine = context;

	if (machine->inject_at && !--machine->inject_at)
		uc_emu_stop(uc);
}

static void interrupted(uc_engine *uc, uint32_t vector, void *context)
{
	struct purgatory_machine *machine = context;

	machine->faults++;
	machine->vector = vector;
	machine->code = 0; /* unicorn does not tell */
	uc_emu_stop(uc);
}

static void register_set(struct purgatory_machine *machine, int id, uint64_t value)
{
	ok(uc_reg_write(machine->uc, id, &value));
}

/* Memory that is not there is not mapped either, as the kernel maps only what there is. */
static bool unmapped(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
		     void *context)
{
	struct purgatory_machine *machine = context;

	machine->faults++;
	machine->vector = PAGE_FAULT;
	machine->code = type == UC_MEM_WRITE_UNMAPPED ? 2 : type == UC_MEM_FETCH_UNMAPPED ? 16 : 0;
	register_set(machine, UC_X86_REG_CR2, address);
	return false;
}

static void long_mode(struct purgatory_machine *machine)
{
	uc_x86_msr efer = { .rid = 0xc0000080, .value = 0x500 }; /* LME, LMA */

	ok(uc_reg_write(machine->uc, UC_X86_REG_MSR, &efer));
	/* PAE, and LA57 with five levels: the rest is off, as machine_kexec() of Linux has it. */
	register_set(machine, UC_X86_REG_CR4, 0x20 | (machine->levels == 5 ? 0x1000 : 0));
	register_set(machine, UC_X86_REG_CR3, TABLES);
	register_set(machine, UC_X86_REG_CR0, 0x80010011); /* PG, WP, ET, PE */
}

void purgatory_machine_init(struct purgatory_machine *machine, uint64_t base, unsigned int levels)
{
	static uint8_t rubbish[PURGATORY_MEMORY];
	uc_hook hook;

	memset(machine, 0, sizeof(*machine));
	machine->base = base;
	machine->levels = levels;
	machine->next_table = TABLES + PAGE;
	machine->uart_port = MACHINE_COM1;
	machine->uart_line = 0x03;
	machine->uart_divisor = 12; /* 9600 */
	machine->parameters = (struct purgatory_parameters){
		.magic = PURGATORY_MAGIC,
		.entry = 0x40000200,
		.boot_params = 0x50001000,
		.serial_port = MACHINE_COM1,
	};
	ok(uc_open(UC_ARCH_X86, UC_MODE_64, &machine->uc));
	if (levels == 5)
		ok(uc_ctl_set_cpu_model(machine->uc, UC_CPU_X86_ICELAKE_SERVER));
	ok(uc_mem_map(machine->uc, TABLES, TABLES_SIZE, UC_PROT_ALL));
	long_mode(machine);
	/* Its memory is zero behind the blob, but it is not to count on that. */
	memset(rubbish, 0xa5, sizeof(rubbish));
	purgatory_machine_memory(machine, base, rubbish, sizeof(rubbish));
	purgatory_machine_memory(machine, 0x40000000, NULL, PAGE);
	purgatory_machine_writable(machine, base, PURGATORY_MEMORY);
	purgatory_machine_devices(machine);
	ok(uc_hook_add(machine->uc, &hook, UC_HOOK_MEM_WRITE, (void *)wrote, machine, 1, 0));
	ok(uc_hook_add(machine->uc, &hook, UC_HOOK_MEM_UNMAPPED, (void *)unmapped, machine, 1, 0));
	ok(uc_hook_add(machine->uc, &hook, UC_HOOK_INTR, (void *)interrupted, machine, 1, 0));
}

void purgatory_machine_deinit(struct purgatory_machine *machine)
{
	uc_close(machine->uc);
}

static void registers_set(struct purgatory_machine *machine)
{
	static const int registers[] = {
		UC_X86_REG_RAX, UC_X86_REG_RBX, UC_X86_REG_RCX, UC_X86_REG_RDX, UC_X86_REG_RSI,
		UC_X86_REG_RDI, UC_X86_REG_RBP, UC_X86_REG_R8,	UC_X86_REG_R9,	UC_X86_REG_R10,
		UC_X86_REG_R11, UC_X86_REG_R12, UC_X86_REG_R13, UC_X86_REG_R14, UC_X86_REG_R15,
	};

	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		register_set(machine, registers[i], 0x0123456789abcdef + i);
	register_set(machine, UC_X86_REG_RSP, 0);
	register_set(machine, UC_X86_REG_EFLAGS, RFLAGS_START);
}

/* What the processor does on an exception (Intel SDM 3, 6.14.2), which unicorn leaves to us. */
static bool deliver(struct purgatory_machine *machine)
{
	static const uint32_t with_code =
		1u << 8 | 0xfu << 10 | 1u << 14 | 1u << 17 | 1u << 21 | 3u << 29;
	uint64_t rsp = purgatory_machine_register(machine, UC_X86_REG_RSP);
	uint64_t frame[6] = {
		machine->code,
		purgatory_machine_register(machine, UC_X86_REG_RIP),
		purgatory_machine_register(machine, UC_X86_REG_CS),
		purgatory_machine_register(machine, UC_X86_REG_EFLAGS),
		rsp,
		purgatory_machine_register(machine, UC_X86_REG_SS),
	};
	size_t skip = with_code >> machine->vector & 1 ? 0 : 1;
	size_t size = (6 - skip) * 8;
	uc_x86_mmr idt;
	uint8_t gate[16];
	uint64_t handler;

	ok(uc_reg_read(machine->uc, UC_X86_REG_IDTR, &idt));
	if (machine->vector * 16 + 15 > idt.limit ||
	    uc_mem_read(machine->uc, idt.base + machine->vector * 16, gate, 16) != UC_ERR_OK ||
	    (gate[5] & 0x9f) != 0x8e || gate[2] != 0x10)
		return false;
	handler = gate[0] | (uint64_t)gate[1] << 8 | (uint64_t)gate[6] << 16 |
		  (uint64_t)gate[7] << 24;
	for (unsigned int i = 0; i < 4; i++)
		handler |= (uint64_t)gate[8 + i] << (32 + 8 * i);
	rsp = (rsp & ~15ull) - size;
	if (uc_mem_write(machine->uc, rsp, frame + skip, size) != UC_ERR_OK)
		return false;
	register_set(machine, UC_X86_REG_RSP, rsp);
	register_set(machine, UC_X86_REG_RIP, handler);
	return true;
}

static bool halted(const struct purgatory_machine *machine)
{
	uint64_t rip = purgatory_machine_register(machine, UC_X86_REG_RIP);
	uint8_t byte;

	if (rip <= machine->base || rip > machine->base + PURGATORY_MEMORY ||
	    purgatory_machine_register(machine, UC_X86_REG_EFLAGS) & 0x200)
		return false;
	purgatory_machine_read(machine, rip - 1, &byte, 1);
	return byte == 0xf4;
}

static bool within(const struct purgatory_machine *machine, uint64_t address)
{
	return address >= machine->base && address - machine->base < PURGATORY_MEMORY;
}

/* Runs from @rip until something happens. An entry within purgatory is none. */
static uc_err go(struct purgatory_machine *machine, uint64_t rip)
{
	uint64_t entry = machine->parameters.entry;

	return uc_emu_start(machine->uc, rip, within(machine, entry) ? UINT64_MAX : entry, TIMEOUT,
			    0);
}

/* Wakes it, as an SMI or an NMI would: it has to halt again. */
static bool stays_halted(struct purgatory_machine *machine)
{
	for (unsigned int i = 0; i < 3; i++) {
		uint64_t rip = purgatory_machine_register(machine, UC_X86_REG_RIP);

		if (go(machine, rip) || purgatory_machine_register(machine, UC_X86_REG_RIP) != rip)
			return false;
	}
	return true;
}

enum machine_outcome purgatory_machine_run(struct purgatory_machine *machine)
{
	uint64_t rip = machine->base;
	unsigned int faults;
	uc_hook hook;

	ok(uc_mem_write(machine->uc, machine->base, purgatory_blob,
			(size_t)(purgatory_blob_end - purgatory_blob)));
	ok(uc_mem_write(machine->uc, machine->base + PURGATORY_PARAMETERS, &machine->parameters,
			sizeof(machine->parameters)));
	registers_set(machine);
	if (machine->inject_at) {
		/* uc_emu_start()'s own count of instructions costs a second. */
		ok(uc_hook_add(machine->uc, &hook, UC_HOOK_CODE, (void *)counted, machine, 1, 0));
		ok(go(machine, rip));
		ok(uc_hook_del(machine->uc, hook));
		machine->vector = machine->inject_vector;
		if (!deliver(machine))
			return MACHINE_LOST;
		rip = purgatory_machine_register(machine, UC_X86_REG_RIP);
	}
	do {
		faults = machine->faults;
		go(machine, rip);
		rip = purgatory_machine_register(machine, UC_X86_REG_RIP);
		if (rip == machine->parameters.entry && !within(machine, rip))
			return MACHINE_ENTERED;
		if (machine->faults == faults)
			return halted(machine) && stays_halted(machine) ? MACHINE_HALTED
									: MACHINE_LOST;
		if (machine->faults > MAX_FAULTS || !deliver(machine))
			return MACHINE_LOST;
		rip = purgatory_machine_register(machine, UC_X86_REG_RIP);
	} while (true);
}

void purgatory_machine_read(const struct purgatory_machine *machine, uint64_t address, void *data,
			    size_t size)
{
	ok(uc_mem_read(machine->uc, address, data, size));
}

uint64_t purgatory_machine_register(const struct purgatory_machine *machine, int id)
{
	uint64_t value = 0;

	ok(uc_reg_read(machine->uc, id, &value));
	return value;
}
