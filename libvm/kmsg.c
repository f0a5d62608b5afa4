// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <sys/eventfd.h>

#include "lib/fault.h"
#include "lib/fd.h"

#define REASON_LINES 3
#define REASON_MAX 300

struct kmsg {
	int fd;
	int fatal;		/* eventfd(2) */
	guint64 written;	/* bytes */
	guint64 count;		/* records so far */
	guint64 next;		/* the number of the next one; 0 = there was none */
	guint64 lost;		/* numbers that were left out */
	gint64 ahead;		/* µs that the host's clock is ahead of the guest's: the least that was seen; 0 = not known */
	GQueue texts;		/* of the last KMSG_KEPT, newest at the tail */
	struct oops *oops;
	char *stage, *test;
	guint64 last_usec;
	GPtrArray *latest;	/* texts of the records with that time, but those from a console */
};

struct kmsg *kmsg_new(const char *path, GError **error)
{
	auto_fd fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	struct kmsg *k;

	if (fd < 0) {
		fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot write %s", path);
		return NULL;
	}
	k = g_new0(struct kmsg, 1);
	k->fd = fd_steal(&fd);
	k->fatal = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	g_queue_init(&k->texts);
	k->latest = g_ptr_array_new_with_free_func(g_free);
	k->oops = oops_new();
	return k;
}

void kmsg_free(struct kmsg *k)
{
	if (!k)
		return;
	fd_close(&k->fd);
	fd_close(&k->fatal);
	g_queue_clear_full(&k->texts, g_free);
	g_ptr_array_unref(k->latest);
	oops_free(k->oops);
	g_free(k->stage);
	g_free(k->test);
	g_free(k);
}

void kmsg_set_stage(struct kmsg *k, const char *stage, const char *test)
{
	char *new_stage = g_strdup(stage), *new_test = g_strdup(test);

	g_free(k->stage);
	g_free(k->test);
	k->stage = new_stage;
	k->test = new_test;
}

void kmsg_own_module(struct kmsg *k, const char *name)
{
	oops_own_module(k->oops, name);
}

void kmsg_end(struct kmsg *k)
{
	oops_end(k->oops);
}

int kmsg_fatal_fd(const struct kmsg *k)
{
	return k->fatal;
}

GPtrArray *kmsg_findings(const struct kmsg *k)
{
	return oops_findings(k->oops);
}

guint64 kmsg_mark(const struct kmsg *k)
{
	return k->count;
}

static void write_record(struct kmsg *k, const struct kmsg_record *r, const char *text)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	g_autoptr(JsonNode) root = NULL;
	g_autofree char *json = NULL, *line = NULL;

	if (k->written > KMSG_FILE_MAX)
		return;
	json_builder_begin_object(b);
	json_builder_set_member_name(b, "seq");
	json_builder_add_int_value(b, (gint64)r->seq);
	json_builder_set_member_name(b, "usec");
	json_builder_add_int_value(b, (gint64)r->usec);
	json_builder_set_member_name(b, "level");
	json_builder_add_int_value(b, r->level);
	json_builder_set_member_name(b, "stage");
	json_builder_add_string_value(b, k->stage ? k->stage : "");
	json_builder_set_member_name(b, "test");
	json_builder_add_string_value(b, k->test ? k->test : "");
	json_builder_set_member_name(b, "text");
	json_builder_add_string_value(b, text);
	json_builder_end_object(b);
	root = json_builder_get_root(b);
	json = json_to_string(root, FALSE);
	line = g_strconcat(json, "\n", NULL);
	/* A full disk shows when result.json is written. */
	if (fd_write_all(k->fd, line, strlen(line)))
		k->written += strlen(line);
}

/* A report may turn out to be fatal by a later line. */
static void look_for_fatal(struct kmsg *k)
{
	const GPtrArray *findings = oops_findings(k->oops);
	const struct finding *last = findings->len ? findings->pdata[findings->len - 1] : NULL;

	if (last && last->fatal && k->fatal >= 0)
		eventfd_write(k->fatal, 1);
}

