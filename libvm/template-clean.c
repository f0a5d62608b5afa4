// SPDX-License-Identifier: GPL-2.0-only
/* The end of templates: of this VM, of VMs and caches that are gone, of all. */
#include <errno.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "lib/fault.h"
#include "lib/folder.h"
#include "libvm/disk.h"
#include "libvm/state.h"
#include "libvm/template-private.h"

/* Nobody else can put anything there, or have it point elsewhere. */
static bool shm_is_ours(void)
{
	g_autofree char *root = template_shm_root();

	return folder_is_private(root);
}

static char *ram_path(const struct conf *conf, const char *name)
{
	g_autofree char *shm = template_shm(conf);
	g_autofree char *file = g_strconcat(name, ".ram", NULL);

	return g_build_filename(shm, file, NULL);
}

/* And the sockets' folder of a process that was killed while it made it. */
static void remove_folder(const struct conf *conf, const char *folder)
{
	struct conf here;

	conf_at(conf, folder, &here);
	folder_remove(here.runtime_dir, NULL);
	folder_remove(folder, NULL);
	conf_at_clear(&here);
}

void template_discard(const struct conf *conf, const char *name)
{
	g_autofree char *home = template_home(conf);
	g_autofree char *folder = g_build_filename(home, name, NULL);
	g_autofree char *ram = ram_path(conf, name);

	if (shm_is_ours())
		unlink(ram);
	remove_folder(conf, folder);
}

/* Names below @folder that begin with @prefix and are not @kept's. */
static GPtrArray *names_in(const char *folder, const char *prefix, const char *kept)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (g_str_has_prefix(name, prefix) && (!kept || !g_str_has_prefix(name, kept)))
			g_ptr_array_add(names, g_strdup(name));
	return names;
}

/* All generations of the VM @key but @kept, in both places. */
static void remove_generations(const struct conf *conf, const char *key, const char *kept)
{
	g_autofree char *prefix = g_strconcat(key, "-", NULL);
	g_autofree char *home = template_home(conf);
	g_autofree char *shm = template_shm(conf);
	g_autoptr(GPtrArray) folders = names_in(home, prefix, kept), files = names_in(shm, prefix, kept);

	for (guint i = 0; i < folders->len; i++) {
		g_autofree char *folder = g_build_filename(home, folders->pdata[i], NULL);

		remove_folder(conf, folder);
	}
	for (guint i = 0; i < files->len && shm_is_ours(); i++) {
		g_autofree char *file = g_build_filename(shm, files->pdata[i], NULL);

		unlink(file);
	}
}

/* All of the VM @key, whose lock is taken first: waiting for it, or only if it is free. */
static void remove_key(const struct conf *conf, const char *key, const struct progress *progress,
		       bool wait)
{
	static const char purpose[] = "removing the template";
	g_autofree char *home = template_home(conf);
	g_autofree char *link = g_build_filename(home, key, NULL);
	g_autofree char *path = g_strconcat(link, ".lock", NULL);
	g_autoptr(lock_owner) lock = wait ? lock_wait(path, purpose, progress, NULL) :
					    lock_try(path, purpose, LAB_ERROR_LAB, NULL);

	if (!lock)
		return;
	unlink(link);
	remove_generations(conf, key, NULL);
	/* Whoever waits for it will see that, and make another. */
	unlink(path);
}

/* Whether the template @folder is of @conf's VM, whatever its kernel. */
static bool is_of_vm(const char *folder, const struct conf *conf)
{
	struct conf here = { .state_dir = (char *)folder };
	g_autoptr(JsonObject) object = state_load(&here, TEMPLATE_MANIFEST, NULL);

	return g_str_equal(state_string(object, "vm", ""), conf->state_dir);
}

void template_remove(const struct conf *conf)
{
	g_autofree char *home = template_home(conf);
	g_autofree char *key = template_key(conf);
	g_autoptr(GPtrArray) names = names_in(home, "", NULL);

	if (g_file_test(home, G_FILE_TEST_IS_DIR))
		remove_key(conf, key, NULL, true);
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *link = g_build_filename(home, names->pdata[i], NULL);

		if (g_file_test(link, G_FILE_TEST_IS_SYMLINK) && is_of_vm(link, conf))
			remove_key(conf, names->pdata[i], NULL, true);
	}
}

