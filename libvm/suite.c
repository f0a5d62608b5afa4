// SPDX-License-Identifier: GPL-2.0-only
/* Which suites there are, and what they say of themselves. */
#include "libvm/suite.h"

#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/text.h"

#define SUITES_MAX 1000
#define HEAD_MAX 512	/* bytes in which the first comment is looked for */

/* Adds what @pattern (relative to the source) matches; how many. */
static guint add_matches(const struct conf *conf, const char *pattern, GPtrArray *suites)
{
	g_autofree char *full = g_build_filename(conf->source, pattern, NULL);
	gsize skip = strlen(conf->source) + 1;
	glob_t found = { 0 };
	guint n = 0;

	if (glob(full, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc && suites->len < SUITES_MAX; i++) {
			const char *relative = found.gl_pathv[i] + skip;

			if (!g_file_test(found.gl_pathv[i], G_FILE_TEST_IS_REGULAR))
				continue;
			n++;
			if (!g_ptr_array_find_with_equal_func(suites, relative, g_str_equal, NULL))
				g_ptr_array_add(suites, g_strdup(relative));
		}
	globfree(&found);
	return n;
}

/* "mount", "mount.sh", "mou*", or its path, which may look like a glob, of a suite tests/guest/mount.sh */
static bool is_meant(const char *suite, const char *wanted)
{
	g_autofree char *base = g_path_get_basename(suite);
	g_autofree char *stem = g_strdup(base);
	char *dot = strrchr(stem, '.');

	if (dot)
		*dot = '\0';
	return g_str_equal(wanted, suite) || g_pattern_match_simple(wanted, base) ||
	       g_pattern_match_simple(wanted, stem);
}

static bool select_suites(const struct conf *conf, const GPtrArray *all, char **wanted,
			  GPtrArray *suites, GError **error)
{
	for (; *wanted; wanted++) {
		guint n = 0;

		for (guint i = 0; i < all->len; i++) {
			if (!is_meant(all->pdata[i], *wanted))
				continue;
			n++;
			if (!g_ptr_array_find_with_equal_func(suites, all->pdata[i], g_str_equal, NULL))
				g_ptr_array_add(suites, g_strdup(all->pdata[i]));
		}
		if (!n && strchr(*wanted, '/'))
			n = add_matches(conf, *wanted, suites);
		if (!n)
			return fault_set(error, LAB_ERROR_USAGE,
					 "--suite %s: no such suite in %s (there are %u; a glob with a / is "
					 "relative to it)", *wanted, conf->source, all->len);
	}
	return true;
}

GPtrArray *suite_find(const struct conf *conf, char **wanted, GError **error)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) suites = g_ptr_array_new_with_free_func(g_free);

	for (char **pattern = conf->suites; pattern && *pattern; pattern++)
		if (!add_matches(conf, *pattern, all)) {
			fault_set(error, LAB_ERROR_USAGE, "suites=%s in vexvm.conf matches no file below %s",
				  *pattern, conf->source);
			return NULL;
		}
	if (!wanted || !*wanted)
		suites = g_steal_pointer(&all);
	else if (!select_suites(conf, all, wanted, suites, error))
		return NULL;
	g_ptr_array_sort(suites, text_compare);
	return g_steal_pointer(&suites);
}

char *suite_name(const GPtrArray *all, const char *path)
{
	char *name = g_path_get_basename(path);
	guint n = 0;

	for (guint i = 0; all && i < all->len; i++) {
		g_autofree char *other = g_path_get_basename(all->pdata[i]);

		n += g_str_equal(other, name);
	}
	if (n < 2)
		return name;
	g_free(name);
	return g_strdup(path);
}

/* The beginning of the file @path, in which its marks are. */
static char *head_of(const char *path)
{
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	char head[HEAD_MAX + 1];
	ssize_t n = fd < 0 ? 0 : read(fd, head, HEAD_MAX);

	head[MAX(n, 0)] = '\0';
	return g_strdup(head);
}

bool suite_has_mark(const char *path, const char *word)
{
	g_autofree char *pattern = g_strdup_printf("^#\\s*vexvm:\\s*%s\\s*$", word);
	g_autofree char *head = head_of(path);

	return g_regex_match_simple(pattern, head, G_REGEX_MULTILINE | G_REGEX_RAW, 0);
}

bool suite_keep_marked(const struct conf *conf, GPtrArray *suites, const char *word, GError **error)
{
	guint all = suites->len;

	for (guint i = suites->len; i-- > 0;) {
		g_autofree char *path = g_build_filename(conf->source, suites->pdata[i], NULL);

		if (!suite_has_mark(path, word))
			g_ptr_array_remove_index(suites, i);
	}
	return suites->len ||
	       fault_set(error, LAB_ERROR_USAGE, "%s: none of the %u suites in %s has '# vexvm: %s' among its first "
			 "comments", word, all, conf->source, word);
}

bool suite_is_selectable(const struct conf *conf, const char *path)
{
	g_autofree char *host_path = g_build_filename(conf->source, path, NULL);

	return suite_has_mark(host_path, "selectable");
}

char *suite_log_name(const GPtrArray *all, const char *path)
{
	g_autofree char *name = suite_name(all, path);
	char *log = g_strdup_printf("suite-%s.log", name);

	return g_strdelimit(log, "/", '_');
}

