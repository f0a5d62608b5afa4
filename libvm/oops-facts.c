// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/oops-facts.h"

#include <string.h>

/* The number behind @key, or -1. */
static gint64 number_after(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	if (!at)
		return -1;
	at += strlen(key);
	at += strspn(at, " ");
	return g_ascii_isdigit(*at) ? (gint64)MIN(g_ascii_strtoull(at, NULL, 10), G_MAXINT32) : -1;
}

static void set_task(struct finding *f, const char *comm, gsize size, gint64 pid)
{
	if (f->comm || size == 0 || size > 64 || pid < 0)
		return;
	f->comm = g_strndup(comm, size);
	f->pid = pid;
}

/* "CPU: 0 PID: 412 Comm: insmod Tainted: …", "CPU: 1 UID: 0 PID: 1 Comm: a b Not tainted …". */
static void take_cpu_line(struct finding *f, const char *text)
{
	const char *comm = strstr(text, " Comm: "), *end;

	if (f->cpu < 0 &&
	    (g_str_has_prefix(text, "CPU: ") || g_str_has_prefix(text, "WARNING: CPU: ")))
		f->cpu = (int)number_after(text, "CPU:");
	if (!comm || !strstr(text, "PID: "))
		return;
	comm += strlen(" Comm: ");
	end = strstr(comm, " Tainted: ");
	if (!end)
		end = strstr(comm, " Not tainted");
	if (end)
		set_task(f, comm, (gsize)(end - comm), number_after(text, " PID:"));
}

/*
 * "comm/123" or "comm:123" that ends at @end; the name begins at @begin. A name
 * may have blanks, slashes and colons in it.
 */
static void take_task(struct finding *f, const char *begin, const char *end, char mark)
{
	const char *at = end;

	while (at > begin && g_ascii_isdigit(at[-1]))
		at--;
	if (at == end || at <= begin || at[-1] != mark)
		return;
	set_task(f, begin, (gsize)(at - 1 - begin),
		 (gint64)MIN(g_ascii_strtoull(at, NULL, 10), G_MAXINT32));
}

struct task_form {
	const char *before, *after;
	char mark;
};

/* How reports name the task: mm/kasan, kernel/hung_task.c, watchdog.c, lockdep.c, sched/core.c … */
static const struct task_form task_forms[] = {
	{ " by task ", NULL, '/' },
	{ "INFO: task ", " blocked ", ':' },
	{ " stuck for ", NULL, 0 },
	{ "", " [HC", '/' },
	{ "", " is trying to ", '/' },
	{ "", " is freeing memory ", '/' },
	{ "", " is leaving the kernel ", '/' },
	{ "BUG: scheduling while atomic: ", "/0x", '/' },
	{ " in preemptible [", NULL, 0 },
	{ " in process ", " ", 0 },
};

static void take_tasks(struct finding *f, const char *text)
{
	for (guint i = 0; i < G_N_ELEMENTS(task_forms); i++) {
		const struct task_form *form = &task_forms[i];
		const char *begin = strstr(text, form->before), *end;

		if (!begin || !form->mark)
			continue;
		begin += strlen(form->before);
		end = form->after ? strstr(begin, form->after) : begin + strlen(begin);
		if (end)
			take_task(f, begin, end, form->mark);
	}
	/* "stuck for 26s! [insmod:412]" */
	if (strstr(text, " stuck for ") && g_str_has_suffix(text, "]") && strrchr(text, '['))
		take_task(f, strrchr(text, '[') + 1, text + strlen(text) - 1, ':');
	/* "code: comm/123" */
	if (strstr(text, " in preemptible [") && strstr(text, "code: "))
		take_task(f, strstr(text, "code: ") + 6, text + strlen(text), '/');
}

static void take_cpu(struct finding *f, const char *text)
{
	static const char *const keys[] = { " - CPU#", "LOCKUP on cpu ", " on CPU#", ", CPU#",
					    "stall on CPU " };

	for (guint i = 0; i < G_N_ELEMENTS(keys) && f->cpu < 0; i++)
		f->cpu = (int)number_after(text, keys[i]);
}

void facts_take_file(struct finding *f, const char *text)
{
	static const char *const keys[] = { " at ", " in ", "WARNING: " };

	for (guint i = 0; i < G_N_ELEMENTS(keys) && !f->file; i++) {
		const char *at = strstr(text, keys[i]), *colon;
		gsize n;

		if (!at)
			continue;
		at += strlen(keys[i]);
		n = strcspn(at, " :");
		colon = at + n;
		if (n < 3 || n > 256 || *colon != ':' || !g_ascii_isdigit(colon[1]) ||
		    !memchr(at, '.', n))
			continue;
		f->file = g_strndup(at, n);
		f->file_line = (guint)MIN(g_ascii_strtoull(colon + 1, NULL, 10), G_MAXINT32);
	}
}

void facts_take(struct finding *f, const char *text)
{
	take_cpu_line(f, text);
	take_tasks(f, text);
	take_cpu(f, text);
}
