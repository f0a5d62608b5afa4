// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/oops.h"

#include <string.h>

#include "libvm/benign.h"
#include "libvm/log-line.h"
#include "libvm/oops-frames.h"
#include "libvm/oops-splat.h"
#include "libvm/unloaded.h"

/* A report that has no end mark ends here. */
#define REPORT_LINES 400
/* The stack of one that has run over, or of all CPUs, is long. */
#define STALL_LINES 1000
#define REPORT_USEC (2 * G_USEC_PER_SEC)
/* Reports of so many CPUs and tasks at once are told apart. */
#define OPEN_MAX 8
/* From so many stamped lines on, those without are programs'. */
#define STAMPS_SURE 2
/* From so many lines with NUL bytes on, it is a binary file: none but stamped lines are the kernel's. */
#define NULS_SURE 16
/* A kernel says so many lines at most before it tells its version. */
#define LINES_BEFORE_BANNER 10

struct oops {
	GPtrArray *findings;
	GPtrArray *open; /* struct splat, the newest last */
	GHashTable *modules; /* names of those that are not the kernel's own */
	struct unloaded *unloaded; /* where those were that are gone */
	GHashTable *unstamped; /* findings whose first line had no stamp */
	struct log_line line; /* the one at hand */
	guint64 lines, dropped;
	guint64 unstamped_dropped; /* of those, whose first line had no stamp */
	guint stamps; /* lines with a stamp, up to STAMPS_SURE */
	guint nuls; /* lines with a NUL byte, up to NULS_SURE */
	guint64 first_stamp; /* number of the first line with one; 0 = none yet */
	guint64 banner; /* number of the last line with the kernel's version */
	bool orderly; /* the kernel said that it goes down, or why */
};

struct oops *oops_new(void)
{
	struct oops *oops = g_new0(struct oops, 1);

	oops->findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
	oops->open = g_ptr_array_new_with_free_func((GDestroyNotify)splat_free);
	oops->modules = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	oops->unstamped = g_hash_table_new(NULL, NULL);
	oops->unloaded = unloaded_new();
	return oops;
}

void oops_free(struct oops *oops)
{
	if (!oops)
		return;
	g_ptr_array_unref(oops->open);
	g_ptr_array_unref(oops->findings);
	g_hash_table_unref(oops->modules);
	g_hash_table_unref(oops->unstamped);
	unloaded_free(oops->unloaded);
	g_free(oops);
}

void oops_own_module(struct oops *oops, const char *name)
{
	g_hash_table_add(oops->modules, g_strdup(name));
}

GPtrArray *oops_findings(const struct oops *oops)
{
	for (guint i = 0; i < oops->open->len; i++) {
		struct splat *splat = oops->open->pdata[i];

		if (splat->shown)
			splat_settle(splat, oops->modules);
	}
	return oops->findings;
}

guint64 oops_lines(const struct oops *oops)
{
	return oops->lines;
}

guint64 oops_dropped(const struct oops *oops)
{
	return oops->dropped;
}

bool oops_has_stamps(const struct oops *oops)
{
	return oops->first_stamp;
}

/* Returns false when there are too many. */
static bool show(struct oops *oops, struct splat *splat)
{
	if (oops->findings->len >= OOPS_FINDINGS_MAX) {
		oops->dropped++;
		oops->unstamped_dropped += splat->unstamped;
		return false;
	}
	splat->shown = true;
	g_ptr_array_add(oops->findings, splat->finding);
	if (splat->unstamped)
		g_hash_table_add(oops->unstamped, splat->finding);
	return true;
}

/* Not at two lines that the kernel names. */
static bool may_be_one_line(const struct finding *a, const struct finding *b)
{
	return !a->file || !b->file || (a->file_line == b->file_line && g_str_equal(a->file, b->file));
}

/* Nor, in a module, at two places of a function: it may have several faults, and other code inlined. */
static bool may_be_one_place(const struct finding *a, const struct finding *b)
{
	const struct frame *x, *y;

	if (a->file || b->file || !a->module || !b->module || a->guilty < 0 || b->guilty < 0)
		return may_be_one_line(a, b);
	x = a->trace->pdata[a->guilty];
	y = b->trace->pdata[b->guilty];
	return x->size != y->size || x->offset == y->offset;
}

