// SPDX-License-Identifier: GPL-2.0-only
/* What a control is to be caught by, and when it counts as caught. */
#include <glib/gstdio.h>

#include "lib/fault.h"
#include "lib/folder.h"
#include "libvm/audit.h"
#include "libvm/control.h"
#include "libvm/selfcheck.h"

struct fixture {
	char *dir;
};

static void put(const struct fixture *f, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(f->dir, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);

	g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void set_up(struct fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("vexvm-control-XXXXXX", NULL);
	g_assert_nonnull(f->dir);
	put(f, "falls/falls.c", "a\nb\n\tfall(); /* here */\n");
	put(f, "loses/loses.c", "/* here: proc */\n\n/* here: sysfs */\n");
	put(f, "fine/fine.c", "");
	put(f, "refuses/refuses.c", "\n/* here */\n");
	put(f, CONTROL_FILE,
	    "[falls]\nfinds=finding oops\ntext=NULL pointer\nexit=5\nneeds=CONFIG_ON sharp\ntimeout=7\n"
	    "[loses]\nfinds=leak proc;leak sysfs\nexit=6\n"
	    "[fine]\nexit=0\n"
	    "[refuses]\nfinds=verdict load\nexit=4\n"
	    "[falls-first]\nmodule=falls\nfinds=finding bug\nexit=5\nfault=failslab\n"
	    "needs=CONFIG_SLOW=m\nunless=CONFIG_OLD CONFIG_ON\n"
	    "[without]\nfinding kasan=no KASAN\n");
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	g_assert_true(folder_remove(f->dir, NULL));
	g_free(f->dir);
}

static struct controls *read_all(const struct fixture *f)
{
	g_autoptr(GError) error = NULL;
	struct controls *controls = controls_read(f->dir, &error);

	g_assert_no_error(error);
	return controls;
}

static void test_read(struct fixture *f, gconstpointer data)
{
	g_autoptr(controls_owner) controls = read_all(f);
	const struct control *c = controls_find(controls, "falls");
	const struct control_part *part = c->parts->pdata[0];

	g_assert_cmpuint(controls->all->len, ==, 5);
	g_assert_cmpint(c->exit, ==, 5);
	g_assert_cmpuint(c->timeout_s, ==, 7);
	g_assert_cmpstr(part->file, ==, "falls.c");
	g_assert_cmpuint(part->line, ==, 3);
	c = controls_find(controls, "loses");
	part = c->parts->pdata[1];
	g_assert_cmpstr(part->detector, ==, "leak sysfs");
	g_assert_cmpuint(part->line, ==, 3);
	g_assert_null(controls_find(controls, "none"));
}

/* Two that have one module: the marker is both's. */
static void test_module(struct fixture *f, gconstpointer data)
{
	g_autoptr(controls_owner) controls = read_all(f);
	const struct control *one = controls_find(controls, "falls"), *other = controls_find(controls, "falls-first");
	const struct control_part *part = other->parts->pdata[0];

	g_assert_cmpstr(one->folder, ==, other->folder);
	g_assert_cmpstr(part->file, ==, "falls.c");
	g_assert_cmpuint(part->line, ==, 3);
	g_assert_null(one->fault);
	g_assert_cmpstr(other->fault, ==, "failslab");
}

static void test_refused(struct fixture *f, gconstpointer data)
{
	static const char *const samples[] = {
		"[falls]\nfinds=finding nothing\n", "[falls]\nfinds=leak pages\n", "[falls]\ncolour=red\n", "[falls]\ntext=(\n", "[falls]\ntext=a\\.b\n", "[falls]\nexit=9\n",
		"[falls]\ntimeout=0\n", "[falls]\nfault=fire\n", "[falls]\nmodule=absent\n", "[absent]\nexit=0\n", "[without]\nleak nothing=x\n", "falls\n",
	};

	for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
		g_autoptr(GError) error = NULL;

		put(f, CONTROL_FILE, samples[i]);
		g_assert_null(controls_read(f->dir, &error));
		g_assert_error(error, LAB_ERROR, LAB_ERROR_USAGE);
		g_assert_nonnull(strstr(error->message, CONTROL_FILE));
	}
}

