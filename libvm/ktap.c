// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/ktap.h"

#include <string.h>

#include "lib/text.h"

struct level {
	guint indent;		/* blanks before its lines */
	guint first;		/* index of its first test */
	guint seen;		/* result lines */
	guint64 plan;
	bool planned;
};

struct ktap {
	ktap_fn fn;
	void *data;
	GPtrArray *tests;
	struct level levels[KTAP_DEPTH_MAX];
	guint depth;		/* levels in use, at least 1 */
	bool seen;
	bool stopped;		/* by "Bail out!" */
	char *problem, *skipped;
	GString *line;		/* not yet ended */
	GString *remarks;	/* what was said since the last result */
};

struct ktap *ktap_new(ktap_fn fn, void *data)
{
	struct ktap *k = g_new0(struct ktap, 1);

	k->fn = fn;
	k->data = data;
	k->tests = g_ptr_array_new_with_free_func((GDestroyNotify)test_result_free);
	k->depth = 1;
	k->line = g_string_new(NULL);
	k->remarks = g_string_new(NULL);
	return k;
}

void ktap_free(struct ktap *k)
{
	if (!k)
		return;
	g_ptr_array_unref(k->tests);
	g_free(k->problem);
	g_free(k->skipped);
	g_string_free(k->line, TRUE);
	g_string_free(k->remarks, TRUE);
	g_free(k);
}

GPtrArray *ktap_tests(const struct ktap *k)
{
	return k->tests;
}

bool ktap_seen(const struct ktap *k)
{
	return k->seen;
}

guint ktap_planned(const struct ktap *k)
{
	return (guint)MIN(k->levels[0].plan, KTAP_TESTS_MAX);
}

guint ktap_reported(const struct ktap *k)
{
	return k->levels[0].seen;
}

const char *ktap_problem(const struct ktap *k)
{
	return k->problem;
}

const char *ktap_skipped(const struct ktap *k)
{
	return k->skipped;
}

G_GNUC_PRINTF(2, 3)
static void problem(struct ktap *k, const char *format, ...)
{
	va_list args;

	if (k->problem)
		return;
	va_start(args, format);
	k->problem = g_strdup_vprintf(format, args);
	va_end(args);
}

static void add_line(GString *text, const char *line)
{
	gsize room = KTAP_DETAIL_MAX - MIN(text->len, KTAP_DETAIL_MAX);
	gsize length = strlen(line);

	if (room < 2)
		return;
	g_string_append_len(text, line, (gssize)MIN(length, room - 1));
	g_string_append_c(text, '\n');
}

/* Adds to what is known of a failed test. */
static void explain(struct test_result *result, const char *line)
{
	g_autoptr(GString) text = g_string_new(result->detail);

	if (text->len && text->str[text->len - 1] != '\n')
		g_string_append_c(text, '\n');
	add_line(text, line);
	g_strchomp(text->str);
	g_free(result->detail);
	result->detail = g_strdup(text->str);
}

/*
 * What is said before a result may explain it, and what is said after it too:
 * it goes to both when both failed.
 */
static void remark(struct ktap *k, const char *line)
{
	struct test_result *last = k->tests->len ? k->tests->pdata[k->tests->len - 1] : NULL;

	if (!*line)
		return;
	if (last && last->outcome == OUTCOME_FAIL)
		explain(last, line);
	add_line(k->remarks, line);
}

void ktap_remark(struct ktap *k, const char *line)
{
	g_autofree char *clean = text_escape(line, -1);

	remark(k, clean);
}

static struct level *top(struct ktap *k)
{
	return &k->levels[k->depth - 1];
}

static void level_check(struct ktap *k, const struct level *level)
{
	if (!level->planned)
		problem(k, "no plan (\"1..N\") was printed, so that an early end would not show");
	else if (level->seen != level->plan)
		problem(k, "%u of %" G_GUINT64_FORMAT " planned results were printed", level->seen,
			level->plan);
}

