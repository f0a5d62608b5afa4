/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What modules left behind in the kernel, from what the agent saw before they were
 * loaded and after they were unloaded (agent/audit.h). Pure; the lines are the guest's
 * and hostile. docs/dev/audit.md says what is seen and what is not.
 */
#ifndef LIBVM_AUDIT_H
#define LIBVM_AUDIT_H

#include <glib.h>

#include "libvm/audit-code.h"
#include "libvm/finding.h"
#include "libvm/leak.h"

#define AUDIT_LEAKS_MAX 100	/* more are not told apart */

/*
 * @text is the agent's: "KIND<TAB>NAME<TAB>DETAIL<TAB>BEFORE<TAB>NOW" a line, and
 * lines "section" and "thread" of what was known of the modules while they were
 * there. Other lines are passed over. @functions (struct audit_function) are those
 * of the modules that were tested, @needs (NULL-terminated, may be NULL) the modules
 * that they use. Elements are struct leak, those first that tell most.
 */
GPtrArray *audit_compare(const char *text, const GPtrArray *functions, const char *const *needs);

/*
 * Takes out of @leaks slab objects of caches that @findings (struct finding) tell a corruption
 * of: SLUB takes such memory out of use, and nobody can free it any more. How many they were.
 */
guint audit_drop_spoilt(GPtrArray *leaks, const GPtrArray *findings);

#endif /* LIBVM_AUDIT_H */
