// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/oops-splat.h"

#include <string.h>

#include "libvm/oops-facts.h"
#include "libvm/oops-frames.h"

void splat_free(struct splat *s)
{
	if (!s)
		return;
	if (!s->shown)
		finding_free(s->finding);
	frame_free(s->named);
	frame_free(s->object);
	g_free(s->message);
	g_free(s->access);
	g_free(s);
}

static bool begins(const char *text, const char *const *words, guint n)
{
	for (guint i = 0; i < n; i++)
		if (g_str_has_prefix(text, words[i]))
			return true;
	return false;
}

/* Headings of the stack that the report is about. */
static const char *const traces[] = { "Call Trace:",  "Call trace:", "stack backtrace:",
				      "Backtrace:",   "backtrace:",  "backtrace (crc",
				      "Stack trace:", "[<",	     "Trace:" };
/* Headings of stacks of another time, and of lists of locks (mm/kasan/report.c, lockdep.c …). */
static const char *const asides[] = {
	"Allocated",
	"Freed",
	"freed by ",
	"Last potentially",
	"Second to last",
	"Uninit was ",
	"Local variable ",
	"The buggy ",
	"-> #",
	"the existing dependency",
	"which lock already",
	"... which became",
	"the dependencies between",
	"to a ",
	"but this new dependency",
	"Showing all locks",
	"other info that",
	"hardirqs last",
	"softirqs last",
	"{",
	"..}",
	"registered at",
	"stack of ",
	"Last breaking",
	"Preemption disabled at",
	"last potentially",
	"Register ",
	"irq event stamp",
	"Sending NMI from CPU",
	"Bytes ",
	"INITIAL",
	"value changed",
	"INFO: lockdep is turned off",
};

/* "kfence-#37: 0x… allocated by task 120 on cpu 0:" */
static bool is_aside(const struct splat *s, const char *text)
{
	if (begins(text, asides, G_N_ELEMENTS(asides)))
		return true;
	if (g_str_has_prefix(text, "kfence-#"))
		return true;
	/* kernel/locking/lockdep.c: "1 lock held by insmod/412:", and where it was taken. */
	if (s->row->kind != KIND_LOCKDEP && (strstr(text, " lock held by ") || strstr(text, " locks held by ")))
		return true;
	/* A hung task's report ends with what the other CPUs do. */
	return s->row->code == LAB_ERROR_TIMEOUT && !g_str_equal(s->row->class, "rcu-stall") &&
	       !g_str_equal(s->row->class, "lockup") &&
	       g_str_has_prefix(text, "NMI backtrace for cpu");
}

static guint frames_in_section(const struct splat *s)
{
	const GPtrArray *trace = s->finding->trace;
	guint n = 0;

	while (n < trace->len &&
	       ((struct frame *)trace->pdata[trace->len - 1 - n])->section == s->section)
		n++;
	return n;
}

static void take_heading(struct splat *s, const char *text)
{
	const char *at = text + strspn(text, " \t");

	/* The report's own registers and stack come after this. */
	if (g_str_has_prefix(at, "CPU: ") && strstr(at, " Comm: ") &&
	    !g_str_equal(s->row->class, "hung-task"))
		s->aside = false;
	if (is_aside(s, at)) {
		s->aside = true;
		return;
	}
	if (g_str_has_prefix(at, "NMI backtrace for cpu") && !strstr(at, "skipped")) {
		s->section++;
		s->aside = s->placed = s->skips_next = false;
		return;
	}
	if (strstr(at, "kthread stack dump:"))
		s->skips_next = true;
	if (!begins(at, traces, G_N_ELEMENTS(traces) - 2) && !g_str_equal(at, "Trace:"))
		return;
	/* The stacks before are those of the locks' other users. */
	if (s->row->kind == KIND_LOCKDEP && g_str_has_prefix(at, "stack backtrace:"))
		g_ptr_array_set_size(s->finding->trace, 0);
	if (s->aside || frames_in_section(s) > s->placed)
		s->section++;
	s->aside = s->skips_next;
	s->skips_next = false;
}

