# SPDX-License-Identifier: GPL-2.0-or-later
"""Where it hurts: the kernel structures that the program follows, found with the program itself."""
import json
import random
import struct
import subprocess

PAGE = 4096

# Members that lead on, or say how many there are; those that a kernel lacks are passed over.
TASK = ['tasks.next', 'tasks.prev', 'thread_node.next', 'thread_group.next', 'children.next',
        'sibling.next', 'signal', 'mm', 'active_mm', 'stack', 'thread.sp', 'pid', 'tgid', 'comm',
        'real_parent', 'parent', 'group_leader', 'thread_pid', '__state', 'state', 'exit_state',
        'on_cpu', 'cpu', 'thread_info.cpu', 'se.cfs_rq', 'sched_class', 'cred', 'real_cred',
        'thread_info.flags', 'flags', 'start_time', 'last_arrival']
MODULE = ['state', 'list.next', 'list.prev', 'name', 'kallsyms', 'core_kallsyms.symtab',
          'core_kallsyms.num_symtab', 'core_kallsyms.strtab', 'core_layout.base',
          'core_layout.size', 'core_layout.text_size', 'init_layout.base', 'btf_data',
          'btf_data_size', 'btf_base_data', 'btf_base_data_size', 'arch.num_orcs',
          'arch.orc_unwind', 'arch.orc_unwind_ip', 'source_list.next', 'target_list.next',
          'refcnt', 'taints', 'sect_attrs', 'mem[0].base', 'mem[0].size', 'mem[1].base',
          'mem[1].size', 'notes_attrs', 'build_id', 'percpu', 'num_trace_events']
SYMBOLS = {
    'modules': 16, 'init_pid_ns': 256, 'runqueues': 64, '__per_cpu_offset': 64, 'nr_cpu_ids': 4,
    '__cpu_online_mask': 32, '__cpu_possible_mask': 32, '__cpu_present_mask': 32, 'prb': 8,
    'printk_rb_static': 120, 'log_buf': 8, 'log_buf_len': 4, 'clear_seq': 32,
    '__printk_rb_static_descs': 4096, '__printk_rb_static_infos': 4096,
    '_printk_rb_static_descs': 4096, '_printk_rb_static_infos': 4096, '__log_buf': 8192,
    'kallsyms_num_syms': 4, 'kallsyms_names': 4096, 'kallsyms_markers': 512,
    'kallsyms_token_table': 1024, 'kallsyms_token_index': 512, 'kallsyms_relative_base': 8,
    'kallsyms_offsets': 4096, 'kallsyms_seqs_of_names': 512, '__start_BTF': 64,
    '__start_orc_unwind': 4096, '__start_orc_unwind_ip': 4096, '__stop_orc_unwind_ip': 8,
    'orc_header': 32, 'lookup_num_blocks': 4, 'vmcoreinfo_data': 8, 'vmcoreinfo_note': 8,
    'init_uts_ns': 400, 'linux_banner': 64, 'swapper_pg_dir': 4096, 'init_top_pgt': 4096,
    'level4_kernel_pgt': 4096, 'level3_kernel_pgt': 4096, 'level2_kernel_pgt': 4096,
    'level1_fixmap_pgt': 4096, 'crash_notes': 8, 'tainted_mask': 8, 'saved_command_line': 8,
    'vmemmap_base': 8, 'vmalloc_base': 8, 'page_offset_base': 8, 'phys_base': 8,
    'mem_section': 8, 'pcpu_hot': 64, 'current_task': 8, 'cpu_tss_rw': 128, 'jiffies': 8,
    'hardirq_stack_ptr': 8, 'timekeeper': 64, 'tk_core': 256, 'avenrun': 24, 'totalram_pages': 8,
    '_totalram_pages': 8, 'panic_cpu': 4, 'crashing_cpu': 4, 'init_mm': 256, 'vmap_area_root': 8,
    'init_task': 4096, 'init_nsproxy': 64, 'mod_tree': 64, '__pgtable_l5_enabled': 4,
    'pgdir_shift': 4, 'ptrs_per_p4d': 4, 'exception_stacks': 16, 'cpu_entry_area': 16,
    'kexec_crash_image': 8, 'kexec_image': 8, 'crashk_res': 64, 'iomem_resource': 64,
    'sched_class_highest': 8, '__sched_class_highest': 8, '_text': 4096, '_stext': 64,
}


