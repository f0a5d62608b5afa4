// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/audit.h"

#include <string.h>

#include "lib/text.h"

#define LINES_MAX 20000
#define SECTIONS_MAX 5000	/* of all loads together */
#define NAME_MAX_SHOWN 120	/* bytes */

enum { FIELD_KIND, FIELD_NAME, FIELD_DETAIL, FIELD_BEFORE, FIELD_NOW, FIELDS };

/* Kinds of things, those first that tell most. */
static const struct kind {
	const char *name;
	const char *words;	/* in front of the thing's name */
	const char *makers;	/* functions of the kernel that make it: beginnings, without _ */
	const char *where;	/* in front of the place; NULL = "made at" */
} kinds[] = {
	{ "kthread", "kernel thread", NULL, "in" },
	{ "timer", "pending timer", NULL, "of" },
	{ "workqueue", "workqueue", "alloc_workqueue" },
	{ "cache", "slab cache", "kmem_cache_create" },
	{ "filesystem", "filesystem type" },
	{ "misc device", "misc device", "misc_register" },
	{ "device number", "device number of", "alloc_chrdev register_chrdev register_blkdev" },
	{ "sysctl", "sysctl", "register_sysctl" },
	{ "proc", "/proc entry", "proc_" },
	{ "debugfs", "debugfs entry", "debugfs_" },
	{ "tracefs", "tracefs entry", "trace ftrace_ event_" },
	{ "kprobe", "kprobe" },
	{ "sysfs", "/sys entry", "kobject_ kset_ sysfs_ device_ class_ bus_ driver_ misc_register "
	  "platform_ register_ root_device_ cdev_ add_disk" },
	{ "dev", "device node" },
	{ "protocol", "network protocol" },
	{ "packet type", "packet handler" },
	{ "netlink", "netlink socket of the kernel, family" },
	{ "interrupt", "interrupt handler" },
	{ "memory region", "memory region" },
	{ "port region", "port region" },
	{ "crypto", "algorithm" },
	{ "users", "reference on module" },
	{ "slab", NULL, NULL, "allocated at" },
	{ "vmalloc", NULL, NULL, "allocated at" },
};

/* Functions of the kernel that hand out memory which is the caller's to free. */
static const char allocators[] =
	"kmalloc kzalloc kcalloc kvmalloc kvzalloc kvrealloc krealloc kmemdup kstrdup kstrndup kasprintf "
	"kvasprintf memdup_user vmemdup_user strndup_user kmem_cache_alloc bitmap_alloc bitmap_zalloc "
	"mempool_ devm_k idr_ ida_ xa_ radix_tree_ rhashtable_ rhltable_ alloc_skb netdev_alloc_skb "
	"crypto_alloc_ seq_open single_open -";

/*
 * What comes and goes by itself, or by what suites do: never a finding. A "*" stands
 * for anything, and a "?" for one character.
 */
static const struct {
	const char *kind, *name;
} passing[] = {
	/* Journals, and the threads of what is mounted: for as long as it is. */
	{ "kthread", "jbd2/*" },
	{ "kthread", "ext4-rsv-conver*" },
	{ "kthread", "loop?*" },
	/* Workers of the block layer and of the card that is the console come as they are needed. */
	{ "kthread", "irq/*" },
	{ "kthread", "psimon" },
	/* Filesystems tell of their mounts there, as 9p does of the lab's own. */
	{ "sysfs", "*/bdi/*" },
	{ "cache", "9p-fcall-cache*" },
	{ "sysfs", "/sys/fs/ext4/*" },
	{ "proc", "/proc/fs/ext4/*" },
	{ "proc", "/proc/fs/jbd2/*" },
	{ "debugfs", "/sys/kernel/debug/bdi/*" },
	/* Loop devices stay until their module goes. */
	{ "sysfs", "*/loop?*" },
	{ "sysfs", "/sys/dev/block/*" },
	{ "dev", "/dev/loop?*" },
	{ "debugfs", "/sys/kernel/debug/block/loop?*" },
	/* udev's links. */
	{ "dev", "/dev/disk/*" },
	{ "dev", "/dev/block/*" },
	{ "dev", "/dev/char/*" },
	/* Objects of the driver core that follow others, which are told of. */
	{ "sysfs", "*/wakeup/*" },
	{ "sysfs", "/sys/module/*" },
	{ "debugfs", "/sys/kernel/debug/slab/*" },
	/* Made of others on demand, and kept: "hmac(sha256-generic)". */
	{ "crypto", "*(*" },
};

