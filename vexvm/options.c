// SPDX-License-Identifier: GPL-2.0-only
#include "vexvm/options.h"

#include <string.h>

#include "lib/fault.h"
#include "lib/nearest.h"

/* Where an option's help text begins. */
#define HELP_COLUMN 28

struct options_global global;

const GOptionEntry options_global[] = {
	OPTION_STRING("directory", 'C', &global.dir, "DIR", "Act as if started in DIR"),
	OPTION_STRING("project", 0, &global.project, "DIR", "The project (default: above the current folder)"),
	OPTION_STRING("name", 0, &global.name, "NAME", "The VM's name (default: default)"),
	OPTION_STRING("cache", 0, &global.cache, "DIR", "Keep images in DIR"),
	OPTION_FLAG("json", 0, &global.json, "Results and errors as JSON on stdout"),
	OPTION_FLAG("verbose", 'v', &global.verbose, "Say more on stderr"),
	OPTION_FLAG("quiet", 'q', &global.quiet, "Say nothing on stderr but errors"),
	OPTION_STRING("color", 0, &global.color, "WHEN", "Colours: auto, always or never"),
	OPTION_FLAG("help", 'h', &global.help, "Show help for the command and exit"),
	OPTION_FLAG("version", 0, &global.version, "Show the version and exit"),
	{ NULL }
};

/* A [vm] key of vexvm.conf as an option; flags carry the key's value. */
static struct {
	gboolean no_mount, auto_ports;
	char *kernel, *memory, *cpus, *ssh_port, *vnc_port, *monitor_port, *accel;
} vm;

const GOptionEntry options_vm[] = {
	OPTION_STRING("kernel", 0, &vm.kernel, "KERNEL", "Which kernel it boots: image or debug"),
	OPTION_STRING("memory", 0, &vm.memory, "SIZE", "RAM: 4G, 512M or a number of MiB"),
	OPTION_STRING("cpus", 0, &vm.cpus, "N", "Number of CPUs"),
	OPTION_FLAG("no-mount", 0, &vm.no_mount, "Do not share the source with the guest"),
	OPTION_STRING("ssh-port", 0, &vm.ssh_port, "PORT", "Host port of the guest's SSH"),
	OPTION_STRING("vnc-port", 0, &vm.vnc_port, "PORT", "Port of the screen, from 5900 on"),
	OPTION_STRING("monitor-port", 0, &vm.monitor_port, "PORT", "Port of QEMU's monitor"),
	OPTION_FLAG("auto-ports", 0, &vm.auto_ports, "Take free ports where these are busy"),
	OPTION_STRING("accel", 0, &vm.accel, "ACCEL", "auto, kvm or tcg"),
	{ NULL }
};

void options_vm_words(GPtrArray *words)
{
	const struct {
		const char *option, *value;
	} given[] = {
		{ "--kernel=", vm.kernel }, { "--memory=", vm.memory }, { "--cpus=", vm.cpus }, { "--ssh-port=", vm.ssh_port },
		{ "--vnc-port=", vm.vnc_port }, { "--monitor-port=", vm.monitor_port },
		{ "--accel=", vm.accel }, { "--no-mount", vm.no_mount ? "" : NULL },
		{ "--auto-ports", vm.auto_ports ? "" : NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(given); i++)
		if (given[i].value)
			g_ptr_array_add(words, g_strconcat(given[i].option, given[i].value, NULL));
}

bool options_vm_apply(struct conf *conf, GError **error)
{
	const struct {
		const char *key, *value;
	} settings[] = {
		{ "kernel", vm.kernel },
		{ "memory", vm.memory },
		{ "cpus", vm.cpus },
		{ "mount", vm.no_mount ? "no" : NULL },
		{ "ssh-port", vm.ssh_port },
		{ "vnc-port", vm.vnc_port },
		{ "monitor-port", vm.monitor_port },
		{ "auto-ports", vm.auto_ports ? "yes" : NULL },
		{ "accel", vm.accel },
	};

	for (guint i = 0; i < G_N_ELEMENTS(settings); i++) {
		if (settings[i].value &&
		    !conf_set(conf, "vm", settings[i].key, settings[i].value, error))
			return false;
	}
	return conf_check(conf, error);
}

bool options_check_jobs(int jobs, GError **error)
{
	return (jobs >= 0 && jobs <= CONF_JOBS_MAX) ||
	       fault_set(error, LAB_ERROR_USAGE, "--jobs: give a number from 1 to %d, or 0 for as many as fit",
			 CONF_JOBS_MAX);
}

/* The option of @tables nearest to @word ("--memroy"), or NULL. */
static char *nearest_option(const GOptionEntry *const *tables, const char *word)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const char *nearest;

	for (; *tables; tables++)
		for (const GOptionEntry *e = *tables; e->long_name; e++)
			g_ptr_array_add(names, (gpointer)e->long_name);
	g_ptr_array_add(names, NULL);
	nearest = nearest_word(word + 2, (const char *const *)names->pdata);
	return nearest ? g_strdup_printf("--%s", nearest) : NULL;
}

/* @cause in our words. */
static bool refuse(const GOptionEntry *const *tables, const GError *cause, GError **error)
{
	const char *word = strstr(cause->message, "--");
	g_autofree char *nearest = NULL;

	if (word && g_error_matches(cause, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION)) {
		g_autofree char *name = g_strdup(word);

		name[strcspn(name, "= ")] = '\0';
		nearest = nearest_option(tables, name);
	}
	return fault_set(error, LAB_ERROR_USAGE, "%s%s%s%s; see --help", cause->message,
			 nearest ? ", did you mean " : "", nearest ? nearest : "",
			 nearest ? "?" : "");
}

bool options_parse(const GOptionEntry *const *tables, bool tail, char ***argv, int *argc,
		   GError **error)
{
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) cause = NULL;

	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_set_strict_posix(context, tail);
	for (guint i = 0; tables[i]; i++)
		g_option_context_add_main_entries(context, tables[i], NULL);
	if (!g_option_context_parse(context, argc, argv, &cause))
		return refuse(tables, cause, error);
	/* GOption leaves a "--" in place when words with a dash follow it. */
	if (*argc > 1 && g_str_equal((*argv)[1], "--")) {
		(*argv)[1] = (*argv)[0];
		(*argv)++;
		(*argc)--;
	}
	return true;
}

void options_describe(GString *text, const GOptionEntry *table)
{
	for (; table && table->long_name; table++) {
		gsize start = text->len;

		if (table->short_name)
			g_string_append_printf(text, "  -%c, ", table->short_name);
		else
			g_string_append(text, "      ");
		g_string_append_printf(text, "--%s", table->long_name);
		if (table->arg_description)
			g_string_append_printf(text, "=%s", table->arg_description);
		if (text->len - start > HELP_COLUMN - 2) {
			g_string_append_c(text, '\n');
			start = text->len;
		}
		while (text->len - start < HELP_COLUMN)
			g_string_append_c(text, ' ');
		g_string_append_printf(text, "%s\n", table->description);
	}
}
