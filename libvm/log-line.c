// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/log-line.h"

#include <string.h>

/* kernel/printk/printk.c, print_caller(): "T%u" for a task, "C%u" for a CPU. */
#define CALLER_TASK (1ull << 32)
#define CALLER_CPU (2ull << 32)

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

static const char *skip_digits(const char *at)
{
	return at + strspn(at, "0123456789");
}

/* " <    0.000001>": the time since the line before, as dmesg -d has it. */
static const char *skip_delta(const char *at)
{
	const char *digits = at + strspn(at, " ");

	if (*digits != '<')
		return at;
	digits += 1 + strspn(digits + 1, " ");
	digits = skip_digits(digits);
	/* Not "[<00000000>]", an address. */
	return has_shape(digits, ".dddddd>") ? digits + strlen(".dddddd>") : at;
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
	if (end != at + 6)
		return NULL;
	at = skip_delta(end);
	if (*at != ']')
		return NULL;
	*ret_usec = seconds * G_USEC_PER_SEC + fraction;
	return at + 1;
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

static const char *skip_word(const char *at)
{
	at += strcspn(at, " ");
	return at + strspn(at, " ");
}

/* ".123456 " or " " behind a time of day. */
static const char *skip_fraction(const char *at)
{
	if (*at == '.')
		at = skip_digits(at + 1);
	return *at == ' ' ? at + 1 : NULL;
}

/*
 * RFC 3164 "Nov 25 10:00:00 " and RFC 3339 "2026-11-25T10:00:00… "; journalctl's
 * "Wed 2026-11-25 10:00:00 UTC " (short-full) and "1795633814.123456 "
 * (short-unix). NULL when it is something else.
 */
static const char *skip_date(const char *at)
{
	static const char *const traditional = "Aaa _d dd:dd:dd";
	static const char *const full = "Aaa dddd-dd-dd dd:dd:dd";

	if (has_shape(at, traditional))
		return skip_fraction(at + strlen(traditional));
	if (has_shape(at, full)) {
		at = skip_fraction(at + strlen(full));
		return at ? skip_word(at) : NULL;
	}
	if (has_shape(at, "ddddddddd") && has_shape(skip_digits(at), ".dddddd "))
		return skip_word(at);
	return has_shape(at, "dddd-dd-ddTdd:dd:dd") ? skip_word(at) : NULL;
}

static bool is_stamp(const char *at)
{
	return *at == '[' && skip_time(at + 1, &(guint64){ 0 });
}

/* "Nov 25 10:00:00 host kernel: "; rsyslog may put "kern.warn " before "kernel". */
static const char *skip_syslog(struct log_line *line, const char *at)
{
	const char *tag = skip_date(at), *colon;

	if (!tag)
		return at;
	/* What docker and CI write before each line. */
	if (is_stamp(tag))
		return tag;
	tag = skip_word(tag);
	if (is_stamp(tag))
		return tag;
	if (g_str_has_prefix(tag, "kern."))
		tag = skip_word(tag);
	colon = strstr(tag, ": ");
	if (!colon)
		return at;
	line->origin = g_str_has_prefix(tag, "kernel: ") ? LOG_KERNEL : LOG_USER;
	return colon + 2;
}

/* RFC 5424, behind the priority: "1 DATE host kernel PROCID MSGID DATA text". */
static const char *skip_syslog_5424(struct log_line *line, const char *at)
{
	const char *app, *end;

	if (!has_shape(at, "1 dddd-dd-ddTdd:dd:dd"))
		return NULL;
	app = skip_word(skip_word(at + 2));
	line->origin = g_str_has_prefix(app, "kernel ") || g_str_equal(app, "kernel") ?
			       LOG_KERNEL : LOG_USER;
	at = skip_word(skip_word(skip_word(app)));
	if (*at == '[' && !is_stamp(at) && (end = strstr(at, "] ")))
		return end + 2;
	return g_str_has_prefix(at, "- ") ? at + 2 : at;
}

/* "<4>": eight times the facility, and the level. The kernel's facility is 0. */
static const char *skip_priority(struct log_line *line, const char *at)
{
	const char *end = at[0] == '<' ? skip_digits(at + 1) : at;

	if (*end != '>' || end == at + 1 || end - at > 4)
		return at;
	if (g_ascii_strtoull(at + 1, NULL, 10) >= 8)
		line->origin = LOG_USER;
	return end + 1;
}

/* dmesg -x: "kern  :warn  : ". Any other facility is one of programs. */
static const char *skip_facility(struct log_line *line, const char *at)
{
	static const char *const levels = "emerg alert crit  err   warn  noticeinfo  debug ";
	const char *level = at;

	while (g_ascii_islower(*level) || g_ascii_isdigit(*level))
		level++;
	level += strspn(level, " ");
	if (level == at || *level != ':' || level - at < 6)
		return at;
	level++;
	for (gsize i = 0; levels[i]; i += 6) {
		if (strncmp(level, levels + i, 6) != 0 || !g_str_has_prefix(level + 6, ": "))
			continue;
		if (!g_str_has_prefix(at, "kern  :"))
			line->origin = LOG_USER;
		return level + 8;
	}
	return at;
}

/* Whether "[Wed Nov 25 10:00:00 2026" or "[Nov25 20:50", in any language, ends at @end. */
static bool is_bracket_date(const char *at, const char *end)
{
	static const char *const date = " _d dd:dd:dd dddd", *const reltime = "_d dd:dd";
	const char *first = at + 1;
	gsize length = (gsize)(end - first);

	if (*first == ' ' || length > 64)
		return false;
	if (length > strlen(date) + 2 && has_shape(end - strlen(date), date))
		return memchr(first, ' ', length - strlen(date)) != NULL;
	if (length <= strlen(reltime) || length > strlen(reltime) + 16 ||
	    !has_shape(end - strlen(reltime), reltime))
		return false;
	for (const char *c = first; c < end - strlen(reltime); c++)
		if (g_ascii_isalpha(*c) || (guchar)*c >= 0x80)
			return true;
	return false;
}

/* What dmesg has for a time: -T, -H, -d, --time-format iso. NULL when it is something else. */
static const char *skip_dmesg_time(const char *at)
{
	static const char *const iso = "dddd-dd-ddTdd:dd:dd,dddddd";
	const char *end, *inside;

	if (has_shape(at, iso) && (at[strlen(iso)] == '+' || at[strlen(iso)] == '-'))
		return skip_word(at);
	if (*at != '[' || !(end = strpbrk(at + 1, "<]")))
		return NULL;
	inside = at + 1 + strspn(at + 1, " ");
	if (*inside == '+' && has_shape(skip_digits(inside + 1), ".dddddd]"))
		end = skip_digits(inside + 1) + 7;
	else if (end == at + 1)
		end = skip_delta(end);
	else if (is_bracket_date(at, end[-1] == ' ' ? end - 1 : end))
		end = skip_delta(end);
	else
		return NULL;
	if (*end != ']')
		return NULL;
	return end[1] == ' ' ? end + 2 : end + 1;
}

/* A record of /dev/kmsg's: "PRIORITY,SEQUENCE,USEC,FLAGS[,caller=T12];". */
static const char *skip_record(struct log_line *line, const char *at)
{
	const char *sequence = skip_digits(at), *time, *flags, *end, *caller;

	if (sequence == at || *sequence != ',')
		return at;
	time = skip_digits(sequence + 1);
	if (time == sequence + 1 || *time != ',')
		return at;
	flags = skip_digits(time + 1);
	if (flags == time + 1 || *flags != ',' || !flags[1] || !strchr("-c+", flags[1]) ||
	    !(end = strchr(flags, ';')))
		return at;
	line->origin = g_ascii_strtoull(at, NULL, 10) < 8 ? LOG_KERNEL : LOG_USER;
	line->usec = g_ascii_strtoull(time + 1, NULL, 10);
	caller = flags + 2;
	if (g_str_has_prefix(caller, ",caller=") && (caller[8] == 'T' || caller[8] == 'C'))
		line->caller = (caller[8] == 'T' ? CALLER_TASK : CALLER_CPU) +
			       (g_ascii_strtoull(caller + 9, NULL, 10) & G_MAXUINT32);
	return end + 1;
}

/* "host kernel: " behind journalctl's stamp (short-monotonic), or "host app[7]: ". */
static const char *skip_host(struct log_line *line, const char *at)
{
	const char *tag = at + strcspn(at, " :[("), *pid;

	if (tag == at || *tag != ' ')
		return at;
	tag++;
	if (g_str_has_prefix(tag, "kernel: "))
		return tag + strlen("kernel: ");
	pid = tag + strcspn(tag, " :[");
	if (pid > tag && *pid == '[' && pid[1] != ']' && g_str_has_prefix(skip_digits(pid + 1), "]: "))
		line->origin = LOG_USER;
	return at;
}

/* Whatever stands before the kernel's own stamp. */
static const char *skip_prefix(struct log_line *line, const char *at)
{
	const char *rest = skip_priority(line, at);
	const char *modern = rest > at ? skip_syslog_5424(line, rest) : NULL;

	if (modern)
		return modern;
	at = skip_facility(line, rest);
	rest = skip_dmesg_time(at);
	if (!rest) {
		at = skip_syslog(line, at);
		at = skip_record(line, skip_priority(line, at));
		at = skip_facility(line, at);
		rest = skip_dmesg_time(at);
	}
	if (!rest)
		return at;
	if (line->origin != LOG_USER)
		line->origin = LOG_KERNEL;
	return rest;
}

/* The text is what begins at @at, up to the kernel's next stamp. */
static void take_text(struct log_line *line, const char *at)
{
	gsize length = strlen(at);

	memmove(line->text, at, length + 1);
	line->more = line->origin == LOG_USER ? NULL : strchr(line->text, '[');
	while (line->more && !is_stamp(line->more))
		line->more = strchr(line->more + 1, '[');
	if (line->more)
		*line->more = '\0';
	line->size = line->more ? (gsize)(line->more - line->text) : length;
}

void log_line_parse(struct log_line *line, const char *bytes, gsize size)
{
	const char *at, *rest;

	line->origin = LOG_UNKNOWN;
	line->usec = line->caller = 0;
	copy_clean(line, bytes, size);
	at = skip_prefix(line, line->text);
	/* A program may say what looks like a stamp. */
	rest = line->origin == LOG_USER ? NULL :
					  log_line_skip_stamp(at, &line->usec, &line->caller);
	if (rest) {
		line->origin = LOG_KERNEL;
		at = skip_host(line, rest);
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
