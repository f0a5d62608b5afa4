// SPDX-License-Identifier: GPL-2.0-only
/* Reading vexvm.conf. */
#include "libvm/conf-private.h"

#include <string.h>
#include <sys/stat.h>

#include "lib/fault.h"

#define CONF_FILE_MAX 65536	/* bytes */

/*
 * One line of a file that GKeyFile has accepted. *@group is the section that
 * it stands in; @seen has a "group/key" for each key so far.
 */
static bool line_read(struct conf *conf, GKeyFile *file, char *line, bool vm, char **group,
		      GHashTable *seen, GError **error)
{
	char *key = g_strstrip(line), *end;
	g_autofree char *text = NULL, *id = NULL;
	g_autoptr(GError) cause = NULL;

	if (!*key || *key == '#')
		return true;
	if (*key == '[') {
		g_free(*group);
		*group = g_strndup(key + 1, strcspn(key + 1, "]"));
		return conf_check_group(*group, error);
	}
	end = strchr(key, '=');
	*end = '\0';
	g_strchomp(key);
	id = g_strconcat(*group, "/", key, NULL);
	/* It may return a text and an error, for a wrong escape. */
	text = g_key_file_get_string(file, *group, key, &cause);
	if (cause)
		return fault_set(error, LAB_ERROR_USAGE, "%s: %s", key, cause->message);
	if (!g_hash_table_add(seen, g_steal_pointer(&id)))
		return fault_set(error, LAB_ERROR_USAGE, "[%s] has the key '%s' twice", *group, key);
	if (!vm && g_str_equal(*group, "vm"))
		return true;
	return conf_set(conf, *group, key, text, error);
}

static bool text_read(struct conf *conf, const char *path, const char *text, bool vm,
		      GError **error)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autofree char *group = NULL;
	g_autoptr(GError) cause = NULL;

	if (!g_key_file_load_from_data(file, text, (gsize)-1, G_KEY_FILE_NONE, &cause))
		return fault_set(error, LAB_ERROR_USAGE, "%s: %s", path, cause->message);
	for (guint i = 0; lines[i]; i++)
		if (!line_read(conf, file, lines[i], vm, &group, seen, &cause))
			return fault_set(error, LAB_ERROR_USAGE, "%s:%u: %s", path, i + 1,
					 cause->message);
	return true;
}

/* "images/a.qcow2" in a file is beside it, wherever vexvm was started. */
static void image_resolve(struct conf *conf, const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *typed = g_steal_pointer(&conf->image);

	if (typed)
		conf->image = conf_image(typed, folder);
}

bool conf_read_file(struct conf *conf, const char *path, bool vm, GError **error)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) cause = NULL;
	struct stat st;
	gsize size;

	/* Nothing else has an end for sure, nor a size that can be told before. */
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return fault_set(error, LAB_ERROR_USAGE, "%s is no regular file; mend or remove it", path);
	if (st.st_size <= CONF_FILE_MAX && !g_file_get_contents(path, &text, &size, &cause))
		return fault_set(error, LAB_ERROR_USAGE, "%s", cause->message);
	if (!text || size > CONF_FILE_MAX || strlen(text) != size)
		return fault_set(error, LAB_ERROR_USAGE,
				 "%s is no configuration: larger than %d bytes, or not text", path,
				 CONF_FILE_MAX);
	if (!text_read(conf, path, text, vm, error))
		return false;
	if (vm)
		image_resolve(conf, path);
	return true;
}
