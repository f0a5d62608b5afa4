// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/cloud.h"

#include <errno.h>
#include <fcntl.h>
#include <json-glib/json-glib.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/program.h"
#include "libvm/checksum.h"
#include "libvm/download.h"
#include "libvm/state.h"
#include "libvm/store.h"

#define QEMU_IMG_LIMIT_MS 1800000
#define IMAGE_MAX (16ull << 30)		/* bytes */
#define SUMS_MAX (1 << 20)

struct known {
	const char *name;
	const char *base;	/* the folder it is published in */
	const char *base_env;	/* names another one: a mirror */
	const char *file;
	const char *sums, *signature;
	const char *keyring;	/* where the distribution's package puts it */
	const char *release;
};

/* Published by the distribution: "Release" folders hold files of fixed names. */
static const struct known known[] = {
	{ CLOUD_DEFAULT, "https://cloud-images.ubuntu.com/releases/jammy/release",
	  "VEXVM_UBUNTU_URL", "ubuntu-22.04-server-cloudimg-amd64.img", "SHA256SUMS",
	  "SHA256SUMS.gpg", "/usr/share/keyrings/ubuntu-cloudimage-keyring.gpg",
	  "Ubuntu 22.04 LTS" },
};

static const struct known *lookup(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(known); i++)
		if (g_str_equal(known[i].name, name))
			return &known[i];
	return NULL;
}

bool cloud_find(const char *name)
{
	return lookup(name) != NULL;
}

/* Where a download grows: outside the work folder, so that it can be resumed. */
static char *part_path(const struct conf *conf, const char *url, GError **error)
{
	g_autofree char *folder = g_build_filename(conf->cache_dir, "downloads", NULL);
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, url, -1);

	sum[16] = '\0';
	if (g_mkdir_with_parents(folder, 0755) == 0)
		return g_strdup_printf("%s/%s.part", folder, sum);
	fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", folder);
	return NULL;
}

static void part_remove(const char *part)
{
	g_autofree char *validator = g_strconcat(part, ".validator", NULL);

	unlink(part);
	unlink(validator);
}

static bool fetch(const char *url, const char *path, guint64 max, const char *what,
		  const struct progress *progress, GError **error)
{
	const struct download download = { .url = url, .path = path, .what = what, .max_size = max };

	return download_run(&download, progress, error);
}

/* What qemu-img tells of a disk; refuses one that reaches for other files. */
static bool inspect(const char *path, char **format, guint64 *virtual_size, GError **error)
{
	const char *const argv[] = { "qemu-img", "info", "--output=json", path, NULL };
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autofree char *text = NULL;
	JsonObject *info;

	if (!program_check(argv, QEMU_IMG_LIMIT_MS, &text, error))
		return false;
	if (!json_parser_load_from_data(parser, text, -1, error))
		return false;
	info = json_node_get_object(json_parser_get_root(parser));
	*format = g_strdup(state_string(info, "format", "?"));
	*virtual_size = (guint64)state_int(info, "virtual-size", 0);
	if (json_object_has_member(info, "backing-filename") || strstr(text, "\"data-file\""))
		return fault_set(error, LAB_ERROR_LAB,
				 "%s is made of several files; flatten it with 'qemu-img convert' first",
				 path);
	if (!g_str_equal(*format, "qcow2") && !g_str_equal(*format, "raw"))
		return fault_set(error, LAB_ERROR_LAB,
				 "%s has the format %s; qcow2 and raw are understood", path, *format);
	if (*virtual_size == 0 || *virtual_size % 512)
		return fault_set(error, LAB_ERROR_LAB, "%s is no disk image", path);
	return true;
}

/* Everything is a raw disk; one that a PC can boot from ends its first sector with 55 AA. */
static bool check_raw(const char *path, const char *format, const char *name, GError **error)
{
	auto_fd fd = g_str_equal(format, "raw") ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	guint8 sector[512];

	if (!g_str_equal(format, "raw") ||
	    (fd >= 0 && pread(fd, sector, sizeof(sector), 0) == sizeof(sector) &&
	     sector[510] == 0x55 && sector[511] == 0xaa))
		return true;
	return fault_set(error, LAB_ERROR_LAB,
			 "%s is no disk image: it is no qcow2, and has no boot sector; give another", name);
}

static bool check_damage(const char *path, const char *format, GError **error)
{
	const char *const argv[] = { "qemu-img", "check", "-q", path, NULL };

	if (!g_str_equal(format, "qcow2") || program_check(argv, QEMU_IMG_LIMIT_MS, NULL, error))
		return true;
	g_prefix_error(error, "%s is damaged: ", path);
	return false;
}