struct section {
	const GPtrArray *functions;	/* in it, by their place */
	guint64 address;
};

struct place {
	char *module, *section, *function;
	guint64 address, offset;
};

/* Something that the module's code had the kernel make. */
struct origin {
	char *via;		/* the kernel's function that was called */
	struct place place;
};

struct audit {
	GHashTable *code;	/* "MODULE SECTION" to its functions, GPtrArray */
	GHashTable *modules;	/* names of the tested ones */
	const char *const *needs;
	GArray *sections;	/* struct section, of each load */
	GArray *origins;	/* struct origin */
	GHashTable *threads;	/* PID to "module function+offset" */
	GHashTable *seen;	/* sections */
	GPtrArray *leaks;
	bool others;		/* modules that are not tested were loaded meanwhile */
};

/* Lists and their elements */

struct audit_function *audit_function_new(const char *module, const char *section, guint64 at,
					  guint64 size, const char *name)
{
	struct audit_function *f = g_new0(struct audit_function, 1);

	f->module = g_strdup(module);
	f->section = g_strdup(section);
	f->name = g_strdup(name);
	f->at = at;
	f->size = size;
	return f;
}

void audit_function_free(struct audit_function *f)
{
	g_free(f->module);
	g_free(f->section);
	g_free(f->name);
	g_free(f);
}

GPtrArray *audit_functions_new(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify)audit_function_free);
}

void leak_free(struct leak *leak)
{
	g_free(leak->name);
	g_free(leak->detail);
	g_free(leak->test);
	g_free(leak->module);
	g_free(leak->section);
	g_free(leak->function);
	g_free(leak->file);
	g_free(leak);
}

struct leak *leak_copy(const struct leak *leak)
{
	struct leak *copy = g_memdup2(leak, sizeof(*leak));

	copy->name = g_strdup(leak->name);
	copy->detail = g_strdup(leak->detail);
	copy->test = g_strdup(leak->test);
	copy->module = g_strdup(leak->module);
	copy->section = g_strdup(leak->section);
	copy->function = g_strdup(leak->function);
	copy->file = g_strdup(leak->file);
	return copy;
}

bool leak_is_same(const struct leak *a, const struct leak *b)
{
	return g_str_equal(a->kind, b->kind) && !g_strcmp0(a->name, b->name) &&
	       !g_strcmp0(a->function, b->function);
}

static void place_clear(struct place *place)
{
	g_clear_pointer(&place->module, g_free);
	g_clear_pointer(&place->section, g_free);
	g_clear_pointer(&place->function, g_free);
}

static void origin_clear(gpointer data)
{
	struct origin *origin = data;

	g_free(origin->via);
	place_clear(&origin->place);
}