static struct finding *find_same(const struct oops *oops, const struct finding *but)
{
	for (guint i = 0; i < oops->findings->len; i++) {
		struct finding *f = oops->findings->pdata[i];

		if (f != but && g_str_equal(f->hash, but->hash) && may_be_one_place(f, but))
			return f;
	}
	return NULL;
}

/*
 * The report is whole now: is it a repeat? It was taken for one, or not, by
 * its first line. Returns a finding that has only now turned out to be new.
 */
static struct finding *resolve(struct oops *oops, struct splat *splat)
{
	struct finding *f = splat->finding, *same;

	if (!f || (!splat->shown && !splat->same))
		return NULL;
	splat_settle(splat, oops->modules);
	same = find_same(oops, f);
	if (splat->same) {
		if (same == splat->same)
			return NULL;
		/* @same may have been handed on; its memory is only touched when it is still here. */
		if (g_ptr_array_find(oops->findings, splat->same, NULL))
			splat->same->count--;
		if (same)
			same->count++;
		else if (show(oops, splat))
			return f;
		return NULL;
	}
	if (same && g_ptr_array_find(oops->findings, f, NULL)) {
		same->count++;
		g_hash_table_remove(oops->unstamped, f);
		g_ptr_array_remove(oops->findings, f);
	}
	return NULL;
}

static struct finding *close_splat(struct oops *oops, struct splat *splat)
{
	struct finding *f = resolve(oops, splat);

	g_ptr_array_remove(oops->open, splat);
	return f;
}

void oops_end(struct oops *oops)
{
	while (oops->open->len)
		close_splat(oops, oops->open->pdata[0]);
}

/* The report that a line of @caller belongs to; NULL = none. */
static struct splat *find_open(const struct oops *oops, guint64 caller)
{
	struct splat *stall = NULL;

	for (guint i = oops->open->len; i-- > 0;) {
		struct splat *splat = oops->open->pdata[i];

		if (!caller || !splat->caller || splat->caller == caller)
			return splat;
		/* Other CPUs print their stacks for it. */
		if (splat->row->kind == KIND_STALL)
			stall = splat;
	}
	return stall;
}

/* The one whose first line differs from @f's in numbers only, and not in that of the source. */
static struct finding *find_same_line(const struct oops *oops, struct finding *f)
{
	f->masked = splat_mask(f->line);
	for (guint i = 0; i < oops->findings->len; i++) {
		struct finding *other = oops->findings->pdata[i];

		/* A finding of a module's trace came without this look. */
		if (!other->masked)
			other->masked = splat_mask(other->line);
		if (g_str_equal(f->masked, other->masked) && may_be_one_line(f, other))
			return other;
	}
	return NULL;
}

static struct finding *begin(struct oops *oops, const struct oops_row *row, const char *text,
			     guint64 usec, guint64 caller, bool stamped)
{
	struct splat *splat = splat_new(row, text);
	g_autofree char *named = unloaded_named(oops->unloaded, text);
	struct finding *f = splat->finding;
	const struct oops_row *known = splat_is_checked(row) ? splat_warning_row(text) : NULL;

	if (oops->open->len >= OPEN_MAX)
		close_splat(oops, oops->open->pdata[0]);
	splat->caller = caller;
	splat->usec = usec;
	splat->unstamped = !stamped && !(row->flags & OOPS_BY_USER);
	g_ptr_array_add(oops->open, splat);
	if (named && !splat->object)
		splat_take_object(splat, named);
	if (!f)
		return NULL;
	if (known) {
		g_free(f->class);
		f->class = g_strdup(known->class);
	}
	f->usec = usec;
	f->first_line = f->last_line = oops->lines;
	if (row->flags & OOPS_OF_MODULE)
		return NULL;
	splat_settle(splat, oops->modules);
	splat->same = find_same_line(oops, f);
	if (splat->same) {
		splat->same->count++;
		return NULL;
	}
	return show(oops, splat) ? f : NULL;
}

