// SPDX-License-Identifier: GPL-2.0-only
/* The build's command, its place, and what its words are turned into. */
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "lib/fault.h"
#include "libvm/build.h"
#include "libvm/sandbox.h"

static void test_argv(void)
{
	char *extra[] = { (char *)"CONFIG_X=m", (char *)"W=1", NULL };
	g_auto(GStrv) argv = build_argv("/lib/modules/6.1.0-48-amd64/build", "/mnt/src/a b", 4, extra);
	g_auto(GStrv) plain = build_argv("/tmp/kernel", "/m", 1, NULL);
	g_autofree char *joined = g_strjoinv("|", argv);
	g_autofree char *plain_joined = g_strjoinv("|", plain);

	g_assert_cmpstr(joined, ==,
			"make|-C|/lib/modules/6.1.0-48-amd64/build|M=/mnt/src/a b|-j4|CONFIG_X=m|W=1|modules");
	g_assert_cmpstr(plain_joined, ==, "make|-C|/tmp/kernel|M=/m|-j1|modules");
}

static bool has_pair(char **argv, const char *a, const char *b, const char *c)
{
	for (; argv[0] && argv[1] && argv[2]; argv++)
		if (g_str_equal(argv[0], a) && g_str_equal(argv[1], b) && (!c || g_str_equal(argv[2], c)))
			return true;
	return false;
}

static void test_sandbox_argv(void)
{
	static const char *const command[] = { "make", "-C", "x y", NULL };
	struct sandbox sandbox = { .root = "/img", .source = "/home/me/src", .target = "/mnt/source",
				   .cwd = "/mnt/source/m" };
	g_auto(GStrv) argv = sandbox_argv(&sandbox, command);
	g_auto(GStrv) bare = NULL;
	g_autofree char *joined = NULL;

	g_assert_cmpstr(argv[0], ==, "bwrap");
	g_assert_true(g_strv_contains((const char *const *)argv, "--unshare-all"));
	g_assert_true(g_strv_contains((const char *const *)argv, "--die-with-parent"));
	g_assert_true(has_pair(argv, "--ro-bind", "/img", "/"));
	g_assert_true(has_pair(argv, "--bind", "/home/me/src", "/mnt/source"));
	g_assert_true(has_pair(argv, "--tmpfs", "/mnt", NULL));
	g_assert_true(has_pair(argv, "--chdir", "/mnt/source/m", NULL));
	g_assert_true(has_pair(argv, "--setenv", "LC_ALL", "C.UTF-8"));
	/* Nothing after the mark is an option of bubblewrap's. */
	g_assert_true(has_pair(argv, "--", "make", "-C"));
	g_assert_cmpstr(argv[g_strv_length(argv) - 1], ==, "x y");
	/* The network is not shared again, and no other folder of the host's is. */
	g_assert_false(g_strv_contains((const char *const *)argv, "--share-net"));
	sandbox.kind = SANDBOX_CHROOT;
	bare = sandbox_argv(&sandbox, command);
	joined = g_strjoinv("|", bare);
	g_assert_cmpstr(joined, ==, "make|-C|x y");
}

/* A kernel that was built here is seen, and cannot be written to. */
static void test_sandbox_kernel(void)
{
	static const char *const command[] = { "make", NULL };
	struct sandbox sandbox = { .root = "/img", .source = "/src", .target = "/mnt/s", .cwd = "/mnt/s" };
	g_auto(GStrv) without = sandbox_argv(&sandbox, command), with = NULL;

	g_assert_false(g_strv_contains((const char *const *)without, SANDBOX_KERNEL));
	sandbox.kernel = "/cache/kernels/0/tree";
	with = sandbox_argv(&sandbox, command);
	g_assert_true(has_pair(with, "--ro-bind", "/cache/kernels/0/tree", SANDBOX_KERNEL));
}

/* A compiler is found by its own name, in front of itself. */
static void test_ccache(void)
{
	static const char *const command[] = { "make", NULL };
	struct sandbox sandbox = { .root = "/img", .source = "/src", .target = "/mnt/s", .cwd = "/mnt/s" };
	g_auto(GStrv) without = sandbox_argv(&sandbox, command), env = sandbox_environment(&sandbox);
	g_auto(GStrv) with = NULL, with_env = NULL;

	g_assert_null(g_environ_getenv(env, "CCACHE_DIR"));
	g_assert_true(g_str_has_prefix(g_environ_getenv(env, "PATH"), "/usr/local/sbin:"));
	sandbox.ccache = "/home/me/kept";
	with = sandbox_argv(&sandbox, command);
	with_env = sandbox_environment(&sandbox);
	g_assert_false(has_pair(without, "--bind", "/home/me/kept", NULL));
	g_assert_true(has_pair(with, "--bind", "/home/me/kept", g_environ_getenv(with_env, "CCACHE_DIR")));
	g_assert_true(g_str_has_prefix(g_environ_getenv(with_env, "PATH"), "/usr/lib/ccache:"));
}

