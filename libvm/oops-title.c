// SPDX-License-Identifier: GPL-2.0-only
/* Titles in the form that kernel developers know from bug reports, and the frame to blame. */
#include <string.h>

#include "libvm/oops-frames.h"
#include "libvm/oops-splat.h"
#include "libvm/unloaded.h"

#define TITLE_MAX 200
/* So far up a stack a module's function is taken to have brought the fault about. */
#define MODULE_REACH 24

/* A WARNING or a BUG of a file whose checks are on behalf of a caller. */
static const struct oops_row by_file[] = {
	{ "refcount", "lib/refcount.c", "WARNING: refcount bug", KIND_TRACE },
	{ "list", "lib/list_debug.c", "BUG: corrupted list", KIND_TRACE },
	{ "odebug", "lib/debugobjects.c", "WARNING: ODEBUG bug", KIND_TRACE },
	{ "kobject", "lib/kobject.c", "WARNING: kobject bug", KIND_TRACE },
	{ "proc", "fs/proc/generic.c", "WARNING: proc registration bug", KIND_TRACE },
	{ "lockdep", "kernel/locking/lockdep.c", "WARNING: locking bug", KIND_TRACE },
	{ "warning", "mm/slab_common.c", "WARNING: kmalloc bug", KIND_TRACE, 0, 0,
	  " kmalloc_slab" },
	{ "warning", "mm/util.c", "WARNING: kmalloc bug", KIND_TRACE, 0, 0, "kvmalloc_node" },
	{ "warning", "mm/slub.c", "WARNING: kmalloc bug", KIND_TRACE, 0, 0, "kvmalloc_node" },
	{ "warning", "mm/vmalloc.c", "WARNING: zero-size vmalloc", KIND_TRACE },
	{ "usercopy", "mm/usercopy.c", "BUG: bad usercopy", KIND_TRACE },
};

const struct oops_row *splat_warning_row(const char *line)
{
	const char *at = strstr(line, " at ");

	for (guint i = 0; at && i < G_N_ELEMENTS(by_file); i++) {
		const char *file = strstr(at, by_file[i].text);

		if (file && file[strlen(by_file[i].text)] == ':' &&
		    (!by_file[i].also || strstr(file, by_file[i].also)))
			return &by_file[i];
	}
	return NULL;
}

bool splat_is_checked(const struct oops_row *row)
{
	return row->kind == KIND_WARNING || g_str_equal(row->text, "kernel BUG at ");
}

/* Appends @n bytes, or "ADDR" for what is an address. */
static void append_word(GString *out, const char *at, gsize n, bool number)
{
	bool address = n >= 8 && !number;

	if (address)
		for (gsize i = 0; i < n; i++)
			address &= g_ascii_isxdigit(at[i]);
	if (address || (n > 4 && at[0] == '0' && at[1] == 'x'))
		g_string_append(out, "ADDR");
	else if (number)
		g_string_append(out, "NUM");
	else
		g_string_append_len(out, at, (gssize)n);
}

char *splat_mask(const char *text)
{
	GString *out = g_string_new(NULL);

	while (*text && out->len < TITLE_MAX) {
		gsize n = 0;
		bool digits = true;

		while (g_ascii_isalnum(text[n]) || text[n] == '_') {
			digits &= g_ascii_isdigit(text[n]);
			n++;
		}
		if (n == 0) {
			g_string_append_c(out, *text++);
			continue;
		}
		append_word(
			out, text, n,
			digits && (n > 5 || (out->len && strchr(":=#/", out->str[out->len - 1]))));
		text += n;
	}
	if (out->len > TITLE_MAX)
		g_string_truncate(out, TITLE_MAX);
	return g_strchomp(g_string_free(out, FALSE));
}

/* @text up to @end, masked. */
static char *cut(const char *text, const char *end)
{
	const char *at = strstr(text, end);
	g_autofree char *part = at ? g_strndup(text, (gsize)(at - text)) : g_strdup(text);

	return splat_mask(part);
}

