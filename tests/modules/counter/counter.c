// SPDX-License-Identifier: GPL-2.0-only
/* A counter that writes add to, within bounds: something for small checks to look at. */
#include <linux/module.h>
#include <linux/moduleparam.h>

#define COUNTER_MAX 1000

static int count;

static int add(const char *text, const struct kernel_param *kp)
{
	int n, error = kstrtoint(text, 0, &n);

	if (error)
		return error;
	if (n < 0 || n > COUNTER_MAX - count)
		return -ERANGE;
	count += n;
	return 0;
}

static const struct kernel_param_ops ops = { .set = add, .get = param_get_int };
module_param_cb(count, &ops, &count, 0644);
MODULE_PARM_DESC(count, "the sum of all that was written, at most 1000");

static int __init counter_init(void)
{
	pr_info("counting from %d\n", count);
	return 0;
}

static void __exit counter_exit(void)
{
	pr_info("counted to %d\n", count);
}

module_init(counter_init);
module_exit(counter_exit);
MODULE_DESCRIPTION("counts within bounds");
MODULE_LICENSE("GPL");
