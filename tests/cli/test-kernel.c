// SPDX-License-Identifier: GPL-2.0-only
/* kernel: a build from the archive to the cache, with stand-ins for apt and make. */
#include <string.h>
#include <unistd.h>

#include "tests/lib/cli.h"

#define BUILD "vexvm kernel build --debug"

static const char apt_get[] =
	"case \"$*\" in\n"
	"*--print-uris*) echo \"'http://archive.example/l/linux-source-6.1_6.1.9-${REVISION:-1}_all.deb' "
	"linux-source-6.1_6.1.9-${REVISION:-1}_all.deb 1 SHA256:0\" ;;\n"
	"download*) [ ! \"$OFFLINE\" ] || { echo 'E: no route' >&2; exit 100; }; : >linux-source-6.1.deb ;;\n"
	"esac\n";

/* The package's tar file, with a source of few files. */
static const char dpkg_deb[] =
	"mkdir -p $3/usr/src linux/arch/x86/include linux/tools/objtool linux/include/config linux/scripts\n"
	"echo 6.1.9-vexvm-debug >linux/include/config/kernel.release\n"
	"cd linux && touch Makefile Kbuild Module.symvers vmlinux modules.builtin modules.builtin.modinfo \\\n"
	"	modules.order arch/x86/Makefile tools/objtool/objtool scripts/tool scripts/tool.o && cd ..\n"
	"mkdir linux/arch/x86/boot && : >linux/arch/x86/boot/bzImage\n"
	"tar -cJf $3/usr/src/linux-source-6.1.tar.xz linux && rm -rf linux\n";

/* Kconfig takes all but $REFUSED; a build with $BROKEN ends in the middle. */
static const char make[] =
	"dir=. config=\n"
	"for arg; do case $arg in KCONFIG_ALLCONFIG=*) config=${arg#*=} ;; */source) dir=$arg ;; esac; done\n"
	"if [ \"$config\" ]; then grep -v \"${REFUSED:-NOTHING}\" \"$config\" >\"$dir/.config\"; exit 0; fi\n"
	"echo '  CC      init/main.o'\n"
	"[ ! \"$BROKEN\" ] || { echo 'fs/super.c:1: error: nonsense'; exit 2; }\n";

static void set_up(struct box *box)
{
	static const char *const programs[] = { "flex", "bison", "bc" };

	box_init(box);
	box_fake(box, "apt-get", apt_get);
	box_fake(box, "dpkg-deb", dpkg_deb);
	/* An installed source is none of this test's. */
	box_fake(box, "dpkg-query", "exit 1\n");
	box_fake(box, "make", make);
	for (guint i = 0; i < G_N_ELEMENTS(programs); i++)
		box_fake(box, programs[i], "exit 0\n");
}

static void unlink_fakes(const struct box *box)
{
	static const char *const names[] = { "flex", "bison" };

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(box->dir, "bin", names[i], NULL);

		g_assert_cmpint(unlink(path), ==, 0);
	}
}

static void test_build(void)
{
	auto_box box = { 0 };

	set_up(&box);
	cli_check(&box, "vexvm kernel", 0, "^No kernel yet", NULL);
	cli_check(&box, BUILD, 0, "^[0-9a-f]{16} debug +Linux 6\\.1\\.9-vexvm-debug, of linux-source-6\\.1 6\\.1\\.9-1",
		  "Getting linux-source-6\\.1 6\\.1\\.9-1");
	/* It is there: nothing is made. */
	box_setenv(&box, "BROKEN", "yes");
	cli_check(&box, BUILD, 0, "debug", NULL);
	cli_check(&box, "vexvm kernel list --json", 0, "\"name\" *: *\"debug\"", NULL);
	cli_check(&box, "vexvm clean", 0, "^kernels ", NULL);
	/* The archive has a newer one. */
	box_setenv(&box, "BROKEN", NULL);
	box_setenv(&box, "REVISION", "2");
	cli_check(&box, BUILD, 0, "6\\.1\\.9-2", "Getting linux-source-6\\.1 6\\.1\\.9-2");
	cli_check(&box, "vexvm kernel", 0, "^[0-9a-f]{16} - .*6\\.1\\.9-1|6\\.1\\.9-1(.*\n)*^[0-9a-f]{16} - ", NULL);
	cli_check(&box, "vexvm kernel remove debug", 0, "^Removed", NULL);
	cli_check(&box, "vexvm clean --kernels", 0, "^kernels .*removed", NULL);
	cli_check(&box, "vexvm kernel", 0, "^No kernel yet", NULL);
}