/* Fills @image from the finished file "disk" in @work. */
static bool describe(const char *work, const char *name, const char *release, struct image *image,
		     const struct progress *progress, GError **error)
{
	g_autofree char *disk = g_build_filename(work, "disk", NULL);

	if (!inspect(disk, &image->format, &image->virtual_size, error) ||
	    !check_raw(disk, image->format, name, error) || !check_damage(disk, image->format, error) ||
	    !(image->sum = checksum_file(disk, progress, error)))
		return false;
	image->name = g_strdup(name);
	image->id = g_strndup(image->sum, 16);
	image->disk = g_strdup("disk");
	image->release = g_strdup(release);
	return true;
}

/* The published sum of @k's file, out of a list whose signature is checked. */
static char *published_sum(const struct known *k, const char *base, const char *work,
			   const struct progress *progress, GError **error)
{
	g_autofree char *sums_url = g_strdup_printf("%s/%s", base, k->sums);
	g_autofree char *signature_url = g_strdup_printf("%s/%s", base, k->signature);
	g_autofree char *sums = g_build_filename(work, "SHA256SUMS", NULL);
	g_autofree char *signature = g_build_filename(work, "SHA256SUMS.gpg", NULL);
	g_autofree char *text = NULL;
	char *sum;

	if (!fetch(sums_url, sums, SUMS_MAX, "Downloading the checksums", progress, error))
		return NULL;
	if (!g_file_test(k->keyring, G_FILE_TEST_EXISTS))
		progress_note(progress, "%s is not there: the signature of the checksums is not verified",
			      k->keyring);
	else if (!fetch(signature_url, signature, SUMS_MAX, "Downloading the signature", progress,
			error) ||
		 !checksum_verify_signature(sums, signature, k->keyring, error))
		return NULL;
	g_file_get_contents(sums, &text, NULL, NULL);
	sum = checksum_find(text ? text : "", k->file);
	if (!sum)
		fault_set(error, LAB_ERROR_LAB, "%s does not list %s; the publisher has changed something",
			  sums_url, k->file);
	return sum;
}

/* A wrong file goes, so that the next run begins anew. */
static bool check_sum(const char *part, const char *expected, const struct progress *progress,
		      GError **error)
{
	g_autofree char *sum = checksum_file(part, progress, error);

	if (!sum)
		return false;
	if (g_str_equal(sum, expected))
		return true;
	part_remove(part);
	return fault_set(error, LAB_ERROR_LAB,
			 "the downloaded image is not the published one (SHA-256 %s, published %s); it was "
			 "removed, run again", sum, expected);
}

static bool adopt(const char *part, const char *work, GError **error)
{
	g_autofree char *disk = g_build_filename(work, "disk", NULL);

	if (rename(part, disk) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", disk);
	part_remove(part);
	return true;
}

bool cloud_fetch_known(const struct conf *conf, const char *spec, const char *work,
		       struct image *image, const struct progress *progress, GError **error)
{
	const struct known *k = lookup(spec);
	const char *other = g_getenv(k->base_env);
	const char *base = other && *other ? other : k->base;
	g_autofree char *url = g_strdup_printf("%s/%s", base, k->file);
	g_autofree char *part = part_path(conf, url, error);
	g_autofree char *expected = NULL;

	if (!part || !(expected = published_sum(k, base, work, progress, error)))
		return false;
	return fetch(url, part, IMAGE_MAX, "Downloading the image", progress, error) &&
	       check_sum(part, expected, progress, error) && adopt(part, work, error) &&
	       describe(work, k->name, k->release, image, progress, error);
}

bool cloud_fetch_url(const struct conf *conf, const char *spec, const char *work,
		     struct image *image, const struct progress *progress, GError **error)
{
	g_autofree char *part = part_path(conf, spec, error);

	if (!part)
		return false;
	progress_note(progress, "Nothing says what %s should be: it is taken as it comes", spec);
	return fetch(spec, part, IMAGE_MAX, "Downloading the image", progress, error) &&
	       adopt(part, work, error) && describe(work, spec, NULL, image, progress, error);
}

bool cloud_import_file(const struct conf *conf, const char *spec, const char *work,
		       struct image *image, const struct progress *progress, GError **error)
{
	g_autofree char *path = g_canonicalize_filename(
		g_str_has_prefix(spec, "file://") ? spec + strlen("file://") : spec, NULL);
	g_autofree char *disk = g_build_filename(work, "disk", NULL);
	const char *const argv[] = { "cp", "--reflink=auto", "--sparse=always", "--", path, disk,
				     NULL };
	g_autofree char *format = NULL;
	guint64 size;

	if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
		return fault_set(error, LAB_ERROR_USAGE,
				 "there is no image '%s'; give debian, ubuntu-22.04, an address or a file",
				 spec);
	return inspect(path, &format, &size, error) &&
	       program_check(argv, QEMU_IMG_LIMIT_MS, NULL, error) &&
	       describe(work, spec, NULL, image, progress, error);
}
