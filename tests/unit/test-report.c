// SPDX-License-Identifier: GPL-2.0-only
/* From results to a verdict and its files. */
#include <glib/gstdio.h>

#include "libvm/audit.h"
#include "libvm/report.h"

static struct report *sample(void)
{
	struct report *r = report_new("test");
	struct report_suite *suite;
	struct report_stage *stage;

	r->id = g_strdup("20260101-120000-001");
	r->source = g_strdup("/home/me/vexfs");
	r->started = g_strdup("2026-01-01T12:00:00Z");
	r->kernel = g_strdup("6.1.0-48-amd64");
	r->accel = g_strdup("tcg");
	r->again.program = g_strdup("vexvm");
	r->seconds = 15.25;
	report_add_module(r, "vexfs", "vexfs.ko", "6.1.0-48-amd64 SMP ", NULL);
	stage = report_add_stage(r, "build");
	stage->seconds = 3.1;
	suite = report_suite(r, "mount.sh");
	suite->seconds = 2;
	g_ptr_array_add(suite->tests, test_result_new("mounts", OUTCOME_PASS, NULL));
	g_ptr_array_add(suite->tests, test_result_new("no disk", OUTCOME_SKIP, "SKIP none"));
	g_ptr_array_add(suite->tests, test_result_new("later", OUTCOME_XFAIL, NULL));
	return r;
}

static void add_failing_test(struct report *r, const char *detail)
{
	struct report_suite *suite = report_suite(r, "hostile <\"&'>.sh");

	suite->outcome = OUTCOME_FAIL;
	g_ptr_array_add(suite->tests, test_result_new("]]> \x01\xff\033[31m", OUTCOME_FAIL, detail));
	report_fail(r, LAB_ERROR_TEST, "hostile.sh: it failed");
}

static void add_finding(struct report *r, const char *stage, const char *test)
{
	struct finding *f = finding_new("warning", LAB_ERROR_KERNEL, "WARNING: CPU: 0 at a.c:1");

	f->stage = g_strdup(stage);
	f->test = g_strdup(test);
	g_ptr_array_add(r->findings, f);
}

static void leak_at_line(struct leak *leak)
{
	leak->file = g_strdup("a.c");
	leak->line = 7;
	leak->loads = 21;
}

static void test_leaks(void)
{
	g_autoptr(report_owner) r = sample();
	g_autoptr(JsonNode) root = NULL;
	g_autoptr(GPtrArray) functions = audit_functions_new();
	g_autoptr(GPtrArray) leaks = audit_compare("filesystem\tvexfs\t\t0\t1\n"
						   "proc\t/proc/x\tfile\t0\t1\n", functions, NULL);
	g_autofree char *line = NULL;
	JsonArray *list;
	JsonObject *leak;

	report_fail(r, LAB_ERROR_TEST, "a test");
	leak_at_line(leaks->pdata[0]);
	report_take_leaks(r, leaks);
	g_assert_cmpuint(leaks->len, ==, 0);
	g_assert_cmpint(report_exit_status(r), ==, LAB_ERROR_LEAK);
	line = report_verdict_line(r);
	g_assert_cmpstr(line, ==, "FAIL  vexfs on 6.1.0-48-amd64 (tcg): "
			"left behind: filesystem type vexfs at a.c:7 (and 2 more: 1 leak, 1 failed test)");
	root = report_to_json(r);
	list = json_object_get_array_member(json_node_get_object(root), "leaks");
	g_assert_cmpuint(json_array_get_length(list), ==, 2);
	leak = json_array_get_object_element(list, 0);
	g_assert_cmpstr(json_object_get_string_member(leak, "kind"), ==, "filesystem");
	g_assert_cmpstr(json_object_get_string_member(leak, "name"), ==, "vexfs");
	g_assert_cmpint(json_object_get_int_member(leak, "count"), ==, 1);
	g_assert_cmpint(json_object_get_int_member(leak, "loads"), ==, 21);
	g_assert_true(json_object_get_null_member(leak, "function"));
	g_assert_cmpstr(json_object_get_string_member(leak, "file"), ==, "a.c");
	g_assert_cmpint(json_object_get_int_member(leak, "line"), ==, 7);
	leak = json_array_get_object_element(list, 1);
	g_assert_true(json_object_get_null_member(leak, "loads"));
	g_assert_true(json_object_get_null_member(leak, "file"));
	g_assert_true(json_object_get_null_member(leak, "line"));
}