static void test_unarmed(struct fixture *f, gconstpointer data)
{
	g_autoptr(controls_owner) controls = read_all(f);
	const struct control *c = controls_find(controls, "falls");
	struct conf conf = { .sharp = true };
	g_autofree char *on = control_unarmed(c, "#\nCONFIG_ON=y\n", &conf);
	g_autofree char *first = control_unarmed(c, "CONFIG_ON=m\n", &conf);
	g_autofree char *unknown = control_unarmed(c, NULL, &conf);
	g_autofree char *off = control_unarmed(c, "CONFIG_ON_TOP=y\nCONFIG_X=CONFIG_ON=\n", &conf);
	g_autofree char *blunt = NULL;

	conf.sharp = false;
	blunt = control_unarmed(c, "CONFIG_ON=y\n", &conf);
	g_assert_null(on);
	g_assert_null(first);
	g_assert_null(unknown);
	g_assert_cmpstr(off, ==, "the kernel is built without CONFIG_ON");
	g_assert_nonnull(strstr(blunt, "sharp=no"));
}

static void test_unless(struct fixture *f, gconstpointer data)
{
	static const struct {
		const char *options, *reason;	/* NULL = it can be shown */
	} samples[] = {
		{ "CONFIG_SLOW=m\n", NULL },
		{ "CONFIG_X=y\nCONFIG_SLOW=m\nCONFIG_ONE=y\n", NULL },
		{ NULL, NULL },
		{ "CONFIG_SLOW=y\n", "the kernel is built without CONFIG_SLOW=m" },
		{ "CONFIG_SLOW=more\n", "the kernel is built without CONFIG_SLOW=m" },
		{ "CONFIG_SLOW=m\nCONFIG_ON=y\n",
		  "the kernel is built with CONFIG_ON, by which it shows as something else" },
	};
	g_autoptr(controls_owner) controls = read_all(f);
	const struct conf conf = { .sharp = true };

	for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
		g_autofree char *reason = control_unarmed(controls_find(controls, "falls-first"), samples[i].options,
							  &conf);

		g_assert_cmpstr(reason, ==, samples[i].reason);
	}
}

static struct report *with_finding(const char *class, const char *title, const char *file, guint line,
				   enum lab_error code)
{
	struct report *report = report_new("test");
	struct finding *finding = finding_new(class, code, title);

	finding->file = g_strdup(file);
	finding->file_line = line;
	g_ptr_array_add(report->findings, finding);
	return report;
}

static void test_finding(struct fixture *f, gconstpointer data)
{
	static const struct {
		const char *class, *title, *file;
		guint line;
		enum lab_error code;
		const char *missed;	/* NULL = caught */
	} samples[] = {
		{ "oops", "a NULL pointer", "falls.c", 3, 5, NULL },
		{ "oops", "a NULL pointer", "src/falls.c", 3, 5, NULL },
		{ "oops", "a NULL pointer", "falls.c", 4, 5, "no finding oops that says NULL pointer at falls.c:3 but 'a NULL "
		  "pointer' at falls.c:4" },
		{ "oops", "a NULL pointer", "other.c", 3, 5, "at other.c:3" },
		{ "oops", "a NULL pointer", NULL, 0, 5, "no finding oops" },
		{ "oops", "something", "falls.c", 3, 5, "no finding oops" },
		{ "bug", "a NULL pointer", "falls.c", 3, 5, "no finding oops" },
		{ "oops", "a NULL pointer", "falls.c", 3, 7, "exit status 7 instead of 5" },
	};
	g_autoptr(controls_owner) controls = read_all(f);

	for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
		g_autoptr(report_owner) report = with_finding(samples[i].class, samples[i].title, samples[i].file,
							      samples[i].line, samples[i].code);
		g_autofree char *missed = control_missed(controls_find(controls, "falls"), report);

		if (!samples[i].missed)
			g_assert_cmpstr(missed, ==, NULL);
		else
			g_assert_nonnull(strstr(missed ? missed : "", samples[i].missed));
	}
}

static void test_nothing(struct fixture *f, gconstpointer data)
{
	g_autoptr(controls_owner) controls = read_all(f);
	g_autoptr(report_owner) report = report_new("test");
	g_autofree char *missed = control_missed(controls_find(controls, "falls"), report);
	g_autofree char *fine = control_missed(controls_find(controls, "fine"), report);
	g_autofree char *wrong = NULL;

	g_assert_nonnull(strstr(missed, "the run says: passed"));
	g_assert_null(fine);
	report_fail(report, LAB_ERROR_TEST, "something");
	wrong = control_missed(controls_find(controls, "fine"), report);
	g_assert_cmpstr(wrong, ==, "exit status 1 instead of 0: something");
}

