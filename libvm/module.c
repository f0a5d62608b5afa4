// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/module.h"

#include <string.h>

#include "lib/fault.h"
#include "lib/text.h"

#define MAKEFILE_MAX (1024 * 1024)
#define FOLDERS_SHOWN 20

void module_free(struct module *module)
{
	if (!module)
		return;
	g_free(module->file);
	g_free(module->base);
	modinfo_free(module->info);
	g_free(module);
}

bool module_is_among(const GPtrArray *modules, const char *name)
{
	for (guint i = 0; modules && name && i < modules->len; i++)
		if (g_str_equal(((struct module *)modules->pdata[i])->info->name, name))
			return true;
	return false;
}

/* "obj-m := …", "obj-m += …", "obj-$(CONFIG_X) += …" */
static bool file_has_objects(const char *path)
{
	g_autofree char *text = NULL;
	gsize length;

	return g_file_test(path, G_FILE_TEST_IS_REGULAR) &&
	       g_file_get_contents(path, &text, &length, NULL) && length <= MAKEFILE_MAX &&
	       g_regex_match_simple("^[ \\t]*(export[ \\t]+)?obj-(m|\\$[({][^)}]+[)}])[ \\t]*[:+?]*=",
				    text, G_REGEX_MULTILINE | G_REGEX_RAW, 0);
}

/* kbuild prefers Kbuild to Makefile. */
static bool folder_has_objects(const char *dir)
{
	g_autofree char *kbuild = g_build_filename(dir, "Kbuild", NULL);
	g_autofree char *makefile = g_build_filename(dir, "Makefile", NULL);

	return file_has_objects(kbuild) || file_has_objects(makefile);
}

static GPtrArray *subfolders_with_objects(const char *dir)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) entries = g_dir_open(dir, 0, NULL);
	const char *name;

	while (entries && (name = g_dir_read_name(entries))) {
		g_autofree char *path = g_build_filename(dir, name, NULL);

		if (*name != '.' && g_file_test(path, G_FILE_TEST_IS_DIR) && folder_has_objects(path))
			g_ptr_array_add(names, g_strdup(name));
	}
	g_ptr_array_sort(names, text_compare);
	return names;
}

static bool several(const struct conf *conf, GPtrArray *names, GError **error)
{
	g_autoptr(GString) list = g_string_new(NULL);

	for (guint i = 0; i < names->len && i < FOLDERS_SHOWN; i++)
		g_string_append_printf(list, "%s%s", i ? ", " : "", (char *)names->pdata[i]);
	if (names->len > FOLDERS_SHOWN)
		g_string_append(list, ", …");
	return fault_set(error, LAB_ERROR_USAGE,
			 "%s has several modules (%s); choose one with --source %s/%s, or with path= in "
			 "vexvm.conf", conf->source, list->str, conf->source, (char *)names->pdata[0]);
}

char *module_find(const struct conf *conf, GError **error)
{
	g_autoptr(GPtrArray) names = NULL;

	if (conf->module_path) {
		g_autofree char *dir = g_canonicalize_filename(conf->module_path, conf->source);

		if (folder_has_objects(dir))
			return g_steal_pointer(&dir);
		fault_set(error, LAB_ERROR_USAGE,
			  "path=%s in vexvm.conf: %s has no Kbuild or Makefile with obj-m in it",
			  conf->module_path, dir);
		return NULL;
	}
	if (folder_has_objects(conf->source))
		return g_strdup(conf->source);
	names = subfolders_with_objects(conf->source);
	if (names->len == 1)
		return g_build_filename(conf->source, names->pdata[0], NULL);
	if (names->len > 1)
		several(conf, names, error);
	else
		fault_set(error, LAB_ERROR_USAGE,
			  "no kernel module in %s: neither it nor a folder in it has a Kbuild or Makefile "
			  "with obj-m; name the folder with --source", conf->source);
	return NULL;
}

/* Relative to the module's folder, or NULL: outside of it. */
static char *order_entry(const char *line, const char *prefix)
{
	g_autofree char *path = g_strdup(line);
	const char *at = path;
	gsize length = strlen(prefix);

	if (g_str_has_suffix(path, ".o"))
		path[strlen(path) - 2] = '\0';
	else if (g_str_has_suffix(path, ".ko"))
		path[strlen(path) - 3] = '\0';
	else
		return NULL;
	if (strncmp(at, prefix, length) == 0 && at[length] == '/')
		at += length + 1;
	if (g_str_has_prefix(at, "./"))
		at += 2;
	if (*at == '/' || g_str_equal(at, "") || g_str_has_prefix(at, "../") || strstr(at, "/../"))
		return NULL;
	return g_strconcat(at, ".ko", NULL);
}