/* Caches that are gone have left memory behind. */
static void sweep_shm(void)
{
	g_autofree char *root = template_shm_root();
	g_autoptr(GPtrArray) names = names_in(root, "", NULL);

	for (guint i = 0; i < names->len && shm_is_ours(); i++) {
		g_autofree char *folder = g_build_filename(root, names->pdata[i], NULL);
		g_autofree char *owner = g_build_filename(folder, TEMPLATE_OWNER, NULL);

		/* Follows the link. */
		if (!g_file_test(owner, G_FILE_TEST_EXISTS))
			folder_remove(folder, NULL);
	}
}

struct used {
	char *key;
	gint64 at;		/* when it was last used */
	bool orphan;		/* its VM is gone */
};

static void used_free(gpointer data)
{
	struct used *used = data;

	g_free(used->key);
	g_free(used);
}

static int by_use(gconstpointer a, gconstpointer b)
{
	const struct used *x = *(struct used *const *)a, *y = *(struct used *const *)b;

	return (x->at > y->at) - (x->at < y->at);
}

static bool vm_is_gone(const char *folder)
{
	struct conf here = { .state_dir = (char *)folder };
	g_autoptr(JsonObject) object = state_load(&here, TEMPLATE_MANIFEST, NULL);
	g_autofree char *disk = g_build_filename(state_string(object, "vm", "/"), DISK_PROVISIONED, NULL);

	return object && g_access(disk, F_OK) < 0;
}

/* The templates that links name, the longest unused first. */
static GPtrArray *list_used(const char *home)
{
	GPtrArray *list = g_ptr_array_new_with_free_func(used_free);
	g_autoptr(GPtrArray) names = names_in(home, "", NULL);

	for (guint i = 0; i < names->len; i++) {
		g_autofree char *link = g_build_filename(home, names->pdata[i], NULL);
		struct used *used;
		struct stat st;

		if (!g_file_test(link, G_FILE_TEST_IS_SYMLINK) || stat(link, &st) < 0)
			continue;
		used = g_new(struct used, 1);
		*used = (struct used){ g_strdup(names->pdata[i]), st.st_mtim.tv_sec, vm_is_gone(link) };
		g_ptr_array_add(list, used);
	}
	g_ptr_array_sort(list, by_use);
	return list;
}

void template_keep(const struct conf *conf, const char *kept, const struct progress *progress)
{
	g_autofree char *home = template_home(conf);
	g_autofree char *key = template_key(conf);
	g_autoptr(GPtrArray) list = list_used(home);

	remove_generations(conf, key, kept);
	sweep_shm();
	for (guint i = 0; i < list->len; i++) {
		const struct used *used = list->pdata[i];

		if (g_str_equal(used->key, key))
			continue;
		if (!used->orphan && template_size(conf) <= TEMPLATE_BYTES_MAX)
			continue;
		progress_detail(progress, "Removing the template %s, %s", used->key,
				used->orphan ? "whose VM is gone" : "unused for longest");
		remove_key(conf, used->key, progress, false);
	}
}

guint64 template_size(const struct conf *conf)
{
	g_autofree char *home = template_home(conf);
	g_autofree char *shm = template_shm(conf);

	return folder_size(home) + folder_size(shm);
}

bool template_clear(const struct conf *conf, const struct progress *progress, GError **error)
{
	g_autofree char *home = template_home(conf);
	g_autofree char *shm = template_shm(conf);
	g_autoptr(GPtrArray) names = names_in(home, "", NULL);

	/* "KEY", "KEY-N" and "KEY.lock": each of them tells of KEY. */
	for (guint i = 0; i < names->len; i++) {
		const char *name = names->pdata[i];
		g_autofree char *key = g_strndup(name, strcspn(name, "-."));

		remove_key(conf, key, progress, true);
	}
	return (!shm_is_ours() || folder_remove(shm, error)) && folder_remove(home, error);
}
