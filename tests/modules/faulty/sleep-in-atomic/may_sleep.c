// SPDX-License-Identifier: GPL-2.0-only
/* Calls what may sleep while it holds a spinlock: exit 5, on a kernel with DEBUG_ATOMIC_SLEEP. */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(spin);
static DEFINE_MUTEX(sleeping);

static noinline void may_sleep_now(void)
{
	spin_lock(&spin);
	/* Nobody else has it: it does not sleep, this time. */
	mutex_lock(&sleeping);
	mutex_unlock(&sleeping);
	spin_unlock(&spin);
}

static int __init may_sleep_init(void)
{
	may_sleep_now();
	return 0;
}

static void __exit may_sleep_exit(void)
{
}

module_init(may_sleep_init);
module_exit(may_sleep_exit);
MODULE_DESCRIPTION("faulty on purpose");
MODULE_LICENSE("GPL");
