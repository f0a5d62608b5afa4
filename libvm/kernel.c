// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/kernel.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "lib/fault.h"
#include "lib/folder.h"
#include "libvm/guest.h"
#include "libvm/state.h"

#define MANIFEST "kernel.json"
#define ID_LENGTH 16

char *kernel_path(const struct conf *conf, const char *name)
{
	return g_build_filename(conf->cache_dir, "kernels", name, NULL);
}

struct lock *kernel_lock(const struct conf *conf, const char *purpose,
			 const struct progress *progress, GError **error)
{
	g_autofree char *path = kernel_path(conf, "lock");

	return lock_wait(path, purpose, progress, error);
}

void kernel_free(struct kernel *kernel)
{
	if (!kernel)
		return;
	g_free(kernel->name);
	g_free(kernel->id);
	g_free(kernel->release);
	g_free(kernel->source);
	g_free(kernel->image);
	g_free(kernel->vmlinux);
	g_free(kernel->tree);
	g_free(kernel->modules);
	g_free(kernel);
}

static bool is_whole(const struct kernel *kernel)
{
	const char *const paths[] = { kernel->image, kernel->vmlinux, kernel->tree, kernel->modules };

	for (guint i = 0; i < G_N_ELEMENTS(paths); i++)
		if (g_access(paths[i], R_OK) < 0)
			return false;
	return *kernel->release && !strchr(kernel->release, '/');
}

/* Whether the link @name leads to the kernel @id. */
static bool is_named(const struct conf *conf, const char *name, const char *id)
{
	g_autofree char *path = kernel_path(conf, name);
	g_autofree char *target = g_file_read_link(path, NULL);

	return target && g_str_equal(target, id);
}

static struct kernel *read_folder(const struct conf *conf, const char *id, GError **error)
{
	g_autofree char *folder = kernel_path(conf, id);
	struct conf here = { .state_dir = folder };
	g_autoptr(JsonObject) object = state_load(&here, MANIFEST, error);
	g_autoptr(kernel_owner) kernel = NULL;
	const char *name;

	if (!object)
		return NULL;
	kernel = g_new0(struct kernel, 1);
	name = state_string(object, "name", "");
	kernel->name = *name && is_named(conf, name, id) ? g_strdup(name) : NULL;
	kernel->id = g_strdup(id);
	kernel->release = g_strdup(state_string(object, "release", ""));
	kernel->source = g_strdup(state_string(object, "source", ""));
	kernel->image = g_build_filename(folder, "bzImage", NULL);
	kernel->vmlinux = g_build_filename(folder, "vmlinux", NULL);
	kernel->tree = g_build_filename(folder, "tree", NULL);
	kernel->modules = g_build_filename(folder, "modules", NULL);
	if (is_whole(kernel))
		return g_steal_pointer(&kernel);
	fault_set(error, LAB_ERROR_LAB, "the kernel in %s is damaged; 'vexvm kernel remove %s' removes it, "
		  "'vexvm kernel build --debug' makes it anew", folder, id);
	return NULL;
}

/* The name of its folder, or NULL; to be freed. */
static char *folder_of(const struct conf *conf, const char *name_or_id)
{
	g_autofree char *path = kernel_path(conf, name_or_id);
	g_autofree char *target = strchr(name_or_id, '/') ? NULL : g_file_read_link(path, NULL);

	if (target)
		return g_steal_pointer(&target);
	return strlen(name_or_id) == ID_LENGTH && strspn(name_or_id, "0123456789abcdef") == ID_LENGTH &&
	       g_file_test(path, G_FILE_TEST_IS_DIR) ? g_strdup(name_or_id) : NULL;
}

struct kernel *kernel_find(const struct conf *conf, const char *name_or_id, GError **error)
{
	g_autofree char *id = folder_of(conf, name_or_id);

	return id ? read_folder(conf, id, error) : NULL;
}

GPtrArray *kernel_list(const struct conf *conf)
{
	GPtrArray *kernels = g_ptr_array_new_with_free_func((GDestroyNotify)kernel_free);
	g_autofree char *path = kernel_path(conf, "");
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		struct kernel *kernel = strlen(name) == ID_LENGTH ? kernel_find(conf, name, NULL) : NULL;

		if (kernel)
			g_ptr_array_add(kernels, kernel);
	}
	return kernels;
}

struct kernel *kernel_find_release(const struct conf *conf, const char *release)
{
	g_autoptr(GPtrArray) kernels = kernel_list(conf);

	for (guint i = 0; i < kernels->len; i++)
		if (g_str_equal(((struct kernel *)kernels->pdata[i])->release, release))
			return g_ptr_array_steal_index(kernels, i);
	return NULL;
}