static void add_leak(struct report *report, const char *kind, guint line)
{
	g_autoptr(GPtrArray) functions = audit_functions_new();
	g_autofree char *text = g_strdup_printf("%s\t/x/%u\t\t0\t1\n", kind, line);
	g_autoptr(GPtrArray) leaks = audit_compare(text, functions, NULL);
	struct leak *leak = leaks->pdata[0];

	leak->file = g_strdup("loses.c");
	leak->line = line;
	report_take_leaks(report, leaks);
}

static void test_leaks(struct fixture *f, gconstpointer data)
{
	g_autoptr(controls_owner) controls = read_all(f);
	const struct control *c = controls_find(controls, "loses");
	g_autoptr(report_owner) report = report_new("test");
	g_autofree char *one = NULL, *both = NULL;

	add_leak(report, "proc", 1);
	one = control_missed(c, report);
	g_assert_nonnull(strstr(one, "no leak sysfs at loses.c:3"));
	add_leak(report, "sysfs", 3);
	both = control_missed(c, report);
	g_assert_cmpstr(both, ==, NULL);
}

static void test_verdict(struct fixture *f, gconstpointer data)
{
	g_autoptr(controls_owner) controls = read_all(f);
	const struct control *c = controls_find(controls, "refuses");
	g_autoptr(report_owner) report = report_new("test");
	g_autofree char *elsewhere = NULL, *there = NULL;

	report_fail(report, LAB_ERROR_LOAD, "insmod failed at refuses.c:22");
	elsewhere = control_missed(c, report);
	g_assert_nonnull(elsewhere);
	report_fail(report, LAB_ERROR_LOAD, "insmod failed at refuses.c:2 (x)");
	there = control_missed(c, report);
	g_assert_cmpstr(there, ==, NULL);
}

static void result_free(gpointer data)
{
	struct selfcheck_result *result = data;

	g_free(result->reason);
	g_free(result);
}

static void add_result(struct selfcheck *check, const char *name, enum selfcheck_state state, const char *reason)
{
	struct selfcheck_result *result = g_new0(struct selfcheck_result, 1);

	result->control = controls_find(check->controls, name);
	result->state = state;
	result->reason = g_strdup(reason);
	g_ptr_array_add(check->results, result);
}

static const char *state_of(JsonObject *object, const char *detector, const char **ret_reason)
{
	JsonArray *detectors = json_object_get_array_member(object, "detectors");

	for (guint i = 0; i < json_array_get_length(detectors); i++) {
		JsonObject *d = json_array_get_object_element(detectors, i);

		*ret_reason = json_object_get_string_member(d, "reason");
		if (g_str_equal(json_object_get_string_member(d, "name"), detector))
			return json_object_get_string_member(d, "state");
	}
	return NULL;
}

/* Each detector is spoken of; of a part of the controls only theirs. */
static void test_states(struct fixture *f, gconstpointer data)
{
	g_autoptr(controls_owner) controls = read_all(f);
	struct selfcheck check = { .controls = controls, .accel = "tcg" };
	g_autoptr(JsonObject) some = NULL, all = NULL;
	guint counts[3];
	const char *reason;

	check.results = g_ptr_array_new_with_free_func(result_free);
	add_result(&check, "falls", SELFCHECK_UNARMED, "no CONFIG_ON");
	add_result(&check, "loses", SELFCHECK_ALIVE, NULL);
	some = selfcheck_to_json(&check);
	g_assert_true(json_object_get_boolean_member(some, "passed"));
	g_assert_cmpstr(state_of(some, "finding oops", &reason), ==, "not armed");
	g_assert_cmpstr(reason, ==, "no CONFIG_ON");
	g_assert_cmpstr(state_of(some, "leak proc", &reason), ==, "alive");
	g_assert_null(reason);
	g_assert_cmpstr(state_of(some, "finding kasan", &reason), ==, NULL);
	add_result(&check, "refuses", SELFCHECK_DEAD, "passed");
	add_result(&check, "falls-first", SELFCHECK_UNARMED, "no CONFIG_SLOW");
	add_result(&check, "fine", SELFCHECK_ALIVE, NULL);
	all = selfcheck_to_json(&check);
	g_assert_false(json_object_get_boolean_member(all, "passed"));
	g_assert_cmpstr(state_of(all, "verdict load", &reason), ==, "dead");
	g_assert_cmpstr(reason, ==, "refuses: passed");
	g_assert_cmpstr(state_of(all, "finding kasan", &reason), ==, "not armed");
	g_assert_cmpstr(reason, ==, "no KASAN");
	g_assert_cmpstr(state_of(all, "finding irq", &reason), ==, "not armed");
	selfcheck_count(all, counts);
	g_assert_cmpuint(counts[SELFCHECK_ALIVE], ==, 2);
	g_assert_cmpuint(counts[SELFCHECK_DEAD], ==, 1);
	g_assert_cmpuint(counts[SELFCHECK_UNARMED], ==, controls->detectors->len - 3);
	g_assert_cmpuint(json_array_get_length(json_object_get_array_member(all, "detectors")), ==,
			 controls->detectors->len);
	g_ptr_array_unref(check.results);
}

