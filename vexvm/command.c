// SPDX-License-Identifier: GPL-2.0-only
#include "vexvm/command.h"

#include "lib/fault.h"
#include "lib/nearest.h"
#include "vexvm/options.h"

static const char exits[] =
	"Exit status:\n"
	"  0   success; the tests passed\n"
	"  1   a test failed\n"
	"  2   wrong usage or configuration\n"
	"  3   the module does not build\n"
	"  4   the module does not load or unload\n"
	"  5   the guest's kernel reported a fault\n"
	"  6   something was left behind at unload\n"
	"  7   a hang or a time limit\n"
	"  8   the lab itself failed: image, boot, agent, disk, no VM\n";

const struct command *command_find(const char *name, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const char *nearest;

	for (guint i = 0; commands[i]; i++) {
		if (g_str_equal(commands[i]->name, name))
			return commands[i];
		g_ptr_array_add(names, (gpointer)commands[i]->name);
	}
	g_ptr_array_add(names, NULL);
	nearest = nearest_word(name, (const char *const *)names->pdata);
	fault_set(error, LAB_ERROR_USAGE, "'%s' is no command%s%s%s; see vexvm help", name,
		  nearest ? ", did you mean " : "", nearest ? nearest : "",
		  nearest ? "?" : "");
	return NULL;
}

char *command_overview(void)
{
	GString *text = g_string_new(
		"Builds, loads and tests Linux kernel modules in a throw-away VM.\n\n"
		"Usage: vexvm [OPTIONS] COMMAND [OPTIONS] [ARGUMENTS]\n\n"
		"Commands:\n");

	for (guint i = 0; commands[i]; i++)
		g_string_append_printf(text, "  %-10s%s\n", commands[i]->name,
				       commands[i]->summary);
	g_string_append(text, "\nOptions of every command:\n");
	options_describe(text, options_global);
	g_string_append_c(text, '\n');
	g_string_append(text, exits);
	g_string_append(text, "\nvexvm help COMMAND says more; so does the manual, vexvm(1).\n");
	return g_string_free(text, FALSE);
}

char *command_help(const struct command *command)
{
	GString *text = g_string_new(NULL);

	g_string_append_printf(text, "Usage: vexvm %s [OPTIONS]%s%s\n\n%s.\n\n", command->name,
			       *command->args ? " " : "", command->args, command->summary);
	g_string_append_printf(text, "%s\n", command->description);
	if (command->options)
		g_string_append(text, "\nOptions:\n");
	options_describe(text, command->options);
	if (command->flags & COMMAND_VM_OPTIONS)
		g_string_append(text, "\nVM options, over vexvm.conf for this time:\n");
	if (command->flags & COMMAND_VM_OPTIONS)
		options_describe(text, options_vm);
	if (command->examples)
		g_string_append_printf(text, "\nExamples:\n%s", command->examples);
	g_string_append_c(text, '\n');
	if (command->exits)
		g_string_append_printf(text, "Exit status:\n%s  Others are as 'vexvm help' lists them.\n",
				       command->exits);
	else
		g_string_append(text, exits);
	g_string_append(text, "\nOptions of every command:\n");
	options_describe(text, options_global);
	return g_string_free(text, FALSE);
}
