// SPDX-License-Identifier: GPL-2.0-only
/* Does harm when its parameter is told to: something for tests to crash, hang and leak with. */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/slab.h>

static void *volatile lost;

static noinline int mishaps_oops(void)
{
	int *volatile nowhere = NULL;

	return *nowhere;
}

static noinline int mishaps_panic(void)
{
	panic("mishaps was told to panic");
}

/* In a state that no signal ends. */
static noinline int mishaps_hang(void)
{
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_timeout(HZ);
	}
	return 0;
}

static noinline int mishaps_leak(void)
{
	lost = kmalloc(96, GFP_KERNEL);
	return lost ? 0 : -ENOMEM;
}

static noinline int mishaps_leak_other(void)
{
	lost = kmalloc(512, GFP_KERNEL);
	return lost ? 0 : -ENOMEM;
}

static const struct {
	const char *word;
	int (*act)(void);
} mishaps[] = {
	{ "oops", mishaps_oops },
	{ "panic", mishaps_panic },
	{ "hang", mishaps_hang },
	{ "leak", mishaps_leak },
	{ "leak-other", mishaps_leak_other },
};

static int suffer(const char *text, const struct kernel_param *kp)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mishaps); i++)
		if (sysfs_streq(text, mishaps[i].word))
			return mishaps[i].act();
	return -EINVAL;
}

static const struct kernel_param_ops ops = { .set = suffer };
module_param_cb(suffer, &ops, NULL, 0200);
MODULE_PARM_DESC(suffer, "oops, panic, hang, leak or leak-other: happens at once");

static int __init mishaps_init(void)
{
	return 0;
}

static void __exit mishaps_exit(void)
{
}

module_init(mishaps_init);
module_exit(mishaps_exit);
MODULE_DESCRIPTION("faulty on demand");
MODULE_LICENSE("GPL");
