// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Rust core's checks checked in the kernel: a blank filesystem passes, and
 * each damage is refused by the rule that is meant for it.
 */
#define pr_fmt(fmt) "VexFS: selftest: " fmt

#include <linux/slab.h>
#include <linux/string.h>

#include "blank.h"
#include "damage.h"
#include "vexfs.h"

struct blocks {
	u8 super[VEXFS_BLOCK_SIZE];
	u8 root[VEXFS_BLOCK_SIZE];
	unsigned int nr, nr_failed;
};

static void judge(struct blocks *b, const char *wanted, int ret, const struct vexfs_fault *fault)
{
	bool ok = wanted ? ret && !strcmp(fault->rule, wanted) : !ret;

	b->nr++;
	if (ok)
		return;
	b->nr_failed++;
	pr_err("not ok %u: wanted %s, got %s\n", b->nr, wanted ? wanted : "no fault",
	       ret ? fault->rule : "no fault");
}

static void fill(struct blocks *b)
{
	static const struct vexfs_blank blank = {
		.block_count = VEXFS_BLOCKS_MIN, .uuid = "0123456789abcde", .label = "selftest",
	};

	vexfs_blank_super(&blank, 0, b->super);
	vexfs_blank_root(&blank, b->root);
}

static int check_super(struct blocks *b, u64 self, u64 device_blocks, struct vexfs_fault *fault)
{
	return vexfs_core_check_super(b->super, sizeof(b->super), self, device_blocks, fault);
}

static int check(struct blocks *b, struct vexfs_fault *fault)
{
	int ret = check_super(b, VEXFS_SLOT0_BLOCK, VEXFS_BLOCKS_MIN, fault);
	u32 start;

	if (!ret)
		ret = vexfs_core_check_root(b->root, sizeof(b->root), b->super, sizeof(b->super),
					    fault);
	if (!ret)
		ret = vexfs_core_check_root_inode(b->root, sizeof(b->root), &start, fault);
	return ret;
}

static void run_all(struct blocks *b)
{
	const struct vexfs_damage *d;
	struct vexfs_fault fault;
	unsigned int i;

	fill(b);
	judge(b, NULL, check(b, &fault), &fault);
	judge(b, "S13", check_super(b, VEXFS_SLOT0_BLOCK, VEXFS_BLOCKS_MIN - 1, &fault), &fault);
	judge(b, "S6", check_super(b, VEXFS_SLOT1_BLOCK, 0, &fault), &fault);
	for (i = 0; (d = vexfs_damage_get(i)) != NULL; i++) {
		fill(b);
		vexfs_damage_apply(d, d->root ? b->root : b->super);
		judge(b, d->rule, check(b, &fault), &fault);
	}
}

int vexfs_selftest(void)
{
	struct blocks *b = kzalloc(sizeof(*b), GFP_KERNEL);
	int ret;

	if (!b)
		return -ENOMEM;
	run_all(b);
	pr_info("%u checks, %u failed\n", b->nr, b->nr_failed);
	ret = b->nr_failed ? -EINVAL : 0;
	kfree(b);
	return ret;
}
