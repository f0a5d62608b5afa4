// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/oops.h"

#include <string.h>

/* A report that has no end mark ends here. */
#define REPORT_LINES 200
#define REPORT_USEC (2 * G_USEC_PER_SEC)

enum place { BEGINS, CONTAINS };

/*
 * First lines of reports, from the sources named. FOLLOWS: the line also
 * occurs inside a report that began with another row's, and then belongs to
 * it. FATAL: the guest's kernel is not to be used any more.
 */
enum { FOLLOWS = 1, FATAL = 2 };
static const struct row {
	const char *class;
	enum place place;
	const char *text;
	guint flags;
	enum lab_error code;	/* 0 = LAB_ERROR_KERNEL */
} rows[] = {
	/* kernel/panic.c */
	{ "panic", BEGINS, "Kernel panic - not syncing", FATAL },
	/* mm/kasan, mm/kfence, kernel/kcsan, mm/kmsan: report.c; lib/ubsan.c */
	{ "kasan", BEGINS, "BUG: KASAN: " },
	{ "kfence", BEGINS, "BUG: KFENCE: " },
	{ "kcsan", BEGINS, "BUG: KCSAN: " },
	{ "kmsan", BEGINS, "BUG: KMSAN: " },
	{ "ubsan", BEGINS, "UBSAN: " },
	/* kernel/watchdog.c, kernel/watchdog_hld.c, kernel/workqueue.c */
	{ "lockup", CONTAINS, "BUG: soft lockup - CPU#", FATAL, LAB_ERROR_TIMEOUT },
	{ "lockup", CONTAINS, "Watchdog detected hard LOCKUP", FATAL, LAB_ERROR_TIMEOUT },
	{ "lockup", BEGINS, "BUG: workqueue lockup", FATAL, LAB_ERROR_TIMEOUT },
	/* kernel/rcu/tree_stall.h */
	{ "rcu-stall", CONTAINS, "self-detected stall on CPU", FATAL, LAB_ERROR_TIMEOUT },
	{ "rcu-stall", CONTAINS, "detected stalls on CPUs/tasks", FATAL, LAB_ERROR_TIMEOUT },
	{ "rcu-stall", CONTAINS, "detected expedited stalls", FATAL, LAB_ERROR_TIMEOUT },
	/* kernel/hung_task.c */
	{ "hung-task", CONTAINS, " blocked for more than ", FATAL, LAB_ERROR_TIMEOUT },
	/* kernel/sched/core.c */
	{ "atomic", BEGINS, "BUG: sleeping function called from invalid context" },
	{ "atomic", BEGINS, "BUG: scheduling while atomic" },
	/* kernel/locking/lockdep.c, kernel/locking/spinlock_debug.c */
	{ "lockdep", BEGINS, "WARNING: possible " },
	{ "lockdep", BEGINS, "WARNING: inconsistent lock state" },
	{ "lockdep", BEGINS, "WARNING: bad unlock balance" },
	{ "lockdep", BEGINS, "WARNING: held lock freed" },
	{ "lockdep", BEGINS, "WARNING: lock held when returning to user space" },
	{ "lockdep", BEGINS, "WARNING: suspicious RCU usage" },
	{ "lockdep", BEGINS, "WARNING: Nested lock was not taken" },
	{ "lockdep", BEGINS, "INFO: trying to register non-static key" },
	{ "lockdep", BEGINS, "BUG: spinlock " },
	{ "lockdep", BEGINS, "BUG: rwlock " },
	/* arch/x86/mm/fault.c, arch/x86/kernel/traps.c, dumpstack.c */
	{ "oops", BEGINS, "BUG: unable to handle ", FATAL },
	{ "oops", BEGINS, "BUG: kernel NULL pointer dereference", FATAL },
	{ "oops", BEGINS, "general protection fault", FOLLOWS | FATAL },
	{ "oops", BEGINS, "stack segment: ", FOLLOWS | FATAL },
	{ "oops", BEGINS, "divide error: ", FOLLOWS | FATAL },
	{ "oops", BEGINS, "invalid opcode: ", FOLLOWS | FATAL },
	{ "oops", BEGINS, "PANIC: double fault", FATAL },
	{ "oops", BEGINS, "double fault: ", FOLLOWS | FATAL },
	{ "oops", BEGINS, "Oops: ", FOLLOWS | FATAL },
	{ "bug", BEGINS, "kernel BUG at ", FATAL },
	/* lib/list_debug.c, lib/refcount.c; a WARNING or a BUG comes with them */
	{ "list", BEGINS, "list_add corruption", FOLLOWS },
	{ "list", BEGINS, "list_add double add", FOLLOWS },
	{ "list", BEGINS, "list_del corruption", FOLLOWS },
	{ "refcount", BEGINS, "refcount_t: ", FOLLOWS },
	/* mm/slab_common.c: a cache that is destroyed with objects in it */
	{ "slab-leak", BEGINS, "kmem_cache_destroy ", FOLLOWS, LAB_ERROR_LEAK },
	{ "slab-leak", CONTAINS, ": Objects remaining in ", FOLLOWS, LAB_ERROR_LEAK },
	/* mm/slub.c: "BUG NAME (Tainted: …): Redzone overwritten" */
	{ "slab", BEGINS, "BUG kmalloc" },
	{ "slab", CONTAINS, "): Redzone overwritten" },
	{ "slab", CONTAINS, "): Poison overwritten" },
	{ "slab", CONTAINS, "): Object already free" },
	{ "slab", CONTAINS, "): Freechain corrupt" },
	{ "slab", CONTAINS, "): Wrong object count" },
	/* fs/super.c; fs/dcache.c says "BUG: Dentry … still in use" */
	{ "busy-inodes", BEGINS, "VFS: Busy inodes after unmount of " },
	/* fs/sysfs/dir.c, lib/kobject.c */
	{ "kobject", BEGINS, "sysfs: cannot create duplicate filename " },
	{ "kobject", BEGINS, "kobject_add_internal failed for " },
	/* kernel/module/main.c */
	{ "init-result", CONTAINS, "'->init suspiciously returned ", 0, LAB_ERROR_LOAD },
	/* Whatever else begins like one. */
	{ "bug", BEGINS, "BUG: ", FOLLOWS },
	{ "warning", BEGINS, "WARNING: ", FOLLOWS },
};

