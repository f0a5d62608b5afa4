// SPDX-License-Identifier: GPL-2.0-only
/* What is left of a task after a clone that broke; no clone is needed for that. */
#include <glib/gstdio.h>
#include <string.h>

#include "lib/folder.h"
#include "libvm/farm.h"

struct fixture {
	char *dir;
	struct report *report;
	struct run run;
	struct farm farm;
	struct task *task;
};

static void silent(void *data, const char *text)
{
}

static void set_up(struct fixture *f, gconstpointer data)
{
	static const struct progress quiet = { .note = silent };

	f->dir = g_dir_make_tmp("vexvm-go-on-XXXXXX", NULL);
	f->report = report_new("test");
	f->report->folder = g_strdup(f->dir);
	f->run.report = f->report;
	f->run.progress = &quiet;
	f->farm.run = &f->run;
	f->farm.conf.source = f->dir;
	g_mutex_init(&f->farm.mutex);
	f->task = task_new(&f->farm, 0);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	task_free(f->task);
	report_free(f->report);
	g_mutex_clear(&f->farm.mutex);
	g_assert_true(folder_remove(f->dir, NULL));
	g_free(f->dir);
}

static void put_suite(const struct fixture *f, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(f->dir, name, NULL);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* The suite that it did not survive; its path is its name. */
static const char *leg_suite(const struct leg *leg)
{
	return ((const struct suite_ref *)leg->refs->pdata[leg->broken])->path;
}

/* A first leg with @paths ("s.sh" or "s.sh:test"), whose @broken one panicked. */
static struct leg *first_leg(struct fixture *f, const char *paths, guint broken)
{
	g_auto(GStrv) words = g_strsplit(paths, " ", -1);
	struct finding *panic = finding_new("panic", LAB_ERROR_KERNEL, "a panic");
	struct leg *leg;

	for (char **word = words; *word; word++) {
		char *test = strchr(*word, ':');

		if (test)
			*test++ = '\0';
		suite_refs_add(f->task->suites, &(struct suite_ref){ .path = *word, .test = test });
	}
	leg = leg_new(f->task, f->task->suites);
	leg->broken = broken;
	report_suite(leg->part, leg_suite(leg))->selectable = suite_is_selectable(&f->farm.conf, leg_suite(leg));
	panic->fatal = true;
	g_ptr_array_add(leg->part->findings, panic);
	go_on_note(f->task, leg);
	return leg;
}

static void expect_refs(const struct leg *leg, const char *paths)
{
	GString *is = g_string_new(NULL);

	for (guint i = 0; leg && i < leg->refs->len; i++) {
		const struct suite_ref *ref = leg->refs->pdata[i];

		g_string_append_printf(is, "%s%s%s%s", i ? " " : "", ref->path, ref->test ? ":" : "",
				       ref->test ? ref->test : "");
	}
	g_assert_cmpstr(is->str, ==, paths);
	g_string_free(is, TRUE);
}

static const struct test_result *only_test(const struct leg *leg)
{
	const struct report_suite *suite;

	g_assert_cmpuint(leg->part->suites->len, ==, 1);
	suite = leg->part->suites->pdata[0];
	g_assert_cmpuint(suite->tests->len, ==, 1);
	return suite->tests->pdata[0];
}

/* One that ran alone is the culprit, and those behind it are left. */
static void test_alone(struct fixture *f, gconstpointer data)
{
	const struct leg *leg = first_leg(f, "s.sh:a s.sh:b s.sh:c t.sh", 1);
	const struct test_result *culprit = only_test(leg);

	g_assert_cmpstr(culprit->name, ==, "b");
	g_assert_cmpint(culprit->cause, ==, CAUSE_CRASH);
	expect_refs(go_on_leg(f->task), "s.sh:c t.sh");
}

/* The last one leaves nothing, and a clone that lived through all neither. */
static void test_last(struct fixture *f, gconstpointer data)
{
	struct leg *leg = first_leg(f, "s.sh:a s.sh:b", 1);

	g_assert_null(go_on_leg(f->task));
	leg->broken = leg->refs->len;
	g_assert_null(go_on_leg(f->task));
	g_assert_cmpuint(f->task->legs->len, ==, 1);
}

/* Of a selectable suite the culprit is named by the next clone, which is wanted for that alone too. */
static void test_selectable(struct fixture *f, gconstpointer data)
{
	const struct leg *leg;

	put_suite(f, "s.sh", "#!/bin/sh\n# vexvm: selectable\n");
	leg = first_leg(f, "s.sh", 0);
	g_assert_true(leg->unnamed);
	expect_refs(go_on_leg(f->task), "");
	g_assert_cmpuint(f->task->legs->len, ==, 2);
}

/* Another has a number, and the suites behind it go on. */
static void test_whole(struct fixture *f, gconstpointer data)
{
	const struct leg *leg;

	put_suite(f, "s.sh", "#!/bin/sh\n");
	leg = first_leg(f, "s.sh t.sh", 0);
	g_assert_false(leg->unnamed);
	g_assert_cmpstr(only_test(leg)->name, ==, "s.sh");
	expect_refs(go_on_leg(f->task), "t.sh");
}

/* What a rule counts is of the whole suite: its tests are not asked for one by one. */
static void test_injected(struct fixture *f, gconstpointer data)
{
	struct inject_rule rule;
	const struct suite_ref ref = { .path = (char *)"s.sh", .rule = &rule };
	struct report_suite *suite;
	struct leg *leg;

	put_suite(f, "s.sh", "#!/bin/sh\n# vexvm: selectable\n");
	g_assert_true(inject_parse("eio:read:n=3", &rule, NULL));
	suite_refs_add(f->task->suites, &ref);
	leg = leg_new(f->task, f->task->suites);
	leg->broken = 0;
	suite = report_suite(leg->part, "s.sh [inject eio:read:n=3]");
	suite->planned = 2;
	go_on_note(f->task, leg);
	g_assert_false(leg->unnamed);
	g_assert_null(go_on_leg(f->task));
	g_assert_cmpuint(suite->tests->len, ==, 2);
	g_assert_nonnull(strstr(((struct test_result *)suite->tests->pdata[1])->detail, "injected into s.sh as a whole"));
}

/* What is repeated is not gone on with. */
static void test_repeat(struct fixture *f, gconstpointer data)
{
	f->task->repeat = true;
	first_leg(f, "s.sh:a s.sh:b", 0);
	g_assert_null(go_on_leg(f->task));
}

static void test_give_up(struct fixture *f, gconstpointer data)
{
	const struct leg *leg;
	struct leg *next;
	const struct report_suite *whole;

	put_suite(f, "s.sh", "#!/bin/sh\n# vexvm: selectable\n");
	leg = first_leg(f, "s.sh t.sh", 0);
	next = go_on_leg(f->task);
	go_on_give_up(f->task, next, 0, "no memory");
	g_assert_cmpstr(only_test(leg)->name, ==, "s.sh");
	whole = next->part->suites->pdata[0];
	g_assert_cmpstr(whole->name, ==, "t.sh");
	g_assert_cmpint(whole->outcome, ==, OUTCOME_SKIP);
	g_assert_cmpstr(whole->detail, ==, "not run: no memory");
}

/* A suite whose tests all break their clones ends. */
static void test_bound(struct fixture *f, gconstpointer data)
{
	struct leg *leg = first_leg(f, "s.sh:0 s.sh:1 s.sh:2 s.sh:3 s.sh:4 s.sh:5 s.sh:6 s.sh:7 s.sh:8 s.sh:9 s.sh:10 "
				       "s.sh:11 s.sh:12 s.sh:13 s.sh:14 s.sh:15 s.sh:16 s.sh:17", 0);
	guint n = 1;

	while ((leg = go_on_leg(f->task))) {
		leg->broken = 0;
		go_on_note(f->task, leg);
		n++;
	}
	g_assert_cmpuint(n, ==, 16);
	leg = f->task->legs->pdata[16];
	expect_refs(leg, "s.sh:16 s.sh:17");
	g_assert_cmpint(((struct report_suite *)leg->part->suites->pdata[0])->outcome, ==, OUTCOME_SKIP);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*test)(struct fixture *f, gconstpointer data);
	} tests[] = {
		{ "/go-on/alone", test_alone }, { "/go-on/last", test_last }, { "/go-on/whole", test_whole },
		{ "/go-on/injected", test_injected },
		{ "/go-on/selectable", test_selectable }, { "/go-on/repeat", test_repeat },
		{ "/go-on/give-up", test_give_up }, { "/go-on/bound", test_bound },
	};

	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct fixture, NULL, set_up, tests[i].test, tear_down);
	return g_test_run();
}
