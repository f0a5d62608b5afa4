/* SPDX-License-Identifier: GPL-2.0-only */
/* What a single line of a kernel's report tells: the task, the CPU, the file. Pure. */
#ifndef LIBVM_OOPS_FACTS_H
#define LIBVM_OOPS_FACTS_H

#include "libvm/finding.h"

/* The task (comm, pid) and the CPU that @text names, where @finding has none yet. */
void facts_take(struct finding *finding, const char *text);

/*
 * The place in the kernel's source that @text names, where @finding has none yet:
 * "at FILE:LINE", "in FILE:LINE:COLUMN", "at FILE:LINE!".
 */
void facts_take_file(struct finding *finding, const char *text);

#endif /* LIBVM_OOPS_FACTS_H */
