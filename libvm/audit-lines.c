// SPDX-License-Identifier: GPL-2.0-only
/* From the lines of the agent to what is left behind. They are the guest's and hostile. */
#include "libvm/audit-private.h"

#include <string.h>

#include "lib/text.h"
#include "libvm/audit-kind.h"

#define NAME_MAX_SHOWN 120	/* bytes */

enum { FIELD_KIND, FIELD_NAME, FIELD_DETAIL, FIELD_BEFORE, FIELD_NOW, FIELDS };

/*
 * Threads of one name, numbers of one name: one finding, several times, as long as
 * what is known of their functions is the same.
 */
static struct leak *leak_like(const struct audit *a, const struct audit_kind *kind, const char *name,
			      const struct audit_place *place)
{
	for (guint i = 0; kind->words && i < a->leaks->len; i++) {
		struct leak *leak = a->leaks->pdata[i];

		if (leak->kind == kind->name && g_str_equal(leak->name, name) &&
		    (!leak->function || !place->function || g_str_equal(leak->function, place->function)))
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

/* Takes what is in @place. */
static void leak_add(struct audit *a, const char *kind, const char *name, guint64 before, guint64 now,
		     struct audit_place *place)
{
	g_autofree char *shown = text_escape(name, (gssize)MIN(strlen(name), NAME_MAX_SHOWN));
	struct leak *leak = leak_like(a, audit_kind_find(kind), shown, place);

	if (leak)
		leak->count += now - before;
	if (leak && !leak->function)
		leak_take_place(leak, place);
	if (leak || a->leaks->len >= AUDIT_LEAKS_MAX) {
		audit_place_clear(place);
		return;
	}
	leak = g_new0(struct leak, 1);
	leak->kind = audit_kind_find(kind)->name;
	leak->name = g_steal_pointer(&shown);
	leak->before = before;
	leak->count = now - before;
	leak_take_place(leak, place);
	g_ptr_array_add(a->leaks, leak);
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

/* "ADDRESS VIA SIZE" */
static void take_slab(struct audit *a, const char *cache, const char *detail, guint64 before, guint64 now)
{
	g_auto(GStrv) words = g_strsplit(detail, " ", 4);
	guint n = a->leaks->len;
	struct audit_origin origin;
	struct audit_time made;
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
	leak_add(a, "slab", cache, before, now, &origin.place);
	if (a->leaks->len == n)
		return;
	leak = a->leaks->pdata[n];
	made = time_of(a, cache, words[0]);
	leak->made_first = made.first;
	leak->made_last = made.last;
	leak->detail = g_strdup_printf("%" G_GUINT64_FORMAT " object%s of %" G_GUINT64_FORMAT " bytes in %s",
				       leak->count, leak->count == 1 ? "" : "s",
				       g_ascii_strtoull(words[2], NULL, 10), leak->name);
}

static void take_address(struct audit *a, const char *kind, char **f, guint64 before, guint64 now)
{
	bool is_area = g_str_equal(kind, "vmalloc");
	struct audit_place place;
	guint n = a->leaks->len;
	guint64 address;

	if (!audit_address_parse(f[FIELD_NAME], &address) ||
	    !audit_code_find(a->code, address, is_area, &place))
		return;
	leak_add(a, kind, is_area ? f[FIELD_DETAIL] : place.function, before, now, &place);
	if (is_area && a->leaks->len > n)
		((struct leak *)a->leaks->pdata[n])->detail =
			g_strdup_printf("%" G_GUINT64_FORMAT " area%s of %.20s bytes", now - before,
					now - before == 1 ? "" : "s", f[FIELD_DETAIL]);
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
