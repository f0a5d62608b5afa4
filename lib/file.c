// SPDX-License-Identifier: GPL-2.0-only
#include "lib/file.h"

#include <gio/gio.h>

bool file_copy(const char *from, const char *to, enum lab_error code, GError **error)
{
	g_autoptr(GFile) source = g_file_new_for_path(from), target = g_file_new_for_path(to);
	g_autoptr(GError) cause = NULL;

	return g_file_copy(source, target, G_FILE_COPY_OVERWRITE | G_FILE_COPY_TARGET_DEFAULT_PERMS,
			   NULL, NULL, NULL, &cause) ||
	       fault_set(error, code, "cannot copy %s: %s", from, cause->message);
}
