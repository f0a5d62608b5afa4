/* SPDX-License-Identifier: GPL-2.0-only */
/* Findings to text and JSON. */
#ifndef LIBVM_EXPLAIN_H
#define LIBVM_EXPLAIN_H

#include <json-glib/json-glib.h>

#include "libvm/build.h"
#include "libvm/oops.h"

/* A finding for people, several lines with a newline behind each. To be freed. */
char *explain_text(const struct finding *finding);

/*
 * {"findings": [{"class", "title", "function", "module", "file", "line", "excerpt", "test",
 * "hash", "first_line", "last_line", "cpu", "pid", "task", "count", "fatal",
 * "trace": [{"function", "module", "offset", "size", "reliable", "guilty", "place"}]}]};
 * what is not known is null.
 */
JsonNode *explain_to_json(const GPtrArray *findings);

/* "trace": [...] into the object that @b is in. */
void explain_add_trace(JsonBuilder *b, const struct finding *finding);

/* The run that keeps a log. */
struct explain_run {
	GPtrArray *modules;	/* the paths of the .ko in its folder, in order */
	struct build_tree tree;	/* inside and original alone; original NULL: it is not on this machine */
};

/* Of the file @log, by the result beside it; NULL where there is none. */
struct explain_run *explain_run_of(const char *log);
void explain_run_free(struct explain_run *run);
typedef struct explain_run explain_run_owner;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(explain_run_owner, explain_run_free)

#endif /* LIBVM_EXPLAIN_H */
