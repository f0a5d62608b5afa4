// SPDX-License-Identifier: GPL-2.0-only
/* A handler of packets stays. */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/slab.h>

static int leak_packet_take(struct sk_buff *skb, struct net_device *dev, struct packet_type *type,
			    struct net_device *from)
{
	return NET_RX_DROP;
}

static int __init leak_packet_init(void)
{
	struct packet_type *type = kzalloc(sizeof(*type), GFP_KERNEL);

	if (!type)
		return -ENOMEM;
	type->type = htons(0x88b5);
	type->func = leak_packet_take;
	dev_add_pack(type);
	return 0;
}

static void __exit leak_packet_exit(void)
{
}

module_init(leak_packet_init);
module_exit(leak_packet_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
