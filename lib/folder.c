// SPDX-License-Identifier: GPL-2.0-only
#include "lib/folder.h"

#include <errno.h>
#include <fts.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fault.h"

static void fts_closep(FTS **fts)
{
	if (*fts)
		fts_close(*fts);
}
#define auto_fts __attribute__((cleanup(fts_closep))) FTS *

static FTS *fts_at(const char *path)
{
	char *const paths[] = { (char *)path, NULL };

	return fts_open(paths, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
}

bool folder_is_private(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == getuid() &&
	       !(st.st_mode & 077);
}

guint64 folder_size(const char *path)
{
	auto_fts fts = fts_at(path);
	guint64 size = 0;
	FTSENT *entry;

	while (fts && (entry = fts_read(fts)))
		if (entry->fts_info != FTS_DP && entry->fts_info != FTS_NS)
			size += (guint64)entry->fts_statp->st_blocks * 512;
	return size;
}

static bool entry_remove(const FTSENT *entry, GError **error)
{
	const char *path = entry->fts_accpath;

	switch (entry->fts_info) {
	case FTS_D:
		/* What is below can be removed only when this may be written. */
		if ((entry->fts_statp->st_mode & 0700) != 0700)
			chmod(path, 0700);
		return true;
	case FTS_DNR:
		return fault_set_errno(error, LAB_ERROR_LAB, entry->fts_errno,
				       "cannot read %s", path);
	case FTS_DP:
		if (rmdir(path) == 0 || errno == ENOENT)
			return true;
		break;
	default:
		if (unlink(path) == 0 || errno == ENOENT)
			return true;
		break;
	}
	return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot remove %s", path);
}

bool folder_remove(const char *path, GError **error)
{
	auto_fts fts = fts_at(path);
	FTSENT *entry;

	if (!fts)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot read %s", path);
	while ((entry = fts_read(fts)))
		if (!entry_remove(entry, error))
			return false;
	return true;
}
