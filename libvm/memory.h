/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's memory by the kernel's addresses, and the modules found in it. */
#ifndef LIBVM_MEMORY_H
#define LIBVM_MEMORY_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "libvm/kallsyms.h"
#include "libvm/qmp.h"

/* A module that is loaded. */
struct placed {
	char *name, *file;	/* the .ko on the host */
	GPtrArray *names;	/* of its sections that were found, and */
	GArray *addresses;	/* where they lie (guint64) */
};

void placed_free(struct placed *placed);

/*
 * [{"name": …, "file": …, "sections": {".text": "0x…"}}] of an array of struct
 * placed. To be freed with json_array_unref().
 */
JsonArray *placed_array(const GPtrArray *modules);

/*
 * Those of @files (.ko, NULL-terminated) that are in the guest's memory, as an array
 * of struct placed. @folder is one where QEMU may write. No error: what cannot be
 * read is not found.
 */
GPtrArray *memory_find_modules(struct qmp *qmp, const struct kallsyms *symbols,
			       const char *const *files, const char *folder);

/* A sections_read_fn: @data is a struct memory_of_cpu, whose CPU's page tables are tried first. */
struct memory_of_cpu {
	struct qmp *qmp;
	const char *folder;	/* one where QEMU may write */
	guint cpu;
	gint64 deadline;	/* of all that is read; g_get_monotonic_time() */
};
bool memory_read(void *data, guint64 address, void *buf, gsize size);

#endif /* LIBVM_MEMORY_H */