static char *kasan_base(const struct splat *s, const char *line)
{
	g_autofree char *type = cut(strstr(line, "KASAN: ") + strlen("KASAN: "), " in ");

	if (strstr(type, " on address"))
		*strstr(type, " on address") = '\0';
	if (g_str_equal(type, "double-free or invalid-free") || g_str_equal(type, "invalid-free"))
		return g_strdup("KASAN: invalid-free");
	return g_strdup_printf("KASAN: %s%s%s", type, s->access ? " " : "",
			       s->access ? s->access : "");
}

static char *ubsan_base(const char *line)
{
	if (g_ascii_strncasecmp(line, "UBSAN: Undefined behaviour",
				strlen("UBSAN: Undefined behaviour")) == 0)
		return g_strdup("UBSAN: undefined-behaviour");
	return cut(line, " in ");
}

/* "WARNING: kernel stack regs at ADDR in comm:pid has bad 'bp' value ADDR" */
static char *stack_warning(const char *line)
{
	const char *bad = strstr(line, " has bad "), *at = strstr(line, " at ");
	const char *value = bad ? strstr(bad, " value") : NULL;

	if (!value || !at || at > bad)
		return splat_mask(line);
	return g_strdup_printf("%.*s%.*s", (int)MIN(at - line, 64), line,
			       (int)MIN(value + 6 - bad, 64), bad);
}

static char *warning_base(const struct splat *s, const char *line)
{
	if (strstr(line, "kernel stack "))
		return stack_warning(line);
	if (s->named || s->finding->file || g_str_has_prefix(line, "WARNING: CPU: ") ||
	    g_str_has_prefix(line, "WARNING: at "))
		return g_strdup("WARNING");
	return splat_mask(line);
}

/* "Kernel panic - not syncing: " goes; what it says of one run, too. */
static char *panic_base(const char *line)
{
	const char *why = strstr(line, "not syncing");
	g_autofree char *reason = NULL;

	why = why ? why + strlen("not syncing") : "";
	why += strspn(why, ": ");
	if (strstr(why, "stack is corrupted in"))
		return g_strdup("kernel panic: stack is corrupted");
	reason = cut(why, " exitcode=");
	while (*reason && strchr(" .", reason[strlen(reason) - 1]))
		reason[strlen(reason) - 1] = '\0';
	return g_strdup_printf("kernel panic: %s", reason);
}

/* "BUG NAME (Tainted: …): Redzone overwritten" */
static char *slab_base(const char *line)
{
	const char *what = strstr(line, "): ");
	g_autofree char *masked = splat_mask(what ? what + 3 : line);

	return what ? g_strdup_printf("BUG: %s", masked) : g_steal_pointer(&masked);
}

/* "BUG: spinlock bad magic on CPU#0, comm/1", "BUG: using x() in preemptible [0] code: comm/1" */
static char *line_base(const char *line)
{
	const char *code = strstr(line, " in preemptible ");

	if (code)
		return g_strdup_printf("%.*s in preemptible code", (int)MIN(code - line, 100),
				       line);
	return cut(line, " on CPU#");
}

static char *base_of(const struct splat *s)
{
	const char *line = s->finding->line;
	const char *mark =
		s->row->title || s->row->flags & OOPS_ANYWHERE ? line : strstr(line, s->row->text);

	if (s->message)
		return g_strdup(s->message);
	if (splat_is_checked(s->row) && splat_warning_row(line))
		return g_strdup(splat_warning_row(line)->title);
	if (s->row->title)
		return g_strdup(s->row->title);
	line = mark ? mark : line;
	switch (s->row->kind) {
	case KIND_KASAN:
		return kasan_base(s, line);
	case KIND_SANITIZER:
		return cut(strstr(line, "BUG: ") + strlen("BUG: "), " in ");
	case KIND_UBSAN:
		return ubsan_base(line);
	case KIND_WARNING:
		return warning_base(s, line);
	case KIND_PANIC:
		return panic_base(line);
	case KIND_SLAB:
		return slab_base(line);
	case KIND_LINE:
		return line_base(line);
	default:
		return splat_mask(line);
	}
}

/* What is passed over on the way up. */
static bool is_passed(const struct splat *s, const char *function)
{
	if (frame_is_generic(function))
		return true;
	return (s->row->code == LAB_ERROR_TIMEOUT || g_str_equal(s->row->class, "atomic")) &&
	       frame_is_wait(function);
}

