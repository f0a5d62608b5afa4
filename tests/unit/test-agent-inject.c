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
	guint early;		/* so many of the allocations come before its init */
	guint drift;		/* so many more are there in each load but every @every-th */
	guint every;
	bool shrinks;		/* they get fewer for a while */
	guint late;		/* so many come after its init, and need not be there */
	guint failed;		/* its own that failed: a bit for each, from 1 */
};

/* Where the next load is: its code, what goes after its init, and its struct module. */
#define CORE(load) (0xffffffffc0100000ul + (load) * 0x10000ul)
#define INIT(load) (0xffffffffc0900000ul - (load) * 0x3000ul)
#define STRUCT 0x2040ul
#define ENTRY 0x30ul		/* of its init function in .init.text */

/* The kernel, and what the program said. */
static struct {
	char *root;		/* holds fail-nth and failslab's files */
	struct module modules[MODULES];
	GString *out, *err;
	GString *audited;	/* modules whose place was noted before they went */
	guint tries;		/* loads that have come to their init */
	guint all;		/* loads */
	guint left;		/* fail-nth, while a load is under way */
	bool traced;		/* what it tells of that goes to @trace */
	GString *trace;
} k;

static char *kernel_path(const char *path)
{
	g_autofree char *name = g_path_get_basename(path);

	return g_build_filename(k.root, name, NULL);
}

static void append(const char *name, const char *text)
{
	g_autofree char *path = kernel_path(name);
	FILE *out = fopen(path, "a");

	g_assert_nonnull(out);
	fputs(text, out);
	fclose(out);
}

/* Whether the kernel tells of loads. */
static bool is_traced(void)
{
	g_autofree char *path = kernel_path("enable");
	g_autofree char *text = NULL;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return *text == '1';
}

/* To open a file the kernel allocates too: its name, and itself. */
static void trace_open(void)
{
	static const char event[] = " vexvm-agent-412   [001] .....    44.1: allocation: (should_fail_ex+0x0/0x1a0)\n";

	for (guint i = 0; i < 2 && is_traced(); i++)
		append("trace", event);
}

/* What it holds goes. A new file it is, since filesystems may wait for the disk when one is cut off. */
static int kernel_open(const char *path, int flags)
{
	g_autofree char *real = kernel_path(path);

	trace_open();
	return unlink(real) < 0 ? -1 : open(real, flags | O_CREAT, 0600);
}

static FILE *kernel_fopen(const char *path, const char *mode)
{
	g_autofree char *real = kernel_path(path);

	trace_open();
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

/* kernel/trace/trace_kprobe.c */
static void trace(const char *event, const char *flags)
{
	g_autofree char *text = g_strdup_printf(" vexvm-agent-412   [001] %s    44.1: %s\n", flags, event);

	if (k.traced)
		g_string_append(k.trace, text);
}

static void trace_init(void)
{
	guint64 module = CORE(k.tries + 1) + STRUCT, entry = INIT(k.tries + 1) + ENTRY;
	g_autofree char *load = g_strdup_printf("load: (do_init_module+0x0/0x720) module=0x%" G_GINT64_MODIFIER "x", module);
	g_autofree char *init = g_strdup_printf("init: (do_one_initcall+0x0/0x560) init=0x%" G_GINT64_MODIFIER "x", entry);

	k.tries++;
	trace(load, ".....");
	trace(init, ".....");
}

static void trace_done(void)
{
	trace("done: (do_init_module+0x1e6/0x720 <- do_one_initcall)", ".....");
}

/* lib/fault-inject.c: counts down to 0, where it stays. Whether this one fails. */
static bool fails(void)
{
	trace("allocation: (should_fail_ex+0x0/0x1a0)", ".....");
	return k.left && !--k.left;
}

/* One of the kernel's or of the module's own, whose number @own is, from 1. Whether the load goes on. */
static bool allocate(struct module *m, guint nth, guint own)
{
	if (!fails())
		return true;
	if (own && own < 32)
		m->failed |= 1u << own;
	return nth == m->swallows;
}

static int load_it(struct module *m)
{
	guint early = m->early + (m->every && k.all % m->every ? m->drift : 0);
	bool armed = k.left;

	if (m->shrinks)
		early -= MIN(k.all, 40);
	k.all++;
	/* Of an interrupt's nothing is counted. */
	trace("allocation: (should_fail_ex+0x0/0x1a0)", "d.h1.");
	for (guint i = 1; i <= early; i++)
		if (!allocate(m, i, 0))
			return ENOMEM;
	trace_init();
	for (guint i = early + 1; i <= early + m->allocations; i++)
		if (!allocate(m, i, i - early)) {
			trace_done();
			return ENOMEM;
		}
	trace_done();
	/* What the kernel does then is as good as what it does before. */
	for (guint i = 0; i < m->late; i++)
		allocate(m, 0, 0);
	return armed && k.left ? m->refuses : 0;
}

static int kernel_load(struct module *m)
{
	int error;

	g_assert_false(m->loaded);
	k.left = fail_nth();
	k.traced = is_traced();
	error = load_it(m);
	set_fail_nth(k.left);
	append("trace", k.trace->str);
	g_string_truncate(k.trace, 0);
	m->loaded = !error;
	m->loads += !error;
	return error;
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
	g_autofree char *text = g_strdup_printf("section\tother\t.text 0x1\t0\t1\n"
						"section\t%s\t.init.text 0x%lx\t0\t1\n"
						"section\t%s\t.init.data 0x%lx\t0\t1\n"
						"section\t%s\t.text 0x%lx\t0\t1\n"
						"section\t%s\t.data 0x%lx\t0\t1\n",
						name, INIT(k.tries), name, INIT(k.tries) + 0x1000, name,
						CORE(k.tries), name, CORE(k.tries) + 0x2000);

	g_assert_cmpstr(file, ==, "/audit");
	g_assert_false(threads);
	g_string_append_printf(k.audited, "%s ", name);
	append("audit", text);
	return true;
}

#define open kernel_open
#define fopen kernel_fopen
#define syscall kernel_syscall
#define printf(...) g_string_append_printf(k.out, __VA_ARGS__)
#include "agent/inject-place.c"
#include "agent/inject-watch.c"
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
	k.trace = g_string_new(NULL);
	put_file("fail-nth", "0\n");
	put_file("ignore-gfp-wait", "Y\n");
	put_file("verbose", "2\n");
	put_file("kprobe_events", "");
	put_file("enable", "0\n");
	put_file("filter", "none\n");
	put_file("trace", "");
	g_setenv("VEXVM_AUDIT", "/audit", TRUE);
}

