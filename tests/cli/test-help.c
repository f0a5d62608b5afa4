// SPDX-License-Identifier: GPL-2.0-only
/* The help is complete, and the manual pages say the same as the program. */
#include <string.h>

#include "tests/lib/cli.h"

#define COLUMNS_MAX 100

static struct box box;
static char *manual;

static char *help_of(const char *command)
{
	const char *argv[] = { "vexvm", "help", *command ? command : NULL, NULL };
	auto_cli_result result = { 0 };

	cli_run(&box, "", NULL, argv, &result);
	cli_expect(&result, 0, "^Usage: vexvm", NULL);
	return g_steal_pointer(&result.out);
}

/* The lines of @text from behind the line @heading to an empty one; "" = none. */
static char *block(const char *text, const char *heading)
{
	g_autofree char *start = g_strdup_printf("\n%s\n", heading);
	const char *at = strstr(text, start), *end;

	if (!at)
		return g_strdup("");
	at += strlen(start);
	end = strstr(at, "\n\n");
	return end ? g_strndup(at, (gsize)(end + 1 - at)) : g_strdup(at);
}

static char **command_names(void)
{
	g_autofree char *overview = help_of("");
	g_autofree char *commands = block(overview, "Commands:");
	g_auto(GStrv) lines = g_strsplit(commands, "\n", -1);
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();

	for (guint i = 0; lines[i] && *lines[i]; i++) {
		g_auto(GStrv) words = g_strsplit(lines[i] + 2, " ", 2);

		g_strv_builder_add(names, words[0]);
	}
	return g_strv_builder_end(names);
}

/* The part of the manual from the macro line @macro @title to the next such. */
static char *section(const char *text, const char *macro, const char *title)
{
	g_autofree char *start = g_strdup_printf("\n%s %s", macro, title);
	const char *at = text, *end, *other;
	char after;

	do {
		at = strstr(at + 1, start);
		if (!at)
			return NULL;
		after = at[strlen(start)];
	} while (after != ' ' && after != '\n');
	end = strstr(at + 1, "\n.SH ");
	other = g_str_equal(macro, ".SS") ? strstr(at + 1, "\n.SS ") : NULL;
	if (other && (!end || other < end))
		end = other;
	return end ? g_strndup(at + 1, (gsize)(end - at)) : g_strdup(at + 1);
}

/* roff to plain: \- and quotes go, and .BI's two words are set side by side. */
static char *plain(const char *line)
{
	g_autoptr(GString) text = g_string_new(line);

	g_string_replace(text, "\\-", "-", 0);
	if (g_str_has_prefix(line, ".BI "))
		g_string_replace(text, "= ", "=", 0);
	g_string_replace(text, "=\" ", "=", 0);
	g_string_replace(text, "\"", "", 0);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

/* "-f, --force", "--lines=N" …, one a line. */
static char *joined(GPtrArray *options)
{
	g_ptr_array_add(options, NULL);
	return g_strjoinv("\n", (char **)options->pdata);
}

static char *options_in_help(const char *text)
{
	g_autoptr(GRegex) regex = g_regex_new("^  (-\\w, )? *(--[a-z-]+(=\\S+)?)", G_REGEX_MULTILINE,
					      0, NULL);
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GMatchInfo) match = NULL;

	for (g_regex_match(regex, text, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *letter = g_match_info_fetch(match, 1);
		g_autofree char *name = g_match_info_fetch(match, 2);

		g_ptr_array_add(found, g_strconcat(letter, name, NULL));
	}
	return joined(found);
}

static char *options_in_manual(const char *text)
{
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = 1; lines[0] && lines[i]; i++) {
		g_autofree char *line = plain(lines[i]);
		const char *words = strchr(line, ' ');

		if (g_str_equal(lines[i - 1], ".TP") && words && words[1] == '-')
			g_ptr_array_add(found, g_strdup(words + 1));
	}
	return joined(found);
}

