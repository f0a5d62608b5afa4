// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/store.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "lib/fault.h"
#include "lib/folder.h"
#include "lib/program.h"
#include "libvm/kernel.h"
#include "libvm/state.h"

#define REMOVE_LIMIT_MS 600000
#define MANIFEST "image.json"

static char *store_path(const struct conf *conf, const char *folder, const char *name)
{
	return g_build_filename(conf->cache_dir, folder, name, NULL);
}

bool store_remove_tree(const char *path, GError **error)
{
	/* What mmdebstrap made as a user belongs to users of that one's range. */
	const char *const mapped[] = { "unshare", "--map-root-user", "--map-auto", "rm", "-rf",
				       "--one-file-system", "--", path, NULL };
	g_autoptr(GError) cause = NULL;

	if (folder_remove(path, &cause))
		return true;
	if (geteuid() != 0 && program_check(mapped, REMOVE_LIMIT_MS, NULL, NULL))
		return true;
	g_propagate_error(error, g_steal_pointer(&cause));
	return false;
}

static void remove_leftovers(const struct conf *conf)
{
	g_autofree char *path = store_path(conf, "images", NULL);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *left = g_build_filename(path, name, NULL);

		if (g_str_has_prefix(name, "tmp-"))
			store_remove_tree(left, NULL);
	}
}

struct lock *store_lock(const struct conf *conf, const char *purpose,
			const struct progress *progress, GError **error)
{
	g_autofree char *path = g_build_filename(conf->cache_dir, "lock", NULL);
	struct lock *lock = lock_wait(path, purpose, progress, error);

	if (lock)
		remove_leftovers(conf);
	return lock;
}

char *store_work_dir(const struct conf *conf, GError **error)
{
	g_autofree char *images = store_path(conf, "images", NULL);
	g_autofree char *template = g_build_filename(images, "tmp-XXXXXX", NULL);

	if (g_mkdir_with_parents(images, 0755) < 0 || !g_mkdtemp_full(template, 0755)) {
		fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make a folder in %s", images);
		return NULL;
	}
	return g_steal_pointer(&template);
}

struct member {
	const char *name;
	size_t offset;
	bool is_path;
};

static const struct member members[] = {
	{ "name", offsetof(struct image, name) },
	{ "id", offsetof(struct image, id) },
	{ "disk", offsetof(struct image, disk), true },
	{ "format", offsetof(struct image, format) },
	{ "kernel", offsetof(struct image, kernel), true },
	{ "initrd", offsetof(struct image, initrd), true },
	{ "root", offsetof(struct image, root) },
	{ "release", offsetof(struct image, release) },
	{ "kernel_release", offsetof(struct image, kernel_release) },
	{ "sum", offsetof(struct image, sum) },
	{ "sysroot", offsetof(struct image, sysroot), true },
};

static char **member_of(const struct image *image, const struct member *m)
{
	return (char **)((char *)image + m->offset);
}

void image_clear(struct image *image)
{
	for (guint i = 0; i < G_N_ELEMENTS(members); i++)
		g_clear_pointer(member_of(image, &members[i]), g_free);
	g_clear_pointer(&image->built, kernel_free);
}

void image_free(struct image *image)
{
	if (!image)
		return;
	image_clear(image);
	g_free(image);
}

/* Size and time of the disk: an image whose disk has changed is none. */
static bool disk_mark(const char *path, gint64 *size, gint64 *mtime)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	*size = st.st_size;
	*mtime = st.st_mtim.tv_sec;
	return true;
}

