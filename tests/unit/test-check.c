// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of the on-disk format, by the Rust core: a blank filesystem passes,
 * each damage is refused by its rule at its offset, and random bytes never get
 * through. What the C of tests/reference says of the same bytes is the same.
 */
#include <endian.h>
#include <errno.h>
#include <glib.h>

#include "tests/lib/cli.h"
#include "tests/reference/check.h"
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

/* Both have said the same: @ret and, where it is not 0, the fault. */
static void assert_agree(int ret, const struct vexfs_fault *fault, int reference,
			 const struct vexfs_fault *wanted)
{
	g_assert_cmpint(ret, ==, reference);
	if (!ret)
		return;
	g_assert_cmpstr(fault->rule, ==, wanted->rule);
	g_assert_cmpstr(fault->what, ==, wanted->what);
	g_assert_cmpuint(fault->offset, ==, wanted->offset);
}

static int check_super(const struct blocks *b, u64 self, struct vexfs_fault *fault)
{
	struct vexfs_fault wanted;
	int ret = vexfs_core_check_super(b->super, sizeof(b->super), self, 4096, fault);

	assert_agree(ret, fault,
		     reference_check_super(b->super, sizeof(b->super), self, 4096, &wanted), &wanted);
	return ret;
}

static int check_root(const struct blocks *b, struct vexfs_fault *fault)
{
	struct vexfs_fault wanted;
	int ret = vexfs_core_check_root(b->root, sizeof(b->root), b->super, sizeof(b->super), fault);

	assert_agree(ret, fault,
		     reference_check_root(b->root, sizeof(b->root), b->super, sizeof(b->super),
					  &wanted),
		     &wanted);
	return ret;
}

static int check_root_inode(const struct blocks *b, struct vexfs_fault *fault)
{
	struct vexfs_fault wanted;
	u32 start = 1, reference = 1;
	int ret = vexfs_core_check_root_inode(b->root, sizeof(b->root), &start, fault);

	assert_agree(ret, fault,
		     reference_check_root_inode(b->root, sizeof(b->root), &reference, &wanted),
		     &wanted);
	g_assert_cmpuint(start, ==, reference);
	g_assert_cmpuint(start, <=, VEXFS_BLOCK_SIZE - sizeof(struct vexfs_inode));
	return ret;
}

static int check(const struct blocks *b, u64 self, struct vexfs_fault *fault)
{
	int ret = check_super(b, self, fault);

	if (!ret)
		ret = check_root(b, fault);
	if (!ret)
		ret = check_root_inode(b, fault);
	return ret;
}

static void test_blank(void)
{
	struct vexfs_fault fault;
	struct blocks b;

	for (unsigned int slot = 0; slot < VEXFS_SLOTS; slot++) {
		fill(&b, slot);
		g_assert_cmpint(check(&b, vexfs_core_slot_block(slot), &fault), ==, 0);
		g_assert_cmpint(check(&b, vexfs_core_slot_block(!slot), &fault), ==, -EUCLEAN);
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
	sum = htole64(vexfs_core_checksum(block, VEXFS_BLOCK_SIZE));
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

/* Each rule of the document has a damage; S13 is about the device, 0 about the caller. */
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
		g_assert_true(is_in_table(rule) || g_str_equal(rule, "S13") ||
			      g_str_equal(rule, "S0") || g_str_equal(rule, "N0"));
	}
	g_assert_cmpuint(n, ==, 14 + 10 + 4);
}

/* A label that fills its field has no end. */
static void test_label(void)
{
	struct vexfs_fault fault;
	struct blocks b;
	u64 sum;

	fill(&b, 0);
	memset(b.super + SUPER(label), 'x', VEXFS_LABEL_SIZE);
	sum = htole64(vexfs_core_checksum(b.super, VEXFS_BLOCK_SIZE));
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
	struct vexfs_fault fault;
	struct blocks b;

	for (guint round = 0; round < 20000; round++) {
		guint at = sizeof(struct vexfs_node) - 8;
		u64 sum;

		fill(&b, 0);
		for (guint i = 0; i < 64; i++)
			b.root[at + i] = (u8)g_test_rand_int();
		sum = htole64(vexfs_core_checksum(b.root, VEXFS_BLOCK_SIZE));
		memcpy(b.root, &sum, sizeof(sum));
		check_root(&b, &fault);
		check_root_inode(&b, &fault);
	}
}

/* What no node would hold; how many items it claims is often believable. */
static void test_random_bytes(void)
{
	struct vexfs_fault fault;
	struct blocks b;
	struct vexfs_node *node = (void *)b.root;
	struct vexfs_item *items = (void *)(node + 1);

	for (guint round = 0; round < 2000; round++) {
		for (guint i = 0; i < VEXFS_BLOCK_SIZE; i++)
			b.root[i] = (u8)g_test_rand_int();
		node->nr_items = htole32((u32)g_test_rand_int_range(0, 130));
		items[round % 126].key = (struct vexfs_key){ .oid = htole64(VEXFS_ROOT_OID),
							     .type = VEXFS_KEY_INODE };
		items[round % 126].size = htole32(sizeof(struct vexfs_inode));
		items[round % 126].start = htole32((u32)g_test_rand_int_range(3900, 4100));
		check_root_inode(&b, &fault);
	}
}