static const struct frame *frame_at(const struct splat *s, guint i)
{
	return s->finding->trace->pdata[i];
}

/* The first that may be blamed of those from @from on in the same trace, or -1. */
static int first_guilty(const struct splat *s, guint from)
{
	GPtrArray *trace = s->finding->trace;

	for (guint i = from;
	     i < trace->len && frame_at(s, i)->section == frame_at(s, from)->section; i++)
		if (frame_at(s, i)->reliable && !is_passed(s, frame_at(s, i)->function))
			return (int)i;
	return -1;
}

/* Whether a system call stands for nothing, as so much different is behind it. */
static bool is_broad(const char *call)
{
	static const char *const calls[] = { "ioctl",	   "read",    "write",	  "pread64",
					     "pwrite64",   "readv",   "writev",	  "preadv",
					     "pwritev",	   "sendto",  "sendmsg",  "recvmsg",
					     "recvfrom",   "connect", "bind",	  "setsockopt",
					     "getsockopt", "splice",  "sendfile", "sendfile64",
					     "fcntl",	   "bpf" };

	for (guint i = 0; i < G_N_ELEMENTS(calls); i++)
		if (g_str_equal(calls[i], call))
			return true;
	return false;
}

/* The frames of the timer's interrupt, from which stalls are seen, are not the stall's. */
static guint behind_interrupt(const struct splat *s, guint from)
{
	bool ticks = false;

	for (guint i = from;
	     i < s->finding->trace->len && frame_at(s, i)->section == frame_at(s, from)->section;
	     i++) {
		const char *name = frame_at(s, i)->function;

		ticks |= g_str_has_prefix(name, "tick_") ||
			 g_str_equal(name, "update_process_times") ||
			 g_str_equal(name, "hrtimer_interrupt");
		if (!ticks)
			continue;
		if (strstr(name, "apic_timer_interrupt") || g_str_has_prefix(name, "asm_sysvec_") ||
		    g_str_equal(name, "el1_irq") || g_str_equal(name, "el1h_64_irq"))
			return i + 1 < s->finding->trace->len ? i + 1 : from;
	}
	return from;
}

/*
 * A stall's stack is a sample; its top is chance. What the kernel was asked for
 * stays the same: the function below the generic way in.
 */
static int stalled(const struct splat *s, guint from)
{
	int last = -1;

	from = behind_interrupt(s, from);
	for (guint i = from; i < s->finding->trace->len; i++) {
		const struct frame *frame = frame_at(s, i);
		g_autofree char *name = frame_plain_name(frame->function);

		if (frame->section != frame_at(s, from)->section)
			break;
		if (!frame->reliable || is_passed(s, frame->function))
			continue;
		if (g_str_has_prefix(name, "smp_call_function"))
			return (int)i;
		if (g_str_has_prefix(name, "sys_") ||
		    (g_str_has_prefix(name, "__sys_") && last >= 0 && is_broad(name + 6)))
			return is_broad(strstr(name, "sys_") + 4) && last >= 0 ? last : (int)i;
		if (frame_is_border(frame->function) && last >= 0)
			return last;
		if (!frame_is_border(frame->function))
			last = (int)i;
	}
	return last;
}

static bool is_idle(const char *function)
{
	static const char *const names[] = { "native_safe_halt",
					     "default_idle",
					     "mwait_idle",
					     "acpi_idle_do_entry",
					     "acpi_safe_halt",
					     "pv_native_safe_halt",
					     "native_halt",
					     "intel_idle",
					     "cpu_do_idle",
					     "arch_cpu_idle",
					     "acpi_processor_ffh_cstate_enter" };

	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_str_equal(names[i], function))
			return true;
	return false;
}

/* A function of the module under test comes before the kernel's that it called. */
static int first_of_modules(const struct splat *s, guint from, GHashTable *modules)
{
	guint seen = 0;

	for (guint i = from; i < s->finding->trace->len && seen < MODULE_REACH; i++) {
		const struct frame *frame = frame_at(s, i);

		if (frame->section != frame_at(s, from)->section)
			break;
		if (!frame->reliable)
			continue;
		seen++;
		if (frame->module && g_hash_table_contains(modules, frame->module) &&
		    !frame_is_rust_panic(frame->function))
			return (int)i;
	}
	return -1;
}

