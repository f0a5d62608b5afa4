// SPDX-License-Identifier: GPL-2.0-only
/* What is pure of the debug kernel's build, and kernels in a cache of their own. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "lib/fault.h"
#include "lib/folder.h"
#include "libvm/kconfig.h"
#include "libvm/kernel-build.h"
#include "libvm/kernel.h"

static void test_merge(void)
{
	g_autofree char *alone = kconfig_merge("# a comment\n\nCONFIG_A=y\nCONFIG_B=\"x y\"\n", NULL);
	g_autofree char *both = kconfig_merge("CONFIG_A=y\nCONFIG_B=1\n# CONFIG_C is not set\n",
					      "CONFIG_C=y\n# CONFIG_A is not set\nCONFIG_D=m\n");

	g_assert_cmpstr(alone, ==, "CONFIG_A=y\nCONFIG_B=\"x y\"\n");
	g_assert_cmpstr(both, ==, "# CONFIG_A is not set\nCONFIG_B=1\nCONFIG_C=y\nCONFIG_D=m\n");
}

static char *missing(const char *wanted, const char *config)
{
	g_auto(GStrv) lines = kconfig_missing(wanted, config);

	return g_strjoinv("|", lines);
}

static void test_missing(void)
{
	static const char config[] = "#\n# Linux 6.1\n#\nCONFIG_A=y\nCONFIG_B=17\n# CONFIG_C is not set\nCONFIG_KASAN_INLINE=y\n";
	g_autofree char *none = missing("CONFIG_A=y\nCONFIG_B=17\n# CONFIG_C is not set\n# CONFIG_GONE is not set\n", config);
	g_autofree char *some = missing("CONFIG_A=m\nCONFIG_B=16\nCONFIG_C=y\nCONFIG_GONE=y\n# CONFIG_A is not set\n", config);
	/* No name is taken for one that it begins. */
	g_autofree char *prefix = missing("CONFIG_KASAN=y\n", config);

	g_assert_cmpstr(none, ==, "");
	g_assert_cmpstr(some, ==, "# CONFIG_A is not set|CONFIG_B=16|CONFIG_C=y|CONFIG_GONE=y");
	g_assert_cmpstr(prefix, ==, "CONFIG_KASAN=y");
}

/* What the controls in tests/controls rely on is asked for. */
static void test_config(void)
{
	g_autofree char *lines = kconfig_merge(kernel_build_config(), NULL);
	g_autofree char *lost = missing("CONFIG_KASAN_GENERIC=y\nCONFIG_KASAN_STACK=y\nCONFIG_PROVE_LOCKING=y\n"
					"CONFIG_DEBUG_KMEMLEAK=y\nCONFIG_DEBUG_ATOMIC_SLEEP=y\nCONFIG_FAILSLAB=y\n"
					"CONFIG_FAULT_INJECTION_DEBUG_FS=y\nCONFIG_MODULES=y\nCONFIG_9P_FS=y\n", lines);

	g_assert_cmpstr(lost, ==, "");
	/* All is built in: there is no initrd to load a module from. */
	g_assert_null(strstr(lines, "=m\n"));
}

static void test_key(void)
{
	g_autofree char *one = kernel_build_key("6.1.192-2", "CONFIG_A=y\n", "gcc (Debian 12.2.0-14) 12.2.0");
	g_autofree char *same = kernel_build_key("6.1.192-2", "CONFIG_A=y\n", "gcc (Debian 12.2.0-14) 12.2.0");
	g_autofree char *source = kernel_build_key("6.1.193-1", "CONFIG_A=y\n", "gcc (Debian 12.2.0-14) 12.2.0");
	g_autofree char *config = kernel_build_key("6.1.192-2", "CONFIG_B=y\n", "gcc (Debian 12.2.0-14) 12.2.0");
	g_autofree char *compiler = kernel_build_key("6.1.192-2", "CONFIG_A=y\n", "gcc (Debian 14.2.0-1) 14.2.0");
	/* Where one text ends and the next begins counts. */
	g_autofree char *moved = kernel_build_key("6.1.192-2C", "ONFIG_A=y\n", "gcc (Debian 12.2.0-14) 12.2.0");
	const char *const others[] = { source, config, compiler, moved };

	g_assert_cmpuint(strlen(one), ==, 16);
	g_assert_cmpstr(one, ==, same);
	for (guint i = 0; i < G_N_ELEMENTS(others); i++)
		g_assert_cmpstr(one, !=, others[i]);
}

static void test_version(void)
{
	g_autofree char *found = kernel_build_version("'http://archive.example/pool/l/linux-source-6.1_6.1.192-2_all.deb' "
		"linux-source-6.1_6.1.192-2_all.deb 139331676 SHA256:00\n", "linux-source-6.1");

	g_assert_cmpstr(found, ==, "6.1.192-2");
	g_assert_null(kernel_build_version("", "linux-source-6.1"));
	g_assert_null(kernel_build_version("'http://archive.example/x' linux-source-6.12_6.12.1-1_all.deb 1\n", "linux-source-6.1"));
	g_assert_null(kernel_build_version("linux-source-6.1_.deb", "linux-source-6.1"));
}

