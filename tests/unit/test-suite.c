// SPDX-License-Identifier: GPL-2.0-only
/* Which suites a run takes, how often, and what they are called. */
#include <glib/gstdio.h>

#include "lib/fault.h"
#include "lib/folder.h"
#include "libvm/suite.h"

struct fixture {
	char *dir;
	struct conf conf;
};

static void set_up(struct fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("vexvm-suite-XXXXXX", NULL);
	g_assert_nonnull(f->dir);
	f->conf.source = f->dir;
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	g_assert_true(folder_remove(f->dir, NULL));
	g_free(f->dir);
}

static void put(const char *dir, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);

	g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static char *find(struct fixture *f, char **wanted, GError **error)
{
	g_autoptr(GPtrArray) suites = suite_find(&f->conf, wanted, error);
	GString *text = g_string_new(NULL);

	for (guint i = 0; suites && i < suites->len; i++)
		g_string_append_printf(text, "%s%s", i ? " " : "", (char *)suites->pdata[i]);
	return g_string_free(text, !suites);
}

static void test_find(struct fixture *f, gconstpointer data)
{
	static const struct {
		const char *wanted;	/* words; NULL = none */
		const char *found;	/* NULL = an error */
	} samples[] = {
		{ NULL, "tests/a.sh tests/a[1] tests/b.sh" },
		{ "a.sh", "tests/a.sh" },
		{ "b.sh a", "tests/a.sh tests/b.sh" },
		{ "? a", "tests/a.sh tests/b.sh" },
		{ "more/*.sh", "more/c.sh" },
		{ "c", NULL },
		{ "nowhere/*.sh", NULL },
		{ "tests/a[1]", "tests/a[1]" },
		{ "tests/a[1]*", NULL },
		{ "a nothing", NULL },
	};
	char *suites[] = { (char *)"tests/*.sh", (char *)"tests/a*", NULL };
	char *mistyped[] = { (char *)"tests/*.sh", (char *)"none/*", NULL };
	g_autoptr(GError) refusal = NULL;

	put(f->dir, "tests/b.sh", "");
	put(f->dir, "tests/a.sh", "");
	put(f->dir, "tests/a[1]", "");
	put(f->dir, "tests/folder.sh/x", "");
	put(f->dir, "more/c.sh", "");
	f->conf.suites = suites;
	for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
		g_auto(GStrv) wanted = samples[i].wanted ? g_strsplit(samples[i].wanted, " ", -1) : NULL;
		g_autoptr(GError) error = NULL;
		g_autofree char *found = find(f, wanted, &error);

		g_assert_cmpstr(found, ==, samples[i].found);
		if (!found)
			g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
	}
	/* A pattern that matches nothing would pass for green. */
	f->conf.suites = mistyped;
	g_assert_null(find(f, NULL, &refusal));
	g_assert_nonnull(strstr(refusal->message, "suites=none/*"));
}