/* Registers that hold the address of the fault: x86, arm, arm64, riscv, mips, powerpc, s390. */
static const char *register_value(const char *text)
{
	static const char *const names[] = {
		"RIP: 0010:", "RIP: e030:", "RIP  ",	   "EIP is at ", "EIP: 0060:",
		"EIP: ",      "IP: ",	    "PC is at ",   "pc : ",	 "epc   : ",
		"epc : ",     "NIP [",	    "Krnl PSW : ",
	};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_str_has_prefix(text, names[i]))
			return text + strlen(names[i]);
	return NULL;
}

static bool is_user_register(const char *text)
{
	return g_str_has_prefix(text, "RIP: 0033:") || g_str_has_prefix(text, "RIP: 0023:");
}

/*
 * A stall is reported from an interrupt: the frames before the registers of
 * what it interrupted are the interrupt's.
 */
static void take_register(struct splat *s, const char *value)
{
	GPtrArray *trace = s->finding->trace;
	struct frame *frame = frame_parse(value);
	guint from = trace->len;

	if (!frame)
		return;
	frame->section = s->section;
	frame->exact = true;
	while (!s->placed && from &&
	       ((struct frame *)trace->pdata[from - 1])->section == s->section)
		from--;
	if (s->row->kind == KIND_STALL && !s->placed && from < trace->len)
		g_ptr_array_remove_range(trace, from, trace->len - from);
	if (!s->placed || s->row->kind == KIND_STALL)
		g_ptr_array_insert(trace, (gint)MIN(from, trace->len), frame);
	else
		frame_free(frame);
	s->placed = true;
	if (trace->len > FINDING_TRACE_MAX)
		g_ptr_array_set_size(trace, FINDING_TRACE_MAX);
}

static bool same_frame(const struct frame *a, const struct frame *b)
{
	return a->section == b->section && g_str_equal(a->function, b->function) &&
	       a->offset == b->offset;
}

static void take_frame(struct splat *s, struct frame *frame)
{
	GPtrArray *trace = s->finding->trace;

	frame->section = s->section;
	if (s->wants_place) {
		s->wants_place = false;
		frame_free(s->named);
		s->named = frame;
		return;
	}
	if (trace->len && same_frame(trace->pdata[trace->len - 1], frame)) {
		((struct frame *)trace->pdata[trace->len - 1])->reliable |= frame->reliable;
		frame_free(frame);
		return;
	}
	if (s->aside || (trace->len >= FINDING_TRACE_MAX && s->row->kind != KIND_STALL)) {
		frame_free(frame);
		return;
	}
	/* Of a stack that has run over the middle says least, again and again. */
	if (trace->len >= FINDING_TRACE_MAX)
		g_ptr_array_remove_index(trace, FINDING_TRACE_MAX / 2);
	g_ptr_array_add(trace, frame);
}

