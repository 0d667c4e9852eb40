#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Make the whole set of dumps in the store ($KX_GUESTS), one guest after another.
# What is there already stays.
#
# usage: make-all.sh [PATTERN...]     only the dumps whose name matches a PATTERN,
#                                     for instance 'bookworm-*' or '*-null-qemu'
#        make-all.sh -l               only list their names
cd "$(dirname "$0")" || exit 1

# NAME, then what run.py needs to make it.
plan() {
	for suite in bookworm trixie sid bullseye; do
		for panic in sysrq null bug overflow softirq hardirq ipi workqueue init nmi oom hung; do
			echo "$suite-$panic-qemu --suite $suite --panic $panic"
		done
		for panic in sysrq null overflow softirq; do
			echo "$suite-$panic-kdump --suite $suite --panic $panic --how kdump"
		done
		echo "$suite-live-qemu --suite $suite --panic live"
	done
	# The newest kernel that there is with a compiler of a suite above.
	echo "trixie-backports-null-kdump --suite trixie-backports --panic null --how kdump"
	# The dumps of one death in every form that QEMU writes.
	echo "bookworm-forms-qemu --panic null --name forms --how qemu,qemu-paging,qemu-kdump-zlib"
	echo "sid-forms-qemu --suite sid --panic null --name forms --how qemu,qemu-paging,qemu-kdump-zlib"
	for suite in bookworm sid bullseye; do
		echo "$suite-novmcoreinfo-qemu --suite $suite --panic null --name novmcoreinfo --no-vmcoreinfo"
	done
	for suite in bookworm sid; do
		echo "$suite-la57-qemu --suite $suite --panic null --name la57 --la57"
	done
	echo "sid-la57-kdump --suite sid --panic null --name la57 --la57 --how kdump"
	# The tables that user mode has of the kernel.
	for suite in bookworm sid; do
		echo "$suite-pti-kdump --suite $suite --panic null --name pti --append pti=on --how kdump"
	done
	echo "bookworm-nokaslr-qemu --panic null --name nokaslr --append nokaslr"
	echo "bookworm-nokaslr-kdump --panic null --name nokaslr --append nokaslr --how kdump"
	# kexec_load, whose ELF headers kexec-tools writes, and not the kernel.
	echo "bookworm-load-kdump --panic null --name load --load c --how kdump"
	# Return addresses that tracers replaced.
	for suite in bookworm trixie sid bullseye; do
		echo "$suite-graph-qemu --suite $suite --panic null --name graph --append kx.trace=graph"
		echo "$suite-kretprobe-qemu --suite $suite --panic null --name kretprobe --append kx.trace=kretprobe"
	done
	# A task in user mode on the other CPU, and a log that has wrapped round.
	echo "bookworm-spin-kdump --panic null --name spin --append kx.spin=1 --how kdump"
	echo "sid-spin-kdump --suite sid --panic null --name spin --append kx.spin=1 --how kdump"
	for suite in bookworm trixie sid bullseye; do
		echo "$suite-wrapped-qemu --suite $suite --panic sysrq --name wrapped --append kx.noise=5000"
	done
	echo "bookworm-cpus4-qemu --panic ipi --name cpus4 --cpus 4"
	echo "bookworm-cpus1-kdump --panic null --name cpus1 --cpus 1 --how kdump"
	# For speed: 10,000 tasks.
	echo "bookworm-manytasks-qemu --panic null --name manytasks --tasks 10000 --memory 1536"
	echo "bookworm-manytasks-kdump --panic null --name manytasks --tasks 10000 --memory 1536 --crashkernel 192 --how kdump"
}

wanted() {
	[ $# = 1 ] && return 0
	name=$1
	shift
	for pattern; do
		# shellcheck disable=SC2254 # a pattern is meant
		case $name in $pattern) return 0;; esac
	done
	return 1
}

if [ "$1" = -l ]; then
	plan | cut -d' ' -f1
	exit
fi
./install.sh || exit 1
start=$(date +%s)
failed=0
made=0
plan > /tmp/kx-plan.$$
while read -r name arguments; do
	wanted "$name" "$@" || continue
	# shellcheck disable=SC2086 # several words are meant
	if ./run.py --keep $arguments < /dev/null; then
		made=$((made + 1))
	else
		echo "make-all.sh: $name failed" >&2
		failed=$((failed + 1))
	fi
done < /tmp/kx-plan.$$
rm -f /tmp/kx-plan.$$
# The ELF of a kdump in makedumpfile's other forms: all of them once, the usual
# filtered ones for every suite.
for suite in bookworm trixie sid bullseye; do
	wanted "$suite-null-kdump/as" "$@" || continue
	forms=
	[ $suite = bookworm ] ||
		forms="--forms raw-d31,zlib-d31,lzo-d31,snappy-d31,zstd-d31,elf-d31,flat-elf-d31,flat-lzo-d31,split-d31"
	# shellcheck disable=SC2086 # several words are meant
	./convert.py $forms "$(./run.py --where)/$suite-null-kdump" || failed=$((failed + 1))
done
echo "$made made or there, $failed failed, $(($(date +%s) - start)) s" >&2
[ $failed = 0 ]
