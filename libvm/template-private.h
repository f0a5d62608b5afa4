/* SPDX-License-Identifier: GPL-2.0-only */
/* What template.c and template-make.c share. */
#ifndef LIBVM_TEMPLATE_PRIVATE_H
#define LIBVM_TEMPLATE_PRIVATE_H

#include "lib/lock.h"
#include "libvm/template.h"

#define TEMPLATE_MANIFEST "template.json"
#define TEMPLATE_OWNER "owner"	/* in a folder of shared memory: a link to its cache's templates */

/* CACHE/templates, the link in it to @conf's VM's, and that one's name: 16 hex digits. */
char *template_home(const struct conf *conf);
char *template_link(const struct conf *conf);
char *template_key(const struct conf *conf);

/* Held while templates of @conf's VM come and go. */
struct lock *template_lock(const struct conf *conf, const char *purpose,
			   const struct progress *progress, GError **error);

/*
 * This user's folder of shared memory, and in it the one of this cache. Neither
 * need be there. $VEXVM_SHM is taken for /dev/shm.
 */
char *template_shm_root(void);
char *template_shm(const struct conf *conf);

/* template-clean.c. With the lock of @conf's VM: */

/* Removes the template @name ("KEY-N"), half made or whole. */
void template_discard(const struct conf *conf, const char *name);

/*
 * Removes this VM's templates but @kept (may be NULL), those whose VM or cache
 * is gone, and others until TEMPLATE_BYTES_MAX is kept to.
 */
void template_keep(const struct conf *conf, const char *kept, const struct progress *progress);

/* All that a template of @conf's VM depends on. */
char *template_manifest(const struct conf *conf, const struct probe *probe,
			const struct image *image);

/* Size and time of a file, "SIZE TIME" (bytes, nanoseconds); "" when it is not there. */
char *template_mark(const char *path);

/* Fills @folder with a template but for its template.json. With the lock. Sets taint and symbols. */
bool template_make(const struct conf *conf, const struct probe *probe, const struct image *image,
		   const char *folder, const char *ram, struct template *ret,
		   const struct progress *progress, GError **error);

#endif /* LIBVM_TEMPLATE_PRIVATE_H */