static bool manifest_write(const char *work, const struct image *image, GError **error)
{
	g_autofree char *path = g_build_filename(work, MANIFEST, NULL);
	g_autofree char *disk = g_build_filename(work, image->disk, NULL);
	g_autoptr(JsonObject) object = json_object_new();
	g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
	g_autofree char *text = NULL;
	g_autoptr(GError) cause = NULL;
	gint64 size, mtime;

	chmod(disk, 0444);
	if (!disk_mark(disk, &size, &mtime))
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot read %s", disk);
	for (guint i = 0; i < G_N_ELEMENTS(members); i++)
		if (*member_of(image, &members[i]))
			json_object_set_string_member(object, members[i].name,
						      *member_of(image, &members[i]));
	json_object_set_int_member(object, "virtual_size", (gint64)image->virtual_size);
	json_object_set_boolean_member(object, "packages_included", image->packages_included);
	json_object_set_int_member(object, "disk_size", size);
	json_object_set_int_member(object, "disk_mtime", mtime);
	json_node_set_object(node, object);
	text = json_to_string(node, TRUE);
	return g_file_set_contents(path, text, -1, &cause) ||
	       fault_set(error, LAB_ERROR_LAB, "%s", cause->message);
}

static bool name_link(const struct conf *conf, const char *name, const char *id, GError **error)
{
	g_autofree char *escaped = g_uri_escape_string(name, NULL, FALSE);
	g_autofree char *path = store_path(conf, "names", escaped);
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *target = g_build_filename("..", "images", id, NULL);
	g_autofree char *temporary = g_strdup_printf("%s.%d", path, getpid());

	if (g_mkdir_with_parents(folder, 0755) == 0 &&
	    (unlink(temporary), symlink(target, temporary) == 0) && rename(temporary, path) == 0)
		return true;
	return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", path);
}

bool store_commit(const struct conf *conf, const char *work, const struct image *image,
		  GError **error)
{
	g_autofree char *final = store_path(conf, "images", image->id);
	g_autofree char *aside = g_strdup_printf("%s.gone", work);

	if (!manifest_write(work, image, error))
		return false;
	if (g_file_test(final, G_FILE_TEST_EXISTS) && rename(final, aside) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot replace %s", final);
	if (rename(work, final) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", final);
	store_remove_tree(aside, NULL);
	return name_link(conf, image->name, image->id, error);
}

static struct image *manifest_read(const char *folder, GError **error)
{
	g_autofree char *path = g_build_filename(folder, MANIFEST, NULL);
	g_autoptr(JsonParser) parser = json_parser_new();
	struct image *image;
	JsonObject *object;
	gint64 size, mtime;
	JsonNode *root;

	if (!json_parser_load_from_file(parser, path, NULL) ||
	    !(root = json_parser_get_root(parser)) || !JSON_NODE_HOLDS_OBJECT(root)) {
		fault_set(error, LAB_ERROR_LAB, "%s is damaged; 'vexvm clean --images' removes it", path);
		return NULL;
	}
	object = json_node_get_object(root);
	image = g_new0(struct image, 1);
	for (guint i = 0; i < G_N_ELEMENTS(members); i++) {
		const char *text = state_string(object, members[i].name, NULL);

		if (text)
			*member_of(image, &members[i]) = members[i].is_path ?
				g_build_filename(folder, text, NULL) : g_strdup(text);
	}
	image->virtual_size = (guint64)state_int(object, "virtual_size", 0);
	image->packages_included = state_bool(object, "packages_included", false);
	if (image->name && image->id && image->disk && image->format &&
	    disk_mark(image->disk, &size, &mtime) && size == state_int(object, "disk_size", -1) &&
	    mtime == state_int(object, "disk_mtime", -1))
		return image;
	fault_set(error, LAB_ERROR_LAB, "the image in %s is damaged or was changed; "
		  "'vexvm image remove %s' removes it, 'vexvm setup' makes it anew",
		  folder, image->id ? image->id : "ID");
	image_free(image);
	return NULL;
}

/* The folder of a name or an ID, or NULL. */
static char *folder_of(const struct conf *conf, const char *name_or_id)
{
	g_autofree char *escaped = g_uri_escape_string(name_or_id, NULL, FALSE);
	g_autofree char *link = store_path(conf, "names", escaped);
	g_autofree char *target = g_file_read_link(link, NULL);
	g_autofree char *id = target ? g_path_get_basename(target) : g_strdup(escaped);
	char *folder = store_path(conf, "images", id);

	/* "." and ".." are no images, and what is being made is none yet. */
	if (*id && *id != '.' && !g_str_has_prefix(id, "tmp-") && g_file_test(folder, G_FILE_TEST_IS_DIR))
		return folder;
	g_free(folder);
	return NULL;
}

struct image *store_find(const struct conf *conf, const char *name_or_id, GError **error)
{
	g_autofree char *folder = folder_of(conf, name_or_id);

	return folder ? manifest_read(folder, error) : NULL;
}

bool store_outdated(const struct conf *conf, const char *name)
{
	g_autofree char *escaped = g_uri_escape_string(name, NULL, FALSE);
	g_autofree char *link = store_path(conf, "names", escaped);
	struct stat made, file;

	if (lstat(link, &made) < 0 || stat(name, &file) < 0 || !S_ISREG(file.st_mode))
		return false;
	/* Another file put in its place may be older: the change counts, not the content's time. */
	return file.st_ctim.tv_sec > made.st_ctim.tv_sec ||
	       (file.st_ctim.tv_sec == made.st_ctim.tv_sec &&
		file.st_ctim.tv_nsec > made.st_ctim.tv_nsec);
}

GPtrArray *store_list(const struct conf *conf, GError **error)
{
	g_autofree char *path = store_path(conf, "images", NULL);
	GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)image_free);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *folder = g_build_filename(path, name, NULL);
		struct image *image = g_str_has_prefix(name, "tmp-") ? NULL :
				      manifest_read(folder, NULL);

		if (image)
			g_ptr_array_add(list, image);
	}
	return list;
}

