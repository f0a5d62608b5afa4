/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Texts of Kconfig's .config format: lines "CONFIG_NAME=value", "# CONFIG_NAME is not
 * set", comments. Pure.
 */
#ifndef LIBVM_KCONFIG_H
#define LIBVM_KCONFIG_H

#include <glib.h>

/*
 * @base with the settings of @more (may be NULL), which count where both set an
 * option. One line each, in the order in which options first appear, without
 * comments and empty lines.
 */
char *kconfig_merge(const char *base, const char *more);

/*
 * The settings of @wanted that @config does not have, as @wanted writes them; what
 * is wanted as "not set" may also be absent. NULL-terminated, empty when all are there.
 */
char **kconfig_missing(const char *wanted, const char *config);

#endif /* LIBVM_KCONFIG_H */
