/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIB_FILE_H
#define LIB_FILE_H

#include <glib.h>
#include <stdbool.h>

#include "lib/fault.h"

/*
 * Copies the file @from to @to, which is replaced and gets the permissions of a
 * new file, whatever @from has. A failure has @code.
 */
bool file_copy(const char *from, const char *to, enum lab_error code, GError **error);

#endif /* LIB_FILE_H */
