// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/audit-kind.h"

#include <string.h>

/* Kinds of things, those first that tell most. */
static const struct audit_kind kinds[] = {
	{ "kthread", "kernel thread", NULL, "in" },
	{ "timer", "pending timer", NULL, "of" },
	{ "workqueue", "workqueue", "alloc_workqueue" },
	{ "cache", "slab cache", "kmem_cache_create" },
	{ "filesystem", "filesystem type" },
	{ "misc device", "misc device", "misc_register" },
	{ "device number", "device number of", "alloc_chrdev register_chrdev register_blkdev" },
	{ "sysctl", "sysctl", "register_sysctl" },
	{ "proc", "/proc entry", "proc_" },
	{ "debugfs", "debugfs entry", "debugfs_" },
	{ "tracefs", "tracefs entry", "trace ftrace_ event_" },
	{ "kprobe", "kprobe" },
	{ "sysfs", "/sys entry", "kobject_ kset_ sysfs_ device_ class_ bus_ driver_ misc_register "
	  "platform_ register_ root_device_ cdev_ add_disk" },
	{ "dev", "device node" },
	{ "protocol", "network protocol" },
	{ "packet type", "packet handler" },
	{ "netlink", "netlink socket of the kernel, family" },
	{ "interrupt", "interrupt handler" },
	{ "memory region", "memory region" },
	{ "port region", "port region" },
	{ "crypto", "algorithm" },
	{ "users", "reference on module" },
	{ "slab", NULL, NULL, "allocated at" },
	{ "vmalloc", NULL, NULL, "allocated at" },
};

/* Functions of the kernel that hand out memory which is the caller's to free. */
static const char allocators[] =
	"kmalloc kzalloc kcalloc kvmalloc kvzalloc kvrealloc krealloc kmemdup kstrdup kstrndup kasprintf "
	"kvasprintf memdup_user vmemdup_user strndup_user kmem_cache_alloc bitmap_alloc bitmap_zalloc "
	"mempool_ devm_k idr_ ida_ xa_ radix_tree_ rhashtable_ rhltable_ alloc_skb netdev_alloc_skb "
	"crypto_alloc_ seq_open single_open -";

/*
 * What comes and goes by itself, or by what suites do: never a finding. A "*" stands
 * for anything, and a "?" for one character.
 */
static const struct {
	const char *kind, *name;
} passing[] = {
	/* Journals, and the threads of what is mounted: for as long as it is. */
	{ "kthread", "jbd2/*" },
	{ "kthread", "ext4-rsv-conver*" },
	{ "kthread", "loop?*" },
	/* Workers of the block layer and of the card that is the console come as they are needed. */
	{ "kthread", "irq/*" },
	{ "kthread", "psimon" },
	/* Filesystems tell of their mounts there, as 9p does of the lab's own. */
	{ "sysfs", "*/bdi/*" },
	{ "cache", "9p-fcall-cache*" },
	{ "sysfs", "/sys/fs/ext4/*" },
	{ "proc", "/proc/fs/ext4/*" },
	{ "proc", "/proc/fs/jbd2/*" },
	{ "debugfs", "/sys/kernel/debug/bdi/*" },
	/* Loop devices stay until their module goes. */
	{ "sysfs", "*/loop?*" },
	{ "sysfs", "/sys/dev/block/*" },
	{ "dev", "/dev/loop?*" },
	{ "debugfs", "/sys/kernel/debug/block/loop?*" },
	/* udev's links. */
	{ "dev", "/dev/disk/*" },
	{ "dev", "/dev/block/*" },
	{ "dev", "/dev/char/*" },
	/* Objects of the driver core that follow others, which are told of. */
	{ "sysfs", "*/wakeup/*" },
	{ "sysfs", "/sys/module/*" },
	{ "debugfs", "/sys/kernel/debug/slab/*" },
	/* Made of others on demand, and kept: "hmac(sha256-generic)". */
	{ "crypto", "*(*" },
};

const char *audit_kind(guint i)
{
	return i < G_N_ELEMENTS(kinds) ? kinds[i].name : NULL;
}

const struct audit_kind *audit_kind_find(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (g_str_equal(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

int audit_kind_order(const char *a, const char *b)
{
	const struct audit_kind *x = audit_kind_find(a), *y = audit_kind_find(b);

	return x < y ? -1 : x > y;
}

/* Whether @text, without leading _, begins with one of the blank-separated @words. */
static bool begins_with(const char *text, const char *words)
{
	g_auto(GStrv) all = g_strsplit(words, " ", -1);

	text += strspn(text, "_");
	for (char **word = all; *word; word++)
		if (g_str_has_prefix(text, *word))
			return true;
	return false;
}

bool audit_kind_is_made_by(const char *kind, const char *via)
{
	const char *makers = audit_kind_find(kind)->makers;

	return makers && begins_with(via, makers);
}

bool audit_is_allocator(const char *via)
{
	return begins_with(via, allocators);
}

bool audit_is_passing(const char *kind, const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(passing); i++)
		if (g_str_equal(passing[i].kind, kind) && g_pattern_match_simple(passing[i].name, name))
			return true;
	return false;
}
