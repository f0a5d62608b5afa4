/* SPDX-License-Identifier: GPL-2.0-only */
/* Findings and leaks get the lines of the developer's source that they are about. */
#ifndef LIBVM_LOCATE_H
#define LIBVM_LOCATE_H

#include "libvm/leak.h"
#include "libvm/build.h"
#include "libvm/finding.h"
#include "libvm/symbols.h"

/* For the modules (struct module) that were built in @tree. To be freed. */
struct symbols *locate_symbols(const struct build_tree *tree, const GPtrArray *modules);

/*
 * Sets place and inlined of those frames of @finding's trace that @symbols knows, and file,
 * file_line and excerpt (LOCATE_AROUND lines before and behind, of a file below
 * @home) by the frame that is to blame. What is not known stays as it is. An excerpt
 * of a file that is newer than the object begins with a line that says so.
 */
#define LOCATE_AROUND 2
void locate_finding(struct finding *finding, struct symbols *symbols, const char *home);

/* File names that the kernel knows of @tree, in what it said of @finding, become the developer's. */
void locate_map(struct finding *finding, const struct build_tree *tree);

/*
 * Sets file and line of @leak: of the call that made it, of the thread's or timer's
 * function, or of the object that it is in. What is not known stays NULL.
 */
void locate_leak(struct leak *leak, struct symbols *symbols);

#endif /* LIBVM_LOCATE_H */
