// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much the detectors see, over a folder of console logs that say in their
 * heads what is to be found ("TITLE: ", "ALT: ", an empty line, the log, and
 * maybe "REPORT:"), and how fast they are over an ordinary log.
 *	bench-explain [-v] FOLDER
 */
#include <stdio.h>

#include "lib/clock.h"
#include "libvm/oops.h"

#define LOG_BYTES (100 * 1024 * 1024)

struct score {
	guint faults, seen, quiet, false_alarms;
	guint whole, whole_agreed, agreed; /* titles; whole = not cut or mixed up */
};

static bool verbose;

static void feed(struct oops *oops, const char *bytes, gsize size)
{
	const char *end = bytes + size;

	while (bytes < end) {
		const char *line_end = memchr(bytes, '\n', (gsize)(end - bytes));
		gsize n = line_end ? (gsize)(line_end - bytes) + 1 : (gsize)(end - bytes);

		oops_feed_console(oops, bytes, n);
		bytes += n;
	}
	oops_end(oops);
}

/* A title's function is its last word behind " in "; the rest is its class. */
static bool split(const char *title, char **ret_class, char **ret_function)
{
	const char *in = g_strrstr(title, " in ");

	*ret_class = in ? g_strndup(title, (gsize)(in - title)) : g_strdup(title);
	*ret_function = g_strdup(in ? in + strlen(" in ") : "");
	return in;
}

/* With no function to be had from a cut log the class alone is compared. */
static bool agrees(const char *title, const char *wanted)
{
	g_autofree char *class = NULL, *function = NULL, *wanted_class = NULL,
			*wanted_function = NULL;

	split(title, &class, &function);
	if (!split(wanted, &wanted_class, &wanted_function))
		return g_str_equal(title, wanted) || g_str_equal(class, wanted);
	if (!g_str_equal(class, wanted_class))
		return false;
	return g_str_equal(wanted_function, "corrupted") || g_str_equal(function, wanted_function);
}

/* "" when nothing is to be reported. */
static const char *title_of(char **head)
{
	for (guint i = 0; head[i]; i++)
		if (g_str_has_prefix(head[i], "TITLE: "))
			return head[i] + strlen("TITLE: ");
	return "";
}

static void score_title(struct score *score, const char *name, const struct finding *f, char **head,
			bool cut)
{
	bool ok = false;

	for (guint i = 0; head[i]; i++)
		if (g_str_has_prefix(head[i], "TITLE: ") || g_str_has_prefix(head[i], "ALT: "))
			ok |= agrees(f->title, strchr(head[i], ' ') + 1);
	score->agreed += ok;
	score->whole += !cut;
	score->whole_agreed += ok && !cut;
	if (!ok && verbose)
		g_print("title   %s: %s\n          %s%s\n", name, f->title, title_of(head),
			cut ? " (cut)" : "");
}

static void score_log(struct score *score, const char *name, const char *text, gsize size)
{
	const char *body = g_strstr_len(text, (gssize)size, "\n\n");
	g_autofree char *head_text = g_strndup(text, body ? (gsize)(body - text) : 0);
	g_auto(GStrv) head = g_strsplit(head_text, "\n", -1);
	const char *title = title_of(head);
	bool fault = *title;
	const char *from = *text == '\n' ? text : body, *report;
	g_autoptr(oops_owner) oops = oops_new();
	GPtrArray *findings;

	from = from ? from : text;
	report = g_strstr_len(from, (gssize)(size - (gsize)(from - text)), "\nREPORT:\n");
	feed(oops, from, (gsize)((report ? report : text + size) - from));
	findings = oops_findings(oops);
	score->faults += fault;
	score->quiet += !fault;
	score->seen += fault && findings->len;
	score->false_alarms += !fault && findings->len;
	if (verbose && fault && !findings->len)
		g_print("missed  %s: %s\n", name, title);
	if (verbose && !fault && findings->len)
		g_print("false   %s: %s\n", name, ((struct finding *)findings->pdata[0])->title);
	if (fault && findings->len)
		score_title(score, name, findings->pdata[0], head,
			    strstr(head_text, "CORRUPTED: Y"));
}

static double percent(guint part, guint whole)
{
	return whole ? 100.0 * part / whole : 100;
}

static bool score_folder(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	struct score s = { 0 };
	const char *name;

	if (!dir)
		return false;
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL), *text = NULL;
		gsize size;

		if (g_file_get_contents(path, &text, &size, NULL))
			score_log(&s, name, text, size);
	}
	g_print("logs with a fault %u, seen %u (%.1f %%)\n", s.faults, s.seen,
		percent(s.seen, s.faults));
	g_print("logs without one %u, false alarms %u\n", s.quiet, s.false_alarms);
	g_print("titles that agree %u of %u (%.1f %%); of whole reports %u of %u (%.1f %%)\n",
		s.agreed, s.seen, percent(s.agreed, s.seen), s.whole_agreed, s.whole,
		percent(s.whole_agreed, s.whole));
	return true;
}

/* What a guest says all day. */
static char *ordinary_log(gsize *ret_size)
{
	static const char *const lines[] = {
		"[%5u.%06u] EXT4-fs (vda1): mounted filesystem with ordered data mode. Quota mode: none.\n",
		"[%5u.%06u] systemd[1]: Started Journal Service.\n",
		"[%5u.%06u] pci 0000:00:1f.2: reg 0x20: [io 0xc040-0xc05f] flags 0x40101 prefetchable window\n",
		"[%5u.%06u] audit: type=1400 audit(1700000000.123:45): apparmor=\"STATUS\" operation=\"profile_load\"\n",
		"[%5u.%06u] e1000: eth0 NIC Link is Up 1000 Mbps Full Duplex, Flow Control: RX\n",
		"[%5u.%06u] Freeing unused kernel image (initmem) memory: 2792K\n",
		"[%5u.%06u] hid-generic 0003:0627:0001.0001: input,hidraw0: USB HID v0.01 Mouse [QEMU QEMU USB Tablet]\n",
		"[%5u.%06u] device-mapper: ioctl: 4.47.0-ioctl (2022-07-28) initialised: dm-devel@redhat.com\n",
	};
	GString *log = g_string_sized_new(LOG_BYTES + 200);

	for (guint i = 0; log->len < LOG_BYTES; i++) {
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		g_string_append_printf(log, lines[i % G_N_ELEMENTS(lines)], i / 1000, i % 1000);
	}
	*ret_size = log->len;
	return g_string_free(log, FALSE);
}

static void measure_speed(void)
{
	gsize size;
	g_autofree char *log = ordinary_log(&size);
	g_autoptr(oops_owner) oops = oops_new();
	gint64 began = g_get_monotonic_time();

	feed(oops, log, size);
	g_print("ordinary log of %.0f MB: %.0f MB/s, %u findings\n", (double)size / 1e6,
		(double)size / (double)MAX(g_get_monotonic_time() - began, 1),
		oops_findings(oops)->len);
}

int main(int argc, char **argv)
{
	verbose = argc > 1 && g_str_equal(argv[1], "-v");
	if (argc > 1 + verbose && !score_folder(argv[1 + verbose]))
		g_print("no folder %s: what the detectors see is not measured\n",
			argv[1 + verbose]);
	measure_speed();
	return 0;
}