/* Of ours: what is told of these names no line of theirs, or not the same on each kernel. */
static const char *const unmarked[] = {
	"busy", "busy-inodes", "deaf-kernel", "init-error", "init-result", "leak-algorithm", "leak-filesystem",
	"leak-interrupt", "leak-kprobe", "leak-netlink", "leak-packet", "leak-protocol", "leak-region", "leak-users",
	"net-reference", "other-kernel", "reboot", "taint", "unknown-symbol", "wrong-data", "leak-device: leak dev",
	"leak-names: leak debugfs", NULL
};

/* A marker that is lost would have any line do. */
static void check_markers(const struct control *c)
{
	for (guint i = 0; i < c->parts->len; i++) {
		const struct control_part *part = c->parts->pdata[i];
		g_autofree char *name = g_strdup_printf("%s: %s", c->name, part->detector);
		bool wanted = !g_strv_contains(unmarked, c->name) && !g_strv_contains(unmarked, name);

		if (!part->file == wanted)
			g_test_message("%s has %s marker", name, wanted ? "no" : "a");
		g_assert_true(!part->file != wanted);
	}
}

/* Pages that are never freed pass, and a selfcheck in which all else is alive says so. */
static void check_unseen(const struct controls *controls)
{
	struct selfcheck check = { .controls = controls, .accel = "tcg" };
	g_autoptr(JsonObject) object = NULL;
	const char *reason;

	check.results = g_ptr_array_new_with_free_func(result_free);
	for (guint i = 0; i < controls->all->len; i++)
		add_result(&check, ((struct control *)controls->all->pdata[i])->name, SELFCHECK_ALIVE, NULL);
	object = selfcheck_to_json(&check);
	g_assert_cmpstr(state_of(object, "leak pages", &reason), ==, "not armed");
	g_assert_true(g_str_has_prefix(reason, "the lab does not look for them: alloc_pages()"));
	g_ptr_array_unref(check.results);
}

/* Those that come with the lab: no detector without a control or a reason, and no place without a marker. */
static void test_ours(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(controls_owner) controls = controls_read("tests/controls", &error);

	g_assert_no_error(error);
	for (guint i = 0; i < controls->detectors->len; i++) {
		const struct detector *d = controls->detectors->pdata[i];

		if (!d->controls->len == !d->without)
			g_test_message("%s has neither or both", d->name);
		g_assert_true(!d->controls->len != !d->without);
	}
	check_unseen(controls);
	g_assert_cmpint(controls_find(controls, "clean")->exit, ==, 0);
	for (guint i = 0; i < controls->all->len; i++) {
		const struct control *c = controls->all->pdata[i];

		g_assert_true(!c->parts->len || c->exit);
		check_markers(c);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*test)(struct fixture *f, gconstpointer data);
	} tests[] = {
		{ "/control/read", test_read },
		{ "/control/refused", test_refused },
		{ "/control/module", test_module },
		{ "/control/unarmed", test_unarmed },
		{ "/control/unless", test_unless },
		{ "/control/finding", test_finding },
		{ "/control/nothing", test_nothing },
		{ "/control/leaks", test_leaks },
		{ "/control/verdict", test_verdict },
		{ "/control/states", test_states },
	};

	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct fixture, NULL, set_up, tests[i].test, tear_down);
	g_test_add_func("/control/ours", test_ours);
	return g_test_run();
}