static void test_interrupted(void)
{
	auto_box box = { 0 };

	set_up(&box);
	box_setenv(&box, "OFFLINE", "yes");
	cli_check(&box, BUILD, 8, NULL, "cannot get linux-source-6\\.1 .*apt-get update.*E: no route");
	box_setenv(&box, "OFFLINE", NULL);
	box_setenv(&box, "BROKEN", "yes");
	cli_check(&box, BUILD, 8, NULL, "does not build .*build\\.log.*goes on.*error: nonsense");
	box_setenv(&box, "BROKEN", NULL);
	/* What was got and unpacked is there. */
	box_setenv(&box, "OFFLINE", "yes");
	cli_check(&box, BUILD, 0, "debug", "Going on with the build");
}

/* An option that Kconfig drops without a word is no small thing. */
static void test_refused(void)
{
	auto_box box = { 0 };

	set_up(&box);
	box_setenv(&box, "REFUSED", "CONFIG_KASAN_STACK\\|CONFIG_FAILSLAB");
	cli_check(&box, BUILD, 8, NULL, "not built: .*CONFIG_KASAN_STACK=y, CONFIG_FAILSLAB=y from");
	cli_check(&box, "vexvm kernel", 0, "^No kernel yet", NULL);
}

/* Programs that are not there are told by their packages, all at once. */
static void test_missing(void)
{
	static const char *const links[] = { "gcc", "sh", "id", "make" };
	g_autofree char *bin = NULL;
	auto_box box = { 0 };

	set_up(&box);
	bin = g_build_filename(box.dir, "few", NULL);
	g_mkdir_with_parents(bin, 0755);
	for (guint i = 0; i < G_N_ELEMENTS(links); i++) {
		g_autofree char *from = g_find_program_in_path(links[i]), *to = g_build_filename(bin, links[i], NULL);

		g_assert_cmpint(symlink(from, to), ==, 0);
	}
	box_setenv(&box, "PATH", bin);
	cli_check(&box, BUILD, 8, NULL, "apt does not offer the package linux-source-6\\.1");
	g_free(bin);
	bin = g_strdup_printf("%s/few:%s/bin", box.dir, box.dir);
	box_setenv(&box, "PATH", bin);
	unlink_fakes(&box);
	cli_check(&box, BUILD, 8, NULL, "apt-get install --yes flex bison xz-utils'.*install-deps --kernel");
}

static void test_usage(void)
{
	auto_box box = { 0 };

	box_init(&box);
	cli_check(&box, "vexvm kernel build", 2, NULL, "say which; --debug");
	cli_check(&box, "vexvm kernel remove", 2, NULL, "which one\\? 'vexvm kernel list'");
	cli_check(&box, "vexvm kernel remove 0123456789abcdef", 2, NULL, "there is no kernel");
	cli_check(&box, "vexvm kernel frobnicate", 2, NULL, "none of list, build and remove");
	cli_check(&box, "vexvm test --kernel=../x", 2, NULL, "kernel=\\.\\./x: give debug, or image");
	cli_check(&box, "vexvm test --fault=frobnicate", 2, NULL, "no fault that can be injected");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/kernel/build", test_build);
	g_test_add_func("/kernel/interrupted", test_interrupted);
	g_test_add_func("/kernel/refused", test_refused);
	g_test_add_func("/kernel/missing", test_missing);
	g_test_add_func("/kernel/usage", test_usage);
	return g_test_run();
}
