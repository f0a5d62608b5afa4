/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lab's error domain. A code is the exit status that the program ends
 * with when the error reaches main, so that a verdict is decided where the
 * failure is understood and nowhere else.
 */
#ifndef LIB_FAULT_H
#define LIB_FAULT_H

#include <glib.h>
#include <stdbool.h>

#define LAB_ERROR (lab_error_quark())
GQuark lab_error_quark(void);

enum lab_error {
	LAB_ERROR_TEST = 1,	/* a test failed */
	LAB_ERROR_USAGE = 2,	/* command line or configuration */
	LAB_ERROR_BUILD = 3,	/* the module does not build */
	LAB_ERROR_LOAD = 4,	/* the module does not load or unload */
	LAB_ERROR_KERNEL = 5,	/* the guest's kernel reported a fault */
	LAB_ERROR_LEAK = 6,	/* something was left behind at unload */
	LAB_ERROR_TIMEOUT = 7,	/* hang or time limit */
	LAB_ERROR_LAB = 8,	/* the lab itself: image, boot, agent, disk */
};

/*
 * Sets @error (may be NULL) to @code with the formatted message and returns
 * false, so that a failing path is one statement:
 *	return fault_set(error, LAB_ERROR_LAB, "cannot read %s: %s", ...);
 * The message says what failed, why, and what to do next, with no full stop
 * and no line break.
 */
bool fault_set(GError **error, enum lab_error code, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

/* Like fault_set() for a failed system call: appends ": strerror(errnum)". */
bool fault_set_errno(GError **error, enum lab_error code, int errnum,
		     const char *format, ...) G_GNUC_PRINTF(4, 5);

/*
 * The exit status for @error: its code in the LAB_ERROR domain, 2 for GLib's
 * option errors, 8 for every other domain, 0 for NULL.
 */
int fault_exit_status(const GError *error);

#endif /* LIB_FAULT_H */