static void test_pass(void)
{
	g_autoptr(report_owner) r = sample();
	g_autofree char *line = report_verdict_line(r);

	g_assert_null(report_judge(r));
	g_assert_cmpint(report_exit_status(r), ==, 0);
	g_assert_cmpstr(line, ==,
			"PASS  vexfs on 6.1.0-48-amd64 (tcg): 3 tests in 1 suite (1 skipped) "
			"(1 failed as expected), build 3.1 s, total 15.2 s");
}

/* How many errors there were is told, also when it was none. */
static void test_injected(void)
{
	g_autoptr(report_owner) r = sample(), part = sample();
	struct report_suite *suite = report_suite(r, "mount.sh [inject eio:read:n=1]");
	struct report_suite *again = report_suite(part, suite->name);
	g_autoptr(JsonNode) root = NULL;
	g_autofree char *none = NULL, *line = NULL, *command = NULL;
	JsonArray *suites;
	JsonObject *inject;

	suite->inject = g_strdup("eio:read:n=1");
	suite->select = g_strdup("mount.sh");
	again->inject = g_strdup("eio:read:n=1");
	suite->requests = 4;
	none = report_verdict_line(r);
	g_assert_nonnull(strstr(none, ", 0 errors injected, build"));
	again->requests = 2;
	again->injected = 1;
	report_absorb(r, part);
	line = report_verdict_line(r);
	g_assert_nonnull(strstr(line, ", 1 error injected, build"));
	command = report_again(r, suite->name, NULL);
	g_assert_nonnull(strstr(command, " --suite=mount.sh --inject=eio:read:n=1"));
	root = report_to_json(r);
	suites = json_object_get_array_member(json_node_get_object(root), "suites");
	g_assert_true(json_object_get_null_member(json_array_get_object_element(suites, 0), "inject"));
	inject = json_object_get_object_member(json_array_get_object_element(suites, 1), "inject");
	g_assert_cmpstr(json_object_get_string_member(inject, "rule"), ==, "eio:read:n=1");
	g_assert_cmpint(json_object_get_int_member(inject, "requests"), ==, 6);
	g_assert_cmpint(json_object_get_int_member(inject, "injected"), ==, 1);
}

/* Of several failures the most telling is the verdict. */
static void test_order(void)
{
	static const enum lab_error order[] = {
		LAB_ERROR_TEST, LAB_ERROR_LAB, LAB_ERROR_USAGE, LAB_ERROR_BUILD, LAB_ERROR_LEAK,
		LAB_ERROR_LOAD, LAB_ERROR_TIMEOUT, LAB_ERROR_KERNEL,
	};
	g_autoptr(report_owner) r = sample();

	for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
		report_fail(r, order[i], "failure %u", i);
		g_assert_cmpint(report_exit_status(r), ==, (int)order[i]);
	}
	report_fail(r, LAB_ERROR_TEST, "a later one that tells less");
	g_assert_cmpint(report_exit_status(r), ==, LAB_ERROR_KERNEL);
}

/* A time limit that was met says less than the kernel's report of where, whichever came first. */
static void test_order_place(void)
{
	g_autoptr(report_owner) r = sample();
	struct finding *f;

	report_fail(r, LAB_ERROR_TIMEOUT, "loading did not end");
	add_finding(r, "load", NULL);
	f = r->findings->pdata[0];
	f->code = LAB_ERROR_TIMEOUT;
	g_assert_cmpstr(report_judge(r)->text, ==, "loading did not end");
	f->module = g_strdup("vexfs");
	g_assert_true(report_judge(r)->finding == f);
	report_fail(r, LAB_ERROR_KERNEL, "it panicked");
	g_assert_null(report_judge(r)->finding);
}

static void test_fail_lines(void)
{
	g_autoptr(report_owner) r = sample();
	g_autofree char *line = NULL, *with_finding = NULL;

	report_fail(r, LAB_ERROR_TEST, "mount.sh: umount: exit\nstatus\t1\n");
	report_fail(r, LAB_ERROR_TEST, "mount.sh: other");
	line = report_verdict_line(r);
	g_assert_cmpstr(line, ==, "FAIL  vexfs on 6.1.0-48-amd64 (tcg): "
				  "mount.sh: umount: exit status 1 (and 1 more: 1 failed test)");
	add_finding(r, "tests", "mount.sh: umount");
	with_finding = report_verdict_line(r);
	g_assert_cmpstr(with_finding, ==, "FAIL  vexfs on 6.1.0-48-amd64 (tcg): "
					  "WARNING: CPU: 0 at a.c:1, in tests, mount.sh: umount (and 2 more: 2 failed tests)");
}

