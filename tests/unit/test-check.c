// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of the on-disk format: a blank filesystem passes, each damage is
 * refused by its rule at its offset, and random bytes never get through.
 */
#include <endian.h>
#include <errno.h>
#include <glib.h>

#include "tests/lib/cli.h"
#include "vexfs/selftest/damage.h"
#include "vexfs/src/blank.h"

struct blocks {
	u8 super[VEXFS_BLOCK_SIZE] __attribute__((aligned(8)));
	u8 root[VEXFS_BLOCK_SIZE] __attribute__((aligned(8)));
};

static void fill(struct blocks *b, unsigned int slot)
{
	static const struct vexfs_blank blank = { .block_count = 4096, .label = "test",
						  .uuid = "0123456789abcde", .sec = 1, .nsec = 2 };

	vexfs_blank_super(&blank, slot, b->super);
	vexfs_blank_root(&blank, b->root);
}

static int check(struct blocks *b, u64 self, struct vexfs_fault *fault)
{
	const struct vexfs_inode *inode;
	int ret = vexfs_check_super(b->super, self, 4096, fault);

	if (!ret)
		ret = vexfs_check_root(b->root, (void *)b->super, fault);
	if (!ret)
		ret = vexfs_check_root_inode(b->root, &inode, fault);
	return ret;
}

static void test_blank(void)
{
	struct vexfs_fault fault;
	struct blocks b;

	for (unsigned int slot = 0; slot < VEXFS_SLOTS; slot++) {
		fill(&b, slot);
		g_assert_cmpint(check(&b, vexfs_slot_block(slot), &fault), ==, 0);
		g_assert_cmpint(check(&b, vexfs_slot_block(!slot), &fault), ==, -EUCLEAN);
		g_assert_cmpstr(fault.rule, ==, "S6");
	}
}

struct damage {
	const char *rule;
	guint offset;
	u64 value;		/* stored there, 8 bytes, little-endian */
	int error;
	bool root;		/* in the root node, not in the superblock */
};

#define SUPER(member) offsetof(struct vexfs_super_block, member)
#define NODE(member) offsetof(struct vexfs_node, member)
#define ITEM(member) (sizeof(struct vexfs_node) + offsetof(struct vexfs_item, member))
#define INODE(member) \
	(VEXFS_BLOCK_SIZE - sizeof(struct vexfs_inode) + offsetof(struct vexfs_inode, member))

static const struct damage damages[] = {
	{ "S1", SUPER(magic), 0, -EINVAL },
	{ "S3", SUPER(version), 2 | 12ull << 32, -EOPNOTSUPP },
	{ "S4", SUPER(version), 1 | 16ull << 32, -EOPNOTSUPP },
	{ "S5", SUPER(incompat), 1, -EOPNOTSUPP },
	{ "S6", SUPER(self_block), 17, -EUCLEAN },
	{ "S7", SUPER(block_count), 1023, -EUCLEAN },
	{ "S7", SUPER(block_count), (1ull << 51) + 1, -EUCLEAN },
	{ "S8", SUPER(free_count), 4097, -EUCLEAN },
	{ "S9", SUPER(root_block), 4096, -EUCLEAN },
	{ "S9", SUPER(root_block), 0, -EUCLEAN },
	{ "S9", SUPER(root_block), VEXFS_SLOT1_BLOCK, -EUCLEAN },
	{ "S10", SUPER(root_generation), 0, -EUCLEAN },
	{ "S10", SUPER(root_generation), 3, -EUCLEAN },
	{ "S10", SUPER(generation), 3, -EUCLEAN },
	{ "S11", SUPER(root_oid), 2, -EUCLEAN },
	{ "S12", SUPER(made_nsec), 1000000000, -EUCLEAN },
	{ "S12", VEXFS_BLOCK_SIZE - 8, 1ull << 63, -EUCLEAN },
	{ "S13", SUPER(block_count), 4097, -EUCLEAN },
	{ "N1", NODE(magic), 0, -EUCLEAN, true },
	{ "N3", NODE(uuid), 0, -EUCLEAN, true },
	{ "N4", NODE(self_block), 18, -EUCLEAN, true },
	{ "N5", NODE(generation), 2, -EUCLEAN, true },
	{ "N6", NODE(owner), 2, -EUCLEAN, true },
	{ "N6", NODE(level), 1 | 1ull << 32, -EUCLEAN, true },
	{ "N7", NODE(level), 127ull << 32, -EUCLEAN, true },
	{ "N7", NODE(level), 0xffffffffull << 32, -EUCLEAN, true },
	{ "N8", NODE(level), 2ull << 32, -EUCLEAN, true },
	{ "N8", ITEM(key.type), 1 | 1ull << 63, -EUCLEAN, true },
	{ "N9", ITEM(start), 95 | 1ull << 32, -EUCLEAN, true },
	{ "N9", ITEM(start), 88 | 1ull << 32, -EUCLEAN, true },
	{ "N9", ITEM(start), 4096 | 1ull << 32, -EUCLEAN, true },
	{ "N9", ITEM(start), 4088 | 0xffffffffull << 32, -EUCLEAN, true },
	{ "I1", ITEM(start), 4088 | 8ull << 32, -EUCLEAN, true },
	{ "I1", ITEM(key.oid), 2, -EUCLEAN, true },
	{ "I1", NODE(level), 0, -EUCLEAN, true },
	{ "I2", INODE(mode), 0100644 | 2ull << 32, -EUCLEAN, true },
	{ "I2", INODE(mode), 0240755 | 2ull << 32, -EUCLEAN, true },
	{ "I3", INODE(mode), 040755 | 3ull << 32, -EUCLEAN, true },
	{ "I3", INODE(size), 1, -EUCLEAN, true },
	{ "I4", INODE(btime.nsec), 1000000000, -EUCLEAN, true },
	{ "I4", INODE(flags), 1, -EUCLEAN, true },
	{ "I4", INODE(reserved) + 8, 1, -EUCLEAN, true },
};

