#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# make-cloud-image.sh FOLDER OUT: from an image that vexvm made (FOLDER has its
# disk.img, vmlinuz and initrd.img) what a distribution publishes: a qcow2 of
# 3 GiB with a partition table, a boot loader for a PC's BIOS, and a first
# partition to be grown; packages and cloud-init are there, nothing of the lab.
set -eu
from=$1
out=$2
work=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$work"' EXIT
grub=/usr/lib/grub/i386-pc
PATH=$PATH:/usr/sbin:/sbin

cp --sparse=always "$from/disk.img" "$work/fs"
chmod u+w "$work/fs"
e2fsck -fy "$work/fs" >/dev/null
resize2fs "$work/fs" 3071M >/dev/null 2>&1
truncate -s 3071M "$work/fs"
debugfs -w -f - "$work/fs" >/dev/null 2>&1 <<EOF
write $from/vmlinuz /boot/vmlinuz
write $from/initrd.img /boot/initrd.img
EOF

cat >"$work/grub.cfg" <<EOF
set root=hd0,msdos1
linux /boot/vmlinuz root=/dev/vda1 ro console=tty0 console=ttyS0 no_timer_check
initrd /boot/initrd.img
boot
EOF
grub-mkimage -O i386-pc -p /boot/grub -c "$work/grub.cfg" -o "$work/core" \
	biosdisk part_msdos ext2 linux boot

# The first sector, less its partition table; then core, which the first
# sector looks for in the second; the partition at 1 MiB.
truncate -s 3G "$work/disk"
echo 'start=2048, type=83, bootable' | sfdisk -q --label dos "$work/disk"
dd if="$grub/boot.img" of="$work/disk" bs=440 count=1 conv=notrunc status=none
dd if="$work/core" of="$work/disk" bs=512 seek=1 conv=notrunc status=none
dd if="$work/fs" of="$work/disk" bs=1M seek=1 conv=notrunc,sparse status=none
qemu-img convert -O qcow2 "$work/disk" "$out"
