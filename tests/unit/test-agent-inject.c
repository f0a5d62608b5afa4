// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading modules while allocations fail, with a kernel that is played: one thread's
 * fail-nth, and modules that allocate so and so often. The program's file is a part of
 * this one.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/audit.h"
#include "lib/folder.h"

#define MODULES 2

struct module {
	const char *name;
	guint allocations;	/* of one load */
	guint swallows;	/* the allocation whose failure it does not mind; 0 = none */
	int refuses;		/* errno of a load in which none has failed */
	bool stays;		/* it cannot be unloaded */
	bool loaded;
	guint loads;		/* that went well */
};

/* The kernel, and what the program said. */
static struct {
	char *root;		/* holds fail-nth and failslab's files */
	struct module modules[MODULES];
	GString *out, *err;
	GString *audited;	/* modules whose place was noted before they went */
} k;

static char *kernel_path(const char *path)
{
	g_autofree char *name = g_path_get_basename(path);

	return g_build_filename(k.root, name, NULL);
}

/* What it holds goes. A new file it is, since filesystems may wait for the disk when one is cut off. */
static int kernel_open(const char *path, int flags)
{
	g_autofree char *real = kernel_path(path);

	return unlink(real) < 0 ? -1 : open(real, flags | O_CREAT, 0600);
}

static FILE *kernel_fopen(const char *path, const char *mode)
{
	g_autofree char *real = kernel_path(path);

	return fopen(real, mode);
}

static guint fail_nth(void)
{
	g_autofree char *path = kernel_path("fail-nth");
	g_autofree char *text = NULL;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return (guint)g_ascii_strtoull(text, NULL, 10);
}