/* Faults, leaks and tests all count, so it is told how many of each. */
static void test_more(void)
{
	g_autoptr(report_owner) r = sample();
	g_autoptr(GPtrArray) functions = audit_functions_new();
	g_autoptr(GPtrArray) leaks = audit_compare("proc\t/proc/x\tfile\t0\t1\n", functions, NULL);
	g_autofree char *line = NULL;

	add_finding(r, "tests", "mount.sh: umount");
	add_finding(r, "tests", "mount.sh: other");
	add_finding(r, "tests", "mount.sh: third");
	report_take_leaks(r, leaks);
	report_set_suite(r, "mount.sh");
	report_fail_test(r, "umount", NULL);
	report_fail(r, LAB_ERROR_LAB, "the disk is full");
	line = report_verdict_line(r);
	g_assert_true(g_str_has_suffix(line, "mount.sh: umount (and 5 more: 2 faults, 1 leak, 1 failed test, "
					     "1 other failure)"));
}

/* Where the fault lies is told in all three: verdict, JSON and JUnit. */
static void test_finding_place(void)
{
	g_autoptr(report_owner) r = sample();
	g_autoptr(JsonNode) root = NULL;
	g_autofree char *line = NULL, *xml = NULL;
	struct finding *f;
	JsonObject *o;

	add_finding(r, NULL, NULL);
	f = r->findings->pdata[0];
	f->function = g_strdup("drop_it");
	f->module = g_strdup("vexfs");
	f->file = g_strdup("inode.c");
	f->file_line = 7;
	f->pid = 412;
	line = report_verdict_line(r);
	g_assert_nonnull(strstr(line, "WARNING: CPU: 0 at a.c:1 [vexfs] at inode.c:7"));
	g_assert_null(strstr(line, "unloaded"));
	xml = report_to_junit(r);
	g_assert_nonnull(strstr(xml, "where  drop_it [vexfs]"));
	root = report_to_json(r);
	o = json_array_get_object_element(
		json_object_get_array_member(json_node_get_object(root), "findings"), 0);
	g_assert_cmpstr(json_object_get_string_member(o, "function"), ==, "drop_it");
	g_assert_cmpint(json_object_get_int_member(o, "file_line"), ==, 7);
	g_assert_cmpint(json_object_get_int_member(o, "pid"), ==, 412);
	g_assert_true(json_object_get_null_member(o, "cpu"));
	g_assert_true(json_object_get_null_member(o, "task"));
	g_assert_cmpuint(strlen(json_object_get_string_member(o, "hash")), ==, 16);
	g_assert_cmpuint(json_array_get_length(json_object_get_array_member(o, "trace")), ==, 0);
}

static void test_finding_unloaded(void)
{
	g_autoptr(report_owner) r = sample();
	g_autofree char *line = NULL;

	add_finding(r, "load", NULL);
	((struct finding *)r->findings->pdata[0])->unloaded = true;
	line = report_verdict_line(r);
	g_assert_nonnull(strstr(line, " (code that was unloaded: a thread, timer or work still ran), in load"));
}

/* Findings are blamed once, however often the verdict is asked for. */
static void test_findings_once(void)
{
	g_autoptr(report_owner) r = sample();

	add_finding(r, "load", NULL);
	for (guint i = 0; i < 3; i++)
		g_assert_cmpint(report_exit_status(r), ==, LAB_ERROR_KERNEL);
	g_assert_cmpuint(r->failures->len, ==, 1);
	add_finding(r, NULL, NULL);
	report_judge(r);
	g_assert_cmpuint(r->failures->len, ==, 2);
}

static void test_before_build(void)
{
	g_autoptr(report_owner) r = report_new("test");
	g_autofree char *line = NULL;

	r->directory = g_strdup("/home/me/my-module");
	report_fail_error(r, g_error_new(LAB_ERROR, LAB_ERROR_BUILD, "a.c:1:2: error: x"));
	line = report_verdict_line(r);
	g_assert_cmpstr(line, ==, "FAIL  my-module: a.c:1:2: error: x");
	g_assert_cmpint(report_exit_status(r), ==, LAB_ERROR_BUILD);
}