/* A line inside the report under way; closes it at its end. */
static struct finding *follow(struct oops *oops, struct splat *splat, guint64 usec,
			      const char *text)
{
	struct finding *f = splat->finding;

	if (splat_is_end(splat, text))
		return close_splat(oops, splat);
	splat->usec = usec;
	splat->lines++;
	splat_take(splat, text, oops->modules);
	if (f)
		f->last_line = oops->lines;
	/* A trace that goes through a module. */
	if (f && !splat->shown && !splat->same && splat->row->flags & OOPS_OF_MODULE &&
	    f->trace->len) {
		const struct frame *last = f->trace->pdata[f->trace->len - 1];

		if (last->module && last->reliable) {
			splat_settle(splat, oops->modules);
			return show(oops, splat) ? f : NULL;
		}
	}
	if (splat->lines > (splat->row->kind == KIND_STALL ? STALL_LINES : REPORT_LINES))
		return close_splat(oops, splat);
	return NULL;
}

/* Whether allocations fail since it was asked for (lib/fault-inject.c). */
static bool is_injected(const struct splat *open)
{
	return g_str_has_prefix(open->row->text, "FAULT_INJECTION");
}

/* Whether @row's line, in the report @open, begins another one. */
static bool begins_anew(const struct oops_row *row, const struct splat *open)
{
	if (!open)
		return true;
	if (row->flags & OOPS_CONTINUES) {
		if (!g_str_equal(open->row->class, row->class))
			return true;
		/* Each object that has leaked has its own stack. */
		return row->kind == KIND_LEAK && open->finding->trace->len;
	}
	/* The allocator's complaint is part of what was asked for. */
	if (is_injected(open) && row->flags & OOPS_OF_MODULE)
		return false;
	if (open->row->flags & OOPS_QUIET && !g_str_equal(row->class, "trace"))
		return true;
	/* Nobody's fault so far: it does not take in one that is. */
	if (open->row->flags & OOPS_OF_MODULE && !open->shown && !(row->flags & OOPS_OF_MODULE))
		return true;
	/* One object after the other is found damaged. */
	if (row->kind == KIND_SLAB && open->row->kind == KIND_SLAB)
		return true;
	return !(row->flags & OOPS_FOLLOWS);
}

/* A second kernel's first line, with nothing before it that explains why. */
static bool is_unexpected_boot(struct oops *oops)
{
	bool again = (oops->banner && oops->lines > oops->banner + LINES_BEFORE_BANNER) ||
		     (oops->first_stamp && oops->lines > oops->first_stamp + LINES_BEFORE_BANNER);
	bool unexpected = again && !oops->orderly;

	oops->banner = oops->lines;
	oops->orderly = false;
	return unexpected;
}

static bool is_cut_here(const char *text)
{
	return g_str_has_prefix(text, "------------[ cut here ]");
}

/* A line after it, in the same record, may have shown it to be a repeat. */
static struct finding *still_there(const struct oops *oops, struct finding *f)
{
	return f && g_ptr_array_find(oops->findings, f, NULL) ? f : NULL;
}

/* A line that says all, which another report need not end for. */
static bool is_remark(const struct oops_row *row)
{
	return (row->kind == KIND_PLAIN || row->kind == KIND_MASKED) &&
	       !(row->flags & (OOPS_FATAL | OOPS_QUIET));
}

static struct finding *take_row(struct oops *oops, const struct oops_row *row, struct splat *open,
				guint64 usec, guint64 caller, const char *text, bool stamped)
{
	if (g_str_equal(row->class, "module")) {
		g_autofree char *name = g_strndup(text, MIN(strcspn(text, ":"), FINDING_NAME_MAX));

		oops_own_module(oops, name);
		return NULL;
	}
	if (g_str_equal(row->class, "unloading")) {
		unloaded_note(oops->unloaded, text);
		return NULL;
	}
	if (g_str_equal(row->class, "reboot") && row->flags & OOPS_QUIET) {
		oops->orderly = true;
		return NULL;
	}
	if (g_str_equal(row->class, "reboot") && !is_unexpected_boot(oops))
		return NULL;
	oops->orderly |= (row->flags & OOPS_FATAL) != 0;
	if (is_remark(row) && open) {
		struct finding *f = begin(oops, row, text, usec, caller, stamped);

		close_splat(oops, oops->open->pdata[oops->open->len - 1]);
		return still_there(oops, f);
	}
	if (open && open->caller == caller)
		close_splat(oops, open);
	return begin(oops, row, text, usec, caller, stamped);
}

static void close_old(struct oops *oops, guint64 usec)
{
	for (guint i = oops->open->len; i-- > 0;) {
		struct splat *splat = oops->open->pdata[i];

		if (usec > splat->usec + REPORT_USEC && usec && splat->usec)
			close_splat(oops, splat);
	}
}

