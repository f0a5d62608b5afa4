/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the guest's kernel has what is needed to find modules in its memory: from
 * /proc/kallsyms, asked once a boot and kept in run.json.
 */
#ifndef LIBVM_KALLSYMS_H
#define LIBVM_KALLSYMS_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "libvm/guest.h"

struct kallsyms {
	guint64 modules;	/* the head of the list of modules; 0 = not known */
	guint64 do_init_module;	/* called with a struct module before its init runs; 0 = not known */
};

/* Shell text that prints their lines. */
extern const char kallsyms_script[];

/* Pure: from lines "ffffffff81234567 t NAME", others among them. */
void kallsyms_parse(const char *text, struct kallsyms *ret);

/* From the guest; false, with *@ret all 0, when it does not tell. */
bool kallsyms_ask(struct guest *guest, struct kallsyms *ret, GError **error);

/* As the member "symbols" of an object, such as run.json's. */
void kallsyms_put(JsonObject *object, const struct kallsyms *symbols);
void kallsyms_get(JsonObject *object, struct kallsyms *ret);

/* Into the run.json of @conf's VM. */
bool kallsyms_save(const struct conf *conf, const struct kallsyms *symbols, GError **error);

#endif /* LIBVM_KALLSYMS_H */
