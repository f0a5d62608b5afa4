// SPDX-License-Identifier: GPL-2.0-only
/*
 * Only in builds with VEXFS_PANIC_TEST=y: a Rust panic on purpose, so that the lab
 * can see one. The core's panic handler ends up here; no other build has it.
 */
#define pr_fmt(fmt) "VexFS: " fmt

#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include "../../include/vexfs/core.h"

#define FILE_MAX 128	/* of a source file's name that is printed */

void vexfs_rust_panic(const char *file, size_t len, u32 line)
{
	pr_emerg("panicked at %.*s:%u\n", (int)min_t(size_t, len, FILE_MAX), file ? file : "?",
		 line);
	BUG();
}

static int rust_panic_set(const char *value, const struct kernel_param *kp)
{
	unsigned int index;
	int ret = kstrtouint(value, 0, &index);

	if (!ret)
		pr_info("no panic at index %u: %u\n", index, vexfs_core_panic(index));
	return ret;
}

static const struct kernel_param_ops rust_panic_ops = {
	.set = rust_panic_set,
};

module_param_cb(rust_panic, &rust_panic_ops, NULL, 0200);
MODULE_PARM_DESC(rust_panic, "panic in the Rust core unless the number is below 4");