static struct finding *feed_line(struct oops *oops, guint64 usec, guint64 caller, const char *text,
				 bool stamped)
{
	const struct oops_row *row = oops_row_find(text, strlen(text));
	g_autofree char *named = NULL;
	struct splat *open;

	close_old(oops, usec);
	open = find_open(oops, caller);
	if (row && begins_anew(row, open) && !benign_has(text))
		return take_row(oops, row, open, usec, caller, text, stamped);
	if (!open)
		return NULL;
	if (is_cut_here(text) && open->lines > 2)
		return close_splat(oops, open);
	if (row && open->finding)
		open->finding->fatal |= (row->flags & OOPS_FATAL) != 0;
	named = unloaded_named(oops->unloaded, text);
	return follow(oops, open, usec, named ? named : text);
}

struct finding *oops_feed(struct oops *oops, guint64 usec, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\\x0a", -1);
	struct finding *first = NULL;

	oops->lines++;
	for (guint i = 0; lines[i]; i++) {
		struct finding *finding = feed_line(oops, usec, 0, lines[i], true);

		if (!first)
			first = finding;
	}
	return still_there(oops, first);
}

bool oops_passes(struct oops *oops, const char *bytes, gsize size)
{
	bool passes = !oops->open->len && !oops_rows_suspect(bytes, size);

	oops->lines += passes;
	return passes;
}

/* The log has stamps after all: what had none was no word of the kernel's. */
static void drop_unstamped(struct oops *oops)
{
	for (guint i = oops->open->len; i-- > 0;) {
		struct splat *splat = oops->open->pdata[i];

		if (splat->unstamped)
			g_ptr_array_remove_index(oops->open, i);
	}
	for (guint i = oops->findings->len; i-- > 0;)
		if (g_hash_table_contains(oops->unstamped, oops->findings->pdata[i]))
			g_ptr_array_remove_index(oops->findings, i);
	g_hash_table_remove_all(oops->unstamped);
	oops->dropped -= oops->unstamped_dropped;
	oops->unstamped_dropped = 0;
}

static void count_stamp(struct oops *oops)
{
	if (!oops->first_stamp)
		oops->first_stamp = oops->lines;
	if (++oops->stamps == STAMPS_SURE)
		drop_unstamped(oops);
}

/* printk() writes no NUL bytes. */
static void count_nul(struct oops *oops)
{
	if (oops->nuls == NULS_SURE || ++oops->nuls < NULS_SURE || oops->stamps >= STAMPS_SURE)
		return;
	oops->stamps = STAMPS_SURE;
	drop_unstamped(oops);
}

struct finding *oops_feed_console(struct oops *oops, const char *bytes, gsize size)
{
	struct log_line *line = &oops->line;
	bool sure = oops->stamps >= STAMPS_SURE, stamped;
	struct finding *first = NULL;

	oops->lines++;
	if (memchr(bytes, '\0', size)) {
		count_nul(oops);
		return NULL;
	}
	/* Most lines of a log go no further. */
	if (!oops->open->len && (sure || !memchr(bytes, '[', size)) &&
	    !oops_rows_suspect(bytes, size))
		return NULL;
	log_line_parse(line, bytes, size);
	if (line->origin == LOG_KERNEL && !sure)
		count_stamp(oops);
	if (line->origin == LOG_USER)
		return NULL;
	stamped = line->origin == LOG_KERNEL;
	if (!stamped && oops->stamps >= STAMPS_SURE) {
		const struct oops_row *row = oops_row_find(line->text, line->size);
		const struct splat *open = find_open(oops, 0);

		if (!(row && row->flags & OOPS_BY_USER) &&
		    !(open && open->row->flags & OOPS_BY_USER))
			return NULL;
	}
	do {
		struct finding *finding =
			feed_line(oops, line->usec, line->caller, line->text, stamped);

		if (!first)
			first = finding;
	} while (log_line_next(line));
	return still_there(oops, first);
}

const char *oops_console_text(const char *line, guint64 *ret_usec)
{
	guint64 usec = 0;
	const char *text = log_line_skip_stamp(line, &usec, NULL);

	if (ret_usec)
		*ret_usec = usec;
	return text ? text : line;
}
