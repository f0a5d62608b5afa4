/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The JSON files in a VM's state folder: vm.json (what it was made with) and
 * run.json (what runs). Written whole, by rename.
 */
#ifndef LIBVM_STATE_H
#define LIBVM_STATE_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "libvm/conf.h"

#define STATE_VM "vm.json"
#define STATE_RUN "run.json"

/*
 * The object in state_dir/@name. NULL without an error when there is no such
 * file, with LAB_ERROR_LAB when it is damaged. To be freed with
 * json_object_unref().
 */
JsonObject *state_load(const struct conf *conf, const char *name, GError **error);

/* Writes it, making the folder. Takes no reference. */
bool state_save(const struct conf *conf, const char *name, JsonObject *object, GError **error);

/* Removes it; that it was not there is no failure. */
void state_remove(const struct conf *conf, const char *name);

/* Members with a default, whatever type the file has there. */
const char *state_string(JsonObject *object, const char *name, const char *fallback);
gint64 state_int(JsonObject *object, const char *name, gint64 fallback);
bool state_bool(JsonObject *object, const char *name, bool fallback);
/* The object's or array's own, not to be freed; NULL when it is none. */
JsonObject *state_object(JsonObject *object, const char *name);
JsonArray *state_array(JsonObject *object, const char *name);

/* Loads @name, sets one boolean, saves. */
bool state_set_bool(const struct conf *conf, const char *name, const char *member, bool value,
		    GError **error);

#endif /* LIBVM_STATE_H */
