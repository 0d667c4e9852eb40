#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Make one guest die and keep its dump. See --help; make-all.sh makes the usual set."""
import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from guest import guest, kernel, store  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", choices=store.SUITES, default="bookworm")
    parser.add_argument("--panic", default="sysrq", help=", ".join(guest.PANICS) + ", live")
    parser.add_argument("--how", default="qemu",
                        help="kdump, or any of %s, with commas" % ",".join(guest.HYPERVISOR))
    parser.add_argument("--memory", type=int, default=512, metavar="MB")
    parser.add_argument("--crashkernel", type=int, default=128, metavar="MB")
    parser.add_argument("--load", choices=("s", "c"), default="s",
                        help="how kexec arms: s kexec_file_load, c kexec_load")
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--tasks", type=int, default=0, help="this many more tasks")
    parser.add_argument("--fill", metavar="DISK",
                        help="a third disk, an ext4 whose /fill the guest runs before it dies")
    parser.add_argument("--la57", action="store_true", help="5-level page tables")
    parser.add_argument("--no-vmcoreinfo", action="store_true", help="no vmcoreinfo device")
    parser.add_argument("--append", default="", help="more words for the kernel's command line")
    parser.add_argument("--name", help="stands for the panic in the directory's name")
    parser.add_argument("--out", help="directory instead of the store's dumps/")
    parser.add_argument("--accel", choices=("kvm", "tcg"), help="do not find out")
    parser.add_argument("--debug", action="store_true", help="only fetch the suite's debug files")
    parser.add_argument("--keep", action="store_true", help="do nothing when the dump is there")
    parser.add_argument("--where", action="store_true", help="print the directory of the dumps")
    options = parser.parse_args()
    if options.where:
        print(store.path("dumps"))
        return 0
    if options.debug:
        print(kernel.fetch_debug(options.suite))
        return 0
    how = options.how.split(",")
    if "kdump" in how and len(how) > 1:
        parser.error("kdump goes alone")
    if options.keep and all(os.path.exists(os.path.join(
            options.out or store.path("dumps"),
            "%s-%s-%s" % (options.suite, options.name or options.panic, h), "meta.json"))
            for h in how):
        return 0
    for out in guest.make(options.suite, how, options):
        print(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
