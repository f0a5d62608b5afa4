// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/selfcheck.h"
#include "lib/fault.h"
#include "lib/text.h"
#include "libvm/state.h"
#include "vexvm/command.h"
#include "vexvm/options.h"
#include "vexvm/terminal.h"
#include "vexvm/test-run.h"

static char *folder;
static int jobs;
static gboolean last;

static const GOptionEntry options[] = {
	OPTION_STRING("controls", 0, &folder, "DIR", "Controls from this folder"),
	OPTION_INT("jobs", 'j', &jobs, "N", "Clones at a time"),
	OPTION_FLAG("last", 0, &last, "Show what the last one of all controls found"),
	{ NULL }
};

static void print_detector(JsonArray *array, guint index, JsonNode *node, gpointer data)
{
	JsonObject *detector = json_node_get_object(node);
	const char *state = state_string(detector, "state", "?");
	g_autofree char *reason = text_line(state_string(detector, "reason", ""), -1);
	enum terminal_style style = g_str_equal(state, "alive") ? STYLE_GOOD :
				    g_str_equal(state, "dead") ? STYLE_BAD : STYLE_WARN;

	terminal_print("%s%-9s%s  %-24s  %s\n", terminal_style(style), state, terminal_style(STYLE_PLAIN),
		       state_string(detector, "name", "?"), reason);
}

/* One that shows no detector, but that the lab does not see what is not there. */
static void print_clean(JsonArray *array, guint index, JsonNode *node, gpointer data)
{
	JsonObject *control = json_node_get_object(node);
	g_autofree char *reason = text_line(state_string(control, "reason", ""), -1);

	if (json_array_get_length(state_array(control, "parts")) ||
	    !g_str_equal(state_string(control, "state", ""), "dead"))
		return;
	terminal_print("%sdead%s       %-24s  %s\n", terminal_style(STYLE_BAD), terminal_style(STYLE_PLAIN),
		       state_string(control, "name", "?"), reason);
}

static void print(JsonObject *check)
{
	guint counts[3];

	selfcheck_count(check, counts);
	json_array_foreach_element(state_array(check, "detectors"), print_detector, NULL);
	json_array_foreach_element(state_array(check, "controls"), print_clean, NULL);
	terminal_print("%u detectors alive, %u dead, %u not armed; %u controls on %s (%s), %s, %.0f s\n",
		       counts[SELFCHECK_ALIVE], counts[SELFCHECK_DEAD], counts[SELFCHECK_UNARMED],
		       json_array_get_length(state_array(check, "controls")), state_string(check, "kernel", "?"),
		       state_string(check, "accelerator", "?"),
		       state_string(check, "started", "?"), json_object_get_double_member(check, "seconds"));
}

/* What was found, from the guest or from the last time; NULL with an error. */
static JsonObject *find_out(struct cli *cli, GError **error)
{
	const struct selfcheck_options what = { .names = cli->args, .jobs = (guint)jobs };
	g_autofree char *found = folder ? NULL : controls_folder(error);
	g_autoptr(controls_owner) controls = NULL;
	g_autoptr(selfcheck_owner) check = NULL;
	JsonObject *object;

	if (folder || found)
		controls = controls_read(folder ? folder : found, error);
	if (!controls)
		return NULL;
	test_run_catch_interrupts();
	check = selfcheck_run(cli->conf, controls, &what, cli->progress, error);
	if (!check)
		return NULL;
	object = selfcheck_to_json(check);
	if (!folder && !cli->n_args && !state_save(cli->conf, SELFCHECK_FILE, object, error))
		g_clear_pointer(&object, json_object_unref);
	return object;
}

static JsonObject *read_last(struct cli *cli, GError **error)
{
	g_autoptr(GError) cause = NULL;
	JsonObject *object = state_load(cli->conf, SELFCHECK_FILE, &cause);

	if (object && state_int(object, "version", 0) == SELFCHECK_VERSION &&
	    state_array(object, "detectors") && state_array(object, "controls"))
		return object;
	g_clear_pointer(&object, json_object_unref);
	fault_set(error, LAB_ERROR_USAGE, "--last: %s; 'vexvm selfcheck' makes one",
		  cause ? cause->message : "there was no selfcheck of this VM");
	return NULL;
}

static bool check_options(const struct cli *cli, GError **error)
{
	if (!options_check_jobs(jobs, error))
		return false;
	return !last || (!folder && !cli->n_args) ||
	       fault_set(error, LAB_ERROR_USAGE, "--last shows what was found, and takes nothing else");
}

static int run(struct cli *cli, GError **error)
{
	g_autoptr(JsonObject) object = NULL;
	bool passed;

	if (!check_options(cli, error))
		return -1;
	object = last ? read_last(cli, error) : find_out(cli, error);
	if (!object)
		return -1;
	passed = state_bool(object, "passed", false);
	if (cli->json) {
		JsonNode *root = json_node_new(JSON_NODE_OBJECT);

		json_node_set_object(root, object);
		terminal_print_json(root);
	} else {
		print(object);
	}
	return passed ? 0 : LAB_ERROR_TEST;
}

const struct command cmd_selfcheck = {
	.name = "selfcheck",
	.args = "[CONTROL...]",
	.summary = "Prove that the detectors see what they are there for",
	.description =
		"Builds and runs modules that are broken on purpose, each in a clone of its own,\n"
		"and looks whether the lab says what it has to say of them: the right class of\n"
		"fault, in the right line of the source, with the right exit status. So a run\n"
		"without findings is known to be one in which they would have been found.\n"
		"\n"
		"A detector is 'alive' when its controls were caught, 'dead' when one was not, and\n"
		"'not armed' when nothing that this kernel can run would show it: what it looks\n"
		"for, no run on this kernel is free of. The reason is told.\n"
		"Given the names of controls, only these run.",
	.exits = "  1   a detector is dead\n",
	.examples =
		"  vexvm selfcheck\n"
		"  vexvm selfcheck null-pointer leak-slab\n"
		"  vexvm selfcheck --last\n",
	.options = options,
	.flags = COMMAND_CONF | COMMAND_VM_OPTIONS | COMMAND_JSON,
	.max_args = COMMAND_ANY_ARGS,
	.run = run,
};
