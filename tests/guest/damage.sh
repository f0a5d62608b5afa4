#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Damaged filesystems, every rule of the format among them: refused with one line
# that names the rule, or mounted from the other superblock.
# vexvm: selectable
# vexvm: ffi

[ "${1:-}" != --list ] || exec "$VEXVM_TOOLS/vexfs-damage" --list
if [ ! -x "$VEXVM_TOOLS/vexfs-damage" ] || [ ! -b "${VEXVM_DISK:-}" ]; then
	echo "1..0 # SKIP vexfs-damage is not among the tools, or there is no scratch disk"
	exit 4
fi
mkdir -p "$VEXVM_SCRATCH/mnt"
exec "$VEXVM_TOOLS/vexfs-damage" "$VEXVM_DISK" "$VEXVM_SCRATCH/mnt" "$@"
