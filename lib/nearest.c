// SPDX-License-Identifier: GPL-2.0-only
#include "lib/nearest.h"

#include <string.h>

#define WORD_MAX 63

guint nearest_distance(const char *a, const char *b)
{
	guint rows[3][WORD_MAX + 1];
	size_t na = strlen(a), nb = strlen(b);

	if (na > WORD_MAX || nb > WORD_MAX)
		return G_MAXUINT;
	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = (guint)j;
	for (size_t i = 1; i <= na; i++) {
		guint *row = rows[i % 3];
		const guint *above = rows[(i - 1) % 3];
		const guint *second = rows[(i + 1) % 3];

		row[0] = (guint)i;
		for (size_t j = 1; j <= nb; j++) {
			guint change = above[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = MIN(change, MIN(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = MIN(row[j], second[j - 2] + 1);
		}
	}
	return rows[na % 3][nb];
}

const char *nearest_word(const char *word, const char *const *words)
{
	guint limit = (guint)MAX(strlen(word) / 3, 1);
	const char *nearest = NULL;

	for (; *words; words++) {
		guint distance = nearest_distance(word, *words);

		if (distance > limit)
			continue;
		nearest = *words;
		if (distance == 0)
			break;
		limit = distance - 1;
	}
	return nearest;
}
