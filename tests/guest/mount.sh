#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A new filesystem mounts, shows what it should, and lets go again.
# shellcheck source=tests/guest/ktap.inc
. ./ktap.inc

mkfs=$VEXVM_TOOLS/mkfs.vexfs
image=$VEXVM_SCRATCH/image
mnt=$VEXVM_SCRATCH/mnt
mkdir -p "$mnt"

mount_image() { mount -t vexfs -o loop,ro "$image" "$mnt"; }
statfs_is() { test "$(stat -f -c "$1" "$mnt")" = "$2"; }
listing_is_empty() { test -z "$(ls -A "$mnt")" && test "$(find "$mnt" | wc -l)" -eq 1; }
root_is_directory() { test "$(stat -c '%F %h %a' "$mnt")" = 'directory 2 755'; }
registered() { grep -qw vexfs /proc/filesystems; }
is_read_only() { grep -q " $mnt vexfs ro" /proc/mounts; }
# rmmod alone would wait in some versions: it must refuse at once.
unload() { timeout 20 rmmod "$VEXVM_MODULE"; }
# mount itself may refuse it: the loop device is write-protected.
stays_read_only() { mount -o remount,rw "$mnt"; is_read_only; }
umount_in_use() { (cd "$mnt" && umount "$mnt"); }
# One superblock in memory, seen in two places.
second_place() {
	mkdir -p "$mnt.2" && mount -t vexfs -o ro "$(findmnt -n -o SOURCE "$mnt")" "$mnt.2" &&
		test "$(stat -c %d "$mnt")" = "$(stat -c %d "$mnt.2")" && umount "$mnt.2" && statfs_is %b 16384
}

plan 21
check "the type is registered" registered
check "mkfs makes a file" "$mkfs" --size 64M --label suite "$image"
refuse "mkfs refuses to overwrite it" "$mkfs" "$image"
check "it mounts" mount_image
check "statfs: type" statfs_is %t 56455846
check "statfs: block size" statfs_is %s 4096
check "statfs: blocks" statfs_is %b 16384
check "statfs: free blocks" statfs_is %f 16365
check "the root is a directory" root_is_directory
check "the root is empty" listing_is_empty
refuse "a name that is not there is not found" stat "$mnt/nothing"
check "the mount is read-only" is_read_only
refuse "nothing can be made in it" touch "$mnt/file"
refuse "rmmod is refused while it is mounted" unload
check "remount to the same" mount -o remount,ro "$mnt"
check "remount to read-write leaves it read-only" stays_read_only
check "mounted in a second place" second_place
refuse "umount is refused while it is in use" umount_in_use
check "umount" umount "$mnt"
if [ -b "${VEXVM_DISK:-}" ]; then
	on_disk() {
		"$mkfs" -f "$VEXVM_DISK" && mount -t vexfs -o ro "$VEXVM_DISK" "$mnt" &&
			statfs_is %b $(($(blockdev --getsize64 "$VEXVM_DISK") / 4096)) && umount "$mnt"
	}
	check "a whole disk" on_disk
else
	skip "a whole disk" "no scratch disk"
fi
again() {
	for _ in 1 2 3 4 5; do
		mount_image && umount "$mnt" || return 1
	done
}
check "five mounts in a row" again