static void test_overview(void)
{
	g_auto(GStrv) names = command_names();
	g_autofree char *bare = help_of("");
	auto_cli_result result = { 0 };

	g_assert_cmpuint(g_strv_length(names), >=, 12);
	cli_type(&box, "vexvm --help", &result);
	g_assert_cmpstr(result.out, ==, bare);
}

static void test_each(void)
{
	g_auto(GStrv) names = command_names();

	for (guint i = 0; names[i]; i++) {
		const char *argv[] = { "vexvm", names[i], "--help", NULL };
		g_autofree char *help = help_of(names[i]);
		g_auto(GStrv) lines = g_strsplit(help, "\n", -1);
		auto_cli_result result = { 0 };

		cli_run(&box, "", NULL, argv, &result);
		cli_expect(&result, 0, "^Exit status:$", NULL);
		g_assert_cmpstr(result.out, ==, help);
		g_assert_nonnull(strstr(help, "\nOptions of every command:\n"));
		for (guint l = 0; lines[l]; l++) {
			g_test_message("%s: %s", names[i], lines[l]);
			g_assert_true(g_str_is_ascii(lines[l]));
			g_assert_null(strchr(lines[l], '\t'));
			g_assert_cmpuint(strlen(lines[l]), <=, COLUMNS_MAX);
		}
	}
}

static void check_command(const char *name)
{
	g_autofree char *help = help_of(name);
	g_auto(GStrv) words = g_strsplit(name, "-", -1);
	g_autofree char *in_roff = g_strjoinv("\\-", words);
	g_autofree char *title = g_strdup_printf("vexvm %s", in_roff);
	g_autofree char *text = section(manual, ".SS", title);
	g_autofree char *own = block(help, "Options:");
	g_autofree char *in_help = options_in_help(own);
	g_autofree char *in_manual = text ? options_in_manual(text) : NULL;
	g_autofree char *first = text ? g_strndup(text, strcspn(text, "\n")) : NULL;
	g_autofree char *synopsis = first ? plain(first + strlen(".SS ")) : NULL;
	g_autofree char *usage = g_strndup(help, strcspn(help, "\n"));

	g_test_message("%s", name);
	g_assert_cmpstr(in_manual, ==, in_help);
	g_assert_cmpstr(synopsis, ==, usage + strlen("Usage: "));
	g_assert_cmpint(text && strstr(text, "It takes the VM options too.") != NULL, ==,
			strstr(help, "\nVM options, ") != NULL);
}

static void test_manual_commands(void)
{
	g_auto(GStrv) names = command_names();
	g_autofree char *all = section(manual, ".SH", "COMMANDS");
	guint sections = 0;

	for (guint i = 0; names[i]; i++)
		check_command(names[i]);
	for (const char *at = all; (at = strstr(at, "\n.SS ")); at++)
		sections++;
	g_assert_cmpuint(sections, ==, g_strv_length(names));
}

static void test_manual_shared(void)
{
	g_autofree char *help = help_of("start");
	g_autofree char *global_help = block(help, "Options of every command:");
	g_autofree char *vm_help = block(help, "VM options, over vexvm.conf for this time:");
	g_autofree char *global_section = section(manual, ".SH", "OPTIONS");
	g_autofree char *vm_section = section(manual, ".SH", "VM OPTIONS");
	g_autofree char *global_in_help = options_in_help(global_help);
	g_autofree char *vm_in_help = options_in_help(vm_help);
	g_autofree char *global_in_manual = options_in_manual(global_section);
	g_autofree char *vm_in_manual = options_in_manual(vm_section);

	g_assert_cmpstr(global_in_manual, ==, global_in_help);
	g_assert_cmpstr(vm_in_manual, ==, vm_in_help);
	g_assert_nonnull(strstr(vm_in_help, "--memory=SIZE"));
	g_assert_nonnull(strstr(global_in_help, "-C, --directory=DIR"));
}

