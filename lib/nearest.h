/* SPDX-License-Identifier: GPL-2.0-only */
/* "Did you mean …": the known word nearest to a mistyped one. */
#ifndef LIB_NEAREST_H
#define LIB_NEAREST_H

#include <glib.h>

/*
 * Letters to insert, drop, change or swap with a neighbour to get from @a to
 * @b (optimal string alignment). Words beyond 63 bytes count as far apart.
 */
guint nearest_distance(const char *a, const char *b);

/*
 * The one of @words (NULL-terminated) that @word was most likely meant to be,
 * or NULL when none is near: at most a third of its letters differ, and two
 * are always too many in a word of three.
 */
const char *nearest_word(const char *word, const char *const *words);

#endif /* LIB_NEAREST_H */
