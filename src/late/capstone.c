// SPDX-License-Identifier: GPL-2.0-or-later
/* Capstone: disassembly. */
#include "late/late.h"

#include <capstone/capstone.h>

static struct late_library library = { .soname = CAPSTONE_SONAME };

LATE(library, cs_err, cs_open, (cs_arch arch, cs_mode mode, csh *handle), (arch, mode, handle),
     CS_ERR_ARCH)
LATE(library, cs_err, cs_close, (csh * handle), (handle), CS_ERR_HANDLE)
LATE(library, cs_err, cs_option, (csh handle, cs_opt_type type, size_t value),
     (handle, type, value), CS_ERR_HANDLE)
LATE(library, cs_insn *, cs_malloc, (csh handle), (handle), NULL)
LATE_VOID(library, cs_free, (cs_insn * insn, size_t count), (insn, count))
LATE(library, bool, cs_disasm_iter,
     (csh handle, const uint8_t **code, size_t *size, uint64_t *address, cs_insn *insn),
     (handle, code, size, address, insn), false)