/* The line before the one that names where a lock is taken or released. */
static bool announces_place(const char *text)
{
	static const char *const words[] = {
		" is trying to acquire lock:",
		" is trying to acquire:",
		" is trying to release lock",
		" is trying to lock:",
		" takes:",
		" just changed the state of lock:",
		" is trying to contend lock",
		" with locks still held!",
	};

	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

/* "last function: func", "caller is func+0x1/0x2", "Allocated in func+0x1/0x2 age=1 …". */
static bool take_names(struct splat *s, const char *text)
{
	static const char *const callers[] = { "caller is ", "last function: ", "workfn=" };

	for (guint i = 0; i < G_N_ELEMENTS(callers); i++) {
		const char *at = strstr(text, callers[i]);

		if (!at || s->named)
			continue;
		s->named = frame_parse(at);
		if (!s->named) {
			at += strlen(callers[i]);
			s->named = g_new0(struct frame, 1);
			s->named->reliable = true;
			s->named->function = g_strndup(
				at, MIN(strspn(at, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_."),
					FINDING_NAME_MAX));
		}
		return true;
	}
	if (strstr(text, " age=") && (strstr(text, "Allocated in ") || strstr(text, "Freed in "))) {
		/* Who used it after it was freed, or freed it twice, is known by who freed it. */
		bool freed = strstr(s->finding->line, "Poison overwritten") ||
			     strstr(s->finding->line, "already free");

		if (!s->object && freed == (strstr(text, "Freed in ") != NULL))
			s->object = frame_parse(text);
		return true;
	}
	return false;
}

void splat_take_modules(const char *text, GHashTable *modules)
{
	const char *at = strchr(text, ':');

	while (at && *at && g_hash_table_size(modules) < 64) {
		gsize n;

		at += strspn(at, ": ");
		n = strcspn(at, "( ");
		if (at[n] == '(' && n > 0 && n <= FINDING_NAME_MAX &&
		    memchr(at + n, 'O', strcspn(at + n, ")")))
			g_hash_table_add(modules, g_strndup(at, n));
		at = strchr(at, ' ');
	}
}

static void take_access(struct splat *s, const char *text)
{
	if (s->access)
		return;
	if (g_str_has_prefix(text, "Read of size ") || g_str_has_prefix(text, "Read at addr "))
		s->access = g_strdup("Read");
	else if (g_str_has_prefix(text, "Write of size ") ||
		 g_str_has_prefix(text, "Write at addr "))
		s->access = g_strdup("Write");
}

static void take_facts(struct splat *s, const char *text)
{
	facts_take(s->finding, text);
	take_access(s, text);
}

void splat_take(struct splat *s, const char *text, GHashTable *modules)
{
	const char *value;
	struct frame *frame;

	if (!s->finding)
		return;
	if (g_str_has_prefix(text, "Modules linked in:")) {
		splat_take_modules(text, modules);
		return;
	}
	take_facts(s, text);
	if (s->lines == 1 && g_str_has_prefix(s->row->text, "rust_kernel: "))
		s->message = splat_mask(text);
	take_heading(s, text);
	value = register_value(text);
	if (value && !s->aside) {
		take_register(s, value);
		return;
	}
	if (is_user_register(text) || take_names(s, text))
		return;
	if (announces_place(text) && s->row->kind == KIND_LOCKDEP && !s->named)
		s->wants_place = true;
	/* kernel/locking/spinlock_debug.c: the lock's own name, if it has one; ARM: the caller. */
	if (g_str_has_prefix(text + strspn(text, " "), "lock: ") || g_str_has_prefix(text, "lr : ") ||
	    g_str_has_prefix(text, "LR is at "))
		return;
	frame = frame_parse(text);
	if (frame)
		take_frame(s, frame);
}

bool splat_is_end(const struct splat *s, const char *text)
{
	if (g_str_has_prefix(text, "---[ end trace ") ||
	    g_str_has_prefix(text, "---[ end Kernel panic"))
		return true;
	/* The rule that a sanitizer's report stands between. */
	return s->lines > 3 && g_str_has_prefix(text, "======") && s->row->kind <= KIND_UBSAN &&
	       s->row->kind >= KIND_KASAN;
}

void splat_take_object(struct splat *s, const char *line)
{
	s->object = frame_parse(line);
	if (s->object)
		s->object->exact = true;
}

struct splat *splat_new(const struct oops_row *row, const char *line)
{
	struct splat *s = g_new0(struct splat, 1);

	s->row = row;
	if (row->flags & OOPS_QUIET)
		return s;
	s->finding = finding_new(row->class, row->code ? row->code : LAB_ERROR_KERNEL, line);
	s->finding->fatal = row->flags & OOPS_FATAL;
	s->named = strstr(line, "kernel stack ") ? NULL : frame_parse(line);
	if (row->kind == KIND_SLAB || g_str_equal(row->class, "slab-leak") ||
	    g_str_equal(row->class, "odebug"))
		g_clear_pointer(&s->named, frame_free);
	/* lib/debugobjects.c: what the timer or the work would have called. */
	if (g_str_equal(row->class, "odebug"))
		splat_take_object(s, line);
	take_facts(s, line);
	take_names(s, line);
	facts_take_file(s->finding, line);
	return s;
}
