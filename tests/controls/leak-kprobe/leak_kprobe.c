// SPDX-License-Identifier: GPL-2.0-only
/* A probe of a function of the kernel stays. The function is never called. */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/slab.h>

static int __init leak_kprobe_init(void)
{
	struct kprobe *probe = kzalloc(sizeof(*probe), GFP_KERNEL);

	if (!probe)
		return -ENOMEM;
	probe->symbol_name = "panic";
	return register_kprobe(probe);
}

static void __exit leak_kprobe_exit(void)
{
}

module_init(leak_kprobe_init);
module_exit(leak_kprobe_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
