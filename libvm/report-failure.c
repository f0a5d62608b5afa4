// SPDX-License-Identifier: GPL-2.0-only
/* What keeps a run from passing: what failed, whose it is, and which tells most. */
#include <string.h>

#include "lib/text.h"
#include "libvm/report.h"

#define TEXT_MAX 600	/* bytes of a failure's one line */

/* Takes @text over. */
static struct report_failure *add_failure(struct report *r, enum lab_error code, char *text)
{
	struct report_failure *failure = g_new0(struct report_failure, 1);

	failure->code = code;
	/* Much of it is the guest's words. */
	failure->text = text_escape(text, (gssize)MIN(strlen(text), TEXT_MAX));
	g_strdelimit(failure->text, "\n\t", ' ');
	g_strchomp(failure->text);
	g_free(text);
	failure->suite = g_strdup(r->running);
	g_ptr_array_add(r->failures, failure);
	return failure;
}

void report_fail_test(struct report *r, const char *test, const char *why)
{
	char *text = g_strdup_printf("%s: %s%s%s", r->running, test, why ? ": " : "", why ? why : "");

	add_failure(r, LAB_ERROR_TEST, text)->test = g_strdup(test);
}

void report_fail(struct report *r, enum lab_error code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_failure(r, code, g_strdup_vprintf(format, args));
	va_end(args);
}

void report_fail_error(struct report *r, GError *error)
{
	add_failure(r, (enum lab_error)fault_exit_status(error), g_strdup(error->message));
	g_error_free(error);
}

/* " [module] at FILE:LINE", as far as it is known, and whether that was there. */
static char *finding_place(const struct finding *f)
{
	GString *place = g_string_new(NULL);

	if (f->module)
		g_string_append_printf(place, " [%s]", f->module);
	if (f->file)
		g_string_append_printf(place, " at %s:%u", f->file, f->file_line);
	if (f->unloaded)
		g_string_append(place, " (code that was unloaded: a thread, timer or work still ran)");
	return g_string_free(place, FALSE);
}

void report_take_leaks(struct report *r, GPtrArray *leaks)
{
	while (leaks->len) {
		struct leak *leak = g_ptr_array_steal_index(leaks, 0);
		struct report_failure *failure = add_failure(r, LAB_ERROR_LEAK, g_strdup(leak->detail));

		/* What several suites did, none of them is known to have done. */
		if (!failure->suite && r->suites->len == 1)
			failure->suite = g_strdup(((struct report_suite *)r->suites->pdata[0])->name);
		failure->leak = leak;
		g_ptr_array_add(r->leaks, leak);
	}
}

/* What @where, "SUITE: TEST" or "SUITE", names in @suite: the test, "" for all of it; NULL: it is another's. */
static const char *test_in(const struct report_suite *suite, const char *where)
{
	gsize length = strlen(suite->name);

	if (strncmp(where, suite->name, length))
		return NULL;
	if (!where[length])
		return "";
	return g_str_has_prefix(where + length, ": ") ? where + length + 2 : NULL;
}

static void blame(struct report_failure *failure, const struct report_suite *suite, const char *test)
{
	g_free(failure->suite);
	g_free(failure->test);
	failure->suite = g_strdup(suite->name);
	failure->test = test && *test ? g_strdup(test) : NULL;
}

/* Who left it there, and where it was made, which is known at the end only. */
static void place_leak(const struct report *r, struct report_failure *failure)
{
	const struct leak *leak = failure->leak;

	for (guint i = 0; leak->test && i < r->suites->len; i++) {
		const struct report_suite *suite = r->suites->pdata[i];
		const char *test = test_in(suite, leak->test);

		/* It may be several tests' names. */
		if (test && (!*test || report_test(suite, test)))
			blame(failure, suite, test);
	}
	if (!leak->file || !g_str_equal(failure->text, leak->detail))
		return;
	g_free(failure->text);
	failure->text = g_strdup_printf("%s at %s:%u", leak->detail, leak->file, leak->line);
}

static void place_leaks(const struct report *r)
{
	for (guint i = 0; i < r->failures->len; i++) {
		struct report_failure *failure = r->failures->pdata[i];

		if (failure->leak)
			place_leak(r, failure);
	}
}

static void blame_suite(const struct report *r, struct report_failure *failure, const struct finding *f)
{
	for (guint i = 0; i < r->suites->len && !failure->suite; i++) {
		const struct report_suite *suite = r->suites->pdata[i];
		const char *test = f->test ? test_in(suite, f->test) : NULL;

		if (test || (!f->test && !g_strcmp0(f->stage, suite->name)))
			blame(failure, suite, test);
	}
}

/* Findings become failures, each once. */
static void blame_findings(struct report *r)
{
	for (; r->blamed < r->findings->len; r->blamed++) {
		const struct finding *f = r->findings->pdata[r->blamed];
		g_autofree char *place = finding_place(f);
		char *text = g_strdup_printf("%s%s%s%s%s%s", f->title, place, f->stage ? ", in " : "",
					     f->stage ? f->stage : "", f->test ? ", " : "",
					     f->test ? f->test : "");
		struct report_failure *failure = add_failure(r, f->code, text);

		failure->finding = f;
		blame_suite(r, failure, f);
	}
}

/* Place in the order of what tells most; 0 tells most. */
static guint rank(enum lab_error code)
{
	static const enum lab_error order[] = {
		LAB_ERROR_KERNEL, LAB_ERROR_TIMEOUT, LAB_ERROR_LOAD,  LAB_ERROR_LEAK,
		LAB_ERROR_BUILD,  LAB_ERROR_USAGE,   LAB_ERROR_LAB, LAB_ERROR_TEST,
	};
	guint i = 0;

	while (i < G_N_ELEMENTS(order) && order[i] != code)
		i++;
	return i;
}

/* That something met its limit says less than the kernel's word of where. */
static bool names_place(const struct report_failure *failure)
{
	return failure->finding && (failure->finding->file || failure->finding->module);
}

static bool tells_more(const struct report_failure *failure, const struct report_failure *than)
{
	if (rank(failure->code) != rank(than->code))
		return rank(failure->code) < rank(than->code);
	return names_place(failure) && !than->finding && !than->leak;
}

const struct report_failure *report_judge(struct report *r)
{
	const struct report_failure *worst = NULL;

	blame_findings(r);
	place_leaks(r);
	for (guint i = 0; i < r->failures->len; i++) {
		const struct report_failure *failure = r->failures->pdata[i];

		if (!worst || tells_more(failure, worst))
			worst = failure;
	}
	return worst;
}

int report_exit_status(struct report *r)
{
	const struct report_failure *worst = report_judge(r);

	return worst ? (int)worst->code : 0;
}