static const char *const report_ends[] = {
	"---[ end trace ",
	"---[ end Kernel panic",
};

struct oops {
	GPtrArray *findings;
	struct finding *open;	/* the report under way, or NULL */
	guint lines;		/* of it so far */
	guint64 usec;		/* of its last line */
};

/*
 * One line for people. "WARNING: CPU: 0 PID: 7 at FILE:LINE func+0x1/0x2 [mod]"
 * (kernel/panic.c) has two numbers that tell nothing.
 */
static char *title_of(const char *line)
{
	g_autoptr(GRegex) regex = g_regex_new(
		"^WARNING: CPU: \\d+ PID: \\d+ at (\\S+:\\d+) ([^\\s+]+)\\+\\S+(.*)$", G_REGEX_RAW, 0, NULL);
	char *title = g_regex_replace(regex, line, -1, 0, "WARNING at \\1 in \\2\\3", 0, NULL);

	return title ? title : g_strdup(line);
}

struct finding *finding_new(const char *class, enum lab_error code, const char *line)
{
	struct finding *f = g_new0(struct finding, 1);

	f->class = g_strdup(class);
	f->code = code;
	f->line = g_strndup(line, OOPS_LINE_MAX);
	f->count = 1;
	f->title = title_of(f->line);
	return f;
}

void finding_free(struct finding *f)
{
	if (!f)
		return;
	g_free(f->class);
	g_free(f->title);
	g_free(f->line);
	g_free(f->stage);
	g_free(f->test);
	g_free(f);
}

struct oops *oops_new(void)
{
	struct oops *oops = g_new0(struct oops, 1);

	oops->findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
	return oops;
}

void oops_free(struct oops *oops)
{
	if (!oops)
		return;
	g_ptr_array_unref(oops->findings);
	g_free(oops);
}

GPtrArray *oops_findings(const struct oops *oops)
{
	return oops->findings;
}

static const struct row *row_find(const char *text)
{
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
		if (rows[i].place == BEGINS ? g_str_has_prefix(text, rows[i].text) :
					      strstr(text, rows[i].text) != NULL)
			return &rows[i];
	return NULL;
}

