// SPDX-License-Identifier: GPL-2.0-only
/* What a run left in its folder beside its logs: the modules, and where their source lies. */
#include <stdlib.h>

#include "lib/path.h"
#include "lib/text.h"
#include "libvm/explain.h"
#include "libvm/run-folder.h"
#include "libvm/state.h"

/* The folder that the guest saw at CONF_MOUNT_POINT, as build_tree_init() chose it; NULL: it is not here. */
static char *find_original(const char *folder, const char *source)
{
	const char *states = g_strrstr(folder, "/" CONF_STATE "/");
	g_autofree char *root = states ? g_strndup(folder, (gsize)(states - folder)) : NULL;
	const char *original = root && path_below(root, source) ? root : source;

	return g_path_is_absolute(original) && g_file_test(original, G_FILE_TEST_IS_DIR) ? g_strdup(original) : NULL;
}

static GPtrArray *find_modules(const char *folder)
{
	GPtrArray *modules = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (g_str_has_suffix(name, ".ko"))
			g_ptr_array_add(modules, g_build_filename(folder, name, NULL));
	g_ptr_array_sort(modules, text_compare);
	return modules;
}

/* A result that tells no source has its modules beside it nevertheless. */
static struct explain_run *run_in(const char *folder)
{
	const struct conf conf = { .state_dir = (char *)folder };
	g_autofree char *path = g_build_filename(folder, RUN_RESULT, NULL);
	g_autoptr(JsonObject) result = NULL;
	struct explain_run *run;

	if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
		return NULL;
	result = state_load(&conf, RUN_RESULT, NULL);
	run = g_new0(struct explain_run, 1);
	run->modules = find_modules(folder);
	run->tree.inside = g_strdup(CONF_MOUNT_POINT);
	run->tree.original = result ? find_original(folder, state_string(result, "source", "")) : NULL;
	return run;
}

struct explain_run *explain_run_of(const char *log)
{
	g_autofree char *beside = g_path_get_dirname(log);
	/* It may be named by its link, "latest". */
	char *folder = g_str_equal(log, "-") ? NULL : realpath(beside, NULL);
	struct explain_run *run = folder ? run_in(folder) : NULL;

	free(folder);
	return run;
}

void explain_run_free(struct explain_run *run)
{
	if (!run)
		return;
	g_ptr_array_unref(run->modules);
	build_tree_clear(&run->tree);
	g_free(run);
}
