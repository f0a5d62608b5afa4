// SPDX-License-Identifier: GPL-2.0-only
/* The fuzzers' targets on what is kept in tests/fuzz/corpus, each a case that was once of interest. */
#include <glib.h>

#include "tests/fuzz/target.h"

#define CORPUS "tests/fuzz/corpus"

static const struct target {
	const char *name;
	void (*run)(const uint8_t *data, size_t size);
} targets[] = {
	{ "super", fuzz_super },
	{ "root", fuzz_root },
	{ "root_inode", fuzz_root_inode },
	{ "xxh64", fuzz_xxh64 },
	{ "oops", fuzz_oops },
};

static void run_file(const struct target *target, const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *bytes = NULL;
	gsize size;

	g_test_message("%s", path);
	g_file_get_contents(path, &bytes, &size, &error);
	g_assert_no_error(error);
	target->run((const uint8_t *)bytes, size);
}

static void test_corpus(gconstpointer data)
{
	const struct target *target = data;
	g_autofree char *folder = g_build_filename(CORPUS, target->name, NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
	const char *name;
	guint n = 0;

	g_assert_no_error(error);
	for (; (name = g_dir_read_name(dir)); n++) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		run_file(target, path);
	}
	g_assert_cmpuint(n, >, 0);
}

/* No bytes at all, and every size up to a whole block. */
static void test_sizes(gconstpointer data)
{
	const struct target *target = data;
	uint8_t bytes[4200] = { 0 };

	for (size_t size = 0; size < sizeof(bytes); size++)
		target->run(bytes, size);
	bytes[0] = 1;
	for (size_t size = 0; size < sizeof(bytes); size++)
		target->run(bytes, size);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(targets); i++) {
		g_autofree char *corpus = g_strdup_printf("/fuzz/corpus/%s", targets[i].name);
		g_autofree char *sizes = g_strdup_printf("/fuzz/sizes/%s", targets[i].name);

		g_test_add_data_func(corpus, &targets[i], test_corpus);
		g_test_add_data_func(sizes, &targets[i], test_sizes);
	}
	return g_test_run();
}