static void test_map_line(void)
{
	static const struct build_tree tree = { .inside = (char *)"/mnt/vexfs_source",
						.original = (char *)"/home/me/src" };
	static const char *const samples[][2] = {
		{ "/mnt/vexfs_source/a.c:1:2: error: x", "/home/me/src/a.c:1:2: error: x" },
		{ "  CC [M]  /mnt/vexfs_source/m/a.o", "  CC [M]  /home/me/src/m/a.o" },
		{ "make: *** [Makefile:1: /mnt/vexfs_source] Error 2",
		  "make: *** [Makefile:1: /home/me/src] Error 2" },
		{ "from /mnt/vexfs_source/a.h:1,/mnt/vexfs_source/b.h:2",
		  "from /home/me/src/a.h:1,/home/me/src/b.h:2" },
		{ "/mnt/vexfs_source_old/a.c:1", "/mnt/vexfs_source_old/a.c:1" },
		{ "/x/mnt/vexfs_source/a.c:1", "/x/mnt/vexfs_source/a.c:1" },
		{ "‘/mnt/vexfs_source/a.c’", "‘/home/me/src/a.c’" },
		{ "a.c:1: error", "a.c:1: error" },
		{ "/mnt/vexfs_source", "/home/me/src" },
		{ "", "" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
		g_autofree char *mapped = build_map_line(&tree, samples[i][0]);

		g_assert_cmpstr(mapped, ==, samples[i][1]);
	}
}

static void test_first_error(void)
{
	static const char *const samples[][2] = {
		{ "make: Entering\na.c:9:1: warning: error: not this\na.c:10:2: error: that\nb.c:1: error: later\n",
		  "a.c:9:1: warning: error: not this" },
		{ "  CC x\na.c:1:10: fatal error: no.h: No such file or directory\nmake: *** Error 1\n",
		  "a.c:1:10: fatal error: no.h: No such file or directory" },
		{ "ERROR: modpost: \"foo\" [m.ko] undefined!\nmake[1]: *** Error 1\n",
		  "ERROR: modpost: \"foo\" [m.ko] undefined!" },
		{ "make: *** /lib/modules/x/build: No such file or directory.  Stop.\n",
		  "make: *** /lib/modules/x/build: No such file or directory.  Stop." },
		{ "Makefile:3: *** missing separator.  Stop.\n", "Makefile:3: *** missing separator.  Stop." },
		{ "touch: cannot touch 'x': No\nmake[1]: *** [Kbuild:7: x] Error 1\nmake: *** [y] Error 2\n",
		  "touch: cannot touch 'x': No" },
		{ "  CC [M]  x\nmake[1]: *** [Kbuild:7: x] Error 1\n", "make[1]: *** [Kbuild:7: x] Error 1" },
		{ "error[E0080]: offset of owner\n --> a.rs:9\nerror: aborting\nmake: *** [x] Error 1\n",
		  "error[E0080]: offset of owner" },
		{ "something odd\n\n", "something odd" },
		{ "", "" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
		g_autofree char *line = build_first_error(samples[i][0]);

		g_assert_cmpstr(line, ==, samples[i][1]);
	}
}

static void test_place(void)
{
	enum build_place place;
	g_autoptr(GError) error = NULL;

	g_assert_true(build_place_parse("guest", &place, NULL) && place == BUILD_GUEST);
	g_assert_true(build_place_parse("sysroot", &place, NULL) && place == BUILD_SYSROOT);
	g_assert_true(build_place_parse("auto", &place, NULL) && place == BUILD_AUTO);
	g_assert_false(build_place_parse("moon", &place, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
}

struct fixture {
	char *dir;
	struct conf conf;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	g_autofree char *made = g_dir_make_tmp("vexvm-build-XXXXXX", NULL);

	g_assert_nonnull(made);
	f->dir = realpath(made, NULL);
	f->conf.root = g_build_filename(f->dir, "root", NULL);
	f->conf.source = g_strdup(f->conf.root);
	f->conf.state_dir = g_build_filename(f->dir, "state", NULL);
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
	free(f->dir);
	g_free(f->conf.root);
	g_free(f->conf.source);
	g_free(f->conf.state_dir);
}

static char *put(struct fixture *f, const char *path, const char *text)
{
	char *full = g_build_filename(f->dir, path, NULL);
	g_autofree char *parent = g_path_get_dirname(full);

	g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
	g_assert_true(g_file_set_contents(full, text, -1, NULL));
	return full;
}

static void test_tree_in_place(struct fixture *f, gconstpointer data)
{
	g_autofree char *makefile = put(f, "root/m/Makefile", "obj-m := a.o\n");
	g_autofree char *module = g_path_get_dirname(makefile);
	g_auto(GStrv) none = NULL;
	struct build_tree tree;
	g_autofree char *inside = NULL, *host = NULL;

	g_assert_true(build_tree_init(&tree, &f->conf, module, NULL));
	inside = build_tree_inside_dir(&tree);
	host = build_tree_host_dir(&tree);
	g_assert_false(tree.copied);
	g_assert_cmpstr(tree.host, ==, f->conf.root);
	g_assert_cmpstr(inside, ==, CONF_MOUNT_POINT "/m");
	g_assert_cmpstr(host, ==, module);
	build_tree_clear(&tree);
}

/* A source outside of what the guest sees is built in a copy, which is kept. */
static void test_tree_copy(struct fixture *f, gconstpointer data)
{
	g_autofree char *makefile = put(f, "elsewhere/Makefile", "obj-m := a.o\n");
	g_autofree char *c = put(f, "elsewhere/a.c", "one");
	g_autofree char *module = g_path_get_dirname(makefile);
	g_autofree char *copy = NULL, *object = NULL, *text = NULL;
	struct build_tree tree, again;

	g_assert_cmpint(g_mkdir(f->conf.root, 0755), ==, 0);
	g_free(f->conf.source);
	f->conf.source = g_strdup(module);
	g_assert_true(build_tree_init(&tree, &f->conf, module, NULL));
	g_assert_true(tree.copied);
	g_assert_true(g_str_has_prefix(tree.host, f->conf.state_dir));
	g_assert_cmpstr(tree.original, ==, module);
	copy = g_build_filename(tree.host, "a.c", NULL);
	object = g_build_filename(tree.host, "a.o", NULL);
	g_assert_true(g_file_test(copy, G_FILE_TEST_EXISTS));
	g_assert_true(g_file_set_contents(object, "built", -1, NULL));
	g_assert_true(g_file_set_contents(c, "two!", -1, NULL));
	g_assert_true(build_tree_init(&again, &f->conf, module, NULL));
	g_assert_cmpstr(again.host, ==, tree.host);
	g_assert_true(g_file_get_contents(copy, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, "two!");
	g_assert_true(g_file_test(object, G_FILE_TEST_EXISTS));
	build_tree_clear(&tree);
	build_tree_clear(&again);
}

static void test_release(struct fixture *f, gconstpointer data)
{
	g_autofree char *modules = g_build_filename(f->dir, "lib/modules/6.1.0-1", NULL);
	g_autofree char *more = g_build_filename(f->dir, "lib/modules/6.12.0-1", NULL);
	g_autofree char *link = g_build_filename(modules, "build", NULL);
	g_autofree char *more_link = g_build_filename(more, "build", NULL);
	g_autofree char *one = NULL, *wanted = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_null(build_release(f->dir, NULL, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
	g_mkdir_with_parents(modules, 0755);
	g_mkdir_with_parents(more, 0755);
	/* As a distribution has them: absolute, leading nowhere on the host. */
	g_assert_cmpint(symlink("/usr/src/nowhere", link), ==, 0);
	one = build_release(f->dir, NULL, NULL);
	g_assert_cmpstr(one, ==, "6.1.0-1");
	g_assert_cmpint(symlink("/usr/src/nowhere", more_link), ==, 0);
	g_assert_null(build_release(f->dir, NULL, NULL));
	wanted = build_release(f->dir, "6.12.0-1", NULL);
	g_assert_cmpstr(wanted, ==, "6.12.0-1");
	g_assert_null(build_release(f->dir, "5.10.0", NULL));
}

static void take(void *data, const char *bytes, gsize size)
{
	g_string_append_len(data, bytes, (gssize)size);
}

/* A user land of one static program, for what a build may see and do. */
static const char probe_text[] =
	"#include <fcntl.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
	"int main(void)\n{\n"
	"	char text[64] = \"\";\n"
	"	int source = open(\"a.c\", O_RDONLY), made = open(\"b\", O_WRONLY | O_CREAT, 0644);\n"
	"	int root = open(\"/etc/made\", O_WRONLY | O_CREAT, 0644);\n"
	"	int tmp = open(\"/tmp/made\", O_WRONLY | O_CREAT, 0644);\n"
	"	if (read(source, text, sizeof(text) - 1) < 0 || made < 0)\n"
	"		return 9;\n"
	"	printf(\"%s\", text);\n"
	"	if (root >= 0)\n"
	"		printf(\"root is writable\\n\");\n"
	"	if (tmp < 0 || access(\"/proc/self\", F_OK) < 0 || access(\"/dev/null\", W_OK) < 0)\n"
	"		printf(\"tmp, proc or dev is missing\\n\");\n"
	"	if (chdir(getenv(\"CCACHE_DIR\")) < 0 || open(\"kept\", O_WRONLY | O_CREAT, 0644) < 0)\n"
	"		printf(\"nothing can be kept for the next build\\n\");\n"
	"	return 5;\n"
	"}\n";

static char *make_user_land(struct fixture *f)
{
	static const char *const folders[] = { "bin", "dev", "etc", "mnt", "proc", "run", "tmp" };
	char *root = g_build_filename(f->dir, "img", NULL);
	g_autofree char *c = put(f, "probe.c", probe_text);
	g_autofree char *program = g_build_filename(root, "bin/probe", NULL);
	const char *argv[] = { "gcc", "-static", "-o", program, c, NULL };
	int status = -1;

	for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
		g_autofree char *path = g_build_filename(root, folders[i], NULL);

		g_assert_cmpint(g_mkdir_with_parents(path, 0755), ==, 0);
	}
	g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
				   &status, NULL));
	g_assert_cmpint(status, ==, 0);
	return root;
}

/*
 * What runs in it sees the source at its place, can write there, to /tmp and to
 * the compilers' cache and nowhere else, and no mount is left behind.
 */
static void check_sandbox(struct fixture *f, enum sandbox_kind kind)
{
	static const char *const command[] = { "/bin/probe", NULL };
	g_autofree char *root = make_user_land(f);
	g_autofree char *file = put(f, "root/a.c", "text\n");
	struct sandbox sandbox = { .kind = kind, .root = root, .source = f->conf.root,
				   .target = CONF_MOUNT_POINT, .cwd = CONF_MOUNT_POINT,
				   .ccache = f->dir };
	g_autoptr(GString) said = g_string_new(NULL);
	g_autofree char *kept = g_build_filename(f->dir, "kept", NULL);
	g_autofree char *made = g_build_filename(f->conf.root, "b", NULL);
	g_autofree char *mounts = NULL;
	g_autoptr(GError) error = NULL;
	int status = -1;
	bool ok = sandbox_run(&sandbox, command, 60, take, said, &status, &error);

	if (ok && status != 5 && !g_file_test(made, G_FILE_TEST_EXISTS)) {
		g_test_skip(said->str);
		return;
	}
	g_assert_no_error(error);
	g_assert_cmpint(status, ==, 5);
	g_assert_cmpstr(said->str, ==, "text\n");
	g_assert_true(g_file_test(made, G_FILE_TEST_EXISTS));
	g_assert_true(g_file_test(kept, G_FILE_TEST_EXISTS));
	g_assert_true(g_file_get_contents("/proc/self/mounts", &mounts, NULL, NULL));
	g_assert_null(strstr(mounts, f->dir));
}

static void test_bwrap(struct fixture *f, gconstpointer data)
{
	check_sandbox(f, SANDBOX_BWRAP);
}

static void test_chroot(struct fixture *f, gconstpointer data)
{
	check_sandbox(f, SANDBOX_CHROOT);
}

/* Without a limit this would never end: it reads a pipe that nobody writes. */
static void test_limit(struct fixture *f, gconstpointer data)
{
	const char *const command[] = { "sh", "-c", "mkfifo /tmp/f && read -r x </tmp/f", NULL };
	g_autofree char *file = put(f, "root/a.c", "");
	struct sandbox sandbox = { .root = "/", .source = f->conf.root, .target = CONF_MOUNT_POINT,
				   .cwd = CONF_MOUNT_POINT };
	g_autoptr(GString) said = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	int status;

	if (sandbox_run(&sandbox, command, 1, take, said, &status, &error)) {
		g_test_skip(said->str);
		return;
	}
	g_assert_error(error, LAB_ERROR, LAB_ERROR_TIMEOUT);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*test)(struct fixture *f, gconstpointer data);
	} tests[] = {
		{ "/build/tree-in-place", test_tree_in_place },
		{ "/build/tree-copy", test_tree_copy },
		{ "/build/release", test_release },
		{ "/sandbox/bwrap", test_bwrap },
		{ "/sandbox/chroot", test_chroot },
		{ "/sandbox/limit", test_limit },
	};

	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/build/argv", test_argv);
	g_test_add_func("/build/map-line", test_map_line);
	g_test_add_func("/build/first-error", test_first_error);
	g_test_add_func("/build/place", test_place);
	g_test_add_func("/sandbox/argv", test_sandbox_argv);
	g_test_add_func("/build/sandbox-kernel", test_sandbox_kernel);
	g_test_add_func("/sandbox/ccache", test_ccache);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct fixture, NULL, set_up, tests[i].test, tear_down);
	return g_test_run();
}
