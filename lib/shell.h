/* SPDX-License-Identifier: GPL-2.0-only */
/* Words for a shell. */
#ifndef LIB_SHELL_H
#define LIB_SHELL_H

/* @word so that a shell takes it as it is, with quotes where it needs them. To be freed. */
char *shell_word(const char *word);

#endif /* LIB_SHELL_H */