bool store_remove(const struct conf *conf, const char *name_or_id, GError **error)
{
	g_autofree char *folder = folder_of(conf, name_or_id);
	g_autofree char *escaped = g_uri_escape_string(name_or_id, NULL, FALSE);
	g_autofree char *link = store_path(conf, "names", escaped);

	if (!folder)
		return fault_set(error, LAB_ERROR_USAGE, "there is no image '%s'; 'vexvm image list' shows all",
				 name_or_id);
	unlink(link);
	return store_remove_tree(folder, error);
}

bool store_clear(const struct conf *conf, const struct progress *progress, GError **error)
{
	static const char *const folders[] = { "names", "images", "downloads" };
	g_autoptr(lock_owner) lock = NULL;

	/* A folder that never was the cache is not made one. */
	if (!g_file_test(conf->cache_dir, G_FILE_TEST_IS_DIR))
		return true;
	lock = store_lock(conf, "removing all images", progress, error);
	for (guint i = 0; lock && i < G_N_ELEMENTS(folders); i++) {
		g_autofree char *path = store_path(conf, folders[i], NULL);

		if (!store_remove_tree(path, error))
			return false;
	}
	return lock != NULL;
}

guint64 store_size(const struct conf *conf)
{
	static const char *const folders[] = { "images", "downloads" };
	guint64 size = 0;

	for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
		g_autofree char *path = store_path(conf, folders[i], NULL);

		size += folder_size(path);
	}
	return size;
}

bool store_check_room(const char *dir, guint64 bytes, const char *what, GError **error)
{
	struct statvfs st;
	guint64 available;

	if (statvfs(dir, &st) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot look at %s", dir);
	available = (guint64)st.f_bavail * st.f_frsize;
	if (available >= bytes)
		return true;
	return fault_set(error, LAB_ERROR_LAB,
			 "%s needs %.1f GiB below %s, %.1f GiB are free; make room, or choose another "
			 "folder with --cache", what, (double)bytes / (1 << 30), dir,
			 (double)available / (1 << 30));
}
