// SPDX-License-Identifier: GPL-2.0-only
/* Findings and leaks get the lines of the source that they are about, of a module that gcc makes for it. */
#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

#include "lib/fault.h"
#include "libvm/audit.h"
#include "libvm/explain.h"
#include "libvm/locate.h"
#include "tests/lib/sample.h"

/* A finding gets the line by the frame that is to blame, and the lines around it. */
static void test_locate(struct sample *f, gconstpointer data)
{
	struct finding *finding = finding_new("oops", LAB_ERROR_KERNEL, "something in outer");
	struct frame *frame = g_new0(struct frame, 1);
	struct utimbuf later = { time(NULL) + 60, time(NULL) + 60 };
	g_autofree char *source = NULL, *text = NULL;

	sample_make(f, "-g");
	frame->function = g_strdup("outer");
	frame->module = g_strdup("fixture");
	frame->offset = sample_offset(f, "outer", "deepest", 5);
	frame->size = sample_gap(f, "outer", 0);
	frame->exact = true;
	g_ptr_array_add(finding->trace, frame);
	locate_finding(finding, f->symbols, f->dir);
	g_assert_null(finding->file);
	g_assert_cmpstr(frame->place, ==, "first.c:5");
	finding->guilty = 0;
	locate_finding(finding, f->symbols, f->dir);
	g_assert_cmpstr(finding->file, ==, "first.c");
	g_assert_cmpuint(finding->file_line, ==, 5);
	g_assert_true(g_str_has_prefix(finding->excerpt, "      3  "));
	g_assert_nonnull(strstr(finding->excerpt, ">     5"));
	text = explain_text(finding);
	g_assert_nonnull(strstr(text, " [fixture]  first.c:5\n"
				      "             deepest at first.c:5, inlined in\n"
				      "             middle at first.c:9, inlined in\n"
				      "             outer at first.c:14\n"));
	/* Saved since: the lines may not be those that ran. */
	source = sample_path(f, "first.c");
	g_assert_cmpint(g_utime(source, &later), ==, 0);
	locate_finding(finding, f->symbols, f->dir);
	g_assert_true(g_str_has_prefix(finding->excerpt, "(changed since the module was built)\n"));
	finding_free(finding);
}

/* So has the trace of a finding, and gets the function and its line. */
static void test_unloaded(struct sample *f, gconstpointer data)
{
	struct finding *finding = finding_new("oops", LAB_ERROR_KERNEL, "something in unloaded.init.text");
	struct frame *frame = g_new0(struct frame, 1);

	sample_make(f, "-g");
	frame->function = g_strdup("unloaded.init.text");
	frame->module = g_strdup("fixture");
	frame->exact = true;
	g_ptr_array_add(finding->trace, frame);
	finding->function = g_strdup("unloaded.init.text");
	finding->guilty = 0;
	locate_finding(finding, f->symbols, f->dir);
	g_assert_cmpstr(frame->function, ==, "start");
	g_assert_cmpuint(frame->size, >, 0);
	g_assert_cmpstr(finding->function, ==, "start");
	g_assert_cmpstr(finding->file, ==, "first.c");
	/* An init is gone while its module is there; what else ran, ran after its module. */
	g_assert_false(finding->unloaded);
	g_free(frame->function);
	frame->function = g_strdup("unloaded.text");
	frame->size = 0;
	locate_finding(finding, f->symbols, f->dir);
	g_assert_true(finding->unloaded);
	finding_free(finding);
}

/* What init returned is told of the function, by the name that it has in the source. */
static void test_init_result(struct sample *f, gconstpointer data)
{
	struct finding *finding = finding_new("init-result", LAB_ERROR_LOAD, "do_init_module: 'fixture'->init "
					      "suspiciously returned 3, it should follow 0/-E convention");

	sample_make(f, "-g");
	locate_finding(finding, f->symbols, f->dir);
	g_assert_cmpstr(finding->title, ==, "late returned 3, and not 0 or a negative error");
	g_assert_cmpstr(finding->function, ==, "late");
	g_assert_cmpstr(finding->file, ==, "second.c");
	g_assert_cmpuint(finding->file_line, ==, 12);
	finding_free(finding);
}

/* A variable that is gone has a name and the line where it is declared. */
static void test_variable(struct sample *f, gconstpointer data)
{
	struct finding *finding = finding_new("oops", LAB_ERROR_KERNEL, "something in unloaded data of fixture (.data)");
	struct frame *owner = g_new0(struct frame, 1);
	guint64 offset, size;

	sample_make(f, "-g");
	g_assert_null(symbols_object_at(f->symbols, "fixture", ".data", 4096, &offset, &size));
	owner->function = g_strdup("unloaded.data");
	owner->module = g_strdup("fixture");
	owner->offset = 2;
	finding->owner = owner;
	finding->function = g_strdup("unloaded.data");
	finding->module = g_strdup("fixture");
	locate_finding(finding, f->symbols, f->dir);
	g_assert_cmpstr(owner->function, ==, "clock");
	g_assert_cmpuint(owner->offset, ==, 2);
	g_assert_cmpuint(owner->size, ==, sizeof(int));
	g_assert_cmpstr(finding->title, ==, "something in clock");
	g_assert_cmpstr(finding->file, ==, "first.c");
	g_assert_cmpuint(finding->file_line, ==, 37);
	finding_free(finding);
}

/* Of a leak: the call that made it, and of an object where it is declared. */
static void test_locate_leak(struct sample *f, gconstpointer data)
{
	g_autoptr(GPtrArray) functions = audit_functions_new();
	g_autoptr(GPtrArray) leaks = NULL;
	g_autofree char *text = NULL;
	struct leak *call, *object;

	sample_make(f, "-g");
	g_assert_true(audit_read_functions(f->ko, "fixture", functions, NULL));
	text = g_strdup_printf("section\tfixture\t.data 0x2000\t0\t1\n"
			       "thread\t7\tfixture outer+0x%" G_GINT64_MODIFIER "x/0x0\t0\t1\n"
			       "kthread\tlost\t7\t0\t1\n"
			       "timer\t0x2000\ttimer itself\t0\t1\n",
			       sample_offset(f, "outer", "deepest", 5));
	leaks = audit_compare(text, functions, NULL);
	g_assert_cmpuint(leaks->len, ==, 2);
	call = leaks->pdata[0];
	object = leaks->pdata[1];
	for (guint i = 0; i < 2; i++) {
		locate_leak(call, f->symbols);
		locate_leak(object, f->symbols);
	}
	g_assert_cmpstr(call->file, ==, "first.c");
	g_assert_cmpuint(call->line, ==, 13);
	g_assert_cmpstr(object->function, ==, "clock");
	g_assert_cmpstr(object->file, ==, "first.c");
	g_assert_cmpuint(object->line, ==, 37);
	/* Without DWARF it stays as it is. */
	g_clear_pointer(&object->file, g_free);
	symbols_free(f->symbols);
	f->symbols = symbols_new(f->dir);
	symbols_add_module(f->symbols, f->ko);
	sample_make(f, "-g0");
	locate_leak(object, f->symbols);
	g_assert_null(object->file);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*test)(struct sample *f, gconstpointer data);
	} tests[] = {
		{ "/locate/finding", test_locate },
		{ "/locate/unloaded", test_unloaded },
		{ "/locate/init-result", test_init_result },
		{ "/locate/variable", test_variable },
		{ "/locate/leak", test_locate_leak },
	};

	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct sample, NULL, sample_set_up, tests[i].test, sample_tear_down);
	return g_test_run();
}