/* Ends the levels that are deeper than @indent; the first test of the topmost. */
static guint pop_to(struct ktap *k, guint indent)
{
	guint first = k->tests->len;

	while (k->depth > 1 && top(k)->indent > indent) {
		level_check(k, top(k));
		first = top(k)->first;
		k->depth--;
	}
	return first;
}

/* The level that a line with @indent belongs to; NULL = too deep. */
static struct level *level_at(struct ktap *k, guint indent)
{
	if (indent <= top(k)->indent)
		return top(k);
	if (k->depth == KTAP_DEPTH_MAX) {
		problem(k, "tests are nested more than %d levels deep", KTAP_DEPTH_MAX);
		return NULL;
	}
	k->levels[k->depth++] = (struct level){ .indent = indent, .first = k->tests->len };
	return top(k);
}

/* Takes a number off @at; false when there is none. */
static bool take_number(const char **at, guint64 *ret)
{
	char *end;

	if (!g_ascii_isdigit(**at))
		return false;
	*ret = g_ascii_strtoull(*at, &end, 10);
	*at = end;
	return true;
}

static bool plan_line(struct ktap *k, const char *at, guint indent)
{
	guint64 from, count;
	struct level *level;

	if (!take_number(&at, &from) || from != 1 || !g_str_has_prefix(at, ".."))
		return false;
	at += 2;
	if (!take_number(&at, &count) || (*at && !g_ascii_isspace(*at)))
		return false;
	k->seen = true;
	pop_to(k, indent);
	level = level_at(k, indent);
	if (!level)
		return true;
	if (level->planned)
		problem(k, "a second plan was printed");
	level->planned = true;
	level->plan = count;
	while (g_ascii_isspace(*at) || *at == '#')
		at++;
	if (count == 0 && k->depth == 1 && !k->skipped && g_ascii_strncasecmp(at, "skip", 4) == 0)
		k->skipped = g_strstrip(g_strdup(at + strcspn(at, " \t")));
	return true;
}

static bool always(bool ok)
{
	return true;
}

static bool when_failed(bool ok)
{
	return !ok;
}

static const struct {
	const char *word;
	bool (*fits)(bool ok);
	enum outcome outcome;
} directives[] = {
	{ "SKIP", always, OUTCOME_SKIP },
	{ "TODO", when_failed, OUTCOME_XFAIL },
	{ "XFAIL", always, OUTCOME_XFAIL },
	{ "TIMEOUT", always, OUTCOME_FAIL },
	{ "ERROR", always, OUTCOME_FAIL },
};

/* Splits "description # DIRECTIVE reason" in place. */
static struct test_result *parse_description(char *text, bool ok, guint number)
{
	struct test_result *result = test_result_new(NULL, ok ? OUTCOME_PASS : OUTCOME_FAIL, NULL);
	char *mark = *text == '#' ? text : strstr(text, " #");

	if (mark) {
		const char *word = mark + strspn(mark, " #\t");

		result->detail = *word ? g_strstrip(g_strdup(word)) : NULL;
		for (guint i = 0; i < G_N_ELEMENTS(directives); i++)
			if (g_ascii_strncasecmp(word, directives[i].word,
						strlen(directives[i].word)) == 0 &&
			    directives[i].fits(ok)) {
				result->outcome = directives[i].outcome;
				break;
			}
		*mark = '\0';
	}
	g_strstrip(text);
	if (*text)
		result->name = g_strndup(text, KTAP_NAME_MAX);
	else
		result->name = g_strdup_printf("test %u", number);
	if (!g_utf8_validate(result->name, -1, NULL)) {
		char *valid = g_utf8_make_valid(result->name, -1);

		g_free(result->name);
		result->name = valid;
	}
	return result;
}

