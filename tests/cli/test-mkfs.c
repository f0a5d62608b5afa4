// SPDX-License-Identifier: GPL-2.0-only
/* mkfs.vexfs: what it makes, what it refuses, and in which words. */
#include <glib.h>
#include <glib/gstdio.h>

#include "include/vexfs/format.h"
#include "tests/lib/cli.h"

struct step {
	const char *args;
	int status;
	const char *out, *err;
};

static char *mkfs;

static void type(const struct box *box, const struct step *step)
{
	g_auto(GStrv) argv = NULL;
	g_autofree char *line = g_strdup_printf("%s %s", mkfs, step->args);
	auto_cli_result result = { 0 };

	g_shell_parse_argv(line, NULL, &argv, NULL);
	cli_run(box, "", NULL, (const char *const *)argv, &result);
	cli_expect(&result, step->status, step->out, step->err);
}

static void test_usage(void)
{
	static const struct step steps[] = {
		{ "--help", 0, "^Usage: mkfs.vexfs", NULL },
		{ "--version", 0, "^mkfs.vexfs ", NULL },
		{ "", 2, NULL, "give one file or device" },
		{ "a b", 2, NULL, "give one file or device" },
		{ "--size none x", 2, NULL, "'none' is no size" },
		{ "--size -1 x", 2, NULL, "'-1' is no size" },
		{ "--size 99999999T x", 2, NULL, "is no size" },
		{ "--uuid x y", 2, NULL, "'x' is no UUID" },
		{ "--no-such-option", 2, NULL, "--help shows the options" },
		{ "no-such-file", 1, NULL, "is not there; --size makes a file" },
		{ "--size 4095K small", 1, NULL, "needs 4194304 at least" },
		{ ".", 1, NULL, "mkfs.vexfs: \\.: " },
		{ "/dev/null", 1, NULL, "neither a file nor a block device" },
	};
	auto_box box;

	box_init(&box);
	for (guint i = 0; i < G_N_ELEMENTS(steps); i++)
		type(&box, &steps[i]);
}

static void test_label_too_long(void)
{
	g_autofree char *label = g_strnfill(VEXFS_LABEL_SIZE, 'x');
	g_autofree char *args = g_strdup_printf("--size 8M -L %s image", label);
	const struct step step = { args, 2, NULL, "label is longer than 63 bytes" };
	auto_box box;

	box_init(&box);
	type(&box, &step);
}

static void test_make(void)
{
	static const struct step steps[] = {
		{ "--dry-run image", 1, NULL, "is not there; --size makes a file" },
		{ "--size 8M --dry-run image", 0, "2048 blocks.*not written", NULL },
		{ "image", 1, NULL, "is not there" },
		{ "--size 8M none/image", 1, NULL, "none/image: its folder is not there" },
		{ "--size 8M -L name -U 00112233-4455-6677-8899-aabbccddeeff image", 0,
		  "2048 blocks.*00112233-4455-6677-8899-aabbccddeeff", NULL },
		{ "image", 1, NULL, "holds VexFS; --force overwrites it" },
		{ "--dry-run --force image", 0, "not written", NULL },
		{ "--quiet --force image", 0, "^$", NULL },
	};
	g_autofree char *path = NULL, *bytes = NULL;
	gsize size;
	auto_box box;

	box_init(&box);
	path = g_build_filename(box.project, "image", NULL);
	for (guint i = 0; i < G_N_ELEMENTS(steps); i++)
		type(&box, &steps[i]);
	g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
	g_assert_cmpuint(size, ==, 8 << 20);
	g_assert_cmpmem(bytes + 65536 + 8, 8, VEXFS_MAGIC, 8);
	g_assert_cmpmem(bytes + 1048576 + 8, 8, VEXFS_MAGIC, 8);
	g_assert_cmpmem(bytes + 17 * 4096 + 8, 8, VEXFS_NODE_MAGIC, 8);
}

/* What is refused is as it was: nothing is cut, nothing is made. */
static void test_refused_is_untouched(void)
{
	static const struct step steps[] = {
		{ "--size 8M image", 0, "2048 blocks", NULL },
		{ "--size 4M image", 1, NULL, "holds VexFS" },
		{ "--size 4M --dry-run --force image", 0, "1024 blocks.*not written", NULL },
	};
	static const struct step small = { "--size 1M small", 1, NULL, "needs 4194304 at least" };
	g_autofree char *image = NULL, *path = NULL, *bytes = NULL;
	gsize size;
	auto_box box;

	box_init(&box);
	image = g_build_filename(box.project, "image", NULL);
	path = g_build_filename(box.project, "small", NULL);
	for (guint i = 0; i < G_N_ELEMENTS(steps); i++)
		type(&box, &steps[i]);
	g_assert_true(g_file_get_contents(image, &bytes, &size, NULL));
	g_assert_cmpuint(size, ==, 8 << 20);
	type(&box, &small);
	g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* A signature that none of our blocks covers would still be found. */
static void test_foreign_is_wiped(void)
{
	static const struct step forced = { "--force --size 8M image", 0, "2048 blocks", NULL };
	static const struct step refused = { "image", 1, NULL, "holds iso9660; --force" };
	static const char descriptor[] = "\1CD001\1";
	g_autofree char *path = NULL, *bytes = g_malloc0(8 << 20);
	g_autofree char *after = NULL;
	auto_box box;

	memcpy(bytes + 32768, descriptor, sizeof(descriptor));
	bytes[32768 + 2048] = (char)0xff;	/* the descriptors' end */
	memcpy(bytes + 32768 + 2049, "CD001", 5);
	box_init(&box);
	path = g_build_filename(box.project, "image", NULL);
	g_assert_true(g_file_set_contents(path, bytes, 8 << 20, NULL));
	type(&box, &refused);
	type(&box, &forced);
	g_assert_true(g_file_get_contents(path, &after, NULL, NULL));
	g_assert_cmpint(memcmp(after + 32769, "CD001", 5), !=, 0);
}

/* Another filesystem is not overwritten by mistake. */
static void test_foreign(void)
{
	static const struct step refused = { "image", 1, NULL, "holds ext[24]; --force" };
	static const struct step forced = { "-f image", 0, "VexFS of 2048 blocks", NULL };
	const char *const mke2fs[] = { "/sbin/mke2fs", "-q", "-t", "ext4", "image", "8M", NULL };
	auto_cli_result result = { 0 };
	auto_box box;

	box_init(&box);
	cli_run(&box, "", NULL, mke2fs, &result);
	g_assert_cmpint(result.status, ==, 0);
	type(&box, &refused);
	type(&box, &forced);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	mkfs = cli_source("build/mkfs.vexfs");
	g_test_add_func("/mkfs/usage", test_usage);
	g_test_add_func("/mkfs/label too long", test_label_too_long);
	g_test_add_func("/mkfs/make", test_make);
	g_test_add_func("/mkfs/refused is untouched", test_refused_is_untouched);
	g_test_add_func("/mkfs/foreign", test_foreign);
	g_test_add_func("/mkfs/foreign is wiped", test_foreign_is_wiped);
	return g_test_run();
}
