#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Inputs for the fuzzers from a new filesystem.
#   seeds.sh MKFS FOLDER    makes FOLDER/super, root, root_inode, xxh64
# The byte before a block is core.c's flags: 2 RESUM, 4 SLOT1, 8 DEVICE.
set -eu
mkfs=$1
out=$2
mkdir -p "$out/super" "$out/root" "$out/root_inode" "$out/xxh64"
image=$(mktemp)
trap 'rm -f "$image"' EXIT

# seed FILE FLAGS BLOCK: FLAGS as printf's octal escape
seed() {
	{ printf "$2" && dd if="$image" bs=4096 skip="$3" count=1 status=none; } >"$1"
}

"$mkfs" -q -f --size 16M --label fuzz "$image"
seed "$out/super/slot-0" '\002' 16
seed "$out/super/slot-0-unsummed" '\010' 16
seed "$out/super/slot-1" '\006' 256
seed "$out/super/slot-1-on-device" '\016' 256
for name in root root_inode; do
	seed "$out/$name/leaf" '\002' 17
	seed "$out/$name/leaf-unsummed" '\000' 17
	seed "$out/$name/leaf-misaligned" '\142' 17
	seed "$out/$name/no-node" '\002' 16
done
seed "$out/xxh64/block" '\001' 17
