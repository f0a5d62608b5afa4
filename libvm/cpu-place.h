/* SPDX-License-Identifier: GPL-2.0-only */
/* Where in the modules under test a CPU of the guest is. */
#ifndef LIBVM_CPU_PLACE_H
#define LIBVM_CPU_PLACE_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/finding.h"
#include "libvm/sections.h"
#include "libvm/symbols.h"

/*
 * Pure: of the traces of CPUs in @text ("NMI backtrace for cpu 0" and its like, with or
 * without the log's time) the first frame that is in one of @modules (struct module) and
 * no guess; NULL: there is none. *@ret_task, to be freed: what ran there, or NULL.
 */
struct frame *cpu_place_in_trace(const char *text, const GPtrArray *modules, char **ret_task);

/*
 * "nc_exit+0x14 [nc] at nc.c:354" of @address, with @placed (struct placed) as they lie in
 * memory, or NULL; without @symbols (may be NULL) ".exit.text+0x14 [nc]". @is_return: a
 * call returns there. *@ret_function (may be NULL), to be freed: the same without the offset.
 */
char *cpu_place_at(const GPtrArray *placed, struct symbols *symbols, guint64 address, bool is_return,
		   char **ret_function);

/*
 * The innermost address on the stack at @stack that a direct call in a text section of @placed
 * returns to; 0: there is none. @read as sections_follow() has it.
 */
guint64 cpu_place_caller(const GPtrArray *placed, struct symbols *symbols, guint64 stack,
			 sections_read_fn read, void *data);

#endif /* LIBVM_CPU_PLACE_H */