static void test_damage(gconstpointer data)
{
	const struct damage *d = data;
	struct vexfs_fault fault = { NULL };
	struct blocks b;
	u8 *block = d->root ? b.root : b.super;
	u64 value = htole64(d->value), sum;

	fill(&b, 0);
	memcpy(block + d->offset, &value, sizeof(value));
	sum = htole64(vexfs_checksum(block));
	memcpy(block, &sum, sizeof(sum));
	g_assert_cmpint(check(&b, VEXFS_SLOT0_BLOCK, &fault), ==, d->error);
	g_assert_cmpstr(fault.rule, ==, d->rule);
	g_assert_cmpuint(fault.offset, <, VEXFS_BLOCK_SIZE);
	g_assert_nonnull(fault.what);
}

/* What the self-test and the guest suite use. Twice applied it is gone. */
static void test_damage_table(void)
{
	const struct vexfs_damage *d;
	struct vexfs_fault fault;
	struct blocks b;

	for (guint i = 0; (d = vexfs_damage_get(i)) != NULL; i++) {
		u8 *block = d->root ? b.root : b.super;

		fill(&b, 0);
		vexfs_damage_apply(d, block);
		g_assert_cmpint(check(&b, VEXFS_SLOT0_BLOCK, &fault), !=, 0);
		g_assert_cmpstr(fault.rule, ==, d->rule);
		vexfs_damage_apply(d, block);
		g_assert_cmpint(check(&b, VEXFS_SLOT0_BLOCK, &fault), ==, 0);
	}
}

static bool is_in_table(const char *rule)
{
	const struct vexfs_damage *d;

	for (guint i = 0; (d = vexfs_damage_get(i)) != NULL; i++)
		if (g_str_equal(d->rule, rule))
			return true;
	return false;
}

/* Each rule of the document has a damage; S13 is about the device. */
static void test_document(void)
{
	g_autofree char *path = cli_source("docs/dev/on-disk-format.md");
	g_autofree char *text = NULL;
	g_autoptr(GRegex) regex = g_regex_new("^\\| ([SNI]\\d+) \\|", G_REGEX_MULTILINE, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	guint n = 0;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_regex_match(regex, text, 0, &match);
	for (; g_match_info_matches(match); g_match_info_next(match, NULL), n++) {
		g_autofree char *rule = g_match_info_fetch(match, 1);

		g_test_message("rule %s", rule);
		g_assert_true(is_in_table(rule) || g_str_equal(rule, "S13"));
	}
	g_assert_cmpuint(n, ==, 13 + 9 + 4);
}

/* A label that fills its field has no end. */
static void test_label(void)
{
	struct vexfs_fault fault;
	struct blocks b;
	u64 sum;

	fill(&b, 0);
	memset(b.super + SUPER(label), 'x', VEXFS_LABEL_SIZE);
	sum = htole64(vexfs_checksum(b.super));
	memcpy(b.super, &sum, sizeof(sum));
	g_assert_cmpint(check(&b, VEXFS_SLOT0_BLOCK, &fault), ==, -EUCLEAN);
	g_assert_cmpstr(fault.rule, ==, "S12");
}

/* Without a new checksum, any flipped bit of either block is noticed. */
static void test_every_bit(void)
{
	struct vexfs_fault fault;
	struct blocks b;

	fill(&b, 0);
	for (guint bit = 0; bit < 2 * 8 * VEXFS_BLOCK_SIZE; bit++) {
		u8 *byte = b.super + bit / 8;

		*byte ^= 1 << bit % 8;
		g_assert_cmpint(check(&b, VEXFS_SLOT0_BLOCK, &fault), !=, 0);
		*byte ^= 1 << bit % 8;
	}
	g_assert_cmpint(check(&b, VEXFS_SLOT0_BLOCK, &fault), ==, 0);
}

/* With a right checksum, hostile bytes are bounded by the other rules. */
static void test_random_nodes(void)
{
	const struct vexfs_inode *inode;
	struct vexfs_fault fault;
	struct blocks b;

	for (guint round = 0; round < 20000; round++) {
		guint at = sizeof(struct vexfs_node) - 8;
		u64 sum;

		fill(&b, 0);
		for (guint i = 0; i < 64; i++)
			b.root[at + i] = (u8)g_test_rand_int();
		sum = htole64(vexfs_checksum(b.root));
		memcpy(b.root, &sum, sizeof(sum));
		if (vexfs_check_root(b.root, (void *)b.super, &fault) == 0)
			vexfs_check_root_inode(b.root, &inode, &fault);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/check/blank", test_blank);
	for (guint i = 0; i < G_N_ELEMENTS(damages); i++) {
		g_autofree char *name = g_strdup_printf("/check/damage/%02u %s", i, damages[i].rule);

		g_test_add_data_func(name, &damages[i], test_damage);
	}
	g_test_add_func("/check/damage table", test_damage_table);
	g_test_add_func("/check/document", test_document);
	g_test_add_func("/check/label", test_label);
	g_test_add_func("/check/every bit", test_every_bit);
	g_test_add_func("/check/random nodes", test_random_nodes);
	return g_test_run();
}
