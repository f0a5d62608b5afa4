// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/conf.h"

#include <glib/gstdio.h>

#include "lib/fault.h"
#include "lib/folder.h"

/* A project in a folder of its own. */
static char *dir, *project, *nested;

static void write_conf(const char *text)
{
	g_autofree char *path = g_build_filename(project, "vexvm.conf", NULL);

	if (text)
		g_assert_true(g_file_set_contents(path, text, -1, NULL));
	else
		g_unlink(path);
}

static struct conf *load(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct conf *conf;

	write_conf(text);
	conf = conf_new(nested, NULL, &error);
	g_assert_no_error(error);
	g_assert_nonnull(conf);
	return conf;
}

/* The file must be refused, and the message must show @regex. */
static void refuse(const char *text, const char *regex)
{
	g_autoptr(GError) error = NULL;

	write_conf(text);
	g_assert_null(conf_new(nested, NULL, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
	if (!g_regex_match_simple(regex, error->message, 0, 0)) {
		g_test_message("must show %s: %s", regex, error->message);
		g_test_fail();
	}
}

static void test_defaults(void)
{
	g_autoptr(conf_owner) conf = load("");
	g_autofree char *state = g_build_filename(project, ".vexvm", "default", NULL);

	g_assert_cmpstr(conf->name, ==, "default");
	g_assert_cmpstr(conf->root, ==, project);
	g_assert_cmpstr(conf->source, ==, project);
	g_assert_cmpstr(conf->state_dir, ==, state);
	g_assert_cmpuint(conf->memory_mib, ==, 2048);
	g_assert_cmpuint(conf->cpus, ==, 2);
	g_assert_cmpuint(conf->disk_gib, ==, 10);
	g_assert_cmpuint(conf->ssh_port, ==, 2222);
	g_assert_cmpuint(conf->vnc_port, ==, 5900);
	g_assert_cmpuint(conf->monitor_port, ==, 55555);
	g_assert_true(conf->mount);
	g_assert_true(conf->sharp);
	g_assert_true(conf->audit);
	g_assert_false(conf->dyndbg);
	g_assert_false(conf->auto_ports);
	g_assert_cmpstr(conf->accel, ==, "auto");
	g_assert_null(conf->image);
	g_assert_null(conf->suites);
}

static void test_values(void)
{
	g_autoptr(conf_owner) conf =
		load("# a comment\n\n[vm]\nmemory = 4G \ncpus=4\nmount=no\nauto-ports=yes\n"
		     "accel=tcg\nimage=debian\nappend=quiet slub_debug=FZP\nsharp=no\nslabs=a_* b\n"
		     "[module]\npath=sub/module\nneeds=nfsd \"a b\"\nargs=debug=1 name=x\ndyndbg=yes\n"
		     "[test]\nsuites=t/*.sh\ntimeout=7\nreloads=0\nconfirm=9\naudit=no\n");

	g_assert_cmpuint(conf->memory_mib, ==, 4096);
	g_assert_cmpuint(conf->cpus, ==, 4);
	g_assert_false(conf->mount);
	g_assert_true(conf->auto_ports);
	g_assert_cmpstr(conf->accel, ==, "tcg");
	g_assert_cmpstr(conf->image, ==, "debian");
	g_assert_cmpstr(conf->append, ==, "quiet slub_debug=FZP");
	g_assert_cmpstr(conf->module_path, ==, "sub/module");
	g_assert_cmpstr(conf->module_args, ==, "debug=1 name=x");
	g_assert_cmpstr(conf->needs[0], ==, "nfsd");
	g_assert_cmpstr(conf->needs[1], ==, "a b");
	g_assert_null(conf->needs[2]);
	g_assert_cmpstr(conf->suites[0], ==, "t/*.sh");
	g_assert_cmpuint(conf->timeout_s, ==, 7);
	g_assert_cmpuint(conf->confirm, ==, 9);
	g_assert_cmpuint(conf->reloads, ==, 0);
	g_assert_false(conf->sharp);
	g_assert_cmpstr(conf->slabs[0], ==, "a_*");
	g_assert_cmpstr(conf->slabs[1], ==, "b");
	g_assert_false(conf->audit);
	g_assert_true(conf->dyndbg);
}

/* The image's own kernel is none of those that were built here. */
static void test_kernel(void)
{
	g_autoptr(conf_owner) debug = load("[vm]\nkernel=debug\n[test]\nfault=failslab\n");
	g_autoptr(conf_owner) image = load("[vm]\nkernel=image\n"), none = load("[vm]\n");

	g_assert_cmpstr(debug->kernel, ==, "debug");
	g_assert_cmpstr(debug->fault, ==, "failslab");
	g_assert_null(image->kernel);
	g_assert_null(none->kernel);
	/* As --kernel does. */
	g_assert_true(conf_set(debug, "vm", "kernel", "image", NULL));
	g_assert_null(debug->kernel);
	refuse("[vm]\nkernel=../x\n", ":2: kernel=\\.\\./x: give debug, or image");
	refuse("[test]\nfault=frobnicate\n", ":2: 'frobnicate' is no fault that can be injected; give failslab");
}

/* A file's place is told from the configuration's, wherever vexvm was started. */
static void test_image(void)
{
	static const char *const as_they_are[] = { "debian", "/abs/x.img", "http://host/x.img" };
	g_autoptr(conf_owner) relative = load("[vm]\nimage=images/x.img\n");
	g_autofree char *full = g_build_filename(project, "images", "x.img", NULL);
	g_autoptr(conf_owner) bare = load("[vm]\nimage=x.qcow2\n");
	g_autofree char *beside = g_build_filename(project, "x.qcow2", NULL);

	g_assert_cmpstr(relative->image, ==, full);
	g_assert_cmpstr(bare->image, ==, beside);
	for (guint i = 0; i < G_N_ELEMENTS(as_they_are); i++) {
		g_autofree char *text = g_strdup_printf("[vm]\nimage=%s\n", as_they_are[i]);
		g_autoptr(conf_owner) conf = load(text);

		g_assert_cmpstr(conf->image, ==, as_they_are[i]);
	}
}

static void test_refusals(void)
{
	refuse("[vm]\nmemroy=1G\n", "vexvm\\.conf:2: \\[vm\\] has no key 'memroy', did you mean memory\\?");
	refuse("[vm]\nfrobnicate=1\n", ":2: \\[vm\\] has no key 'frobnicate'; see");
	refuse("\n[modul]\npath=x\n", ":2: no section is called \\[modul\\], did you mean \\[module\\]\\?");
	refuse("[vm]\ncpus=1\n# again\ncpus=2\n", ":4: \\[vm\\] has the key 'cpus' twice");
	refuse("[vm]\ncpus=1\n[test]\n[vm]\ncpus=1\n", ":5: .*twice");
	refuse("[vm]\nslabs=good init=/bin/sh\n", "vexvm\\.conf:2: slabs: .init=/bin/sh. is no slab cache.s name");
	refuse("# a comment\n[vm]\naccel=xen\n", "vexvm\\.conf:3: 'xen' is no accelerator; give auto, kvm or tcg$");
	refuse("[vm]\naccel=\n", ":2: '' is no accelerator");
	refuse("[test]\nisolation=\n", ":2: '' is no isolation; give run, suite or test$");
	refuse("[crash]\nformat=\n", ":2: '' is no format of a dump; give kdump or elf$");
	refuse("cpus=1\n", "vexvm\\.conf: ");
	refuse("[vm]\njust words\n", "vexvm\\.conf: .*just words");
	refuse("[vm]\npath=x\n", "\\[vm\\] has no key 'path'");
	refuse("[module]\nneeds=\"open\n", ":2: needs=");
	refuse("[vm]\nappend=\\x\n", ":2: append: ");
}

static void test_numbers(void)
{
	static const char *const bad[] = { "cpus=0", "cpus=256", "cpus=two", "cpus=-1", "cpus=1.5",
					   "cpus=", "cpus=99999999999999999999", "disk=3",
					   "ssh-port=0", "ssh-port=65536", "vnc-port=5899",
					   "boot-timeout=0", "auto-ports=maybe", "mount=2",
					   "accel=xen" };

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *text = g_strdup_printf("[vm]\n%s\n", bad[i]);

		refuse(text, "");
	}
	refuse("[vm]\nssh-port=5900\n", "must differ");
}

static void test_paths(void)
{
	refuse("[module]\npath=/etc\n", ":2: path=/etc: give a path below the project");
	refuse("[module]\npath=a/../../b\n", ":2: path=");
	refuse("[module]\ntools=ok ../mkfs\n", ":2: tools=\\.\\./mkfs");
	refuse("[test]\nsuites=/root/*.sh\n", ":2: suites=");
	conf_free(load("[module]\npath=a..b/c\n"));
}

static void test_inject(void)
{
	struct conf *conf = load("[test]\ninject=eio:read:n=1.. torn:keep=2\n");

	g_assert_cmpuint(g_strv_length(conf->inject), ==, 2);
	g_assert_cmpstr(conf->inject[1], ==, "torn:keep=2");
	conf_free(conf);
	refuse("[test]\ninject=torn eio:reed\n", ":2: inject 'eio:reed': 'reed' does not belong there; a rule is ");
}

/* No file of this size is a configuration, nor one with NUL bytes. */
static void test_not_text(void)
{
	g_autofree char *path = g_build_filename(project, "vexvm.conf", NULL);
	g_autofree char *big = g_strnfill(70000, '\n');
	g_autoptr(GError) error = NULL;

	refuse(big, "larger than");
	g_assert_true(g_file_set_contents(path, "[vm]\n\0cpus=1\n", 13, NULL));
	g_assert_null(conf_new(project, NULL, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
	g_assert_nonnull(strstr(error->message, "not text"));
}

/* One that leads nowhere was meant to say something. */
static void test_dangling(void)
{
	g_autofree char *path = g_build_filename(project, "vexvm.conf", NULL);
	g_autoptr(conf_owner) elsewhere = NULL;
	g_autoptr(GError) error = NULL, other = NULL;

	g_unlink(path);
	g_assert_cmpint(symlink("nowhere", path), ==, 0);
	g_assert_null(conf_new(nested, NULL, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
	g_assert_nonnull(strstr(error->message, "vexvm.conf is no regular file; mend or remove it"));
	elsewhere = conf_new("/", NULL, NULL);
	g_assert_nonnull(elsewhere);
	g_assert_false(conf_set_source(elsewhere, project, &other));
	g_assert_error(other, LAB_ERROR, LAB_ERROR_USAGE);
	g_unlink(path);
}

static void test_memory(void)
{
	static const struct {
		const char *text;
		guint mib;	/* 0 = refused */
	} cases[] = {
		{ "128", 128 }, { "512M", 512 }, { "512m", 512 }, { "4G", 4096 }, { "4g", 4096 },
		{ "1024G", 1024 * 1024 }, { "1048576", 1024 * 1024 }, { "127", 0 }, { "1025G", 0 },
		{ "", 0 }, { "G", 0 }, { "-4G", 0 }, { " 4G", 0 }, { "4GB", 0 }, { "4.5G", 0 },
		{ "0x400", 0 }, { "18446744073709551615G", 0 }, { "99999999999999999999", 0 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		guint mib = 0;
		bool ok = conf_parse_memory(cases[i].text, &mib, &error);

		g_test_message("'%s'", cases[i].text);
		g_assert_cmpint(ok, ==, cases[i].mib != 0);
		g_assert_cmpuint(mib, ==, cases[i].mib);
		if (!ok)
			g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
	}
}

static void test_source(void)
{
	g_autoptr(conf_owner) conf = load("[vm]\ncpus=3\nslabs=mine_*\n[module]\npath=mine\nargs=a\n"
					  "[test]\nsuites=x\n[ffi]\nobject=a.o\n");
	g_autofree char *file = g_build_filename(nested, "vexvm.conf", NULL);
	g_autoptr(GError) error = NULL;

	g_assert_true(g_file_set_contents(file, "[vm]\ncpus=9\nslabs=theirs_*\n[module]\npath=theirs\n[ffi]\nabi=b.def\n", -1, NULL));
	g_assert_cmpstr(conf->ffi_object, ==, "a.o");
	g_assert_true(conf_set_source(conf, nested, &error));
	g_assert_no_error(error);
	g_assert_cmpstr(conf->source, ==, nested);
	g_assert_cmpstr(conf->root, ==, project);
	g_assert_cmpstr(conf->module_path, ==, "theirs");
	g_assert_null(conf->module_args);
	g_assert_null(conf->suites);
	g_assert_null(conf->ffi_object);
	g_assert_cmpstr(conf->ffi_abi, ==, "b.def");
	/* The machine is the same, whatever is tested in it: no template is made anew. */
	g_assert_cmpuint(conf->cpus, ==, 3);
	g_assert_cmpstr(conf->slabs[0], ==, "mine_*");
	g_assert_cmpint(g_unlink(file), ==, 0);
	g_assert_false(conf_set_source(conf, "/nonexistent", &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
}

/* For each module of a project: its values are its own, and the VM's are the same. */
static void test_for_module(void)
{
	struct conf *conf = load("[vm]\nkernel=debug\nslabs=mine_*\n[module]\nneeds=nfsd\n"
				 "[test]\ninject=torn\nreloads=3\naudit=no\n");
	g_autoptr(conf_owner) module = NULL;
	g_autoptr(GError) error = NULL;

	module = conf_for_module(conf, nested, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(conf->inject[0], ==, "torn");
	g_assert_cmpstr(conf->needs[0], ==, "nfsd");
	conf_free(conf);
	g_assert_cmpstr(module->root, ==, nested);
	g_assert_cmpstr(module->source, ==, nested);
	g_assert_cmpstr(module->kernel, ==, "debug");
	g_assert_cmpstr(module->slabs[0], ==, "mine_*");
	g_assert_null(module->needs);
	g_assert_null(module->inject);
	g_assert_cmpuint(module->reloads, ==, CONF_RELOADS);
	g_assert_true(module->audit);
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	dir = g_dir_make_tmp("vexvm-conf-XXXXXX", NULL);
	project = g_build_filename(dir, "project", NULL);
	nested = g_build_filename(project, "in", "side", NULL);
	g_assert_cmpint(g_mkdir_with_parents(nested, 0755), ==, 0);
	g_test_add_func("/conf/defaults", test_defaults);
	g_test_add_func("/conf/values", test_values);
	g_test_add_func("/conf/image", test_image);
	g_test_add_func("/conf/kernel", test_kernel);
	g_test_add_func("/conf/refusals", test_refusals);
	g_test_add_func("/conf/numbers", test_numbers);
	g_test_add_func("/conf/paths", test_paths);
	g_test_add_func("/conf/inject", test_inject);
	g_test_add_func("/conf/not-text", test_not_text);
	g_test_add_func("/conf/dangling", test_dangling);
	g_test_add_func("/conf/memory", test_memory);
	g_test_add_func("/conf/source", test_source);
	g_test_add_func("/conf/for-module", test_for_module);
	status = g_test_run();
	folder_remove(dir, NULL);
	g_free(dir);
	g_free(project);
	g_free(nested);
	return status;
}