static JsonObject *member(JsonObject *object, const char *name)
{
	return json_object_get_object_member(object, name);
}

static void test_json(void)
{
	g_autoptr(report_owner) r = sample();
	g_autoptr(JsonNode) made = NULL, root = NULL;
	g_autofree char *text = NULL;
	JsonObject *o, *suite, *test, *failure;

	add_failing_test(r, "line one\nline \"two\" \xff");
	add_finding(r, "tests", NULL);
	made = report_to_json(r);
	text = json_to_string(made, TRUE);
	root = json_from_string(text, NULL);
	g_assert_nonnull(root);
	o = json_node_get_object(root);
	g_assert_cmpint(json_object_get_int_member(o, "version"), ==, REPORT_VERSION);
	g_assert_cmpstr(json_object_get_string_member(member(o, "verdict"), "word"), ==, "FAIL");
	g_assert_cmpint(json_object_get_int_member(member(o, "verdict"), "exit"), ==, LAB_ERROR_KERNEL);
	g_assert_cmpint(json_object_get_int_member(member(o, "counts"), "tests"), ==, 4);
	g_assert_cmpint(json_object_get_int_member(member(o, "counts"), "fail"), ==, 1);
	g_assert_true(json_object_get_null_member(o, "qemu"));
	g_assert_cmpstr(json_object_get_string_member(o, "again"), ==, "vexvm test");
	g_assert_cmpstr(json_object_get_string_member(o, "vexvm"), ==, VEXVM_VERSION);
	g_assert_true(json_object_get_null_member(o, "hang"));
	failure = json_array_get_object_element(json_object_get_array_member(o, "failures"), 0);
	g_assert_cmpstr(json_object_get_string_member(failure, "again"), ==, "vexvm test");
	g_assert_true(json_object_get_null_member(failure, "suite"));
	suite = json_array_get_object_element(json_object_get_array_member(o, "suites"), 1);
	test = json_array_get_object_element(json_object_get_array_member(suite, "tests"), 0);
	g_assert_cmpstr(json_object_get_string_member(test, "outcome"), ==, "fail");
	g_assert_true(g_str_has_prefix(json_object_get_string_member(test, "detail"), "line one\nline"));
	g_assert_true(json_object_get_null_member(test, "seconds"));
	g_assert_cmpint(json_array_get_length(json_object_get_array_member(o, "findings")), ==, 1);
}

static void test_json_passed(void)
{
	g_autoptr(report_owner) r = sample();
	g_autoptr(JsonNode) root = report_to_json(r);
	JsonObject *verdict = member(json_node_get_object(root), "verdict");

	g_assert_cmpstr(json_object_get_string_member(verdict, "word"), ==, "PASS");
	g_assert_cmpint(json_object_get_int_member(verdict, "exit"), ==, 0);
	g_assert_true(json_object_get_null_member(verdict, "reason"));
}

/* Well-formed by GLib's own parser, which knows XML's structure and entities. */
static void check_xml(const char *xml)
{
	static const GMarkupParser nothing = { NULL };
	g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&nothing, 0, NULL, NULL);
	g_autoptr(GError) error = NULL;

	g_markup_parse_context_parse(context, xml, -1, &error);
	g_assert_no_error(error);
	g_markup_parse_context_end_parse(context, &error);
	g_assert_no_error(error);
	g_assert_true(g_utf8_validate(xml, -1, NULL));
	for (const char *c = xml; *c; c++)
		g_assert_true((guchar)*c >= 0x20 || *c == '\n');
}

static void check_xmllint(const char *xml)
{
	g_autofree char *path = NULL;
	const char *argv[] = { "xmllint", "--noout", NULL, NULL };
	int fd, status = -1;

	fd = g_file_open_tmp("vexvm-junit-XXXXXX", &path, NULL);
	g_assert_cmpint(fd, >=, 0);
	close(fd);
	g_assert_true(g_file_set_contents(path, xml, -1, NULL));
	argv[2] = path;
	if (g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status,
			 NULL))
		g_assert_cmpint(status, ==, 0);
	g_unlink(path);
}