static void put_file(const char *name, const char *text)
{
	g_autofree char *path = kernel_path(name);

	unlink(path);
	g_assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static void set_fail_nth(guint left)
{
	g_autofree char *text = g_strdup_printf("%u\n", left);

	put_file("fail-nth", text);
}

/* lib/fault-inject.c: counts down to 0, where it stays. */
static int kernel_load(struct module *m)
{
	guint nth = fail_nth();

	g_assert_false(m->loaded);
	if (nth > m->allocations || !nth) {
		set_fail_nth(nth ? nth - m->allocations : 0);
		if (m->refuses)
			return m->refuses;
	} else {
		set_fail_nth(0);
		if (nth != m->swallows)
			return ENOMEM;
	}
	m->loaded = true;
	m->loads++;
	return 0;
}

/* A module's file holds its name. */
static struct module *module_of(const char *name, size_t size)
{
	for (guint i = 0; i < MODULES; i++)
		if (k.modules[i].name && strlen(k.modules[i].name) == size &&
		    !memcmp(k.modules[i].name, name, size))
			return &k.modules[i];
	g_assert_not_reached();
}

static long kernel_syscall(long number, ...)
{
	struct module *m;
	const char *name;
	va_list args;
	int error = 0;

	va_start(args, number);
	name = va_arg(args, const char *);
	if (number == SYS_init_module) {
		m = module_of(name, va_arg(args, size_t));
		g_assert_cmpstr(va_arg(args, const char *), ==, "size=1");
		error = kernel_load(m);
	} else {
		g_assert_cmpint(number, ==, SYS_delete_module);
		m = module_of(name, strlen(name));
		g_assert_true(m->loaded);
		/* No allocation of what is not the load may fail. */
		g_assert_cmpuint(fail_nth(), ==, 0);
		error = m->stays ? EBUSY : 0;
		m->loaded = m->stays;
	}
	va_end(args);
	errno = error;
	return error ? -1 : 0;
}

bool audit_loaded(const char *file, const char *name, bool threads, const char *root)
{
	g_assert_cmpstr(file, ==, "/audit");
	g_assert_false(threads);
	g_string_append_printf(k.audited, "%s ", name);
	return true;
}

#define open kernel_open
#define fopen kernel_fopen
#define syscall kernel_syscall
#define printf(...) g_string_append_printf(k.out, __VA_ARGS__)
#define fprintf(stream, ...) g_string_append_printf(k.err, __VA_ARGS__)
#include "agent/inject.c"
#undef open
#undef fopen
#undef syscall
#undef printf
#undef fprintf

static void set_up(void)
{
	memset(&k, 0, sizeof(k));
	k.root = g_dir_make_tmp("vexvm-agent-inject-XXXXXX", NULL);
	k.out = g_string_new(NULL);
	k.err = g_string_new(NULL);
	k.audited = g_string_new(NULL);
	put_file("fail-nth", "0\n");
	put_file("ignore-gfp-wait", "Y\n");
	put_file("verbose", "2\n");
	g_setenv("VEXVM_AUDIT", "/audit", TRUE);
}

static void tear_down(void)
{
	g_assert_true(folder_remove(k.root, NULL));
	g_free(k.root);
	g_string_free(k.out, TRUE);
	g_string_free(k.err, TRUE);
	g_string_free(k.audited, TRUE);
}

static void add(guint i, const char *name, guint allocations)
{
	g_autofree char *file = g_strconcat(name, ".ko", NULL);

	k.modules[i] = (struct module){ .name = name, .allocations = allocations };
	put_file(file, name);
}

/* Of modules "first" and "second", as many as there are. */
static int run(void)
{
	char *argv[] = { "first", "/files/first.ko", "size=1", "second", "/files/second.ko", "size=1" };

	return inject_main(k.modules[1].name ? 6 : 3, argv);
}

static void test_sweep(void)
{
	set_up();
	add(0, "first", 3);
	g_assert_cmpint(run(), ==, 0);
	g_assert_cmpstr(k.out->str, ==, "first: 3 failing allocations\n");
	g_assert_cmpstr(k.err->str, ==, "");
	/* With none failing, and once more for those that use it. */
	g_assert_cmpuint(k.modules[0].loads, ==, 2);
	g_assert_false(k.modules[0].loaded);
	g_assert_cmpstr(k.audited->str, ==, "first first ");
	tear_down();
}

/* That one of them does without keeps none from being tried. */
static void test_swallowed(void)
{
	set_up();
	add(0, "first", 3);
	k.modules[0].swallows = 2;
	g_assert_cmpint(run(), ==, 0);
	g_assert_cmpstr(k.out->str, ==, "first: 3 failing allocations\n");
	g_assert_cmpuint(k.modules[0].loads, ==, 3);
	tear_down();
}

/* The first is there while the second is swept, and goes last. */
static void test_two(void)
{
	set_up();
	add(0, "first", 1);
	add(1, "second", 2);
	g_assert_cmpint(run(), ==, 0);
	g_assert_cmpstr(k.out->str, ==, "first: 1 failing allocations\nsecond: 2 failing allocations\n");
	g_assert_cmpstr(k.audited->str, ==, "first second second first ");
	g_assert_false(k.modules[0].loaded || k.modules[1].loaded);
	tear_down();
}

static void test_no_allocation(void)
{
	set_up();
	add(0, "first", 0);
	g_assert_cmpint(run(), ==, 0);
	g_assert_cmpstr(k.out->str, ==, "first: 0 failing allocations\n");
	tear_down();
}

static void test_endless(void)
{
	set_up();
	add(0, "first", INJECT_ROUNDS_MAX + 10);
	g_assert_cmpint(run(), ==, 0);
	g_assert_cmpstr(k.out->str, ==, "first: 2000 failing allocations\n");
	tear_down();
}

static void test_refused(void)
{
	set_up();
	add(0, "first", 2);
	k.modules[0].refuses = EINVAL;
	g_assert_cmpint(run(), ==, 1);
	g_assert_cmpstr(k.err->str, ==,
			"vexvm-agent: first: cannot be loaded, and no allocation had failed: Invalid argument\n");
	/* After which nothing fails any more in this thread. */
	g_assert_cmpuint(fail_nth(), ==, 0);
	tear_down();
}

static void test_stays(void)
{
	set_up();
	add(0, "first", 2);
	k.modules[0].stays = true;
	g_assert_cmpint(run(), ==, 1);
	g_assert_cmpstr(k.err->str, ==, "vexvm-agent: first: cannot be unloaded: Device or resource busy\n");
	tear_down();
}

static void test_no_failslab(void)
{
	g_autofree char *path = NULL;

	set_up();
	add(0, "first", 2);
	path = kernel_path("ignore-gfp-wait");
	g_assert_cmpint(unlink(path), ==, 0);
	g_assert_cmpint(run(), ==, 1);
	g_assert_nonnull(strstr(k.err->str, "the kernel cannot let allocations fail"));
	g_assert_cmpuint(k.modules[0].loads, ==, 0);
	tear_down();
}

static void test_words(void)
{
	char *argv[] = { "first", "/files/first.ko" };
	g_autofree char *path = NULL;

	set_up();
	g_assert_cmpint(inject_main(2, argv), ==, 1);
	g_assert_nonnull(strstr(k.err->str, "give NAME FILE ARGUMENTS"));
	g_string_truncate(k.err, 0);
	add(0, "first", 2);
	path = kernel_path("first.ko");
	g_assert_cmpint(unlink(path), ==, 0);
	g_assert_cmpint(run(), ==, 1);
	g_assert_cmpstr(k.err->str, ==,
			"vexvm-agent: /files/first.ko: cannot be read: No such file or directory\n");
	tear_down();
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/agent inject/sweep", test_sweep);
	g_test_add_func("/agent inject/swallowed", test_swallowed);
	g_test_add_func("/agent inject/two", test_two);
	g_test_add_func("/agent inject/no allocation", test_no_allocation);
	g_test_add_func("/agent inject/endless", test_endless);
	g_test_add_func("/agent inject/refused", test_refused);
	g_test_add_func("/agent inject/stays", test_stays);
	g_test_add_func("/agent inject/no failslab", test_no_failslab);
	g_test_add_func("/agent inject/words", test_words);
	return g_test_run();
}
