// SPDX-License-Identifier: GPL-2.0-only
#include "vexvm/action.h"

#include "lib/fault.h"

/* "list, make and remove"; to be freed. */
static char *list_names(const struct action *actions)
{
	GString *names = g_string_new(actions->name);

	for (const struct action *a = actions + 1; a->name; a++)
		g_string_append_printf(names, "%s%s", a[1].name ? ", " : " and ", a->name);
	return g_string_free(names, FALSE);
}

static const struct action *find(const struct cli *cli, const struct action *actions, GError **error)
{
	g_autofree char *names = list_names(actions);

	if (!cli->n_args)
		return actions;
	for (const struct action *a = actions; a->name; a++)
		if (g_str_equal(a->name, cli->args[0]))
			return a;
	fault_set(error, LAB_ERROR_USAGE, "%s: '%s' is none of %s", cli->command->name, cli->args[0], names);
	return NULL;
}

int action_run(struct cli *cli, const struct action *actions, GError **error)
{
	const struct action *action = find(cli, actions, error);
	const char *command = cli->command->name;

	if (!action)
		return -1;
	if (action->argument == ACTION_ALONE && cli->n_args > 1)
		fault_set(error, LAB_ERROR_USAGE, "%s %s: it takes no argument", command, action->name);
	else if (action->argument == ACTION_NEEDS && cli->n_args < 2)
		fault_set(error, LAB_ERROR_USAGE, "%s %s: which one? 'vexvm %s list' shows all", command,
			  action->name, command);
	else
		return action->run(cli, error);
	return -1;
}
