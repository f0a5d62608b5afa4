// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the fuzzing of logs begins: short pieces of the unit tests' splats, and a
 * dictionary of the words that the detectors know.
 *	splats FOLDER >DICTIONARY
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libvm/oops-rows.h"
#include "tests/lib/splats.h"

#define PIECE_LINES 3

/* What reports have in common; the rows of the table come with them. */
static const char *const words[] = {
	"[   12.345678] ", "[ T123] ", "[    C1] ", "<4>", "6,1,2,-;", "\\x0a", "RIP: 0010:", "pc : ", "PC is at ",
	"IP: [<ffffffff81000000>] ", "Call Trace:", "Call trace:", "Backtrace:", " <TASK>", " </TASK>", " <IRQ>",
	" </IRQ>", " ? ", "+0x1/0x2", " [m]", " [m(OE)]", " [inline]", "(f) from [<802b3460>] ", "f+0x10/0x20 [m]",
	" 0xffffffffc0a00010", "Modules linked in: m(OE) ext4", "CPU: 1 PID: 412 Comm: insmod", "CPU#1: insmod/412",
	"------------[ cut here ]------------", "---[ end trace 0000000000000000 ]---", "Allocated by task 1:",
	"Freed by task 1:", "Read of size 8 at addr ", "Write of size 4 at addr ", "The buggy address belongs to",
	"Allocated in f age=1 cpu=1 pid=1", "Freed in f age=1 cpu=1 pid=1", "the existing dependency chain",
	"stack backtrace:", "but task is already holding lock:", "is trying to acquire lock:", "Showing all locks held",
	"NMI backtrace for cpu 1", "Sending NMI from CPU 0 to CPUs 1:", "Workqueue: events f [m]", "Tainted: G OE",
	"Not tainted", "unreferenced object 0xffff888003a0c000 (size 8):", "  backtrace:", "Linux version 6.1.0",
	"vexvm: unloading m: .text 0xffffffffc0a00000 .data 0xffffffffc0a02000", "m: loading out-of-tree module",
	"#PF: ", "Code: ", "RSP: 0018:", "reboot: Restarting system", "Kernel Offset: disabled", "at f.c:12", "age=1",
};

/* As libFuzzer reads it. */
static void print_word(const char *word)
{
	putchar('"');
	for (; *word; word++)
		if (*word == '"' || *word == '\\' || (guchar)*word < ' ' || (guchar)*word > '~')
			printf("\\x%02X", (guchar)*word);
		else
			putchar(*word);
	puts("\"");
}

/* Without where to begin a run would find little, and not say why. */
static void put_file(const char *path, const char *text)
{
	g_autoptr(GError) error = NULL;

	if (g_file_set_contents(path, text, -1, &error))
		return;
	fprintf(stderr, "splats: %s\n", error->message);
	exit(1);
}

static void write_piece(const char *folder, const char *name, guint at, char *const *lines, guint n)
{
	g_autoptr(GString) piece = g_string_new(lines[0]);
	g_autofree char *path = g_strdup_printf("%s/%s-%u", folder, name, at);

	for (guint i = 0; i < n && lines[at + i]; i++)
		g_string_append_printf(piece, "\n%s", lines[at + i]);
	put_file(path, piece->str);
}

/* As records of /dev/kmsg: oops.c. */
static void write_records(const char *folder, const struct splat_sample *sample)
{
	g_autofree char *path = g_strdup_printf("%s/%s-records", folder, sample->name);
	g_autofree char *records = g_strconcat("!", sample->log, NULL);

	put_file(path, records);
}

/* The line that begins the report, and a few of those that belong to it. */
static void write_pieces(const char *folder, const struct splat_sample *sample)
{
	g_auto(GStrv) lines = g_strsplit(sample->log, "\n", -1);
	guint n = g_strv_length(lines);

	for (guint at = 1; at < n; at += PIECE_LINES)
		write_piece(folder, sample->name, at, lines, PIECE_LINES);
	write_piece(folder, sample->name, 1, lines, n);
	write_records(folder, sample);
}

int main(int argc, char **argv)
{
	const struct oops_row *rows;
	guint n;

	if (argc != 2)
		return 2;
	rows = oops_rows(&n);
	for (guint i = 0; i < n; i++) {
		print_word(rows[i].text);
		if (rows[i].also)
			print_word(rows[i].also);
	}
	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		print_word(words[i]);
	for (const struct splat_sample *s = splat_samples; s->name; s++)
		write_pieces(argv[1], s);
	return 0;
}
