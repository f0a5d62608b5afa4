#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Takes out of a kernel that was built what the lab needs of it.
#   kernel-harvest.sh SOURCE KEPT RELEASE
set -eu
source=$1
kept=$2
release=$3

rm -rf "$kept"
mkdir -p "$kept/tree" "$kept/modules/lib/modules/$release"
cd "$source"
cp arch/x86/boot/bzImage vmlinux "$kept/"

# What kbuild reads when it builds a module elsewhere.
tar -cf - --exclude='*.o' --exclude='.*.cmd' Makefile Kbuild .config Module.symvers include scripts \
	arch/x86/include arch/x86/Makefile tools/objtool/objtool | tar -xf - -C "$kept/tree"

# For modprobe in the guest: what is built in is there already.
cp modules.builtin modules.builtin.modinfo modules.order "$kept/modules/lib/modules/$release/"
/usr/sbin/depmod -b "$kept/modules" "$release"
