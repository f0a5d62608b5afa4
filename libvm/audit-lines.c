// SPDX-License-Identifier: GPL-2.0-only
/* From the lines of the agent to what is left behind. They are the guest's and hostile. */
#include "libvm/audit-private.h"

#include <string.h>

#include "lib/text.h"
#include "libvm/audit-kind.h"

#define NAME_MAX_SHOWN 120	/* bytes */

enum { FIELD_KIND, FIELD_NAME, FIELD_DETAIL, FIELD_BEFORE, FIELD_NOW, FIELDS };

/* As far as both are known. Of memory (kinds without words) always: to the very call. */
static bool is_from(const struct leak *leak, const struct audit_kind *kind, const struct audit_place *place)
{
	if (!leak->function || !place->function)
		return kind->words;
	return g_str_equal(leak->function, place->function) &&
	       (kind->words || (leak->offset == place->offset && g_str_equal(leak->module, place->module) &&
				g_str_equal(leak->section, place->section)));
}

/*
 * Threads of one name, numbers of one name, memory of one call, which each load may have
 * at another address: one finding, several times.
 */
static struct leak *leak_like(const struct audit *a, const struct audit_kind *kind, const char *name,
			      const struct audit_place *place)
{
	for (guint i = 0; i < a->leaks->len; i++) {
		struct leak *leak = a->leaks->pdata[i];

		if (leak->kind == kind->name && g_str_equal(leak->name, name) && is_from(leak, kind, place))
			return leak;
	}
	return NULL;
}

static void leak_take_place(struct leak *leak, struct audit_place *place)
{
	leak->module = g_steal_pointer(&place->module);
	leak->section = g_steal_pointer(&place->section);
	leak->function = g_steal_pointer(&place->function);
	leak->address = place->address;
	leak->offset = place->offset;
}

/* Takes what is in @place. NULL: there are too many of them. */
static struct leak *leak_add(struct audit *a, const char *kind, const char *name, guint64 before, guint64 now,
			     struct audit_place *place)
{
	g_autofree char *shown = text_escape(name, (gssize)MIN(strlen(name), NAME_MAX_SHOWN));
	struct leak *leak = leak_like(a, audit_kind_find(kind), shown, place);

	if (leak)
		leak->count += MIN(now - before, G_MAXINT64 - leak->count);
	if (leak && !leak->function)
		leak_take_place(leak, place);
	if (leak || a->leaks->len >= AUDIT_LEAKS_MAX) {
		audit_place_clear(place);
		return leak;
	}
	leak = g_new0(struct leak, 1);
	leak->kind = audit_kind_find(kind)->name;
	leak->name = g_steal_pointer(&shown);
	leak->before = before;
	leak->count = now - before;
	leak_take_place(leak, place);
	g_ptr_array_add(a->leaks, leak);
	return leak;
}

/* It has several objects, of which the first that is met stands for it; takes what is in @place. */
static void take_workqueue(struct audit *a, guint64 before, guint64 now, struct audit_place *place)
{
	for (guint i = 0; i < a->leaks->len; i++) {
		const struct leak *leak = a->leaks->pdata[i];

		if (g_str_equal(leak->kind, "workqueue") && leak->address == place->address) {
			audit_place_clear(place);
			return;
		}
	}
	leak_add(a, "workqueue", place->function, before, now, place);
}

/* When the objects of @cache were made that the code at @address asked for. */
static struct audit_time time_of(const struct audit *a, const char *cache, const char *address)
{
	g_autofree char *key = g_strdup_printf("%s %s", cache, address);
	const struct audit_time *known = g_hash_table_lookup(a->made, key);

	return known ? *known : (struct audit_time){ 0 };
}

/* "ADDRESS FIRST LAST"; the same code may have come there in several ways. */
static void take_time(struct audit *a, const char *cache, const char *detail)
{
	g_auto(GStrv) words = g_strsplit(detail, " ", 4);
	struct audit_time now, before;

	if (g_strv_length(words) != 3 ||
	    !g_ascii_string_to_unsigned(words[1], 10, 1, G_MAXINT64, &now.first, NULL) ||
	    !g_ascii_string_to_unsigned(words[2], 10, now.first, G_MAXINT64, &now.last, NULL))
		return;
	before = time_of(a, cache, words[0]);
	if (before.first) {
		now.first = MIN(now.first, before.first);
		now.last = MAX(now.last, before.last);
	}
	g_hash_table_replace(a->made, g_strdup_printf("%s %s", cache, words[0]), g_memdup2(&now, sizeof(now)));
}

/* From the first of all to the last: not known where that of some is not. */
static void leak_add_time(struct leak *leak, bool is_new, struct audit_time made)
{
	bool known = is_new || (leak->made_first && made.first);

	leak->made_first = !known ? 0 : is_new ? made.first : MIN(leak->made_first, made.first);
	leak->made_last = !known ? 0 : MAX(leak->made_last, made.last);
}