static void test_progress(void)
{
	static const char *const objects[] = { "  CC      init/main.o", "  AS      arch/x86/lib/memcpy_64.o", "  LD      vmlinux.o" };
	static const char *const others[] = { "  HOSTCC  scripts/basic/fixdep.o", "  GEN     include/generated/bounds.h",
					      "make[1]: *** [fs/super.o] Error 1", "CC x.o", "" };

	for (guint i = 0; i < G_N_ELEMENTS(objects); i++)
		g_assert_true(kernel_build_is_object(objects[i]));
	for (guint i = 0; i < G_N_ELEMENTS(others); i++)
		g_assert_false(kernel_build_is_object(others[i]));
	g_assert_cmpuint(kernel_build_total(0, 1700), ==, 1700);
	g_assert_cmpuint(kernel_build_total(1699, 1700), ==, 1700);
	/* More than were expected: it is never said to be done before it is. */
	g_assert_cmpuint(kernel_build_total(1800, 1700), ==, 1801);
}

struct fixture {
	struct conf conf;
	char *dir;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("vexvm-kernel-XXXXXX", NULL);
	f->conf = (struct conf){ .cache_dir = f->dir };
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	folder_remove(f->dir, NULL);
	g_free(f->dir);
}

static void commit(struct fixture *f, const char *id, const char *release)
{
	const struct kernel kernel = { .name = (char *)KERNEL_DEBUG, .id = (char *)id, .release = (char *)release,
				       .source = (char *)"linux-source-6.1 6.1.192-2" };
	g_autofree char *work = kernel_path(&f->conf, "work");
	static const char *const names[] = { "bzImage", "vmlinux", "tree", "modules" };
	g_autoptr(GError) error = NULL;

	g_mkdir_with_parents(work, 0755);
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(work, names[i], NULL);

		g_assert_true(g_file_set_contents(path, "", -1, NULL));
	}
	g_assert_true(kernel_commit(&f->conf, work, &kernel, &error));
	g_assert_no_error(error);
}

static void test_cache(struct fixture *f, gconstpointer data)
{
	g_autoptr(kernel_owner) none = kernel_find(&f->conf, KERNEL_DEBUG, NULL), first = NULL, second = NULL, old = NULL;
	g_autoptr(GPtrArray) both = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_null(none);
	commit(f, "00112233445566aa", "6.1.192-vexvm-debug");
	first = kernel_find(&f->conf, KERNEL_DEBUG, NULL);
	g_assert_cmpstr(first->id, ==, "00112233445566aa");
	/* The newer one takes the name. */
	commit(f, "00112233445566bb", "6.1.193-vexvm-debug");
	second = kernel_find(&f->conf, KERNEL_DEBUG, NULL);
	g_assert_cmpstr(second->release, ==, "6.1.193-vexvm-debug");
	old = kernel_find(&f->conf, "00112233445566aa", NULL);
	g_assert_null(old->name);
	both = kernel_list(&f->conf);
	g_assert_cmpuint(both->len, ==, 2);
	g_assert_false(kernel_remove(&f->conf, "../images", NULL, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
	g_assert_true(kernel_remove(&f->conf, KERNEL_DEBUG, NULL, NULL));
	g_assert_null(kernel_find(&f->conf, KERNEL_DEBUG, NULL));
	g_assert_true(kernel_clear(&f->conf, NULL, NULL));
	g_assert_cmpuint(kernel_size(&f->conf), ==, 0);
}

/* What lacks a file is told of, with the way out. */
static void test_damaged(struct fixture *f, gconstpointer data)
{
	g_autofree char *file = kernel_path(&f->conf, "00112233445566aa/bzImage");
	g_autoptr(GError) error = NULL;

	commit(f, "00112233445566aa", "6.1.192-vexvm-debug");
	unlink(file);
	g_assert_null(kernel_find(&f->conf, KERNEL_DEBUG, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_nonnull(strstr(error->message, "vexvm kernel remove 00112233445566aa"));
}

static struct image *image_new(void)
{
	struct image *image = g_new0(struct image, 1);

	image->kernel = g_strdup("/cache/vmlinuz");
	image->initrd = g_strdup("/cache/initrd.img");
	image->kernel_release = g_strdup("6.1.0-48-amd64");
	return image;
}

static void test_put(struct fixture *f, gconstpointer data)
{
	g_autoptr(image_owner) stock = kernel_put(&f->conf, image_new(), NULL), put = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_cmpstr(stock->initrd, ==, "/cache/initrd.img");
	f->conf.kernel = (char *)KERNEL_DEBUG;
	g_assert_null(kernel_put(&f->conf, image_new(), &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_assert_nonnull(strstr(error->message, "vexvm kernel build --debug"));
	commit(f, "00112233445566aa", "6.1.192-vexvm-debug");
	put = kernel_put(&f->conf, image_new(), NULL);
	g_assert_true(g_str_has_suffix(put->kernel, "/bzImage"));
	g_assert_null(put->initrd);
	g_assert_cmpstr(put->kernel_release, ==, "6.1.192-vexvm-debug");
	g_assert_cmpstr(put->root, ==, "/dev/vda1");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/kernel/merge", test_merge);
	g_test_add_func("/kernel/missing", test_missing);
	g_test_add_func("/kernel/config", test_config);
	g_test_add_func("/kernel/key", test_key);
	g_test_add_func("/kernel/version", test_version);
	g_test_add_func("/kernel/progress", test_progress);
	g_test_add("/kernel/cache", struct fixture, NULL, set_up, test_cache, tear_down);
	g_test_add("/kernel/damaged", struct fixture, NULL, set_up, test_damaged, tear_down);
	g_test_add("/kernel/put", struct fixture, NULL, set_up, test_put, tear_down);
	return g_test_run();
}
