// SPDX-License-Identifier: GPL-2.0-only
/* Modules read, and files that only look like some. */
#include <glib/gstdio.h>

#include "lib/fault.h"
#include "libvm/module.h"
#include "libvm/symvers.h"

/* An object file with the sections that kbuild gives a module. */
static const char source_text[] =
	"#define INFO(id, text) static const char id[] "
	"__attribute__((section(\".modinfo\"), used)) = text;\n"
	"%s\n"
	"struct module { int state; void *list[2]; char name[56]; long more[4]; } this_module "
	"__attribute__((section(\".gnu.linkonce.this_module\"))) = { .name = \"%s\" };\n";

struct fixture {
	char *dir, *ko;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("vexvm-modinfo-XXXXXX", NULL);
	g_assert_nonnull(f->dir);
	f->ko = g_build_filename(f->dir, "my-mod.ko", NULL);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	g_unlink(f->ko);
	g_rmdir(f->dir);
	g_free(f->ko);
	g_free(f->dir);
}

/* Compiles INFO lines @info and the struct's @name into @f->ko. */
static void compile(struct fixture *f, const char *info, const char *name)
{
	g_autofree char *text = g_strdup_printf(source_text, info, name);
	g_autofree char *c = g_build_filename(f->dir, "m.c", NULL);
	const char *argv[] = { "gcc", "-c", "-o", f->ko, c, NULL };
	g_autoptr(GError) error = NULL;
	int status;

	g_assert_true(g_file_set_contents(c, text, -1, NULL));
	g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status,
		     &error);
	g_assert_no_error(error);
	g_assert_cmpint(status, ==, 0);
	g_unlink(c);
}

static const char full_info[] =
	"INFO(a, \"license=GPL\") INFO(b, \"alias=fs-vexfs\") INFO(c, \"alias=vexfs\")\n"
	"INFO(d, \"depends=libcrc32c,my-base\") INFO(e, \"name=my_mod\") INFO(f, \"version=1.2\")\n"
	"INFO(g, \"vermagic=6.1.0-48-amd64 SMP preempt mod_unload modversions \")\n"
	"INFO(h, \"parmtype=debug:bool\") INFO(i, \"parmtype=size:charp\") INFO(j, \"nonsense\")\n";

static void test_all(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(modinfo_owner) info = NULL;
	g_autofree char *release = NULL, *depends = NULL, *aliases = NULL, *parameters = NULL;

	compile(f, full_info, "my_mod");
	info = modinfo_read(f->ko, &error);
	g_assert_no_error(error);
	release = modinfo_release(info);
	depends = g_strjoinv(" ", info->depends);
	aliases = g_strjoinv(" ", info->aliases);
	parameters = g_strjoinv(" ", info->parameters);
	g_assert_cmpstr(info->name, ==, "my_mod");
	g_assert_cmpstr(info->version, ==, "1.2");
	g_assert_cmpstr(info->license, ==, "GPL");
	g_assert_cmpstr(release, ==, "6.1.0-48-amd64");
	g_assert_cmpstr(depends, ==, "libcrc32c my-base");
	g_assert_cmpstr(aliases, ==, "fs-vexfs vexfs");
	g_assert_cmpstr(parameters, ==, "debug size");
}

/* What it was linked against, and whether a kernel has that. */
static void test_versions(struct fixture *f, gconstpointer data)
{
	static const char versions[] =
		"static const struct { unsigned long crc; char name[56]; } versions[] "
		"__attribute__((section(\"__versions\"), used)) = "
		"{ { 0x11223344, \"module_layout\" }, { 0xfedcba98, \"_printk\" } };\n"
		"INFO(a, \"name=my_mod\")";
	static const struct {
		const char *symvers, *shows;	/* NULL = fits */
	} samples[] = {
		{ "", NULL },
		{ "0x11223344\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n0xfedcba98\t_printk\tvmlinux\tx\t\n", NULL },
		{ "0x99999999\t_printk_other\tvmlinux\tEXPORT_SYMBOL\t\n", NULL },
		{ "0x11223344\tmodule_layout\tvmlinux\tx\n0xfedcba99\t_printk\tvmlinux\tx\t\n",
		  "_printk (built against 0xfedcba98, the kernel has 0xfedcba99)" },
		{ "garbage\n0x\n\t\n0x12 _printk\n0x00000001\tmodule_layout",
		  "module_layout (built against 0x11223344, the kernel has 0x00000001)" },
	};
	g_autoptr(modinfo_owner) info = NULL;

	compile(f, versions, "my_mod");
	info = modinfo_read(f->ko, NULL);
	g_assert_cmpuint(info->versions->len, ==, 2);
	for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
		g_autofree char *mismatch = symvers_mismatch(samples[i].symvers, info);

		g_assert_cmpstr(mismatch, ==, samples[i].shows);
	}
}

/* The section ends within the last name, and what follows in the file is not read. */
static void test_unended_version(struct fixture *f, gconstpointer data)
{
	static const char version[] =
		"static const struct { unsigned long crc; char name[56]; } version "
		"__attribute__((section(\"__versions\"), used)) = { 1, "
		"\"0123456789abcdef0123456789abcdef0123456789abcdef01234567\" };\n"
		"INFO(a, \"name=my_mod\")";
	g_autoptr(modinfo_owner) info = NULL;

	compile(f, version, "my_mod");
	info = modinfo_read(f->ko, NULL);
	g_assert_cmpuint(info->versions->len, ==, 1);
	g_assert_cmpstr(g_array_index(info->versions, struct modinfo_version, 0).symbol, ==,
			"0123456789abcdef0123456789abcdef0123456789abcdef0123456");
}

