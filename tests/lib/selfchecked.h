/* SPDX-License-Identifier: GPL-2.0-only */
/* What 'vexvm selfcheck' finds in the tests' tree (tests/lib/lab.h). */
#ifndef TESTS_LIB_SELFCHECKED_H
#define TESTS_LIB_SELFCHECKED_H

#include <json-glib/json-glib.h>

/*
 * Its JSON with @args behind it; fails the test unless it ends with @status within @limit_s
 * seconds. NULL where it printed none: the test has failed then. One that failed has its
 * controls shown as far as it came.
 */
JsonObject *selfchecked(const char *args, int status, guint limit_s);

/* Fails the test unless the detector or control is in the state @wanted, with a reason if it is not alive. */
void selfchecked_state(JsonObject *object, const char *wanted);

/*
 * Runs all controls with @args and fails the test unless each detector is alive but
 * those of @unarmed (NULL-terminated), and each control is but those that are not
 * armed for a reason that fits the regular expression @reasons.
 */
void selfchecked_all(const char *args, const char *const *unarmed, const char *reasons, guint limit_s);

#endif /* TESTS_LIB_SELFCHECKED_H */
