#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Dynamic debug finds the sources by the names people type.
# shellcheck source=tests/guest/ktap.inc
. ./ktap.inc

control=/sys/kernel/debug/dynamic_debug/control
mnt=$VEXVM_SCRATCH/mnt
image=$VEXVM_SCRATCH/image
mkdir -p "$mnt"

set_flags() { echo "$1" >$control; }
# The = column of every line of a source file.
flags_are() { grep -F "/$1:" $control | grep -q " =$2 "; }
# In what the kernel has said since: it may say other things too.
prints() {
	mark="dyndbg.sh $$: a mount"
	echo "$mark" >/dev/kmsg
	"$VEXVM_TOOLS/mkfs.vexfs" -q --size 8M "$image" &&
		mount -t vexfs -o loop,ro "$image" "$mnt" && umount "$mnt" &&
		dmesg | sed -n "/$mark/,\$p" | grep -q 'mounted from slot 0, generation 2'
}

if [ ! -w $control ]; then
	echo "1..0 # SKIP this kernel has no dynamic debug"
	exit 4
fi
plan 5
check "file vexfs.c +p" set_flags 'file vexfs.c +p'
check "is on in vexfs.c" flags_are src/vexfs.c p
check "module vexfs +p" set_flags "module $VEXVM_MODULE +p"
check "a mount prints its slot" prints
check "module vexfs -p" set_flags "module $VEXVM_MODULE -p"
