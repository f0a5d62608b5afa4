// SPDX-License-Identifier: GPL-2.0-only
/* A filesystem is unmounted while an inode of it is in use. */
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>

static int busy_inodes_context(struct fs_context *fc)
{
	return init_pseudo(fc, 0x62757379) ? 0 : -ENOMEM;
}

static struct file_system_type type = {
	.name = "busy_inodes",
	.init_fs_context = busy_inodes_context,
	.kill_sb = kill_anon_super,
};

static struct inode *volatile held;

static int __init busy_inodes_init(void)
{
	struct vfsmount *mount = kern_mount(&type);

	if (IS_ERR(mount))
		return PTR_ERR(mount);
	held = new_inode(mount->mnt_sb);
	kern_unmount(mount);
	return held ? 0 : -ENOMEM;
}

static void __exit busy_inodes_exit(void)
{
}

module_init(busy_inodes_init);
module_exit(busy_inodes_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