static const struct kind *kind_find(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (g_str_equal(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

const char *audit_kind(guint i)
{
	return i < G_N_ELEMENTS(kinds) ? kinds[i].name : NULL;
}

/* Places in the code */

static gint by_place(gconstpointer a, gconstpointer b)
{
	const struct audit_function *x = *(struct audit_function *const *)a;
	const struct audit_function *y = *(struct audit_function *const *)b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static void sort_functions(gpointer key, gpointer list, gpointer data)
{
	g_ptr_array_sort(list, by_place);
}

/* From all functions to those of each section. */
static void index_functions(struct audit *a, const GPtrArray *functions)
{
	for (guint i = 0; i < functions->len; i++) {
		struct audit_function *f = functions->pdata[i];
		g_autofree char *key = g_strconcat(f->module, " ", f->section, NULL);
		GPtrArray *list = g_hash_table_lookup(a->code, key);

		if (!list) {
			list = g_ptr_array_new();
			g_hash_table_insert(a->code, g_steal_pointer(&key), list);
		}
		g_ptr_array_add(list, f);
		g_hash_table_add(a->modules, f->module);
	}
	g_hash_table_foreach(a->code, sort_functions, NULL);
}

/* The one that holds the byte @at of the section. */
static const struct audit_function *function_at(const struct section *s, guint64 at)
{
	guint low = 0, high = s->functions->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;
		const struct audit_function *f = s->functions->pdata[middle];

		if (at < f->at)
			high = middle;
		else if (at - f->at >= f->size)
			low = middle + 1;
		else
			return f;
	}
	return NULL;
}

/*
 * The module's code at @text, "0x…". A call's return address may be the first byte
 * after its function (@is_return); an entry is the function's own.
 */
static bool place_find(const struct audit *a, const char *text, bool is_return, struct place *ret)
{
	guint64 address;

	*ret = (struct place){ 0 };
	if (!g_str_has_prefix(text, "0x") ||
	    !g_ascii_string_to_unsigned(text + 2, 16, 1, G_MAXUINT64, &address, NULL))
		return false;
	for (guint i = 0; i < a->sections->len; i++) {
		const struct section *s = &g_array_index(a->sections, struct section, i);
		guint64 at = address - is_return - s->address;
		const struct audit_function *f = function_at(s, at);

		if (!f)
			continue;
		*ret = (struct place){ g_strdup(f->module), g_strdup(f->section), g_strdup(f->name), address,
				       address - s->address - f->at };
		return true;
	}
	return false;
}

/* "module function+0x1e/0x30" of a thread; both are the guest's words. */
static bool place_parse(const char *text, struct place *ret)
{
	g_auto(GStrv) words = g_strsplit(text, " ", 2);
	char *plus = words[0] && words[1] ? strchr(words[1], '+') : NULL;
	guint64 offset = plus ? g_ascii_strtoull(plus + 1, NULL, 16) : 0;

	*ret = (struct place){ 0 };
	if (!plus)
		return false;
	*plus = '\0';
	*ret = (struct place){ g_strdup(words[0]), NULL, g_strdup(words[1]), 0, offset };
	return true;
}

/* Findings */

/* Whether @text, without leading _, begins with one of the blank-separated @words. */
static bool begins_with(const char *text, const char *words)
{
	g_auto(GStrv) all = g_strsplit(words, " ", -1);

	text += strspn(text, "_");
	for (char **word = all; *word; word++)
		if (g_str_has_prefix(text, *word))
			return true;
	return false;
}

static bool is_passing(const char *kind, const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(passing); i++)
		if (g_str_equal(passing[i].kind, kind) && g_pattern_match_simple(passing[i].name, name))
			return true;
	return false;
}

/*
 * Threads of one name, numbers of one name: one finding, several times, as long as
 * what is known of their functions is the same.
 */
static struct leak *leak_like(const struct audit *a, const struct kind *kind, const char *name,
			      const struct place *place)
{
	for (guint i = 0; kind->words && i < a->leaks->len; i++) {
		struct leak *leak = a->leaks->pdata[i];

		if (leak->kind == kind->name && g_str_equal(leak->name, name) &&
		    (!leak->function || !place->function || g_str_equal(leak->function, place->function)))
			return leak;
	}
	return NULL;
}

static void leak_take_place(struct leak *leak, struct place *place)
{
	leak->module = g_steal_pointer(&place->module);
	leak->section = g_steal_pointer(&place->section);
	leak->function = g_steal_pointer(&place->function);
	leak->address = place->address;
	leak->offset = place->offset;
}

/* Takes what is in @place. */
static void leak_add(struct audit *a, const char *kind, const char *name, guint64 before, guint64 now,
		     struct place *place)
{
	g_autofree char *shown = text_escape(name, (gssize)MIN(strlen(name), NAME_MAX_SHOWN));
	struct leak *leak = leak_like(a, kind_find(kind), shown, place);

	if (leak)
		leak->count += now - before;
	if (leak && !leak->function)
		leak_take_place(leak, place);
	if (leak || a->leaks->len >= AUDIT_LEAKS_MAX) {
		place_clear(place);
		return;
	}
	leak = g_new0(struct leak, 1);
	leak->kind = kind_find(kind)->name;
	leak->name = g_steal_pointer(&shown);
	leak->before = before;
	leak->count = now - before;
	leak_take_place(leak, place);
	g_ptr_array_add(a->leaks, leak);
}

/* It has several objects, of which the first that is met stands for it; takes what is in @place. */
static void take_workqueue(struct audit *a, guint64 before, guint64 now, struct place *place)
{
	for (guint i = 0; i < a->leaks->len; i++) {
		const struct leak *leak = a->leaks->pdata[i];

		if (g_str_equal(leak->kind, "workqueue") && leak->address == place->address) {
			place_clear(place);
			return;
		}
	}
	leak_add(a, "workqueue", place->function, before, now, place);
}

/* "ADDRESS VIA SIZE" */
static void take_slab(struct audit *a, const char *cache, const char *detail, guint64 before, guint64 now)
{
	g_auto(GStrv) words = g_strsplit(detail, " ", 4);
	guint n = a->leaks->len;
	struct origin origin;
	struct leak *leak;

	if (g_strv_length(words) != 3 || !place_find(a, words[0], true, &origin.place))
		return;
	if (!begins_with(words[1], allocators) && !begins_with(words[1], "alloc_workqueue")) {
		origin.via = g_strdup(words[1]);
		g_array_append_val(a->origins, origin);
		return;
	}
	if (begins_with(words[1], "alloc_workqueue")) {
		take_workqueue(a, before, now, &origin.place);
		return;
	}
	leak_add(a, "slab", cache, before, now, &origin.place);
	if (a->leaks->len == n)
		return;
	leak = a->leaks->pdata[n];
	leak->detail = g_strdup_printf("%" G_GUINT64_FORMAT " object%s of %" G_GUINT64_FORMAT " bytes in %s",
				       leak->count, leak->count == 1 ? "" : "s",
				       g_ascii_strtoull(words[2], NULL, 10), leak->name);
}

static void take_address(struct audit *a, const char *kind, char **f, guint64 before, guint64 now)
{
	bool is_area = g_str_equal(kind, "vmalloc");
	struct place place;
	guint n = a->leaks->len;

	if (!place_find(a, f[FIELD_NAME], is_area, &place))
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
	struct place place = { 0 };

	if (known)
		place_parse(known, &place);
	leak_add(a, "kthread", f[FIELD_NAME], before, now, &place);
}

/* Trees: the kind may be another by where in it the thing is. */
static void take_thing(struct audit *a, const char *kind, const char *name, guint64 before, guint64 now)
{
	static const char caches[] = "/sys/kernel/slab/";
	struct place none = { 0 };

	if (g_str_has_prefix(name, caches)) {
		kind = "cache";
		name += strlen(caches);
	} else if (g_str_has_prefix(name, "/proc/sys/")) {
		kind = "sysctl";
	}
	if (kind_find(kind) && !is_passing(kind, name))
		leak_add(a, kind, name, before, now, &none);
}

static void take_line(struct audit *a, char **f, guint64 before, guint64 now)
{
	const char *kind = f[FIELD_KIND];

	if (g_str_equal(kind, "slab"))
		take_slab(a, f[FIELD_NAME], f[FIELD_DETAIL], before, now);
	else if (g_str_equal(kind, "vmalloc") || g_str_equal(kind, "timer"))
		take_address(a, kind, f, before, now);
	else if (g_str_equal(kind, "kthread") && !is_passing(kind, f[FIELD_NAME]))
		take_thread(a, f, before, now);
	else if (g_str_equal(kind, "module"))
		a->others |= !g_hash_table_contains(a->modules, f[FIELD_NAME]);
	else if (!g_str_equal(kind, "kthread") &&
		 (!g_str_equal(kind, "users") ||
		  (a->needs && g_strv_contains(a->needs, f[FIELD_NAME]))))
		take_thing(a, kind, f[FIELD_NAME], before, now);
}

static void take_section(struct audit *a, char **f)
{
	g_auto(GStrv) words = g_strsplit(f[FIELD_DETAIL], " ", 3);
	g_autofree char *id = g_strconcat(f[FIELD_NAME], " ", f[FIELD_DETAIL], NULL);
	g_autofree char *key = g_strconcat(f[FIELD_NAME], " ", words[0] ? words[0] : "", NULL);
	struct section s = { .functions = g_hash_table_lookup(a->code, key) };

	if (!s.functions || g_strv_length(words) != 2 || a->sections->len >= SECTIONS_MAX ||
	    !g_str_has_prefix(words[1], "0x") ||
	    !g_ascii_string_to_unsigned(words[1] + 2, 16, 1, G_MAXUINT64, &s.address, NULL) ||
	    !g_hash_table_add(a->seen, g_steal_pointer(&id)))
		return;
	g_array_append_val(a->sections, s);
}

/* What was known of the modules goes first, wherever it stands. */
static void take_text(struct audit *a, const char *text, bool known)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", LINES_MAX);

	for (guint i = 0; lines[i]; i++) {
		g_auto(GStrv) f = g_strsplit(lines[i], "\t", FIELDS + 1);
		guint64 before, now;

		if (g_strv_length(f) != FIELDS ||
		    !g_ascii_string_to_unsigned(f[FIELD_BEFORE], 10, 0, G_MAXINT64, &before, NULL) ||
		    !g_ascii_string_to_unsigned(f[FIELD_NOW], 10, 0, G_MAXINT64, &now, NULL) || now <= before)
			continue;
		if (g_str_equal(f[FIELD_KIND], "section")) {
			if (known)
				take_section(a, f);
		} else if (g_str_equal(f[FIELD_KIND], "thread")) {
			if (known)
				g_hash_table_replace(a->threads, g_strdup(f[FIELD_NAME]), g_strdup(f[FIELD_DETAIL]));
		} else if (!known) {
			take_line(a, f, before, now);
		}
	}
}

/* Judging them together */

/* A folder's contents are no finding beside the folder. */
static bool is_inside(const struct leak *leak, const struct leak *other)
{
	gsize length = strlen(other->name);

	return other != leak && other->name[0] == '/' && g_str_has_prefix(leak->name, other->name) &&
	       leak->name[length] == '/';
}

static void drop_contents(GPtrArray *leaks)
{
	for (guint i = leaks->len; i > 0; i--)
		for (guint j = 0; j < leaks->len; j++)
			if (is_inside(leaks->pdata[i - 1], leaks->pdata[j])) {
				g_ptr_array_remove_index(leaks, i - 1);
				break;
			}
}

/* Gives things the place of code that had the kernel make one of their kind. */
static void find_origins(struct audit *a)
{
	for (guint i = 0; i < a->leaks->len; i++) {
		struct leak *leak = a->leaks->pdata[i];
		const char *makers = kind_find(leak->kind)->makers;

		for (guint j = 0; makers && !leak->function && j < a->origins->len; j++) {
			struct origin *origin = &g_array_index(a->origins, struct origin, j);

			if (!begins_with(origin->via, makers))
				continue;
			leak->module = g_strdup(origin->place.module);
			leak->section = g_strdup(origin->place.section);
			leak->function = g_strdup(origin->place.function);
			leak->address = origin->place.address;
			leak->offset = origin->place.offset;
		}
	}
}

/* What other modules brought cannot be told from what the tested ones left. */
static void drop_unknown(GPtrArray *leaks)
{
	for (guint i = leaks->len; i > 0; i--)
		if (!((struct leak *)leaks->pdata[i - 1])->function)
			g_ptr_array_remove_index(leaks, i - 1);
}

static void describe(struct leak *leak)
{
	const struct kind *kind = kind_find(leak->kind);
	GString *text = g_string_new(NULL);

	if (leak->detail)
		g_string_append_printf(text, "%s leak: %s", leak->kind, leak->detail);
	else
		g_string_append_printf(text, "left behind: %s %s", kind->words, leak->name);
	if (!leak->detail && leak->count > 1)
		g_string_append_printf(text, " (%" G_GUINT64_FORMAT " times)", leak->count);
	if (leak->function)
		g_string_append_printf(text, ", %s %s+0x%" G_GINT64_MODIFIER "x [%s]",
				       kind->where ? kind->where : "made at", leak->function,
				       leak->offset, leak->module);
	g_free(leak->detail);
	leak->detail = text_escape(text->str, (gssize)text->len);
	g_strdelimit(leak->detail, "\n\t", ' ');
	g_string_free(text, TRUE);
}

static gint order(gconstpointer a, gconstpointer b)
{
	const struct leak *x = *(struct leak *const *)a, *y = *(struct leak *const *)b;
	const struct kind *kx = kind_find(x->kind), *ky = kind_find(y->kind);

	return kx != ky ? (kx < ky ? -1 : 1) : strcmp(x->name, y->name);
}

GPtrArray *audit_compare(const char *text, const GPtrArray *functions, const char *const *needs)
{
	struct audit a = { .needs = needs };
	g_autofree char *valid = g_utf8_make_valid(text, -1);

	a.sections = g_array_new(FALSE, FALSE, sizeof(struct section));
	a.origins = g_array_new(FALSE, FALSE, sizeof(struct origin));
	g_array_set_clear_func(a.origins, origin_clear);
	a.code = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
	a.modules = g_hash_table_new(g_str_hash, g_str_equal);
	index_functions(&a, functions);
	a.threads = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	a.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	a.leaks = g_ptr_array_new_with_free_func((GDestroyNotify)leak_free);
	take_text(&a, valid, true);
	take_text(&a, valid, false);
	if (a.others)
		drop_unknown(a.leaks);
	find_origins(&a);
	drop_contents(a.leaks);
	g_ptr_array_sort(a.leaks, order);
	g_ptr_array_foreach(a.leaks, (GFunc)(void (*)(void))describe, NULL);
	g_hash_table_unref(a.threads);
	g_hash_table_unref(a.seen);
	g_hash_table_unref(a.code);
	g_hash_table_unref(a.modules);
	g_array_unref(a.sections);
	g_array_unref(a.origins);
	return a.leaks;
}