char **module_order_parse(const char *text, const char *prefix, GError **error)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) lines = g_strsplit(text, "\n", MODULE_MAX + 2);

	for (guint i = 0; lines[i]; i++) {
		char *line = g_strstrip(lines[i]);
		char *entry;

		if (!*line)
			continue;
		entry = files->len < MODULE_MAX ? order_entry(line, prefix) : NULL;
		if (!entry) {
			fault_set(error, LAB_ERROR_BUILD,
				  "modules.order has a line that makes no sense here: %.100s", line);
			return NULL;
		}
		g_ptr_array_add(files, entry);
	}
	if (!files->len) {
		fault_set(error, LAB_ERROR_BUILD,
			  "the build made no module; is anything in obj-m for this kernel?");
		return NULL;
	}
	g_ptr_array_add(files, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&files), FALSE);
}

static bool same_name(const char *a, const char *b)
{
	g_autofree char *x = modinfo_loaded_name(a);
	g_autofree char *y = modinfo_loaded_name(b);

	return g_str_equal(x, y);
}

static bool depends_on(const struct module *module, const struct module *other)
{
	for (guint i = 0; module->info->depends[i]; i++)
		if (same_name(module->info->depends[i], other->info->name))
			return true;
	return false;
}

/* Whether nothing still in @waiting has to come before @module. */
static bool is_next(const GPtrArray *waiting, const struct module *module)
{
	for (guint i = 0; i < waiting->len; i++)
		if (waiting->pdata[i] != module && depends_on(module, waiting->pdata[i]))
			return false;
	return true;
}

static GPtrArray *sort(GPtrArray *waiting, GError **error)
{
	g_autoptr(GPtrArray) sorted = g_ptr_array_new_with_free_func((GDestroyNotify)module_free);

	while (waiting->len) {
		guint i = 0;

		while (i < waiting->len && !is_next(waiting, waiting->pdata[i]))
			i++;
		if (i == waiting->len) {
			struct module *first = waiting->pdata[0];

			fault_set(error, LAB_ERROR_BUILD, "%s and others depend on each other in a circle",
				  first->base);
			return NULL;
		}
		g_ptr_array_add(sorted, g_ptr_array_steal_index(waiting, i));
	}
	return g_steal_pointer(&sorted);
}

GPtrArray *module_load(const char *const *files, GError **error)
{
	g_autoptr(GPtrArray) modules = g_ptr_array_new_with_free_func((GDestroyNotify)module_free);

	for (; *files; files++) {
		struct modinfo *info = modinfo_read(*files, error);
		struct module *module;

		if (!info)
			return NULL;
		module = g_new0(struct module, 1);
		module->file = g_strdup(*files);
		module->base = g_path_get_basename(*files);
		module->info = info;
		g_ptr_array_add(modules, module);
	}
	return sort(modules, error);
}

char **module_needs(const GPtrArray *modules)
{
	GPtrArray *needs = g_ptr_array_new();

	for (guint i = 0; i < modules->len; i++) {
		const struct module *module = modules->pdata[i];

		for (char **name = module->info->depends; *name; name++) {
			bool known = false;

			for (guint j = 0; j < modules->len; j++)
				known |= same_name(*name, ((struct module *)modules->pdata[j])->info->name);
			for (guint j = 0; j < needs->len; j++)
				known |= same_name(*name, needs->pdata[j]);
			if (!known && **name && **name != '-')
				g_ptr_array_add(needs, g_strdup(*name));
		}
	}
	g_ptr_array_add(needs, NULL);
	return (char **)g_ptr_array_free(needs, FALSE);
}

static bool has_parameter(const struct module *module, const char *arg)
{
	for (char **p = module->info->parameters; *p; p++) {
		gsize length = strlen(*p);

		if (strncmp(arg, *p, length) == 0 && (arg[length] == '=' || !arg[length]))
			return true;
	}
	return false;
}

char **module_args(const GPtrArray *modules, guint index, const char *args, GError **error)
{
	g_autoptr(GPtrArray) ours = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) words = NULL;
	g_autoptr(GError) cause = NULL;

	if (args && !g_shell_parse_argv(args, NULL, &words, &cause) &&
	    !g_error_matches(cause, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING)) {
		fault_set(error, LAB_ERROR_USAGE, "args=%s in vexvm.conf: %s", args, cause->message);
		return NULL;
	}
	for (guint i = 0; words && words[i]; i++) {
		bool taken = false;

		for (guint j = 0; j < modules->len; j++)
			taken |= has_parameter(modules->pdata[j], words[i]);
		if (has_parameter(modules->pdata[index], words[i]) ||
		    (!taken && index == modules->len - 1))
			g_ptr_array_add(ours, g_strdup(words[i]));
	}
	g_ptr_array_add(ours, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&ours), FALSE);
}
