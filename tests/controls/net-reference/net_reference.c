// SPDX-License-Identifier: GPL-2.0-only
/* Opening its file in /proc takes away a network device on which a reference is held. */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/proc_fs.h>

static const struct net_device_ops nothing;
static struct net_device *device;

static int net_reference_open(struct inode *inode, struct file *file)
{
	/* The reference that is never given back. */
	dev_hold(device);
	unregister_netdev(device);
	return 0;
}

static const struct proc_ops net_reference_ops = { .proc_open = net_reference_open };

static int __init net_reference_init(void)
{
	device = alloc_netdev(0, "purpose%d", NET_NAME_ENUM, ether_setup);
	if (!device)
		return -ENOMEM;
	device->netdev_ops = &nothing;
	if (register_netdev(device))
		return -ENODEV;
	return proc_create("net_reference", 0, NULL, &net_reference_ops) ? 0 : -ENOMEM;
}

static void __exit net_reference_exit(void)
{
	remove_proc_entry("net_reference", NULL);
}

module_init(net_reference_init);
module_exit(net_reference_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