static void test_sizes(void)
{
	static const size_t sizes[] = { 0, 1, 4095, 4097, G_MAXSIZE };
	struct vexfs_fault fault;
	struct blocks b;
	u32 start;

	fill(&b, 0);
	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
		size_t size = sizes[i];

		g_assert_cmpint(vexfs_core_check_super(b.super, size, 16, 0, &fault), ==, -EUCLEAN);
		g_assert_cmpstr(fault.rule, ==, "S0");
		g_assert_cmpstr(fault.what, ==, "not a whole block");
		g_assert_cmpuint(fault.offset, ==, 0);
		g_assert_cmpint(vexfs_core_check_root(b.root, size, b.super, 4096, &fault), ==, -EUCLEAN);
		g_assert_cmpstr(fault.rule, ==, "N0");
		fault.rule = NULL;
		g_assert_cmpint(vexfs_core_check_root(b.root, 4096, b.super, size, &fault), ==, -EUCLEAN);
		g_assert_cmpstr(fault.rule, ==, "N0");
		fault.rule = NULL;
		g_assert_cmpint(vexfs_core_check_root_inode(b.root, size, &start, &fault), ==, -EUCLEAN);
		g_assert_cmpstr(fault.rule, ==, "N0");
		g_assert_cmpuint(vexfs_core_checksum(b.super, size), ==, 0);
	}
}

static void assert_null(int ret, struct vexfs_fault *fault)
{
	g_assert_cmpint(ret, ==, -EFAULT);
	g_assert_cmpstr(fault->rule, ==, "");
	g_assert_nonnull(fault->what);
	g_assert_cmpuint(fault->offset, ==, 0);
	fault->rule = NULL;
}

static void test_null(void)
{
	struct vexfs_fault fault = { .offset = 1 };
	struct blocks b;
	u32 start;

	fill(&b, 0);
	assert_null(vexfs_core_check_super(NULL, 4096, 16, 0, &fault), &fault);
	assert_null(vexfs_core_check_root(NULL, 4096, b.super, 4096, &fault), &fault);
	assert_null(vexfs_core_check_root(b.root, 1, NULL, 4096, &fault), &fault);
	assert_null(vexfs_core_check_root_inode(NULL, 4096, &start, &fault), &fault);
	assert_null(vexfs_core_check_root_inode(b.root, 4096, NULL, &fault), &fault);
	g_assert_cmpint(vexfs_core_check_super(b.super, 4096, 16, 0, NULL), ==, -EFAULT);
	g_assert_cmpint(vexfs_core_check_root(b.root, 4096, b.super, 4096, NULL), ==, -EFAULT);
	g_assert_cmpint(vexfs_core_check_root_inode(b.root, 4096, &start, NULL), ==, -EFAULT);
	g_assert_cmpuint(vexfs_core_checksum(NULL, 4096), ==, 0);
	g_assert_cmpuint(vexfs_core_xxh64(NULL, 1, 0), ==, 0);
	g_assert_cmpuint(vexfs_core_xxh64(NULL, 0, 7), ==, reference_xxh64("", 0, 7));
}

/* Each length up to three stripes and more, at each alignment of a word. */
static void test_xxh64(void)
{
	u8 bytes[200];

	for (guint i = 0; i < sizeof(bytes); i++)
		bytes[i] = (u8)g_test_rand_int();
	for (guint at = 0; at < 8; at++)
		for (guint size = 0; size < sizeof(bytes) - at; size++) {
			u64 seed = (u64)g_test_rand_int() << 40 | size;

			g_assert_cmpuint(vexfs_core_xxh64(bytes + at, size, seed), ==,
					 reference_xxh64(bytes + at, size, seed));
		}
}

/* Neither blocks nor what is written need an alignment. */
static void test_misaligned(void)
{
	struct {
		u8 byte;
		struct blocks b;
		u8 start[sizeof(u32)], fault[sizeof(struct vexfs_fault)];
	} __attribute__((packed)) m;
	struct vexfs_fault *fault = (void *)m.fault, read;
	struct blocks b;
	u32 start;

	fill(&b, 0);
	memcpy(&m.b, &b, sizeof(b));
	g_assert_cmpint(vexfs_core_check_super(m.b.super, 4096, 16, 4096, fault), ==, 0);
	g_assert_cmpint(vexfs_core_check_root(m.b.root, 4096, m.b.super, 4096, fault), ==, 0);
	g_assert_cmpint(vexfs_core_check_root_inode(m.b.root, 4096, (void *)m.start, fault), ==, 0);
	memcpy(&start, m.start, sizeof(start));
	g_assert_cmpuint(start, ==, 4096 - 128);
	g_assert_cmpint(vexfs_core_check_super(m.b.root, 4096, 16, 4096, fault), ==, -EINVAL);
	memcpy(&read, m.fault, sizeof(read));
	g_assert_cmpstr(read.rule, ==, "S1");
}

static void test_reserved(void)
{
	for (u64 block = 0; block < 300; block++)
		g_assert_true(vexfs_core_block_is_reserved(block) == reference_block_is_reserved(block));
	g_assert_true(vexfs_core_block_is_reserved(256));
	g_assert_false(vexfs_core_block_is_reserved(G_MAXUINT64));
	g_assert_cmpuint(vexfs_core_slot_block(0), ==, reference_slot_block(0));
	g_assert_cmpuint(vexfs_core_slot_block(1), ==, reference_slot_block(1));
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
	g_test_add_func("/check/random bytes", test_random_bytes);
	g_test_add_func("/check/sizes", test_sizes);
	g_test_add_func("/check/null", test_null);
	g_test_add_func("/check/xxh64", test_xxh64);
	g_test_add_func("/check/misaligned", test_misaligned);
	g_test_add_func("/check/reserved", test_reserved);
	return g_test_run();
}