/* "RIP: 0010:func+0x12/0x34 [module]" names the place of the fault. */
static void take_place(struct finding *f, const char *text)
{
	g_autofree char *place = NULL, *title = NULL;
	const char *at;
	gsize length;

	if (!g_str_has_prefix(text, "RIP: 0010:") || strstr(f->title, " in "))
		return;
	at = text + strlen("RIP: 0010:");
	length = strcspn(at, "+ ");
	if (at[length] != '+' || length > 128)
		return;
	place = g_strndup(at, length);
	at = strchr(at, '[');
	title = f->title;
	f->title = g_strdup_printf("%s in %s%s%.64s", title, place, at ? " " : "", at ? at : "");
}

/* A line inside the report under way; closes it at its end. */
static void follow(struct oops *oops, guint64 usec, const char *text)
{
	for (guint i = 0; i < G_N_ELEMENTS(report_ends); i++)
		if (g_str_has_prefix(text, report_ends[i]))
			oops->open = NULL;
	if (!oops->open)
		return;
	take_place(oops->open, text);
	oops->usec = usec;
	if (++oops->lines > REPORT_LINES)
		oops->open = NULL;
}

/* The same line once more, as from a reload: no finding of its own. */
static struct finding *find_same(const struct oops *oops, const char *line)
{
	for (guint i = 0; i < oops->findings->len; i++) {
		struct finding *f = oops->findings->pdata[i];

		if (strncmp(f->line, line, OOPS_LINE_MAX) == 0)
			return f;
	}
	return NULL;
}

static struct finding *begin(struct oops *oops, guint64 usec, const struct row *row,
			     const char *line)
{
	struct finding *same = find_same(oops, line);

	oops->usec = usec;
	oops->lines = 0;
	if (same) {
		same->count++;
		oops->open = same;
		return NULL;
	}
	if (oops->findings->len >= OOPS_FINDINGS_MAX)
		return NULL;
	oops->open = finding_new(row->class, row->code ? row->code : LAB_ERROR_KERNEL, line);
	oops->open->usec = usec;
	oops->open->fatal = row->flags & FATAL;
	g_ptr_array_add(oops->findings, oops->open);
	return oops->open;
}

static struct finding *feed_line(struct oops *oops, guint64 usec, const char *line)
{
	const struct row *row = row_find(line);

	if (oops->open && usec > oops->usec + REPORT_USEC)
		oops->open = NULL;
	if (row && (!oops->open || !(row->flags & FOLLOWS)))
		return begin(oops, usec, row, line);
	if (oops->open) {
		oops->open->fatal |= row && (row->flags & FATAL);
		follow(oops, usec, line);
	}
	return NULL;
}

struct finding *oops_feed(struct oops *oops, guint64 usec, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\\x0a", -1);
	struct finding *first = NULL;

	for (guint i = 0; lines[i]; i++) {
		struct finding *finding = feed_line(oops, usec, lines[i]);

		if (!first)
			first = finding;
	}
	return first;
}

/*
 * Takes "[   12.345678] " and, with CONFIG_PRINTK_CALLER, "[   T12] " off the
 * head of @at; NULL when it does not begin so.
 */
static const char *skip_stamp(const char *at, guint64 *ret_usec)
{
	guint64 seconds, fraction;
	char *end;

	at += 1 + strspn(at + 1, " ");
	seconds = g_ascii_strtoull(at, &end, 10);
	if (end == at || *end != '.')
		return NULL;
	at = end + 1;
	fraction = g_ascii_strtoull(at, &end, 10);
	if (end != at + 6 || *end != ']')
		return NULL;
	*ret_usec = seconds * G_USEC_PER_SEC + fraction;
	at = end + 1;
	if (at[0] == '[') {
		const char *id = at + 1 + strspn(at + 1, " ");

		if (*id == 'T' || *id == 'C')
			at = strchr(id, ']') ? strchr(id, ']') + 1 : at;
	}
	return *at == ' ' ? at + 1 : at;
}

/* A prompt that waits for an answer stands before the kernel's next line. */
const char *oops_console_text(const char *line, guint64 *ret_usec)
{
	guint64 usec = 0;
	const char *text = NULL;

	for (const char *at = strchr(line, '['); at && !text; at = strchr(at + 1, '['))
		text = skip_stamp(at, &usec);
	if (ret_usec)
		*ret_usec = usec;
	return text ? text : line;
}
