// SPDX-License-Identifier: GPL-2.0-only
/* The command that repeats a run, or as little of it as shows a failure again. */
#include "lib/shell.h"
#include "libvm/report.h"

/* " --suite=mount.sh", " --test=NAME" where the suite takes one, " --inject=RULE" for its one n. */
static char *words_of(const struct report_suite *suite, const char *test)
{
	g_autofree char *name = shell_word(suite->select);
	g_autofree char *one = test && report_can_select(suite, test) ? shell_word(test) : NULL;
	g_autofree char *rule = suite->inject ? shell_word(suite->inject) : NULL;

	return g_strdup_printf(" --suite=%s%s%s%s%s", name, one ? " --test=" : "", one ? one : "",
			       rule ? " --inject=" : "", rule ? rule : "");
}

char *report_again(const struct report *r, const char *name, const char *test)
{
	const struct report_suite *suite = name ? report_find_suite(r, name) : NULL;
	g_autofree char *wanted = NULL;
	const char *mode = r->mode;

	if (suite && suite->select)
		wanted = words_of(suite, test);
	else if (suite)
		mode = "load";
	else
		wanted = g_strdup(r->again.wanted);
	/* Suites are asked for by name: which ones are the border's does not matter then. */
	if (g_str_equal(mode, "test") || (suite && suite->select))
		mode = NULL;
	return g_strdup_printf("%s test%s%s%s%s", r->again.program ? r->again.program : "vexvm",
			       mode ? " " : "", mode ? mode : "", wanted ? wanted : "",
			       r->again.options ? r->again.options : "");
}
