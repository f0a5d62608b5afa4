// SPDX-License-Identifier: GPL-2.0-only
/* scripts/check-layers and scripts/check-banned find what they are there for. */
#include <glib.h>

#include "tests/lib/cli.h"

#define SPDX "// SPDX-License-Identifier: GPL-2.0-only\n"

struct row {
	const char *file;		/* %u makes it another one than the other rows' */
	const char *text;
	const char *finds;		/* NULL = nothing */
};

static void box_fill(struct box *box)
{
	static const char *const headers[] = { "lib/fd.h", "libvm/vm.h", "agent/protocol.h",
					       "include/vexfs/format.h" };

	box_init(box);
	for (guint i = 0; i < G_N_ELEMENTS(headers); i++)
		box_write(box, headers[i], "/* SPDX-License-Identifier: GPL-2.0-only */\n");
}

static char *row_file(const struct row *row, guint i)
{
	g_auto(GStrv) parts = g_strsplit(row->file, "%u", 2);
	g_autofree char *number = g_strdup_printf("%u", i);

	return g_strjoinv(number, parts);
}

/*
 * The rows that are to be found, all in one tree: each must be in the output,
 * as @format says with the file and the words. The others make a clean tree.
 */
static void check(const char *script, char *(*expected)(const char *file, const char *finds),
		  const struct row *rows, guint n)
{
	g_autofree char *path = cli_source(script);
	const char *argv[] = { path, ".", NULL };
	auto_cli_result found = { 0 }, nothing = { 0 };
	auto_box bad = { 0 }, good = { 0 };

	box_fill(&bad);
	box_fill(&good);
	for (guint i = 0; i < n; i++) {
		g_autofree char *file = row_file(&rows[i], i);

		box_write(rows[i].finds ? &bad : &good, file, rows[i].text);
	}
	cli_run(&good, "", NULL, argv, &nothing);
	cli_expect(&nothing, 0, NULL, NULL);
	cli_run(&bad, "", NULL, argv, &found);
	for (guint i = 0; i < n; i++) {
		g_autofree char *file = row_file(&rows[i], i);
		g_autofree char *regex = rows[i].finds ? expected(file, rows[i].finds) : NULL;

		g_test_message("%s: %s", file, rows[i].text);
		if (regex)
			cli_expect(&found, 1, regex, NULL);
	}
}

/* "FILE:LINE: WORDS" */
static char *layer_line(const char *file, const char *finds)
{
	return g_strdup_printf("^%s:%s", file, finds);
}

/* The file in a line below the rule, or in the line itself. */
static char *banned_line(const char *file, const char *finds)
{
	if (g_str_has_suffix(finds, ": "))
		return g_strdup_printf("^%s%s$", finds, file);
	return g_strdup_printf("^%s[^\n]*:\n(  [^\n]*\n)*  %s:", finds, file);
}

static void test_layers(void)
{
	static const struct row rows[] = {
		{ "lib/a%u.c", "#include \"lib/fd.h\"\n#include \"fd.h\"\n", NULL },
		{ "lib/a%u.c", "#include \"libvm/vm.h\"\n", "1: lib may not include libvm/vm.h$" },
		{ "lib/a%u.c", "\n#  include \"../libvm/vm.h\"\n", "2: lib may not" },
		{ "lib/a%u.c", "#include \"odd/x.h\"\n", ".*is in no folder" },
		{ "libvm/a%u.c", "#include \"lib/fd.h\"\n#include \"agent/protocol.h\"\n", NULL },
		{ "libvm/a%u.c", "#include \"agent/session.h\"\n", ".*libvm may not include agent/session.h" },
		{ "libvm/a%u.c", "#include \"include/vexfs/format.h\"\n", ".*libvm may not include include/" },
		{ "libvm/a%u.c", "#include <vexfs/format.h>\n", ".*libvm may not include include/" },
		{ "agent/a%u.c", "#include \"lib/fd.h\"\n", ".*agent may not include lib/fd.h" },
		{ "vexvm/cmd-a%u.c", "#include \"libvm/vm.h\"\n", NULL },
		{ "vexvm/cmd-a%u.c", "#include \"vexvm/cmd-b.h\"\n", ".*a command is not included" },
		{ "vexvm/cmd-a%u.c", "#include \"libvm/vm-private.h\"\n", ".*vm-private.h is private" },
		{ "mkfs/a%u.c", "#include \"libvm/vm.h\"\n", ".*mkfs may not include" },
		{ "vexfs/src/a%u.c", "#include \"../../include/vexfs/format.h\"\n#include <vexfs/format.h>\n"
				   "#include <linux/fs.h>\n#include \"super.h\"\n", NULL },
		{ "vexfs/src/a%u.c", "#include \"../../lib/fd.h\"\n", ".*vexfs may not include lib/fd.h" },
		{ "odd/a.c", "#include \"lib/fd.h\"\n", ".*folder odd is not in the table" },
		{ "build/a.c", "#include \"odd/fd.h\"\n", NULL },
	};

	check("scripts/check-layers", layer_line, rows, G_N_ELEMENTS(rows));
}

