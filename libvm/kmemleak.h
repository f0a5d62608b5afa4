/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kmemleak's file tells of modules that are gone (mm/kmemleak.c;
 * Documentation/dev-tools/kmemleak.rst). Pure; the text is the guest's and hostile.
 */
#ifndef LIBVM_KMEMLEAK_H
#define LIBVM_KMEMLEAK_H

#include <glib.h>

/*
 * @text has lines "section" as agent/audit.h writes them, of each load of the modules,
 * and kmemleak's reports. Of those that a module has to do with, the lines, each
 * report with "BUG: memory leak" before it: addresses of code that is gone are
 * "function+0xOFFSET/0xSIZE [module]" there, by @functions (struct audit_function).
 * An address of a module's that no load is known of stays as it is.
 * NULL-terminated.
 */
char **kmemleak_reports(const char *text, const GPtrArray *functions);

#endif /* LIBVM_KMEMLEAK_H */
