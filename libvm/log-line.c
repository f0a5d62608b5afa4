// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/log-line.h"

#include <string.h>

/* kernel/printk/printk.c, print_caller(): "T%u" for a task, "C%u" for a CPU. */
#define CALLER_TASK (1ull << 32)
#define CALLER_CPU (2ull << 32)

/* "[ T123]" behind the time. */
static const char *skip_caller(const char *at, guint64 *ret_caller)
{
	const char *id = at + strspn(at, " ");
	guint64 number;
	char *end;

	if (*id != '[')
		return at;
	id += 1 + strspn(id + 1, " ");
	if (*id != 'T' && *id != 'C')
		return at;
	number = g_ascii_strtoull(id + 1, &end, 10);
	if (!g_ascii_isdigit(id[1]) || *end != ']')
		return at;
	*ret_caller = (*id == 'T' ? CALLER_TASK : CALLER_CPU) + (number & G_MAXUINT32);
	return end + 1;
}

/* "   12.345678] " behind a bracket; NULL when it is something else. */
static const char *skip_time(const char *at, guint64 *ret_usec)
{
	guint64 seconds, fraction;
	char *end;

	at += strspn(at, " ");
	if (!g_ascii_isdigit(*at))
		return NULL;
	seconds = g_ascii_strtoull(at, &end, 10);
	if (*end != '.')
		return NULL;
	at = end + 1;
	fraction = g_ascii_isdigit(*at) ? g_ascii_strtoull(at, &end, 10) : 0;
	if (end != at + 6 || *end != ']')
		return NULL;
	*ret_usec = seconds * G_USEC_PER_SEC + fraction;
	return end + 1;
}

const char *log_line_skip_stamp(const char *text, guint64 *ret_usec, guint64 *ret_caller)
{
	guint64 usec = 0, caller = 0;
	const char *at = text, *rest = NULL;

	while (!rest && (at = strchr(at, '[')))
		rest = skip_time(++at, &usec);
	if (!rest)
		return NULL;
	rest = skip_caller(rest, &caller);
	if (ret_usec)
		*ret_usec = usec;
	if (ret_caller)
		*ret_caller = caller;
	return *rest == ' ' ? rest + 1 : rest;
}

/* ESC [ parameters letter (ECMA-48), as colours are. Returns its length or 0. */
static gsize escape_length(const char *at, gsize size)
{
	gsize i = 2;

	if (size < 3 || at[0] != '\033' || at[1] != '[')
		return 0;
	while (i < size && (guchar)at[i] >= 0x20 && (guchar)at[i] < 0x40)
		i++;
	return i < size && g_ascii_isalpha(at[i]) ? i + 1 : 0;
}

/* Copies without colours, line end and control characters. */
static void copy_clean(struct log_line *line, const char *bytes, gsize size)
{
	gsize n = 0;

	while (size && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r'))
		size--;
	for (gsize i = 0; i < size && n < LOG_LINE_MAX; i++) {
		gsize escape = escape_length(bytes + i, size - i);
		guchar c = (guchar)bytes[i];

		if (escape)
			i += escape - 1;
		else
			line->text[n++] = (c < 0x20 && c != '\t') || c == 0x7f ? ' ' : (char)c;
	}
	line->text[n] = '\0';
	line->size = n;
}

/* Whether @at begins as @shape says: d digit, _ digit or blank, A and a letters. */
static bool has_shape(const char *at, const char *shape)
{
	for (; *shape; shape++, at++)
		if (!(*shape == 'd' ? g_ascii_isdigit(*at) :
		      *shape == '_' ? g_ascii_isdigit(*at) || *at == ' ' :
		      *shape == 'A' ? g_ascii_isupper(*at) :
		      *shape == 'a' ? g_ascii_islower(*at) : *at == *shape))
			return false;
	return true;
}

static const char *skip_word(const char *at)
{
	at += strcspn(at, " ");
	return at + strspn(at, " ");
}

/* "Nov 25 10:00:00 " (RFC 3164) or "2026-11-25T10:00:00… " (RFC 3339), or NULL. */
static const char *skip_date(const char *at)
{
	static const char *const traditional = "Aaa _d dd:dd:dd ";

	if (has_shape(at, traditional))
		return at + strlen(traditional);
	return has_shape(at, "dddd-dd-ddTdd:dd:dd") ? skip_word(at) : NULL;
}

/* "Nov 25 10:00:00 host kernel: "; rsyslog may put "kern.warn " before "kernel". */
static const char *skip_syslog(struct log_line *line, const char *at)
{
	const char *tag = skip_date(at), *colon;

	if (!tag)
		return at;
	tag = skip_word(tag);
	if (g_str_has_prefix(tag, "kern."))
		tag = skip_word(tag);
	colon = strstr(tag, ": ");
	if (!colon)
		return at;
	line->origin = g_str_has_prefix(tag, "kernel: ") ? LOG_KERNEL : LOG_USER;
	return colon + 2;
}

/* "[Wed Nov 25 10:00:00 2026] ", "<4>", "kern  :warn  : ". */
static const char *skip_dmesg(struct log_line *line, const char *at)
{
	const char *end;

	if (at[0] == '[' && g_ascii_isupper(at[1]) && (end = strchr(at, ']')) && end - at == 25 &&
	    has_shape(at + 5, "Aaa _d dd:dd:dd dddd]")) {
		line->origin = LOG_KERNEL;
		return end[1] == ' ' ? end + 2 : end + 1;
	}
	if (at[0] == '<' && g_ascii_isdigit(at[1])) {
		end = at + 1 + strspn(at + 1, "0123456789");
		return *end == '>' && end - at <= 4 ? end + 1 : at;
	}
	if (g_str_has_prefix(at, "kern  :") && (end = strchr(at + 7, ':')) && end[1] == ' ')
		return end + 2;
	return at;
}

/* The text is what begins at @at, up to the next stamp. */
static void take_text(struct log_line *line, const char *at)
{
	gsize length = strlen(at);

	memmove(line->text, at, length + 1);
	line->more = line->text;
	while ((line->more = strchr(line->more, '[')) && !skip_time(line->more + 1, &(guint64){ 0 }))
		line->more++;
	if (line->more)
		*line->more = '\0';
	line->size = line->more ? (gsize)(line->more - line->text) : length;
}

void log_line_parse(struct log_line *line, const char *bytes, gsize size)
{
	const char *at = line->text, *rest;

	line->origin = LOG_UNKNOWN;
	line->usec = line->caller = 0;
	copy_clean(line, bytes, size);
	at = skip_syslog(line, at);
	at = skip_dmesg(line, at);
	rest = log_line_skip_stamp(at, &line->usec, &line->caller);
	if (rest) {
		line->origin = LOG_KERNEL;
		at = rest;
	}
	/* drivers/tty/ttyprintk.c: what user space wrote. */
	if (g_str_has_prefix(at, "[U] "))
		line->origin = LOG_USER;
	take_text(line, at);
}

bool log_line_next(struct log_line *line)
{
	if (!line->more)
		return false;
	*line->more = '[';
	take_text(line, log_line_skip_stamp(line->more, &line->usec, &line->caller));
	return true;
}