static void test_banned(void)
{
	static const struct row rows[] = {
		{ "lib/a%u.c", SPDX "int a(void) { return snprintf(b, 2, \"x\"); }\n", NULL },
		{ "lib/a%u.c", "int a;\n", "no SPDX line: " },
		{ "scripts/a%u", "#!/bin/sh\n", "no SPDX line: " },
		{ "lib/a%u.c", SPDX "\tprintf(\"x\");\n", "output below vexvm/" },
		{ "lib/a%u.c", SPDX "\tfprintf(stderr, \"x\");\n", "output below vexvm/" },
		{ "lib/a%u.c", SPDX "\tg_printerr(\"x\");\n", "output below vexvm/" },
		{ "vexvm/a%u.c", SPDX "\tprintf(\"x\");\n", NULL },
		{ "libvm/a%u.c", SPDX "\texit(1);\n", "a library ends the program" },
		{ "libvm/a%u.c", SPDX "\tg_assert(x);\n", "a library ends the program" },
		{ "libvm/a%u.c", SPDX "\t_exit(1);\n", NULL },
		{ "vexvm/a%u.c", SPDX "\tnanosleep(&a, NULL);\n", "a sleep " },
		{ "vexvm/a%u.c", SPDX "\tr = sys" "tem (\"ls\");\n", "a shell" },
		{ "vexvm/a%u.c", SPDX "\trun_system(\"ls\"); x->system(1);\n", NULL },
		{ "test_env/a%u.sh", "# SPDX-License-Identifier: GPL-2.0-only\nfoo && sleep 1\n",
		  "a sleep in a script" },
		{ "vexfs/src/a%u.c", SPDX "#if LINUX_VERSION_CODE > 1\n", "a kernel version outside" },
		{ "vexfs/compat/a%u.h", SPDX "#if LINUX_VERSION_CODE > 1\n", NULL },
		{ "vexfs/src/a%u.c", SPDX "\tsprintf(a, b);\n", "an unbounded string" },
		{ "vexfs/src/a%u.c", SPDX "\tBUG_ON(a);\n", "BUG\\(\\)" },
		{ "vexvm/a%u.c", SPDX "/* TO" "DO: more */\n", "unfinished work" },
		{ "docs/a%u.md", "FIX" "ME\n", "unfinished work" },
		{ "docs/a%u.md", "see http://deb.debi" "an.org/debian\n", "a host name" },
		{ "docs/a%u.md", "see http://archive.ubun" "tu.com/x\n", "a host name" },
		{ "docs/a%u.md", "in /wo" "rk/main\n", "a path of one machine" },
		{ "docs/a%u.md", "the framework/workspace\n", NULL },
		{ "lib/a%u.c", SPDX "int a; \n", "a space before a tab" },
		{ "docs/a%u.md", "<<<<<<< HEAD\n", "a mark of an unresolved merge" },
	};

	check("scripts/check-banned", banned_line, rows, G_N_ELEMENTS(rows));
}

static char *long_line(const char *file, const char *finds)
{
	return g_strdup_printf("^%s has %s; split it$", file, finds);
}

static void test_long_file(void)
{
	g_autofree char *most = g_strnfill(649, '\n'), *more = g_strnfill(650, '\n');
	g_autofree char *fits = g_strconcat(SPDX, most, NULL);
	g_autofree char *text = g_strconcat(SPDX, more, NULL);
	const struct row rows[] = { { "lib/fits.c", fits, NULL }, { "lib/a.c", text, "651 lines" } };

	check("scripts/check-banned", long_line, rows, G_N_ELEMENTS(rows));
}

static void test_cloud_image(void)
{
	g_autofree char *path = cli_source("scripts/check-banned");
	const char *argv[] = { path, ".", NULL };
	auto_cli_result one = { 0 }, two = { 0 };
	auto_box box = { 0 };

	box_init(&box);
	box_write(&box, "libvm/a.c", SPDX "\"https://cloud-images.ubuntu.com/x\"\n");
	cli_run(&box, "", NULL, argv, &one);
	cli_expect(&one, 0, NULL, NULL);
	box_write(&box, "libvm/b.c", SPDX "\"https://cloud-images.ubuntu.com/y\"\n");
	cli_run(&box, "", NULL, argv, &two);
	cli_expect(&two, 1, "^the cloud image's address in more than one file", NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/checks/layers", test_layers);
	g_test_add_func("/checks/banned", test_banned);
	g_test_add_func("/checks/long-file", test_long_file);
	g_test_add_func("/checks/cloud-image", test_cloud_image);
	return g_test_run();
}
