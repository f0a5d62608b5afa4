/* SPDX-License-Identifier: GPL-2.0-only */
/* A few lines on stdout that are rewritten in place; line by line where that cannot be. */
#ifndef VEXVM_SCREEN_H
#define VEXVM_SCREEN_H

#include <glib.h>

struct screen {
	guint drawn;		/* lines that stand there */
};

/*
 * Puts @lines (NULL-terminated) in place of what was drawn last, each cut to the
 * terminal's width. Nothing on what is no terminal.
 */
void screen_draw(struct screen *screen, char *const *lines);

/* Leaves what is drawn; what comes goes below. */
void screen_leave(struct screen *screen);

#endif /* VEXVM_SCREEN_H */
