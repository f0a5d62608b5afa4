// SPDX-License-Identifier: GPL-2.0-only
/* What is to be built, and the order in which it loads. */
#include <glib/gstdio.h>

#include "lib/fault.h"
#include "libvm/module.h"

struct fixture {
	char *dir;
	struct conf conf;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("vexvm-module-XXXXXX", NULL);
	g_assert_nonnull(f->dir);
	f->conf.source = f->dir;
}

static void remove_tree(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *below = g_build_filename(path, name, NULL);

		remove_tree(below);
	}
	g_remove(path);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	remove_tree(f->dir);
	g_free(f->dir);
}

static void put(struct fixture *f, const char *path, const char *text)
{
	g_autofree char *full = g_build_filename(f->dir, path, NULL);
	g_autofree char *parent = g_path_get_dirname(full);

	g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
	g_assert_true(g_file_set_contents(full, text, -1, NULL));
}

/* @expected relative to the source, or a part of the error when it begins with '!'. */
static void check_find(struct fixture *f, const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *found = module_find(&f->conf, &error);
	g_autofree char *wanted = NULL;

	if (*expected == '!') {
		g_assert_null(found);
		g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
		g_assert_nonnull(strstr(error->message, expected + 1));
		return;
	}
	wanted = g_canonicalize_filename(expected, f->dir);
	g_assert_no_error(error);
	g_assert_cmpstr(found, ==, wanted);
}

static void test_find(struct fixture *f, gconstpointer data)
{
	put(f, "Makefile", "all:\n\t$(MAKE) -C vexfs\n# obj-m is in vexfs/\n");
	put(f, "src/a.c", "");
	check_find(f, "!no kernel module");
	put(f, "vexfs/Kbuild", "obj-$(CONFIG_VEXFS) += vexfs.o\n");
	check_find(f, "vexfs");
	put(f, "other/Makefile", "ifneq ($(KERNELRELEASE),)\n  obj-m:=x.o\nendif\n");
	check_find(f, "!other, vexfs");
	f->conf.module_path = (char *)"other";
	check_find(f, "other");
	f->conf.module_path = (char *)"src";
	check_find(f, "!path=src");
	f->conf.module_path = NULL;
	put(f, "Kbuild", "obj-m := top.o\n");
	check_find(f, ".");
}

/* The project's own sample modules, which are all found where they lie. */
static void test_samples(void)
{
	static const char *const names[] = { "chardev", "composite", "hello", "needs-stock", "pair",
					     "parameters", "ticker" };

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *here = g_get_current_dir();
		g_autofree char *dir = g_build_filename(here, "tests/modules", names[i], NULL);
		struct conf conf = { .source = dir };
		g_autoptr(GError) error = NULL;
		g_autofree char *found = module_find(&conf, &error);

		g_assert_no_error(error);
		g_assert_cmpstr(found, ==, dir);
	}
}

static void test_order(void)
{
	static const struct {
		const char *text, *files;	/* joined by blanks; NULL = refused */
	} samples[] = {
		{ "/mnt/src/m/a.ko\n", "a.ko" },		/* up to 6.1 */
		{ "/mnt/src/m/a.o\n/mnt/src/m/sub/b.o\n", "a.ko sub/b.ko" },	/* from 6.2 */
		{ "a.o\nmy-mod.o\n", "a.ko my-mod.ko" },	/* from 6.13 */
		{ "./a.o\n", "a.ko" },
		{ "", NULL },
		{ "\n\n", NULL },
		{ "/etc/passwd\n", NULL },
		{ "/other/a.ko\n", NULL },
		{ "/mnt/src/more/a.ko\n", NULL },
		{ "../a.o\n", NULL },
		{ "sub/../../a.o\n", NULL },
		{ ".o\n", NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
		g_autoptr(GError) error = NULL;
		g_auto(GStrv) files = module_order_parse(samples[i].text, "/mnt/src/m", &error);
		g_autofree char *joined = files ? g_strjoinv(" ", files) : NULL;

		g_assert_cmpstr(joined, ==, samples[i].files);
		if (!joined)
			g_assert_error(error, LAB_ERROR, LAB_ERROR_BUILD);
	}
}

static void test_order_bounds(void)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i < 100000; i++)
		g_string_append_printf(text, "m%u.o\n", i);
	g_assert_null(module_order_parse(text->str, "/m", &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_BUILD);
}

/* A module that is known without a file. */
static void add(GPtrArray *modules, const char *name, const char *depends, const char *parameters)
{
	struct module *module = g_new0(struct module, 1);

	module->base = g_strconcat(name, ".ko", NULL);
	module->info = g_new0(struct modinfo, 1);
	module->info->name = modinfo_loaded_name(name);
	module->info->depends = g_strsplit(depends, ",", -1);
	module->info->parameters = g_strsplit(parameters, ",", -1);
	g_ptr_array_add(modules, module);
}

static void test_needs(void)
{
	g_autoptr(GPtrArray) modules = g_ptr_array_new_with_free_func((GDestroyNotify)module_free);
	g_auto(GStrv) needs = NULL;
	g_autofree char *joined = NULL;

	add(modules, "my-base", "libcrc32c,crc-t10dif,", "");
	add(modules, "my-user", "my-base,crc_t10dif,-evil", "");
	needs = module_needs(modules);
	joined = g_strjoinv(" ", needs);
	g_assert_cmpstr(joined, ==, "libcrc32c crc-t10dif");
}

static void test_args(void)
{
	static const struct {
		const char *args, *first, *second;
	} samples[] = {
		{ NULL, "", "" },
		{ "", "", "" },
		{ "debug=1 size=4k", "debug=1", "size=4k" },
		{ "unknown=1", "", "unknown=1" },
		{ "both=1", "both=1", "both=1" },
		{ "name='two words'", "", "name=two words" },
		{ "debug", "debug", "" },
	};
	g_autoptr(GPtrArray) modules = g_ptr_array_new_with_free_func((GDestroyNotify)module_free);

	add(modules, "a", "", "debug,both");
	add(modules, "b", "a", "size,both,name");
	for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
		g_auto(GStrv) first = module_args(modules, 0, samples[i].args, NULL);
		g_auto(GStrv) second = module_args(modules, 1, samples[i].args, NULL);
		g_autofree char *a = g_strjoinv("|", first);
		g_autofree char *b = g_strjoinv("|", second);

		g_assert_cmpstr(a, ==, samples[i].first);
		g_assert_cmpstr(b, ==, samples[i].second);
	}
	g_assert_null(module_args(modules, 0, "x='unended", NULL));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/module/find", struct fixture, NULL, set_up, test_find, tear_down);
	g_test_add_func("/module/samples", test_samples);
	g_test_add_func("/module/order", test_order);
	g_test_add_func("/module/order-bounds", test_order_bounds);
	g_test_add_func("/module/needs", test_needs);
	g_test_add_func("/module/args", test_args);
	return g_test_run();
}