static void test_junit(void)
{
	g_autoptr(report_owner) r = sample();
	g_autofree char *passed = report_to_junit(r);
	g_autofree char *xml = NULL;

	g_assert_null(strstr(passed, "<failure"));
	check_xml(passed);
	add_failing_test(r, "first <line>\nsecond ]]> & \x02 \xef\xbf\xbf");
	xml = report_to_junit(r);
	check_xml(xml);
	check_xmllint(xml);
	g_assert_nonnull(strstr(xml, "tests=\"3\" failures=\"0\" errors=\"0\" skipped=\"2\""));
	g_assert_nonnull(strstr(xml, "<failure type=\"failed\" message=\"first &lt;line&gt;\">"));
	g_assert_nonnull(strstr(xml, "name=\"hostile &lt;&quot;&amp;'&gt;.sh\""));
}

/* A run that failed outside of any test fails for who reads only JUnit. */
static void test_junit_verdict(void)
{
	g_autoptr(report_owner) r = sample();
	g_autofree char *xml = NULL;

	report_fail(r, LAB_ERROR_LOAD, "rmmod vexfs: in use");
	xml = report_to_junit(r);
	g_assert_nonnull(strstr(xml, "name=\"verdict\""));
	g_assert_nonnull(strstr(xml, "<failure type=\"failed\" message=\"rmmod vexfs: in use\">"));
	g_assert_nonnull(strstr(xml, "again: vexvm test</failure>"));
}

static void test_write(void)
{
	g_autoptr(report_owner) r = sample();
	g_autofree char *json = NULL, *xml = NULL, *page = NULL;
	g_autoptr(GError) error = NULL;

	r->folder = g_dir_make_tmp("vexvm-report-XXXXXX", NULL);
	json = g_build_filename(r->folder, "result.json", NULL);
	xml = g_build_filename(r->folder, "junit.xml", NULL);
	page = g_build_filename(r->folder, REPORT_PAGE, NULL);
	g_assert_true(report_write(r, &error));
	g_assert_no_error(error);
	g_assert_true(g_file_test(json, G_FILE_TEST_EXISTS));
	g_unlink(json);
	g_unlink(xml);
	g_assert_cmpint(g_unlink(page), ==, 0);
	g_rmdir(r->folder);
	g_assert_false(report_write(r, &error));
	g_assert_error(error, LAB_ERROR, LAB_ERROR_LAB);
}

static void test_long_text(void)
{
	g_autoptr(report_owner) r = sample();
	g_autofree char *huge = g_strnfill(100000, 'x');
	g_autofree char *line = NULL;

	report_fail(r, LAB_ERROR_TEST, "%s", huge);
	line = report_verdict_line(r);
	g_assert_cmpuint(strlen(line), <, 1000);
}

/* An audit that one clone could not have has not passed, and a failure outweighs it. */
static void test_stages_together(void)
{
	static const enum outcome order[] = { OUTCOME_PASS, OUTCOME_SKIP, OUTCOME_PASS, OUTCOME_FAIL, OUTCOME_SKIP };
	static const enum outcome wanted[] = { OUTCOME_PASS, OUTCOME_SKIP, OUTCOME_SKIP, OUTCOME_FAIL, OUTCOME_FAIL };
	g_autoptr(report_owner) r = report_new("test");

	for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
		g_autoptr(report_owner) part = report_new("test");

		report_add_stage(part, "audit")->outcome = order[i];
		report_absorb(r, part);
		g_assert_cmpuint(r->stages->len, ==, 1);
		g_assert_cmpint(((struct report_stage *)r->stages->pdata[0])->outcome, ==, wanted[i]);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/report/pass", test_pass);
	g_test_add_func("/report/injected", test_injected);
	g_test_add_func("/report/leaks", test_leaks);
	g_test_add_func("/report/order", test_order);
	g_test_add_func("/report/order-place", test_order_place);
	g_test_add_func("/report/fail-lines", test_fail_lines);
	g_test_add_func("/report/more", test_more);
	g_test_add_func("/report/finding-place", test_finding_place);
	g_test_add_func("/report/finding-unloaded", test_finding_unloaded);
	g_test_add_func("/report/findings-once", test_findings_once);
	g_test_add_func("/report/before-build", test_before_build);
	g_test_add_func("/report/json", test_json);
	g_test_add_func("/report/json-passed", test_json_passed);
	g_test_add_func("/report/junit", test_junit);
	g_test_add_func("/report/junit-verdict", test_junit_verdict);
	g_test_add_func("/report/write", test_write);
	g_test_add_func("/report/long-text", test_long_text);
	g_test_add_func("/report/stages-together", test_stages_together);
	return g_test_run();
}
