/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the configuration share: conf.c (the whole), conf-key.c (keys and
 * their values), conf-file.c (vexvm.conf), conf-place.c (folders).
 */
#ifndef LIBVM_CONF_PRIVATE_H
#define LIBVM_CONF_PRIVATE_H

#include "libvm/conf.h"

#define CONF_FILE "vexvm.conf"

/* Whether there is a section [@group]. */
bool conf_check_group(const char *group, GError **error);

/* Gives the values of all keys, which are another's, to @conf as copies. */
void conf_own_values(struct conf *conf);

/* Frees the values of all keys that own memory. */
void conf_clear_values(struct conf *conf);

/* Reads the file @path; @vm says whether its [vm] counts. */
bool conf_read_file(struct conf *conf, const char *path, bool vm, GError **error);

/* A name of what the lab keeps, a VM or a kernel: @length bytes, 1 to 32 of a-z, 0-9 and -. */
bool conf_word_is_valid(const char *word, gsize length);

/* Of a VM or a clone: NAME or NAME/CLONE. */
bool conf_name_is_valid(const char *name);

/* Sets root, and file where there is one, for a user in @dir (absolute); see conf_new(). */
void conf_find_root(struct conf *conf, const char *dir);

/* Sets cache_dir, state_dir and runtime_dir by root and name; refuses a clone that there is not. */
bool conf_find_places(struct conf *conf, GError **error);

#endif /* LIBVM_CONF_PRIVATE_H */
