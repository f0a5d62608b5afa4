// SPDX-License-Identifier: GPL-2.0-only
/* A network protocol stays registered. */
#include <linux/module.h>
#include <linux/slab.h>
#include <net/sock.h>

static int __init leak_protocol_init(void)
{
	struct proto *proto = kzalloc(sizeof(*proto), GFP_KERNEL);

	if (!proto)
		return -ENOMEM;
	strscpy(proto->name, "leak_protocol", sizeof(proto->name));
	proto->obj_size = sizeof(struct sock);
	return proto_register(proto, 0);
}

static void __exit leak_protocol_exit(void)
{
}

module_init(leak_protocol_init);
module_exit(leak_protocol_exit);
MODULE_DESCRIPTION("broken on purpose");
MODULE_LICENSE("GPL");
