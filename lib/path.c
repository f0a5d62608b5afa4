// SPDX-License-Identifier: GPL-2.0-only
#include "lib/path.h"

#include <string.h>

const char *path_below(const char *dir, const char *path)
{
	size_t length = strlen(dir);

	if (strncmp(path, dir, length) != 0 || (path[length] && path[length] != '/'))
		return NULL;
	return path + length + (path[length] == '/');
}