/* Only the suites with a mark, and none at all is an error: it would pass for green. */
static void test_marked(struct fixture *f, gconstpointer data)
{
	char *patterns[] = { (char *)"*.sh", NULL };
	g_autoptr(GPtrArray) suites = NULL;
	g_autoptr(GError) error = NULL;

	put(f->dir, "a.sh", "#!/bin/sh\n# vexvm: ffi\n");
	put(f->dir, "b.sh", "#!/bin/sh\n# vexvm: unloaded\n");
	put(f->dir, "c.sh", "#!/bin/sh\n# vexvm: unloaded\n# vexvm: ffi\n");
	f->conf.suites = patterns;
	suites = suite_find(&f->conf, NULL, NULL);
	g_assert_true(suite_keep_marked(&f->conf, suites, "ffi", NULL));
	g_assert_cmpuint(suites->len, ==, 2);
	g_assert_cmpstr(suites->pdata[0], ==, "a.sh");
	g_assert_cmpstr(suites->pdata[1], ==, "c.sh");
	g_assert_false(suite_keep_marked(&f->conf, suites, "selectable", &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
	g_assert_nonnull(strstr(error->message, "none of the 2 suites"));
}

/* A name that two suites share says which by its path. */
static void test_names(void)
{
	char *paths[] = { (char *)"a/x.sh", (char *)"b/x.sh", (char *)"b/y.sh" };
	GPtrArray all = { .pdata = (gpointer *)paths, .len = G_N_ELEMENTS(paths) };
	g_autofree char *y = suite_name(&all, "b/y.sh"), *x = suite_name(&all, "b/x.sh");
	g_autofree char *alone = suite_name(NULL, "b/x.sh"), *log = suite_log_name(&all, "b/x.sh");

	g_assert_cmpstr(y, ==, "y.sh");
	g_assert_cmpstr(x, ==, "b/x.sh");
	g_assert_cmpstr(alone, ==, "x.sh");
	g_assert_cmpstr(log, ==, "suite-b_x.sh.log");
}

static void expect_ref(const GPtrArray *refs, guint i, const char *name)
{
	g_autofree char *is = NULL;

	g_assert_cmpuint(i, <, refs->len);
	is = suite_ref_name(NULL, refs->pdata[i]);
	g_assert_cmpstr(is, ==, name);
}

/* Round after round, so that each suite has been seen early. */
static void test_rounds(void)
{
	char *paths[] = { (char *)"t/a.sh", (char *)"t/b.sh" };
	GPtrArray all = { .pdata = (gpointer *)paths, .len = G_N_ELEMENTS(paths) };
	g_autoptr(GPtrArray) none = suite_refs_of(NULL, 3, NULL);
	g_autoptr(GPtrArray) once = suite_refs_of(&all, 0, "umount");
	g_autoptr(GPtrArray) twice = suite_refs_of(&all, 2, NULL);

	g_assert_cmpuint(none->len, ==, 0);
	g_assert_cmpuint(once->len, ==, 2);
	expect_ref(once, 0, "a.sh");
	g_assert_cmpstr(((struct suite_ref *)once->pdata[0])->test, ==, "umount");
	g_assert_cmpuint(twice->len, ==, 4);
	expect_ref(twice, 1, "b.sh, round 1");
	expect_ref(twice, 2, "a.sh, round 2");
	suite_refs_add(twice, &(struct suite_ref){ .path = (char *)"t/a.sh", .round = 2 });
	g_assert_cmpuint(twice->len, ==, 4);
	suite_refs_add(twice, &(struct suite_ref){ .path = (char *)"t/a.sh", .round = 3 });
	g_assert_cmpuint(twice->len, ==, 5);
}

static char *inject(struct fixture *f, const GPtrArray *refs, char **specs, GError **error)
{
	g_autoptr(GPtrArray) injected = suite_refs_inject(&f->conf, refs, specs, error);
	GString *text = g_string_new(NULL);

	for (guint i = 0; injected && i < injected->len; i++) {
		g_autofree char *name = suite_ref_name(NULL, injected->pdata[i]);

		g_string_append_printf(text, "%s%s", i ? "; " : "", name);
	}
	g_assert_true(!injected || suite_refs_have_rule(injected));
	return g_string_free(text, !injected);
}

/* Rules of the command line go before the suite's own, and these before the configuration's. */
static void test_inject(struct fixture *f, gconstpointer data)
{
	char *paths[] = { (char *)"a.sh", (char *)"b.sh" };
	char *given[] = { (char *)"slow:ms=1", NULL }, *configured[] = { (char *)"torn", NULL };
	char *wrong[] = { (char *)"eio", NULL };
	GPtrArray all = { .pdata = (gpointer *)paths, .len = G_N_ELEMENTS(paths) };
	g_autoptr(GPtrArray) refs = suite_refs_of(&all, 1, NULL);
	g_autofree char *own = NULL, *with_conf = NULL, *asked = NULL;
	g_autoptr(GError) mine = NULL, marked = NULL;

	put(f->dir, "a.sh", "#!/bin/sh\n# vexvm: inject eio:read:n=2..4\n# vexvm:  inject  torn:n=3 \n");
	put(f->dir, "b.sh", "#!/bin/sh\n# vexvm: injected torn\n");
	g_assert_false(suite_refs_have_rule(refs));
	own = inject(f, refs, NULL, NULL);
	g_assert_cmpstr(own, ==, "a.sh [inject eio:read:n=2]; a.sh [inject torn:n=3]; b.sh");
	f->conf.inject = configured;
	with_conf = inject(f, refs, NULL, NULL);
	g_assert_cmpstr(with_conf, ==, "a.sh [inject eio:read:n=2]; a.sh [inject torn:n=3]; b.sh [inject torn:n=1]");
	asked = inject(f, refs, given, NULL);
	g_assert_cmpstr(asked, ==, "a.sh [inject slow:ms=1]; b.sh [inject slow:ms=1]");
	g_assert_null(inject(f, refs, wrong, &mine));
	g_assert_error(mine, LAB_ERROR, LAB_ERROR_USAGE);
	put(f->dir, "a.sh", "#!/bin/sh\n# vexvm: inject\teio\n");
	g_assert_null(inject(f, refs, NULL, &marked));
	g_assert_true(g_str_has_prefix(marked->message, "a.sh: inject 'eio': "));
}

/* A sweep goes on while there are requests to fail, to its end. */
static void test_sweep(struct fixture *f, gconstpointer data)
{
	char *paths[] = { (char *)"a.sh" }, *given[] = { (char *)"eio:read:n=2..4", NULL };
	GPtrArray all = { .pdata = (gpointer *)paths, .len = G_N_ELEMENTS(paths) };
	g_autoptr(GPtrArray) plain = suite_refs_of(&all, 3, NULL);
	g_autoptr(GPtrArray) refs = suite_refs_inject(&f->conf, plain, given, NULL);
	const struct suite_ref *ref = refs->pdata[1];

	g_assert_false(suite_ref_goes_on(plain->pdata[0], 1));
	g_assert_cmpuint(refs->len, ==, 3);
	g_assert_false(ref->swept);
	g_assert_false(suite_ref_goes_on(ref, 0));
	g_assert_true(suite_ref_goes_on(ref, 1));
	suite_refs_add_next(refs, ref);
	expect_ref(refs, 3, "a.sh, round 2 [inject eio:read:n=3]");
	ref = refs->pdata[3];
	g_assert_true(ref->swept);
	suite_refs_add_next(refs, ref);
	expect_ref(refs, 4, "a.sh, round 2 [inject eio:read:n=4]");
	g_assert_false(suite_ref_goes_on(refs->pdata[4], 1));
}

static void test_marks(struct fixture *f, gconstpointer data)
{
	g_autofree char *path = g_build_filename(f->dir, "s.sh", NULL);

	put(f->dir, "s.sh", "#!/bin/sh\n# words\n#  vexvm:  unloaded \n");
	g_assert_true(suite_has_mark(path, "unloaded"));
	g_assert_false(suite_has_mark(path, "selectable"));
	g_assert_false(suite_is_selectable(&f->conf, "s.sh"));
	put(f->dir, "s.sh", "#!/bin/sh\n# vexvm: selectable\n");
	g_assert_true(suite_is_selectable(&f->conf, "s.sh"));
	put(f->dir, "s.sh", "\377\376 # vexvm: selectable\n");
	g_assert_false(suite_is_selectable(&f->conf, "s.sh"));
	g_assert_false(suite_has_mark("/nonexistent", "unloaded"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/suite/names", test_names);
	g_test_add_func("/suite/rounds", test_rounds);
	g_test_add("/suite/find", struct fixture, NULL, set_up, test_find, tear_down);
	g_test_add("/suite/marked", struct fixture, NULL, set_up, test_marked, tear_down);
	g_test_add("/suite/inject", struct fixture, NULL, set_up, test_inject, tear_down);
	g_test_add("/suite/sweep", struct fixture, NULL, set_up, test_sweep, tear_down);
	g_test_add("/suite/marks", struct fixture, NULL, set_up, test_marks, tear_down);
	return g_test_run();
}
