// SPDX-License-Identifier: GPL-2.0-only
/* Which suites there are, and what they say of themselves. */
#include "libvm/suite.h"

#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

#include "lib/fault.h"
#include "lib/fd.h"

#define SUITES_MAX 1000
#define HEAD_MAX 512	/* bytes in which the first comment is looked for */

static int compare(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

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

/* "mount", "mount.sh", "mou*" of a suite tests/guest/mount.sh */
static bool has_name(const char *suite, const char *wanted)
{
	g_autofree char *base = g_path_get_basename(suite);
	g_autofree char *stem = g_strdup(base);
	char *dot = strrchr(stem, '.');

	if (dot)
		*dot = '\0';
	return g_pattern_match_simple(wanted, base) || g_pattern_match_simple(wanted, stem);
}

static bool select_suites(const struct conf *conf, const GPtrArray *all, char **wanted,
			  GPtrArray *suites, GError **error)
{
	for (; *wanted; wanted++) {
		guint n = 0;

		if (strchr(*wanted, '/'))
			n = add_matches(conf, *wanted, suites);
		for (guint i = 0; i < all->len && !strchr(*wanted, '/'); i++) {
			if (!has_name(all->pdata[i], *wanted))
				continue;
			n++;
			if (!g_ptr_array_find_with_equal_func(suites, all->pdata[i], g_str_equal, NULL))
				g_ptr_array_add(suites, g_strdup(all->pdata[i]));
		}
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
	g_ptr_array_sort(suites, compare);
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

bool suite_has_mark(const char *path, const char *word)
{
	g_autofree char *pattern = g_strdup_printf("^#\\s*vexvm:\\s*%s\\s*$", word);
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	char head[HEAD_MAX + 1];
	ssize_t n = fd < 0 ? 0 : read(fd, head, HEAD_MAX);

	head[MAX(n, 0)] = '\0';
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
	g_free(ref);
}

GPtrArray *suite_refs_new(void)
{
	return g_ptr_array_new_with_free_func(ref_free);
}

static bool has_ref(const GPtrArray *refs, const char *path, guint round, const char *test)
{
	for (guint i = 0; i < refs->len; i++) {
		const struct suite_ref *ref = refs->pdata[i];

		if (ref->round == round && g_str_equal(ref->path, path) && !g_strcmp0(ref->test, test))
			return true;
	}
	return false;
}

void suite_refs_add(GPtrArray *refs, const char *path, guint round, const char *test)
{
	struct suite_ref *ref;

	if (has_ref(refs, path, round, test))
		return;
	ref = g_new(struct suite_ref, 1);
	*ref = (struct suite_ref){ .path = g_strdup(path), .round = round, .test = g_strdup(test) };
	g_ptr_array_add(refs, ref);
}

void suite_refs_append(GPtrArray *refs, const GPtrArray *from, guint first)
{
	for (guint i = first; i < from->len; i++) {
		const struct suite_ref *ref = from->pdata[i];

		suite_refs_add(refs, ref->path, ref->round, ref->test);
	}
}

GPtrArray *suite_refs_of(const GPtrArray *paths, guint rounds)
{
	GPtrArray *refs = suite_refs_new();

	for (guint round = 1; round <= MAX(rounds, 1); round++)
		for (guint i = 0; paths && i < paths->len; i++)
			suite_refs_add(refs, paths->pdata[i], rounds > 1 ? round : 0, NULL);
	return refs;
}

char *suite_ref_name(const GPtrArray *all, const struct suite_ref *ref)
{
	g_autofree char *name = suite_name(all, ref->path);

	return ref->round ? g_strdup_printf("%s, round %u", name, ref->round) :
			    g_steal_pointer(&name);
}