static int find_guilty(const struct splat *s, GHashTable *modules)
{
	GPtrArray *trace = s->finding->trace;
	int guilty = -1;

	for (guint i = 0; i < trace->len && guilty < 0; i++) {
		if (i > 0 && frame_at(s, i)->section == frame_at(s, i - 1)->section)
			continue;
		if (s->row->kind == KIND_STALL && is_idle(frame_at(s, i)->function))
			continue;
		guilty = first_of_modules(s, i, modules);
		if (guilty < 0)
			guilty = s->row->kind == KIND_STALL ? stalled(s, i) : first_guilty(s, i);
	}
	return guilty;
}

static bool is_own(const struct frame *frame, GHashTable *modules)
{
	return frame && frame->module && g_hash_table_contains(modules, frame->module);
}

/*
 * What is wrong with an object of the allocator's may be found out by anybody: a module
 * under test that has allocated or freed it comes before others.
 */
static bool is_of_owner(const struct splat *s, int guilty, GHashTable *modules)
{
	/* Memory that was written to after it was freed is found by the next who gets it. */
	return is_own(s->object, modules) && (guilty < 0 || strstr(s->finding->line, "Poison overwritten") ||
					      !is_own(frame_at(s, (guint)guilty), modules));
}

/* One that is in no trace. */
static const struct frame *blame(struct splat *s, const struct frame *where)
{
	struct frame *frame = g_memdup2(where, sizeof(*frame));

	frame->function = g_strdup(where->function);
	frame->module = g_strdup(where->module);
	s->finding->guilty = -1;
	s->finding->owner = frame;
	return frame;
}

/* In the trace, or -1. */
static int index_of(const struct splat *s, const struct frame *where)
{
	for (guint i = 0; i < s->finding->trace->len; i++)
		if (g_str_equal(frame_at(s, i)->function, where->function))
			return (int)i;
	return -1;
}

/* The place that a line names is right, unless it acts for its caller. */
static const struct frame *place(struct splat *s, GHashTable *modules)
{
	struct finding *f = s->finding;
	const struct frame *named = s->named;
	bool own = is_own(named, modules);
	int guilty = find_guilty(s, modules);

	g_clear_pointer(&f->owner, frame_free);
	if (is_of_owner(s, guilty, modules))
		return blame(s, s->object);
	f->guilty = guilty;
	if (own || (named && !is_passed(s, named->function) &&
		    (guilty < 0 || !is_own(frame_at(s, (guint)guilty), modules)))) {
		f->guilty = index_of(s, named);
		return f->guilty < 0 ? blame(s, named) : named;
	}
	if (guilty >= 0)
		return frame_at(s, (guint)guilty);
	if (s->object || named)
		return blame(s, s->object ? s->object : named);
	f->guilty = s->placed && f->trace->len ? 0 : -1;
	return f->guilty < 0 ? NULL : frame_at(s, 0);
}

void splat_settle(struct splat *s, GHashTable *modules)
{
	struct finding *f = s->finding;
	g_autofree char *base = NULL, *unloaded = NULL;
	const struct frame *frame;

	if (!f)
		return;
	frame = place(s, modules);
	base = base_of(s);
	g_clear_pointer(&f->function, g_free);
	g_clear_pointer(&f->module, g_free);
	if (frame) {
		f->function = frame_plain_name(frame->function);
		f->module = g_strdup(frame->module);
		unloaded = unloaded_words(f->function, f->module);
	}
	g_free(f->title);
	if (s->row->kind == KIND_PLAIN || s->row->kind == KIND_MASKED || !f->function ||
	    (g_str_equal(s->row->text, "BUG: ") && !s->row->title && strstr(base, " in ")) ||
	    (s->row->kind == KIND_PANIC && !strstr(base, "stack is corrupted")) ||
	    (s->row->kind == KIND_WARNING && strlen(base) > strlen("WARNING") &&
	     !splat_warning_row(f->line)))
		f->title = g_steal_pointer(&base);
	else
		f->title = g_strdup_printf("%s in %s", base, unloaded ? unloaded : f->function);
	finding_set_hash(f);
}