struct image *kernel_put(const struct conf *conf, struct image *image, GError **error)
{
	g_autoptr(image_owner) owner = image;
	g_autoptr(GError) cause = NULL;
	struct kernel *kernel;

	if (!image || !conf->kernel)
		return g_steal_pointer(&owner);
	kernel = kernel_find(conf, conf->kernel, &cause);
	if (!kernel && cause) {
		g_propagate_error(error, g_steal_pointer(&cause));
		return NULL;
	}
	if (!kernel) {
		fault_set(error, LAB_ERROR_LAB, "there is no kernel '%s' in the cache %s; "
			  "'vexvm kernel build --debug' makes the debug kernel", conf->kernel, conf->cache_dir);
		return NULL;
	}
	image->built = kernel;
	g_free(image->kernel);
	image->kernel = g_strdup(kernel->image);
	g_clear_pointer(&image->initrd, g_free);
	g_free(image->kernel_release);
	image->kernel_release = g_strdup(kernel->release);
	/* Without an initrd nothing is found by label: a cloud image has its root in the first partition. */
	if (!image->root)
		image->root = g_strdup("/dev/vda1");
	return g_steal_pointer(&owner);
}

struct image *kernel_image_load(const struct conf *conf, const char *name_or_id, GError **error)
{
	return kernel_put(conf, image_load(conf, name_or_id, error), error);
}

/* The files of @folder to the same places in the guest. */
static bool put_folder(struct guest *guest, const char *folder, const char *inside, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *from = g_build_filename(folder, name, NULL);
		g_autofree char *to = g_build_filename(inside, name, NULL);

		if (!guest_put(guest, from, to, 0644, error))
			return false;
	}
	return true;
}

bool kernel_deliver(const struct conf *conf, struct guest *guest, GError **error)
{
	g_autoptr(kernel_owner) kernel = conf->kernel ? kernel_find(conf, conf->kernel, NULL) : NULL;
	g_autofree char *inside = NULL, *folder = NULL;

	if (!kernel)
		return true;
	inside = g_build_filename("/lib/modules", kernel->release, NULL);
	folder = g_build_filename(kernel->modules, inside, NULL);
	return put_folder(guest, folder, inside, error);
}

static bool name_link(const struct conf *conf, const struct kernel *kernel, GError **error)
{
	g_autofree char *path = kernel_path(conf, kernel->name);
	g_autofree char *temporary = g_strconcat(path, ".tmp", NULL);

	unlink(temporary);
	return (symlink(kernel->id, temporary) == 0 && g_rename(temporary, path) == 0) ||
	       fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", path);
}

bool kernel_commit(const struct conf *conf, const char *work, const struct kernel *kernel,
		   GError **error)
{
	g_autofree char *final = kernel_path(conf, kernel->id);
	struct conf here = { .state_dir = (char *)work };
	g_autoptr(JsonObject) object = json_object_new();

	json_object_set_string_member(object, "name", kernel->name);
	json_object_set_string_member(object, "release", kernel->release);
	json_object_set_string_member(object, "source", kernel->source);
	if (!state_save(&here, MANIFEST, object, error) || !folder_remove(final, error))
		return false;
	if (g_rename(work, final) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", final);
	return name_link(conf, kernel, error);
}

bool kernel_remove(const struct conf *conf, const char *name_or_id,
		   const struct progress *progress, GError **error)
{
	g_autoptr(lock_owner) lock = kernel_lock(conf, "removing a kernel", progress, error);
	g_autofree char *id = lock ? folder_of(conf, name_or_id) : NULL;
	g_autofree char *debug = kernel_path(conf, KERNEL_DEBUG);
	g_autofree char *path = id ? kernel_path(conf, id) : NULL;

	if (!lock)
		return false;
	if (!id)
		return fault_set(error, LAB_ERROR_USAGE, "there is no kernel '%s'; 'vexvm kernel list' shows all",
				 name_or_id);
	if (is_named(conf, KERNEL_DEBUG, id))
		unlink(debug);
	return folder_remove(path, error);
}

bool kernel_clear(const struct conf *conf, const struct progress *progress, GError **error)
{
	g_autofree char *path = kernel_path(conf, "");
	g_autoptr(lock_owner) lock = NULL;

	if (!g_file_test(path, G_FILE_TEST_IS_DIR))
		return true;
	lock = kernel_lock(conf, "removing the kernels", progress, error);
	return lock && folder_remove(path, error);
}

guint64 kernel_size(const struct conf *conf)
{
	g_autofree char *path = kernel_path(conf, "");

	return folder_size(path);
}