static void test_manual_exits(void)
{
	g_autofree char *help = help_of("");
	g_autofree char *exits = block(help, "Exit status:");
	g_auto(GStrv) lines = g_strsplit(exits, "\n", -1);
	g_autofree char *text = section(manual, ".SH", "EXIT STATUS");
	guint i = 0;

	for (; lines[i] && *lines[i]; i++) {
		g_autofree char *entry = g_strdup_printf(".TP\n.B %c\n%s\n", lines[i][2],
							 lines[i] + strlen("  N   "));

		g_test_message("%s", entry);
		g_assert_nonnull(strstr(text, entry));
	}
	g_assert_cmpuint(i, ==, 9);
}

/* "group key" of every key that conf-key.c knows, in its table's order. */
static char **known_keys(void)
{
	g_autoptr(GRegex) regex = g_regex_new("KEY\\(\"(\\w+)\", \"([a-z-]+)\"", 0, 0, NULL);
	g_autoptr(GStrvBuilder) keys = g_strv_builder_new();
	g_autoptr(GMatchInfo) match = NULL;
	g_autofree char *text = NULL;

	g_assert_true(g_file_get_contents("libvm/conf-key.c", &text, NULL, NULL));
	for (g_regex_match(regex, text, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *group = g_match_info_fetch(match, 1);
		g_autofree char *key = g_match_info_fetch(match, 2);
		g_autofree char *both = g_strdup_printf("[%s] %s", group, key);

		g_strv_builder_add(keys, both);
	}
	return g_strv_builder_end(keys);
}

static void test_conf_manual(void)
{
	g_auto(GStrv) known = known_keys();
	g_autofree char *text = NULL, *group = NULL;
	g_auto(GStrv) lines = NULL;
	guint described = 0;

	g_assert_true(g_file_get_contents("docs/man/vexvm.conf.5", &text, NULL, NULL));
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 1; lines[i]; i++) {
		g_autofree char *line = plain(lines[i]);
		g_autofree char *key = NULL;

		if (g_str_has_prefix(line, ".SH ")) {
			g_free(group);
			group = g_strdup(line + strlen(".SH "));
		}
		if (!g_str_equal(lines[i - 1], ".TP") || !g_str_has_prefix(line, ".BI "))
			continue;
		line[strcspn(line, "=")] = '\0';
		key = g_strdup_printf("%s %s", group, line + strlen(".BI "));
		g_test_message("%s", key);
		g_assert_true(g_strv_contains((const char *const *)known, key));
		described++;
	}
	g_assert_cmpuint(described, ==, g_strv_length(known));
}

/* groff finds nothing to complain about, where it is installed. */
static void test_roff(void)
{
	const char *argv[] = { "man", "--warnings=mac,syntax", "-l", "-Tutf8", NULL, NULL };
	g_autofree char *man = g_find_program_in_path("man");

	if (!man) {
		g_test_skip("man is not installed");
		return;
	}
	for (guint i = 0; i < 2; i++) {
		g_autofree char *page = cli_source(i ? "docs/man/vexvm.1" : "docs/man/vexvm.conf.5");
		auto_cli_result result = { 0 };

		argv[4] = page;
		cli_run(&box, "", NULL, argv, &result);
		cli_expect(&result, 0, "^VEXVM", NULL);
	}
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	box_init(&box);
	g_assert_true(g_file_get_contents("docs/man/vexvm.1", &manual, NULL, NULL));
	g_test_add_func("/help/overview", test_overview);
	g_test_add_func("/help/each", test_each);
	g_test_add_func("/help/manual-commands", test_manual_commands);
	g_test_add_func("/help/manual-shared", test_manual_shared);
	g_test_add_func("/help/manual-exits", test_manual_exits);
	g_test_add_func("/help/conf-manual", test_conf_manual);
	g_test_add_func("/help/roff", test_roff);
	status = g_test_run();
	box_clear(&box);
	g_free(manual);
	return status;
}