static void ref_free(gpointer data)
{
	struct suite_ref *ref = data;

	g_free(ref->path);
	g_free(ref->test);
	g_free(ref->rule);
	g_free(ref);
}

GPtrArray *suite_refs_new(void)
{
	return g_ptr_array_new_with_free_func(ref_free);
}

static bool are_same(const struct suite_ref *a, const struct suite_ref *b)
{
	g_autofree char *rule_a = a->rule ? inject_text(a->rule) : NULL;
	g_autofree char *rule_b = b->rule ? inject_text(b->rule) : NULL;

	return a->round == b->round && g_str_equal(a->path, b->path) && !g_strcmp0(a->test, b->test) &&
	       !g_strcmp0(rule_a, rule_b);
}

void suite_refs_add(GPtrArray *refs, const struct suite_ref *ref)
{
	struct suite_ref *copy;

	for (guint i = 0; i < refs->len; i++)
		if (are_same(refs->pdata[i], ref))
			return;
	copy = g_new(struct suite_ref, 1);
	*copy = (struct suite_ref){ .path = g_strdup(ref->path), .round = ref->round,
				    .test = g_strdup(ref->test), .swept = ref->swept,
				    .rule = g_memdup2(ref->rule, sizeof(*ref->rule)) };
	g_ptr_array_add(refs, copy);
}

void suite_refs_add_test(GPtrArray *refs, const struct suite_ref *ref, const char *test)
{
	struct suite_ref one = *ref;

	one.test = (char *)test;
	suite_refs_add(refs, &one);
}

void suite_refs_append(GPtrArray *refs, const GPtrArray *from, guint first)
{
	for (guint i = first; i < from->len; i++)
		suite_refs_add(refs, from->pdata[i]);
}

GPtrArray *suite_refs_of(const GPtrArray *paths, guint rounds, const char *test)
{
	GPtrArray *refs = suite_refs_new();

	for (guint round = 1; round <= MAX(rounds, 1); round++)
		for (guint i = 0; paths && i < paths->len; i++) {
			const struct suite_ref ref = { .path = paths->pdata[i], .test = (char *)test,
						       .round = rounds > 1 ? round : 0 };

			suite_refs_add(refs, &ref);
		}
	return refs;
}

/* What the comments "vexvm: inject RULE" of the file @path say. */
static char **marked_rules(const char *path)
{
	g_autoptr(GRegex) regex = g_regex_new("^#\\s*vexvm:\\s*inject\\s+(.*?)\\s*$",
					      G_REGEX_MULTILINE | G_REGEX_RAW, 0, NULL);
	g_autoptr(GStrvBuilder) rules = g_strv_builder_new();
	g_autoptr(GMatchInfo) match = NULL;
	g_autofree char *head = head_of(path);

	for (g_regex_match(regex, head, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
		g_autofree char *rule = g_match_info_fetch(match, 1);

		g_strv_builder_add(rules, rule);
	}
	return g_strv_builder_end(rules);
}

static bool add_injected(GPtrArray *to, const struct suite_ref *from, char **specs, GError **error)
{
	for (; *specs; specs++) {
		struct suite_ref ref = *from;
		struct inject_rule rule;

		if (!inject_parse(*specs, &rule, error))
			return false;
		ref.rule = &rule;
		suite_refs_add(to, &ref);
	}
	return true;
}

GPtrArray *suite_refs_inject(const struct conf *conf, const GPtrArray *refs, char **specs, GError **error)
{
	g_autoptr(GPtrArray) injected = suite_refs_new();

	for (guint i = 0; i < refs->len; i++) {
		const struct suite_ref *ref = refs->pdata[i];
		g_autofree char *path = g_build_filename(conf->source, ref->path, NULL);
		g_auto(GStrv) marked = specs ? NULL : marked_rules(path);
		char **rules = specs ? specs : *marked ? marked : conf->inject;

		if (!rules || !*rules)
			suite_refs_add(injected, ref);
		else if (!add_injected(injected, ref, rules, error)) {
			if (!specs)
				g_prefix_error(error, "%s: ", *marked ? ref->path : "vexvm.conf");
			return NULL;
		}
	}
	return g_steal_pointer(&injected);
}

bool suite_ref_goes_on(const struct suite_ref *ref, guint64 injected)
{
	return ref->rule && inject_is_sweep(ref->rule) && injected > 0;
}

void suite_refs_add_next(GPtrArray *refs, const struct suite_ref *ref)
{
	struct inject_rule rule = *ref->rule;
	struct suite_ref next = *ref;

	rule.n++;
	next.rule = &rule;
	next.swept = true;
	suite_refs_add(refs, &next);
}

bool suite_refs_have_rule(const GPtrArray *refs)
{
	for (guint i = 0; i < refs->len; i++)
		if (((const struct suite_ref *)refs->pdata[i])->rule)
			return true;
	return false;
}

char *suite_ref_name(const GPtrArray *all, const struct suite_ref *ref)
{
	g_autofree char *name = suite_name(all, ref->path);
	g_autofree char *rule = ref->rule ? inject_text(ref->rule) : NULL;
	GString *text = g_string_new(name);

	if (ref->round)
		g_string_append_printf(text, ", round %u", ref->round);
	if (rule)
		g_string_append_printf(text, " [inject %s]", rule);
	return g_string_free(text, FALSE);
}
