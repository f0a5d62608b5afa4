// SPDX-License-Identifier: GPL-2.0-only
/* A folder in tracefs stays. */
#include <linux/module.h>
#include <linux/trace.h>

static struct trace_array *array;

static int __init leak_tracefs_init(void)
{
	array = trace_array_get_by_name("leak_tracefs"); /* here */
	return array ? 0 : -ENOMEM;
}

static void __exit leak_tracefs_exit(void)
{
}

module_init(leak_tracefs_init);
module_exit(leak_tracefs_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