static void tear_down(void)
{
	g_assert_true(folder_remove(k.root, NULL));
	g_free(k.root);
	g_string_free(k.out, TRUE);
	g_string_free(k.err, TRUE);
	g_string_free(k.audited, TRUE);
	g_string_free(k.trace, TRUE);
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

static char *audited(void)
{
	g_autofree char *path = kernel_path("audit");
	char *text;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return text;
}

static bool is_told(const char *section, unsigned long address)
{
	g_autofree char *line = g_strdup_printf("section\tfirst\t%s 0x%lx\t0\t1\n", section, address);
	g_autofree char *text = audited();

	return strstr(text, line);
}

/* The code of a load that failed in its init is known by one that went well. */
static void test_places(void)
{
	set_up();
	add(0, "first", 3);
	k.modules[0].early = 2;
	g_assert_cmpint(run(), ==, 0);
	/* The third to fifth allocation is its init's; the sixth load goes well. */
	for (guint load = 1; load <= 4; load++) {
		g_assert_true(is_told(".text", CORE(load)));
		g_assert_true(is_told(".init.text", INIT(load)));
		/* No call returns there. */
		g_assert_true(is_told(".data", CORE(load) + 0x2000) == (load == 4));
	}
	/* The one that stays loaded after them is nobody's failure. */
	g_assert_true(is_told(".text", CORE(5)));
	g_assert_false(is_told(".text", CORE(6)));
	g_assert_false(is_traced());
	tear_down();
}

/* The kernel's own allocations are more in one load than in the next: none of the module's is passed over. */
static void test_drift(void)
{
	for (guint drift = 1; drift < 4; drift++)
		for (guint every = 2; every < 5; every++) {
			set_up();
			add(0, "first", 4);
			k.modules[0].early = 5;
			k.modules[0].drift = drift;
			k.modules[0].every = every;
			k.modules[0].late = 50;
			g_assert_cmpint(run(), ==, 0);
			g_assert_cmpuint(k.modules[0].failed, ==, 0x1e);
			/* No time is spent on being that exact with what is the kernel's. */
			g_assert_cmpuint(k.all, <, 5 + 3 + 4 * 8 + 50 + 10);
			tear_down();
		}
}

/* Where they get fewer from load to load, that some were passed over is told. */
static void test_shrinking(void)
{
	set_up();
	add(0, "first", 3);
	k.modules[0].early = 40;
	k.modules[0].shrinks = true;
	g_assert_cmpint(run(), ==, 1);
	g_assert_nonnull(strstr(k.err->str, " of its init's allocations could not be made to fail\n"));
	tear_down();
}

/* Without probes there are no places, and no others than they are. */
static void test_no_places(void)
{
	g_autofree char *path = NULL;

	set_up();
	add(0, "first", 5);
	path = kernel_path("kprobe_events");
	g_assert_cmpint(unlink(path), ==, 0);
	g_assert_cmpint(run(), ==, 0);
	g_assert_false(is_told(".text", CORE(1)));
	g_assert_true(is_told(".text", CORE(6)));
	g_assert_cmpuint(k.modules[0].failed, ==, 0x3e);
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
	g_autofree char *path = NULL;

	set_up();
	add(0, "first", INJECT_ROUNDS_MAX + 10);
	path = kernel_path("kprobe_events");
	g_assert_cmpint(unlink(path), ==, 0);
	g_assert_cmpint(run(), ==, 1);
	g_assert_cmpstr(k.out->str, ==, "first: 2000 failing allocations\n");
	g_assert_cmpstr(k.err->str, ==, "vexvm-agent: first: there are more allocations than the 2000 loads that are tried\n");
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
	g_test_add_func("/agent inject/places", test_places);
	g_test_add_func("/agent inject/no places", test_no_places);
	g_test_add_func("/agent inject/drift", test_drift);
	g_test_add_func("/agent inject/shrinking", test_shrinking);
	g_test_add_func("/agent inject/two", test_two);
	g_test_add_func("/agent inject/no allocation", test_no_allocation);
	g_test_add_func("/agent inject/endless", test_endless);
	g_test_add_func("/agent inject/refused", test_refused);
	g_test_add_func("/agent inject/stays", test_stays);
	g_test_add_func("/agent inject/no failslab", test_no_failslab);
	g_test_add_func("/agent inject/words", test_words);
	return g_test_run();
}