class Targets:
    """Words of the dump's memory, by what they belong to: (physical address, bytes, virtual)."""

    def __init__(self, binary, path, wrap=()):
        self.command = list(wrap) + [binary, '--no-rc', '--no-debug', '--json', path]
        self.addresses = []  # virtual ones that are something's, to point to
        self.groups = {}     # name: words
        tasks = [row['task'] for row in self._rows(['ps'])[0]]
        modules = [row['module'] for row in self._rows(['mod'])[0]]
        random.Random(0).shuffle(tasks)
        offsets = self._offsets('task_struct', TASK), self._offsets('module', MODULE)
        wanted = []
        for kind, addresses, members in (('task', tasks[:40], offsets[0]),
                                         ('module', modules, offsets[1])):
            for text in addresses:
                address = int(text, 16)
                self.addresses.append(address)
                wanted += [(kind, address + at, 8) for at in members]
        for task, rows in zip(tasks[:12], self._rows(
            ['struct task_struct.stack,thread.sp,signal,mm,thread_pid ' + t for t in tasks[:12]])):
            for row in rows:
                self._pointers(row['value'], wanted)
        for name, rows in zip(SYMBOLS, self._rows(['sym ' + name for name in SYMBOLS])):
            if rows:
                address = int(rows[0]['address'], 16)
                self.addresses.append(address)
                wanted.append((name, address, SYMBOLS[name]))
        for cpu in range(2):
            for rows in self._rows(['p &runqueues:%d' % cpu, 'p &pcpu_hot:%d' % cpu,
                                    'p &crash_notes:%d' % cpu]):
                if rows:
                    wanted.append(('per-cpu', int(rows[0]['value'], 16), 256))
        self._tables(modules, wanted)
        self._translate(wanted)

    def _tables(self, modules, wanted):
        """Here and there in what is long: BTF, ORC and kallsyms, the kernel's and modules'."""
        starts = [('btf', '&__start_BTF'), ('orc', '&__start_orc_unwind'),
                  ('orc', '&__start_orc_unwind_ip')]
        module = '((struct module *)%s)->'
        for address in modules[:6]:
            starts += [('btf', module % address + 'btf_data'),
                       ('orc', module % address + 'arch.orc_unwind'),
                       ('orc', module % address + 'arch.orc_unwind_ip'),
                       ('kallsyms', module % address + 'core_kallsyms.symtab'),
                       ('kallsyms', module % address + 'core_kallsyms.strtab')]
        for (name, _), rows in zip(starts, self._rows(['p ' + text for _, text in starts])):
            if rows and isinstance(rows[0].get('value'), str):
                address = int(rows[0]['value'].split()[0], 16)
                wanted += [(name, address + at, PAGE) for at in range(0, 1 << 21, 1 << 17)]
                wanted.append((name, address, 64))
        for rows in self._rows(['dump -v']):
            for row in rows:
                for line in str(row).split('\\n'):
                    if line.startswith('SYMBOL(kallsyms_'):
                        address = int(line.split('=')[1].strip("'}"), 16)
                        wanted += [('kallsyms', address + at, PAGE) for at in (0, 65536, 1 << 19)]

    def _rows(self, commands):
        run = subprocess.run(self.command, input='\n'.join(commands).encode(),
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return [json.loads(line).get('rows', []) for line in run.stdout.splitlines()]

    def _offsets(self, name, members):
        found = []
        for rows in self._rows(['p &((struct %s *)0)->%s' % (name, m) for m in members]):
            if rows and isinstance(rows[0].get('value'), str):
                found.append(int(rows[0]['value'].split()[0], 16))
        return found

    def _pointers(self, value, wanted):
        for name, text in value.items():
            if isinstance(text, dict):
                self._pointers(text, wanted)
            elif isinstance(text, str) and text.startswith('0x') and int(text.split()[0], 16) >> 63:
                size = 512 if name == 'sp' else 16384 if name == 'stack' else 1024
                wanted.append((name, int(text.split()[0], 16), size))

    def _translate(self, wanted):
        tables = []
        for (kind, virtual, size), rows in zip(
            wanted, self._rows(['vtop %x' % address for _, address, _ in wanted])):
            if not rows or not rows[0].get('physical'):
                continue
            physical = int(rows[0]['physical'], 16)
            size = min(size, PAGE - physical % PAGE)
            self.groups.setdefault(kind, []).append((physical, max(size, 8), virtual))
            tables += [int(entry['entry_address'], 16) for entry in rows[0]['walk']]
        self.groups['page table'] = [(at, 8, 0) for at in sorted(set(tables))]

    def pages(self):
        return {physical - physical % PAGE for words in self.groups.values()
                for physical, _, _ in words}

    def pick(self, rnd):
        return rnd.choice(self.groups[rnd.choice(sorted(self.groups))])


def _value(rnd, targets, old, virtual):
    other = rnd.choice(targets.addresses)
    return rnd.choice([0, 1, 2**64 - 1, 2**63 - 1, 2**31 - 1, 2**32 - 1, virtual, virtual & ~0xfff,
                       other, other + rnd.randrange(0, 4096, 8), old + 8, old - 8, old ^ 4096,
                       old ^ 1 << rnd.randrange(64), old << 1, rnd.getrandbits(64),
                       0xffff888000000000 + rnd.getrandbits(29), 0x4141414141414141,
                       rnd.getrandbits(16)]) & 2**64 - 1


def damage_words(rnd, dump, targets):
    for _ in range(rnd.choice([1, 1, 2, 5, 20])):
        physical, size, virtual = targets.pick(rnd)
        page = dump.page(physical)
        if not page:
            continue
        at = rnd.randrange(0, size, 4 if size % 8 else 8)
        place = physical % PAGE + at
        width = rnd.choice([8, 8, 8, 4, 2, 1])
        old = int.from_bytes(page[place:place + 8], 'little')
        new = _value(rnd, targets, old, virtual + at).to_bytes(8, 'little')[:width]
        new = new[:PAGE - place]
        dump.write_page(physical, page[:place] + new + page[place + len(new):])


def damage_pages(rnd, dump, targets):
    for _ in range(rnd.choice([1, 1, 3])):
        physical, _, virtual = targets.pick(rnd)
        other = targets.pick(rnd)
        page, swapped = dump.page(physical), dump.page(other[0])
        if not page or not swapped:
            continue
        virtual &= ~(PAGE - 1)
        kind = rnd.randrange(6)
        if kind == 0:
            dump.write_page(physical, bytes(PAGE))
        elif kind == 1:
            dump.write_page(physical, b'\xff' * PAGE)
        elif kind == 2: # every pointer leads to itself
            dump.write_page(physical, struct.pack('<512Q', *range(virtual, virtual + PAGE, 8)))
        elif kind == 3:
            dump.write_page(physical, rnd.randbytes(PAGE))
        elif kind == 4: # every entry is one that leads to this page
            entry = (physical & ~(PAGE - 1)) | rnd.choice([0x63, 0xe3, 0x67, 0x1])
            dump.write_page(physical, struct.pack('<Q', entry) * 512)
        else:
            dump.write_page(physical, swapped)
            dump.write_page(other[0], page)