/* Gives the tests from @first on their parent's name; whether one failed. */
static bool adopt(struct ktap *k, guint first, const char *parent)
{
	bool failed = false;

	for (guint i = first; i < k->tests->len; i++) {
		struct test_result *child = k->tests->pdata[i];
		char *name = g_strdup_printf("%s/%s", parent, child->name);

		g_free(child->name);
		child->name = name;
		failed |= child->outcome == OUTCOME_FAIL;
	}
	return failed;
}

static void add_result(struct ktap *k, struct test_result *result, guint first_child)
{
	bool parent = first_child < k->tests->len;

	if (result->outcome == OUTCOME_FAIL && k->remarks->len)
		explain(result, k->remarks->str);
	if (parent && (adopt(k, first_child, result->name) || result->outcome != OUTCOME_FAIL)) {
		test_result_free(result);
	} else if (k->tests->len >= KTAP_TESTS_MAX) {
		problem(k, "more than %d tests", KTAP_TESTS_MAX);
		test_result_free(result);
	} else {
		g_ptr_array_add(k->tests, result);
		if (k->fn)
			k->fn(k->data, result);
	}
	g_string_truncate(k->remarks, 0);
}

static bool result_line(struct ktap *k, char *line, guint indent)
{
	bool ok = g_str_has_prefix(line, "ok");
	const char *at = line + (ok ? 2 : 6);
	struct level *level;
	guint64 number = 0;
	guint first_child;

	if ((!ok && !g_str_has_prefix(line, "not ok")) || (*at && !g_ascii_isspace(*at)))
		return false;
	at += strspn(at, " \t");
	take_number(&at, &number);
	/* Prose that begins with "ok" is no result; a stream begins with the first. */
	if (!k->seen && (number != 1 || indent))
		return false;
	k->seen = true;
	at += strspn(at, " \t");
	if (at[0] == '-' && (!at[1] || g_ascii_isspace(at[1])))
		at++;
	first_child = pop_to(k, indent);
	level = level_at(k, indent);
	if (!level)
		return true;
	level->seen++;
	if (number && number != level->seen)
		problem(k, "result %u has the number %" G_GUINT64_FORMAT, level->seen, number);
	add_result(k, parse_description(line + (at - line), ok, level->seen), first_child);
	return true;
}

static bool version_line(struct ktap *k, const char *line, guint indent)
{
	if (!g_str_has_prefix(line, "KTAP version ") && !g_str_has_prefix(line, "TAP version "))
		return false;
	k->seen = true;
	pop_to(k, indent);
	level_at(k, indent);
	return true;
}

static void take_line(struct ktap *k)
{
	bool cr = k->line->len && k->line->str[k->line->len - 1] == '\r';
	g_autofree char *line = text_escape(k->line->str, (gssize)k->line->len - cr);
	guint indent = (guint)strspn(line, " ");
	char *text = g_strchomp(line + indent);

	g_string_truncate(k->line, 0);
	if (k->stopped || version_line(k, text, indent) || plan_line(k, text, indent) ||
	    result_line(k, text, indent))
		return;
	if (g_str_has_prefix(text, "Bail out!")) {
		k->seen = k->stopped = true;
		problem(k, "%.200s", text);
		return;
	}
	if (*text == '#')
		text += strspn(text, "# ");
	remark(k, text);
}

void ktap_feed(struct ktap *k, const char *bytes, gsize size)
{
	while (size > 0) {
		const char *newline = memchr(bytes, '\n', size);
		gsize length = newline ? (gsize)(newline - bytes) : size;
		gsize room = KTAP_LINE_MAX - MIN(k->line->len, KTAP_LINE_MAX);

		g_string_append_len(k->line, bytes, (gssize)MIN(length, room));
		if (newline) {
			take_line(k);
			length++;
		}
		bytes += length;
		size -= length;
	}
}

void ktap_end(struct ktap *k)
{
	if (k->line->len)
		take_line(k);
	if (k->depth > 1)
		problem(k, "the results end inside a group of tests");
	pop_to(k, 0);
	if (k->seen)
		level_check(k, &k->levels[0]);
}
