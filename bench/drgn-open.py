# SPDX-License-Identifier: GPL-2.0-or-later
"""What the benchmark asks of drgn: the crashed task's trace, the log, all tasks."""
import sys

import drgn
from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.printk import get_dmesg

prog = drgn.Program()
prog.set_core_dump(sys.argv[1])
prog.load_debug_info([sys.argv[2]])
if len(sys.argv) > 3:
    for task in for_each_task(prog):
        try:
            print(task.pid.value_(), prog.stack_trace(task))
        except Exception as error:  # a task that drgn cannot unwind must not end the others
            print(task.pid.value_(), error)
else:
    try:
        print(prog.crashed_thread().stack_trace())
    except Exception as error:
        print(error)
    sys.stdout.buffer.write(get_dmesg(prog))
    for task in for_each_task(prog):
        print(task.pid.value_(), task.comm.string_(), task.member_("flags").value_())
