// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/program.h"
#include "libvm/plan.h"

#define QEMU_IMG_LIMIT_MS 120000

/* qemu-img's argument @size may be NULL: as large as what is below. */
static bool make_overlay(const char *path, const char *below, const char *format, const char *size,
			 GError **error)
{
	g_autofree char *temporary = g_strconcat(path, ".tmp", NULL);
	const char *const argv[] = { "qemu-img", "create", "-q", "-f", "qcow2", "-F", format,
				     "-b", below, temporary, size, NULL };

	unlink(temporary);
	if (!program_check(argv, QEMU_IMG_LIMIT_MS, NULL, error))
		return false;
	if (g_rename(temporary, path) == 0)
		return true;
	return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", path);
}

bool disk_overlay(const char *path, const char *below, GError **error)
{
	return make_overlay(path, below, "qcow2", NULL, error);
}

bool disk_scratch(const char *path, GError **error)
{
	/* A link there would be a guest's. */
	auto_fd fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, DISK_SCRATCH_BYTES) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", path);
	return true;
}

static bool make_scratch(const struct conf *conf, GError **error)
{
	g_autofree char *path = plan_state_path(conf, DISK_SCRATCH);

	return disk_scratch(path, error);
}

bool disk_create(const struct conf *conf, const struct image *image, GError **error)
{
	g_autofree char *disk = plan_state_path(conf, DISK_FILE);
	g_autofree char *old = plan_state_path(conf, DISK_PROVISIONED);
	g_autofree char *size = g_strdup_printf(
		"%" G_GUINT64_FORMAT, MAX(image->virtual_size, (guint64)conf->disk_gib << 30));

	unlink(old);
	return make_overlay(disk, image->disk, image->format, size, error) &&
	       make_scratch(conf, error);
}

bool disk_provisioned(const struct conf *conf, GError **error)
{
	g_autofree char *disk = plan_state_path(conf, DISK_FILE);
	g_autofree char *provisioned = plan_state_path(conf, DISK_PROVISIONED);

	if (g_rename(disk, provisioned) < 0 || g_chmod(provisioned, 0444) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", provisioned);
	return disk_reset(conf, error);
}

bool disk_reset(const struct conf *conf, GError **error)
{
	g_autofree char *disk = plan_state_path(conf, DISK_FILE);

	/* By name only: the project's folder may be moved. */
	return disk_overlay(disk, DISK_PROVISIONED, error) && make_scratch(conf, error);
}