static void take(struct kmsg *k, const struct kmsg_record *r)
{
	g_autofree char *text = g_utf8_make_valid(r->text, -1);
	struct finding *finding = oops_feed(k->oops, r->usec, text);

	if (finding) {
		finding->seq = r->seq;
		finding->stage = g_strdup(k->stage);
		finding->test = g_strdup(k->test);
	}
	look_for_fatal(k);
	write_record(k, r, text);
	k->count++;
	if (r->usec > k->last_usec) {
		k->last_usec = r->usec;
		g_ptr_array_set_size(k->latest, 0);
	}
	g_queue_push_tail(&k->texts, g_steal_pointer(&text));
	if (k->texts.length > KMSG_KEPT)
		g_free(g_queue_pop_head(&k->texts));
}

static void take_known(struct kmsg *k, const struct kmsg_record *r)
{
	take(k, r);
	if (r->usec == k->last_usec && k->latest->len < KMSG_KEPT)
		g_ptr_array_add(k->latest, g_utf8_make_valid(r->text, -1));
}

void kmsg_take(void *data, const struct kmsg_record *r)
{
	struct kmsg *k = data;
	gint64 ahead = g_get_monotonic_time() - (gint64)MIN(r->usec, (guint64)G_MAXINT64 / 2);

	/* One that is lower is another kernel's. */
	if (k->next && r->seq > k->next)
		k->lost += r->seq - k->next;
	k->next = r->seq + 1;
	k->ahead = k->ahead ? MIN(k->ahead, ahead) : ahead;
	take_known(k, r);
}

guint64 kmsg_guest_time(const struct kmsg *k, gint64 host)
{
	return k->ahead && host > k->ahead ? (guint64)(host - k->ahead) : 0;
}

/*
 * Whether the log brought it, which then has been seen. A clock that stands still stamps
 * a whole panic alike.
 */
static bool is_known(struct kmsg *k, const struct kmsg_record *r)
{
	guint at;

	if (r->usec != k->last_usec)
		return r->usec < k->last_usec;
	return !r->usec || (g_ptr_array_find_with_equal_func(k->latest, r->text, g_str_equal, &at) &&
			    g_ptr_array_remove_index(k->latest, at));
}

void kmsg_take_console(struct kmsg *k, const char *line)
{
	struct kmsg_record record = { .level = 0 };

	record.text = (char *)oops_console_text(line, &record.usec);
	/* Lines without a time are a login prompt's and the like. */
	if (!is_known(k, &record))
		take(k, &record);
}

void kmsg_take_line(struct kmsg *k, const char *line)
{
	const struct kmsg_record record = { .usec = k->last_usec, .text = (char *)line };

	take_known(k, &record);
}

/* The kept texts after @mark, oldest first. */
static GList *texts_after(const struct kmsg *k, guint64 mark)
{
	guint64 wanted = k->count - MIN(mark, k->count);
	guint kept = k->texts.length;

	if (wanted == 0)
		return NULL;
	return g_queue_peek_nth_link((GQueue *)&k->texts, wanted >= kept ? 0 : kept - (guint)wanted);
}

void kmsg_begin(struct kmsg *k)
{
	k->next = 0;
	k->ahead = 0;
}

guint64 kmsg_lost(const struct kmsg *k)
{
	return k->lost;
}

bool kmsg_has(const struct kmsg *k, guint64 mark, const char *text)
{
	for (GList *at = texts_after(k, mark); at; at = at->next)
		if (g_str_equal(at->data, text))
			return true;
	return false;
}

/* Said of every module that is not the kernel's own, and no reason. */
static bool is_habitual(const char *text)
{
	return strstr(text, "taints kernel") || strstr(text, "module verification failed") ||
	       strstr(text, "tainting kernel");
}

char *kmsg_reason(const struct kmsg *k, guint64 mark, const char *name)
{
	GString *reason = g_string_new(NULL);
	guint lines = 0;

	for (GList *at = texts_after(k, mark); at && lines < REASON_LINES; at = at->next) {
		/* What follows is of where the kernel was, and names all modules there are. */
		if (g_str_has_prefix(at->data, "Modules linked in:"))
			break;
		if (!strstr(at->data, name) || is_habitual(at->data) ||
		    g_str_has_prefix(at->data, "vexvm: "))
			continue;
		g_string_append_printf(reason, "%s%s", lines++ ? "; " : "", (char *)at->data);
	}
	if (reason->len > REASON_MAX)
		g_string_truncate(reason, REASON_MAX);
	return g_string_free(reason, !lines);
}
