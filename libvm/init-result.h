/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A positive number that a module's init returned. The kernel tells of it once init has
 * gone: its trace is of itself, and whose it is stands in the line alone. Pure.
 */
#ifndef LIBVM_INIT_RESULT_H
#define LIBVM_INIT_RESULT_H

#include <stdbool.h>

#include "libvm/finding.h"

#define INIT_RESULT_CLASS "init-result"
/* What each module's init is in its symbol table, whatever name it has besides. */
#define INIT_RESULT_SYMBOL "init_module"

/*
 * @finding's module and function become those of the line, without the kernel's own trace;
 * no test's, as each load tells it. False: it is none of that class, or its line says nothing.
 */
bool init_result_blame(struct finding *finding);

/* The function is called @name: so says the title. */
void init_result_name(struct finding *finding, const char *name);

#endif /* LIBVM_INIT_RESULT_H */
