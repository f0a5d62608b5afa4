/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON read with suspicion, and members of the JSON object that a JsonBuilder is in: the
 * name and the value at once.
 */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <json-glib/json-glib.h>
#include <stdbool.h>

#define JSON_DEPTH_MAX 100	/* arrays and objects in one another */

/*
 * The object that @text is, whose reference is the caller's; NULL: it is no JSON, no object, or
 * deeper than JSON_DEPTH_MAX, for which the parser would call itself until its stack has run over.
 */
JsonObject *json_read_object(const char *text);

/* NULL gives null; what is not UTF-8 in @value is replaced by U+FFFD, as JSON cannot hold it. */
void json_add_string(JsonBuilder *b, const char *name, const char *value);
void json_add_int(JsonBuilder *b, const char *name, gint64 value);
/* null unless @known. */
void json_add_known_int(JsonBuilder *b, const char *name, gint64 value, bool known);
void json_add_double(JsonBuilder *b, const char *name, double value);
void json_add_bool(JsonBuilder *b, const char *name, bool value);

#endif /* LIB_JSON_H */
