// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/ffi-verdict.h"

#include "lib/text.h"

/* One line that neither a terminal nor a reader of KTAP takes for anything else. */
static char *line(const char *format, va_list args)
{
	g_autofree char *text = g_strdup_vprintf(format, args);

	return g_strdelimit(text_escape(text, -1), "\n\t", ' ');
}

struct ffi_verdict *ffi_verdict_new(const char *format, ...)
{
	struct ffi_verdict *verdict = g_new0(struct ffi_verdict, 1);
	va_list args;

	va_start(args, format);
	verdict->name = g_strdelimit(line(format, args), "#", '_');
	va_end(args);
	verdict->details = g_ptr_array_new_with_free_func(g_free);
	return verdict;
}

void ffi_verdict_free(struct ffi_verdict *verdict)
{
	if (!verdict)
		return;
	g_free(verdict->name);
	g_ptr_array_unref(verdict->details);
	g_free(verdict->remedy);
	g_free(verdict->subtest);
	g_free(verdict);
}

void ffi_verdict_fail(struct ffi_verdict *verdict, const char *remedy, const char *format, ...)
{
	va_list args;

	/* Why another part could not be checked is no reason. */
	if (verdict->outcome == OUTCOME_SKIP)
		g_ptr_array_set_size(verdict->details, 0);
	verdict->outcome = OUTCOME_FAIL;
	if (!verdict->remedy)
		verdict->remedy = g_strdup(remedy);
	if (verdict->details->len >= FFI_DETAILS_MAX) {
		verdict->more++;
		return;
	}
	va_start(args, format);
	g_ptr_array_add(verdict->details, line(format, args));
	va_end(args);
}

void ffi_verdict_skip(struct ffi_verdict *verdict, const char *format, ...)
{
	va_list args;

	if (verdict->outcome != OUTCOME_PASS)
		return;
	verdict->outcome = OUTCOME_SKIP;
	va_start(args, format);
	g_ptr_array_add(verdict->details, line(format, args));
	va_end(args);
}

bool ffi_verdicts_passed(const GPtrArray *verdicts)
{
	for (guint i = 0; i < verdicts->len; i++)
		if (((const struct ffi_verdict *)verdicts->pdata[i])->outcome == OUTCOME_FAIL)
			return false;
	return true;
}

/* A test's own results stand before its line, indented. */
static void append_subtest(GString *out, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = 0; lines[i]; i++)
		if (*lines[i])
			g_string_append_printf(out, "    %s\n", lines[i]);
}

static void append(GString *out, guint number, const struct ffi_verdict *v)
{
	if (v->subtest)
		append_subtest(out, v->subtest);
	g_string_append_printf(out, "%s %u %s", v->outcome == OUTCOME_FAIL ? "not ok" : "ok", number, v->name);
	if (v->outcome == OUTCOME_SKIP)
		g_string_append_printf(out, " # SKIP %s", v->details->len ? (char *)v->details->pdata[0] : "");
	g_string_append_c(out, '\n');
	if (v->outcome != OUTCOME_FAIL)
		return;
	for (guint i = 0; i < v->details->len; i++)
		g_string_append_printf(out, "# %s\n", (char *)v->details->pdata[i]);
	if (v->more)
		g_string_append_printf(out, "# and %u more\n", v->more);
	if (v->remedy)
		g_string_append_printf(out, "# remedy: %s\n", v->remedy);
}

char *ffi_verdicts_ktap(const GPtrArray *verdicts)
{
	GString *out = g_string_new("KTAP version 1\n");

	g_string_append_printf(out, "1..%u\n", verdicts->len);
	for (guint i = 0; i < verdicts->len; i++)
		append(out, i + 1, verdicts->pdata[i]);
	return g_string_free(out, FALSE);
}
