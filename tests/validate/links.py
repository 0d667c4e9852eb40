# SPDX-License-Identifier: GPL-2.0-or-later
"""Pointers of the kernel's whose neighbours tell what they must be, found in a whole dump with the
program itself: of lists, of the tree of vmalloc's areas, of resources.
"""
import collections
import json
import struct
import subprocess

# ways: the ways to damage it that its neighbours show; family: the nodes of the same structure.
Link = collections.namedtuple('Link', 'name physical node family ways')

HEADS = ['modules', 'slab_caches', 'super_blocks', 'vmap_area_list', 'workqueues',
         'net_namespace_list', 'cgroup_roots', 'bdi_list', 'formats', 'clocksource_list',
         'crypto_alg_list', 'ftrace_events', 'init_task.tasks', 'init_task.nsproxy->mnt_ns->list']
AREAS = ['vmap_nodes[%d].busy.head' % i for i in range(4)]
FREE = ['node_data[0]->node_zones[%d].free_area[%d].free_list[%d]' % (zone, order, kind)
          for zone in range(3) for order in (0, 1, 2, 3, 5, 8, 10) for kind in range(3)]
ALL = {'self', 'family', 'other', 'null', 'wild'}
# A pointer along or down that nothing leads back to: what it leads to must lead up.
ONE_WAY = {'self', 'wild'}


class Finder:
    def __init__(self, binary, path):
        self.command = [binary, '--no-rc', '--no-debug', '--json', path]
        self.words = [] # group, name, address of the word, its node, what it is, family, ways

    def ask(self, commands):
        """The rows of each: none when it failed, or not all were found."""
        run = subprocess.run(self.command, input='\n'.join(commands).encode(), timeout=600,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        answers = [json.loads(line) for line in run.stdout.splitlines()]
        return [a.get('rows', []) if a.get('complete') else [] for a in answers]

    def values(self, expressions):
        """{expression: value} of those that this kernel has."""
        answers = self.ask(['p ' + e for e in expressions])
        return {e: int(str(rows[0]['value']).split()[0], 0)
                for e, rows in zip(expressions, answers) if rows}

    def lists(self, names, group=None):
        heads = self.values(['&' + name for name in names])
        for name, rows in zip(heads, self.ask(['list %x' % at for at in heads.values()])):
            nodes = [int(row['address'], 16) for row in rows]
            for i, node in enumerate(nodes):
                after = nodes[(i + 1) % len(nodes)]
                for at, member, value in (0, 'next', after), (8, 'prev', nodes[i - 1]):
                    self.words.append((group or name, name[1:] + ' ' + member, node + at, node,
                                       value, nodes, ALL))

    def caches_and_mounts(self):
        caches, mounts = self.ask(['kmem -s', 'mount'])
        for node in 'node[0]', 'per_node[0].node': # before and since v7.1
            self.lists(['((struct kmem_cache *)%s)->%s->partial' % (row['cache'], node)
                        for row in caches[::3]], 'slabs')
        self.lists(['((struct mount *)%s)->mnt_mounts' % row['mount'] for row in mounts], 'mounts')

    def areas(self):
        """Each is in a list as well: none can be lost."""
        roots = ['vmap_area_root'] + ['vmap_nodes[%d].busy.root' % i for i in range(4)]
        offset, = self.values(['&((struct vmap_area *)0)->rb_node']).values()
        roots = self.values(['&' + root for root in roots])
        answers = self.ask(['tree %x -o vmap_area.rb_node' % root for root in roots.values()])
        for rows in answers:
            nodes = [int(row['address'], 16) + offset for row in rows]
            for node in nodes:
                for at, member in ((0, 'parent'), (8, 'right'), (16, 'left')):
                    self.words.append(('areas', 'vmap_area ' + member, node + at, node, None,
                                       nodes, ALL))

    def resources(self):
        todo, all_of_them = ['iomem_resource', 'ioport_resource'], []
        members = 'child', 'sibling', 'parent'
        offsets = self.values(['&((struct resource *)0)->' + m for m in members])
        while todo and len(offsets) == len(members):
            found, = self.ask(['struct resource.child,sibling,parent ' + ' '.join(todo)])
            todo = []
            for row in found:
                node = int(row['address'], 16)
                all_of_them.append(node)
                for member, offset in zip(members, offsets.values()):
                    value = int(row['value'][member], 16)
                    if not value:
                        continue
                    self.words.append(('resources', 'resource ' + member, node + offset, node,
                                       value, all_of_them, ALL if member == 'parent' else ONE_WAY))
                    if member != 'parent':
                        todo.append('%x' % value)

    def translate(self, dump):
        """The links whose words the undamaged @dump has in a page of its own."""
        pages, groups = sorted({word[2] & ~4095 for word in self.words}), {}
        physical = {}
        commands = ['vtop ' + ' '.join('%x' % p for p in pages[at:at + 100])
                    for at in range(0, len(pages), 100)]
        for rows in self.ask(commands):
            for row in rows:
                if row.get('physical'):
                    physical[int(row['virtual'], 16)] = int(row['physical'], 16)
        for group, name, at, node, value, family, ways in self.words:
            if at & ~4095 not in physical:
                continue
            place = physical[at & ~4095] + at % 4096
            for offset in dump.places(place):
                old, = struct.unpack('<Q', dump.raw(offset, 8))
                if not old and family == [node]:
                    continue # of a zone without memory: no list yet
                if value is not None and old != value:
                    raise ValueError('%s at %x is %x, expected %x' % (name, at, old, value))
                groups.setdefault(group, []).append(Link(name, place, node, family, ways))
        return groups


def find(binary, dump):
    """The links, by what they are of, and where the kernel maps all memory."""
    finder = Finder(binary, dump.path)
    finder.lists(HEADS)
    finder.lists(FREE, 'free pages')
    finder.lists(AREAS, 'areas')
    finder.caches_and_mounts()
    finder.areas()
    finder.resources()
    base = finder.values(['page_offset_base']).get('page_offset_base', 0xffff888000000000)
    return finder.translate(dump), base % 2**64
