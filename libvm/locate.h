/* SPDX-License-Identifier: GPL-2.0-only */
/* Findings get the lines of the developer's source that they are about. */
#ifndef LIBVM_LOCATE_H
#define LIBVM_LOCATE_H

#include "libvm/finding.h"
#include "libvm/symbols.h"

/*
 * Sets place and inlined of those frames of @finding's trace that @symbols knows, and file,
 * file_line and excerpt (LOCATE_AROUND lines before and behind, of a file below
 * @home) by the frame that is to blame. What is not known stays as it is. An excerpt
 * of a file that is newer than the object begins with a line that says so.
 */
#define LOCATE_AROUND 2
void locate_finding(struct finding *finding, struct symbols *symbols, const char *home);

#endif /* LIBVM_LOCATE_H */
