/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * STATE_DIR/runs/YYYYMMDD-HHMMSS-NNN: one test run's evidence. A run is over
 * when its folder has result.json; one without is of a vexvm that was killed.
 */
#ifndef LIBVM_RUN_FOLDER_H
#define LIBVM_RUN_FOLDER_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "lib/lock.h"
#include "lib/progress.h"
#include "libvm/conf.h"

#define RUN_FOLDERS_KEPT 20
#define RUN_RESULT "result.json"
#define RUN_LATEST "latest"	/* a symbolic link beside them */

/* The lock on the VM's runs; waits for its holder. */
struct lock *run_folder_lock(const struct conf *conf, const char *purpose,
			     const struct progress *progress, GError **error);

/*
 * Makes the folder of a new run, removing those of killed runs and all but
 * the newest. The caller holds run_folder_lock(). Returns its path.
 */
char *run_folder_new(const struct conf *conf, GError **error);

/* LAB_ERROR_USAGE, naming its process, while there is a run. */
bool run_folder_is_idle(const struct conf *conf, GError **error);

/* The paths of all of them, newest first, as strings that are freed with the array. */
GPtrArray *run_folder_list(const struct conf *conf);

/* The folder that they lie in, and the removal of all of it, which waits for a run under way. */
char *run_folder_all(const struct conf *conf);
bool run_folder_clear(const struct conf *conf, const struct progress *progress, GError **error);

/* Points `latest` at it, by rename. */
bool run_folder_publish(const char *folder, GError **error);

/*
 * Copies the file @from from the offset @start on to @to; of one with more than
 * 2 * RUN_KEPT_PART bytes the first and the last ones, and a line in between.
 * What cannot be read or written is left out: evidence is no condition.
 */
#define RUN_KEPT_PART (8 << 20)
void run_folder_keep(const char *from, off_t start, const char *to);

/*
 * Appends the file @from to @to; as much as can be, up to RUN_MERGED_MAX bytes in all. Where
 * there is no @from, no @to comes to be.
 */
#define RUN_MERGED_MAX (64 << 20)
void run_folder_append(const char *from, const char *to);

/* Pure: whether @name is such a folder's. */
bool run_folder_is_name(const char *name);

#endif /* LIBVM_RUN_FOLDER_H */