/* Old kernels' modules have no name= string: struct module has it. */
static void test_name_in_struct(struct fixture *f, gconstpointer data)
{
	g_autoptr(modinfo_owner) info = NULL;
	g_autofree char *release = NULL;

	compile(f, "INFO(a, \"license=GPL\")", "old_mod");
	info = modinfo_read(f->ko, NULL);
	g_assert_nonnull(info);
	release = modinfo_release(info);
	g_assert_cmpstr(info->name, ==, "old_mod");
	g_assert_cmpstr(release, ==, "");
	g_assert_null(info->depends[0]);
}

/* A name goes into paths and shell text. */
static void test_bad_names(struct fixture *f, gconstpointer data)
{
	static const char *const names[] = { "a b", "../x", "x;reboot", "", "-x", "a/b" };

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *info = g_strdup_printf("INFO(a, \"name=%s\")", names[i]);
		g_autoptr(GError) error = NULL;

		compile(f, info, names[i]);
		g_assert_null(modinfo_read(f->ko, &error));
		g_assert_error(error, LAB_ERROR, LAB_ERROR_BUILD);
		g_assert_true(strstr(error->message, "is no name for a module"));
	}
}

static void test_no_module(struct fixture *f, gconstpointer data)
{
	static const char *const texts[] = { "", "x", "\x7f""ELF", "hello\n" };
	g_autoptr(GError) error = NULL;

	g_assert_null(modinfo_read("/proc/self/exe", &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_BUILD);
	g_clear_error(&error);
	g_assert_null(modinfo_read("/nonexistent.ko", &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_BUILD);
	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_assert_true(g_file_set_contents(f->ko, texts[i], -1, NULL));
		g_assert_null(modinfo_read(f->ko, NULL));
	}
}

/* Cut anywhere, or with a byte changed: an answer or an error, nothing else. */
static void test_hostile(struct fixture *f, gconstpointer data)
{
	g_autofree char *bytes = NULL;
	gsize size;

	compile(f, full_info, "my_mod");
	g_assert_true(g_file_get_contents(f->ko, &bytes, &size, NULL));
	for (gsize cut = 0; cut < size; cut += 7) {
		g_autoptr(modinfo_owner) info = NULL;

		g_assert_true(g_file_set_contents_full(f->ko, bytes, (gssize)cut, G_FILE_SET_CONTENTS_NONE,
						       0600, NULL));
		info = modinfo_read(f->ko, NULL);
	}
	for (guint i = 0; i < 1500; i++) {
		gsize at = (gsize)g_test_rand_int_range(0, (gint32)size);
		char saved = bytes[at];
		g_autoptr(modinfo_owner) info = NULL;

		bytes[at] = (char)g_test_rand_int_range(0, 256);
		g_assert_true(g_file_set_contents_full(f->ko, bytes, (gssize)size, G_FILE_SET_CONTENTS_NONE,
						       0600, NULL));
		info = modinfo_read(f->ko, NULL);
		bytes[at] = saved;
	}
}

/* Read from files, in the order in which they load. */
static void test_load_order(struct fixture *f, gconstpointer data)
{
	static const struct {
		const char *name, *depends;
	} modules[] = { { "z_user", "y_mid" }, { "y_mid", "a_base,libcrc32c" }, { "a_base", "" } };
	const char *files[4] = { NULL };
	g_autoptr(GPtrArray) sorted = NULL;
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i < 3; i++) {
		g_autofree char *info = g_strdup_printf("INFO(a, \"name=%s\") INFO(b, \"depends=%s\")",
							modules[i].name, modules[i].depends);

		compile(f, info, modules[i].name);
		files[i] = g_strdup_printf("%s/%s.ko", f->dir, modules[i].name);
		g_assert_cmpint(g_rename(f->ko, files[i]), ==, 0);
	}
	sorted = module_load(files, &error);
	g_assert_no_error(error);
	for (guint i = 0; i < 3; i++) {
		g_assert_cmpstr(((struct module *)sorted->pdata[i])->info->name, ==, modules[2 - i].name);
		g_unlink(files[i]);
		g_free((char *)files[i]);
	}
}

static void test_circle(struct fixture *f, gconstpointer data)
{
	const char *files[3] = { NULL };
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i < 2; i++) {
		g_autofree char *info = g_strdup_printf("INFO(a, \"name=m%u\") INFO(b, \"depends=m%u\")", i,
							1 - i);

		compile(f, info, "m");
		files[i] = g_strdup_printf("%s/m%u.ko", f->dir, i);
		g_assert_cmpint(g_rename(f->ko, files[i]), ==, 0);
	}
	g_assert_null(module_load(files, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_BUILD);
	for (guint i = 0; i < 2; i++) {
		g_unlink(files[i]);
		g_free((char *)files[i]);
	}
}

static void test_loaded_name(void)
{
	static const char *const samples[][2] = {
		{ "my-mod.ko", "my_mod" }, { "/a-b/c-d.ko", "c_d" }, { "x", "x" }, { "a.ko.ko", "a.ko" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
		g_autofree char *name = modinfo_loaded_name(samples[i][0]);

		g_assert_cmpstr(name, ==, samples[i][1]);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*test)(struct fixture *f, gconstpointer data);
	} tests[] = {
		{ "/modinfo/all", test_all },
		{ "/modinfo/versions", test_versions },
		{ "/modinfo/unended-version", test_unended_version },
		{ "/modinfo/name-in-struct", test_name_in_struct },
		{ "/modinfo/bad-names", test_bad_names },
		{ "/modinfo/no-module", test_no_module },
		{ "/modinfo/hostile", test_hostile },
		{ "/modinfo/load-order", test_load_order },
		{ "/modinfo/circle", test_circle },
	};

	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct fixture, NULL, set_up, tests[i].test, tear_down);
	g_test_add_func("/modinfo/loaded-name", test_loaded_name);
	return g_test_run();
}
