// SPDX-License-Identifier: GPL-2.0-only
/* A socket of netlink's stays, for the family 31. */
#include <linux/module.h>
#include <linux/netlink.h>
#include <net/net_namespace.h>

static struct sock *sock;

static int __init leak_netlink_init(void)
{
	struct netlink_kernel_cfg cfg = { .groups = 1 };

	sock = netlink_kernel_create(&init_net, 31, &cfg);
	return sock ? 0 : -ENOMEM;
}

static void __exit leak_netlink_exit(void)
{
}

module_init(leak_netlink_init);
module_exit(leak_netlink_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
