// SPDX-License-Identifier: GPL-2.0-only
/* A misc device stays, with what follows it: its node and its folder in /sys. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>

static const struct file_operations nothing;

static int __init leak_device_init(void)
{
	struct miscdevice *device = kzalloc(sizeof(*device), GFP_KERNEL);
	int error;

	if (!device)
		return -ENOMEM;
	device->minor = MISC_DYNAMIC_MINOR;
	device->name = kstrdup("leak_device", GFP_KERNEL);
	device->fops = &nothing;
	error = misc_register(device); /* here: misc device */
	/* So that this function is a part of the call's stack. */
	barrier();
	return error;
}

static void __exit leak_device_exit(void)
{
}

module_init(leak_device_init);
module_exit(leak_device_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
