// SPDX-License-Identifier: GPL-2.0-only
/* VexFS: the module's beginning and end. */
#define pr_fmt(fmt) "VexFS: " fmt

#include <linux/init.h>
#include <linux/module.h>

#include "vexfs.h"

static bool selftest;
module_param(selftest, bool, 0444);
MODULE_PARM_DESC(selftest, "check the checks while loading; the load fails when one is wrong");

static int __init vexfs_init(void)
{
	int ret;

	if (selftest) {
		ret = vexfs_selftest();
		if (ret)
			return ret;
	}
	ret = vexfs_inode_cache_init();
	if (ret)
		return ret;
	ret = register_filesystem(&vexfs_type);
	if (ret)
		goto exit_inode_cache;
	pr_info("loaded, format version %d\n", VEXFS_VERSION);
	pr_debug("superblocks of %zu bytes, inodes of %zu\n", sizeof(struct vexfs_super_block),
		 sizeof(struct vexfs_inode));
	return 0;

exit_inode_cache:
	vexfs_inode_cache_exit();
	return ret;
}

static void __exit vexfs_exit(void)
{
	unregister_filesystem(&vexfs_type);
	vexfs_inode_cache_exit();
	pr_debug("unloaded\n");
}

module_init(vexfs_init);
module_exit(vexfs_exit);

MODULE_ALIAS_FS("vexfs");
MODULE_DESCRIPTION("VexFS filesystem");
MODULE_AUTHOR("The VexFS developers");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
