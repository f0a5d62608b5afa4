// SPDX-License-Identifier: GPL-2.0-only
/* init reboots the machine. */
#include <linux/module.h>
#include <linux/reboot.h>

static int __init reboot_init(void)
{
	emergency_restart();
	return 0;
}

static void __exit reboot_exit(void)
{
}

module_init(reboot_init);
module_exit(reboot_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
