// SPDX-License-Identifier: GPL-2.0-only
/* image: a disk that is given as a file. */
#include <string.h>

#include "tests/lib/cli.h"

#define DISK_SIZE 65536

/* What passes for a raw disk: a boot sector, and @mark in the one after it. */
static void write_disk(const struct box *box, char mark)
{
	g_autofree char *path = g_build_filename(box->project, "disk.raw", NULL);
	g_autofree char *disk = g_malloc0(DISK_SIZE);

	disk[510] = 0x55;
	disk[511] = (char)0xaa;
	disk[512] = mark;
	g_assert_true(g_file_set_contents(path, disk, DISK_SIZE, NULL));
}

/* The image's ID, which is the first word of what `make` shows. */
static char *make_image(const struct box *box, const char *err)
{
	auto_cli_result result = { 0 };

	cli_type(box, "vexvm image make disk.raw", &result);
	cli_expect(&result, 0, "^[0-9a-f]{16} .*/disk\\.raw", err);
	return g_strndup(result.out, strcspn(result.out, " "));
}

/* Made once, and anew when somebody has edited the file. */
static void test_edited(void)
{
	g_autofree char *first = NULL, *again = NULL, *edited = NULL, *gone = NULL;
	g_autofree char *path = NULL, *verify = NULL;
	auto_box box = { 0 };

	box_init(&box);
	write_disk(&box, 'a');
	first = make_image(&box, "^Checking");
	again = make_image(&box, NULL);
	g_assert_cmpstr(again, ==, first);
	write_disk(&box, 'b');
	edited = make_image(&box, "Making the image .*/disk\\.raw anew: the file has changed");
	g_assert_cmpstr(edited, !=, first);
	verify = g_strdup_printf("vexvm image verify %s", edited);
	cli_check(&box, verify, 0, edited, "^Checking");
	/* The file is not needed any more. */
	path = g_build_filename(box.project, "disk.raw", NULL);
	g_assert_cmpint(remove(path), ==, 0);
	gone = make_image(&box, NULL);
	g_assert_cmpstr(gone, ==, edited);
}

static void test_no_disk(void)
{
	auto_box box = { 0 };

	box_init(&box);
	box_write(&box, "page.raw", "<html>Not found</html>");
	/* Anything could be a raw disk: one that cannot boot is none. */
	cli_check(&box, "vexvm image make page.raw", 8, NULL, "page\\.raw is no disk image");
	cli_check(&box, "vexvm image make absent.raw", 2, NULL, "there is no image .*absent\\.raw");
	cli_check(&box, "vexvm image list page.raw", 2, NULL, "image list: it takes no argument");
	cli_check(&box, "vexvm image remove", 2, NULL, "which one\\? 'vexvm image list'");
	cli_check(&box, "vexvm image frob", 2, NULL, "'frob' is none of list, make, remove and verify");
	cli_check(&box, "vexvm image", 0, "^No image yet", NULL);
}

static void test_remove(void)
{
	g_autofree char *id = NULL, *line = NULL;
	auto_box box = { 0 };

	box_init(&box);
	write_disk(&box, 'a');
	id = make_image(&box, "^Checking");
	cli_check(&box, "vexvm image list --json", 0, id, NULL);
	line = g_strdup_printf("vexvm image remove %s", id);
	cli_check(&box, line, 0, "^Removed", NULL);
	cli_check(&box, line, 2, NULL, "there is no image");
	cli_check(&box, "vexvm image", 0, "^No image yet", NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/image/edited", test_edited);
	g_test_add_func("/image/no-disk", test_no_disk);
	g_test_add_func("/image/remove", test_remove);
	return g_test_run();
}
