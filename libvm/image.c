// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/image.h"

#include "lib/fault.h"
#include "libvm/checksum.h"
#include "libvm/cloud.h"
#include "libvm/debian.h"
#include "libvm/download.h"
#include "libvm/store.h"

typedef bool (*make_fn)(const struct conf *conf, const char *spec, const char *work,
			struct image *image, const struct progress *progress, GError **error);

static bool make_debian(const struct conf *conf, const char *spec, const char *work,
			struct image *image, const struct progress *progress, GError **error)
{
	return debian_make(conf, work, image, progress, error);
}

static make_fn maker(const char *spec)
{
	if (g_str_equal(spec, DEBIAN_NAME))
		return make_debian;
	if (cloud_find(spec))
		return cloud_fetch_known;
	if (g_str_has_prefix(spec, "http://") || g_str_has_prefix(spec, "https://"))
		return cloud_fetch_url;
	return cloud_import_file;
}

static struct image *make(const struct conf *conf, const char *spec,
			  const struct progress *progress, GError **error)
{
	g_autofree char *work = store_work_dir(conf, error);
	struct image image = { NULL }, *made = NULL;

	if (!work)
		return NULL;
	if (maker(spec)(conf, spec, work, &image, progress, error) &&
	    store_commit(conf, work, &image, error))
		made = store_find(conf, image.name, error);
	store_remove_tree(work, NULL);
	image_clear(&image);
	return made;
}

static struct image *find_current(const struct conf *conf, const char *spec, GError **error)
{
	if (store_outdated(conf, spec)) {
		fault_set(error, LAB_ERROR_LAB, "the file has changed");
		return NULL;
	}
	return store_find(conf, spec, error);
}

/* From the cache, or made under its lock. */
static struct image *ensure(const struct conf *conf, const char *spec,
			    const struct progress *progress, GError **error)
{
	g_autofree char *purpose = g_strdup_printf("making the image %s", spec);
	g_autoptr(lock_owner) lock = NULL;
	g_autoptr(GError) cause = NULL;
	struct image *image = find_current(conf, spec, &cause);

	if (image)
		return image;
	lock = store_lock(conf, purpose, progress, error);
	if (!lock)
		return NULL;
	/* Whoever held the lock may have made it. */
	g_clear_error(&cause);
	image = find_current(conf, spec, &cause);
	if (image)
		return image;
	if (cause)
		progress_note(progress, "Making the image %s anew: %s", spec, cause->message);
	return make(conf, spec, progress, error);
}

struct image *image_ensure(const struct conf *conf, const char *spec,
			   const struct progress *progress, GError **error)
{
	g_autoptr(GError) cause = NULL;
	struct image *image;

	if (spec)
		return ensure(conf, spec, progress, error);
	image = store_find(conf, CLOUD_DEFAULT, NULL);
	if (!image)
		image = store_find(conf, DEBIAN_NAME, NULL);
	if (!image)
		image = ensure(conf, CLOUD_DEFAULT, progress, &cause);
	if (image)
		return image;
	if (!g_error_matches(cause, DOWNLOAD_ERROR, DOWNLOAD_ERROR_UNREACHABLE)) {
		g_propagate_error(error, g_steal_pointer(&cause));
		return NULL;
	}
	progress_note(progress, "%s: taking the image 'debian' instead", cause->message);
	return ensure(conf, DEBIAN_NAME, progress, error);
}

struct image *image_load(const struct conf *conf, const char *name_or_id, GError **error)
{
	g_autoptr(GError) cause = NULL;
	struct image *image = store_find(conf, name_or_id, &cause);

	if (image)
		return image;
	if (cause)
		g_propagate_error(error, g_steal_pointer(&cause));
	else
		fault_set(error, LAB_ERROR_LAB,
			  "the image %s is not in the cache %s; is that the right one? 'vexvm clean --vm' and "
			  "'vexvm setup' make the VM anew", name_or_id, conf->cache_dir);
	return NULL;
}

GPtrArray *image_list(const struct conf *conf, GError **error)
{
	return store_list(conf, error);
}

bool image_verify(const struct image *image, const struct progress *progress, GError **error)
{
	g_autofree char *sum = NULL;

	if (!image->sum) {
		progress_note(progress, "%s was made here: its size and time are as recorded, there is no "
			      "published sum to compare with", image->name);
		return true;
	}
	sum = checksum_file(image->disk, progress, error);
	if (!sum)
		return false;
	if (g_str_equal(sum, image->sum))
		return true;
	return fault_set(error, LAB_ERROR_LAB,
			 "the disk of the image %s has changed; 'vexvm image remove %s' removes it, "
			 "'vexvm setup' makes it anew", image->name, image->id);
}

bool image_remove(const struct conf *conf, const char *name_or_id, GError **error)
{
	g_autoptr(lock_owner) lock = store_lock(conf, "removing an image", NULL, error);

	return lock && store_remove(conf, name_or_id, error);
}