/* "ADDRESS VIA SIZE" */
static void take_slab(struct audit *a, const char *cache, const char *detail, guint64 before, guint64 now)
{
	g_auto(GStrv) words = g_strsplit(detail, " ", 4);
	struct audit_origin origin;
	struct leak *leak;
	guint64 address;

	if (g_strv_length(words) != 3 || !audit_address_parse(words[0], &address) ||
	    !audit_code_find(a->code, address, true, &origin.place))
		return;
	if (audit_kind_is_made_by("workqueue", words[1])) {
		take_workqueue(a, before, now, &origin.place);
		return;
	}
	if (!audit_is_allocator(words[1])) {
		origin.via = g_strdup(words[1]);
		origin.made = time_of(a, cache, words[0]);
		g_array_append_val(a->origins, origin);
		return;
	}
	leak = leak_add(a, "slab", cache, before, now, &origin.place);
	if (!leak)
		return;
	leak->size = g_ascii_strtoull(words[2], NULL, 10);
	leak_add_time(leak, leak->count == now - before, time_of(a, cache, words[0]));
}

static void take_address(struct audit *a, const char *kind, char **f, guint64 before, guint64 now)
{
	bool is_area = g_str_equal(kind, "vmalloc");
	struct audit_place place;
	struct leak *leak;
	guint64 address;

	if (!audit_address_parse(f[FIELD_NAME], &address) ||
	    !audit_code_find(a->code, address, is_area, &place))
		return;
	leak = leak_add(a, kind, is_area ? f[FIELD_DETAIL] : place.function, before, now, &place);
	if (is_area && leak)
		leak->size = g_ascii_strtoull(f[FIELD_DETAIL], NULL, 10);
}

static void take_thread(struct audit *a, char **f, guint64 before, guint64 now)
{
	const char *known = g_hash_table_lookup(a->threads, f[FIELD_DETAIL]);
	struct audit_place place = { 0 };

	if (known)
		audit_place_parse(known, &place);
	leak_add(a, "kthread", f[FIELD_NAME], before, now, &place);
}

/* Trees: the kind may be another by where in it the thing is. */
static void take_thing(struct audit *a, const char *kind, const char *name, guint64 before, guint64 now)
{
	static const char caches[] = "/sys/kernel/slab/";
	struct audit_place none = { 0 };

	if (g_str_has_prefix(name, caches)) {
		kind = "cache";
		name += strlen(caches);
	} else if (g_str_has_prefix(name, "/proc/sys/")) {
		kind = "sysctl";
	}
	if (audit_kind_find(kind) && !audit_is_passing(kind, name))
		leak_add(a, kind, name, before, now, &none);
}

static void take_line(struct audit *a, char **f, guint64 before, guint64 now)
{
	const char *kind = f[FIELD_KIND];

	if (g_str_equal(kind, "slab"))
		take_slab(a, f[FIELD_NAME], f[FIELD_DETAIL], before, now);
	else if (g_str_equal(kind, "vmalloc") || g_str_equal(kind, "timer"))
		take_address(a, kind, f, before, now);
	else if (g_str_equal(kind, "kthread") && !audit_is_passing(kind, f[FIELD_NAME]))
		take_thread(a, f, before, now);
	else if (g_str_equal(kind, "module"))
		a->others |= !audit_code_has_module(a->code, f[FIELD_NAME]);
	else if (!g_str_equal(kind, "kthread") &&
		 (!g_str_equal(kind, "users") ||
		  (a->needs && g_strv_contains(a->needs, f[FIELD_NAME]))))
		take_thing(a, kind, f[FIELD_NAME], before, now);
}

/* What was known of the modules while they were there, and when things were made. */
static bool is_known(const char *kind)
{
	return g_str_equal(kind, "section") || g_str_equal(kind, "thread") || g_str_equal(kind, "made");
}

static void take_known(struct audit *a, char **f)
{
	if (g_str_equal(f[FIELD_KIND], "section"))
		audit_code_add_section(a->code, f[FIELD_NAME], f[FIELD_DETAIL]);
	else if (g_str_equal(f[FIELD_KIND], "made"))
		take_time(a, f[FIELD_NAME], f[FIELD_DETAIL]);
	else
		g_hash_table_replace(a->threads, g_strdup(f[FIELD_NAME]), g_strdup(f[FIELD_DETAIL]));
}

static void read_line(struct audit *a, const char *line, bool known)
{
	g_auto(GStrv) f = g_strsplit(line, "\t", FIELDS + 1);
	guint64 before, now;

	if (g_strv_length(f) != FIELDS || is_known(f[FIELD_KIND]) != known ||
	    !g_ascii_string_to_unsigned(f[FIELD_BEFORE], 10, 0, G_MAXINT64, &before, NULL) ||
	    !g_ascii_string_to_unsigned(f[FIELD_NOW], 10, 0, G_MAXINT64, &now, NULL) || now <= before)
		return;
	if (known)
		take_known(a, f);
	else
		take_line(a, f, before, now);
}

void audit_take_text(struct audit *a, const char *text, bool known)
{
	for (const char *at = text, *end; at; at = end ? end + 1 : NULL) {
		g_autofree char *line = NULL;

		end = strchr(at, '\n');
		line = end ? g_strndup(at, (gsize)(end - at)) : g_strdup(at);
		read_line(a, line, known);
	}
}
