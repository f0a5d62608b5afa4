#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vexvm: inject eio:read:n=1..
# Whichever read of the disk fails, the mount succeeds, or fails as an I/O error does, and
# the next one, of a disk that reads again, succeeds.
# shellcheck source=tests/guest/ktap.inc
. ./ktap.inc

image=$VEXVM_SCRATCH/image
mnt=$VEXVM_SCRATCH/mnt
mkdir -p "$mnt"

make_disk() {
	"$VEXVM_TOOLS/mkfs.vexfs" --size 4M "$image" &&
		dd if="$image" of="$VEXVM_DISK" bs=1M iflag=fullblock oflag=direct
}
mount_disk() { mount -t vexfs -o ro "$VEXVM_DISK" "$mnt"; }
use() { test -z "$(ls -A "$mnt")" && stat -f "$mnt" && umount "$mnt"; }
fails_as_it_should() {
	echo "$1"
	case $1 in
	*"can't read superblock"*|*[Ii]nput/output*) ! grep -q " $mnt " /proc/mounts ;;
	*) false ;;
	esac
}
mounts_or_recovers() {
	if why=$(mount_disk 2>&1); then
		use
	else
		fails_as_it_should "$why" && mount_disk && use
	fi
}

plan 2
check "a disk" make_disk
check "mounts, or fails with EIO and mounts the next time" mounts_or_recovers
